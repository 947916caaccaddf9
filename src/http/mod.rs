//! The web service: pages for people, an API for programs.
//!
//! Handlers extract, call one or two things, and answer. They know no SQL and format nothing; what is said in
//! every answer (security headers, request id, the form of errors) is laid around them here.
//!
//! The server must be started with `into_make_service_with_connect_info::<SocketAddr>()`, so that limits know
//! addresses apart.

mod api;
mod assets;
mod audit;
mod auth;
mod backups;
mod body;
mod cache;
mod error;
mod fallback;
mod files;
mod findings;
mod limits;
mod negotiate;
mod operations;
mod present;
mod problem;
mod security;
mod session;
mod state;
mod web;

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    http::{HeaderName, Request, StatusCode},
    middleware::{from_fn, from_fn_with_state, map_response},
    routing::get,
};
use tokio::sync::watch;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate as _},
    },
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    timeout::{RequestBodyTimeoutLayer, TimeoutLayer},
    trace::{DefaultOnResponse, TraceLayer},
};
use tracing::{Level, Span, info_span};

pub use assets::paths as asset_paths;
use cache::CachePolicy;
pub use error::AppError;
pub use files::{AsFiles, address_of, file_of, path_of};
pub use problem::ProblemBody;
pub use state::{AdminToken, AppState, HttpSettings, Services, Submissions};

use crate::{clock::Clock, safety::SpoolStatus};

/// The longest time to the head of an answer; `POST /analyze`, which waits for its job, has a minute of its own.
const TIMEOUT: Duration = Duration::from_secs(90);
/// The longest pause in a body that is being sent.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// What a backup is sent as; it goes as it is, so that its length is known.
const BACKUP_TYPE: &str = "application/octet-stream";
/// Names a request in its answer and in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The whole web service.
pub fn router(state: AppState) -> Router {
    let (api, mut document) = api::routes().split_for_parts();
    let (uploads, described) = api::uploads().split_for_parts();
    document.merge(described);
    let document = Arc::new(document);
    let openapi = Arc::clone(&document);
    let routes = api
        .merge(web::routes(document))
        .route("/openapi.json", get(async move || (CachePolicy::NoStore, Json(openapi))))
        .route("/static/{version}/{name}", get(assets::serve))
        .route("/favicon.ico", get(assets::favicon))
        .fallback(async || AppError::NoRoute);
    // Uploads have a limit of their own, and take their time.
    let uploads = uploads.merge(web::uploads()).layer(DefaultBodyLimit::disable());
    let routes = limited(routes).merge(uploads);
    around(routes, Arc::clone(&state.clock), state.saver.spool().watch()).with_state(state)
}

/// Limits the bodies that routes take and the time that they have.
fn limited<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes
        .layer(DefaultBodyLimit::max(limits::MAX_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, TIMEOUT))
        .layer(from_fn(limits::refuse_long_bodies))
}

/// Lays around the routes what is the same for all; the last layer is the outermost.
fn around<S: Clone + Send + Sync + 'static>(
    routes: Router<S>,
    clock: Arc<dyn Clock>,
    spool: watch::Receiver<SpoolStatus>,
) -> Router<S> {
    routes
        .layer(RequestBodyTimeoutLayer::new(BODY_TIMEOUT))
        .layer(from_fn(security::refuse_cross_site))
        .layer(CatchPanicLayer::custom(present::panic))
        .layer(from_fn_with_state(spool, present::errors))
        .layer(
            CompressionLayer::new()
                .compress_when(DefaultPredicate::new().and(NotForContentType::const_new(BACKUP_TYPE))),
        )
        .layer(map_response(cache::weaken_compressed))
        .layer(map_response(security::set_headers))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_response(DefaultOnResponse::new().level(Level::INFO))
                .on_failure(()),
        )
        .layer(SetRequestIdLayer::new(REQUEST_ID, RequestIds(clock)))
}

/// What the log says of a request in every line: never its query, its headers or its body.
fn span<B>(request: &Request<B>) -> Span {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    info_span!("request", method = %request.method(), path = request.uri().path(), id)
}

/// Gives each request an id, unless a proxy gave it one.
#[derive(Debug, Clone)]
struct RequestIds(Arc<dyn Clock>);

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _request: &Request<B>) -> Option<RequestId> {
        self.0.new_id().to_string().parse().ok().map(RequestId::new)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use tower::ServiceExt as _;

    use super::*;
    use crate::clock::SystemClock;

    #[tokio::test]
    async fn a_handler_that_breaks_down_is_told_as_a_problem_without_its_words() {
        let broken = get(async || -> &'static str { panic!("the secret of the handler") });
        let service = around(
            Router::new().route("/api/broken", broken),
            Arc::new(SystemClock),
            watch::channel(SpoolStatus::default()).1,
        );
        let request = Request::get("/api/broken").body(Body::empty()).expect("a request");
        let answer = service.oneshot(request).await.expect("the service answers everything");
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(answer.headers().contains_key("content-security-policy"));
        let body =
            String::from_utf8(to_bytes(answer.into_body(), 10_000).await.expect("a body").to_vec()).expect("UTF-8");
        assert!(body.contains(r#""code":"internal""#) && !body.contains("secret"), "{body}");
    }
}
