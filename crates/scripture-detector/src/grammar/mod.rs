//! The grammar of chapters and verses, read from a place in the text.
//!
//! Between several readings of the same numbers, versification decides: "8 28" behind Romans is a chapter and
//! a verse, "46 47" behind Psalm are two chapters. Knows nothing of evidence and of what was said before.

mod address;
mod count;
mod range;
#[rustfmt::skip]
mod words;

pub(super) use address::{Address, Form};
use count::{counts_people, counts_things, is_hour, is_of_something, is_score};
use words::{BEFORE_CHAPTER, BEFORE_NUMBER, BEFORE_VERSE, CHAPTER, FILLERS, VERSE};

use super::{
    canon,
    letters::boundary,
    lexer::{Cursor, Token, TokenKind},
    numbers::{Number, may_be_number, number},
    scan::{Hit, What},
    verse_lexicon::Said,
};
use crate::Book;

/// In so much text behind a verse its words are likely read, and in half as much before it.
const QUOTED_BYTES: usize = 320;

/// Words that have so many bits in common with a verse are likely those of the verse.
pub(super) const QUOTED_BITS: u32 = 12;

/// Reads addresses in one text.
#[derive(Clone, Copy)]
pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    pub(super) hits: &'t [Hit],
}

/// A number, and the cursor behind it.
type Read<'t> = (Number, Cursor<'t>);

