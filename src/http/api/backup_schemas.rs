//! Describes the JSON of backups, restores and cleanups.
#![expect(dead_code, reason = "describes other types in the OpenAPI document")]
#![expect(unused_qualifications, reason = "the macro of utoipa names the types by a path")]

use chrono::{DateTime, Utc};
use utoipa::{
    ToSchema,
    openapi::{ObjectBuilder, OneOfBuilder, Ref, Schema, Type},
};
use uuid::Uuid;

use super::{
    legacy::LegacyStats,
    schemas::{ExportReportBody, OffsiteStatusBody, TaskStatusBody},
};

/// Statistics of the backups, and background maintenance.
#[derive(Debug, ToSchema)]
pub(super) struct BackupStatsBody {
    /// Always true.
    success: bool,
    /// The statistics of the previous system.
    stats: LegacyStats,
    /// Number of backups.
    backups: usize,
    /// Total size of all files.
    bytes: u64,
    /// Number of backups of each kind.
    kinds: Vec<(String, usize)>,
    /// Number of verified backups.
    verified: usize,
    /// Number of damaged backups.
    damaged: usize,
    /// The newest backup.
    newest: Option<String>,
    /// The newest verified backup.
    newest_verified: Option<String>,
    /// The oldest backup.
    oldest: Option<String>,
    /// The offsite store, if one is configured.
    #[schema(nullable = false)]
    offsite: Option<OffsiteStatusBody>,
    /// Last outcome and next run of each task; null while the database is unreachable.
    maintenance: Option<Vec<TaskStatusBody>>,
}

/// The result of verifying a backup.
#[derive(Debug, ToSchema)]
pub(super) struct VerificationBody {
    /// The backup.
    name: String,
    /// `verified`, `structurally_valid` (no manifest to compare it with) or `damaged`.
    verdict: String,
    /// Number of sermons; null if the file could not be read to its end.
    sermons: Option<u64>,
    /// Size of the file.
    bytes: u64,
    /// SHA-256 of the file; null if it could not be read to its end.
    sha256: Option<String>,
    /// What is wrong, and where.
    problem: Option<String>,
    /// When it was read.
    checked_at: DateTime<Utc>,
}

/// The result of a cleanup.
#[derive(Debug, ToSchema)]
pub(super) struct CleanupResultBody {
    /// Always true.
    success: bool,
    /// What was done, or would be done.
    message: String,
    /// Whether the backups were removed, or this is only a plan.
    applied: bool,
    /// Backups that are removed, newest first.
    remove: Vec<DecisionBody>,
    /// Backups that are kept, newest first.
    keep: Vec<DecisionBody>,
    /// Total size of the removed files.
    freed_bytes: u64,
    /// The same for the offsite copies, if a store is configured.
    #[schema(nullable = false)]
    offsite: Option<OffsiteCleanupBody>,
    /// Why the offsite copies could not be listed or removed.
    #[schema(nullable = false)]
    offsite_error: Option<String>,
}

/// The cleanup of the offsite copies.
#[derive(Debug, ToSchema)]
struct OffsiteCleanupBody {
    /// Whether the copies were removed, or this is only a plan.
    applied: bool,
    /// Copies that are removed, newest first.
    remove: Vec<DecisionBody>,
    /// Copies that are kept, newest first.
    keep: Vec<DecisionBody>,
    /// Total size of the removed copies.
    freed_bytes: u64,
}

/// The decision on one backup.
#[derive(Debug, ToSchema)]
struct DecisionBody {
    /// The backup.
    name: String,
    /// Size of the file.
    bytes: u64,
    /// Why it is removed or kept.
    reason: String,
}

/// What a restore would change.
#[derive(Debug, ToSchema)]
pub(in crate::http) struct RestorePreviewBody {
    /// The backup; typing this name confirms the restore.
    name: String,
    /// Number of its sermons.
    sermons: i64,
    /// Size of its file.
    bytes: u64,
    /// SHA-256 of its file.
    sha256: String,
    /// Digest over its sermons as they would be stored.
    digest: String,
    /// Whether it has a manifest; if not, restoring it requires `accept_unverified`.
    has_manifest: bool,
    /// The current state of the database.
    current: StateBody,
    /// What would change.
    difference: DifferenceBody,
    /// Disk space in the data directory.
    disk: DiskSpaceBody,
    /// Confirms exactly this difference.
    plan_token: String,
    /// When the plan token expires.
    expires_at: DateTime<Utc>,
}

