//! Submitting sermons: links and transcripts, in every format.

use axum::{body::Body, http::Request};
use mannameter::http::Submissions;
use serde_json::json;

use crate::{
    support::app::{CAPTIONS, TOKEN, TestApp, TestSettings},
    support::postgres::Postgres,
};

/// Builds a `multipart/form-data` request (RFC 7578) from parts, each with a name, a file name and content.
pub(super) fn multipart(path: &str, parts: &[(&str, Option<&str>, &[u8])]) -> Request<Body> {
    let mut body = Vec::new();
    for (name, file, content) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        body.extend(format!("--cut\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n").bytes());
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--cut--\r\n");
    let request = Request::post(path).header("content-type", "multipart/form-data; boundary=cut");
    request.body(Body::from(body)).expect("a request")
}

#[tokio::test]
async fn a_link_becomes_a_sermon_on_both_databases() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = TestApp::with(TestSettings { database, ..TestSettings::default() }).await;
        let response = app.post("/api/videos", &json!({ "url": "https://youtu.be/sErm0n_Tst1" })).await;
        assert_eq!(response.status, 202, "{}", response.text());
        let (queued, location) = (response.json(), response.header("location").to_owned());
        assert_eq!(location, format!("/api/jobs/{}", queued["id"].as_str().expect("an id")));
        assert_eq!((&queued["video_id"], &queued["error"]), (&json!("sErm0n_Tst1"), &json!(null)));
        assert!(["queued", "running", "done"].contains(&queued["state"].as_str().expect("a state")));

        let job = app.wait_for_job(&location).await;
        assert_eq!((&job["state"], &job["result_url"]), (&json!("done"), &json!("/video/sErm0n_Tst1")), "{job}");
        let document = app.get("/api/video/sErm0n_Tst1").await.json();
        assert_eq!(document["title"], "The sermon sErm0n_Tst1");
        assert_eq!(document["source"]["kind"], "youtube");
    }
}

#[tokio::test]
async fn a_transcript_can_be_sent_as_json_as_a_form_and_as_a_file() {
    let app = TestApp::new().await;
    let as_json = json!({
        "transcript": CAPTIONS, "title": "As JSON", "channel": "Grace", "url": "https://youtu.be/sErm0n_Tst1",
        "location": "Kenya", "channel_url": "youtube.com/@grace", "published_at": "2026-05-31",
    });
    let responses = [
        ("As JSON", "sErm0n_Tst1", app.post("/api/videos", &as_json).await),
        ("As a form", "", {
            let body = "transcript=In+John+chapter+3&title=As+a+form&channel=Grace&url=";
            let request = Request::post("/api/videos").header("content-type", "application/x-www-form-urlencoded");
            app.send(request.body(Body::from(body)).expect("a request")).await
        }),
        ("As a file", "", {
            let utf_16: Vec<u8> =
                "\u{feff}In Romans chapter 8 — amen".encode_utf16().flat_map(u16::to_le_bytes).collect();
            app.send(multipart("/api/videos", &[("title", None, b"As a file"), ("file", Some("a.txt"), &utf_16)])).await
        }),
        ("As text with an empty file", "", {
            let parts: [(_, _, &[u8]); 3] = [
                ("title", None, b"As text with an empty file"),
                ("transcript", None, b"In Mark chapter 1"),
                ("file", Some(""), b""),
            ];
            app.send(multipart("/api/videos", &parts)).await
        }),
    ];
    for (title, id, response) in responses {
        assert_eq!(response.status, 202, "{title}: {}", response.text());
        let job = app.wait_for_job(response.header("location")).await;
        assert_eq!(job["state"], "done", "{job}");
        let document = app.get(&format!("/api/video/{}", job["video_id"].as_str().expect("an id"))).await.json();
        assert_eq!(document["title"], title);
        assert!(id.is_empty() || document["video_id"] == id, "{document}");
    }
    let document = app.get("/api/video/sErm0n_Tst1").await.json();
    assert_eq!(document["channel_url"], "https://youtube.com/@grace");
    assert_eq!(document["source"]["url"], "https://www.youtube.com/watch?v=sErm0n_Tst1");
    assert_eq!((&document["location"], &document["published_at"]), (&json!("Kenya"), &json!("2026-05-31")));
}

