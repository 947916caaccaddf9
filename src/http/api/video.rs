//! `GET` and `DELETE /api/video/{video_id}`: one sermon.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::document_schema::DocumentBody;
use crate::{
    domain::VideoId,
    http::{
        auth::Admin,
        cache::{CachePolicy, ETag},
        error::AppError,
        problem::ProblemBody,
        state::AppState,
    },
};

/// Returns the document of a sermon, exactly as stored. The `ETag` is the SHA-256 of the document.
///
/// While the database is unreachable, the document is read from the spool or the last export, and the response has the
/// header `X-MannaMeter-Source`.
#[utoipa::path(
    get, path = "/api/video/{video_id}", tag = "sermons", params(("video_id" = String, Path, description = "The sermon")),
    responses(
        (status = 200, description = "The document", content_type = "application/json", body = DocumentBody, headers(("ETag" = String))),
        (status = 304, description = "Not changed since `If-None-Match`"),
        (status = 400, description = "Invalid video ID", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such sermon", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(video = id))]
pub(super) async fn video(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let (stored, source) = state.reader.video(&id).await?;
    let stored = stored.ok_or(AppError::NoSuchSermon(id))?;
    let tag = ETag::new(stored.sha256);
    if tag.matches(&headers) {
        return Ok((StatusCode::NOT_MODIFIED, CachePolicy::Shared, tag, source, ()).into_response());
    }
    Ok((CachePolicy::Shared, tag, source, [(header::CONTENT_TYPE, "application/json")], stored.text).into_response())
}

/// The result of deleting a sermon.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeletedSermon {
    /// Always true.
    success: bool,
    /// ID of the sermon.
    video_id: String,
    /// `seq` of the write that deleted the sermon. Its last version is in the history.
    seq: i64,
}

/// Deletes a sermon. Its last version is kept in the history.
#[utoipa::path(
    delete, path = "/api/video/{video_id}", tag = "admin", params(("video_id" = String, Path, description = "The sermon")),
    security(("admin" = [])),
    responses(
        (status = 200, description = "Deleted", body = DeletedSermon),
        (status = 401, description = "Missing or wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such sermon", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(video = id))]
pub(super) async fn delete(
    State(state): State<AppState>,
    Admin(client): Admin,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let deleted = state.saver.delete(&id, client.actor()).await?;
    let seq = deleted.ok_or_else(|| AppError::NoSuchSermon(id.clone()))?.seq;
    Ok((CachePolicy::NoStore, Json(DeletedSermon { success: true, video_id: id.to_string(), seq })).into_response())
}
