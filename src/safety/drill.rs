//! The restore drill: restores the newest verified backup into a scratch database with the same code as a real restore,
//! and compares the result with the backup.
//!
//! All files of a drill are in one directory under the data directory, and on `PostgreSQL` all of its tables are in one
//! schema. If a drill is killed, both are removed at the next start or by the next drill.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use super::{
    BackupError, BackupName, Backups, DataDir, Exporter, RestoreError, Restores,
    backup::{BackupInfo, Condition, Origin},
    durable::{self, FileLock},
    plural::count,
    restore::{RestoreProgress, RestoreRequest},
};
use crate::{
    blocking::blocking,
    clock::Clock,
    domain::CollectionDigest,
    store::{ScratchDatabases, Store, StoreError},
};

/// Directory of the running drill.
const DIRECTORY: &str = ".drill-scratch";

/// Age after which a schema is removed even if a drill of another data directory created it, because that instance and
/// its disk may be gone.
const ORPHANED_AFTER: TimeDelta = TimeDelta::hours(24);

/// Runs restore drills.
#[derive(Debug)]
pub struct Drill {
    scratches: ScratchDatabases,
    backups: Arc<Backups>,
    data_dir: DataDir,
    clock: Arc<dyn Clock>,
}

/// A successful drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DrillReport {
    /// The backup that was restored.
    pub backup: BackupName,
    /// Number of restored sermons, which matches the backup.
    pub sermons: i64,
    /// Digest over the restored sermons, which matches the backup.
    pub digest: CollectionDigest,
    /// When the drill started.
    pub started_at: DateTime<Utc>,
    /// When the drill ended.
    pub finished_at: DateTime<Utc>,
}

impl DrillReport {
    /// Returns the result as human-readable text.
    pub fn summary(&self) -> String {
        let millis = (self.finished_at - self.started_at).num_milliseconds().max(0);
        format!(
            "restored {} into a scratch database and verified {} in {}.{} s",
            self.backup,
            count(self.sermons, "sermon"),
            millis / 1000,
            millis % 1000 / 100
        )
    }
}

