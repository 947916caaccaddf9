//! Full-text search over titles, churches and transcripts.
//!
//! `index` updates the index in the transaction of each save and catches up on writes that skipped it; `query`
//! searches. Text is tokenized by [`crate::search`], identically for both databases, into words of letters and digits.

mod index;
mod query;

use async_trait::async_trait;

use super::{Church, StoreError, StoredCaptions, VideoSummary};
use crate::{domain::Source, search::WordQuery};

pub(super) use index::{IndexEntry, advance, index, initialize, remove};

/// One page of search results.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SearchPage {
    /// The sermons, best first.
    pub hits: Vec<SearchHit>,
    /// Number of sermons that match.
    pub total: i64,
}

/// A sermon that matches.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchHit {
    /// The sermon.
    pub sermon: VideoSummary,
    /// The source of its transcript, which tells where it can be watched; `None` in legacy documents.
    pub source: Option<Source>,
    /// The text that was indexed, for excerpts.
    pub text: IndexedText,
}

/// The text that a sermon's index entry was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexedText {
    /// Its captions.
    Transcript(StoredCaptions),
    /// Its document, with the text around each reference; no captions are stored.
    Document(String),
}

/// Full-text search.
#[async_trait]
pub trait SearchRepository: Send + Sync {
    /// Returns one page of the sermons with all the words in their title, church or transcript, best first.
    async fn search(&self, query: &WordQuery, offset: u32, limit: u16) -> Result<SearchPage, StoreError>;
    /// Returns the churches whose slug contains this name, those with the most sermons first.
    async fn search_churches(&self, name: &str, limit: u16) -> Result<Vec<Church>, StoreError>;
    /// Indexes every sermon whose entry does not match its document and transcript. Returns how many.
    async fn catch_up_search_index(&self) -> Result<u64, StoreError>;
}
