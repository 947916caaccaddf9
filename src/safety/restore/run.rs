//! A restore from its beginning to its end.

use uuid::Uuid;

use super::{
    Phase, Progress, RestoreError, RestoreRequest, Restored, Restores, blocking,
    guard::SnapshotGuard,
    load::LAST_EPOCH,
    preview::Checked,
    source::{Holds, Source},
};
use crate::{
    safety::{
        ExportError, ExportReport,
        backup::{BackupError, BackupName},
        durable::FileLock,
    },
    store::{RepairRequest, NewRestore, Outcome, ReplaceError, RestoreState, StoreState},
};

/// What is going to be restored, and over what.
struct Agreed {
    source: Source,
    holds: Holds,
    present: StoreState,
}

impl Restores {
    /// Checks what was agreed to, then restores; whoever asked may be gone.
    pub(super) async fn run(
        &self,
        request: &RestoreRequest,
        undoes: Option<Uuid>,
        progress: &dyn Progress,
    ) -> Result<Restored, RestoreError> {
        let lock = self.data_dir.restore_lock();
        let lock = blocking(move || FileLock::try_exclusive(&lock)).await?.ok_or(RestoreError::Busy)?;
        progress.report(Phase::Checking, 0, 0);
        if request.damaged {
            self.repair(request).await?;
        }
        let Agreed { source, holds, present } = self.agreed(request).await?;
        self.end_dead().await?;
        let id = self.clock.new_id();
        let new = NewRestore {
            id,
            backup: request.name.to_string(),
            file_sha256: holds.file_sha256,
            undoes,
            actor: request.actor,
            place: self.key.place(),
            at: self.clock.now(),
        };
        if !self.store.begin_restore(&new).await? {
            return Err(RestoreError::Busy);
        }
        let agreed = request.plan_token.is_some().then_some(present);
        let mut guard = SnapshotGuard::new(&self.backups, agreed);
        let outcome = match self.load_and_replace(&new, source, &holds, &mut guard, progress).await {
            Ok(outcome) => outcome,
            Err(error) => return Err(self.failed(&new, error, guard.changed_meanwhile()).await),
        };
        let snapshot = guard.snapshot().expect("without one nothing is replaced").clone();
        tracing::warn!(restore = %id, backup = %request.name, %snapshot, "restored; reading back");
        // The export reads everything back on its way.
        progress.report(Phase::Verifying, 0, 0);
        let export = self.exporter.export_confirmed().await;
        if !self.is_read_back_by(&export, &outcome.after).await {
            self.verify_or_return(&new, &outcome, &snapshot, progress).await?;
        }
        progress.report(Phase::Exporting, 0, 0);
        let restored = self.finish(&new, outcome, snapshot, export).await;
        drop(lock);
        Ok(restored)
    }

    /// Lets a damaged database agree with itself: tables that are gone are made anew, and rows count as they are. None
    /// is removed; the restore moves them to the history as any other.
    async fn repair(&self, request: &RestoreRequest) -> Result<(), RestoreError> {
        let repair = RepairRequest {
            expected: None,
            epoch: rand::random_range(1..=LAST_EPOCH),
            audit_id: self.clock.new_id(),
            actor: request.actor,
            at: self.clock.now(),
        };
        let repaired = self.store.repair(&repair).await?;
        if repaired.anything() {
            tracing::warn!(?repaired, "the damaged database agrees with itself again");
        }
        Ok(())
    }

    /// Opens what is going to be restored, if what was agreed to is what would happen.
    async fn agreed(&self, request: &RestoreRequest) -> Result<Agreed, RestoreError> {
        let (files, wanted) = (self.backups.files().clone(), request.name.clone());
        let opened = blocking(move || {
            let mut source = Source::open(&files, &wanted)?;
            let holds = source.vouched()?;
            Ok::<_, BackupError>((source, holds))
        });
        let (source, vouched) = opened.await?;
        let Some(holds) = vouched else {
            // To be read to its end, or it is damaged, of which is told where.
            let checked = self.check(&request.name).await?;
            self.confirmed(request, &checked.source, &checked.holds, &checked.present).await?;
            let Checked { source, holds, present, difference: _ } = checked;
            return Ok(Agreed { source, holds, present });
        };
        let present = self.store.state().await?;
        self.confirmed(request, &source, &holds, &present).await?;
        Ok(Agreed { source, holds, present })
    }

