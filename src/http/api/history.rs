//! `/api/video/{video_id}/history`: lists, returns and restores earlier versions of a sermon.

#![expect(unused_qualifications, reason = "utoipa's macro refers to the parameters by path")]

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::document_schema::DocumentBody;
use crate::{
    domain::{Scope, Sha256, VideoId},
    http::{
        auth::{Admin, MaybeClient},
        body::QueryString,
        cache::{CachePolicy, ETag},
        error::AppError,
        problem::ProblemBody,
        state::AppState,
    },
    store::{HistoryBounds, HistorySummary, SaveOutcome},
};

/// Maximum number of versions per page.
const PAGE_SIZE: u16 = 100;

/// The history of a sermon.
#[derive(Debug, Serialize, ToSchema)]
struct HistoryBody {
    /// ID of the sermon.
    video_id: String,
    /// Whether the sermon is deleted. Only the admin and token holders can see the history of a deleted sermon.
    deleted: bool,
    /// `seq` of the write that saved the current version, or null if the sermon is deleted.
    seq: Option<i64>,
    /// Up to 100 earlier versions, most recently replaced first.
    versions: Vec<VersionBody>,
    /// `offset` of the next page, or null if this is the last page.
    next_offset: Option<u32>,
}

/// An earlier version.
#[derive(Debug, Serialize, ToSchema)]
struct VersionBody {
    /// `seq` of the write that saved this version, which identifies it.
    seq: i64,
    /// `seq` of the write that replaced this version.
    replaced_by_seq: i64,
    /// When this version was replaced.
    replaced_at: DateTime<Utc>,
    /// `update`, `delete`, `restore`, or `superseded` if a newer version had already been saved.
    reason: String,
    /// Who replaced this version.
    actor: String,
    /// SHA-256 of the document.
    sha256: String,
    /// Title of the sermon.
    title: String,
    /// When the sermon was analyzed.
    processed_at: DateTime<Utc>,
    /// Number of confirmed references.
    manna: u64,
}

impl From<HistorySummary> for VersionBody {
    fn from(version: HistorySummary) -> Self {
        Self {
            seq: version.seq,
            replaced_by_seq: version.replaced_by_seq,
            replaced_at: version.replaced_at,
            reason: version.reason,
            actor: version.actor,
            sha256: version.sha256.to_string(),
            title: version.title,
            processed_at: version.processed_at,
            manna: u64::try_from(version.manna).unwrap_or_default(),
        }
    }
}

/// Query parameters of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryParams {
    /// Number of versions to skip: `next_offset` of the previous page.
    #[param(value_type = Option<u32>)]
    offset: Option<String>,
}

/// Lists the earlier versions of a sermon. Versions from before a deletion are shown only to the admin and to token
/// holders.
#[utoipa::path(
    get, path = "/api/video/{video_id}/history", tag = "sermons",
    params(("video_id" = String, Path, description = "The sermon"), HistoryParams), security((), ("admin" = [])),
    responses(
        (status = 200, description = "The versions", body = HistoryBody),
        (status = 400, description = "Invalid parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such sermon", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(video = id))]
pub(super) async fn history(
    State(state): State<AppState>,
    client: MaybeClient,
    Path(id): Path<String>,
    QueryString(params): QueryString<HistoryParams>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let offset = params.offset.as_deref().filter(|offset| !offset.is_empty()).unwrap_or("0");
    let offset: u32 =
        offset.parse().map_err(|_| AppError::Query("offset: not a number that is 0 or greater".to_owned()))?;
    let (seq, after) = visible(&state, &id, client.may(Scope::Read)).await?;
    // One more than fits on a page, to detect whether there is another page.
    let mut versions = state.store.history_page(&id, after, offset, PAGE_SIZE + 1).await?;
    let has_more = versions.len() > usize::from(PAGE_SIZE);
    versions.truncate(usize::from(PAGE_SIZE));
    if seq.is_none() && offset == 0 && versions.is_empty() {
        return Err(AppError::NoSuchSermon(id));
    }
    let next_offset = has_more.then(|| offset.saturating_add(PAGE_SIZE.into()));
    let versions = versions.into_iter().map(VersionBody::from).collect();
    let body = HistoryBody { video_id: id.to_string(), deleted: seq.is_none(), seq, versions, next_offset };
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
    client: MaybeClient,
    Path((id, seq)): Path<(String, i64)>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let (current, after) = visible(&state, &id, client.may(Scope::Read)).await?;
    let found = if seq > after { state.store.version(&id, seq).await? } else { None };
    let Some(version) = found else {
        let is_known = current.is_some() || !state.store.history_page(&id, after, 0, 1).await?.is_empty();
        return Err(if is_known { AppError::NoSuchVersion(id, seq) } else { AppError::NoSuchSermon(id) });
    };
    let tag = ETag::new(Sha256::digest(version.document.as_bytes()));
    if tag.matches(&headers) {
        return Ok((StatusCode::NOT_MODIFIED, CachePolicy::Revalidate, tag, ()).into_response());
    }
    let content_type = [(header::CONTENT_TYPE, "application/json")];
    Ok((CachePolicy::Revalidate, tag, content_type, version.document).into_response())
}

/// Returns the `seq` of the current version, and the `seq` that a version must come after for the client to see it.
pub(in crate::http) async fn visible(
    state: &AppState,
    id: &VideoId,
    all: bool,
) -> Result<(Option<i64>, i64), AppError> {
    let HistoryBounds { current_seq, deleted_by_seq } = state.store.history_bounds(id).await?;
    match current_seq {
        _ if all => Ok((current_seq, -1)),
        Some(_) => Ok((current_seq, deleted_by_seq)),
        None => Err(AppError::NoSuchSermon(id.clone())),
    }
}

/// The result of restoring a version.
#[derive(Debug, Serialize, ToSchema)]
struct RestoredVersion {
    /// Always true.
    success: bool,
    /// ID of the sermon.
    video_id: String,
    /// `created`, `updated`, or `unchanged` if the version is the current one.
    #[schema(value_type = String)]
    outcome: SaveOutcome,
    /// `seq` of the write that restored the version.
    seq: i64,
}

/// Restores an earlier version, even of a deleted sermon. The current version is kept in the history.
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
    Admin(client): Admin,
    Path((id, seq)): Path<(String, i64)>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let saved = state.saver.restore_version(&id, seq, client.actor()).await?;
    let saved = saved.ok_or_else(|| AppError::NoSuchVersion(id.clone(), seq))?;
    let body =
        RestoredVersion { success: true, video_id: id.to_string(), outcome: saved.outcome, seq: saved.state.seq };
    Ok((CachePolicy::NoStore, Json(body)).into_response())
}
