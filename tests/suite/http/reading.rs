//! Reading: documents, lists, exports.

use axum::{body::Body, http::Request};
use futures_util::future::join_all;
use mannameter::domain::{Document, Sha256};
use serde_json::{Value, json};

use crate::{
    support::app::{TOKEN, TestApp, TestResponse, TestSettings},
    support::postgres::Postgres,
};

/// Returns a document.
fn document(id: &str, title: &str, channel: &str, manna: u64) -> Document {
    let value = json!({
        "title": title, "channel": channel, "processed_at": "2026-05-31T10:00:00Z", "counts": { "John": manna },
        "stats": { "scripture_references": manna, "total_matches": manna }, "other": { "kept": [1.5, "ü"] },
    });
    Document::from_legacy(id, value).expect("a document")
}

/// Starts a service with three sermons.
async fn filled(database: Option<String>) -> TestApp {
    let app = TestApp::with(TestSettings { database, ..TestSettings::default() }).await;
    app.save(&document("a_Sermon_01", "=HYPERLINK(\"x\")", "Grace, \"Test\"", 1)).await;
    app.save(&document("b_Sermon_02", "Faith", "Hope", 7)).await;
    app.save(&document("c_Sermon_03", "Love", "Hope", 3)).await;
    app
}

/// Sends `GET` with a header.
async fn get_with(app: &TestApp, path: &str, name: &str, value: &str) -> TestResponse {
    app.send(Request::get(path).header(name, value).body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn a_document_is_sent_byte_for_byte_and_only_if_it_has_changed() {
    let app = filled(None).await;
    let response = app.get("/api/video/b_Sermon_02").await;
    assert_eq!(response.text(), document("b_Sermon_02", "Faith", "Hope", 7).to_json());
    assert_eq!((response.status.as_u16(), response.header("content-type")), (200, "application/json"));
    let tag = response.header("etag");
    assert_eq!(tag, format!("\"{}\"", Sha256::digest(&response.body)));

    let again = get_with(&app, "/api/video/b_Sermon_02", "if-none-match", tag).await;
    assert_eq!((again.status.as_u16(), again.body.len(), again.header("etag")), (304, 0, tag));
    let other = get_with(&app, "/api/video/b_Sermon_02", "if-none-match", "\"other\"").await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn the_list_can_be_searched_sorted_and_paged() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = filled(database).await;
        let ids = |list: &Value| -> Vec<String> {
            let videos = list["videos"].as_array().expect("a list");
            videos.iter().map(|video| video["video_id"].as_str().expect("an id")[..1].to_owned()).collect()
        };
        let list = app.get("/api/videos?sort=manna").await.json();
        assert_eq!(
            (ids(&list), &list["total"], &list["next_cursor"]),
            (vec!["b".into(), "c".into(), "a".into()], &json!(3), &json!(null))
        );
        assert_eq!(ids(&app.get("/api/videos?channel=Hope&sort=title").await.json()), ["b", "c"]);
        assert_eq!(ids(&app.get("/api/videos?q=love").await.json()), ["c"]);
        assert_eq!(ids(&app.get("/api/videos?q=&channel=&book=&from=&to=&sort=&cursor=").await.json()).len(), 3);
        assert_eq!(ids(&app.get("/api/videos?added_from=2026-05-31&added_to=2026-05-31").await.json()).len(), 3);
        assert!(ids(&app.get("/api/videos?added_from=2026-06-01").await.json()).is_empty());
        assert!(ids(&app.get("/api/videos?from=2026-05-31").await.json()).is_empty(), "none has a date");
        assert_eq!(ids(&app.get("/api/videos?undated=1").await.json()).len(), 3);
        for query in ["from=May", "to=2026-13-01", "undated=yes", "undated=1&from=2026-05-31"] {
            app.get(&format!("/api/videos?{query}")).await.problem(400, "invalid_query");
        }

        let table = app.get("/api/videos.csv?channel=Hope&sort=title&limit=1").await;
        assert_eq!(table.header("content-type"), "text/csv; charset=utf-8; header=present");
        let lines: Vec<_> =
            table.text().lines().map(|line| line.split(',').next().expect("a cell").to_owned()).collect();
        assert_eq!(lines, ["video_id", "b_Sermon_02", "c_Sermon_03"], "{}", table.text());

        let first = app.get("/api/videos?sort=manna&limit=2").await.json();
        let cursor = first["next_cursor"].as_str().expect("a cursor");
        let second = app.get(&format!("/api/videos?sort=manna&limit=2&cursor={cursor}")).await.json();
        assert_eq!(
            (ids(&first), ids(&second), &second["next_cursor"]),
            (vec!["b".into(), "c".into()], vec!["a".into()], &json!(null))
        );
    }
}

#[tokio::test]
async fn the_export_files_are_served_with_their_checksums() {
    let app = filled(None).await;
    let plain = app.get("/results.json").await;
    assert_eq!((plain.status.as_u16(), plain.header("content-type")), (200, "application/json"));
    assert_eq!(plain.header("etag"), format!("\"{}\"", Sha256::digest(&plain.body)));
    let videos = plain.json();
    assert_eq!(videos.as_object().expect("a map").len(), 3);
    assert_eq!(videos["b_Sermon_02"]["other"]["kept"], json!([1.5, "ü"]));

    let encoded = app.get("/results.json.b64").await;
    assert_eq!(encoded.header("content-type"), "text/plain; charset=us-ascii");
    let decoded = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, &encoded.body).expect("base64");
    assert_eq!(decoded, plain.body);
    for (path, response) in [("/results.json", plain), ("/results.json.b64", encoded)] {
        let again = get_with(&app, path, "if-none-match", response.header("etag")).await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
        let packed = get_with(&app, path, "accept-encoding", "gzip").await;
        assert_eq!(
            (packed.header("content-encoding"), packed.header("etag")),
            ("gzip", format!("W/{}", response.header("etag")).as_str())
        );
    }
}

