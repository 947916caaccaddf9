//! The backup directory on disk.
//!
//! Files are opened by [`BackupName`], inside the directory, without following symlinks. Everything here blocks.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{BackupError, BackupKind, BackupManifest, BackupName, MAX_MANIFEST_BYTES};
use crate::safety::{
    DataDir,
    durable::{self, FileLock, SyncedFile},
    format,
};

/// Suffixes of our files that are not backups: manifests, and files that have been set aside.
const OWN_SUFFIXES: [&str; 3] = [".manifest.json", ".damaged", ".recovered"];

/// The `backups/` directory.
#[derive(Debug, Clone)]
pub(in crate::safety) struct BackupDir {
    path: PathBuf,
    lock: PathBuf,
}

/// A backup's file and its manifest.
#[derive(Debug, Clone)]
pub(in crate::safety) struct BackupFile {
    pub(in crate::safety) name: BackupName,
    pub(in crate::safety) bytes: u64,
    /// When the file was last modified.
    pub(in crate::safety) modified: DateTime<Utc>,
    pub(in crate::safety) manifest: Option<BackupManifest>,
    /// Why a file without a manifest cannot be a backup, judging by its first bytes.
    pub(in crate::safety) problem: Option<String>,
}

/// A file in the directory that is not listed as a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnlistedFile {
    /// Name of the file.
    pub name: String,
    /// Why the file is not listed.
    pub reason: String,
}

impl BackupDir {
    pub(in crate::safety) fn new(data_dir: &DataDir) -> Self {
        Self { path: data_dir.backups(), lock: data_dir.backups_lock() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns every regular file that has a backup name, in no particular order.
    pub(in crate::safety) fn files(&self) -> io::Result<Vec<BackupFile>> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            let entry = entry?;
            let Some(name) = entry.file_name().to_str().and_then(|name| BackupName::parse(name).ok()) else { continue };
            // The file has been removed in the meantime.
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_file() {
                let manifest = self.manifest(&name)?;
                // Our own safety backups are not examined, because there are many and they are listed after each save.
                let is_own = name.kind() == BackupKind::PreWrite && name.seq().is_some();
                let problem = if manifest.is_some() || is_own { None } else { self.examine(&name) };
                let modified = metadata.modified()?.into();
                files.push(BackupFile { name, bytes: metadata.len(), modified, manifest, problem });
            }
        }
        Ok(files)
    }

    /// Returns why a file cannot be a backup, judging by its first bytes, or `None` if it may be one.
    fn examine(&self, name: &BackupName) -> Option<String> {
        match durable::open_beneath(&self.path, name.as_str()) {
            Ok(file) => format::why_not_a_collection(file),
            // The file has been removed in the meantime.
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => Some(format!("could not open it: {error}")),
        }
    }

