//! `GET` and `DELETE /api/video/{video_id}`: one document.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    domain::VideoId,
    http::{
        auth::Admin,
        cache::{CachePolicy, ETag},
        error::AppError,
        problem::ProblemBody,
        state::AppState,
    },
    store::AuditEntry,
};

/// Gives the document of a sermon, to the byte as it is stored. Its `ETag` is its SHA-256.
///
/// While the database is away, that of the spool or of the last export; `X-MannaMeter-Source` says so.
#[utoipa::path(
    get, path = "/api/video/{video_id}", tag = "sermons", params(("video_id" = String, Path, description = "The sermon")),
    responses(
        (status = 200, description = "The document", content_type = "application/json", body = Object, headers(("ETag" = String))),
        (status = 304, description = "The asker has it already"),
        (status = 400, description = "Not a video id", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such sermon", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn video(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let (stored, source) = state.reads.video(&id).await?;
    let stored = stored.ok_or(AppError::NoVideo(id))?;
    let tag = ETag::new(stored.sha256);
    if tag.is_known(&headers) {
        return Ok((StatusCode::NOT_MODIFIED, CachePolicy::Shared, tag, source, ()).into_response());
    }
    Ok((CachePolicy::Shared, tag, source, [(header::CONTENT_TYPE, "application/json")], stored.text).into_response())
}

/// A sermon was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Deleted {
    /// Always true.
    success: bool,
    /// The sermon that is gone from the list.
    video_id: String,
    /// The write that deleted it; the last version is in the history.
    seq: i64,
}

/// Deletes a sermon; its last version stays in the history.
#[utoipa::path(
    delete, path = "/api/video/{video_id}", tag = "admin", params(("video_id" = String, Path, description = "The sermon")),
    security(("admin" = [])),
    responses(
        (status = 200, description = "Deleted", body = Deleted),
        (status = 401, description = "No or a wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such sermon", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn delete(
    State(state): State<AppState>,
    _admin: Admin,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let deleted = state.saver.delete(&id, "admin").await?;
    let entry = AuditEntry {
        id: state.clock.new_id(),
        at: state.clock.now(),
        actor: "admin".to_owned(),
        action: "video.delete".to_owned(),
        subject: id.to_string(),
        detail: json!({ "seq": deleted.as_ref().map(|state| state.seq) }),
    };
    state.store.record_audit(&entry).await?;
    let seq = deleted.ok_or_else(|| AppError::NoVideo(id.clone()))?.seq;
    Ok((CachePolicy::NoStore, Json(Deleted { success: true, video_id: id.to_string(), seq })).into_response())
}
