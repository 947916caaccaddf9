//! What was cited so far, and which of it a bare "verse 25" or "chapter 6" refers to.
//!
//! Every cited chapter and book in which the verse exists is a candidate for as long as it is recent. The candidate with
//! the highest weight wins. The weight depends on how recently and how often the candidate was cited, on whether the verse
//! continues the reading, and on how many words around it also occur in the verse.

mod candidate;
#[cfg(test)]
mod tests;

use std::{cmp::Reverse, ops::RangeInclusive};

use crate::{Book, canon, passage::Passage, verse_lexicon::WordSet};
use candidate::{BREATH_BYTES, Citation, CitedBook, CitedChapter};

/// The number of chapters remembered.
const MAX_CHAPTERS: usize = 8;

/// The number of most recently cited chapters that are remembered however rarely they were cited.
const LATEST_CHAPTERS: usize = 4;

/// The weight of a candidate that is the main passage of the sermon.
const MAIN_PASSAGE_WEIGHT: i32 = 3;

/// The weight of a candidate in the book that the words before the verse suggest.
const HINT_WEIGHT: i32 = 5;

/// The information in bits that unrelated words share with a verse by chance.
const CHANCE_BITS: u32 = 3;

/// The shared information in bits that adds one to the weight of a candidate.
const BITS_PER_POINT: u32 = 2;

/// Maximum that shared words can add to the weight of a candidate.
const MAX_LEXICON_WEIGHT: u32 = 14;

/// A position in the transcript.
#[derive(Debug, Clone, Copy)]
pub(super) struct Position {
    /// The byte offset.
    pub(super) offset: usize,
    /// The time in milliseconds, if the transcript has times.
    pub(super) time_ms: Option<u64>,
}

/// What a bare verse or chapter refers to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resolution {
    pub(super) book: Book,
    pub(super) chapter: u16,
    /// The earlier passage that supplied the book or chapter.
    pub(super) anchor: Passage,
    /// Whether there were several candidates and words from the verse supported this one.
    pub(super) matches_verse_text: bool,
}

/// The passages cited so far in one text.
#[derive(Debug, Default)]
pub(super) struct Context {
    /// The cited chapters, the most recent last.
    chapters: Vec<CitedChapter>,
    /// The cited books, the most recent last.
    books: Vec<CitedBook>,
    /// The cited chapters and books before the last citation.
    chapters_before: Vec<CitedChapter>,
    books_before: Vec<CitedBook>,
    /// The chapter named most often in the whole text, including what is still ahead.
    most_named: Option<(Book, u16)>,
}

impl Context {
    /// Creates an empty context for text in which one chapter is named most often.
    pub(super) fn with_most_named(most_named: Option<(Book, u16)>) -> Self {
        Self { most_named, ..Self::default() }
    }

    /// Returns the chapter that is the main passage of the sermon: the one cited most often so far or, failing that, the one
    /// named most often in the whole text.
    fn main_chapter(&self) -> Option<(Book, u16)> {
        let main = self
            .chapters
            .iter()
            .filter(|cited| cited.last.is_frequent())
            .max_by_key(|cited| (cited.last.times, self.most_named == Some((cited.book, cited.chapter))));
        main.map(|main| (main.book, main.chapter)).or(self.most_named)
    }

    /// Returns the next chapter of the book if it was opened, and a verse of it cited, after this one was cited last: a reading
    /// that goes through a whole book has moved on.
    fn next_chapter_opened_after(&self, main: (Book, u16)) -> Option<(Book, u16)> {
        let (book, chapter) = main;
        let at = self.chapters.iter().position(|cited| (cited.book, cited.chapter) == main)?;
        let next = self.chapters[at + 1..].iter().find(|cited| (cited.book, cited.chapter) == (book, chapter + 1))?;
        (next.opened && next.furthest_verse.is_some()).then_some((book, chapter + 1))
    }

    /// Forgets the last citation, which the speaker withdrew.
    pub(super) fn withdraw_last(&mut self) {
        self.chapters.clone_from(&self.chapters_before);
        self.books.clone_from(&self.books_before);
    }

    /// Returns the chapter of a book that was cited last, if it is recent.
    pub(super) fn latest_chapter_of(&self, book: Book, now: Position) -> Option<u16> {
        let cited = self.books.iter().find(|cited| cited.book == book && cited.last.is_recent(now));
        cited.and_then(|cited| cited.chapter)
    }