impl<'t> Reader<'t> {
    /// A cursor at a byte offset.
    pub(super) fn cursor(&self, at: usize) -> Cursor<'t> {
        Cursor::new(self.text, at)
    }

    /// The hit of a book's name that begins at an offset.
    pub(super) fn name_at(&self, at: usize) -> Option<&'t Hit> {
        let index = self.hits.binary_search_by_key(&at, |hit| hit.start).ok()?;
        Some(&self.hits[index]).filter(|hit| matches!(hit.what, What::Name(_)))
    }

    /// The words around a place: up to the next chapter or verse behind it, and from an offset before it.
    pub(super) fn said_around(&self, start: usize, end: usize, from: usize) -> Said {
        let next = self.hits.partition_point(|hit| hit.start < end);
        let other = self.hits[next..].iter().find(|hit| !matches!(hit.what, What::Name(_)));
        let near = boundary(self.text, end + QUOTED_BYTES);
        let until = other.map_or(self.text.len(), |hit| hit.start).min(near);
        let from = from.max(boundary(self.text, start.saturating_sub(QUOTED_BYTES / 2))).min(start);
        Said::new(&self.text[end..until], &self.text[from..start])
    }

    /// Reads what follows a book's name.
    pub(super) fn after_name(&self, cursor: Cursor<'t>, book: Book) -> Option<Address> {
        if canon::chapters(book) > 1 && cursor.peek().is_none_or(|token| is_no_address(&token)) {
            return None;
        }
        if let Some((chapter, behind)) = self.named_chapter(cursor.skip(4, BEFORE_CHAPTER, &[',', '-', '—', '–'])) {
            return Some(self.with_chapter(chapter, behind, Form::Chapter, Some(book)));
        }
        if canon::chapters(book) == 1
            && let Some((verse, behind)) = self.verse_soon(cursor)
        {
            let address = Address::verse(Some(1), verse, Form::Verse);
            return Some(self.with_range(address, behind));
        }
        let comma = cursor.past_mark(',').or_else(|| cursor.past_mark('.')).unwrap_or(cursor);
        let psalms = canon::chapters(book) > 100;
        let start = comma.skip(3, &FILLERS[..4], &[]);
        let start = start.past_word(&["number"]).filter(|_| psalms).unwrap_or(start);
        // "Psalm a hundred and three".
        let start = start.past_word(&["a"]).filter(|behind| behind.past_word(&["hundred"]).is_some()).unwrap_or(start);
        let (chapter, behind) = number(start)?;
        if chapter.ordinal || self.is_counted(chapter, behind) {
            return None;
        }
        if is_score(chapter, behind) || counts_people(behind) || is_hour(behind) {
            return None;
        }
        if !psalms && is_of_something(behind) {
            return None;
        }
        let form = if chapter.digits { Form::Bare } else { Form::BareWord };
        let address = self.with_chapter(chapter, behind, form, Some(book));
        let weak = comma.offset() != cursor.offset() && address.form < Form::Pair;
        (!weak).then_some(address)
    }

    /// Reads on from a chapter's number: its verse and the end of the range, or the end of a range of chapters.
    pub(super) fn with_chapter(&self, chapter: Number, behind: Cursor<'t>, form: Form, book: Option<Book>) -> Address {
        let mut address = Address::chapter(chapter, form);
        let mut behind = behind;
        if let Some(book) = book {
            if canon::chapters(book) == 1 && chapter.value > 1 && canon::has_verse(book, 1, chapter.value) {
                return self.with_range(Address::verse(Some(1), chapter, form), behind);
            }
            if let Some((joined, after)) = self.spoken_hundred(book, chapter, behind) {
                address = Address::chapter(joined, form);
                behind = after;
            } else if behind.past_mark(':').is_none()
                && let Some((first, verse)) = split(book, chapter)
            {
                let mut address = Address::verse(Some(first), Number { value: verse, ..chapter }, Form::Split);
                address.form = form.max(Form::Split);
                return self.with_range(address, behind);
            }
        }
        match self.verse_behind(address.chapter.unwrap_or(0), behind, book) {
            Some((verse, form, behind)) => {
                if let Some((twice, behind)) = book.and_then(|book| begun_twice(book, chapter, verse, behind)) {
                    return self.with_range(twice, behind);
                }
                let form = if form == Form::Pair { address.form.max(form) } else { form };
                self.with_range(Address::verse(address.chapter, verse, form), behind)
            }
            None => match book.and_then(|book| self.verse_behind_and(book, chapter, behind)) {
                Some((verse, behind)) => {
                    self.with_range(Address::verse(address.chapter, verse, form.max(Form::Pair)), behind)
                }
                None => self.with_range(address, behind),
            },
        }
    }

    /// Reads on from a verse's number: the end of the range.
    pub(super) fn with_verse(&self, chapter: Option<u16>, verse: Number, behind: Cursor<'t>) -> Address {
        self.with_range(Address::verse(chapter, verse, Form::Verse), behind)
    }

    /// Reads the verse behind a name that follows its chapter: "chapter 8 of Romans, verse 28".
    pub(super) fn verse_after_name(&self, address: Address, behind: Cursor<'t>) -> Option<Address> {
        let (verse, behind) = self.verse_soon(behind)?;
        Some(self.with_verse(address.chapter, verse, behind))
    }

    /// Reads `chapter 5`, `the fifth chapter`.
    pub(super) fn named_chapter(&self, cursor: Cursor<'t>) -> Option<Read<'t>> {
        self.named(cursor, CHAPTER)
    }

    /// Reads `verse 5`, `verses number 5`, `the fifth verse`.
    fn named_verse(&self, cursor: Cursor<'t>) -> Option<Read<'t>> {
        self.named(cursor, VERSE)
    }

    /// Reads a verse after a few words that may stand before it: "and reading from verse 5".
    fn verse_soon(&self, cursor: Cursor<'t>) -> Option<Read<'t>> {
        let mut cursor = cursor;
        for _ in 0..=8 {
            if let Some(found) = self.named_verse(cursor) {
                return Some(found);
            }
            let behind = cursor.skip(1, BEFORE_VERSE, &[',', '-', '—', '–']);
            if behind.offset() == cursor.offset() {
                return None;
            }
            cursor = behind;
        }
        None
    }

    /// Reads one of the words with its number behind it, or with its ordinal before it.
    fn named(&self, cursor: Cursor<'t>, words: &[&str]) -> Option<Read<'t>> {
        if let Some(behind) = cursor.past_word(words) {
            return self.number_behind_word(behind);
        }
        let (ordinal, behind) = number(cursor).filter(|(number, _)| number.ordinal)?;
        Some((ordinal, behind.past_word(words)?))
    }

    /// Reads the number behind the word chapter or verse.
    pub(super) fn number_behind_word(&self, behind: Cursor<'t>) -> Option<Read<'t>> {
        let (number, behind) = number(behind.skip(3, BEFORE_NUMBER, &['.', '#']))?;
        (!number.ordinal && !self.belongs_to_name(number, behind)).then_some((number, behind))
    }

    /// Reads the verse behind a chapter's number.
    fn verse_behind(&self, chapter: u16, cursor: Cursor<'t>, book: Option<Book>) -> Option<(Number, Form, Cursor<'t>)> {
        if let Some(colon) = cursor.past_mark(':')
            && let Some((verse, behind)) = number(colon)
        {
            return Some((verse, Form::Verse, behind));
        }
        if let Some(point) = cursor.past_mark('.')
            && let Some((verse, behind)) = number(point)
            && verse.start == cursor.offset() + 1
        {
            return Some((verse, Form::Verse, behind));
        }
        if let Some((verse, behind)) = self.verse_soon(cursor) {
            return Some((verse, Form::Verse, behind));
        }
        let comma = cursor.past_mark(',');
        let (verse, behind) = number(comma.unwrap_or(cursor))?;
        let third_exists = book.is_some_and(|book| canon::chapters(book) >= chapter.saturating_add(2));
        let is_next = verse.value == chapter.saturating_add(1) && comma.is_some() && third_exists;
        if is_next && self.counts_on(verse, behind) {
            return None;
        }
        let exists = book.is_some_and(|book| canon::has_verse(book, chapter, verse.value));
        (exists && !verse.ordinal && !self.is_counted(verse, behind)).then_some((verse, Form::Pair, behind))
    }

    /// Reads the verse of "Jonah three and one": a second number that can be no further chapter.
    fn verse_behind_and(&self, book: Book, chapter: Number, cursor: Cursor<'t>) -> Option<Read<'t>> {
        let (verse, behind) = number(cursor.past_mark(',').unwrap_or(cursor).past_word(&["and"])?)?;
        let further = verse.value > chapter.value && verse.value <= canon::chapters(book);
        let said = || self.said_around(chapter.start, verse.end, 0).likeness(book, chapter.value, verse.value);
        let quoted = || said().is_some_and(|bits| bits >= QUOTED_BITS);
        // Psalms are named in any order.
        let in_any_order = canon::chapters(book) > 100;
        let chapters = (further || in_any_order) && !quoted();
        let alike = verse.digits == chapter.digits && !verse.ordinal;
        let exists = canon::has_verse(book, chapter.value, verse.value);
        let pair = alike && exists && !chapters && behind.past_mark(':').is_none();
        (pair && !self.is_counted(verse, behind) && !counts_things(behind)).then_some((verse, behind))
    }

    /// "One nineteen" behind Psalm: 119, where the first psalm has no nineteenth verse.
    fn spoken_hundred(&self, book: Book, chapter: Number, behind: Cursor<'t>) -> Option<Read<'t>> {
        if chapter.value != 1 || canon::chapters(book) <= 100 {
            return None;
        }
        let (rest, after) = number(behind)?;
        let hundred = rest.value.checked_add(100)?;
        let fits = (10..100).contains(&rest.value) && hundred <= canon::chapters(book) && !self.is_counted(rest, after);
        fits.then_some((Number { value: hundred, end: rest.end, ..chapter }, after))
    }
}

/// Whether no address begins with a word; most words behind a name are such, and need no further look.
fn is_no_address(token: &Token<'_>) -> bool {
    token.kind == TokenKind::Word
        && !(token.is_any(BEFORE_CHAPTER) || token.is_any(CHAPTER) || token.is_any(FILLERS) || may_be_number(token))
}

/// Reads "15:1 17", where the chapter does not exist: the speaker began twice, and means 5:17.
fn begun_twice(book: Book, chapter: Number, verse: Number, behind: Cursor<'_>) -> Option<(Address, Cursor<'_>)> {
    let meant = chapter.value % 10;
    let (again, behind) = number(behind)?;
    let twice = again.digits && again.value > verse.value && canon::has_verse(book, meant, again.value);
    (twice && canon::verses(book, chapter.value) == 0)
        .then(|| (Address { repaired: true, ..Address::verse(Some(meant), again, Form::Verse) }, behind))
}

/// Chapter and verse in digits without a border: `316` is 3:16, `2912` is 29:12.
///
/// Two digits of verse are tried first: that is how they are said.
fn split(book: Book, number: Number) -> Option<(u16, u16)> {
    if !number.digits || number.value < 100 || number.value <= canon::chapters(book) {
        return None;
    }
    [100, 10, 1000]
        .into_iter()
        .map(|border| (number.value / border, number.value % border))
        .find(|&(chapter, verse)| canon::has_verse(book, chapter, verse))
}
