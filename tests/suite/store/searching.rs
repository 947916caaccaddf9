//! Full-text search over titles, churches and transcripts.

use mannameter::{
    domain::Document,
    search::WordQuery,
    store::{IndexedText, SaveRequest, StoredCaptions},
};

use crate::store::harness::{Harness, at, contract, document, id, new_id, save, transcript};

contract! {
    transcripts_titles_and_churches_are_searched_best_first,
    no_query_is_an_error,
    every_kind_of_write_updates_the_index,
    stale_index_entries_are_rebuilt,
    a_sermon_without_captions_is_found_by_the_text_around_its_references,
    very_long_transcripts_are_indexed_in_part,
    churches_are_found_by_part_of_their_name,
    results_are_paged,
}

async fn search(harness: &Harness, query: &str) -> Vec<String> {
    let page = harness.store.search(&WordQuery::parse(query), 0, 50).await.expect("the query succeeds");
    assert_eq!(usize::try_from(page.total), Ok(page.hits.len()), "{query}");
    page.hits.into_iter().map(|hit| hit.sermon.video_id.to_string()).collect()
}

/// Returns captions with one line.
fn captions(text: &str) -> StoredCaptions {
    transcript(&format!("1\n00:00:01,000 --> 00:00:03,000\n{text}\n"))
}

fn with_captions(document: Document, text: &str) -> SaveRequest {
    SaveRequest { transcript: Some(captions(text)), ..save(document) }
}

async fn save_request(harness: &Harness, save: SaveRequest) {
    harness.store.save(&save).await.expect("the save succeeds");
}

async fn transcripts_titles_and_churches_are_searched_best_first(harness: Harness) {
    save_request(&harness, with_captions(document("a", "On patience", 0), "the father runs to meet his prodigal son"))
        .await;
    save_request(&harness, with_captions(document("b", "The prodigal", 0), "a son comes home")).await;
    save_request(&harness, with_captions(document("c", "Other", 0), "nothing of the kind")).await;
    assert_eq!(search(&harness, "prodigal").await, ["b", "a"], "a title weighs more");
    assert_eq!(search(&harness, "PRODIGALS son's").await, ["b", "a"]);
    assert_eq!(search(&harness, "prodigal father").await, ["a"]);
    assert_eq!(search(&harness, "\"his prodigal son\"").await, ["a"]);
    assert!(search(&harness, "\"prodigal his\"").await.is_empty());
    assert_eq!(search(&harness, "grace church").await.len(), 3, "the name of the church");
    assert!(search(&harness, "prodigal absent").await.is_empty());
    assert!(search(&harness, "").await.is_empty());
}

async fn no_query_is_an_error(harness: Harness) {
    save_request(&harness, with_captions(document("a", "T", 0), "or and not near the words in question")).await;
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
        "'; drop table search_documents; --",
        "\\",
        "words\0",
        "🙏",
        "%_",
        "\"words in\" \"",
        "ʼn",
        "ﬁnd",
        "İstanbul",
    ] {
        let page = harness.store.search(&WordQuery::parse(query), 0, 50).await;
        assert!(page.is_ok(), "{query:?}: {page:?}");
    }
    assert_eq!(search(&harness, "\"words in\"*").await, ["a"]);
}

async fn every_kind_of_write_updates_the_index(harness: Harness) {
    save_request(&harness, with_captions(document("a", "First", 0), "apples")).await;
    save_request(&harness, with_captions(document("a", "Second", 1), "bananas")).await;
    assert_eq!((search(&harness, "apples").await.len(), search(&harness, "first").await.len()), (0, 0));
    assert_eq!(search(&harness, "bananas second").await, ["a"]);
    // A version without captions keeps the stored ones.
    save_request(&harness, save(document("a", "Third", 2))).await;
    assert_eq!(search(&harness, "bananas third").await, ["a"]);
    assert!(search(&harness, "second").await.is_empty());
    harness.store.delete_video(&id("a"), new_id(), "admin", at(9)).await.expect("the deletion succeeds");
    assert!(search(&harness, "bananas").await.is_empty());
    assert_eq!(harness.store.catch_up_search_index().await.expect("the query succeeds"), 0, "nothing is left to do");
    assert_eq!(harness.query("select count(*) from search_documents").await, 0);
}

