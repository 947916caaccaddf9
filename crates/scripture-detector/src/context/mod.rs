//! What was cited so far, and which of it a bare "verse 25" or "chapter 6" refers to.
//!
//! Every cited chapter and book in which the verse exists is a candidate for as long as it is recent. The candidate with
//! the highest weight wins. The weight depends on how recently and how often the candidate was cited, on whether the verse
//! continues the reading, and on how many words around it also occur in the verse.

mod candidate;

use std::cmp::Reverse;

use crate::{Book, canon, passage::Passage, verse_lexicon::WordSet};
use candidate::{BREATH_BYTES, Citation, CitedBook, CitedChapter};

/// The number of chapters remembered.
const MAX_CHAPTERS: usize = 8;

/// The weight of a candidate that is the main passage of the sermon.
const MAIN_PASSAGE_WEIGHT: i32 = 3;

/// The weight of the main passage when the speaker returns to it explicitly. It outweighs everything else.
const RETURN_WEIGHT: i32 = 100;

/// The information in bits that unrelated words share with a verse by chance.
const CHANCE_BITS: u32 = 3;

/// The shared information in bits that adds one to the weight of a candidate.
const BITS_PER_POINT: u32 = 2;

/// The most that shared words can add to the weight of a candidate.
const MAX_LEXICON_WEIGHT: i32 = 14;

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
    /// Whether there were several candidates and words of the verse supported this one.
    pub(super) matches_verse_text: bool,
}

/// The passages cited so far in one text.
#[derive(Debug, Default)]
pub(super) struct Context {
    /// The cited chapters, the most recent last.
    chapters: Vec<CitedChapter>,
    /// The cited books, the most recent last.
    books: Vec<CitedBook>,
    /// The chapter named most often in the whole text, including what is still ahead.
    most_named: Option<(Book, u16)>,
}

impl Context {
    /// Creates an empty context for a text in which one chapter is named most often.
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

    /// Records a citation.
    pub(super) fn cite(&mut self, passage: Passage, position: Position) {
        let book = passage.book();
        let known = self.books.iter().position(|cited| cited.book == book);
        let before = known.map(|index| self.books.remove(index));
        let times = before.map_or(0, |cited| cited.last.times) + 1;
        let chapter = passage.end_chapter().or(passage.chapter()).or(before.and_then(|cited| cited.chapter));
        self.books.push(CitedBook { book, chapter, last: Citation { passage, position, times } });

        let only_chapter = (canon::chapters(book) == 1).then_some(1);
        match passage.chapter().or(only_chapter) {
            Some(chapter) => self.cite_chapter(passage, chapter, position),
            None => self.return_to(book, position),
        }
    }

