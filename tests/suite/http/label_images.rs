//! The label as an image, the preview card, and reanalyzing a sermon.

use axum::{
    body::Body,
    http::{Method, Request},
};
use mannameter::{
    domain::Document,
    http::{AdminToken, HttpSettings, Submissions},
};
use resvg::tiny_skia::Pixmap;
use serde_json::{Value, json};

use crate::support::app::{CAPTIONS, TOKEN, TestApp, TestResponse, TestSettings};

const ID: &str = "a_Sermon_01";

fn document(title: &str) -> Document {
    let value = json!({
        "title": title, "channel": "Grace & Truth", "processed_at": "2026-05-31T10:00:00Z", "duration_seconds": 1200.0,
        "counts": { "John": 5, "Genesis": 2 }, "stats": { "scripture_references": 7, "suspect_references": 1 },
    });
    Document::from_legacy(ID, value).expect("a document")
}

async fn filled() -> TestApp {
    let app = TestApp::new().await;
    app.save(&document("Love & <Truth> | A Preacher")).await;
    app
}

async fn ask(app: &TestApp, method: Method, path: &str, headers: &[(&str, &str)]) -> TestResponse {
    let request = Request::builder().method(method).uri(path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    app.send(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn the_svg_label_contains_the_numbers() {
    let app = filled().await;
    let svg = app.get(&format!("/video/{ID}/label.svg")).await;
    assert_eq!((svg.status.as_u16(), svg.header("content-type")), (200, "image/svg+xml"));
    let text = svg.text();
    for part in
        ["Manna Facts", "Grace &#38; Truth", "Love &#38; &#60;Truth&#62;", ">20 min<", ">71%<", "Gospels 5", "Law 2"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("style"), "the content security policy forbids inline styles");
}

#[tokio::test]
async fn images_have_the_right_size_and_are_not_blank() {
    let app = filled().await;
    for (name, width, height) in [("label.png", 840, 1478), ("card.png", 1200, 630)] {
        let png = app.get(&format!("/video/{ID}/{name}")).await;
        assert_eq!((png.status.as_u16(), png.header("content-type")), (200, "image/png"));
        let pixels = Pixmap::decode_png(&png.body).expect("a PNG");
        assert_eq!((pixels.width(), pixels.height()), (width, height));
        // Text is drawn with the embedded font: there are more dark pixels than in the lines and the frame alone.
        let dark = pixels.pixels().iter().filter(|pixel| pixel.red() < 64 && pixel.alpha() == 255).count();
        let share = dark * 100 / pixels.pixels().len();
        assert!((5..60).contains(&share), "{name}: {share} % is dark");
    }
}

#[tokio::test]
async fn an_image_is_sent_again_only_after_the_sermon_has_changed() {
    let app = filled().await;
    for name in ["label.svg", "label.png", "card.png"] {
        let path = format!("/video/{ID}/{name}");
        let first = app.get(&path).await;
        let tag = first.header("etag").to_owned();
        assert!(first.header("cache-control").starts_with("public, max-age="), "{name}");
        let again = ask(&app, Method::GET, &path, &[("if-none-match", &tag)]).await;
        assert_eq!((again.status.as_u16(), again.body.len(), again.header("etag")), (304, 0, tag.as_str()));
        app.save(&document(&format!("Another title for {name}"))).await;
        let changed = ask(&app, Method::GET, &path, &[("if-none-match", &tag)]).await;
        assert_eq!(changed.status, 200, "{name}");
        assert_ne!(changed.header("etag"), tag, "{name}");
    }
    assert_eq!(app.get("/video/never_there/label.png").await.status, 404);
}

#[tokio::test]
async fn the_link_preview_has_the_public_url_of_the_card() {
    let http = HttpSettings {
        submissions: Submissions::Admin,
        submissions_per_minute: 1,
        admin_token: AdminToken::new(TOKEN),
        trusted_proxies: 1,
        ..TestSettings::default().http
    };
    let app = TestApp::with(TestSettings { http, ..TestSettings::default() }).await;
    app.save(&document("Love")).await;
    let headers = [("host", "manna.example"), ("x-forwarded-proto", "https"), ("accept", "text/html")];
    let page = ask(&app, Method::GET, &format!("/video/{ID}"), &headers).await.text();
    let card =
        format!("<meta data-origin property=\"og:image\" content=\"https://manna.example/video/{ID}/card.png\">");
    assert!(page.contains(&card), "{page}");
    assert!(page.contains("7 confirmed Bible references"));
    assert!(!page.contains("/reanalyze"), "only the admin may reanalyze a sermon");
    let refused = ask(&app, Method::POST, &format!("/video/{ID}/reanalyze"), &[]).await;
    assert_eq!((refused.status.as_u16(), refused.header("location")), (303, "/login?next=%2Fbackup"));
}

#[tokio::test]
async fn a_sermon_analyzed_by_another_engine_can_be_reanalyzed() {
    let app = TestApp::new().await;
    let sent = json!({ "transcript": CAPTIONS, "title": "Crossing Over" });
    let job = app.wait_for_job(app.post("/api/videos", &sent).await.header("location")).await;
    let id = job["video_id"].as_str().expect("an id").to_owned();
    let login = [("authorization", &*format!("Bearer {TOKEN}"))];
    let reanalyze = async || {
        let response = ask(&app, Method::POST, &format!("/video/{id}/reanalyze"), &login).await;
        assert_eq!(response.status, 303, "{}", response.text());
        response.header("location").to_owned()
    };
    let offers = async |headers: &[(&str, &str)]| {
        ask(&app, Method::GET, &format!("/video/{id}"), headers).await.text().contains("/reanalyze")
    };
    assert!(!offers(&login).await, "nothing would change");
    assert_eq!(reanalyze().await, format!("/video/{id}?reanalysis=current"));

    let mut old: Value = app.get(&format!("/api/video/{id}")).await.json();
    old["engine"]["version"] = json!("0");
    old["counts"]["John"] = json!(77);
    app.save(&Document::from_legacy(&id, old).expect("a document")).await;
    assert_eq!((offers(&login).await, offers(&[]).await), (true, false), "only the admin may reanalyze");
    let done = reanalyze().await;
    assert_eq!(done, format!("/video/{id}?reanalysis=changed"));
    assert_eq!(app.get(&format!("/api/video/{id}")).await.json()["counts"]["John"], 1);
    assert!(app.browse(&done).await.text().contains("This sermon was reanalyzed."));

    app.save(&document("No transcript")).await;
    let response = ask(&app, Method::POST, &format!("/video/{ID}/reanalyze"), &login).await;
    assert_eq!(response.header("location"), format!("/video/{ID}?reanalysis=no-transcript"));
    assert_eq!(ask(&app, Method::POST, "/video/never_there/reanalyze", &login).await.status, 404);
}
