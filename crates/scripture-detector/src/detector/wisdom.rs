//! The book of Wisdom, whose short name is an ordinary word.

use super::Detector;
use crate::{
    Book,
    grammar::{Address, Form},
    scan::{Hit, HitKind},
};

impl Detector<'_> {
    /// Returns whether "wisdom" with a number may be the book: "in Wisdom 3:1", but not "God gives wisdom, 2:6".
    pub(super) fn may_be_wisdom(&self, hit: &Hit) -> bool {
        let is_led = || {
            let before = self.cursor(hit.start).previous();
            before.is_none_or(|(token, _)| {
                token.ends_sentence() || token.is_any(&["in", "of", "from", "to", "at", "see", "read", "and", "book"])
            })
        };
        if self.text_has_capitals { self.reader.text[hit.start..].starts_with('W') } else { is_led() }
    }

    /// Returns whether a chapter of "Wisdom" is read: "we read Wisdom 3", "a summary of Wisdom 13", "in wisdom 3 1".
    pub(super) fn is_wisdom_read(&self, hit: &Hit, address: Option<Address>) -> bool {
        let before = self.cursor(hit.start).previous();
        let is_led = before.is_some_and(|(token, _)| token.is_any(&["read", "reading", "from", "in", "of"]));
        is_led && address.is_some_and(|address| self.text_has_capitals || address.form >= Form::Pair)
    }

    /// Returns whether "Wisdom" is in a list of deuterocanonical books: "Tobit, Judith, Wisdom, Baruch".
    pub(super) fn is_listed_wisdom(&self, index: usize) -> bool {
        let is_deuterocanonical = |hit: &Hit| match hit.kind {
            HitKind::Name(name) => {
                let book = name.unnumbered().or(name.all_numbered().first().copied());
                book.is_some_and(Book::is_deuterocanonical) && name.words != "wisdom"
            }
            _ => false,
        };
        let hits = self.reader.hits;
        let before = index.checked_sub(1).filter(|&before| self.is_joined(before)).map(|before| &hits[before]);
        let after = hits.get(index + 1).filter(|_| self.is_joined(index));
        self.text_has_capitals && before.into_iter().chain(after).any(is_deuterocanonical)
    }
}
