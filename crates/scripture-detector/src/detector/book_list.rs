//! Lists of books: "Luke and Acts", "Genesis, Exodus, Leviticus".

use super::{
    Detector,
    ordinal::{is_written_ordinal, ordinal_of},
};
use crate::{
    Kind,
    lexer::{Cursor, TokenKind},
    names::{Ambiguity, Requirement},
    scan::HitKind,
};

/// Maximum number of names in a list before one that can only be a book.
const MAX_JOINED: usize = 3;

impl Detector<'_> {
    /// Returns whether a reference to a whole book ends right before a byte offset, up to "and" or a comma. A name may also end
    /// the sentence after other references: "Matthew 5:9, Romans 12:18, and James."
    pub(super) fn continues_list(&self, start: usize, rest: Cursor<'_>) -> bool {
        let Some(last) = self.mentions.last() else { return false };
        let between = self.reader.text.get(last.span.end..start).unwrap_or("-").trim();
        let ends_sentence = || rest.peek().is_none_or(|token| token.ends_sentence());
        last.is_reference()
            && (last.kind == Kind::Book || last.kind == Kind::Explicit && ends_sentence())
            && matches!(
                between,
                "and" | "," | ", and" | "or" | "&" | "and in" | ", or" | "through" | "to" | "until" | ", no" | "and no"
            )
    }

    /// Returns whether a hit is joined with a name that can only be a book, possibly by others: "Luke and Acts", "Tobit, Judith
    /// or Sirach".
    pub(super) fn precedes_title(&self, index: usize) -> bool {
        (index..self.reader.hits.len())
            .take(MAX_JOINED)
            .take_while(|&index| self.is_joined(index))
            .any(|index| self.is_title(index + 1))
    }

    /// Returns whether a hit is joined with the next one: "Luke and Acts".
    pub(super) fn is_joined(&self, index: usize) -> bool {
        let (hit, Some(next)) = (&self.reader.hits[index], self.reader.hits.get(index + 1)) else { return false };
        let between = self.reader.text.get(hit.end..next.start).unwrap_or_default();
        // "Jude and Second Peter".
        let link = self
            .ordinal_before(index + 1)
            .map_or(between, |ordinal| self.reader.text.get(hit.end..ordinal).unwrap_or_default());
        matches!(link, " and " | ", " | " or " | " & " | ", and " | ", or ")
    }

    /// Returns the start of the ordinal before a hit that is a name which can have it: the "Second" of "Second Peter".
    fn ordinal_before(&self, index: usize) -> Option<usize> {
        let hit = &self.reader.hits[index];
        let HitKind::Name(name) = hit.kind else { return None };
        let (token, _) = self.cursor(hit.start).previous().filter(|_| name.takes_ordinal())?;
        let is_written = is_written_ordinal(&token) || matches!(token.kind, TokenKind::Number(_));
        let ordinal = ordinal_of(&token).filter(|_| is_written)?;
        name.numbered(ordinal).map(|_| token.start)
    }

    /// Returns whether a hit can only be a book.
    fn is_title(&self, index: usize) -> bool {
        let hit = &self.reader.hits[index];
        let HitKind::Name(name) = hit.kind else { return false };
        let is_capitalized = self.reader.text[hit.start..].starts_with(char::is_uppercase) && self.text_has_capitals;
        let is_usual_title =
            !self.text_has_capitals && matches!(name.words, "revelation" | "acts" | "proverbs" | "psalms");
        is_usual_title
            || self.ordinal_before(index).is_some()
            || name.ambiguity == Ambiguity::Unique
            || (name.ambiguity == Ambiguity::Word && is_capitalized && name.requirement == Requirement::Nothing)
    }

    /// Returns whether a hit is in a row of three or more books in canonical order.
    pub(super) fn is_in_canonical_row(&self, index: usize) -> bool {
        let hits = self.reader.hits;
        let next_book_follows = |index: usize| {
            let (Some(a), Some(b)) = (hits.get(index), hits.get(index + 1)) else { return false };
            let (HitKind::Name(first), HitKind::Name(second)) = (a.kind, b.kind) else { return false };
            let (Some(first), Some(second)) = (first.unnumbered(), second.unnumbered()) else { return false };
            let between = self.reader.text.get(a.end..b.start).unwrap_or("-").trim();
            // "Matthew, Mark and John do not have it".
            let is_next = second.index() == first.index() + 1
                || first.is_gospel() && second.is_gospel() && first.index() < second.index();
            is_next && matches!(between, "" | "," | "and" | ", and" | "&")
        };
        let before = (0..index).rev().take_while(|&index| next_book_follows(index)).count();
        let after = (index..hits.len()).take_while(|&index| next_book_follows(index)).count();
        before + after >= 2
    }
}
