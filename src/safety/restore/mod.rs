//! Restore: replaces every sermon with the contents of a backup, completely or not at all.
//!
//! 1. The file is opened once and stays open. It is read in full and compared with its manifest and with the database
//!    ([`RestorePreview`]). The preview's plan token is valid only for this file and this state, so the user confirms
//!    exactly the difference that was shown.
//! 2. The sermons are loaded into a staging table, whose digest must match the file's.
//! 3. A snapshot of the current state is written, synced, reopened and verified. Nothing is changed without it.
//! 4. One transaction, with all other writers locked out, moves the replaced sermons to the history, writes the new
//!    ones and recomputes count and digest. If they do not match, the transaction is rolled back.
//! 5. The sermons are read back on another connection. If they fail verification, the snapshot is restored. Then the
//!    export is written.

mod error;
mod guard;
mod interrupted;
mod load;
mod plan;
mod preview;
mod progress;
mod read_back;
mod run;
mod source;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;
use uuid::Uuid;

pub use error::RestoreError;
pub use interrupted::InterruptedRestore;
pub use preview::{DiskSpace, RestorePreview};
pub use progress::{RestorePhase, RestoreProgress};
pub use source::{Changes, Difference, SermonTitle};

pub(super) use load::MAX_EPOCH;

use super::{
    DataDir, ExportReport, Exporter,
    backup::{BackupName, Backups},
};
use crate::{
    blocking::blocking,
    clock::Clock,
    domain::Actor,
    store::{ChangeCounts, RestoreEntry, RestoreState, Store, StoreState},
};
use plan::PlanKey;

/// Returns the ID of a data directory, which distinguishes the instances that share a database. Blocks.
pub(super) fn instance_id(data_dir: &DataDir) -> String {
    PlanKey::load_or_create(data_dir).instance_id()
}

/// Restores backups, one at a time. Clones share everything.
#[derive(Debug, Clone)]
pub struct Restores {
    store: Arc<dyn Store>,
    backups: Arc<Backups>,
    exporter: Arc<Exporter>,
    data_dir: DataDir,
    clock: Arc<dyn Clock>,
    tracker: TaskTracker,
    key: PlanKey,
}

/// What to restore, and what the user has confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreRequest {
    /// The backup.
    pub name: BackupName,
    /// The confirmation that the user typed, which must be the backup's name.
    pub confirm: String,
    /// The token of the preview that was shown, or `None` to restore without checking for changes since the preview.
    pub plan_token: Option<String>,
    /// Whether to allow a file without a manifest.
    pub accept_unverified: bool,
    /// Whether to allow a file without sermons.
    pub allow_empty: bool,
    /// Whether the current database is damaged. If so, its tables, checksums and counters are repaired first, so that a
    /// snapshot of every readable row can be taken. A repair changes the state, which makes earlier plans stale.
    pub damaged: bool,
    /// Who requested the restore: `admin`, `cli`, `recover` or `drill`.
    pub actor: Actor,
}

/// A restore that was committed and verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// ID of the restore; pass it to [`Restores::undo`] to undo it.
    pub restore_id: Uuid,
    /// The restored backup.
    pub backup: BackupName,
    /// Snapshot of the previous state.
    pub snapshot: BackupName,
    /// The previous state.
    pub before: StoreState,
    /// The new state.
    pub after: StoreState,
    /// How many sermons were added, changed and removed.
    pub difference: ChangeCounts,
    /// The export that followed, or `None` if it failed. A failed export is retried in the background.
    pub export: Option<ExportReport>,
    /// Follow-up steps that failed.
    pub warning: Option<String>,
    /// When the restore finished.
    pub finished_at: DateTime<Utc>,
}

impl Restores {
    /// Creates the service. Restores run on `tracker`, so that shutdown waits for them. Reads or creates a key file.
    pub fn new(
        store: Arc<dyn Store>,
        backups: Arc<Backups>,
        exporter: Arc<Exporter>,
        data_dir: DataDir,
        clock: Arc<dyn Clock>,
        tracker: TaskTracker,
    ) -> Self {
        let key = PlanKey::load_or_create(&data_dir);
        Self { store, backups, exporter, data_dir, clock, tracker, key }
    }

    /// Restores a backup. Once started, a restore runs to completion even if the caller is dropped.
    pub async fn restore(
        &self,
        request: RestoreRequest,
        progress: Arc<dyn RestoreProgress>,
    ) -> Result<Restored, RestoreError> {
        if request.confirm != request.name.as_str() {
            return Err(RestoreError::NotConfirmed(request.name));
        }
        self.start(request, None, progress).await
    }

    /// Undoes a restore by restoring its snapshot. An undo can itself be undone.
    pub async fn undo(
        &self,
        restore_id: Uuid,
        actor: impl Into<Actor>,
        progress: Arc<dyn RestoreProgress>,
    ) -> Result<Restored, RestoreError> {
        let entry = self.store.restore_entry(restore_id).await?;
        let entry = entry.ok_or(RestoreError::UnknownRestore(restore_id))?;
        let cannot = |why| RestoreError::CannotUndo { id: restore_id, why };
        match entry.state {
            RestoreState::Committed | RestoreState::Done => {}
            RestoreState::Staging => return Err(cannot("it is still running")),
            RestoreState::Failed => return Err(cannot("it failed without changing anything")),
            RestoreState::Reverted => return Err(cannot("it was reverted automatically")),
            RestoreState::Undone => return Err(cannot("it was already undone")),
        }
        let snapshot = entry.snapshot.as_deref().and_then(|name| BackupName::parse(name).ok());
        let name = snapshot.ok_or_else(|| cannot("its snapshot is not recorded"))?;
        let request = RestoreRequest {
            confirm: name.to_string(),
            name,
            plan_token: None,
            accept_unverified: false,
            // The database may have been empty before the restore.
            allow_empty: true,
            damaged: false,
            actor: actor.into(),
        };
        self.start(request, Some(restore_id), progress).await
    }

    /// Returns the most recent restores, newest first.
    pub async fn list(&self, limit: u16) -> Result<Vec<RestoreEntry>, RestoreError> {
        Ok(self.store.restores(limit).await?)
    }

    /// Runs a restore in a separate task, which outlives the caller.
    async fn start(
        &self,
        request: RestoreRequest,
        undoes: Option<Uuid>,
        progress: Arc<dyn RestoreProgress>,
    ) -> Result<Restored, RestoreError> {
        let this = self.clone();
        let running = async move { this.run(&request, undoes, progress.as_ref()).await };
        let running = self.tracker.spawn(running.in_current_span());
        running.await.unwrap_or_else(|error| Err(RestoreError::TaskFailed(error.to_string())))
    }
}
