//! Documents with numbers and text that no real sermon has.

use std::{fs, path::PathBuf, time::Instant};

use mannameter::domain::Document;
use serde_json::{Value, json};

use super::{MEGABYTE, Memory, on_both_databases, save_request, with_store};
use crate::support::{
    instance::Instance,
    program::{Server, failed, succeeded},
};

on_both_databases! {
    numbers_that_no_sermon_has_are_refused_by_id_and_field,
    a_stored_document_with_impossible_numbers_is_drawn_named_and_blocks_nothing,
    control_characters_reach_neither_images_nor_terminals,
}

const AUTHORIZATION: &str = "authorization: Bearer the-admin-token-of-the-tests";

/// Returns a document as in an export.
fn document(change: &Value) -> Value {
    let mut document = json!({
        "title": "T", "channel": "C", "processed_at": "2026-05-31T10:00:00Z", "logs": [],
        "stats": { "scripture_references": 1, "suspect_references": 0, "false_positives": 0, "total_matches": 1 },
        "counts": { "John": 1 }, "suspect_counts": {}, "positions": {},
    });
    for (key, value) in change.as_object().expect("an object") {
        document[key] = value.clone();
    }
    document
}

fn write_collection(instance: &Instance, document: &Value) -> PathBuf {
    let file = instance.outside().join("collection.json");
    fs::write(&file, json!({ "poison_id": document }).to_string()).expect("a file");
    file
}

fn reference(start: f64) -> Value {
    json!([{
        "osis": "John.3.16", "book": "John", "chapter": 3, "verse": 16, "end_chapter": null, "end_verse": null,
        "kind": "explicit", "class": "confirmed", "start_seconds": start, "start_char": 0, "end_char": 4,
        "text": "John", "context": "John", "evidence": [], "repaired": false, "anchor": null,
    }])
}

fn numbers_that_no_sermon_has_are_refused_by_id_and_field(instance: &Instance) {
    let server = Server::start(instance.server());
    for (change, field) in [
        (json!({ "duration_seconds": 1e12 }), "duration_seconds"),
        (json!({ "references": reference(1e12) }), "references.start_seconds"),
        (json!({ "duration_seconds": 60.0, "references": reference(121.0) }), "references.start_seconds"),
        (json!({ "counts": { "John": i64::MAX } }), "counts.John"),
    ] {
        let file = write_collection(instance, &document(&change));
        let error = failed(&instance.run(&["import", file.to_str().expect("text")]));
        assert!(error.contains("poison_id") && error.contains(field), "{error}");
        let file = format!("file=@{}", file.display());
        let response = server.curl("/api/backup/upload", &["-H", AUTHORIZATION, "-F", &file]);
        assert_eq!(response.status, 422, "{}", response.text());
        assert!(response.text().contains("poison_id") && response.text().contains(field), "{}", response.text());
    }
    assert_eq!(server.curl("/api/videos", &[]).json()["total"], 0);
    // Captions with impossible times are analyzed without them.
    let captions = "1\n99999999:00:00,000 --> 99999999:00:09,000\nTurn to John chapter 3 verse 16.\n";
    let submission = json!({ "transcript": captions, "title": "Late" }).to_string();
    let response = server.curl("/api/videos", &["-H", "content-type: application/json", "-d", &submission]);
    let job = server.finished_job(response.header("location").expect("a job"));
    let id = job["video_id"].as_str().expect("an ID");
    let saved = server.curl(&format!("/api/video/{id}"), &[]).json();
    assert_eq!((&saved["duration_seconds"], &saved["references"][0]["start_seconds"]), (&Value::Null, &Value::Null));
    assert_eq!(server.curl(&format!("/video/{id}"), &[]).status, 200);
}

