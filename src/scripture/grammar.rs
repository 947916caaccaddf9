//! The grammar of chapters and verses, read from a place in the text.
//!
//! Between several readings of the same numbers, versification decides: "8 28" behind Romans is a chapter and
//! a verse, "46 47" behind Psalm are two chapters. Knows nothing of evidence and of what was said before.

use super::{
    canon,
    lexer::{Cursor, TokenKind},
    numbers::{self, Number, number},
    passage::Passage,
    scan::{Hit, What},
};
use crate::domain::Book;

/// How the numbers were said; the stronger the form, the less can it be anything but a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// A number in words behind the name: "Romans eight".
    BareWord,
    /// A number in digits behind the name: "Romans 8".
    Bare,
    /// Digits without a border between chapter and verse: "John 316".
    Split,
    /// Two numbers: "Romans 8 28", "Romans 8, 28".
    Pair,
    /// With the word chapter.
    Chapter,
    /// With a colon, a point, or the word verse.
    Verse,
}

/// Chapter and verse as they were said; they may not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) chapter: Option<u16>,
    pub(super) verse: Option<u16>,
    /// Where a range ends; its chapter only when one was said.
    pub(super) last: Option<Last>,
    pub(super) form: Form,
    /// One past its last byte.
    pub(super) end: usize,
    /// Whether a number was changed to make sense of what was said.
    pub(super) repaired: bool,
}

/// The end of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Last {
    pub(super) chapter: Option<u16>,
    pub(super) verse: Option<u16>,
}

/// The words for a chapter and for a verse, misheard ones too.
const CHAPTER: &[&str] = &["chapter", "chapters", "chap", "chapt", "ch"];
const VERSE: &[&str] = &["verse", "verses", "versus", "vs", "vv", "v", "vss"];

/// Words that may stand between a name and its chapter.
const BEFORE_CHAPTER: &[&str] =
    &["uh", "um", "in", "the", "and", "at", "from", "it", "its", "is", "also", "book", "number", "uhm", "that", "to"];

/// Words that may stand between a chapter and its verse.
const BEFORE_VERSE: &[&str] = &[
    "uh",
    "um",
    "uhm",
    "and",
    "from",
    "starting",
    "start",
    "starts",
    "beginning",
    "begin",
    "begins",
    "reading",
    "read",
    "reads",
    "in",
    "at",
    "with",
    "the",
    "we",
    "let",
    "look",
    "looking",
    "is",
    "it",
    "its",
    "says",
    "down",
    "going",
    "be",
    "to",
    "specifically",
    "also",
    "you",
    "i",
    "will",
    "us",
    "on",
    "then",
    "now",
    "about",
    "think",
    "believe",
    "probably",
    "maybe",
    "perhaps",
    "around",
    "somewhere",
    "verse",
    "verses",
];

/// Words that may stand between the word chapter or verse and its number.
const BEFORE_NUMBER: &[&str] =
    &["number", "numbers", "no", "from", "starting", "beginning", "at", "with", "uh", "um", "in", "the", "reading"];

/// Nouns that make the number before them a count, a time or a date.
const COUNTED: &[&str] = &[
    "year",
    "years",
    "month",
    "months",
    "week",
    "weeks",
    "day",
    "days",
    "hour",
    "hours",
    "minute",
    "minutes",
    "second",
    "seconds",
    "time",
    "times",
    "people",
    "persons",
    "men",
    "women",
    "children",
    "kids",
    "percent",
    "dollars",
    "cents",
    "bucks",
    "miles",
    "feet",
    "pounds",
    "pages",
    "points",
    "things",
    "ways",
    "oclock",
    "am",
    "pm",
    "bc",
    "ad",
    "bce",
    "ce",
    "billion",
    "million",
    "thousand",
    "hundred",
    "books",
    "words",
    "sermons",
    "disciples",
    "brothers",
    "sisters",
    "sons",
    "tribes",
    "types",
    "kinds",
    "reasons",
    "steps",
    "different",
    "other",
    "more",
    "guys",
    "friends",
    "gospels",
    "quarter",
    "scene",
];

