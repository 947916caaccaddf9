//! The export: two files that always follow the database.
//!
//! Its manifest says up to which write it reaches. At the start and at each wake that is compared with the database,
//! so a crash between a commit and its export is repaired by that alone, and a burst of commits becomes few exports.

use std::{path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::{
    sync::{Notify, mpsc, watch},
    task::{JoinError, spawn_blocking},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    DataDir, Manifest,
    durable::{self, FileLock},
    pair::{self, Look, NewPair, OnDisk, PairPaths, WrittenPair},
    pre_write, shrink_guard,
};
use crate::{
    backoff::Backoff,
    clock::Clock,
    domain::{Sha256, VideoId},
    store::{DocumentSink, SnapshotError, Store, StoreError, StoreState},
};

/// How often the database is asked when nobody woke us: another instance may have written.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// How often a lock that another process holds is tried.
const TRY_LOCK_EVERY: Duration = Duration::from_millis(20);

/// The restore that began the present epoch is among the last so many.
const RESTORES_LOOKED_AT: u16 = 20;

/// Documents between the database and the files; with the largest of them, 64 MB.
const IN_FLIGHT: usize = 8;

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
    /// Why the shrink guard holds on to the last good export; none when it does not.
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
    #[error(
        "the database has lost videos and no recorded operation explains it: {0}; the last good export stays, \
         the new one is beside it as results.json.suspect: restore the database, or confirm the export"
    )]
    Suspect(String),
}

/// Whether to export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// If the files are behind the database, or are not what their manifest says.
    Behind(Look),
    /// In any case.
    Now,
    /// In any case, whatever the shrink guard says.
    Confirmed,
}

impl Exporter {
    /// An exporter; [`Exporter::run`] starts it.
    pub fn new(store: Arc<dyn Store>, data_dir: DataDir, clock: Arc<dyn Clock>) -> Self {
        Self { store, data_dir, clock, woken: Notify::new(), status: watch::Sender::default() }
    }

    /// Writes the export now; one at a time, also between processes.
    pub async fn export_now(&self) -> Result<ExportReport, ExportError> {
        self.export(When::Now).await
    }

    /// Writes the export if the files are behind the database; otherwise tells what is there.
    pub async fn catch_up(&self) -> Result<ExportReport, ExportError> {
        self.export(When::Behind(Look::Lengths)).await
    }

    /// Writes the export even if the shrink guard objects: for a restore, or an operator, who knows why.
    pub async fn export_confirmed(&self) -> Result<ExportReport, ExportError> {
        self.export(When::Confirmed).await
    }

    /// Writes the three files into another directory, which is made if it is not there.
    pub async fn export_to(&self, directory: &Path) -> Result<ExportReport, ExportError> {
        let (paths, at, made) = (PairPaths::copy_in(directory), self.clock.now(), directory.to_owned());
        let prepare = move || {
            std::fs::create_dir_all(&made)?;
            // An export to here that was killed may have left some.
            durable::remove_leftovers(&made).map(drop)
        };
        blocking(prepare).await?;
        let (written, state) = self.read_into_files(directory, None).await?;
        agree(&written, &state)?;
        Ok(report(&blocking(move || written.install(&paths, &state, at)).await?))
    }

    /// As [`Exporter::export_to`], unless what is there is the present export already; tells whether it was written.
    pub async fn follow_in(&self, directory: &Path) -> Result<(Manifest, bool), ExportError> {
        let paths = PairPaths::copy_in(directory);
        let look = move || Ok((pair::look_at(&paths, Look::Checksums)?, paths));
        let (found, paths) = blocking(look).await?;
        let now = self.store.state().await?;
        match found {
            OnDisk::Good(manifest) if reaches(&manifest, &now) => Ok((manifest, false)),
            _ => {
                self.export_to(directory).await?;
                let written = blocking(move || paths.manifest()).await?;
                let written = written.ok_or_else(|| std::io::Error::other("the manifest is gone again"))?;
                Ok((written, true))
            }
        }
    }

