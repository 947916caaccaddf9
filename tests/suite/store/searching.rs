//! The search over titles, churches and spoken words.

use mannameter::{
    domain::Document,
    search::WordQuery,
    store::{StoredCaptions, SaveVideo, IndexedText},
};

use crate::store::harness::{Harness, at, contract, document, id, save, transcript};

contract! {
    words_are_found_in_speech_titles_and_churches_best_first,
    nothing_that_is_typed_is_an_error,
    words_follow_every_kind_of_write,
    words_that_a_write_passed_by_are_made_anew,
    a_sermon_without_captions_is_found_by_the_words_around_its_references,
    a_text_of_too_many_different_words_is_kept_all_the_same,
    churches_are_found_by_a_part_of_their_name,
    results_come_in_pages,
}

async fn found(harness: &Harness, query: &str) -> Vec<String> {
    let page = harness.store.search(&WordQuery::parse(query), 0, 50).await.expect("an answer");
    assert_eq!(usize::try_from(page.total), Ok(page.hits.len()), "{query}");
    page.hits.into_iter().map(|hit| hit.sermon.video_id.to_string()).collect()
}

/// Captions of one line.
fn captions(words: &str) -> StoredCaptions {
    transcript(&format!("1\n00:00:01,000 --> 00:00:03,000\n{words}\n"))
}

fn with(document: Document, words: &str) -> SaveVideo {
    SaveVideo { transcript: Some(captions(words)), ..save(document) }
}

async fn keep(harness: &Harness, save: SaveVideo) {
    harness.store.save(&save).await.expect("it is saved");
}

async fn words_are_found_in_speech_titles_and_churches_best_first(harness: Harness) {
    keep(&harness, with(document("a", "On patience", 0), "the father runs to meet his prodigal son")).await;
    keep(&harness, with(document("b", "The prodigal", 0), "a son comes home")).await;
    keep(&harness, with(document("c", "Other", 0), "nothing of the kind")).await;
    assert_eq!(found(&harness, "prodigal").await, ["b", "a"], "a title weighs more");
    assert_eq!(found(&harness, "PRODIGALS son's").await, ["b", "a"]);
    assert_eq!(found(&harness, "prodigal father").await, ["a"]);
    assert_eq!(found(&harness, "\"his prodigal son\"").await, ["a"]);
    assert!(found(&harness, "\"prodigal his\"").await.is_empty());
    assert_eq!(found(&harness, "grace church").await.len(), 3, "the church's name");
    assert!(found(&harness, "prodigal absent").await.is_empty());
    assert!(found(&harness, "").await.is_empty());
}

async fn nothing_that_is_typed_is_an_error(harness: Harness) {
    keep(&harness, with(document("a", "T", 0), "or and not near the words in question")).await;
    for query in [
        "\"",
        "a OR",
        "AND",
        "NOT near",
        "NEAR(a b)",
        "title:words",
        "words*",
        "^words",
        "-words",
        "{words}",
        "(((",
        "a:b | c & !d",
        "<-> words",
        "'words",
        "'; drop table spoken; --",
        "\\",
        "words\0",
        "🙏",
        "%_",
        "\"words in\" \"",
        "ʼn",
        "ﬁnd",
        "İstanbul",
    ] {
        let found = harness.store.search(&WordQuery::parse(query), 0, 50).await;
        assert!(found.is_ok(), "{query:?}: {found:?}");
    }
    assert_eq!(found(&harness, "\"words in\"*").await, ["a"]);
}

async fn words_follow_every_kind_of_write(harness: Harness) {
    keep(&harness, with(document("a", "First", 0), "apples")).await;
    keep(&harness, with(document("a", "Second", 1), "bananas")).await;
    assert_eq!((found(&harness, "apples").await.len(), found(&harness, "first").await.len()), (0, 0));
    assert_eq!(found(&harness, "bananas second").await, ["a"]);
    // Without captions of its own, a new version keeps those that are there.
    keep(&harness, save(document("a", "Third", 2))).await;
    assert_eq!(found(&harness, "bananas third").await, ["a"]);
    assert!(found(&harness, "second").await.is_empty());
    harness.store.delete_video(&id("a"), "admin", at(9)).await.expect("it is deleted");
    assert!(found(&harness, "bananas").await.is_empty());
    assert_eq!(harness.store.catch_up_search_index().await.expect("an answer"), 0, "there is nothing left to do");
    assert_eq!(harness.ask("select count(*) from spoken").await, 0);
}

