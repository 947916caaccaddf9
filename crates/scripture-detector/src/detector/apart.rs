//! Numbers that are apart from their book name: "the fourteenth of John", "the psalm for today is the ninety-first".

use super::{Detector, NameMatch, exists_unrepaired};
use crate::{
    canon,
    grammar::{Address, Form},
    lexer::{Cursor, TokenKind},
    names::Ambiguity,
    numbers::{Number, read_number},
};

impl<'t> Detector<'t> {
    /// Reads "Romans verse 15" as a verse of the chapter of Romans that was cited last.
    pub(super) fn verse_in_cited_chapter(&self, named: NameMatch) -> Option<Address> {
        // Most names are followed by something else.
        self.cursor(named.end).peek().filter(|token| matches!(token.text.as_bytes()[0], b'v' | b'V'))?;
        // "There is always a mark. Verse 31 says".
        let may_be_word = matches!(named.name.ambiguity, Ambiguity::Word | Ambiguity::PersonOrWord);
        let determined = || {
            self.cursor(named.start).previous().is_some_and(|(token, _)| token.is_any(&["a", "an", "my", "his", "the"]))
        };
        if may_be_word && determined() {
            return None;
        }
        let book = self.book(named, None);
        let (verse, rest) = self.reader.verse_with_word(self.cursor(named.end)).filter(|(verse, _)| !verse.ordinal)?;
        let chapter = self.context.latest_chapter_of(book, self.position(named.start))?;
        let address = self.reader.address_from_verse(Some(chapter), verse, rest);
        exists_unrepaired(&address, book).then_some(address)
    }

    /// Reads the chapter of "the fourteenth of John". With a name that takes an ordinal, a low one may be that.
    pub(super) fn ordinal_of_book(&self, named: NameMatch) -> Option<Number> {
        let (_, earlier) = self.cursor(named.start).previous().filter(|(of, _)| of.is("of"))?;
        let (last, _) = earlier.previous()?;
        let (chapter, the) = self.number_ending_at(last.end)?;
        let book = named.name.unnumbered()?;
        let (_, is_possessive) = self.past_possessive(named.end);
        let follows_the = the.previous().is_some_and(|(token, _)| token.is_any(&["the", "in"]));
        let exists = canon::has_chapter(book, chapter.value) && named.ordinal.is_none() && !is_possessive;
        (chapter.ordinal && follows_the && exists).then_some(chapter)
    }

    /// Returns the number that ends at a byte offset, and the cursor before it.
    fn number_ending_at(&self, end: usize) -> Option<(Number, Cursor<'t>)> {
        let (mut cursor, mut found) = (self.cursor(end), None);
        for _ in 0..6 {
            let Some((token, earlier)) = cursor.previous().filter(|(token, _)| token.start >= self.end_of_last) else {
                break;
            };
            if let Some((number, _)) = read_number(self.cursor(token.start)).filter(|(number, _)| number.end == end) {
                found = Some((number, earlier));
            }
            cursor = earlier;
        }
        found
    }

    /// Reads "the psalm for today is the ninety-first".
    pub(super) fn psalm_after_is(&self, named: NameMatch) -> Option<Address> {
        const ASIDE: &[&str] = &["by", "the", "way", "of", "course", "if", "you", "noticed", "remember", "you'll"];
        const DAYS: &[&str] =
            &["for", "of", "today", "this", "morning", "evening", "tonight", "the", "day", "appointed", "we", "read"];
        let rest = self.cursor(named.end);
        let aside = rest.past_mark(',').and_then(|aside| aside.skip(4, ASIDE, &[]).past_mark(','));
        let is = aside.unwrap_or(rest).skip(6, DAYS, &[]).past_word(&["is", "was"])?;
        let start = is.skip(2, &["the", "number"], &[]);
        let hundred = start.past_word(&["a"]).filter(|rest| rest.past_word(&["hundred"]).is_some());
        let (psalm, _) = read_number(hundred.unwrap_or(start))?;
        let exists = canon::has_chapter(named.name.unnumbered()?, psalm.value) && psalm.value > 1;
        let is_written_out = psalm.ordinal || psalm.digits || psalm.value > 20;
        (exists && is_written_out).then(|| Address::chapter(psalm, Form::Chapter))
    }

    /// Reads "2218 of Revelation" as 22:18.
    pub(super) fn digits_before(&self, named: NameMatch) -> Option<(Number, Address)> {
        let (of, earlier) = self.cursor(named.start).previous()?;
        let (digits, before) = earlier.previous().filter(|_| of.is("of"))?;
        let (number, _) =
            read_number(self.cursor(digits.start)).filter(|(number, _)| number.digits && !number.ordinal)?;
        // "The 144 of Revelation", "page 316 of Genesis".
        let is_count = before.previous().is_some_and(|(before, _)| {
            before.is_any(&["the", "a", "page", "pages", "all", "these", "those", "number", "year", "in"])
                || (before.end == digits.start && !matches!(before.kind, TokenKind::Word))
        });
        if is_count || digits.start < self.end_of_last {
            return None;
        }
        let book = self.book(named, None);
        let rest = self.cursor(digits.end);
        let address = self.reader.address_from_chapter(number, rest, Form::Bare, Some(book));
        let fits = address.form == Form::Split && address.end == digits.end && exists_unrepaired(&address, book);
        fits.then_some((number, Address { end: named.end, ..address }))
    }
}