/// Why a drill failed. The real database is never affected.
#[derive(Debug, thiserror::Error)]
pub enum DrillError {
    /// There is no verified backup to restore.
    #[error("there is no verified backup to restore; create one with `mannameter backup create`")]
    NoBackup,
    /// Another drill is running on this data directory.
    #[error("another drill is running; try again when it has finished")]
    Busy,
    /// The restored sermons do not match the backup.
    #[error("the backup {name} was restored but the result does not match it: {problem}")]
    Mismatch {
        /// The backup.
        name: BackupName,
        /// What differs.
        problem: String,
    },
    /// The backup could not be read.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The restore failed.
    #[error("the newest verified backup could not be restored into a scratch database: {0}")]
    Restore(#[from] RestoreError),
    /// The scratch database could not be created or read.
    #[error("the scratch database failed: {0}")]
    Scratch(#[from] StoreError),
    /// A file operation failed.
    #[error("could not read or write the files of the drill: {0}")]
    Io(#[from] io::Error),
}

impl Drill {
    /// Creates the service for the backups of a data directory.
    pub fn new(scratches: ScratchDatabases, backups: Arc<Backups>, data_dir: DataDir, clock: Arc<dyn Clock>) -> Self {
        Self { scratches, backups, data_dir, clock }
    }

    /// Restores the newest verified backup that has sermons, verifies the result, and removes everything that the drill
    /// created.
    pub async fn run(&self, progress: Arc<dyn RestoreProgress>) -> Result<DrillReport, DrillError> {
        let lock = self.data_dir.drill_lock();
        let _lock = blocking(move || FileLock::try_exclusive(&lock)).await?.ok_or(DrillError::Busy)?;
        self.remove_leftovers().await?;
        let backup = self.newest_backup().await?;
        let name = format!("{:x}_{}_{:08x}", self.clock.now().timestamp(), self.instance_id(), rand::random::<u32>());
        let directory = self.directory();
        let restoring = self.restore_into_scratch(&name, &directory, &backup, progress);
        // Mark every line that the restore logs.
        let result = restoring.instrument(tracing::error_span!("restore_drill", backup = %backup.name)).await;
        if let Err(error) = self.scratches.drop_database(&name).await {
            tracing::warn!(%error, "could not remove the scratch database; the next drill will");
        }
        blocking(move || remove_directory(&directory)).await?;
        result
    }

    /// Removes leftovers of killed drills, unless a drill is running.
    pub async fn clean_up(&self) -> Result<(), DrillError> {
        let lock = self.data_dir.drill_lock();
        match blocking(move || FileLock::try_exclusive(&lock)).await? {
            Some(_lock) => self.remove_leftovers().await,
            None => Ok(()),
        }
    }

    /// Removes leftovers. The caller holds the lock, so no drill is running on this data directory.
    async fn remove_leftovers(&self) -> Result<(), DrillError> {
        let directory = self.directory();
        if blocking(move || remove_directory(&directory)).await? {
            tracing::info!("removed the directory of a killed drill");
        }
        for name in self.scratches.list().await? {
            let mut parts = name.split('_');
            let created_at = parts.next().and_then(|time| i64::from_str_radix(time, 16).ok());
            let created_at = created_at.and_then(|time| DateTime::from_timestamp(time, 0));
            let is_ours = parts.next() == Some(&self.instance_id());
            if is_ours || created_at.is_some_and(|created_at| self.clock.now() - created_at > ORPHANED_AFTER) {
                self.scratches.drop_database(&name).await?;
                tracing::info!(name, "removed the schema of a killed drill");
            }
        }
        Ok(())
    }

    /// Returns the newest verified backup that has sermons, or the newest verified backup if all of them are empty.
    async fn newest_backup(&self) -> Result<BackupInfo, DrillError> {
        let list = self.backups.list().await?;
        let verified: Vec<_> = list.into_iter().filter(|backup| backup.condition == Condition::Verified).collect();
        let has_sermons = |backup: &&BackupInfo| backup.sermons.is_some_and(|videos| videos > 0);
        let newest = verified.iter().find(has_sermons).or(verified.first());
        newest.cloned().ok_or(DrillError::NoBackup)
    }

    async fn restore_into_scratch(
        &self,
        name: &str,
        directory: &Path,
        backup: &BackupInfo,
        progress: Arc<dyn RestoreProgress>,
    ) -> Result<DrillReport, DrillError> {
        let started_at = self.clock.now();
        let (from, to, backup_name) = (self.data_dir.backups(), directory.to_owned(), backup.name.clone());
        let scratch_dir = blocking(move || {
            let scratch = DataDir::open(&to).map_err(io::Error::other)?;
            for file in [backup_name.as_str().to_owned(), backup_name.manifest()] {
                durable::link_or_copy(&from.join(&file), &scratch.backups().join(&file))?;
            }
            io::Result::Ok(scratch)
        })
        .await?;
        let store = self.scratches.create(name, &scratch_dir.sqlite_database()).await?;
        let result = self.restore_and_verify(&store, scratch_dir, backup, started_at, progress).await;
        store.close().await;
        result
    }

    /// Runs the steps of a real restore: preview, staging, snapshot, transaction, verification, export.
    async fn restore_and_verify(
        &self,
        store: &Arc<dyn Store>,
        scratch_dir: DataDir,
        backup: &BackupInfo,
        started_at: DateTime<Utc>,
        progress: Arc<dyn RestoreProgress>,
    ) -> Result<DrillReport, DrillError> {
        let clock = || Arc::clone(&self.clock);
        let exporter = Arc::new(Exporter::new(Arc::clone(store), scratch_dir.clone(), clock()));
        let backups = Arc::new(Backups::new(Arc::clone(store), &scratch_dir, clock()));
        let restores = Restores::new(
            Arc::clone(store),
            Arc::clone(&backups),
            exporter,
            scratch_dir.clone(),
            clock(),
            TaskTracker::new(),
        );
        let preview = restores.preview(&backup.name).await?;
        let request = RestoreRequest {
            confirm: backup.name.to_string(),
            name: backup.name.clone(),
            plan_token: Some(preview.plan_token),
            accept_unverified: false,
            allow_empty: true,
            damaged: false,
            actor: "drill".into(),
        };
        let report = restores.restore(request, progress).await?;
        let mismatch = |problem: String| DrillError::Mismatch { name: backup.name.clone(), problem };
        let (files, wanted) = (backups.files().clone(), backup.name.clone());
        let manifest = blocking(move || files.manifest(&wanted)).await?;
        let manifest = manifest.ok_or_else(|| mismatch("the manifest is missing".to_owned()))?;
        // The documents of an upload are converted to our form, which the manifest does not describe.
        let (sermons, digest) = match Origin::of(Some(&manifest)) {
            Origin::Ours => (manifest.contents.count, manifest.contents.digest),
            Origin::Elsewhere => (preview.sermons, preview.digest),
        };
        let found = store.fingerprint().await?;
        let contents = [(report.after.count, report.after.digest), (found.count, found.digest)];
        if contents.iter().any(|contents| *contents != (sermons, digest)) {
            return Err(mismatch(format!(
                "the scratch database has {} with digest {}, but the backup has {sermons} with digest {digest}",
                count(found.count, "sermon"),
                found.digest
            )));
        }
        if report.export.as_ref().map(|export| export.sermons) != Some(sermons) {
            return Err(mismatch("the export of the scratch database failed".to_owned()));
        }
        Ok(DrillReport { backup: backup.name.clone(), sermons, digest, started_at, finished_at: self.clock.now() })
    }

    fn directory(&self) -> PathBuf {
        self.data_dir.root().join(DIRECTORY)
    }

    /// Returns a short ID for the data directory, which is part of its schema names.
    fn instance_id(&self) -> String {
        super::restore::instance_id(&self.data_dir)[..12].to_owned()
    }
}

/// Removes a directory. Returns `false` if it does not exist.
fn remove_directory(directory: &Path) -> io::Result<bool> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        removed => removed.map(|()| true),
    }
}
