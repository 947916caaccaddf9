//! The drill: the newest verified backup is restored into a scratch database by the very code that would restore it in
//! earnest, and what is there then is compared with what the backup's manifest says.
//!
//! Everything that it makes lies in one directory below the data directory, and on `PostgreSQL` in one schema; a drill
//! that is killed leaves both behind, and the next start or drill removes them.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tokio::task::spawn_blocking;
use tokio_util::task::TaskTracker;

use super::{
    BackupError, BackupName, Backups, DataDir, Exporter, RestoreError, Restores,
    backup::{BackupInfo, Condition},
    durable::{self, FileLock},
    restore::{Progress, RestoreRequest},
};
use crate::{
    clock::Clock,
    domain::CollectionDigest,
    store::{Scratches, Store, StoreError},
};

/// The directory of a drill; there is one at a time.
const DIRECTORY: &str = ".drill-scratch";

/// A schema of another data directory that is older was left behind by an instance that is gone, with its disk.
const FORGOTTEN: TimeDelta = TimeDelta::hours(24);

/// Restores the newest backup to see whether that works.
#[derive(Debug)]
pub struct Drill {
    scratches: Scratches,
    backups: Arc<Backups>,
    data_dir: DataDir,
    clock: Arc<dyn Clock>,
}

/// A drill that went well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drilled {
    /// The backup that was restored.
    pub backup: BackupName,
    /// Number of videos that were in the scratch database then, as the backup's manifest says.
    pub videos: i64,
    /// Digest over them, as the backup's manifest says.
    pub digest: CollectionDigest,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
}

impl Drilled {
    /// In a sentence.
    pub fn words(&self) -> String {
        let took = (self.finished_at - self.started_at).num_milliseconds().max(0);
        format!(
            "restored {} into a scratch database: {} sermons, number and checksum as they must be, in {}.{} s",
            self.backup,
            self.videos,
            took / 1000,
            took % 1000 / 100
        )
    }
}

