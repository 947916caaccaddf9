//! The routes of the previous system: its clients find its keys next to ours.

use axum::body::Body;
use mannameter::domain::Document;
use serde_json::{Value, json};

use crate::{
    http::admin::request,
    support::app::{TOKEN, TestApp, TestResponse, TestSettings},
    support::postgres::Postgres,
};

async fn filled(database: Option<String>) -> TestApp {
    let app = TestApp::with(TestSettings { database, ..TestSettings::default() }).await;
    let sermon = json!({"title": "T", "channel": "Grace", "processed_at": "2026-05-31T10:00:00Z", "stats": {}});
    app.save(&Document::from_legacy("a_Sermon_01", sermon).expect("a document")).await;
    app
}

async fn ask(app: &TestApp, method: &str, path: &str) -> TestResponse {
    send(app, method, path, "application/json", "").await
}

async fn send(app: &TestApp, method: &str, path: &str, kind: &str, body: impl Into<Body>) -> TestResponse {
    let bearer = format!("Bearer {TOKEN}");
    app.send(request(method, path, &[("authorization", &bearer), ("content-type", kind)], body)).await
}

/// Asserts that a problem has the keys of the previous system.
fn assert_legacy(problem: &Value) {
    assert_eq!(problem["success"], false, "{problem}");
    assert!(problem["error"].is_string() && problem["error"] == problem["detail"], "{problem}");
    assert_eq!(problem["message"], problem["detail"], "{problem}");
}

#[tokio::test]
async fn backups_have_the_old_keys_and_ours() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = filled(database).await;
        let empty = ask(&app, "GET", "/api/backup/stats").await.json();
        assert_eq!((&empty["success"], &empty["stats"]["total_backups"]), (&json!(true), &json!(0)), "{empty}");
        assert_eq!((&empty["stats"]["oldest"], &empty["stats"]["newest"]), (&Value::Null, &Value::Null));

        let made = ask(&app, "POST", "/api/backup/create").await.json();
        let name = made["backup"]["name"].as_str().expect("a name").to_owned();
        assert_eq!(made["success"], true);
        assert!(made["message"].as_str().is_some_and(|message| message.contains(&name)), "{made}");

        let list = ask(&app, "GET", "/api/backup/list").await.json();
        let item = &list["backups"][0];
        assert_eq!((&list["success"], &item["name"], &item["size"]), (&json!(true), &json!(name), &item["bytes"]));
        let at = item["created_at"].as_str().expect("a time");
        assert_eq!(item["created"].as_str(), at.get(..19), "{item}");
        assert_eq!(item["created_human"], at[..19].replace('T', " "), "{item}");

        let old = "database_backup_20251206_102352.json.b64";
        std::fs::write(app.data_dir.backups().join(old), "e30K").expect("written");
        let stats = ask(&app, "GET", "/api/backup/stats").await.json();
        let legacy = &stats["stats"];
        assert_eq!((&legacy["total_backups"], &stats["backups"]), (&json!(2), &json!(2)), "{stats}");
        assert_eq!((&legacy["total_size"], &legacy["total_size_mb"]), (&stats["bytes"], &json!(0.0)));
        assert_eq!(legacy["oldest"], json!({"name": old, "date": "2025-12-06T10:23:52"}));
        assert_eq!((&legacy["newest"]["name"], &stats["newest"]), (&json!(name), &json!(name)));

        let plan = ask(&app, "POST", "/api/backup/cleanup").await.json();
        assert_eq!((&plan["success"], &plan["applied"]), (&json!(true), &json!(false)), "{plan}");
        assert!(plan["message"].is_string());
        let export = app.get("/api/export/database").await.json();
        assert_eq!((&export["success"], &export["count"]), (&json!(true), &json!(1)));
    }
}

