//! Two numbers without a book name before them that may be a chapter and verse: `40:2`, "four nineteen".

use super::{
    Detector, NameMatch, exists_unrepaired,
    words::{AFTER_TIME, BEFORE_PAIR, BEFORE_TIME, OTHER_NUMBERS, OUR_BIBLE},
};
use crate::{
    Passage, evidence,
    grammar::{Address, Form, QUOTATION_BITS, counts_things},
    lexer::{Cursor, TokenKind},
    numbers::{Number, read_number},
    scan::Hit,
    verse_lexicon::WordSet,
};

/// Sharing this many bits of information with a verse is a quotation of it, even if the numbers could be a time of day.
const CERTAIN_QUOTATION_BITS: u32 = 16;

/// Sharing this many bits is enough for a chapter and verse with a period in the chapter cited last.
const DOTTED_QUOTATION_BITS: u32 = 9;

/// Abbreviations that without a mark are usually words, names or units.
#[rustfmt::skip]
const OTHER_MEANINGS: &[&str] = &[
    "am", "bar", "cant", "co", "col", "dan", "ex", "gal", "gen", "hab", "hag", "hos", "is", "jb", "jos", "josh", "lam", "mac",
    "mal", "mat", "matt", "mi", "mic", "nah", "num", "pe", "phil", "pr", "rev", "ro", "ru", "sa", "sam", "sg", "sir",
    "sus", "th", "ti", "tim", "tit",
];

impl<'t> Detector<'t> {
    /// Processes a number pair such as `3:16` without a book name before it.
    pub(super) fn process_number_pair(&mut self, hit: &Hit) {
        let cursor = self.cursor(hit.start);
        let Some((chapter, rest)) = read_number(cursor) else { return };
        let is_part_of_number = cursor.previous().is_some_and(|(token, _)| {
            token.end == hit.start && matches!(token.kind, TokenKind::Mark(':' | '.' | '/' | '$' | '-' | ','))
        });
        if is_part_of_number {
            return;
        }
        // "Mt 5,3": the chapters of another book say nothing about it.
        if self.reader.text[..hit.end].ends_with(',') {
            self.process_pair_with_comma(hit, chapter, rest);
            return;
        }
        let likely_book = self.context.latest(self.position(hit.start)).map(Passage::book);
        let address = self.reader.address_from_chapter(chapter, rest, Form::Verse, likely_book);
        if address.verse.is_none() {
            return;
        }
        if let Some((named, rest)) = self.trailing_name(self.cursor(address.end))
            && self.push_with_trailing_name(hit.start, address, named, rest)
        {
            return;
        }
        if let Some(named) = self.abbreviation_before(hit.start)
            && !(named.by_sound && self.is_appointment(named, address))
            && self.push_explicit(named, named.start, address)
        {
            return;
        }
        let has_colon = self.reader.text[..hit.end].ends_with(':');
        // "At 4.20 he staggered not": a period may also be that of a price or a time.
        let is_dotted_verse = || {
            self.is_current_chapter(hit.start, address) && self.shared_bits(hit.start, address) >= DOTTED_QUOTATION_BITS
        };
        if has_colon && self.may_be_verse(hit.start, address) || !has_colon && is_dotted_verse() {
            self.push_contextual(hit.start, address, evidence::NUMBER_PAIR);
        }
    }

    /// Processes a chapter and verse with a comma after an abbreviation, as they are written in Europe: "Mt 5,3".
    fn process_pair_with_comma(&mut self, hit: &Hit, chapter: Number, rest: Cursor<'t>) {
        let Some(named) = self.abbreviation_before(hit.start) else { return };
        let book = self.book(named, None);
        let address = self.reader.address_from_chapter(chapter, rest, Form::Verse, Some(book));
        if !named.by_sound && exists_unrepaired(&address, book) {
            self.push_explicit(named, named.start, address);
        }
    }

