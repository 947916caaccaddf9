//! Saves and deletes sermons: makes a safety backup, commits the row and wakes the exporter. If the database fails,
//! writes to the spool instead.

use std::sync::Arc;

use serde::Serialize;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use super::{DataDir, Exporter, Offsite, Spool, format::MAX_DOCUMENT_BYTES, pre_write, save_health::SaveHealth};
use crate::{
    blocking::blocking,
    clock::Clock,
    domain::{Actor, Document, VideoId},
    store::{Revision, SavePolicy, SaveRequest, Saved, Store, StoreError, StoreState},
    telemetry::metrics::record_save,
};

/// Saves and deletes sermons. Nothing else does this.
#[derive(Debug)]
pub struct Saver {
    store: Arc<dyn Store>,
    exporter: Arc<Exporter>,
    data_dir: DataDir,
    spool: Arc<Spool>,
    health: Arc<SaveHealth>,
    clock: Arc<dyn Clock>,
    tracker: TaskTracker,
}

/// Where and how a sermon was durably saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SaveReport {
    /// Where the sermon was saved.
    pub saved_to: SavedTo,
    /// Name of the safety backup of the previous state, or `None` if there was no export yet or the backup failed. Even
    /// then, the history has the old version.
    pub safety_backup: Option<String>,
}

/// Where a sermon was saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SavedTo {
    /// The database: committed and read back.
    Database(Saved),
    /// The spool, because the database failed. The entry will be replayed automatically.
    Spool {
        /// Name of the file in `backups/`, or its URL in the offsite store (`s3://...`).
        name: String,
    },
}

impl SaveReport {
    /// Returns what the database did, or `None` if the sermon is in the spool.
    pub fn saved(&self) -> Option<&Saved> {
        match &self.saved_to {
            SavedTo::Database(saved) => Some(saved),
            SavedTo::Spool { .. } => None,
        }
    }
}

/// Why a sermon was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Both the database and the spool failed. The error contains the only copy of the sermon.
    #[error(
        "the sermon was not saved: the database failed ({database}), and the spool could not be written ({spool}); free \
         disk space and try again"
    )]
    NotSaved {
        /// The database error.
        database: String,
        /// The spool error.
        spool: String,
        /// The sermon.
        save: Box<SaveRequest>,
    },
    /// The document exceeds the size limit.
    #[error(
        "the document has {0} bytes, but the limit is 8 MB: if it contains more than one sermon, submit each separately"
    )]
    TooLarge(usize),
    /// The database rejected the save.
    #[error(transparent)]
    Store(StoreError),
    /// The saving task panicked. The sermon may or may not have been saved.
    #[error("saving failed unexpectedly: {0}; check whether the sermon was saved, and try again if not")]
    Aborted(String),
}

impl Saver {
    /// Creates a saver. Saves run on `tracker`, so that a shutdown waits for them.
    pub fn new(
        store: Arc<dyn Store>,
        exporter: Arc<Exporter>,
        data_dir: DataDir,
        clock: Arc<dyn Clock>,
        tracker: TaskTracker,
    ) -> Self {
        let spool = Arc::new(Spool::new(data_dir.clone(), None));
        Self { store, exporter, data_dir, spool, health: Arc::default(), clock, tracker }
    }

    /// Uses the offsite store if the spool cannot be written to.
    #[must_use]
    pub fn with_offsite(self, offsite: Option<Arc<Offsite>>) -> Self {
        Self { spool: Arc::new(Spool::new(self.data_dir.clone(), offsite)), ..self }
    }

    /// Returns the spool, where sermons wait while the database is unreachable.
    pub fn spool(&self) -> &Spool {
        &self.spool
    }

    /// Records another successful write to the database, which ends an outage during which a save failed.
    pub(super) fn record_write(&self) {
        self.health.record_write();
    }

    /// Returns why the last save to the database failed, or `None` if it succeeded or nothing has been saved yet.
    pub fn problem(&self) -> Option<String> {
        self.health.problem()
    }

