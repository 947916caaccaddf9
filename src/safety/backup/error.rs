//! Errors of backup operations, grouped by what the caller can do about them.

use std::io;

use super::{BackupName, InvalidBackupName};
use crate::{
    safety::format::ReadError,
    store::{SnapshotError, StoreError},
};

/// Why a backup operation failed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The text is not a valid backup name.
    #[error(transparent)]
    Name(#[from] InvalidBackupName),
    /// There is no backup with this name.
    #[error("there is no backup {0}; `backup list` shows all backups")]
    NotFound(BackupName),
    /// The name belongs to a symlink, a directory or a FIFO.
    #[error("could not open the backup {name}: {reason}")]
    NotAFile {
        /// Name of the backup.
        name: BackupName,
        /// What is there instead of a regular file.
        reason: String,
    },
    /// The file exceeds the size limit.
    #[error("the file is too large: {0}")]
    TooLarge(String),
    /// The file is damaged, or is not a backup.
    #[error("the file cannot be used: {0}")]
    Invalid(String),
    /// The client stopped sending before the upload was complete.
    #[error("the upload was interrupted: {0}; send it again")]
    UploadInterrupted(String),
    /// The new file differs from what was written, and has been discarded.
    #[error("the new backup could not be read back as it was written: {0}; the disk may be failing")]
    ReadBackMismatch(String),
    /// The database reported an error.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file system reported an error.
    #[error("could not access the backup files: {0}")]
    Io(#[from] io::Error),
}

impl From<SnapshotError> for BackupError {
    fn from(error: SnapshotError) -> Self {
        match error {
            SnapshotError::Store(error) => Self::Store(error),
            SnapshotError::Sink(error) => Self::Io(error),
        }
    }
}

impl From<ReadError> for BackupError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Io(error) => Self::Io(error),
            ReadError::TooLarge(reason) => Self::TooLarge(reason),
            ReadError::Invalid(reason) => Self::Invalid(reason),
            // The callback stops only for an invalid document.
            ReadError::Stopped(reason) => Self::Invalid(reason.to_string()),
        }
    }
}
