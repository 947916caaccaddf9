//! Describes the JSON of backups, restores and cleanups.
#![expect(dead_code, reason = "describes other types in the OpenAPI document")]
#![expect(unused_qualifications, reason = "utoipa's macro refers to the types by path")]

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

/// Statistics of the backups, and the state of background maintenance.
#[derive(Debug, ToSchema)]
pub(super) struct BackupStatsBody {
    /// Always true.
    success: bool,
    /// The statistics in the previous system's format.
    stats: LegacyStats,
    /// Number of backups.
    backups: usize,
    /// Total size of all backup files, in bytes.
    bytes: u64,
    /// Number of backups of each kind.
    kinds: Vec<(String, usize)>,
    /// Number of verified backups.
    verified: usize,
    /// Number of damaged backups.
    damaged: usize,
    /// Name of the newest backup.
    newest: Option<String>,
    /// Name of the newest verified backup.
    newest_verified: Option<String>,
    /// Name of the oldest backup.
    oldest: Option<String>,
    /// The offsite store, if one is configured.
    #[schema(nullable = false)]
    offsite: Option<OffsiteStatusBody>,
    /// Last outcome and next run of each task, or null while the database is unreachable.
    maintenance: Option<Vec<TaskStatusBody>>,
}

/// The result of verifying a backup.
#[derive(Debug, ToSchema)]
pub(super) struct VerificationBody {
    /// Name of the backup.
    name: String,
    /// `verified`, `structurally_valid` (no manifest to compare it with) or `damaged`.
    verdict: String,
    /// Number of sermons, or null if the file could not be read in full.
    sermons: Option<u64>,
    /// Size of the file in bytes.
    bytes: u64,
    /// SHA-256 of the file, or null if the file could not be read in full.
    sha256: Option<String>,
    /// What is wrong with the file, and where.
    problem: Option<String>,
    /// When the file was read.
    checked_at: DateTime<Utc>,
}

/// The result of a cleanup.
#[derive(Debug, ToSchema)]
pub(super) struct CleanupResultBody {
    /// Always true.
    success: bool,
    /// Human-readable description of what was done, or would be done.
    message: String,
    /// Whether the backups were removed. If false, this is only a plan.
    applied: bool,
    /// Backups that are removed, newest first.
    remove: Vec<DecisionBody>,
    /// Backups that are kept, newest first.
    keep: Vec<DecisionBody>,
    /// Total size of the removed files, in bytes.
    freed_bytes: u64,
    /// The cleanup of the offsite copies, if a store is configured.
    #[schema(nullable = false)]
    offsite: Option<OffsiteCleanupBody>,
    /// Why the offsite copies could not be listed or removed.
    #[schema(nullable = false)]
    offsite_error: Option<String>,
}

/// The cleanup of the offsite copies.
#[derive(Debug, ToSchema)]
struct OffsiteCleanupBody {
    /// Whether the copies were removed. If false, this is only a plan.
    applied: bool,
    /// Copies that are removed, newest first.
    remove: Vec<DecisionBody>,
    /// Copies that are kept, newest first.
    keep: Vec<DecisionBody>,
    /// Total size of the removed copies, in bytes.
    freed_bytes: u64,
}

/// The decision on one backup.
#[derive(Debug, ToSchema)]
struct DecisionBody {
    /// Name of the backup.
    name: String,
    /// Size of the file in bytes.
    bytes: u64,
    /// Why the backup is removed or kept.
    reason: String,
}

/// What a restore would change.
#[derive(Debug, ToSchema)]
pub(in crate::http) struct RestorePreviewBody {
    /// Name of the backup. Typing this name confirms the restore.
    name: String,
    /// Number of sermons in the backup.
    sermons: i64,
    /// Size of the backup file in bytes.
    bytes: u64,
    /// SHA-256 of the backup file.
    sha256: String,
    /// Digest of the backup's sermons as they would be stored.
    digest: String,
    /// Whether the backup has a manifest. If not, restoring it requires `accept_unverified`.
    has_manifest: bool,
    /// The current state of the database.
    current: StateBody,
    /// What would change.
    difference: DifferenceBody,
    /// Disk space in the data directory.
    disk: DiskSpaceBody,
    /// Token that confirms exactly this difference.
    plan_token: String,
    /// When the plan token expires.
    expires_at: DateTime<Utc>,
}

