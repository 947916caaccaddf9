//! Middleware that passes the request ID to handlers and records the duration of requests.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, Method},
    middleware::Next,
    response::Response,
};

use crate::telemetry::{metrics::record_request, request_id};

/// The header for the request ID, which the client, a proxy or this server sets.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Middleware that passes the request ID to the handler.
pub(super) async fn with_request_id(request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    request_id::scope(&id, next.run(request)).await
}

/// Middleware that records the time until the response headers are sent.
pub(super) async fn record_duration(request: Request, next: Next) -> Response {
    let method = known_method(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let start = Instant::now();
    let response = next.run(request).await;
    record_request(method, route, response.status().as_u16(), start.elapsed());
    response
}

/// Returns the name of a standard method, or `other`, because clients can send arbitrary methods.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
