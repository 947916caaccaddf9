//! What is asked of a store whose tables may have been changed behind its back: to be looked at, and to be repaired.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::{SnapshotError, StoreError, StoreState};
use crate::domain::{CollectionDigest, Sha256, VideoId};

/// What the rows come to, by the checksums that are stored with them, beside what the state says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// What `store_state` says.
    pub state: StoreState,
    /// Number of rows.
    pub count: i64,
    /// Digest over their checksums.
    pub digest: CollectionDigest,
}

/// A row as it stands there, whole or not.
#[derive(Debug)]
pub struct SalvagedRow {
    /// Its id.
    pub video_id: VideoId,
    /// Its text.
    pub document: String,
    /// The checksum that is stored with it; none if that is none.
    pub recorded: Option<Sha256>,
    /// The write that put it there.
    pub seq: i64,
}

/// Takes rows one by one while they are read.
#[async_trait]
pub trait SalvageSink: Send {
    /// The next row, in the order of ids.
    async fn row(&mut self, row: SalvagedRow) -> std::io::Result<()>;
}

/// What could be read of a database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Salvaged {
    /// The state; none if its table or its row is gone.
    pub state: Option<StoreState>,
    /// The tables that are gone.
    pub missing_tables: Vec<String>,
    /// Why the rows could not be read to their end.
    pub problem: Option<String>,
}

/// A version in the history, without its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryOutline {
    /// Its video.
    pub video_id: VideoId,
    /// Checksum of its document.
    pub sha256: Sha256,
    /// The write that had put it there.
    pub seq: i64,
    /// Why it went.
    pub reason: String,
    /// The write that took its place.
    pub replaced_by_seq: i64,
    /// When.
    pub replaced_at: DateTime<Utc>,
}

/// Who repairs, and what they saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairRequest {
    /// The state that was seen; if it is another by now, nothing is repaired.
    pub expected: Option<StoreState>,
    /// The epoch that begins, if anything has to be repaired.
    pub epoch: i64,
    /// Id of the line of the audit.
    pub audit_id: Uuid,
    /// Who asked.
    pub actor: &'static str,
    /// When.
    pub at: DateTime<Utc>,
}

/// What was repaired. The tables agree with each other afterwards; what is gone is still gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RepairReport {
    /// The tables that were made anew, empty.
    pub made_tables: Vec<String>,
    /// Number of rows whose stored checksum was not that of their text; it is now.
    pub changed_rows: u64,
    /// Whether the state said something else than the rows.
    pub state_was_wrong: bool,
    /// The state now.
    pub state: StoreState,
}

impl RepairReport {
    /// Whether anything had to be repaired.
    pub fn anything(&self) -> bool {
        !self.made_tables.is_empty() || self.changed_rows > 0 || self.state_was_wrong
    }
}

/// A version that was found somewhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundVersion {
    /// Its video.
    pub video_id: VideoId,
    /// Its document, in the form in which it is stored.
    pub document: String,
}

/// Looking past what a database says of itself, and making it agree with itself again.
#[async_trait]
pub trait RepairRepository: Send + Sync {
    /// The tables of ours that are gone although the schema was made.
    async fn missing_tables(&self) -> Result<Vec<String>, StoreError>;
    /// Adds up the stored checksums; reads no document.
    async fn fingerprint(&self) -> Result<Fingerprint, StoreError>;
    /// Reads every row that can be read and believes nothing; tables may be gone.
    async fn salvage(&self, sink: &mut dyn SalvageSink) -> Result<Salvaged, SnapshotError>;
    /// The history without its documents, in the order in which it came about; empty if its table is gone.
    async fn history_outline(&self) -> Result<Vec<HistoryOutline>, StoreError>;
    /// Makes the tables that are gone, and lets checksums, number and digest be those of the rows that are there: one
    /// transaction in which nobody else writes. Removes nothing.
    async fn repair(&self, repair: &RepairRequest) -> Result<RepairReport, StoreError>;
    /// Puts versions that were found elsewhere into the history, unless it or the row has them; gives how many.
    async fn remember(
        &self,
        versions: &[FoundVersion],
        save_id: Uuid,
        actor: &'static str,
        at: DateTime<Utc>,
    ) -> Result<u64, StoreError>;
}
