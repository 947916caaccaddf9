//! `POST /analyze`: the target of the forms that add a sermon, and the legacy endpoint for scripts.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{login::render_private, page::Page, paste_form::NotAddedPage, see_other};
use crate::{
    domain::{Job, JobState, LogLine},
    http::{
        api::{
            submission::SubmissionBody,
            submit::{Accepted, ExistingSermon, enqueue},
        },
        auth::Submitter,
        cache::CachePolicy,
        error::AppError,
        job_owner::Visitor,
        negotiate::wants_json,
        state::AppState,
    },
    jobs::JobUpdates,
    store::StoreError,
};

/// How long a JSON request waits for its job.
const WAIT: Duration = Duration::from_secs(60);

/// Queues a sermon. Redirects browsers to the job's page, and responds with the job's result to clients that want JSON.
#[tracing::instrument(skip_all)]
pub(super) async fn analyze(
    State(state): State<AppState>,
    submitter: Submitter,
    visitor: Visitor,
    page: Page,
    headers: HeaderMap,
    sent: Result<SubmissionBody, AppError>,
) -> Result<Response, AppError> {
    let kept = sent.as_ref().ok().filter(|_| !wants_json(&headers)).cloned().unwrap_or_default();
    let accepted = async {
        submitter.check_rate_limit(1, &state)?;
        enqueue(&state, sent?.validate()?, submitter, &visitor).await
    };
    let job = match accepted.await {
        Ok(Accepted::Job(job)) => *job,
        Ok(Accepted::Existing(sermon)) => return Ok(existing_response(&headers, &sermon)),
        Err(error) if !wants_json(&headers) && error.status().is_client_error() => {
            return Ok(not_added(page, kept, &error));
        }
        Err(error) => return Err(error),
    };
    if !wants_json(&headers) {
        let location = format!("/jobs/{}", job.id);
        return Ok((visitor, see_other(&location)).into_response());
    }
    let follow = state.jobs.follow(job.id);
    let waited = tokio::select! {
        waited = tokio::time::timeout(WAIT, wait_for_end(follow)) => waited.unwrap_or(Ok(None))?,
        () = state.shutdown.cancelled() => None,
    };
    legacy_response(waited.unwrap_or(job))
}

/// Responds with the form as it was sent and the reason why it was rejected.
fn not_added(page: Page, sent: SubmissionBody, error: &AppError) -> Response {
    let status = error.status();
    tracing::info!(%status, %error, "form refused");
    let retry_after = error.retry_after().map(|seconds| [(header::RETRY_AFTER, seconds.to_string())]);
    (status, retry_after, render_private(&NotAddedPage::new(page, sent, error))).into_response()
}

/// Responds with a sermon that is already stored: its page for browsers, the legacy response for scripts.
fn existing_response(headers: &HeaderMap, sermon: &ExistingSermon) -> Response {
    if !wants_json(headers) {
        return see_other(&format!("{}?added=existing", sermon.result_url));
    }
    let body = json!({ "success": true, "redirect_url": sermon.result_url, "job_url": null, "logs": [sermon.detail] });
    (CachePolicy::NoStore, Json(body)).into_response()
}

/// Waits until the job has ended, and returns it.
async fn wait_for_end(mut follow: JobUpdates) -> Result<Option<Job>, StoreError> {
    let mut last = None;
    while let Some(job) = follow.next().await? {
        last = Some(job);
    }
    Ok(last)
}

/// Builds the legacy response. A job that is still running gets status 202.
fn legacy_response(job: Job) -> Result<Response, AppError> {
    if let Some(error) = job.error {
        return Err(AppError::Job { error: Box::new(error), logs: job.logs });
    }
    let (status, redirect_url) = match (job.state, job.result_url) {
        (JobState::Done, Some(url)) => (StatusCode::OK, url),
        _ => (StatusCode::ACCEPTED, format!("/jobs/{}", job.id)),
    };
    let logs: Vec<_> = job.logs.into_iter().map(|LogLine { message, .. }| message).collect();
    let body = json!({ "success": true, "redirect_url": redirect_url, "job_url": format!("/api/jobs/{}", job.id), "logs": logs });
    Ok((status, CachePolicy::NoStore, Json(body)).into_response())
}
