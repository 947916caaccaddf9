//! Verification after the commit: reads back every sermon, and restores the snapshot if any sermon is wrong.

use std::io;

use async_trait::async_trait;

use super::{RestoreError, RestoreProgress, Restores, blocking, guard::ExistingSnapshot, source::Source};
use crate::{
    domain::{Sha256, VideoId},
    safety::{
        ExportError, ExportReport,
        backup::{BackupError, BackupName},
    },
    store::{DocumentSink, NewRestore, ReplaceOutcome, RestoreState, SnapshotError, StoreError, StoreState},
};

impl Restores {
    /// Returns whether an export has verified what was committed. An export reads every document on another connection,
    /// and fails unless each document matches its checksum and all of them together match the state.
    pub(super) async fn is_verified_by(&self, export: &Result<ExportReport, ExportError>, after: &StoreState) -> bool {
        let read = export.as_ref().is_ok_and(|report| report.epoch == after.epoch && report.seq >= after.seq);
        // Later writes may have changed the state.
        read && self.store.state().await.is_ok_and(|state| state.seq > after.seq || state == *after)
    }

    /// Verifies the database on another connection, and restores the snapshot if that fails.
    pub(super) async fn verify_or_revert(
        &self,
        new: &NewRestore,
        outcome: &ReplaceOutcome,
        snapshot: &BackupName,
        progress: &dyn RestoreProgress,
    ) -> Result<(), RestoreError> {
        let why = match self.verify_database(&outcome.after).await {
            Ok(None) => return Ok(()),
            Ok(Some(why)) => why,
            // The digest matched before the commit, and the sermons are verified again at the next start.
            Err(error) => {
                tracing::warn!(%error, "could not verify the restored sermons yet");
                return Ok(());
            }
        };
        tracing::error!(restore = %new.id, %why, %snapshot, "the restored sermons failed verification; restoring the snapshot");
        let at = self.clock.now();
        self.store.end_restore(new.id, RestoreState::Reverted, Some(&why), at).await?;
        match self.revert(new, snapshot, progress).await {
            Ok(()) => Err(RestoreError::Reverted { why, snapshot: snapshot.clone() }),
            Err(error) => {
                Err(RestoreError::RevertFailed { why, snapshot: snapshot.clone(), revert_error: error.to_string() })
            }
        }
    }

    /// Reads back every document and returns what is wrong, or `None` if everything matches the state.
    pub(super) async fn verify_database(&self, after: &StoreState) -> Result<Option<String>, StoreError> {
        match self.store.snapshot(&mut Discard).await {
            // Later writes may have changed the state; the read itself has checked every document.
            Ok(state) if state.seq > after.seq || state == *after => Ok(None),
            Ok(state) => Ok(Some(format!("the state is {state:?} instead of {after:?}"))),
            Err(SnapshotError::Store(StoreError::Corrupt(problem))) => Ok(Some(problem)),
            Err(SnapshotError::Store(error)) => Err(error),
            Err(SnapshotError::Sink(error)) => Ok(Some(error.to_string())),
        }
    }

    /// Restores the snapshot. The sermons that failed verification are still kept in the history.
    async fn revert(
        &self,
        failed: &NewRestore,
        snapshot: &BackupName,
        progress: &dyn RestoreProgress,
    ) -> Result<(), RestoreError> {
        let (files, wanted) = (self.backups.files().clone(), snapshot.clone());
        let (source, summary) = blocking(move || {
            let mut source = Source::open(&files, &wanted)?;
            let summary = source.compare_with(&[])?.0;
            Ok::<_, BackupError>((source, summary))
        })
        .await?;
        let new = NewRestore {
            id: self.clock.new_id(),
            backup: snapshot.to_string(),
            file_sha256: summary.file_sha256,
            undoes: Some(failed.id),
            at: self.clock.now(),
            ..failed.clone()
        };
        if !self.store.begin_restore(&new).await? {
            return Err(RestoreError::Busy);
        }
        self.load(new.id, source, &summary, progress).await?;
        let replacement = self.replacement(&new, &summary);
        let replaced = self.store.replace_all(&replacement, &mut ExistingSnapshot(snapshot)).await;
        let outcome = replaced.map_err(|error| RestoreError::RolledBack(error.to_string()))?;
        if let Some(why) = self.verify_database(&outcome.after).await? {
            return Err(RestoreError::RolledBack(why));
        }
        self.store.end_restore(new.id, RestoreState::Done, None, self.clock.now()).await?;
        drop(self.exporter.export_confirmed().await);
        Ok(())
    }
}

/// Discards the documents, because it is enough to read them.
struct Discard;

#[async_trait]
impl DocumentSink for Discard {
    async fn document(&mut self, _: &VideoId, _: &str, _: &Sha256) -> io::Result<()> {
        Ok(())
    }
}
