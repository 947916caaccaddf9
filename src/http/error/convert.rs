//! Converts the errors of lower layers.

use super::AppError;
use crate::{
    domain::JobError,
    http::body_limit::MAX_BODY,
    jobs::SubmitError,
    safety::{BackupError, OffsiteError, RestoreError, ReviseError, SaveError, backup::InvalidBackupName},
};

impl From<BackupError> for AppError {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Store(error) => Self::Store(error),
            BackupError::Io(error) => Self::Io(error),
            error => Self::Backup(error),
        }
    }
}

impl From<InvalidBackupName> for AppError {
    fn from(error: InvalidBackupName) -> Self {
        Self::Backup(error.into())
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

impl From<SubmitError> for AppError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Store(error) => Self::Store(error),
            SubmitError::Failed { error, logs } => Self::Job { error, logs },
            SubmitError::Transcript(_) => rejected(JobError::from(&error)),
        }
    }
}

impl From<SaveError> for AppError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Store(error) => Self::Store(error),
            SaveError::NotSaved { .. } => rejected(JobError::from(&error)),
            SaveError::TooLarge(_) => Self::TooLarge(MAX_BODY),
            SaveError::Aborted(reason) => Self::Panic(reason),
        }
    }
}

impl From<ReviseError> for AppError {
    fn from(error: ReviseError) -> Self {
        match error {
            ReviseError::NoSuchSermon(id) => Self::NoSuchSermon(id),
            ReviseError::Stale { id, current } => Self::StaleVersion(id, current),
            ReviseError::Correction(error) => Self::Correction(error),
            ReviseError::Save(error) => error.into(),
        }
    }
}

/// Wraps the error of a submission that was rejected before it was queued.
fn rejected(error: JobError) -> AppError {
    AppError::Job { error: Box::new(error), logs: Vec::new() }
}
