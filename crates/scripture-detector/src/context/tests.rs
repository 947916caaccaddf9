//! Tests of the resolution of bare verses and chapters, with the exact weights.

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
    let found = context.resolve_verse(verse..=verse, at(offset), None, || returns, || WordSet::new(words, ""))?;
    Some(format!("{}.{}", found.book.osis(), found.chapter))
}

/// Returns the book that a bare chapter refers to, with the words around its verse.
fn chapter(context: &Context, chapter: u16, verse: Option<u16>, offset: usize, words: &str) -> Option<&'static str> {
    context
        .resolve_chapter(chapter, verse, at(offset), || false, || WordSet::new(words, ""))
        .map(|found| found.book.osis())
}

#[test]
fn shared_words_add_one_for_every_two_bits_above_chance() {
    let weights = [(0, 0), (3, 0), (4, 0), (5, 1), (6, 1), (7, 2), (30, 13), (31, 14), (32, 14), (33, 14), (99, 14)];
    for (bits, weight) in weights {
        assert_eq!(points(bits), weight, "{bits} bits");
    }
}

#[test]
fn the_main_passage_moves_on_to_the_next_chapter_that_is_read() {
    let mut citations =
        vec![("Jonah.1.1", 0), ("Jonah.1.5", 300), ("Jonah.1.17", 600), ("Jonah.2", 700), ("Jonah.2.3", 800)];
    citations.extend([("Ps.42.1", 900), ("John.15.1", 1000)]);
    assert_eq!(verse(&context(&citations), 9, 1400).as_deref(), Some("Jonah.2"));
    // A chapter of which nothing was read was only mentioned.
    citations.remove(4);
    assert_eq!(verse(&context(&citations), 9, 1400).as_deref(), Some("Jonah.1"));
}

#[test]
fn the_main_passage_weighs_exactly_three_more() {
    // Three citations make Mark 4 the main passage. It weighs 2 for recency, 1 for frequency and 3 for being the main
    // passage, which is 6 for a verse that does not continue the reading.
    let cited = context(&[("Mark.4.3", 0), ("Mark.4.5", 400), ("Mark.4.30", 800), ("Luke.8.9", 1200)]);
    // Luke 8, cited nearby, weighs 6 + 2 = 8 for one of the next verses, and 6 - 3 = 3 for any other.
    assert_eq!(verse(&cited, 12, 1500).as_deref(), Some("Luke.8"));
    assert_eq!(verse(&cited, 20, 1500).as_deref(), Some("Mark.4"));
    // Further away it weighs 3 + 2 = 5, one less than Mark 4. The more recent chapter would win a tie.
    assert_eq!(verse(&cited, 12, 1501).as_deref(), Some("Mark.4"));
    // Mark 4 weighs 2 + 5 + 1 + 3 = 11 for its next verse, and Luke 8 then weighs 6 - 3 = 3.
    assert_eq!(verse(&cited, 31, 1500).as_deref(), Some("Mark.4"));
    // With 2 more for a verse up to three ahead, Mark 4 ties with Luke 8, and the more recent chapter wins.
    let tied = context(&[("Mark.4.3", 0), ("Mark.4.5", 400), ("Mark.4.9", 800), ("Luke.8.9", 1200)]);
    assert_eq!(verse(&tied, 12, 1500).as_deref(), Some("Luke.8"));
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
    assert_eq!(Context::with_most_named(Some((passage("Luke").book(), 8))).main_chapter().map(|main| main.1), Some(8));
}

#[test]
fn words_of_the_verse_decide_between_candidates() {
    let context = context(&[("Rom.8", 0), ("Ps.23", 400)]);
    assert_eq!(verse(&context, 2, 450).as_deref(), Some("Ps.23"));
    let romans = "the law of the Spirit of life in Christ Jesus hath made me free from the law of sin and death";
    assert_eq!(resolved_verse(&context, 2, 450, false, romans).as_deref(), Some("Rom.8"));
    let found =
        context.resolve_verse(2..=2, at(450), None, || false, || WordSet::new(romans, "")).expect("a candidate");
    assert!(found.matches_verse_text);
    let found = context.resolve_verse(2..=2, at(450), None, || false, WordSet::default).expect("a candidate");
    assert!(!found.matches_verse_text);
    assert_eq!(found.anchor, passage("Ps.23"));
}

#[test]
fn words_are_not_looked_at_when_they_cannot_decide() {
    let one = context(&[("Rom.8", 0), ("Jude", 400)]);
    let found = one.resolve_verse(30..=30, at(450), None, || panic!("one candidate"), || panic!("one candidate"));
    assert_eq!(found.map(|found| found.chapter), Some(8));
    let found = one.resolve_chapter(12, Some(2), at(450), || false, || panic!("one candidate"));
    assert_eq!(found.map(|found| found.book), Some(passage("Rom").book()));
    let two = context(&[("Rom", 0), ("Ps", 400)]);
    let found = two.resolve_chapter(8, None, at(450), || false, || panic!("no verse")).expect("a candidate");
    assert_eq!((found.book, found.matches_verse_text), (passage("Ps").book(), false));
}

