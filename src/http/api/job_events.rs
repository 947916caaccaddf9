//! `GET /api/jobs/{id}/events`: the progress of a job as Server-Sent Events (HTML standard, section 9.2).
//!
//! It follows the job's row in the database, so it also works for a job that another instance runs.

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

use super::job::{JobBody, LogBody, StepBody, find_job};
use crate::{
    domain::{Job, JobState, StepState},
    http::{cache::CachePolicy, error::AppError, problem::ProblemBody, state::AppState},
    jobs::JobUpdates,
};

/// How often to send a comment when nothing happens, to keep proxies from closing the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Delay before reading the job again after a database failure.
const RETRY_DELAY: Duration = Duration::from_secs(2);
/// ID of the last event.
const END: &str = "end";

/// Streams the progress of a job: `step` for each change of a step, `log` for each log line, and finally `done` or
/// `failed` with the job.
#[utoipa::path(
    get, path = "/api/jobs/{id}/events", tag = "jobs",
    params(
        ("id" = Uuid, Path, description = "The job"),
        ("Last-Event-ID" = Option<String>, Header, description = "Continue after this event"),
    ),
    responses(
        (status = 200, description = "The events; the stream closes when the job ends", content_type = "text/event-stream", body = String),
        (status = 204, description = "The client has received the last event"),
        (status = 404, description = "No such job", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(job = id))]
pub(super) async fn events(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let job = find_job(&state, &id).await?;
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if last == END && job.state.is_final() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let events = stream_events(state.jobs.follow(job.id), Position::parse(last));
    let events = events.take_until(state.shutdown.cancelled_owned());
    let stream = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // Prevents nginx from buffering the events.
    Ok((CachePolicy::NoStore, [("x-accel-buffering", "no")], stream).into_response())
}

fn stream_events(updates: JobUpdates, position: Position) -> impl Stream<Item = Result<Event, axum::Error>> {
    stream::unfold((updates, position, VecDeque::new()), |(mut updates, mut position, mut pending)| async move {
        loop {
            if let Some(event) = pending.pop_front() {
                return Some((event, (updates, position, pending)));
            }
            match updates.next().await {
                Ok(Some(job)) => pending.extend(position.advance(job)),
                Ok(None) => return None,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "could not read the job");
                    tokio::time::sleep(RETRY_DELAY).await;
                }
            }
        }
    })
}

/// How much of a job has been sent. An event's ID is the position after that event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Position {
    /// Number of steps whose end has been sent.
    steps: usize,
    /// Whether the start of the next step has been sent.
    started: bool,
    /// Number of log lines that have been sent.
    logs: usize,
}

impl Position {
    /// Parses an event ID. If it is malformed, everything is sent again.
    fn parse(id: &str) -> Self {
        let mut numbers = id.split('.').map(str::parse::<usize>);
        match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
            (Some(Ok(steps)), Some(Ok(started)), Some(Ok(logs)), None) => Self { steps, started: started == 1, logs },
            _ => Self::default(),
        }
    }

    /// Returns the events that have not been sent yet, ordered by time, and advances past them.
    fn advance(&mut self, job: Job) -> Vec<Result<Event, axum::Error>> {
        // A job that was released and claimed again starts over.
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

    /// Returns the event for the earliest step or log line that has not been sent yet.
    fn next(&mut self, job: &Job) -> Option<Result<Event, axum::Error>> {
        let step = job.steps.get(self.steps).filter(|step| !(self.started && step.state == StepState::Running));
        let line = job.logs.get(self.logs);
        match (step, line) {
            (Some(step), line) if line.is_none_or(|line| step.at <= line.at) => {
                self.started = step.state == StepState::Running;
                self.steps += usize::from(!self.started);
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

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.steps, u8::from(self.started), self.logs)
    }
}
