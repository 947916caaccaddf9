//! Saves the entries of the spool once the database is reachable.

use std::{io, sync::Arc, time::Duration};

use serde::Serialize;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{
    Listing, Spool,
    entry::{self, Entry},
    list,
    manifest::EntryManifest,
    name::{EntryName, SpoolFile},
};
use crate::{
    backoff::Backoff,
    blocking::blocking,
    clock::Clock,
    domain::VideoId,
    safety::{Offsite, OffsiteError, Saver, durable::FileLock, saver::SaveError},
    store::{SaveRequest, Store, StoreError},
};

/// How often to check an empty spool, because another process may have written to it.
const POLL_INTERVAL: Duration = Duration::from_secs(10);

/// Replays the spool, oldest entry first.
///
/// If the database has a newer version of a sermon, the entry is added to the history.
#[derive(Debug)]
pub struct Replayer {
    saver: Arc<Saver>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

/// The result of one pass over the spool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ReplayReport {
    /// Number of entries whose sermons are now in the database, including those that were already there.
    pub saved: usize,
    /// Number of damaged entries that were set aside.
    pub damaged: usize,
    /// Number of entries that could not be replayed although the database is reachable. The log says why.
    pub left: usize,
    /// Whether nothing was done because another process was replaying the spool.
    pub busy: bool,
}

/// Why a pass was interrupted. The remaining entries wait for the next pass.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The database is still unreachable.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The directory could not be read.
    #[error("could not read the spool: {0}")]
    Io(#[from] io::Error),
    /// The offsite store reported an error.
    #[error(transparent)]
    Offsite(#[from] OffsiteError),
}

/// What happened to an entry.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    Saved,
    SetAside,
    Left,
}

impl ReplayReport {
    fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Saved => self.saved += 1,
            Outcome::SetAside => self.damaged += 1,
            Outcome::Left => self.left += 1,
        }
    }
}

impl Replayer {
    /// Creates a replayer for the spool of a saver.
    pub fn new(saver: Arc<Saver>, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { saver, store, clock }
    }

