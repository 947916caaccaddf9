//! Whether a page has changed since somebody read it last, told from one small read of the database.

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

/// Another one with each start of the program: a new version shows the same data in another way.
static START: LazyLock<u64> = LazyLock::new(rand::random);

/// What an asker has of a page that shows nothing but what the database holds.
///
/// ```text
/// let fresh = Fresh from the request;
/// if let Some(answer) = fresh.answer()? { return Ok(answer); }
/// Ok(fresh.tagged(render(&page)))
/// ```
#[derive(Debug)]
pub(super) struct Fresh {
    /// None while the database is away: the answer is then of the moment.
    tag: Option<ETag>,
    known: bool,
}

impl Fresh {
    /// Of this page: its address, how it looks, what waits in the spool, the day, and the write the database stands at.
    async fn of(state: &AppState, page: &Page, headers: &HeaderMap) -> Self {
        let Some(standing) = state.reads.standing().await else { return Self { tag: None, known: false } };
        let Page { theme, path, waiting, .. } = page;
        let today = state.clock.now().date_naive();
        let depends = format!("{} {standing:?} {today} {} {waiting} {path}", *START, theme.name());
        let tag = ETag::new(Sha256::of(depends.as_bytes()));
        Self { tag: Some(tag), known: tag.is_known(headers) }
    }

    /// The answer to somebody who has this very page; a refusal while the database is away, before anybody waits for it
    /// once more.
    pub(super) fn answer(&self) -> Result<Option<Response>, AppError> {
        match self.tag {
            Some(_) => Ok(self.not_modified()),
            None => Err(StoreError::Unavailable("it did not answer a moment ago".to_owned()).into()),
        }
    }

    /// The answer to somebody who has this very page, for pages that are shown in another way while the database is away.
    pub(super) fn not_modified(&self) -> Option<Response> {
        let vary = [(header::VARY, "Cookie")];
        self.known.then(|| (StatusCode::NOT_MODIFIED, CachePolicy::Revalidate, vary, self.tag, ()).into_response())
    }

    /// The page with its tag. A write that comes between makes it newer than its tag, so that it is asked for once more,
    /// never less.
    pub(super) fn tagged(&self, page: Response) -> Response {
        (self.tag, page).into_response()
    }
}

impl FromRequestParts<AppState> for Fresh {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let Ok(page) = Page::from_request_parts(parts, state).await;
        Ok(Self::of(state, &page, &parts.headers).await)
    }
}
