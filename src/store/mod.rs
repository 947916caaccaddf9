//! Storage: the repository traits and the SQL that implements them on SQLite and PostgreSQL.
//!
//! Each method is one transaction. Callers hold an `Arc<dyn Store>` from [`connect()`] and never see SQL.
//!
//! | trait | defined in | implemented in |
//! |---|---|---|
//! | [`Store`] | `mod` | `sql_store`: pools, deadlines, migrations |
//! | [`VideoRepository`] | `video` | `sql_videos`, which delegates to `save`, `delete`, `read`, `list`, `history` and `versions` |
//!
//!  [`StatsRepository`]
//!  `stats`
//!  `stats`: statistics by period and church, updated by every write
//!
//!
//!  [`GroupRepository`]
//!  `stats`
//!  `stats`: statistics by speaker and series
//!
//! | [`CitationRepository`] | `citations` | `citations`: which sermons cite a book, chapter or verse |
//! | [`SearchRepository`] | `search` | `search`: full-text search over titles, churches and transcripts |
//! | [`JobRepository`] | `job` | `sql_jobs` |
//! | [`JobListRepository`] | `job_list` | `sql_job_list` |
//! | [`AuditRepository`] | `audit` | `sql_audit` |
//! | [`SessionRepository`] | `session` | `session` |
//! | [`TokenRepository`] | `token` | `token` |
//! | [`RestoreRepository`] | `restore` | `sql_restore`, with `staging` and `replace` |
//! | [`MaintenanceRepository`] | `maintenance` | `sql_maintenance` |
//! | [`RepairRepository`] | `repair` | `sql_repair` |
//! | [`AdoptionRepository`] | `adoption` | `sql_adoption` |
//! | [`CopyRepository`] | `copy` | `copy`: copies everything into an empty database |
//! | [`InstanceRepository`] | `instances` | `instances` |
//!
//! The implementations share `state` (the row that serializes all writes), `columns` (what is derived from a document),
//! `mentions`, `cursor` and `gzip`. `dialect` contains everything that differs between the databases, `sql` builds
//! statements, and `schema` has the current schema. `connect` opens a store, `postgres` finds out how to connect, and
//! `pools` holds the connections. `sqlite_file` creates a database file, and `scratch` creates databases for restore
//! drills. `legacy` reads the database of the previous system. The only files that this module touches are SQLite's.

mod adoption;
mod audit;
mod carry_over;
mod citations;
mod columns;
mod connect;
mod copy;
mod cursor;
mod delete;
mod dialect;
mod error;
mod file_watch;
mod gzip;
mod history;
mod instances;
mod job;
mod job_list;
mod legacy;
mod list;
mod maintenance;
mod mentions;
mod pools;
mod postgres;
mod read;
mod repair;
mod replace;
mod restore;
mod revise;
mod save;
mod save_batch;
mod schema;
mod scratch;
mod search;
mod session;
mod sql;
mod sql_adoption;
mod sql_audit;
mod sql_job_list;
mod sql_jobs;
mod sql_maintenance;
mod sql_repair;
mod sql_restore;
mod sql_store;
mod sql_videos;
mod sqlite_file;
mod staging;
mod state;
mod stats;
mod submission;
mod token;
mod version;
mod versions;
mod video;

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use adoption::{AdoptionEntry, AdoptionLease, AdoptionProgress, AdoptionRepository, NewAdoption};
pub use audit::{AuditEntry, AuditRepository};
pub use citations::{BookStats, Citation, CitationRepository, CitingPage, CitingSermon, RelatedSermon};
pub use connect::{ConnectError, DatabaseSettings, connect};
pub use copy::{CopyOutline, CopyRepository, CopySink, DatabaseCopyError, NewCopy, TableCount, TableRows};
pub use error::StoreError;
pub use instances::{InstanceEntry, InstanceRepository, MinimumVersionOutcome};
pub use job::{ClaimedJob, JobOutcome, JobRepository};
pub use job_list::{CancelOutcome, JobCounts, JobListRepository, JobPage, JobQuery, RetryOutcome};
pub use legacy::{LegacyContents, LegacyDatabase, LegacyRow, LegacySink};
pub use maintenance::{MaintenanceEntry, MaintenanceOutcome, MaintenanceRepository};
pub use postgres::{ConnectionLimit, ConnectionReport, Pooler};
pub use repair::{
    Fingerprint, HistoryOutline, RecoveredVersion, RepairReport, RepairRepository, RepairRequest, SalvageSink,
    Salvaged, SalvagedRow,
};
pub use restore::{
    ChangeCounts, NewRestore, ReplaceError, ReplaceGuard, ReplaceOutcome, Replacement, RestoreEntry, RestoreRepository,
    RestoreState, StagedVideo, VideoOutline,
};
pub use revise::Revision;
pub use scratch::ScratchDatabases;
pub use search::{IndexedText, MAX_RESULTS, SearchHit, SearchPage, SearchRepository};
pub use session::SessionRepository;
pub use stats::{
    AllTimeStats, Church, ChurchSermons, CollectionStats, Group, GroupKind, GroupRepository, GroupStats, Period,
    PeriodStats, StatsFilter, StatsPosition, StatsRepository, TrendPoint, TrendStep, group_slug, is_same_group,
    most_cited,
};
pub use token::{NewToken, TokenRepository};
pub use video::{
    DocumentSink, HistoryBounds, HistoryEntry, HistorySummary, InvalidCursor, OldVersion, Preached, SaveOutcome,
    SavePolicy, SaveRequest, Saved, SnapshotError, StoredCaptions, StoredVideo, VideoPage, VideoQuery, VideoRepository,
    VideoSort, VideoSummary,
};

