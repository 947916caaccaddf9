//! Conditional requests for pages: `ETag` and `304 Not Modified`, decided by one small query.

use std::sync::LazyLock;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};

use super::page::Page;
use crate::{
    domain::Sha256,
    http::{
        cache::{CachePolicy, ETag},
        error::AppError,
        state::AppState,
    },
    store::StoreError,
};

/// Changes whenever the process starts, because a new version may render the same data differently.
static PROCESS_ID: LazyLock<u64> = LazyLock::new(rand::random);

/// Revalidates a cached page that shows only data from the database.
///
/// ```text
/// if let Some(response) = revalidation.check()? { return Ok(response); }
/// Ok(revalidation.with_tag(render(&page)))
/// ```
#[derive(Debug)]
pub(super) struct Revalidation {
    /// `None` while the database is unreachable; the response is then not cached.
    tag: Option<ETag>,
    /// Whether the client's cached copy has this tag.
    matches: bool,
}

impl Revalidation {
    /// Computes the tag from everything a page depends on: address, theme, canon, number of spooled sermons, day, and the
    /// last write in the database.
    async fn new(state: &AppState, page: &Page, headers: &HeaderMap) -> Self {
        let Some(position) = state.reader.stats_position().await else {
            return Self { tag: None, matches: false };
        };
        let Page { theme, path, spooled, canon, .. } = page;
        let today = state.clock.now().date_naive();
        let inputs = format!("{} {position:?} {today} {} {canon} {spooled} {path}", *PROCESS_ID, theme.name());
        let tag = ETag::new(Sha256::digest(inputs.as_bytes()));
        Self { tag: Some(tag), matches: tag.matches(headers) }
    }

    /// Returns `304 Not Modified` if the client's copy is current.
    ///
    /// # Errors
    /// Fails immediately if the database is unreachable, so that the handler does not wait for it again.
    pub(super) fn check(&self) -> Result<Option<Response>, AppError> {
        match self.tag {
            Some(_) => Ok(self.not_modified()),
            None => Err(StoreError::Unavailable("it did not respond to a recent query".to_owned()).into()),
        }
    }

    /// Like [`Revalidation::check`], but for pages that also work without the database.
    pub(super) fn not_modified(&self) -> Option<Response> {
        let vary = [(header::VARY, "Cookie")];
        self.matches.then(|| (StatusCode::NOT_MODIFIED, CachePolicy::Revalidate, vary, self.tag, ()).into_response())
    }

    /// Adds the tag to a page.
    ///
    /// The tag was computed before the page was read, so a write in between causes at most one extra request.
    pub(super) fn with_tag(&self, page: Response) -> Response {
        (self.tag, page).into_response()
    }
}

impl FromRequestParts<AppState> for Revalidation {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let Ok(page) = Page::from_request_parts(parts, state).await;
        Ok(Self::new(state, &page, &parts.headers).await)
    }
}
