//! The grammar of chapters and verses.
//!
//! Where the same numbers can be read in several ways, versification decides: "8 28" after Romans is a chapter and a
//! verse, "46 47" after Psalm are two chapters.

mod address;
mod aside;
mod count;
mod range;
mod repeated;
#[rustfmt::skip]
mod words;

pub(super) use address::{Address, Form, RangeEnd};
use aside::{may_start_aside, past_aside, past_hesitation, past_we_are};
use count::{counts_ages, counts_people, counts_up, is_hour, is_measure, is_of_something, is_score};
pub(super) use count::{counts_things, is_decimal};
use range::first_of_ordinal_verses;
pub(super) use range::{is_range, past_verse_part};
use words::{AND_WE_READ, BEFORE_CHAPTER, BEFORE_NUMBER, BEFORE_VERSE, CHAPTER, FILLERS, VERSE};

use crate::{
    Book, canon,
    letters::floor_char_boundary,
    lexer::{Cursor, Token, TokenKind},
    numbers::{Number, may_be_number, read_number},
    scan::{Hit, HitKind},
    verse_lexicon::WordSet,
};

/// The bytes after a reference in which its verse may be read aloud. Half as many before it are considered.
const QUOTATION_BYTES: usize = 320;

/// Words that share this many bits of information with a verse are probably a quotation of it.
pub(super) const QUOTATION_BITS: u32 = 12;

/// Maximum number of words and commas skipped between a chapter and the word "verse".
const MAX_WORDS_BEFORE_VERSE: usize = 8;

/// Reads addresses in one text.
#[derive(Clone, Copy)]
pub(super) struct AddressReader<'t> {
    pub(super) text: &'t str,
    pub(super) hits: &'t [Hit],
}

/// A number and the cursor after it.
type NumberAndRest<'t> = (Number, Cursor<'t>);

