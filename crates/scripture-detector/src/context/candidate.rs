//! Cited chapters and books as candidates for a bare verse or chapter, and their weights.

use super::Position;
use crate::{Book, passage::Passage};

/// How long a citation stays recent: 15 minutes or, without times, about as much text.
const RECENT_MS: u64 = 15 * 60 * 1000;
const RECENT_BYTES: usize = 13_000;

/// About a minute of speech, after which a chapter or book that was cited only once has less weight.
const ASIDE_BYTES: usize = 900;

/// Text within this distance of a citation is considered near it.
const NEAR_BYTES: usize = 300;

/// About as much text as is said in one breath.
pub(super) const BREATH_BYTES: usize = 60;

/// How often a chapter or book must be cited to be considered the main passage of the sermon.
const FREQUENT_TIMES: u32 = 3;

/// The weight of a verse in the range announced last.
const ANNOUNCED_WEIGHT: i32 = 5;

/// The last citation of a chapter or book.
#[derive(Debug, Clone, Copy)]
pub(super) struct Citation {
    pub(super) passage: Passage,
    pub(super) position: Position,
    /// How often the chapter or book was cited, this citation included.
    pub(super) times: u32,
}

/// A chapter that was cited.
#[derive(Debug, Clone, Copy)]
pub(super) struct CitedChapter {
    pub(super) book: Book,
    pub(super) chapter: u16,
    /// The verse cited last.
    pub(super) verse: Option<u16>,
    /// The highest verse cited.
    pub(super) furthest_verse: Option<u16>,
    /// The first and last verse of the range announced last: "Hebrews 9, verses 11 to 15".
    pub(super) range: Option<(u16, u16)>,
    /// Whether the chapter was ever cited without a verse, as at the start of a reading.
    pub(super) opened: bool,
    /// Whether it was cited in a row with a chapter of another book ("Exodus 3, Acts 2").
    pub(super) in_row: bool,
    pub(super) last: Citation,
}

/// A book that was named or cited.
#[derive(Debug, Clone, Copy)]
pub(super) struct CitedBook {
    pub(super) book: Book,
    /// The chapter cited last.
    pub(super) chapter: Option<u16>,
    /// How often a chapter or verse of the book was cited.
    pub(super) times_with_chapter: u32,
    pub(super) last: Citation,
}

impl Citation {
    /// Returns whether the chapter or book was cited so often that the sermon may be about it.
    pub(super) fn is_frequent(&self) -> bool {
        self.times >= FREQUENT_TIMES
    }

    /// Returns whether a bare verse or chapter may still refer to the citation.
    pub(super) fn is_recent(&self, now: Position) -> bool {
        match (self.position.time_ms, now.time_ms) {
            (Some(then), Some(now)) => now.saturating_sub(then) <= RECENT_MS,
            _ => self.bytes_to(now) <= RECENT_BYTES,
        }
    }

    /// Returns the bytes of text between the citation and a later position.
    pub(super) fn bytes_to(&self, now: Position) -> usize {
        now.offset.saturating_sub(self.position.offset)
    }
}

impl CitedChapter {
    /// Returns the weight of the chapter as a candidate for a verse. `rank` is the number of chapters cited since.
    pub(super) fn weight(&self, rank: usize, verse: u16, now: Position) -> i32 {
        self.recency(rank, now) + self.continuity(rank, verse, now) + i32::from(self.last.is_frequent())
    }

    fn is_near(&self, rank: usize, now: Position) -> bool {
        rank == 0 && self.last.bytes_to(now) <= NEAR_BYTES
    }

    /// Returns whether the chapter ended a row of citations that is over.
    fn is_past_row(&self, now: Position) -> bool {
        self.in_row && self.last.bytes_to(now) > BREATH_BYTES
    }

    /// Weighs how recently the chapter was cited.
    fn recency(&self, rank: usize, now: Position) -> i32 {
        match rank {
            // A row of parallel passages is an aside.
            0 if self.is_past_row(now) && self.verse.is_none() => 2,
            0 if self.is_near(rank, now) => 6,
            0 if self.last.times == 1 && self.last.bytes_to(now) > ASIDE_BYTES => 1,
            0 => 3,
            1 => 2,
            2 => 1,
            _ => 0,
        }
    }

