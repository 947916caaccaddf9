//! Describes the JSON of types that do not depend on `OpenAPI`, most of them parts of `/readyz`.
#![expect(dead_code, reason = "describes other types in the OpenAPI document")]

use chrono::{DateTime, Utc};
use utoipa::ToSchema;
use uuid::Uuid;

/// Status of the export.
#[derive(Debug, ToSchema)]
pub(super) struct ExportStatusBody {
    /// The last successful export.
    last: Option<ExportReportBody>,
    /// Why the last attempt failed.
    error: Option<String>,
    /// Why the shrink guard is keeping the last successful export.
    suspect: Option<String>,
}

/// An export.
#[derive(Debug, ToSchema)]
pub(super) struct ExportReportBody {
    /// Number of sermons.
    sermons: i64,
    /// Epoch of the database.
    epoch: i64,
    /// `seq` of the last write that the export includes.
    seq: i64,
    /// Size of `results.json`.
    json_bytes: u64,
    /// Size of `results.json.b64`.
    b64_bytes: u64,
    /// When the export finished.
    finished_at: DateTime<Utc>,
}

/// Status of the offsite store.
#[derive(Debug, ToSchema)]
pub(super) struct OffsiteStatusBody {
    /// URL of the store, without credentials.
    url: String,
    /// Number of complete copies.
    copies: usize,
    /// Total size of the copies in bytes.
    bytes: u64,
    /// Name of the newest copy.
    newest: Option<String>,
    /// Number of verified backups that have not been copied yet.
    pending: usize,
    /// Number of spool entries that were written to the store because neither the database nor the disk could save
    /// them.
    spooled: usize,
    /// When all verified backups were last known to be in the store.
    complete_at: Option<DateTime<Utc>>,
    /// Why the last request failed.
    error: Option<String>,
}

/// Whether the database contains what was saved.
#[derive(Debug, ToSchema)]
pub(super) struct IntegrityStatusBody {
    /// When the check ran.
    checked_at: Option<DateTime<Utc>>,
    /// What is missing from the database.
    problem: Option<String>,
    /// Which backups and export could fill the database, if it has never been written to.
    uninitialized: Option<String>,
}

/// An instance that shares the database.
#[derive(Debug, ToSchema)]
pub(super) struct InstanceBody {
    /// ID of the instance, which is new at each start.
    id: Uuid,
    /// Version of the instance.
    version: String,
    /// When the instance started.
    started_at: DateTime<Utc>,
    /// When the instance last recorded that it is alive.
    heartbeat_at: DateTime<Utc>,
    /// Whether the last heartbeat is recent.
    is_alive: bool,
}

/// A maintenance task.
#[derive(Debug, ToSchema)]
pub(super) struct TaskStatusBody {
    /// `backup`, `drill`, `scrub` or `cleanup`.
    task: String,
    /// Interval in hours, or null if the task is not scheduled.
    every_hours: Option<i64>,
    /// When the task runs next.
    due_at: Option<DateTime<Utc>>,
    /// Whether an instance is currently running the task.
    running: bool,
    /// When the last run ended.
    finished_at: Option<DateTime<Utc>>,
    /// Whether the last run succeeded.
    ok: Option<bool>,
    /// What the last run did, or why it failed.
    message: Option<String>,
    /// When a run last succeeded.
    ok_at: Option<DateTime<Utc>>,
}

/// A database of the previous system.
#[derive(Debug, ToSchema)]
pub(super) struct OldDatabaseBody {
    /// Name of the file or database, without its location.
    name: String,
    /// `waiting`, `adopting`, `adopted`, `not_adopted`, `elsewhere` or `unreadable`.
    state: String,
    /// Number of rows.
    rows: u64,
    /// Number of sermons in the old database that were never in ours, or null if not counted.
    missing: Option<u64>,
    /// What was adopted.
    adopted: AdoptionProgressBody,
    /// When the adoption started.
    started_at: Option<DateTime<Utc>>,
    /// When the adoption finished.
    finished_at: Option<DateTime<Utc>>,
    /// Why the database cannot be read.
    problem: Option<String>,
}

/// The progress of an adoption.
#[derive(Debug, ToSchema)]
struct AdoptionProgressBody {
    /// Number of sermons that have been saved.
    sermons: u64,
    /// Number of rows that could not be read.
    unreadable: u64,
    /// The first unreadable rows, and what is wrong with each.
    problems: Vec<String>,
}