impl<'t> AddressReader<'t> {
    /// Creates a cursor at a byte offset.
    pub(super) fn cursor(&self, at: usize) -> Cursor<'t> {
        Cursor::new(self.text, at)
    }

    /// Returns the hit for a book name that starts at a byte offset.
    pub(super) fn name_at(&self, at: usize) -> Option<&'t Hit> {
        let index = self.hits.binary_search_by_key(&at, |hit| hit.start).ok()?;
        Some(&self.hits[index]).filter(|hit| matches!(hit.kind, HitKind::Name(_)))
    }

    /// Returns the words around a reference: up to the next chapter or verse after it, and back to `from` before it.
    pub(super) fn words_around(&self, start: usize, end: usize, from: usize) -> WordSet {
        let next = self.hits.partition_point(|hit| hit.start < end);
        let next = self.hits[next..].iter().find(|hit| !matches!(hit.kind, HitKind::Name(_) | HitKind::SpacedPair));
        let limit = floor_char_boundary(self.text, end + QUOTATION_BYTES);
        let until = next.map_or(self.text.len(), |hit| hit.start).min(limit);
        let limit = floor_char_boundary(self.text, start.saturating_sub(QUOTATION_BYTES / 2));
        let from = from.max(limit).min(start);
        WordSet::new(&self.text[end..until], &self.text[from..start])
    }

    /// Reads the address after a book name.
    pub(super) fn address_after_name(&self, cursor: Cursor<'t>, book: Book) -> Option<Address> {
        if let Some((address, rest)) = Self::roman_chapter(cursor.past_mark('.').unwrap_or(cursor), book) {
            return Some(self.with_range(address, rest));
        }
        if canon::chapters(book) > 1 && cursor.peek().is_none_or(|token| cannot_start_address(&token)) {
            return None;
        }
        let chapter = self.chapter_with_word(cursor.skip(4, BEFORE_CHAPTER, &[',', '-', '—', '–']));
        let chapter = chapter.or_else(|| {
            let found = self.chapter_with_word(past_aside(cursor)?);
            // "You know James, and I think chapter 2 of his life".
            found.filter(|(_, rest)| !counts_people(*rest))
        });
        if let Some((chapter, rest)) = chapter {
            // "Chapter 28, chapter 28 verse 19": said twice.
            let again = self.chapter_with_word(rest.past_mark(',').unwrap_or(rest));
            let again = again.filter(|(again, _)| again.value == chapter.value);
            let (chapter, rest) = again.unwrap_or((chapter, rest));
            return Some(self.address_from_chapter(chapter, rest, Form::Chapter, Some(book)));
        }
        if canon::chapters(book) == 1
            && let Some((verse, rest)) = self.verse_soon(cursor)
        {
            let address = Address::verse(Some(1), verse, Form::Verse);
            return Some(self.with_range(address, rest));
        }
        let after_mark = cursor.past_mark(',').or_else(|| cursor.past_mark('.')).unwrap_or(cursor);
        let is_psalms = canon::chapters(book) > 100;
        let start = after_mark.skip(3, &FILLERS[..4], &[]);
        let start = start.past_word(&["number"]).filter(|_| is_psalms).unwrap_or(start);
        // "Psalm a hundred and three".
        let start = start.past_word(&["a"]).filter(|rest| rest.past_word(&["hundred"]).is_some()).unwrap_or(start);
        let at = start.past_word(&["at"]);
        let (chapter, rest) = read_number(at.unwrap_or(start))?;
        if chapter.ordinal || self.is_other_number(chapter, rest) || counts_up(chapter, rest) {
            return None;
        }
        if is_score(chapter, rest) || counts_people(rest) || counts_ages(rest) || is_hour(rest) || is_measure(rest) {
            return None;
        }
        if !is_psalms && is_of_something(rest) {
            return None;
        }
        let form = if chapter.digits { Form::Bare } else { Form::BareWord };
        // "Genesis 12 chapter verse 1", "3 chapter 16 verse".
        let (rest, form) = match rest.past_word(&["chapter"]) {
            Some(after) if self.number_after_word(after).is_none() || number_before_verse(after).is_some() => {
                (after, Form::Chapter)
            }
            _ => (rest, form),
        };
        let address = self.address_from_chapter(chapter, rest, form, Some(book));
        let weak = after_mark.offset() != cursor.offset() && address.form < Form::Pair;
        let is_time = || at.is_some() && self.may_be_time_of_day(book, chapter, address);
        (!weak && !is_time()).then_some(address)
    }

    /// Returns whether the numbers after "at" may be a time of day: "Luke at 9:30", but not "John at fifteen fifteen, I call you
    /// not servants" or "Wisdom at 13 1 through 9".
    fn may_be_time_of_day(&self, book: Book, chapter: Number, address: Address) -> bool {
        let Some(verse) = address.verse else { return true };
        // The minutes of a time have two digits.
        let is_clock = chapter.value <= 24 && (10..60).contains(&verse) && address.range_end.is_none();
        let words = || self.words_around(chapter.start, address.end, chapter.start);
        is_clock && words().shared_bits(book, chapter.value, verse) < Some(QUOTATION_BITS)
    }

    /// Reads what follows a chapter number: the verse, the end of a range of verses, or the end of a range of chapters.
    pub(super) fn address_from_chapter(
        &self,
        chapter: Number,
        rest: Cursor<'t>,
        form: Form,
        book: Option<Book>,
    ) -> Address {
        let mut address = Address::chapter(chapter, form);
        let mut rest = rest;
        if let Some(book) = book {
            if let Some((psalm, rest)) = Self::psalm_with_both_numbers(book, chapter, rest) {
                let address = self.address_from_chapter(psalm, rest, form, Some(book));
                return Address { renumbered: true, ..address };
            }
            if let Some((address, rest)) = self.doubled_chapter(book, chapter, rest, form) {
                return self.with_range(address, rest);
            }
            if let Some((spelled, rest)) = self.spelled_chapter(book, chapter, rest)
                && let Some((verse, rest)) = self.verse_with_word(rest)
            {
                return self.with_range(Address::verse(Some(spelled.value), verse, Form::Verse), rest);
            }
            if canon::chapters(book) == 1
                && rest.past_mark(':').is_none()
                && chapter.value > 1
                && canon::has_verse(book, 1, chapter.value)
            {
                return self.with_range(Address::verse(Some(1), chapter, form), rest);
            }
            if let Some((joined, after)) = self.split_hundred(book, chapter, rest) {
                address = Address::chapter(joined, form);
                rest = after;
            } else if rest.past_mark(':').is_none()
                && let Some((first, verse)) = split_digits(book, chapter)
            {
                let mut address = Address::verse(Some(first), Number { value: verse, ..chapter }, Form::Split);
                address.form = form.max(Form::Split);
                return self.with_range(address, rest);
            } else if let Some(address) = self.split_two_digits(book, chapter, rest) {
                return self.with_range(Address { form: form.max(Form::Split), ..address }, rest);
            }
        }
        match self.verse_after_chapter(address.chapter.unwrap_or(0), rest, book) {
            Some((verse, form, rest)) => {
                if let Some((restarted, rest)) = book.and_then(|book| restarted_pair(book, chapter, verse, rest)) {
                    return self.with_range(restarted, rest);
                }
                let form = if form == Form::Pair { address.form.max(form) } else { form };
                self.with_range(Address::verse(address.chapter, verse, form), rest)
            }
            None => match book.and_then(|book| self.verse_after_and(book, chapter, rest)) {
                Some((verse, rest)) => {
                    self.with_range(Address::verse(address.chapter, verse, form.max(Form::Pair)), rest)
                }
                None => self.with_range(address, rest),
            },
        }
    }

    /// Reads what follows a verse number: the end of the range.
    pub(super) fn address_from_verse(&self, chapter: Option<u16>, verse: Number, rest: Cursor<'t>) -> Address {
        self.with_range(Address::verse(chapter, verse, Form::Verse), rest)
    }

    /// Reads the verse after a name that follows its chapter: "chapter 8 of Romans, verse 28".
    pub(super) fn verse_after_name(&self, address: Address, rest: Cursor<'t>) -> Option<Address> {
        let (verse, rest) = self.verse_soon(rest)?;
        Some(self.address_from_verse(address.chapter, verse, rest))
    }

    /// Reads "chapter 5" or "the fifth chapter".
    pub(super) fn chapter_with_word(&self, cursor: Cursor<'t>) -> Option<NumberAndRest<'t>> {
        self.number_with_word(cursor, CHAPTER)
    }

    /// Reads "verse 5", "verses number 5" or "the fifth verse".
    pub(super) fn verse_with_word(&self, cursor: Cursor<'t>) -> Option<NumberAndRest<'t>> {
        self.number_with_word(cursor, VERSE)
    }

    /// Reads a verse after a few words that may precede it: "and reading from verse 5".
    fn verse_soon(&self, cursor: Cursor<'t>) -> Option<NumberAndRest<'t>> {
        let (mut cursor, mut follows_and) = (cursor, false);
        for _ in 0..=MAX_WORDS_BEFORE_VERSE {
            if let Some(found) = self.verse_with_word(cursor) {
                return Some(found);
            }
            let known = cursor.skip(1, BEFORE_VERSE, &[',', '-', '—', '–']);
            // "And we will read from verse 6" belongs to the chapter before it; a new clause does not.
            let rest = if follows_and { known.skip(1, AND_WE_READ, &[]) } else { past_we_are(known) };
            follows_and |= cursor.past_word(&["and"]).is_some();
            if rest.offset() == cursor.offset() {
                return None;
            }
            cursor = rest;
        }
        None
    }

    /// Reads one of these words with the number after it, or with the ordinal before it.
    fn number_with_word(&self, cursor: Cursor<'t>, words: &[&str]) -> Option<NumberAndRest<'t>> {
        if let Some(rest) = cursor.past_word(words) {
            return self.number_after_word(rest);
        }
        let (ordinal, rest) = read_number(cursor).filter(|(number, _)| number.ordinal)?;
        Some((ordinal, rest.past_word(words)?))
    }

    /// Reads the number after the word "chapter" or "verse".
    pub(super) fn number_after_word(&self, cursor: Cursor<'t>) -> Option<NumberAndRest<'t>> {
        let start = past_hesitation(cursor).skip(3, BEFORE_NUMBER, &['.', '#']);
        // "Chapter um chapter 9": the word was said twice.
        let repeated = start.past_word(CHAPTER).or_else(|| start.past_word(VERSE));
        let start = repeated.filter(|_| start.offset() != cursor.offset()).unwrap_or(start);
        let (number, rest) = read_number(start)?;
        let is_bankruptcy = rest.past_word(&["bankruptcy", "bankruptcies", "filing", "markers"]).is_some();
        (!is_bankruptcy && !number.ordinal && !self.is_ordinal_of_next_name(number, rest)).then_some((number, rest))
    }

    /// Reads the verse after a chapter number.
    fn verse_after_chapter(
        &self,
        chapter: u16,
        cursor: Cursor<'t>,
        book: Option<Book>,
    ) -> Option<(Number, Form, Cursor<'t>)> {
        if let Some(colon) = cursor.past_mark(':')
            && let Some((verse, rest)) = read_number(colon)
        {
            return Some((verse, Form::Verse, rest));
        }
        if let Some((verse, rest)) = cursor.past_word(&["colon"]).and_then(read_number) {
            return Some((verse, Form::Verse, rest));
        }
        if let Some((verse, rest)) = self.verses_from_to(chapter, cursor, book) {
            return Some((verse, Form::Verse, rest));
        }
        if let Some(period) = cursor.past_mark('.')
            && let Some((verse, rest)) = read_number(period)
            && verse.start == cursor.offset() + 1
        {
            return Some((verse, Form::Verse, rest));
        }
        if let Some((verse, rest)) = self.verse_soon(cursor) {
            // "Chapter 3 verse 3:20": the chapter again.
            let after_colon = rest.past_mark(':').filter(|_| verse.value == chapter).and_then(read_number);
            let (verse, rest) = after_colon.unwrap_or((verse, rest));
            return Some((verse, Form::Verse, rest));
        }
        if let Some((verse, rest)) = number_before_verse(cursor) {
            return Some((verse, Form::Verse, rest));
        }
        if let Some((verse, rest)) = first_of_ordinal_verses(cursor) {
            return Some((verse, Form::Verse, rest));
        }
        let comma = cursor.past_mark(',');
        let (verse, rest) = read_number(comma.unwrap_or(cursor))?;
        let third_exists = book.is_some_and(|book| canon::chapters(book) >= chapter.saturating_add(2));
        let is_next_chapter = verse.value == chapter.saturating_add(1) && comma.is_some() && third_exists;
        if is_next_chapter && self.sequence_continues(verse, rest) {
            return None;
        }
        // "Malachi 3 23" is a verse in the Hebrew numbering.
        let exists = book.is_some_and(|book| {
            canon::has_verse(book, chapter, verse.value)
                || verse.digits && canon::from_hebrew(book, chapter, Some(verse.value)).is_some()
        });
        // "Ezra 9, three nines".
        let follows_digits = self.text[..cursor.offset()].ends_with(|letter: char| letter.is_ascii_digit());
        let counts = follows_digits && !verse.digits && (2..=12).contains(&verse.value) && counts_things(rest);
        (exists && !verse.ordinal && !counts && !self.is_other_number(verse, rest)).then_some((verse, Form::Pair, rest))
    }

    /// Reads the verse of "Jonah three and one", where the second number cannot be another chapter.
    fn verse_after_and(&self, book: Book, chapter: Number, cursor: Cursor<'t>) -> Option<NumberAndRest<'t>> {
        let (verse, rest) = read_number(cursor.past_mark(',').unwrap_or(cursor).past_word(&["and"])?)?;
        let is_later_chapter = verse.value > chapter.value && verse.value <= canon::chapters(book);
        let bits = || self.words_around(chapter.start, verse.end, 0).shared_bits(book, chapter.value, verse.value);
        let is_quoted = || bits().is_some_and(|bits| bits >= QUOTATION_BITS);
        // Psalms are listed in any order.
        let is_psalms = canon::chapters(book) > 100;
        let chapters = (is_later_chapter || is_psalms) && !is_quoted();
        let same_notation = verse.digits == chapter.digits && !verse.ordinal;
        let exists = canon::has_verse(book, chapter.value, verse.value);
        let pair = same_notation && exists && !chapters && rest.past_mark(':').is_none();
        (pair && !self.is_other_number(verse, rest) && !counts_things(rest)).then_some((verse, rest))
    }

    /// Reads "19" in a book without a chapter 19 as 1:9 if the words of that verse follow: "1 John 19 says if we confess".
    fn split_two_digits(&self, book: Book, number: Number, rest: Cursor<'t>) -> Option<Address> {
        let is_chapter = number.value <= canon::chapters(book) || rest.past_mark(':').is_some();
        if !number.digits || number.ordinal || is_chapter || !(11..100).contains(&number.value) {
            return None;
        }
        let (chapter, verse) = (number.value / 10, number.value % 10);
        let words = self.words_around(number.start, number.end, number.start);
        let is_read = words.shared_bits(book, chapter, verse) >= Some(QUOTATION_BITS);
        is_read.then(|| Address::verse(Some(chapter), Number { value: verse, ..number }, Form::Split))
    }

    /// Reads "one nineteen" after Psalm as 119.
    fn split_hundred(&self, book: Book, chapter: Number, rest: Cursor<'t>) -> Option<NumberAndRest<'t>> {
        if chapter.value != 1 || canon::chapters(book) <= 100 {
            return None;
        }
        let (second, rest) = read_number(rest)?;
        let value = second.value.checked_add(100)?;
        let fits =
            (10..100).contains(&second.value) && value <= canon::chapters(book) && !self.is_other_number(second, rest);
        fits.then_some((Number { value, end: second.end, ..chapter }, rest))
    }
}

/// Reads "16 verse", as in "3 chapter 16 verse", but not the chapter of "16 verse 4".
fn number_before_verse(cursor: Cursor<'_>) -> Option<NumberAndRest<'_>> {
    let (verse, rest) = read_number(cursor)?;
    let after = rest.past_word(&["verse"])?;
    let is_last = !verse.ordinal && read_number(past_hesitation(after)).is_none();
    is_last.then_some((Number { end: after.offset(), ..verse }, after))
}

/// Returns whether a token rules out an address. That is the case for most words after a name.
fn cannot_start_address(token: &Token<'_>) -> bool {
    token.kind == TokenKind::Word
        && !(token.is_any(BEFORE_CHAPTER)
            || token.is_any(CHAPTER)
            || token.is_any(FILLERS)
            || may_start_aside(token)
            || may_be_number(token))
}

/// Reads "15:1 17" in a book without a chapter 15 as 5:17: the speaker started the verse twice.
fn restarted_pair(book: Book, chapter: Number, verse: Number, rest: Cursor<'_>) -> Option<(Address, Cursor<'_>)> {
    let meant = chapter.value % 10;
    let (again, rest) = read_number(rest)?;
    let restarted = again.digits && again.value > verse.value && canon::has_verse(book, meant, again.value);
    (restarted && canon::verses(book, chapter.value) == 0)
        .then(|| (Address { repaired: true, ..Address::verse(Some(meant), again, Form::Verse) }, rest))
}

/// Splits digits into chapter and verse: `316` is 3:16, `2912` is 29:12.
///
/// Two digits of verse are tried first, because that is how most such numbers are pronounced.
fn split_digits(book: Book, number: Number) -> Option<(u16, u16)> {
    if !number.digits || number.value < 100 || number.value <= canon::chapters(book) {
        return None;
    }
    [100, 10, 1000]
        .into_iter()
        .map(|divisor| (number.value / divisor, number.value % divisor))
        .find(|&(chapter, verse)| canon::has_verse(book, chapter, verse))
}
