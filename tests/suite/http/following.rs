//! A job is followed to its end: by events, by the legacy address, by pages.

use std::time::Duration;

use axum::{body::Body, http::Request};
use mannameter::domain::Document;
use serde_json::{Value, json};

use crate::{
    support::app::{Answer, TestApp, TestSettings},
    support::postgres::Postgres,
};

/// One Server-Sent Event.
#[derive(Debug, Clone, PartialEq)]
struct Event {
    id: String,
    name: String,
    data: Value,
}

/// Reads a whole stream.
fn events(answer: &Answer) -> Vec<Event> {
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let text = answer.text();
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

async fn follow_from(app: &TestApp, location: &str, last: &str) -> Answer {
    let request = Request::get(format!("{location}/events")).header("last-event-id", last);
    app.send(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn the_events_of_a_job_tell_each_step_and_end_with_the_job() {
    let app = TestApp::new().await;
    let location = app.post("/api/videos", &json!({ "url": "waits_here_" })).await.header("location").to_owned();
    // Joined before the captions are there, so that the stream must wait for them.
    let stream = format!("{location}/events");
    let (stream, ()) = tokio::join!(app.get(&stream), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        app.youtube.gate.add_permits(1);
    });
    let told = events(&stream);
    let job = app.get(&location).await.json();
    let last = told.last().expect("an end");
    assert_eq!((last.name.as_str(), &last.data), ("done", &job));
    let steps: Vec<_> = told.iter().filter(|event| event.name == "step").collect();
    assert!(steps.iter().any(|step| step.data["name"] == "captions" && step.data["state"] == "running"), "{told:?}");
    for step in job["steps"].as_array().expect("steps") {
        assert_eq!(steps.iter().filter(|told| told.data == *step).count(), 1, "{step} is told once");
    }
    let lines: Vec<_> = told.iter().filter(|event| event.name == "log").map(|event| event.data.clone()).collect();
    assert_eq!(json!(lines), job["logs"]);
}

#[tokio::test]
async fn a_stream_that_broke_off_goes_on_where_it_was() {
    let app = TestApp::new().await;
    let location = app.post("/api/videos", &json!({ "url": "sErm0n_Tst1" })).await.header("location").to_owned();
    app.ended(&location).await;
    let whole = events(&app.get(&format!("{location}/events")).await);
    for (told, event) in whole.iter().enumerate().take(whole.len() - 1) {
        assert_eq!(events(&follow_from(&app, &location, &event.id).await), whole[told + 1..], "behind {}", event.id);
    }
    assert_eq!(events(&follow_from(&app, &location, "not ours").await), whole);
    // After the end a browser would ask again and again, if it were not told to stop.
    assert_eq!(follow_from(&app, &location, &whole.last().expect("an end").id).await.status, 204);
}

#[tokio::test]
async fn a_job_that_another_instance_runs_is_followed_too() {
    let database = Some(Postgres::shared().database());
    let here = TestApp::with(TestSettings { database: database.clone(), workers: 0, ..TestSettings::default() }).await;
    let _there = TestApp::with(TestSettings { database, ..TestSettings::default() }).await;
    let location = here.post("/api/videos", &json!({ "url": "sErm0n_Tst1" })).await.header("location").to_owned();
    let told = events(&here.get(&format!("{location}/events")).await);
    assert_eq!(told.last().expect("an end").name, "done");
    assert!(told.iter().any(|event| event.data["name"] == "save" && event.data["state"] == "done"), "{told:?}");
}

#[tokio::test]
async fn a_failed_job_ends_its_events_with_the_reason() {
    let app = TestApp::new().await;
    let location = app.post("/api/videos", &json!({ "url": "pr1vate_vid" })).await.header("location").to_owned();
    let told = events(&app.get(&format!("{location}/events")).await);
    let last = told.last().expect("an end");
    assert_eq!((last.name.as_str(), &last.data["error"]["code"]), ("failed", &json!("private")));
}

/// `POST /analyze` as the form of a page, or as a script.
async fn analyze(app: &TestApp, body: &'static str, header: (&'static str, &'static str)) -> Answer {
    let request = Request::post("/analyze").header("content-type", "application/x-www-form-urlencoded");
    app.send(request.header(header.0, header.1).body(Body::from(body)).expect("a request")).await
}

#[tokio::test]
async fn scripts_of_the_system_before_ours_get_the_answers_they_know() {
    let app = TestApp::new().await;
    for header in [("accept", "application/json"), ("x-requested-with", "XMLHttpRequest")] {
        let answer = analyze(&app, "url=https%3A%2F%2Fyoutu.be%2FsErm0n_Tst1", header).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let body = answer.json();
        assert_eq!((&body["success"], &body["redirect_url"]), (&json!(true), &json!("/video/sErm0n_Tst1")));
        assert!(body["logs"].as_array().is_some_and(|logs| logs.iter().all(Value::is_string) && !logs.is_empty()));
    }
    for (body, status, word) in
        [("url=pr1vate_vid", 422, "private"), ("url=not_a_video", 404, "not there"), ("url=", 422, "url")]
    {
        let answer = analyze(&app, body, ("accept", "application/json")).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (status, "application/json"));
        let body = answer.json();
        assert!(body["error"].as_str().expect("words").contains(word) && body["logs"].is_array(), "{body}");
    }
}

#[tokio::test]
async fn a_form_without_javascript_is_sent_to_the_page_of_its_job() {
    let app = TestApp::new().await;
    let answer = analyze(&app, "url=german_only", ("accept", "text/html")).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let page = answer.header("location").to_owned();
    assert!(page.starts_with("/jobs/"), "{page}");
    app.ended(&format!("/api{page}")).await;
    let failed = app.browse(&page).await.text();
    assert!(failed.contains("none in English") && failed.contains("Captions exist in: de"), "{failed}");
    assert!(failed.contains(r#"value="https://www.youtube.com/watch?v=german_only""#), "the link is kept: {failed}");

    let answer = analyze(&app, "url=https%3A%2F%2Fvimeo.com", ("accept", "text/html")).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (422, "text/html; charset=utf-8"));
}

#[tokio::test]
async fn a_waiting_job_refreshes_its_page_without_javascript_and_a_done_one_shows_the_way() {
    let app = TestApp::with(TestSettings { workers: 0, ..TestSettings::default() }).await;
    let job = app.post("/api/videos", &json!({ "url": "sErm0n_Tst1" })).await.json();
    let page = app.browse(&format!("/jobs/{}", job["id"].as_str().expect("an id"))).await.text();
    assert!(page.contains("<noscript><meta http-equiv=\"refresh\""), "{page}");

    let app = TestApp::new().await;
    let answer = app.post("/api/videos", &json!({ "url": "sErm0n_Tst1" })).await;
    let id = app.ended(answer.header("location")).await["id"].as_str().expect("an id").to_owned();
    let page = app.browse(&format!("/jobs/{id}")).await.text();
    assert!(page.contains(r#"href="/video/sErm0n_Tst1""#) && !page.contains("http-equiv=\"refresh\""), "{page}");
}

#[tokio::test]
async fn the_page_of_an_old_document_is_made_from_its_positions() {
    let app = TestApp::new().await;
    let here =
        json!({ "start": 695.519, "context": "as it says in John chapter 3", "text": "t", "matched_pattern": "in" });
    let value = json!({ "title": "Old", "counts": { "John": 1 }, "positions": { "John": { "valid": [here], "suspect": null } } });
    app.keep(&Document::from_legacy("sErm0n_Tst1", value).expect("a document")).await;
    let page = app.browse("/video/sErm0n_Tst1").await.text();
    assert!(page.contains("https://www.youtube.com/watch?v=sErm0n_Tst1&#38;t=695s"), "{page}");
    assert!(page.contains("<mark>John</mark>") && page.contains("11:35"), "{page}");
}

#[tokio::test]
async fn every_answer_is_armed_and_named() {
    let app = TestApp::new().await;
    for path in ["/", "/api/nothing", "/healthz", "/nothing", "/video/nosuchvideo", "/docs"] {
        let answer = app.browse(path).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-request-id").len(), 36, "{path}");
        assert!(!answer.header("cache-control").is_empty() || path == "/healthz", "{path}");
    }
    assert!(app.browse("/nothing").await.text().contains("<h1>Nothing here</h1>"));
    assert!(app.browse("/video/nosuchvideo").await.text().contains("<h1>No such sermon</h1>"));
}

#[tokio::test]
async fn the_theme_is_kept_in_a_cookie_and_the_files_of_a_page_never_change() {
    let app = TestApp::new().await;
    let request = Request::post("/theme").body(Body::from("theme=dark&back=%2F%3Fq%3Dgrace")).expect("a request");
    let answer = app.send(request).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/?q=grace"));
    let cookie = answer.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    let request = Request::get("/").header("cookie", cookie).body(Body::empty()).expect("a request");
    let page = app.send(request).await.text();
    assert!(page.contains(r#"<html lang="en" data-theme="dark">"#), "{page}");

    let css = page.split('"').find(|part| part.ends_with("site.css")).expect("a style sheet");
    let answer = app.get(css).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(answer.header("cache-control").contains("immutable"));
    assert_eq!(app.get("/static/older/site.css").await.header("cache-control"), "no-store");
}
