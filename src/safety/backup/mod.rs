//! Backups: everything that the database holds, in files that can be read without us.
//!
//! A backup is listed only after it was written, fsynced, opened again and read to its end. Its manifest says what it
//! must hold; `verify` reads it again at any time. What may go is decided by [`Retention`].
//!
//! | what | where |
//! |---|---|
//! | names | `name` |
//! | the directory | `shelf` |
//! | reading a file and comparing it with its manifest | `check`, `strangers` |
//! | making, taking in, fetching from the second place | `create`, `upload`, `fetch` |
//! | showing, throwing away | `listing`, `retention` |

mod check;
mod create;
mod error;
mod fetch;
mod listing;
mod manifest;
mod name;
mod retention;
#[cfg(test)]
mod retention_tests;
mod shelf;
mod strangers;
mod upload;

use std::{fs::File, sync::Arc};

use serde::Serialize;
use tokio::task::spawn_blocking;

pub use check::{MAX_FILE_BYTES, Verdict, Verification};
pub use error::BackupError;
pub use listing::{BackupInfo, BackupStats, Condition};
pub use manifest::BackupManifest;
pub use name::{BackupKind, BackupName, InvalidBackupName};
pub use retention::{CleanupPlan, Decision, Retention};

pub(super) use check::{Found, compare, read, sermon};
pub(super) use create::NewDocuments;
pub(super) use manifest::MOST_BYTES as MOST_MANIFEST_BYTES;
pub(super) use shelf::{Item, Shelf};

use super::{DataDir, Offsite, OffsiteError, durable};
use crate::{clock::Clock, store::Store};

/// The backups: made, listed, verified, taken in, given out and thrown away.
#[derive(Debug)]
pub struct Backups {
    store: Arc<dyn Store>,
    files: Shelf,
    clock: Arc<dyn Clock>,
    retention: Retention,
    offsite: Option<Arc<Offsite>>,
}

/// A backup that is open for reading. As long as it is, it is not removed.
#[derive(Debug)]
pub struct OpenBackup {
    /// Its file, at the beginning.
    pub file: File,
    /// What the list says of it.
    pub info: BackupInfo,
}

/// How many of several backups have been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// So many have been.
    pub done: usize,
    /// Of so many.
    pub of: usize,
}

impl Backups {
    /// The backups below a data directory.
    pub fn new(store: Arc<dyn Store>, data_dir: &DataDir, clock: Arc<dyn Clock>) -> Self {
        Self { store, files: Shelf::of(data_dir), clock, retention: Retention::default(), offsite: None }
    }

    /// The same, with other rules of what may go.
    #[must_use]
    pub fn with_retention(self, retention: Retention) -> Self {
        Self { retention, ..self }
    }

    /// The same, with a second place that they are copied to.
    #[must_use]
    pub fn with_offsite(self, offsite: Option<Arc<Offsite>>) -> Self {
        Self { offsite, ..self }
    }

    /// The second place, if there is one.
    pub fn offsite(&self) -> Option<&Arc<Offsite>> {
        self.offsite.as_ref()
    }

    /// Says that there is something to be copied to the second place.
    fn copy_soon(&self) {
        if let Some(offsite) = &self.offsite {
            offsite.wake();
        }
    }

    /// The directory of backups.
    pub(super) fn files(&self) -> &Shelf {
        &self.files
    }

    /// Makes a backup of everything that the database holds.
    pub async fn create(&self) -> Result<BackupInfo, BackupError> {
        let (name, manifest) = self.create_of(BackupKind::DatabaseBackup).await?;
        tracing::info!(%name, videos = manifest.contents.count, "made a backup");
        self.info(&name).await
    }

    /// Every backup, newest first.
    pub async fn list(&self) -> Result<Vec<BackupInfo>, BackupError> {
        let files = self.files.clone();
        let mut list = blocking(move || Ok(listing::list(files.items()?))).await?;
        if let Some(offsite) = &self.offsite {
            let copies = offsite.known();
            for backup in &mut list {
                backup.offsite = copies.get(&backup.name) == Some(&backup.bytes);
            }
        }
        Ok(list)
    }

    /// One backup, as the list shows it.
    pub async fn info(&self, name: &BackupName) -> Result<BackupInfo, BackupError> {
        let found = self.list().await?.into_iter().find(|backup| backup.name == *name);
        found.ok_or_else(|| BackupError::NotFound(name.clone()))
    }

    /// Sums over all backups.
    pub async fn stats(&self) -> Result<BackupStats, BackupError> {
        let stats = BackupStats::of(&self.list().await?);
        Ok(BackupStats { offsite: self.offsite.as_ref().map(|offsite| offsite.status()), ..stats })
    }

    /// Reads a backup to its end, compares it with its manifest, and writes into that what was found.
    pub async fn verify(&self, name: &BackupName) -> Result<Verification, BackupError> {
        let (files, wanted, now) = (self.files.clone(), name.clone(), self.clock.now());
        let looked = blocking(move || {
            let file = files.open(&wanted)?;
            check::verify(&wanted, &file, files.manifest(&wanted)?.as_ref(), now)
        });
        let mut verification = looked.await?;
        // It can be read to its end: then the documents themselves tell where the damage is.
        if verification.verdict == Verdict::Damaged
            && verification.sha256.is_some()
            && let Some(problem) = &mut verification.problem
            && let Some(strangers) = self.strangers(name).await
        {
            problem.push_str("; ");
            problem.push_str(&strangers);
        }
        let (files, wanted, problem) = (self.files.clone(), name.clone(), verification.problem.clone());
        let good = verification.verdict == Verdict::Verified;
        blocking(move || {
            if let Some(problem) = &problem {
                tracing::error!(name = %wanted, %problem, "a backup is damaged");
            }
            files.record(&wanted, |manifest| {
                manifest.problem = problem;
                manifest.verified_at = good.then_some(now);
            })?;
            Ok(())
        })
        .await?;
        self.copy_soon();
        Ok(verification)
    }

