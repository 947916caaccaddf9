//! The status, code and title of each error.

use axum::http::StatusCode;

use super::AppError;
use crate::{
    domain::CorrectionError,
    safety::{BackupError, OffsiteError, RestoreError},
    store::StoreError,
};

/// The kind of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) status: StatusCode,
    /// Stable machine-readable code.
    pub(super) code: &'static str,
    /// Short human-readable description.
    pub(super) title: &'static str,
}

const INTERNAL: Kind = Kind::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong");

impl Kind {
    const fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self { status, code, title }
    }
}

impl AppError {
    /// Returns the kind of the error. All failed jobs have the same kind; `job_error` looks up their status and title.
    pub(super) fn kind(&self) -> Kind {
        use StatusCode as S;
        let (status, code, title) = match self {
            Self::Link(_) => (S::UNPROCESSABLE_ENTITY, "not_a_video_link", "Not a video link"),
            Self::VideoId(_) => (S::BAD_REQUEST, "invalid_video_id", "Invalid video ID"),
            Self::JobId(_) => (S::BAD_REQUEST, "invalid_job_id", "Invalid job ID"),
            Self::Json { .. } => (S::BAD_REQUEST, "invalid_json", "Invalid JSON"),
            Self::Body(_) => (S::BAD_REQUEST, "invalid_body", "Invalid request body"),
            Self::Query(_) => (S::BAD_REQUEST, "invalid_query", "Invalid query parameter"),
            Self::Cursor(_) => (S::BAD_REQUEST, "invalid_cursor", "Invalid cursor"),
            Self::Field { .. } => (S::UNPROCESSABLE_ENTITY, "invalid_field", "Invalid field"),
            Self::EmptySubmission => (S::UNPROCESSABLE_ENTITY, "empty_submission", "Nothing to analyze"),
            Self::ContentType { .. } => {
                (S::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "Unsupported content type")
            }
            Self::TooLarge(_) => (S::PAYLOAD_TOO_LARGE, "too_large", "Request too large"),
            Self::NoSuchSermon(_) => (S::NOT_FOUND, "no_such_sermon", "No such sermon"),
            Self::StaleVersion(..) => (S::PRECONDITION_FAILED, "stale_version", "Changed since you read it"),
            Self::Correction(CorrectionError::NoSuchCorrection(_)) => {
                (S::NOT_FOUND, "no_such_correction", "No such correction")
            }
            Self::Correction(_) => (S::UNPROCESSABLE_ENTITY, "invalid_correction", "Invalid correction"),
            Self::NoTranscript(_) => (S::NOT_FOUND, "no_transcript", "No transcript"),
            Self::NoTimes(_) => (S::NOT_FOUND, "no_times", "No times"),
            Self::TranscriptsOff => (S::NOT_FOUND, "transcripts_off", "Transcripts are not shown"),
            Self::NoSuchChurch => (S::NOT_FOUND, "no_such_church", "No such church"),
            Self::NoSuchGroup("speaker") => (S::NOT_FOUND, "no_such_speaker", "No such speaker"),
            Self::NoSuchGroup(_) => (S::NOT_FOUND, "no_such_series", "No such series"),
            Self::NoSuchBook(_) => (S::NOT_FOUND, "no_such_book", "No such book"),
            Self::NoSuchPassage(_) => (S::NOT_FOUND, "no_such_passage", "No such passage"),
            Self::NoSuchVersion(..) => (S::NOT_FOUND, "no_such_version", "No such version"),
            Self::NoSuchJob(_) => (S::NOT_FOUND, "no_such_job", "No such job"),
            Self::CannotRetry(_) => (S::CONFLICT, "cannot_retry", "Cannot be retried"),
            Self::CannotCancel => (S::CONFLICT, "cannot_cancel", "Cannot be canceled"),
            Self::NoSuchOperation(_) => (S::NOT_FOUND, "no_such_operation", "No such operation"),
            Self::Gone(_) => (S::GONE, "gone", "No longer available"),
            Self::ConfirmMissing(_) => (S::UNPROCESSABLE_ENTITY, "not_confirmed", "Not confirmed"),
            Self::NoRoute => (S::NOT_FOUND, "not_found", "Page not found"),
            Self::MethodNotAllowed(_) => (S::METHOD_NOT_ALLOWED, "method_not_allowed", "Method not allowed"),
            Self::AdminTokenTooShort => {
                (S::SERVICE_UNAVAILABLE, "admin_token_too_short", "The admin token is too short")
            }
            Self::Unauthorized => (S::UNAUTHORIZED, "unauthorized", "Admin token required"),
            Self::InsufficientScope { .. } => (S::FORBIDDEN, "insufficient_scope", "Not allowed with this token"),
            Self::TokenNameTaken(_) => (S::CONFLICT, "token_name_taken", "There is a token with this name"),
            Self::NoSuchToken(_) => (S::NOT_FOUND, "no_such_token", "No such token"),
            Self::CrossSite(_) => (S::FORBIDDEN, "cross_site", "Sent by another site"),
            Self::TooManyRequests(_) => (S::TOO_MANY_REQUESTS, "rate_limited", "Too many requests"),
            Self::Busy => (S::SERVICE_UNAVAILABLE, "busy", "The server is busy"),
            Self::NotExported => (S::SERVICE_UNAVAILABLE, "not_exported", "No export yet"),
            Self::Timeout => (S::GATEWAY_TIMEOUT, "timeout", "Request timed out"),
            Self::Job { .. } => (S::UNPROCESSABLE_ENTITY, "job_failed", "The job failed"),
            Self::Status(status) => (*status, "http_error", status.canonical_reason().unwrap_or("Request failed")),
            Self::Backup(error) => return backup_kind(error),
            Self::Offsite(error) => return offsite_kind(error),
            Self::Restore(error) => return restore_kind(error),
            Self::Store(error) => return store_kind(error),
            Self::Io(_) | Self::Panic(_) => return INTERNAL,
        };
        Kind::new(status, code, title)
    }
}

