//! Why something could not be done with a backup, cut by what the caller can do.

use std::io;

use super::{BackupName, InvalidBackupName};
use crate::{
    safety::format::ReadError,
    store::{SnapshotError, StoreError},
};

/// Why something could not be done with a backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The text is not the name of a backup.
    #[error(transparent)]
    Name(#[from] InvalidBackupName),
    /// There is none of this name; look at the list.
    #[error("there is no backup {0}; `backup list` shows those that are there")]
    NotFound(BackupName),
    /// What has the name is no file of ours: a link, a directory, a pipe.
    #[error("could not open the backup {name}: {reason}")]
    NoFile {
        /// Which.
        name: BackupName,
        /// What it is.
        reason: String,
    },
    /// The file is larger than is taken.
    #[error("the file is too large: {0}")]
    TooLarge(String),
    /// The file is damaged, or is none of ours.
    #[error("the file cannot be used: {0}")]
    Invalid(String),
    /// The sender of an upload broke off.
    #[error("the upload broke off: {0}; send it again")]
    BrokenOff(String),
    /// What was written could not be read back as it was; nothing is listed.
    #[error("the new backup was not what was written when it was read back: {0}; the disk may be failing")]
    NotReadBack(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The files or the disk.
    #[error("could not work with the files of backups: {0}")]
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
            // What stopped the reading is what is wrong with a document.
            ReadError::Stopped(reason) => Self::Invalid(reason.to_string()),
        }
    }
}
