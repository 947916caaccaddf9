//! Limits on the size of request bodies.

use std::time::Duration;

use axum::{
    body::Body,
    extract::Request,
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;

use super::error::AppError;

/// Maximum size of a request body in bytes: enough for a 5 MB transcript with JSON escapes.
pub(super) const MAX_BODY: usize = 8_000_000;

/// How long to read and discard the rest of a rejected body, so that the client gets the response instead of a
/// connection reset.
const DRAIN_TIME: Duration = Duration::from_secs(2);

/// Middleware that rejects requests with a `Content-Length` above [`MAX_BODY`].
pub(super) async fn reject_large_bodies(request: Request, next: Next) -> Response {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_none_or(|length: usize| length <= MAX_BODY) {
        return next.run(request).await;
    }
    discard(request.into_body()).await;
    AppError::TooLarge(MAX_BODY).into_response()
}

async fn discard(body: Body) {
    let mut frames = body.into_data_stream();
    let draining = async { while let Some(Ok(_)) = frames.next().await {} };
    drop(tokio::time::timeout(DRAIN_TIME, draining).await);
}
