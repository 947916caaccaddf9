//! `/api/backup/...`: what the admin does with backups.

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

use crate::{
    http::{
        auth::Admin,
        backups::Asker,
        body::parse_json,
        cache::CachePolicy,
        error::AppError,
        operations::{Operation, Ran, Waited},
        problem::ProblemBody,
        state::AppState,
    },
    safety::{
        TaskStatus,
        backup::{BackupInfo, BackupName, BackupStats},
    },
};

/// How long a program waits for the end of an operation.
pub(super) const WAIT: Duration = Duration::from_secs(60);

/// A backup that was made or taken in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Made {
    /// Always true.
    pub(super) success: bool,
    /// The backup.
    #[schema(value_type = BackupBody)]
    pub(super) backup: BackupInfo,
}

/// Every backup.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ListBody {
    /// Always true.
    success: bool,
    /// Number of backups.
    count: usize,
    /// The backups, newest first.
    #[schema(value_type = Vec<BackupBody>)]
    backups: Vec<BackupInfo>,
}

/// A backup in the list.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes BackupInfo in the OpenAPI document; the layer below knows nothing of OpenAPI")]
pub(super) struct BackupBody {
    /// Its place in the list: 1 is the newest.
    number: usize,
    /// Its name.
    #[schema(example = "database_backup_20260531T100000Z_57.json.b64")]
    name: String,
    /// `pre_write`, `before_restore`, `database_backup`, `emergency_save` or `results_backup`.
    kind: String,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// Number of videos, when its manifest says it.
    videos: Option<i64>,
    /// Length of the file.
    bytes: u64,
    /// `verified`, `not_verified`, `no_manifest` or `damaged`.
    condition: String,
    /// When it was last read whole and found to be what its manifest says.
    verified_at: Option<DateTime<Utc>>,
    /// What is wrong with it.
    problem: Option<String>,
    /// Whether it stays until somebody says otherwise.
    pinned: bool,
    /// Whether a copy is in the second place.
    offsite: bool,
    /// SHA-256 of the file, as its manifest says.
    sha256: Option<String>,
    /// Epoch of the database that it is of.
    epoch: Option<i64>,
    /// The last write that is in it.
    seq: Option<i64>,
}