/// Behind a number and "of", those who are counted: "1 of our students".
const OF_WHOM: &[&str] = &["us", "them", "you", "these", "those", "our", "my", "your", "his", "her", "their"];

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

    /// Reads what follows a book's name.
    pub(super) fn after_name(&self, cursor: Cursor<'t>, book: Book) -> Option<Address> {
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
        let start = comma.skip(2, &["uh", "um", "number"], &[]);
        let (chapter, behind) = number(start)?;
        if chapter.ordinal || self.is_counted(chapter, behind) {
            return None;
        }
        let form = if chapter.digits { Form::Bare } else { Form::BareWord };
        if is_score(chapter, behind) {
            return None;
        }
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
                let (verse, behind) = begun_twice(address.chapter, verse, behind, book).unwrap_or((verse, behind));
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

    /// Reads the verse of "Jonah three and one": a second number that can be no further chapter.
    fn verse_behind_and(&self, book: Book, chapter: Number, cursor: Cursor<'t>) -> Option<Read<'t>> {
        let (verse, behind) = number(cursor.past_word(&["and"])?)?;
        let further = verse.value > chapter.value && verse.value <= canon::chapters(book);
        // Psalms are named in any order.
        let in_any_order = canon::chapters(book) > 100;
        let alike = verse.digits == chapter.digits && !verse.ordinal;
        let exists = canon::has_verse(book, chapter.value, verse.value);
        let plural = behind.peek().is_some_and(|token| {
            token.kind == TokenKind::Word
                && (token.is("of") || token.text.ends_with(['s', 'S']) && !token.is_any(&["says", "is", "was", "jesus"]))
        });
        let pair = alike && exists && !further && !in_any_order && !plural && behind.past_mark(':').is_none();
        (pair && !self.is_counted(verse, behind)).then_some((verse, behind))
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
        for _ in 0..=6 {
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
        if let Some(colon) = cursor.past_mark(':').or_else(|| cursor.past_mark(';'))
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
        let (verse, behind) = number(cursor.past_mark(',').unwrap_or(cursor))?;
        if verse.value == chapter.saturating_add(1) && self.counts_on(verse, behind) {
            return None;
        }
        let exists = book.is_some_and(|book| canon::has_verse(book, chapter, verse.value));
        (exists && !verse.ordinal && !self.is_counted(verse, behind)).then_some((verse, Form::Pair, behind))
    }

    /// Whether the next number follows too, behind a comma or "and": "Psalms 22, 23 and 24" are chapters.
    fn counts_on(&self, first: Number, behind: Cursor<'t>) -> bool {
        let (next, link) = link(behind);
        matches!(link, Link::And | Link::Comma)
            && number(next).is_some_and(|(next, after)| {
                next.value == first.value.saturating_add(1) && !self.is_counted(next, after)
            })
    }

    /// Reads the end of a range, or the numbers that follow one another, behind an address.
    fn with_range(&self, mut address: Address, cursor: Cursor<'t>) -> Address {
        let mut cursor = glued_letter(cursor);
        while let Some((last, number, behind)) = self.range_behind(&address, cursor) {
            address.last = Some(last);
            address.end = number.end;
            cursor = glued_letter(behind);
            if last.chapter.is_some() && last.verse.is_some() {
                break;
            }
        }
        address
    }

    /// Reads one more number that ends the range.
    fn range_behind(&self, address: &Address, cursor: Cursor<'t>) -> Option<(Last, Number, Cursor<'t>)> {
        let verses = address.verse.is_some();
        let so_far = match (address.verse, address.last) {
            (Some(_), Some(last)) => last.verse?,
            (None, Some(last)) => last.chapter?,
            (Some(verse), None) => verse,
            (None, None) => address.chapter?,
        };
        let (to, link) = link(cursor);
        let words = if verses { VERSE } else { CHAPTER };
        let named = to.past_word(words);
        if verses
            && link == Link::To
            && let Some(cross) = self.other_chapter(to)
        {
            return Some(cross);
        }
        let (last, behind) = match named {
            Some(named) => self.number_behind_word(named)?,
            None => number(to)?,
        };
        if last.ordinal || self.is_counted(last, behind) {
            return None;
        }
        let follows = last.value == so_far.saturating_add(1);
        let fits = match link {
            Link::To => last.value > so_far,
            Link::And => follows,
            Link::Comma => follows && named.is_none(),
            Link::Nothing => follows && (named.is_none() || address.last.is_some()),
        };
        if fits {
            if behind.past_mark(':').is_some_and(|colon| number(colon).is_some()) {
                return None;
            }
            let last_place = if verses {
                Last { chapter: None, verse: Some(last.value) }
            } else {
                Last { chapter: Some(last.value), verse: None }
            };
            return Some((last_place, last, behind));
        }
        // "16-1 17": the speaker began the number twice.
        let (again, behind) = number(behind).filter(|(again, _)| link == Link::To && verses && again.value > so_far)?;
        (last.value < 10).then_some((Last { chapter: None, verse: Some(again.value) }, again, behind))
    }

    /// Reads `9:5` or `chapter 9 verse 5` at the end of a range that runs into another chapter.
    fn other_chapter(&self, cursor: Cursor<'t>) -> Option<(Last, Number, Cursor<'t>)> {
        let (chapter, behind, named) = match self.named_chapter(cursor) {
            Some((chapter, behind)) => (chapter, behind, true),
            None => number(cursor).map(|(chapter, behind)| (chapter, behind, false))?,
        };
        let verse = match behind.past_mark(':') {
            Some(colon) => number(colon),
            None if named => self.named_verse(behind.skip(2, &["and"], &[','])),
            None => None,
        };
        let (verse, behind) = verse?;
        Some((Last { chapter: Some(chapter.value), verse: Some(verse.value) }, verse, behind))
    }

    /// Whether a number is a count, a time, a date, or the First of another book.
    pub(super) fn is_counted(&self, number: Number, behind: Cursor<'t>) -> bool {
        if self.belongs_to_name(number, behind) {
            return true;
        }
        let Some((token, after)) = behind.next() else { return false };
        match token.kind {
            TokenKind::Word => {
                token.is_any(COUNTED)
                    || token.is("o'clock")
                    || token.is("o’clock")
                    || (token.is_any(&["verses", "chapters"]) && self.number_behind_word(after).is_none())
                    || (token.is("of") && after.past_word(OF_WHOM).is_some())
                    || (token.is("or") && self.is_estimate(number, after))
                    || ((token.is("a") || token.is("p"))
                        && after.past_mark('.').is_some_and(|dot| dot.past_word(&["m"]).is_some()))
            }
            TokenKind::Mark('/' | '%' | '$') => true,
            TokenKind::Mark(',') => thousands(number, token.end, after),
            TokenKind::Mark(':') => after.next().is_some_and(|(minutes, behind)| {
                matches!(minutes.kind, TokenKind::Number(_)) && behind.past_word(&["am", "pm"]).is_some()
            }),
            _ => false,
        }
    }

    /// Whether "or" and the next number make a number an estimate: "3 or 4 of you", "five or six people".
    fn is_estimate(&self, number: Number, behind: Cursor<'t>) -> bool {
        numbers::number(behind).is_some_and(|(next, behind)| {
            next.value > number.value
                && (behind.past_word(&["of"]).is_some() || behind.peek().is_some_and(|token| token.is_any(COUNTED)))
        })
    }

    /// Whether a number is the First, Second or Third of the name behind it.
    fn belongs_to_name(&self, number: Number, behind: Cursor<'t>) -> bool {
        (1..=3).contains(&number.value)
            && behind.peek().and_then(|token| self.name_at(token.start)).is_some_and(|hit| match hit.what {
                What::Name(name) => name.can_be_numbered(),
                _ => false,
            })
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

impl Address {
    pub(super) fn chapter(chapter: Number, form: Form) -> Self {
        Self { chapter: Some(chapter.value), verse: None, last: None, form, end: chapter.end, repaired: false }
    }

    pub(super) fn verse(chapter: Option<u16>, verse: Number, form: Form) -> Self {
        Self { chapter, verse: Some(verse.value), last: None, form, end: verse.end, repaired: false }
    }

    /// The passage of a book that is meant, and whether it had to be repaired; none if there is none.
    pub(super) fn passage(&self, book: Book) -> Option<(Passage, bool)> {
        let chapter = self.chapter.unwrap_or(1);
        let Some(verse) = self.verse else {
            let passage = Passage::of_chapter(book, chapter)?;
            let last = self.last.and_then(|last| passage.up_to(last.chapter?, None));
            return Some((last.unwrap_or(passage), self.repaired));
        };
        let exact = Passage::of_verse(book, chapter, verse).map(|passage| (passage, self.repaired));
        let (passage, repaired) = exact.or_else(|| repaired(book, chapter, verse).map(|passage| (passage, true)))?;
        let last = self.last.and_then(|last| {
            let chapter = last.chapter.or(passage.chapter())?;
            passage.up_to(chapter, Some(last.verse?))
        });
        Some((last.unwrap_or(passage), repaired))
    }
}

/// What stands between two numbers of a range or list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// A dash, "to", "through".
    To,
    And,
    Comma,
    Nothing,
}

/// Whether a number is the first of a score, which goes down where a range goes up: "5 to 4".
fn is_score(first: Number, behind: Cursor<'_>) -> bool {
    let second = behind.past_word(&["to"]).and_then(number);
    second.is_some_and(|(second, behind)| second.value < first.value && behind.past_mark(':').is_none())
}

/// Reads what stands between two numbers.
fn link(cursor: Cursor<'_>) -> (Cursor<'_>, Link) {
    for dash in ['-', '–', '—'] {
        if let Some(behind) = cursor.past_mark(dash) {
            return (behind, Link::To);
        }
    }
    let words = ["all", "the", "way", "down", "on", "right", "up", "and", "then", "going"];
    let to = cursor.skip(4, &words, &[',']).past_word(&["to", "through", "thru", "till", "until", "unto", "til"]);
    if let Some(to) = to {
        return (to.skip(2, &["to", "the", "end", "of"], &[]), Link::To);
    }
    let (behind, comma) = match cursor.past_mark(',') {
        Some(behind) => (behind, true),
        None => (cursor, false),
    };
    match behind.past_word(&["and"]).or_else(|| behind.past_mark('&')) {
        Some(and) => (and, Link::And),
        None if comma => (behind, Link::Comma),
        None => (cursor, Link::Nothing),
    }
}

/// The number that counts in "15:1 17", where the chapter does not exist: the speaker began twice.
fn begun_twice(chapter: Option<u16>, verse: Number, behind: Cursor<'_>, book: Option<Book>) -> Option<Read<'_>> {
    let impossible = chapter.is_some_and(|chapter| book.is_some_and(|book| canon::verses(book, chapter) == 0));
    number(behind).filter(|(again, _)| impossible && again.digits && again.value > verse.value)
}

/// Moves past the letter of half a verse: `16a`.
fn glued_letter(cursor: Cursor<'_>) -> Cursor<'_> {
    match cursor.next() {
        Some((token, behind)) if token.start == cursor.offset() && token.is_any(&["a", "b", "c", "f", "ff"]) => behind,
        _ => cursor,
    }
}

/// Whether a comma divides thousands: `1,000`.
fn thousands(number: Number, comma_end: usize, behind: Cursor<'_>) -> bool {
    number.digits
        && comma_end == number.end + 1
        && behind.peek().is_some_and(|token| {
            token.start == comma_end && token.text.len() == 3 && matches!(token.kind, TokenKind::Number(_))
        })
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

/// The passage that was meant by an impossible one: `5:116` is 5:16.
fn repaired(book: Book, chapter: u16, verse: u16) -> Option<Passage> {
    if canon::verses(book, chapter) > 0 {
        return (verse >= 100)
            .then(|| {
                Passage::of_verse(book, chapter, verse % 100).or_else(|| Passage::of_verse(book, chapter, verse / 10))
            })
            .flatten()
            .or_else(|| Passage::of_chapter(book, chapter));
    }
    (chapter >= 10).then(|| Passage::of_verse(book, chapter % 10, verse)).flatten()
}