#[tokio::test]
async fn the_speaker_and_the_series_can_be_sent_in_every_format_and_are_in_the_table() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = TestApp::with(TestSettings { database, ..TestSettings::default() }).await;
        let (speaker, series): (&[u8], &[u8]) = (b" Ann  Lee ", b"Sea Stories");
        let as_json = json!({ "transcript": "In John chapter 3", "speaker": "Ann Lee", "series": "Sea Stories" });
        let form = "transcript=In+Mark+chapter+1&speaker=Ann+Lee&series=Sea+Stories";
        let form = Request::post("/api/videos")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .expect("a request");
        let details = [("speaker", None, speaker), ("series", None, series)];
        let file: [(_, _, &[u8]); 1] = [("file", Some("a.txt"), b"In Luke chapter 15")];
        let files: [(_, _, &[u8]); 2] =
            [("files", Some("b.txt"), b"In Romans chapter 8"), ("files", Some("c.txt"), b"In Ruth chapter 2")];
        let mut jobs = vec![
            app.post("/api/videos", &as_json).await.json(),
            app.send(form).await.json(),
            app.send(multipart("/api/videos", &[&details[..], &file[..]].concat())).await.json(),
        ];
        let batch = app.send(multipart("/api/videos/batch", &[&details[..], &files[..]].concat())).await.json();
        jobs.extend(batch["items"].as_array().expect("items").iter().map(|item| item["job"].clone()));
        assert_eq!(jobs.len(), 5);
        for job in jobs {
            app.wait_for_job(&format!("/api/jobs/{}", job["id"].as_str().expect("an ID"))).await;
            let document = app.get(&format!("/api/video/{}", job["video_id"].as_str().expect("an ID"))).await.json();
            let details = [&document["speaker"], &document["series"], &document["speaker_suggested"]];
            assert_eq!(details, [&json!("Ann Lee"), &json!("Sea Stories"), &json!(null)], "{document}");
        }
        assert_eq!(app.get("/api/videos?speaker=ann+lee&series=sea+stories").await.json()["total"], 5);
        let table = app.get("/export.csv").await.text();
        let lines: Vec<_> = table.lines().collect();
        assert!(lines[0].ends_with(",speaker,series"), "{table}");
        assert!(lines[1..].iter().all(|line| line.ends_with(",Ann Lee,Sea Stories")), "{table}");
        let table = app.get("/export/references.csv").await.text();
        assert!(table.starts_with("video_id,title,channel,speaker,series,"), "{table}");
        assert_eq!(table.matches(",Ann Lee,Sea Stories,").count(), 5, "{table}");
        let long = json!({ "transcript": "In John chapter 4", "speaker": "x".repeat(501) });
        let problem = app.post("/api/videos", &long).await.problem(422, "invalid_field");
        assert!(problem["detail"].as_str().is_some_and(|it| it.starts_with("speaker: too long")), "{problem}");
    }
}

#[tokio::test]
async fn a_speaker_who_was_named_survives_a_fetch_that_suggests_another() {
    let app = TestApp::new().await;
    let url = "https://youtu.be/Ann_Lee_Ser";
    let pasted = json!({ "transcript": CAPTIONS, "title": "Mine", "url": url, "speaker": "Dr. Ann Lee" });
    app.wait_for_job(app.post("/api/videos", &pasted).await.header("location")).await;
    let fetched = app.post("/api/videos", &json!({ "url": url })).await;
    app.wait_for_job(fetched.header("location")).await;
    let document = app.get("/api/video/Ann_Lee_Ser").await.json();
    let details = [&document["title"], &document["speaker"], &document["speaker_suggested"]];
    assert_eq!(details, [&json!("Grace | Ann Lee"), &json!("Dr. Ann Lee"), &json!(null)], "{document}");
}

#[tokio::test]
async fn the_same_text_twice_is_one_sermon_and_the_same_link_twice_is_one_job() {
    let app = TestApp::new().await;
    let transcript = json!({ "transcript": CAPTIONS, "title": "Once", "channel": "Grace" });
    let (first, second) =
        (app.post("/api/videos", &transcript).await.json(), app.post("/api/videos", &transcript).await.json());
    assert_eq!(first["video_id"], second["video_id"]);

    let link = json!({ "url": "waits_here_" });
    let (first, second) = (app.post("/api/videos", &link).await.json(), app.post("/api/videos", &link).await.json());
    assert_eq!(first["id"], second["id"]);
}

