//! `GET /api/jobs/{id}/events`: a job's steps as they happen, as Server-Sent Events (HTML standard, section 9.2).
//!
//! Works for a job that another instance runs, because it follows the job's row, not the worker.

use std::{collections::VecDeque, fmt, time::Duration};

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::{Stream, StreamExt, stream};

use super::job::{JobBody, LogBody, StepBody, find};
use crate::{
    domain::{Job, JobState, StepState},
    http::{cache::CachePolicy, error::AppError, problem::ProblemBody, state::AppState},
    jobs::Follow,
};

/// How often a comment is sent when nothing happens, so that proxies keep the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long to wait before looking again when the database did not answer.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// The id of the last event.
const END: &str = "end";

/// Follows a job: `step` for each real change of a step, `log` for each line, `done` or `failed` with the job at its end.
#[utoipa::path(
    get, path = "/api/jobs/{id}/events", tag = "jobs",
    params(
        ("id" = Uuid, Path, description = "The job"),
        ("Last-Event-ID" = Option<String>, Header, description = "Goes on behind this event"),
    ),
    responses(
        (status = 200, description = "The events; closes at the end of the job", content_type = "text/event-stream", body = String),
        (status = 204, description = "The end was told already"),
        (status = 404, description = "No such job", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn events(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let job = find(&state, &id).await?;
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if last == END && job.state.is_final() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let events = follow(state.jobs.follow(job.id), Told::parse(last)).take_until(state.shutdown.cancelled_owned());
    let stream = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // nginx would otherwise hold events back.
    Ok((CachePolicy::NoStore, [("x-accel-buffering", "no")], stream).into_response())
}

fn follow(job: Follow, told: Told) -> impl Stream<Item = Result<Event, axum::Error>> {
    stream::unfold((job, told, VecDeque::new()), |(mut job, mut told, mut waiting)| async move {
        loop {
            if let Some(event) = waiting.pop_front() {
                return Some((event, (job, told, waiting)));
            }
            match job.next().await {
                Ok(Some(now)) => waiting.extend(told.news(now)),
                Ok(None) => return None,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "could not look after a job");
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
            }
        }
    })
}

/// How much of a job was told; the id of an event says how much was told with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Told {
    /// Steps whose end was told.
    steps: usize,
    /// Whether the beginning of the next one was told.
    begun: bool,
    /// Lines of the log.
    logs: usize,
}

impl Told {
    /// Reads an id; one that is not ours tells everything anew.
    fn parse(id: &str) -> Self {
        let mut numbers = id.split('.').map(str::parse::<usize>);
        match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
            (Some(Ok(steps)), Some(Ok(begun)), Some(Ok(logs)), None) => Self { steps, begun: begun == 1, logs },
            _ => Self::default(),
        }
    }

    /// The events that were not told yet, in the order of time.
    fn news(&mut self, job: Job) -> Vec<Result<Event, axum::Error>> {
        // A job that was taken up again begins anew.
        if self.steps > job.steps.len() || self.logs > job.logs.len() {
            *self = Self::default();
        }
        let mut events = Vec::new();
        while let Some(event) = self.next(&job) {
            events.push(event);
        }
        if job.state.is_final() {
            let name = if job.state == JobState::Done { "done" } else { "failed" };
            events.push(Event::default().event(name).id(END).json_data(JobBody::from(job)));
        }
        events
    }

    /// The earliest step or line that was not told yet.
    fn next(&mut self, job: &Job) -> Option<Result<Event, axum::Error>> {
        let step = job.steps.get(self.steps).filter(|step| !(self.begun && step.state == StepState::Running));
        let line = job.logs.get(self.logs);
        match (step, line) {
            (Some(step), line) if line.is_none_or(|line| step.at <= line.at) => {
                self.begun = step.state == StepState::Running;
                self.steps += usize::from(!self.begun);
                Some(Event::default().event("step").id(self.to_string()).json_data(StepBody::from(step.clone())))
            }
            (_, Some(line)) => {
                self.logs += 1;
                Some(Event::default().event("log").id(self.to_string()).json_data(LogBody::from(line.clone())))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.steps, u8::from(self.begun), self.logs)
    }
}
