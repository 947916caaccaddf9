//! Invalid requests and their error messages.

use axum::{
    body::Body,
    http::{Method, Request},
};
use mannameter::domain::JobState;
use serde_json::json;

use crate::support::app::TestApp;

/// Builds a `POST` request.
fn post(path: &str, content_type: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(path).header("content-type", content_type).body(body.into()).expect("a request")
}

#[tokio::test]
async fn an_invalid_link_is_rejected_with_the_reason() {
    let app = TestApp::new().await;
    for (url, reason) in [
        ("https://vimeo.com/1", "not_youtube"),
        ("https://www.youtube.com/playlist?list=PL123", "playlist"),
        ("https://evil.example/?v=sErm0n_Tst1", "not_youtube"),
    ] {
        let problem = app.post("/api/videos", &json!({ "url": url })).await.problem(422, "not_a_video_link");
        assert_eq!(problem["reason"], reason, "{problem}");
        assert_eq!((&problem["instance"], &problem["type"]), (&json!("/api/videos"), &json!("about:blank")));
    }
    let list = json!({ "transcript": "In John chapter 3", "url": "https://www.youtube.com/playlist?list=PL123" });
    assert_eq!(app.post("/api/videos", &list).await.problem(422, "not_a_video_link")["reason"], "playlist");
    let elsewhere = json!({ "transcript": "In John chapter 3", "url": "grace.example/sermons/7" });
    assert_eq!(app.post("/api/videos", &elsewhere).await.status, 202);
    app.post("/api/videos", &json!({})).await.problem(422, "empty_submission");
    app.post("/api/videos", &json!({ "url": "  " })).await.problem(422, "empty_submission");
}

#[tokio::test]
async fn an_invalid_transcript_is_rejected_before_it_is_queued() {
    let app = TestApp::new().await;
    let html =
        json!({ "transcript": "<!doctype html><html><body>Sign in</body></html>", "title": "x", "channel": "y" });
    app.post("/api/videos", &html).await.problem(422, "not_a_transcript");
    app.post("/api/videos", &json!({ "transcript": " \n ", "title": "x" })).await.problem(422, "transcript_empty");
    for state in [JobState::Queued, JobState::Running, JobState::Done, JobState::Failed] {
        assert_eq!(app.store.count_jobs(state).await.expect("a number"), 0, "{state:?}");
    }
}

#[tokio::test]
async fn a_json_syntax_error_has_line_and_column_and_an_invalid_value_its_path() {
    let app = TestApp::new().await;
    let problem =
        app.send(post("/api/videos", "application/json", "{\n  \"url\": oops\n}")).await.problem(400, "invalid_json");
    assert_eq!((&problem["line"], &problem["column"]), (&json!(2), &json!(10)), "{problem}");
    app.send(post("/api/videos", "application/json", "")).await.problem(400, "invalid_json");
    app.send(post("/api/videos", "application/json", r#"{"url":"x"} trailing"#)).await.problem(400, "invalid_json");
    let problem = app.post("/api/videos", &json!({ "url": 7 })).await.problem(422, "invalid_field");
    assert!(problem["detail"].as_str().expect("a string").starts_with("url: "), "{problem}");
    for (path, body) in [("/api/videos", "[]"), ("/api/videos", "null"), ("/api/videos/batch", "\"x\"")] {
        let problem = app.send(post(path, "application/json", body)).await.problem(422, "invalid_field");
        assert!(problem["detail"].as_str().expect("a string").contains("an object"), "{problem}");
    }
}

#[tokio::test]
async fn an_invalid_field_is_rejected_by_name() {
    let app = TestApp::new().await;
    for (name, value) in [
        ("published_at", "soon".to_owned()),
        ("channel_url", "javascript:alert(1)".to_owned()),
        ("url", "ftp://church.example/sermon".to_owned()),
        ("title", "x".repeat(501)),
    ] {
        let mut body = json!({ "transcript": "In John chapter 3", "title": "x", "channel": "y" });
        body[name] = json!(value);
        let problem = app.post("/api/videos", &body).await.problem(422, "invalid_field");
        assert!(problem["detail"].as_str().expect("a string").starts_with(&format!("{name}: ")), "{problem}");
    }
}

#[tokio::test]
async fn a_field_sent_twice_is_rejected_unless_one_of_them_is_empty() {
    let app = TestApp::new().await;
    let form = "application/x-www-form-urlencoded";
    for body in ["transcript=John+3:16&transcript=Mark+1:1", "transcript=John+3:16&title=a&title=b"] {
        let problem = app.send(post("/api/videos", form, body)).await.problem(422, "invalid_field");
        assert!(problem["detail"].as_str().expect("a string").contains("sent twice"), "{problem}");
    }
    let part = "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nJohn 3:16\r\n";
    let files = app.send(post("/api/videos", "multipart/form-data; boundary=x", format!("{part}{part}--x--\r\n")));
    files.await.problem(422, "invalid_field");
    let twice = "transcript=John+3:16&title=&title=a&transcript=";
    assert_eq!(app.send(post("/api/videos", form, twice)).await.status, 202);
}

#[tokio::test]
async fn control_characters_are_removed_from_titles() {
    let app = TestApp::new().await;
    let body = json!({ "transcript": "In John chapter 3", "title": "a\u{0}b\u{7}\r\nc", "channel": "y\u{1b}[31m" });
    let job = app.wait_for_job(app.post("/api/videos", &body).await.header("location")).await;
    let document = app.get(&format!("/api/video/{}", job["video_id"].as_str().expect("an id"))).await.json();
    assert_eq!((&document["title"], &document["channel"]), (&json!("a b c"), &json!("y [31m")));
}

#[tokio::test]
async fn an_unknown_content_type_is_rejected() {
    let app = TestApp::new().await;
    app.send(post("/api/videos", "text/plain", "https://youtu.be/sErm0n_Tst1"))
        .await
        .problem(415, "unsupported_media_type");
    app.send(post("/api/videos/batch", "application/x-www-form-urlencoded", "urls=x"))
        .await
        .problem(415, "unsupported_media_type");
    let bare = Request::post("/api/videos").body(Body::from("{}")).expect("a request");
    app.send(bare).await.problem(415, "unsupported_media_type");
    app.send(post("/api/videos", "multipart/form-data", "no boundary")).await.problem(400, "invalid_body");
    app.send(post("/api/videos", "multipart/form-data; boundary=x", "cut off")).await.problem(400, "invalid_body");
}

#[tokio::test]
async fn a_body_of_100_mb_is_rejected() {
    let app = TestApp::new().await;
    // With a Content-Length, the request is rejected before its body is read.
    let pieces = || futures_util::stream::iter((0..100).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 1_000_000])));
    let mut with_length = post("/api/videos", "application/json", Body::from_stream(pieces()));
    with_length.headers_mut().insert("content-length", 100_000_000.into());
    app.send(with_length).await.problem(413, "too_large");
    // Without one, it is rejected as soon as the limit is exceeded.
    app.send(post("/api/videos", "application/json", Body::from_stream(pieces()))).await.problem(413, "too_large");
    let multipart = futures_util::StreamExt::chain(
        futures_util::stream::iter([Ok(
            b"--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n".to_vec(),
        )]),
        pieces(),
    );
    let request = post("/api/videos", "multipart/form-data; boundary=x", Body::from_stream(multipart));
    app.send(request).await.problem(413, "too_large");
    // The limit for transcripts is lower than the limit for bodies.
    let long = "a ".repeat(3_000_000);
    app.post("/api/videos", &json!({ "transcript": long })).await.problem(413, "transcript_too_large");
}

