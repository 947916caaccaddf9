//! Keeps a result: the safety backup, the committed and re-read row, the woken exporter; the spool, if need be.

use std::{io, sync::Arc};

use serde::Serialize;
use tokio::task::spawn_blocking;
use tokio_util::task::TaskTracker;

use super::{DataDir, Exporter, Offsite, Spool, format::MAX_DOCUMENT_BYTES, pre_write};
use crate::{
    clock::Clock,
    domain::{Document, VideoId},
    store::{SavePolicy, SaveVideo, Saved, Store, StoreError, StoreState},
};

/// The only way by which a result is kept or deleted.
#[derive(Debug)]
pub struct Saver {
    store: Arc<dyn Store>,
    exporter: Arc<Exporter>,
    data_dir: DataDir,
    spool: Arc<Spool>,
    clock: Arc<dyn Clock>,
    tracker: TaskTracker,
}

/// A result that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SaveReport {
    /// Where.
    pub stored: SavedTo,
    /// Name of the safety backup that holds the state before it, below `backups/`; none when there was no export yet
    /// or the backup could not be made (which the history makes up for).
    pub safety_backup: Option<String>,
}

/// Where a result is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SavedTo {
    /// In the database: committed, and read back equal.
    Database(Saved),
    /// In the spool, fsynced: the database was away. It is put back by itself.
    Spool {
        /// Name of the file below `backups/`, or its address in the second place (`s3://...`).
        name: String,
    },
}

impl SaveReport {
    /// What the database did, if it has the result.
    pub fn saved(&self) -> Option<&Saved> {
        match &self.stored {
            SavedTo::Database(saved) => Some(saved),
            SavedTo::Spool { .. } => None,
        }
    }
}

/// A result was not kept.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Neither the database nor the spool took the result; it is in here, and nowhere else.
    #[error(
        "the database is not available ({database}), and the result could not be written into the spool either \
         ({spool}): it is kept nowhere; make room, and try again"
    )]
    Nowhere {
        /// What the database said.
        database: String,
        /// Why the spool did not take it.
        spool: String,
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

impl Saver {
    /// A saver whose saves run on `tracker`, so that shutting down waits for them.
    pub fn new(
        store: Arc<dyn Store>,
        exporter: Arc<Exporter>,
        data_dir: DataDir,
        clock: Arc<dyn Clock>,
        tracker: TaskTracker,
    ) -> Self {
        let spool = Arc::new(Spool::new(data_dir.clone(), None));
        Self { store, exporter, data_dir, spool, clock, tracker }
    }

    /// The same, with a second place for what the spool cannot take.
    #[must_use]
    pub fn with_offsite(self, offsite: Option<Arc<Offsite>>) -> Self {
        Self { spool: Arc::new(Spool::new(self.data_dir.clone(), offsite)), ..self }
    }

    /// Where results wait while the database is away.
    pub fn spool(&self) -> &Spool {
        &self.spool
    }

    /// Keeps a result, in the spool if the database is away. Once begun, it goes on to its end even if the caller
    /// goes away.
    pub async fn keep(&self, save: SaveVideo) -> Result<SaveReport, SaveError> {
        let (saving, spool) = (self.saving(save)?, Arc::clone(&self.spool));
        let saving = self.tracker.spawn(async move {
            match saving.run().await {
                (Ok((saved, safety_backup)), _) => Ok(SaveReport { stored: SavedTo::Database(saved), safety_backup }),
                (Err(StoreError::Unavailable(reason)), save) => put_into(&spool, save, reason).await,
                (Err(error), _) => Err(SaveError::Store(error)),
            }
        });
        saving.await.unwrap_or_else(|error| Err(SaveError::Broken(error.to_string())))
    }

    /// Keeps a result in the database or not at all.
    pub async fn save_to_database(&self, save: SaveVideo) -> Result<Saved, SaveError> {
        let saving = self.saving(save)?;
        let saving = self.tracker.spawn(async move {
            let (saved, _) = saving.run().await;
            saved.map(|(saved, _)| saved).map_err(SaveError::Store)
        });
        saving.await.unwrap_or_else(|error| Err(SaveError::Broken(error.to_string())))
    }

    /// Brings an old version of a video back, by the write that had put it there; `None` if the history has none.
    /// It is a write like any other: what is there now goes to the history.
    pub async fn restore_version(&self, id: &VideoId, seq: i64, actor: &'static str) -> Result<Option<Saved>, SaveError> {
        let Some(old) = self.store.version(id, seq).await.map_err(SaveError::Store)? else { return Ok(None) };
        let damaged = |error: String| SaveError::Store(StoreError::Corrupt(format!("an old version of {id}: {error}")));
        let document = serde_json::from_str(&old.document).map_err(|error| damaged(error.to_string()))?;
        let save = SaveVideo {
            save_id: self.clock.new_id(),
            document: Document::from_legacy(id.as_str(), document).map_err(|error| damaged(error.to_string()))?,
            transcript: old.transcript,
            policy: SavePolicy::Replace,
            actor,
            at: self.clock.now(),
        };
        self.save_to_database(save).await.map(Some)
    }

    fn saving(
        &self,
        save: SaveVideo,
    ) -> Result<Saving<impl Future<Output = Option<String>> + Send + use<>>, SaveError> {
        let bytes = save.document.to_json().len();
        if bytes > MAX_DOCUMENT_BYTES {
            return Err(SaveError::TooLarge(bytes));
        }
        let (store, exporter) = (Arc::clone(&self.store), Arc::clone(&self.exporter));
        Ok(Saving { store, exporter, safety_backup: self.back_up(), save })
    }

    /// Deletes a video, whose last version stays in the history; `None` if there was none.
    pub async fn delete(&self, id: &VideoId, actor: &'static str) -> Result<Option<StoreState>, SaveError> {
        let (store, exporter, safety_backup) = (Arc::clone(&self.store), Arc::clone(&self.exporter), self.back_up());
        let (id, at) = (id.clone(), self.clock.now());
        let deleting = self.tracker.spawn(async move {
            safety_backup.await;
            let deleted = store.delete_video(&id, actor, at).await.map_err(SaveError::Store)?;
            exporter.wake();
            Ok(deleted)
        });
        deleting.await.unwrap_or_else(|error| Err(SaveError::Broken(error.to_string())))
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

/// A save that is about to run in a task of its own.
struct Saving<B> {
    store: Arc<dyn Store>,
    exporter: Arc<Exporter>,
    safety_backup: B,
    save: SaveVideo,
}

impl<B: Future<Output = Option<String>>> Saving<B> {
    /// The safety backup, the transaction, the woken exporter; gives the result back for what comes next.
    async fn run(self) -> (Result<(Saved, Option<String>), StoreError>, SaveVideo) {
        let Self { store, exporter, safety_backup, save } = self;
        let safety_backup = safety_backup.await;
        let saved = store.save(&save).await;
        if saved.is_ok() {
            exporter.wake();
        }
        (saved.map(|saved| (saved, safety_backup)), save)
    }
}

async fn put_into(spool: &Spool, save: SaveVideo, database: String) -> Result<SaveReport, SaveError> {
    match spool.put(&save).await {
        Ok(name) => {
            tracing::warn!(name, reason = database, "the database is away; the result is in the spool");
            Ok(SaveReport { stored: SavedTo::Spool { name }, safety_backup: None })
        }
        Err(error) => {
            tracing::error!(%error, reason = database, "neither the database nor the spool took a result");
            Err(SaveError::Nowhere { database, spool: error.to_string(), save: Box::new(save) })
        }
    }
}
