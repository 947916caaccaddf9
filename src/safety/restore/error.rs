//! Why a restore failed, grouped by what the caller can do about it.

use std::io;

use uuid::Uuid;

use super::RestorePreview;
use crate::{
    safety::backup::{BackupError, BackupName},
    store::StoreError,
};

/// Why a restore failed. Nothing was changed unless the variant says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The backup is missing, damaged, too large or not one of ours.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The confirmation does not match the backup's name.
    #[error("to restore, confirm with the name of the backup: {0}")]
    NotConfirmed(BackupName),
    /// The backup has no manifest to verify it against.
    #[error(
        "the backup {0} has no manifest, so its contents cannot be verified; to restore it anyway, set accept_unverified"
    )]
    Unverified(BackupName),
    /// The backup contains no sermons.
    #[error("the backup {0} is empty, and restoring it would remove every sermon; to do that, set allow_empty")]
    Empty(BackupName),
    /// The plan is invalid or has expired, or it was made for another state.
    #[error("{why}; review the new preview and confirm again")]
    Stale {
        /// Why the plan no longer applies.
        why: &'static str,
        /// A fresh preview, with a new plan token.
        preview: Box<RestorePreview>,
    },
    /// Another restore is running.
    #[error("another restore is running; try again when it has finished")]
    Busy,
    /// There is no such restore.
    #[error("there is no restore {0}; check its ID in the list of restores")]
    UnknownRestore(Uuid),
    /// The restore cannot be undone.
    #[error("the restore {id} cannot be undone: {why}")]
    CannotUndo {
        /// The restore.
        id: Uuid,
        /// The reason.
        why: &'static str,
    },
    /// The snapshot could not be taken, and nothing is changed without one.
    #[error("nothing was changed: could not back up and verify the current state: {error}{advice}", error = .0, advice = advice(.0))]
    SnapshotFailed(BackupError),
    /// What was loaded or written did not match the backup, so the transaction was rolled back.
    #[error("nothing was changed: {0}")]
    RolledBack(String),
    /// The committed sermons failed verification, so the snapshot was restored.
    #[error(
        "the restored sermons failed verification ({why}), so the previous state was restored from the snapshot {snapshot}"
    )]
    Reverted {
        /// What failed.
        why: String,
        /// The snapshot.
        snapshot: BackupName,
    },
    /// The committed sermons failed verification, and the snapshot could not be restored either.
    #[error(
        "the restored sermons failed verification ({why}), and restoring the snapshot {snapshot} failed as well: {revert_error}; restore it manually"
    )]
    RevertFailed {
        /// What failed.
        why: String,
        /// The snapshot.
        snapshot: BackupName,
        /// Why the snapshot could not be restored.
        revert_error: String,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file operation failed.
    #[error("could not read or write the files of the restore: {0}")]
    Io(#[from] io::Error),
    /// The task that runs the restore panicked or was canceled; the list of restores shows the outcome.
    #[error("the restore stopped unexpectedly: {0}; the list of restores shows how far it got")]
    TaskFailed(String),
}

/// What to do when the current database is itself damaged.
fn advice(error: &BackupError) -> &'static str {
    match error {
        BackupError::Store(StoreError::Corrupt(_)) => {
            "; the current database is damaged: run `mannameter recover` to rebuild it from every source, or restore with \
             --damaged (over HTTP \"damaged\": true), which first moves every readable row to the history"
        }
        _ => "",
    }
}
