//! Logs every error once and renders it as a page or a problem object, with or without the legacy keys.

use std::{any::Any, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Json, Response},
};
use serde::Serialize;
use tokio::sync::watch;

use super::{
    cache::{CachePolicy, ETag},
    error::AppError,
    negotiate::{ErrorFormat, error_format},
    problem::{PROBLEM_TYPE, ProblemBody},
    web,
};
use crate::safety::SpoolStatus;

/// What error pages show in addition to the error.
#[derive(Debug, Clone)]
pub(super) struct Context {
    /// Status of the spool.
    pub(super) spool: watch::Receiver<SpoolStatus>,
    /// Base path of all links.
    pub(super) base_path: String,
}

/// Middleware that renders the error of a response, if any.
pub(super) async fn render_errors(State(context): State<Context>, request: Request, next: Next) -> Response {
    let format = error_format(request.method(), request.uri(), request.headers());
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();
    let headers = request.headers().clone();
    let response = next.run(request).await;
    let Some(error) = error_of(&response, &method) else { return response };
    log(&error);
    let mut rendered = match format {
        ErrorFormat::Problem => error.problem(&path).into_response(),
        ErrorFormat::LegacyProblem => legacy_problem(&error, &path),
        ErrorFormat::Analyze => analyze_problem(&error, &path),
        ErrorFormat::Page => web::error_page(&error, &path, &headers, &context),
    };
    *rendered.status_mut() = error.status();
    set_headers(&error, response.headers(), rendered.headers_mut());
    (CachePolicy::NoStore, rendered).into_response()
}

/// Returns the error that a response carries, or creates one from the status if a library responded without a body.
fn error_of(response: &Response, method: &str) -> Option<Arc<AppError>> {
    if let Some(error) = response.extensions().get::<Arc<AppError>>() {
        return Some(Arc::clone(error));
    }
    let content_type = response.headers().get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let bare = content_type.is_empty() || content_type.starts_with(b"text/plain");
    let status = response.status();
    (bare && (status.is_client_error() || status.is_server_error())).then(|| {
        Arc::new(match status {
            StatusCode::NOT_FOUND => AppError::NoRoute,
            StatusCode::METHOD_NOT_ALLOWED => AppError::MethodNotAllowed(method.to_owned()),
            StatusCode::GATEWAY_TIMEOUT => AppError::Timeout,
            other => AppError::Status(other),
        })
    })
}

fn log(error: &AppError) {
    let status = error.status().as_u16();
    if status >= 500 && !matches!(error, AppError::Job { .. }) {
        tracing::error!(status, error = error as &dyn std::error::Error, "request failed");
    } else {
        tracing::info!(status, %error, "request rejected");
    }
}

/// A problem object with the additional keys of the previous system's errors.
#[derive(Debug, Serialize)]
struct LegacyProblem {
    #[serde(flatten)]
    problem: ProblemBody,
    /// Always false.
    success: bool,
    /// Same as `detail`.
    error: String,
    /// Same as `detail`. The backup page of the previous system shows this key.
    message: String,
    /// Log of the job, for `POST /analyze`.
    #[serde(skip_serializing_if = "Option::is_none")]
    logs: Option<Vec<String>>,
}

impl LegacyProblem {
    fn new(problem: ProblemBody) -> Self {
        let detail = problem.detail.clone();
        Self { problem, success: false, error: detail.clone(), message: detail, logs: None }
    }
}

fn legacy_problem(error: &AppError, path: &str) -> Response {
    let body = Json(LegacyProblem::new(error.problem(path)));
    ([(header::CONTENT_TYPE, PROBLEM_TYPE)], body).into_response()
}

fn analyze_problem(error: &AppError, path: &str) -> Response {
    let logs = error.job_logs().iter().map(|line| line.message.clone()).collect();
    Json(LegacyProblem { logs: Some(logs), ..LegacyProblem::new(error.problem(path)) }).into_response()
}

/// Sets the headers that belong to the status: `Allow`, `Retry-After` and `WWW-Authenticate`.
fn set_headers(error: &AppError, original: &HeaderMap, rendered: &mut HeaderMap) {
    if let Some(allow) = original.get(header::ALLOW) {
        rendered.insert(header::ALLOW, allow.clone());
    }
    if let Some(seconds) = error.retry_after() {
        rendered.insert(header::RETRY_AFTER, seconds.into());
    }
    if matches!(error, AppError::Unauthorized) {
        rendered.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(r#"Bearer realm="MannaMeter""#));
    }
    if let AppError::StaleVersion(_, current) = error {
        rendered.insert(header::ETAG, ETag::new(*current).header());
    }
    if let AppError::InsufficientScope { needed, .. } = error {
        let challenge = format!(r#"Bearer realm="MannaMeter", error="insufficient_scope", scope="{needed}""#);
        rendered.insert(header::WWW_AUTHENTICATE, challenge.parse().expect("the name of a scope is a header value"));
    }
}

/// Converts a panic in a handler to an error response.
#[expect(clippy::needless_pass_by_value, reason = "the signature that `CatchPanicLayer` requires")]
pub(super) fn from_panic(payload: Box<dyn Any + Send + 'static>) -> Response {
    let message = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    AppError::Panic(message).into_response()
}