#[tokio::test]
async fn a_batch_reports_each_link_and_an_invalid_one_does_not_affect_the_others() {
    let app = TestApp::new().await;
    let urls = ["https://youtu.be/sErm0n_Tst1", "https://example.com/video", "", "sErm0n_Tst2"];
    let response = app.post("/api/videos/batch", &json!({ "urls": urls })).await;
    assert_eq!(response.status, 202, "{}", response.text());
    let result = response.json();
    assert_eq!((&result["accepted"], &result["rejected"]), (&json!(2), &json!(2)), "{result}");
    for (item, url) in result["items"].as_array().expect("items").iter().zip(urls) {
        assert_eq!(item["url"], url);
        assert_ne!(item["job"].is_null(), item["error"].is_null(), "{item}");
    }
    assert_eq!(result["items"][1]["error"]["code"], "not_a_video_link");
    let job = format!("/api/jobs/{}", result["items"][3]["job"]["id"].as_str().expect("an id"));
    assert_eq!(app.wait_for_job(&job).await["state"], "done");

    for (links, reason) in
        [(0, "nothing to add"), (501, "got 501 links"), (10_000, "got 10000 links: send at most 500")]
    {
        let urls = vec!["sErm0n_Tst1"; links];
        let problem = app.post("/api/videos/batch", &json!({ "urls": urls })).await.problem(422, "invalid_field");
        assert!(problem["detail"].as_str().expect("a string").contains(reason), "{problem}");
    }
}

#[tokio::test]
async fn a_refusal_by_youtube_becomes_a_failed_job_with_the_reason_and_advice() {
    let app = TestApp::new().await;
    for (id, status, code, paste_helps) in [
        ("pr1vate_vid", 422, "private", true),
        ("german_only", 422, "no_english_track", true),
        ("rob0t_check", 503, "blocked", true),
        ("not_a_video", 404, "not_found", false),
    ] {
        let response = app.post("/api/videos", &json!({ "url": id })).await;
        let job = app.wait_for_job(response.header("location")).await;
        assert_eq!((&job["state"], &job["result_url"]), (&json!("failed"), &json!(null)), "{job}");
        let error = &job["error"];
        assert_eq!((&error["status"], &error["code"]), (&json!(status), &json!(code)), "{job}");
        assert_eq!(error["paste_helps"], paste_helps, "{job}");
        assert!(job["steps"].as_array().expect("steps").iter().any(|step| step["state"] == "failed"), "{job}");
    }
}

#[tokio::test]
async fn only_the_admin_can_submit_when_submissions_are_closed() {
    let mut settings = TestSettings::default();
    settings.http.submissions = Submissions::Admin;
    let app = TestApp::with(settings).await;
    let body = json!({ "url": "sErm0n_Tst1" });
    let refused = app.post("/api/videos", &body).await;
    refused.problem(401, "unauthorized");
    assert!(refused.header("www-authenticate").starts_with("Bearer"));
    for (token, status) in [("wrong", 401), (TOKEN, 202)] {
        let request = Request::post("/api/videos").header("authorization", format!("Bearer {token}"));
        let request = request.header("content-type", "application/json").body(Body::from(body.to_string()));
        assert_eq!(app.send(request.expect("a request")).await.status, status, "{token}");
    }
}

#[tokio::test]
async fn an_address_that_submits_too_often_gets_429_with_retry_after() {
    let mut settings = TestSettings::default();
    settings.http.submissions_per_minute = 1; // on a busy machine, several requests may take longer than the wait
    settings.http.trusted_proxies = 1;
    let app = TestApp::with(settings).await;
    let from = async |address: &str| {
        let request = Request::post("/api/videos").header("x-forwarded-for", address);
        let request = request.header("content-type", "application/json").body(Body::from(r#"{"url":"sErm0n_Tst1"}"#));
        app.send(request.expect("a request")).await
    };
    assert_eq!(from("10.0.0.1").await.status, 202);
    let refused = from("6.6.6.6, 10.0.0.1").await;
    refused.problem(429, "rate_limited");
    assert!((1..=60).contains(&refused.header("retry-after").parse().expect("seconds")));
    assert_eq!(from("10.0.0.2").await.status, 202);
}
