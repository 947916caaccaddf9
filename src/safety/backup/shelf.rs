//! The directory of backups: what lies there, opened by name, put there and taken away.
//!
//! Everything here blocks. Names are [`BackupName`]s, files are opened below the directory and without links.

use std::{
    fs::File,
    io::{self, Read},
    path::PathBuf,
};

use super::{BackupError, BackupManifest, BackupName, manifest};
use crate::safety::{
    DataDir,
    durable::{self, FileLock, SyncedFile},
};

/// The backups on disk.
#[derive(Debug, Clone)]
pub(in crate::safety) struct Shelf {
    directory: PathBuf,
    lock: PathBuf,
}

/// A file on the shelf, and what is known of it.
#[derive(Debug, Clone)]
pub(in crate::safety) struct Item {
    pub(in crate::safety) name: BackupName,
    pub(in crate::safety) bytes: u64,
    pub(in crate::safety) manifest: Option<BackupManifest>,
}

impl Shelf {
    pub(in crate::safety) fn of(data_dir: &DataDir) -> Self {
        Self { directory: data_dir.backups(), lock: data_dir.backups_lock() }
    }

    /// Where they lie.
    pub(super) fn directory(&self) -> &PathBuf {
        &self.directory
    }

    /// Every regular file with a name of ours, in no order.
    pub(in crate::safety) fn items(&self) -> io::Result<Vec<Item>> {
        let mut items = Vec::new();
        for entry in std::fs::read_dir(&self.directory)? {
            let entry = entry?;
            let Some(name) = entry.file_name().to_str().and_then(|name| BackupName::parse(name).ok()) else { continue };
            // Removed meanwhile.
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_file() {
                let manifest = self.manifest(&name)?;
                items.push(Item { name, bytes: metadata.len(), manifest });
            }
        }
        Ok(items)
    }

    /// Every backup with its manifest, in no order.
    pub(in crate::safety) fn all(&self) -> io::Result<Vec<(BackupName, Option<BackupManifest>)>> {
        Ok(self.items()?.into_iter().map(|item| (item.name, item.manifest)).collect())
    }

    /// Opens a backup, and marks it as in use as long as it is open.
    pub(in crate::safety) fn open(&self, name: &BackupName) -> Result<File, BackupError> {
        let file = durable::open_beneath(&self.directory, name.as_str()).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => BackupError::NotFound(name.clone()),
            io::ErrorKind::InvalidInput => BackupError::NoFile { name: name.clone(), reason: error.to_string() },
            _ => error.into(),
        })?;
        durable::mark_in_use(&file)?;
        Ok(file)
    }

    /// Whether somebody reads it.
    pub(super) fn is_in_use(&self, name: &BackupName) -> io::Result<bool> {
        durable::is_in_use(&durable::open_beneath(&self.directory, name.as_str())?)
    }

    /// The manifest of a backup; none if there is none that can be read.
    pub(in crate::safety) fn manifest(&self, name: &BackupName) -> io::Result<Option<BackupManifest>> {
        let file = match durable::open_beneath(&self.directory, &name.manifest()) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(manifest::MOST_BYTES as u64).read_to_end(&mut bytes)?;
        Ok(BackupManifest::parse(&bytes))
    }

    /// Changes the manifest of a backup, if there is one; gives the new one.
    pub(super) fn record(
        &self,
        name: &BackupName,
        change: impl FnOnce(&mut BackupManifest),
    ) -> io::Result<Option<BackupManifest>> {
        let _lock = FileLock::exclusive(&self.lock)?;
        let Some(mut manifest) = self.manifest(name)? else { return Ok(None) };
        change(&mut manifest);
        durable::write_atomic(&self.directory.join(name.manifest()), &manifest.to_json())?;
        Ok(Some(manifest))
    }

    /// Puts a file on the shelf under the first of these names that nothing has yet, its manifest before it: what
    /// is listed has one.
    pub(super) fn put(
        &self,
        mut file: SyncedFile,
        manifest: &BackupManifest,
        names: impl Iterator<Item = BackupName>,
    ) -> io::Result<BackupName> {
        let _lock = FileLock::exclusive(&self.lock)?;
        let taken = |error: &io::Error| error.kind() == io::ErrorKind::AlreadyExists;
        for name in names {
            let beside = self.directory.join(name.manifest());
            match durable::create(&beside, &manifest.to_json()) {
                Err(error) if taken(&error) => continue,
                done => done?,
            }
            match file.try_create(&self.directory.join(name.as_str())) {
                Ok(()) => {
                    durable::sync_directory(&self.directory)?;
                    return Ok(name);
                }
                Err(error) => {
                    std::fs::remove_file(&beside)?;
                    if !taken(&error) {
                        return Err(error);
                    }
                }
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "every name for it is taken"))
    }

    /// Takes what may go from the shelf: asks again for each while nobody else can change anything.
    pub(in crate::safety) fn remove(&self, names: &[BackupName]) -> io::Result<Vec<BackupName>> {
        let _lock = FileLock::exclusive(&self.lock)?;
        let mut removed = Vec::new();
        for name in names {
            let pinned = self.manifest(name)?.is_some_and(|manifest| manifest.pinned);
            let in_use = match self.is_in_use(name) {
                // Another was faster.
                Err(error) if error.kind() == io::ErrorKind::NotFound => true,
                in_use => in_use?,
            };
            if pinned || in_use {
                continue;
            }
            // The data first: a manifest alone is nothing, data alone would be an old backup of unknown contents.
            std::fs::remove_file(self.directory.join(name.as_str()))?;
            match std::fs::remove_file(self.directory.join(name.manifest())) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => removed.push(name.clone()),
            }
        }
        durable::sync_directory(&self.directory)?;
        Ok(removed)
    }
}
