//! Recovery: looks at everything, says where the best version of each video is and why, and brings it back.
//!
//! 1. [`Recovery::plan`] reads the rows as they stand there, the history, the export, every backup, the spool, and lost
//!    results. It remembers ids, checksums and places, never documents, and decides for each video. It changes nothing.
//! 2. [`Recovery::apply`] writes the best versions of everything into one new backup, which is read back; makes tables
//!    that are gone anew and lets the database agree with itself again; then restores that backup, with all that a
//!    restore does: a snapshot before, one transaction, read back after, and `undo`.
//! 3. Versions that were in files alone go to the history, and what waits in the spool is put back.
//!
//! A kill anywhere leaves the database as it was, or repaired and without what is missing (the export is held back then),
//! or with everything; doing it again goes on from there.

mod assemble;
mod judge;
#[cfg(test)]
mod judge_tests;
mod known;
mod places;
mod plan;
mod survey;

use std::{io, path::PathBuf, sync::Arc};

use serde::Serialize;

pub use places::PlaceKind;
pub use plan::{Counts, Fate, Judged, PlaceReport, Plan};

use super::{
    BackupError, Backups, DataDir, Exporter, ReplayError, Replayed, Replayer, RestoreError, Restores,
    backup::{BackupName, Counted},
    durable,
    restore::{Progress, RestoreRequest, Restored},
};
use crate::{
    clock::Clock,
    store::{RepairRequest, RepairReport, SnapshotError, Store, StoreError},
};
use known::Worth;

/// Who stands in the history and the audit.
const ACTOR: &str = "recover";

/// How often it is started anew when somebody writes meanwhile.
const TRIES: u32 = 3;

/// Told how many files have been read.
pub type Told = Box<dyn Fn(Counted) + Send>;

/// Looks at everything, and brings back what is missing.
#[derive(Debug)]
pub struct Recovery {
    store: Arc<dyn Store>,
    backups: Arc<Backups>,
    restores: Restores,
    exporter: Arc<Exporter>,
    replayer: Replayer,
    data_dir: DataDir,
    clock: Arc<dyn Clock>,
}

/// What a recovery did.
#[derive(Debug, Clone, Serialize)]
pub struct Recovered {
    /// What was repaired before; none if nothing had to be.
    pub repaired: Option<RepairReport>,
    /// The restore that brought everything back; none if no row had to change.
    pub restored: Option<Restored>,
    /// Number of versions that were in files alone and are in the history now.
    pub remembered: u64,
    /// What was put back from the spool.
    pub replayed: Replayed,
    /// Emergency saves that were taken in; they are called `*.recovered` now.
    pub taken: Vec<String>,
}