    /// Weighs whether the verse continues the reading of the chapter.
    fn continuity(&self, rank: usize, verse: u16, now: Position) -> i32 {
        let announced = self.range.is_some_and(|(first, last)| (first..=last).contains(&verse));
        let Some(last) = self.verse else {
            // The last chapter of a range that spans chapters.
            if announced {
                return 3;
            }
            // The verse of a chapter usually follows right after it.
            return if self.is_near(rank, now) && !self.is_past_row(now) { 4 } else { 1 };
        };
        // Most sermons walk through an announced range. The end of the range is not where the speaker is reading.
        if announced && rank == 0 && self.last.bytes_to(now) <= ASIDE_BYTES {
            return ANNOUNCED_WEIGHT;
        }
        let cited_in_passing = self.last.times == 1 && !self.opened;
        let in_same_breath = self.opened && self.last.bytes_to(now) <= BREATH_BYTES;
        let ahead = i32::from(verse) - i32::from(last);
        match ahead {
            1 if rank <= 1 => 5,
            1 => 3,
            _ if announced => {
                if rank == 0 {
                    3
                } else {
                    2
                }
            }
            // A verse cited in passing is rarely followed by an earlier or much later one.
            _ if cited_in_passing && !matches!(ahead, 2 | 3) => -3,
            _ if ahead < 0 && !self.last.is_frequent() && !in_same_breath => -3,
            0..=3 => 2,
            // After looking back, the reading continues where it was.
            _ if self.furthest_verse.is_some_and(|furthest| verse == furthest.saturating_add(1)) => 3,
            _ => 0,
        }
    }
}

impl CitedBook {
    /// Returns the weight of the book as a candidate for a chapter. `rank` is the number of books cited since.
    pub(super) fn weight(&self, rank: usize, chapter: u16, now: Position) -> i32 {
        self.recency(rank, now) + self.continuity(rank, chapter)
    }

    /// Returns whether the book was cited only once, with a verse. It may have been named before.
    fn is_aside(&self) -> bool {
        self.times_with_chapter == 1 && self.last.passage.verse().is_some()
    }

    /// Weighs how recently the book was cited.
    fn recency(&self, rank: usize, now: Position) -> i32 {
        let bytes = self.last.bytes_to(now);
        match rank {
            // The chapter of a book usually follows right after it.
            0 if bytes <= BREATH_BYTES && self.last.passage.chapter().is_none() => 9,
            // "That's Tobit 2, 1 to 4. And in chapter 12".
            0 if bytes <= BREATH_BYTES && self.is_aside() && self.last.passage.end_verse().is_some() => 6,
            0 if bytes <= ASIDE_BYTES && self.is_aside() => 3,
            0 if bytes <= ASIDE_BYTES => 5,
            0 if self.is_aside() => 1,
            0 => 3,
            1 => 2,
            2 => 1,
            _ => 0,
        }
    }