#[tokio::test]
async fn the_whole_database_is_exported_on_both_databases() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = filled(database).await;
        let export = app.get("/api/export/database").await.json();
        assert_eq!((&export["success"], &export["count"]), (&json!(true), &json!(3)));
        assert_eq!(export["videos"], app.get("/results.json").await.json());
    }
    let empty = TestApp::new().await.get("/api/export/database").await.json();
    assert_eq!(empty, json!({ "success": true, "videos": {}, "count": 0 }));
}

#[tokio::test]
async fn the_csv_has_one_row_per_sermon_and_no_formulas() {
    let app = filled(None).await;
    let table = app.get("/export.csv").await;
    assert!(table.header("content-type").starts_with("text/csv"));
    let text = table.text();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(lines[0].starts_with("video_id,title,channel,"));
    assert!(lines[1].starts_with(r#"a_Sermon_01,"'=HYPERLINK(""x"")","Grace, ""Test""","#), "{text}");
    assert!(lines[2].ends_with(",7,0,0,7,John 7,0,,,"), "{text}");
}

#[tokio::test]
async fn the_csv_is_sent_again_only_after_a_sermon_has_changed() {
    let app = filled(None).await;
    let table = app.get("/export.csv").await;
    let tag = table.header("etag").to_owned();
    let again = get_with(&app, "/export.csv", "if-none-match", &tag).await;
    assert_eq!((again.status.as_u16(), again.text().as_str(), again.header("etag")), (304, "", tag.as_str()));
    let token = format!("Bearer {TOKEN}");
    let gone = Request::delete("/api/video/a_Sermon_01").header("authorization", token).body(Body::empty());
    assert_eq!(app.send(gone.expect("a request")).await.status, 200);
    let newer = get_with(&app, "/export.csv", "if-none-match", &tag).await;
    assert_eq!((newer.status.as_u16(), newer.text().lines().count()), (200, 3));
    assert_ne!(newer.header("etag"), tag);
}

#[tokio::test]
async fn a_deleted_sermon_stays_in_the_history() {
    let app = filled(None).await;
    let delete = async |token: &str, id: &str| {
        let request = Request::delete(format!("/api/video/{id}")).header("authorization", format!("Bearer {token}"));
        app.send(request.body(Body::empty()).expect("a request")).await
    };
    app.send(Request::delete("/api/video/a_Sermon_01").body(Body::empty()).expect("a request"))
        .await
        .problem(401, "unauthorized");
    delete("wrong", "a_Sermon_01").await.problem(401, "unauthorized");
    assert_eq!(app.get("/api/video/a_Sermon_01").await.status, 200);

    let response = delete(TOKEN, "a_Sermon_01").await;
    assert_eq!((response.status.as_u16(), &response.json()["success"]), (200, &json!(true)));
    app.get("/api/video/a_Sermon_01").await.problem(404, "no_such_sermon");
    delete(TOKEN, "a_Sermon_01").await.problem(404, "no_such_sermon");
    let id = "a_Sermon_01".parse().expect("an id");
    let history = app.store.history(&id).await.expect("a history");
    assert_eq!((history[0].reason.as_str(), history[0].actor.as_str()), ("delete", "admin"));
    let audit = app.store.audit(10).await.expect("the audit");
    assert!(audit.iter().any(|entry| entry.action == "video.delete" && entry.subject == "a_Sermon_01"));
}

#[tokio::test]
async fn guessing_the_token_is_rate_limited() {
    let app = TestApp::new().await;
    let guess = async || {
        let request = Request::delete("/api/video/x").header("authorization", "Bearer guess");
        app.send(request.body(Body::empty()).expect("a request")).await.status.as_u16()
    };
    for _ in 0..10 {
        assert_eq!(guess().await, 401);
    }
    assert_eq!(guess().await, 429);
}

#[tokio::test]
async fn pages_and_lists_come_from_memory_until_a_sermon_changes() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = filled(database).await;
        for path in ["/", "/church/hope", "/book/John", "/search?q=faith", "/api/videos", "/api/stats", "/api/books"] {
            let pages = join_all((0..8).map(|_| app.get(path))).await;
            let (first, tag) = (&pages[0], pages[0].header("etag"));
            assert_eq!((first.status.as_u16(), first.header("cache-control")), (200, "private, no-cache"), "{path}");
            assert!(pages.iter().all(|page| page.body == first.body && page.header("etag") == tag), "{path}");
            let again = get_with(&app, path, "if-none-match", tag).await;
            assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{path}");
        }
        let dark = get_with(&app, "/", "cookie", "theme=dark").await;
        assert!(dark.text().contains("data-theme=\"dark\""), "a theme of its own");
        let before = app.get("/api/videos").await;
        app.save(&document("d_Sermon_04", "Joy", "Hope", 2)).await;
        let after = get_with(&app, "/api/videos", "if-none-match", before.header("etag")).await;
        assert_eq!((after.status.as_u16(), &after.json()["total"]), (200, &json!(4)));
        assert!(app.get("/").await.text().contains("Joy") && app.get("/church/hope").await.text().contains("Joy"));
    }
}