    /// Records a citation.
    pub(super) fn cite(&mut self, passage: Passage, position: Position) {
        self.chapters_before.clone_from(&self.chapters);
        self.books_before.clone_from(&self.books);
        let book = passage.book();
        let known = self.books.iter().position(|cited| cited.book == book);
        let before = known.map(|index| self.books.remove(index));
        let times = before.map_or(0, |cited| cited.last.times) + 1;
        let chapter = passage.end_chapter().or(passage.chapter()).or(before.and_then(|cited| cited.chapter));
        let times_with_chapter =
            before.map_or(0, |cited| cited.times_with_chapter) + u32::from(passage.chapter().is_some());
        self.books.push(CitedBook { book, chapter, times_with_chapter, last: Citation { passage, position, times } });

        let only_chapter = (canon::chapters(book) == 1).then_some(1);
        // A range of verses may end in a later chapter, but the speaker starts reading in the first one.
        if let Some(last) =
            passage.end_chapter().filter(|last| passage.verse().is_some() && passage.chapter() < Some(*last))
        {
            self.cite_chapter(passage, last, position);
        }
        match passage.chapter().or(only_chapter) {
            Some(chapter) => self.cite_chapter(passage, chapter, position),
            None => self.return_to(book, position),
        }
    }

    /// Records a citation of a chapter.
    fn cite_chapter(&mut self, passage: Passage, chapter: u16, position: Position) {
        let book = passage.book();
        let spans_chapters = passage.end_chapter() > passage.chapter();
        let verse = if spans_chapters { None } else { passage.end_verse() }.or(passage.verse());
        let verse = verse.filter(|_| passage.chapter() == Some(chapter) || !spans_chapters);
        let known = self.chapters.iter().position(|cited| (cited.book, cited.chapter) == (book, chapter));
        let before = known.map(|index| self.chapters.remove(index));
        // "Romans 8, verse 28" is one citation.
        let completes_chapter = verse.is_some()
            && before.is_some_and(|cited| cited.verse.is_none() && cited.last.bytes_to(position) <= BREATH_BYTES);
        let times = before.map_or(0, |cited| cited.last.times) + u32::from(!completes_chapter);
        let opened = verse.is_none() || before.is_some_and(|cited| cited.opened);
        let furthest_verse = before.and_then(|cited| cited.furthest_verse).max(verse);
        let range = announced_range(passage, chapter).or(before.and_then(|cited| cited.range));
        if self.chapters.len() >= MAX_CHAPTERS
            && let Some(least) = (0..=self.chapters.len() - LATEST_CHAPTERS)
                .min_by_key(|&index| (self.chapters[index].last.times, index))
        {
            self.chapters.remove(least);
        }
        let in_row = self.chapters.last().is_some_and(|before| {
            before.book != book && before.last.times == 1 && before.last.bytes_to(position) <= BREATH_BYTES
        });
        let last = Citation { passage, position, times };
        self.chapters.push(CitedChapter { book, chapter, verse, furthest_verse, range, opened, in_row, last });
    }

    /// Makes a chapter of a book the most recent one because the book was named: the main passage of the sermon if it is in that
    /// book, otherwise the chapter cited last.
    fn return_to(&mut self, book: Book, position: Position) {
        let main = self.main_chapter().filter(|(main, _)| *main == book).map(|(_, chapter)| chapter);
        let matches = |cited: &CitedChapter| cited.book == book && main.is_none_or(|main| cited.chapter == main);
        if let Some(index) = self.chapters.iter().rposition(matches) {
            let mut chapter = self.chapters.remove(index);
            chapter.last.position = position;
            self.chapters.push(chapter);
        }
    }

    /// Resolves a bare verse to a chapter.
    ///
    /// Of several verses the first must exist, and all of them may have the words. `hint` is the book that the words before the
    /// verse suggest. `returns` tells whether the speaker returns to the main passage of the sermon ("back in our passage") and `words` gives the
    /// words around the verse. Both are evaluated only if there are several candidates.
    pub(super) fn resolve_verse(
        &self,
        verses: RangeInclusive<u16>,
        now: Position,
        hint: Option<Book>,
        returns: impl FnOnce() -> bool,
        words: impl FnOnce() -> WordSet,
    ) -> Option<Resolution> {
        let verse = *verses.start();
        let main = self.main_chapter().map(|main| self.next_chapter_opened_after(main).unwrap_or(main));
        let is_main = |cited: &CitedChapter| main == Some((cited.book, cited.chapter));
        let is_candidate = |cited: &CitedChapter| {
            canon::has_verse(cited.book, cited.chapter, verse) && (cited.last.is_recent(now) || is_main(cited))
        };
        let has_choice = self.chapters.iter().filter(|cited| is_candidate(cited)).count() > 1;
        let (returns, words) = if has_choice { (returns(), words()) } else { (false, WordSet::default()) };
        let lexicon_weight = |cited: &CitedChapter| lexicon_weight(&words, cited.book, cited.chapter, verses.clone());
        let candidates = self.chapters.iter().rev().enumerate().filter(|(_, cited)| is_candidate(cited));
        let (_, chosen) = candidates.max_by_key(|&(rank, cited)| {
            let main_weight = if is_main(cited) { MAIN_PASSAGE_WEIGHT } else { 0 };
            let hint_weight = if hint == Some(cited.book) { HINT_WEIGHT } else { 0 };
            let weight = cited.weight(rank, verse, now) + main_weight + hint_weight + lexicon_weight(cited);
            // An explicit return to the main passage outweighs everything else.
            (returns && is_main(cited), weight, Reverse(rank))
        })?;
        Some(Resolution {
            book: chosen.book,
            chapter: chosen.chapter,
            anchor: chosen.last.passage,
            matches_verse_text: lexicon_weight(chosen) > 0,
        })
    }

