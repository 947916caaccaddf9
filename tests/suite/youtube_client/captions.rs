//! Fetching captions.

use mannameter::youtube::{CaptionTrack, ErrorClass, FetchedVideo, Settings, YouTube};
use scripture_detector::transcript;
use serde_json::{Value, json};

use super::{VIDEO, changed, class, client, first_track, id, settings};
use crate::support::youtube::{FakeYouTube, Reply, fixture};

#[tokio::test]
async fn captions_are_fetched_as_json3_below_the_base_url_and_only_the_format_is_changed() {
    let server = FakeYouTube::start().await;
    let xosf = |reply: &mut Value| {
        let track = first_track(reply);
        track["baseUrl"] = json!(track["baseUrl"].as_str().unwrap().replace("&key=", "&xosf=1&key="));
    };
    server.on(&format!("player/{VIDEO}"), [changed("innertube/ok_asr_only.json", xosf)]);
    server.on(&format!("captions/{VIDEO}/a.en"), [Reply::file("timedtext/json3_asr.json")]);
    let client = client(settings(&server));
    let video = client.video(&id()).await.unwrap();
    let body = client.captions(&video).await.unwrap();
    assert_eq!(body, fixture("timedtext/json3_asr.json"));
    assert!(transcript::read(&body).unwrap().joined().as_str().contains("First Corinthians chapter 13 verse 4"));
    let query = &server.requests()[1].query;
    assert_eq!(
        (query["fmt"].as_str(), query["signature"].as_str(), query["sparams"].as_str()),
        ("json3", "TEST.SIG", "ip,ipbits,expire,v,ei,caps,opi,xoaf")
    );
    assert!(!query.contains_key("xosf"));
}

#[tokio::test]
async fn after_a_rejected_client_the_next_one_is_tried_immediately() {
    for file in ["innertube/client_rejected.json", "innertube/po_token_all.json", "innertube/wrong_video.json"] {
        let server = FakeYouTube::start().await;
        server.on(&format!("player/{VIDEO}/ANDROID"), [Reply::file(file)]);
        server.on(&format!("player/{VIDEO}/IOS"), [Reply::file("innertube/ok_asr_only.json")]);
        assert!(client(settings(&server)).video(&id()).await.is_ok(), "{file}");
        assert_eq!(server.keys(), [format!("player/{VIDEO}/ANDROID"), format!("player/{VIDEO}/IOS")], "{file}");
    }
}

#[tokio::test]
async fn after_a_final_refusal_no_other_client_is_tried() {
    for file in
        ["innertube/private.json", "innertube/removed.json", "innertube/no_english.json", "innertube/bot_check.json"]
    {
        let server = FakeYouTube::start().await;
        server.on(&format!("player/{VIDEO}"), [Reply::file(file)]);
        assert!(client(settings(&server)).video(&id()).await.is_err(), "{file}");
        assert_eq!(server.requests().len(), 1, "{file}");
    }
}

#[tokio::test]
async fn after_an_empty_body_the_next_track_and_then_the_next_client_are_tried() {
    let server = FakeYouTube::start().await;
    server.on(&format!("player/{VIDEO}"), [Reply::file("innertube/ok_manual_and_asr.json")]);
    server.on(&format!("captions/{VIDEO}/en"), [Reply::file("timedtext/empty.xml")]);
    server.on(
        &format!("captions/{VIDEO}/a.en"),
        [Reply::file("timedtext/empty.xml"), Reply::file("timedtext/json3_asr.json")],
    );
    let client = client(settings(&server));
    let video = client.video(&id()).await.unwrap();
    assert_eq!(client.captions(&video).await.unwrap(), fixture("timedtext/json3_asr.json"));
    let expected = [
        "player/ANDROID",
        "captions/en",
        "player/ANDROID",
        "captions/a.en",
        "player/IOS",
        "captions/en",
        "captions/a.en",
    ];
    assert_eq!(server.keys(), expected.map(|key| key.replace('/', &format!("/{VIDEO}/"))));

    server.on(&format!("captions/{VIDEO}"), [Reply::ok(" \n")]);
    server.on(&format!("captions/{VIDEO}/a.en"), [Reply::ok("")]);
    assert_eq!(class(&client.captions(&video).await), ErrorClass::PoTokenRequired);
}

