//! Which sermons cite a book, a chapter or a verse, and which sermons cite the same verses.
//!
//! All queries count confirmed mentions, including those whose book was named earlier ("and in verse 28 ..."), and use
//! covering indexes on `mentions`. `book` handles whole books, `passage` parts of a book, and `related` the sermons
//! related to one sermon. `citing` adds the places of the citations in each sermon.

mod book;
mod citing;
mod passage;
mod related;

use async_trait::async_trait;
use scripture_detector::Passage;
use serde::Serialize;

use super::{Church, StoreError, VideoSummary};
use crate::domain::{Book, Source, VideoId};

/// Statistics about the citations of a book in all sermons.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BookStats {
    /// Number of confirmed references that name the book.
    pub manna: i64,
    /// Number of confirmed references, including those whose book was named earlier.
    pub citations: i64,
    /// The number of references that begin in each chapter, in order. Includes zeros.
    pub chapters: Vec<(u16, i64)>,
    /// The most cited verses and their counts. A range counts toward its first verse.
    pub passages: Vec<(Passage, i64)>,
    /// Number of verses that are cited.
    pub passages_total: i64,
    /// The churches that cite the book most, with their manna in this book and their total number of sermons.
    pub churches: Vec<Church>,
    /// Number of churches that cite the book.
    pub churches_total: i64,
}

/// One page of sermons that cite a book or passage.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CitingPage {
    /// The sermons.
    pub sermons: Vec<CitingSermon>,
    /// Total number of citing sermons.
    pub total: i64,
}

/// A sermon that cites a book or passage.
#[derive(Debug, Clone, PartialEq)]
pub struct CitingSermon {
    /// The sermon.
    pub sermon: VideoSummary,
    /// Number of citations.
    pub citations: i64,
    /// The source of the transcript, which determines where the sermon can be watched, or `None` in legacy documents.
    pub source: Option<Source>,
    /// The first citations, up to twelve, in chronological order.
    pub places: Vec<Citation>,
}

/// A citation in a sermon.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Citation {
    /// Seconds from the start of the recording, or `None` if the transcript has no times.
    pub seconds: Option<f64>,
    /// The cited passage, or `None` if it does not exist in our canon, as in some imported documents.
    #[serde(skip)]
    pub passage: Option<Passage>,
}

/// A sermon that cites the same verses as another sermon.
#[derive(Debug, Clone, PartialEq)]
pub struct RelatedSermon {
    /// The sermon.
    pub sermon: VideoSummary,
    /// Verses that both sermons cite, up to six.
    pub shared: Vec<Passage>,
}

/// Queries for the sermons that cite a book, a passage, or the same verses as another sermon.
#[async_trait]
pub trait CitationRepository: Send + Sync {
    /// Returns statistics about the citations of a book, with lists of up to `limit` items.
    async fn book_stats(&self, book: Book, limit: u16) -> Result<BookStats, StoreError>;
    /// Returns one page of the sermons that cite a book, most citations first.
    async fn sermons_citing_book(&self, book: Book, offset: u32, limit: u16) -> Result<CitingPage, StoreError>;
    /// Returns one page of the sermons that cite a passage, most recently preached first.
    ///
    /// A verse is cited by every range that covers it, but not by a citation of its whole chapter. A chapter is cited
    /// by every citation within it and by every range of chapters that covers it.
    async fn sermons_citing(&self, passage: Passage, offset: u32, limit: u16) -> Result<CitingPage, StoreError>;
    /// Returns other sermons that cite the same verses as this one, those with the most shared verses first.
    ///
    /// Compares only the verses that this sermon cites most. For a verse that hundreds of sermons cite, considers only
    /// some of those sermons.
    async fn related_sermons(&self, id: &VideoId, limit: u16) -> Result<Vec<RelatedSermon>, StoreError>;
}
