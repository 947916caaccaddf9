//! What was found in a transcript, as files and answers carry it.

use serde::{Deserialize, Serialize};

use super::Book;

/// How sure it is that a mention of a book cites Scripture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Cites Scripture, sure (`valid` in `positions`).
    Confirmed,
    /// Likely cites Scripture; the evidence is weak.
    Suspect,
    /// A name or word that could be taken for a book and is none here.
    FalsePositive,
    /// An ordinary lower-case word with nothing to it.
    NotCounted,
}

/// How a reference is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The book is named, with a chapter or verse.
    Explicit,
    /// A book is named as Scripture, without a number.
    Book,
    /// A bare verse or chapter, resolved from what went before.
    Contextual,
}

/// A named piece of evidence for or against a mention being Scripture, such as `book_of` or `surname_behind`.
pub type Evidence = String;

/// One item of a document's `references`: a mention that cites Scripture, and what it cites.
///
/// Numbers that were not said are null. A range (`end_verse`, or `end_chapter` for whole chapters)
/// always has its `end_chapter`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// What is cited, as an OSIS reference: `John.5.24`, `1Cor.13.4-1Cor.13.7`, `Isa.53`, `Gen`.
    pub osis: String,
    /// The book, under its English name.
    pub book: Book,
    /// The (first) chapter.
    pub chapter: Option<u16>,
    /// The (first) verse.
    pub verse: Option<u16>,
    /// The last chapter of a range.
    pub end_chapter: Option<u16>,
    /// The last verse of a range.
    pub end_verse: Option<u16>,
    /// How the reference is made.
    pub kind: Kind,
    /// `confirmed` or `suspect`.
    pub class: Class,
    /// Seconds from the start of the video to its first word; null for a text without times.
    pub start_seconds: Option<f64>,
    /// First code point of the mention in the transcript's joined text.
    pub start_char: usize,
    /// One past the last code point of the mention.
    pub end_char: usize,
    /// The words of the mention.
    pub text: String,
    /// The words around it.
    pub context: String,
    /// Why it was counted so.
    pub evidence: Vec<Evidence>,
    /// Whether what was heard was impossible and the meant passage is given instead.
    pub repaired: bool,
    /// OSIS reference of the earlier reference that a contextual one leans on.
    pub anchor: Option<String>,
}
