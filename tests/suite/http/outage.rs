//! While the database is unreachable, sermons can still be submitted and read, nothing is lost, and the API says so.

use std::time::Duration;

use mannameter::domain::Document;
use serde_json::{Value, json};

use crate::{
    support::app::{CAPTIONS, TestApp, TestSettings},
    support::postgres::Postgres,
};

/// Starts a service with two sermons on its own PostgreSQL.
async fn filled(database: String) -> TestApp {
    // A second worker could take over a job whose lease expires during the outage, and would then run it again.
    let settings = TestSettings {
        database: Some(database),
        // Each access to the stopped database waits this long.
        connect_timeout: Some(Duration::from_secs(1)),
        workers: 1,
        ..TestSettings::default()
    };
    let app = TestApp::with(settings).await;
    for (id, title, manna) in [("a_Sermon_01", "Faith", 7), ("b_Sermon_02", "Love", 3)] {
        let value = json!({
            "title": title, "channel": "Hope", "processed_at": "2026-05-31T10:00:00Z", "counts": { "John": manna },
            "positions": { "John": { "valid": vec![json!({"start": 1.5}); manna] } },
            "stats": { "scripture_references": manna, "total_matches": manna },
        });
        app.save(&Document::from_legacy(id, value).expect("a document")).await;
    }
    app
}

fn sermon(title: &str) -> Value {
    json!({ "transcript": CAPTIONS, "title": title, "channel": "Grace", "url": "https://youtu.be/sErm0n_Tst1" })
}

