//! `/api/backup/restore...`, `/api/backup/undo/...`: everything replaced by what a backup holds, and back again.

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::backup::{WAIT, answer};
use crate::{
    http::{
        auth::Admin, backups::Asker, body::JsonBody, cache::CachePolicy, error::AppError, operations::Operation,
        problem::ProblemBody, state::AppState,
    },
    safety::{backup::BackupName, restore::RestoreRequest},
};

/// How many of the last restores are told.
const SHOWN: u16 = 50;

/// Says what restoring a backup would add, change and remove. Gives the `plan_token` that confirms it; changes nothing.
#[utoipa::path(
    post, path = "/api/backup/restore/preview/{name}", tag = "admin",
    params(("name" = String, Path, description = "The backup")), security(("admin" = [])),
    responses(
        (status = 200, description = "The difference and the plan's token", body = Object),
        (status = 400, description = "Not the name of a backup", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No or a wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such backup", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The backup is damaged", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn preview(
    State(state): State<AppState>,
    admin: Admin,
    Path(name): Path<String>,
) -> Result<Response, AppError> {
    let preview = Asker::new(&state, admin).preview(&BackupName::parse(&name)?).await?;
    Ok((CachePolicy::NoStore, Json(preview)).into_response())
}

/// What is restored, as it was previewed.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct RestoreBody {
    /// The backup.
    name: String,
    /// Its name once more, as it was typed.
    confirm: String,
    /// The token of the preview.
    plan_token: String,
    /// Restore a file that no manifest vouches for.
    #[serde(default)]
    accept_unverified: bool,
    /// Restore a file without videos.
    #[serde(default)]
    allow_empty: bool,
}

/// Restores a backup as it was previewed: wholly, or not at all. A snapshot of what is there is made and verified first.
#[utoipa::path(
    post, path = "/api/backup/restore", tag = "admin", request_body = RestoreBody, security(("admin" = [])),
    responses(
        (status = 200, description = "Restored and read back; `restore_id` undoes it", body = Object),
        (status = 202, description = "It takes longer: follow the operation at `Location`", body = Operation),
        (status = 401, description = "No or a wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such backup", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The data has changed since the preview (`preview` has the new one), or another restore runs", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not confirmed, damaged, without a manifest, or empty", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
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
        actor: "admin",
    };
    let ran = Asker { state: &state, admin, wait: WAIT }.restore(request).await;
    answer(&state, ran, |restored| Json(restored).into_response())
}

/// What confirms a restore without a preview.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ConfirmBody {
    /// The name of the backup, as it was typed.
    confirm: String,
    /// Restore a file that no manifest vouches for.
    #[serde(default)]
    accept_unverified: bool,
    /// Restore a file without videos.
    #[serde(default)]
    allow_empty: bool,
    /// What is there now is damaged, and no snapshot of it can be made: let it agree with itself first.
    #[serde(default)]
    damaged: bool,
}

/// The same in one go, whatever the difference is.
#[utoipa::path(
    post, path = "/api/backup/restore/{name}", tag = "admin", params(("name" = String, Path, description = "The backup")),
    request_body = ConfirmBody, security(("admin" = [])),
    responses(
        (status = 200, description = "Restored and read back; `restore_id` undoes it", body = Object),
        (status = 202, description = "It takes longer: follow the operation at `Location`", body = Operation),
        (status = 400, description = "Not the name of a backup", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No or a wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such backup", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Another restore runs", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not confirmed, damaged, without a manifest, or empty", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn restore_at_once(
    State(state): State<AppState>,
    admin: Admin,
    Path(name): Path<String>,
    JsonBody(ConfirmBody { confirm, accept_unverified, allow_empty, damaged }): JsonBody<ConfirmBody>,
) -> Result<Response, AppError> {
    let name = BackupName::parse(&name)?;
    let request =
        RestoreRequest { name, confirm, plan_token: None, accept_unverified, allow_empty, damaged, actor: "admin" };
    let ran = Asker { state: &state, admin, wait: WAIT }.restore(request).await;
    answer(&state, ran, |restored| Json(restored).into_response())
}

/// Undoes a restore: restores the snapshot of what was there before it. Can itself be undone.
#[utoipa::path(
    post, path = "/api/backup/undo/{restore_id}", tag = "admin",
    params(("restore_id" = String, Path, description = "The restore")), security(("admin" = [])),
    responses(
        (status = 200, description = "Undone; `restore_id` undoes that again", body = Object),
        (status = 202, description = "It takes longer: follow the operation at `Location`", body = Operation),
        (status = 401, description = "No or a wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such restore", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It cannot be undone, or another restore runs", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn undo(
    State(state): State<AppState>,
    admin: Admin,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let id: Uuid = id.parse().map_err(|_| AppError::NoOperation(id))?;
    let ran = Asker { state: &state, admin, wait: WAIT }.undo(id).await;
    answer(&state, ran, |restored| Json(restored).into_response())
}

/// Lists the last restores, newest first: how far each came, and what was there before.
#[utoipa::path(
    get, path = "/api/backup/restores", tag = "admin", security(("admin" = [])),
    responses(
        (status = 200, description = "The restores", body = Vec<Object>),
        (status = 401, description = "No or a wrong token", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn restores(State(state): State<AppState>, _admin: Admin) -> Result<Response, AppError> {
    Ok((CachePolicy::NoStore, Json(state.restores.list(SHOWN).await?)).into_response())
}
