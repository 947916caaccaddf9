//! `GET /api/jobs`, `POST /api/jobs/retry`, `POST /api/jobs/{id}/retry` and `/cancel`: lists, retries and cancels jobs.

#![expect(unused_qualifications, reason = "utoipa's macro refers to the parameters by path")]

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::job::JobBody;
use crate::{
    domain::{Job, JobState},
    http::{
        auth::Submitter, body::QueryString, cache::CachePolicy, error::AppError, job_owner::JobScope,
        problem::ProblemBody, state::AppState,
    },
    jobs::RetryReport,
    store::{CancelOutcome, JobCounts, JobPage, JobQuery, RetryOutcome},
};

/// Default number of jobs on a page.
const DEFAULT_LIMIT: u16 = 50;

/// Maximum number of jobs on a page.
const MAX_LIMIT: u16 = 200;

/// Query parameters of the list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct JobListParams {
    /// `queued`, `running`, `failed` or `done`. All states by default.
    pub(in crate::http) state: Option<String>,
    /// `next_cursor` of the previous page.
    pub(in crate::http) cursor: Option<String>,
    /// Number of jobs, 1 to 200; 50 by default.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200)]
    pub(in crate::http) limit: Option<String>,
}

impl JobListParams {
    /// Parses the parameters.
    pub(in crate::http) fn query(&self, scope: &JobScope) -> Result<JobQuery, AppError> {
        let text =
            |value: &Option<String>| value.as_deref().map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned);
        let state = text(&self.state).map(|name| parse_state(&name)).transpose()?;
        let after = text(&self.cursor).map(|cursor| {
            let invalid = |_| AppError::Query(format!("cursor: {cursor:?} is not the `next_cursor` of a list of jobs"));
            cursor.parse::<Uuid>().map_err(invalid)
        });
        let limit = text(&self.limit).map_or(Ok(DEFAULT_LIMIT), |limit| {
            let number = limit.parse().ok().filter(|number| (1..=MAX_LIMIT).contains(number));
            number.ok_or_else(|| AppError::Query(format!("limit: {limit:?} is not a number from 1 to {MAX_LIMIT}")))
        })?;
        Ok(JobQuery { owner: scope.owner().copied(), state, after: after.transpose()?, limit })
    }
}

fn parse_state(name: &str) -> Result<JobState, AppError> {
    JobState::ALL.into_iter().find(|state| state.name() == name).ok_or_else(|| {
        AppError::Query(format!("state: {name:?} is not a state of a job: use queued, running, failed or done"))
    })
}

/// One page of the list of jobs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct JobListBody {
    /// The jobs, newest first.
    jobs: Vec<JobBody>,
    /// Number of jobs in each state, regardless of the `state` filter.
    counts: JobCountsBody,
    /// Cursor of the next page, or null on the last page.
    next_cursor: Option<Uuid>,
}

/// Number of jobs in each state.
#[derive(Debug, Serialize, ToSchema)]
struct JobCountsBody {
    /// Queued jobs.
    queued: i64,
    /// Running jobs.
    running: i64,
    /// Failed or canceled jobs.
    failed: i64,
    /// Finished jobs.
    done: i64,
}

impl From<JobPage> for JobListBody {
    fn from(page: JobPage) -> Self {
        let JobCounts { queued, running, failed, done } = page.counts;
        Self {
            jobs: page.jobs.into_iter().map(JobBody::from).collect(),
            counts: JobCountsBody { queued, running, failed, done },
            next_cursor: page.next,
        }
    }
}