    /// Processes two numbers with nothing but a space between them, in text that has no marks: "three sixteen".
    ///
    /// Two numbers in a row can be anything. They cite a verse if its words are read, or if its chapter was cited last and a
    /// word says that something is read.
    pub(super) fn process_spaced_pair(&mut self, hit: &Hit) {
        let cursor = self.cursor(hit.start);
        let Some((chapter, rest)) = read_number(cursor) else { return };
        let Some((verse, rest)) = read_number(rest) else { return };
        if let Some((named, address)) = self.name_before_spaced_pair(hit.start) {
            self.push_explicit(named, named.start, address);
            return;
        }
        let is_other = |token: &crate::lexer::Token<'_>| {
            token.is_any(OTHER_NUMBERS) || token.is_any(&["chapter", "chapters", "hymns", "psalm", "psalms"])
        };
        let follows_other = cursor.previous().is_some_and(|(token, _)| is_other(&token));
        let is_counted = self.reader.is_other_number(verse, rest) || counts_things(rest);
        if follows_other || is_counted || chapter.ordinal || verse.ordinal || read_number(rest).is_some() {
            return;
        }
        let address = self.reader.address_from_verse(Some(chapter.value), verse, rest);
        let is_told = || self.is_told(hit.start) && rest.past_word(&["and", "where"]).is_some();
        let in_current_chapter = self.is_current_chapter(hit.start, address)
            && (is_told() || self.is_read(hit.start) || rest.past_word(&["says", "reads", "tells"]).is_some());
        if self.shared_bits(hit.start, address) >= QUOTATION_BITS || in_current_chapter {
            self.push_contextual(hit.start, address, evidence::NUMBER_PAIR);
        }
    }

    /// Reads an abbreviation or a misheard name before two numbers without marks: "jas 1 5", "Colosians 1 27".
    fn name_before_spaced_pair(&self, start: usize) -> Option<(NameMatch, Address)> {
        let named = self.abbreviation_before(start)?;
        let address = self.address_at(named, self.cursor(named.end)).filter(|address| address.form >= Form::Pair)?;
        let book = self.book(named, Some(&address));
        if !exists_unrepaired(&address, book) {
            return None;
        }
        let is_quoted = || {
            let words = self.reader.words_around(start, address.end, start);
            words.shared_bits(book, address.chapter?, address.verse?).filter(|&bits| bits >= DOTTED_QUOTATION_BITS)
        };
        let follows_reference = || {
            let last = self.mentions.last().filter(|last| last.is_reference());
            last.is_some_and(|last| {
                matches!(self.reader.text[last.span.end..named.start].trim(), "" | "and" | "and also" | "or" | "then")
            })
        };
        let is_certain = named.ordinal.is_some()
            || address.range_end.is_some()
            || !named.by_sound && !OTHER_MEANINGS.contains(&named.name.words)
            || named.by_sound && !self.is_appointment(named, address);
        (is_certain || follows_reference() || is_quoted().is_some()).then_some((named, address))
    }

    /// Returns whether a name that only resembles that of a book may be a person with a time of day: "the Peters 9:30 slot",
    /// "Jonas 6 30".
    fn is_appointment(&self, named: NameMatch, address: Address) -> bool {
        let word = &self.reader.text[named.start..named.end];
        let is_other_name = word.len() <= 6 || word.ends_with('s') && !named.name.words.ends_with('s');
        let is_hour = address.chapter.is_some_and(|hour| hour <= 12);
        is_other_name && is_hour && address.verse.is_some_and(|minutes| minutes.is_multiple_of(5))
    }

    /// Returns whether two numbers without a book are probably a chapter and verse rather than a time of day.
    fn may_be_verse(&self, start: usize, address: Address) -> bool {
        let rest = self.cursor(address.end);
        if self.is_duration(start) {
            return false;
        }
        if self.is_range_in_main_book(start, address) {
            return true;
        }
        let in_bible = rest.past_word(&["in"]).is_some_and(|rest| rest.past_word(OUR_BIBLE).is_some());
        if rest.past_word(AFTER_TIME).is_some() && !in_bible {
            return false;
        }
        let is_time =
            follows_time_preposition(self.cursor(start)) && address.verse.is_some_and(|minutes| minutes % 5 == 0);
        if is_time && address.chapter.is_some_and(|hour| hour <= 24) {
            return false;
        }
        let is_quarter_hour = address.verse.is_some_and(|minutes| minutes % 15 == 0);
        self.is_current_chapter(start, address)
            || self.is_no_time_in_book(start, address)
            || (self.is_read(start) && !is_quarter_hour && address.range_end.is_none())
            || (self.is_told(start) && address.verse.is_some_and(|verse| !verse.is_multiple_of(5)))
            || self.shared_bits(start, address) >= CERTAIN_QUOTATION_BITS
            || self.is_first_of_book(start, address)
    }

    /// Returns whether a chapter is too great for a time of day and the verse is in the book cited last: "the oracles come after
    /// 25:13".
    fn is_no_time_in_book(&self, start: usize, address: Address) -> bool {
        let latest = self.context.latest(self.position(start)).map(Passage::book);
        let follows_preposition = self
            .cursor(start)
            .previous()
            .is_some_and(|(token, _)| token.is_any(&["after", "before", "from", "in", "at"]));
        address.chapter > Some(24)
            && follows_preposition
            && latest.is_some_and(|book| exists_unrepaired(&address, book))
    }

    /// Returns whether a number is how long something took: "I did it in 2:14", "she finished in 3:58".
    fn is_duration(&self, start: usize) -> bool {
        let Some((_, earlier)) = self.cursor(start).previous().filter(|(token, _)| token.is_any(&["in", "under"]))
        else {
            return false;
        };
        let Some((verb, before)) = earlier.previous() else { return false };
        let did = before.previous().is_some_and(|(did, _)| did.is_any(&["did", "ran", "do", "run", "made", "swam"]));
        verb.is_any(&["finished", "ran", "clocked", "done"]) || verb.is_any(&["it", "mile", "marathon", "race"]) && did
    }

    /// Returns whether an address is a range that cannot be a time of day, in the chapters that the sermon is about: "3:12-16",
    /// "3:17 to 4:3".
    fn is_range_in_main_book(&self, start: usize, address: Address) -> bool {
        let (Some(chapter), Some(verse), Some(end)) = (address.chapter, address.verse, address.range_end) else {
            return false;
        };
        // The minutes of a time have two digits.
        let is_verse = |verse: Option<u16>| verse.is_some_and(|verse| verse < 10);
        let is_no_time = end.chapter.is_none() || is_verse(address.verse) || is_verse(end.verse);
        let found =
            self.context.resolve_chapter(chapter, Some(verse), self.position(start), || false, WordSet::default);
        is_no_time
            && found.is_some_and(|found| {
                let was_cited = self.context.has_cited_chapter(found.book, chapter);
                was_cited
                    && address
                        .passage(found.book)
                        .is_some_and(|(passage, repaired)| !repaired && passage.end_verse().is_some())
            })
    }

    /// Returns whether the chapter of an address is the one cited last.
    fn is_current_chapter(&self, start: usize, address: Address) -> bool {
        let latest = self.context.latest(self.position(start)).and_then(Passage::chapter);
        latest.is_some_and(|chapter| Some(chapter) == address.chapter)
    }

    /// Returns whether a word before a byte offset says that something is read: "reading", "in".
    fn is_read(&self, start: usize) -> bool {
        self.cursor(start).previous().is_some_and(|(token, _)| token.is_any(BEFORE_PAIR))
    }

    /// Returns whether "that's" or "it's" precedes.
    fn is_told(&self, start: usize) -> bool {
        self.cursor(start).previous().is_some_and(|(token, _)| token.is_contracted() && token.is_any(&["that", "it"]))
    }

    /// Returns the information that the words around an address share with its verse, in the book that it would belong to.
    fn shared_bits(&self, start: usize, address: Address) -> u32 {
        let (Some(chapter), Some(verse)) = (address.chapter, address.verse) else { return 0 };
        let words = self.reader.words_around(start, address.end, self.end_of_last);
        let book = self.context.resolve_chapter(chapter, Some(verse), self.position(start), || false, || words.clone());
        book.and_then(|found| words.shared_bits(found.book, chapter, verse)).unwrap_or(0)
    }

    /// Returns whether an address can be a place in a book of which no chapter was cited: "the book of John ... knows 3:16".
    fn is_first_of_book(&self, start: usize, address: Address) -> bool {
        let (Some(chapter), Some(verse)) = (address.chapter, address.verse) else { return false };
        let found =
            self.context.resolve_chapter(chapter, Some(verse), self.position(start), || false, WordSet::default);
        let may_be_time = chapter <= 24 && verse.is_multiple_of(5);
        let follows_time = follows_time_preposition(self.cursor(start));
        !may_be_time && !follows_time && found.is_some_and(|found| found.anchor.chapter().is_none())
    }
}

/// Returns whether a preposition for a time of day precedes: "at 10:30", but not "look at 10:30".
fn follows_time_preposition(cursor: Cursor<'_>) -> bool {
    let Some((token, earlier)) = cursor.previous() else { return false };
    let is_look = earlier.previous().is_some_and(|(token, _)| token.is_any(&["look", "looking"]));
    token.is_any(BEFORE_TIME) && !is_look
}
