//! What a search found, with the words around it: the same for the page and the API.

use tokio::task::spawn_blocking;

use super::{error::AppError, state::AppState};
use scripture_detector::Passage;

use crate::{
    domain::Source,
    search::{Excerpt, WordQuery, excerpts_of_captions, excerpts_of_references},
    store::{Church, SearchHit, SearchPage, IndexedText, VideoSummary},
};

/// Sermons on a page.
pub(super) const ON_A_PAGE: u16 = 10;
/// Excerpts of a sermon.
const EXCERPTS: usize = 2;
/// Churches that are named.
const CHURCHES: u16 = 5;
/// The most characters of what is searched for that count.
const MAX_QUERY: usize = 200;

/// Everything that was found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What was searched for, as it counts.
    pub(super) query: String,
    /// The passage that it reads as.
    pub(super) passage: Option<Passage>,
    /// Churches of such a name; on the first page alone.
    pub(super) churches: Vec<Church>,
    /// The sermons of the page, best first.
    pub(super) sermons: Vec<Found>,
    /// Number of sermons that have all the words.
    pub(super) total: i64,
}

/// A sermon that was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) sermon: VideoSummary,
    pub(super) source: Option<Source>,
    pub(super) excerpts: Vec<Excerpt>,
}

/// Searches for whatever was typed; so many sermons are left out.
pub(super) async fn find(state: &AppState, typed: &str, skip: u32) -> Result<Findings, AppError> {
    let query: String = typed.trim().chars().take(MAX_QUERY).collect();
    if query.is_empty() {
        return Ok(Findings::default());
    }
    let words = WordQuery::parse(&query);
    let churches = if skip == 0 { state.store.churches_like(&query, CHURCHES).await? } else { Vec::new() };
    let SearchPage { hits, total } = state.store.search(&words, skip, ON_A_PAGE).await?;
    // Captions are read anew, which takes some milliseconds each.
    let reading = spawn_blocking(move || hits.into_iter().map(|hit| found(hit, &words)).collect());
    let sermons = reading.await.map_err(|error| AppError::Panic(error.to_string()))?;
    Ok(Findings { passage: Passage::typed(&query), query, churches, sermons, total })
}

fn found(hit: SearchHit, query: &WordQuery) -> Found {
    let SearchHit { sermon, source, words } = hit;
    let excerpts = match words {
        IndexedText::Transcript(raw) => excerpts_of_captions(&raw.body, query, EXCERPTS),
        IndexedText::Document(text) => serde_json::from_str(&text)
            .map(|document| excerpts_of_references(&document, query, EXCERPTS))
            .unwrap_or_default(),
    };
    Found { sermon, source, excerpts }
}
