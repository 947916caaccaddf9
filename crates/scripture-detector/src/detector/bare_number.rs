//! Numbers without the word "verse" or "chapter": "and in thirteen, fear not", "at Ephesus, nineteen and five".
//!
//! Speakers who walk through a passage soon leave the word out. Such a number cites a verse if the words of the verse are
//! said near it, or if it continues the reading in a way that only a verse does. Only numbers shortly after a citation are
//! considered.

use super::{Detector, words::OTHER_NUMBERS};
use crate::{
    Passage, canon, evidence,
    grammar::{Address, Form, QUOTATION_BITS, counts_things, is_decimal},
    lexer::{Cursor, Token, TokenKind},
    numbers::{Number, read_number},
};

/// How far after a citation a bare number is considered.
const MAX_BYTES_AFTER_CITATION: usize = 700;

/// How far after a chapter another chapter may follow without the word: "Acts nine, and he tells it again in 22".
const MAX_BYTES_AFTER_CHAPTER: usize = 300;

/// How far after a chapter the verse may follow at which the reading starts.
const MAX_BYTES_TO_START: usize = 60;

/// The longest psalm has 176 verses. A greater number is never a verse.
const MAX_VERSE: u16 = 176;

/// Sharing this many bits of information with the next verses is enough for a number that a preposition or "and" leads.
const NEXT_VERSE_BITS: u32 = 7;

/// Sharing this many bits is enough for a number that nothing leads.
const UNLED_BITS: u32 = 22;

/// Sharing this many bits is enough for a number that looks like a count.
const COUNT_BITS: u32 = 18;

/// The lowest number of a row of psalms that nothing leads. Smaller numbers in a row are grades, pages and times.
const MIN_UNLED_PSALM: u16 = 20;

/// The most verses in a range without the word.
const MAX_BARE_RANGE: usize = 3;

/// Words before a bare number that may be a verse: "in 36 he says", "and 21, fathers".
const LEADS: &[&str] = &["in", "and", "then", "at", "again", "also", "from", "to", "down", "next", "now"];

/// Words after a bare chapter or verse that say what it tells: "in 26 he saw the lord".
const TELLERS: &[&str] = &[
    "he", "she", "they", "we", "you", "it", "god", "jesus", "paul", "moses", "david", "says", "tells", "where", "when",
];

/// What precedes a bare number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lead {
    /// A word such as "in" or "and".
    Word,
    /// "That's" or "it's", after the words of the verse.
    That,
    /// A mark, or the start of the text.
    Pause,
    /// Any other word.
    Nothing,
}

impl Lead {
    fn of(token: &Token<'_>) -> Self {
        if token.is_contracted() && token.is_any(&["that", "it"]) {
            Self::That
        } else if token.is_any(LEADS) {
            Self::Word
        } else if is_pause(token) {
            Self::Pause
        } else {
            Self::Nothing
        }
    }
}

impl<'t> Detector<'t> {
    /// Looks for bare numbers up to a byte offset, which is the start of the next hit.
    pub(super) fn read_bare_numbers(&mut self, until: usize) {
        loop {
            let start = self.end_of_last.max(self.numbers_read_to);
            let end = until.min(self.end_of_citation + MAX_BYTES_AFTER_CITATION);
            if self.end_of_citation == 0 || start >= end {
                break;
            }
            let Some(at) = number_start(self.reader.text, start, end) else { break };
            self.numbers_read_to = at + 1;
            self.process_bare_number(at, until);
        }
        self.numbers_read_to = self.numbers_read_to.max(until);
    }

