//! Restores over HTTP: preview, confirmation, restore, undo.

use mannameter::domain::Document;
use serde_json::{Value, json};

use crate::{
    http::admin::{logged_in, request},
    support::app::{TOKEN, TestApp, TestResponse, TestSettings},
    support::postgres::Postgres,
};

fn sermon(id: &str, title: &str) -> Document {
    let value =
        json!({ "title": title, "processed_at": "2026-05-31T10:00:00Z", "stats": { "scripture_references": 1 } });
    Document::from_legacy(id, value).expect("a document")
}

async fn ask(app: &TestApp, method: &str, path: &str, body: &Value) -> TestResponse {
    let bearer = format!("Bearer {TOKEN}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    app.send(request(method, path, &headers, body.to_string())).await
}

/// Starts a service with a backup of one sermon, then changes that sermon and adds another. Returns the service and the
/// name of the backup.
async fn changed_since_backup(database: Option<String>) -> (TestApp, String) {
    let app = TestApp::with(TestSettings { database, ..TestSettings::default() }).await;
    app.save(&sermon("a_Sermon_01", "Before")).await;
    let made = ask(&app, "POST", "/api/backup/create", &json!({})).await.json();
    app.save(&sermon("a_Sermon_01", "After")).await;
    app.save(&sermon("b_Sermon_02", "New")).await;
    (app, made["backup"]["name"].as_str().expect("a name").to_owned())
}

async fn titles(app: &TestApp) -> Vec<String> {
    let list = app.get("/api/videos?sort=title").await.json();
    let videos = list["videos"].as_array().expect("a list");
    videos.iter().map(|video| video["title"].as_str().expect("a title").to_owned()).collect()
}

#[tokio::test]
async fn a_previewed_backup_is_restored_and_undone_on_both_databases() {
    for database in [None, Some(Postgres::shared().database())] {
        let (app, name) = changed_since_backup(database).await;
        let preview = ask(&app, "POST", &format!("/api/backup/restore/preview/{name}"), &json!({})).await.json();
        let counts = ["added", "changed", "removed"].map(|part| preview["difference"][part]["count"].clone());
        assert_eq!(counts, [json!(0), json!(1), json!(1)], "{preview}");
        assert_eq!(titles(&app).await, ["After", "New"], "a preview changes nothing");

        let token = &preview["plan_token"];
        let wrong = json!({ "name": name, "confirm": "yes", "plan_token": token });
        ask(&app, "POST", "/api/backup/restore", &wrong).await.problem(422, "not_confirmed");
        let body = json!({ "name": name, "confirm": name, "plan_token": token });
        let restored = ask(&app, "POST", "/api/backup/restore", &body).await;
        assert_eq!(restored.status, 200, "{}", restored.text());
        assert_eq!(titles(&app).await, ["Before"]);

        let undo = format!("/api/backup/undo/{}", restored.json()["restore_id"].as_str().expect("an id"));
        assert_eq!(ask(&app, "POST", &undo, &json!({})).await.status, 200);
        assert_eq!(titles(&app).await, ["After", "New"]);
        ask(&app, "POST", &undo, &json!({})).await.problem(409, "cannot_undo");
        let listed = ask(&app, "GET", "/api/backup/restores", &json!({})).await.json();
        assert_eq!(listed.as_array().expect("a list").len(), 2, "{listed}");
    }
}

#[tokio::test]
async fn a_stale_or_forged_plan_changes_nothing_and_returns_the_new_preview() {
    let (app, name) = changed_since_backup(None).await;
    let preview = ask(&app, "POST", &format!("/api/backup/restore/preview/{name}"), &json!({})).await.json();
    app.save(&sermon("c_Sermon_03", "Newer")).await;
    for token in [preview["plan_token"].as_str().expect("a token"), "", "99999999999.00"] {
        let body = json!({ "name": name, "confirm": name, "plan_token": token });
        let problem = ask(&app, "POST", "/api/backup/restore", &body).await.problem(409, "stale_plan");
        assert_eq!(problem["preview"]["difference"]["removed"]["count"], 2, "{problem}");
    }
    let without = json!({ "name": name, "confirm": name });
    ask(&app, "POST", "/api/backup/restore", &without).await.problem(422, "invalid_field");
    let hostile = json!({ "name": "../results.json.b64", "confirm": "../results.json.b64", "plan_token": "x" });
    ask(&app, "POST", "/api/backup/restore", &hostile).await.problem(400, "invalid_backup_name");
    assert_eq!(titles(&app).await, ["After", "New", "Newer"]);

    let path = format!("/api/backup/restore/{name}");
    ask(&app, "POST", &path, &json!({ "confirm": "x" })).await.problem(422, "not_confirmed");
    assert_eq!(ask(&app, "POST", &path, &json!({ "confirm": name })).await.status, 200);
    assert_eq!(titles(&app).await, ["Before"]);
}

#[tokio::test]
async fn a_wrong_word_on_the_page_leads_back_to_the_preview() {
    let (app, name) = changed_since_backup(None).await;
    let session = logged_in(&app).await;
    let headers = [("cookie", session.as_str()), ("sec-fetch-site", "same-origin")];
    let form: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("name", &name)
        .append_pair("confirm", "yes")
        .finish();
    let response = app.send(request("POST", "/backup/restore", &headers, form)).await;
    assert!(response.header("location").starts_with(&format!("/backup/restore/{name}?")), "{:?}", response.headers);
    let page = app.send(request("GET", response.header("location"), &headers, "")).await.text();
    assert!(page.contains("Type “restore” to confirm. Nothing was changed.") && page.contains("Changed: 1"), "{page}");
    assert_eq!(titles(&app).await, ["After", "New"]);
}