/// Repeats a request until the response meets a condition.
async fn eventually(app: &TestApp, path: &str, holds: impl Fn(&crate::support::app::TestResponse) -> bool) {
    for _ in 0..300 {
        let response = app.get(path).await;
        if holds(&response) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{path} did not change as expected: {}", app.get(path).await.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sermon_submitted_while_postgres_is_stopped_is_spooled_and_replayed() {
    let postgres = Postgres::new();
    let app = filled(postgres.database()).await;
    postgres.stop();
    let response = app.post("/api/videos", &sermon("Submitted during the outage")).await;
    assert_eq!(response.status, 202, "{}", response.text());
    let job = response.json();
    assert_eq!((&job["state"], &job["stored"]), (&json!("done"), &json!("spool")), "{job}");
    assert_eq!((&job["video_id"], &job["result_url"]), (&json!("sErm0n_Tst1"), &json!("/video/sErm0n_Tst1")));
    assert!(job["logs"].to_string().contains("EMERGENCY_SAVE_"), "{job}");
    assert_eq!(app.get(response.header("location")).await.json(), job, "the job can be read");

    let ready = app.get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert_eq!((&ready.json()["spool"]["files"], &ready.json()["spool"]["damaged"]), (&json!(1), &json!(0)));
    let document = app.get("/api/video/sErm0n_Tst1").await;
    assert_eq!((document.status.as_u16(), document.header("x-mannameter-source")), (200, "spool"));
    let page = app.browse("/video/sErm0n_Tst1").await;
    assert!(page.text().contains("will appear in the list"), "{}", page.text());

    postgres.start();
    eventually(&app, "/api/video/sErm0n_Tst1", |response| {
        response.status == 200 && response.header("x-mannameter-source").is_empty()
    })
    .await;
    let replayed = app.get("/api/video/sErm0n_Tst1").await;
    assert_eq!(replayed.body, document.body, "byte for byte");
    eventually(&app, "/readyz", |response| response.status == 200 && response.json()["spool"]["files"] == 0).await;
    eventually(&app, "/results.json", |response| response.json()["sErm0n_Tst1"] == replayed.json()).await;
    let later = app.post("/api/videos", &json!({ "url": "sErm0n_Tst2" })).await;
    let job = app.wait_for_job(later.header("location")).await;
    assert_eq!(job["stored"], "database", "{job}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_submitted_while_postgres_is_frozen_is_spooled_and_replayed() {
    let postgres = Postgres::new();
    let app = filled(postgres.database()).await;
    postgres.freeze();
    let response = app.post("/api/videos", &json!({ "url": "sErm0n_Tst2" })).await;
    assert_eq!(response.status, 202, "{}", response.text());
    assert_eq!(response.json()["stored"], "spool", "{}", response.text());
    postgres.thaw();
    eventually(&app, "/api/video/sErm0n_Tst2", |response| {
        response.status == 200 && response.header("x-mannameter-source").is_empty()
    })
    .await;
    eventually(&app, "/readyz", |response| response.status == 200 && response.json()["spool"]["files"] == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_by_youtube_is_reported_during_an_outage_too() {
    let postgres = Postgres::new();
    let app = filled(postgres.database()).await;
    postgres.stop();
    app.post("/api/videos", &json!({ "url": "pr1vate_vid" })).await.problem(422, "private");
    app.post("/api/videos", &json!({ "transcript": " ", "title": "x" })).await.problem(422, "transcript_empty");
    assert_eq!(app.get("/readyz").await.json()["spool"]["files"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_cannot_be_saved_is_returned_in_the_response() {
    let postgres = Postgres::new();
    let app = filled(postgres.database()).await;
    postgres.stop();
    std::fs::remove_dir_all(app.data_dir.backups()).expect("removed");
    std::fs::write(app.data_dir.backups(), "no directory").expect("a file in its place");
    let response = app.post("/api/videos", &sermon("Nowhere")).await;
    let problem = response.problem(507, "insufficient_storage");
    let document = &problem["document"];
    assert_eq!((&document["video_id"], &document["title"]), (&json!("sErm0n_Tst1"), &json!("Nowhere")), "{problem}");
    assert!(document["references"].as_array().is_some_and(|found| found.len() == 2), "{document}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_database_becomes_unreachable_spools_its_result() {
    let postgres = Postgres::new();
    let app = filled(postgres.database()).await;
    let response = app.post("/api/videos", &json!({ "url": "waits_here_" })).await;
    let location = response.header("location").to_owned();
    eventually(&app, &location, |response| response.text().contains("captions")).await;
    postgres.stop();
    app.youtube.gate.add_permits(1);
    let spooled = async {
        while app.saver.spool().status().files == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), spooled).await.expect("a spooled result");
    postgres.start();
    let job = app.wait_for_job(&location).await;
    assert_eq!((&job["state"], &job["stored"]), (&json!("done"), &json!("spool")), "{job}");
    assert!(job["logs"].to_string().contains("EMERGENCY_SAVE_"), "{job}");
    eventually(&app, "/api/video/waits_here_", |response| {
        response.status == 200 && response.header("x-mannameter-source").is_empty()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn during_an_outage_sermons_are_read_from_the_last_export() {
    let postgres = Postgres::new();
    let app = filled(postgres.database()).await;
    let lists =
        ["/api/videos?sort=manna", "/api/videos?book=John&sort=title", "/api/videos?q=love", "/api/videos?channel=No"];
    let mut before = Vec::new();
    for path in ["/api/video/a_Sermon_01", "/api/export/database", "/export.csv"].into_iter().chain(lists) {
        let response = app.get(path).await;
        assert_eq!((response.status.as_u16(), response.header("x-mannameter-source")), (200, ""), "{path}");
        before.push((path, response));
    }
    postgres.stop();
    for (path, before) in before {
        let response = app.get(path).await;
        assert_eq!((response.status.as_u16(), response.header("x-mannameter-source")), (200, "export"), "{path}");
        assert!(response.header("x-mannameter-export-time").ends_with('Z'), "{path}");
        if path == "/api/export/database" {
            assert_eq!(response.json(), before.json(), "only the line breaks may differ");
            continue;
        }
        // The export has no church slugs.
        let before = before.text().replace("\"church_slug\":\"hope\"", "\"church_slug\":null");
        // Sent from the export file, the documents are on lines of their own.
        assert_eq!(response.text().replace('\n', ""), before.replace('\n', ""), "{path}");
    }
    for path in ["/results.json", "/results.json.b64"] {
        let response = app.get(path).await;
        assert_eq!((response.status.as_u16(), response.header("x-mannameter-source")), (200, "export"), "{path}");
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
        assert!(page.text().contains("You are seeing the last export"), "{path}: {}", page.text());
    }
    // The sermon may be in the database.
    let unknown = app.get("/api/video/not_known_1").await;
    let problem = unknown.problem(503, "database_unavailable");
    assert!(unknown.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0));
    assert!(!problem.to_string().contains("127.0.0.1"), "no internal details: {problem}");
    assert_eq!(app.get("/healthz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_sermon_is_read_from_the_last_export_and_the_others_from_the_database() {
    let postgres = Postgres::shared();
    let url = postgres.database();
    let name = url.rsplit('/').next().expect("a name").to_owned();
    let app = filled(url).await;
    let before = app.get("/api/video/a_Sermon_01").await.json();
    postgres.psql(&name, "update videos set document = document || ' ' where video_id = 'a_Sermon_01'");
    let damaged = app.get("/api/video/a_Sermon_01").await;
    assert_eq!((damaged.status.as_u16(), damaged.header("x-mannameter-source")), (200, "export"));
    assert_eq!(damaged.json(), before);
    let intact = app.get("/api/video/b_Sermon_02").await;
    assert_eq!((intact.status.as_u16(), intact.header("x-mannameter-source")), (200, ""));

    std::fs::remove_file(app.data_dir.results_json()).expect("the export is removed");
    let problem = app.get("/api/video/a_Sermon_01").await.problem(503, "database_damaged");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("mannameter doctor")), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn readyz_says_that_saves_fail_whatever_the_reason_until_the_next_good_save() {
    let postgres = Postgres::shared();
    let url = postgres.database();
    let name = url.rsplit('/').next().expect("a name").to_owned();
    let app = TestApp::with(TestSettings { database: Some(url), ..TestSettings::default() }).await;
    let saves = async || app.get("/readyz").await.json()["saves"].clone();
    assert_eq!(saves().await, json!({ "ok": true, "error": null }));

    // Not an outage: something in the database rejects the statement.
    postgres.psql(
        &name,
        "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
        create trigger refuse before insert or update on videos for each row execute function refuse()",
    );
    let submitted = app.post("/api/videos", &sermon("Refused")).await;
    let job = app.wait_for_job(submitted.header("location")).await;
    assert_eq!((&job["state"], &job["stored"]), (&json!("done"), &json!("spool")), "{job}");
    let ready = app.get("/readyz").await;
    assert_eq!((ready.status.as_u16(), &ready.json()["database"]["ok"]), (503, &json!(true)), "{}", ready.text());
    let error = saves().await["error"].as_str().expect("an error").to_owned();
    assert_eq!(error, "saves fail: the database rejected a statement; the log has the details");

    postgres.psql(&name, "drop trigger refuse on videos");
    let submitted = app.post("/api/videos", &json!({ "url": "sErm0n_Tst2" })).await;
    app.wait_for_job(submitted.header("location")).await;
    assert_eq!(saves().await, json!({ "ok": true, "error": null }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_job_does_not_wait_for_an_unreachable_database_to_report_its_progress() {
    let postgres = Postgres::new();
    let app = filled(postgres.database()).await;
    let submitted = app.post("/api/videos", &json!({ "url": "waits_here_" })).await;
    assert_eq!(submitted.status, 202, "{}", submitted.text());
    tokio::time::sleep(Duration::from_secs(1)).await;
    postgres.freeze();
    app.youtube.gate.add_permits(1);
    // A statement on the frozen database takes 10 s to fail.
    let begun = std::time::Instant::now();
    while app.saver.spool().refresh().await.files == 0 {
        assert!(begun.elapsed() < Duration::from_secs(8), "the job waits for its progress to be stored");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    postgres.thaw();
    let job = app.wait_for_job(submitted.header("location")).await;
    assert_eq!((&job["state"], &job["stored"]), (&json!("done"), &json!("spool")), "{job}");
    let names: Vec<_> = job["steps"].as_array().expect("steps").iter().map(|step| step["name"].clone()).collect();
    assert_eq!(names, ["video", "channel", "captions", "read", "analyze", "save", "spool"], "{job}");
}
