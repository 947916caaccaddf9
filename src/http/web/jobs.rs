//! `GET /jobs`: the jobs that the client may see, with buttons to retry and cancel them.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;

use super::{
    format::{self, Time, Title},
    links::query,
    login::render_private,
    page::Page,
    see_other,
};
use crate::{
    domain::{Job, JobState},
    http::{
        api::job_list::{JobListParams, cancel_job, retry_all_jobs, retry_job},
        auth::Submitter,
        body::QueryString,
        error::AppError,
        job_owner::JobScope,
        problem::ProblemBody,
        state::AppState,
    },
    store::JobPage,
};

/// Path of the page.
const PATH: &str = "/jobs";

/// The page with the list of jobs.
#[derive(Debug, Template)]
#[template(path = "jobs.html")]
#[expect(clippy::struct_excessive_bools, reason = "each controls a different part of the template")]
struct JobsPage {
    page: Page,
    notice: Option<String>,
    tabs: Vec<Tab>,
    rows: Vec<JobRow>,
    /// Whether there are no jobs in any state.
    is_empty: bool,
    is_admin: bool,
    /// Whether a listed job is about to change, so that the page should be reloaded.
    is_active: bool,
    /// Whether a listed job can be retried.
    can_retry_all: bool,
    retry_all_url: String,
    next_url: Option<String>,
    first_url: Option<String>,
}

/// The tab of a job state.
#[derive(Debug)]
struct Tab {
    name: &'static str,
    count: String,
    url: String,
    selected: bool,
}

/// A job in the list.
#[derive(Debug)]
struct JobRow {
    title: String,
    url: String,
    /// URL of the sermon, once it is stored.
    sermon_url: Option<String>,
    state: &'static str,
    state_class: &'static str,
    added: Time,
    /// Why the job failed.
    problem: Option<String>,
    retry_url: Option<String>,
    cancel_url: Option<String>,
}

/// The tabs: state and label.
const TABS: [(Option<JobState>, &str); 5] = [
    (None, "All"),
    (Some(JobState::Queued), "Waiting"),
    (Some(JobState::Running), "Running"),
    (Some(JobState::Failed), "Failed"),
    (Some(JobState::Done), "Done"),
];

/// Query parameters that the API's list of jobs does not have.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct JobsParams {
    /// Number of jobs that were just retried.
    retried: Option<String>,
}

/// Shows the page.
#[tracing::instrument(skip_all)]
pub(super) async fn jobs(
    State(state): State<AppState>,
    scope: JobScope,
    page: Page,
    QueryString(params): QueryString<JobListParams>,
    QueryString(JobsParams { retried }): QueryString<JobsParams>,
) -> Result<Response, AppError> {
    let list = state.jobs.list(&params.query(&scope)?).await?;
    let is_admin = matches!(scope, JobScope::All);
    let notice = retried.and_then(|number| number.parse::<u64>().ok());
    let notice = notice.map(|number| match number {
        0 => "No job can be retried.".to_owned(),
        1 => "1 job is waiting again.".to_owned(),
        number => format!("{} jobs are waiting again.", format::number(number)),
    });
    Ok(render_private(&JobsPage::new(page, &params, list, is_admin, notice)))
}

/// Retries a job and shows its page.
#[tracing::instrument(skip_all, fields(job = id))]
pub(super) async fn retry(
    State(state): State<AppState>,
    submitter: Submitter,
    scope: JobScope,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let job = retry_job(&state, submitter, &scope, &id).await?;
    Ok(see_other(&format!("{PATH}/{}", job.id)))
}

/// Retries all failed jobs and returns to the list.
#[tracing::instrument(skip_all)]
pub(super) async fn retry_all(
    State(state): State<AppState>,
    submitter: Submitter,
    scope: JobScope,
) -> Result<Response, AppError> {
    let report = retry_all_jobs(&state, submitter, &scope).await?;
    Ok(see_other(&format!("{PATH}?retried={}", report.retried)))
}

/// Cancels a job and returns to the list.
#[tracing::instrument(skip_all, fields(job = id))]
pub(super) async fn cancel(
    State(state): State<AppState>,
    scope: JobScope,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    cancel_job(&state, &scope, &id).await?;
    Ok(see_other(PATH))
}