#[tokio::test]
async fn a_restore_needs_a_confirmation_in_a_form_or_json() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = filled(database).await;
        let made = ask(&app, "POST", "/api/backup/create").await.json();
        let name = made["backup"]["name"].as_str().expect("a name").to_owned();
        let path = format!("/api/backup/restore/{name}");
        app.delete(&"a_Sermon_01".parse().expect("an id")).await;

        for (kind, body) in [
            ("application/json", ""),
            ("application/json", "{}"),
            ("application/json", r#"{"confirm": null}"#),
            ("text/plain", "confirm"),
            ("application/x-www-form-urlencoded", ""),
            ("application/x-www-form-urlencoded", "allow_empty=true"),
        ] {
            let problem = send(&app, "POST", &path, kind, body).await.problem(422, "not_confirmed");
            assert_legacy(&problem);
            assert!(problem["error"].as_str().is_some_and(|error| error.contains("`confirm` is missing")), "{problem}");
        }
        let bare = app.admin_post(&path).await.problem(422, "not_confirmed");
        assert_legacy(&bare);
        assert_legacy(&send(&app, "POST", &path, "application/json", "{").await.problem(400, "invalid_json"));
        assert_legacy(&app.send(request("POST", &path, &[], "")).await.problem(401, "unauthorized"));
        assert_eq!(app.get("/api/video/a_Sermon_01").await.status, 404, "nothing was restored");

        let multipart = format!("--x\r\ncontent-disposition: form-data; name=\"confirm\"\r\n\r\n{name}\r\n--x--\r\n");
        for (kind, body) in [
            ("application/json", json!({"confirm": name}).to_string()),
            ("application/x-www-form-urlencoded", format!("confirm={name}")),
            ("application/x-www-form-urlencoded", json!({"confirm": name}).to_string()),
            ("multipart/form-data; boundary=x", multipart),
        ] {
            let restored = send(&app, "POST", &path, kind, body).await;
            assert_eq!(restored.status, 200, "{kind}: {}", restored.text());
            let restored = restored.json();
            assert_eq!((&restored["success"], &restored["backup"]), (&json!(true), &json!(name)));
            assert!(restored["message"].is_string() && restored["restore_id"].is_string(), "{restored}");
            assert_eq!(app.get("/api/video/a_Sermon_01").await.status, 200);
            app.delete(&"a_Sermon_01".parse().expect("an id")).await;
        }
        let unverified = "pre_migration_20251206_114652.json.b64";
        std::fs::write(app.data_dir.backups().join(unverified), "e30K").expect("written");
        let path = format!("/api/backup/restore/{unverified}");
        let form = |more: &str| format!("confirm={unverified}{more}");
        let kind = "application/x-www-form-urlencoded";
        assert_legacy(&send(&app, "POST", &path, kind, form("")).await.problem(422, "backup_unverified"));
        let accepted = form("&accept_unverified=on&allow_empty=true");
        assert_eq!(send(&app, "POST", &path, kind, accepted).await.status, 200);
    }
}

#[tokio::test]
async fn errors_of_legacy_routes_have_the_old_keys() {
    let app = filled(None).await;
    for (method, path) in [
        ("GET", "/api/backup/stats"),
        ("GET", "/api/backup/list"),
        ("POST", "/api/backup/create"),
        ("POST", "/api/backup/cleanup"),
    ] {
        assert_legacy(&app.send(request(method, path, &[], "")).await.problem(401, "unauthorized"));
    }
    assert_legacy(&app.get("/api/video/never_there").await.problem(404, "no_such_sermon"));
    let others = app.get("/api/jobs/x").await.problem(400, "invalid_job_id");
    assert!(others.get("success").is_none(), "{others}");
    let headers = [("accept", "application/json"), ("content-type", "application/x-www-form-urlencoded")];
    let failed = app.send(request("POST", "/analyze", &headers, "url=nothing")).await;
    assert_eq!(failed.status, 422);
    assert_legacy(&failed.json());
    assert!(failed.json()["logs"].is_array() && failed.json()["code"] == "not_a_video_link", "{}", failed.text());
}

#[tokio::test]
async fn routes_that_changed_data_on_get_are_gone_and_say_what_to_do() {
    let app = filled(None).await;
    for (path, advice) in [("/migrate", "mannameter import"), ("/rebuild", "restoring a backup")] {
        for method in ["GET", "POST"] {
            let response = app.send(request(method, path, &[("accept", "application/json")], "")).await;
            let problem = response.problem(410, "gone");
            assert_legacy(&problem);
            assert!(problem["error"].as_str().is_some_and(|error| error.contains(advice)), "{problem}");
        }
        let page = app.browse(path).await;
        assert_eq!(page.status, 410);
        assert!(page.text().contains("<h1") && page.text().contains(advice), "{}", page.text());
    }
    assert_eq!(app.get("/api/video/a_Sermon_01").await.status, 200, "nothing was deleted");
}

#[tokio::test]
async fn a_backup_with_an_unusual_name_can_be_listed_downloaded_and_previewed() {
    let app = filled(None).await;
    let name = "Läufe & Co #2 'x'.json";
    std::fs::write(app.data_dir.backups().join(name), "{}").expect("written");
    std::fs::write(app.data_dir.backups().join("old.zip"), b"PK\x03\x04\x14\0\0\0").expect("written");
    let session = crate::http::admin::logged_in(&app).await;
    let page = app.send(request("GET", "/backup", &[("cookie", &session)], "")).await.text();
    let path = "L%C3%A4ufe%20%26%20Co%20%232%20%27x%27.json";
    assert!(page.contains(&format!("/backup/restore/{path}\"")), "{page}");
    assert!(page.contains("Not a backup: <code>old.zip</code>") && page.contains("a ZIP archive"), "{page}");
    let preview = app.send(request("GET", &format!("/backup/restore/{path}"), &[("cookie", &session)], "")).await;
    assert_eq!(preview.status, 200, "{}", preview.text());
    let sent = ask(&app, "GET", &format!("/api/backup/download/{path}")).await;
    assert_eq!((sent.status.as_u16(), sent.text().as_str()), (200, "{}"));
    assert!(
        sent.header("content-disposition").starts_with("attachment; filename*=UTF-8''L%C3%A4ufe"),
        "{:?}",
        sent.headers
    );
    assert_eq!(ask(&app, "GET", "/api/backup/list").await.json()["backups"][0]["name"], name);
}
