//! Restore: everything replaced by what a backup holds, wholly or not at all, and back again.
//!
//! 1. The file is opened once and held, read to its end, and compared with its manifest and with what is there
//!    ([`Preview`]). Who confirms, confirms that difference: a plan's token holds for that file and that state alone.
//! 2. Its videos are loaded into a table beside the others; what is there must have the digest of the file.
//! 3. A snapshot of the present is made, fsynced, opened again and verified. Without it nothing is changed.
//! 4. One transaction, in which nobody else writes: what goes moves to the history, the rest is written, number and
//!    digest are computed anew, and if they are wrong everything is rolled back.
//! 5. The videos are read back on a fresh connection; if they are not what they must be, the snapshot is restored.
//!    Then the export follows.

mod error;
mod guard;
mod load;
mod plan;
mod preview;
mod progress;
mod read_back;
mod interrupted;
mod run;
mod source;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::task::spawn_blocking;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

pub use error::RestoreError;
pub use preview::{Disk, Preview};
pub use progress::{Phase, Progress};
pub use interrupted::InterruptedRestore;
pub use source::{Changes, Difference, Named};

pub(super) use load::LAST_EPOCH;
pub(super) use source::stored_form;

/// Names a data directory among those that share a database. Blocks.
pub(super) fn place_of(data_dir: &DataDir) -> String {
    PlanKey::of(data_dir).place()
}

use super::{
    DataDir, ExportReport, Exporter,
    backup::{BackupName, Backups},
};
use crate::{
    clock::Clock,
    store::{Replaced, RestoreEntry, RestoreState, Store, StoreState},
};
use plan::PlanKey;

/// Restores, one at a time. Clones are the same.
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

/// What is to be restored, and what was agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreRequest {
    /// The backup.
    pub name: BackupName,
    /// What was typed; must be the backup's name.
    pub confirm: String,
    /// The token of the preview that was looked at; none to do it in one go, whatever the difference is.
    pub plan_token: Option<String>,
    /// Restore a file that no manifest vouches for.
    pub accept_unverified: bool,
    /// Restore a file without videos.
    pub allow_empty: bool,
    /// What is there now is damaged: its tables and sums are made to agree with each other first, so that a snapshot
    /// of what can be read can be made. A plan does not hold then.
    pub damaged: bool,
    /// Who asked: `admin`, `cli`.
    pub actor: &'static str,
}

/// A restore that happened: committed, and read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// Undoes it, when given to [`Restores::undo`].
    pub restore_id: Uuid,
    /// The backup.
    pub backup: BackupName,
    /// The snapshot of what was there before.
    pub snapshot: BackupName,
    /// The state before.
    pub before: StoreState,
    /// The state after.
    pub after: StoreState,
    /// What became of the videos.
    pub difference: Replaced,
    /// The export that followed; none if it failed, which is tried again by itself.
    pub export: Option<ExportReport>,
    /// What else is worth knowing.
    pub warning: Option<String>,
    /// When it was finished.
    pub finished_at: DateTime<Utc>,
}

impl Restores {
    /// Restores from these backups; what was begun goes on to its end on `tracker`. Reads or makes a key file.
    pub fn new(
        store: Arc<dyn Store>,
        backups: Arc<Backups>,
        exporter: Arc<Exporter>,
        data_dir: DataDir,
        clock: Arc<dyn Clock>,
        tracker: TaskTracker,
    ) -> Self {
        let key = PlanKey::of(&data_dir);
        Self { store, backups, exporter, data_dir, clock, tracker, key }
    }

    /// Restores a backup. Once begun, it goes on to its end even if the caller goes away.
    pub async fn restore(
        &self,
        request: RestoreRequest,
        progress: Arc<dyn Progress>,
    ) -> Result<Restored, RestoreError> {
        if request.confirm != request.name.as_str() {
            return Err(RestoreError::NotConfirmed(request.name));
        }
        self.start(request, None, progress).await
    }

    /// Undoes a restore: restores the snapshot of what was there before it. Can itself be undone.
    pub async fn undo(
        &self,
        restore_id: Uuid,
        actor: &'static str,
        progress: Arc<dyn Progress>,
    ) -> Result<Restored, RestoreError> {
        let entry = self.store.restore_entry(restore_id).await?;
        let entry = entry.ok_or(RestoreError::UnknownRestore(restore_id))?;
        let cannot = |why| RestoreError::CannotUndo { id: restore_id, why };
        match entry.state {
            RestoreState::Committed | RestoreState::Done => {}
            RestoreState::Staging => return Err(cannot("it is under way")),
            RestoreState::Failed => return Err(cannot("it changed nothing")),
            RestoreState::Returned => return Err(cannot("the state before it is there already")),
            RestoreState::Undone => return Err(cannot("it was undone")),
        }
        let snapshot = entry.snapshot.as_deref().and_then(|name| BackupName::parse(name).ok());
        let name = snapshot.ok_or_else(|| cannot("the name of its snapshot is not known"))?;
        let request = RestoreRequest {
            confirm: name.to_string(),
            name,
            plan_token: None,
            accept_unverified: false,
            // There may have been nothing.
            allow_empty: true,
            damaged: false,
            actor,
        };
        self.start(request, Some(restore_id), progress).await
    }

    /// The last restores, newest first.
    pub async fn list(&self, limit: u16) -> Result<Vec<RestoreEntry>, RestoreError> {
        Ok(self.store.restores(limit).await?)
    }

    /// Runs it in a task of its own.
    async fn start(
        &self,
        request: RestoreRequest,
        undoes: Option<Uuid>,
        progress: Arc<dyn Progress>,
    ) -> Result<Restored, RestoreError> {
        let this = self.clone();
        let running = self.tracker.spawn(async move { this.run(&request, undoes, progress.as_ref()).await });
        running.await.unwrap_or_else(|error| Err(RestoreError::BrokeDown(error.to_string())))
    }
}

/// Runs what blocks away from the tasks.
async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<std::io::Error> + Send + 'static,
{
    spawn_blocking(work).await.unwrap_or_else(|error| Err(std::io::Error::other(error).into()))
}
