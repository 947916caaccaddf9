//! What is kept, and how: the repository traits and their one SQL body for both databases.
//!
//! One method is one transaction. Callers hold an `Arc<dyn Store>` from [`connect()`] and never see SQL.
//!
//! | what is asked | how it is answered |
//! |---|---|
//! | `video` | `sql_videos`, a line a method; `save`, `delete`, `read`, `list`, `history`, `versions`, `mentions` do the work |
//! | | `state`: the row that orders all writes; `columns`: what is derived from a document; `totals`: sums over all |
//! | `stats` | in itself: sums over periods and churches, kept current by the writes |
//! | `citations` | in itself: who cites a book, a chapter, a verse |
//! | `spoken` | in itself: the search over titles, churches and spoken words |
//! | `job` | `sql_jobs` |
//! | `audit` | `sql_audit` |
//! | `restore` | `sql_restore`; `replace` does the work |
//! | `maintenance` | `sql_upkeep` |
//! | `repair` | `sql_mend`; `tables` knows how a table of ours is made anew |
//! | [`Store`] | `sql_store`: pools, deadlines, migrations; `connect` and `sqlite_file` make one |
//!
//! `sql` is the only place where the types of the two databases meet. This module knows no files but those of
//! SQLite, and nobody who asks.

mod audit;
mod citations;
mod columns;
mod connect;
mod cursor;
mod delete;
mod error;
mod gzip;
mod history;
mod stats;
mod job;
mod list;
mod repair;
mod mentions;
mod read;
mod replace;
mod restore;
mod save;
mod scratch;
mod search;
mod sql;
mod sql_audit;
mod sql_jobs;
mod sql_repair;
mod sql_restore;
mod sql_store;
mod sql_maintenance;
mod sql_videos;
mod sqlite_file;
mod staging;
mod state;
mod tables;
mod totals;
mod maintenance;
mod versions;
mod video;

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use audit::{AuditEntry, AuditRepository};
pub use citations::{BookStats, Citation, CitationRepository, CitingPage, CitingSermon, Related};
pub use connect::{ConnectError, DatabaseSettings, connect};
pub use error::StoreError;
pub use stats::{Church, CollectionStats, StatsFilter, StatsRepository, Period, StatsPosition, PeriodStats, TrendPoint, TrendStep};
pub use job::{ClaimedJob, JobOutcome, JobRepository};
pub use repair::{
    Fingerprint, FoundVersion, HistoryOutline, RepairRequest, RepairRepository, RepairReport, SalvageSink, Salvaged, SalvagedRow,
};
pub use restore::{
    BeforeReplacing, NewRestore, Outcome, ReplaceError, Replaced, Replacement, RestoreEntry, RestoreRepository,
    RestoreState, StagedVideo, VideoOutline,
};
pub use scratch::Scratches;
pub use search::{SearchHit, SearchPage, SearchRepository, IndexedText};
pub use maintenance::{MaintenanceOutcome, MaintenanceEntry, MaintenanceRepository};
pub use video::{
    DocumentSink, HistoryEntry, InvalidCursor, OldVersion, StoredCaptions, SaveOutcome, SavePolicy, SaveVideo, Saved,
    SnapshotError, StoredVideo, Totals, VideoPage, VideoQuery, VideoRepository, VideoSort, VideoSummary,
};

use crate::domain::CollectionDigest;

/// The one row that orders all writes and proves the whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreState {
    /// Changes with each restore, so that positions of different lives are never compared.
    pub epoch: i64,
    /// One more with each committed write, without gaps.
    pub seq: i64,
    /// Number of videos.
    pub count: i64,
    /// Digest over all videos.
    pub digest: CollectionDigest,
}

/// What is known of the database itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatabaseInfo {
    /// `SQLite` or `PostgreSQL`.
    pub name: &'static str,
    /// Version of the server or library.
    pub version: String,
    /// Where it is, without a password.
    pub location: String,
    /// What its durability rests on, such as `journal_mode=wal synchronous=full`, and whether that is enough.
    pub durability: String,
    /// Whether a commit survives a power cut.
    pub durable: bool,
    /// The newest migration that has run.
    pub schema_version: i64,
}

/// The database as a whole.
#[async_trait]
pub trait Store:
    VideoRepository
    + JobRepository
    + AuditRepository
    + RestoreRepository
    + RepairRepository
    + MaintenanceRepository
    + StatsRepository
    + CitationRepository
    + SearchRepository
    + RepairRepository
    + MaintenanceRepository
    + fmt::Debug
{
    /// Brings the schema up to date; gives the migrations that ran.
    async fn migrate(&self) -> Result<Vec<String>, StoreError>;
    /// Whether the database answers and has our schema.
    async fn ready(&self) -> Result<(), StoreError>;
    /// Version, place and durability.
    async fn info(&self) -> Result<DatabaseInfo, StoreError>;
    /// Closes all connections.
    async fn close(&self);
}
