//! Search results with excerpts, shared by the page and the API.

use std::io;

use scripture_detector::Passage;

use super::{error::AppError, state::AppState};
use crate::{
    blocking::blocking,
    domain::Source,
    search::{Excerpt, WordQuery, excerpts_of_captions, excerpts_of_references},
    store::{Church, IndexedText, SearchHit, SearchPage, VideoSummary},
};

/// Number of sermons per page.
pub(super) const PAGE_SIZE: u16 = 10;
/// Maximum number of excerpts per sermon.
const MAX_EXCERPTS: usize = 2;
/// Maximum number of churches in the results.
const MAX_CHURCHES: u16 = 5;
/// Maximum number of characters of a query that are used.
const MAX_QUERY: usize = 200;

/// One page of search results.
#[derive(Debug, Default)]
pub(super) struct SearchResults {
    /// The query, trimmed and truncated.
    pub(super) query: String,
    /// The passage that the query names.
    pub(super) passage: Option<Passage>,
    /// Up to five churches whose names match. Empty after the first page.
    pub(super) churches: Vec<Church>,
    /// Number of churches whose names match; 0 after the first page.
    pub(super) churches_total: i64,
    /// The sermons on this page, best match first.
    pub(super) sermons: Vec<SearchResult>,
    /// Number of sermons that contain all words, at most 2,000.
    pub(super) total: i64,
}

/// A matching sermon.
#[derive(Debug)]
pub(super) struct SearchResult {
    pub(super) sermon: VideoSummary,
    pub(super) source: Option<Source>,
    pub(super) excerpts: Vec<Excerpt>,
}

/// Searches churches, titles, passages and transcripts. The first `offset` sermons are skipped.
pub(super) async fn search_sermons(state: &AppState, query: &str, offset: u32) -> Result<SearchResults, AppError> {
    let query: String = query.trim().chars().take(MAX_QUERY).collect();
    if query.is_empty() {
        return Ok(SearchResults::default());
    }
    let words = WordQuery::parse(&query);
    let (churches, churches_total) =
        if offset == 0 { state.store.search_churches(&query, MAX_CHURCHES).await? } else { (Vec::new(), 0) };
    let _permit = state.heavy.permit().await?;
    let SearchPage { hits, total } = state.store.search(&words, offset, PAGE_SIZE).await?;
    let mut sermons = Vec::with_capacity(hits.len());
    // Read one transcript at a time, because each may take megabytes.
    for SearchHit { sermon, source } in hits {
        let text = state.store.indexed_text(&sermon.video_id).await?;
        let excerpts = match text {
            Some(text) => excerpts(text, words.clone()).await?,
            None => Vec::new(),
        };
        sermons.push(SearchResult { sermon, source, excerpts });
    }
    Ok(SearchResults { passage: Passage::parse_query(&query), query, churches, churches_total, sermons, total })
}

/// Finds the excerpts in a text. This takes a few milliseconds.
async fn excerpts(text: IndexedText, query: WordQuery) -> Result<Vec<Excerpt>, AppError> {
    let extracting = blocking(move || {
        io::Result::Ok(match text {
            IndexedText::Transcript(captions) => excerpts_of_captions(&captions.body, &query, MAX_EXCERPTS),
            IndexedText::Document(document) => serde_json::from_str(&document)
                .map(|document| excerpts_of_references(&document, &query, MAX_EXCERPTS))
                .unwrap_or_default(),
        })
    });
    extracting.await.map_err(|error| AppError::Panic(error.to_string()))
}
