//! Citations of books, chapters and verses, and related sermons.

use scripture_detector::Passage;

use mannameter::domain::{Book, Class, Document};

use crate::store::harness::{Harness, contract, document, id, save};

contract! {
    a_book_has_counts_by_chapter_verse_and_church,
    a_verse_is_cited_by_ranges_that_cover_it_but_not_by_its_chapter,
    a_chapter_is_cited_by_its_verses_and_by_ranges_that_cover_it,
    sermons_citing_a_book_are_paged_and_have_their_citations,
    related_sermons_are_ordered_by_shared_verses,
    chapters_and_verses_that_do_not_exist_are_tolerated,
}

fn passage(text: &str) -> Passage {
    Passage::parse_query(text).expect("a passage")
}

/// Returns a sermon published on `date` that cites these passages, ten seconds apart.
fn citing(id: &str, date: &str, cited: &[&str]) -> Document {
    let mut document = document(id, &format!("Sermon {id}"), 0);
    document.published_at = Some(date.to_owned());
    let sample = document.references.as_ref().expect("references")[0].clone();
    let references = cited.iter().zip(1_u32..).map(|(text, number)| {
        let passage = passage(text);
        let mut reference = sample.clone();
        reference.osis = passage.to_string();
        reference.book = passage.book();
        reference.chapter = passage.chapter();
        reference.verse = passage.verse();
        reference.end_chapter = passage.end_chapter();
        reference.end_verse = passage.end_verse();
        reference.start_seconds = Some(f64::from(number * 10));
        reference
    });
    document.references = Some(references.collect());
    document.stats.scripture_references = cited.len() as u64;
    document
}

async fn save_document(harness: &Harness, document: Document) {
    harness.store.save(&save(document)).await.expect("the save succeeds");
}

/// Returns the sermons that cite a passage, in order, each with the seconds of its citations: `b 10 30`.
async fn citing_sermons(harness: &Harness, text: &str) -> Vec<String> {
    let page = harness.store.sermons_citing(passage(text), 0, 50).await.expect("the query succeeds");
    assert_eq!(usize::try_from(page.total), Ok(page.sermons.len()), "{text}");
    let line = |sermon: &mannameter::store::CitingSermon| {
        assert_eq!(usize::try_from(sermon.citations), Ok(sermon.places.len()), "{text}");
        let seconds = sermon.places.iter().map(|place| place.seconds.expect("seconds").to_string());
        let line: Vec<_> = std::iter::once(sermon.sermon.video_id.to_string()).chain(seconds).collect();
        line.join(" ")
    };
    page.sermons.iter().map(line).collect()
}

async fn a_book_has_counts_by_chapter_verse_and_church(harness: Harness) {
    save_document(&harness, citing("a", "2026-01-01", &["Rom 8:28", "Rom 8:28", "Rom 8", "Rom", "John 3:16"])).await;
    save_document(
        &harness,
        Document { channel: "Hope".to_owned(), ..citing("b", "2026-01-02", &["Rom 8:28", "Rom 12:1-2"]) },
    )
    .await;
    let mut suspect = citing("c", "2026-01-03", &["Rom 8:28"]);
    suspect.references.as_mut().expect("references")[0].class = Class::Suspect;
    save_document(&harness, suspect).await;
    let romans =
        harness.store.book_stats(Book::from_osis("Rom").expect("a book"), 5).await.expect("the query succeeds");
    assert_eq!((romans.manna, romans.citations, romans.chapters.len()), (6, 6, 16));
    assert_eq!((romans.chapters[7], romans.chapters[11], romans.chapters[0]), ((8, 4), (12, 1), (1, 0)));
    assert_eq!(romans.passages, [(passage("Rom 8:28"), 3), (passage("Rom 12:1"), 1)]);
    let churches: Vec<_> =
        romans.churches.iter().map(|church| (church.name.as_str(), church.manna, church.sermons)).collect();
    assert_eq!(churches, [("Grace Church", 4, 2), ("Hope", 2, 1)]);
    let obadiah =
        harness.store.book_stats(Book::from_osis("Obad").expect("a book"), 5).await.expect("the query succeeds");
    assert_eq!((obadiah.citations, obadiah.chapters.as_slice(), obadiah.churches.len()), (0, &[(1, 0)][..], 0));
}

