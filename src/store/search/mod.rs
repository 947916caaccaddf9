//! Full-text search over titles, churches and transcripts.
//!
//! `index` updates the index in the transaction of each save and catches up on writes that skipped it; `query`
//! searches. Text is tokenized by [`crate::search`], identically for both databases, into words of letters and digits.

mod index;
mod query;

use async_trait::async_trait;

use super::{Church, StoreError, StoredCaptions, VideoSummary};
use crate::{
    domain::{Source, VideoId},
    search::WordQuery,
};

pub(super) use index::{IndexEntry, advance, index, initialize, remove};

/// One page of search results.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SearchPage {
    /// The sermons, best first.
    pub hits: Vec<SearchHit>,
    /// Number of sermons that match, at most [`MAX_RESULTS`].
    pub total: i64,
}

/// A sermon that matches.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchHit {
    /// The sermon.
    pub sermon: VideoSummary,
    /// The source of its transcript, which tells where it can be watched; `None` in legacy documents.
    pub source: Option<Source>,
}

/// Maximum number of results of a query. Ranking a sermon reads its whole entry, so more are neither ranked nor counted.
pub const MAX_RESULTS: u32 = 2_000;

/// Maximum number of bytes of a sermon's text that are read for its excerpts.
pub(super) const MAX_EXCERPT_TEXT: usize = 2 * 1024 * 1024;

/// Maximum number of bytes read for excerpts of captions in a line-based format, whose beginning can be read on its own.
pub(super) const MAX_EXCERPT_LINES: usize = 512 * 1024;

/// What a sermon's index entry was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexedText {
    /// Its captions; for long ones in a line-based format, only the first half megabyte.
    Transcript(StoredCaptions),
    /// Its document, with the text around each reference; no captions are stored.
    Document(String),
}

/// Full-text search.
#[async_trait]
pub trait SearchRepository: Send + Sync {
    /// Returns one page of the sermons with all the words in their title, church or transcript, best first. Nothing follows
    /// the first [`MAX_RESULTS`].
    async fn search(&self, query: &WordQuery, offset: u32, limit: u16) -> Result<SearchPage, StoreError>;
    /// Returns the text that a sermon's index entry was made from, for excerpts. Returns `None` if it has none, or if it is
    /// too long to be read for excerpts.
    async fn indexed_text(&self, id: &VideoId) -> Result<Option<IndexedText>, StoreError>;
    /// Returns the churches whose slug contains this name, those with the most sermons first, and how many there are in
    /// total.
    async fn search_churches(&self, name: &str, limit: u16) -> Result<(Vec<Church>, i64), StoreError>;
    /// Indexes every sermon whose entry does not match its document and transcript. Returns how many.
    async fn catch_up_search_index(&self) -> Result<u64, StoreError>;
}