impl JobsPage {
    fn new(page: Page, params: &JobListParams, list: JobPage, is_admin: bool, notice: Option<String>) -> Self {
        let counts = list.counts;
        let links = page.links.clone();
        let selected = params.state.as_deref().unwrap_or_default();
        let url =
            |state: &str, cursor: &str| format!("{}{}", links.at(PATH), query([("state", state), ("cursor", cursor)]));
        let tab = |(state, name): (Option<JobState>, &'static str)| {
            let state_name = state.map_or("", JobState::name);
            Tab {
                name,
                count: format::number(match state {
                    None => counts.total(),
                    Some(JobState::Queued) => counts.queued,
                    Some(JobState::Running) => counts.running,
                    Some(JobState::Failed) => counts.failed,
                    Some(JobState::Done) => counts.done,
                }),
                url: url(state_name, ""),
                selected: state_name == selected,
            }
        };
        Self {
            notice,
            tabs: TABS.map(tab).into(),
            is_empty: counts.total() == 0,
            is_admin,
            is_active: list.jobs.iter().any(|job| !job.state.is_final()),
            can_retry_all: list.jobs.iter().any(|job| job.can_retry),
            retry_all_url: links.at("/jobs/retry"),
            next_url: list.next.map(|next| url(selected, &next.to_string())),
            first_url: params.cursor.as_ref().map(|_| url(selected, "")),
            rows: list.jobs.into_iter().map(|job| JobRow::new(job, &page)).collect(),
            page,
        }
    }
}

impl JobRow {
    fn new(job: Job, page: &Page) -> Self {
        let url = page.links.at(&format!("{PATH}/{}", job.id));
        let is_canceled = job.error.as_ref().is_some_and(|error| error.code == "canceled");
        let title = job.title.filter(|title| !title.trim().is_empty());
        Self {
            title: title.map_or_else(|| format!("Video {}", job.video_id), |title| Title::parse(&title).main),
            sermon_url: job.result_url.map(|path| page.links.at(&path)),
            state: match job.state {
                JobState::Queued => "waiting",
                JobState::Running => "running",
                JobState::Done => "done",
                JobState::Failed if is_canceled => "canceled",
                JobState::Failed => "failed",
            },
            state_class: if job.state == JobState::Failed && !is_canceled { "damaged" } else { job.state.name() },
            added: Time::new(job.created_at),
            problem: job.error.filter(|_| !is_canceled).map(|error| format::sentence(&ProblemBody::from(error).detail)),
            retry_url: job.can_retry.then(|| format!("{url}/retry")),
            cancel_url: (!job.state.is_final()).then(|| format!("{url}/cancel")),
            url,
        }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::{
        domain::{JobError, VideoId},
        store::JobCounts,
    };

    /// Renders the sample pages: an empty list, and a list with one job in each state.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let at = DateTime::UNIX_EPOCH;
        let job = |state, error: Option<JobError>| Job {
            id: Uuid::nil(),
            video_id: VideoId::parse("sErm0n_Tst1").expect("an id"),
            state,
            steps: Vec::new(),
            logs: Vec::new(),
            result_url: (state == JobState::Done).then(|| "/video/sErm0n_Tst1".to_owned()),
            title: (state != JobState::Queued).then(|| "Love & <Truth> | <xss>".to_owned()),
            can_retry: error.is_some(),
            error,
            created_at: at,
            updated_at: at,
        };
        let jobs = vec![
            job(JobState::Queued, None),
            job(JobState::Running, None),
            job(JobState::Failed, Some(JobError::new("blocked", "<xss>"))),
            job(JobState::Failed, Some(JobError::canceled())),
            job(JobState::Done, None),
        ];
        let counts = JobCounts { queued: 1, running: 1, failed: 2, done: 1 };
        let full = JobPage { jobs, next: Some(Uuid::nil()), counts };
        let failed = JobListParams { state: Some("failed".to_owned()), ..JobListParams::default() };
        let notice = Some("2 jobs are waiting again.".to_owned());
        vec![
            JobsPage::new(page.clone(), &JobListParams::default(), JobPage::default(), false, None),
            JobsPage::new(page.clone(), &failed, full, true, notice),
        ]
        .into_iter()
        .map(|page| page.render().expect("a page"))
        .collect()
    }
}
