//! The ends of ranges: "through 16", "and 7", `9:5`.

use super::{
    Address, AddressReader,
    address::RangeEnd,
    words::{CHAPTER, VERSE},
};
use crate::{
    lexer::Cursor,
    numbers::{Number, read_number},
};

impl<'t> AddressReader<'t> {
    /// Extends an address by the end of a range, or by consecutive numbers ("22, 23 and 24").
    pub(crate) fn with_range(&self, mut address: Address, cursor: Cursor<'t>) -> Address {
        let mut cursor = past_verse_part(cursor);
        // "Genesis 1 to 2:3": a chapter is read up to a verse of another.
        if address.verse.is_none()
            && let Some(chapter) = address.chapter
            && let (to, Link::To) = read_link(cursor)
            && let Some((range_end, number, _)) = self.end_in_other_chapter(to)
            && range_end.chapter >= Some(chapter)
            && range_end.verse > Some(1)
        {
            return Address { verse: Some(1), range_end: Some(range_end), end: number.end, ..address };
        }
        while let Some((range_end, number, rest)) = self.next_range_end(&address, cursor) {
            address.range_end = Some(range_end);
            address.end = number.end;
            cursor = past_verse_part(rest);
            if range_end.chapter.is_some() && range_end.verse.is_some() {
                break;
            }
        }
        address
    }

    /// Reads one more number that extends the range.
    fn next_range_end(&self, address: &Address, cursor: Cursor<'t>) -> Option<(RangeEnd, Number, Cursor<'t>)> {
        let verses = address.verse.is_some();
        let current = match (address.verse, address.range_end) {
            (Some(_), Some(end)) => end.verse?,
            (None, Some(end)) => end.chapter?,
            (Some(verse), None) => verse,
            (None, None) => address.chapter?,
        };
        let (to, link) = read_link(cursor);
        let words = if verses { VERSE } else { CHAPTER };
        let after_word = to.past_word(words);
        if verses
            && link == Link::To
            && let Some(end) = self.end_in_other_chapter(to)
        {
            return Some(end);
        }
        let (last, rest) = match after_word {
            Some(after_word) => self.number_after_word(after_word)?,
            None => read_number(to)?,
        };
        // "First verse to fourteenth verse".
        let rest = if last.ordinal && after_word.is_none() { rest.past_word(words)? } else { rest };
        if last.ordinal && link == Link::Nothing || self.is_other_number(last, rest) {
            return None;
        }
        // "Verses 2-3, 4-5": the next range of a list.
        if link == Link::Comma && (address.range_end.is_some() || address.chapter.is_some()) && is_range(rest) {
            return None;
        }
        let consecutive = last.value == current.saturating_add(1);
        let fits = match link {
            Link::To => last.value > current,
            Link::And => consecutive,
            Link::Comma => consecutive && after_word.is_none(),
            Link::Nothing => consecutive && (after_word.is_none() || address.range_end.is_some()),
        };
        if fits {
            if rest.past_mark(':').is_some_and(|colon| read_number(colon).is_some()) {
                return None;
            }
            let range_end = if verses {
                RangeEnd { chapter: None, verse: Some(last.value) }
            } else {
                RangeEnd { chapter: Some(last.value), verse: None }
            };
            return Some((range_end, last, rest));
        }
        // "16-1 17": the speaker started the number twice.
        let (again, rest) =
            read_number(rest).filter(|(again, _)| link == Link::To && verses && again.value > current)?;
        (last.value < 10).then_some((RangeEnd { chapter: None, verse: Some(again.value) }, again, rest))
    }

    /// Reads the end of a range in another chapter: `9:5`, "chapter 9 verse 5".
    fn end_in_other_chapter(&self, cursor: Cursor<'t>) -> Option<(RangeEnd, Number, Cursor<'t>)> {
        let (chapter, rest, has_word) = match self.chapter_with_word(cursor) {
            Some((chapter, rest)) => (chapter, rest, true),
            None => read_number(cursor).map(|(chapter, rest)| (chapter, rest, false))?,
        };
        let verse = match rest.past_mark(':') {
            Some(colon) => read_number(colon),
            None if has_word => self.verse_with_word(rest.skip(2, &["and"], &[','])),
            None => None,
        };
        let (verse, rest) = verse?;
        Some((RangeEnd { chapter: Some(chapter.value), verse: Some(verse.value) }, verse, rest))
    }

    /// Returns whether the next number continues a sequence after a comma or "and": "Psalms 22, 23 and 24" are chapters.
    pub(super) fn sequence_continues(&self, first: Number, rest: Cursor<'t>) -> bool {
        let (next, link) = read_link(rest);
        matches!(link, Link::And | Link::Comma)
            && read_number(next).is_some_and(|(next, after)| {
                next.value == first.value.saturating_add(1) && !self.is_other_number(next, after)
            })
    }
}

/// Reads the first ordinal of "third to twelfth verses".
pub(super) fn first_of_ordinal_verses(cursor: Cursor<'_>) -> Option<(Number, Cursor<'_>)> {
    let start = cursor.past_mark(',').unwrap_or(cursor).skip(2, &["from", "and", "the"], &[]);
    let (first, rest) = read_number(start).filter(|(first, _)| first.ordinal)?;
    let to = rest.past_word(&["to", "through", "until", "till", "and"])?.skip(1, &["the"], &[]);
    let (_, after) = read_number(to).filter(|(last, _)| last.ordinal && last.value > first.value)?;
    after.past_word(VERSE)?;
    Some((first, rest))
}

/// What connects two numbers of a range or list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// A dash, "to", "through".
    To,
    And,
    Comma,
    Nothing,
}

/// Reads what connects two numbers and returns the cursor after it.
pub(super) fn read_link(cursor: Cursor<'_>) -> (Cursor<'_>, Link) {
    for dash in ['-', '–', '—'] {
        if let Some(rest) = cursor.past_mark(dash) {
            return (rest, Link::To);
        }
    }
    let words = ["all", "the", "way", "down", "on", "right", "up", "and", "then", "going"];
    let to = cursor.skip(4, &words, &[',']).past_word(&["to", "through", "thru", "till", "until", "unto", "til"]);
    if let Some(to) = to {
        return (to.skip(2, &["to", "the", "end", "of"], &[]), Link::To);
    }
    let (rest, comma) = match cursor.past_mark(',') {
        Some(rest) => (rest, true),
        None => (cursor, false),
    };
    match rest.past_word(&["and"]).or_else(|| rest.past_mark('&')) {
        Some(and) => (and, Link::And),
        None if comma => (rest, Link::Comma),
        None => (cursor, Link::Nothing),
    }
}

/// Returns whether "to", "through" or a dash follows, and then a number.
pub(crate) fn is_range(cursor: Cursor<'_>) -> bool {
    let (rest, link) = read_link(cursor);
    let word = rest.past_word(CHAPTER).or_else(|| rest.past_word(VERSE)).unwrap_or(rest);
    link == Link::To && read_number(word).is_some()
}

/// Skips a letter attached to a verse: `16a`, `16ff`.
pub(crate) fn past_verse_part(cursor: Cursor<'_>) -> Cursor<'_> {
    match cursor.next() {
        Some((token, rest)) if token.start == cursor.offset() && token.is_any(&["a", "b", "c", "f", "ff"]) => rest,
        _ => cursor,
    }
}