    /// Saves a sermon to the database or, if that fails for any reason, to the spool. The save completes even if the
    /// caller is canceled.
    #[tracing::instrument(name = "save_sermon", skip_all, fields(video = %request.document.video_id))]
    pub async fn save(&self, request: SaveRequest) -> Result<SaveReport, SaveError> {
        let (task, spool) = (self.prepare(request)?, Arc::clone(&self.spool));
        let saving = async move {
            let result = match task.run().await {
                (Ok((saved, safety_backup)), _) => Ok(SaveReport { saved_to: SavedTo::Database(saved), safety_backup }),
                (Err(error), request) => save_to_spool(&spool, request, &error).await,
            };
            count(&result);
            result
        };
        let saving = self.tracker.spawn(saving.in_current_span());
        saving.await.unwrap_or_else(|error| Err(SaveError::Aborted(error.to_string())))
    }

    /// Saves a sermon to the database, never to the spool.
    #[tracing::instrument(name = "save_sermon", skip_all, fields(video = %request.document.video_id))]
    pub async fn save_to_database(&self, request: SaveRequest) -> Result<Saved, SaveError> {
        let task = self.prepare(request)?;
        let saving = async move {
            let (saved, _) = task.run().await;
            match &saved {
                Ok((saved, _)) => record_save(saved.outcome.name(), "database"),
                Err(_) => record_save("failed", "none"),
            }
            saved.map(|(saved, _)| saved).map_err(SaveError::Store)
        };
        let saving = self.tracker.spawn(saving.in_current_span());
        saving.await.unwrap_or_else(|error| Err(SaveError::Aborted(error.to_string())))
    }

    /// Saves several sermons to the database in one transaction, never to the spool. Each inner result belongs to the
    /// request at the same position. A sermon that is too large or that the database rejects is not saved, but the
    /// others are.
    #[tracing::instrument(name = "save_sermons", skip_all, fields(sermons = requests.len()))]
    pub async fn save_batch(&self, requests: Vec<SaveRequest>) -> Result<Vec<Result<Saved, SaveError>>, SaveError> {
        let (store, exporter, health) = (Arc::clone(&self.store), Arc::clone(&self.exporter), Arc::clone(&self.health));
        let safety_backup = self.back_up();
        let saving = async move {
            safety_backup.await;
            let sizes: Vec<_> = requests.iter().map(|request| check_size(&request.document)).collect();
            let fitting = requests.into_iter().zip(&sizes).filter(|(_, size)| size.is_ok()).map(|(request, _)| request);
            let saved = store.save_batch(&fitting.collect::<Vec<_>>()).await;
            health.record(&saved);
            let saved = saved.map_err(SaveError::Store)?;
            exporter.wake();
            let mut saved = saved.into_iter();
            let results = sizes.into_iter().filter_map(|size| match size {
                Ok(()) => saved.next().map(|saved| saved.map_err(SaveError::Store)),
                Err(error) => Some(Err(error)),
            });
            let results: Vec<_> = results.collect();
            for result in &results {
                match result {
                    Ok(saved) => record_save(saved.outcome.name(), "database"),
                    Err(_) => record_save("failed", "none"),
                }
            }
            Ok(results)
        };
        let saving = self.tracker.spawn(saving.in_current_span());
        saving.await.unwrap_or_else(|error| Err(SaveError::Aborted(error.to_string())))
    }

    /// Restores the version of a sermon that write `seq` created. Returns `None` if the history does not have it.
    ///
    /// This is a normal save: the current version is kept in the history.
    pub async fn restore_version(
        &self,
        id: &VideoId,
        seq: i64,
        actor: impl Into<Actor>,
    ) -> Result<Option<Saved>, SaveError> {
        let Some(old) = self.store.version(id, seq).await.map_err(SaveError::Store)? else { return Ok(None) };
        let corrupt = |error: String| SaveError::Store(StoreError::Corrupt(format!("an old version of {id}: {error}")));
        let document = serde_json::from_str(&old.document).map_err(|error| corrupt(error.to_string()))?;
        let request = SaveRequest {
            save_id: self.clock.new_id(),
            document: Document::from_legacy(id.as_str(), document).map_err(|error| corrupt(error.to_string()))?,
            transcript: old.transcript,
            policy: SavePolicy::RestoreVersion(seq),
            actor: actor.into(),
            at: self.clock.now(),
        };
        self.save_to_database(request).await.map(Some)
    }

