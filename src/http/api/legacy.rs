//! Adds the previous system's keys to the responses of its routes, alongside our own, so that old clients keep working.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::safety::backup::{BackupInfo, BackupName};

/// The format of `created` and `date`: UTC without an offset, like Python's `isoformat` for a naive datetime.
const NAIVE_TIME: &str = "%Y-%m-%dT%H:%M:%S";

/// A response with `success` and `message`.
#[derive(Debug, Serialize)]
pub(super) struct Done<T> {
    success: bool,
    message: String,
    #[serde(flatten)]
    body: T,
}

impl<T> Done<T> {
    pub(super) fn new(message: String, body: T) -> Self {
        Self { success: true, message, body }
    }
}

/// A backup with `size`, `created` and `created_human`.
#[derive(Debug, Serialize)]
pub(super) struct LegacyBackup {
    #[serde(flatten)]
    backup: BackupInfo,
    size: u64,
    created: String,
    created_human: String,
}

impl From<BackupInfo> for LegacyBackup {
    fn from(backup: BackupInfo) -> Self {
        let (size, created_at) = (backup.bytes, backup.created_at);
        let created_human = created_at.format("%Y-%m-%d %H:%M:%S").to_string();
        Self { size, created: naive(created_at), created_human, backup }
    }
}

/// The statistics in the previous system's format.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LegacyStats {
    /// Number of backups.
    total_backups: usize,
    /// Total size of all backup files, in bytes.
    total_size: u64,
    /// Total size in units of 1,048,576 bytes.
    total_size_mb: f64,
    /// The oldest backup.
    oldest: Option<DatedName>,
    /// The newest backup.
    newest: Option<DatedName>,
}

/// The name of a backup and when it was created.
#[derive(Debug, Serialize, ToSchema)]
struct DatedName {
    #[schema(value_type = String)]
    name: BackupName,
    /// When the backup was created, in UTC without an offset.
    date: String,
}

impl LegacyStats {
    /// Computes the statistics of a list, which must be sorted newest first.
    pub(super) fn new(list: &[BackupInfo]) -> Self {
        let total_size: u64 = list.iter().map(|backup| backup.bytes).sum();
        let dated = |backup: &BackupInfo| DatedName { name: backup.name.clone(), date: naive(backup.created_at) };
        Self {
            total_backups: list.len(),
            total_size,
            total_size_mb: megabytes(total_size),
            oldest: list.last().map(dated),
            newest: list.first().map(dated),
        }
    }
}

fn naive(time: DateTime<Utc>) -> String {
    time.format(NAIVE_TIME).to_string()
}

/// Converts a size to megabytes, rounded to two decimals.
#[expect(clippy::cast_precision_loss, reason = "two decimals are shown")]
fn megabytes(bytes: u64) -> f64 {
    (bytes as f64 / 1024.0 / 1024.0 * 100.0).round() / 100.0
}