    /// Records a citation of a chapter.
    fn cite_chapter(&mut self, passage: Passage, chapter: u16, position: Position) {
        let book = passage.book();
        let verse = passage.end_verse().or(passage.verse());
        let known = self.chapters.iter().position(|cited| (cited.book, cited.chapter) == (book, chapter));
        let before = known.map(|index| self.chapters.remove(index));
        // "Romans 8, verse 28" is one citation.
        let completes_chapter = verse.is_some()
            && before.is_some_and(|cited| cited.verse.is_none() && cited.last.bytes_to(position) <= BREATH_BYTES);
        let times = before.map_or(0, |cited| cited.last.times) + u32::from(!completes_chapter);
        let opened = verse.is_none() || before.is_some_and(|cited| cited.opened);
        let furthest_verse = before.and_then(|cited| cited.furthest_verse).max(verse);
        if self.chapters.len() >= MAX_CHAPTERS
            && let Some(least) = (0..self.chapters.len()).min_by_key(|&index| (self.chapters[index].last.times, index))
        {
            self.chapters.remove(least);
        }
        let in_row = self.chapters.last().is_some_and(|before| {
            before.book != book && before.last.times == 1 && before.last.bytes_to(position) <= BREATH_BYTES
        });
        let last = Citation { passage, position, times };
        self.chapters.push(CitedChapter { book, chapter, verse, furthest_verse, opened, in_row, last });
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
    /// `returns` tells whether the speaker returns to the main passage of the sermon ("back in our passage") and `words` gives the
    /// words around the verse. Both are evaluated only if there are several candidates.
    pub(super) fn resolve_verse(
        &self,
        verse: u16,
        now: Position,
        returns: impl FnOnce() -> bool,
        words: impl FnOnce() -> WordSet,
    ) -> Option<Resolution> {
        let main = self.main_chapter();
        let is_main = |cited: &CitedChapter| main == Some((cited.book, cited.chapter));
        let is_candidate = |cited: &CitedChapter| {
            canon::has_verse(cited.book, cited.chapter, verse) && (cited.last.is_recent(now) || is_main(cited))
        };
        let has_choice = self.chapters.iter().filter(|cited| is_candidate(cited)).count() > 1;
        let (returns, words) = if has_choice { (returns(), words()) } else { (false, WordSet::default()) };
        let lexicon_weight = |cited: &CitedChapter| lexicon_weight(&words, cited.book, cited.chapter, verse);
        let candidates = self.chapters.iter().rev().enumerate().filter(|(_, cited)| is_candidate(cited));
        let (_, chosen) = candidates.max_by_key(|&(rank, cited)| {
            let main_weight = match (is_main(cited), returns) {
                (true, true) => RETURN_WEIGHT,
                (true, false) => MAIN_PASSAGE_WEIGHT,
                (false, _) => 0,
            };
            (cited.weight(rank, verse, now) + main_weight + lexicon_weight(cited), Reverse(rank))
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
        words: impl FnOnce() -> WordSet,
    ) -> Option<Resolution> {
        let main = self.books.iter().filter(|cited| cited.last.is_frequent()).max_by_key(|cited| cited.last.times);
        let main = main.map(|main| main.book).or(self.most_named.map(|(book, _)| book));
        let is_main = |cited: &CitedBook| main == Some(cited.book);
        let exists = |book: Book| match verse {
            Some(verse) => canon::has_verse(book, chapter, verse),
            None => canon::verses(book, chapter) > 0,
        };
        let is_candidate = |cited: &CitedBook| exists(cited.book) && (cited.last.is_recent(now) || is_main(cited));
        let has_choice = self.books.iter().filter(|cited| is_candidate(cited)).count() > 1;
        let words = if has_choice && verse.is_some() { words() } else { WordSet::default() };
        let lexicon_weight =
            |cited: &CitedBook| verse.map_or(0, |verse| lexicon_weight(&words, cited.book, chapter, verse));
        let candidates = self.books.iter().rev().enumerate().filter(|(_, cited)| is_candidate(cited));
        let (_, chosen) = candidates.max_by_key(|&(rank, cited)| {
            let main_weight = if is_main(cited) { MAIN_PASSAGE_WEIGHT } else { 0 };
            (cited.weight(rank, chapter, now) + main_weight + lexicon_weight(cited), Reverse(rank))
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

    /// Returns whichever of these books was cited last.
    pub(super) fn latest_of(&self, books: &[Book]) -> Option<Book> {
        self.books.iter().rev().map(|cited| cited.book).find(|book| books.contains(book))
    }
}

/// Returns the weight of the words that a set shares with a verse.
fn lexicon_weight(words: &WordSet, book: Book, chapter: u16, verse: u16) -> i32 {
    points(words.shared_bits(book, chapter, verse).unwrap_or(0))
}

/// Converts shared information in bits to a weight.
fn points(shared_bits: u32) -> i32 {
    i32::try_from(shared_bits.saturating_sub(CHANCE_BITS) / BITS_PER_POINT).unwrap_or(0).min(MAX_LEXICON_WEIGHT)
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

    /// Cites these passages at these byte offsets.
    fn context(citations: &[(&str, usize)]) -> Context {
        let mut context = Context::default();
        for &(osis, offset) in citations {
            context.cite(passage(osis), at(offset));
        }
        context
    }

    /// Returns what a bare verse refers to, without any words around it.
    fn verse(context: &Context, verse: u16, offset: usize) -> Option<String> {
        resolved_verse(context, verse, offset, false, "")
    }

    fn resolved_verse(context: &Context, verse: u16, offset: usize, returns: bool, words: &str) -> Option<String> {
        let found = context.resolve_verse(verse, at(offset), || returns, || WordSet::new(words, ""))?;
        Some(format!("{}.{}", found.book.osis(), found.chapter))
    }

    /// Returns the book that a bare chapter refers to, with the words around its verse.
    fn chapter(
        context: &Context,
        chapter: u16,
        verse: Option<u16>,
        offset: usize,
        words: &str,
    ) -> Option<&'static str> {
        context.resolve_chapter(chapter, verse, at(offset), || WordSet::new(words, "")).map(|found| found.book.osis())
    }

    #[test]
    fn shared_words_add_one_for_every_two_bits_above_chance() {
        let weights =
            [(0, 0), (3, 0), (4, 0), (5, 1), (6, 1), (7, 2), (30, 13), (31, 14), (32, 14), (33, 14), (99, 14)];
        for (bits, weight) in weights {
            assert_eq!(points(bits), weight, "{bits} bits");
        }
    }

    #[test]
    fn the_main_passage_weighs_exactly_three_more() {
        // Three citations make Mark 4 the main passage. It weighs 2 for recency, 1 for frequency and 3 for being the main
        // passage, which is 6 for a verse that does not continue the reading.
        let citations = [("Mark.4.3", 0), ("Mark.4.5", 400), ("Mark.4.9", 800), ("Luke.8.9", 1200)];
        let context = context(&citations);
        // Luke 8 is not near and was cited in passing: 3 - 3 = 0 against 6.
        assert_eq!(verse(&context, 20, 2000).as_deref(), Some("Mark.4"));
        // Verse 12 is within three verses of Luke 8:9: 3 + 2 = 5 against 2 + 2 + 1 + 3 = 8 for Mark 4:9.
        assert_eq!(verse(&context, 12, 2000).as_deref(), Some("Mark.4"));
        // Near: Luke 8 weighs 6 + 2 = 8, as much as Mark 4, and the more recent chapter wins a tie.
        assert_eq!(verse(&context, 12, 1500).as_deref(), Some("Luke.8"));
        // Out of reach of Luke 8 and ahead in Mark 4: 6 - 3 = 3 against 2 + 0 + 1 + 3 = 6.
        assert_eq!(verse(&context, 20, 1500).as_deref(), Some("Mark.4"));
    }

    #[test]
    fn a_return_to_the_main_passage_outweighs_everything() {
        let context = context(&[("Mark.4.3", 0), ("Mark.4.5", 400), ("Mark.4.9", 800), ("Luke.8.11", 1200)]);
        let words = "Now the parable is this: The seed is the word of God";
        let luke_8_12 = "Those by the way side are they that hear; then cometh the devil, and taketh away the word";
        assert_eq!(resolved_verse(&context, 12, 1210, false, luke_8_12).as_deref(), Some("Luke.8"));
        assert_eq!(resolved_verse(&context, 12, 1210, true, luke_8_12).as_deref(), Some("Mark.4"));
        assert_eq!(resolved_verse(&context, 12, 1210, true, words).as_deref(), Some("Mark.4"));
    }

    #[test]
    fn the_most_cited_chapter_is_the_main_passage_and_ties_go_to_the_most_named_one() {
        let citations = [
            ("Mark.4.3", 0),
            ("Mark.4.5", 400),
            ("Mark.4.9", 800),
            ("Luke.8.9", 1200),
            ("Luke.8.10", 1600),
            ("Luke.8.20", 2000),
        ];
        let mut tied = context(&citations);
        assert_eq!(tied.main_chapter(), Some((passage("Luke.8").book(), 8)), "the later one");
        tied.most_named = Some((passage("Mark.4").book(), 4));
        assert_eq!(tied.main_chapter(), tied.most_named);
        let twice = context(&citations[..2]);
        assert_eq!(twice.main_chapter(), None, "two citations are too few");
        assert_eq!(context(&citations[..3]).main_chapter(), Some((passage("Mark.4").book(), 4)));
        assert_eq!(
            Context::with_most_named(Some((passage("Luke").book(), 8))).main_chapter().map(|main| main.1),
            Some(8)
        );
    }

    #[test]
    fn words_of_the_verse_decide_between_candidates() {
        let context = context(&[("Rom.8", 0), ("Ps.23", 400)]);
        assert_eq!(verse(&context, 2, 450).as_deref(), Some("Ps.23"));
        let romans = "the law of the Spirit of life in Christ Jesus hath made me free from the law of sin and death";
        assert_eq!(resolved_verse(&context, 2, 450, false, romans).as_deref(), Some("Rom.8"));
        let found = context.resolve_verse(2, at(450), || false, || WordSet::new(romans, "")).expect("a candidate");
        assert!(found.matches_verse_text);
        let found = context.resolve_verse(2, at(450), || false, WordSet::default).expect("a candidate");
        assert!(!found.matches_verse_text);
        assert_eq!(found.anchor, passage("Ps.23"));
    }

    #[test]
    fn words_are_not_looked_at_when_there_is_one_candidate() {
        let context = context(&[("Rom.8", 0), ("Jude", 400)]);
        let found = context.resolve_verse(30, at(450), || panic!("one candidate"), || panic!("one candidate"));
        assert_eq!(found.map(|found| found.chapter), Some(8));
        let found = context.resolve_chapter(12, None, at(450), || panic!("no verse"));
        assert_eq!(found.map(|found| found.book), Some(passage("Rom").book()));
    }

    #[test]
    fn the_main_book_weighs_exactly_three_more() {
        // Romans weighs 2 for recency and 3 for being the main book, which is 5. Hosea, cited once with a verse, weighs
        // 1 - 1 = 0, or nearby 3 - 1 = 2, or nearby with an adjacent chapter 3 + 2 = 5, which is a tie.
        let citations = [("Rom.3.1", 0), ("Rom.3.2", 400), ("Rom.3.3", 800), ("Hos.10.12", 1200)];
        let context = context(&citations);
        assert_eq!(chapter(&context, 7, None, 1300, ""), Some("Rom"));
        assert_eq!(chapter(&context, 12, None, 1300, ""), Some("Hos"));
        assert_eq!(chapter(&context, 12, None, 2200, ""), Some("Rom"));
        assert_eq!(chapter(&context, 4, Some(2), 1300, ""), Some("Rom"));
    }

    #[test]
    fn the_book_of_the_most_named_chapter_is_the_main_book_until_one_is_cited_often() {
        let mut context = context(&[("Rom.3", 0), ("Hos.10.12", 1200)]);
        // Romans weighs 2 - 1 = 1 and Hosea 3 - 1 = 2.
        assert_eq!(chapter(&context, 7, None, 1300, ""), Some("Hos"));
        context.most_named = Some((passage("Rom.3").book(), 3));
        assert_eq!(chapter(&context, 7, None, 1300, ""), Some("Rom"));
    }

    #[test]
    fn words_of_the_verse_decide_between_books() {
        let context = context(&[("Rom", 0), ("Ps", 400)]);
        assert_eq!(chapter(&context, 8, Some(2), 410, ""), Some("Ps"));
        let romans = "the law of the Spirit of life in Christ Jesus hath made me free from the law of sin and death";
        assert_eq!(chapter(&context, 8, Some(2), 410, romans), Some("Rom"));
        assert_eq!(chapter(&context, 8, None, 410, romans), Some("Ps"), "without a verse there is nothing to compare");
    }

    #[test]
    fn eight_chapters_are_remembered_and_the_least_cited_is_forgotten_first() {
        let osis = |chapter: u16| format!("Ps.{chapter}");
        let mut context = Context::default();
        context.cite(passage("Ps.101.1"), at(0));
        context.cite(passage("Ps.101.2"), at(100));
        for chapter in 102..=108 {
            context.cite(passage(&osis(chapter)), at(usize::from(chapter) * 100));
        }
        assert_eq!(context.chapters.len(), MAX_CHAPTERS);
        context.cite(passage(&osis(109)), at(20_000));
        let chapters: Vec<u16> = context.chapters.iter().map(|cited| cited.chapter).collect();
        assert_eq!(chapters, [101, 103, 104, 105, 106, 107, 108, 109], "Psalm 101 was cited twice");
        assert_eq!(MAX_CHAPTERS, 8);
    }

    #[test]
    fn a_chapter_and_its_verse_in_one_breath_are_one_citation() {
        let times = |offset| context(&[("Rom.8", 0), ("Rom.8.28", offset)]).chapters[0].last.times;
        assert_eq!((times(BREATH_BYTES), times(BREATH_BYTES + 1)), (1, 2));
        let again = context(&[("Rom.8.1", 0), ("Rom.8.28", 10)]);
        assert_eq!(again.chapters[0].last.times, 2, "the first citation already had a verse");
        assert_eq!(again.books[0].last.times, 2);
    }

    #[test]
    fn chapters_of_different_books_in_one_breath_are_a_row() {
        let in_row = |citations: &[(&str, usize)]| context(citations).chapters.last().expect("a chapter").in_row;
        assert!(in_row(&[("Exod.3", 0), ("Acts.2", BREATH_BYTES)]));
        assert!(!in_row(&[("Exod.3", 0), ("Acts.2", BREATH_BYTES + 1)]));
        assert!(!in_row(&[("Exod.3", 0), ("Exod.4", 10)]));
        assert!(!in_row(&[("Exod.3", 0), ("Exod.3.2", 100), ("Acts.2", 110)]), "Exodus 3 was cited twice");
    }

    #[test]
    fn naming_a_book_returns_to_its_chapter() {
        let citations = [("Gal.4.3", 0), ("Gal.5.1", 400), ("Hos.10", 800), ("Gal", 1200)];
        let latest =
            |context: &Context| context.chapters.last().map(|cited| (cited.chapter, cited.last.position.offset));
        assert_eq!(latest(&context(&citations)), Some((5, 1200)), "the chapter cited last");
        let mut main = context(&citations[..3]);
        main.most_named = Some((passage("Gal.4").book(), 4));
        main.cite(passage("Gal"), at(1200));
        assert_eq!(latest(&main), Some((4, 1200)), "the main passage of the sermon");
    }

    #[test]
    fn a_citation_keeps_the_opening_and_the_furthest_verse_of_its_chapter() {
        let cited = |citations: &[(&str, usize)]| context(citations).chapters[0];
        let reading = cited(&[("Mark.4", 0), ("Mark.4.14", 400), ("Mark.4.11-Mark.4.12", 800)]);
        assert_eq!((reading.opened, reading.verse, reading.furthest_verse), (true, Some(12), Some(14)));
        assert!(!cited(&[("Mark.4.14", 0), ("Mark.4.15", 400)]).opened);
    }

    #[test]
    fn the_latest_book_is_known_while_it_is_recent() {
        let context = context(&[("1Cor.13", 0), ("2Cor.5", 400), ("Jude", 800)]);
        let book = |osis: &str| passage(osis).book();
        assert_eq!(context.latest_of(&[book("1Cor"), book("2Cor")]), Some(book("2Cor")));
        assert!(context.has_cited(book("Jude")) && !context.has_cited(book("Rom")));
        assert_eq!(context.latest(at(1000)), Some(passage("Jude")));
        assert_eq!(context.latest(at(20_000)), None);
    }
}