    /// As [`Exporter::export_to`], with every video as it was at a time. Never into the data directory, whose export
    /// is that of now.
    pub async fn export_as_of(&self, directory: &Path, time: DateTime<Utc>) -> Result<ExportReport, ExportError> {
        let (paths, at, made) = (PairPaths::copy_in(directory), self.clock.now(), directory.to_owned());
        let data_dir = self.data_dir.root().to_owned();
        blocking(move || {
            std::fs::create_dir_all(&made)?;
            if made.canonicalize()? == data_dir.canonicalize()? {
                let problem = "the data directory holds the export of now: choose another directory";
                return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, problem));
            }
            Ok(())
        })
        .await?;
        let (written, state) = self.read_into_files(directory, Some(time)).await?;
        agree(&written, &state)?;
        Ok(report(&blocking(move || written.install(&paths, &state, at)).await?))
    }

    /// Says that the database has changed.
    pub fn wake(&self) {
        self.woken.notify_one();
    }

    /// Exports whenever the database is ahead, until the token is canceled.
    pub async fn run(&self, token: CancellationToken) {
        // What a crash left is found by the checksums; later, lengths and positions are enough.
        let mut look = Look::Checksums;
        let mut backoff = new_backoff();
        while !token.is_cancelled() {
            let exported = tokio::select! {
                () = token.cancelled() => break,
                exported = self.export(When::Behind(look)) => exported,
            };
            let woken = async {
                match exported {
                    Ok(_) | Err(ExportError::Suspect(_)) => {
                        look = Look::Lengths;
                        backoff = new_backoff();
                        // Either way it is time to look.
                        let _ = timeout(LOOK_EVERY, self.woken.notified()).await;
                    }
                    Err(_) => sleep(backoff.next()).await,
                }
            };
            tokio::select! {
                () = token.cancelled() => break,
                () = woken => {}
            }
        }
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
    pub async fn wait_for(&self, seq: i64, time: Duration) -> bool {
        let mut status = self.status.subscribe();
        let reached = status.wait_for(|status| status.last.as_ref().is_some_and(|last| last.seq >= seq));
        matches!(timeout(time, reached).await, Ok(Ok(_)))
    }

    /// Exports, and says in the status how that ended.
    async fn export(&self, when: When) -> Result<ExportReport, ExportError> {
        let exported = self.export_if_needed(when).await;
        if let Err(ExportError::Io(error)) = &exported
            && error.kind() == std::io::ErrorKind::StorageFull
        {
            self.make_room().await;
        }
        let changed = self.status.send_if_modified(|status| {
            let before = status.clone();
            status.error = None;
            match &exported {
                Ok(report) => (status.last, status.suspect) = (Some(report.clone()), None),
                Err(ExportError::Suspect(why)) => status.suspect = Some(why.clone()),
                Err(error) => status.error = Some(error.to_string()),
            }
            *status != before
        });
        match &exported {
            Ok(report) if changed => tracing::info!(videos = report.videos, seq = report.seq, "exported"),
            Ok(_) => {}
            Err(error) if changed => tracing::error!(%error, "no export"),
            Err(error) => tracing::debug!(%error, "still no export"),
        }
        exported
    }

    /// Lets safety backups of former exports go, so that the next try may find room for the export of now.
    async fn make_room(&self) {
        let (data_dir, now) = (self.data_dir.clone(), self.clock.now());
        if let Err(error) = blocking(move || pre_write::make_room(&data_dir, None, now)).await {
            tracing::warn!(%error, "no room could be made on the full disk");
        }
    }

    async fn export_if_needed(&self, when: When) -> Result<ExportReport, ExportError> {
        let lock = self.lock().await?;
        let closely = if let When::Behind(look) = when { look } else { Look::Lengths };
        let data_dir = self.data_dir.clone();
        let on_disk = blocking(move || pair::look(&data_dir, closely)).await?;
        let last = if let OnDisk::Good(manifest) = &on_disk { Some(manifest) } else { None };
        if let Some(last) = last {
            self.status.send_modify(|status| status.last = Some(report(last)));
        }
        if let When::Behind(_) = when {
            let now = self.store.state().await?;
            if let Some(last) = last.filter(|last| reaches(last, &now)) {
                return Ok(report(last));
            }
            // Written beside the good one already; once is enough.
            if let Some(why) = self.objection(&on_disk, &now).await?
                && self.suspect_is_written(&now).await?
            {
                return Err(ExportError::Suspect(why));
            }
        }
        self.write(lock, on_disk, when == When::Confirmed).await
    }

    /// Reads the database, writes both files beside the good ones, compares, and puts them in place.
    async fn write(&self, lock: FileLock, on_disk: OnDisk, confirmed: bool) -> Result<ExportReport, ExportError> {
        let (written, state) = self.read_into_files(self.data_dir.root(), None).await?;
        agree(&written, &state)?;
        let objection = if confirmed { None } else { self.objection(&on_disk, &state).await? };
        let (data_dir, at) = (self.data_dir.clone(), self.clock.now());
        let install = move || {
            // Held to the end even if the caller goes away.
            let _lock = lock;
            let suspect = PairPaths::suspect(&data_dir);
            if let Some(why) = objection {
                written.install(&suspect, &state, at)?;
                return Ok(Err(ExportError::Suspect(why)));
            }
            match on_disk {
                OnDisk::Foreign(_) => pre_write::link_foreign(&data_dir, at)?,
                // The export of another database, or of the same one before a restore.
                OnDisk::Good(last) if last.epoch != state.epoch => drop(pre_write::link(&data_dir, at)?),
                _ => {}
            }
            let manifest = written.install(&PairPaths::export(&data_dir), &state, at)?;
            suspect.remove()?;
            Ok(Ok(report(&manifest)))
        };
        blocking(install).await?
    }

    /// Why the shrink guard holds an export back. A restore that was cut off between its commit and its export is
    /// explained by its record.
    async fn objection(&self, on_disk: &OnDisk, now: &StoreState) -> Result<Option<String>, ExportError> {
        if shrink_guard::objection(on_disk, None, now).is_none() {
            return Ok(None);
        }
        let restores = self.store.restores(RESTORES_LOOKED_AT).await?;
        let began = restores.into_iter().filter_map(|entry| entry.after).find(|after| after.epoch == now.epoch);
        Ok(shrink_guard::objection(on_disk, began.as_ref(), now))
    }

    /// Streams the database, as it is or as it was, into two temp files. The files are written on a thread of their own.
    async fn read_into_files(
        &self,
        directory: &Path,
        as_of: Option<DateTime<Utc>>,
    ) -> Result<(WrittenPair, StoreState), ExportError> {
        let (documents, mut received) = mpsc::channel::<(VideoId, String, Sha256)>(IN_FLIGHT);
        let directory = directory.to_owned();
        let writing = spawn_blocking(move || {
            let mut pair = NewPair::create(&directory)?;
            while let Some((id, document, sha256)) = received.blocking_recv() {
                pair.document(&id, &document, &sha256)?;
            }
            pair.finish()
        });
        let mut sink = ToWriter { documents };
        let read = match as_of {
            None => self.store.snapshot(&mut sink).await,
            Some(time) => self.store.snapshot_as_of(time, &mut sink).await,
        };
        drop(sink);
        // When the writer stopped, its reason is the true one.
        let written = joined(writing.await)?;
        match read {
            Ok(state) => Ok((written, state)),
            Err(SnapshotError::Store(error)) => Err(error.into()),
            Err(SnapshotError::Sink(error)) => Err(error.into()),
        }
    }

    /// Waits until no other task or process exports.
    async fn lock(&self) -> Result<FileLock, ExportError> {
        loop {
            let path = self.data_dir.export_lock();
            if let Some(lock) = blocking(move || FileLock::try_exclusive(&path)).await? {
                return Ok(lock);
            }
            sleep(TRY_LOCK_EVERY).await;
        }
    }

    async fn suspect_is_written(&self, now: &StoreState) -> Result<bool, ExportError> {
        let paths = PairPaths::suspect(&self.data_dir);
        let manifest = blocking(move || paths.manifest()).await?;
        Ok(manifest.is_some_and(|manifest| reaches(&manifest, now)))
    }
}

