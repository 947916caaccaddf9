//! The built program as users run it: the server, the commands, both databases, and restarts after `kill -9`.

use std::{fs, io::Write, path::Path, process::Stdio, time::Duration};

use crate::support::postgres::Postgres;
use crate::support::program::{Server, failed, mannameter, run, succeeded};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tempfile::TempDir;

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
fn a_damaged_file_is_rejected_and_nothing_is_imported() {
    let data = data_dir();
    let file = data.path().join("cut.json");
    fs::write(&file, r#"{"a": {"title": "whole"}, "b": {"title": "cut"#).expect("a file is written");
    let output = failed(&run(data.path(), &["import", file.to_str().expect("UTF-8")]));
    assert!(output.contains("cut.json") && output.contains("nothing was imported"), "{output}");
    assert!(!data.path().join("instance/mannameter.db").exists(), "no database was created");
}

#[test]
fn every_failed_start_prints_one_line_that_says_what_to_do() {
    let data = data_dir();
    let not_a_directory = data.path().join("file");
    fs::write(&not_a_directory, "x").expect("a file is written");
    let output = failed(&run(&not_a_directory, &["serve"]));
    assert!(output.contains("DATA_DIR"), "{output}");

    let output = failed(&run(data.path(), &["serve", "--database-url", "mysql://h/d"]));
    assert!(output.contains("postgres://") && output.contains("sqlite://"), "{output}");

    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port().to_string();
    let output = failed(&run(data.path(), &["serve", "--port", &port]));
    assert!(output.contains(&port) && output.contains("--port"), "{output}");

    let unreachable = ["migrate", "--database-url", "postgres://nobody:hush@127.0.0.1:1/none"];
    let output = failed(&run(data.path(), &unreachable));
    assert!(output.contains("not available") && !output.contains("hush"), "{output}");

    let invalid =
        [("--rotating-proxy", "ftp://u:hush@p", "ROTATING_PROXY"), ("--proxy-list", "u:hush@p,::", "PROXY_LIST")];
    for (flag, value, setting) in invalid {
        let output = failed(&run(data.path(), &["serve", flag, value]));
        assert!(output.contains(setting) && !output.contains("hush"), "{output}");
    }

    let output = failed(&run(data.path(), &["analyze", "no-such-file.srt"]));
    assert!(output.contains("no-such-file.srt"), "{output}");
}

#[test]
fn a_server_without_its_database_is_live_but_not_ready_and_recovers_when_it_is_back() {
    let data = data_dir();
    let postgres = Postgres::new();
    let database = postgres.database();
    postgres.stop();
    let mut command = mannameter(data.path());
    command.env("DATABASE_URL", database);
    let server = Server::start(command);
    assert_eq!(server.curl("/healthz", &[]).status, 200);
    assert_eq!(server.curl("/readyz", &[]).status, 503);
    let response = server.curl("/api/videos", &[]);
    assert_eq!(response.status, 503);
    assert!(
        response.header("content-type").is_some_and(|kind| kind.starts_with("application/problem+json")),
        "{}",
        response.head
    );
    assert!(response.header("retry-after").is_some());
    postgres.start();
    let ready = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        server.curl("/readyz", &[]).status == 200
    });
    assert!(ready, "the server is ready again: {}", server.curl("/readyz", &[]).text());
    assert_eq!(server.curl("/api/videos", &[]).json()["videos"], json!([]));
}

#[test]
fn an_old_version_can_be_restored_and_any_point_in_time_exported() {
    let data = data_dir();
    for title in ["First", "Second"] {
        succeeded(&run(data.path(), &["analyze", SERMON, "--title", title]));
    }
    let id = export(data.path()).as_object().expect("an object").keys().next().expect("a sermon").clone();
    let output = succeeded(&run(data.path(), &["history", &id]));
    let old = output.lines().find(|line| line.ends_with("First")).expect("the old version");
    let number = old.split_whitespace().next().expect("a number");
    assert!(old.contains("update"), "{output}");
    let output = succeeded(&run(data.path(), &["history", &id, "--restore", number]));
    assert!(output.contains("Restored version") && output.contains("SAVE COMPLETE"), "{output}");
    assert_eq!(export(data.path())[&id]["title"], "First");
    let output = failed(&run(data.path(), &["history", &id, "--restore", "99"]));
    assert!(output.contains("no version 99"), "{output}");

    let titles = |time: &str| {
        let out = data_dir();
        let directory = out.path().join("then");
        let path = directory.to_str().expect("UTF-8");
        succeeded(&run(data.path(), &["export", "--as-of", time, "--out", path]));
        export(&directory)
    };
    assert_eq!(titles("2001-01-01"), json!({}), "there were no sermons yet");
    assert_eq!(titles("2999-01-01T00:00:00Z")[&id]["title"], "First");
    let here = data.path().to_str().expect("UTF-8");
    let output = failed(&run(data.path(), &["export", "--as-of", "2001-01-01", "--out", here]));
    assert!(output.contains("choose another directory"), "{output}");
    assert_eq!(export(data.path())[&id]["title"], "First", "the current export is untouched");
}

