//! Who cites a book, a chapter, a verse; and what else cites the same.
//!
//! Counted from `mentions` through indexes that hold all that is needed: confirmed ones, also those whose book was named
//! earlier ("and in verse 28 ..."). `book` looks at a whole book, `passage` at a part of one, `related` at a sermon; `places`
//! brings the seconds.

mod book;
mod passage;
mod places;
mod related;

use async_trait::async_trait;
use serde::Serialize;

use super::{Church, StoreError, VideoSummary};
use scripture_detector::Passage;

use crate::domain::{Book, Source, VideoId};

/// A book as it is cited over all sermons.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BookStats {
    /// Confirmed references that name the book: its manna.
    pub manna: i64,
    /// Confirmed references, also those whose book was named earlier.
    pub citations: i64,
    /// Each chapter, in order, with the references that begin in it; a zero is there too.
    pub chapters: Vec<(u16, i64)>,
    /// The verses that are cited most; a range counts for the verse that it begins with.
    pub passages: Vec<(Passage, i64)>,
    /// The churches that cite it most, with their manna in this book and the number of all their sermons.
    pub churches: Vec<Church>,
}

/// A page of sermons that cite something.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CitingPage {
    /// The sermons.
    pub sermons: Vec<CitingSermon>,
    /// Number of sermons that do.
    pub total: i64,
}

/// A sermon that cites something, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct CitingSermon {
    /// The sermon.
    pub sermon: VideoSummary,
    /// How often.
    pub citations: i64,
    /// Where its words came from, which tells where it can be watched; none in documents of the system before ours.
    pub source: Option<Source>,
    /// The first places, in the order of the sermon; at most twelve.
    pub places: Vec<Citation>,
}

/// A place in a sermon.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Citation {
    /// Seconds from the start of the video; none in a text without times.
    pub seconds: Option<f64>,
    /// What is cited there; none if it does not exist in our canon (foreign documents may say anything).
    #[serde(skip)]
    pub passage: Option<Passage>,
}

/// A sermon that cites the same passages as another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Related {
    /// The sermon.
    pub sermon: VideoSummary,
    /// The passages that both cite, at most six.
    pub shared: Vec<Passage>,
}

/// Who cites what.
#[async_trait]
pub trait CitationRepository: Send + Sync {
    /// A book over all sermons, with lists of at most so many.
    async fn book(&self, book: Book, most: u16) -> Result<BookStats, StoreError>;
    /// The sermons that cite a book, those that cite it most first: so many behind so many.
    async fn sermons_citing_book(&self, book: Book, skip: u32, most: u16) -> Result<CitingPage, StoreError>;
    /// The sermons that cite a passage, last preached first. A verse is cited by each range that covers it, and not by its
    /// chapter alone; a chapter by everything in it and by each range of chapters that covers it.
    async fn sermons_citing(&self, passage: Passage, skip: u32, most: u16) -> Result<CitingPage, StoreError>;
    /// Other sermons that cite the passages that this one cites most, those that share the most first. Of a passage that
    /// hundreds cite, some are looked at.
    async fn related(&self, id: &VideoId, most: u16) -> Result<Vec<Related>, StoreError>;
}