#[tokio::test]
async fn after_a_body_without_words_or_without_captions_the_next_track_is_tried() {
    let sounds = json!({"events": [{"tStartMs": 0, "dDurationMs": 9, "segs": [{"utf8": "[Music]"}, {"utf8": " (applause) ♪"}]}]});
    let bodies = [
        json!({"events": []}).to_string(),
        json!({"wireMagic": "pb3", "events": [{"tStartMs": 0, "segs": [{"utf8": "\n"}]}]}).to_string(),
        sounds.to_string(),
        json!({"error": {"code": 404, "message": "not found"}}).to_string(),
        "WEBVTT\nKind: captions\nLanguage: en\n".to_owned(),
        "<?xml version=\"1.0\"?><transcript></transcript>".to_owned(),
        "<!DOCTYPE html><html><body>Hello</body></html>".to_owned(),
        "%PDF-1.7".to_owned(),
    ];
    for body in bodies {
        let server = FakeYouTube::start().await;
        server.on(&format!("player/{VIDEO}"), [Reply::file("innertube/ok_manual_and_asr.json")]);
        server.on(&format!("captions/{VIDEO}/en"), [Reply::ok(body.as_str())]);
        server.on(&format!("captions/{VIDEO}/a.en"), [Reply::file("timedtext/json3_asr.json")]);
        let client = client(settings(&server));
        let video = client.video(&id()).await.unwrap();
        assert_eq!(client.captions(&video).await.unwrap(), fixture("timedtext/json3_asr.json"), "{body}");
        let expected = ["player/ANDROID", "captions/en", "player/ANDROID", "captions/a.en"];
        assert_eq!(server.keys(), expected.map(|key| key.replace('/', &format!("/{VIDEO}/"))), "{body}");

        // If no track has words, the error says so.
        server.on(&format!("captions/{VIDEO}/a.en"), [Reply::ok(body.as_str())]);
        assert_eq!(class(&client.captions(&video).await), ErrorClass::Unparsable, "{body}");
    }
}

#[tokio::test]
async fn a_track_whose_language_code_has_three_letters_is_english() {
    let server = FakeYouTube::start().await;
    let eng = |reply: &mut Value| first_track(reply)["languageCode"] = json!("eng");
    server.on(&format!("player/{VIDEO}"), [changed("innertube/ok_asr_only.json", eng)]);
    let video = client(settings(&server)).video(&id()).await.unwrap();
    assert_eq!(video.track.language, "eng");
}

#[tokio::test]
async fn captions_are_never_fetched_from_another_host() {
    let server = FakeYouTube::start().await;
    let client = client(settings(&server));
    let base = server.base_url();
    let addresses = [
        "https://evil.example/api/timedtext?v=x".to_owned(),
        "https://www.youtube.com.evil.example/api/timedtext?v=x".to_owned(),
        "https://www.youtube.com@evil.example/api/timedtext?v=x".to_owned(),
        "https://user:pw@www.youtube.com/api/timedtext?v=x".to_owned(),
        "https://www.youtube.com/api/other?v=x".to_owned(),
        "https://www.youtube.com/redirect?q=http://evil.example/api/timedtext".to_owned(),
        "http://169.254.169.254/api/timedtext?v=x".to_owned(),
        "http://127.0.0.1:1/api/timedtext?v=x".to_owned(),
        "//evil.example/api/timedtext".to_owned(),
        "file:///api/timedtext".to_owned(),
        format!("{base}/admin"),
        format!("{base}/api/timedtext/../../admin"),
        "not an address \u{0}".to_owned(),
    ];
    for base_url in addresses {
        let track = CaptionTrack { base_url, language: "en".to_owned(), automatic: false, name: "English".to_owned() };
        let video = video_with(track);
        let error = client.captions(&video).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Unparsable, "{}", video.track.base_url);
    }
    assert_eq!(server.requests().len(), 0);
}

fn video_with(track: CaptionTrack) -> FetchedVideo {
    FetchedVideo {
        video_id: id(),
        title: "Love".to_owned(),
        channel: "Grace".to_owned(),
        channel_id: None,
        channel_url: String::new(),
        duration_seconds: None,
        published_at: None,
        track,
    }
}

#[tokio::test]
async fn a_relative_captions_url_and_a_base_url_with_a_path_work() {
    let server = FakeYouTube::start().await;
    server.on(&format!("captions/{VIDEO}"), [Reply::file("timedtext/json3_manual.json")]);
    let base_url = Settings::parse_base_url(&format!("{}/yt/", server.base_url())).unwrap();
    let client = client(Settings { base_url, ..settings(&server) });
    for base_url in
        [format!("/api/timedtext?v={VIDEO}&lang=en"), format!("https://m.youtube.com/api/timedtext?v={VIDEO}&fmt=srv3")]
    {
        let track = CaptionTrack { base_url, language: "en".to_owned(), automatic: false, name: String::new() };
        assert!(client.captions(&video_with(track)).await.is_ok());
    }
    assert!(
        server.requests().iter().all(|request| request.path == "/yt/api/timedtext" && request.query["fmt"] == "json3")
    );
}

#[tokio::test]
async fn a_redirect_to_another_server_is_not_followed() {
    let (server, other) = (FakeYouTube::start().await, FakeYouTube::start().await);
    server
        .on(&format!("captions/{VIDEO}"), [Reply::redirect(&format!("{}/api/timedtext?v={VIDEO}", other.base_url()))]);
    let base_url = format!("https://www.youtube.com/api/timedtext?v={VIDEO}&lang=en");
    let track = CaptionTrack { base_url, language: "en".to_owned(), automatic: false, name: String::new() };
    assert_eq!(class(&client(settings(&server)).captions(&video_with(track)).await), ErrorClass::Unparsable);
    assert_eq!(other.requests().len(), 0);
}