/// The URL of a database that is never reachable.
const UNREACHABLE: &str = "postgres://nobody@127.0.0.1:1/none";

#[test]
fn analyze_without_a_database_spools_the_sermon_and_the_next_analyze_saves_it() {
    let data = data_dir();
    let arguments = ["analyze", SERMON, "--title", "In the dark", "--database-url", UNREACHABLE];
    let output = succeeded(&run(data.path(), &arguments));
    assert!(output.contains("the database is unreachable") && output.contains("EMERGENCY_SAVE_"), "{output}");
    assert!(!output.contains("SAVE COMPLETE"), "{output}");
    let file = data.path().join("another.txt");
    fs::write(&file, "please open to john 3:16 this morning").expect("a file is written");
    let output = succeeded(&run(data.path(), &["analyze", file.to_str().expect("UTF-8")]));
    assert!(output.contains("Saved 1 sermon from the spool"), "{output}");
    assert!(export(data.path()).to_string().contains("In the dark"));
}

#[test]
fn a_server_killed_with_a_spool_replays_it_after_a_restart() {
    let data = data_dir();
    let mut command = mannameter(data.path());
    command.env("DATABASE_URL", UNREACHABLE);
    let server = Server::start(command);
    for (number, reference) in ["john 3:16", "mark 4:3"].into_iter().enumerate() {
        let body = json!({"transcript": format!("please open to {reference}"), "title": format!("Sermon {number}")});
        let response = server.curl("/api/videos", &["-H", "content-type: application/json", "-d", &body.to_string()]);
        assert_eq!((response.status, &response.json()["stored"]), (202, &json!("spool")), "{}", response.text());
    }
    assert_eq!(server.curl("/readyz", &[]).json()["spool"]["files"], 2);
    server.kill();
    let server = Server::start(mannameter(data.path()));
    assert_eq!(export_with(data.path(), 2).as_object().expect("an object").len(), 2);
    assert_eq!(server.curl("/readyz", &[]).json()["spool"]["files"], 0);
}