/// A state of the database.
#[derive(Debug, ToSchema)]
struct StateBody {
    /// Changes with every restore.
    epoch: i64,
    /// The number of the last write.
    seq: i64,
    /// Number of sermons.
    count: i64,
    /// Digest over all sermons.
    digest: String,
}

/// What a restore would change, by kind.
#[derive(Debug, ToSchema)]
struct DifferenceBody {
    /// Sermons that are only in the backup.
    added: ChangesBody,
    /// Sermons that differ.
    changed: ChangesBody,
    /// Sermons that would remain only in the history.
    removed: ChangesBody,
    /// Number of sermons that would stay the same.
    unchanged: u64,
}

/// The sermons affected by one kind of change.
#[derive(Debug, ToSchema)]
struct ChangesBody {
    /// How many there are.
    count: u64,
    /// The first 50.
    sermons: Vec<SermonTitleBody>,
}

/// A sermon's ID and title.
#[derive(Debug, ToSchema)]
struct SermonTitleBody {
    /// The ID.
    video_id: String,
    /// The title.
    title: String,
}

/// Disk space.
#[derive(Debug, ToSchema)]
struct DiskSpaceBody {
    /// Estimate of what the restore writes.
    needed_bytes: u64,
    /// Free space.
    free_bytes: u64,
}

/// A restore that was committed and verified.
#[derive(Debug, ToSchema)]
pub(super) struct RestoredBody {
    /// Always true.
    success: bool,
    /// What was done.
    message: String,
    /// Undoes this restore.
    restore_id: Uuid,
    /// The backup.
    backup: String,
    /// Snapshot of the previous state.
    snapshot: String,
    /// The previous state.
    before: StateBody,
    /// The new state.
    after: StateBody,
    /// How many sermons were added, changed and removed.
    difference: ChangeCountsBody,
    /// The export that followed; null if it failed. It is retried.
    export: Option<ExportReportBody>,
    /// What else failed.
    warning: Option<String>,
    /// When it finished.
    finished_at: DateTime<Utc>,
}

/// How many sermons a restore adds, changes and removes.
#[derive(Debug, ToSchema)]
struct ChangeCountsBody {
    /// Sermons that did not exist.
    added: i64,
    /// Sermons that had a different document.
    changed: i64,
    /// Sermons that are now only in the history.
    removed: i64,
}

/// A recorded restore.
#[derive(Debug, ToSchema)]
pub(super) struct RestoreEntryBody {
    /// Its ID.
    id: Uuid,
    /// `staging`, `committed`, `done`, `failed` or `undone`.
    state: String,
    /// The backup.
    backup: String,
    /// SHA-256 of its file.
    file_sha256: String,
    /// Snapshot of the previous state.
    snapshot: Option<String>,
    /// The restore that this one undoes.
    undoes: Option<Uuid>,
    /// Who ran it.
    actor: String,
    /// The previous state.
    before: Option<StateBody>,
    /// The new state.
    after: Option<StateBody>,
    /// What changed.
    difference: Option<ChangeCountsBody>,
    /// Why it failed, or other remarks.
    note: Option<String>,
    /// When it began.
    started_at: DateTime<Utc>,
    /// When it last reported progress.
    updated_at: DateTime<Utc>,
}

/// Returns the schema of the result of an operation: the body that a request gets if it waits for the operation to finish,
/// or null.
pub(in crate::http) fn operation_result() -> Schema {
    let bodies = ["BackupResponse", "RestoredBody", "CleanupResultBody", "VerificationBody"];
    let null = ObjectBuilder::new().schema_type(Type::Null);
    let one_of = bodies.into_iter().fold(OneOfBuilder::new(), |one_of, name| one_of.item(Ref::from_schema_name(name)));
    one_of.item(null).build().into()
}
