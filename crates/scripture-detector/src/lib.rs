//! The meter: finds mentions of the books of the Bible in spoken English and says what each cites.
//!
//! Pure: text in, [`Mention`]s out; no I/O, no clock. A text goes through these, from the fast to the careful:
//! `scan` finds candidates in one pass, `lexer` and `numbers` read the words around them, `grammar` makes
//! chapters and verses of them, `evidence` weighs whether Scripture is cited, `context` knows what was cited
//! before, and `detector` leads the way. `wording` tells which verse is being read,
//! and `canon`, `passage` and `names` are what they all stand on.

mod analysis;
mod book;
mod canon;
mod context;
mod detector;
mod evidence;
mod grammar;
mod letters;
mod lexer;
mod marked;
mod names;
mod neighbors;
mod numbers;
mod passage;
mod quote;
mod reference;
mod scan;
pub mod score;
mod sound;
pub mod transcript;
mod typed;
mod verse_lexicon;

use std::ops::Range;

pub use analysis::{Analysis, NamedMention, TooManyMentions, analyze};
pub use book::{Book, Division, Testament, UnknownBook};
pub use passage::{InvalidPassage, Passage};
pub use reference::{Class, Evidence, Kind, Reference};

use crate::transcript::JoinedText;

/// The name and version written into documents; the version changes whenever counts may.
pub const ENGINE_NAME: &str = "mannameter-detector";
/// See [`ENGINE_NAME`].
pub const ENGINE_VERSION: &str = "2";

/// No sermon has so many mentions; a text that has more is no sermon, and its result would not fit into a document.
pub const MAX_MENTIONS: usize = 20_000;

/// A place in a text where a book of the Bible is named, or a verse or chapter is cited without its book.
#[derive(Debug, Clone, PartialEq)]
pub struct Mention {
    /// Bytes of the joined text.
    pub span: Range<usize>,
    /// The book that is named or meant.
    pub book: Book,
    /// How sure it is.
    pub class: Class,
    /// How it is made.
    pub kind: Kind,
    /// What it cites; none when it is no reference.
    pub passage: Option<Passage>,
    /// What spoke for it and against it.
    pub evidence: Vec<Evidence>,
    /// Whether an impossible passage was heard and the meant one is given.
    pub repaired: bool,
    /// The earlier passage that a contextual one leans on.
    pub anchor: Option<Passage>,
}

impl Mention {
    /// Whether it cites Scripture, surely or likely.
    pub fn is_reference(&self) -> bool {
        matches!(self.class, Class::Confirmed | Class::Suspect)
    }
}

/// Finds every mention in a text, in its order, without overlaps.
///
/// Stops at the first mention beyond [`MAX_MENTIONS`], so that no text can take up all memory.
pub fn detect(text: &JoinedText) -> Vec<Mention> {
    detector::detect(text)
}
