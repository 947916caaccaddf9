//! Inspects and repairs a database whose tables were changed or dropped by another program.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::{SnapshotError, StoreError, StoreState};
use crate::domain::{Actor, CollectionDigest, Sha256, VideoId};

/// The count and digest of the rows according to their stored checksums, to compare with the state row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// The state row.
    pub state: StoreState,
    /// Number of rows.
    pub count: i64,
    /// Digest of the stored checksums.
    pub digest: CollectionDigest,
}

/// A row of `videos`, possibly damaged.
#[derive(Debug)]
pub struct SalvagedRow {
    /// The sermon.
    pub video_id: VideoId,
    /// The document.
    pub document: String,
    /// The stored checksum, or `None` if it is invalid.
    pub recorded: Option<Sha256>,
    /// Number of the write that saved the row.
    pub seq: i64,
}

/// Receives rows one at a time while they are being salvaged.
#[async_trait]
pub trait SalvageSink: Send {
    /// Receives the next row, ordered by ID.
    async fn row(&mut self, row: SalvagedRow) -> std::io::Result<()>;
}

/// Everything that could be read from a damaged database except its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Salvaged {
    /// Whether there is no database yet.
    pub is_new: bool,
    /// The state row, or `None` if the row or its table is missing.
    pub state: Option<StoreState>,
    /// The missing tables.
    pub missing_tables: Vec<String>,
    /// Why some of the database could not be read.
    pub problem: Option<String>,
}

/// A version in the history, without its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryOutline {
    /// The sermon.
    pub video_id: VideoId,
    /// Checksum of the document.
    pub sha256: Sha256,
    /// Number of the write that saved this version.
    pub seq: i64,
    /// Why this version was replaced.
    pub reason: String,
    /// Number of the write that replaced this version.
    pub replaced_by_seq: i64,
    /// When this version was replaced.
    pub replaced_at: DateTime<Utc>,
}

/// A repair to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairRequest {
    /// The state that was inspected. If it has changed since, nothing is repaired.
    pub expected: Option<StoreState>,
    /// The new epoch, used if anything has to be repaired.
    pub epoch: i64,
    /// ID of the audit entry to write.
    pub audit_id: Uuid,
    /// Who runs the repair.
    pub actor: Actor,
    /// Time of the repair.
    pub at: DateTime<Utc>,
}

/// The result of a repair. The tables are now consistent with each other, but lost rows are still lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RepairReport {
    /// The tables that were missing. They are now empty.
    pub created_tables: Vec<String>,
    /// Number of rows whose stored checksum did not match the document. The checksums have been corrected.
    pub changed_rows: u64,
    /// Whether the state row did not match the rows.
    pub state_was_wrong: bool,
    /// The state after the repair.
    pub state: StoreState,
}

impl RepairReport {
    /// Returns whether anything had to be repaired.
    pub fn changed_anything(&self) -> bool {
        !self.created_tables.is_empty() || self.changed_rows > 0 || self.state_was_wrong
    }
}

/// A version found outside the database, in an export or a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveredVersion {
    /// The sermon.
    pub video_id: VideoId,
    /// The document in its stored form.
    pub document: String,
}

/// Inspects and repairs the database. These methods do not rely on checksums, counters or tables being correct.
#[async_trait]
pub trait RepairRepository: Send + Sync {
    /// Returns whether the database exists and has any of our tables. Creates nothing.
    async fn exists(&self) -> Result<bool, StoreError>;
    /// Returns the tables of our schema that do not exist.
    async fn missing_tables(&self) -> Result<Vec<String>, StoreError>;
    /// Computes the count and digest from the stored checksums, without reading documents.
    async fn fingerprint(&self) -> Result<Fingerprint, StoreError>;
    /// Reads every readable row, without checking it. Tables may be missing.
    async fn salvage(&self, sink: &mut dyn SalvageSink) -> Result<Salvaged, SnapshotError>;
    /// Returns the history without its documents, oldest change first, or an empty list if the table is missing.
    async fn history_outline(&self) -> Result<Vec<HistoryOutline>, StoreError>;
    /// Creates missing tables and corrects checksums, count and digest to match the rows, in one transaction that
    /// excludes all other writers. Deletes nothing.
    async fn repair(&self, repair: &RepairRequest) -> Result<RepairReport, StoreError>;
    /// Adds versions to the history unless the history or the current row already has them. Returns the number added.
    async fn add_to_history(
        &self,
        versions: &[RecoveredVersion],
        save_id: Uuid,
        actor: &'static str,
        at: DateTime<Utc>,
    ) -> Result<u64, StoreError>;
}
