//! Problem objects (RFC 9457), the format of all API errors.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::api::{backup_schemas::RestorePreviewBody, document_schema::DocumentBody};

/// The content type of problem objects.
pub(super) const PROBLEM_TYPE: &str = "application/problem+json";

/// A machine-readable and human-readable description of an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProblemBody {
    /// Always `about:blank`. The kind of problem is identified by `code`.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    pub kind: String,
    /// Short description of the kind of problem.
    #[schema(example = "Not a video link")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// Stable machine-readable code.
    #[schema(example = "not_a_video_link")]
    pub code: String,
    /// Path of the request. Absent in the `error` of a job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Why a link was rejected, such as `playlist`, `channel`, `clip` or `not_youtube`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// Line of a JSON syntax error, starting at 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Column of a JSON syntax error, starting at 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// The available caption languages, if none of them is English.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Whether it helps to submit the transcript instead of the link.
    pub paste_helps: bool,
    /// A fresh preview and plan token, if the data has changed since the client requested its preview.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<RestorePreviewBody>, nullable = false)]
    pub preview: Option<Value>,
    /// The full result, if it could not be saved anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DocumentBody>, nullable = false)]
    pub document: Option<Value>,
}

impl ProblemBody {
    /// Creates a problem without additional data.
    pub(super) fn new(
        status: StatusCode,
        code: impl Into<String>,
        title: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind: "about:blank".to_owned(),
            title: title.into(),
            status: status.as_u16(),
            detail: detail.into(),
            code: code.into(),
            instance: None,
            reason: None,
            line: None,
            column: None,
            languages: Vec::new(),
            paste_helps: false,
            preview: None,
            document: None,
        }
    }
}

impl IntoResponse for ProblemBody {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).expect("a problem has only string keys");
        (status, [(header::CONTENT_TYPE, PROBLEM_TYPE)], body).into_response()
    }
}
