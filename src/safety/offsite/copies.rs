//! Backups in the second place: copied there, fetched back, and thrown away there by the same rules.

use std::collections::HashMap;

use futures_util::Stream;
use tokio_util::bytes::Bytes;

use super::{Offsite, RemoteError};
use crate::safety::backup::{BackupError, BackupKind, BackupManifest, BackupName, Item, MOST_MANIFEST_BYTES, blocking};

/// Something did not work with the second place.
#[derive(Debug, thiserror::Error)]
pub enum OffsiteError {
    /// There is none.
    #[error("no second place for backups is set: BACKUP_STORE_URL names it")]
    NotSet,
    /// The store.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// A backup here.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// What was read back is not what was sent.
    #[error("the copy of {0} was not what was sent when it was read back, and was removed: the store gave {1}")]
    NotReadBack(BackupName, String),
    /// There is no such copy.
    #[error("there is no copy of {0}; `backup list` shows those that are there")]
    NoCopy(BackupName),
}

impl Offsite {
    /// Looks what is there.
    pub async fn look(&self) -> Result<(), OffsiteError> {
        let listed = self.copies().await.map_err(OffsiteError::from);
        self.note(&listed);
        listed.map(drop)
    }

    /// Those that are there with their manifests, and the lengths of their files.
    async fn copies(&self) -> Result<HashMap<BackupName, u64>, RemoteError> {
        let objects: HashMap<String, u64> = self.remote.list().await?.into_iter().collect();
        self.see_results(objects.keys().cloned());
        let of_backup = |(object, bytes): (&String, &u64)| {
            let name = BackupName::parse(object).ok().filter(|name| name.kind() != BackupKind::EmergencySave)?;
            // Without one it is of a copy that was broken off, and is going to be written anew.
            objects.contains_key(&name.manifest()).then_some((name, *bytes))
        };
        let copies: HashMap<_, _> = objects.iter().filter_map(of_backup).collect();
        self.remember(copies.clone());
        Ok(copies)
    }

    /// Copies every verified backup that is not there yet; gives the number of copies. Those of before a write are not
    /// copied: there is one for each write, and the backups and the history have what is in them.
    pub async fn copy_missing(&self) -> Result<usize, OffsiteError> {
        let copied = self.try_copy_missing().await;
        self.note(&copied);
        if copied.is_ok() {
            let now = self.clock.now();
            self.status.send_modify(|status| status.complete_at = Some(now));
        }
        copied
    }

    async fn try_copy_missing(&self) -> Result<usize, OffsiteError> {
        let mut copies = self.copies().await?;
        let files = self.files.clone();
        let mut missing: Vec<(BackupName, BackupManifest)> = blocking(move || Ok(files.items()?))
            .await?
            .into_iter()
            .filter(|item| item.name.kind() != BackupKind::PreWrite)
            .filter_map(|Item { name, manifest, .. }| manifest.map(|manifest| (name, manifest)))
            .filter(|(_, manifest)| manifest.verified_at.is_some() && manifest.problem.is_none())
            .filter(|(name, manifest)| copies.get(name) != Some(&manifest.contents.b64.bytes))
            .collect();
        // The newest is worth most.
        missing.sort_by_key(|(name, _)| std::cmp::Reverse((name.at(), name.seq())));
        let mut done = 0;
        for (left, (name, manifest)) in (1..=missing.len()).rev().zip(missing) {
            self.status.send_modify(|status| status.missing = left);
            match self.copy(&name, &manifest).await {
                // Cleaned up meanwhile.
                Err(OffsiteError::Backup(BackupError::NotFound(_))) => continue,
                ended => ended?,
            }
            copies.insert(name, manifest.contents.b64.bytes);
            self.remember(copies.clone());
            done += 1;
        }
        self.status.send_modify(|status| status.missing = 0);
        Ok(done)
    }

    /// Copies a backup, reads the copy back, and puts its manifest beside it.
    async fn copy(&self, name: &BackupName, manifest: &BackupManifest) -> Result<(), OffsiteError> {
        let (files, wanted) = (self.files.clone(), name.clone());
        // As long as it is open, it is not removed.
        let file = blocking(move || files.open(&wanted)).await?;
        let said = manifest.contents.b64;
        self.remote.put_file(name.as_str(), file, said.bytes).await?;
        let found = self.remote.sum(name.as_str()).await?;
        if found != Some(said) {
            self.remote.remove(name.as_str()).await?;
            let found =
                found.map_or("nothing".to_owned(), |sum| format!("{} bytes with the sha256 {}", sum.bytes, sum.sha256));
            return Err(OffsiteError::NotReadBack(name.clone(), found));
        }
        let json = manifest.to_json();
        self.remote.put(&name.manifest(), json.clone()).await?;
        if self.remote.read(&name.manifest(), MOST_MANIFEST_BYTES).await?.as_ref() != Some(&json) {
            self.remote.remove(&name.manifest()).await?;
            return Err(OffsiteError::NotReadBack(name.clone(), "another manifest".to_owned()));
        }
        tracing::info!(%name, place = self.remote.title(), "copied a backup to the second place");
        Ok(())
    }

    /// The manifest of a copy, and its file as it comes in.
    pub(in crate::safety) async fn fetch(
        &self,
        name: &BackupName,
    ) -> Result<(BackupManifest, impl Stream<Item = Result<Bytes, RemoteError>> + Send + use<>), OffsiteError> {
        let missing = || OffsiteError::NoCopy(name.clone());
        let manifest = self.manifest_of(name).await?.ok_or_else(missing)?;
        let stream = self.remote.get(name.as_str()).await?.ok_or_else(missing)?;
        Ok((manifest, stream))
    }

    /// What is there, as it would lie on the shelf.
    pub(in crate::safety) async fn items(&self) -> Result<Vec<Item>, OffsiteError> {
        let copies = self.copies().await?;
        let mut items = Vec::with_capacity(copies.len());
        for (name, bytes) in copies {
            let manifest = self.manifest_of(&name).await?;
            items.push(Item { name, bytes, manifest });
        }
        Ok(items)
    }

    /// Removes copies; the manifest first, for without one it is no copy.
    pub(in crate::safety) async fn remove(&self, names: &[BackupName]) -> Result<(), OffsiteError> {
        for name in names {
            self.remote.remove(&name.manifest()).await?;
            self.remote.remove(name.as_str()).await?;
        }
        self.look().await
    }

    async fn manifest_of(&self, name: &BackupName) -> Result<Option<BackupManifest>, RemoteError> {
        let bytes = self.remote.read(&name.manifest(), MOST_MANIFEST_BYTES).await?;
        Ok(bytes.and_then(|bytes| BackupManifest::parse(&bytes)))
    }
}
