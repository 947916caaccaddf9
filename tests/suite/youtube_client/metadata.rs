//! Titles and other metadata that the player does not provide.

use std::time::Duration;

use mannameter::youtube::{ErrorClass, Settings, YouTube};
use serde_json::{Value, json};

use super::{CHANNEL, VIDEO, changed, class, client, id, settings};
use crate::support::youtube::{FakeYouTube, Reply};

#[tokio::test]
async fn a_title_that_comes_too_late_does_not_fail_the_video() {
    let server = FakeYouTube::start().await;
    let untitled = |reply: &mut Value| reply["videoDetails"] = json!({"videoId": VIDEO});
    server.on(&format!("player/{VIDEO}"), [changed("innertube/ok_asr_only.json", untitled)]);
    server.on(&format!("oembed/{VIDEO}"), [Reply::file("oembed/ok.json").delayed(Duration::from_secs(30))]);
    let settings = Settings { deadline: Duration::from_millis(1500), ..settings(&server) };
    assert_eq!(client(settings.clone()).video(&id()).await.unwrap().title, VIDEO);

    server.on(&format!("player/{VIDEO}"), [Reply::file("innertube/ok_asr_only.json")]);
    server.on(&format!("videos/{VIDEO}"), [Reply::file("data_api/videos_list.json").delayed(Duration::from_secs(30))]);
    let with_key = Settings { api_key: Some("s3cret".into()), ..settings };
    let title = client(with_key).video(&id()).await.unwrap().title;
    assert_eq!(title, "Love Is Patient — 1 Corinthians 13 & Romans 8:28");
}

#[tokio::test]
async fn a_missing_title_is_taken_from_oembed_or_the_data_api_and_never_from_a_page() {
    let untitled = |reply: &mut Value| reply["videoDetails"] = json!({"videoId": VIDEO});
    let reply = || changed("innertube/ok_asr_only.json", untitled);
    let title = "Love Is Patient — 1 Corinthians 13 & Romans 8:28";

    let server = FakeYouTube::start().await;
    server.on(&format!("player/{VIDEO}"), [reply()]);
    server.on(&format!("oembed/{VIDEO}"), [Reply::file("oembed/ok.json")]);
    let video = client(settings(&server)).video(&id()).await.unwrap();
    assert_eq!((video.title.as_str(), video.channel.as_str()), (title, "Grace “Test” Church"));
    assert_eq!(video.channel_url, "https://www.youtube.com/@gracetestchurch");

    server.on(&format!("oembed/{VIDEO}"), [Reply::ok("Unauthorized").with_status(401)]);
    server.on(&format!("videos/{VIDEO}"), [Reply::file("data_api/videos_list.json")]);
    let with_key = Settings { api_key: Some("s3cret".into()), ..settings(&server) };
    let video = client(with_key.clone()).video(&id()).await.unwrap();
    assert_eq!((video.title.as_str(), video.duration_seconds), (title, Some(3640.0)));
    assert_eq!(
        (video.published_at.as_deref(), video.channel_id.as_deref()),
        (Some("2026-01-04T18:00:00Z"), Some(CHANNEL))
    );
    let request = server.requests().pop().unwrap();
    assert_eq!(
        (request.path.as_str(), &request.headers["x-goog-api-key"]),
        ("/youtube/v3/videos", &"s3cret".parse().unwrap())
    );
    assert!(!request.query.values().any(|value| value.contains("s3cret")));

    for page in ["html/watch.html", "html/consent.html", "html/recaptcha.html", "data_api/videos_list_empty.json"] {
        server.on(&format!("oembed/{VIDEO}"), [Reply::file(page)]);
        server.on(&format!("videos/{VIDEO}"), [Reply::file("data_api/quota_exceeded_403.json").with_status(403)]);
        let video = client(with_key.clone()).video(&id()).await.unwrap();
        assert_eq!(video.title, VIDEO, "{page}");
    }
}

#[tokio::test]
async fn the_metadata_of_a_pasted_sermon_is_fetched_even_during_the_cooldown() {
    let server = FakeYouTube::start().await;
    server.on(&format!("player/{VIDEO}"), [Reply::file("innertube/bot_check.json")]);
    server.on(
        &format!("oembed/{VIDEO}"),
        [Reply::file("oembed/ok.json"), Reply::file("oembed/404.txt").with_status(404)],
    );
    let client = client(settings(&server));
    assert_eq!(class(&client.video(&id()).await), ErrorClass::Blocked);
    let metadata = client.metadata(&id()).await.unwrap();
    assert_eq!(metadata.title, "Love Is Patient — 1 Corinthians 13 & Romans 8:28");
    assert_eq!(metadata.channel, "Grace “Test” Church");
    assert!(client.metadata(&id()).await.is_err());
    assert_eq!(server.keys().iter().filter(|key| key.starts_with("player/")).count(), 1);
}
