//! Named tokens, and editing sermons.

mod correcting;
mod deleting;
mod editing;
mod journeys;
mod surviving;
mod tokens;

use axum::body::Body;
use mannameter::{
    clock::{Clock as _, SystemClock},
    domain::VideoId,
    store::{SavePolicy, SaveRequest, StoredCaptions},
};
use serde_json::{Value, json};

use crate::{
    http::admin::request,
    store::harness::document,
    support::{
        app::{TOKEN, TestApp, TestResponse, TestSettings},
        postgres::Postgres,
    },
};

/// The sermon that most tests change.
const ID: &str = "sErm0n_Tst1";

/// Runs a test on both databases.
async fn on_both(test: impl AsyncFn(TestApp)) {
    for database in [None, Some(Postgres::shared().database())] {
        test(TestApp::with(TestSettings { database, ..TestSettings::default() }).await).await;
    }
}

/// Saves a sermon with a title, as if it had been fetched.
async fn add(app: &TestApp, id: &str, title: &str) {
    let save = SaveRequest {
        save_id: SystemClock.new_id(),
        document: document(id, title, 0),
        transcript: Some(captions("1\n00:00:01,000 --> 00:00:05,000\nTurn to John 5:24 and Isaiah 53.\n")),
        policy: SavePolicy::Replace,
        actor: "worker".into(),
        at: SystemClock.now(),
    };
    app.saver.save(save).await.expect("a save");
}

/// Returns captions to save with a sermon.
fn captions(text: &str) -> StoredCaptions {
    StoredCaptions { body: text.as_bytes().to_vec(), format: "srt".to_owned(), language: Some("en".to_owned()) }
}

/// Sends a request with a token and a JSON body.
async fn send(app: &TestApp, token: &str, method: &str, path: &str, body: &Value) -> TestResponse {
    let authorization = format!("Bearer {token}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    app.send(request(method, path, &headers, Body::from(body.to_string()))).await
}

/// Creates a token with these scopes and returns its secret and its ID.
async fn token(app: &TestApp, name: &str, scopes: &[&str]) -> (String, String) {
    let created = send(app, TOKEN, "POST", "/api/tokens", &json!({ "name": name, "scopes": scopes })).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let body = created.json();
    let text = |key: &str| body[key].as_str().expect("text").to_owned();
    (text("secret"), text("id"))
}

/// Submits a form with a cookie, as one of our pages does.
async fn post_form(app: &TestApp, cookie: &str, path: &str, fields: &[(&str, &str)]) -> TestResponse {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let headers = [
        ("cookie", cookie),
        ("accept", "text/html"),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    app.send(request("POST", path, &headers, body)).await
}

/// Opens a page with a cookie, as a browser does.
async fn browse(app: &TestApp, cookie: &str, path: &str) -> TestResponse {
    app.send(request("GET", path, &[("cookie", cookie), ("accept", "text/html")], "")).await
}

/// Returns the current document of a sermon.
async fn current(app: &TestApp, id: &str) -> Value {
    let id = VideoId::parse(id).expect("an ID");
    let stored = app.store.video(&id).await.expect("a response").expect("a sermon");
    serde_json::from_str(&stored.document).expect("JSON")
}
