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
    domain::{Canon, Document, Job},
    http::{
        auth::Submitter, body::JsonBody, cache::CachePolicy, error::AppError, heavy::LARGE, problem::ProblemBody,
        state::AppState,
    },
    youtube::parse_video_link,
};

/// Maximum number of links in a batch.
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
        (status = 200, description = "The sermon is already stored, and this submission does not change it", body = ExistingSermon),
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
    let job = match enqueue(&state, submission, submitter).await? {
        Accepted::Job(job) => job,
        Accepted::Existing(sermon) => return Ok((CachePolicy::NoStore, Json(sermon)).into_response()),
    };
    let location = format!("/api/jobs/{}", job.id);
    Ok((StatusCode::ACCEPTED, CachePolicy::NoStore, [(header::LOCATION, location)], Json(JobBody::from(*job)))
        .into_response())
}

/// What became of a submission.
#[derive(Debug)]
pub(in crate::http) enum Accepted {
    /// Its job: an earlier one if the same submission is already queued or running.
    Job(Box<Job>),
    /// The sermon is already stored, and the client may not change it.
    Existing(ExistingSermon),
}

/// A sermon that is already stored and that the submission did not change.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ExistingSermon {
    /// Always true.
    existing: bool,
    /// What happened and what to do.
    pub(in crate::http) detail: String,
    /// The sermon.
    pub(in crate::http) video_id: String,
    /// Its title.
    title: String,
    /// Name of the church.
    channel: String,
    /// When it was analyzed.
    processed_at: String,
    /// Number of confirmed references.
    manna: u64,
    /// Path of its page.
    pub(in crate::http) result_url: String,
}

impl ExistingSermon {
    fn new(document: Document, canon: Canon) -> Self {
        Self {
            existing: true,
            detail: "this sermon is already stored and was not changed: only an admin can replace it".to_owned(),
            result_url: format!("/video/{}", document.video_id),
            manna: document.manna(canon),
            video_id: document.video_id.to_string(),
            title: document.title,
            channel: document.channel,
            processed_at: document.processed_at,
        }
    }
}

/// Queues a submission, unless it would not change a sermon that is already stored.
pub(in crate::http) async fn enqueue(
    state: &AppState,
    submission: SubmissionRequest,
    submitter: Submitter,
) -> Result<Accepted, AppError> {
    let (jobs, submitter) = (&state.jobs, submitter.into());
    let _permit = match &submission {
        SubmissionRequest::Transcript(submission) if submission.transcript.len() as u64 > LARGE => {
            Some(state.long_transcripts.permit().await?)
        }
        _ => None,
    };
    let existing = match submission {
        SubmissionRequest::Link(ref video_id) => jobs.fetched_sermon(video_id, submitter).await,
        SubmissionRequest::Transcript(ref submission) => jobs.unchanged_sermon(submission, submitter).await?,
    };
    if let Some(document) = existing {
        tracing::info!(video = %document.video_id, "submitted again without a change");
        return Ok(Accepted::Existing(ExistingSermon::new(document, state.settings.canon)));
    }
    let (job, new) = match submission {
        SubmissionRequest::Link(video_id) => jobs.submit_youtube(video_id, submitter).await?,
        SubmissionRequest::Transcript(submission) => jobs.submit_transcript(*submission, submitter).await?,
    };
    tracing::info!(job = %job.id, video = %job.video_id, new, "submitted");
    Ok(Accepted::Job(Box::new(job)))
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
    /// Number of links that were queued or whose sermon is already stored.
    accepted: usize,
    /// Number of links that were rejected.
    rejected: usize,
    /// One for each link, in the order of the request.
    items: Vec<BatchItem>,
}

/// The outcome of one link: a job, an existing sermon, or an error.
#[derive(Debug, Serialize, ToSchema)]
struct BatchItem {
    /// The link.
    url: String,
    /// Its job.
    job: Option<JobBody>,
    /// The sermon that is already stored.
    existing: Option<ExistingSermon>,
    /// Why it was rejected.
    error: Option<ProblemBody>,
}

/// Submits up to 100 video links. Links that are not valid do not affect the others.
#[utoipa::path(
    post, path = "/api/videos/batch", tag = "sermons", request_body = BatchBody,
    responses(
        (status = 202, description = "The job, existing sermon or error of each link", body = BatchResult),
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
        items.push(submit_link(&state, url, submitter).await);
    }
    let accepted = items.iter().filter(|item| item.error.is_none()).count();
    let result = BatchResult { accepted, rejected: items.len() - accepted, items };
    Ok((StatusCode::ACCEPTED, CachePolicy::NoStore, Json(result)).into_response())
}

async fn submit_link(state: &AppState, url: String, submitter: Submitter) -> BatchItem {
    let queued = match parse_video_link(&url) {
        Ok(video_id) => enqueue(state, SubmissionRequest::Link(video_id), submitter).await,
        Err(error) => Err(error.into()),
    };
    let item = BatchItem { url, job: None, existing: None, error: None };
    match queued {
        Ok(Accepted::Job(job)) => BatchItem { job: Some((*job).into()), ..item },
        Ok(Accepted::Existing(sermon)) => BatchItem { existing: Some(sermon), ..item },
        Err(error) => BatchItem { error: Some(error.problem("/api/videos/batch")), ..item },
    }
}
