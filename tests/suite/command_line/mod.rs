//! The built program as users run it: the server, the commands, both databases, and restarts after `kill -9`.

mod import;
mod legacy;
mod manual;
mod outage;
mod reanalyzing;
mod startup;
mod tools;

use std::{fs, io::Write, path::Path, process::Stdio, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    postgres::Postgres,
    program::{Server, failed, mannameter, run, succeeded},
};

const SERMON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/sower.srt");

fn data_dir() -> TempDir {
    tempfile::tempdir().expect("a directory for the test")
}

fn export(data_dir: &Path) -> Value {
    try_export(data_dir).expect("both export files with the same content")
}

/// Reads the export. Returns `None` if a file is missing or the files differ, as they may while a server replaces them.
fn try_export(data_dir: &Path) -> Option<Value> {
    let json = fs::read(data_dir.join("results.json")).ok()?;
    let b64 = fs::read(data_dir.join("results.json.b64")).ok()?;
    let is_same = STANDARD.decode(b64.trim_ascii_end()).expect("standard base64") == json;
    is_same.then(|| serde_json::from_slice(&json).expect("valid JSON"))
}

/// Waits until the export has this many sermons.
fn export_with(data_dir: &Path, sermons: usize) -> Value {
    for _ in 0..200 {
        let export = try_export(data_dir);
        if let Some(export) = export.filter(|export| export.as_object().is_some_and(|object| object.len() == sermons)) {
            return export;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the export never had {sermons} sermons");
}

/// Uploads a sermon, checks every place where it appears, and kills and restarts the server.
fn upload_kill_and_restart(database_url: Option<&str>) {
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
    let response = server.curl("/api/videos", &["-F", &file, "-F", "title=The Sower", "-F", "channel=Grace Church"]);
    assert_eq!(response.status, 202, "{}", response.text());
    let job = server.finished_job(response.header("location").expect("the job's URL"));
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
    assert_eq!(server.curl(&format!("/api/video/{id}"), &[]).json(), document, "the sermon survives kill -9");
    let (success, duration) = server.terminate();
    assert!(success && duration < Duration::from_secs(15), "SIGTERM stops the server within 15 s: {duration:?}");
}

#[test]
fn an_uploaded_sermon_is_saved_exported_and_survives_kill_9_on_sqlite() {
    upload_kill_and_restart(None);
}

#[test]
fn an_uploaded_sermon_is_saved_exported_and_survives_kill_9_on_postgres() {
    let database = Postgres::shared().database();
    upload_kill_and_restart(Some(&database));
}

#[test]
fn analyze_prints_each_step_and_that_the_data_is_safe() {
    let data = data_dir();
    let output = succeeded(&run(data.path(), &["analyze", SERMON, "--title", "The Sower"]));
    for text in [
        "Read the captions",
        "Find the Bible references",
        "Save the sermon",
        "Safety backup",
        "Created",
        "Exported 1 video:",
        "SAVE COMPLETE - DATA IS SAFE",
    ] {
        assert!(output.contains(text), "{text:?} in:\n{output}");
    }
    let again = succeeded(&run(data.path(), &["analyze", SERMON, "--title", "The Sower, again"]));
    assert!(again.contains("Updated") && again.contains("Safety backup: backups/pre_write_"), "{again}");
    assert_eq!(export(data.path()).as_object().expect("an object").len(), 1);
}

#[test]
fn several_files_directories_and_a_list_are_analyzed_and_one_that_fails_does_not_stop_the_others() {
    let data = data_dir();
    let files = tempfile::tempdir().expect("a directory");
    let path = |name: &str| files.path().join(name).to_str().expect("UTF-8").to_owned();
    fs::create_dir(path("june")).expect("a directory");
    for (name, text) in [
        ("june/first.txt", "Turn with me to John chapter 3 this morning."),
        ("june/second.txt", "Turn with me to Romans chapter 8 this morning."),
        ("third.txt", "Turn with me to Mark chapter 1 this morning."),
        ("not-captions.txt", "%PDF-1.7"),
    ] {
        fs::write(path(name), text).expect("a file");
    }
    fs::write(path("list"), format!("# more\n{}\n", path("third.txt"))).expect("a file");
    let arguments =
        ["analyze", &path("june"), &path("not-captions.txt"), "--from", &path("list"), "--channel", "Grace"];
    let output = run(data.path(), &arguments);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(failed(&output).contains("1 of 4 sermons failed"), "{printed}");
    assert!(printed.contains("it is a PDF") && printed.contains("Exported 3 videos"), "{printed}");
    let export = export(data.path());
    let mut titles: Vec<_> = export.as_object().expect("an object").values().map(|it| it["title"].clone()).collect();
    titles.sort_by_key(Value::to_string);
    assert_eq!(titles, ["first", "second", "third"]);
    assert!(export.as_object().expect("an object").values().all(|sermon| sermon["channel"] == "Grace"));

    let refused = failed(&run(data.path(), &["analyze", &path("june"), "--title", "One title"]));
    assert!(refused.contains("--title and --url describe one sermon, but there are 2"), "{refused}");
}

#[test]
fn a_dry_run_prints_the_whole_document_and_writes_nothing() {
    let data = data_dir();
    let missing = data.path().join("missing");
    let mut command = mannameter(&missing);
    command
        .args(["analyze", "--dry-run", "--format", "json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    child.stdin.take().expect("a pipe").write_all(b"please open to john 3:16 this morning").expect("written");
    let output = child.wait_with_output().expect("an exit status");
    let document: Value = serde_json::from_str(&succeeded(&output)).expect("only JSON on standard output");
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
    assert!(!missing.exists(), "a dry run creates no directory");
}
