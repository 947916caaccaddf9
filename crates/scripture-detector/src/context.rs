//! What was cited before, and which of it a bare "verse 25" or "chapter 6" means.
//!
//! A passage answers while it is fresh, and while the verse exists there; the better the words around agree with the
//! verse, the likelier. Knows no grammar.

use std::cmp::Reverse;

use super::{canon, passage::Passage, verse_lexicon::Said};
use crate::Book;

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

/// So little is said in one breath.
const BREATH_BYTES: usize = 60;

/// So much do words that are not those of a verse have in common with it by chance, in bits.
const CHANCE_BITS: u32 = 3;

/// So many bits more weigh a point, and this is the most that they weigh together.
const BITS_A_POINT: u32 = 2;
const MOST_OF_WORDING: i32 = 14;

/// As many chapters are remembered.
const MEMORY_CHAPTERS: usize = 8;

/// As often must a chapter have been cited to be the text of the whole sermon.
const MAIN_TEXT: u32 = 3;

/// A chapter that was cited.
#[derive(Debug, Clone, Copy)]
struct CitedChapter {
    book: Book,
    chapter: u16,
    /// The last verse of it that was cited.
    verse: Option<u16>,
    /// The furthest verse of it that was cited.
    furthest: Option<u16>,
    /// Whether it was once named without a verse, as who reads a chapter does.
    opened: bool,
    /// Whether it was cited in a row with a chapter of another book ("Exodus 3, Acts 2").
    in_row: bool,
    last: Cited,
}

/// A book that was named or cited.
#[derive(Debug, Clone, Copy)]
struct CitedBook {
    book: Book,
    /// The last chapter of it that was cited.
    chapter: Option<u16>,
    last: Cited,
}

/// The last citation of a chapter or book, and how many there were.
#[derive(Debug, Clone, Copy)]
struct Cited {
    passage: Passage,
    moment: Moment,
    times: u32,
}

/// What a bare verse or chapter means.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer {
    pub(super) book: Book,
    pub(super) chapter: u16,
    /// The passage that was cited before and says so.
    pub(super) anchor: Passage,
    /// Whether there was a choice, and the words around are those of the verse.
    pub(super) read: bool,
}

/// What was cited so far in one sermon.
#[derive(Debug, Default)]
pub(super) struct Context {
    /// The chapters, the freshest last.
    chapters: Vec<CitedChapter>,
    /// The books, the freshest last.
    books: Vec<CitedBook>,
    /// The chapter that the whole sermon names most often.
    announced: Option<(Book, u16)>,
}

impl Context {
    /// Nothing is cited yet, but it is known which chapter the whole sermon names most often.
    pub(super) fn expecting(announced: Option<(Book, u16)>) -> Self {
        Self { announced, ..Self::default() }
    }

    /// The chapter that is the text of the sermon: the one cited most so far, or else named most in the whole.
    fn main_chapter(&self) -> Option<(Book, u16)> {
        let main = self
            .chapters
            .iter()
            .filter(|cited| cited.last.is_main())
            .max_by_key(|cited| (cited.last.times, self.announced == Some((cited.book, cited.chapter))));
        main.map(|main| (main.book, main.chapter)).or(self.announced)
    }

    /// Remembers a passage.
    pub(super) fn cite(&mut self, passage: Passage, moment: Moment) {
        let book = passage.book();
        let known = self.books.iter().position(|cited| cited.book == book);
        let before = known.map(|index| self.books.remove(index));
        let times = before.map_or(0, |cited| cited.last.times) + 1;
        let chapter = passage.end_chapter().or(passage.chapter()).or(before.and_then(|cited| cited.chapter));
        self.books.push(CitedBook { book, chapter, last: Cited { passage, moment, times } });

        let only = (canon::chapters(book) == 1).then_some(1);
        let Some(chapter) = passage.chapter().or(only) else {
            self.return_to(book, moment);
            return;
        };
        let verse = passage.end_verse().or(passage.verse());
        let known = self.chapters.iter().position(|cited| (cited.book, cited.chapter) == (book, chapter));
        let before = known.map(|index| self.chapters.remove(index));
        // A chapter and the verse that is said with it are one citation.
        let opens = verse.is_some()
            && before.is_some_and(|cited| cited.verse.is_none() && cited.last.since(moment) <= BREATH_BYTES);
        let times = before.map_or(0, |cited| cited.last.times) + u32::from(!opens);
        let opened = verse.is_none() || before.is_some_and(|cited| cited.opened);
        let furthest = before.and_then(|cited| cited.furthest).max(verse);
        if self.chapters.len() >= MEMORY_CHAPTERS
            && let Some(least) = (0..self.chapters.len()).min_by_key(|&index| (self.chapters[index].last.times, index))
        {
            self.chapters.remove(least);
        }
        let in_row = self.chapters.last().is_some_and(|before| {
            before.book != book && before.last.times == 1 && before.last.since(moment) <= BREATH_BYTES
        });
        self.chapters.push(CitedChapter {
            book,
            chapter,
            verse,
            furthest,
            opened,
            in_row,
            last: Cited { passage, moment, times },
        });
    }

