//! The database goes away: sermons are still taken and read, nothing is lost, and everything says so.

use std::time::Duration;

use mannameter::domain::Document;
use serde_json::{Value, json};

use crate::{
    support::app::{CAPTIONS, TestApp, TestSettings},
    support::postgres::Postgres,
};

/// A service on a PostgreSQL of its own that holds two sermons.
async fn filled(postgres: &Postgres) -> TestApp {
    let app = TestApp::with(TestSettings { database: Some(postgres.database()), ..TestSettings::default() }).await;
    for (id, title, manna) in [("a_Sermon_01", "Faith", 7), ("b_Sermon_02", "Love", 3)] {
        let value = json!({
            "title": title, "channel": "Hope", "processed_at": "2026-05-31T10:00:00Z", "counts": { "John": manna },
            "positions": { "John": { "valid": vec![json!({"start": 1.5}); manna] } },
            "stats": { "scripture_references": manna, "total_matches": manna },
        });
        app.keep(&Document::from_legacy(id, value).expect("a document")).await;
    }
    app
}

fn sermon(title: &str) -> Value {
    json!({ "transcript": CAPTIONS, "title": title, "channel": "Grace", "url": "https://youtu.be/sErm0n_Tst1" })
}

/// Asks until the answer is as it should be.
async fn eventually(app: &TestApp, path: &str, holds: impl Fn(&crate::support::app::Answer) -> bool) {
    for _ in 0..300 {
        let answer = app.get(path).await;
        if holds(&answer) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{path} never became as it should: {}", app.get(path).await.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sermon_sent_while_postgres_is_stopped_is_kept_and_arrives_by_itself() {
    let postgres = Postgres::new();
    let app = filled(&postgres).await;
    postgres.stop();
    let answer = app.post("/api/videos", &sermon("Sent in the dark")).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let job = answer.json();
    assert_eq!((&job["state"], &job["stored"]), (&json!("done"), &json!("spool")), "{job}");
    assert_eq!((&job["video_id"], &job["result_url"]), (&json!("sErm0n_Tst1"), &json!("/video/sErm0n_Tst1")));
    assert!(job["logs"].to_string().contains("EMERGENCY_SAVE_"), "{job}");
    assert_eq!(app.get(answer.header("location")).await.json(), job, "the job can be asked for");

    let ready = app.get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert_eq!((&ready.json()["spool"]["files"], &ready.json()["spool"]["damaged"]), (&json!(1), &json!(0)));
    let document = app.get("/api/video/sErm0n_Tst1").await;
    assert_eq!((document.status.as_u16(), document.header("x-mannameter-source")), (200, "spool"));
    let page = app.browse("/video/sErm0n_Tst1").await;
    assert!(page.text().contains("goes into the list by itself"), "{}", page.text());

    postgres.start();
    eventually(&app, "/api/video/sErm0n_Tst1", |answer| {
        answer.status == 200 && answer.header("x-mannameter-source").is_empty()
    })
    .await;
    let arrived = app.get("/api/video/sErm0n_Tst1").await;
    assert_eq!(arrived.body, document.body, "to the byte");
    eventually(&app, "/readyz", |answer| answer.status == 200 && answer.json()["spool"]["files"] == 0).await;
    eventually(&app, "/results.json", |answer| answer.json()["sErm0n_Tst1"] == arrived.json()).await;
    let later = app.post("/api/videos", &sermon("Sent in the light")).await;
    let job = app.ended(later.header("location")).await;
    assert_eq!(job["stored"], "database", "{job}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_sent_while_postgres_is_frozen_is_kept_and_arrives_by_itself() {
    let postgres = Postgres::new();
    let app = filled(&postgres).await;
    postgres.freeze();
    let answer = app.post("/api/videos", &json!({ "url": "sErm0n_Tst2" })).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(answer.json()["stored"], "spool", "{}", answer.text());
    postgres.thaw();
    eventually(&app, "/api/video/sErm0n_Tst2", |answer| {
        answer.status == 200 && answer.header("x-mannameter-source").is_empty()
    })
    .await;
    eventually(&app, "/readyz", |answer| answer.status == 200 && answer.json()["spool"]["files"] == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_youtube_refuses_is_refused_without_a_queue_too() {
    let postgres = Postgres::new();
    let app = filled(&postgres).await;
    postgres.stop();
    app.post("/api/videos", &json!({ "url": "pr1vate_vid" })).await.problem(422, "private");
    app.post("/api/videos", &json!({ "transcript": " ", "title": "x" })).await.problem(422, "transcript_empty");
    assert_eq!(app.get("/readyz").await.json()["spool"]["files"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_nothing_takes_the_result_the_answer_has_it_whole() {
    let postgres = Postgres::new();
    let app = filled(&postgres).await;
    postgres.stop();
    std::fs::remove_dir_all(app.data_dir.backups()).expect("removed");
    std::fs::write(app.data_dir.backups(), "no directory").expect("a file in its place");
    let answer = app.post("/api/videos", &sermon("Nowhere")).await;
    let problem = answer.problem(507, "insufficient_storage");
    let document = &problem["document"];
    assert_eq!((&document["video_id"], &document["title"]), (&json!("sErm0n_Tst1"), &json!("Nowhere")), "{problem}");
    assert!(document["references"].as_array().is_some_and(|found| found.len() == 2), "{document}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_database_goes_away_while_it_runs_ends_in_the_spool_and_says_so() {
    let postgres = Postgres::new();
    let app = filled(&postgres).await;
    let answer = app.post("/api/videos", &json!({ "url": "waits_here_" })).await;
    let location = answer.header("location").to_owned();
    eventually(&app, &location, |answer| answer.text().contains("captions")).await;
    postgres.stop();
    app.youtube.gate.add_permits(1);
    let spooled = async {
        while app.saver.spool().status().files == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), spooled).await.expect("it is in the spool");
    postgres.start();
    let job = app.ended(&location).await;
    assert_eq!((&job["state"], &job["stored"]), (&json!("done"), &json!("spool")), "{job}");
    assert!(job["logs"].to_string().contains("EMERGENCY_SAVE_"), "{job}");
    eventually(&app, "/api/video/waits_here_", |answer| {
        answer.status == 200 && answer.header("x-mannameter-source").is_empty()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_read_from_the_last_export_and_marked() {
    let postgres = Postgres::new();
    let app = filled(&postgres).await;
    let lists =
        ["/api/videos?sort=manna", "/api/videos?book=John&sort=title", "/api/videos?q=love", "/api/videos?channel=No"];
    let mut before = Vec::new();
    for path in ["/api/video/a_Sermon_01", "/api/export/database", "/export.csv"].into_iter().chain(lists) {
        let answer = app.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-mannameter-source")), (200, ""), "{path}");
        before.push((path, answer));
    }
    postgres.stop();
    for (path, before) in before {
        let answer = app.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-mannameter-source")), (200, "export"), "{path}");
        assert!(answer.header("x-mannameter-export-time").ends_with('Z'), "{path}");
        // Only the database knows the pages of churches.
        let before = before.text().replace("\"church_slug\":\"hope\"", "\"church_slug\":null");
        assert_eq!(answer.text(), before, "{path}");
    }
    for path in ["/results.json", "/results.json.b64"] {
        let answer = app.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-mannameter-source")), (200, "export"), "{path}");
    }
    let first = app.get("/api/videos?limit=1&sort=title").await.json();
    assert_eq!((&first["videos"][0]["title"], &first["total"]), (&json!("Faith"), &json!(2)));
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let second = app.get(&format!("/api/videos?limit=1&sort=title&cursor={cursor}")).await.json();
    assert_eq!((&second["videos"][0]["title"], &second["next_cursor"]), (&json!("Love"), &json!(null)));
    app.get("/api/videos?cursor=bm9uZQ").await.problem(400, "invalid_cursor");
    for path in ["/", "/video/b_Sermon_02"] {
        let page = app.browse(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text().contains("from the last export"), "{path}: {}", page.text());
    }
    // It may be in the database all the same.
    let unknown = app.get("/api/video/not_known_1").await;
    let problem = unknown.problem(503, "database_unavailable");
    assert!(unknown.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0));
    assert!(!problem.to_string().contains("127.0.0.1"), "nothing of our insides is told: {problem}");
    assert_eq!(app.get("/healthz").await.status, 200);
}
