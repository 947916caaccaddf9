//! Copies of backups in the offsite store.

use std::{collections::HashMap, io};

use futures_util::Stream;
use tokio_util::bytes::Bytes;

use super::{Offsite, RemoteError};
use crate::{
    blocking::blocking,
    safety::backup::{BackupError, BackupFile, BackupKind, BackupManifest, BackupName, MAX_MANIFEST_BYTES},
};

/// Why an operation on offsite copies failed.
#[derive(Debug, thiserror::Error)]
pub enum OffsiteError {
    /// No store is configured.
    #[error("no offsite store is configured; set BACKUP_STORE_URL")]
    NotConfigured,
    /// The store reported an error or could not be reached.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The local backup could not be read or written.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// What was read back from the store differs from what was sent. The copy has been removed.
    #[error("the copy of {0} could not be read back as it was sent and was removed: the store returned {1}")]
    ReadBackMismatch(BackupName, String),
    /// There is no copy of this backup.
    #[error("there is no offsite copy of {0}; `backup list` shows which backups have one")]
    NoSuchCopy(BackupName),
}

impl Offsite {
    /// Lists the store and updates the status.
    pub async fn refresh(&self) -> Result<(), OffsiteError> {
        let listed = self.list_copies().await.map_err(OffsiteError::from);
        self.record(&listed);
        listed.map(drop)
    }

    /// Lists the complete copies, and the sizes of their files.
    async fn list_copies(&self) -> Result<HashMap<BackupName, u64>, RemoteError> {
        let objects: HashMap<String, u64> = self.remote.list().await?.into_iter().collect();
        self.record_entries(objects.keys().cloned());
        let as_copy = |(object, bytes): (&String, &u64)| {
            let name = BackupName::parse(object).ok().filter(|name| name.kind() != BackupKind::EmergencySave)?;
            // A copy without a manifest was interrupted, and will be made again.
            objects.contains_key(&name.manifest()).then_some((name, *bytes))
        };
        let copies: HashMap<_, _> = objects.iter().filter_map(as_copy).collect();
        self.record_copies(copies.clone());
        Ok(copies)
    }

    /// Copies the verified backups that are not in the store yet, and returns how many it copied.
    ///
    /// Safety backups are not copied. There is one for each write, and other backups and the history cover them.
    pub async fn copy_missing(&self) -> Result<usize, OffsiteError> {
        let copied = self.try_copy_missing().await;
        self.record(&copied);
        if copied.is_ok() {
            let now = self.clock.now();
            self.status.send_modify(|status| status.complete_at = Some(now));
        }
        copied
    }

    async fn try_copy_missing(&self) -> Result<usize, OffsiteError> {
        let mut copies = self.list_copies().await?;
        let files = self.files.clone();
        let local: io::Result<_> = blocking(move || files.files()).await;
        let mut missing: Vec<(BackupName, BackupManifest)> = local
            .map_err(BackupError::from)?
            .into_iter()
            .filter(|file| file.name.kind() != BackupKind::PreWrite)
            .filter_map(|BackupFile { name, manifest, .. }| manifest.map(|manifest| (name, manifest)))
            .filter(|(_, manifest)| manifest.verified_at.is_some() && manifest.problem.is_none())
            .filter(|(name, manifest)| copies.get(name) != Some(&manifest.contents.b64.bytes))
            .collect();
        // Newest first.
        missing.sort_by_key(|(name, _)| std::cmp::Reverse((name.at(), name.seq())));
        let mut count = 0;
        for (pending, (name, manifest)) in (1..=missing.len()).rev().zip(missing) {
            self.status.send_modify(|status| status.pending = pending);
            match self.copy(&name, &manifest).await {
                // The backup has been removed in the meantime.
                Err(OffsiteError::Backup(BackupError::NotFound(_))) => continue,
                result => result?,
            }
            copies.insert(name, manifest.contents.b64.bytes);
            self.record_copies(copies.clone());
            count += 1;
        }
        self.status.send_modify(|status| status.pending = 0);
        Ok(count)
    }

    /// Copies a backup, reads the copy back, and then writes its manifest.
    async fn copy(&self, name: &BackupName, manifest: &BackupManifest) -> Result<(), OffsiteError> {
        let (files, wanted) = (self.files.clone(), name.clone());
        // The backup cannot be removed while it is open.
        let file = blocking(move || files.open(&wanted)).await?;
        let expected = manifest.contents.b64;
        self.remote.put_file(name.as_str(), file, expected.bytes).await?;
        let found = self.remote.checksum(name.as_str()).await?;
        if found != Some(expected) {
            self.remote.remove(name.as_str()).await?;
            let found = found.map_or("nothing".to_owned(), |checksum| {
                format!("{} bytes with the SHA-256 {}", checksum.bytes, checksum.sha256)
            });
            return Err(OffsiteError::ReadBackMismatch(name.clone(), found));
        }
        let json = manifest.to_json();
        self.remote.put(&name.manifest(), json.clone()).await?;
        if self.remote.read(&name.manifest(), MAX_MANIFEST_BYTES).await?.as_ref() != Some(&json) {
            self.remote.remove(&name.manifest()).await?;
            return Err(OffsiteError::ReadBackMismatch(name.clone(), "a different manifest".to_owned()));
        }
        tracing::info!(%name, url = self.remote.url(), "copied a backup offsite");
        Ok(())
    }

    /// Returns the manifest of a copy and a stream of its file.
    pub(in crate::safety) async fn fetch(
        &self,
        name: &BackupName,
    ) -> Result<(BackupManifest, impl Stream<Item = Result<Bytes, RemoteError>> + Send + use<>), OffsiteError> {
        let missing = || OffsiteError::NoSuchCopy(name.clone());
        let manifest = self.read_manifest(name).await?.ok_or_else(missing)?;
        let stream = self.remote.get(name.as_str()).await?.ok_or_else(missing)?;
        Ok((manifest, stream))
    }

    /// Returns the copies as if they were local backup files.
    pub(in crate::safety) async fn files(&self) -> Result<Vec<BackupFile>, OffsiteError> {
        let copies = self.list_copies().await?;
        let mut files = Vec::with_capacity(copies.len());
        for (name, bytes) in copies {
            let manifest = self.read_manifest(&name).await?;
            let exported_at = manifest.as_ref().map(|manifest| manifest.contents.exported_at);
            let modified = exported_at.or(name.at()).unwrap_or_default();
            files.push(BackupFile { name, bytes, modified, manifest, problem: None });
        }
        Ok(files)
    }

    /// Removes copies. The manifests are removed first, because a file without a manifest does not count as a copy.
    pub(in crate::safety) async fn remove(&self, names: &[BackupName]) -> Result<(), OffsiteError> {
        for name in names {
            self.remote.remove(&name.manifest()).await?;
            self.remote.remove(name.as_str()).await?;
        }
        self.refresh().await
    }

    async fn read_manifest(&self, name: &BackupName) -> Result<Option<BackupManifest>, RemoteError> {
        let bytes = self.remote.read(&name.manifest(), MAX_MANIFEST_BYTES).await?;
        Ok(bytes.and_then(|bytes| BackupManifest::parse(&bytes)))
    }
}