/// Makes a backup of everything, reads it back, and lists it.
#[utoipa::path(
    post, path = "/api/backup/create", tag = "admin", security(("admin" = [])),
    responses(
        (status = 201, description = "Made, and read back", body = Made),
        (status = 202, description = "It takes longer: follow the operation at `Location`", body = Operation),
        (status = 401, description = "No or a wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn create(State(state): State<AppState>, admin: Admin) -> Result<Response, AppError> {
    let ran = Asker { state: &state, admin, wait: WAIT }.create().await;
    answer(&state, ran, |backup| (StatusCode::CREATED, Json(Made { success: true, backup })).into_response())
}

/// Lists every backup, newest first.
#[utoipa::path(
    get, path = "/api/backup/list", tag = "admin", security(("admin" = [])),
    responses(
        (status = 200, description = "The backups", body = ListBody),
        (status = 401, description = "No or a wrong token", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn list(State(state): State<AppState>, _admin: Admin) -> Result<Response, AppError> {
    let backups = state.backups.list().await?;
    Ok((CachePolicy::NoStore, Json(ListBody { success: true, count: backups.len(), backups })).into_response())
}

/// Sums, and what is done by itself.
#[derive(Debug, Serialize)]
struct StatsBody {
    #[serde(flatten)]
    stats: BackupStats,
    /// How each task went last, and when it is due; null while the database is away.
    maintenance: Option<Vec<TaskStatus>>,
}

/// Sums over all backups: number, length, kinds, how many are verified or damaged, the newest and the oldest; and how the scheduled backup,
/// the drill, the reading of all backups and the cleanup went last.
#[utoipa::path(
    get, path = "/api/backup/stats", tag = "admin", security(("admin" = [])),
    responses(
        (status = 200, description = "The sums", body = Object),
        (status = 401, description = "No or a wrong token", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn stats(State(state): State<AppState>, _admin: Admin) -> Result<Response, AppError> {
    let body = StatsBody { stats: state.backups.stats().await?, maintenance: state.maintenance.status().await.ok() };
    Ok((CachePolicy::NoStore, Json(body)).into_response())
}

/// Reads a backup to its end and compares it with its manifest; `verdict` is `verified`, `structurally_valid` or `damaged`.
#[utoipa::path(
    post, path = "/api/backup/verify/{name}", tag = "admin", params(("name" = String, Path, description = "The backup")),
    security(("admin" = [])),
    responses(
        (status = 200, description = "What was found", body = Object),
        (status = 202, description = "It takes longer: follow the operation at `Location`", body = Operation),
        (status = 400, description = "Not the name of a backup", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No or a wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such backup", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn verify(
    State(state): State<AppState>,
    admin: Admin,
    Path(name): Path<String>,
) -> Result<Response, AppError> {
    let name = BackupName::parse(&name)?;
    let ran = Asker { state: &state, admin, wait: WAIT }.verify(name).await;
    answer(&state, ran, |found| Json(found).into_response())
}

/// Fetches a backup that is not here any more from the second place (`BACKUP_STORE_URL`), and verifies it.
#[utoipa::path(
    post, path = "/api/backup/fetch/{name}", tag = "admin", params(("name" = String, Path, description = "The backup")),
    security(("admin" = [])),
    responses(
        (status = 201, description = "Fetched, and read to its end", body = Made),
        (status = 202, description = "It takes longer: follow the operation at `Location`", body = Operation),
        (status = 401, description = "No or a wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such copy, or no second place", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "It is damaged, or is here already", body = ProblemBody, content_type = "application/problem+json"),
        (status = 502, description = "The second place does not answer", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn fetch(
    State(state): State<AppState>,
    admin: Admin,
    Path(name): Path<String>,
) -> Result<Response, AppError> {
    let name = BackupName::parse(&name)?;
    let ran = Asker { state: &state, admin, wait: WAIT }.fetch(name).await;
    answer(&state, ran, |backup| (StatusCode::CREATED, Json(Made { success: true, backup })).into_response())
}

/// Whether a cleanup is only told or done.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CleanupBody {
    /// Do it; otherwise only say what would go.
    #[serde(default)]
    apply: bool,
}

/// Says which backups may go and why; removes them with `apply`.
#[utoipa::path(
    post, path = "/api/backup/cleanup", tag = "admin", request_body = CleanupBody, security(("admin" = [])),
    responses(
        (status = 200, description = "What goes, what stays, and why", body = Object),
        (status = 202, description = "It takes longer: follow the operation at `Location`", body = Operation),
        (status = 401, description = "No or a wrong token", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn cleanup(State(state): State<AppState>, admin: Admin, body: Bytes) -> Result<Response, AppError> {
    let CleanupBody { apply } = if body.is_empty() { CleanupBody::default() } else { parse_json(&body)? };
    let ran = Asker { state: &state, admin, wait: WAIT }.cleanup(apply).await;
    answer(&state, ran, |plan| Json(plan).into_response())
}

/// Says how an operation stands that took longer than its asker waited.
#[utoipa::path(
    get, path = "/api/backup/operations/{id}", tag = "admin", params(("id" = String, Path, description = "The operation")),
    security(("admin" = [])),
    responses(
        (status = 200, description = "How it stands", body = Operation),
        (status = 401, description = "No or a wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "This process knows none of this id", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn operation(
    State(state): State<AppState>,
    _admin: Admin,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let known = id.parse().ok().and_then(|id: Uuid| state.operations.get(id));
    let operation = known.ok_or(AppError::NoOperation(id))?;
    Ok((CachePolicy::NoStore, Json(operation)).into_response())
}

/// The answer to an operation that has ended, or the way to one that goes on.
pub(super) fn answer<T>(
    state: &AppState,
    ran: Ran<T>,
    ended: impl FnOnce(T) -> Response,
) -> Result<Response, AppError> {
    let response = match ran.waited? {
        Waited::Ended(value) => ended(value),
        Waited::GoesOn => {
            let location = format!("/api/backup/operations/{}", ran.id);
            (StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(state.operations.get(ran.id))).into_response()
        }
    };
    Ok((CachePolicy::NoStore, response).into_response())
}
