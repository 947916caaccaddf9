//! `GET /api/jobs/{id}`: how a job stands.

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
    domain::{Job, LogLine, Step},
    http::{cache::CachePolicy, error::AppError, problem::ProblemBody, state::AppState},
};

/// A job: one video on its way.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct JobBody {
    /// Its id.
    id: Uuid,
    /// The video that it stores.
    #[schema(example = "sErm0n_Tst1")]
    video_id: String,
    /// `queued`, `running`, `done` or `failed`.
    #[schema(example = "running")]
    state: &'static str,
    /// Its steps so far.
    steps: Vec<StepBody>,
    /// What it said so far.
    logs: Vec<LogBody>,
    /// Why it failed.
    error: Option<ProblemBody>,
    /// Where the result went: `database`; or `spool`, if the database was away: it is put back by itself.
    #[schema(example = "database")]
    stored: Option<&'static str>,
    /// Where the sermon is shown, once it is stored.
    result_url: Option<String>,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

/// One real step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct StepBody {
    /// `video`, `channel`, `captions`, `read`, `analyze`, `save`, `spool`.
    name: String,
    /// `running`, `done`, `skipped` or `failed`.
    #[schema(value_type = String)]
    state: crate::domain::StepState,
    /// When it came to this state.
    at: DateTime<Utc>,
}

/// One line of a job's log.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct LogBody {
    /// When.
    at: DateTime<Utc>,
    /// What happened.
    message: String,
}

impl From<Step> for StepBody {
    fn from(Step { name, state, at }: Step) -> Self {
        Self { name, state, at }
    }
}

impl From<LogLine> for LogBody {
    fn from(LogLine { at, message }: LogLine) -> Self {
        Self { at, message }
    }
}

impl From<Job> for JobBody {
    fn from(job: Job) -> Self {
        let stored = job.stored();
        let Job { id, video_id, state, steps, logs, error, result_url, created_at, updated_at } = job;
        Self {
            stored,
            id,
            video_id: video_id.to_string(),
            state: state.name(),
            steps: steps.into_iter().map(StepBody::from).collect(),
            logs: logs.into_iter().map(LogBody::from).collect(),
            error: error.map(ProblemBody::from),
            result_url,
            created_at,
            updated_at,
        }
    }
}

/// Says how a job stands.
#[utoipa::path(
    get, path = "/api/jobs/{id}", tag = "jobs", params(("id" = Uuid, Path, description = "The job")),
    responses(
        (status = 200, description = "The job", body = JobBody),
        (status = 404, description = "No such job", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn job(State(state): State<AppState>, Path(id): Path<String>) -> Result<Response, AppError> {
    let job = find(&state, &id).await?;
    Ok((CachePolicy::NoStore, Json(JobBody::from(job))).into_response())
}

/// The job with the id that an address names.
pub(in crate::http) async fn find(state: &AppState, id: &str) -> Result<Job, AppError> {
    let id: Uuid = id.parse().map_err(|_| AppError::JobId(id.chars().take(40).collect()))?;
    state.jobs.job(id).await?.ok_or(AppError::NoJob(id))
}
