//! Backups: all sermons in one file that can be read without our software.
//!
//! A backup is listed only after it has been written, fsynced, and read back in full. Its manifest records the expected
//! contents, and `verify` can compare the file with it at any time. [`Retention`] decides which backups a cleanup
//! removes.
//!
//! | module | contents |
//! |---|---|
//! | `name` | backup names |
//! | `dir` | the backup directory |
//! | `verify`, `changed_documents` | reading files and comparing them with their manifests |
//! | `create`, `upload`, `fetch` | creating backups, accepting uploads, and fetching offsite copies |
//! | `listing` | the list of backups |
//! | `retention`, `safety_cleanup` | what a cleanup removes |

mod changed_documents;
mod create;
mod dir;
mod error;
mod fetch;
mod listing;
mod manifest;
mod name;
mod retention;
#[cfg(test)]
mod retention_tests;
mod safety_cleanup;
mod stored_form;
mod upload;
mod verify;

use std::{fs::File, io, sync::Arc};

use serde::Serialize;

pub use error::BackupError;
pub use listing::{BackupInfo, BackupStats, Condition};
pub use manifest::BackupManifest;
pub use name::{BackupKind, BackupName, InvalidBackupName};
pub use retention::{CleanupPlan, Decision, Retention};
pub use verify::{MAX_FILE_BYTES, Verdict, Verification};

pub use dir::UnlistedFile;
pub(super) use dir::{BackupDir, BackupFile};
pub(super) use manifest::MAX_MANIFEST_BYTES;
pub(super) use stored_form::{Origin, restorable, stored_form};
pub(super) use verify::{ScannedFile, find_mismatch, scan, scan_valid};

use super::{DataDir, Offsite, OffsiteError, durable};
use crate::{blocking::blocking, clock::Clock, store::Store};

/// Creates, lists, verifies, uploads and removes backups.
#[derive(Debug)]
pub struct Backups {
    store: Arc<dyn Store>,
    files: BackupDir,
    clock: Arc<dyn Clock>,
    retention: Retention,
    offsite: Option<Arc<Offsite>>,
}

/// A backup that is open for reading. It cannot be removed while it is open.
#[derive(Debug)]
pub struct OpenBackup {
    /// The file, positioned at the start.
    pub file: File,
    /// The list entry of the backup.
    pub info: BackupInfo,
}

/// Progress of an operation that reads several files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FileProgress {
    /// Number of files read.
    pub done: usize,
    /// Number of files to read.
    pub total: usize,
}

impl Backups {
    /// Creates the service for the backups of a data directory.
    pub fn new(store: Arc<dyn Store>, data_dir: &DataDir, clock: Arc<dyn Clock>) -> Self {
        Self { store, files: BackupDir::new(data_dir), clock, retention: Retention::default(), offsite: None }
    }

    /// Also copies backups offsite.
    #[must_use]
    pub fn with_offsite(self, offsite: Option<Arc<Offsite>>) -> Self {
        Self { offsite, ..self }
    }

    /// Returns the offsite store, if one is configured.
    pub fn offsite(&self) -> Option<&Arc<Offsite>> {
        self.offsite.as_ref()
    }

    /// Notifies the offsite task that there may be backups to copy.
    fn wake_offsite(&self) {
        if let Some(offsite) = &self.offsite {
            offsite.wake();
        }
    }

    /// Returns the backup directory.
    pub(super) fn files(&self) -> &BackupDir {
        &self.files
    }

    /// Creates a backup of all sermons.
    pub async fn create(&self) -> Result<BackupInfo, BackupError> {
        let (name, manifest) = self.create_with_kind(BackupKind::DatabaseBackup).await?;
        tracing::info!(%name, sermons = manifest.contents.count, "created a backup");
        self.info(&name).await
    }