#[test]
fn repeated_kills_during_a_replay_neither_lose_nor_duplicate_a_sermon() {
    const SERMONS: usize = 12;
    let data = data_dir();
    for number in 0..SERMONS {
        let file = data.path().join(format!("{number}.txt"));
        fs::write(&file, format!("sermon {number}: please open to john 3:{}", number + 1)).expect("a file is written");
        let arguments = ["analyze", file.to_str().expect("UTF-8"), "--database-url", UNREACHABLE];
        succeeded(&run(data.path(), &arguments));
    }
    // Each process gets a little further than the one before.
    for round in 0..8 {
        let server = Server::start(mannameter(data.path()));
        std::thread::sleep(Duration::from_millis(7 * round));
        server.kill();
    }
    let server = Server::start(mannameter(data.path()));
    assert_eq!(export_with(data.path(), SERMONS).as_object().expect("an object").len(), SERMONS);
    let ready = (0..100).map(|_| {
        std::thread::sleep(Duration::from_millis(50));
        server.curl("/readyz", &[]).json()
    });
    let ready = ready.into_iter().find(|ready| ready["spool"]["files"] == 0).expect("the spool is empty");
    assert_eq!((&ready["spool"]["damaged"], &ready["database"]["seq"]), (&json!(0), &json!(SERMONS)), "{ready}");
    let entries = fs::read_dir(data.path().join("backups")).expect("a directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let left: Vec<_> = names.filter(|name| !name.to_string_lossy().starts_with("pre_write_")).collect();
    assert!(left.is_empty(), "no files are left: {left:?}");
}

#[test]
fn with_a_full_disk_the_sermon_is_returned_in_the_response_or_in_a_lost_video_file() {
    assert!(rustix::process::geteuid().is_root(), "this test mounts a small tmpfs: run it as root");
    let data = data_dir();
    let disk = Mount::tmpfs(&data.path().join("disk"), "256k");
    let mut command = mannameter(&disk.0);
    command.env("DATABASE_URL", UNREACHABLE);
    let server = Server::start(command);
    // Leaves less space than the sermon needs, but enough for the check that files can be written.
    let filler = disk.0.join("filler");
    let mut file = fs::File::create(&filler).expect("a file");
    while file.write_all(&[0; 4096]).is_ok() {}
    let length = fs::metadata(&filler).expect("its length").len() - 8192;
    file.set_len(length).expect("truncated");
    drop(file);
    let upload = format!("file=@{SERMON}");
    let response = server.curl("/api/videos", &["-F", &upload, "-F", "title=The Sower"]);
    assert_eq!(response.status, 507, "{}", response.text());
    assert_eq!(response.json()["document"]["title"], "The Sower");
    disk.remount("ro");
    let response = server.curl("/api/videos", &["-F", &upload, "-F", "title=On a read-only disk"]);
    assert_eq!((response.status, &response.json()["document"]["title"]), (507, &json!("On a read-only disk")));
    server.kill();
    disk.remount("rw");

    let current = data_dir();
    let mut command = mannameter(&disk.0);
    command
        .args(["analyze", SERMON, "--title", "The Sower", "--database-url", UNREACHABLE])
        .current_dir(current.path());
    command.env("RUST_LOG", "off");
    let output = command.stdin(Stdio::null()).output().expect("the binary runs");
    let output = failed(&output);
    let lost = fs::read_dir(current.path()).expect("a directory").next().expect("a file").expect("an entry").path();
    let name = lost.file_name().and_then(|name| name.to_str()).expect("UTF-8");
    assert!(
        name.starts_with("LOST_VIDEO_") && output.contains(name) && output.contains("mannameter import"),
        "{output}"
    );
    let left: Vec<_> = fs::read_dir(disk.0.join("backups")).expect("a directory").collect();
    assert!(left.is_empty(), "no partial files are left: {left:?}");

    let other = data_dir();
    let output = succeeded(&run(other.path(), &["import", lost.to_str().expect("UTF-8")]));
    assert!(output.contains("1 created"), "{output}");
}

/// A mounted file system. Unmounted when dropped.
struct Mount(std::path::PathBuf);

impl Mount {
    fn tmpfs(path: &Path, size: &str) -> Self {
        fs::create_dir(path).expect("a directory to mount on");
        let size = format!("size={size}");
        let mut mount = std::process::Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(path).status().expect("mount runs");
        assert!(mounted.success(), "could not mount a tmpfs");
        Self(path.to_owned())
    }

    fn remount(&self, mode: &str) {
        let options = format!("remount,{mode}");
        // Fails while a file is open for writing, as lock files sometimes are.
        let mounted = (0..600).any(|_| {
            let mut mount = std::process::Command::new("mount");
            let mounted = mount.args(["-o", &options]).arg(&self.0).stderr(Stdio::null()).status().expect("mount runs");
            if !mounted.success() {
                std::thread::sleep(Duration::from_millis(50));
            }
            mounted.success()
        });
        assert!(mounted, "could not remount it");
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Otherwise its parent directory cannot be removed.
        let _ = std::process::Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn doctor_reports_each_check_and_fails_without_a_database() {
    let data = data_dir();
    let output = succeeded(&run(data.path(), &["doctor"]));
    assert!(
        output.contains("SQLite") && output.contains("synchronous=full") && output.contains("All checks passed."),
        "{output}"
    );
    let output = run(data.path(), &["doctor", "--database-url", "postgres://nobody@127.0.0.1:1/none"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("FAIL  database"));
}

#[test]
fn demo_fills_an_empty_database_with_the_same_sermons_each_time_and_says_that_they_are_fictional() {
    let (data, other) = (data_dir(), data_dir());
    let demo = ["demo", "--sermons", "3", "--until", "2025-11-30"];
    let output = succeeded(&run(data.path(), &demo));
    for text in ["They were never preached", "Exported 3 videos", "fictional"] {
        assert!(output.contains(text), "{text:?} in:\n{output}");
    }
    succeeded(&run(other.path(), &demo));
    assert_eq!(export(data.path()), export(other.path()));
    let output = failed(&run(data.path(), &demo));
    assert!(output.contains("it has 3 sermons") && output.contains("--data-dir"), "{output}");
    assert_eq!(export(data.path()), export(other.path()), "nothing was added");
    let output = succeeded(&run(data.path(), &["reanalyze", "--dry-run"]));
    assert!(output.contains("Nothing to do"), "their transcripts are stored: {output}");
}

#[test]
fn demo_rejects_a_database_that_has_sermons() {
    let data = data_dir();
    succeeded(&run(data.path(), &["analyze", SERMON]));
    let before = export(data.path());
    failed(&run(data.path(), &["demo"]));
    assert_eq!(export(data.path()), before);
}
