//! The error type of all handlers.
//!
//! Handlers return an [`AppError`]. [`super::error_response`] logs it once and renders it in the format that the client
//! wants. Internal details are logged but never sent to the client.

mod code;
mod convert;

use std::sync::Arc;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use scripture_detector::InvalidPassage;
use uuid::Uuid;

use super::{AdminToken, job_error, problem::ProblemBody};
use crate::{
    domain::{CorrectionError, InvalidVideoId, JobError, LogLine, Scope, Scopes, Sha256, TokenName, VideoId},
    safety::{BackupError, OffsiteError, RestoreError, backup::BackupName},
    store::{InvalidCursor, StoreError},
    youtube::LinkError,
};

/// Number of seconds after which a client should try again when the database is unreachable.
const RETRY_SECONDS: u64 = 5;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The link is not a video link.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The video ID in the URL is malformed.
    #[error(transparent)]
    VideoId(#[from] InvalidVideoId),
    /// The job ID in the URL is not a UUID.
    #[error("not a job ID: {0:?}; use the `id` from the response to the submission")]
    JobId(String),
    /// The body is not valid JSON.
    #[error("the body is not valid JSON: {message}")]
    Json {
        /// What is wrong and where.
        message: String,
        /// Line, starting at 1.
        line: usize,
        /// Column, starting at 1.
        column: usize,
    },
    /// The body is malformed or incomplete.
    #[error("could not read the body: {0}")]
    Body(String),
    /// A query parameter is invalid.
    #[error("{0}")]
    Query(String),
    /// The cursor was not issued by this API.
    #[error("{0}: leave out `cursor` to start from the first page")]
    Cursor(#[from] InvalidCursor),
    /// A field of the body has an invalid value.
    #[error("{name}: {reason}")]
    Field {
        /// Name of the field.
        name: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The request contains neither a link nor a transcript.
    #[error("there is nothing to analyze: send a YouTube link as `url`, or the captions as `transcript` or `file`")]
    EmptySubmission,
    /// This route does not accept the content type.
    #[error("{found} is not accepted here: send {expected}")]
    ContentType {
        /// The content type that was sent.
        found: String,
        /// The content types that are accepted.
        expected: &'static str,
    },
    /// The body is too large.
    #[error("the body is too large: the limit is {} MB", .0 / 1_000_000)]
    TooLarge(usize),
    /// There is no such sermon.
    #[error("there is no sermon with the ID {0}: search for it in the list, or add it")]
    NoSuchSermon(VideoId),
    /// The sermon has changed since the version that the change is based on.
    #[error("{0} was changed since you read it, and your change was not saved: read it again, and repeat the change")]
    StaleVersion(VideoId, Sha256),
    /// A correction cannot be made.
    #[error(transparent)]
    Correction(CorrectionError),
    /// The sermon has no stored transcript.
    #[error("no transcript of {0} is stored: to store one, add the sermon again")]
    NoTranscript(VideoId),
    /// The transcript has no times, so it cannot be downloaded as captions.
    #[error("the transcript of {0} has no times, so there is no SRT file: download the plain text instead")]
    NoTimes(VideoId),
    /// Transcripts are turned off on this server.
    #[error("this server does not show transcripts (SHOW_TRANSCRIPTS=off)")]
    TranscriptsOff,
    /// There is no such church.
    #[error("there is no church at this address: search for its name")]
    NoSuchChurch,
    /// No sermon has this speaker or series.
    #[error("there is no {0} at this address: search for the name")]
    NoSuchGroup(&'static str),
    /// There is no such book.
    #[error("{0:?} is not a book of the Bible: write it like John, 1 Cor or Song of Solomon")]
    NoSuchBook(String),
    /// There is no such passage.
    #[error(transparent)]
    NoSuchPassage(#[from] InvalidPassage),
    /// The history does not contain this version.
    #[error("the history of {0} has no version {1}: choose one of the versions that it lists")]
    NoSuchVersion(VideoId, i64),
    /// There is no such job.
    #[error("there is no job {0}: finished jobs are deleted after some time")]
    NoSuchJob(Uuid),
    /// The job cannot be retried.
    #[error("this job cannot be retried: {0}")]
    CannotRetry(&'static str),
    /// The job cannot be canceled.
    #[error("this job cannot be canceled: it has already ended; to remove its sermon, ask the admin to delete it")]
    CannotCancel,
    /// There is no such operation.
    #[error(
        "there is no operation {0}: only the process that started it knows it, and only for its last 50 operations"
    )]
    NoSuchOperation(String),
    /// A backup operation failed.
    #[error(transparent)]
    Backup(BackupError),
    /// An operation on the offsite copies failed.
    #[error(transparent)]
    Offsite(OffsiteError),
    /// A restore failed.
    #[error(transparent)]
    Restore(Box<RestoreError>),
    /// The route existed in the previous system and has no replacement.
    #[error("{0}")]
    Gone(&'static str),
    /// The request to restore a backup lacks the confirmation.
    #[error(
        "`confirm` is missing: to restore {0}, send its name as `confirm`, in a form or as JSON; every sermon is \
         replaced by those in the backup"
    )]
    ConfirmMissing(BackupName),
    /// No route matches the URL.
    #[error("there is nothing at this address")]
    NoRoute,
    /// The route does not support the method.
    #[error("{0} is not allowed here")]
    MethodNotAllowed(String),
    /// The token is missing or wrong.
    #[error("this needs a token: log in, or send it as `Authorization: Bearer <token>`")]
    Unauthorized,
    /// The token lacks the required scope.
    #[error(
        "this needs the scope `{needed}`, and the token {:?} has only `{scopes}`: use another token, or create one with \
         this scope",
        token.as_str()
    )]
    InsufficientScope {
        /// The required scope.
        needed: Scope,
        /// Name of the token.
        token: TokenName,
        /// The scopes of the token.
        scopes: Scopes,
    },
    /// A valid token with this name already exists.
    #[error("there is already a token with the name {:?}: choose another name, or revoke that one first", .0.as_str())]
    TokenNameTaken(TokenName),
    /// There is no such token.
    #[error("there is no valid token with the ID {0}: `GET /api/tokens` lists the tokens")]
    NoSuchToken(String),
    /// The request came from a page on another site. If a proxy may be the cause, the error has a hint for the
    /// operator.
    #[error(
        "pages on other sites may not send this request: open MannaMeter and try again{}",
        .0.as_deref().unwrap_or_default()
    )]
    CrossSite(Option<String>),
    /// The admin token is short enough to be guessed, so it is not accepted.
    #[error(
        "the admin pages and routes are off: ADMIN_TOKEN has fewer than {} characters; set a longer one, or unset it to \
         have one generated",
        AdminToken::MIN_LENGTH
    )]
    AdminTokenTooShort,
    /// The client address has exceeded a rate limit.
    #[error("too many requests from your address: try again in {0} s")]
    TooManyRequests(u64),
    /// A job failed while the client was waiting for it, or was rejected before it was queued.
    #[error("{}", error.detail)]
    Job {
        /// The error of the job.
        error: Box<JobError>,
        /// The log of the job.
        logs: Vec<LogLine>,
    },
    /// Too many expensive requests are already running.
    #[error("the server is busy: try again in a few seconds")]
    Busy,
    /// No export has been written yet.
    #[error("the export has not been written yet: try again in a few seconds")]
    NotExported,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Reading or writing a file failed.
    #[error("could not read or write a file: {0}")]
    Io(#[from] std::io::Error),
    /// The request took too long.
    #[error("the request took too long and was canceled: try again")]
    Timeout,
    /// A library responded with this status.
    #[error("{}", .0.canonical_reason().unwrap_or("the request failed"))]
    Status(StatusCode),
    /// A handler or background task panicked.
    #[error("panicked: {0}")]
    Panic(String),
}

