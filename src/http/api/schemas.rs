//! Describes the JSON of types that do not depend on `OpenAPI`: the parts of `/readyz`.
#![expect(dead_code, reason = "describes other types in the OpenAPI document")]

use chrono::{DateTime, Utc};
use utoipa::ToSchema;
use uuid::Uuid;

/// Status of the export.
#[derive(Debug, ToSchema)]
pub(super) struct ExportStatusBody {
    /// The last good export.
    last: Option<ExportReportBody>,
    /// Why the last attempt failed.
    error: Option<String>,
    /// Why the shrink guard keeps the last good export.
    suspect: Option<String>,
}

/// An export.
#[derive(Debug, ToSchema)]
pub(super) struct ExportReportBody {
    /// Number of sermons.
    sermons: i64,
    /// Epoch of the database.
    epoch: i64,
    /// The last write that is included.
    seq: i64,
    /// Size of `results.json`.
    json_bytes: u64,
    /// Size of `results.json.b64`.
    b64_bytes: u64,
    /// When it was finished.
    finished_at: DateTime<Utc>,
}

/// The offsite store.
#[derive(Debug, ToSchema)]
pub(super) struct OffsiteStatusBody {
    /// Its address, without credentials.
    url: String,
    /// Number of complete copies.
    copies: usize,
    /// Total size of the copies.
    bytes: u64,
    /// The newest copy.
    newest: Option<String>,
    /// Number of verified backups that have not been copied yet.
    pending: usize,
    /// Number of spool entries.
    spooled: usize,
    /// When all verified backups were last known to be in the store.
    complete_at: Option<DateTime<Utc>>,
    /// Why the last request failed.
    error: Option<String>,
}

/// Whether the database has what was saved.
#[derive(Debug, ToSchema)]
pub(super) struct IntegrityStatusBody {
    /// When the check ran.
    checked_at: Option<DateTime<Utc>>,
    /// Why the database does not have what was saved.
    problem: Option<String>,
    /// Which backups and export could fill a database that was never written to.
    uninitialized: Option<String>,
}

/// An instance that shares the database.
#[derive(Debug, ToSchema)]
pub(super) struct InstanceBody {
    /// Its ID, which is new at each start.
    id: Uuid,
    /// Its version.
    version: String,
    /// When it started.
    started_at: DateTime<Utc>,
    /// When it last recorded that it is alive.
    heartbeat_at: DateTime<Utc>,
    /// Whether that is recent.
    is_alive: bool,
}

/// A maintenance task.
#[derive(Debug, ToSchema)]
pub(super) struct TaskStatusBody {
    /// `backup`, `drill`, `scrub` or `cleanup`.
    task: String,
    /// Interval in hours; null if the task is not scheduled.
    every_hours: Option<i64>,
    /// When it runs next.
    due_at: Option<DateTime<Utc>>,
    /// Whether an instance is running it.
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
    /// Its file or database, without its location.
    name: String,
    /// `waiting`, `adopting`, `adopted`, `not_adopted`, `elsewhere` or `unreadable`.
    state: String,
    /// Number of rows.
    rows: u64,
    /// Number of its sermons that were never in our database; null if they were not counted.
    missing: Option<u64>,
    /// What was adopted.
    adopted: AdoptionProgressBody,
    /// When the adoption started.
    started_at: Option<DateTime<Utc>>,
    /// When the adoption finished.
    finished_at: Option<DateTime<Utc>>,
    /// Why it cannot be read.
    problem: Option<String>,
}

/// The progress of an adoption.
#[derive(Debug, ToSchema)]
struct AdoptionProgressBody {
    /// Number of sermons that are saved.
    sermons: u64,
    /// Number of rows that could not be read.
    unreadable: u64,
    /// The first of those rows, and what is wrong with each.
    problems: Vec<String>,
}
