//! Previews what a restore would change.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    Difference, RestoreError, Restores, blocking,
    source::{Source, SourceSummary},
};
use crate::{
    domain::{CollectionDigest, Sha256},
    safety::{backup::BackupName, durable},
    store::StoreState,
};

/// What a restore would change, and the disk space it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RestorePreview {
    /// Name of the backup. Typing this name confirms the restore.
    pub name: BackupName,
    /// Number of sermons in the backup.
    pub sermons: i64,
    /// Size of the backup file in bytes.
    pub bytes: u64,
    /// Checksum of the backup file.
    pub sha256: Sha256,
    /// Digest over the sermons as they would be stored.
    pub digest: CollectionDigest,
    /// Whether the backup has a manifest. If not, restoring it requires `accept_unverified`.
    pub has_manifest: bool,
    /// The current state of the database.
    pub current: StoreState,
    /// What would change.
    pub difference: Difference,
    /// Disk space needed and available.
    pub disk: DiskSpace,
    /// Token that confirms exactly this difference.
    pub plan_token: String,
    /// When the plan token expires.
    pub expires_at: DateTime<Utc>,
}

/// Disk space in the data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DiskSpace {
    /// Estimated size of what the restore writes: the snapshot, the new export and, with SQLite, each sermon twice.
    pub needed_bytes: u64,
    /// Free space.
    pub free_bytes: u64,
}

/// A backup that has been read in full and compared with the database.
#[derive(Debug)]
pub(super) struct CheckedSource {
    pub(super) source: Source,
    pub(super) summary: SourceSummary,
    pub(super) current: StoreState,
    pub(super) difference: Difference,
}

impl Restores {
    /// Reads a backup in full and returns what restoring it would change. Changes nothing.
    pub async fn preview(&self, name: &BackupName) -> Result<RestorePreview, RestoreError> {
        let CheckedSource { source, summary, current, difference } = self.check(name).await?;
        let (plan_token, expires_at) = self.key.token(&source.name, &summary.file_sha256, &current, self.clock.now());
        Ok(RestorePreview {
            disk: self.disk_space(summary.bytes).await?,
            has_manifest: source.manifest.is_some(),
            name: source.name,
            sermons: summary.count,
            bytes: summary.bytes,
            sha256: summary.file_sha256,
            digest: summary.digest,
            current,
            difference,
            plan_token,
            expires_at,
        })
    }

    /// Opens a backup, reads it in full and compares it with the database.
    pub(super) async fn check(&self, name: &BackupName) -> Result<CheckedSource, RestoreError> {
        let (files, wanted) = (self.backups.files().clone(), name.clone());
        let mut source = blocking(move || Source::open(&files, &wanted)).await?;
        let (current, outline) = self.store.outline().await?;
        let compared = blocking(move || source.compare_with(&outline).map(|result| (source, result)));
        let (source, (summary, difference)) = compared.await?;
        Ok(CheckedSource { source, summary, current, difference })
    }

    async fn disk_space(&self, file_bytes: u64) -> Result<DiskSpace, RestoreError> {
        let data_dir = self.data_dir.clone();
        blocking(move || {
            // The snapshot is as large as the current export. The new export is about twice the size of the backup
            // file, and so are the rows in SQLite and its log.
            let current = data_dir.results_b64().metadata().map_or(0, |metadata| metadata.len());
            let needed_bytes = current + 2 * file_bytes + 2 * file_bytes;
            Ok(DiskSpace { needed_bytes, free_bytes: durable::free_bytes(data_dir.root())? })
        })
        .await
    }
}
