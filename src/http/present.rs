//! Gives every error its form: a problem object, a page, or the legacy `{error, logs}`; and logs it, once.

use std::{any::Any, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Json, Response},
};
use serde_json::json;
use tokio::sync::watch;

use super::{
    cache::CachePolicy,
    error::AppError,
    negotiate::{ErrorForm, error_form},
    web,
};
use crate::safety::SpoolStatus;

/// Middleware: lets the request through, and presents the error that came back, if one did.
pub(super) async fn errors(
    State(spool): State<watch::Receiver<SpoolStatus>>,
    request: Request,
    next: Next,
) -> Response {
    let form = error_form(request.method(), request.uri(), request.headers());
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();
    let headers = request.headers().clone();
    let response = next.run(request).await;
    let Some(error) = error_of(&response, &method) else { return response };
    log(&error);
    let mut answer = match form {
        ErrorForm::Problem => error.problem(&path).into_response(),
        ErrorForm::Legacy => legacy(&error),
        ErrorForm::Page => web::error_page(&error, &path, &headers, spool.borrow().files),
    };
    *answer.status_mut() = error.status();
    carry_headers(&error, response.headers(), answer.headers_mut());
    (CachePolicy::NoStore, answer).into_response()
}

/// The error that a response stands for: ours, or that of a library that answered without a body of ours.
fn error_of(response: &Response, method: &str) -> Option<Arc<AppError>> {
    if let Some(error) = response.extensions().get::<Arc<AppError>>() {
        return Some(Arc::clone(error));
    }
    let kind = response.headers().get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let bare = kind.is_empty() || kind.starts_with(b"text/plain");
    let status = response.status();
    (bare && (status.is_client_error() || status.is_server_error())).then(|| {
        Arc::new(match status {
            StatusCode::NOT_FOUND => AppError::NoRoute,
            StatusCode::METHOD_NOT_ALLOWED => AppError::Method(method.to_owned()),
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
        tracing::info!(status, %error, "request refused");
    }
}

fn legacy(error: &AppError) -> Response {
    let logs: Vec<_> = error.job_logs().iter().map(|line| line.message.as_str()).collect();
    let problem = error.problem("/analyze");
    let mut body = json!({ "error": problem.detail, "code": problem.code, "logs": logs });
    if let Some(document) = problem.document {
        body["document"] = document;
    }
    Json(body).into_response()
}

/// What belongs to the status stays: which methods are taken, when to come back, how to sign in.
fn carry_headers(error: &AppError, from: &HeaderMap, to: &mut HeaderMap) {
    if let Some(allow) = from.get(header::ALLOW) {
        to.insert(header::ALLOW, allow.clone());
    }
    if let Some(seconds) = error.retry_after() {
        to.insert(header::RETRY_AFTER, seconds.into());
    }
    if matches!(error, AppError::Unauthorized) {
        to.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(r#"Bearer realm="MannaMeter""#));
    }
}

/// Turns a panic of a handler into an error like any other.
#[expect(clippy::needless_pass_by_value, reason = "the signature that `CatchPanicLayer` asks for")]
pub(super) fn panic(payload: Box<dyn Any + Send + 'static>) -> Response {
    let message = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    AppError::Panic(message).into_response()
}
