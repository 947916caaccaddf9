//! `GET /jobs/{id}`: the progress of a submitted sermon.

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
    domain::{Job, JobError, JobState, Step, StepName, StepState},
    http::{api::job::find_job, error::AppError, problem::ProblemBody, state::AppState},
};

/// The page of a job.
#[derive(Debug, Template)]
#[template(path = "job.html")]
struct JobPage {
    page: Page,
    heading: &'static str,
    state: &'static str,
    running: bool,
    events_url: String,
    /// URL of the page to open when the job is done.
    sermon_url: String,
    /// Titles of all steps, for the script that shows new steps as they happen.
    step_titles: Vec<(&'static str, &'static str)>,
    steps: Vec<StepView>,
    logs: Vec<String>,
    error: Option<ErrorView>,
    result_url: Option<String>,
    /// Title of the sermon, once known.
    title: Option<String>,
    /// URL that retries the job.
    retry_url: Option<String>,
    /// URL that cancels the job.
    cancel_url: Option<String>,
    /// URL of the video on YouTube, if the job fetches one.
    link: Option<String>,
}

/// Why the job failed.
#[derive(Debug)]
struct ErrorView {
    title: String,
    message: String,
    /// Languages that have captions.
    languages: String,
    paste_helps: bool,
}

/// A step and its state.
#[derive(Debug)]
struct StepView {
    name: &'static str,
    title: &'static str,
    state: &'static str,
}

/// Shows the page.
#[tracing::instrument(skip_all, fields(job = id))]
pub(super) async fn job(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    Ok(render(&JobPage::new(page, find_job(&state, &id).await?)))
}

impl JobPage {
    fn new(page: Page, job: Job) -> Self {
        let url = page.links.at(&format!("/jobs/{}", job.id));
        let from_youtube = job.steps.iter().any(|step| step.name == StepName::Video);
        Self {
            heading: match job.state {
                JobState::Queued => "Your sermon is in the queue",
                JobState::Running => "Analyzing your sermon",
                JobState::Done => "Your sermon is ready",
                JobState::Failed => "Your sermon could not be analyzed",
            },
            state: job.state.name(),
            running: !job.state.is_final(),
            events_url: page.links.at(&format!("/api/jobs/{}/events", job.id)),
            sermon_url: page.links.sermon(&job.video_id),
            title: job.title.filter(|title| !title.trim().is_empty()).map(|title| format::Title::parse(&title).main),
            retry_url: job.can_retry.then(|| format!("{url}/retry")),
            cancel_url: (!job.state.is_final()).then(|| format!("{url}/cancel")),
            step_titles: StepName::ALL.map(|step| (step.name(), step.title())).into(),
            steps: visible_steps(job.steps).into_iter().map(StepView::from).collect(),
            logs: job.logs.into_iter().map(|line| line.message).collect(),
            error: job.error.map(ErrorView::from),
            result_url: job.result_url.map(|path| page.links.at(&path)),
            link: from_youtube.then(|| format!("https://www.youtube.com/watch?v={}", job.video_id)),
            page,
        }
    }
}

/// Leaves out the steps that a pasted transcript does not need, which are those before the first step that ran.
fn visible_steps(steps: Vec<Step>) -> Vec<Step> {
    let is_needless = |step: &Step| step.state == StepState::Skipped && step.name < StepName::Read;
    let is_pasted = steps.iter().any(|step| step.name == StepName::Captions && step.state == StepState::Skipped);
    steps.into_iter().filter(|step| !(is_pasted && is_needless(step))).collect()
}

impl From<JobError> for ErrorView {
    fn from(error: JobError) -> Self {
        let ProblemBody { title, detail, languages, paste_helps, .. } = ProblemBody::from(error);
        Self { title, message: format::sentence(&detail), languages: languages.join(", "), paste_helps }
    }
}

impl From<Step> for StepView {
    fn from(step: Step) -> Self {
        Self { title: step.name.title(), state: state_name(step.state), name: step.name.name() }
    }
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

    /// Renders the sample pages: a queued, a running, a finished and a failed job.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let at = DateTime::UNIX_EPOCH;
        let step = |name, state| Step { name, state, at };
        let queued = Job {
            id: Uuid::nil(),
            video_id: VideoId::parse("sErm0n_Tst1").expect("an id"),
            state: JobState::Queued,
            steps: Vec::new(),
            logs: Vec::new(),
            error: None,
            result_url: None,
            title: Some("Love & <Truth>".to_owned()),
            can_retry: false,
            created_at: at,
            updated_at: at,
        };
        let logs = vec![LogLine { at, message: "asking <YouTube>".to_owned() }];
        let error = JobError {
            languages: vec!["de".to_owned(), "fr".to_owned()],
            paste_helps: true,
            ..JobError::new("no_english_track", "the video has captions, but none in English")
        };
        let running = Job {
            state: JobState::Running,
            steps: vec![step(StepName::Video, StepState::Done), step(StepName::Captions, StepState::Running)],
            logs,
            ..queued.clone()
        };
        let done = Job { state: JobState::Done, result_url: Some("/video/sErm0n_Tst1".to_owned()), ..running.clone() };
        let failed = Job {
            state: JobState::Failed,
            steps: vec![step(StepName::Video, StepState::Failed)],
            error: Some(error),
            can_retry: true,
            ..running.clone()
        };
        [queued, running, done, failed].map(|job| JobPage::new(page.clone(), job).render().expect("a page")).into()
    }
}
