//! What was cited before, and which of it a bare "verse 25" or "chapter 6" means.
//!
//! A passage answers while it is fresh, and while the verse exists there. Knows no words.

use std::cmp::Reverse;

use super::{canon, passage::Passage};
use crate::domain::Book;

/// Where something was said.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// Byte offset.
    pub(super) offset: usize,
    /// Milliseconds, in a text with times.
    pub(super) time: Option<u64>,
}

/// For how long a passage answers: a quarter of an hour, or the text that is said in it.
const MEMORY_MS: u64 = 15 * 60 * 1000;
const MEMORY_BYTES: usize = 13_000;

/// So much is said, in a minute or so, of a passage that is cited only in passing.
const ASIDE_BYTES: usize = 900;

/// So little is said before the passage just cited is still the one at hand.
const NEAR_BYTES: usize = 300;

/// As many chapters are remembered.
const MEMORY_CHAPTERS: usize = 8;

/// As often must a chapter have been cited to be the text of the whole sermon.
const MAIN_TEXT: u32 = 3;

/// A chapter that was cited.
#[derive(Debug, Clone, Copy)]
struct Cited {
    book: Book,
    chapter: u16,
    /// The last verse of it that was cited.
    verse: Option<u16>,
    /// What was last cited of it.
    passage: Passage,
    moment: Moment,
    times: u32,
}

/// What was cited so far in one sermon.
#[derive(Debug, Default)]
pub(super) struct Context {
    /// The chapters, the freshest last.
    cited: Vec<Cited>,
    /// The book that was last named or cited.
    book: Option<(Passage, Moment)>,
}

impl Context {
    /// Remembers a passage.
    pub(super) fn cite(&mut self, passage: Passage, moment: Moment) {
        self.book = Some((passage, moment));
        let chapter = match passage.chapter() {
            Some(chapter) => chapter,
            None if canon::chapters(passage.book()) == 1 => 1,
            None => return,
        };
        let book = passage.book();
        let verse = passage.end_verse().or(passage.verse());
        let known = self.cited.iter().position(|cited| (cited.book, cited.chapter) == (book, chapter));
        let times = known.map_or(0, |index| self.cited.remove(index).times);
        if self.cited.len() >= MEMORY_CHAPTERS
            && let Some(least) = (0..self.cited.len()).min_by_key(|&index| (self.cited[index].times, index))
        {
            self.cited.remove(least);
        }
        self.cited.push(Cited { book, chapter, verse, passage, moment, times: times + 1 });
    }

    /// The chapter that a bare verse belongs to, and the passage that says so.
    ///
    /// `back` is whether the speaker returns to the text of the sermon ("back in our passage").
    pub(super) fn chapter_of(&self, verse: u16, now: Moment, back: bool) -> Option<(Book, u16, Passage)> {
        let main = self.main();
        let is_main = |cited: &Cited| main.is_some_and(|main| (main.book, main.chapter) == (cited.book, cited.chapter));
        let has_it = |cited: &&Cited| canon::has_verse(cited.book, cited.chapter, verse);
        let answers = |cited: &&Cited| is_fresh(cited.moment, now) || is_main(cited);
        let fresh = self.cited.iter().filter(has_it).filter(answers);
        let chosen = match main.filter(|main| back && has_it(main)) {
            Some(main) => main,
            None => {
                fresh
                    .rev()
                    .enumerate()
                    .max_by_key(|&(rank, cited)| {
                        (weight(cited, rank, verse, now) + i32::from(is_main(cited)), Reverse(rank))
                    })?
                    .1
            }
        };
        Some((chosen.book, chosen.chapter, chosen.passage))
    }

    /// The chapter that the sermon is about: the one cited most, if it was cited often enough.
    fn main(&self) -> Option<&Cited> {
        self.cited.iter().filter(|cited| cited.times >= MAIN_TEXT).max_by_key(|cited| cited.times)
    }

    /// The book that a bare chapter belongs to, and the passage that says so.
    pub(super) fn book_of(&self, chapter: u16, now: Moment) -> Option<(Book, Passage)> {
        let named = self.book.filter(|(_, moment)| is_fresh(*moment, now)).map(|(passage, _)| passage);
        let cited = self.cited.iter().rev().filter(|cited| is_fresh(cited.moment, now)).map(|cited| cited.passage);
        let main = self.cited.iter().filter(|cited| cited.times >= MAIN_TEXT).map(|cited| cited.passage);
        named
            .into_iter()
            .chain(cited)
            .chain(main)
            .find(|passage| chapter > 0 && chapter <= canon::chapters(passage.book()))
            .map(|passage| (passage.book(), passage))
    }

    /// The passage last cited, if it is fresh.
    pub(super) fn latest(&self, now: Moment) -> Option<Passage> {
        self.book.filter(|(_, moment)| is_fresh(*moment, now)).map(|(passage, _)| passage)
    }

    /// The one of these books that was cited last.
    pub(super) fn among(&self, books: &[Book]) -> Option<Book> {
        let latest = self.book.map(|(passage, _)| passage.book());
        latest.into_iter().chain(self.cited.iter().rev().map(|cited| cited.book)).find(|book| books.contains(book))
    }
}

/// How likely a bare verse belongs to a chapter; `rank` counts the chapters cited since.
fn weight(cited: &Cited, rank: usize, verse: u16, now: Moment) -> i32 {
    let since = now.offset.saturating_sub(cited.moment.offset);
    let recency = match rank {
        0 if since <= NEAR_BYTES => 6,
        0 if cited.times == 1 && since > ASIDE_BYTES => 1,
        0 => 3,
        1 => 2,
        2 => 1,
        _ => 0,
    };
    let goes_on = match cited.verse {
        Some(last) if verse == last.saturating_add(1) => 3,
        Some(last) if (last..=last.saturating_add(3)).contains(&verse) => 2,
        Some(last) if cited.times == 1 && verse < last => -2,
        Some(_) => 0,
        None => 1,
    };
    recency + goes_on + i32::from(cited.times >= MAIN_TEXT)
}

/// Whether what was said then still answers now.
fn is_fresh(then: Moment, now: Moment) -> bool {
    match (then.time, now.time) {
        (Some(then), Some(now)) => now.saturating_sub(then) <= MEMORY_MS,
        _ => now.offset.saturating_sub(then.offset) <= MEMORY_BYTES,
    }
}
