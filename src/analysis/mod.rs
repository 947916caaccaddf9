//! From a transcript to what is counted in it.
//!
//! Pure: no I/O, no clock.

use crate::{
    domain::{BookMentions, Engine, Reference, Stats},
    scripture,
    transcript::Transcript,
};
use indexmap::IndexMap;

/// What is counted in one transcript; the parts of a [`crate::domain::Document`] that come from its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// Code points in the joined text.
    pub transcript_length: u64,
    /// Totals; contextual references are not in them.
    pub stats: Stats,
    /// Confirmed mentions, all 66 books in the order of the canon.
    pub counts: IndexMap<String, u64>,
    /// Suspect mentions, all 66 books.
    pub suspect_counts: IndexMap<String, u64>,
    /// Where each book is mentioned, all 66 books.
    pub positions: IndexMap<String, BookMentions>,
    /// Every reference in order, contextual ones too.
    pub references: Vec<Reference>,
    /// What counted it.
    pub engine: Engine,
}

/// Counts a transcript.
pub fn analyse(transcript: &Transcript) -> Analysis {
    let joined = transcript.joined();
    let _mentions = scripture::detect(&joined);
    Analysis {
        transcript_length: joined.as_str().chars().count() as u64,
        stats: Stats::default(),
        counts: IndexMap::new(),
        suspect_counts: IndexMap::new(),
        positions: IndexMap::new(),
        references: Vec::new(),
        engine: Engine { name: scripture::ENGINE_NAME.to_owned(), version: scripture::ENGINE_VERSION.to_owned() },
    }
}