    /// Makes the chapter of a book the freshest again, because the book is named: the text of the sermon, or the last.
    fn return_to(&mut self, book: Book, moment: Moment) {
        let main = self.main_chapter().filter(|(main, _)| *main == book).map(|(_, chapter)| chapter);
        let is_it = |cited: &CitedChapter| cited.book == book && main.is_none_or(|main| cited.chapter == main);
        if let Some(index) = self.chapters.iter().rposition(is_it) {
            let mut chapter = self.chapters.remove(index);
            chapter.last.moment = moment;
            self.chapters.push(chapter);
        }
    }

    /// The chapter that a bare verse belongs to, and the passage that says so.
    ///
    /// `back` is whether the speaker returns to the text of the sermon ("back in our passage"); `said` are the words
    /// around, which are likely those of the verse.
    pub(super) fn chapter_of(
        &self,
        verse: u16,
        now: Moment,
        back: impl FnOnce() -> bool,
        said: impl FnOnce() -> Said,
    ) -> Option<Answer> {
        let main = self.main_chapter();
        let is_main = |cited: &CitedChapter| main == Some((cited.book, cited.chapter));
        let answers = |cited: &CitedChapter| {
            canon::has_verse(cited.book, cited.chapter, verse) && (cited.last.is_fresh(now) || is_main(cited))
        };
        let choice = self.chapters.iter().filter(|cited| answers(cited)).count() > 1;
        let (back, said) = if choice { (back(), said()) } else { (false, Said::default()) };
        let (_, chosen) = self.chapters.iter().rev().enumerate().filter(|(_, cited)| answers(cited)).max_by_key(
            |&(rank, cited)| {
                let main = if is_main(cited) { if back { 100 } else { 3 } } else { 0 };
                let read = lexicon_weight(&said, cited.book, cited.chapter, verse);
                (cited.weight(rank, verse, now) + main + read, Reverse(rank))
            },
        )?;
        let read = lexicon_weight(&said, chosen.book, chosen.chapter, verse) > 0;
        Some(Answer { book: chosen.book, chapter: chosen.chapter, anchor: chosen.last.passage, read })
    }

    /// The book that a bare chapter, with or without a verse, belongs to, and the passage that says so.
    pub(super) fn book_of(
        &self,
        chapter: u16,
        verse: Option<u16>,
        now: Moment,
        said: impl FnOnce() -> Said,
    ) -> Option<Answer> {
        let main = self.books.iter().filter(|cited| cited.last.is_main()).max_by_key(|cited| cited.last.times);
        let main = main.map(|main| main.book).or(self.announced.map(|(book, _)| book));
        let is_main = |cited: &CitedBook| main == Some(cited.book);
        let exists = |book: Book| match verse {
            Some(verse) => canon::has_verse(book, chapter, verse),
            None => canon::verses(book, chapter) > 0,
        };
        let answers = |cited: &CitedBook| exists(cited.book) && (cited.last.is_fresh(now) || is_main(cited));
        let choice = self.books.iter().filter(|cited| answers(cited)).count() > 1;
        let said = if choice && verse.is_some() { said() } else { Said::default() };
        let (_, chosen) =
            self.books.iter().rev().enumerate().filter(|(_, cited)| answers(cited)).max_by_key(|&(rank, cited)| {
                let main = if is_main(cited) { 3 } else { 0 };
                let read = verse.map_or(0, |verse| lexicon_weight(&said, cited.book, chapter, verse));
                (cited.weight(rank, chapter, now) + main + read, Reverse(rank))
            })?;
        let read = verse.is_some_and(|verse| lexicon_weight(&said, chosen.book, chapter, verse) > 0);
        Some(Answer { book: chosen.book, chapter, anchor: chosen.last.passage, read })
    }