/// Hands documents to the thread that writes them.
struct ToWriter {
    documents: mpsc::Sender<(VideoId, String, Sha256)>,
}

#[async_trait]
impl DocumentSink for ToWriter {
    async fn document(&mut self, id: &VideoId, document: &str, sha256: &Sha256) -> std::io::Result<()> {
        let sent = self.documents.send((id.clone(), document.to_owned(), *sha256)).await;
        sent.map_err(|_| std::io::Error::other("the writer of the export has stopped"))
    }
}

/// Whether what was written is what the database says that it holds.
fn agree(written: &WrittenPair, state: &StoreState) -> Result<(), ExportError> {
    let found = written.contents();
    if i64::try_from(found.count).ok() == Some(state.count) && found.digest == state.digest {
        return Ok(());
    }
    Err(ExportError::Disagrees(format!(
        "{} videos with the digest {} were read, it says {} with {}",
        found.count, found.digest, state.count, state.digest
    )))
}

/// Whether an export holds all that the database holds.
fn reaches(manifest: &Manifest, now: &StoreState) -> bool {
    (manifest.epoch, manifest.seq, manifest.digest) == (now.epoch, now.seq, now.digest)
}

fn report(manifest: &Manifest) -> ExportReport {
    ExportReport {
        videos: manifest.count,
        epoch: manifest.epoch,
        seq: manifest.seq,
        json_bytes: manifest.json.bytes,
        b64_bytes: manifest.b64.bytes,
        finished_at: manifest.exported_at,
    }
}

fn new_backoff() -> Backoff {
    Backoff::new(Duration::from_secs(1), Duration::from_secs(60))
}

/// Runs what blocks away from the tasks.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> std::io::Result<T> {
    joined(spawn_blocking(work).await)
}

fn joined<T>(result: Result<std::io::Result<T>, JoinError>) -> std::io::Result<T> {
    result.unwrap_or_else(|error| Err(std::io::Error::other(error)))
}
