//! Problem objects (RFC 9457), the one shape of every error that the API answers.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::Problem;

/// What went wrong, for programs and for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProblemBody {
    /// A URI reference that names the kind of problem; `about:blank` when `code` says it all.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    pub kind: String,
    /// The kind of problem in a few words.
    #[schema(example = "Not a video link")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// What happened here, and what to do.
    pub detail: String,
    /// A stable name for programs.
    #[schema(example = "not_a_video_link")]
    pub code: String,
    /// The address that was asked; absent inside a job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// What a link is that names no video: `playlist`, `channel`, `clip`, `not_youtube` ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// Line of the mistake in a JSON body, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Column of the mistake in a JSON body, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// Caption languages that exist, where that is the matter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Whether pasting the transcript gets the user further.
    pub paste_helps: bool,
    /// What a restore would change now, and a new plan, when the data has changed since the preview.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub preview: Option<Value>,
    /// The whole result, when it could be kept nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub document: Option<Value>,
}

impl From<Problem> for ProblemBody {
    fn from(problem: Problem) -> Self {
        let Problem { kind, status, code, title, detail, languages, paste_helps, document } = problem;
        Self {
            kind,
            title,
            status,
            detail,
            code,
            instance: None,
            reason: None,
            line: None,
            column: None,
            languages,
            paste_helps,
            preview: None,
            document,
        }
    }
}

impl IntoResponse for ProblemBody {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).expect("a problem has only string keys");
        (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
    }
}