impl AppError {
    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Job { error, .. } => job_error::status_and_title(&error.code).0,
            other => other.kind().status,
        }
    }

    /// Returns the number of seconds after which the client should try again.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooManyRequests(seconds) => Some(*seconds),
            Self::AdminTokenTooShort => None,
            _ if self.status() == StatusCode::SERVICE_UNAVAILABLE => Some(RETRY_SECONDS),
            _ => None,
        }
    }

    /// Returns the log of the failed job, if the client was waiting for it.
    pub fn job_logs(&self) -> &[LogLine] {
        if let Self::Job { logs, .. } = self { logs } else { &[] }
    }

    /// Returns the problem object to send. `instance` is the path of the request.
    pub fn problem(&self, instance: &str) -> ProblemBody {
        let body = match self {
            Self::Job { error, .. } => ProblemBody::from(JobError::clone(error)),
            other => {
                let code::Kind { status, code, title } = other.kind();
                ProblemBody::new(status, code, title, other.public_detail())
            }
        };
        let body = ProblemBody { instance: Some(instance.to_owned()), ..body };
        match self {
            Self::Json { line, column, .. } => ProblemBody { line: Some(*line), column: Some(*column), ..body },
            Self::Link(error) => ProblemBody { reason: Some(error.kind.code()), ..body },
            Self::Restore(error) => ProblemBody { preview: new_preview(error), ..body },
            _ => body,
        }
    }

    /// Returns the message, or a generic one if the message could contain internal details.
    fn public_detail(&self) -> String {
        match self {
            Self::Store(StoreError::Unavailable(_)) => {
                "the database is unreachable; nothing was lost: try again in a few seconds".to_owned()
            }
            Self::Store(StoreError::Conflict(_)) => "the data was changed at the same time: try again".to_owned(),
            Self::Store(StoreError::Corrupt(_)) => {
                "this part of the database cannot be read: an administrator can find the reason with `mannameter doctor` \
                 and recover the data with `mannameter recover`"
                    .to_owned()
            }
            Self::Store(_)
            | Self::Io(_)
            | Self::Panic(_)
            | Self::Backup(BackupError::Store(_) | BackupError::Io(_)) => {
                "something went wrong on the server: try again, and include the `x-request-id` of the response if you \
                 report it"
                    .to_owned()
            }
            other => other.to_string(),
        }
    }
}

/// Returns a fresh preview to confirm, if the data has changed since the client requested its preview.
fn new_preview(error: &RestoreError) -> Option<serde_json::Value> {
    let RestoreError::Stale { preview, .. } = error else { return None };
    serde_json::to_value(preview).ok()
}

impl IntoResponse for AppError {
    /// Returns an empty response that carries the error; `error_response` renders it.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
