//! Channels.

use std::time::Duration;

use mannameter::youtube::{Channel, Client, ErrorClass, Settings, YouTube};
use serde_json::Value;

use super::{CHANNEL, TestClock, VIDEO, class, client, id, settings};
use crate::support::youtube::{FakeYouTube, Reply, fixture};

fn expected_channel() -> Channel {
    let expected: Value = serde_json::from_slice(&fixture("expected/channel.json")).expect("JSON");
    let text = |key: &str| expected[key].as_str().expect("a text").to_owned();
    Channel {
        channel_id: text("channel_id"),
        title: text("title"),
        handle: Some(text("handle")),
        description: text("description"),
        country: Some(text("country")),
        is_church: Some(true),
    }
}

#[tokio::test]
async fn a_channel_is_parsed_from_every_encoding_of_its_page() {
    let third = String::from_utf8(fixture("html/channel_about_var.html")).unwrap();
    let third = third
        .replace(
            "<script nonce=\"x\">var ytInitialData = ",
            "<script id=\"yt-initial-data\" type=\"application/json\">",
        )
        .replace(";</script>", "</script>");
    assert!(third.contains("yt-initial-data"));
    for page in
        [Reply::file("html/channel_about_var.html"), Reply::file("html/channel_about_window.html"), Reply::ok(third)]
    {
        let server = FakeYouTube::start().await;
        server.on(&format!("channel/{CHANNEL}"), [page]);
        assert_eq!(client(settings(&server)).channel(CHANNEL).await.unwrap(), expected_channel());
        let requests = server.requests();
        assert_eq!(
            (requests.len(), requests[0].query["hl"].as_str(), &requests[0].headers["cookie"]),
            (1, "en", &"SOCS=CAI".parse().unwrap())
        );
    }
}

#[tokio::test]
async fn a_page_without_an_about_section_is_completed_by_a_browse_request() {
    let server = FakeYouTube::start().await;
    server.on(&format!("channel/{CHANNEL}"), [Reply::file("html/channel_no_about.html")]);
    let without_country = Channel { country: None, ..expected_channel() };
    assert_eq!(client(settings(&server)).channel(CHANNEL).await.unwrap(), without_country);
    server.on(&format!("browse/{CHANNEL}"), [Reply::file("innertube_browse/about.json")]);
    assert_eq!(client(settings(&server)).channel(CHANNEL).await.unwrap(), expected_channel());

    let with_token = String::from_utf8(fixture("html/channel_no_about.html")).unwrap().replace(
        "var ytInitialData = {",
        "var ytInitialData = {\"engagementPanels\":[{\"continuationEndpoint\":{\"continuationCommand\":{\"token\":\"T0K\"}}}],",
    );
    server.on(&format!("channel/{CHANNEL}"), [Reply::ok(with_token)]);
    server.on("browse/T0K", [Reply::file("innertube_browse/about.json")]);
    assert_eq!(client(settings(&server)).channel(CHANNEL).await.unwrap(), expected_channel());
    assert_eq!(server.keys().pop().unwrap(), "browse/T0K");
}

#[tokio::test]
async fn a_channel_is_not_a_church_unless_its_text_says_so_or_it_is_listed() {
    let server = FakeYouTube::start().await;
    server.on(&format!("channel/{CHANNEL}"), [Reply::file("html/channel_not_church.html")]);
    let channel = client(settings(&server)).channel(CHANNEL).await.unwrap();
    assert_eq!((channel.title.as_str(), channel.is_church), ("Tech Reviews", Some(false)));
    let listed = Settings { churches: [CHANNEL.to_owned()].into(), ..settings(&server) };
    assert_eq!(client(listed).channel(CHANNEL).await.unwrap().is_church, Some(true));
}

#[tokio::test]
async fn a_captcha_instead_of_the_channel_page_does_not_fail_the_video() {
    for page in ["html/consent.html", "html/recaptcha.html", "html/watch_no_key.html"] {
        let server = FakeYouTube::start().await;
        server.on(&format!("channel/{CHANNEL}"), [Reply::file(page)]);
        server.on(&format!("player/{VIDEO}"), [Reply::file("innertube/ok_asr_only.json")]);
        let client = client(settings(&server));
        assert!(client.channel(CHANNEL).await.is_err(), "{page}");
        assert!(client.video(&id()).await.is_ok(), "{page}");
    }
}

#[tokio::test]
async fn a_channel_without_a_page_is_fetched_from_the_data_api() {
    let server = FakeYouTube::start().await;
    server.on(&format!("channel/{CHANNEL}"), [Reply::file("html/consent.html")]);
    server.on(&format!("channels/{CHANNEL}"), [Reply::file("data_api/channels_list.json")]);
    let settings = Settings { api_key: Some("s3cret".into()), ..settings(&server) };
    assert_eq!(client(settings).channel(CHANNEL).await.unwrap(), expected_channel());
}

#[tokio::test]
async fn a_channel_is_cached_for_three_weeks() {
    let server = FakeYouTube::start().await;
    server.on(&format!("channel/{CHANNEL}"), [Reply::file("html/channel_about_var.html")]);
    let clock = TestClock::new();
    let client = Client::new(settings(&server), clock.clone()).unwrap();
    for (days, requests) in [(0, 1), (20, 1), (2, 2)] {
        clock.advance(Duration::from_secs(days * 24 * 3600));
        assert_eq!(client.channel(CHANNEL).await.unwrap(), expected_channel());
        assert_eq!(server.requests().len(), requests, "after {days} more days");
    }
}

#[tokio::test]
async fn an_invalid_channel_id_is_never_put_into_a_url() {
    let server = FakeYouTube::start().await;
    for channel in ["", "../admin", "UC/../x", "UC?x", "UC%2e", "@name"] {
        assert_eq!(class(&client(settings(&server)).channel(channel).await), ErrorClass::NotFound, "{channel}");
    }
    assert_eq!(server.requests().len(), 0);
}