/// Why nothing was recovered.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The database cannot be read to its end.
    #[error(
        "the database is damaged: {0}; put it out of the way (rename the file, or make a new database) and recover into \
         a new one: everything else is looked at as well"
    )]
    Damaged(String),
    /// Somebody kept writing.
    #[error("the data was changed meanwhile, {TRIES} times; stop what writes, or try again")]
    Changed,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The backup with everything.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// Its restore.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// The spool.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The files.
    #[error("could not read or write the files: {0}")]
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
    /// Recovers into this database, from what lies in this directory.
    pub fn new(
        store: Arc<dyn Store>,
        backups: Arc<Backups>,
        restores: Restores,
        exporter: Arc<Exporter>,
        replayer: Replayer,
        data_dir: DataDir,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, backups, restores, exporter, replayer, data_dir, clock }
    }

    /// Looks at everything, and at these files as well; says for each video where its best version is. Changes nothing.
    pub async fn plan(&self, lost: &[PathBuf], told: Told) -> Result<Plan, RecoverError> {
        let survey = survey::look(self.store.as_ref(), &self.data_dir, lost.to_owned(), told).await?;
        Ok(Plan::of(survey))
    }

    /// Does what a plan says. If somebody wrote since, it is made anew.
    pub async fn apply(
        &self,
        mut plan: Plan,
        lost: &[PathBuf],
        progress: Arc<dyn Progress>,
    ) -> Result<Recovered, RecoverError> {
        self.restores.clean_up_interrupted().await.ok();
        for _ in 0..TRIES {
            match self.apply_once(&plan, Arc::clone(&progress)).await {
                Err(
                    RecoverError::Restore(RestoreError::Stale { .. }) | RecoverError::Store(StoreError::Conflict(_)),
                ) => {
                    plan = self.plan(lost, Box::new(|_| {})).await?;
                }
                done => return done,
            }
        }
        Err(RecoverError::Changed)
    }

    async fn apply_once(&self, plan: &Plan, progress: Arc<dyn Progress>) -> Result<Recovered, RecoverError> {
        if let Some(problem) = &plan.problem {
            return Err(RecoverError::Damaged(problem.clone()));
        }
        let epoch = || rand::random_range(1..=super::restore::LAST_EPOCH);
        // First of all everything is in one file that was read back.
        let backup = if plan.work.changes { Some(self.assemble(plan, epoch()).await?) } else { None };
        let repaired = if plan.must_be_mended { Some(self.repair(plan, epoch()).await?) } else { None };
        let restored = match &backup {
            Some(backup) => Some(self.restore(plan, repaired.as_ref(), backup, progress).await?),
            None => None,
        };
        let remembered = self.remember(&plan.work).await?;
        let taken = self.put_away(plan).await?;
        let replayed = self.replayer.replay().await?;
        if let Err(error) = self.exporter.catch_up().await {
            tracing::warn!(%error, "everything is recovered; the export does not follow yet");
        }
        Ok(Recovered { repaired, restored, remembered, replayed, taken })
    }

    async fn repair(&self, plan: &Plan, epoch: i64) -> Result<RepairReport, RecoverError> {
        let repair = RepairRequest {
            expected: plan.state.clone(),
            epoch,
            audit_id: self.clock.new_id(),
            actor: ACTOR,
            at: self.clock.now(),
        };
        let repaired = self.store.repair(&repair).await?;
        tracing::warn!(?repaired, "the database agrees with itself again; what is missing comes next");
        Ok(repaired)
    }

    /// Restores the backup over the state that the plan was made for, and no other.
    async fn restore(
        &self,
        plan: &Plan,
        repaired: Option<&RepairReport>,
        backup: &BackupName,
        progress: Arc<dyn Progress>,
    ) -> Result<Restored, RecoverError> {
        let preview = self.restores.preview(backup).await?;
        if Some(&preview.present) != repaired.map(|repaired| &repaired.state).or(plan.state.as_ref()) {
            return Err(StoreError::Conflict("somebody wrote since it was looked at".to_owned()).into());
        }
        let request = RestoreRequest {
            confirm: backup.to_string(),
            name: backup.clone(),
            plan_token: Some(preview.plan_token),
            accept_unverified: false,
            // What was there may all have been unreadable; it is in the history then.
            allow_empty: true,
            damaged: false,
            actor: ACTOR,
        };
        Ok(self.restores.restore(request, progress).await?)
    }

    /// Gives emergency saves that are in the database or its history now another name, so that nobody is told of them.
    async fn put_away(&self, plan: &Plan) -> Result<Vec<String>, RecoverError> {
        let directory = self.data_dir.backups();
        let whole = plan.work.places.iter().filter(|surveyed| {
            surveyed.place.kind == PlaceKind::EmergencySave && surveyed.worth == Worth::Loose && surveyed.videos > 0
        });
        let names: Vec<_> = whole.map(|surveyed| surveyed.place.name.clone()).collect();
        let renamed = names.clone();
        let renaming = tokio::task::spawn_blocking(move || {
            renamed.iter().try_for_each(|name| {
                durable::rename(&directory.join(name), &directory.join(format!("{name}.recovered")))
            })
        });
        renaming.await.unwrap_or_else(|error| Err(io::Error::other(error)))?;
        Ok(names)
    }
}
