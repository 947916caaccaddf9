//! The one error of all handlers: what went wrong, cut by what the asker can do.
//!
//! Handlers return an [`AppError`]; [`super::present`] logs it once and gives it the form that the asker reads.
//! What it shows never holds internals: those go to the log alone.

use std::sync::Arc;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use uuid::Uuid;

use super::{limits::MAX_BODY, problem::ProblemBody};
use scripture_detector::InvalidPassage;

use crate::{
    domain::{InvalidVideoId, LogLine, Problem, VideoId},
    jobs::SubmitError,
    safety::{BackupError, SaveError, OffsiteError, RestoreError, backup::InvalidBackupName},
    store::{InvalidCursor, StoreError},
    youtube::LinkError,
};

/// Seconds after which to try again when something that we need is away.
const RETRY_SECONDS: u64 = 5;

/// Why a request was not answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The link is none of a video.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The id in the address has another shape.
    #[error(transparent)]
    VideoId(#[from] InvalidVideoId),
    /// The job id in the address is no UUID.
    #[error("not a job id: {0:?}; take the one that the submission answered")]
    JobId(String),
    /// The body is not JSON.
    #[error("the body is not JSON: {message}")]
    Json {
        /// What is wrong, with its place.
        message: String,
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
    },
    /// The body is broken in another way.
    #[error("the body could not be read: {0}")]
    Body(String),
    /// A part of the query string is not understood.
    #[error("{0}")]
    Query(String),
    /// The cursor is not ours.
    #[error("{0}: leave the cursor out to begin anew")]
    Cursor(#[from] InvalidCursor),
    /// A field has a value that it cannot have.
    #[error("{name}: {reason}")]
    Field {
        /// Its name.
        name: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// Neither a link nor a transcript.
    #[error("there is nothing to analyze: send a YouTube link as `url`, or the captions as `transcript` or `file`")]
    NothingSent,
    /// A body of a kind that is not read here.
    #[error("{found} is not taken here: send {expected}")]
    ContentType {
        /// What the asker called it.
        found: String,
        /// What would be taken.
        expected: &'static str,
    },
    /// The body is too long.
    #[error("the body is too large: at most {} MB are taken", .0 / 1_000_000)]
    TooLarge(usize),
    /// What was sent was not taken into the queue.
    #[error("{}", .0.detail)]
    Refused(Box<Problem>),
    /// No such video.
    #[error("there is no sermon with the id {0}: add it, or search for it in the list")]
    NoVideo(VideoId),
    /// No such church.
    #[error("there is no church at this address: search for its name")]
    NoChurch,
    /// No such book.
    #[error("no book of the Bible has the name {0:?}: write it as John, 1 Cor, or Song of Solomon")]
    NoBook(String),
    /// No such passage.
    #[error(transparent)]
    NoPassage(#[from] InvalidPassage),
    /// No such old version.
    #[error("the history of {0} has no version of the write {1}: take one that its history lists")]
    NoVersion(VideoId, i64),
    /// No such job.
    #[error("there is no job {0}: it was never queued, or was forgotten long after it ended")]
    NoJob(Uuid),
    /// No such operation.
    #[error("there is no operation {0}: this process has not begun it, or has forgotten it")]
    NoOperation(String),
    /// A backup.
    #[error(transparent)]
    Backup(BackupError),
    /// The second place for backups.
    #[error(transparent)]
    Offsite(OffsiteError),
    /// A restore.
    #[error(transparent)]
    Restore(Box<RestoreError>),
    /// No such address.
    #[error("there is nothing at this address")]
    NoRoute,
    /// The address takes another method.
    #[error("this address does not take {0}")]
    Method(String),
    /// No token, or a wrong one.
    #[error("this needs the admin token: log in, or send it as `Authorization: Bearer <token>`")]
    Unauthorized,
    /// The request was sent by a page of another site.
    #[error("a page of another site may not send this: open MannaMeter itself and try again")]
    CrossSite,
    /// Too many requests from one address.
    #[error("too many requests from your address: try again in {0} s")]
    TooManyRequests(u64),
    /// A job failed, where the asker waited for it.
    #[error("{}", problem.detail)]
    Job {
        /// Why.
        problem: Box<Problem>,
        /// What it said until then.
        logs: Vec<LogLine>,
    },
    /// There is no export yet.
    #[error("the export is not written yet: try again in a few seconds")]
    NotExported,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of ours.
    #[error("a file could not be read: {0}")]
    Io(#[from] std::io::Error),
    /// It took too long.
    #[error("this took too long and was given up: try again")]
    Timeout,
    /// A status that a library answered.
    #[error("{}", .0.canonical_reason().unwrap_or("the request could not be answered"))]
    Status(StatusCode),
    /// A bug.
    #[error("a handler panicked: {0}")]
    Panic(String),
}

/// Status, stable code and title of an error.
type Kind = (StatusCode, &'static str, &'static str);

impl AppError {
    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Job { problem, .. } | Self::Refused(problem) => {
                StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
            Self::Status(status) => *status,
            other => other.kind().0,
        }
    }

    /// Seconds after which the same request may succeed.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooManyRequests(seconds) => Some(*seconds),
            _ if self.status() == StatusCode::SERVICE_UNAVAILABLE => Some(RETRY_SECONDS),
            _ => None,
        }
    }

    /// The log of the job that failed, for those who waited for it.
    pub fn job_logs(&self) -> &[LogLine] {
        if let Self::Job { logs, .. } = self { logs } else { &[] }
    }

    /// What the asker is told; `instance` is the address that was asked.
    pub fn problem(&self, instance: &str) -> ProblemBody {
        let mut body = match self {
            Self::Job { problem, .. } | Self::Refused(problem) => ProblemBody::from(Problem::clone(problem)),
            _ => self.own_problem(),
        };
        body.instance = Some(instance.to_owned());
        match self {
            Self::Json { line, column, .. } => (body.line, body.column) = (Some(*line), Some(*column)),
            Self::Link(error) => body.reason = Some(error.why.code()),
            Self::Restore(error) => body.preview = new_plan(error),
            _ => {}
        }
        body
    }

    fn own_problem(&self) -> ProblemBody {
        let (_, code, title) = self.kind();
        ProblemBody {
            kind: "about:blank".to_owned(),
            title: title.to_owned(),
            status: self.status().as_u16(),
            detail: self.public_detail(),
            code: code.to_owned(),
            instance: None,
            reason: None,
            line: None,
            column: None,
            languages: Vec::new(),
            paste_helps: false,
            preview: None,
            document: None,
        }
    }

    /// The message, unless it could hold internals.
    fn public_detail(&self) -> String {
        match self {
            Self::Store(StoreError::Unavailable(_)) => {
                "the database is away: nothing was lost; try again in a few seconds".to_owned()
            }
            Self::Store(StoreError::Conflict(_)) => "somebody else changed this meanwhile: try again".to_owned(),
            Self::Store(_)
            | Self::Io(_)
            | Self::Panic(_)
            | Self::Backup(BackupError::Store(_) | BackupError::Io(_)) => {
                "something went wrong on our side: try again, and name the request id in the answer's `x-request-id` \
                 when you report it"
                    .to_owned()
            }
            other => other.to_string(),
        }
    }

    fn kind(&self) -> Kind {
        use StatusCode as S;
        match self {
            Self::Link(_) => (S::UNPROCESSABLE_ENTITY, "not_a_video_link", "Not a video link"),
            Self::VideoId(_) => (S::BAD_REQUEST, "invalid_video_id", "Not a video id"),
            Self::JobId(_) => (S::BAD_REQUEST, "invalid_job_id", "Not a job id"),
            Self::Json { .. } => (S::BAD_REQUEST, "invalid_json", "Broken JSON"),
            Self::Body(_) => (S::BAD_REQUEST, "invalid_body", "Broken request"),
            Self::Query(_) => (S::BAD_REQUEST, "invalid_query", "Not understood"),
            Self::Cursor(_) => (S::BAD_REQUEST, "invalid_cursor", "Not a cursor"),
            Self::Field { .. } => (S::UNPROCESSABLE_ENTITY, "invalid_field", "A field is wrong"),
            Self::NothingSent => (S::UNPROCESSABLE_ENTITY, "nothing_sent", "Nothing to analyze"),
            Self::ContentType { .. } => (S::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "Unknown kind of body"),
            Self::TooLarge(_) => (S::PAYLOAD_TOO_LARGE, "too_large", "Too large"),
            Self::NoVideo(_) => (S::NOT_FOUND, "no_such_video", "No such sermon"),
            Self::NoChurch => (S::NOT_FOUND, "no_such_church", "No such church"),
            Self::NoBook(_) => (S::NOT_FOUND, "no_such_book", "No such book"),
            Self::NoPassage(_) => (S::NOT_FOUND, "no_such_passage", "No such passage"),
            Self::NoVersion(..) => (S::NOT_FOUND, "no_such_version", "No such version"),
            Self::NoJob(_) => (S::NOT_FOUND, "no_such_job", "No such job"),
            Self::NoOperation(_) => (S::NOT_FOUND, "no_such_operation", "No such operation"),
            Self::Backup(error) => backup_kind(error),
            Self::Offsite(error) => offsite_kind(error),
            Self::Restore(error) => restore_kind(error),
            Self::NoRoute => (S::NOT_FOUND, "not_found", "Nothing here"),
            Self::Method(_) => (S::METHOD_NOT_ALLOWED, "method_not_allowed", "Wrong method"),
            Self::Unauthorized => (S::UNAUTHORIZED, "unauthorized", "Admin token needed"),
            Self::CrossSite => (S::FORBIDDEN, "cross_site", "Sent by another site"),
            Self::TooManyRequests(_) => (S::TOO_MANY_REQUESTS, "rate_limited", "Too many requests"),
            Self::NotExported => (S::SERVICE_UNAVAILABLE, "not_exported", "No export yet"),
            Self::Store(StoreError::Unavailable(_)) => {
                (S::SERVICE_UNAVAILABLE, "database_unavailable", "The database is away")
            }
            Self::Store(StoreError::Conflict(_)) => (S::CONFLICT, "conflict", "Changed meanwhile"),
            Self::Timeout => (S::GATEWAY_TIMEOUT, "timeout", "Took too long"),
            Self::Job { .. } | Self::Refused(_) => (S::UNPROCESSABLE_ENTITY, "refused", "Refused"),
            Self::Status(status) => (*status, "refused", status.canonical_reason().unwrap_or("Refused")),
            Self::Store(_) | Self::Io(_) | Self::Panic(_) => {
                (S::INTERNAL_SERVER_ERROR, "internal", "Something went wrong")
            }
        }
    }
}

/// What is wrong with a backup.
fn backup_kind(error: &BackupError) -> Kind {
    use StatusCode as S;
    match error {
        BackupError::Name(_) => (S::BAD_REQUEST, "invalid_backup_name", "Not the name of a backup"),
        BackupError::NotFound(_) => (S::NOT_FOUND, "no_such_backup", "No such backup"),
        BackupError::NoFile { .. } => (S::UNPROCESSABLE_ENTITY, "not_a_file", "Not a file"),
        BackupError::TooLarge(_) => (S::PAYLOAD_TOO_LARGE, "backup_too_large", "Too large"),
        BackupError::Invalid(_) => (S::UNPROCESSABLE_ENTITY, "backup_invalid", "Not a good backup"),
        BackupError::BrokenOff(_) => (S::BAD_REQUEST, "upload_broken_off", "The upload broke off"),
        BackupError::NotReadBack(_) => (S::INTERNAL_SERVER_ERROR, "backup_not_read_back", "The disk may be failing"),
        BackupError::Store(_) | BackupError::Io(_) => (S::INTERNAL_SERVER_ERROR, "internal", "Something went wrong"),
    }
}

/// What is wrong with the second place.
fn offsite_kind(error: &OffsiteError) -> Kind {
    use StatusCode as S;
    match error {
        OffsiteError::NotSet => (S::NOT_FOUND, "offsite_not_configured", "No second place"),
        OffsiteError::NoCopy(_) => (S::NOT_FOUND, "no_such_copy", "No such copy"),
        OffsiteError::Remote(_) | OffsiteError::NotReadBack(..) => {
            (S::BAD_GATEWAY, "offsite_unavailable", "The second place does not answer as it should")
        }
        OffsiteError::Backup(error) => backup_kind(error),
    }
}

/// Why a restore did not happen.
fn restore_kind(error: &RestoreError) -> Kind {
    use RestoreError as E;
    use StatusCode as S;
    match error {
        E::NotConfirmed(_) => (S::UNPROCESSABLE_ENTITY, "not_confirmed", "Not confirmed"),
        E::Unverified(_) => (S::UNPROCESSABLE_ENTITY, "backup_unverified", "Nothing vouches for it"),
        E::Empty(_) => (S::UNPROCESSABLE_ENTITY, "backup_empty", "It is empty"),
        E::Stale { .. } => (S::CONFLICT, "stale_plan", "Changed since the preview"),
        E::Busy => (S::CONFLICT, "restore_running", "Another restore runs"),
        E::UnknownRestore(_) => (S::NOT_FOUND, "no_such_restore", "No such restore"),
        E::CannotUndo { .. } => (S::CONFLICT, "cannot_undo", "Cannot be undone"),
        E::NoSnapshot(_) => (S::INTERNAL_SERVER_ERROR, "no_snapshot", "Nothing was changed"),
        E::RolledBack(_) => (S::INTERNAL_SERVER_ERROR, "rolled_back", "Nothing was changed"),
        E::Returned { .. } => (S::INTERNAL_SERVER_ERROR, "returned", "The state before is back"),
        E::Broken { .. } => (S::INTERNAL_SERVER_ERROR, "restore_broken", "Restore the snapshot by hand"),
        E::BrokeDown(_) => (S::INTERNAL_SERVER_ERROR, "restore_broke_down", "The restore broke down"),
        E::Backup(error) => backup_kind(error),
        E::Store(_) | E::Io(_) => (S::INTERNAL_SERVER_ERROR, "internal", "Something went wrong"),
    }
}

/// What would change now, when the plan was made before something else changed.
fn new_plan(error: &RestoreError) -> Option<serde_json::Value> {
    let RestoreError::Stale { preview, .. } = error else { return None };
    serde_json::to_value(preview).ok()
}

impl From<RestoreError> for AppError {
    fn from(error: RestoreError) -> Self {
        match error {
            RestoreError::Backup(error) => error.into(),
            RestoreError::Store(error) => Self::Store(error),
            RestoreError::Io(error) => Self::Io(error),
            error => Self::Restore(Box::new(error)),
        }
    }
}

impl From<BackupError> for AppError {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Store(error) => Self::Store(error),
            BackupError::Io(error) => Self::Io(error),
            error => Self::Backup(error),
        }
    }
}

impl From<OffsiteError> for AppError {
    fn from(error: OffsiteError) -> Self {
        match error {
            OffsiteError::Backup(error) => error.into(),
            error => Self::Offsite(error),
        }
    }
}

impl From<InvalidBackupName> for AppError {
    fn from(error: InvalidBackupName) -> Self {
        Self::Backup(error.into())
    }
}

impl From<SubmitError> for AppError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Store(error) => Self::Store(error),
            SubmitError::Failed { problem, logs } => Self::Job { problem, logs },
            SubmitError::Transcript(_) => Self::Refused(Box::new(Problem::from(&error))),
        }
    }
}

impl From<SaveError> for AppError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Store(error) => Self::Store(error),
            SaveError::Nowhere { .. } => Self::Refused(Box::new(Problem::from(&error))),
            SaveError::TooLarge(_) => Self::TooLarge(MAX_BODY),
            SaveError::Broken(reason) => Self::Panic(reason),
        }
    }
}

impl IntoResponse for AppError {
    /// An empty answer that carries the error; `present` gives it its form.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
