//! The search over titles, churches and spoken words.
//!
//! `keep` writes the words in the transaction of each save, and makes them anew where a write passed them by; `find` asks.
//! The words are cut by [`crate::search`], the same for both databases, and are nothing but letters and digits.

mod find;
pub(super) mod update;

use async_trait::async_trait;

use super::{Church, StoredCaptions, StoreError, VideoSummary};
use crate::{domain::Source, search::WordQuery};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SearchPage {
    /// The sermons of this page, best first.
    pub hits: Vec<SearchHit>,
    /// Number of sermons that have all the words.
    pub total: i64,
}

/// A sermon in which all the words were found.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchHit {
    /// The sermon.
    pub sermon: VideoSummary,
    /// Where its words came from, which tells where it can be watched; none in documents of the system before ours.
    pub source: Option<Source>,
    /// What its words were taken from.
    pub words: IndexedText,
}

/// What the words of a sermon were taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexedText {
    /// Its captions.
    Transcript(StoredCaptions),
    /// The words around its references, which are in its document; no captions were kept.
    Document(String),
}

/// The search.
#[async_trait]
pub trait SearchRepository: Send + Sync {
    /// The sermons that have all the words in their title, church or speech, best first, so many behind so many.
    async fn search(&self, query: &WordQuery, skip: u32, most: u16) -> Result<SearchPage, StoreError>;
    /// The churches in whose address this name is found, those with the most sermons first.
    async fn churches_like(&self, name: &str, most: u16) -> Result<Vec<Church>, StoreError>;
    /// Writes the words of every sermon whose words are not those of its document and transcript; gives their number.
    async fn catch_up_search_index(&self) -> Result<u64, StoreError>;
}
