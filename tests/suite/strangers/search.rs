//! Searches in long transcripts that strangers added.

use mannameter::{
    domain::Document,
    store::{SaveRequest, StoredCaptions},
};
use serde_json::json;

use super::{MEGABYTE, Memory, on_both_databases, run, save_request, with_store};
use crate::support::{instance::Instance, program::Server};

on_both_databases! {
    sixteen_searches_of_long_transcripts_take_little_memory,
    a_total_promises_only_what_can_be_reached,
}

/// Number of sermons that [`fill_with_long_transcripts`] saves.
const LONG: usize = 10;

/// Columns of `videos` that copies have in common.
const COLUMNS: &str = "sha256, seq, save_id, updated_at, title, title_key, channel, channel_key, channel_url, location, \
    processed_at, transcript_length, manna, suspect, search, document";

/// Saves transcripts of 5 MB, the maximum length, in one format that can be read in part and one that cannot.
fn fill_with_long_transcripts(instance: &Instance) {
    let plain = "a b ".repeat(5 * MEGABYTE / 4);
    let event = |number: usize| json!({"tStartMs": number * 1000, "segs": [{"utf8": "a b ".repeat(1000)}]});
    let json3 = json!({"events": (0..1200).map(event).collect::<Vec<_>>()}).to_string();
    with_store(instance, async |store| {
        for (id, text, format) in [("plain", plain, "plain"), ("json3", json3, "json3")] {
            let document = Document::from_legacy(id, json!({"title": "Long"})).expect("a document");
            let captions = StoredCaptions { body: text.into_bytes(), format: format.to_owned(), language: None };
            let save = SaveRequest { transcript: Some(captions), ..save_request(document) };
            store.save(&save).await.expect("a save");
        }
    });
    copy_rows(instance, "plain", LONG - 2, "a b");
    run(
        instance,
        "insert into transcripts (video_id, format, sha256, at, body)
        select v.video_id, t.format, t.sha256, t.at, t.body
        from videos v
        cross join transcripts t
        where t.video_id = 'plain' and v.video_id like 'copy%'",
    );
}

/// Copies a sermon's row and indexes the copies, because saving them would take a minute.
fn copy_rows(instance: &Instance, id: &str, copies: usize, words: &str) {
    let (key, columns, words) = if instance.is_sqlite() {
        ("rowid", "title, words", format!("'', '{words}'"))
    } else {
        ("id", "words", format!("to_tsvector('simple', '{words}')"))
    };
    run(
        instance,
        &format!(
            "insert into videos (video_id, {COLUMNS})
            with recursive n (i) as (select 1 union all select i + 1 from n where i < {copies})
            select 'copy' || cast(10000 + i as text), {COLUMNS} from n cross join videos where video_id = '{id}';
            insert into search_documents (video_id, document_sha256, transcript_sha256)
            select v.video_id, v.sha256, d.transcript_sha256
            from videos v
            join search_documents d on d.video_id = '{id}'
            where v.video_id like 'copy%';
            insert into search_index ({key}, {columns})
            select id, {words} from search_documents where video_id like 'copy%'"
        ),
    );
}

fn sixteen_searches_of_long_transcripts_take_little_memory(instance: &Instance) {
    fill_with_long_transcripts(instance);
    let server = Server::start(instance.server());
    // The first search loads what every later search needs.
    let found = server.curl("/api/search?q=a", &[]).json();
    assert_eq!(found["total"], LONG, "{found}");
    assert!(found["sermons"].to_string().contains("\"matched\":true"), "{found}");
    let memory = Memory::of(&server);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let search = |number: usize| {
            let server = &server;
            let path = if number.is_multiple_of(2) { "/api/search?q=a" } else { "/search?q=a+b" };
            scope.spawn(move || {
                let response = server.curl(path, &[]);
                assert!(response.status == 200 || response.header("retry-after").is_some(), "{}", response.head);
                response.status
            })
        };
        let searches: Vec<_> = (0..16).map(search).collect();
        searches.into_iter().map(|search| search.join().expect("a response")).collect()
    });
    assert!(statuses.contains(&200) && statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}");
    memory.assert_grew_at_most(64 * MEGABYTE);
}

fn a_total_promises_only_what_can_be_reached(instance: &Instance) {
    with_store(instance, async |store| {
        let document = Document::from_legacy("one", json!({"title": "Manna"})).expect("a document");
        store.save(&save_request(document)).await.expect("a save");
    });
    copy_rows(instance, "one", 2_500, "manna");
    let server = Server::start(instance.server());
    let page = |offset: i64| server.curl(&format!("/api/search?q=manna&offset={offset}"), &[]).json();
    let total = page(0)["total"].as_i64().expect("a number");
    assert!(total >= 1_000, "{total}");
    let last = page(total - 1);
    assert_eq!(last["sermons"].as_array().map(Vec::len), Some(1), "{last}");
    assert_eq!(page(total)["sermons"].as_array().map(Vec::len), Some(0));
}
