//! `/api/backup/...`: the admin's operations on backups.

use std::time::Duration;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    backup_schemas::{BackupStatsBody, CleanupResultBody, VerificationBody},
    legacy::{Done, LegacyBackup, LegacyStats},
};
use crate::{
    http::{
        auth::Admin,
        backup_operations::{BackupOperations, describe_cleanup, describe_created},
        body::parse_json,
        cache::CachePolicy,
        error::AppError,
        operations::{Operation, StartedOperation, WaitOutcome},
        problem::ProblemBody,
        state::AppState,
    },
    safety::{
        TaskStatus,
        backup::{BackupInfo, BackupName, BackupStats, UnlistedFile},
    },
};

/// How long a request waits for its operation to finish.
pub(super) const WAIT: Duration = Duration::from_secs(60);

/// The response with a backup that was created, uploaded or fetched.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackupResponse {
    /// Always true.
    success: bool,
    /// Human-readable description of what was done.
    message: String,
    /// The backup.
    #[schema(value_type = BackupBody)]
    backup: LegacyBackup,
}

impl From<BackupInfo> for BackupResponse {
    fn from(backup: BackupInfo) -> Self {
        Self { success: true, message: describe_created(&backup), backup: backup.into() }
    }
}

/// All backups.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackupListBody {
    /// Always true.
    success: bool,
    /// Number of backups.
    count: usize,
    /// The backups, newest first.
    #[schema(value_type = Vec<BackupBody>)]
    backups: Vec<LegacyBackup>,
    /// Other files in the backup directory, and why they are not listed as backups.
    #[schema(value_type = Vec<UnlistedBody>)]
    unlisted: Vec<UnlistedFile>,
}

/// A file in the backup directory that is not a backup.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes UnlistedFile in the OpenAPI document")]
pub(super) struct UnlistedBody {
    /// Name of the file.
    name: String,
    /// Why the file is not listed as a backup.
    reason: String,
}

/// A backup.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "describes BackupInfo in the OpenAPI document; the layer below does not depend on OpenAPI"
)]
pub(super) struct BackupBody {
    /// Position in the list, starting with 1 for the newest backup.
    number: usize,
    /// Name of the backup.
    #[schema(example = "database_backup_20260531T100000Z_57.json.b64")]
    name: String,
    /// `pre_write`, `before_restore`, `database_backup`, `emergency_save` or `other`.
    kind: String,
    /// When the backup was created.
    created_at: DateTime<Utc>,
    /// Number of sermons, if the manifest states it.
    sermons: Option<i64>,
    /// Size of the file in bytes.
    bytes: u64,
    /// `verified`, `not_verified`, `no_manifest` or `damaged`.
    condition: String,
    /// When the backup was last read in full and matched its manifest.
    verified_at: Option<DateTime<Utc>>,
    /// What is wrong with the backup.
    problem: Option<String>,
    /// Whether the backup is pinned, which protects it from cleanup.
    pinned: bool,
    /// Whether the backup has an offsite copy.
    offsite: bool,
    /// SHA-256 of the file, according to the manifest.
    sha256: Option<String>,
    /// Epoch of the database that was backed up.
    epoch: Option<i64>,
    /// `seq` of the last write that the backup contains.
    seq: Option<i64>,
    /// Legacy: the same as `bytes`.
    size: u64,
    /// Legacy: `created_at` in UTC without an offset.
    #[schema(example = "2026-05-31T10:00:00")]
    created: String,
    /// Legacy: `created_at` in UTC, formatted for display.
    #[schema(example = "2026-05-31 10:00:00")]
    created_human: String,
}

