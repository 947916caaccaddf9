//! Backups over HTTP: create, list, verify, download, upload, clean up.

use axum::body::Body;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use mannameter::domain::{Document, Sha256};
use serde_json::{Value, json};

use crate::{
    http::admin::{logged_in, request},
    support::app::{TOKEN, TestApp, TestResponse, TestSettings},
    support::postgres::Postgres,
};

async fn app_with_two_sermons(database: Option<String>) -> TestApp {
    let app = TestApp::with(TestSettings { database, ..TestSettings::default() }).await;
    for id in ["a_Sermon_01", "b_Sermon_02"] {
        app.save(&Document::from_legacy(id, sermon(id)).expect("a document")).await;
    }
    app
}

fn sermon(title: &str) -> Value {
    json!({ "title": title, "channel": "Grace", "processed_at": "2026-05-31T10:00:00Z", "counts": { "John": 1 },
            "stats": { "scripture_references": 1, "total_matches": 1 } })
}

/// Sends a request with the token.
async fn ask(app: &TestApp, method: &str, path: &str, body: impl Into<Body>) -> TestResponse {
    let bearer = format!("Bearer {TOKEN}");
    app.send(request(method, path, &[("authorization", &bearer)], body)).await
}

/// Creates a backup and returns its list entry.
async fn create(app: &TestApp) -> Value {
    let response = ask(app, "POST", "/api/backup/create", "").await;
    assert_eq!(response.status, 201, "{}", response.text());
    response.json()["backup"].clone()
}

/// Returns the names of the files in the backup directory.
fn files(app: &TestApp) -> Vec<String> {
    let mut files: Vec<_> = std::fs::read_dir(app.data_dir.backups())
        .expect("a directory")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_backup_is_created_listed_verified_and_downloaded_on_both_databases() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = app_with_two_sermons(database).await;
        let made = create(&app).await;
        assert_eq!((&made["condition"], &made["sermons"]), (&json!("verified"), &json!(2)), "{made}");
        let name = made["name"].as_str().expect("a name");

        let list = ask(&app, "GET", "/api/backup/list", "").await.json();
        assert_eq!(list["count"], json!(list["backups"].as_array().expect("a list").len()));
        assert!(list["backups"].as_array().expect("a list").contains(&made), "{list}");
        let stats = ask(&app, "GET", "/api/backup/stats", "").await.json();
        assert_eq!((&stats["backups"], &stats["damaged"]), (&list["count"], &json!(0)));

        let found = ask(&app, "POST", &format!("/api/backup/verify/{name}"), "").await;
        assert_eq!((found.status.as_u16(), &found.json()["verdict"]), (200, &json!("verified")), "{}", found.text());

        let path = format!("/api/backup/download/{name}");
        let sent = ask(&app, "GET", &path, "").await;
        let file = std::fs::read(app.data_dir.backups().join(name)).expect("a file");
        assert!(sent.status == 200 && sent.body == file, "{}", sent.status);
        assert_eq!(sent.header("content-length"), file.len().to_string());
        assert_eq!(sent.header("content-disposition"), format!("attachment; filename=\"{name}\""));
        assert_eq!(sent.header("etag"), format!("\"{}\"", Sha256::digest(&file)));
        let decoded: Value =
            serde_json::from_slice(&BASE64_STANDARD.decode(&sent.body).expect("base64")).expect("JSON");
        assert_eq!(decoded, app.get("/api/export/database").await.json()["videos"]);

        let bearer = format!("Bearer {TOKEN}");
        let known = [("authorization", bearer.as_str()), ("if-none-match", sent.header("etag"))];
        assert_eq!(app.send(request("GET", &path, &known, "")).await.status, 304);
        let compressible = [("authorization", bearer.as_str()), ("accept-encoding", "gzip, br")];
        let sent_again = app.send(request("GET", &path, &compressible, "")).await;
        assert!(
            sent_again.body == file && sent_again.header("content-encoding").is_empty(),
            "backups are not compressed"
        );

        let audit = app.store.audit(50).await.expect("the audit");
        for action in ["backup.create", "backup.verify", "backup.download"] {
            let entry = audit.iter().find(|entry| entry.action == action);
            let entry = entry.unwrap_or_else(|| panic!("{action} in {audit:?}"));
            assert_eq!((entry.actor.as_str(), &entry.detail["by"]), ("admin", &json!("token")));
        }
    }
}

