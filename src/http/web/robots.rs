//! `/robots.txt` and `/sitemap.xml`, for search engines.
//!
//! Crawlers may fetch every page in any case, because a crawler that may not fetch a page never sees its `noindex`.

use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse as _, Response},
};

use super::{links::Links, page::Page};
use crate::{
    http::{
        cache::CachePolicy,
        error::AppError,
        sitemap::sitemap_files,
        state::{AppState, SearchEngines},
    },
    store::GroupKind,
};

/// Maximum number of entries of each kind (churches, speakers, series) in the sitemap.
const MAX_CHURCHES: u16 = 10_000;

/// Allows crawling, and points to the sitemap if there is one.
pub(super) async fn robots(State(state): State<AppState>, page: Page) -> Response {
    let sitemap = match state.settings.search_engines {
        SearchEngines::Off => String::new(),
        SearchEngines::On => format!("Sitemap: {}\n", page.absolute(&page.links.at("/sitemap.xml"))),
    };
    let text = format!("User-agent: *\nAllow: /\n{sitemap}");
    (CachePolicy::Shared, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// Returns the sitemap, or the index if there are several sitemaps.
#[tracing::instrument(skip_all)]
pub(super) async fn sitemap(State(state): State<AppState>, page: Page) -> Result<Response, AppError> {
    respond(&state, &page, "sitemap.xml").await
}

/// Returns one of several sitemaps.
#[tracing::instrument(skip_all)]
pub(super) async fn part(
    State(state): State<AppState>,
    page: Page,
    Path(name): Path<String>,
) -> Result<Response, AppError> {
    respond(&state, &page, &format!("sitemap/{name}")).await
}

async fn respond(state: &AppState, page: &Page, path: &str) -> Result<Response, AppError> {
    if state.settings.search_engines == SearchEngines::Off {
        return Err(AppError::NoRoute);
    }
    let pages = pages(state).await?;
    let prefix = page.absolute(&page.links.at(""));
    let files = sitemap_files(&prefix, pages.into_iter(), |number| format!("sitemap/{number}.xml"));
    let file = files.into_iter().find(|file| file.path == path).ok_or(AppError::NoRoute)?;
    Ok((CachePolicy::Shared, [(header::CONTENT_TYPE, "application/xml")], file.bytes).into_response())
}

/// Returns the paths, without the base path, of the start page and of all sermons, churches, speakers, series and
/// books.
async fn pages(state: &AppState) -> Result<Vec<String>, AppError> {
    let links = Links::default();
    let (_, sermons) = state.store.outline().await?;
    let churches = state.store.churches(MAX_CHURCHES).await?;
    let mut pages = vec![links.home()];
    pages.extend(sermons.iter().map(|sermon| links.sermon(&sermon.video_id)));
    pages.extend(churches.iter().map(|church| links.church(&church.slug)));
    for kind in [GroupKind::Speaker, GroupKind::Series] {
        let groups = state.store.groups(kind, MAX_CHURCHES).await?;
        pages.extend(groups.iter().map(|group| links.group(kind, &group.slug)));
    }
    pages.extend(state.settings.canon.books().map(|book| links.book(book)));
    Ok(pages)
}
