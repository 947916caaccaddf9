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
    /// The sermons, best match first.
    pub hits: Vec<SearchHit>,
    /// Number of matching sermons, at most [`MAX_RESULTS`].
    pub total: i64,
}

/// A matching sermon.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchHit {
    /// The sermon.
    pub sermon: VideoSummary,
    /// The source of the transcript, which determines where the sermon can be watched, or `None` in legacy documents.
    pub source: Option<Source>,
}

/// Maximum number of results of a query. Ranking a sermon reads its whole entry, so any further sermons are neither
/// ranked nor counted.
pub const MAX_RESULTS: u32 = 2_000;

/// Maximum number of bytes of a sermon's text to read for excerpts.
pub(super) const MAX_EXCERPT_TEXT: usize = 2 * 1024 * 1024;

/// Maximum number of bytes to read for excerpts from captions in a line-based format, whose beginning can be read on
/// its own.
pub(super) const MAX_EXCERPT_LINES: usize = 512 * 1024;

/// The text from which a sermon's index entry was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexedText {
    /// The captions. If they are long and in a line-based format, only the first half megabyte.
    Transcript(StoredCaptions),
    /// The document, with the text around each reference, because no captions are stored.
    Document(String),
}

/// Full-text search.
#[async_trait]
pub trait SearchRepository: Send + Sync {
    /// Returns one page of the sermons with all the words in their title, church or transcript, best match first. There
    /// are never more than [`MAX_RESULTS`].
    async fn search(&self, query: &WordQuery, offset: u32, limit: u16) -> Result<SearchPage, StoreError>;
    /// Returns the text from which a sermon's index entry was made, for excerpts, or `None` if there is none or it is
    /// too long.
    async fn indexed_text(&self, id: &VideoId) -> Result<Option<IndexedText>, StoreError>;
    /// Returns the churches whose slug contains this name, those with the most sermons first, and how many there are in
    /// total.
    async fn search_churches(&self, name: &str, limit: u16) -> Result<(Vec<Church>, i64), StoreError>;
    /// Indexes every sermon whose entry does not match its document and transcript, and returns their number.
    async fn catch_up_search_index(&self) -> Result<u64, StoreError>;
}
