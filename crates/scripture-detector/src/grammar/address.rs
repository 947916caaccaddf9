//! Chapter and verse as they were said, and the passage that is meant by them.

use crate::{Book, numbers::Number, passage::Passage};

/// How the numbers were said; the stronger the form, the less can it be anything but a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
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
pub(crate) struct Address {
    pub(crate) chapter: Option<u16>,
    pub(crate) verse: Option<u16>,
    /// Where a range ends; its chapter only when one was said.
    pub(crate) last: Option<Last>,
    pub(crate) form: Form,
    /// One past its last byte.
    pub(crate) end: usize,
    /// Whether a number was changed to make sense of what was said.
    pub(crate) repaired: bool,
}

/// The end of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Last {
    pub(crate) chapter: Option<u16>,
    pub(crate) verse: Option<u16>,
}

impl Address {
    pub(crate) fn chapter(chapter: Number, form: Form) -> Self {
        Self { chapter: Some(chapter.value), verse: None, last: None, form, end: chapter.end, repaired: false }
    }

    pub(crate) fn verse(chapter: Option<u16>, verse: Number, form: Form) -> Self {
        Self { chapter, verse: Some(verse.value), last: None, form, end: verse.end, repaired: false }
    }

    /// The passage of a book that is meant, and whether it had to be repaired; none if there is none.
    pub(crate) fn passage(&self, book: Book) -> Option<(Passage, bool)> {
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

/// The passage that was meant by an impossible one: `5:116` is 5:16, and else the chapter, if it exists.
fn repaired(book: Book, chapter: u16, verse: u16) -> Option<Passage> {
    let shorter: &[u16] = if verse >= 100 { &[verse % 100, verse / 10] } else { &[] };
    let verse = shorter.iter().find_map(|&verse| Passage::of_verse(book, chapter, verse));
    verse.or_else(|| Passage::of_chapter(book, chapter))
}