#[tokio::test]
async fn unknown_routes_ids_and_methods_are_problems() {
    let app = TestApp::new().await;
    app.get("/api/nothing").await.problem(404, "not_found");
    app.get("/api/video/not%20an%20id").await.problem(400, "invalid_video_id");
    app.get("/api/video/123456789012345678901").await.problem(400, "invalid_video_id");
    app.get("/api/video/nosuchvideo").await.problem(404, "no_such_sermon");
    app.get("/api/jobs/7").await.problem(400, "invalid_job_id");
    app.get("/api/jobs/00000000-0000-0000-0000-000000000000").await.problem(404, "no_such_job");
    app.get("/api/jobs/00000000-0000-0000-0000-000000000000/events").await.problem(404, "no_such_job");
    for (method, path, allow) in [(Method::PUT, "/api/videos", "POST"), (Method::POST, "/results.json", "GET")] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a request");
        let response = app.send(request).await;
        response.problem(405, "method_not_allowed");
        assert!(response.header("allow").contains(allow), "{:?}", response.headers);
    }
}

#[tokio::test]
async fn an_invalid_list_parameter_is_rejected_by_name() {
    let app = TestApp::new().await;
    for (query, word) in [
        ("sort=upwards", "sort"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=-1", "limit"),
        ("book=Hezekiah", "Hezekiah"),
        ("from=yesterday", "from"),
    ] {
        let problem = app.get(&format!("/api/videos?{query}")).await.problem(400, "invalid_query");
        assert!(problem["detail"].as_str().expect("a string").contains(word), "{problem}");
    }
    app.get("/api/videos?cursor=rubbish").await.problem(400, "invalid_cursor");
}

#[tokio::test]
async fn requests_sent_by_pages_of_other_sites_are_rejected() {
    let app = TestApp::new().await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")] {
        let mut request = post("/api/videos", "application/json", r#"{"url":"sErm0n_Tst1"}"#);
        request.headers_mut().insert("host", "manna.example".parse().expect("a value"));
        request.headers_mut().insert(name, value.parse().expect("a value"));
        app.send(request).await.problem(403, "cross_site");
    }
    let mut request = post("/theme", "application/x-www-form-urlencoded", "theme=dark");
    request.headers_mut().insert("sec-fetch-site", "cross-site".parse().expect("a value"));
    let response = app.send(request).await;
    assert_eq!((response.status.as_u16(), response.header("content-type")), (403, "text/html; charset=utf-8"));
}