#[tokio::test]
async fn a_damaged_backup_is_reported_and_marked_in_the_list() {
    let app = app_with_two_sermons(None).await;
    let name = create(&app).await["name"].as_str().expect("a name").to_owned();
    let path = app.data_dir.backups().join(&name);
    let mut bytes = std::fs::read(&path).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] = if bytes[middle] == b'A' { b'B' } else { b'A' };
    std::fs::write(&path, bytes).expect("a damaged file");
    let found = ask(&app, "POST", &format!("/api/backup/verify/{name}"), "").await.json();
    assert_eq!(found["verdict"], "damaged", "{found}");
    assert!(found["problem"].as_str().is_some_and(|problem| problem.len() > 10), "{found}");
    let stats = ask(&app, "GET", "/api/backup/stats", "").await.json();
    assert_eq!(stats["damaged"], 1);
    let session = logged_in(&app).await;
    let page = app.send(request("GET", "/backup", &[("cookie", &session)], "")).await.text();
    assert!(page.contains("1 backup is damaged.") && page.contains("badge damaged"), "{page}");
}

#[tokio::test]
async fn names_that_could_refer_to_other_files_are_rejected() {
    let app = app_with_two_sermons(None).await;
    std::fs::write(app.data_dir.root().join("secret.json.b64"), "secret").expect("a file");
    std::os::unix::fs::symlink(
        app.data_dir.results_b64(),
        app.data_dir.backups().join("database_backup_20260102T030405Z_7.json.b64"),
    )
    .expect("a link");
    let long = "1".repeat(300);
    for (name, status) in [
        ("..%2Fsecret.json.b64", 400),
        ("%2e%2e%2fsecret.json.b64", 400),
        ("%252e%252e%252fsecret.json.b64", 400),
        ("%2Fetc%2Fpasswd", 400),
        ("database_backup_20260102T030405Z_7.json.b64%00", 400),
        ("%00", 400),
        ("%ff", 400),
        ("..", 400),
        ("../secret.json.b64", 404),
        (long.as_str(), 400),
        ("results.json.b64", 404),
        ("database_backup_20260102T030405Z_8.json.b64", 404),
        ("database_backup_20260102T030405Z_7.json.b64", 422),
    ] {
        for (method, route) in [("GET", "download"), ("POST", "verify")] {
            let response = ask(&app, method, &format!("/api/backup/{route}/{name}"), "").await;
            assert_eq!(response.status.as_u16(), status, "{route} {name}: {}", response.text());
            assert_eq!(response.header("content-type"), "application/problem+json");
            assert!(!response.text().contains("secret\"") && response.text().len() < 1500, "{}", response.text());
        }
    }
}

#[tokio::test]
async fn a_file_can_be_uploaded_in_a_form_or_as_the_body() {
    let app = app_with_two_sermons(None).await;
    let plain = json!({ "c_Sermon_03": sermon("Faith"), "d_Sermon_04": sermon("Hope") }).to_string();
    let response = ask(&app, "POST", "/api/backup/upload", plain.clone()).await;
    assert_eq!(response.status, 201, "{}", response.text());
    assert_eq!(
        (&response.json()["backup"]["sermons"], &response.json()["backup"]["pinned"]),
        (&json!(2), &json!(true))
    );

    let name = "database_backup_20251206_102352.json.b64";
    let form = format!(
        "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{}\r\n--x--\r\n",
        BASE64_STANDARD.encode(&plain)
    );
    let session = logged_in(&app).await;
    let headers = [
        ("cookie", session.as_str()),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "multipart/form-data; boundary=x"),
    ];
    let response = app.send(request("POST", "/backup/upload", &headers, form)).await;
    assert_eq!(
        (response.status.as_u16(), response.header("location")),
        (303, "/backup#backups"),
        "{}",
        response.text()
    );
    let list = ask(&app, "GET", "/api/backup/list", "").await.json();
    assert!(list["backups"].as_array().expect("a list").iter().any(|backup| backup["name"] == name), "{list}");
    assert_eq!(app.get("/api/videos").await.json()["total"], 2, "an upload changes no sermons");
}