async fn stale_index_entries_are_rebuilt(harness: Harness) {
    for number in 0..45 {
        save_request(&harness, with_captions(document(&format!("v{number:02}"), "T", 0), &format!("word{number}")))
            .await;
    }
    let state = harness.checked_state().await;
    // A writer that does not know about the index deletes a sermon and replaces two others.
    harness
        .run(
            "delete from mentions where video_id = 'v07'; delete from transcripts where video_id = 'v07';
            delete from videos where video_id = 'v07';
            update search_documents set document_sha256 = 'old' where video_id in ('v08', 'v44');
            update search_state set epoch = epoch - 1",
        )
        .await;
    let page = harness.store.search(&WordQuery::parse("word7"), 0, 5).await.expect("the query succeeds");
    assert!(page.hits.is_empty(), "a deleted sermon is never returned");
    assert_eq!(harness.store.catch_up_search_index().await.expect("catching up succeeds"), 2);
    assert_eq!(harness.store.catch_up_search_index().await.expect("catching up succeeds"), 0);
    assert_eq!(search(&harness, "word44").await, ["v44"]);
    assert_eq!(harness.query("select count(*) from search_documents").await, 44);
    assert_eq!(harness.store.state().await.expect("the state").seq, state.seq, "no position was taken");
    harness.run("update search_state set version = 0").await;
    assert_eq!(
        harness.store.catch_up_search_index().await.expect("catching up succeeds"),
        44,
        "the tokenizer has changed"
    );
    assert_eq!(search(&harness, "word12").await, ["v12"]);
}

async fn a_sermon_without_captions_is_found_by_the_text_around_its_references(harness: Harness) {
    let mut sermon = document("a", "T", 0);
    "the woman at the well of Sychar".clone_into(&mut sermon.references.as_mut().expect("references")[0].context);
    save_request(&harness, save(sermon)).await;
    assert_eq!(search(&harness, "sychar").await, ["a"]);
    let text = harness.store.indexed_text(&id("a")).await.expect("the query succeeds");
    assert!(matches!(text, Some(IndexedText::Document(document)) if document.contains("Sychar")));
    save_request(&harness, with_captions(document("b", "T", 0), "the well of Sychar")).await;
    assert_eq!(search(&harness, "sychar").await.len(), 2);
    let text = harness.store.indexed_text(&id("b")).await.expect("the query succeeds");
    assert!(matches!(text, Some(IndexedText::Transcript(captions)) if captions.format == "srt"));
    assert_eq!(harness.store.indexed_text(&id("absent")).await.expect("the query succeeds"), None);
}

async fn very_long_transcripts_are_indexed_in_part(harness: Harness) {
    let text = (0..400_000_u32).map(|number| format!("w{number:x}")).collect::<Vec<_>>().join(" ");
    let many = StoredCaptions { body: text.into_bytes(), format: "plain".to_owned(), language: None };
    save_request(&harness, SaveRequest { transcript: Some(many), ..save(document("a", "T", 0)) }).await;
    assert_eq!(search(&harness, "w1f").await, ["a"]);
    let long = StoredCaptions { body: "x".repeat(3_000_000).into_bytes(), format: "plain".to_owned(), language: None };
    save_request(&harness, SaveRequest { transcript: Some(long), ..save(document("b", "T", 0)) }).await;
    let nul = StoredCaptions { body: b"before\0after".to_vec(), format: "plain".to_owned(), language: None };
    save_request(&harness, SaveRequest { transcript: Some(nul), ..save(document("c", "nul\0title", 0)) }).await;
}

async fn churches_are_found_by_part_of_their_name(harness: Harness) {
    for (name, church) in [("a", "Grace Church"), ("b", "St. Mary's Grace"), ("c", "Hope"), ("d", "Grace Church")] {
        save_request(&harness, save(Document { channel: church.to_owned(), ..document(name, "T", 0) })).await;
    }
    let names = async |query: &str| -> Vec<String> {
        let churches = harness.store.search_churches(query, 5).await.expect("the query succeeds");
        assert_eq!(churches.1, i64::try_from(churches.0.len()).expect("a few"), "none is left out");
        churches.0.into_iter().map(|church| church.name).collect()
    };
    assert_eq!(names("GRACE").await, ["Grace Church", "St. Mary's Grace"]);
    let (first, total) = harness.store.search_churches("grace", 1).await.expect("the query succeeds");
    assert_eq!((first.len(), total), (1, 2), "the churches that are left out are counted");
    assert_eq!(names("st mary's").await, ["St. Mary's Grace"]);
    for query in ["%", "_", "", "'", "nowhere"] {
        assert!(names(query).await.is_empty(), "{query:?}");
    }
}

async fn results_are_paged(harness: Harness) {
    for number in 0..7 {
        save_request(&harness, with_captions(document(&format!("v{number}"), "T", 0), "manna")).await;
    }
    let mut ids = Vec::new();
    for offset in [0, 3, 6, 9] {
        let page = harness.store.search(&WordQuery::parse("manna"), offset, 3).await.expect("the query succeeds");
        assert_eq!(page.total, 7);
        ids.extend(page.hits.into_iter().map(|hit| hit.sermon.video_id.to_string()));
    }
    ids.sort();
    assert_eq!(ids, (0..7).map(|number| format!("v{number}")).collect::<Vec<_>>());
}