/// Creates a backup of everything and verifies it.
#[utoipa::path(
    post, path = "/api/backup/create", tag = "admin", security(("admin" = [])),
    responses(
        (status = 201, description = "Created and verified", body = BackupResponse),
        (status = 202, description = "Still running; follow the operation at `Location`", body = Operation),
        (status = 401, description = "Missing or wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The database is unreachable", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn create(State(state): State<AppState>, admin: Admin) -> Result<Response, AppError> {
    let started = BackupOperations { state: &state, admin, wait: WAIT }.create().await;
    respond(&state, started, |backup| (StatusCode::CREATED, Json(BackupResponse::from(backup))).into_response())
}

/// Lists all backups, newest first.
#[utoipa::path(
    get, path = "/api/backup/list", tag = "admin", security(("admin" = [])),
    responses(
        (status = 200, description = "The backups", body = BackupListBody),
        (status = 401, description = "Missing or wrong token", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn list(State(state): State<AppState>, _admin: Admin) -> Result<Response, AppError> {
    let backups: Vec<_> = state.backups.list().await?.into_iter().map(LegacyBackup::from).collect();
    let unlisted = state.backups.unlisted().await?;
    let body = BackupListBody { success: true, count: backups.len(), backups, unlisted };
    Ok((CachePolicy::NoStore, Json(body)).into_response())
}

/// Statistics of the backups, and the state of background maintenance.
#[derive(Debug, Serialize)]
struct BackupStatsResponse {
    success: bool,
    /// The statistics in the previous system's format.
    #[serde(rename = "stats")]
    legacy: LegacyStats,
    #[serde(flatten)]
    stats: BackupStats,
    /// Last outcome and next run of each task, or null while the database is unreachable.
    maintenance: Option<Vec<TaskStatus>>,
}

/// Returns statistics of the backups (count, size, kinds, number verified and damaged, newest and oldest), and the last
/// outcome of each maintenance task: backup, restore drill, scrub and cleanup. `stats` has the legacy keys
/// `total_backups`, `total_size`, `oldest` and `newest`; the last two are objects with `name` and `date`.
#[utoipa::path(
    get, path = "/api/backup/stats", tag = "admin", security(("admin" = [])),
    responses(
        (status = 200, description = "The statistics", body = BackupStatsBody),
        (status = 401, description = "Missing or wrong token", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn stats(State(state): State<AppState>, _admin: Admin) -> Result<Response, AppError> {
    let body = BackupStatsResponse {
        success: true,
        legacy: LegacyStats::new(&state.backups.list().await?),
        stats: state.backups.stats().await?,
        maintenance: state.maintenance.status().await.ok(),
    };
    Ok((CachePolicy::NoStore, Json(body)).into_response())
}

/// Verifies a backup: reads it in full and compares it with its manifest. `verdict` is `verified`, `structurally_valid`
/// (readable, but without a manifest) or `damaged`.
#[utoipa::path(
    post, path = "/api/backup/verify/{name}", tag = "admin", params(("name" = String, Path, description = "The backup")),
    security(("admin" = [])),
    responses(
        (status = 200, description = "The verdict", body = VerificationBody),
        (status = 202, description = "Still running; follow the operation at `Location`", body = Operation),
        (status = 400, description = "Invalid backup name", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Missing or wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such backup", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(backup = name))]
pub(super) async fn verify(
    State(state): State<AppState>,
    admin: Admin,
    Path(name): Path<String>,
) -> Result<Response, AppError> {
    let name = BackupName::parse(&name)?;
    let started = BackupOperations { state: &state, admin, wait: WAIT }.verify(name).await;
    respond(&state, started, |verification| Json(verification).into_response())
}

/// Fetches a backup that is no longer on the local disk from the offsite store (`BACKUP_STORE_URL`) and verifies it.
#[utoipa::path(
    post, path = "/api/backup/fetch/{name}", tag = "admin", params(("name" = String, Path, description = "The backup")),
    security(("admin" = [])),
    responses(
        (status = 201, description = "Fetched and verified", body = BackupResponse),
        (status = 202, description = "Still running; follow the operation at `Location`", body = Operation),
        (status = 401, description = "Missing or wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such copy, or no offsite store configured", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Damaged, or already on the local disk", body = ProblemBody, content_type = "application/problem+json"),
        (status = 502, description = "The offsite store failed", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(backup = name))]
pub(super) async fn fetch(
    State(state): State<AppState>,
    admin: Admin,
    Path(name): Path<String>,
) -> Result<Response, AppError> {
    let name = BackupName::parse(&name)?;
    let started = BackupOperations { state: &state, admin, wait: WAIT }.fetch(name).await;
    respond(&state, started, |backup| (StatusCode::CREATED, Json(BackupResponse::from(backup))).into_response())
}

/// Whether to run a cleanup or only plan it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CleanupBody {
    /// Whether to remove the backups. By default they are only listed.
    #[serde(default)]
    apply: bool,
}

/// Lists the backups that the retention rules do not keep, with reasons, and removes them if `apply` is true.
#[utoipa::path(
    post, path = "/api/backup/cleanup", tag = "admin", request_body = CleanupBody, security(("admin" = [])),
    responses(
        (status = 200, description = "The backups to remove and to keep, with reasons", body = CleanupResultBody),
        (status = 202, description = "Still running; follow the operation at `Location`", body = Operation),
        (status = 401, description = "Missing or wrong token", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn cleanup(State(state): State<AppState>, admin: Admin, body: Bytes) -> Result<Response, AppError> {
    let CleanupBody { apply } = if body.is_empty() { CleanupBody::default() } else { parse_json(&body)? };
    let started = BackupOperations { state: &state, admin, wait: WAIT }.cleanup(apply).await;
    respond(&state, started, |plan| Json(Done::new(describe_cleanup(&plan), plan)).into_response())
}

/// Returns the state of an operation that was still running when its request stopped waiting.
#[utoipa::path(
    get, path = "/api/backup/operations/{id}", tag = "admin", params(("id" = String, Path, description = "The operation")),
    security(("admin" = [])),
    responses(
        (status = 200, description = "The operation", body = Operation),
        (status = 401, description = "Missing or wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such operation in this process", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(operation = id))]
pub(super) async fn operation(
    State(state): State<AppState>,
    _admin: Admin,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let operation = id.parse().ok().and_then(|id: Uuid| state.operations.get(id));
    let operation = operation.ok_or(AppError::NoSuchOperation(id))?;
    Ok((CachePolicy::NoStore, Json(operation)).into_response())
}

/// An operation that is still running.
#[derive(Debug, Serialize)]
struct Started {
    success: bool,
    #[serde(flatten)]
    operation: Option<Operation>,
}

/// Responds with the result of a finished operation, or with `202` and the operation's URL if it is still running.
pub(super) fn respond<T>(
    state: &AppState,
    started: StartedOperation<T>,
    finished: impl FnOnce(T) -> Response,
) -> Result<Response, AppError> {
    let response = match started.outcome? {
        WaitOutcome::Finished(value) => finished(value),
        WaitOutcome::StillRunning => {
            let location = format!("/api/backup/operations/{}", started.id);
            let body = Json(Started { success: true, operation: state.operations.get(started.id) });
            (StatusCode::ACCEPTED, [(header::LOCATION, location)], body).into_response()
        }
    };
    Ok((CachePolicy::NoStore, response).into_response())
}