    /// Replays entries whenever there are any, until the token is canceled.
    pub async fn run(&self, token: CancellationToken) {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(10));
        while !token.is_cancelled() {
            let replayed = tokio::select! {
                () = token.cancelled() => break,
                replayed = self.replay() => replayed,
            };
            let wait = async {
                match replayed {
                    Ok(ReplayReport { left: 0, busy: false, .. }) => {
                        backoff.reset();
                        let _ = timeout(POLL_INTERVAL, self.spool().new_entry.notified()).await;
                    }
                    Ok(_) => sleep(backoff.next_delay()).await,
                    Err(error) => {
                        tracing::warn!(%error, entries = self.spool().status().files, "could not replay the spool");
                        sleep(backoff.next_delay()).await;
                    }
                }
            };
            tokio::select! {
                () = token.cancelled() => break,
                () = wait => {}
            }
        }
    }

    /// Replays the spool once, on disk and offsite. Continues after an entry that fails, unless the database is
    /// unreachable.
    pub async fn replay(&self) -> Result<ReplayReport, ReplayError> {
        let local = self.replay_local().await;
        let Some(offsite) = self.spool().offsite.as_ref().filter(|offsite| offsite.may_have_entries()) else {
            return local;
        };
        let mut report = match local {
            // The entries may be offsite because the disk is failing.
            Err(ReplayError::Io(error)) => {
                tracing::error!(%error, "could not read the spool; checking the offsite store");
                ReplayReport { left: 1, ..ReplayReport::default() }
            }
            local => local?,
        };
        self.replay_offsite(offsite, &mut report).await?;
        Ok(report)
    }

    async fn replay_local(&self) -> Result<ReplayReport, ReplayError> {
        let (directory, path) = (self.spool().directory(), self.spool().data_dir.spool_lock());
        let listed = directory.clone();
        let listing = blocking(move || list(&listed)).await?;
        if listing.entries.is_empty() {
            self.spool().publish(Ok(listing.status()));
            return Ok(ReplayReport::default());
        }
        let Some(_lock) = blocking(move || FileLock::try_exclusive(&path)).await? else {
            return Ok(ReplayReport { busy: true, ..ReplayReport::default() });
        };
        // Another process may have replayed the spool before we acquired the lock.
        let Listing { entries, .. } = blocking(move || list(&directory)).await?;
        let mut report = ReplayReport::default();
        let mut interrupted = None;
        for name in entries {
            match self.replay_entry(&name).await {
                Ok(outcome) => report.count(outcome),
                Err(error) if is_unreachable(&error) => {
                    interrupted = Some(error);
                    break;
                }
                Err(error) => {
                    tracing::error!(entry = name.data(), %error, "could not replay an entry; it stays in the spool");
                    report.left += 1;
                }
            }
        }
        self.spool().refresh().await;
        interrupted.map_or(Ok(report), Err)
    }

    async fn replay_entry(&self, name: &EntryName) -> Result<Outcome, ReplayError> {
        let (directory, wanted) = (self.spool().directory(), name.clone());
        let outcome = match blocking(move || entry::read(&directory, &wanted)).await? {
            Entry::Intact(request) => {
                self.save(*request).await?;
                Outcome::Saved
            }
            Entry::WithoutData(manifest) => {
                let EntryManifest { video_id, save_id, .. } = *manifest;
                if self.store.has_save(&video_id, save_id).await? {
                    Outcome::Saved
                } else {
                    self.set_aside(name, "its data is missing").await?
                }
            }
            Entry::Damaged(reason) => self.set_aside(name, &reason).await?,
            Entry::NewerVersion => Outcome::Left,
        };
        if let Outcome::Saved = outcome {
            let (directory, wanted) = (self.spool().directory(), name.clone());
            blocking(move || entry::remove(&directory, &wanted)).await?;
            tracing::info!(entry = name.data(), "replayed an entry of the spool");
        }
        Ok(outcome)
    }

    /// Replays entries from the offsite store. Several processes may do so at the same time, because each save ID is
    /// saved only once.
    async fn replay_offsite(&self, offsite: &Offsite, report: &mut ReplayReport) -> Result<(), ReplayError> {
        // The error is in the offsite status and the log.
        let Ok(names) = offsite.list_entries().await else {
            report.left += 1;
            return Ok(());
        };
        for name in names {
            let Some(SpoolFile::Manifest(name)) = SpoolFile::parse(&name) else { continue };
            match self.replay_offsite_entry(offsite, &name).await {
                Ok(outcome) => report.count(outcome),
                Err(error) if is_unreachable(&error) => return Err(error),
                Err(error) => {
                    tracing::error!(entry = name.data(), %error, "could not replay an entry; it stays offsite");
                    report.left += 1;
                }
            }
        }
        if report.saved + report.damaged > 0 {
            // Listing also refreshes the entry count in the status.
            let _ = offsite.list_entries().await;
        }
        Ok(())
    }

    async fn replay_offsite_entry(&self, offsite: &Offsite, name: &EntryName) -> Result<Outcome, ReplayError> {
        let Some(manifest) = offsite.read_entry_object(&name.manifest()).await? else { return Ok(Outcome::Saved) };
        let data = offsite.read_entry_object(&name.data()).await?;
        let outcome = match entry::decode(&manifest, data.as_deref()) {
            Entry::Intact(request) => {
                self.save(*request).await?;
                Outcome::Saved
            }
            Entry::WithoutData(manifest) if self.store.has_save(&manifest.video_id, manifest.save_id).await? => {
                Outcome::Saved
            }
            Entry::NewerVersion => Outcome::Left,
            entry => {
                let reason = if let Entry::Damaged(reason) = entry { reason } else { "its data is missing".to_owned() };
                tracing::error!(entry = name.data(), reason, "set aside a damaged entry of the offsite store");
                if let Some(data) = data {
                    offsite.set_aside_entry_object(&name.data(), data).await?;
                }
                offsite.set_aside_entry_object(&name.manifest(), manifest).await?;
                Outcome::SetAside
            }
        };
        if let Outcome::Saved = outcome {
            offsite.remove_entry_object(&name.data()).await?;
            offsite.remove_entry_object(&name.manifest()).await?;
            tracing::info!(entry = name.data(), "replayed an entry from the offsite store");
        }
        Ok(outcome)
    }

    /// Saves a spooled sermon to the database, unless it has already been saved (and perhaps deleted since).
    async fn save(&self, request: SaveRequest) -> Result<(), ReplayError> {
        let id: &VideoId = &request.document.video_id;
        if self.store.has_save(id, request.save_id).await? {
            return Ok(());
        }
        // The history records when the sermon reached the database, not when it was spooled.
        let request = SaveRequest { at: self.clock.now(), ..request };
        match self.saver.save_to_database(request).await {
            Ok(_) => Ok(()),
            Err(SaveError::Store(error)) => Err(error.into()),
            Err(error) => Err(io::Error::other(error.to_string()).into()),
        }
    }

    async fn set_aside(&self, name: &EntryName, reason: &str) -> io::Result<Outcome> {
        let (directory, wanted) = (self.spool().directory(), name.clone());
        blocking(move || entry::set_aside(&directory, &wanted)).await?;
        tracing::error!(entry = name.data(), reason, "set aside a damaged entry of the spool as *.damaged");
        Ok(Outcome::SetAside)
    }

    fn spool(&self) -> &Spool {
        self.saver.spool()
    }
}

/// Returns whether the database is unreachable, in which case the other entries would fail too.
fn is_unreachable(error: &ReplayError) -> bool {
    matches!(error, ReplayError::Store(StoreError::Unavailable(_) | StoreError::Conflict(_)))
}
