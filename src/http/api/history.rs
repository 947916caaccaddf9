//! `/api/video/{video_id}/history`: earlier versions of a sermon, to read and to restore.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::schemas::DocumentBody;
use crate::{
    domain::VideoId,
    http::{
        auth::{Admin, MaybeAdmin},
        cache::{CachePolicy, ETag},
        error::AppError,
        problem::ProblemBody,
        state::AppState,
    },
    store::{HistoryEntry, SaveOutcome},
};

/// The history of a sermon.
#[derive(Debug, Serialize, ToSchema)]
struct HistoryBody {
    /// The sermon.
    video_id: String,
    /// Whether it is deleted. Only the admin can see the history of a deleted sermon.
    deleted: bool,
    /// The write that saved the current version; null if the sermon is deleted.
    seq: Option<i64>,
    /// Its earlier versions, the one replaced last first.
    versions: Vec<VersionBody>,
}

/// An earlier version.
#[derive(Debug, Serialize, ToSchema)]
struct VersionBody {
    /// The write that saved it; identifies the version.
    seq: i64,
    /// The write that replaced it.
    replaced_by_seq: i64,
    /// When it was replaced.
    replaced_at: DateTime<Utc>,
    /// `update`, `delete`, `restore`, or `superseded` if a newer version had been saved before it.
    reason: String,
    /// Who replaced it.
    actor: String,
    /// Checksum of its document.
    sha256: String,
    /// Its title.
    title: String,
    /// When it was analyzed.
    processed_at: String,
    /// Number of its confirmed references.
    manna: u64,
}

impl From<HistoryEntry> for VersionBody {
    fn from(entry: HistoryEntry) -> Self {
        /// The fields that the list shows. Documents of any age can be read.
        #[derive(Debug, Default, Deserialize)]
        #[serde(default)]
        struct ListedFields {
            title: Option<String>,
            processed_at: Option<String>,
            stats: Option<Stats>,
        }
        #[derive(Debug, Default, Deserialize)]
        #[serde(default)]
        struct Stats {
            scripture_references: u64,
        }
        let fields: ListedFields = serde_json::from_str(&entry.document).unwrap_or_default();
        Self {
            seq: entry.seq,
            replaced_by_seq: entry.replaced_by_seq,
            replaced_at: entry.replaced_at,
            reason: entry.reason,
            actor: entry.actor,
            sha256: entry.sha256.to_string(),
            title: fields.title.unwrap_or_default(),
            processed_at: fields.processed_at.unwrap_or_default(),
            manna: fields.stats.unwrap_or_default().scripture_references,
        }
    }
}

/// Lists the earlier versions of a sermon. Versions from before a deletion are shown to the admin only.
#[utoipa::path(
    get, path = "/api/video/{video_id}/history", tag = "sermons",
    params(("video_id" = String, Path, description = "The sermon")), security((), ("admin" = [])),
    responses(
        (status = 200, description = "The versions", body = HistoryBody),
        (status = 404, description = "No such sermon", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(video = id))]
pub(super) async fn history(
    State(state): State<AppState>,
    MaybeAdmin(admin): MaybeAdmin,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let (seq, versions) = visible(&state, &id, admin).await?;
    let versions = versions.into_iter().map(VersionBody::from).collect();
    let body = HistoryBody { video_id: id.to_string(), deleted: seq.is_none(), seq, versions };
    Ok((CachePolicy::NoStore, Json(body)).into_response())
}

/// Returns the document of an earlier version, exactly as it was stored.
#[utoipa::path(
    get, path = "/api/video/{video_id}/history/{seq}", tag = "sermons",
    params(("video_id" = String, Path, description = "The sermon"), ("seq" = i64, Path, description = "The version")),
    security((), ("admin" = [])),
    responses(
        (status = 200, description = "The document", content_type = "application/json", body = DocumentBody, headers(("ETag" = String))),
        (status = 404, description = "No such sermon or version", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(video = id, version = seq))]
pub(super) async fn version(
    State(state): State<AppState>,
    MaybeAdmin(admin): MaybeAdmin,
    Path((id, seq)): Path<(String, i64)>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let (_, versions) = visible(&state, &id, admin).await?;
    let version = versions.into_iter().find(|version| version.seq == seq).ok_or(AppError::NoSuchVersion(id, seq))?;
    let tag = ETag::new(version.sha256);
    if tag.matches(&headers) {
        return Ok((StatusCode::NOT_MODIFIED, CachePolicy::Revalidate, tag, ()).into_response());
    }
    let content_type = [(header::CONTENT_TYPE, "application/json")];
    Ok((CachePolicy::Revalidate, tag, content_type, version.document).into_response())
}

/// Returns the write of the current version, and the earlier versions that the client may see.
async fn visible(state: &AppState, id: &VideoId, admin: bool) -> Result<(Option<i64>, Vec<HistoryEntry>), AppError> {
    let current = state.store.video(id).await?.map(|stored| stored.seq);
    let mut versions = state.store.history(id).await?;
    if !admin {
        let deleted =
            versions.iter().filter(|version| version.reason == "delete").map(|version| version.replaced_by_seq);
        let deleted = deleted.max().unwrap_or_default();
        versions.retain(|version| current.is_some() && version.seq > deleted);
    }
    if current.is_none() && versions.is_empty() {
        return Err(AppError::NoSuchSermon(id.clone()));
    }
    Ok((current, versions))
}

/// A restored version.
#[derive(Debug, Serialize, ToSchema)]
struct RestoredVersion {
    /// Always true.
    success: bool,
    /// The sermon.
    video_id: String,
    /// `created`, `updated`, or `unchanged` if it is the current version.
    #[schema(value_type = String)]
    outcome: SaveOutcome,
    /// The write that restored it.
    seq: i64,
}

/// Restores an earlier version, also of a deleted sermon. The current version is added to the history.
#[utoipa::path(
    post, path = "/api/video/{video_id}/history/{seq}/restore", tag = "admin",
    params(("video_id" = String, Path, description = "The sermon"), ("seq" = i64, Path, description = "The version")),
    security(("admin" = [])),
    responses(
        (status = 200, description = "Restored", body = RestoredVersion),
        (status = 401, description = "Missing or wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such version", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(video = id, version = seq))]
pub(super) async fn restore(
    State(state): State<AppState>,
    _admin: Admin,
    Path((id, seq)): Path<(String, i64)>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let saved = state.saver.restore_version(&id, seq, "admin").await?;
    let saved = saved.ok_or_else(|| AppError::NoSuchVersion(id.clone(), seq))?;
    let body =
        RestoredVersion { success: true, video_id: id.to_string(), outcome: saved.outcome, seq: saved.state.seq };
    Ok((CachePolicy::NoStore, Json(body)).into_response())
}
