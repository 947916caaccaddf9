//! The export: two files that always follow the database.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::DataDir;
use crate::{
    clock::Clock,
    store::{Store, StoreError},
};

/// Keeps `results.json` and `results.json.b64` in step with the database.
#[derive(Debug)]
pub struct Exporter {
    store: Arc<dyn Store>,
    data_dir: DataDir,
    clock: Arc<dyn Clock>,
    woken: Notify,
    status: watch::Sender<ExportStatus>,
}

/// An export that was written, is durable, and agrees with the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportReport {
    /// Number of videos.
    pub videos: i64,
    /// Epoch of the database.
    pub epoch: i64,
    /// The last write that is in it.
    pub seq: i64,
    /// Length of `results.json`.
    pub json_bytes: u64,
    /// Length of `results.json.b64`.
    pub b64_bytes: u64,
    /// When it was finished.
    pub finished_at: DateTime<Utc>,
}

/// How the export stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ExportStatus {
    /// The last good export.
    pub last: Option<ExportReport>,
    /// Why the last try failed; none when it went well.
    pub error: Option<String>,
    /// Why the shrink guard holds the last good export back; none when it does not.
    pub suspect: Option<String>,
}

/// Why there is no new export. The last good one is untouched.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The files.
    #[error("could not write the export: {0}")]
    Io(#[from] std::io::Error),
    /// What was read is not what the database says that it holds.
    #[error("the export does not agree with the database: {0}")]
    Disagrees(String),
    /// The shrink guard.
    #[error("the database has lost videos and no recorded operation explains it: {0}; the last good export stays")]
    Suspect(String),
}

impl Exporter {
    /// An exporter; [`Exporter::run`] starts it.
    pub fn new(store: Arc<dyn Store>, data_dir: DataDir, clock: Arc<dyn Clock>) -> Self {
        Self { store, data_dir, clock, woken: Notify::new(), status: watch::Sender::default() }
    }

    /// Writes the export now; one at a time, also between processes.
    pub async fn export_now(&self) -> Result<ExportReport, ExportError> {
        let _ = (&self.store, &self.data_dir, &self.clock);
        unimplemented!("to come in the next commit")
    }

    /// Says that the database has changed.
    pub fn wake(&self) {
        self.woken.notify_one();
    }

    /// Exports whenever the database is ahead, until the token is cancelled.
    pub async fn run(&self, token: CancellationToken) {
        token.cancelled().await;
    }

    /// How the export stands.
    pub fn status(&self) -> ExportStatus {
        self.status.borrow().clone()
    }

    /// Follows [`Exporter::status`].
    pub fn watch(&self) -> watch::Receiver<ExportStatus> {
        self.status.subscribe()
    }

    /// Waits until a write is in the export; `false` if the time is up before.
    pub async fn wait_for(&self, seq: i64, timeout: Duration) -> bool {
        let mut status = self.status.subscribe();
        let reached = status.wait_for(|status| status.last.as_ref().is_some_and(|last| last.seq >= seq));
        matches!(tokio::time::timeout(timeout, reached).await, Ok(Ok(_)))
    }
}