/// Lists jobs. The admin sees all jobs; other clients see the jobs added with the same cookie.
#[utoipa::path(
    get, path = "/api/jobs", tag = "jobs", params(JobListParams), security((), ("admin" = [])),
    responses(
        (status = 200, description = "One page of the list", body = JobListBody),
        (status = 400, description = "Invalid parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Wrong token", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn list(
    State(state): State<AppState>,
    scope: JobScope,
    QueryString(params): QueryString<JobListParams>,
) -> Result<Response, AppError> {
    let page = state.jobs.list(&params.query(&scope)?).await?;
    Ok((CachePolicy::NoStore, Json(JobListBody::from(page))).into_response())
}

/// Retries a job that failed or was canceled.
#[utoipa::path(
    post, path = "/api/jobs/{id}/retry", tag = "jobs", params(("id" = Uuid, Path, description = "The job")),
    security((), ("admin" = [])),
    responses(
        (status = 202, description = "Queued again", body = JobBody),
        (status = 404, description = "No such job, or it is not yours", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The job has not failed, or it cannot be retried", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many submissions from this address", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(job = id))]
pub(super) async fn retry(
    State(state): State<AppState>,
    submitter: Submitter,
    scope: JobScope,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let job = retry_job(&state, submitter, &scope, &id).await?;
    Ok((StatusCode::ACCEPTED, CachePolicy::NoStore, Json(JobBody::from(job))).into_response())
}

/// Retries one job.
pub(in crate::http) async fn retry_job(
    state: &AppState,
    submitter: Submitter,
    scope: &JobScope,
    id: &str,
) -> Result<Job, AppError> {
    let id = parse_id(id)?;
    submitter.check_rate_limit(1, state)?;
    match state.jobs.retry(id, scope.owner()).await? {
        RetryOutcome::Queued(job) => Ok(*job),
        RetryOutcome::NotFound => Err(AppError::NoSuchJob(id)),
        RetryOutcome::NotFailed(_) => Err(AppError::CannotRetry("it has not failed")),
        RetryOutcome::NoInput => Err(AppError::CannotRetry("what it was given is not stored: submit the sermon again")),
        RetryOutcome::AlreadyActive => Err(AppError::CannotRetry("the same sermon is already in the queue")),
    }
}

/// The result of retrying all failed jobs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RetryBody {
    /// Number of jobs that are queued again.
    retried: usize,
    /// Number of failed jobs that could not be retried.
    skipped: usize,
}

/// Retries failed jobs: all of them for the admin, and those added with the same cookie for other clients. A single
/// request retries at most the 200 newest.
#[utoipa::path(
    post, path = "/api/jobs/retry", tag = "jobs", security((), ("admin" = [])),
    responses(
        (status = 202, description = "Number of jobs that were queued again", body = RetryBody),
        (status = 401, description = "Wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many submissions from this address", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn retry_all(
    State(state): State<AppState>,
    submitter: Submitter,
    scope: JobScope,
) -> Result<Response, AppError> {
    let RetryReport { retried, skipped } = retry_all_jobs(&state, submitter, &scope).await?;
    Ok((StatusCode::ACCEPTED, CachePolicy::NoStore, Json(RetryBody { retried, skipped })).into_response())
}

/// Retries the failed jobs.
pub(in crate::http) async fn retry_all_jobs(
    state: &AppState,
    submitter: Submitter,
    scope: &JobScope,
) -> Result<RetryReport, AppError> {
    let ids = state.jobs.retryable(scope.owner()).await?;
    submitter.check_rate_limit(ids.len(), state)?;
    Ok(state.jobs.retry_all(&ids, scope.owner()).await?)
}

/// Cancels a queued or running job. If someone else has added the same sermon, the job continues and is only removed
/// from your list. A sermon that is being saved at that moment may still appear.
#[utoipa::path(
    post, path = "/api/jobs/{id}/cancel", tag = "jobs", params(("id" = Uuid, Path, description = "The job")),
    security((), ("admin" = [])),
    responses(
        (status = 200, description = "The job: `failed` with the code `canceled`, unless it continues for someone else", body = JobBody),
        (status = 404, description = "No such job, or it is not yours", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The job has already ended", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(job = id))]
pub(super) async fn cancel(
    State(state): State<AppState>,
    scope: JobScope,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let job = cancel_job(&state, &scope, &id).await?;
    Ok((CachePolicy::NoStore, Json(JobBody::from(job))).into_response())
}

/// Cancels one job.
pub(in crate::http) async fn cancel_job(state: &AppState, scope: &JobScope, id: &str) -> Result<Job, AppError> {
    let id = parse_id(id)?;
    match state.jobs.cancel(id, scope.owner()).await? {
        CancelOutcome::Canceled(job) | CancelOutcome::Withdrawn(job) => Ok(*job),
        CancelOutcome::NotFound => Err(AppError::NoSuchJob(id)),
        CancelOutcome::Ended(_) => Err(AppError::CannotCancel),
    }
}

fn parse_id(id: &str) -> Result<Uuid, AppError> {
    id.parse().map_err(|_| AppError::JobId(id.chars().take(40).collect()))
}
