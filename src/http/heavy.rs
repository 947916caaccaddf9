//! Limits how many expensive requests run at the same time.

use std::{sync::Arc, time::Duration};

use axum::{
    body::HttpBody as _,
    extract::{Request, State},
    http::{
        HeaderMap,
        header::{CONTENT_LENGTH, TRANSFER_ENCODING},
    },
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use super::error::AppError;

/// Maximum number of expensive requests at the same time.
const PERMITS: usize = 2;
/// Maximum number of large bodies that are received and processed at the same time, up to 8 MB each.
const LARGE_BODIES: usize = 16;
/// Size in bytes above which a body counts as large.
pub(super) const LARGE: u64 = 1_000_000;
/// How long a request waits for its turn.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Limits how many requests use a lot of memory or processor time at the same time.
#[derive(Debug)]
pub(super) struct HeavyWork {
    permits: Arc<Semaphore>,
    max_wait: Duration,
}

impl HeavyWork {
    pub(super) fn new() -> Self {
        Self::with_permits(PERMITS)
    }

    /// Creates the limit for large bodies.
    pub(super) fn large_bodies() -> Self {
        Self::with_permits(LARGE_BODIES)
    }

    /// Creates a limit of `permits` requests at the same time.
    pub(super) fn with_permits(permits: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(permits)), max_wait: MAX_WAIT }
    }

    /// Waits for a permit, which must be held while the work runs. Fails with [`AppError::Busy`] after a few seconds.
    pub(super) async fn permit(&self) -> Result<SemaphorePermit<'_>, AppError> {
        match tokio::time::timeout(self.max_wait, self.permits.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(AppError::Busy),
        }
    }

    /// Like [`HeavyWork::permit`], for work that outlives the handler.
    pub(super) async fn owned_permit(&self) -> Result<OwnedSemaphorePermit, AppError> {
        match tokio::time::timeout(self.max_wait, Arc::clone(&self.permits).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(AppError::Busy),
        }
    }
}

/// Middleware that limits how many requests with large bodies, or bodies of unknown size, are handled at the same time.
pub(super) async fn limit_large_bodies(
    State(large_bodies): State<Arc<HeavyWork>>,
    request: Request,
    next: Next,
) -> Response {
    // The timeout around a body hides its size, so the headers tell it.
    let size = request.body().size_hint().upper().or_else(|| announced_size(request.headers()));
    if size.is_some_and(|size| size <= LARGE) {
        return next.run(request).await;
    }
    match large_bodies.permit().await {
        Ok(_permit) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Returns the size of a body in bytes according to the headers, or `None` if it is sent in chunks. A request with
/// neither header has no body.
fn announced_size(headers: &HeaderMap) -> Option<u64> {
    if headers.contains_key(TRANSFER_ENCODING) {
        return None;
    }
    headers.get(CONTENT_LENGTH).map_or(Some(0), |length| length.to_str().ok()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::Body,
        http::{HeaderValue, StatusCode},
        middleware::from_fn_with_state,
        routing::post,
    };
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn a_request_waits_for_its_turn_but_not_forever() {
        let heavy = HeavyWork { max_wait: Duration::from_millis(20), ..HeavyWork::new() };
        let mut permits = Vec::new();
        for _ in 0..PERMITS {
            permits.push(heavy.permit().await.expect("a permit"));
        }
        let error = heavy.permit().await.expect_err("no permit is left");
        assert_eq!((error.status(), error.retry_after().is_some()), (StatusCode::SERVICE_UNAVAILABLE, true));
        permits.pop();
        permits.push(heavy.permit().await.expect("the one that was returned"));
    }

    #[tokio::test]
    async fn large_bodies_wait_for_each_other_and_small_ones_do_not() {
        let heavy = Arc::new(HeavyWork { max_wait: Duration::from_millis(20), ..HeavyWork::with_permits(1) });
        let _permit = heavy.owned_permit().await.expect("the only permit");
        let routes = Router::new().route("/", post(async || ()));
        let service = routes.layer(from_fn_with_state(heavy, limit_large_bodies));
        // The size of a streamed body is only known from its headers.
        let stream = || Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
        for (header, body, expected) in [
            (None, Body::from(vec![0; 1_000_000]), StatusCode::OK),
            (None, Body::from(vec![0; 1_000_001]), StatusCode::SERVICE_UNAVAILABLE),
            (None, stream(), StatusCode::OK),
            (Some((CONTENT_LENGTH, "1000000")), stream(), StatusCode::OK),
            (Some((CONTENT_LENGTH, "1000001")), stream(), StatusCode::SERVICE_UNAVAILABLE),
            (Some((TRANSFER_ENCODING, "chunked")), stream(), StatusCode::SERVICE_UNAVAILABLE),
        ] {
            let mut request = Request::post("/").body(body).expect("a request");
            request.headers_mut().extend(header.map(|(name, value)| (name, HeaderValue::from_static(value))));
            let response = service.clone().oneshot(request).await.expect("a response");
            assert_eq!(response.status(), expected);
        }
    }
}