    /// Deletes a sermon, whose last version stays in the history. Returns `None` if the sermon does not exist.
    #[tracing::instrument(name = "delete_sermon", skip_all, fields(video = %id))]
    pub async fn delete(&self, id: &VideoId, actor: impl Into<Actor>) -> Result<Option<StoreState>, SaveError> {
        let (store, exporter, safety_backup) = (Arc::clone(&self.store), Arc::clone(&self.exporter), self.back_up());
        let (id, actor) = (id.clone(), actor.into());
        let (audit_id, at) = (self.clock.new_id(), self.clock.now());
        let deleting = async move {
            safety_backup.await;
            let deleted = store.delete_video(&id, audit_id, &actor, at).await.map_err(SaveError::Store)?;
            exporter.wake();
            Ok(deleted)
        };
        let deleting = self.tracker.spawn(deleting.in_current_span());
        deleting.await.unwrap_or_else(|error| Err(SaveError::Aborted(error.to_string())))
    }

    /// Saves a change to a stored sermon to the database, never to the spool. Returns `None` if the sermon has been
    /// changed in the meantime.
    pub(super) async fn save_revision(
        &self,
        save: &SaveRequest,
        revision: &Revision,
    ) -> Result<Option<Saved>, SaveError> {
        check_size(&save.document)?;
        self.back_up().await;
        let saved = self.store.revise(save, revision).await.map_err(SaveError::Store)?;
        if let Some(saved) = &saved {
            self.exporter.wake();
            record_save(saved.outcome.name(), "database");
        }
        Ok(saved)
    }

    pub(super) fn store(&self) -> &dyn Store {
        &*self.store
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    pub(super) const fn tracker(&self) -> &TaskTracker {
        &self.tracker
    }

    fn prepare(
        &self,
        request: SaveRequest,
    ) -> Result<SaveTask<impl Future<Output = Option<String>> + Send + use<>>, SaveError> {
        check_size(&request.document)?;
        let (store, exporter, health) = (Arc::clone(&self.store), Arc::clone(&self.exporter), Arc::clone(&self.health));
        Ok(SaveTask { store, exporter, health, safety_backup: self.back_up(), request })
    }

    /// Makes the safety backup. If that fails, the save continues: the history keeps the old version.
    fn back_up(&self) -> impl Future<Output = Option<String>> + Send + use<> {
        let (data_dir, now) = (self.data_dir.clone(), self.clock.now());
        async move {
            blocking(move || pre_write::link(&data_dir, now)).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "could not make a safety backup before this write");
                None
            })
        }
    }
}

fn check_size(document: &Document) -> Result<(), SaveError> {
    let bytes = document.to_json().len();
    if bytes > MAX_DOCUMENT_BYTES { Err(SaveError::TooLarge(bytes)) } else { Ok(()) }
}

/// A save that runs as a separate task.
struct SaveTask<B> {
    store: Arc<dyn Store>,
    exporter: Arc<Exporter>,
    health: Arc<SaveHealth>,
    safety_backup: B,
    request: SaveRequest,
}

impl<B: Future<Output = Option<String>>> SaveTask<B> {
    /// Makes the safety backup, commits, and wakes the exporter. Returns the request for the spool.
    async fn run(self) -> (Result<(Saved, Option<String>), StoreError>, SaveRequest) {
        let Self { store, exporter, health, safety_backup, request } = self;
        let safety_backup = safety_backup.await;
        let saved = store.save(&request).await;
        health.record(&saved);
        if saved.is_ok() {
            exporter.wake();
        }
        (saved.map(|saved| (saved, safety_backup)), request)
    }
}

/// Counts a save in the metrics.
fn count(result: &Result<SaveReport, SaveError>) {
    match result.as_ref().map(|report| &report.saved_to) {
        Ok(SavedTo::Database(saved)) => record_save(saved.outcome.name(), "database"),
        Ok(SavedTo::Spool { .. }) => record_save("spooled", "spool"),
        Err(_) => record_save("failed", "none"),
    }
}

async fn save_to_spool(spool: &Spool, request: SaveRequest, error: &StoreError) -> Result<SaveReport, SaveError> {
    let database = match error {
        StoreError::Unavailable(reason) => reason.clone(),
        other => in_one_line(other),
    };
    match spool.write(&request).await {
        Ok(name) => {
            tracing::warn!(name, reason = database, "the database could not save a sermon; it was spooled");
            Ok(SaveReport { saved_to: SavedTo::Spool { name }, safety_backup: None })
        }
        Err(error) => {
            tracing::error!(%error, reason = database, "neither the database nor the spool could save a sermon");
            Err(SaveError::NotSaved { database, spool: error.to_string(), save: Box::new(request) })
        }
    }
}

/// Joins the messages of an error and its causes.
fn in_one_line(error: &StoreError) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
