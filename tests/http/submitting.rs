//! Sermons are sent in: links and transcripts, in every form, good and bad.

use axum::{body::Body, http::Request};
use serde_json::json;

use crate::{
    app::{CAPTIONS, TestApp, TestSettings},
    postgres::Postgres,
};

/// A body of `multipart/form-data` (RFC 7578): name, file name, content.
fn multipart(parts: &[(&str, Option<&str>, &[u8])]) -> Request<Body> {
    let mut body = Vec::new();
    for (name, file, content) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        body.extend(format!("--cut\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n").bytes());
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--cut--\r\n");
    let request = Request::post("/api/videos").header("content-type", "multipart/form-data; boundary=cut");
    request.body(Body::from(body)).expect("a request")
}

#[tokio::test]
async fn a_link_becomes_a_sermon_on_both_databases() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = TestApp::with(TestSettings { database, ..TestSettings::default() }).await;
        let answer = app.post("/api/videos", &json!({ "url": "https://youtu.be/sErm0n_Tst1" })).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        let (queued, location) = (answer.json(), answer.header("location").to_owned());
        assert_eq!(location, format!("/api/jobs/{}", queued["id"].as_str().expect("an id")));
        assert_eq!((&queued["video_id"], &queued["error"]), (&json!("sErm0n_Tst1"), &json!(null)));
        assert!(["queued", "running", "done"].contains(&queued["state"].as_str().expect("a state")));

        let job = app.ended(&location).await;
        assert_eq!((&job["state"], &job["result_url"]), (&json!("done"), &json!("/video/sErm0n_Tst1")), "{job}");
        let document = app.get("/api/video/sErm0n_Tst1").await.json();
        assert_eq!(document["title"], "The sermon sErm0n_Tst1");
        assert_eq!(document["source"]["kind"], "youtube");
    }
}

#[tokio::test]
async fn a_transcript_is_taken_as_json_as_a_form_and_as_a_file() {
    let app = TestApp::new().await;
    let as_json = json!({
        "transcript": CAPTIONS, "title": "As JSON", "channel": "Grace", "url": "https://youtu.be/sErm0n_Tst1",
        "location": "Kenya", "channel_url": "https://grace.example/", "published_at": "2026-05-31",
    });
    let answers = [
        ("As JSON", "sErm0n_Tst1", app.post("/api/videos", &as_json).await),
        ("As a form", "", {
            let body = "transcript=In+John+chapter+3&title=As+a+form&channel=Grace&url=";
            let request = Request::post("/api/videos").header("content-type", "application/x-www-form-urlencoded");
            app.send(request.body(Body::from(body)).expect("a request")).await
        }),
        ("As a file", "", {
            let utf_16: Vec<u8> =
                "\u{feff}In Romans chapter 8 — amen".encode_utf16().flat_map(u16::to_le_bytes).collect();
            app.send(multipart(&[("title", None, b"As a file"), ("file", Some("a.txt"), &utf_16)])).await
        }),
        ("As text beside an empty file", "", {
            let parts: [(_, _, &[u8]); 3] = [
                ("title", None, b"As text beside an empty file"),
                ("transcript", None, b"In Mark chapter 1"),
                ("file", Some(""), b""),
            ];
            app.send(multipart(&parts)).await
        }),
    ];
    for (title, id, answer) in answers {
        assert_eq!(answer.status, 202, "{title}: {}", answer.text());
        let job = app.ended(answer.header("location")).await;
        assert_eq!(job["state"], "done", "{job}");
        let document = app.get(&format!("/api/video/{}", job["video_id"].as_str().expect("an id"))).await.json();
        assert_eq!(document["title"], title);
        assert!(id.is_empty() || document["video_id"] == id, "{document}");
    }
    let document = app.get("/api/video/sErm0n_Tst1").await.json();
    assert_eq!((&document["location"], &document["published_at"]), (&json!("Kenya"), &json!("2026-05-31")));
}
