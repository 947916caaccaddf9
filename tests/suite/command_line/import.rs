//! `mannameter import`.

use std::{fs, process::Command};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{data_dir, export};
use crate::support::{
    postgres::Postgres,
    program::{failed, mannameter, run, succeeded},
};

#[test]
fn legacy_documents_are_imported_and_older_documents_do_not_replace_newer_ones() {
    let data = data_dir();
    let file = data.path().join("old.json");
    let document = |title: &str, at: &str| {
        json!({"DBTEST456": {
            "title": title, "channel": "C", "channel_url": "", "location": "", "transcript_length": 9, "processed_at": at,
            "stats": {"scripture_references": 3, "suspect_references": 0, "false_positives": 0, "total_matches": 3},
            "counts": {"Psalm": 1, "Psalms": 2}, "suspect_counts": {}, "positions": null,
        }})
    };
    let import = |value: &Value, more: &[&str]| {
        fs::write(&file, STANDARD.encode(value.to_string())).expect("a file is written");
        let mut arguments = vec!["import", file.to_str().expect("UTF-8")];
        arguments.extend(more);
        succeeded(&run(data.path(), &arguments))
    };
    assert!(import(&document("new", "2025-12-05 11:28:13.897205"), &[]).contains("1 created"));
    assert_eq!(export(data.path())["DBTEST456"]["counts"], json!({"Psalms": 3}));
    assert!(import(&document("old", "2025-12-04 00:00:00"), &[]).contains("1 skipped"));
    assert_eq!(export(data.path())["DBTEST456"]["title"], "new");
    assert!(import(&document("old", "2025-12-04 00:00:00"), &["--force"]).contains("1 updated"));
    assert_eq!(export(data.path())["DBTEST456"]["title"], "old");
}

#[test]
fn a_lost_sermon_of_the_previous_system_is_imported_and_recovered_by_its_name() {
    for database in [None, Some(Postgres::shared().database())] {
        let data = data_dir();
        let working_dir = data_dir();
        let run = |arguments: &[&str]| {
            let mut command = mannameter(data.path());
            if let Some(url) = &database {
                command.env("DATABASE_URL", url);
            }
            command.current_dir(working_dir.path()).args(arguments).output().expect("the binary runs")
        };
        let sermon =
            |title: &str| json!({"title": title, "channel": "C", "processed_at": "2025-12-05T11:28:13", "stats": {}});
        let write = |name: &str, text: &str| fs::write(working_dir.path().join(name), text).expect("written");
        write("LOST_VIDEO_in_name_001.json", &sermon("By its name").to_string());
        let mut with_id = sermon("By its key");
        with_id["video_id"] = json!("in_document");
        write("sermon.json", &with_id.to_string());
        write("nameless.json", &sermon("Nameless").to_string());
        write("LOST_VIDEO_cut_0000001.json", r#"{"title": "cut", "#);

        let error = failed(&run(&["import", "nameless.json"]));
        assert!(error.contains("nothing was imported") && error.contains("LOST_VIDEO_<id>.json"), "{error}");
        failed(&run(&["import", "LOST_VIDEO_cut_0000001.json"]));
        assert!(succeeded(&run(&["import", "sermon.json"])).contains("1 created"));
        let planned = succeeded(&run(&["recover"]));
        assert!(planned.contains("1 to recover") && planned.contains("LOST_VIDEO_in_name_001.json"), "{planned}");
        assert!(planned.contains("LOST_VIDEO_cut_0000001.json") && planned.contains("DAMAGED"), "{planned}");
        succeeded(&run(&["recover", "--apply"]));
        let stored = export(data.path());
        assert_eq!(stored["in_name_001"]["title"], "By its name");
        assert_eq!(stored["in_document"]["title"], "By its key");
        assert!(succeeded(&run(&["import", "LOST_VIDEO_in_name_001.json"])).contains("1 unchanged"));
    }
}

#[test]
fn a_damaged_file_is_rejected_and_nothing_is_imported() {
    let data = data_dir();
    let file = data.path().join("cut.json");
    fs::write(&file, r#"{"a": {"title": "whole"}, "b": {"title": "cut"#).expect("a file is written");
    let output = failed(&run(data.path(), &["import", file.to_str().expect("UTF-8")]));
    assert!(output.contains("cut.json") && output.contains("nothing was imported"), "{output}");
    assert!(!data.path().join("instance/mannameter.db").exists(), "no database was created");
}

#[test]
fn a_saved_response_of_the_export_route_is_imported_and_other_kinds_of_files_are_named() {
    for database in [None, Some(Postgres::shared().database())] {
        let data = data_dir();
        let import = |content: &[u8]| {
            let file = data.path().join("old.json");
            fs::write(&file, content).expect("written");
            let mut command = mannameter(data.path());
            if let Some(url) = &database {
                command.env("DATABASE_URL", url);
            }
            command.arg("import").arg(file).output().expect("the binary runs")
        };
        let sermon = json!({"title": "T", "channel": "C", "processed_at": "2025-12-05T11:28:13", "stats": {}});
        let response = json!({"count": 1, "success": true, "videos": {"on_render_1": sermon}}).to_string();
        let utf16: Vec<u8> = response.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (content, kind) in [
            (utf16.as_slice(), "UTF-16"),
            (b"\x1f\x8b\x08\0\0\0\0\0\0\x03", "gzip"),
            (b"PK\x03\x04\x14\0\0\0", "a ZIP archive"),
            (b"<!doctype html><title>Sign in</title>", "an HTML page"),
        ] {
            let error = failed(&import(content));
            assert!(error.contains("old.json: nothing was imported") && error.contains(kind), "{error}");
        }
        let said = succeeded(&import(format!("\u{feff}{response}").as_bytes()));
        assert!(said.contains("1 created"), "{said}");
        assert_eq!(export(data.path())["on_render_1"]["title"], "T");
        assert!(succeeded(&import(response.as_bytes())).contains("1 unchanged"));
    }
}

#[test]
fn a_sermon_that_the_database_rejects_is_named_and_the_others_are_imported() {
    let data = data_dir();
    succeeded(&run(data.path(), &["migrate"]));
    let database = data.path().join("instance/mannameter.db");
    let reject = "create trigger reject before insert on videos when new.title = 'Poison' begin \
        select raise(abort, 'rejected by a trigger'); end";
    let created = Command::new("sqlite3").arg(database).arg(reject).status().expect("sqlite3 is installed");
    assert!(created.success());
    let file = data.path().join("many.json");
    let sermon = |title: &str| json!({"title": title, "processed_at": "2025-12-05T11:28:13", "stats": {}});
    let mut sermons: serde_json::Map<String, Value> =
        (0..450).map(|number| (format!("sermon_{number:03}"), sermon("Good"))).collect();
    sermons["sermon_200"] = sermon("Poison");
    fs::write(&file, Value::Object(sermons).to_string()).expect("written");
    let output = run(data.path(), &["import", file.to_str().expect("UTF-8")]);
    let error = failed(&output);
    assert!(error.contains("1 sermon could not be imported (see above); everything else is saved"), "{error}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("449 created") && said.contains("not imported: sermon_200"), "{said}");
    assert!(!said.contains("DATA IS SAFE"), "{said}");
    assert_eq!(export(data.path()).as_object().expect("sermons").len(), 449);
}