    /// Adds the verse or chapter that a bare number cites, if it cites one.
    fn process_bare_number(&mut self, at: usize, until: usize) {
        let cursor = self.cursor(at);
        let Some((number, rest)) = read_number(cursor) else { return };
        self.numbers_read_to = number.end;
        let before = cursor.previous();
        let follows_other =
            before.is_some_and(|(token, earlier)| follows_other_number(&token, earlier)) || follows_year(cursor);
        if number.end > until || number.value > MAX_VERSE || follows_other || !self.may_be_cited(number, rest) {
            return;
        }
        if number.ordinal {
            if !self.push_ordinal_psalm(number) {
                self.push_ordinal_chapter(number, rest);
            }
            return;
        }
        // "About the mouths of lions, 33 I think".
        let is_hedged = rest.past_word(&["i"]).is_some_and(|rest| rest.past_word(&["think", "believe"]).is_some());
        let lead = before.map_or(Lead::Pause, |(token, _)| Lead::of(&token));
        let lead = if is_hedged && lead == Lead::Pause { Lead::That } else { lead };
        // "I am the resurrection. Eleven twenty-five."
        let is_sentence = lead == Lead::Pause && is_sentence_of_numbers(cursor);
        let pair_lead = if is_sentence { Lead::That } else { lead };
        if self.push_bare_pair(number, rest, pair_lead, until) || self.push_row_of_psalms(number, rest, lead, until) {
            return;
        }
        if self.push_bare_verse(number, rest, lead, until) {
            return;
        }
        if lead == Lead::Word && self.is_next_chapter(number, rest) {
            self.push_contextual(at, Address::chapter(number, Form::Bare), evidence::BARE_NUMBER);
        }
    }

    /// Adds "four and six" as a chapter and verse if the words of the verse follow. Returns `false` otherwise.
    fn push_bare_pair(&mut self, chapter: Number, rest: Cursor<'t>, lead: Lead, until: usize) -> bool {
        let enough = match lead {
            _ if self.is_near_chapter(chapter) => NEXT_VERSE_BITS,
            Lead::Nothing => UNLED_BITS,
            _ => QUOTATION_BITS,
        };
        let address = self.bare_pair(chapter, rest).filter(|address| address.end <= until);
        let quoted = address.filter(|&address| self.is_quoted(chapter.start, address, lead, enough));
        quoted.is_some_and(|address| self.push_contextual(chapter.start, address, evidence::BARE_NUMBER))
    }

    /// Adds a number as a verse, or consecutive numbers as a range, if the words of the verse follow or if it is the next verse
    /// and the sentence says what it tells. Returns `false` otherwise.
    fn push_bare_verse(&mut self, number: Number, rest: Cursor<'t>, lead: Lead, until: usize) -> bool {
        let address = self.reader.address_from_verse(None, number, rest);
        let is_long = address.verses().is_none_or(|verses| verses.count() > MAX_BARE_RANGE);
        // "One" is rarely a verse.
        let is_pronoun = number.value == 1;
        if address.end > until || is_long || is_pronoun || !self.may_be_cited(number, self.cursor(address.end)) {
            return false;
        }
        let steps = self.steps_from_last_verse(number);
        let enough = match (lead, steps) {
            // "We have 3 services".
            (Lead::Nothing, _) if counts_things(rest) && steps != Some(1) => return false,
            _ if counts_things(rest) => COUNT_BITS,
            (Lead::Nothing, Some(1)) if !self.text_has_punctuation => QUOTATION_BITS,
            (Lead::Nothing, Some(2..=3)) if !self.text_has_punctuation => COUNT_BITS,
            (Lead::Nothing, _) if number.digits => UNLED_BITS,
            (Lead::Nothing, _) => return false,
            (_, Some(1..=3)) => NEXT_VERSE_BITS,
            _ => QUOTATION_BITS,
        };
        let follows_in = || self.cursor(number.start).previous().is_some_and(|(token, _)| token.is("in"));
        // "And in 36 he says", "and then in thirty-three he gives us".
        let is_told = rest.past_word(TELLERS).is_some()
            && follows_in()
            && (matches!(steps, Some(1..=3)) || matches!(steps, Some(4..=15)) && self.follows_then_in(number));
        (is_told || self.starts_reading(number) || self.is_quoted(number.start, address, lead, enough))
            && self.push_contextual(number.start, address, evidence::BARE_NUMBER)
    }

