//! Runs a restore from start to finish.

use uuid::Uuid;

use super::{
    RestoreError, RestorePhase, RestoreProgress, RestoreRequest, Restored, Restores, blocking,
    guard::SnapshotGuard,
    load::MAX_EPOCH,
    preview::CheckedSource,
    source::{Source, SourceSummary},
};
use crate::{
    safety::{
        ExportError, ExportReport,
        backup::{BackupError, BackupName},
        durable::FileLock,
    },
    store::{NewRestore, RepairRequest, ReplaceError, ReplaceOutcome, RestoreState, StoreState},
};

/// A backup whose restore has been confirmed, and the state that it replaces.
struct ConfirmedSource {
    source: Source,
    summary: SourceSummary,
    current: StoreState,
}

impl Restores {
    /// Checks the confirmation, then restores.
    pub(super) async fn run(
        &self,
        request: &RestoreRequest,
        undoes: Option<Uuid>,
        progress: &dyn RestoreProgress,
    ) -> Result<Restored, RestoreError> {
        let lock = self.data_dir.restore_lock();
        let lock = blocking(move || FileLock::try_exclusive(&lock)).await?.ok_or(RestoreError::Busy)?;
        progress.report(RestorePhase::Checking, 0, 0);
        if request.damaged {
            self.repair(request).await?;
        }
        let ConfirmedSource { source, summary, current } = self.open_confirmed(request).await?;
        self.fail_dead().await?;
        let id = self.clock.new_id();
        let new = NewRestore {
            id,
            backup: request.name.to_string(),
            file_sha256: summary.file_sha256,
            undoes,
            actor: request.actor.clone(),
            instance: self.key.instance_id(),
            at: self.clock.now(),
        };
        if !self.store.begin_restore(&new).await? {
            return Err(RestoreError::Busy);
        }
        let planned_for = request.plan_token.is_some().then_some(current);
        let mut guard = SnapshotGuard::new(&self.backups, planned_for);
        let outcome = match self.load_and_replace(&new, source, &summary, &mut guard, progress).await {
            Ok(outcome) => outcome,
            Err(error) => return Err(self.record_failure(&new, error, guard.state_changed()).await),
        };
        let snapshot = guard.snapshot().expect("nothing is replaced without a snapshot").clone();
        tracing::warn!(restore = %id, backup = %request.name, %snapshot, "restored; verifying");
        // The export reads every sermon back as it writes.
        progress.report(RestorePhase::Verifying, 0, 0);
        let export = self.exporter.export_confirmed().await;
        if !self.is_verified_by(&export, &outcome.after).await {
            self.verify_or_revert(&new, &outcome, &snapshot, progress).await?;
        }
        progress.report(RestorePhase::Exporting, 0, 0);
        let restored = self.finish(&new, outcome, snapshot, export).await;
        drop(lock);
        Ok(restored)
    }

    /// Repairs a damaged database: recreates missing tables, and corrects checksums and counters to match the rows.
    /// Removes no rows; the restore moves them to the history like any other rows.
    async fn repair(&self, request: &RestoreRequest) -> Result<(), RestoreError> {
        let repair = RepairRequest {
            expected: None,
            epoch: rand::random_range(1..=MAX_EPOCH),
            audit_id: self.clock.new_id(),
            actor: request.actor.clone(),
            at: self.clock.now(),
        };
        let repaired = self.store.repair(&repair).await?;
        if repaired.changed_anything() {
            tracing::warn!(?repaired, "repaired the damaged database");
        }
        Ok(())
    }

    /// Opens the backup and checks the confirmation against it and the current state.
    async fn open_confirmed(&self, request: &RestoreRequest) -> Result<ConfirmedSource, RestoreError> {
        let (files, wanted) = (self.backups.files().clone(), request.name.clone());
        let opened = blocking(move || {
            let mut source = Source::open(&files, &wanted)?;
            let summary = source.summary_from_manifest()?;
            Ok::<_, BackupError>((source, summary))
        });
        let (source, vouched) = opened.await?;
        let Some(summary) = vouched else {
            // The manifest is not enough, so read the file in full. If it is damaged, the error says where.
            let CheckedSource { source, summary, current, difference: _ } = self.check(&request.name).await?;
            self.check_confirmation(request, &source, &summary, &current).await?;
            return Ok(ConfirmedSource { source, summary, current });
        };
        let current = self.store.state().await?;
        self.check_confirmation(request, &source, &summary, &current).await?;
        Ok(ConfirmedSource { source, summary, current })
    }

