//! What a restore would change, before anybody decides.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    Difference, RestoreError, Restores, blocking,
    source::{Holds, Source},
};
use crate::{
    domain::{CollectionDigest, Sha256},
    safety::{backup::BackupName, durable},
    store::StoreState,
};

/// What a restore would change, and what it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// The backup; to be typed as a confirmation.
    pub name: BackupName,
    /// Number of videos in it.
    pub videos: i64,
    /// Length of its file.
    pub bytes: u64,
    /// Checksum of its file.
    pub sha256: Sha256,
    /// Digest over its videos, as they would be stored.
    pub digest: CollectionDigest,
    /// Whether a manifest vouches for it; if not, `accept_unverified` is asked for.
    pub has_manifest: bool,
    /// What is there now.
    pub present: StoreState,
    /// What would change.
    pub difference: Difference,
    /// Space on the disk.
    pub disk: Disk,
    /// Confirms this difference and no other.
    pub plan_token: String,
    /// Until when it does.
    pub expires_at: DateTime<Utc>,
}

/// Space in the data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Disk {
    /// About so many bytes are written meanwhile: the snapshot, the new export, and with SQLite the videos twice.
    pub needed_bytes: u64,
    /// So many are free.
    pub free_bytes: u64,
}

/// A source that was read to its end, and what it was compared with.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) source: Source,
    pub(super) holds: Holds,
    pub(super) present: StoreState,
    pub(super) difference: Difference,
}

impl Restores {
    /// Reads a backup to its end and tells what restoring it would change. Changes nothing.
    pub async fn preview(&self, name: &BackupName) -> Result<Preview, RestoreError> {
        let checked = self.check(name).await?;
        self.preview_of(&checked).await
    }

    /// Opens a backup, reads it to its end, and compares it with what is there.
    pub(super) async fn check(&self, name: &BackupName) -> Result<Checked, RestoreError> {
        let (files, wanted) = (self.backups.files().clone(), name.clone());
        let mut source = blocking(move || Source::open(&files, &wanted)).await?;
        let (present, outline) = self.store.outline().await?;
        let checked = blocking(move || source.check(&outline).map(|found| (source, found)));
        let (source, (holds, difference)) = checked.await?;
        Ok(Checked { source, holds, present, difference })
    }

    pub(super) async fn preview_of(&self, checked: &Checked) -> Result<Preview, RestoreError> {
        let Checked { source, holds, present, difference } = checked;
        let (plan_token, expires_at) = self.key.token(&source.name, &holds.file_sha256, present, self.clock.now());
        Ok(Preview {
            name: source.name.clone(),
            videos: holds.count,
            bytes: holds.bytes,
            sha256: holds.file_sha256,
            digest: holds.digest,
            has_manifest: source.manifest.is_some(),
            present: present.clone(),
            difference: difference.clone(),
            disk: self.disk(holds.bytes).await?,
            plan_token,
            expires_at,
        })
    }

    async fn disk(&self, file_bytes: u64) -> Result<Disk, RestoreError> {
        let data_dir = self.data_dir.clone();
        blocking(move || {
            // The snapshot is as long as an export of the present; the new export as long as the file, twice.
            let present = data_dir.results_b64().metadata().map_or(0, |metadata| metadata.len());
            let needed_bytes = present + 2 * file_bytes + 2 * file_bytes;
            Ok(Disk { needed_bytes, free_bytes: durable::free_bytes(data_dir.root())? })
        })
        .await
    }
}