    /// Returns all backups, newest first.
    pub async fn list(&self) -> Result<Vec<BackupInfo>, BackupError> {
        let files = self.files.clone();
        let mut list = blocking(move || io::Result::Ok(listing::list(files.files()?))).await?;
        if let Some(offsite) = &self.offsite {
            let copies = offsite.known_copies();
            for backup in &mut list {
                backup.offsite = copies.get(&backup.name) == Some(&backup.bytes);
            }
        }
        Ok(list)
    }

    /// Returns the files in the directory that are not listed as backups, each with the reason.
    pub async fn unlisted(&self) -> Result<Vec<UnlistedFile>, BackupError> {
        let files = self.files.clone();
        Ok(blocking(move || files.unlisted()).await?)
    }

    /// Returns the list entry of one backup.
    pub async fn info(&self, name: &BackupName) -> Result<BackupInfo, BackupError> {
        let found = self.list().await?.into_iter().find(|backup| backup.name == *name);
        found.ok_or_else(|| BackupError::NotFound(name.clone()))
    }

    /// Returns statistics about all backups.
    pub async fn stats(&self) -> Result<BackupStats, BackupError> {
        let stats = BackupStats::new(&self.list().await?);
        Ok(BackupStats { offsite: self.offsite.as_ref().map(|offsite| offsite.status()), ..stats })
    }

    /// Reads a backup in full, compares it with its manifest, and records the result in the manifest.
    pub async fn verify(&self, name: &BackupName) -> Result<Verification, BackupError> {
        let (files, wanted, now) = (self.files.clone(), name.clone(), self.clock.now());
        let verified = blocking(move || {
            let file = files.open(&wanted)?;
            verify::verify(&wanted, &file, files.manifest(&wanted)?.as_ref(), now)
        });
        let mut verification = verified.await?;
        // If a damaged file is still readable, the database can tell which documents have changed.
        if verification.verdict == Verdict::Damaged
            && verification.sha256.is_some()
            && let Some(problem) = &mut verification.problem
            && let Some(changed) = self.describe_changed_documents(name).await
        {
            problem.push_str("; ");
            problem.push_str(&changed);
        }
        let (files, wanted, problem) = (self.files.clone(), name.clone(), verification.problem.clone());
        let is_good = verification.verdict == Verdict::Verified;
        blocking(move || {
            if let Some(problem) = &problem {
                tracing::error!(name = %wanted, %problem, "a backup is damaged");
            }
            files.update_manifest(&wanted, |manifest| {
                manifest.problem = problem;
                manifest.verified_at = is_good.then_some(now);
            })
        })
        .await?;
        self.wake_offsite();
        Ok(verification)
    }

    /// Verifies all backups, newest first, and reports progress.
    pub async fn verify_all(
        &self,
        on_progress: impl Fn(FileProgress) + Send,
    ) -> Result<Vec<Verification>, BackupError> {
        let list = self.list().await?;
        let mut verifications = Vec::with_capacity(list.len());
        for (done, backup) in list.iter().enumerate() {
            on_progress(FileProgress { done, total: list.len() });
            match self.verify(&backup.name).await {
                Ok(verification) => verifications.push(verification),
                // The backup has been removed in the meantime.
                Err(BackupError::NotFound(_)) => {}
                // One unreadable file must not hide the others.
                Err(BackupError::Io(error)) => verifications.push(Verification {
                    name: backup.name.clone(),
                    verdict: Verdict::Damaged,
                    sermons: None,
                    bytes: backup.bytes,
                    sha256: None,
                    problem: Some(format!("could not read it: {error}")),
                    checked_at: self.clock.now(),
                }),
                Err(error) => return Err(error),
            }
        }
        Ok(verifications)
    }

    /// Opens a backup for download.
    pub async fn open(&self, name: &BackupName) -> Result<OpenBackup, BackupError> {
        let (files, wanted) = (self.files.clone(), name.clone());
        let file = blocking(move || files.open(&wanted)).await?;
        Ok(OpenBackup { file, info: self.info(name).await? })
    }

