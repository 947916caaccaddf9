//! Whatever was accepted is saved, regardless of why the first save fails.

use std::{fs, sync::Arc, time::Duration};

use chrono::TimeDelta;
use serde_json::json;

use super::{ShiftedClock, on_both_databases};
use crate::support::{
    app::{CAPTIONS, TestApp, TestSettings},
    instance::{Database, Instance, SERMON, link},
    postgres::Postgres,
    program::{Server, succeeded},
};

/// Another program's trigger that makes every save fail, and how to drop it, for each database.
const TRIGGERS: [(&str, &str); 2] = [
    (
        "create trigger foreign_one before insert on videos begin select raise(abort, 'not today'); end",
        "drop trigger foreign_one",
    ),
    (
        "create function foreign_one() returns trigger language plpgsql as $$ begin raise exception 'not today'; end $$;
        create trigger foreign_one before insert on videos for each row execute function foreign_one()",
        "drop trigger foreign_one on videos",
    ),
];

/// Returns an instance for each database.
fn instances() -> [Instance; 2] {
    let postgres = Arc::new(Postgres::new());
    [Instance::new(), Instance::with(Database::new(&postgres))]
}

#[test]
fn a_result_that_the_database_rejects_is_spooled_and_replayed_when_it_no_longer_does() {
    for (instance, (create, drop)) in instances().into_iter().zip(TRIGGERS) {
        succeeded(&instance.run(&["migrate"]));
        instance.execute(create);
        let server = Server::start(instance.server());
        let sent = json!({ "transcript": CAPTIONS, "title": "The Sower", "url": link("sErm0n_Tst1") });
        let sent = server.curl("/api/videos", &["--json", &sent.to_string()]);
        assert_eq!(sent.status, 202, "{}", sent.text());
        let job = server.finished_job(sent.header("location").expect("a job"));
        assert_eq!((&job["state"], &job["stored"]), (&json!("done"), &json!("spool")), "{job}");
        let command_line = succeeded(&instance.save("sErm0n_Tst2", "By the command line"));
        assert!(command_line.contains("EMERGENCY_SAVE_"), "{command_line}");

        instance.execute(drop);
        for attempt in 0.. {
            if instance.rows("select video_id from videos").len() == 2 {
                break;
            }
            assert!(attempt < 300, "not replayed");
            std::thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(server.curl("/api/video/sErm0n_Tst1", &[]).json()["title"], "The Sower");
        server.kill();
    }
}

#[test]
fn a_database_whose_encoding_cannot_hold_the_text_spools_it() {
    let postgres = Arc::new(Postgres::new());
    postgres.psql(
        "postgres",
        "create database latin template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' locale_provider libc",
    );
    let instance = Instance::with(Database::Postgres(Arc::clone(&postgres), "latin".to_owned()));
    succeeded(&instance.run(&["migrate"]));
    let server = Server::start(instance.server());
    let sent = json!({ "transcript": "In John chapter 3", "title": "하나님의 사랑", "url": link("sErm0n_Tst1") });
    let sent = server.curl("/api/videos", &["--json", &sent.to_string()]);
    assert_eq!(sent.status, 202, "{}", sent.text());
    let job = server.finished_job(sent.header("location").expect("a job"));
    assert_eq!((&job["state"], &job["stored"]), (&json!("done"), &json!("spool")), "{job}");
}

#[test]
fn a_result_that_nothing_can_hold_is_in_the_response_and_in_a_file_of_the_command_line() {
    let instance = Instance::new();
    succeeded(&instance.run(&["migrate"]));
    instance.execute(TRIGGERS[0].0);
    // A file takes the place of the spool directory.
    let backups = instance.data().join("backups");
    let server = Server::start(instance.server());
    fs::remove_dir_all(&backups).expect("removed");
    fs::write(&backups, "").expect("a file");
    let sent = json!({ "transcript": CAPTIONS, "title": "The Sower", "url": link("sErm0n_Tst1") });
    let sent = server.curl("/api/videos", &["--json", &sent.to_string()]);
    let job = server.finished_job(sent.header("location").expect("a job"));
    assert_eq!(
        (&job["error"]["status"], &job["error"]["code"]),
        (&json!(507), &json!("insufficient_storage")),
        "{job}"
    );
    assert_eq!(job["error"]["document"]["title"], "The Sower", "{job}");
}

#[test]
fn a_sqlite_file_that_is_deleted_or_replaced_is_noticed_before_the_next_save_is_acknowledged() {
    for replaced in [false, true] {
        let instance = Instance::new();
        let server = Server::start(instance.server());
        let submit = |id: &str, words: &str| {
            let sent = json!({ "transcript": words, "title": "Sermon", "url": link(id) });
            server.curl("/api/videos", &["--json", &sent.to_string()])
        };
        let first = submit("sErm0n_Tst1", "In John chapter 3");
        server.finished_job(first.header("location").expect("a job"));
        let file = instance.data().join("instance/mannameter.db");
        let copy = instance.outside().join("copy.db");
        instance.execute(&format!("vacuum into '{}'", copy.display()));
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{suffix}", file.display()));
        }
        if replaced {
            fs::rename(&copy, &file).expect("replaced");
        }
        let second = submit("sErm0n_Tst2", "In Mark chapter 4");
        assert_eq!(second.status, 202, "{}", second.text());
        let job = server.finished_job(second.header("location").expect("a job"));
        let spooled = fs::read_dir(instance.data().join("backups"))
            .expect("a directory")
            .any(|entry| entry.expect("an entry").file_name().to_string_lossy().starts_with("EMERGENCY_SAVE_"));
        let is_stored =
            replaced && instance.rows("select video_id from videos").iter().any(|row| row["video_id"] == "sErm0n_Tst2");
        assert!(spooled || is_stored, "acknowledged but lost: {job}");
        assert!(replaced || job["stored"] == "spool", "{job}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_and_its_audit_entry_are_one_transaction() {
    for settings in on_both_databases() {
        let app = TestApp::with(settings).await;
        let sent = app.post("/api/videos", &json!({ "transcript": CAPTIONS, "url": "sErm0n_Tst1" })).await;
        app.wait_for_job(sent.header("location")).await;
        let id = mannameter::domain::VideoId::parse("sErm0n_Tst1").expect("an id");
        assert_eq!(app.delete(&id).await.status, 200);
        assert_eq!(app.delete(&id).await.status, 404);
        let history = app.store.history(&id).await.expect("the history");
        let restore = format!("/api/video/{id}/history/{}/restore", history[0].seq);
        assert_eq!(app.admin_post(&restore).await.status, 200);
        let audit = app.store.audit(10).await.expect("the audit");
        let actions: Vec<_> = audit.iter().map(|entry| (entry.action.as_str(), entry.actor.as_str())).collect();
        assert_eq!(actions, [("video.restore_version", "admin"), ("video.delete", "admin")]);
        assert!(audit[0].detail["version"] == history[0].seq && audit[0].detail["seq"].is_i64(), "{audit:?}");
    }
}

#[test]
fn a_deletion_or_restore_whose_audit_entry_cannot_be_written_does_not_happen() {
    let instance = Instance::new();
    for title in ["The Seed", "The Sower"] {
        succeeded(&instance.run(&["analyze", SERMON, "--url", &link("sErm0n_Tst1"), "--title", title]));
    }
    instance.execute("create trigger foreign_one before insert on audit begin select raise(abort, 'not today'); end");
    let server = Server::start(instance.server());
    let token = "authorization: Bearer the-admin-token-of-the-tests";
    let deleted = server.curl("/api/video/sErm0n_Tst1", &["-X", "DELETE", "-H", token]);
    assert_eq!(deleted.status, 500, "{}", deleted.text());
    let versions = instance.rows("select seq from video_history");
    let restore = format!("/api/video/sErm0n_Tst1/history/{}/restore", versions[0]["seq"]);
    let restored = server.curl(&restore, &["-X", "POST", "-H", token]);
    assert_eq!(restored.status, 500, "{}", restored.text());
    let current = server.curl("/api/video/sErm0n_Tst1", &[]).json();
    assert_eq!(current["title"], "The Sower", "it is still there, and was not replaced");
    assert_eq!(instance.rows("select seq from video_history").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn maintenance_removes_jobs_that_ended_more_than_30_days_ago() {
    for settings in on_both_databases() {
        let clock = Arc::new(ShiftedClock::default());
        let app = TestApp::with(TestSettings { clock: Arc::clone(&clock) as _, ..settings }).await;
        let sent = app.post("/api/videos", &json!({ "transcript": CAPTIONS })).await;
        let job = sent.header("location").to_owned();
        app.wait_for_job(&job).await;
        clock.advance(TimeDelta::days(29));
        app.maintenance.tick().await.expect("a tick");
        assert_eq!(app.get(&job).await.status, 200);
        clock.advance(TimeDelta::days(2));
        app.maintenance.tick().await.expect("a tick");
        assert_eq!(app.get(&job).await.status, 404);
    }
}