    /// Returns whether the speaker starts to read at a number after a chapter: "Luke 10, pick it up in 38".
    fn starts_reading(&self, number: Number) -> bool {
        const STARTS: &[&str] = &["start", "starting", "begin", "beginning"];
        const STARTERS: &[&str] = &["we", "i", "us", "lets", "to", "and", "ll", "re", "m", "you", "well", "im"];
        let Some((_, earlier)) = self.cursor(number.start).previous().filter(|(token, _)| token.is_any(&["in", "at"]))
        else {
            return false;
        };
        // "Pick it up in 38", "we'll start at 42", but not "dinner starts at 6".
        let starts = earlier.previous().is_some_and(|(token, before)| {
            let follows = |words: &[&str]| before.previous().is_some_and(|(token, _)| token.is_any(words));
            let begins = before.previous().is_none_or(|(token, _)| matches!(token.kind, TokenKind::Mark(_)));
            token.is("up") && follows(&["it", "pick", "picking"])
                || token.is_any(STARTS) && (begins || follows(STARTERS))
        });
        let last = self.mentions.last().filter(|last| {
            last.is_reference() && number.start <= last.span.end + MAX_BYTES_TO_START && starts && number.digits
        });
        let passage = last.and_then(|last| last.passage).filter(|passage| passage.verse().is_none());
        passage.is_some_and(|passage| {
            let exists = |chapter| Passage::single_verse(passage.book(), chapter, number.value).is_some();
            passage.end_chapter().is_none() && passage.chapter().is_some_and(exists)
        })
    }

    /// Returns whether "then in" or "and in" precedes a number.
    fn follows_then_in(&self, number: Number) -> bool {
        let before = self.cursor(number.start).previous().and_then(|(_, earlier)| earlier.previous());
        before.is_some_and(|(token, _)| token.is_any(&["then", "and", "again", "down", "also"]))
    }

    /// Adds the psalm of "and the sixty-third, my soul thirsteth for thee" if a psalm was cited last and its words follow.
    /// Returns `false` otherwise.
    fn push_ordinal_psalm(&mut self, psalm: Number) -> bool {
        let before = self.cursor(psalm.start).previous().filter(|(token, _)| token.is("the"));
        // "On the 15th" is a date.
        let follows_the = before.is_some_and(|(_, earlier)| {
            earlier.previous().is_none_or(|(token, _)| !token.is_any(&["on", "until", "since"]))
        });
        let latest = self.context.latest(self.position(psalm.start)).map(Passage::book);
        let Some(book) = latest.filter(|book| follows_the && canon::chapters(*book) > 100) else { return false };
        let words = self.reader.words_around(psalm.start, psalm.end, psalm.start);
        let bits = words.shared_bits_of_range(book, psalm.value, 1..=canon::verses(book, psalm.value));
        bits >= Some(QUOTATION_BITS)
            && self.push_contextual(psalm.start, Address::chapter(psalm, Form::Chapter), evidence::BARE_NUMBER)
    }

    /// Adds the chapter of "and in the fifteenth they sang" if a chapter before it was cited with an ordinal too: "in the
    /// fourteenth of Exodus".
    fn push_ordinal_chapter(&mut self, chapter: Number, rest: Cursor<'t>) {
        let Some(last) = self.mentions.last().filter(|last| last.is_reference()) else { return };
        let was_ordinal = read_number(self.cursor(last.span.start)).is_some_and(|(number, _)| number.ordinal);
        let passage = last.passage.filter(|passage| was_ordinal && passage.verse().is_none());
        let is_later = passage.and_then(Passage::chapter).is_some_and(|cited| cited < chapter.value);
        let is_near = chapter.start <= last.span.end + MAX_BYTES_AFTER_CHAPTER;
        let before = self.cursor(chapter.start).previous().filter(|(the, _)| the.is("the"));
        let follows_in = before.and_then(|(_, in_the)| in_the.previous()).is_some_and(|(token, _)| token.is("in"));
        let told = rest.past_mark(',').unwrap_or(rest).past_word(TELLERS).is_some();
        if is_later && is_near && follows_in && told {
            self.push_contextual(chapter.start, Address::chapter(chapter, Form::Chapter), evidence::BARE_NUMBER);
        }
    }

