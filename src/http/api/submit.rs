//! `POST /api/videos` and `POST /api/videos/batch`: work is taken into the queue.

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
    submission::{Sent, SubmissionBody, SubmissionForm},
};
use crate::{
    domain::Job,
    http::{
        auth::Submitter, body::JsonBody, cache::CachePolicy, error::AppError, problem::ProblemBody, state::AppState,
    },
    youtube::VideoRef,
};

/// The most links in one batch.
const MAX_BATCH: usize = 100;

/// Takes a video, or a transcript, into the queue.
#[utoipa::path(
    post, path = "/api/videos", tag = "sermons",
    request_body(content(
        (SubmissionBody = "application/json"),
        (SubmissionForm = "multipart/form-data"),
        (SubmissionBody = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 202, description = "Queued; follow the job at `Location`. Done, with `stored: \"spool\"`, while the database is away", body = JobBody, headers(("Location" = String))),
        (status = 413, description = "Larger than is taken", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON and not a form", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a video link, or not a transcript", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many from this address", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The database is away, and the work takes too long to wait for", body = ProblemBody, content_type = "application/problem+json"),
        (status = 507, description = "Saved nowhere; `document` is the whole result", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn submit(
    State(state): State<AppState>,
    submitter: Submitter,
    sent: Sent,
) -> Result<Response, AppError> {
    submitter.spend(1, &state)?;
    let job = enqueue(&state, sent).await?;
    let location = format!("/api/jobs/{}", job.id);
    Ok((StatusCode::ACCEPTED, CachePolicy::NoStore, [(header::LOCATION, location)], Json(JobBody::from(job)))
        .into_response())
}

/// Queues what was sent; a job that does the same already is given instead.
pub(in crate::http) async fn enqueue(state: &AppState, sent: Sent) -> Result<Job, AppError> {
    let (job, new) = match sent {
        Sent::Link(video_id) => state.jobs.submit_youtube(video_id).await?,
        Sent::Transcript(submission) => state.jobs.submit_transcript(*submission).await?,
    };
    tracing::info!(job = %job.id, video = %job.video_id, new, "submitted");
    Ok(job)
}

/// Many links at once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub(super) struct BatchBody {
    /// Up to 100 links.
    urls: Vec<String>,
}

/// What became of a batch, in the order in which the links were sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BatchResult {
    /// Links that were queued.
    accepted: usize,
    /// Links that were not.
    rejected: usize,
    /// One for each link.
    items: Vec<BatchItem>,
}

/// What became of one link: a job, or an error.
#[derive(Debug, Serialize, ToSchema)]
struct BatchItem {
    /// The link as it was sent.
    url: String,
    /// The job that does it.
    job: Option<JobBody>,
    /// Why it was not queued.
    error: Option<ProblemBody>,
}

/// Takes many videos into the queue; a bad link does not hold back the good ones.
#[utoipa::path(
    post, path = "/api/videos/batch", tag = "sermons", request_body = BatchBody,
    responses(
        (status = 202, description = "Each link's job or error", body = BatchResult),
        (status = 422, description = "None, or too many", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn batch(
    State(state): State<AppState>,
    submitter: Submitter,
    JsonBody(BatchBody { urls }): JsonBody<BatchBody>,
) -> Result<Response, AppError> {
    if !(1..=MAX_BATCH).contains(&urls.len()) {
        let reason = format!("{} links were sent: send 1 to {MAX_BATCH}", urls.len());
        return Err(AppError::Field { name: "urls".to_owned(), reason });
    }
    submitter.spend(urls.len(), &state)?;
    let mut items = Vec::with_capacity(urls.len());
    for url in urls {
        items.push(one_of_batch(&state, url).await);
    }
    let accepted = items.iter().filter(|item| item.job.is_some()).count();
    let result = BatchResult { accepted, rejected: items.len() - accepted, items };
    Ok((StatusCode::ACCEPTED, CachePolicy::NoStore, Json(result)).into_response())
}

async fn one_of_batch(state: &AppState, url: String) -> BatchItem {
    let queued = match VideoRef::parse(&url) {
        Ok(video_id) => enqueue(state, Sent::Link(video_id)).await,
        Err(error) => Err(error.into()),
    };
    match queued {
        Ok(job) => BatchItem { url, job: Some(job.into()), error: None },
        Err(error) => BatchItem { url, job: None, error: Some(error.problem("/api/videos/batch")) },
    }
}
