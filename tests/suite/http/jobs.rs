//! Following a job: through events, through the legacy route, and on pages.

use std::time::Duration;

use axum::{body::Body, http::Request};
use mannameter::domain::Document;
use serde_json::{Value, json};

use crate::{
    support::app::{TestApp, TestResponse, TestSettings},
    support::postgres::Postgres,
};

/// One Server-Sent Event.
#[derive(Debug, Clone, PartialEq)]
struct Event {
    id: String,
    name: String,
    data: Value,
}

/// Parses a whole event stream.
fn parse_events(response: &TestResponse) -> Vec<Event> {
    assert_eq!(response.header("content-type"), "text/event-stream");
    let text = response.text();
    let blocks = text.split("\n\n").filter(|block| block.contains("data:"));
    let field = |block: &str, name: &str| {
        block.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned()).unwrap_or_default()
    };
    let event = |block: &str| Event {
        id: field(block, "id:"),
        name: field(block, "event:"),
        data: serde_json::from_str(&field(block, "data:")).expect("JSON"),
    };
    blocks.map(event).collect()
}

async fn follow_from(app: &TestApp, location: &str, last: &str) -> TestResponse {
    let request = Request::get(format!("{location}/events")).header("last-event-id", last);
    app.send(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn the_events_of_a_job_report_each_step_and_end_with_the_job() {
    let app = TestApp::new().await;
    let location = app.post("/api/videos", &json!({ "url": "waits_here_" })).await.header("location").to_owned();
    // The stream starts before the captions are available.
    let stream = format!("{location}/events");
    let (stream, ()) = tokio::join!(app.get(&stream), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        app.youtube.gate.add_permits(1);
    });
    let events = parse_events(&stream);
    let job = app.get(&location).await.json();
    let last = events.last().expect("an end");
    assert_eq!((last.name.as_str(), &last.data), ("done", &job));
    let steps: Vec<_> = events.iter().filter(|event| event.name == "step").collect();
    assert!(steps.iter().any(|step| step.data["name"] == "captions" && step.data["state"] == "running"), "{events:?}");
    for step in job["steps"].as_array().expect("steps") {
        assert_eq!(steps.iter().filter(|event| event.data == *step).count(), 1, "{step} is sent once");
    }
    let lines: Vec<_> = events.iter().filter(|event| event.name == "log").map(|event| event.data.clone()).collect();
    assert_eq!(json!(lines), job["logs"]);
}

#[tokio::test]
async fn an_interrupted_stream_continues_after_the_last_event() {
    let app = TestApp::new().await;
    let location = app.post("/api/videos", &json!({ "url": "sErm0n_Tst1" })).await.header("location").to_owned();
    app.wait_for_job(&location).await;
    let whole = parse_events(&app.get(&format!("{location}/events")).await);
    for (index, event) in whole.iter().enumerate().take(whole.len() - 1) {
        let rest = parse_events(&follow_from(&app, &location, &event.id).await);
        assert_eq!(rest, whole[index + 1..], "after {}", event.id);
    }
    assert_eq!(parse_events(&follow_from(&app, &location, "not ours").await), whole);
    // Without the 204, a browser would keep reconnecting.
    assert_eq!(follow_from(&app, &location, &whole.last().expect("an end").id).await.status, 204);
}

#[tokio::test]
async fn a_job_that_another_instance_runs_can_be_followed() {
    let database = Some(Postgres::shared().database());
    let here = TestApp::with(TestSettings { database: database.clone(), workers: 0, ..TestSettings::default() }).await;
    let _there = TestApp::with(TestSettings { database, ..TestSettings::default() }).await;
    let location = here.post("/api/videos", &json!({ "url": "sErm0n_Tst1" })).await.header("location").to_owned();
    let events = parse_events(&here.get(&format!("{location}/events")).await);
    assert_eq!(events.last().expect("an end").name, "done");
    assert!(events.iter().any(|event| event.data["name"] == "save" && event.data["state"] == "done"), "{events:?}");
}

#[tokio::test]
async fn a_failed_job_ends_its_events_with_the_reason() {
    let app = TestApp::new().await;
    let location = app.post("/api/videos", &json!({ "url": "pr1vate_vid" })).await.header("location").to_owned();
    let events = parse_events(&app.get(&format!("{location}/events")).await);
    let last = events.last().expect("an end");
    assert_eq!((last.name.as_str(), &last.data["error"]["code"]), ("failed", &json!("private")));
}

/// Sends `POST /analyze` as a form on a page or a script would.
async fn analyze(app: &TestApp, body: &'static str, header: (&'static str, &'static str)) -> TestResponse {
    let request = Request::post("/analyze").header("content-type", "application/x-www-form-urlencoded");
    app.send(request.header(header.0, header.1).body(Body::from(body)).expect("a request")).await
}

#[tokio::test]
async fn scripts_for_the_legacy_system_get_the_responses_they_expect() {
    let app = TestApp::new().await;
    for header in [("accept", "application/json"), ("x-requested-with", "XMLHttpRequest")] {
        let response = analyze(&app, "url=https%3A%2F%2Fyoutu.be%2FsErm0n_Tst1", header).await;
        assert_eq!(response.status, 200, "{}", response.text());
        let body = response.json();
        assert_eq!((&body["success"], &body["redirect_url"]), (&json!(true), &json!("/video/sErm0n_Tst1")));
        assert!(body["logs"].as_array().is_some_and(|logs| logs.iter().all(Value::is_string) && !logs.is_empty()));
    }
    for (body, status, word) in
        [("url=pr1vate_vid", 422, "private"), ("url=not_a_video", 404, "does not exist"), ("url=", 422, "url")]
    {
        let response = analyze(&app, body, ("accept", "application/json")).await;
        assert_eq!((response.status.as_u16(), response.header("content-type")), (status, "application/json"));
        let body = response.json();
        assert!(body["error"].as_str().expect("a string").contains(word) && body["logs"].is_array(), "{body}");
    }
}

#[tokio::test]
async fn a_form_without_javascript_redirects_to_the_page_of_its_job() {
    let app = TestApp::new().await;
    let response = analyze(&app, "url=german_only", ("accept", "text/html")).await;
    assert_eq!(response.status, 303, "{}", response.text());
    let page = response.header("location").to_owned();
    assert!(page.starts_with("/jobs/"), "{page}");
    app.wait_for_job(&format!("/api{page}")).await;
    let failed = app.browse(&page).await.text();
    assert!(failed.contains("none in English") && failed.contains("Captions are available in: de"), "{failed}");
    assert!(failed.contains(r#"value="https://www.youtube.com/watch?v=german_only""#), "the link is kept: {failed}");

    let response = analyze(&app, "url=https%3A%2F%2Fvimeo.com", ("accept", "text/html")).await;
    assert_eq!((response.status.as_u16(), response.header("content-type")), (422, "text/html; charset=utf-8"));
}

#[tokio::test]
async fn without_javascript_the_page_of_a_queued_job_refreshes_and_that_of_a_done_job_links_to_the_sermon() {
    let app = TestApp::with(TestSettings { workers: 0, ..TestSettings::default() }).await;
    let job = app.post("/api/videos", &json!({ "url": "sErm0n_Tst1" })).await.json();
    let page = app.browse(&format!("/jobs/{}", job["id"].as_str().expect("an id"))).await.text();
    assert!(page.contains("<noscript><meta http-equiv=\"refresh\""), "{page}");

    let app = TestApp::new().await;
    let response = app.post("/api/videos", &json!({ "url": "sErm0n_Tst1" })).await;
    let id = app.wait_for_job(response.header("location")).await["id"].as_str().expect("an id").to_owned();
    let page = app.browse(&format!("/jobs/{id}")).await.text();
    assert!(page.contains(r#"href="/video/sErm0n_Tst1""#) && !page.contains("http-equiv=\"refresh\""), "{page}");
}

#[tokio::test]
async fn the_page_of_a_legacy_document_shows_its_positions() {
    let app = TestApp::new().await;
    let here =
        json!({ "start": 695.519, "context": "as it says in John chapter 3", "text": "t", "matched_pattern": "in" });
    let value = json!({ "title": "Old", "counts": { "John": 1 }, "positions": { "John": { "valid": [here], "suspect": null } } });
    app.save(&Document::from_legacy("sErm0n_Tst1", value).expect("a document")).await;
    let page = app.browse("/video/sErm0n_Tst1").await.text();
    assert!(page.contains("https://www.youtube.com/watch?v=sErm0n_Tst1&#38;t=695s"), "{page}");
    assert!(page.contains("<mark>John</mark>") && page.contains("11:35"), "{page}");
}

#[tokio::test]
async fn every_response_has_security_headers_and_a_request_id() {
    let app = TestApp::new().await;
    for path in ["/", "/api/nothing", "/healthz", "/nothing", "/video/nosuchvideo", "/docs"] {
        let response = app.browse(path).await;
        let policy = response.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(response.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(response.header("x-request-id").len(), 36, "{path}");
        assert!(!response.header("cache-control").is_empty() || path == "/healthz", "{path}");
    }
    assert!(app.browse("/nothing").await.text().contains("<h1>Page not found</h1>"));
    assert!(app.browse("/video/nosuchvideo").await.text().contains("<h1>No such sermon</h1>"));
}

#[tokio::test]
async fn the_theme_is_stored_in_a_cookie_and_static_files_are_immutable() {
    let app = TestApp::new().await;
    let request = Request::post("/theme").body(Body::from("theme=dark&back=%2F%3Fq%3Dgrace")).expect("a request");
    let response = app.send(request).await;
    assert_eq!((response.status.as_u16(), response.header("location")), (303, "/?q=grace"));
    let cookie = response.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    let request = Request::get("/").header("cookie", cookie).body(Body::empty()).expect("a request");
    let page = app.send(request).await.text();
    assert!(page.contains(r#"<html lang="en" data-theme="dark">"#), "{page}");

    let css = page.split('"').find(|part| part.ends_with("site.css")).expect("a style sheet");
    let response = app.get(css).await;
    assert_eq!((response.status.as_u16(), response.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(response.header("cache-control").contains("immutable"));
    assert_eq!(app.get("/static/older/site.css").await.header("cache-control"), "no-store");
}
