//! The export: `results.json` and `results.json.b64`, which are kept up to date with the database.
//!
//! The manifest records the last write that the export includes. It is compared with the database at startup and after
//! every save, so the export catches up after a crash between a commit and its export. A burst of commits causes only a
//! few exports.
//!
//! | module | contents |
//! |---|---|
//! | `files` | the files on disk |
//! | `update` | updating the export in the data directory |
//! | `copy` | exports to other directories |

mod copy;
mod files;
mod update;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

pub(super) use files::ExportOnDisk;

use super::{DataDir, Manifest, document_channel::write_documents};
use crate::{
    backoff::Backoff,
    clock::Clock,
    store::{SnapshotError, Store, StoreError, StoreState},
};
use files::{CheckLevel, CheckedExport, ExportWriter};

/// How often to check the database when this process saves nothing, because another instance may have saved.
const POLL_INTERVAL: Duration = Duration::from_secs(10);

/// Maximum pause after an export during a burst of writes.
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// Keeps the export up to date with the database.
#[derive(Debug)]
pub struct Exporter {
    store: Arc<dyn Store>,
    data_dir: DataDir,
    clock: Arc<dyn Clock>,
    woken: Notify,
    status: watch::Sender<ExportStatus>,
}

/// A durable export that matches the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportReport {
    /// Number of sermons.
    pub sermons: i64,
    /// Epoch of the database.
    pub epoch: i64,
    /// Number of the last write that the export includes.
    pub seq: i64,
    /// Size of `results.json`.
    pub json_bytes: u64,
    /// Size of `results.json.b64`.
    pub b64_bytes: u64,
    /// When the export was finished.
    pub finished_at: DateTime<Utc>,
}

/// Status of the export.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ExportStatus {
    /// The last good export.
    pub last: Option<ExportReport>,
    /// Why the last attempt failed, or `None` if it succeeded.
    pub error: Option<String>,
    /// Why the shrink guard is keeping the last good export, or `None` if it is not.
    pub suspect: Option<String>,
}

/// Why the export was not updated. The last good export is untouched.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database reported an error.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file system reported an error.
    #[error("could not write the export: {0}")]
    Io(#[from] std::io::Error),
    /// The documents that were read do not match what the database reports.
    #[error("the export does not match the database: {0}")]
    DigestMismatch(String),
    /// The shrink guard is holding the new export back.
    #[error(
        "the database has lost sermons and no recorded operation explains it: {0}; the last good export was kept, and \
         the new one written to results.json.suspect: restore the database, or confirm the export"
    )]
    Suspect(String),
}

/// When to write the export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExportMode {
    /// If the export is older than the database, or its files do not match the manifest.
    IfStale(CheckLevel),
    /// Always.
    Always,
    /// Always, even if the shrink guard objects.
    Confirmed,
}

impl Exporter {
    /// Creates an exporter. [`Exporter::run`] starts it.
    pub fn new(store: Arc<dyn Store>, data_dir: DataDir, clock: Arc<dyn Clock>) -> Self {
        Self { store, data_dir, clock, woken: Notify::new(), status: watch::Sender::default() }
    }

    /// Writes the export. Waits for other exports, including those of other processes.
    pub async fn export_now(&self) -> Result<ExportReport, ExportError> {
        self.export(ExportMode::Always).await
    }

    /// Writes the export if it is older than the database. Returns the current export.
    pub async fn catch_up(&self) -> Result<ExportReport, ExportError> {
        self.export(ExportMode::IfStale(CheckLevel::Lengths)).await
    }

    /// Writes the export even if the shrink guard objects. Used after a restore, or when an operator confirms the
    /// export.
    pub async fn export_confirmed(&self) -> Result<ExportReport, ExportError> {
        self.export(ExportMode::Confirmed).await
    }

    /// Notifies the exporter that the database has changed.
    pub fn wake(&self) {
        self.woken.notify_one();
    }

    /// Keeps the export up to date until the token is canceled.
    pub async fn run(&self, token: CancellationToken) {
        // Checksums detect damage from a crash. After the first check, lengths are enough.
        let mut level = CheckLevel::Checksums;
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));
        while !token.is_cancelled() {
            let started = Instant::now();
            let exported = tokio::select! {
                () = token.cancelled() => break,
                exported = self.export(ExportMode::IfStale(level)) => exported,
            };
            let wait = async {
                match exported {
                    Ok(_) | Err(ExportError::Suspect(_)) => {
                        level = CheckLevel::Lengths;
                        backoff.reset();
                        // Pause for as long as the export took. SQLite cannot reuse its log while an export is being
                        // read, so without a pause the log would grow without limit during a long burst of writes.
                        sleep(started.elapsed().min(MAX_PAUSE)).await;
                        let _ = timeout(POLL_INTERVAL, self.woken.notified()).await;
                    }
                    Err(_) => sleep(backoff.next_delay()).await,
                }
            };
            tokio::select! {
                () = token.cancelled() => break,
                () = wait => {}
            }
        }
    }

    /// Returns the status.
    pub fn status(&self) -> ExportStatus {
        self.status.borrow().clone()
    }

    /// Subscribes to the status.
    pub fn watch(&self) -> watch::Receiver<ExportStatus> {
        self.status.subscribe()
    }

    /// Waits until the export includes write `seq`. Returns `false` if `max_wait` elapses first.
    pub async fn wait_for(&self, seq: i64, max_wait: Duration) -> bool {
        let mut status = self.status.subscribe();
        let reached = status.wait_for(|status| status.last.as_ref().is_some_and(|last| last.seq >= seq));
        matches!(timeout(max_wait, reached).await, Ok(Ok(_)))
    }

    /// Writes all documents, current or as of a given time, to temporary files in a directory, and checks them.
    async fn write_files(
        &self,
        directory: &std::path::Path,
        as_of: Option<DateTime<Utc>>,
    ) -> Result<CheckedExport, ExportError> {
        let directory = directory.to_owned();
        let (mut sink, written) = write_documents(move |documents| {
            let mut writer = ExportWriter::create(&directory)?;
            for (id, document, sha256) in documents {
                writer.document(&id, &document, &sha256)?;
            }
            writer.finish()
        });
        let read = match as_of {
            None => self.store.snapshot(&mut sink).await,
            Some(time) => self.store.snapshot_as_of(time, &mut sink).await,
        };
        drop(sink);
        // If the writer failed, its error caused the reader's error.
        let written = written.await?;
        match read {
            Ok(state) => written.check(state),
            Err(SnapshotError::Store(error)) => Err(error.into()),
            Err(SnapshotError::Sink(error)) => Err(error.into()),
        }
    }
}

/// Returns whether an export is up to date with the database.
fn is_current(manifest: &Manifest, now: &StoreState) -> bool {
    (manifest.epoch, manifest.seq, manifest.digest) == (now.epoch, now.seq, now.digest)
}

fn report(manifest: &Manifest) -> ExportReport {
    ExportReport {
        sermons: manifest.count,
        epoch: manifest.epoch,
        seq: manifest.seq,
        json_bytes: manifest.json.bytes,
        b64_bytes: manifest.b64.bytes,
        finished_at: manifest.exported_at,
    }
}
