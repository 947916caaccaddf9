//! The built binary as a user meets it: a server over HTTP, commands on a terminal, both databases, killed and started again.

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
        ["read", "analyze", "save", "Safety backup", "Created", "Exported 1 video:", "SAVE COMPLETE - DATA IS SAFE"]
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

    let wrong =
        [("--rotating-proxy", "ftp://u:hush@p", "ROTATING_PROXY"), ("--proxy-list", "u:hush@p,::", "PROXY_LIST")];
    for (flag, value, setting) in wrong {
        let said = failed(&run(data.path(), &["serve", flag, value]));
        assert!(said.contains(setting) && !said.contains("hush"), "{said}");
    }

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
fn an_old_version_is_brought_back_and_any_moment_is_exported() {
    let data = data_dir();
    for title in ["First", "Second"] {
        succeeded(&run(data.path(), &["analyze", SERMON, "--title", title]));
    }
    let id = export(data.path()).as_object().expect("an object").keys().next().expect("a sermon").clone();
    let said = succeeded(&run(data.path(), &["history", &id]));
    let old = said.lines().find(|line| line.ends_with("First")).expect("the old version");
    let (number, until) = (old.split_whitespace().next().expect("a number"), old.contains("update"));
    assert!(until, "{said}");
    let said = succeeded(&run(data.path(), &["history", &id, "--restore", number]));
    assert!(said.contains("Brought version") && said.contains("SAVE COMPLETE"), "{said}");
    assert_eq!(export(data.path())[&id]["title"], "First");
    let said = failed(&run(data.path(), &["history", &id, "--restore", "99"]));
    assert!(said.contains("no version 99"), "{said}");

    let titles = |time: &str| {
        let out = data_dir();
        let directory = out.path().join("then");
        let place = directory.to_str().expect("UTF-8");
        succeeded(&run(data.path(), &["export", "--as-of", time, "--out", place]));
        export(&directory)
    };
    assert_eq!(titles("2001-01-01"), json!({}), "nothing was there yet");
    assert_eq!(titles("2999-01-01T00:00:00Z")[&id]["title"], "First");
    let here = data.path().to_str().expect("UTF-8");
    let said = failed(&run(data.path(), &["export", "--as-of", "2001-01-01", "--out", here]));
    assert!(said.contains("choose another directory"), "{said}");
    assert_eq!(export(data.path())[&id]["title"], "First", "the export of now is untouched");
}

/// An address at which no database ever answers.
const AWAY: &str = "postgres://nobody@127.0.0.1:1/none";

#[test]
fn analyze_without_its_database_keeps_the_sermon_in_the_spool_and_the_next_one_puts_it_back() {
    let data = data_dir();
    let said = succeeded(&run(data.path(), &["analyze", SERMON, "--title", "In the dark", "--database-url", AWAY]));
    assert!(said.contains("The database is away. Spooled") && said.contains("EMERGENCY_SAVE_"), "{said}");
    assert!(!said.contains("SAVE COMPLETE"), "{said}");
    let file = data.path().join("another.txt");
    fs::write(&file, "please open to john 3:16 this morning").expect("a file is written");
    let said = succeeded(&run(data.path(), &["analyze", file.to_str().expect("UTF-8")]));
    assert!(said.contains("Put 1 back that had waited in the spool"), "{said}");
    assert!(export(data.path()).to_string().contains("In the dark"));
}

#[test]
fn a_server_killed_while_the_spool_has_files_puts_them_back_when_it_starts_again() {
    let data = data_dir();
    let mut command = mannameter(data.path());
    command.env("DATABASE_URL", AWAY);
    let server = Server::start(command);
    for (number, words) in ["john 3:16", "mark 4:3"].into_iter().enumerate() {
        let sent = json!({"transcript": format!("please open to {words}"), "title": format!("Sermon {number}")});
        let answer = server.curl("/api/videos", &["-H", "content-type: application/json", "-d", &sent.to_string()]);
        assert_eq!((answer.status, &answer.json()["stored"]), (202, &json!("spool")), "{}", answer.text());
    }
    assert_eq!(server.curl("/readyz", &[]).json()["spool"]["files"], 2);
    server.kill();
    let server = Server::start(mannameter(data.path()));
    assert_eq!(export_with(data.path(), 2).as_object().expect("an object").len(), 2);
    assert_eq!(server.curl("/readyz", &[]).json()["spool"]["files"], 0);
}

