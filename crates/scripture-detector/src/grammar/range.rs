//! The ends of ranges: "through 16", "and 7", `9:5`.

use super::{
    Address, Reader,
    address::Last,
    words::{CHAPTER, VERSE},
};
use crate::{
    lexer::Cursor,
    numbers::{Number, number},
};

impl<'t> Reader<'t> {
    /// Reads the end of a range, or the numbers that follow one another, behind an address.
    pub(super) fn with_range(&self, mut address: Address, cursor: Cursor<'t>) -> Address {
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

    /// Whether the next number follows too, behind a comma or "and": "Psalms 22, 23 and 24" are chapters.
    pub(super) fn counts_on(&self, first: Number, behind: Cursor<'t>) -> bool {
        let (next, link) = link(behind);
        matches!(link, Link::And | Link::Comma)
            && number(next).is_some_and(|(next, after)| {
                next.value == first.value.saturating_add(1) && !self.is_counted(next, after)
            })
    }
}

/// What stands between two numbers of a range or list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// A dash, "to", "through".
    To,
    And,
    Comma,
    Nothing,
}

/// Reads what stands between two numbers.
pub(super) fn link(cursor: Cursor<'_>) -> (Cursor<'_>, Link) {
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

/// Moves past the letter of half a verse: `16a`.
fn glued_letter(cursor: Cursor<'_>) -> Cursor<'_> {
    match cursor.next() {
        Some((token, behind)) if token.start == cursor.offset() && token.is_any(&["a", "b", "c", "f", "ff"]) => behind,
        _ => cursor,
    }
}
