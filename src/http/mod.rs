//! The web service: pages for browsers and an API for programs.
//!
//! Handlers extract, call one or two services, and respond; they contain no SQL. Whatever all responses share (security
//! headers, request ID, error format) is middleware and is applied in this file.
//!
//! Serve the router with `into_make_service_with_connect_info::<SocketAddr>()`, because rate limits need the client's
//! address.

mod api;
mod assets;
mod audit;
mod auth;
mod backup_operations;
mod base_path;
mod body;
mod body_limit;
mod bulk;
mod cache;
mod coalesced;
mod error;
mod error_response;
mod front;
mod heavy;
mod job_error;
mod job_owner;
mod negotiate;
mod operations;
mod problem;
mod rate_limit;
mod reader;
mod refusals;
mod request_context;
mod response_cache;
mod revalidation;
mod search;
mod security;
mod session;
mod sitemap;
mod state;
mod static_site;
mod transcript;
mod web;

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    http::{Request, StatusCode},
    middleware::{from_fn, from_fn_with_state, map_response, map_response_with_state},
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
use utoipa::openapi::Server;

pub use assets::paths as asset_paths;
use cache::CachePolicy;
pub use error::AppError;
use heavy::HeavyWork;
pub use problem::ProblemBody;
pub use refusals::UNTRUSTED_PROXY_ACTION;
use request_context::REQUEST_ID;
pub use sitemap::sitemap_files;
pub use state::{AdminToken, AppState, HttpSettings, SearchEngines, Services, Submissions, TranscriptAccess};
pub use static_site::{SiteLocation, file_for_path, path_for_file, url_for_file};

use crate::{clock::Clock, safety::SpoolStatus};

/// Time limit for sending the response headers. `POST /analyze` waits for its job and has a limit of its own.
const TIMEOUT: Duration = Duration::from_secs(90);
/// Longest allowed pause while receiving a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// Content type of backups. They are not compressed, so that their length is known in advance.
const BACKUP_TYPE: &str = "application/octet-stream";

/// Creates the router of the web service.
pub fn router(state: AppState) -> Router {
    let (api, mut document) = api::routes().split_for_parts();
    let (uploads, upload_document) = api::uploads().split_for_parts();
    document.merge(upload_document);
    api::common_errors::document(&mut document);
    if !state.settings.base_path.is_empty() {
        document.servers = Some(vec![Server::new(&state.settings.base_path)]);
    }
    let document = Arc::new(document);
    let openapi = Arc::clone(&document);
    let routes = api
        .merge(web::routes(document))
        .route("/openapi.json", get(async move || (CachePolicy::NoStore, Json(openapi))))
        .route("/static/{version}/{name}", get(assets::serve))
        .route("/favicon.ico", get(assets::favicon))
        .fallback(async || AppError::NoRoute);
    // Uploads have a separate size limit and no time limit.
    let uploads = uploads.merge(web::uploads()).layer(DefaultBodyLimit::disable());
    let routes = with_limits(routes, Arc::clone(&state.large_bodies)).merge(uploads);
    let (clock, settings) = (Arc::clone(&state.clock), Arc::clone(&state.settings));
    let routes = with_middleware(routes, clock, settings, state.saver.spool().watch());
    let base_path = state.settings.base_path.clone();
    base_path::below(&base_path, routes.with_state(state))
}

/// Limits the size and number of request bodies, and the time to respond.
fn with_limits<S: Clone + Send + Sync + 'static>(routes: Router<S>, large_bodies: Arc<HeavyWork>) -> Router<S> {
    routes
        .layer(DefaultBodyLimit::max(body_limit::MAX_BODY))
        .layer(from_fn_with_state(large_bodies, heavy::limit_large_bodies))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, TIMEOUT))
        .layer(from_fn(body_limit::reject_large_bodies))
}

/// Applies the middleware that all routes share. The last layer is the outermost.
fn with_middleware<S: Clone + Send + Sync + 'static>(
    routes: Router<S>,
    clock: Arc<dyn Clock>,
    settings: Arc<HttpSettings>,
    spool: watch::Receiver<SpoolStatus>,
) -> Router<S> {
    let search_engines = settings.search_engines;
    let errors = error_response::Context { spool, base_path: settings.base_path.clone() };
    routes
        .layer(RequestBodyTimeoutLayer::new(BODY_TIMEOUT))
        .layer(from_fn_with_state(settings, security::reject_cross_site))
        .layer(CatchPanicLayer::custom(error_response::from_panic))
        .layer(from_fn_with_state(errors, error_response::render_errors))
        .layer(
            CompressionLayer::new()
                .compress_when(DefaultPredicate::new().and(NotForContentType::const_new(BACKUP_TYPE))),
        )
        .layer(map_response(cache::weaken_compressed))
        .layer(map_response_with_state(search_engines, security::set_headers))
        .layer(from_fn(request_context::record_duration))
        .layer(from_fn(request_context::with_request_id))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_response(DefaultOnResponse::new().level(Level::INFO))
                .on_failure(()),
        )
        .layer(SetRequestIdLayer::new(REQUEST_ID, RequestIds(clock)))
}

/// Creates the tracing span of a request, which never contains the query, the headers or the body.
fn span<B>(request: &Request<B>) -> Span {
    let request_id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    info_span!("request", method = %request.method(), path = request.uri().path(), request_id)
}

/// Generates IDs for requests that have none.
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
    async fn a_panic_of_a_handler_is_a_problem_without_its_message() {
        let broken = get(async || -> &'static str { panic!("the secret of the handler") });
        let service = with_middleware(
            Router::new().route("/api/broken", broken),
            Arc::new(SystemClock),
            Arc::new(HttpSettings::sample()),
            watch::channel(SpoolStatus::default()).1,
        );
        let request = Request::get("/api/broken").body(Body::empty()).expect("a request");
        let response = service.oneshot(request).await.expect("a response");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(response.headers().contains_key("content-security-policy"));
        let body =
            String::from_utf8(to_bytes(response.into_body(), 10_000).await.expect("a body").to_vec()).expect("UTF-8");
        assert!(body.contains(r#""code":"internal""#) && !body.contains("secret"), "{body}");
    }
}
