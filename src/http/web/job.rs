//! `GET /jobs/{id}`: a sermon on its way.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};

use super::{
    format,
    page::{Page, render},
};
use crate::{
    domain::{Job, JobState, Problem, Step, StepState},
    http::{api::job::find, error::AppError, state::AppState},
};

/// What the page shows.
#[derive(Debug, Template)]
#[template(path = "job.html")]
struct JobPage {
    page: Page,
    heading: &'static str,
    state: &'static str,
    running: bool,
    events_url: String,
    steps: Vec<StepView>,
    logs: Vec<String>,
    error: Option<Problem>,
    result_url: Option<String>,
    /// The video's address, if it is asked from YouTube.
    link: Option<String>,
}

/// A step.
#[derive(Debug)]
struct StepView {
    name: String,
    title: String,
    state: &'static str,
}

/// Answers the page.
pub(super) async fn job(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    Ok(render(&JobPage::new(page, find(&state, &id).await?)))
}

impl JobPage {
    fn new(page: Page, job: Job) -> Self {
        let from_youtube = job.steps.iter().any(|step| step.name == "video");
        Self {
            page,
            heading: match job.state {
                JobState::Queued => "Your sermon is waiting its turn",
                JobState::Running => "Your sermon is being read",
                JobState::Done => "Your sermon is ready",
                JobState::Failed => "That did not work",
            },
            state: job.state.name(),
            running: !job.state.is_final(),
            events_url: format!("/api/jobs/{}/events", job.id),
            steps: job.steps.into_iter().map(StepView::from).collect(),
            logs: job.logs.into_iter().map(|line| line.message).collect(),
            error: job.error,
            result_url: job.result_url,
            link: from_youtube.then(|| format!("https://www.youtube.com/watch?v={}", job.video_id)),
        }
    }
}

impl From<Step> for StepView {
    fn from(step: Step) -> Self {
        Self { title: step_title(&step.name), state: state_name(step.state), name: step.name }
    }
}

/// What a step does, for people. The script of the page has the same words.
fn step_title(name: &str) -> String {
    match name {
        "video" => "Ask YouTube for the video",
        "channel" => "Look at the channel",
        "captions" => "Fetch the captions",
        "read" => "Read the captions",
        "analyze" => "Find the Bible references",
        "save" => "Keep the result",
        "spool" => "Let the result wait for the database",
        other => return format::words(other),
    }
    .to_owned()
}

fn state_name(state: StepState) -> &'static str {
    match state {
        StepState::Running => "running",
        StepState::Done => "done",
        StepState::Skipped => "skipped",
        StepState::Failed => "failed",
    }
}

#[cfg(test)]
pub(super) mod sample {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{LogLine, VideoId};

    /// The page of a job that waits, that runs, that is done, and that failed.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let at = DateTime::UNIX_EPOCH;
        let step = |name: &str, state| Step { name: name.to_owned(), state, at };
        let waiting = Job {
            id: Uuid::nil(),
            video_id: VideoId::parse("sErm0n_Tst1").expect("an id"),
            state: JobState::Queued,
            steps: Vec::new(),
            logs: Vec::new(),
            error: None,
            result_url: None,
            created_at: at,
            updated_at: at,
        };
        let logs = vec![LogLine { at, message: "asking <YouTube>".to_owned() }];
        let problem = Problem {
            kind: "about:blank".to_owned(),
            status: 422,
            code: "no_english_track".to_owned(),
            title: "No English captions".to_owned(),
            detail: "the video has captions, but none in English".to_owned(),
            languages: vec!["de".to_owned(), "fr".to_owned()],
            paste_helps: true,
            document: None,
        };
        let running = Job {
            state: JobState::Running,
            steps: vec![step("video", StepState::Done), step("captions", StepState::Running)],
            logs,
            ..waiting.clone()
        };
        let done = Job { state: JobState::Done, result_url: Some("/video/sErm0n_Tst1".to_owned()), ..running.clone() };
        let failed = Job {
            state: JobState::Failed,
            steps: vec![step("video", StepState::Failed)],
            error: Some(problem),
            ..running.clone()
        };
        [waiting, running, done, failed].map(|job| JobPage::new(page.clone(), job).render().expect("a page")).into()
    }
}