    /// Rejects what the request does not allow, and plans that no longer apply.
    async fn check_confirmation(
        &self,
        request: &RestoreRequest,
        source: &Source,
        summary: &SourceSummary,
        current: &StoreState,
    ) -> Result<(), RestoreError> {
        if source.manifest.is_none() && !request.accept_unverified {
            return Err(RestoreError::Unverified(request.name.clone()));
        }
        if summary.count == 0 && !request.allow_empty {
            return Err(RestoreError::Empty(request.name.clone()));
        }
        let Some(token) = &request.plan_token else { return Ok(()) };
        if self.key.accepts(token, &request.name, &summary.file_sha256, current, self.clock.now()) {
            return Ok(());
        }
        let why = "the plan has expired, or the data or the file has changed since";
        Err(RestoreError::Stale { why, preview: Box::new(self.preview(&request.name).await?) })
    }

    /// Runs all steps up to and including the commit.
    async fn load_and_replace(
        &self,
        new: &NewRestore,
        source: Source,
        summary: &SourceSummary,
        guard: &mut SnapshotGuard<'_>,
        progress: &dyn RestoreProgress,
    ) -> Result<ReplaceOutcome, RestoreError> {
        self.load(new.id, source, summary, progress).await?;
        progress.report(RestorePhase::Snapshot, 0, 0);
        self.with_heartbeat(new.id, guard.take_snapshot()).await.map_err(RestoreError::SnapshotFailed)?;
        progress.report(RestorePhase::Replacing, 0, 0);
        let replacement = self.replacement(new, summary);
        self.store.replace_all(&replacement, guard).await.map_err(|error| match error {
            ReplaceError::Store(error) => error.into(),
            ReplaceError::Mismatch(problem) => RestoreError::RolledBack(problem),
            ReplaceError::Refused(reason) => match reason.downcast::<BackupError>() {
                Ok(error) => RestoreError::SnapshotFailed(*error),
                Err(reason) => RestoreError::RolledBack(reason.to_string()),
            },
        })
    }

    /// Records that the restore failed, and returns the error to report, with a new preview if the plan became stale.
    async fn record_failure(&self, new: &NewRestore, error: RestoreError, state_changed: bool) -> RestoreError {
        let note = error.to_string();
        tracing::error!(restore = %new.id, error = %note, "the restore failed");
        if let Err(error) = self.store.end_restore(new.id, RestoreState::Failed, Some(&note), self.clock.now()).await {
            tracing::warn!(%error, "could not record that the restore failed; will try again at the next start");
        }
        if !state_changed {
            return error;
        }
        let name = BackupName::parse(&new.backup).expect("the request's name was valid");
        match self.preview(&name).await {
            Ok(preview) => RestoreError::Stale { why: "the data has changed since", preview: Box::new(preview) },
            Err(error) => error,
        }
    }

    /// Runs the steps that follow a verified restore. A failure here does not fail the restore.
    async fn finish(
        &self,
        new: &NewRestore,
        outcome: ReplaceOutcome,
        snapshot: BackupName,
        export: Result<ExportReport, ExportError>,
    ) -> Restored {
        let ReplaceOutcome { before, after, difference } = outcome;
        let at = self.clock.now();
        let mut warnings = Vec::new();
        if let Err(error) = self.store.end_restore(new.id, RestoreState::Done, None, at).await {
            warnings.push(format!("could not record that the restore is done: {error}"));
        }
        if let Some(undone) = new.undoes
            && let Err(error) = self.store.end_restore(undone, RestoreState::Undone, None, at).await
        {
            warnings.push(format!("could not record that the restore {undone} was undone: {error}"));
        }
        if let Err(error) = &export {
            warnings.push(format!("the export failed and will be retried: {error}"));
        }
        tracing::warn!(restore = %new.id, backup = new.backup, sermons = after.count, "the restore is complete");
        Restored {
            restore_id: new.id,
            backup: BackupName::parse(&new.backup).expect("the request's name was valid"),
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
