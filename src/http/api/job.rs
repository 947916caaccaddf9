//! `GET /api/jobs/{id}`: the state of a job.

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    domain::{Job, LogLine, Step, StepState},
    http::{cache::CachePolicy, error::AppError, problem::ProblemBody, state::AppState},
};

/// A job that analyzes one sermon.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct JobBody {
    /// ID of the job.
    id: Uuid,
    /// ID of the sermon that the job saves.
    #[schema(example = "sErm0n_Tst1")]
    video_id: String,
    /// `queued`, `running`, `done` or `failed`.
    #[schema(example = "running")]
    state: &'static str,
    /// The job's steps so far.
    steps: Vec<StepBody>,
    /// The job's log so far.
    logs: Vec<LogBody>,
    /// Title of the sermon, once known.
    title: Option<String>,
    /// Why the job failed.
    error: Option<ProblemBody>,
    /// Whether the job can be retried.
    can_retry: bool,
    /// Where the result was saved: `database`, or `spool` if the database was unreachable. Spooled results are saved
    /// automatically once the database is reachable again.
    #[schema(example = "database")]
    stored: Option<&'static str>,
    /// Path of the sermon's page, once the sermon is saved.
    result_url: Option<String>,
    /// When the job was requested.
    created_at: DateTime<Utc>,
    /// When the job last changed.
    updated_at: DateTime<Utc>,
}

/// A step of a job.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct StepBody {
    /// `video`, `channel`, `captions`, `read`, `analyze`, `save` or `spool`.
    name: &'static str,
    /// `running`, `done`, `skipped` or `failed`.
    #[schema(value_type = String)]
    state: StepState,
    /// When the step reached this state.
    at: DateTime<Utc>,
}

/// A line of a job's log.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct LogBody {
    /// When the line was written.
    at: DateTime<Utc>,
    /// The message.
    message: String,
}

impl From<Step> for StepBody {
    fn from(Step { name, state, at }: Step) -> Self {
        Self { name: name.name(), state, at }
    }
}

impl From<LogLine> for LogBody {
    fn from(LogLine { at, message }: LogLine) -> Self {
        Self { at, message }
    }
}

impl From<Job> for JobBody {
    fn from(job: Job) -> Self {
        let stored = job.saved_to();
        let Job { id, video_id, state, steps, logs, error, result_url, title, can_retry, created_at, updated_at } = job;
        Self {
            stored,
            id,
            video_id: video_id.to_string(),
            state: state.name(),
            steps: steps.into_iter().map(StepBody::from).collect(),
            logs: logs.into_iter().map(LogBody::from).collect(),
            title,
            error: error.map(ProblemBody::from),
            can_retry,
            result_url,
            created_at,
            updated_at,
        }
    }
}

/// Returns a job.
#[utoipa::path(
    get, path = "/api/jobs/{id}", tag = "jobs", params(("id" = Uuid, Path, description = "The job")),
    responses(
        (status = 200, description = "The job", body = JobBody),
        (status = 404, description = "No such job", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(job = id))]
pub(super) async fn job(State(state): State<AppState>, Path(id): Path<String>) -> Result<Response, AppError> {
    let job = find_job(&state, &id).await?;
    Ok((CachePolicy::NoStore, Json(JobBody::from(job))).into_response())
}

/// Returns the job with the ID from a URL.
pub(in crate::http) async fn find_job(state: &AppState, id: &str) -> Result<Job, AppError> {
    let id: Uuid = id.parse().map_err(|_| AppError::JobId(id.chars().take(40).collect()))?;
    state.jobs.job(id).await?.ok_or(AppError::NoSuchJob(id))
}