    /// Adds three or more psalms in a row if a psalm was cited last: "148, 149 and 150 are the same for everybody". Returns
    /// `false` if there is no such row.
    fn push_row_of_psalms(&mut self, first: Number, rest: Cursor<'t>, lead: Lead, until: usize) -> bool {
        let Some(book) = self.context.latest(self.position(first.start)).map(Passage::book) else { return false };
        let may_be_unled = !self.text_has_punctuation && first.digits && first.value >= MIN_UNLED_PSALM;
        let is_led = matches!(lead, Lead::Word | Lead::Pause) || may_be_unled;
        if !is_led || canon::chapters(book) < 100 {
            return false;
        }
        let row = self.reader.with_range(Address::chapter(first, Form::Bare), rest);
        let last = row.range_end.and_then(|end| end.chapter).filter(|last| *last >= first.value.saturating_add(2));
        last.is_some() && row.end <= until && self.push_contextual(first.start, row, evidence::BARE_NUMBER)
    }

    /// Returns whether a number followed by `rest` may be a verse or chapter rather than a count or a part of something else.
    fn may_be_cited(&self, number: Number, rest: Cursor<'t>) -> bool {
        let is_part = rest.peek().is_some_and(|token| match token.kind {
            TokenKind::Mark(':') => rest.past_mark(':').is_some_and(|rest| read_number(rest).is_some()),
            TokenKind::Mark(mark) => matches!(mark, '%' | '$' | '/') || is_decimal(rest),
            TokenKind::Word => {
                token.is_any(&["chapter", "chapters", "verse", "verses", "rupees", "point", "or", "out"])
            }
            _ => token.start == number.end,
        });
        let is_name = || rest.peek().is_some_and(|token| self.reader.name_at(token.start).is_some());
        // Without punctuation, "and 21 fathers provoke not your children" looks like a count.
        let is_count = (self.text_has_punctuation || !number.digits) && counts_things(rest);
        !is_part && !self.reader.is_other_number(number, rest) && !is_count && !is_name()
    }

    /// Reads "four and six" or "nineteen five" as a chapter and verse.
    fn bare_pair(&self, chapter: Number, rest: Cursor<'t>) -> Option<Address> {
        let comma = rest.past_mark(',').unwrap_or(rest);
        let (verse, rest) = read_number(comma.past_word(&["and"]).unwrap_or(comma))?;
        let is_range = verse.value == chapter.value.saturating_add(1);
        let fits = !verse.ordinal && !is_range && verse.digits == chapter.digits && self.may_be_cited(verse, rest);
        fits.then(|| self.reader.address_from_verse(Some(chapter.value), verse, rest))
    }

    /// Returns whether the words around an address share enough bits of information with the verse that it would cite.
    fn is_quoted(&self, start: usize, address: Address, lead: Lead, enough: u32) -> bool {
        let now = self.position(start);
        // The words before the number belong to the verse read before it, except in "thy word is a lamp, that's 105".
        let from = if lead == Lead::That { self.end_of_last } else { start };
        let words = self.reader.words_around(start, address.end, from);
        let Some(verse) = address.verse else { return false };
        let verses = address.verses().unwrap_or(verse..=verse);
        let resolution = match address.chapter {
            Some(chapter) => self.context.resolve_chapter(chapter, Some(verse), now, || false, || words.clone()),
            None => self.context.resolve_verse(verses.clone(), now, None, || false, || words.clone()),
        };
        let Some(found) = resolution else { return false };
        words.shared_bits_of_range(found.book, found.chapter, verses) >= Some(enough)
    }

    /// Returns how far a number is after the verse cited last.
    fn steps_from_last_verse(&self, number: Number) -> Option<u16> {
        let last = self.mentions.iter().rev().find_map(|mention| mention.passage)?;
        number.value.checked_sub(last.end_verse().or(last.verse())?)
    }

    /// Returns whether a number is the chapter cited last or one of the next two.
    fn is_near_chapter(&self, number: Number) -> bool {
        let last = self.mentions.iter().rev().find_map(|mention| mention.passage?.chapter());
        last.is_some_and(|last| (last..=last.saturating_add(2)).contains(&number.value))
    }

