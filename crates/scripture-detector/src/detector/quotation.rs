//! Authors who are quoted, and whether the words are in their books.

use super::{Detector, NameMatch};
use crate::{letters::floor_char_boundary, lexer::Cursor, verse_lexicon::WordSet};

/// Verbs between an author and his words.
const SAYING: &[&str] = &[
    "says",
    "said",
    "say",
    "writes",
    "wrote",
    "writing",
    "tells",
    "told",
    "calls",
    "puts",
    "put",
    "declares",
    "declared",
    "cries",
    "cried",
    "warns",
    "warned",
    "prophesied",
    "promised",
    "promises",
    "asks",
    "spoke",
    "thundered",
    "preached",
    "saying",
];

/// Sharing this many bits of information with some verse of a whole book is unlikely to be chance.
const QUOTATION_FROM_BOOK_BITS: u32 = 20;

/// This many bits are enough if the author "says" it, in the present tense.
const QUOTATION_IN_PRESENT_BITS: u32 = 11;

/// About the longest quotation in one sentence, in bytes. Longer text would match some verse by chance.
const MAX_QUOTATION_BYTES: usize = 120;

impl<'t> Detector<'t> {
    /// Returns whether the words attributed to a prophet or letter writer are in his book.
    pub(super) fn quotes_book(&self, named: NameMatch, rest: Cursor<'t>) -> bool {
        let is_led = || {
            let before = self.cursor(named.start).previous();
            before.is_some_and(|(token, _)| token.is_any(&["to", "in", "from"]))
        };
        // "Micah has the same vision: they shall beat their swords into plowshares".
        let has = || rest.past_word(&["has", "gives", "adds", "agrees", "answers"]).is_some();
        if !named.name.is_prophet_or_letter_writer() || !(says_soon(rest) || is_led() || has()) {
            return false;
        }
        let text = &self.reader.text[rest.offset()..];
        // "Cast all your care upon him, Peter says, for he careth for you".
        let before = self.cursor(named.start).previous().filter(|(token, _)| token.is_mark(',')).map_or("", |_| {
            let from = floor_char_boundary(self.reader.text, named.start.saturating_sub(MAX_QUOTATION_BYTES / 2));
            &self.reader.text[from.max(self.end_of_last.min(named.start))..named.start]
        });
        let words = WordSet::new(&text[..floor_char_boundary(text, MAX_QUOTATION_BYTES)], before);
        let books = named.name.unnumbered().into_iter().chain(named.name.all_numbered().iter().copied());
        // "Peter says cast all your care upon him": in the present tense, fewer words are enough.
        let says_now =
            rest.past_word(&["is"]).unwrap_or(rest).past_word(&["says", "writes", "writing", "saying"]).is_some();
        let enough = if says_now { QUOTATION_IN_PRESENT_BITS } else { QUOTATION_FROM_BOOK_BITS };
        books.map(|book| words.best_shared_bits(book)).max() >= Some(enough)
    }
}

/// Returns whether a verb of saying follows, possibly after one other word: "James also says".
pub(super) fn says_soon(rest: Cursor<'_>) -> bool {
    let says = |cursor: Cursor<'_>| cursor.past_word(SAYING).is_some();
    // "Peter is writing to the scattered believers".
    says(rest) || rest.next().is_some_and(|(_, rest)| says(rest))
}

/// Returns whether the next words tell "us" something: "is careful to tell us", "wants us to see".
pub(super) fn tells_us(rest: Cursor<'_>) -> bool {
    const TELL: &[&str] =
        &["tell", "tells", "show", "shows", "give", "gives", "let", "lets", "want", "wants", "remind", "reminds"];
    let mut cursor = rest;
    for _ in 0..6 {
        let Some((token, after)) = cursor.next().filter(|(token, _)| !token.ends_sentence()) else { return false };
        if token.is_any(TELL) && after.past_word(&["us"]).is_some() {
            return true;
        }
        cursor = after;
    }
    false
}