/// Why a drill did not go well. The real database is not concerned.
#[derive(Debug, thiserror::Error)]
pub enum DrillError {
    /// There is nothing to restore.
    #[error("there is no verified backup to drill with: `mannameter backup create` makes one")]
    NoBackup,
    /// Another drill is under way on this data directory.
    #[error("another drill is under way; wait until it has ended")]
    Busy,
    /// It was restored, and what is there is not what it had to be.
    #[error("the backup {name} was restored and is not what its manifest says: {problem}")]
    Differs {
        /// Which.
        name: BackupName,
        /// What is wrong.
        problem: String,
    },
    /// The backup.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The restore.
    #[error("the newest verified backup could not be restored into a scratch database: {0}")]
    Restore(#[from] RestoreError),
    /// The scratch database.
    #[error("no scratch database could be made: {0}")]
    Scratch(#[from] StoreError),
    /// The files.
    #[error("could not work with the files of the drill: {0}")]
    Io(#[from] io::Error),
}

impl Drill {
    /// Drills beside this database, with the backups below this directory.
    pub fn new(scratches: Scratches, backups: Arc<Backups>, data_dir: DataDir, clock: Arc<dyn Clock>) -> Self {
        Self { scratches, backups, data_dir, clock }
    }

    /// Restores the newest verified backup that holds something, compares, and removes all that it made.
    pub async fn run(&self, progress: Arc<dyn Progress>) -> Result<Drilled, DrillError> {
        let lock = self.data_dir.drill_lock();
        let _lock = blocking(move || FileLock::try_exclusive(&lock)).await?.ok_or(DrillError::Busy)?;
        self.clear().await?;
        let backup = self.newest().await?;
        let name = format!("{:x}_{}_{:08x}", self.clock.now().timestamp(), self.place(), rand::random::<u32>());
        let directory = self.directory();
        let drilled = self.in_scratch(&name, &directory, &backup, progress).await;
        // Whatever came of it; what cannot be removed now is removed by the next one.
        if let Err(error) = self.scratches.remove(&name).await {
            tracing::warn!(%error, "the scratch database of a drill is left behind until the next one");
        }
        blocking(move || remove_directory(&directory)).await?;
        drilled
    }

    /// Removes what drills that were killed left behind; leaves a running one alone.
    pub async fn clean_up(&self) -> Result<(), DrillError> {
        let lock = self.data_dir.drill_lock();
        match blocking(move || FileLock::try_exclusive(&lock)).await? {
            Some(_lock) => self.clear().await,
            None => Ok(()),
        }
    }

    /// The caller holds the lock: what is of this data directory is nobody's any more.
    async fn clear(&self) -> Result<(), DrillError> {
        let directory = self.directory();
        if blocking(move || remove_directory(&directory)).await? {
            tracing::info!("removed what a drill that was killed left behind");
        }
        for name in self.scratches.left().await? {
            let mut parts = name.split('_');
            let made = parts.next().and_then(|time| i64::from_str_radix(time, 16).ok());
            let made = made.and_then(|time| DateTime::from_timestamp(time, 0));
            let is_ours = parts.next() == Some(&self.place());
            if is_ours || made.is_some_and(|made| self.clock.now() - made > FORGOTTEN) {
                self.scratches.remove(&name).await?;
                tracing::info!(name, "removed the schema of a drill that was killed");
            }
        }
        Ok(())
    }

    async fn newest(&self) -> Result<BackupInfo, DrillError> {
        let verified = self.backups.list().await?.into_iter().filter(|backup| backup.condition == Condition::Verified);
        let verified: Vec<_> = verified.collect();
        let holds_something = |backup: &&BackupInfo| backup.videos.is_some_and(|videos| videos > 0);
        let newest = verified.iter().find(holds_something).or(verified.first());
        newest.cloned().ok_or(DrillError::NoBackup)
    }

    async fn in_scratch(
        &self,
        name: &str,
        directory: &Path,
        backup: &BackupInfo,
        progress: Arc<dyn Progress>,
    ) -> Result<Drilled, DrillError> {
        let started_at = self.clock.now();
        let (from, to, backup_name) = (self.data_dir.backups(), directory.to_owned(), backup.name.clone());
        let scratch_dir = blocking(move || {
            let scratch = DataDir::open(&to).map_err(io::Error::other)?;
            for file in [backup_name.as_str().to_owned(), backup_name.manifest()] {
                durable::link_or_copy(&from.join(&file), &scratch.backups().join(&file))?;
            }
            Ok(scratch)
        })
        .await?;
        let store = self.scratches.make(name, &scratch_dir.sqlite_database()).await?;
        let drilled = self.restore(&store, scratch_dir, backup, started_at, progress).await;
        store.close().await;
        drilled
    }

    /// As in earnest: preview, staging, snapshot, one transaction, reading back, export.
    async fn restore(
        &self,
        store: &Arc<dyn Store>,
        scratch_dir: DataDir,
        backup: &BackupInfo,
        started_at: DateTime<Utc>,
        progress: Arc<dyn Progress>,
    ) -> Result<Drilled, DrillError> {
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
            actor: "drill",
        };
        let outcome = restores.restore(request, progress).await?;
        let differs = |problem: String| DrillError::Differs { name: backup.name.clone(), problem };
        let (files, wanted) = (backups.files().clone(), backup.name.clone());
        let manifest = blocking(move || files.manifest(&wanted)).await?;
        let said = manifest.ok_or_else(|| differs("its manifest is gone".to_owned()))?.contents;
        let found = store.fingerprint().await?;
        let holds = [(outcome.after.count, outcome.after.digest), (found.count, found.digest)];
        if holds.iter().any(|holds| *holds != (said.count, said.digest)) {
            return Err(differs(format!(
                "{} sermons with the digest {} are there, it says {} with {}",
                found.count, found.digest, said.count, said.digest
            )));
        }
        if outcome.export.as_ref().map(|export| export.videos) != Some(said.count) {
            return Err(differs("no export followed".to_owned()));
        }
        Ok(Drilled {
            backup: backup.name.clone(),
            videos: said.count,
            digest: said.digest,
            started_at,
            finished_at: self.clock.now(),
        })
    }

    fn directory(&self) -> PathBuf {
        self.data_dir.root().join(DIRECTORY)
    }

    /// Names the data directory among those that share a database.
    fn place(&self) -> String {
        super::restore::place_of(&self.data_dir)[..12].to_owned()
    }
}

/// Removes a directory; `false` if there is none.
fn remove_directory(directory: &Path) -> io::Result<bool> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        removed => removed.map(|()| true),
    }
}

/// Runs what blocks away from the tasks.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, io::Error> {
    spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}