fn store_kind(error: &StoreError) -> Kind {
    match error {
        StoreError::Unavailable(_) => {
            Kind::new(StatusCode::SERVICE_UNAVAILABLE, "database_unavailable", "The database is unreachable")
        }
        StoreError::Conflict(_) => Kind::new(StatusCode::CONFLICT, "conflict", "Changed at the same time"),
        StoreError::Corrupt(_) => {
            Kind::new(StatusCode::SERVICE_UNAVAILABLE, "database_damaged", "Part of the database is damaged")
        }
        StoreError::Database(_) => INTERNAL,
    }
}

fn backup_kind(error: &BackupError) -> Kind {
    use StatusCode as S;
    let (status, code, title) = match error {
        BackupError::Name(_) => (S::BAD_REQUEST, "invalid_backup_name", "Invalid backup name"),
        BackupError::NotFound(_) => (S::NOT_FOUND, "no_such_backup", "No such backup"),
        BackupError::NotAFile { .. } => (S::UNPROCESSABLE_ENTITY, "not_a_file", "Not a regular file"),
        BackupError::TooLarge(_) => (S::PAYLOAD_TOO_LARGE, "backup_too_large", "Backup too large"),
        BackupError::Invalid(_) => (S::UNPROCESSABLE_ENTITY, "backup_invalid", "Not a valid backup"),
        BackupError::UploadInterrupted(_) => (S::BAD_REQUEST, "upload_interrupted", "Upload interrupted"),
        BackupError::ReadBackMismatch(_) => {
            (S::INTERNAL_SERVER_ERROR, "backup_read_back_mismatch", "The backup failed verification")
        }
        BackupError::Store(error) => return store_kind(error),
        BackupError::Io(_) => return INTERNAL,
    };
    Kind::new(status, code, title)
}

fn offsite_kind(error: &OffsiteError) -> Kind {
    use StatusCode as S;
    match error {
        OffsiteError::NotConfigured => {
            Kind::new(S::NOT_FOUND, "offsite_not_configured", "Offsite backups are not configured")
        }
        OffsiteError::NoSuchCopy(_) => Kind::new(S::NOT_FOUND, "no_such_copy", "No such offsite copy"),
        OffsiteError::Remote(_) | OffsiteError::ReadBackMismatch(..) => {
            Kind::new(S::BAD_GATEWAY, "offsite_unavailable", "The offsite store failed")
        }
        OffsiteError::Backup(error) => backup_kind(error),
    }
}

fn restore_kind(error: &RestoreError) -> Kind {
    use RestoreError as E;
    use StatusCode as S;
    let (status, code, title) = match error {
        E::NotConfirmed(_) => (S::UNPROCESSABLE_ENTITY, "not_confirmed", "Not confirmed"),
        E::Unverified(_) => (S::UNPROCESSABLE_ENTITY, "backup_unverified", "The backup has no manifest"),
        E::Empty(_) => (S::UNPROCESSABLE_ENTITY, "backup_empty", "The backup is empty"),
        E::Stale { .. } => (S::CONFLICT, "stale_plan", "Changed since the preview"),
        E::Busy => (S::CONFLICT, "restore_running", "Another restore is running"),
        E::UnknownRestore(_) => (S::NOT_FOUND, "no_such_restore", "No such restore"),
        E::CannotUndo { .. } => (S::CONFLICT, "cannot_undo", "Cannot be undone"),
        E::SnapshotFailed(_) => (S::INTERNAL_SERVER_ERROR, "snapshot_failed", "Nothing was changed"),
        E::RolledBack(_) => (S::INTERNAL_SERVER_ERROR, "restore_rolled_back", "Nothing was changed"),
        E::Reverted { .. } => (S::INTERNAL_SERVER_ERROR, "restore_reverted", "The previous state was restored"),
        E::RevertFailed { .. } => {
            (S::INTERNAL_SERVER_ERROR, "restore_revert_failed", "The snapshot must be restored manually")
        }
        E::TaskFailed(_) => (S::INTERNAL_SERVER_ERROR, "restore_aborted", "The restore was aborted"),
        E::Backup(error) => return backup_kind(error),
        E::Store(error) => return store_kind(error),
        E::Io(_) => return INTERNAL,
    };
    Kind::new(status, code, title)
}
