//! Recovery: finds the best version of every sermon among all sources, and restores it to the database.
//!
//! 1. [`Recovery::plan`] reads the rows, the history, the export, all backups, the spool and any files that the user
//!    specifies, and decides for each sermon. It keeps only IDs, checksums and locations in memory, never documents. It
//!    changes nothing.
//! 2. [`Recovery::apply`] writes the best versions to a new backup and reads it back. It then repairs the database
//!    (recreates missing tables, corrects checksums and counters) and restores that backup like any other: with a
//!    snapshot, one transaction, verification and `undo`.
//! 3. Versions that existed only in files are added to the history, and the spool is replayed.
//!
//! A crash at any point leaves the database unchanged, complete, or repaired but incomplete. In the last case, the
//! export is held back. Running the recovery again finishes the work.

mod assemble;
mod decide;
#[cfg(test)]
mod decide_tests;
mod evidence;
mod old_database;
mod plan;
mod sources;
mod survey;

use std::{io, path::PathBuf, sync::Arc};

use serde::Serialize;

pub use plan::{ActionCounts, PlannedSermon, RecoveryAction, RecoveryPlan, SourceReport};
pub use sources::SourceKind;

use super::{
    BackupError, Backups, DataDir, Exporter, ReplayError, ReplayReport, Replayer, RestoreError, Restores,
    backup::{BackupName, FileProgress},
    durable,
    restore::{RestoreProgress, RestoreRequest, Restored},
};
use crate::{
    blocking::blocking,
    clock::Clock,
    store::{LegacyDatabase, RepairReport, RepairRequest, SnapshotError, Store, StoreError},
};
use evidence::Trust;

/// The actor recorded in the history and the audit log.
const ACTOR: &str = "recover";

/// Maximum number of attempts if the data changes during a recovery.
const MAX_ATTEMPTS: u32 = 3;

/// Receives the number of files that have been read.
pub type SurveyProgress = Box<dyn Fn(FileProgress) + Send>;

/// Recovers sermons from every source.
#[derive(Debug)]
pub struct Recovery {
    store: Arc<dyn Store>,
    backups: Arc<Backups>,
    restores: Restores,
    exporter: Arc<Exporter>,
    replayer: Replayer,
    data_dir: DataDir,
    clock: Arc<dyn Clock>,
    old_databases: Vec<LegacyDatabase>,
}

/// What a recovery did.
#[derive(Debug, Clone, Serialize)]
pub struct RecoveryReport {
    /// The repair that preceded the restore, or `None` if none was needed.
    pub repaired: Option<RepairReport>,
    /// The restore of the best versions, or `None` if no row had to change.
    pub restored: Option<Restored>,
    /// Number of versions that existed only in files and are now in the history.
    pub archived_versions: u64,
    /// What was replayed from the spool.
    pub replayed: ReplayReport,
    /// Emergency saves whose sermons are now in the database; `.recovered` was appended to their names.
    pub recovered_saves: Vec<String>,
}

/// Why a recovery failed.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The database cannot be read in full.
    #[error(
        "the database is damaged: {0}; move it aside (rename the file, or create a new database) and recover into a new \
         one: all other sources are read as well"
    )]
    Damaged(String),
    /// The data changed during every attempt.
    #[error("the data changed during each of {MAX_ATTEMPTS} attempts; stop all writers and try again")]
    Changed,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The backup of the best versions could not be created.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The backup of the best versions could not be restored.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// The spool could not be replayed.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// A file operation failed.
    #[error("could not read or write files: {0}")]
    Io(#[from] io::Error),
}

impl From<SnapshotError> for RecoverError {
    fn from(error: SnapshotError) -> Self {
        match error {
            SnapshotError::Store(error) => Self::Store(error),
            SnapshotError::Sink(error) => Self::Io(error),
        }
    }
}

