//! `POST /api/videos` and `POST /api/videos/batch`: submits sermons for analysis.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    job::JobBody,
    submission::{SubmissionBody, SubmissionForm, SubmissionRequest},
};
use crate::{
    domain::Job,
    http::{
        auth::Submitter, body::JsonBody, cache::CachePolicy, error::AppError, problem::ProblemBody, state::AppState,
    },
    youtube::parse_video_link,
};

/// The most links in one batch.
const MAX_BATCH: usize = 100;

/// Submits a video link or a transcript for analysis.
#[utoipa::path(
    post, path = "/api/videos", tag = "sermons",
    request_body(content(
        (SubmissionBody = "application/json"),
        (SubmissionForm = "multipart/form-data"),
        (SubmissionBody = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 202, description = "Queued; follow the job at `Location`. While the database is unreachable: done, with `stored: \"spool\"`", body = JobBody, headers(("Location" = String))),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Neither JSON nor a form", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a video link, or not a transcript", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many submissions from this address", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The database is unreachable, and the analysis takes too long to wait for", body = ProblemBody, content_type = "application/problem+json"),
        (status = 507, description = "The result could not be saved; `document` is the only copy", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn submit(
    State(state): State<AppState>,
    submitter: Submitter,
    submission: SubmissionRequest,
) -> Result<Response, AppError> {
    submitter.check_rate_limit(1, &state)?;
    let job = enqueue(&state, submission).await?;
    let location = format!("/api/jobs/{}", job.id);
    Ok((StatusCode::ACCEPTED, CachePolicy::NoStore, [(header::LOCATION, location)], Json(JobBody::from(job)))
        .into_response())
}

/// Queues a submission and returns its job: the existing one if the same submission is already queued or running.
pub(in crate::http) async fn enqueue(state: &AppState, submission: SubmissionRequest) -> Result<Job, AppError> {
    let (job, new) = match submission {
        SubmissionRequest::Link(video_id) => state.jobs.submit_youtube(video_id).await?,
        SubmissionRequest::Transcript(submission) => state.jobs.submit_transcript(*submission).await?,
    };
    tracing::info!(job = %job.id, video = %job.video_id, new, "submitted");
    Ok(job)
}

/// A batch of links.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub(super) struct BatchBody {
    /// Up to 100 links.
    urls: Vec<String>,
}

/// The outcome of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BatchResult {
    /// Number of links that were queued.
    accepted: usize,
    /// Number of links that were rejected.
    rejected: usize,
    /// One for each link, in the order of the request.
    items: Vec<BatchItem>,
}

/// The outcome of one link: a job or an error.
#[derive(Debug, Serialize, ToSchema)]
struct BatchItem {
    /// The link.
    url: String,
    /// Its job.
    job: Option<JobBody>,
    /// Why it was rejected.
    error: Option<ProblemBody>,
}

/// Submits up to 100 video links. Links that are not valid do not affect the others.
#[utoipa::path(
    post, path = "/api/videos/batch", tag = "sermons", request_body = BatchBody,
    responses(
        (status = 202, description = "The job or error of each link", body = BatchResult),
        (status = 422, description = "No links, or more than 100", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(links = urls.len()))]
pub(super) async fn batch(
    State(state): State<AppState>,
    submitter: Submitter,
    JsonBody(BatchBody { urls }): JsonBody<BatchBody>,
) -> Result<Response, AppError> {
    if !(1..=MAX_BATCH).contains(&urls.len()) {
        let reason = format!("got {} links: send 1 to {MAX_BATCH}", urls.len());
        return Err(AppError::Field { name: "urls".to_owned(), reason });
    }
    submitter.check_rate_limit(urls.len(), &state)?;
    let mut items = Vec::with_capacity(urls.len());
    for url in urls {
        items.push(submit_link(&state, url).await);
    }
    let accepted = items.iter().filter(|item| item.job.is_some()).count();
    let result = BatchResult { accepted, rejected: items.len() - accepted, items };
    Ok((StatusCode::ACCEPTED, CachePolicy::NoStore, Json(result)).into_response())
}

async fn submit_link(state: &AppState, url: String) -> BatchItem {
    let queued = match parse_video_link(&url) {
        Ok(video_id) => enqueue(state, SubmissionRequest::Link(video_id)).await,
        Err(error) => Err(error.into()),
    };
    match queued {
        Ok(job) => BatchItem { url, job: Some(job.into()), error: None },
        Err(error) => BatchItem { url, job: None, error: Some(error.problem("/api/videos/batch")) },
    }
}
