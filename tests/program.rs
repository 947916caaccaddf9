//! The built binary as a user meets it: a server over HTTP, commands on a terminal, both databases, killed and started again.

#[path = "support/postgres.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod postgres;
#[path = "support/program.rs"]
mod program;

use std::{fs, io::Write, path::Path, process::Stdio, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use postgres::Postgres;
use program::{Server, failed, mannameter, run, succeeded};
use serde_json::{Value, json};
use tempfile::TempDir;

const SERMON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/sower.srt");

fn data_dir() -> TempDir {
    tempfile::tempdir().expect("a directory for the test")
}

fn export(data_dir: &Path) -> Value {
    let json = fs::read(data_dir.join("results.json")).expect("results.json is there");
    let b64 = fs::read(data_dir.join("results.json.b64")).expect("results.json.b64 is there");
    assert_eq!(STANDARD.decode(b64.trim_ascii_end()).expect("standard base64"), json, "both files hold the same");
    serde_json::from_slice(&json).expect("valid JSON")
}

/// Waits until the export holds as many videos.
fn export_with(data_dir: &Path, videos: usize) -> Value {
    for _ in 0..200 {
        if data_dir.join("results.json").exists() {
            let export = export(data_dir);
            if export.as_object().is_some_and(|object| object.len() == videos) {
                return export;
            }
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the export never held {videos} videos");
}

/// The main job, whichever database `DATABASE_URL` names.
fn the_main_job(database_url: Option<&str>) {
    let data = data_dir();
    let command = || {
        let mut command = mannameter(data.path());
        if let Some(url) = database_url {
            command.env("DATABASE_URL", url);
        }
        command
    };
    let server = Server::start(command());
    let file = format!("file=@{SERMON}");
    let sent = server.curl("/api/videos", &["-F", &file, "-F", "title=The Sower", "-F", "channel=Grace Church"]);
    assert_eq!(sent.status, 202, "{}", sent.text());
    let job = server.job_ended(sent.header("location").expect("the job's address"));
    assert_eq!(job["state"], "done", "{job:#}");

    let id = job["video_id"].as_str().expect("an id").to_owned();
    let document = server.curl(&format!("/api/video/{id}"), &[]).json();
    assert_eq!(document["title"], "The Sower");
    let found: Vec<_> =
        document["references"].as_array().expect("a list").iter().map(|r| (&r["osis"], &r["start_seconds"])).collect();
    for (osis, seconds) in [("Matt.13.3", 5.0), ("Isa.55.10", 9.5), ("1Cor.3.6", 70.0)] {
        assert!(found.contains(&(&json!(osis), &json!(seconds))), "{osis} at {seconds} in {found:?}");
    }
    let list = server.curl("/api/videos?q=sower", &[]).json();
    assert_eq!(list["videos"][0]["video_id"], json!(id));
    assert_eq!(export_with(data.path(), 1)[&id], document);

    server.kill();
    let server = Server::start(command());
    assert_eq!(server.curl(&format!("/api/video/{id}"), &[]).json(), document, "still there after kill -9");
    let (ended_well, took) = server.terminate();
    assert!(ended_well && took < Duration::from_secs(15), "SIGTERM ends it well and soon: {took:?}");
}

#[test]
fn a_sermon_sent_by_curl_is_kept_exported_and_survives_kill_9_on_sqlite() {
    the_main_job(None);
}

#[test]
fn a_sermon_sent_by_curl_is_kept_exported_and_survives_kill_9_on_postgres() {
    let database = Postgres::shared().database();
    the_main_job(Some(&database));
}

#[test]
fn analyze_says_each_step_and_that_the_data_is_safe() {
    let data = data_dir();
    let said = succeeded(&run(data.path(), &["analyze", SERMON, "--title", "The Sower"]));
    for words in
        ["read", "analyse", "save", "Safety backup", "Created", "Exported 1 video:", "SAVE COMPLETE - DATA IS SAFE"]
    {
        assert!(said.contains(words), "{words:?} in:\n{said}");
    }
    let again = succeeded(&run(data.path(), &["analyze", SERMON, "--title", "The Sower, again"]));
    assert!(again.contains("Updated") && again.contains("Safety backup: backups/pre_write_"), "{again}");
    assert_eq!(export(data.path()).as_object().expect("an object").len(), 1);
}

#[test]
fn a_dry_run_prints_the_whole_document_and_leaves_nothing_behind() {
    let data = data_dir();
    let place = data.path().join("not-made");
    let mut command = mannameter(&place);
    command
        .args(["analyze", "--dry-run", "--format", "json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    child.stdin.take().expect("it is piped").write_all(b"please open to john 3:16 this morning").expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let document: Value = serde_json::from_str(&succeeded(&output)).expect("JSON alone on standard output");
    assert_eq!(document["references"][0]["osis"], "John.3.16");
    assert_eq!(document["references"][0]["start_seconds"], Value::Null);
    for key in [
        "video_id",
        "title",
        "channel",
        "channel_url",
        "location",
        "transcript_length",
        "processed_at",
        "stats",
        "counts",
        "suspect_counts",
        "positions",
        "logs",
    ] {
        assert!(document.get(key).is_some(), "the legacy key {key}");
    }
    assert!(!place.exists(), "a dry run makes no directory");
}

#[test]
fn documents_of_the_older_shapes_are_imported_and_older_ones_do_not_replace_newer_ones() {
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
    assert!(import(&document("old", "2025-12-04 00:00:00"), &[]).contains("1 left alone"));
    assert_eq!(export(data.path())["DBTEST456"]["title"], "new");
    assert!(import(&document("old", "2025-12-04 00:00:00"), &["--force"]).contains("1 updated"));
    assert_eq!(export(data.path())["DBTEST456"]["title"], "old");
}

#[test]
fn a_damaged_file_is_refused_whole_and_nothing_is_imported() {
    let data = data_dir();
    let file = data.path().join("cut.json");
    fs::write(&file, r#"{"a": {"title": "whole"}, "b": {"title": "cut"#).expect("a file is written");
    let said = failed(&run(data.path(), &["import", file.to_str().expect("UTF-8")]));
    assert!(said.contains("cut.json") && said.contains("nothing was imported"), "{said}");
    assert!(!data.path().join("instance/mannameter.db").exists(), "not even a database was made");
}

#[test]
fn every_bad_start_ends_with_one_line_that_says_what_to_do() {
    let data = data_dir();
    let not_a_directory = data.path().join("file");
    fs::write(&not_a_directory, "x").expect("a file is written");
    let said = failed(&run(&not_a_directory, &["serve"]));
    assert!(said.contains("DATA_DIR"), "{said}");

    let said = failed(&run(data.path(), &["serve", "--database-url", "mysql://h/d"]));
    assert!(said.contains("postgres://") && said.contains("sqlite://"), "{said}");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let said = failed(&run(data.path(), &["serve", "--port", &port]));
    assert!(said.contains(&port) && said.contains("--port"), "{said}");

    let away = ["migrate", "--database-url", "postgres://nobody:hush@127.0.0.1:1/none"];
    let said = failed(&run(data.path(), &away));
    assert!(said.contains("not available") && !said.contains("hush"), "{said}");

    let said = failed(&run(data.path(), &["analyze", "no-such-file.srt"]));
    assert!(said.contains("no-such-file.srt"), "{said}");
}

#[test]
fn a_server_whose_database_is_away_is_alive_says_so_and_recovers_by_itself() {
    let data = data_dir();
    let postgres = Postgres::new();
    let database = postgres.database();
    postgres.stop();
    let mut command = mannameter(data.path());
    command.env("DATABASE_URL", database);
    let server = Server::start(command);
    assert_eq!(server.curl("/healthz", &[]).status, 200);
    assert_eq!(server.curl("/readyz", &[]).status, 503);
    let refused = server.curl("/api/videos", &[]);
    assert_eq!(refused.status, 503);
    assert!(
        refused.header("content-type").is_some_and(|kind| kind.starts_with("application/problem+json")),
        "{}",
        refused.head
    );
    assert!(refused.header("retry-after").is_some());
    postgres.start();
    let ready = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        server.curl("/readyz", &[]).status == 200
    });
    assert!(ready, "it is ready again: {}", server.curl("/readyz", &[]).text());
    assert_eq!(server.curl("/api/videos", &[]).json()["videos"], json!([]));
}

#[test]
fn doctor_says_what_is_there_and_what_must_be_mended() {
    let data = data_dir();
    let said = succeeded(&run(data.path(), &["doctor"]));
    assert!(
        said.contains("SQLite") && said.contains("synchronous=full") && said.contains("Everything is as it should be"),
        "{said}"
    );
    let output = run(data.path(), &["doctor", "--database-url", "postgres://nobody@127.0.0.1:1/none"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("BAD   database"));
}

#[test]
fn demo_fills_an_empty_database_with_the_same_sermons_each_time_and_says_that_they_are_invented() {
    let (data, other) = (data_dir(), data_dir());
    let demo = ["demo", "--sermons", "3", "--until", "2025-11-30"];
    let said = succeeded(&run(data.path(), &demo));
    for words in ["None of them was ever preached", "Exported 3 videos", "invented"] {
        assert!(said.contains(words), "{words:?} in:\n{said}");
    }
    succeeded(&run(other.path(), &demo));
    assert_eq!(export(data.path()), export(other.path()));
    let said = failed(&run(data.path(), &demo));
    assert!(said.contains("3 now") && said.contains("--data-dir"), "{said}");
    assert_eq!(export(data.path()), export(other.path()), "nothing was added");
    let said = succeeded(&run(data.path(), &["reanalyze", "--dry-run"]));
    assert!(said.contains("nothing to do"), "their transcripts are kept: {said}");
}

#[test]
fn demo_refuses_a_database_that_has_sermons() {
    let data = data_dir();
    succeeded(&run(data.path(), &["analyze", SERMON]));
    let before = export(data.path());
    failed(&run(data.path(), &["demo"]));
    assert_eq!(export(data.path()), before);
}