    /// Returns whether a number is a later chapter of the book whose chapter was cited just before: "in Acts nine, and he tells
    /// it again in 22".
    fn is_next_chapter(&self, number: Number, rest: Cursor<'t>) -> bool {
        let Some(last) = self.mentions.last() else { return false };
        let Some(passage) = last.passage.filter(|passage| last.is_reference() && passage.verse().is_none()) else {
            return false;
        };
        let (in_word, earlier) = match self.cursor(number.start).previous() {
            Some((token, earlier)) if token.is("in") => (true, earlier),
            _ => return false,
        };
        let is_share = earlier.previous().is_some_and(|(token, earlier)| {
            read_number(self.cursor(token.start)).is_some()
                || (token.is("it") && earlier.previous().is_some_and(|(verb, _)| verb.is_any(&["did", "ran", "do"])))
        });
        let is_near = number.start <= last.span.end + MAX_BYTES_AFTER_CHAPTER;
        let exists = Passage::whole_chapter(passage.book(), number.value).is_some();
        let told = rest.past_word(&["and"]).unwrap_or(rest).past_word(TELLERS).is_some()
            || rest.past_word(&["and"]).is_some_and(|and| and.past_word(&["in"]).is_some());
        in_word && is_near && exists && !is_share && told && passage.chapter() < Some(number.value)
    }
}

/// Returns whether a token before a number makes it something other than a verse: "hymn 12", "$3".
fn follows_other_number(token: &Token<'_>, earlier: Cursor<'_>) -> bool {
    const OTHERS: &[&str] = &[
        "chapter", "chapters", "psalm", "psalms", "age", "aged", "turned", "room", "about", "over", "under", "only",
        "than",
    ];
    // "The numbers from 1 to 17".
    let before = || earlier.previous().is_some_and(|(before, _)| before.is_any(OTHER_NUMBERS) || before.is("numbers"));
    // "One in three".
    let is_number = |token: &Token<'_>| read_number(earlier.moved_to(token.start)).is_some();
    let is_share = || token.is_any(&["in", "of"]) && earlier.previous().is_some_and(|(before, _)| is_number(&before));
    match token.kind {
        TokenKind::Mark(mark) => !is_pause_mark(mark),
        TokenKind::Word => token.is_any(OTHER_NUMBERS) || token.is_any(OTHERS) || before() || is_share(),
        TokenKind::Number(_) | TokenKind::Ordinal(_) => true,
    }
}

/// Returns whether a year precedes shortly before: "in 2019 and again in 21".
fn follows_year(mut cursor: Cursor<'_>) -> bool {
    for _ in 0..5 {
        let Some((token, earlier)) = cursor.previous() else { return false };
        if matches!(token.kind, TokenKind::Number(1000..=2999)) {
            return true;
        }
        cursor = earlier;
    }
    false
}

/// Returns whether a sentence consists of two numbers.
fn is_sentence_of_numbers(cursor: Cursor<'_>) -> bool {
    let starts = cursor.previous().is_none_or(|(token, _)| token.ends_sentence());
    let second = Some(cursor).filter(|_| starts).and_then(read_number).and_then(|(_, rest)| read_number(rest));
    second.is_some_and(|(_, rest)| rest.peek().is_none_or(|token| token.ends_sentence()))
}

fn is_pause(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Mark(mark) if is_pause_mark(mark))
}

fn is_pause_mark(mark: char) -> bool {
    matches!(mark, '.' | ',' | '?' | '!' | ';' | '—' | '–')
}

/// Returns the offset of the first word between two offsets that may be a number, judging by its first letters.
fn number_start(text: &str, start: usize, end: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let from = start.saturating_sub(1);
    let before_last = end.saturating_sub(1).max(from);
    let mut starts = memchr::memchr_iter(b' ', &bytes[from..before_last]).map(|space| from + space + 1);
    starts.find(|&at| match bytes[at] | 0x20 {
        b'0'..=b'9' => true,
        b'e' | b'f' | b'h' | b'n' | b'o' | b's' | b't' => may_be_number_word(&bytes[at..]),
        _ => false,
    })
}

/// Returns whether a word starts like a number, judging by its first three letters.
fn may_be_number_word(word: &[u8]) -> bool {
    let &[first, second, third, ..] = word else { return false };
    match &[first | 0x20, second | 0x20, third | 0x20] {
        b"for" => word.get(3).is_some_and(|fourth| fourth | 0x20 == b't'),
        b"hun" | b"one" | b"two" | b"thr" | b"thi" | b"fou" | b"fiv" | b"six" | b"sev" | b"eig" | b"nin" | b"ten"
        | b"ele" | b"twe" | b"fif" => true,
        _ => false,
    }
}