async fn words_that_a_write_passed_by_are_made_anew(harness: Harness) {
    for number in 0..45 {
        keep(&harness, with(document(&format!("v{number:02}"), "T", 0), &format!("word{number}"))).await;
    }
    let state = harness.checked_state().await;
    // A release that does not know the words deletes a sermon, and replaces two others.
    harness
        .run(
            "delete from mentions where video_id = 'v07'; delete from transcripts where video_id = 'v07';
            delete from videos where video_id = 'v07';
            update spoken set document_sha256 = 'old' where video_id in ('v08', 'v44');
            update spoken_state set epoch = epoch - 1",
        )
        .await;
    let gone = harness.store.search(&WordQuery::parse("word7"), 0, 5).await.expect("an answer");
    assert!(gone.hits.is_empty(), "one that is gone is never shown");
    assert_eq!(harness.store.catch_up_search_index().await.expect("it is done"), 2);
    assert_eq!(harness.store.catch_up_search_index().await.expect("it is done"), 0);
    assert_eq!(found(&harness, "word44").await, ["v44"]);
    assert_eq!(harness.ask("select count(*) from spoken").await, 44);
    assert_eq!(harness.store.state().await.expect("a state").seq, state.seq, "the position stays");
    harness.run("update spoken_state set version = 0").await;
    assert_eq!(harness.store.catch_up_search_index().await.expect("it is done"), 44, "words of another version");
    assert_eq!(found(&harness, "word12").await, ["v12"]);
}

async fn a_sermon_without_captions_is_found_by_the_words_around_its_references(harness: Harness) {
    let mut told = document("a", "T", 0);
    "the woman at the well of Sychar".clone_into(&mut told.references.as_mut().expect("references")[0].context);
    keep(&harness, save(told)).await;
    let page = harness.store.search(&WordQuery::parse("sychar"), 0, 5).await.expect("an answer");
    assert!(matches!(&page.hits[0].words, IndexedText::Document(document) if document.contains("Sychar")));
    keep(&harness, with(document("b", "T", 0), "the well of Sychar")).await;
    let page = harness.store.search(&WordQuery::parse("sychar"), 0, 5).await.expect("an answer");
    assert!(page.hits.iter().any(|hit| matches!(&hit.words, IndexedText::Transcript(raw) if raw.format == "srt")));
}

async fn a_text_of_too_many_different_words_is_kept_all_the_same(harness: Harness) {
    let text = (0..400_000_u32).map(|number| format!("w{number:x}")).collect::<Vec<_>>().join(" ");
    let raw = StoredCaptions { body: text.into_bytes(), format: "plain".to_owned(), language: None };
    keep(&harness, SaveVideo { transcript: Some(raw), ..save(document("a", "T", 0)) }).await;
    assert_eq!(found(&harness, "w1f").await, ["a"]);
    let long = StoredCaptions { body: "x".repeat(3_000_000).into_bytes(), format: "plain".to_owned(), language: None };
    keep(&harness, SaveVideo { transcript: Some(long), ..save(document("b", "T", 0)) }).await;
    let nul = StoredCaptions { body: b"before\0after".to_vec(), format: "plain".to_owned(), language: None };
    keep(&harness, SaveVideo { transcript: Some(nul), ..save(document("c", "nul\0title", 0)) }).await;
}

async fn churches_are_found_by_a_part_of_their_name(harness: Harness) {
    for (name, church) in [("a", "Grace Church"), ("b", "St. Mary's Grace"), ("c", "Hope"), ("d", "Grace Church")] {
        keep(&harness, save(Document { channel: church.to_owned(), ..document(name, "T", 0) })).await;
    }
    let names = async |query: &str| -> Vec<String> {
        let churches = harness.store.churches_like(query, 5).await.expect("an answer");
        churches.into_iter().map(|church| church.name).collect()
    };
    assert_eq!(names("GRACE").await, ["Grace Church", "St. Mary's Grace"]);
    assert_eq!(names("st mary's").await, ["St. Mary's Grace"]);
    for query in ["%", "_", "", "'", "nowhere"] {
        assert!(names(query).await.is_empty(), "{query:?}");
    }
}

async fn results_come_in_pages(harness: Harness) {
    for number in 0..7 {
        keep(&harness, with(document(&format!("v{number}"), "T", 0), "manna")).await;
    }
    let mut ids = Vec::new();
    for skip in [0, 3, 6, 9] {
        let page = harness.store.search(&WordQuery::parse("manna"), skip, 3).await.expect("an answer");
        assert_eq!(page.total, 7);
        ids.extend(page.hits.into_iter().map(|hit| hit.sermon.video_id.to_string()));
    }
    ids.sort();
    assert_eq!(ids, (0..7).map(|number| format!("v{number}")).collect::<Vec<_>>());
}