    /// Pins or unpins a backup. A cleanup does not remove pinned backups. Fails if the backup has no manifest.
    pub async fn pin(&self, name: &BackupName, pinned: bool) -> Result<BackupInfo, BackupError> {
        let (files, wanted) = (self.files.clone(), name.clone());
        blocking(move || {
            drop(files.open(&wanted)?);
            let updated = files.update_manifest(&wanted, |manifest| manifest.pinned = pinned)?;
            let reason = "it has no manifest; to pin it, download it and upload it again";
            updated.map(drop).ok_or_else(|| BackupError::Invalid(reason.to_owned()))
        })
        .await?;
        self.info(name).await
    }

    /// Returns what a cleanup would remove, locally and offsite, and why.
    pub async fn plan_cleanup(&self) -> Result<CleanupPlan, BackupError> {
        self.plan_cleanup_by(&self.retention).await
    }

    /// Like [`Backups::plan_cleanup`], but with the given rules.
    pub async fn plan_cleanup_by(&self, rules: &Retention) -> Result<CleanupPlan, BackupError> {
        let mut plan = self.plan_local(rules).await?;
        if let Some(offsite) = &self.offsite {
            match self.plan_offsite(offsite, rules).await {
                Ok(copies) => plan.offsite = Some(Box::new(copies)),
                Err(error) => plan.offsite_error = Some(error.to_string()),
            }
        }
        Ok(plan)
    }

    /// Plans the cleanup of offsite copies. Keeps copies of backups that are pinned locally.
    async fn plan_offsite(&self, offsite: &Offsite, rules: &Retention) -> Result<CleanupPlan, OffsiteError> {
        let local = self.list().await?;
        let mut list = listing::list(offsite.files().await?);
        for copy in &mut list {
            copy.pinned |= local.iter().any(|backup| backup.name == copy.name && backup.pinned);
        }
        Ok(retention::plan(&list, rules, self.clock.now(), |_| false))
    }

    async fn plan_local(&self, rules: &Retention) -> Result<CleanupPlan, BackupError> {
        let (files, rules, now) = (self.files.clone(), *rules, self.clock.now());
        blocking(move || {
            let list = listing::list(files.files()?);
            let safety_backups = list.iter().filter(|backup| backup.kind == BackupKind::PreWrite);
            let bytes = safety_backups.map(|backup| backup.bytes).sum();
            let rules = rules.for_disk(bytes, durable::free_bytes(files.path())?);
            // Keep a file that cannot be opened.
            Ok(retention::plan(&list, &rules, now, |name| files.is_in_use(name).unwrap_or(true)))
        })
        .await
    }

    /// Removes the backups that the retention rules do not keep.
    pub async fn cleanup(&self) -> Result<CleanupPlan, BackupError> {
        self.cleanup_by(&self.retention).await
    }

    /// Like [`Backups::cleanup`], but with the given rules.
    pub async fn cleanup_by(&self, rules: &Retention) -> Result<CleanupPlan, BackupError> {
        let mut plan = self.plan_cleanup_by(rules).await?;
        let names: Vec<_> = plan.remove.iter().map(|decision| decision.name.clone()).collect();
        let files = self.files.clone();
        let removed = blocking(move || files.remove(&names)).await?;
        let (gone, kept) = plan.remove.into_iter().partition(|decision| removed.contains(&decision.name));
        plan.remove = gone;
        plan.keep.extend::<Vec<_>>(kept);
        plan.freed_bytes = plan.remove.iter().map(|decision| decision.bytes).sum();
        plan.applied = true;
        if let (Some(offsite), Some(copies)) = (&self.offsite, &mut plan.offsite) {
            let names: Vec<_> = copies.remove.iter().map(|decision| decision.name.clone()).collect();
            match offsite.remove(&names).await {
                Ok(()) => copies.applied = true,
                Err(error) => plan.offsite_error = Some(error.to_string()),
            }
        }
        tracing::info!(removed = plan.remove.len(), bytes = plan.freed_bytes, "removed old backups");
        Ok(plan)
    }
}
