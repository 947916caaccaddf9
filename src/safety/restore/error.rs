//! Why a restore did not happen, cut by what the caller can do.

use std::io;

use uuid::Uuid;

use super::Preview;
use crate::{
    safety::backup::{BackupError, BackupName},
    store::StoreError,
};

/// Why a restore did not happen. Nothing was changed, but where it says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The backup: it is not there, is damaged, too large, or none of ours.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// What was typed is not the backup's name.
    #[error("to restore, confirm with the name of the backup: {0}")]
    NotConfirmed(BackupName),
    /// No manifest says what the file must hold.
    #[error(
        "the backup {0} has no manifest that says what it must hold; it can be read to its end, and is restored only \
         when that is accepted (accept_unverified)"
    )]
    Unverified(BackupName),
    /// The backup holds nothing.
    #[error(
        "the backup {0} is empty: restoring it removes every video, and is done only when that is allowed (allow_empty)"
    )]
    Empty(BackupName),
    /// The plan does not hold any more, or never did; a new one is in here.
    #[error("{why}; look at the difference as it is now, and confirm again")]
    Stale {
        /// What became of the plan.
        why: &'static str,
        /// What would change now, and a new plan.
        preview: Box<Preview>,
    },
    /// Another restore is under way.
    #[error("another restore is under way; wait until it has ended")]
    Busy,
    /// There is no such restore.
    #[error("there is no restore {0}; the list of restores shows those that are known")]
    UnknownRestore(Uuid),
    /// The restore cannot be undone.
    #[error("the restore {id} cannot be undone: {why}")]
    CannotUndo {
        /// Which.
        id: Uuid,
        /// Why.
        why: &'static str,
    },
    /// There is no snapshot of what is there now, without which nothing is changed.
    #[error("nothing was changed: no snapshot of what is there now could be made and verified: {error}{advice}", error = .0, advice = advice(.0))]
    NoSnapshot(BackupError),
    /// What was loaded or written was not what the backup holds; everything was rolled back.
    #[error("nothing was changed: {0}")]
    RolledBack(String),
    /// What was committed could not be read back; the snapshot was restored.
    #[error(
        "the restored videos could not be read back as they had to be ({why}); the state before was restored from {snapshot}"
    )]
    Returned {
        /// What was wrong.
        why: String,
        /// The snapshot.
        snapshot: BackupName,
    },
    /// What was committed could not be read back, and the snapshot could not be restored either.
    #[error(
        "the restored videos could not be read back as they had to be ({why}), and restoring {snapshot} failed: {then}; restore it by hand"
    )]
    Broken {
        /// What was wrong.
        why: String,
        /// The snapshot.
        snapshot: BackupName,
        /// Why it could not be restored.
        then: String,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The files.
    #[error("could not work with the files of the restore: {0}")]
    Io(#[from] io::Error),
    /// The task broke down; the list of restores says how it ended.
    #[error("the restore broke down: {0}; the list of restores says how far it came")]
    BrokeDown(String),
}

/// What can be done when what is there now is damaged itself.
fn advice(error: &BackupError) -> &'static str {
    match error {
        BackupError::Store(StoreError::Corrupt(_)) => {
            "; the present database is damaged: `recover` looks for the best of everything, and a restore with --damaged \
             (over HTTP \"damaged\": true) goes over it, with all rows that can be read in the history"
        }
        _ => "",
    }
}