    /// Returns the files that are not listed as backups, each with the reason. Omits manifests, our own temp files, and
    /// files that have been set aside.
    pub(super) fn unlisted(&self) -> io::Result<Vec<UnlistedFile>> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            let entry = entry?;
            let Ok(file_type) = entry.file_type() else { continue };
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_listed = file_type.is_file() && BackupName::parse(&name).is_ok();
            if is_listed || name.starts_with('.') || OWN_SUFFIXES.iter().any(|suffix| name.ends_with(suffix)) {
                continue;
            }
            let reason = match durable::open_beneath(&self.path, &name) {
                Ok(file) => format::why_not_a_collection(file).unwrap_or_else(|| {
                    "its name does not end with .json or .json.b64, or has characters that are not allowed".to_owned()
                }),
                Err(error) => error.to_string(),
            };
            files.push(UnlistedFile { name, reason });
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(files)
    }

    /// Opens a backup, which counts as in use until the file is closed.
    pub(in crate::safety) fn open(&self, name: &BackupName) -> Result<File, BackupError> {
        let file = durable::open_beneath(&self.path, name.as_str()).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => BackupError::NotFound(name.clone()),
            io::ErrorKind::InvalidInput => BackupError::NotAFile { name: name.clone(), reason: error.to_string() },
            _ => error.into(),
        })?;
        durable::mark_in_use(&file)?;
        Ok(file)
    }

    /// Returns whether any process has the backup open.
    pub(super) fn is_in_use(&self, name: &BackupName) -> io::Result<bool> {
        durable::is_in_use(&durable::open_beneath(&self.path, name.as_str())?)
    }

    /// Reads the manifest of a backup. Returns `None` if it is missing or unreadable.
    pub(in crate::safety) fn manifest(&self, name: &BackupName) -> io::Result<Option<BackupManifest>> {
        let file = match durable::open_beneath(&self.path, &name.manifest()) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(MAX_MANIFEST_BYTES as u64).read_to_end(&mut bytes)?;
        Ok(BackupManifest::parse(&bytes))
    }

    /// Updates the manifest of a backup and returns the new one, or `None` if there is no manifest.
    pub(super) fn update_manifest(
        &self,
        name: &BackupName,
        update: impl FnOnce(&mut BackupManifest),
    ) -> io::Result<Option<BackupManifest>> {
        let _lock = FileLock::exclusive(&self.lock)?;
        let Some(mut manifest) = self.manifest(name)? else { return Ok(None) };
        update(&mut manifest);
        durable::write_atomic(&self.path.join(name.manifest()), &manifest.to_json())?;
        Ok(Some(manifest))
    }

    /// Adds a backup under the first available name in `names`, and returns that name.
    ///
    /// The manifest is written first, so that every listed backup has a manifest.
    pub(super) fn add(
        &self,
        mut file: SyncedFile,
        manifest: &BackupManifest,
        names: impl Iterator<Item = BackupName>,
    ) -> io::Result<BackupName> {
        let _lock = FileLock::exclusive(&self.lock)?;
        let is_taken = |error: &io::Error| error.kind() == io::ErrorKind::AlreadyExists;
        for name in names {
            let manifest_path = self.path.join(name.manifest());
            match durable::create(&manifest_path, &manifest.to_json()) {
                Err(error) if is_taken(&error) => continue,
                created => created?,
            }
            match file.try_create(&self.path.join(name.as_str())) {
                Ok(()) => {
                    durable::sync_directory(&self.path)?;
                    return Ok(name);
                }
                Err(error) => {
                    std::fs::remove_file(&manifest_path)?;
                    if !is_taken(&error) {
                        return Err(error);
                    }
                }
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "every candidate name is taken"))
    }

    /// Removes backups that are neither pinned nor in use, and returns the names of the removed backups.
    ///
    /// Both conditions are checked under the lock, just before each removal.
    pub(in crate::safety) fn remove(&self, names: &[BackupName]) -> io::Result<Vec<BackupName>> {
        let _lock = FileLock::exclusive(&self.lock)?;
        let mut removed = Vec::new();
        for name in names {
            let pinned = self.manifest(name)?.is_some_and(|manifest| manifest.pinned);
            let in_use = match self.is_in_use(name) {
                // Another process has already removed it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                in_use => in_use?,
            };
            if pinned || in_use {
                continue;
            }
            // Remove the data first. A manifest without data is ignored, but data without a manifest would be listed as
            // a backup.
            std::fs::remove_file(self.path.join(name.as_str()))?;
            match std::fs::remove_file(self.path.join(name.manifest())) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => removed.push(name.clone()),
            }
        }
        durable::sync_directory(&self.path)?;
        Ok(removed)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    /// Writes a backup with a manifest.
    fn add(dir: &BackupDir, seq: i64, pinned: bool) -> BackupName {
        let name = BackupName::new(BackupKind::DatabaseBackup, DateTime::UNIX_EPOCH, seq, 0);
        let checksum = serde_json::json!({"bytes": 2, "sha256": "0".repeat(64)});
        let manifest = serde_json::json!({
            "version": 1, "epoch": 1, "seq": seq, "count": 0, "digest": "0".repeat(64), "json": checksum,
            "b64": checksum, "exported_at": DateTime::UNIX_EPOCH, "pinned": pinned,
        });
        std::fs::write(dir.path.join(name.as_str()), "e30").unwrap();
        std::fs::write(dir.path.join(name.manifest()), manifest.to_string()).unwrap();
        name
    }

    #[test]
    fn a_backup_that_is_pinned_or_in_use_when_it_is_to_be_removed_stays() {
        let directory = tempfile::tempdir().unwrap();
        let dir = BackupDir::new(&DataDir::open(directory.path()).unwrap());
        let (plain, pinned, open) = (add(&dir, 1, false), add(&dir, 2, true), add(&dir, 3, false));
        let file = dir.open(&open).unwrap();
        let names = [plain.clone(), pinned.clone(), open.clone()];
        assert_eq!(dir.remove(&names).unwrap(), [plain]);
        for name in [&pinned, &open] {
            assert!(dir.path.join(name.as_str()).exists() && dir.path.join(name.manifest()).exists(), "{name}");
        }
        drop(file);
        dir.update_manifest(&pinned, |manifest| manifest.pinned = false).unwrap();
        assert_eq!(dir.remove(&names).unwrap(), [pinned, open]);
        assert_eq!(std::fs::read_dir(&dir.path).unwrap().count(), 0);
    }
}
