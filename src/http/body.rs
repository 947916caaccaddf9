//! Bodies and query strings, read so that a mistake is told with its place.

use axum::{
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, Request,
        rejection::{BytesRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode, header},
};
use serde::de::DeserializeOwned;

use super::{error::AppError, limits::MAX_BODY, state::AppState};

/// A JSON body.
#[derive(Debug, Clone, Copy)]
pub(super) struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for JsonBody<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, AppError> {
        if !is_json(request.headers()) {
            return Err(unknown_kind(request.headers(), "application/json"));
        }
        let bytes = Bytes::from_request(request, state).await?;
        parse_json(&bytes).map(Self)
    }
}

/// The query string.
#[derive(Debug, Clone, Copy, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(AppError))]
pub(super) struct QueryString<T>(pub T);

/// The kind of a body, in lower case and without its parameters.
pub(super) fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether the body calls itself JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = content_type(headers);
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Refuses a body of another kind.
pub(super) fn unknown_kind(headers: &HeaderMap, expected: &'static str) -> AppError {
    let kind = content_type(headers);
    let found = if kind.is_empty() { "a body without a content type".to_owned() } else { kind };
    AppError::ContentType { found, expected }
}

/// Reads a JSON object; a mistake in its grammar is told with line and column, a mistake in a value with its path.
pub(super) fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, AppError> {
    // A list would be taken for the fields in their order.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(AppError::Field { name: "the body".to_owned(), reason: "a list; send an object".to_owned() });
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        json_error(&path, &error.into_inner())
    })?;
    reader.end().map_err(|error| json_error("", &error))?;
    Ok(value)
}

fn json_error(path: &str, error: &serde_json::Error) -> AppError {
    let message = error.to_string();
    if error.is_data() {
        let name = if path.is_empty() || path == "." { "the body" } else { path };
        AppError::Field { name: name.to_owned(), reason: message }
    } else {
        AppError::Json { message, line: error.line(), column: error.column() }
    }
}

impl From<BytesRejection> for AppError {
    fn from(rejection: BytesRejection) -> Self {
        body_error(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for AppError {
    fn from(rejection: QueryRejection) -> Self {
        Self::Query(rejection.body_text())
    }
}

/// A body that could not be read to its end.
pub(super) fn body_error(status: StatusCode, text: String) -> AppError {
    if status == StatusCode::PAYLOAD_TOO_LARGE { AppError::TooLarge(MAX_BODY) } else { AppError::Body(text) }
}