#[test]
fn killed_again_and_again_while_it_puts_the_spool_back_it_loses_nothing_and_does_nothing_twice() {
    const SERMONS: usize = 12;
    let data = data_dir();
    for number in 0..SERMONS {
        let file = data.path().join(format!("{number}.txt"));
        fs::write(&file, format!("sermon {number}: please open to john 3:{}", number + 1)).expect("a file is written");
        let arguments = ["analyze", file.to_str().expect("UTF-8"), "--database-url", AWAY];
        succeeded(&run(data.path(), &arguments));
    }
    // A new process each time gets a little further.
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
    let left = fs::read_dir(data.path().join("backups")).expect("a directory").map(|entry| entry.expect("an entry"));
    let left: Vec<_> =
        left.map(|entry| entry.file_name()).filter(|name| !name.to_string_lossy().starts_with("pre_write_")).collect();
    assert!(left.is_empty(), "nothing is left behind: {left:?}");
}

#[test]
fn a_disk_that_is_full_too_gives_the_sermon_back_in_the_answer_or_in_a_lost_video() {
    assert!(rustix::process::geteuid().is_root(), "this test mounts a small tmpfs, for which it must be root");
    let data = data_dir();
    let disk = Mounted::tmpfs(&data.path().join("disk"), "256k");
    let mut command = mannameter(&disk.0);
    command.env("DATABASE_URL", AWAY);
    let server = Server::start(command);
    // Leaves less than the sermon needs, and enough to show that files can be written.
    let filler = disk.0.join("filler");
    let mut file = fs::File::create(&filler).expect("a file");
    while file.write_all(&[0; 4096]).is_ok() {}
    let kept = fs::metadata(&filler).expect("its length").len() - 8192;
    file.set_len(kept).expect("made shorter");
    drop(file);
    let sent = format!("file=@{SERMON}");
    let answer = server.curl("/api/videos", &["-F", &sent, "-F", "title=The Sower"]);
    assert_eq!(answer.status, 507, "{}", answer.text());
    assert_eq!(answer.json()["document"]["title"], "The Sower");
    disk.remount("ro");
    let answer = server.curl("/api/videos", &["-F", &sent, "-F", "title=On a read-only disk"]);
    assert_eq!((answer.status, &answer.json()["document"]["title"]), (507, &json!("On a read-only disk")));
    server.kill();
    disk.remount("rw");

    let place = data_dir();
    let mut command = mannameter(&disk.0);
    command.args(["analyze", SERMON, "--title", "The Sower", "--database-url", AWAY]).current_dir(place.path());
    command.env("RUST_LOG", "off");
    let output = command.stdin(Stdio::null()).output().expect("the binary runs");
    let said = failed(&output);
    let lost = fs::read_dir(place.path()).expect("a directory").next().expect("a file").expect("an entry").path();
    let name = lost.file_name().and_then(|name| name.to_str()).expect("UTF-8");
    assert!(name.starts_with("LOST_VIDEO_") && said.contains(name) && said.contains("mannameter import"), "{said}");
    let left: Vec<_> = fs::read_dir(disk.0.join("backups")).expect("a directory").collect();
    assert!(left.is_empty(), "nothing half written is left: {left:?}");

    let other = data_dir();
    let said = succeeded(&run(other.path(), &["import", lost.to_str().expect("UTF-8")]));
    assert!(said.contains("1 created"), "{said}");
}

/// A file system of its own; unmounted when dropped.
struct Mounted(std::path::PathBuf);

impl Mounted {
    fn tmpfs(path: &Path, size: &str) -> Self {
        fs::create_dir(path).expect("a directory to mount on");
        let size = format!("size={size}");
        let mut mount = std::process::Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(path).status().expect("mount runs");
        assert!(mounted.success(), "a tmpfs is mounted");
        Self(path.to_owned())
    }

    fn remount(&self, way: &str) {
        let way = format!("remount,{way}");
        // Refused as long as any file is open for writing, as the locks are now and then.
        let mounted = (0..600).any(|_| {
            let mut mount = std::process::Command::new("mount");
            let mounted = mount.args(["-o", &way]).arg(&self.0).stderr(Stdio::null()).status().expect("mount runs");
            if !mounted.success() {
                std::thread::sleep(Duration::from_millis(50));
            }
            mounted.success()
        });
        assert!(mounted, "it is mounted anew");
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // The directory that it is in cannot be removed otherwise.
        let _ = std::process::Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
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
