//! `POST /api/videos`: submits a sermon for analysis.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    job::JobBody,
    submission::{SubmissionBody, SubmissionForm, SubmissionRequest},
};
use crate::{
    domain::{Canon, Document, Job},
    http::{
        auth::Submitter, cache::CachePolicy, error::AppError, heavy::LARGE, job_owner::Visitor, problem::ProblemBody,
        state::AppState,
    },
};

/// Submits a video link or a transcript for analysis.
#[utoipa::path(
    post, path = "/api/videos", tag = "sermons",
    request_body(content(
        (SubmissionBody = "application/json"),
        (SubmissionForm = "multipart/form-data"),
        (SubmissionBody = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 200, description = "The sermon is already stored, and the submission would not change it", body = ExistingSermon),
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
    visitor: Visitor,
    submission: SubmissionRequest,
) -> Result<Response, AppError> {
    submitter.check_rate_limit(1, &state)?;
    let job = match enqueue(&state, submission, submitter, &visitor).await? {
        Accepted::Job(job) => job,
        Accepted::Existing(sermon) => return Ok((CachePolicy::NoStore, Json(sermon)).into_response()),
    };
    let location = format!("/api/jobs/{}", job.id);
    let headers = [(header::LOCATION, location)];
    Ok((StatusCode::ACCEPTED, CachePolicy::NoStore, headers, visitor, Json(JobBody::from(*job))).into_response())
}

/// The outcome of a submission.
#[derive(Debug)]
pub(in crate::http) enum Accepted {
    /// The job, or the earlier one if the same submission is already queued or running.
    Job(Box<Job>),
    /// The sermon is already stored, and the submission would not change it.
    Existing(ExistingSermon),
}

/// A stored sermon that the submission did not change.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ExistingSermon {
    /// Always true.
    existing: bool,
    /// What happened and what to do.
    pub(in crate::http) detail: String,
    /// ID of the sermon.
    pub(in crate::http) video_id: String,
    /// Title of the sermon.
    pub(in crate::http) title: String,
    /// Name of the church.
    channel: String,
    /// When the sermon was analyzed.
    processed_at: String,
    /// Number of confirmed references.
    manna: u64,
    /// Path of the sermon's page.
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

/// Queues a submission on the visitor's list, unless the sermon is already stored and would not change.
pub(in crate::http) async fn enqueue(
    state: &AppState,
    submission: SubmissionRequest,
    client: Submitter,
    visitor: &Visitor,
) -> Result<Accepted, AppError> {
    let (jobs, submitter) = (&state.jobs, client.into());
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
    visitor.add(state, &job, client).await;
    Ok(Accepted::Job(Box::new(job)))
}