    /// The passage last cited, if it is fresh.
    pub(super) fn latest(&self, now: Moment) -> Option<Passage> {
        self.books.last().filter(|cited| cited.last.is_fresh(now)).map(|cited| cited.last.passage)
    }

    /// Whether a book was cited.
    pub(super) fn knows(&self, book: Book) -> bool {
        self.books.iter().any(|cited| cited.book == book)
    }

    /// The one of these books that was cited last.
    pub(super) fn among(&self, books: &[Book]) -> Option<Book> {
        self.books.iter().rev().map(|cited| cited.book).find(|book| books.contains(book))
    }
}

/// What the words around a mention say for a verse; a few words in common say nothing.
fn lexicon_weight(said: &Said, book: Book, chapter: u16, verse: u16) -> i32 {
    let bits = said.likeness(book, chapter, verse).unwrap_or(0);
    i32::try_from(bits.saturating_sub(CHANCE_BITS) / BITS_A_POINT).unwrap_or(0).min(MOST_OF_WORDING)
}

impl Cited {
    /// Whether it was cited so often that the sermon may be about it.
    fn is_main(&self) -> bool {
        self.times >= MAIN_TEXT
    }

    /// Whether it still answers.
    fn is_fresh(&self, now: Moment) -> bool {
        match (self.moment.time, now.time) {
            (Some(then), Some(now)) => now.saturating_sub(then) <= MEMORY_MS,
            _ => self.since(now) <= MEMORY_BYTES,
        }
    }

    /// The bytes since.
    fn since(&self, now: Moment) -> usize {
        now.offset.saturating_sub(self.moment.offset)
    }
}

impl CitedChapter {
    /// How likely a bare verse belongs to it; `rank` counts the chapters cited since.
    fn weight(&self, rank: usize, verse: u16, now: Moment) -> i32 {
        let in_row = self.in_row && self.last.since(now) > BREATH_BYTES;
        let near = rank == 0 && self.last.since(now) <= NEAR_BYTES;
        let recency = match rank {
            // A row of parallels is an aside.
            0 if in_row && self.verse.is_none() => 2,
            0 if near => 6,
            0 if self.last.times == 1 && self.last.since(now) > ASIDE_BYTES => 1,
            0 => 3,
            1 => 2,
            2 => 1,
            _ => 0,
        };
        let in_passing = self.last.times == 1 && !self.opened;
        let in_one_breath = self.opened && self.last.since(now) <= BREATH_BYTES;
        let goes_on = match self.verse {
            Some(last) if verse == last.saturating_add(1) && rank <= 1 => 5,
            Some(last) if verse == last.saturating_add(1) => 3,
            // Who has said a verse in passing does not go back in its chapter, nor far on.
            Some(last) if in_passing && !(last.saturating_add(1)..=last.saturating_add(3)).contains(&verse) => -3,
            Some(last) if verse < last && !self.last.is_main() && !in_one_breath => -3,
            Some(last) if (last..=last.saturating_add(3)).contains(&verse) => 2,
            // Who has looked back goes on where he was.
            Some(_) if self.furthest.is_some_and(|furthest| verse == furthest.saturating_add(1)) => 3,
            Some(_) => 0,
            // A chapter just named calls for its verse.
            None if near && !in_row => 4,
            None => 1,
        };
        recency + goes_on + i32::from(self.last.is_main())
    }
}

impl CitedBook {
    /// How likely a bare chapter belongs to it; `rank` counts the books cited since.
    fn weight(&self, rank: usize, chapter: u16, now: Moment) -> i32 {
        let aside = self.last.times == 1 && self.last.passage.verse().is_some();
        let recency = match rank {
            // A book just named calls for its chapter.
            0 if self.last.since(now) <= BREATH_BYTES && self.last.passage.chapter().is_none() => 9,
            0 if self.last.since(now) <= ASIDE_BYTES => {
                if aside {
                    3
                } else {
                    5
                }
            }
            0 => {
                if aside {
                    1
                } else {
                    3
                }
            }
            1 => 2,
            2 => 1,
            _ => 0,
        };
        let goes_on = match self.chapter {
            // Who stays in a chapter does not name it again.
            Some(last) if rank == 0 && aside && last == chapter => 0,
            Some(last) if last.abs_diff(chapter) <= 2 => 2,
            Some(_) if self.last.times == 1 => -1,
            _ => 0,
        };
        recency + goes_on
    }
}