    /// Verifies every backup, newest first, and tells how far it has come. One that cannot be opened is damaged.
    pub async fn verify_all(&self, told: impl Fn(Counted) + Send) -> Result<Vec<Verification>, BackupError> {
        let list = self.list().await?;
        let mut verifications = Vec::with_capacity(list.len());
        for (done, backup) in list.iter().enumerate() {
            told(Counted { done, of: list.len() });
            match self.verify(&backup.name).await {
                Ok(verification) => verifications.push(verification),
                // Removed meanwhile.
                Err(BackupError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(verifications)
    }

    /// Opens a backup to be sent to somebody.
    pub async fn open(&self, name: &BackupName) -> Result<OpenBackup, BackupError> {
        let (files, wanted) = (self.files.clone(), name.clone());
        let file = blocking(move || files.open(&wanted)).await?;
        Ok(OpenBackup { file, info: self.info(name).await? })
    }

    /// Lets a backup stay until somebody says otherwise, or no longer. Only one with a manifest can be pinned.
    pub async fn pin(&self, name: &BackupName, pinned: bool) -> Result<BackupInfo, BackupError> {
        let (files, wanted) = (self.files.clone(), name.clone());
        blocking(move || {
            drop(files.open(&wanted)?);
            let recorded = files.record(&wanted, |manifest| manifest.pinned = pinned)?;
            let why = "it has no manifest; download it and upload it again to pin it";
            recorded.map(drop).ok_or_else(|| BackupError::Invalid(why.to_owned()))
        })
        .await?;
        self.info(name).await
    }

    /// Says what a cleanup would remove, and why; in the second place too.
    pub async fn plan_cleanup(&self) -> Result<CleanupPlan, BackupError> {
        let mut plan = self.plan_here().await?;
        if let Some(offsite) = &self.offsite {
            match self.plan_there(offsite).await {
                Ok(there) => plan.offsite = Some(Box::new(there)),
                Err(error) => plan.offsite_error = Some(error.to_string()),
            }
        }
        Ok(plan)
    }

    /// What may go from the second place. A backup that is pinned here stays there as well.
    async fn plan_there(&self, offsite: &Offsite) -> Result<CleanupPlan, OffsiteError> {
        let here = self.list().await?;
        let mut list = listing::list(offsite.items().await?);
        for copy in &mut list {
            copy.pinned |= here.iter().any(|backup| backup.name == copy.name && backup.pinned);
        }
        Ok(retention::plan(&list, &self.retention, self.clock.now(), |_| false))
    }

    async fn plan_here(&self) -> Result<CleanupPlan, BackupError> {
        let (files, rules, now) = (self.files.clone(), self.retention, self.clock.now());
        blocking(move || {
            let list = listing::list(files.items()?);
            let before_writes = list.iter().filter(|backup| backup.kind == BackupKind::PreWrite);
            let rules =
                rules.on_disk(before_writes.map(|backup| backup.bytes).sum(), durable::free_bytes(files.directory())?);
            // What cannot be opened is better left alone.
            Ok(retention::plan(&list, &rules, now, |name| files.is_in_use(name).unwrap_or(true)))
        })
        .await
    }

    /// Removes what may go.
    pub async fn cleanup(&self) -> Result<CleanupPlan, BackupError> {
        let mut plan = self.plan_cleanup().await?;
        let names: Vec<_> = plan.remove.iter().map(|decision| decision.name.clone()).collect();
        let files = self.files.clone();
        let removed = blocking(move || Ok(files.remove(&names)?)).await?;
        let (gone, left) = plan.remove.into_iter().partition(|decision| removed.contains(&decision.name));
        plan.remove = gone;
        plan.keep.extend::<Vec<_>>(left);
        plan.freed_bytes = plan.remove.iter().map(|decision| decision.bytes).sum();
        plan.applied = true;
        if let (Some(offsite), Some(there)) = (&self.offsite, &mut plan.offsite) {
            let names: Vec<_> = there.remove.iter().map(|decision| decision.name.clone()).collect();
            match offsite.remove(&names).await {
                Ok(()) => there.applied = true,
                Err(error) => plan.offsite_error = Some(error.to_string()),
            }
        }
        tracing::info!(removed = plan.remove.len(), bytes = plan.freed_bytes, "removed old backups");
        Ok(plan)
    }
}

/// Names of the newest verified backups that hold something, which nothing removes. Blocks.
pub(super) fn guarded(shelf: &Shelf) -> std::io::Result<Vec<BackupName>> {
    let list = listing::list(shelf.items()?).into_iter();
    let good = list.filter(|backup| backup.condition == Condition::Verified && backup.videos != Some(0));
    Ok(good.take(retention::VERIFIED_THAT_STAY).map(|backup| backup.name).collect())
}

/// Runs what blocks away from the tasks.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    spawn_blocking(work).await.unwrap_or_else(|error| Err(std::io::Error::other(error).into()))
}