    /// Resolves a bare chapter, with or without a verse, to a book.
    pub(super) fn resolve_chapter(
        &self,
        chapter: u16,
        verse: Option<u16>,
        now: Position,
        returns: impl FnOnce() -> bool,
        words: impl FnOnce() -> WordSet,
    ) -> Option<Resolution> {
        let main = self.books.iter().filter(|cited| cited.last.is_frequent()).max_by_key(|cited| cited.last.times);
        let main = main.map(|main| main.book).or(self.most_named.map(|(book, _)| book));
        let is_main = |cited: &CitedBook| main == Some(cited.book);
        let exists = |book: Book| match verse {
            Some(verse) => {
                canon::has_verse(book, chapter, verse) || canon::from_hebrew(book, chapter, Some(verse)).is_some()
            }
            None => Passage::whole_chapter(book, chapter).is_some(),
        };
        let is_candidate = |cited: &CitedBook| exists(cited.book) && (cited.last.is_recent(now) || is_main(cited));
        let has_choice = self.books.iter().filter(|cited| is_candidate(cited)).count() > 1;
        let returns = has_choice && returns();
        let words = if has_choice && verse.is_some() { words() } else { WordSet::default() };
        let lexicon_weight =
            |cited: &CitedBook| verse.map_or(0, |verse| lexicon_weight(&words, cited.book, chapter, verse..=verse));
        let candidates = self.books.iter().rev().enumerate().filter(|(_, cited)| is_candidate(cited));
        let (_, chosen) = candidates.max_by_key(|&(rank, cited)| {
            let main_weight = if is_main(cited) { MAIN_PASSAGE_WEIGHT } else { 0 };
            let weight = cited.weight(rank, chapter, now) + main_weight + lexicon_weight(cited);
            (returns && is_main(cited), weight, Reverse(rank))
        })?;
        Some(Resolution {
            book: chosen.book,
            chapter,
            anchor: chosen.last.passage,
            matches_verse_text: lexicon_weight(chosen) > 0,
        })
    }

    /// Returns the passage cited last, if it is recent.
    pub(super) fn latest(&self, now: Position) -> Option<Passage> {
        self.books.last().filter(|cited| cited.last.is_recent(now)).map(|cited| cited.last.passage)
    }

    /// Returns whether a book was cited.
    pub(super) fn has_cited(&self, book: Book) -> bool {
        self.books.iter().any(|cited| cited.book == book)
    }

    /// Returns whether a chapter was cited.
    pub(super) fn has_cited_chapter(&self, book: Book, chapter: u16) -> bool {
        self.chapters.iter().any(|cited| (cited.book, cited.chapter) == (book, chapter))
    }

    /// Returns whichever of these books was cited last.
    pub(super) fn latest_of(&self, books: &[Book]) -> Option<Book> {
        self.books.iter().rev().map(|cited| cited.book).find(|book| books.contains(book))
    }
}

/// Returns the first and last verse of a chapter in a passage that is a range of verses.
fn announced_range(passage: Passage, chapter: u16) -> Option<(u16, u16)> {
    let (first, last) = (passage.verse()?, passage.end_verse()?);
    let first = if passage.chapter() == Some(chapter) { first } else { 1 };
    let last = if passage.end_chapter() == Some(chapter) { last } else { canon::verses(passage.book(), chapter) };
    Some((first, last))
}

/// Returns the weight of the words that a set shares with verses.
fn lexicon_weight(words: &WordSet, book: Book, chapter: u16, verses: RangeInclusive<u16>) -> i32 {
    words.shared_bits_of_range(book, chapter, verses).map_or(0, points)
}

/// Converts shared information in bits to a weight.
fn points(shared_bits: u32) -> i32 {
    (shared_bits.saturating_sub(CHANCE_BITS) / BITS_PER_POINT).min(MAX_LEXICON_WEIGHT).cast_signed()
}