#[tokio::test]
async fn health_and_readiness_are_reported() {
    let app = filled(None).await;
    assert_eq!(app.get("/healthz").await.json()["status"], "ok");
    let ready = app.get("/readyz").await;
    assert_eq!(ready.status, 200, "{}", ready.text());
    assert_eq!((&ready.json()["database"]["sermons"], &ready.json()["export_up_to_date"]), (&json!(3), &json!(true)));
}

#[tokio::test]
async fn the_api_describes_itself() {
    let app = TestApp::new().await;
    let document = app.get("/openapi.json").await.json();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            let statuses: Vec<_> = operation["responses"].as_object().expect("responses").keys().cloned().collect();
            operations.push(format!("{} {path}: {}", method.to_uppercase(), statuses.join(" ")));
        }
    }
    insta::assert_snapshot!(operations.join("\n"), @"
    GET /api/audit: 200 400 401 403 429 500 503 504
    POST /api/backup/cleanup: 200 202 400 401 403 413 415 422 429 500 503 504
    POST /api/backup/create: 201 202 400 401 403 413 415 422 429 500 503 504
    GET /api/backup/download/{name}: 200 304 400 401 403 404 429 500 503 504
    POST /api/backup/fetch/{name}: 201 202 400 401 403 404 413 415 422 429 500 502 503 504
    GET /api/backup/list: 200 400 401 403 429 500 503 504
    GET /api/backup/operations/{id}: 200 400 401 403 404 429 500 503 504
    POST /api/backup/restore: 200 202 400 401 403 404 409 413 415 422 429 500 503 504
    POST /api/backup/restore/preview/{name}: 200 400 401 403 404 413 415 422 429 500 503 504
    POST /api/backup/restore/{name}: 200 202 400 401 403 404 409 413 415 422 429 500 503 504
    GET /api/backup/restores: 200 400 401 403 429 500 503 504
    GET /api/backup/stats: 200 400 401 403 429 500 503 504
    POST /api/backup/undo/{restore_id}: 200 202 400 401 403 404 409 413 415 422 429 500 503 504
    POST /api/backup/upload: 201 400 401 403 413 415 422 429 500 503 504
    POST /api/backup/verify/{name}: 200 202 400 401 403 404 413 415 422 429 500 503 504
    GET /api/books: 200 304 400 404 500 503 504
    GET /api/churches: 200 304 400 500 503 504
    GET /api/export/database: 200 400 500 503 504
    GET /api/jobs: 200 400 401 403 429 500 503 504
    POST /api/jobs/retry: 202 400 401 403 413 415 422 429 500 503 504
    GET /api/jobs/{id}: 200 400 404 500 503 504
    POST /api/jobs/{id}/cancel: 200 400 401 403 404 409 413 415 422 429 500 503 504
    GET /api/jobs/{id}/events: 200 204 400 404 500 503 504
    POST /api/jobs/{id}/retry: 202 400 401 403 404 409 413 415 422 429 500 503 504
    GET /api/search: 200 400 500 503 504
    GET /api/series: 200 304 400 500 503 504
    GET /api/speakers: 200 304 400 500 503 504
    GET /api/stats: 200 304 400 404 500 503 504
    GET /api/tokens: 200 400 401 403 429 500 503 504
    POST /api/tokens: 201 400 401 403 409 413 415 422 429 500 503 504
    DELETE /api/tokens/{id}: 200 400 401 403 404 413 415 422 429 500 503 504
    GET /api/video/{video_id}: 200 304 400 404 500 503 504
    DELETE /api/video/{video_id}: 200 400 401 403 404 413 415 422 429 500 503 504
    PATCH /api/video/{video_id}: 200 400 401 403 404 412 413 415 422 429 500 503 504
    GET /api/video/{video_id}/corrections: 200 400 404 500 503 504
    POST /api/video/{video_id}/corrections: 200 400 401 403 404 412 413 415 422 429 500 503 504
    DELETE /api/video/{video_id}/corrections/{id}: 200 400 401 403 404 413 415 422 429 500 503 504
    GET /api/video/{video_id}/history: 200 400 401 403 404 429 500 503 504
    GET /api/video/{video_id}/history/{seq}: 200 400 401 403 404 429 500 503 504
    POST /api/video/{video_id}/history/{seq}/restore: 200 400 401 403 404 413 415 422 429 500 503 504
    GET /api/video/{video_id}/transcript: 200 400 401 403 404 429 500 503 504
    GET /api/videos: 200 304 400 500 503 504
    POST /api/videos: 200 202 400 401 403 413 415 422 429 500 503 504 507
    GET /api/videos.csv: 200 400 500 503 504
    POST /api/videos/batch: 202 400 401 403 413 415 422 429 500 503 504
    GET /export.csv: 200 304 400 500 503 504
    GET /export/references.csv: 200 304 400 500 503 504
    GET /healthz: 200 400 500 503 504
    GET /metrics: 200 400 500 503 504
    GET /readyz: 200 400 500 503 504
    GET /results.json: 200 304 400 500 503 504
    GET /results.json.b64: 200 304 400 500 503 504
    ");
    assert!(document["components"]["schemas"]["ProblemBody"]["properties"]["code"].is_object());
    assert!(app.browse("/docs").await.text().contains("/api/video/{video_id}"));
}