impl Recovery {
    /// Creates the service for a database and a data directory.
    pub fn new(
        store: Arc<dyn Store>,
        backups: Arc<Backups>,
        restores: Restores,
        exporter: Arc<Exporter>,
        replayer: Replayer,
        data_dir: DataDir,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, backups, restores, exporter, replayer, data_dir, clock, old_databases: Vec::new() }
    }

    /// Also reads these databases of the previous system.
    #[must_use]
    pub fn with_old_databases(self, old_databases: Vec<LegacyDatabase>) -> Self {
        Self { old_databases, ..self }
    }

    /// Reads every source, including `user_files`, and decides which version of each sermon is best. Changes
    /// nothing.
    pub async fn plan(&self, user_files: &[PathBuf], progress: SurveyProgress) -> Result<RecoveryPlan, RecoverError> {
        let mut copies = Vec::new();
        for database in &self.old_databases {
            copies.extend(old_database::copy(database, &self.data_dir).await?);
        }
        let survey = survey::survey(self.store.as_ref(), &self.data_dir, user_files.to_owned(), copies, progress);
        let survey = survey.await?;
        Ok(RecoveryPlan::from_survey(survey))
    }

    /// Carries out a plan. If the data has changed since the plan was made, makes a new plan first.
    pub async fn apply(
        &self,
        mut plan: RecoveryPlan,
        user_files: &[PathBuf],
        progress: Arc<dyn RestoreProgress>,
    ) -> Result<RecoveryReport, RecoverError> {
        self.restores.finish_interrupted().await.ok();
        for _ in 0..MAX_ATTEMPTS {
            match self.apply_once(&plan, Arc::clone(&progress)).await {
                Err(
                    RecoverError::Restore(RestoreError::Stale { .. }) | RecoverError::Store(StoreError::Conflict(_)),
                ) => {
                    plan = self.plan(user_files, Box::new(|_| {})).await?;
                }
                done => return done,
            }
        }
        Err(RecoverError::Changed)
    }

    async fn apply_once(
        &self,
        plan: &RecoveryPlan,
        progress: Arc<dyn RestoreProgress>,
    ) -> Result<RecoveryReport, RecoverError> {
        if let Some(problem) = &plan.problem {
            return Err(RecoverError::Damaged(problem.clone()));
        }
        let epoch = || rand::random_range(1..=super::restore::MAX_EPOCH);
        // Change nothing until every chosen version is in one verified backup.
        let backup = if plan.changes.changes_rows { Some(self.assemble(plan, epoch()).await?) } else { None };
        let repaired = if plan.needs_repair { Some(self.repair(plan, epoch()).await?) } else { None };
        let restored = match &backup {
            Some(backup) => Some(self.restore(plan, repaired.as_ref(), backup, progress).await?),
            None => None,
        };
        let archived_versions = self.archive_older_versions(&plan.changes).await?;
        let recovered_saves = self.rename_recovered_saves(plan).await?;
        let replayed = self.replayer.replay().await?;
        if let Err(error) = self.exporter.catch_up().await {
            tracing::warn!(%error, "the recovery is complete, but the export failed and will be retried");
        }
        Ok(RecoveryReport { repaired, restored, archived_versions, replayed, recovered_saves })
    }

    async fn repair(&self, plan: &RecoveryPlan, epoch: i64) -> Result<RepairReport, RecoverError> {
        let repair = RepairRequest {
            expected: plan.state.clone(),
            epoch,
            audit_id: self.clock.new_id(),
            actor: ACTOR.into(),
            at: self.clock.now(),
        };
        let repaired = self.store.repair(&repair).await?;
        tracing::warn!(?repaired, "repaired the database; missing sermons are restored next");
        Ok(repaired)
    }

    /// Restores the backup, but only over the state that the plan was made for.
    async fn restore(
        &self,
        plan: &RecoveryPlan,
        repaired: Option<&RepairReport>,
        backup: &BackupName,
        progress: Arc<dyn RestoreProgress>,
    ) -> Result<Restored, RecoverError> {
        let preview = self.restores.preview(backup).await?;
        if Some(&preview.current) != repaired.map(|repaired| &repaired.state).or(plan.state.as_ref()) {
            return Err(StoreError::Conflict("the data changed after the survey".to_owned()).into());
        }
        let request = RestoreRequest {
            confirm: backup.to_string(),
            name: backup.clone(),
            plan_token: Some(preview.plan_token),
            accept_unverified: false,
            // If every row was unreadable, nothing is left to restore; the rows are in the history.
            allow_empty: true,
            damaged: false,
            actor: ACTOR.into(),
        };
        Ok(self.restores.restore(request, progress).await?)
    }

    /// Renames emergency saves that are now in the database or its history, so that they are no longer reported.
    async fn rename_recovered_saves(&self, plan: &RecoveryPlan) -> Result<Vec<String>, RecoverError> {
        let directory = self.data_dir.backups();
        let recovered = plan.changes.files.iter().filter(|file| {
            file.source.kind == SourceKind::EmergencySave && file.trust == Trust::Standalone && file.sermons > 0
        });
        let names: Vec<_> = recovered.map(|file| file.source.name.clone()).collect();
        let renamed = names.clone();
        let renaming = blocking(move || {
            renamed.iter().try_for_each(|name| {
                durable::rename(&directory.join(name), &directory.join(format!("{name}.recovered")))
            })
        });
        renaming.await?;
        Ok(names)
    }
}