use crate::domain::CollectionDigest;

/// The row that serializes all writes. Its digest proves that a copy of the collection is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreState {
    /// A random number that changes with every restore, so that write numbers from before and after are never compared.
    pub epoch: i64,
    /// The number of the last write. Increases by one with each committed write, without gaps.
    pub seq: i64,
    /// Number of sermons.
    pub count: i64,
    /// Digest over all sermons.
    pub digest: CollectionDigest,
}

/// Facts about the database server or library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatabaseInfo {
    /// `SQLite` or `PostgreSQL`.
    pub name: &'static str,
    /// Version of the server or library.
    pub version: String,
    /// The location of the database, without the password.
    pub location: String,
    /// The settings that durability depends on, such as `journal_mode=wal synchronous=full`.
    pub durability: String,
    /// Whether a commit survives a power failure with these settings.
    pub durable: bool,
    /// The newest applied migration.
    pub schema_version: i64,
    /// The limits on the connections of this instance.
    pub connections: ConnectionReport,
}

/// The state of a connection pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStatus {
    /// `readers`, `writers` or `staging`.
    pub name: &'static str,
    /// Number of open connections.
    pub size: usize,
    /// Number of open connections that are not in use.
    pub idle: usize,
}

/// The database: all repositories, and its life cycle.
#[async_trait]
pub trait Store:
    VideoRepository
    + StatsRepository
    + GroupRepository
    + CitationRepository
    + SearchRepository
    + JobRepository
    + JobListRepository
    + AuditRepository
    + SessionRepository
    + TokenRepository
    + RestoreRepository
    + MaintenanceRepository
    + RepairRepository
    + AdoptionRepository
    + CopyRepository
    + InstanceRepository
    + fmt::Debug
{
    /// Runs the pending migrations and returns their names.
    async fn migrate(&self) -> Result<Vec<String>, StoreError>;
    /// Fails unless the database responds and has all our tables.
    async fn ready(&self) -> Result<(), StoreError>;
    /// Returns the current time by the database's clock, which all instances share. Leases use it, because the clocks
    /// of instances may differ.
    async fn now(&self) -> Result<DateTime<Utc>, StoreError>;
    /// Returns the version, location, durability settings and connection limits.
    async fn info(&self) -> Result<DatabaseInfo, StoreError>;
    /// Returns the state of the connection pools, without querying the database.
    fn pools(&self) -> Vec<PoolStatus>;
    /// Closes all connections.
    async fn close(&self);
}
