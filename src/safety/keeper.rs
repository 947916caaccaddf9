//! Keeps a result: the safety backup, the committed and re-read row, the woken exporter.

use std::sync::Arc;

use serde::Serialize;
use tokio_util::task::TaskTracker;

use super::{DataDir, Exporter};
use crate::{
    clock::Clock,
    domain::VideoId,
    store::{SaveVideo, Saved, Store, StoreError, StoreState},
};

/// The only way by which a result is kept or deleted.
#[derive(Debug)]
pub struct Keeper {
    store: Arc<dyn Store>,
    exporter: Arc<Exporter>,
    data_dir: DataDir,
    clock: Arc<dyn Clock>,
    tracker: TaskTracker,
}

/// A result that is committed and was read back equal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// What the database did.
    pub saved: Saved,
    /// Name of the safety backup that holds the state before it, below `backups/`; none when there was no export yet
    /// or the backup could not be made (which the history makes up for).
    pub safety_backup: Option<String>,
}

/// A result was not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The database is away; the result is in here, to be kept elsewhere.
    #[error("the database is not available: {reason}; the result is not kept yet: try again later")]
    Unavailable {
        /// What the database said.
        reason: String,
        /// The result.
        save: Box<SaveVideo>,
    },
    /// Another refusal of the database.
    #[error(transparent)]
    Store(StoreError),
    /// The task that was saving broke down; whether it was committed is not known.
    #[error("saving broke down: {0}; look whether the sermon is there, and try again")]
    Broken(String),
}

impl Keeper {
    /// A keeper whose saves run on `tracker`, so that shutting down waits for them.
    pub fn new(
        store: Arc<dyn Store>,
        exporter: Arc<Exporter>,
        data_dir: DataDir,
        clock: Arc<dyn Clock>,
        tracker: TaskTracker,
    ) -> Self {
        Self { store, exporter, data_dir, clock, tracker }
    }

    /// Keeps a result. Once begun, it goes on to its end even if the caller goes away.
    pub async fn keep(&self, _save: SaveVideo) -> Result<Kept, KeepError> {
        let _ = (&self.store, &self.exporter, &self.data_dir, &self.clock, &self.tracker);
        unimplemented!("to come in the next commit")
    }

    /// Deletes a video, whose last version stays in the history; `None` if there was none.
    pub async fn delete(&self, _id: &VideoId, _actor: &'static str) -> Result<Option<StoreState>, KeepError> {
        unimplemented!("to come in the next commit")
    }
}
