//! Loading what a backup holds beside what is there.

use std::time::Duration;

use tokio::{sync::mpsc, task::spawn_blocking};
use uuid::Uuid;

use super::{
    Phase, Progress, RestoreError, Restores,
    source::{Holds, Source},
};
use crate::store::{NewRestore, Replacement, StagedVideo};

/// Videos that are read ahead of the database.
const READ_AHEAD: usize = 4;

/// So many videos, or bytes, are loaded with one statement.
const BATCH_VIDEOS: usize = 100;
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// How often a restore says that it lives.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

/// The highest epoch: JSON numbers of other programs are exact up to it.
pub(in crate::safety) const LAST_EPOCH: i64 = 9_007_199_254_740_991;

impl Restores {
    /// Loads the videos beside those that are there, and makes sure that they are those of the file.
    pub(super) async fn load(
        &self,
        id: Uuid,
        mut source: Source,
        holds: &Holds,
        progress: &dyn Progress,
    ) -> Result<(), RestoreError> {
        let (videos, mut received) = mpsc::channel::<StagedVideo>(READ_AHEAD);
        let reading = spawn_blocking(move || {
            source.each(|document, text, sha256| {
                let video = StagedVideo::new(document, text.into_owned(), sha256);
                videos.blocking_send(video).map_err(|_| "the database takes no more".into())
            })
        });
        let (mut batch, mut bytes, mut done) = (Vec::new(), 0, 0);
        let of = u64::try_from(holds.count).unwrap_or_default();
        progress.report(Phase::Staging, 0, of);
        while let Some(video) = received.recv().await {
            bytes += video.document.len();
            batch.push(video);
            if batch.len() == BATCH_VIDEOS || bytes > BATCH_BYTES {
                done += batch.len() as u64;
                self.store.stage(id, &batch, self.clock.now()).await?;
                progress.report(Phase::Staging, done, of);
                (bytes, batch) = (0, Vec::new());
            }
        }
        self.store.stage(id, &batch, self.clock.now()).await?;
        let read = reading.await.map_err(|error| RestoreError::BrokeDown(error.to_string()))??;
        if read != *holds {
            return Err(RestoreError::RolledBack("the file was changed while it was read".to_owned()));
        }
        let staged = self.living(id, self.store.staged(id)).await?;
        if staged == (holds.count, holds.digest) {
            return Ok(());
        }
        let (count, digest) = staged;
        Err(RestoreError::RolledBack(format!(
            "{count} videos with the digest {digest} were loaded, the backup holds {} with {}",
            holds.count, holds.digest
        )))
    }

    /// Says every few seconds that the restore lives while something else takes its time.
    pub(super) async fn living<T>(&self, id: Uuid, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        loop {
            match tokio::time::timeout(SIGN_OF_LIFE, &mut work).await {
                Ok(done) => return done,
                Err(_) => {
                    if let Err(error) = self.store.touch_restore(id, self.clock.now()).await {
                        tracing::warn!(%error, "could not say that the restore lives");
                    }
                }
            }
        }
    }

    /// What takes the place of everything.
    pub(super) fn replacement(&self, new: &NewRestore, holds: &Holds) -> Replacement {
        Replacement {
            restore_id: new.id,
            count: holds.count,
            digest: holds.digest,
            epoch: rand::random_range(1..=LAST_EPOCH),
            audit_id: self.clock.new_id(),
            actor: new.actor,
            at: self.clock.now(),
        }
    }
}
