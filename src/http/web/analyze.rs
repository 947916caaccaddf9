//! `POST /analyze`: the form of the pages, and the address that scripts of the system before ours call.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    domain::{Job, JobState, LogLine},
    http::{
        api::{submission::Sent, submit::enqueue},
        auth::Submitter,
        cache::CachePolicy,
        error::AppError,
        negotiate::wants_json,
        state::AppState,
    },
    jobs::Follow,
    store::StoreError,
};

/// How long a script waits for its job.
const WAIT: Duration = Duration::from_secs(60);

/// A browser is sent to the job's page; a script gets the sermon's address when the job has ended.
pub(super) async fn analyze(
    State(state): State<AppState>,
    submitter: Submitter,
    headers: HeaderMap,
    sent: Sent,
) -> Result<Response, AppError> {
    submitter.spend(1, &state)?;
    let job = enqueue(&state, sent).await?;
    if !wants_json(&headers) {
        let location = format!("/jobs/{}", job.id);
        return Ok((StatusCode::SEE_OTHER, CachePolicy::NoStore, [(header::LOCATION, location)]).into_response());
    }
    let follow = state.jobs.follow(job.id);
    let waited = tokio::select! {
        waited = tokio::time::timeout(WAIT, end_of(follow)) => waited.unwrap_or(Ok(None))?,
        () = state.shutdown.cancelled() => None,
    };
    answer(waited.unwrap_or(job))
}

/// The job when it has ended.
async fn end_of(mut follow: Follow) -> Result<Option<Job>, StoreError> {
    let mut last = None;
    while let Some(job) = follow.next().await? {
        last = Some(job);
    }
    Ok(last)
}

/// What the system before ours answered, with a status of its own for a job that goes on.
fn answer(job: Job) -> Result<Response, AppError> {
    if let Some(problem) = job.error {
        return Err(AppError::Job { problem: Box::new(problem), logs: job.logs });
    }
    let (status, redirect_url) = match (job.state, job.result_url) {
        (JobState::Done, Some(url)) => (StatusCode::OK, url),
        _ => (StatusCode::ACCEPTED, format!("/jobs/{}", job.id)),
    };
    let logs: Vec<_> = job.logs.into_iter().map(|LogLine { message, .. }| message).collect();
    let body = json!({ "success": true, "redirect_url": redirect_url, "job_url": format!("/api/jobs/{}", job.id), "logs": logs });
    Ok((status, CachePolicy::NoStore, Json(body)).into_response())
}
