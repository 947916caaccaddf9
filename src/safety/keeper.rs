//! Keeps a result: the safety backup, the committed and re-read row, the woken exporter.

use std::{io, sync::Arc};

use serde::Serialize;
use tokio::task::spawn_blocking;
use tokio_util::task::TaskTracker;

use super::{DataDir, Exporter, format::MAX_DOCUMENT_BYTES, pre_write};
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
    /// The document is larger than a file of ours may hold.
    #[error(
        "the result has {0} bytes, and at most 8 MB are kept: this is more than one sermon; send its parts one by one"
    )]
    TooLarge(usize),
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
    pub async fn keep(&self, save: SaveVideo) -> Result<Kept, KeepError> {
        let bytes = save.document.to_json().len();
        if bytes > MAX_DOCUMENT_BYTES {
            return Err(KeepError::TooLarge(bytes));
        }
        let (store, exporter, safety_backup) = (Arc::clone(&self.store), Arc::clone(&self.exporter), self.back_up());
        let keeping = self.tracker.spawn(async move {
            let safety_backup = safety_backup.await;
            match store.save(&save).await {
                Ok(saved) => {
                    exporter.wake();
                    Ok(Kept { saved, safety_backup })
                }
                // Here the next thing to try begins: the spool.
                Err(StoreError::Unavailable(reason)) => Err(KeepError::Unavailable { reason, save: Box::new(save) }),
                Err(error) => Err(KeepError::Store(error)),
            }
        });
        keeping.await.unwrap_or_else(|error| Err(KeepError::Broken(error.to_string())))
    }

    /// Deletes a video, whose last version stays in the history; `None` if there was none.
    pub async fn delete(&self, id: &VideoId, actor: &'static str) -> Result<Option<StoreState>, KeepError> {
        let (store, exporter, safety_backup) = (Arc::clone(&self.store), Arc::clone(&self.exporter), self.back_up());
        let (id, at) = (id.clone(), self.clock.now());
        let deleting = self.tracker.spawn(async move {
            safety_backup.await;
            let deleted = store.delete_video(&id, actor, at).await.map_err(KeepError::Store)?;
            exporter.wake();
            Ok(deleted)
        });
        deleting.await.unwrap_or_else(|error| Err(KeepError::Broken(error.to_string())))
    }

    /// Makes the safety backup before a write. Without one the write goes on: the history has the old version.
    fn back_up(&self) -> impl Future<Output = Option<String>> + Send + use<> {
        let (data_dir, now) = (self.data_dir.clone(), self.clock.now());
        async move {
            let linked = spawn_blocking(move || pre_write::link(&data_dir, now)).await;
            linked.unwrap_or_else(|error| Err(io::Error::other(error))).unwrap_or_else(|error| {
                tracing::warn!(%error, "no safety backup before this write");
                None
            })
        }
    }
}