#[tokio::test]
async fn an_upload_that_is_foreign_damaged_or_interrupted_is_discarded() {
    let app = app_with_two_sermons(None).await;
    let before = files(&app);
    let good = BASE64_STANDARD.encode(json!({ "c_Sermon_03": sermon("Faith") }).to_string());
    for (body, code) in [
        ("", "backup_invalid"),
        ("hello", "backup_invalid"),
        ("<!doctype html>", "backup_invalid"),
        ("[]", "backup_invalid"),
        (r#"{"c_Sermon_03": 7}"#, "backup_invalid"),
        (r#"{"users": {"name": "x"}}"#, "backup_invalid"),
        (&good[..good.len() / 2], "backup_invalid"),
        (&"[".repeat(100_000), "backup_invalid"),
    ] {
        let problem = ask(&app, "POST", "/api/backup/upload", body.to_owned()).await.problem(422, code);
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() < 500), "{problem}");
    }
    let pieces = [Ok(good.clone().into_bytes()), Err(std::io::Error::other("gone"))];
    let broken = Body::from_stream(futures_util::stream::iter(pieces));
    ask(&app, "POST", "/api/backup/upload", broken).await.problem(400, "upload_interrupted");
    let form = "--x\r\ncontent-disposition: form-data; name=\"other\"\r\n\r\nx\r\n--x--\r\n";
    let bearer = format!("Bearer {TOKEN}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "multipart/form-data; boundary=x")];
    app.send(request("POST", "/api/backup/upload", &headers, form)).await.problem(422, "invalid_field");
    assert_eq!(files(&app), before);
    let audit = app.store.audit(50).await.expect("the audit");
    let failed = audit.iter().filter(|entry| entry.action == "backup.upload" && entry.detail["outcome"] == "failed");
    assert_eq!(failed.count(), 9);
}

#[tokio::test]
async fn an_upload_may_be_larger_than_other_bodies() {
    let app = app_with_two_sermons(None).await;
    let before = files(&app);
    // 40 MB of valid sermons, without a Content-Length.
    let text = "x".repeat(4_000_000);
    let documents = (0..10).map(move |number| {
        let mut document = sermon(&format!("Sermon {number}"));
        document["logs"] = json!([text]);
        let comma = if number == 0 { "{" } else { "," };
        Ok::<_, std::io::Error>(format!("{comma}\"s_Sermon_{number:02}\":{document}").into_bytes())
    });
    let body = documents.chain([Ok(b"}".to_vec())]).collect::<Vec<_>>();
    let response = ask(&app, "POST", "/api/backup/upload", Body::from_stream(futures_util::stream::iter(body))).await;
    assert_eq!(
        (response.status.as_u16(), &response.json()["backup"]["sermons"]),
        (201, &json!(10)),
        "{}",
        response.text()
    );
    assert_eq!(files(&app).len(), before.len() + 2);
    // One document that exceeds the size limit of a sermon.
    let mut large = sermon("Large");
    large["logs"] = json!(["x".repeat(9_000_000)]);
    let response = ask(&app, "POST", "/api/backup/upload", json!({ "l_Sermon_01": large }).to_string()).await;
    response.problem(413, "backup_too_large");
    assert_eq!(files(&app).len(), before.len() + 2, "it was discarded");
}

#[tokio::test]
async fn a_cleanup_removes_nothing_unless_applied() {
    let app = app_with_two_sermons(None).await;
    for _ in 0..3 {
        create(&app).await;
    }
    let before = files(&app);
    for body in ["", "{}", r#"{"apply": false}"#] {
        let plan = ask(&app, "POST", "/api/backup/cleanup", body).await;
        assert_eq!((plan.status.as_u16(), &plan.json()["applied"]), (200, &json!(false)), "{}", plan.text());
    }
    assert_eq!(files(&app), before);
    ask(&app, "POST", "/api/backup/cleanup", r#"{"aply": true}"#).await.problem(422, "invalid_field");
    let done = ask(&app, "POST", "/api/backup/cleanup", r#"{"apply": true}"#).await.json();
    assert_eq!(done["applied"], true);
    assert!(done["keep"].as_array().expect("a list").len() >= 3, "{done}");
}

#[tokio::test]
async fn the_page_reports_its_operations_even_if_they_fail() {
    let app = app_with_two_sermons(None).await;
    let session = logged_in(&app).await;
    let headers = [("cookie", session.as_str()), ("sec-fetch-site", "same-origin")];
    let started = app.send(request("POST", "/backup/create", &headers, "")).await;
    assert_eq!(started.status, 303);
    let page = app.send(request("GET", started.header("location"), &headers, "")).await;
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.text().contains("Backup created") && page.text().contains("2 sermons"), "{}", page.text());
    let operation = started.header("location").replace("/backup?operation=", "/api/backup/operations/");
    let operation = app.send(request("GET", &operation, &headers, "")).await.json();
    assert_eq!((&operation["state"], &operation["action"]), (&json!("done"), &json!("backup.create")));

    let missing = "/backup/verify/database_backup_20260102T030405Z_7.json.b64";
    let started = app.send(request("POST", missing, &headers, "")).await;
    let page = app.send(request("GET", started.header("location"), &headers, "")).await.text();
    assert!(page.contains("The verification failed") && page.contains("There is no backup"), "{page}");
    let unknown = ask(&app, "GET", "/api/backup/operations/7", "").await;
    unknown.problem(404, "no_such_operation");
}

#[tokio::test]
async fn while_the_database_is_unreachable_backups_can_be_listed_and_downloaded() {
    let postgres = Postgres::new();
    let app = app_with_two_sermons(Some(postgres.database())).await;
    let name = create(&app).await["name"].as_str().expect("a name").to_owned();
    let session = logged_in(&app).await;
    postgres.stop();
    let page = app.send(request("GET", "/backup", &[("cookie", &session)], "")).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Database unreachable") && page.text().contains(&name), "{}", page.text());
    let sent = ask(&app, "GET", &format!("/api/backup/download/{name}"), "").await;
    assert!(sent.status == 200 && !sent.body.is_empty());
    ask(&app, "POST", "/api/backup/create", "").await.problem(503, "database_unavailable");
}

#[tokio::test]
async fn the_admin_can_read_the_audit_log_newest_first() {
    let app = app_with_two_sermons(None).await;
    create(&app).await;
    ask(&app, "DELETE", "/api/video/a_Sermon_01", "").await;
    let entries = ask(&app, "GET", "/api/audit?limit=1", "").await.json()["entries"].clone();
    assert_eq!((entries.as_array().expect("a list").len(), &entries[0]["action"]), (1, &json!("video.delete")));
    ask(&app, "GET", "/api/audit?limit=0", "").await.problem(400, "invalid_query");
    let session = logged_in(&app).await;
    let page = app.send(request("GET", "/audit", &[("cookie", &session)], "")).await.text();
    for action in ["admin.login", "video.delete", "backup.create"] {
        assert!(page.contains(action), "{action} in {page}");
    }
}
