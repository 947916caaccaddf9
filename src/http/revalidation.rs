//! Conditional and cached requests: `ETag`, `304 Not Modified` and cached bodies, decided with a single small query.

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use axum::{
    body::Bytes,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;

use super::{
    cache::{CachePolicy, ETag},
    error::AppError,
    reader::ReadSource,
    response_cache::ResponseCache,
    state::AppState,
};
use crate::{domain::Sha256, store::StoreError};

/// A value that changes at each start, because a new version may render the same data differently.
static PROCESS_ID: LazyLock<u64> = LazyLock::new(rand::random);

/// Revalidates and caches a response that depends only on data from the database.
#[derive(Debug)]
pub(super) struct Revalidation {
    /// Checksum of everything the response depends on. `None` while the database is unreachable, and for content that
    /// varies by client; the response is then neither tagged nor cached.
    key: Option<Sha256>,
    /// Whether the client's cached copy is current.
    is_current: bool,
    cache: Arc<ResponseCache>,
}

/// The kind of a response, which determines its headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A page. It depends on the theme in a cookie.
    Page,
    /// A JSON response.
    Json,
}

impl Kind {
    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Page => "text/html; charset=utf-8",
            Self::Json => "application/json",
        })
    }

    /// Returns the headers that are also sent with `304 Not Modified`.
    fn vary(self) -> HeaderMap {
        let cookie = (self == Self::Page).then(|| (header::VARY, HeaderValue::from_static("Cookie")));
        HeaderMap::from_iter(cookie)
    }
}

impl Revalidation {
    /// Computes the key from `inputs` (URL, theme, notices and so on), the day, and the last write in the database.
    pub(super) async fn new(state: &AppState, headers: &HeaderMap, inputs: impl fmt::Debug + Send) -> Self {
        let cache = Arc::clone(&state.responses);
        let Some(position) = state.reader.stats_position().await else {
            return Self { key: None, is_current: false, cache };
        };
        cache.set_position(position);
        let today = state.clock.now().date_naive();
        let key = Sha256::digest(format!("{} {position:?} {today} {inputs:?}", *PROCESS_ID).as_bytes());
        Self { key: Some(key), is_current: ETag::new(key).matches(headers), cache }
    }

    /// Disables tags and caching, for content that only some clients may see.
    pub(super) fn uncached(self) -> Self {
        Self { key: None, is_current: false, ..self }
    }

    /// Returns `304 Not Modified`, the cached body, or a newly rendered body.
    ///
    /// The key is computed before the body is read, so a write in the meantime causes at most one extra rendering.
    pub(super) fn respond(
        self,
        kind: Kind,
        render: impl Future<Output = Result<(ReadSource, Bytes), AppError>> + Send,
    ) -> impl Future<Output = Result<Response, AppError>> + Send {
        // Boxed because it is large and would be copied into each caller's future.
        let render = Box::pin(render);
        async move {
            let tag = self.key.map(ETag::new);
            if self.is_current {
                return Ok((StatusCode::NOT_MODIFIED, CachePolicy::Revalidate, kind.vary(), tag, ()).into_response());
            }
            let (source, body) = match &self.key {
                Some(key) => self.cache.get_or_render(key, render).await?,
                None => render.await?,
            };
            let tag = tag.filter(|_| source == ReadSource::Database);
            let content_type = [(header::CONTENT_TYPE, kind.content_type())];
            Ok((CachePolicy::Revalidate, kind.vary(), content_type, source, tag, body).into_response())
        }
    }

    /// Fails immediately if the database is known to be unreachable, so that the handler does not wait for it again.
    pub(super) fn require_database(&self) -> Result<(), AppError> {
        match self.key {
            Some(_) => Ok(()),
            None => Err(StoreError::Unavailable("it did not respond to a recent query".to_owned()).into()),
        }
    }

    /// Responds with JSON.
    pub(super) fn respond_json<T: Serialize>(
        self,
        body: impl Future<Output = Result<(ReadSource, T), AppError>> + Send,
    ) -> impl Future<Output = Result<Response, AppError>> + Send {
        self.respond(Kind::Json, async {
            let (source, body) = body.await?;
            let body = serde_json::to_vec(&body).expect("bodies have string keys, and their numbers are finite");
            Ok((source, body.into()))
        })
    }
}

impl FromRequestParts<AppState> for Revalidation {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        Ok(Self::new(state, &parts.headers, parts.uri.path_and_query()).await)
    }
}
