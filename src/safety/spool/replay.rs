//! Puts the spool back into the database by itself.

use std::{io, sync::Arc, time::Duration};

use serde::Serialize;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{
    Listed, Spool, blocking,
    entry::{self, Content, Part, SpoolManifest, Stem},
    list,
};
use crate::{
    backoff::Backoff,
    clock::Clock,
    domain::VideoId,
    safety::{Saver, Offsite, OffsiteError, durable::FileLock, saver::SaveError},
    store::{SaveVideo, Store, StoreError},
};

/// How often an empty spool is looked at: another process may have filled it.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Puts results back, first the oldest: a newer version in the database stays, and the older goes to the history.
#[derive(Debug)]
pub struct Replayer {
    saver: Arc<Saver>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

/// How a pass through the spool ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// Results that are in the database now, or were already.
    pub put_back: usize,
    /// Entries that were set aside as damaged.
    pub damaged: usize,
    /// Entries that stay in the spool although the database is there; the log says why.
    pub left: usize,
    /// Whether another process is at it, so that nothing was done.
    pub busy: bool,
}

/// A pass was broken off; what was not put back waits on.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The database is still away.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The directory cannot be read.
    #[error("could not read the spool: {0}")]
    Io(#[from] io::Error),
    /// The second place.
    #[error(transparent)]
    Offsite(#[from] OffsiteError),
}

impl Replayer {
    /// Puts back what this saver could not.
    pub fn new(saver: Arc<Saver>, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { saver, store, clock }
    }

    /// Puts results back as soon as the database takes them, until the token is canceled.
    pub async fn run(&self, token: CancellationToken) {
        let mut backoff = new_backoff();
        while !token.is_cancelled() {
            let replayed = tokio::select! {
                () = token.cancelled() => break,
                replayed = self.replay() => replayed,
            };
            let again = async {
                match replayed {
                    Ok(Replayed { left: 0, busy: false, .. }) => {
                        backoff = new_backoff();
                        // Either way it is time to look.
                        let _ = timeout(LOOK_EVERY, self.spool().filled.notified()).await;
                    }
                    Ok(_) => sleep(backoff.next()).await,
                    Err(error) => {
                        tracing::warn!(%error, waiting = self.spool().status().files, "the spool waits");
                        sleep(backoff.next()).await;
                    }
                }
            };
            tokio::select! {
                () = token.cancelled() => break,
                () = again => {}
            }
        }
    }

    /// Goes through the spool once, here and in the second place. An entry that cannot be put back holds no other back,
    /// unless the database is away.
    pub async fn replay(&self) -> Result<Replayed, ReplayError> {
        let here = self.replay_here().await;
        let Some(offsite) = self.spool().offsite.as_ref().filter(|offsite| offsite.results_may_wait()) else {
            return here;
        };
        let mut replayed = match here {
            // The disk may be the reason why results are there.
            Err(ReplayError::Io(error)) => {
                tracing::error!(%error, "the spool cannot be read; looking into the second place");
                Replayed { left: 1, ..Replayed::default() }
            }
            here => here?,
        };
        self.replay_there(offsite, &mut replayed).await?;
        Ok(replayed)
    }

    /// Puts results back from the second place. Several processes may do so at once: each save is known by its id.
    async fn replay_there(&self, offsite: &Offsite, replayed: &mut Replayed) -> Result<(), ReplayError> {
        // It says itself what is wrong with it.
        let Ok(names) = offsite.results().await else {
            replayed.left += 1;
            return Ok(());
        };
        for name in names {
            let Some(Part::Manifest(stem)) = Part::of(&name) else { continue };
            match self.replay_one_there(offsite, &stem).await {
                Ok(Ended::PutBack) => replayed.put_back += 1,
                Ok(Ended::SetAside) => replayed.damaged += 1,
                Ok(Ended::Left) => replayed.left += 1,
                Err(error @ ReplayError::Store(StoreError::Unavailable(_) | StoreError::Conflict(_))) => {
                    return Err(error);
                }
                Err(error) => {
                    tracing::error!(entry = stem.data(), %error, "a result could not be put back; it stays in the second place");
                    replayed.left += 1;
                }
            }
        }
        if replayed.put_back + replayed.damaged > 0 {
            // Says how many are left.
            let _ = offsite.results().await;
        }
        Ok(())
    }

    async fn replay_one_there(&self, offsite: &Offsite, stem: &Stem) -> Result<Ended, ReplayError> {
        let Some(manifest) = offsite.result(&stem.manifest()).await? else { return Ok(Ended::PutBack) };
        let data = offsite.result(&stem.data()).await?;
        let ended = match entry::understand(&manifest, data.as_deref()) {
            Content::Whole(save) => {
                self.put_back(*save).await?;
                Ended::PutBack
            }
            Content::WithoutData(manifest) if self.store.knows_save(&manifest.video_id, manifest.save_id).await? => {
                Ended::PutBack
            }
            Content::OfLaterRelease => Ended::Left,
            content => {
                tracing::error!(
                    entry = stem.data(),
                    ?content,
                    "a result in the second place is damaged; it was set aside"
                );
                if let Some(data) = data {
                    offsite.set_result_aside(&stem.data(), data).await?;
                }
                offsite.set_result_aside(&stem.manifest(), manifest).await?;
                Ended::SetAside
            }
        };
        if let Ended::PutBack = ended {
            offsite.remove_result(&stem.data()).await?;
            offsite.remove_result(&stem.manifest()).await?;
            tracing::info!(entry = stem.data(), "put back from the second place");
        }
        Ok(ended)
    }

    async fn replay_here(&self) -> Result<Replayed, ReplayError> {
        let (directory, path) = (self.spool().directory(), self.spool().data_dir.spool_lock());
        let listing = directory.clone();
        let listed = blocking(move || list(&listing)).await?;
        if listed.entries.is_empty() {
            self.spool().publish(Ok(listed.status()));
            return Ok(Replayed::default());
        }
        let Some(_lock) = blocking(move || FileLock::try_exclusive(&path)).await? else {
            return Ok(Replayed { busy: true, ..Replayed::default() });
        };
        // Another process may have been through it while we waited for the lock.
        let Listed { entries, .. } = blocking(move || list(&directory)).await?;
        let mut replayed = Replayed::default();
        let mut broken_off = None;
        for stem in entries {
            match self.replay_one(&stem).await {
                Ok(Ended::PutBack) => replayed.put_back += 1,
                Ok(Ended::SetAside) => replayed.damaged += 1,
                Ok(Ended::Left) => replayed.left += 1,
                Err(error @ ReplayError::Store(StoreError::Unavailable(_) | StoreError::Conflict(_))) => {
                    broken_off = Some(error);
                    break;
                }
                Err(error) => {
                    tracing::error!(entry = stem.data(), %error, "a result could not be put back; it stays in the spool");
                    replayed.left += 1;
                }
            }
        }
        self.spool().look().await;
        broken_off.map_or(Ok(replayed), Err)
    }

    async fn replay_one(&self, stem: &Stem) -> Result<Ended, ReplayError> {
        let (directory, of) = (self.spool().directory(), stem.clone());
        let ended = match blocking(move || entry::read(&directory, &of)).await? {
            Content::Whole(save) => {
                self.put_back(*save).await?;
                Ended::PutBack
            }
            Content::WithoutData(manifest) => {
                let SpoolManifest { video_id, save_id, .. } = *manifest;
                if self.store.knows_save(&video_id, save_id).await? {
                    Ended::PutBack
                } else {
                    self.set_aside(stem, "its data is gone").await?
                }
            }
            Content::Damaged(reason) => self.set_aside(stem, &reason).await?,
            Content::OfLaterRelease => Ended::Left,
        };
        if let Ended::PutBack = ended {
            let (directory, of) = (self.spool().directory(), stem.clone());
            blocking(move || entry::remove(&directory, &of)).await?;
            tracing::info!(entry = stem.data(), "put back from the spool");
        }
        Ok(ended)
    }

    /// Commits a result and reads it back, unless that was done before: then it may even have been deleted since.
    async fn put_back(&self, save: SaveVideo) -> Result<(), ReplayError> {
        let id: &VideoId = &save.document.video_id;
        if self.store.knows_save(id, save.save_id).await? {
            return Ok(());
        }
        // In the database it is from now on, not from when it was spooled.
        let save = SaveVideo { at: self.clock.now(), ..save };
        match self.saver.save_to_database(save).await {
            Ok(_) => Ok(()),
            Err(SaveError::Store(error)) => Err(error.into()),
            Err(error) => Err(io::Error::other(error.to_string()).into()),
        }
    }

    async fn set_aside(&self, stem: &Stem, reason: &str) -> io::Result<Ended> {
        let (directory, of) = (self.spool().directory(), stem.clone());
        blocking(move || entry::set_aside(&directory, &of)).await?;
        tracing::error!(entry = stem.data(), reason, "a result in the spool is damaged; it was set aside as *.damaged");
        Ok(Ended::SetAside)
    }

    fn spool(&self) -> &Spool {
        self.saver.spool()
    }
}

/// What became of an entry.
#[derive(Debug, Clone, Copy)]
enum Ended {
    PutBack,
    SetAside,
    Left,
}

fn new_backoff() -> Backoff {
    Backoff::new(Duration::from_secs(1), Duration::from_secs(10))
}
