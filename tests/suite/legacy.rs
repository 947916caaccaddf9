//! Checks that files from the previous system survive an import and an export with every key unchanged.
//!
//! The real files are not ours to publish, so they are outside the repository. Without them, the test uses only
//! documents that were written for it.

use std::{fs, path::PathBuf};

use crate::support::program::{run, succeeded};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

/// Returns documents in both legacy shapes: with twelve keys, and with eleven (no `video_id`, no `logs`). They have
/// naive times, integers and floats, and unknown keys.
fn sample_documents() -> Value {
    let mention = json!({"start": 2212, "context": "...in John...", "text": "in John", "matched_pattern": null});
    let other = json!({"start": 695.519, "context": "c", "text": "t", "matched_pattern": "in"});
    let positions =
        json!({"John": {"valid": [mention, null, other], "suspect": [], "false_positive": [], "not_counted": []}});
    json!({
        "AAAAAAAAAAA": {
            "video_id": "AAAAAAAAAAA", "title": "Twelve “keys”", "channel": "C", "channel_url": "u", "location": "",
            "transcript_length": 100, "processed_at": "2025-12-05T11:28:13.897205",
            "stats": {"scripture_references": 2, "suspect_references": 0, "false_positives": 0, "total_matches": 2},
            "counts": {"John": 2}, "suspect_counts": {"John": 0}, "positions": positions, "logs": ["a line", {"t": 1}],
        },
        "EMERGENCY789": {
            "title": "Eleven keys", "channel": "C", "channel_url": "", "location": "Town, XY", "transcript_length": 5,
            "processed_at": "2025-12-06 11:09:41.209330",
            "stats": {"total_matches": 1, "capitalized_matches": 1, "scripture_references": 1, "suspect_references": 0, "false_positives": 0},
            "counts": {"Luke": 1}, "suspect_counts": {}, "positions": {},
        },
    })
}

/// Returns the name and content of every available legacy file.
fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = vec![("sample.json.b64".to_owned(), STANDARD.encode(sample_documents().to_string()).into_bytes())];
    let shared = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/fixtures/legacy"));
    for entry in fs::read_dir(shared).into_iter().flatten() {
        let path = entry.expect("a readable entry").path();
        if path.extension().is_some_and(|extension| extension == "b64") {
            let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
            files.push((name, fs::read(path).expect("a readable file")));
        }
    }
    files
}

/// Returns a legacy document as it must be exported: with `Psalm` merged into `Psalms`.
fn normalized(mut document: Map<String, Value>) -> Map<String, Value> {
    for counts in ["counts", "suspect_counts"] {
        if let Some(Value::Object(counts)) = document.get_mut(counts)
            && let Some(count) = counts.remove("Psalm").and_then(|count| count.as_u64())
        {
            let sum = count + counts.get("Psalms").and_then(Value::as_u64).unwrap_or(0);
            counts.insert("Psalms".to_owned(), sum.into());
        }
    }
    document
}

#[test]
fn a_legacy_file_survives_import_and_export_with_every_key_unchanged() {
    for (name, content) in files() {
        let data = tempfile::tempdir().expect("a directory for the test");
        let file = data.path().join(&name);
        fs::write(&file, &content).expect("a file is written");
        let json = STANDARD.decode(content.trim_ascii()).expect("standard base64");
        let before: Map<String, Value> = serde_json::from_slice(&json).expect("a JSON object");

        succeeded(&run(data.path(), &["import", &file.to_string_lossy()]));
        let after: Map<String, Value> =
            serde_json::from_slice(&fs::read(data.path().join("results.json")).expect("an export"))
                .expect("a JSON object");

        assert_eq!(before.keys().collect::<std::collections::BTreeSet<_>>(), after.keys().collect(), "{name}");
        for (id, document) in before {
            let document = normalized(document.as_object().expect("a document").clone());
            for (key, value) in document {
                assert_eq!(after[&id][&key], value, "{name}: {id}.{key}");
            }
            assert_eq!(after[&id]["video_id"], json!(id), "{name}");
            assert!(after[&id]["logs"].is_array(), "{name}");
        }

        // Importing the export, whether plain or base64, changes nothing.
        for export in ["results.json", "results.json.b64"] {
            let copy = data.path().join(format!("copy-of-{export}"));
            fs::copy(data.path().join(export), &copy).expect("a copy");
            let output = succeeded(&run(data.path(), &["import", &copy.to_string_lossy()]));
            assert!(output.contains(" 0 created, 0 updated") && output.contains("0 skipped"), "{name}: {output}");
        }
    }
}

