//! Loads a backup's sermons into the staging table.

use std::time::Duration;

use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    RestoreError, RestorePhase, RestoreProgress, Restores,
    source::{Source, SourceSummary},
};
use crate::{
    blocking::blocking,
    store::{NewRestore, Replacement, StagedVideo},
};

/// Number of sermons to read ahead of the database.
const READ_AHEAD: usize = 4;

/// Limits of one batch, which is loaded with one statement.
const BATCH_SERMONS: usize = 100;
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// How often a running restore renews its heartbeat.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Maximum epoch: 2^53 - 1, the largest integer that every JSON reader represents exactly.
pub(in crate::safety) const MAX_EPOCH: i64 = 9_007_199_254_740_991;

impl Restores {
    /// Stages the sermons of the backup and verifies that the staged sermons match the file.
    pub(super) async fn load(
        &self,
        id: Uuid,
        mut source: Source,
        expected: &SourceSummary,
        progress: &dyn RestoreProgress,
    ) -> Result<(), RestoreError> {
        let (videos, mut received) = mpsc::channel::<StagedVideo>(READ_AHEAD);
        let reading = blocking(move || {
            source.for_each(|document, text, sha256| {
                let video = StagedVideo::new(document, text.into_owned(), sha256);
                videos.blocking_send(video).map_err(|_| "loading into the database has stopped".into())
            })
        });
        let (mut batch, mut bytes, mut done) = (Vec::new(), 0, 0);
        let total = u64::try_from(expected.count).unwrap_or_default();
        progress.report(RestorePhase::Staging, 0, total);
        while let Some(video) = received.recv().await {
            bytes += video.document.len();
            batch.push(video);
            if batch.len() == BATCH_SERMONS || bytes > BATCH_BYTES {
                done += batch.len() as u64;
                self.store.stage_videos(id, &batch).await?;
                progress.report(RestorePhase::Staging, done, total);
                (bytes, batch) = (0, Vec::new());
            }
        }
        self.store.stage_videos(id, &batch).await?;
        let read = reading.await?;
        if read != *expected {
            return Err(RestoreError::RolledBack("the backup file changed while it was being read".to_owned()));
        }
        let (count, digest) = self.with_heartbeat(id, self.store.staged_digest(id)).await?;
        if (count, digest) == (expected.count, expected.digest) {
            return Ok(());
        }
        Err(RestoreError::RolledBack(format!(
            "loaded {count} sermons with digest {digest}, but the backup has {} with digest {}",
            expected.count, expected.digest
        )))
    }

    /// Runs `work` and renews the restore's heartbeat until it finishes.
    pub(super) async fn with_heartbeat<T>(&self, id: Uuid, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        loop {
            match tokio::time::timeout(HEARTBEAT, &mut work).await {
                Ok(done) => return done,
                Err(_) => {
                    if let Err(error) = self.store.touch_restore(id).await {
                        tracing::warn!(%error, "could not renew the heartbeat of the restore");
                    }
                }
            }
        }
    }

    /// Returns the request that replaces all sermons with the staged ones.
    pub(super) fn replacement(&self, new: &NewRestore, expected: &SourceSummary) -> Replacement {
        Replacement {
            restore_id: new.id,
            count: expected.count,
            digest: expected.digest,
            epoch: rand::random_range(1..=MAX_EPOCH),
            audit_id: self.clock.new_id(),
            actor: new.actor.clone(),
            at: self.clock.now(),
        }
    }
}
