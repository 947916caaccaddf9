//! `/api/backup/restore...` and `/api/backup/undo/...`: restores a backup, and undoes a restore.

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    backup::{WAIT, respond},
    backup_schemas::{RestoreEntryBody, RestorePreviewBody, RestoredBody},
    confirmation::ConfirmBody,
    legacy::Done,
};
use crate::{
    http::{
        auth::Admin,
        backup_operations::{BackupOperations, describe_restored},
        body::JsonBody,
        cache::CachePolicy,
        error::AppError,
        operations::Operation,
        problem::ProblemBody,
        state::AppState,
    },
    safety::{
        backup::BackupName,
        restore::{RestoreRequest, Restored},
    },
};

/// Maximum number of restores in the list.
const MAX_RESTORES: u16 = 50;

/// Previews a restore. Returns the sermons that it would add, change and remove, and the `plan_token` that confirms it.
#[utoipa::path(
    post, path = "/api/backup/restore/preview/{name}", tag = "admin",
    params(("name" = String, Path, description = "The backup")), security(("admin" = [])),
    responses(
        (status = 200, description = "The difference and the plan token", body = RestorePreviewBody),
        (status = 400, description = "Invalid backup name", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Missing or wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such backup", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The backup is damaged", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(backup = name))]
pub(super) async fn preview(
    State(state): State<AppState>,
    admin: Admin,
    Path(name): Path<String>,
) -> Result<Response, AppError> {
    let preview = BackupOperations::new(&state, admin).preview(&BackupName::parse(&name)?).await?;
    Ok((CachePolicy::NoStore, Json(preview)).into_response())
}

/// A confirmed restore of a backup that was previewed.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct RestoreBody {
    /// Name of the backup.
    name: String,
    /// Name of the backup again, as typed by the user.
    confirm: String,
    /// The `plan_token` from the preview.
    plan_token: String,
    /// Whether to restore a backup that has no manifest.
    #[serde(default)]
    accept_unverified: bool,
    /// Whether to restore a backup that has no sermons.
    #[serde(default)]
    allow_empty: bool,
}

/// Restores a previewed backup, all or nothing. First creates and verifies a snapshot of the current state.
#[utoipa::path(
    post, path = "/api/backup/restore", tag = "admin", request_body = RestoreBody, security(("admin" = [])),
    responses(
        (status = 200, description = "Restored and verified; `restore_id` undoes it", body = RestoredBody),
        (status = 202, description = "Still running; follow the operation at `Location`", body = Operation),
        (status = 401, description = "Missing or wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such backup", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The data has changed since the preview (`preview` has the new one), or another restore is running", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not confirmed, damaged, without a manifest, or empty", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(backup = body.name))]
pub(super) async fn restore(
    State(state): State<AppState>,
    admin: Admin,
    JsonBody(body): JsonBody<RestoreBody>,
) -> Result<Response, AppError> {
    let request = RestoreRequest {
        name: BackupName::parse(&body.name)?,
        confirm: body.confirm,
        plan_token: Some(body.plan_token),
        accept_unverified: body.accept_unverified,
        allow_empty: body.allow_empty,
        damaged: false,
        actor: admin.0.actor(),
    };
    let started = BackupOperations { state: &state, admin, wait: WAIT }.restore(request).await;
    respond(&state, started, restored_response)
}

/// Responds with the result of a restore.
fn restored_response(restored: Restored) -> Response {
    Json(Done::new(describe_restored(&restored), restored)).into_response()
}

/// Restores a backup without a preview.
#[utoipa::path(
    post, path = "/api/backup/restore/{name}", tag = "admin", params(("name" = String, Path, description = "The backup")),
    request_body(content((ConfirmBody = "application/json"), (ConfirmBody = "application/x-www-form-urlencoded"), (ConfirmBody = "multipart/form-data"))),
    security(("admin" = [])),
    responses(
        (status = 200, description = "Restored and verified; `restore_id` undoes it", body = RestoredBody),
        (status = 202, description = "Still running; follow the operation at `Location`", body = Operation),
        (status = 400, description = "Invalid backup name", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Missing or wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such backup", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Another restore is running", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not confirmed, damaged, without a manifest, or empty", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(backup = name))]
pub(super) async fn restore_without_preview(
    State(state): State<AppState>,
    admin: Admin,
    Path(name): Path<String>,
    ConfirmBody { confirm, accept_unverified, allow_empty, damaged }: ConfirmBody,
) -> Result<Response, AppError> {
    let name = BackupName::parse(&name)?;
    let confirm = confirm.ok_or_else(|| AppError::ConfirmMissing(name.clone()))?;
    let request = RestoreRequest {
        name,
        confirm,
        plan_token: None,
        accept_unverified,
        allow_empty,
        damaged,
        actor: admin.0.actor(),
    };
    let started = BackupOperations { state: &state, admin, wait: WAIT }.restore(request).await;
    respond(&state, started, restored_response)
}

/// Undoes a restore by restoring the snapshot that it made first. An undo can itself be undone.
#[utoipa::path(
    post, path = "/api/backup/undo/{restore_id}", tag = "admin",
    params(("restore_id" = String, Path, description = "The restore")), security(("admin" = [])),
    responses(
        (status = 200, description = "Undone; `restore_id` undoes this restore", body = RestoredBody),
        (status = 202, description = "Still running; follow the operation at `Location`", body = Operation),
        (status = 401, description = "Missing or wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such restore", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The restore cannot be undone, or another restore is running", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(restore = id))]
pub(super) async fn undo(
    State(state): State<AppState>,
    admin: Admin,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let id: Uuid = id.parse().map_err(|_| AppError::NoSuchOperation(id))?;
    let started = BackupOperations { state: &state, admin, wait: WAIT }.undo(id).await;
    respond(&state, started, restored_response)
}

/// Lists the most recent restores, newest first, each with its state and the snapshot that it made.
#[utoipa::path(
    get, path = "/api/backup/restores", tag = "admin", security(("admin" = [])),
    responses(
        (status = 200, description = "The restores", body = Vec<RestoreEntryBody>),
        (status = 401, description = "Missing or wrong token", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn restores(State(state): State<AppState>, _admin: Admin) -> Result<Response, AppError> {
    Ok((CachePolicy::NoStore, Json(state.restores.list(MAX_RESTORES).await?)).into_response())
}
