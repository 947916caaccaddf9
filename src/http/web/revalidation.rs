//! Revalidated and cached pages.

use askama::Template;
use axum::{extract::FromRequestParts, http::request::Parts, response::Response};

use super::page::Page;
use crate::http::{
    error::AppError,
    reader::ReadSource,
    revalidation::{Kind, Revalidation},
    state::AppState,
};

/// A [`Revalidation`] whose key covers the entire [`Page`].
#[derive(Debug)]
pub(super) struct PageRevalidation(Revalidation);

impl PageRevalidation {
    /// Disables tags and caching, for content that only an admin may see.
    pub(super) fn uncached(self) -> Self {
        Self(self.0.uncached())
    }

    /// Responds with a page that needs the database.
    ///
    /// # Errors
    /// Fails immediately if the database is unreachable, and otherwise with the error of `page`.
    pub(super) fn respond<T: Template>(
        self,
        page: impl Future<Output = Result<T, AppError>> + Send,
    ) -> impl Future<Output = Result<Response, AppError>> + Send {
        let has_database = self.0.require_database();
        let response = self.respond_with_source(async { Ok((ReadSource::Database, page.await?)) });
        async move {
            has_database?;
            response.await
        }
    }

    /// Responds with a page that can also be read from the export or the spool.
    pub(super) fn respond_with_source<T: Template>(
        self,
        page: impl Future<Output = Result<(ReadSource, T), AppError>> + Send,
    ) -> impl Future<Output = Result<Response, AppError>> + Send {
        self.0.respond(Kind::Page, async {
            let (source, page) = page.await?;
            let html = page.render().expect("templates write to memory and call nothing that fails");
            Ok((source, html.into()))
        })
    }
}

impl FromRequestParts<AppState> for PageRevalidation {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let Ok(page) = Page::from_request_parts(parts, state).await;
        Ok(Self(Revalidation::new(state, &parts.headers, page).await))
    }
}