async fn a_verse_is_cited_by_ranges_that_cover_it_but_not_by_its_chapter(harness: Harness) {
    save_document(&harness, citing("a", "2026-01-01", &["Rom 8:28", "John 3:16", "Rom 8:28-30"])).await;
    save_document(&harness, citing("b", "2026-01-04", &["Rom 8:20-9:5"])).await;
    save_document(&harness, citing("c", "2026-01-03", &["Rom 7:1-8:27", "Rom 8", "Rom 7-9", "Rom"])).await;
    save_document(&harness, citing("d", "2026-01-02", &["Rom 7:25-8:28"])).await;
    assert_eq!(citing_sermons(&harness, "Rom 8:28").await, ["b 10", "d 10", "a 10 30"]);
    assert_eq!(citing_sermons(&harness, "Rom 8:29").await, ["b 10", "a 30"]);
    assert_eq!(citing_sermons(&harness, "Rom 8:1").await, ["c 10", "d 10"]);
    assert_eq!(citing_sermons(&harness, "Rom 9:5").await, ["b 10"]);
    assert_eq!(citing_sermons(&harness, "Rom 8:30-9:1").await, ["b 10", "a 30"]);
    assert!(citing_sermons(&harness, "Rom 9:6").await.is_empty());
}

async fn a_chapter_is_cited_by_its_verses_and_by_ranges_that_cover_it(harness: Harness) {
    save_document(&harness, citing("a", "2026-01-01", &["Rom 8:28", "Rom 9"])).await;
    save_document(&harness, citing("b", "2026-01-02", &["Rom 7-9", "Rom"])).await;
    assert_eq!(citing_sermons(&harness, "Rom 8").await, ["b 10", "a 10"]);
    assert_eq!(citing_sermons(&harness, "Rom 9").await, ["b 10", "a 20"]);
    assert_eq!(citing_sermons(&harness, "Rom 6-7").await, ["b 10"]);
    assert_eq!(citing_sermons(&harness, "Rom").await, ["a 10 20", "b 10 20"], "the whole book");
}

async fn sermons_citing_a_book_are_paged_and_have_their_citations(harness: Harness) {
    for (name, often) in [("a", 1), ("b", 3), ("c", 2), ("d", 15)] {
        save_document(&harness, citing(name, "2026-01-01", &vec!["Ps 23:1"; often])).await;
    }
    let psalms = Book::from_osis("Ps").expect("a book");
    let mut found = Vec::new();
    for offset in [0, 3] {
        let page = harness.store.sermons_citing_book(psalms, offset, 3).await.expect("the query succeeds");
        assert_eq!(page.total, 4);
        found.extend(
            page.sermons.into_iter().map(|one| (one.sermon.video_id.to_string(), one.citations, one.places.len())),
        );
    }
    let expected = [("d", 15, 12), ("b", 3, 3), ("c", 2, 2), ("a", 1, 1)];
    assert_eq!(found, expected.map(|(name, citations, places)| (name.to_owned(), citations, places)));
}

async fn related_sermons_are_ordered_by_shared_verses(harness: Harness) {
    save_document(&harness, citing("m", "2026-01-01", &["Rom 8:28", "John 3:16", "Rom 8:28", "Ps 23"])).await;
    save_document(&harness, citing("a", "2026-01-01", &["John 3:16"])).await;
    save_document(&harness, citing("z", "2026-01-01", &["John 3:16", "Rom 8:28", "Mark 1:1"])).await;
    save_document(&harness, citing("n", "2026-01-01", &["Mark 1:1", "Ps 23"])).await;
    let related = harness.store.related_sermons(&id("m"), 5).await.expect("the query succeeds");
    let found: Vec<_> = related.iter().map(|one| (one.sermon.video_id.as_str(), one.shared.clone())).collect();
    assert_eq!(found, [("z", vec![passage("Rom 8:28"), passage("John 3:16")]), ("a", vec![passage("John 3:16")])]);
    assert!(harness.store.related_sermons(&id("none"), 5).await.expect("the query succeeds").is_empty());
}

async fn chapters_and_verses_that_do_not_exist_are_tolerated(harness: Harness) {
    let mut invalid = citing("a", "2026-01-01", &["Rom 8:28", "Rom 8:28"]);
    let references = invalid.references.as_mut().expect("references");
    (references[0].chapter, references[0].verse) = (Some(999), Some(9999));
    (references[1].end_chapter, references[1].end_verse) = (Some(65535), Some(65535));
    save_document(&harness, invalid).await;
    let romans =
        harness.store.book_stats(Book::from_osis("Rom").expect("a book"), 5).await.expect("the query succeeds");
    assert_eq!((romans.citations, romans.chapters[7].1), (2, 1));
    assert_eq!(romans.passages, [(passage("Rom 8:28"), 1)]);
    assert_eq!(citing_sermons(&harness, "Rom 8:28").await, ["a 20"]);
}
