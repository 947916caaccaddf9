//! Files from the previous system, and files with errors.

use std::{fs, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    recover::{both, plan},
    support::program::succeeded,
};

fn document(title: &str) -> Value {
    json!({
        "title": title, "channel": "C", "processed_at": "2025-12-06 11:09:41.2", "stats": {}, "counts": {},
        "suspect_counts": {}, "positions": null,
    })
}

/// Returns the entry of a source in a plan.
fn source<'a>(plan: &'a Value, name: &str) -> &'a Value {
    let sources = plan["sources"].as_array().expect("a list");
    sources.iter().find(|source| source["name"] == name).unwrap_or_else(|| panic!("{name} in {plan:#}"))
}

#[test]
fn every_other_file_is_examined_and_one_bad_document_does_not_hide_the_rest() {
    for instance in both() {
        let backups = instance.data().join("backups");
        fs::create_dir_all(&backups).expect("a directory");
        let write = |name: &str, content: &str| fs::write(backups.join(name), content).expect("written");
        let broken = json!({
            "good1": document("Before the mistakes"), "null1": null, "list1": [1], "text1": "text", "../path": {},
            "shape": {"title": 5, "processed_at": "", "stats": {}}, "empty": {}, "good2": document("After the mistakes"),
            "nulls": {
                "title": "With nulls", "channel": null, "processed_at": "2025-12-06T11:09:41", "stats": {},
                "counts": {"John": 1}, "suspect_counts": null,
                "positions": {"John": {"valid": [null, {"start": 1, "context": "c", "text": "t", "matched_pattern": null}],
                    "suspect": null, "false_positive": [], "not_counted": []}},
            },
        });
        write("sync_from_render_20251206_162532.json.b64", &STANDARD.encode(broken.to_string()));
        let answer = json!({"count": 1, "success": true, "videos": {"answer": document("In a response")}});
        write("saved from the browser.json", &format!("\u{feff}{answer}"));
        write("page.json", "<html><body>Sign in</body></html>");
        write("archive.tar.gz", "\u{1f}not read");

        let found = plan(&instance);
        let sync = source(&found, "sync_from_render_20251206_162532.json.b64");
        let problem = sync["problem"].as_str().expect("a problem");
        assert_eq!((&sync["kind"], &sync["sermons"]), (&json!("other"), &json!(3)), "{sync}");
        assert!(problem.contains("shape") && problem.contains("and 1 more"), "{problem}");
        let page = source(&found, "page.json")["problem"].as_str().expect("a problem");
        assert!(page.contains("an HTML page"), "{page}");
        let said = succeeded(&instance.run(&["recover"]));
        assert!(said.contains("archive.tar.gz"), "files that are not read are named: {said}");

        succeeded(&instance.run(&["recover", "--apply"]));
        let stored = instance.rows("select video_id from videos order by video_id");
        let ids: Vec<_> = stored.iter().map(|row| row["video_id"].as_str().expect("text")).collect();
        assert_eq!(ids, ["answer", "good1", "good2", "nulls"]);
        // Nothing in the old files was changed.
        assert_eq!(fs::read_to_string(backups.join("page.json")).expect("a file"), "<html><body>Sign in</body></html>");
    }
}

/// Tests the previous system's real files, which are outside the repository. Without them, there is nothing to test.
#[test]
fn all_files_that_the_previous_system_left_are_listed_verified_and_recovered() {
    let shared = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/fixtures/legacy"));
    let Ok(entries) = fs::read_dir(shared) else { return };
    let files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    for instance in both() {
        let backups = instance.data().join("backups");
        fs::create_dir_all(&backups).expect("a directory");
        let mut names = Vec::new();
        for file in &files {
            let name = file.file_name().expect("a name").to_str().expect("UTF-8").to_owned();
            fs::copy(file, backups.join(&name)).expect("a copy");
            names.push(name);
        }
        let listed = succeeded(&instance.run(&["backup", "list"]));
        let verified = succeeded(&instance.run(&["backup", "verify", "--all"]));
        let planned = succeeded(&instance.run(&["recover"]));
        for name in &names {
            for said in [&listed, &verified, &planned] {
                assert!(said.contains(name.as_str()), "{name} in {said}");
            }
        }
        assert!(verified.contains("structurally valid") && !verified.contains("DAMAGED"), "{verified}");
        let applied = succeeded(&instance.run(&["recover", "--apply"]));
        assert!(applied.contains("RECOVERED - 4 sermons are in the database"), "{applied}");
        assert!(succeeded(&instance.run(&["recover"])).contains("There is nothing to recover."));
    }
}