#[test]
fn the_main_book_weighs_exactly_three_more() {
    // Romans weighs 2 for recency and 3 for being the main book, which is 5.
    let after_romans = |last| context(&[("Rom.3.1", 0), ("Rom.3.2", 400), ("Rom.3.3", 800), (last, 1200)]);
    // Hosea, cited once with a verse, weighs 3 - 1 = 2, or 3 + 2 = 5 for an adjacent chapter. That is a tie.
    let hosea = after_romans("Hos.10.12");
    assert_eq!(chapter(&hosea, 7, None, 1300, ""), Some("Rom"));
    assert_eq!(chapter(&hosea, 12, None, 1300, ""), Some("Hos"));
    assert_eq!(chapter(&hosea, 12, None, 2200, ""), Some("Rom"));
    assert_eq!(chapter(&hosea, 4, Some(2), 1300, ""), Some("Rom"));
    // Cited once without a verse, it weighs 5 - 1 = 4, one less than Romans.
    assert_eq!(chapter(&after_romans("Hos.10"), 7, None, 1300, ""), Some("Rom"));
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
    let found =
        context.resolve_chapter(8, Some(2), at(410), || false, || WordSet::new(romans, "")).expect("a candidate");
    assert!(found.matches_verse_text);
    let found = context.resolve_chapter(8, Some(2), at(410), || false, WordSet::default).expect("a candidate");
    assert!(!found.matches_verse_text);
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
fn the_oldest_of_equally_often_cited_chapters_is_forgotten_first() {
    let osis: Vec<String> = (101..=109).map(|chapter| format!("Ps.{chapter}")).collect();
    let citations: Vec<(&str, usize)> =
        osis.iter().enumerate().map(|(index, osis)| (osis.as_str(), index * 100)).collect();
    let chapters: Vec<u16> = context(&citations).chapters.iter().map(|cited| cited.chapter).collect();
    assert_eq!(chapters, [102, 103, 104, 105, 106, 107, 108, 109]);
}

#[test]
fn the_chapters_cited_last_are_never_forgotten() {
    let mut context = Context::default();
    for chapter in 101..=108_u16 {
        for verse in 1..=3 {
            context.cite(passage(&format!("Ps.{chapter}.{verse}")), at(usize::from(chapter) * 100));
        }
    }
    for chapter in 51..=54_u16 {
        context.cite(passage(&format!("Isa.{chapter}")), at(20_000));
    }
    let chapters: Vec<u16> = context.chapters.iter().map(|cited| cited.chapter).collect();
    assert_eq!(chapters, [105, 106, 107, 108, 51, 52, 53, 54]);
    context.cite(passage("Isa.55"), at(20_100));
    let chapters: Vec<u16> = context.chapters.iter().map(|cited| cited.chapter).collect();
    assert_eq!(chapters, [105, 106, 107, 108, 52, 53, 54, 55], "the one cited once before the last four");
}

#[test]
fn a_verse_of_the_announced_range_stays_there_though_another_chapter_is_the_main_passage() {
    let cited =
        context(&[("Rom.8", 0), ("Rom.8.1", 400), ("Rom.8.9", 800), ("Rom.8.12", 900), ("Heb.9.11-Heb.9.15", 1000)]);
    // Hebrews 9 weighs 3 + 5 = 8 far from its citation, and Romans 8 weighs 2 + 5 + 1 + 3 = 11 for its next verse only.
    assert_eq!(verse(&cited, 14, 1400).as_deref(), Some("Heb.9"));
    assert_eq!(verse(&cited, 11, 1400).as_deref(), Some("Heb.9"));
    let spanning = context(&[("Isa.52.13-Isa.53.12", 0)]);
    assert_eq!(verse(&spanning, 14, 100).as_deref(), Some("Isa.52"));
    assert_eq!(verse(&spanning, 5, 100).as_deref(), Some("Isa.53"));
}

#[test]
fn a_withdrawn_citation_is_forgotten() {
    let mut cited = context(&[("Luke.4.1", 0), ("Mark.4.3", 100)]);
    cited.withdraw_last();
    assert_eq!(verse(&cited, 5, 200).as_deref(), Some("Luke.4"));
    assert!(!cited.has_cited(passage("Mark").book()));
}

#[test]
fn a_book_of_one_chapter_is_a_candidate_for_a_verse() {
    assert_eq!(verse(&context(&[("Jude", 0)]), 24, 100).as_deref(), Some("Jude.1"));
    assert_eq!(verse(&context(&[("Rom", 0)]), 24, 100), None);
    assert_eq!(verse(&context(&[("Hag", 0)]), 2, 100), None, "Haggai has two chapters");
}

#[test]
fn one_point_of_shared_words_is_a_match() {
    let psalms = context(&[("Ps.23", 0), ("Ps.24", 400)]);
    // "Water" has five or six bits of information.
    let water = || WordSet::new("water", "");
    assert_eq!(lexicon_weight(&water(), passage("Ps").book(), 23, 2..=2), 1);
    assert_eq!(lexicon_weight(&water(), passage("Ps").book(), 23, 99..=99), 0, "there is no such verse");
    let found = psalms.resolve_verse(2..=2, at(1500), None, || true, water).expect("a candidate");
    assert_eq!((found.chapter, found.matches_verse_text), (23, true));
    let books = context(&[("Isa", 0), ("Ps", 400)]);
    let found = books.resolve_chapter(23, Some(2), at(1500), || false, water).expect("a candidate");
    assert_eq!((found.book, found.matches_verse_text), (passage("Ps").book(), true));
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
    let latest = |context: &Context| context.chapters.last().map(|cited| (cited.chapter, cited.last.position.offset));
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

#[test]
fn a_hint_at_a_book_brings_its_chapter_back() {
    let context = context(&[("1Cor.15", 0), ("Ps.37", 400)]);
    let resolved = |hint: Option<&str>| {
        let hint = hint.map(|osis| Book::from_osis(osis).expect("a book"));
        let found = context.resolve_verse(36..=36, at(1200), hint, || false, WordSet::default).expect("a candidate");
        found.book.osis()
    };
    assert_eq!((resolved(None), resolved(Some("1Cor")), resolved(Some("Rom"))), ("Ps", "1Cor", "Ps"));
}
