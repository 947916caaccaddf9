//! Extractors for bodies and query strings. Their errors say where the mistake is.

use axum::{
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, Request,
        rejection::{BytesRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode, header},
};
use serde::de::DeserializeOwned;

use super::{body_limit::MAX_BODY, error::AppError, state::AppState};

/// A JSON body.
#[derive(Debug, Clone, Copy)]
pub(super) struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for JsonBody<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, AppError> {
        if !is_json(request.headers()) {
            return Err(unsupported_content_type(request.headers(), "application/json"));
        }
        let bytes = Bytes::from_request(request, state).await?;
        parse_json(&bytes).map(Self)
    }
}

/// The query string.
#[derive(Debug, Clone, Copy, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(AppError))]
pub(super) struct QueryString<T>(pub T);

/// Returns the content type in lowercase, without its parameters.
pub(super) fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Returns whether the content type is JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let content_type = content_type(headers);
    content_type == "application/json" || (content_type.starts_with("application/") && content_type.ends_with("+json"))
}

/// Returns an error that names the expected content type.
pub(super) fn unsupported_content_type(headers: &HeaderMap, expected: &'static str) -> AppError {
    let content_type = content_type(headers);
    let found = if content_type.is_empty() { "a body without a content type".to_owned() } else { content_type };
    AppError::ContentType { found, expected }
}

/// Parses a JSON object. The error gives the line and column of a syntax error, and the path of an invalid value.
pub(super) fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, AppError> {
    // serde would also accept an array with the fields in order.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(AppError::Field {
            name: "the body".to_owned(),
            reason: "must be an object, not an array".to_owned(),
        });
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

/// Returns the error for a body that could not be received.
pub(super) fn body_error(status: StatusCode, text: String) -> AppError {
    if status == StatusCode::PAYLOAD_TOO_LARGE { AppError::TooLarge(MAX_BODY) } else { AppError::Body(text) }
}