    /// Weighs whether the chapter continues the reading of the book.
    fn continuity(&self, rank: usize, chapter: u16) -> i32 {
        match self.chapter {
            // A speaker who stays in a chapter does not name it again.
            Some(last) if rank == 0 && self.is_aside() && last == chapter => 0,
            Some(last) if last.abs_diff(chapter) <= 2 => 2,
            Some(_) if self.last.times == 1 => -1,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage(osis: &str) -> Passage {
        osis.parse().expect("a passage")
    }

    fn at(offset: usize) -> Position {
        Position { offset, time_ms: None }
    }

    /// Returns Mark 4, cited `times` times at offset 0, most recently with `verse`.
    fn mark_4(verse: Option<u16>, times: u32) -> CitedChapter {
        let passage = passage("Mark.4");
        let last = Citation { passage, position: at(0), times };
        CitedChapter {
            book: passage.book(),
            chapter: 4,
            verse,
            furthest_verse: verse,
            range: None,
            opened: true,
            in_row: false,
            last,
        }
    }

    /// Returns the book of a passage, cited `times` times at offset 0.
    fn book(osis: &str, times: u32) -> CitedBook {
        let passage = passage(osis);
        let last = Citation { passage, position: at(0), times };
        CitedBook { book: passage.book(), chapter: passage.chapter(), times_with_chapter: times, last }
    }

    #[test]
    fn a_citation_is_recent_for_a_quarter_of_an_hour_or_13_000_bytes() {
        let citation = mark_4(None, 1).last;
        assert!(citation.is_recent(at(13_000)) && !citation.is_recent(at(13_001)));
        let timed = Citation { position: Position { offset: 0, time_ms: Some(1000) }, ..citation };
        let now = |time_ms| Position { offset: 99_999, time_ms: Some(time_ms) };
        assert!(timed.is_recent(now(901_000)) && !timed.is_recent(now(901_001)));
    }

    #[test]
    fn three_citations_are_frequent() {
        assert!(!mark_4(None, 2).last.is_frequent());
        assert!(mark_4(None, 3).last.is_frequent());
    }

    #[test]
    fn a_frequent_chapter_weighs_one_more() {
        assert_eq!(mark_4(Some(3), 2).weight(1, 20, at(400)), 2);
        assert_eq!(mark_4(Some(3), 3).weight(1, 20, at(400)), 3);
    }

    #[test]
    fn recency_of_a_chapter() {
        let twice = mark_4(Some(3), 2);
        let once = mark_4(Some(3), 1);
        assert_eq!(twice.recency(0, at(300)), 6, "near");
        assert_eq!(twice.recency(0, at(301)), 3, "no longer near");
        assert_eq!(twice.recency(0, at(5000)), 3, "cited twice");
        assert_eq!(once.recency(0, at(900)), 3);
        assert_eq!(once.recency(0, at(901)), 1, "cited once, some time ago");
        assert_eq!([1, 2, 3, 9].map(|rank| twice.recency(rank, at(10))), [2, 1, 0, 0], "others were cited since");
        let in_row = CitedChapter { in_row: true, ..mark_4(None, 1) };
        assert_eq!(in_row.recency(0, at(60)), 6, "the row may continue");
        assert_eq!(in_row.recency(0, at(61)), 2, "the row is over");
        assert_eq!(CitedChapter { verse: Some(3), ..in_row }.recency(0, at(61)), 6, "only rows of chapters are asides");
        assert_eq!(in_row.recency(1, at(61)), 2);
    }

    #[test]
    fn continuity_after_a_chapter_without_a_verse() {
        let chapter = mark_4(None, 1);
        assert_eq!(chapter.continuity(0, 20, at(300)), 4, "near");
        assert_eq!(chapter.continuity(0, 20, at(301)), 1);
        assert_eq!(chapter.continuity(1, 20, at(10)), 1, "another chapter was cited since");
        let in_row = CitedChapter { in_row: true, ..chapter };
        assert_eq!((in_row.continuity(0, 20, at(60)), in_row.continuity(0, 20, at(61))), (4, 1));
    }

    #[test]
    fn continuity_after_a_verse() {
        let reading = mark_4(Some(10), 2);
        let weight = |verse| reading.continuity(0, verse, at(400));
        assert_eq!((weight(11), weight(10), weight(12), weight(13)), (5, 2, 2, 2), "the next verses");
        assert_eq!(weight(14), 0, "further ahead");
        assert_eq!((weight(9), weight(1)), (-3, -3), "back");
        assert_eq!([0, 1, 2, 3].map(|rank| reading.continuity(rank, 11, at(400))), [5, 5, 3, 3]);
    }

    #[test]
    fn going_back_is_normal_in_the_main_passage_and_in_one_breath() {
        let weight =
            |times, opened, bytes| CitedChapter { opened, ..mark_4(Some(10), times) }.continuity(0, 4, at(bytes));
        assert_eq!(weight(3, true, 400), 0, "the main passage of the sermon");
        assert_eq!((weight(2, true, 60), weight(2, true, 61)), (0, -3));
        assert_eq!(weight(2, false, 60), -3, "the chapter was not opened");
    }

    #[test]
    fn a_verse_cited_in_passing_is_followed_by_the_next_three_at_most() {
        let in_passing = CitedChapter { opened: false, ..mark_4(Some(10), 1) };
        let weight = |verse| in_passing.continuity(0, verse, at(30));
        assert_eq!([8, 9, 10, 11, 12, 13, 14, 20].map(weight), [-3, -3, -3, 5, 2, 2, -3, -3]);
        let twice = CitedChapter { opened: false, ..mark_4(Some(10), 2) };
        assert_eq!(twice.continuity(0, 14, at(30)), 0);
        assert_eq!(mark_4(Some(10), 1).continuity(0, 14, at(400)), 0, "the chapter was opened");
    }

    #[test]
    fn after_looking_back_the_reading_continues_where_it_was() {
        let looked_back = CitedChapter { furthest_verse: Some(14), ..mark_4(Some(10), 2) };
        assert_eq!([14, 15, 16].map(|verse| looked_back.continuity(0, verse, at(400))), [0, 3, 0]);
    }

    #[test]
    fn a_verse_in_the_announced_range_continues_the_reading() {
        let announced = CitedChapter { range: Some((11, 15)), opened: false, ..mark_4(Some(15), 1) };
        let weight = |rank, verse| announced.continuity(rank, verse, at(400));
        assert_eq!([10, 11, 13, 15, 16].map(|verse| weight(0, verse)), [-3, 5, 5, 5, 5]);
        let later = |verse| announced.continuity(0, verse, at(901));
        assert_eq!([10, 11, 13, 16].map(later), [-3, 3, 3, 5], "some time ago");
        assert_eq!(
            [10, 11, 13, 15, 16].map(|verse| weight(1, verse)),
            [-3, 2, 2, 2, 5],
            "another chapter was cited since"
        );
    }

    #[test]
    fn recency_of_a_book() {
        let named = book("Rom", 2);
        assert_eq!((named.recency(0, at(60)), named.recency(0, at(61))), (9, 5), "named just now");
        assert_eq!((named.recency(0, at(900)), named.recency(0, at(901))), (5, 3));
        let aside = book("Rom.8.28", 1);
        assert_eq!((aside.recency(0, at(10)), aside.recency(0, at(900)), aside.recency(0, at(901))), (3, 3, 1));
        let range = book("Tob.2.1-Tob.2.4", 1);
        assert_eq!([60, 61, 901].map(|bytes| range.recency(0, at(bytes))), [6, 3, 1], "a range was just read");
        assert_eq!(book("Rom.8.28", 2).recency(0, at(10)), 5, "cited twice is not an aside");
        assert_eq!(book("Rom.8", 1).recency(0, at(10)), 5, "a chapter is not an aside");
        assert_eq!([1, 2, 3, 9].map(|rank| named.recency(rank, at(10))), [2, 1, 0, 0], "others were cited since");
    }

    #[test]
    fn a_book_named_before_its_only_verse_is_still_an_aside() {
        let named_before = CitedBook { times_with_chapter: 1, ..book("Esth.1.1", 2) };
        assert_eq!([10, 900, 901].map(|bytes| named_before.recency(0, at(bytes))), [3, 3, 1]);
    }

    #[test]
    fn continuity_of_a_book() {
        let twice = book("Rom.8", 2);
        assert_eq!([5, 6, 7, 8, 9, 10, 11].map(|chapter| twice.continuity(0, chapter)), [0, 2, 2, 2, 2, 2, 0]);
        let once = book("Rom.8", 1);
        assert_eq!((once.continuity(0, 10), once.continuity(0, 11)), (2, -1));
        let aside = book("Rom.8.28", 1);
        assert_eq!((aside.continuity(0, 8), aside.continuity(0, 9), aside.continuity(1, 8)), (0, 2, 2));
        assert_eq!(book("Rom", 1).continuity(0, 8), 0, "no chapter was cited");
    }
}
