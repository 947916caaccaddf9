//! After the commit: everything is read back, and if it is not what it must be, the snapshot is restored.

use std::io;

use async_trait::async_trait;

use super::{Progress, RestoreError, Restores, blocking, guard::Known, source::Source};
use crate::{
    domain::{Sha256, VideoId},
    safety::{
        ExportError, ExportReport,
        backup::{BackupError, BackupName},
    },
    store::{DocumentSink, NewRestore, Outcome, RestoreState, SnapshotError, StoreError, StoreState},
};

impl Restores {
    /// Whether an export has read back what was committed: it reads every document on a fresh connection, compares
    /// each with its checksum and the whole with the state, and otherwise fails.
    pub(super) async fn is_read_back_by(&self, export: &Result<ExportReport, ExportError>, after: &StoreState) -> bool {
        let read = export.as_ref().is_ok_and(|report| report.epoch == after.epoch && report.seq >= after.seq);
        // Others may have written since.
        read && self.store.state().await.is_ok_and(|state| state.seq > after.seq || state == *after)
    }

    /// Reads everything back on a fresh connection; if it is not what it must be, restores the snapshot.
    pub(super) async fn verify_or_return(
        &self,
        new: &NewRestore,
        outcome: &Outcome,
        snapshot: &BackupName,
        progress: &dyn Progress,
    ) -> Result<(), RestoreError> {
        let why = match self.reads_back(&outcome.after).await {
            Ok(None) => return Ok(()),
            Ok(Some(why)) => why,
            // It is committed and its digest was right; the next start looks again.
            Err(error) => {
                tracing::warn!(%error, "what was restored could not be read back yet");
                return Ok(());
            }
        };
        tracing::error!(restore = %new.id, %why, %snapshot, "what was restored is not what it must be; going back");
        let at = self.clock.now();
        self.store.end_restore(new.id, RestoreState::Returned, Some(&why), at).await?;
        match self.go_back(new, snapshot, progress).await {
            Ok(()) => Err(RestoreError::Returned { why, snapshot: snapshot.clone() }),
            Err(error) => Err(RestoreError::Broken { why, snapshot: snapshot.clone(), then: error.to_string() }),
        }
    }

    /// Whether everything that is there is what the state says; gives what is wrong.
    pub(super) async fn reads_back(&self, after: &StoreState) -> Result<Option<String>, StoreError> {
        match self.store.snapshot(&mut Nowhere).await {
            // Others may have written since; that what is there is whole was checked while it was read.
            Ok(state) if state.seq > after.seq || state == *after => Ok(None),
            Ok(state) => Ok(Some(format!("the state is {state:?} instead of {after:?}"))),
            Err(SnapshotError::Store(StoreError::Corrupt(problem))) => Ok(Some(problem)),
            Err(SnapshotError::Store(error)) => Err(error),
            Err(SnapshotError::Sink(error)) => Ok(Some(error.to_string())),
        }
    }

    /// Restores the snapshot over what cannot be read back; what goes is in the history all the same.
    async fn go_back(
        &self,
        failed: &NewRestore,
        snapshot: &BackupName,
        progress: &dyn Progress,
    ) -> Result<(), RestoreError> {
        let (files, wanted) = (self.backups.files().clone(), snapshot.clone());
        let (source, holds) = blocking(move || {
            let mut source = Source::open(&files, &wanted)?;
            let holds = source.check(&[])?.0;
            Ok::<_, BackupError>((source, holds))
        })
        .await?;
        let new = NewRestore {
            id: self.clock.new_id(),
            backup: snapshot.to_string(),
            file_sha256: holds.file_sha256,
            undoes: Some(failed.id),
            at: self.clock.now(),
            ..failed.clone()
        };
        if !self.store.begin_restore(&new).await? {
            return Err(RestoreError::Busy);
        }
        self.load(new.id, source, &holds, progress).await?;
        let replaced = self.store.replace_all(&self.replacement(&new, &holds), &mut Known(snapshot)).await;
        let outcome = replaced.map_err(|error| RestoreError::RolledBack(error.to_string()))?;
        if let Some(why) = self.reads_back(&outcome.after).await? {
            return Err(RestoreError::RolledBack(why));
        }
        self.store.end_restore(new.id, RestoreState::Done, None, self.clock.now()).await?;
        drop(self.exporter.export_confirmed().await);
        Ok(())
    }
}

/// Takes documents that only have to be read.
struct Nowhere;

#[async_trait]
impl DocumentSink for Nowhere {
    async fn document(&mut self, _: &VideoId, _: &str, _: &Sha256) -> io::Result<()> {
        Ok(())
    }
}