fn a_stored_document_with_impossible_numbers_is_drawn_named_and_blocks_nothing(instance: &Instance) {
    let largest = i64::MAX.unsigned_abs();
    let poison = json!({
        "duration_seconds": 1e12, "references": reference(9e11), "counts": { "John": largest, "Mark": largest },
        "stats": { "scripture_references": largest, "suspect_references": largest },
        "transcript_length": u64::MAX,
    });
    with_store(instance, async |store| {
        for id in ["poison_one_", "poison_two_"] {
            let document = Document::from_legacy(id, document(&poison)).expect("a document");
            store.save(&save_request(document)).await.expect("a save");
        }
        let document = Document::from_legacy("a_good_one_", document(&json!({}))).expect("a document");
        store.save(&save_request(document)).await.expect("the others are not blocked");
    });
    let server = Server::start(instance.server());
    let memory = Memory::of(&server);
    for path in
        ["/video/poison_one_", "/video/poison_one_/label.svg", "/video/poison_one_/label.png", "/", "/export.csv"]
    {
        let start = Instant::now();
        assert_eq!(server.curl(path, &[]).status, 200, "{path}");
        assert!(start.elapsed().as_secs() < 20, "{path} took {:?}", start.elapsed());
    }
    memory.assert_grew_at_most(128 * MEGABYTE);
    assert_eq!(server.curl("/readyz", &[]).status, 200);
    let submission = json!({ "transcript": "Turn to John chapter 3 verse 16.", "title": "Saved" }).to_string();
    let response = server.curl("/api/videos", &["-H", "content-type: application/json", "-d", &submission]);
    let job = server.finished_job(response.header("location").expect("a job"));
    assert_eq!(job["state"], "done", "{job}");
    let doctor = succeeded(&instance.run(&["doctor"]));
    assert!(doctor.contains("poison_one_: duration_seconds is 1000000000000"), "{doctor}");
    assert!(doctor.contains("2 sermons with numbers out of range"), "{doctor}");
    // Our own backup restores whatever it contains.
    let backup = succeeded(&instance.run(&["backup", "create"]));
    let name = backup.split_whitespace().find(|word| word.starts_with("database_backup_")).expect("a name");
    let restored = instance.run(&["backup", "restore", name, "--yes"]);
    succeeded(&restored);
    assert_eq!(server.curl("/api/videos", &[]).json()["total"], 4);
}

fn control_characters_reach_neither_images_nor_terminals(instance: &Instance) {
    let title = "The\u{1b}]0;owned\u{7}\u{1b}[2J sower\u{9b}31m\u{0}\u{ffff}";
    with_store(instance, async |store| {
        let mut document = Document::from_legacy("controlled_", document(&json!({}))).expect("a document");
        (document.title, document.channel) = (title.to_owned(), title.to_owned());
        store.save(&save_request(document.clone())).await.expect("a save");
        "2026-06-01T10:00:00Z".clone_into(&mut document.processed_at);
        store.save(&save_request(document)).await.expect("a save");
    });
    let server = Server::start(instance.server());
    for name in ["label.svg", "label.png", "card.png"] {
        let response = server.curl(&format!("/video/controlled_/{name}"), &[]);
        assert_eq!(response.status, 200, "{name}: {}", response.text());
    }
    let site = instance.outside().join("site");
    succeeded(&instance.run(&["export", "--site", site.to_str().expect("text")]));
    let printed = succeeded(&instance.run(&["history", "controlled_"]));
    assert!(printed.contains("sower") && printed.contains("\\u001b[2J"), "{printed:?}");
    assert!(!printed.contains(['\u{1b}', '\u{7}', '\u{9b}']), "{printed:?}");
    // A new sermon is cleaned before it is saved.
    let analyzed = instance.run(&["analyze", crate::support::instance::SERMON, "--title", &title[..10]]);
    assert!(!succeeded(&analyzed).contains('\u{1b}'));
    let stored = instance.rows("select title from videos where video_id <> 'controlled_'");
    assert_eq!(stored[0]["title"], "The ]0;own");
}

/// 100 MB of spaces before a backup must be read in blocks.
#[test]
fn an_upload_of_spaces_is_read_in_blocks() {
    let instance = Instance::new();
    let server = Server::start(instance.server());
    let file = instance.outside().join("spaces");
    fs::write(&file, vec![b' '; 100_000_000]).expect("a file");
    let memory = Memory::of(&server);
    let start = Instant::now();
    let upload = format!("file=@{}", file.display());
    let response = server.curl("/api/backup/upload", &["-H", AUTHORIZATION, "-F", &upload]);
    assert_eq!(response.status, 422, "{}", response.text());
    assert!(start.elapsed().as_secs() < 30, "it took {:?}", start.elapsed());
    memory.assert_grew_at_most(64 * MEGABYTE);
}
