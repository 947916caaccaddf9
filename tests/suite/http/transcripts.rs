//! Reading a transcript: the page, the downloads and the API, and who may read it.

use mannameter::http::TranscriptAccess;
use serde_json::{Value, json};

use crate::support::{
    app::{CAPTIONS, TOKEN, TestApp, TestResponse, TestSettings},
    postgres::Postgres,
};
use axum::{body::Body, http::Request};

async fn app(transcripts: TranscriptAccess, database: Option<String>) -> TestApp {
    let mut settings = TestSettings { database, ..TestSettings::default() };
    settings.http.transcripts = transcripts;
    let app = TestApp::with(settings).await;
    let video = json!({ "transcript": CAPTIONS, "title": "Crossing", "url": "https://youtu.be/sErm0n_Tst1" });
    add(&app, &video).await;
    app
}

/// Adds a sermon and returns its ID.
async fn add(app: &TestApp, submission: &Value) -> String {
    let response = app.post("/api/videos", submission).await;
    assert_eq!(response.status, 202, "{}", response.text());
    let job = app.wait_for_job(response.header("location")).await;
    assert_eq!(job["state"], "done", "{job}");
    job["video_id"].as_str().expect("an ID").to_owned()
}

async fn get_as_admin(app: &TestApp, path: &str) -> TestResponse {
    let request = Request::get(path).header("authorization", format!("Bearer {TOKEN}"));
    app.send(request.body(Body::empty()).expect("a request")).await
}

/// Asserts that a page or file is refused with this status and code.
fn assert_refused(response: &TestResponse, status: u16, code: &str) {
    assert_eq!(response.status.as_u16(), status, "{}", response.text());
    assert!(response.text().contains(code), "{}", response.text());
}

const PAGE: &str = "/video/sErm0n_Tst1/transcript";
const API: &str = "/api/video/sErm0n_Tst1/transcript";

#[tokio::test]
async fn the_page_leads_to_seconds_of_the_video_and_marks_references_and_matches_on_both_databases() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = app(TranscriptAccess::Public, database).await;
        assert!(app.browse("/video/sErm0n_Tst1").await.text().contains(&format!("href=\"{PAGE}\"")));
        let html = app.browse(&format!("{PAGE}?q=turning")).await.text();
        assert!(html.contains("href=\"https://www.youtube.com/watch?v=sErm0n_Tst1&#38;t=1s\""), "{html}");
        assert!(html.contains("id=\"r1\"></span><a class=\"cited confirmed\" href=\"/passage/John.5.24\""), "{html}");
        assert!(html.contains("href=\"/passage/Rom.8\""), "{html}");
        assert!(html.contains("id=\"m1\"></span><mark>Turn</mark>") && html.contains("1 match"), "{html}");
        let unmarked = app.browse(PAGE).await.text();
        assert!(!unmarked.contains("<mark>") && !unmarked.contains("match"), "{unmarked}");
    }
}

#[tokio::test]
async fn the_downloads_have_the_same_words_and_a_file_name() {
    let app = app(TranscriptAccess::Public, None).await;
    let text = app.get(&format!("{PAGE}.txt")).await;
    assert_eq!(text.text(), "Turn with me to John chapter 5 verse 24. And then to Romans chapter 8.\n");
    assert_eq!(text.header("content-disposition"), "attachment; filename=\"sErm0n_Tst1.txt\"");
    let srt = app.get(&format!("{PAGE}.srt")).await;
    assert_eq!(srt.text().trim(), CAPTIONS.trim());
    assert_eq!(srt.header("content-disposition"), "attachment; filename=\"sErm0n_Tst1.srt\"");

    let body = app.get(API).await.json();
    let paragraph = json!({ "start_seconds": 1.0, "start_char": 0, "end_char": 70, "text": text.text().trim() });
    assert_eq!((&body["format"], &body["paragraphs"]), (&json!("srt"), &json!([paragraph])), "{body}");
    let reference = &app.get("/api/video/sErm0n_Tst1").await.json()["references"][0];
    let (start, end) = (reference["start_char"].as_u64(), reference["end_char"].as_u64());
    let range = usize::try_from(start.expect("a number")).expect("small")
        ..usize::try_from(end.expect("a number")).expect("small");
    assert_eq!(&text.text()[range], reference["text"], "offsets of references count in this text");
}

#[tokio::test]
async fn a_transcript_without_times_has_no_srt_file() {
    let app = app(TranscriptAccess::Public, None).await;
    let id =
        add(&app, &json!({ "transcript": "In John chapter 3 we read of the Spirit.", "title": "Born again" })).await;
    let page = format!("/video/{id}/transcript");
    assert_refused(&app.get(&format!("{page}.srt")).await, 404, "no_times");
    let html = app.browse(&page).await.text();
    assert!(html.contains(".txt\"") && !html.contains(".srt\"") && !html.contains("Watch at"), "{html}");
    assert_eq!(app.get(&format!("/api{page}")).await.json()["paragraphs"][0]["start_seconds"], Value::Null);
}

#[tokio::test]
async fn by_default_only_the_admin_reads_transcripts() {
    let app = app(TranscriptAccess::default(), None).await;
    assert!(!app.browse("/video/sErm0n_Tst1").await.text().contains(PAGE));
    let refused = app.browse(PAGE).await;
    assert_eq!(
        (refused.status.as_u16(), refused.header("location")),
        (303, "/login?next=%2Fvideo%2FsErm0n_Tst1%2Ftranscript")
    );
    for path in [API.to_owned(), format!("{PAGE}.txt"), format!("{PAGE}.srt")] {
        assert_refused(&app.get(&path).await, 401, "unauthorized");
        assert_eq!(get_as_admin(&app, &path).await.status, 200);
    }
    let page = get_as_admin(&app, PAGE).await;
    assert_eq!((page.status.as_u16(), page.header("cache-control")), (200, "no-store"));
    assert!(get_as_admin(&app, "/video/sErm0n_Tst1").await.text().contains(PAGE));
}

#[tokio::test]
async fn when_transcripts_are_off_not_even_the_admin_reads_them() {
    let app = app(TranscriptAccess::Off, None).await;
    assert!(!get_as_admin(&app, "/video/sErm0n_Tst1").await.text().contains(PAGE));
    for path in [API.to_owned(), format!("{PAGE}.txt"), format!("{PAGE}.srt"), PAGE.to_owned()] {
        assert_refused(&get_as_admin(&app, &path).await, 404, "transcripts_off");
    }
}

#[tokio::test]
async fn a_sermon_that_does_not_exist_or_has_no_stored_captions_says_so() {
    let app = app(TranscriptAccess::Public, None).await;
    let imported = json!({ "title": "Imported", "counts": { "John": 1 } });
    let document = mannameter::domain::Document::from_legacy("imp0rted_01", imported).expect("a document");
    app.save(&document).await;
    let problem = app.get("/api/video/imp0rted_01/transcript").await.problem(404, "no_transcript");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("add the sermon again")), "{problem}");
    assert!(!app.browse("/video/imp0rted_01").await.text().contains("/transcript"));
    assert_refused(&app.get("/video/n0_such_one/transcript").await, 404, "no_such_sermon");
    assert_refused(&app.get("/video/bad%20id/transcript.txt").await, 400, "invalid_video_id");
}
