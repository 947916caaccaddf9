//! The history of a sermon with many long versions.

use mannameter::domain::Document;
use serde_json::json;

use super::{MEGABYTE, Memory, on_both_databases, save_request, with_store};
use crate::support::{instance::Instance, program::Server};

on_both_databases! {
    listing_old_versions_reads_no_documents,
    lists_are_paged,
}

fn listing_old_versions_reads_no_documents(instance: &Instance) {
    let padding = "x".repeat(7_500_000);
    with_store(instance, async |store| {
        for number in 0..25 {
            let value = json!({ "title": format!("Version {number}"), "padding": padding });
            let document = Document::from_legacy("many_times_", value).expect("a document");
            store.save(&save_request(document)).await.expect("a save");
        }
    });
    let server = Server::start(instance.server());
    server.curl("/api/videos", &[]);
    let memory = Memory::of(&server);
    for _ in 0..3 {
        let history = server.curl("/api/video/many_times_/history", &[]).json();
        assert_eq!(history["versions"].as_array().map(Vec::len), Some(24));
        assert_eq!(history["versions"][0]["title"], "Version 23", "{history}");
        assert_eq!(server.curl("/api/videos", &[]).json()["videos"][0]["title"], "Version 24");
    }
    memory.assert_grew_at_most(64 * MEGABYTE);
}

fn lists_are_paged(instance: &Instance) {
    with_store(instance, async |store| {
        for number in 0..106 {
            let document = Document::from_legacy("many_times_", json!({ "title": number.to_string() }));
            store.save(&save_request(document.expect("a document"))).await.expect("a save");
        }
    });
    let server = Server::start(instance.server());
    let page = |offset: &str| server.curl(&format!("/api/video/many_times_/history?offset={offset}"), &[]).json();
    let first = page("");
    assert_eq!((first["versions"].as_array().map(Vec::len), &first["next_offset"]), (Some(100), &json!(100)));
    let last = page("100");
    assert_eq!((&last["versions"][4]["title"], &last["next_offset"]), (&json!("0"), &json!(null)), "{last}");
    assert_eq!(page("5000")["versions"], json!([]));
    assert_eq!(page("-1")["status"], 400);
}