    /// Whether this is what was agreed to.
    async fn confirmed(
        &self,
        request: &RestoreRequest,
        source: &Source,
        holds: &Holds,
        present: &StoreState,
    ) -> Result<(), RestoreError> {
        if source.manifest.is_none() && !request.accept_unverified {
            return Err(RestoreError::Unverified(request.name.clone()));
        }
        if holds.count == 0 && !request.allow_empty {
            return Err(RestoreError::Empty(request.name.clone()));
        }
        let Some(token) = &request.plan_token else { return Ok(()) };
        if self.key.accepts(token, &request.name, &holds.file_sha256, present, self.clock.now()) {
            return Ok(());
        }
        let why = "the plan has expired, or the data or the file has changed since";
        Err(RestoreError::Stale { why, preview: Box::new(self.preview(&request.name).await?) })
    }

    /// Everything up to the commit.
    async fn load_and_replace(
        &self,
        new: &NewRestore,
        source: Source,
        holds: &Holds,
        guard: &mut SnapshotGuard<'_>,
        progress: &dyn Progress,
    ) -> Result<Outcome, RestoreError> {
        self.load(new.id, source, holds, progress).await?;
        progress.report(Phase::Snapshot, 0, 0);
        self.living(new.id, guard.make()).await.map_err(RestoreError::NoSnapshot)?;
        progress.report(Phase::Replacing, 0, 0);
        let replacement = self.replacement(new, holds);
        self.store.replace_all(&replacement, guard).await.map_err(|error| match error {
            ReplaceError::Store(error) => error.into(),
            ReplaceError::Differs(problem) => RestoreError::RolledBack(problem),
            ReplaceError::Refused(reason) => match reason.downcast::<BackupError>() {
                Ok(error) => RestoreError::NoSnapshot(*error),
                Err(reason) => RestoreError::RolledBack(reason.to_string()),
            },
        })
    }

    /// Notes that nothing was changed. If the data changed under a plan, gives the new difference.
    async fn failed(&self, new: &NewRestore, error: RestoreError, changed_meanwhile: bool) -> RestoreError {
        let note = error.to_string();
        tracing::error!(restore = %new.id, error = %note, "the restore failed");
        if let Err(error) = self.store.end_restore(new.id, RestoreState::Failed, Some(&note), self.clock.now()).await {
            tracing::warn!(%error, "could not note that the restore failed; the next start does");
        }
        if !changed_meanwhile {
            return error;
        }
        let name = BackupName::parse(&new.backup).expect("it was a name when it was asked for");
        match self.preview(&name).await {
            Ok(preview) => RestoreError::Stale { why: "the data was changed meanwhile", preview: Box::new(preview) },
            Err(error) => error,
        }
    }

    /// What follows when everything is in the database: nothing here can fail the restore.
    async fn finish(
        &self,
        new: &NewRestore,
        outcome: Outcome,
        snapshot: BackupName,
        export: Result<ExportReport, ExportError>,
    ) -> Restored {
        let Outcome { before, after, difference } = outcome;
        let at = self.clock.now();
        let mut warnings = Vec::new();
        if let Err(error) = self.store.end_restore(new.id, RestoreState::Done, None, at).await {
            warnings.push(format!("it could not be noted that the restore has ended: {error}"));
        }
        if let Some(undone) = new.undoes
            && let Err(error) = self.store.end_restore(undone, RestoreState::Undone, None, at).await
        {
            warnings.push(format!("it could not be noted that {undone} was undone: {error}"));
        }
        if let Err(error) = &export {
            warnings.push(format!("the export does not follow yet: {error}"));
        }
        tracing::warn!(restore = %new.id, backup = new.backup, videos = after.count, "the restore is complete");
        Restored {
            restore_id: new.id,
            backup: BackupName::parse(&new.backup).expect("it was a name when it was asked for"),
            snapshot,
            before,
            after,
            difference,
            export: export.ok(),
            warning: (!warnings.is_empty()).then(|| warnings.join("; ")),
            finished_at: self.clock.now(),
        }
    }
}
