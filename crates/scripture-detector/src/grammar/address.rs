//! Chapter and verse as they appear in the text, and the passage they stand for.

use std::ops::RangeInclusive;

use crate::{Book, canon, numbers::Number, passage::Passage};

/// How the numbers are written, from weak to strong evidence of a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// A number in words after the name: "Romans eight".
    BareWord,
    /// A number in digits after the name: "Romans 8".
    Bare,
    /// Chapter and verse run together: "John 316".
    Split,
    /// Two numbers: "Romans 8 28", "Romans 8, 28".
    Pair,
    /// With the word "chapter".
    Chapter,
    /// With a colon, a period, or the word "verse".
    Verse,
}

/// A chapter and verse as they appear in the text. They may not exist in the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) chapter: Option<u16>,
    pub(crate) verse: Option<u16>,
    pub(crate) range_end: Option<RangeEnd>,
    pub(crate) form: Form,
    /// The byte offset after the address.
    pub(crate) end: usize,
    /// Whether a number was changed to make sense of the text.
    pub(crate) repaired: bool,
    /// Whether the number was converted from another numbering.
    pub(crate) renumbered: bool,
}

/// The end of a range. The chapter of a range of verses is set only if it is in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RangeEnd {
    pub(crate) chapter: Option<u16>,
    pub(crate) verse: Option<u16>,
}

impl Address {
    pub(crate) fn chapter(chapter: Number, form: Form) -> Self {
        Self {
            chapter: Some(chapter.value),
            verse: None,
            range_end: None,
            form,
            end: chapter.end,
            repaired: false,
            renumbered: false,
        }
    }

    pub(crate) fn verse(chapter: Option<u16>, verse: Number, form: Form) -> Self {
        Self {
            chapter,
            verse: Some(verse.value),
            range_end: None,
            form,
            end: verse.end,
            repaired: false,
            renumbered: false,
        }
    }

    /// Returns the verses of one chapter that the address has, or `None` if it has none.
    pub(crate) fn verses(&self) -> Option<RangeInclusive<u16>> {
        let first = self.verse?;
        let last = self.range_end.filter(|end| end.chapter.is_none()).and_then(|end| end.verse);
        Some(first..=last.unwrap_or(first))
    }

    /// Returns whether the numbers follow a numbering other than that of the King James Version.
    pub(crate) fn is_renumbered(&self, book: Book) -> bool {
        let chapter = self.chapter.unwrap_or(1);
        self.renumbered
            || canon::from_hebrew(book, chapter, self.verse).is_some()
            || canon::is_addition(book, chapter, self.verse)
    }

    /// Returns the passage in a book, and whether the address had to be repaired to get one.
    pub(crate) fn passage(&self, book: Book) -> Option<(Passage, bool)> {
        let chapter = self.chapter.unwrap_or(1);
        let Some(verse) = self.verse else {
            let (chapter, _) = canon::from_hebrew(book, chapter, None).unwrap_or((chapter, None));
            let passage = Passage::whole_chapter(book, chapter)?;
            let range = self.range_end.and_then(|end| passage.through(end.chapter?, None));
            return Some((range.unwrap_or(passage), self.repaired));
        };
        let renumber = |chapter, verse| match canon::from_hebrew(book, chapter, Some(verse)) {
            Some((chapter, Some(verse))) => (chapter, verse),
            _ => (chapter, verse),
        };
        let (start_chapter, start_verse) = (chapter, verse);
        let (chapter, verse) = renumber(chapter, verse);
        let exact = Passage::single_verse(book, chapter, verse).map(|passage| (passage, self.repaired));
        let (passage, repaired) = exact.or_else(|| repair(book, chapter, verse).map(|passage| (passage, true)))?;
        let range = self.range_end.and_then(|end| {
            let was_renumbered = (start_chapter, start_verse) != (chapter, verse);
            let chapter = end.chapter.or(if was_renumbered { Some(start_chapter) } else { passage.chapter() })?;
            let (chapter, verse) = renumber(chapter, end.verse?);
            passage.through(chapter, Some(verse))
        });
        Some((range.unwrap_or(passage), repaired))
    }
}

/// Returns the passage probably meant by a verse that does not exist: 5:16 for `5:116`, 4:7 for `4:77`, otherwise the whole
/// chapter.
fn repair(book: Book, chapter: u16, verse: u16) -> Option<Passage> {
    let shorter: &[u16] = match verse {
        100.. => &[verse % 100, verse / 10],
        // A digit said twice.
        11.. if verse.is_multiple_of(11) => &[verse % 10],
        _ => &[],
    };
    let verse = shorter.iter().find_map(|&verse| Passage::single_verse(book, chapter, verse));
    verse.or_else(|| Passage::whole_chapter(book, chapter))
}
