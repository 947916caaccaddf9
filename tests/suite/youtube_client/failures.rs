//! Retries, deadlines, blocks and invalid settings.

use std::time::Duration;

use mannameter::youtube::{Client, ErrorClass, PlayerClient, ProxyUrl, Settings, YouTube, parse_clients};

use super::{CHANNEL, TestClock, VIDEO, class, client, id, settings};
use crate::support::youtube::{FakeYouTube, Reply};

#[tokio::test]
async fn a_transient_failure_is_retried_twice() {
    let ok = Reply::file("innertube/ok_asr_only.json");
    let failures = [
        Reply::ok("").with_status(500),
        Reply::ok("").with_status(503),
        ok.clone().truncated(),
        ok.clone().delayed(Duration::from_millis(1500)),
    ];
    for failure in failures {
        let server = FakeYouTube::start().await;
        let settings = Settings { request_timeout: Duration::from_millis(600), ..settings(&server) };
        let client = client(settings);
        server.on(&format!("player/{VIDEO}"), [failure.clone(), failure.clone(), ok.clone()]);
        assert!(client.video(&id()).await.is_ok(), "{failure:?}");
        server.on(&format!("player/{VIDEO}"), [failure.clone()]);
        let error = class(&client.video(&id()).await);
        assert!(matches!(error, ErrorClass::Upstream | ErrorClass::Timeout), "{error:?}");
        assert_eq!(server.requests().len(), 6, "{failure:?}");
    }
}

#[tokio::test]
async fn an_unreachable_server_is_an_upstream_error() {
    let server = FakeYouTube::start().await;
    let settings = Settings { base_url: "http://127.0.0.1:9".parse().unwrap(), ..settings(&server) };
    assert_eq!(class(&client(settings).video(&id()).await), ErrorClass::Upstream);
}

#[tokio::test]
async fn one_deadline_covers_all_retries() {
    let server = FakeYouTube::start().await;
    server.on(&format!("player/{VIDEO}"), [Reply::ok("{}").delayed(Duration::from_secs(30))]);
    let settings = Settings { deadline: Duration::from_millis(300), ..settings(&server) };
    let begin = tokio::time::Instant::now();
    let error = client(settings).video(&id()).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Timeout);
    assert!(begin.elapsed() < Duration::from_secs(3));
}

#[test]
fn a_client_for_the_real_youtube_needs_no_global_setup() {
    let settings =
        Settings { proxy_list: ProxyUrl::parse_list("socks5h://a.example:1080").unwrap(), ..Settings::default() };
    for settings in [Settings::default(), settings] {
        assert!(Client::new(settings, TestClock::new()).is_ok());
    }
}

#[tokio::test]
async fn after_a_block_no_requests_are_sent_for_fifteen_minutes() {
    let server = FakeYouTube::start().await;
    server.on(
        &format!("player/{VIDEO}"),
        [Reply::file("innertube/bot_check.json"), Reply::file("innertube/ok_asr_only.json")],
    );
    let clock = TestClock::new();
    let client = Client::new(settings(&server), clock.clone()).unwrap();
    assert_eq!(class(&client.video(&id()).await), ErrorClass::Blocked);

    clock.advance(Duration::from_secs(14 * 60));
    let error = client.video(&id()).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Blocked);
    assert!(error.message.contains("no requests are sent until 14:28 UTC"), "{error}");
    assert_eq!(class(&client.channel(CHANNEL).await), ErrorClass::Blocked);
    assert_eq!(server.requests().len(), 1);

    clock.advance(Duration::from_secs(61));
    assert!(client.video(&id()).await.is_ok());
}

#[tokio::test]
async fn too_many_requests_do_not_start_the_cooldown() {
    let server = FakeYouTube::start().await;
    server.on(&format!("player/{VIDEO}"), [Reply::ok("").with_status(429), Reply::file("innertube/ok_asr_only.json")]);
    let client = client(settings(&server));
    assert_eq!(class(&client.video(&id()).await), ErrorClass::RateLimited);
    assert!(client.video(&id()).await.is_ok());
}

#[tokio::test]
async fn invalid_client_settings_are_an_error_and_not_a_panic() {
    let server = FakeYouTube::start().await;
    let mut clients: Vec<PlayerClient> = parse_clients("ANDROID").unwrap();
    clients[0].user_agent = "a\nb".to_owned();
    let error = class(&client(Settings { clients, ..settings(&server) }).video(&id()).await);
    assert_eq!(error, ErrorClass::ClientRejected);
    let none = client(Settings { clients: Vec::new(), ..settings(&server) });
    assert_eq!(class(&none.video(&id()).await), ErrorClass::ClientRejected);
}
