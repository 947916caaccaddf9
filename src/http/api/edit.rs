//! `PATCH /api/video/{video_id}`: edits the details of a sermon.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::document_schema::DocumentBody;
use crate::{
    domain::{EditableField, FieldChange, Scope, VideoId},
    http::{
        auth::Client,
        body::{is_json, parse_json, unsupported_content_type},
        cache::{CachePolicy, ETag},
        error::AppError,
        problem::ProblemBody,
        state::AppState,
    },
    safety::{Revised, RevisionRequest, SermonChange},
};

/// A JSON merge patch (RFC 7396). Absent fields stay as they are, and null restores the fetched or submitted value.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document; `field_changes` reads it")]
#[schema(title = "SermonPatch")]
pub(super) struct SermonPatch {
    /// Title of the sermon.
    title: Option<String>,
    /// Name of the church.
    channel: Option<String>,
    /// URL of the church.
    channel_url: Option<String>,
    /// Name of the speaker.
    speaker: Option<String>,
    /// Name of the series.
    series: Option<String>,
    /// When the sermon was preached: a date such as 2026-05-31, or an RFC 3339 time.
    #[schema(example = "2026-05-31")]
    published_at: Option<String>,
    /// Country or town.
    location: Option<String>,
    /// URL where the sermon can be watched.
    url: Option<String>,
}

/// Edits the details of a sermon. Edits are stored separately from the fetched and measured values, and survive
/// reanalyzing the sermon or adding it again. The old version is kept in the history.
#[utoipa::path(
    patch, path = "/api/video/{video_id}", tag = "sermons",
    params(
        ("video_id" = String, Path, description = "The sermon"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to edit"),
    ),
    security(("admin" = []), ("token" = ["edit"])),
    request_body(content((SermonPatch = "application/merge-patch+json"), (SermonPatch = "application/json"))),
    responses(
        (status = 200, description = "The document", content_type = "application/json", body = DocumentBody, headers(("ETag" = String))),
        (status = 404, description = "No such sermon", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "The sermon has changed since the version in `If-Match`; nothing was saved", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Unknown field, or invalid value", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(video = id))]
pub(super) async fn patch(
    State(state): State<AppState>,
    client: Client,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, AppError> {
    let client = client.require(Scope::Edit)?;
    let id = VideoId::parse(&id)?;
    if !is_json(&headers) {
        return Err(unsupported_content_type(&headers, "application/merge-patch+json"));
    }
    let changes = field_changes(parse_json(&body)?)?;
    let request = RevisionRequest {
        id,
        based_on: ETag::if_match(&headers),
        actor: client.actor(),
        address: Some(client.address),
        change: SermonChange::Fields(changes),
    };
    Ok(document_response(&state.saver.revise(request).await?))
}

/// Returns the edited document of a sermon, with its new tag.
pub(super) fn document_response(revised: &Revised) -> Response {
    let content_type = [(header::CONTENT_TYPE, "application/json")];
    (CachePolicy::NoStore, ETag::new(revised.sha256), content_type, revised.document.to_json()).into_response()
}

/// Parses the fields of a patch. The error names the first invalid field.
fn field_changes(patch: Map<String, Value>) -> Result<Vec<FieldChange>, AppError> {
    let change = |(name, value): (String, Value)| {
        let Some(field) = EditableField::parse(&name) else {
            let known: Vec<_> = EditableField::ALL.iter().map(|field| field.name()).collect();
            return Err(invalid(&name, format!("not a field that can be edited: use {}", known.join(", "))));
        };
        match value {
            Value::Null => Ok((field, None)),
            Value::String(text) => field_change(field, &text),
            _ => Err(invalid(&name, "must be text, or null to restore what was fetched".to_owned())),
        }
    };
    patch.into_iter().map(change).collect()
}

/// Checks a new value for a field.
pub(in crate::http) fn field_change(field: EditableField, text: &str) -> Result<FieldChange, AppError> {
    let value = field.parse_value(text).map_err(|error| invalid(field.name(), error.to_string()))?;
    Ok((field, Some(value)))
}

fn invalid(name: &str, reason: String) -> AppError {
    AppError::Field { name: name.chars().take(100).collect(), reason }
}
