//! `POST /api/videos/batch`: submits many sermons in one request.

use std::path::Path;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use scripture_detector::transcript;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    job::JobBody,
    submission::{SubmissionBody, SubmissionRequest},
    submit::{Accepted, ExistingSermon, enqueue},
};
use crate::{
    http::{
        auth::Submitter,
        bulk::{BulkForm, BulkRequest, CaptionFile, LinksBody},
        cache::CachePolicy,
        error::AppError,
        job_owner::Visitor,
        problem::ProblemBody,
        state::AppState,
    },
    jobs::SubmitError,
    store::StoreError,
    youtube::parse_video_link,
};

/// Path of this route.
const PATH: &str = "/api/videos/batch";

/// The outcome of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct BatchResult {
    /// Number of sermons that were queued or are already stored.
    pub(in crate::http) accepted: usize,
    /// Number of links and files that were rejected.
    pub(in crate::http) rejected: usize,
    /// One item for each link, then one for each file, in the order of the request.
    pub(in crate::http) items: Vec<BatchItem>,
}

/// The outcome of one link or file: a job, an existing sermon, or an error.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(in crate::http) struct BatchItem {
    /// The link, or null for a file.
    pub(in crate::http) url: Option<String>,
    /// Name of the file, or null for a link.
    pub(in crate::http) file: Option<String>,
    /// The job that was queued.
    pub(in crate::http) job: Option<JobBody>,
    /// The sermon, if it is already stored.
    pub(in crate::http) existing: Option<ExistingSermon>,
    /// Why the link or file was rejected.
    pub(in crate::http) error: Option<ProblemBody>,
}

/// Submits up to 500 links, or up to 1,000 caption files, which may be in ZIP archives. An invalid link or file does
/// not affect the others.
#[utoipa::path(
    post, path = "/api/videos/batch", tag = "sermons",
    request_body(content((LinksBody = "application/json"), (BulkForm = "multipart/form-data"))),
    responses(
        (status = 202, description = "The job, existing sermon or error of each link and file", body = BatchResult),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Neither JSON nor multipart/form-data", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Nothing to add, too much at once, a damaged archive, or an invalid detail; nothing was added", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many submissions from this address", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The database is unreachable, or too many uploads are in progress", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn batch(
    State(state): State<AppState>,
    submitter: Submitter,
    visitor: Visitor,
    request: BulkRequest,
) -> Result<Response, AppError> {
    let result = submit_batch(&state, request, submitter, &visitor).await?;
    Ok((StatusCode::ACCEPTED, CachePolicy::NoStore, visitor, Json(result)).into_response())
}

/// Submits every link and file in a request.
pub(in crate::http) async fn submit_batch(
    state: &AppState,
    request: BulkRequest,
    submitter: Submitter,
    visitor: &Visitor,
) -> Result<BatchResult, AppError> {
    // Without the queue, the client would have to wait while each sermon is analyzed.
    if state.reader.stats_position().await.is_none() {
        return Err(StoreError::Unavailable("a batch needs the job queue".to_owned()).into());
    }
    let mut request = request.checked()?;
    submitter.check_rate_limit(request.len(), state)?;
    let mut items = Vec::with_capacity(request.len());
    for url in std::mem::take(&mut request.links) {
        let submission = parse_video_link(&url).map(SubmissionRequest::Link).map_err(AppError::from);
        let item = BatchItem { url: Some(url), ..BatchItem::default() };
        items.push(item.submit(state, submission, submitter, visitor).await);
    }
    while let Some(CaptionFile { name, bytes }) = request.next_file().await? {
        let submission = file_submission(&request.details, &name, bytes);
        let item = BatchItem { file: Some(name), ..BatchItem::default() };
        items.push(item.submit(state, submission, submitter, visitor).await);
    }
    let accepted = items.iter().filter(|item| item.error.is_none()).count();
    tracing::info!(accepted, rejected = items.len() - accepted, "submitted a batch");
    Ok(BatchResult { accepted, rejected: items.len() - accepted, items })
}

/// Builds the submission for a file. The title is the file name without its extension.
fn file_submission(
    details: &SubmissionBody,
    name: &str,
    bytes: Result<Vec<u8>, String>,
) -> Result<SubmissionRequest, AppError> {
    let bytes = bytes.map_err(|reason| AppError::Field { name: name.to_owned(), reason })?;
    let text = transcript::decode(&bytes).map_err(SubmitError::from)?;
    let title = Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    details.clone().with_file(text, title.unwrap_or_default())
}

impl BatchItem {
    /// Queues the submission and adds the outcome to the item.
    async fn submit(
        self,
        state: &AppState,
        submission: Result<SubmissionRequest, AppError>,
        submitter: Submitter,
        visitor: &Visitor,
    ) -> Self {
        let queued = match submission {
            Ok(submission) => enqueue(state, submission, submitter, visitor).await,
            Err(error) => Err(error),
        };
        match queued {
            Ok(Accepted::Job(job)) => Self { job: Some((*job).into()), ..self },
            Ok(Accepted::Existing(sermon)) => Self { existing: Some(sermon), ..self },
            Err(error) => Self { error: Some(error.problem(PATH)), ..self },
        }
    }
}