/// A state of the database.
#[derive(Debug, ToSchema)]
struct StateBody {
    /// Epoch, which changes with every restore.
    epoch: i64,
    /// `seq` of the last write.
    seq: i64,
    /// Number of sermons.
    count: i64,
    /// Digest of all sermons.
    digest: String,
}

/// What a restore would change, by kind.
#[derive(Debug, ToSchema)]
struct DifferenceBody {
    /// Sermons that are only in the backup.
    added: ChangesBody,
    /// Sermons that are in both but differ.
    changed: ChangesBody,
    /// Sermons that would be left only in the history.
    removed: ChangesBody,
    /// Number of sermons that would not change.
    unchanged: u64,
}

/// The sermons affected by one kind of change.
#[derive(Debug, ToSchema)]
struct ChangesBody {
    /// Number of sermons.
    count: u64,
    /// The first 50 sermons.
    sermons: Vec<SermonTitleBody>,
}

/// A sermon's ID and title.
#[derive(Debug, ToSchema)]
struct SermonTitleBody {
    /// ID of the sermon.
    video_id: String,
    /// Title of the sermon.
    title: String,
}

/// Disk space.
#[derive(Debug, ToSchema)]
struct DiskSpaceBody {
    /// Estimated space that the restore needs, in bytes.
    needed_bytes: u64,
    /// Free space in bytes.
    free_bytes: u64,
}

/// A restore that was committed and verified.
#[derive(Debug, ToSchema)]
pub(super) struct RestoredBody {
    /// Always true.
    success: bool,
    /// Human-readable description of what was done.
    message: String,
    /// ID of the restore, for undoing it.
    restore_id: Uuid,
    /// Name of the backup.
    backup: String,
    /// Snapshot of the previous state.
    snapshot: String,
    /// The previous state.
    before: StateBody,
    /// The new state.
    after: StateBody,
    /// Number of sermons that were added, changed and removed.
    difference: ChangeCountsBody,
    /// The export that followed, or null if it failed. A failed export is retried.
    export: Option<ExportReportBody>,
    /// What failed after the restore.
    warning: Option<String>,
    /// When the restore finished.
    finished_at: DateTime<Utc>,
}

/// Number of sermons that a restore adds, changes and removes.
#[derive(Debug, ToSchema)]
struct ChangeCountsBody {
    /// Sermons that did not exist before.
    added: i64,
    /// Sermons whose document was different.
    changed: i64,
    /// Sermons that are left only in the history.
    removed: i64,
}

/// An entry in the list of restores.
#[derive(Debug, ToSchema)]
pub(super) struct RestoreEntryBody {
    /// ID of the restore.
    id: Uuid,
    /// `staging`, `committed`, `done`, `failed` or `undone`.
    state: String,
    /// Name of the backup.
    backup: String,
    /// SHA-256 of the backup file.
    file_sha256: String,
    /// Snapshot of the previous state.
    snapshot: Option<String>,
    /// The restore that this one undoes.
    undoes: Option<Uuid>,
    /// Who ran the restore.
    actor: String,
    /// The previous state.
    before: Option<StateBody>,
    /// The new state.
    after: Option<StateBody>,
    /// Number of sermons that were added, changed and removed.
    difference: Option<ChangeCountsBody>,
    /// Why the restore failed, or another remark.
    note: Option<String>,
    /// When the restore started.
    started_at: DateTime<Utc>,
    /// When the restore last reported progress.
    updated_at: DateTime<Utc>,
}

/// Returns the schema of an operation's result: the body that a request gets if it waits for the operation to finish,
/// or null.
pub(in crate::http) fn operation_result() -> Schema {
    let bodies = ["BackupResponse", "RestoredBody", "CleanupResultBody", "VerificationBody"];
    let null = ObjectBuilder::new().schema_type(Type::Null);
    let one_of = bodies.into_iter().fold(OneOfBuilder::new(), |one_of, name| one_of.item(Ref::from_schema_name(name)));
    one_of.item(null).build().into()
}