/// Returns the references of a document that have a chapter, and those that have a verse.
fn passages(document: &Value) -> (usize, usize) {
    let confirmed = document["references"].as_array().expect("references").iter().filter(|r| r["class"] == "confirmed");
    let count = |key: &str| confirmed.clone().filter(|reference| !reference[key].is_null()).count();
    assert!(confirmed.clone().all(|reference| reference["source"] == "context"));
    (count("chapter"), count("verse"))
}

#[test]
fn an_import_finds_the_passages_of_old_mentions_in_their_contexts() {
    for (name, content) in files().into_iter().filter(|(name, _)| name.starts_with("database_backup_")) {
        let data = tempfile::tempdir().expect("a directory for the test");
        let file = data.path().join(&name);
        fs::write(&file, content).expect("a file is written");
        succeeded(&run(data.path(), &["import", &file.to_string_lossy()]));
        let export: Map<String, Value> =
            serde_json::from_slice(&fs::read(data.path().join("results.json")).expect("an export")).expect("an object");
        let (chapters, verses) =
            export.values().map(passages).fold((0, 0), |sum, (chapters, verses)| (sum.0 + chapters, sum.1 + verses));
        println!("{name}: {chapters} of 78 mentions have a chapter, {verses} a verse");
        assert!(chapters >= 56 && verses >= 40, "{name}: {chapters} chapters and {verses} verses");
    }
}

#[test]
fn reanalyze_finds_the_passages_of_sermons_that_were_stored_without_them() {
    let data = tempfile::tempdir().expect("a directory for the test");
    let mention =
        json!({"start": 5, "context": "Open to John 3:16 with me", "text": "Open to", "matched_pattern": "3:16"});
    let documents = json!({"AAAAAAAAAAA": {
        "title": "Old", "channel": "C", "channel_url": "", "location": "", "transcript_length": 9,
        "processed_at": "2025-12-05T11:28:13.897205",
        "stats": {"scripture_references": 1, "suspect_references": 0, "false_positives": 0, "total_matches": 1},
        "counts": {"John": 1}, "suspect_counts": {}, "positions": {"John": {"valid": [mention]}}, "logs": [],
    }});
    let backups = data.path().join("backups");
    fs::create_dir_all(&backups).expect("a directory");
    let name = "database_backup_20251206_102352.json.b64";
    fs::write(backups.join(name), STANDARD.encode(documents.to_string())).expect("a file is written");
    succeeded(&run(data.path(), &["backup", "restore", name, "--yes", "--accept-unverified"]));

    assert!(succeeded(&run(data.path(), &["reanalyze", "--dry-run"])).contains("would reanalyze AAAAAAAAAAA"));
    assert!(succeeded(&run(data.path(), &["reanalyze"])).contains("1 changed"));
    let export: Value =
        serde_json::from_slice(&fs::read(data.path().join("results.json")).expect("an export")).expect("JSON");
    assert_eq!(passages(&export["AAAAAAAAAAA"]), (1, 1));
    assert_eq!(export["AAAAAAAAAAA"]["processed_at"], "2025-12-05T11:28:13.897205");
    assert!(succeeded(&run(data.path(), &["reanalyze"])).contains("Nothing to do"), "they are read once");
}
