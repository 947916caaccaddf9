//! The YouTube client against a fake server.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use scripture_detector::transcript;

use crate::support::youtube::{FakeYouTube, Reply, fixture};
use mannameter::{
    clock::Clock,
    domain::VideoId,
    youtube::{
        CaptionTrack, Channel, Client, ErrorClass, FetchedVideo, LinkErrorKind, PlayerClient, ProxyUrl, Settings,
        YouTube, YouTubeError, parse_clients, parse_video_link,
    },
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

const VIDEO: &str = "sErm0n_Tst1";
const CHANNEL: &str = "UCmannameterTestChan0001";

/// A clock that the test advances.
#[derive(Debug)]
struct TestClock(std::sync::Mutex<DateTime<Utc>>);

impl TestClock {
    fn new() -> Arc<Self> {
        Arc::new(Self(std::sync::Mutex::new(DateTime::from_timestamp(1_790_000_000, 0).expect("a time"))))
    }

    fn advance(&self, by: Duration) {
        *self.0.lock().expect("not poisoned") += TimeDelta::from_std(by).expect("a short time");
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().expect("not poisoned")
    }

    fn new_id(&self) -> uuid::Uuid {
        uuid::Uuid::nil()
    }
}

fn id() -> VideoId {
    VideoId::parse(VIDEO).expect("an id")
}

/// Returns settings for the fake server, with the clients ANDROID and IOS and short delays.
fn settings(server: &FakeYouTube) -> Settings {
    Settings {
        base_url: Settings::parse_base_url(&server.base_url()).expect("an address"),
        clients: parse_clients("ANDROID,IOS").expect("two clients"),
        backoff: Duration::from_millis(5),
        ..Settings::default()
    }
}

fn client(settings: Settings) -> Client {
    Client::new(settings, TestClock::new()).expect("a client")
}

/// Returns a player reply with its JSON changed.
fn changed(file: &str, change: impl FnOnce(&mut Value)) -> Reply {
    let mut reply: Value = serde_json::from_slice(&fixture(file)).expect("JSON");
    change(&mut reply);
    Reply::ok(reply.to_string())
}

fn class<T: std::fmt::Debug>(result: &Result<T, YouTubeError>) -> ErrorClass {
    result.as_ref().expect_err("an error").class
}

fn first_track(reply: &mut Value) -> &mut Value {
    &mut reply["captions"]["playerCaptionsTracklistRenderer"]["captionTracks"][0]
}

#[test]
fn every_link_in_the_table_is_accepted_or_rejected_with_its_reason() {
    let table: Value = serde_json::from_slice(&fixture("urls.json")).unwrap();
    for link in table["accept"].as_array().unwrap() {
        let link = link.as_str().unwrap();
        assert_eq!(parse_video_link(link).map(|id| id.to_string()), Ok(VIDEO.to_owned()), "{link}");
    }
    for case in table["refuse"].as_array().unwrap() {
        let link = case["input"].as_str().unwrap();
        let kind = parse_video_link(link).expect_err(link).kind;
        assert_eq!(format!("{kind:?}"), case["why"].as_str().unwrap(), "{link}");
    }
}

#[test]
fn links_as_people_paste_them_are_accepted() {
    for link in [
        "https://m.youtube.com/watch?v=sErm0n_Tst1&list=PLwP_SiAcdui0KVebT0mU9Apz359a4ubsC&index=3",
        "youtube.com/watch?v=sErm0n_Tst1&t=1h2m3s",
        "www.youtube.com/watch?time_continue=5&v=sErm0n_Tst1",
        "Watch this: https://youtu.be/sErm0n_Tst1?si=abc. Amen!",
        "[the sermon](https://www.youtube.com/watch?v=sErm0n_Tst1)",
        "(https://youtu.be/sErm0n_Tst1).",
        "\"https://www.youtube.com/watch?v=sErm0n_Tst1\",",
        "\n\thttps://youtube.com/live/sErm0n_Tst1?feature=share\n",
        "http://www.youtube.com/v/sErm0n_Tst1&hl=en",
        "https://m.youtube.com/#/watch?v=sErm0n_Tst1",
        "https://music.youtube.com/watch?v=sErm0n_Tst1",
        "https://www.youtube-nocookie.com/embed/sErm0n_Tst1",
        "https://img.youtube.com/vi/sErm0n_Tst1/0.jpg",
        "https://www.youtube.com:443/watch?v=sErm0n_Tst1",
        "https://www.youtube.com/oembed?url=https%3A%2F%2Fyoutu.be%2FsErm0n_Tst1&format=json",
        "https://youtu.be/watch?v=sErm0n_Tst1",
        "https://www.youtube.com/live_chat?is_popout=1&v=sErm0n_Tst1",
    ] {
        assert_eq!(parse_video_link(link).map(|id| id.to_string()), Ok(VIDEO.to_owned()), "{link}");
    }
    assert_eq!(parse_video_link("SERM0N_TST1").unwrap().as_str(), "SERM0N_TST1");
}

#[test]
fn links_to_something_else_are_rejected_with_advice() {
    let cases = [
        ("https://www.youtube.com/watch?list=PLwP_SiAcdui0KVebT0mU9Apz359a4ubsC", LinkErrorKind::Playlist),
        ("PLwP_SiAcdui0KVebT0mU9Apz359a4ubsC", LinkErrorKind::Playlist),
        ("https://www.youtube.com/watch?v=tooshort&list=PLwP_SiAcdui0KVebT0mU9Apz359a4ubsC", LinkErrorKind::NotAVideo),
        ("@gracetestchurch", LinkErrorKind::Channel),
        ("https://www.youtube.com/channel/UCmannameterTestChan0001/about", LinkErrorKind::Channel),
        ("https://youtu.be.evil.example/sErm0n_Tst1", LinkErrorKind::NotYouTube),
        ("https://notyoutube.com/watch?v=sErm0n_Tst1", LinkErrorKind::NotYouTube),
        ("http://127.0.0.1/watch?v=sErm0n_Tst1", LinkErrorKind::NotYouTube),
        ("http://[::1]/watch?v=sErm0n_Tst1", LinkErrorKind::NotYouTube),
        ("javascript://youtube.com/watch?v=sErm0n_Tst1", LinkErrorKind::NotYouTube),
        ("https://www.google.com/url?q=https://evil.example/sErm0n_Tst1", LinkErrorKind::NotYouTube),
        (
            "https://www.youtube.com/redirect?q=https%3A%2F%2Fwww.youtube.com%2Fredirect%3Fq%3Dx",
            LinkErrorKind::NotAVideo,
        ),
        ("videoseries", LinkErrorKind::NotAVideo),
        ("https://youtu.be/", LinkErrorKind::NotAVideo),
        ("   ", LinkErrorKind::Empty),
    ];
    for (link, kind) in cases {
        let error = parse_video_link(link).expect_err(link);
        assert_eq!(error.kind, kind, "{link}");
        assert!(error.to_string().contains(": "), "{error}");
    }
}

#[tokio::test]
async fn every_recorded_player_reply_is_classified() {
    let cases: Value = serde_json::from_slice(&fixture("innertube_expected.json")).unwrap();
    for case in cases.as_array().unwrap() {
        let (file, expected) = (case["file"].as_str().unwrap(), case["expect"].as_str().unwrap());
        let server = FakeYouTube::start().await;
        let status = u16::try_from(case["http"].as_u64().unwrap()).unwrap();
        server.on(&format!("player/{VIDEO}"), [Reply::file(file).with_status(status)]);
        let got = client(settings(&server)).video(&id()).await;
        let name = got.as_ref().map_or_else(|error| format!("{:?}", error.class), |_| "Ok".to_owned());
        assert_eq!(name, expected, "{file}: {got:?}");
    }
}

#[tokio::test]
async fn a_video_has_a_title_a_channel_a_length_and_the_best_track() {
    let server = FakeYouTube::start().await;
    server.on(&format!("player/{VIDEO}"), [Reply::file("innertube/ok_manual_and_asr.json")]);
    let video = client(settings(&server)).video(&id()).await.unwrap();
    assert_eq!(video.title, "Love Is Patient — 1 Corinthians 13 & Romans 8:28");
    assert_eq!(video.channel, "Grace “Test” Church");
    assert_eq!(video.channel_id.as_deref(), Some(CHANNEL));
    assert_eq!(video.channel_url, format!("https://www.youtube.com/channel/{CHANNEL}"));
    assert_eq!(video.duration_seconds, Some(3640.0));
    assert_eq!(
        (video.track.language.as_str(), video.track.automatic, video.track.name.as_str()),
        ("en", false, "English")
    );

    let request = &server.requests()[0];
    assert_eq!(request.path, "/youtubei/v1/player");
    assert_eq!(request.headers["user-agent"], "com.google.android.youtube/21.26.364 (Linux; U; Android 11) gzip");
    assert_eq!(
        (&request.headers["x-youtube-client-name"], &request.headers["x-youtube-client-version"]),
        (&"3".parse().unwrap(), &"21.26.364".parse().unwrap())
    );
    assert_eq!(request.headers["cookie"], "SOCS=CAI");
    assert_eq!(
        request.body,
        json!({
            "context": {"client": {"clientName": "ANDROID", "clientVersion": "21.26.364", "osName": "Android", "osVersion": "11",
                "androidSdkVersion": 30, "hl": "en", "gl": "US"}},
            "videoId": VIDEO, "contentCheckOk": true, "racyCheckOk": true,
        })
    );
}

#[tokio::test]
async fn manual_english_captions_are_preferred_to_automatic_ones() {
    let cases = [
        ("innertube/ok_simple_text_names.json", "en", false),
        ("innertube/ok_asr_only.json", "en", true),
        ("innertube/ok_en_gb_only.json", "en-GB", false),
        ("innertube/po_token_manual_only.json", "en", true),
    ];
    for (file, language, automatic) in cases {
        let server = FakeYouTube::start().await;
        server.on(&format!("player/{VIDEO}"), [Reply::file(file)]);
        let track = client(settings(&server)).video(&id()).await.unwrap().track;
        assert_eq!((track.language.as_str(), track.automatic), (language, automatic), "{file}");
    }
}

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
async fn errors_quote_youtubes_own_message() {
    let cases = [
        ("innertube/removed.json", "This video has been removed by the uploader"),
        ("innertube/unplayable_custom.json", "Custom Reason: Sub Reason 1 Sub Reason 2"),
        ("innertube/bot_check.json", "you’re not a bot"),
        ("innertube/premium_rental.json", "requires payment"),
        ("innertube/client_rejected.json", "The page needs to be reloaded."),
    ];
    for (file, quote) in cases {
        let server = FakeYouTube::start().await;
        server.on(&format!("player/{VIDEO}"), [Reply::file(file)]);
        let message = client(settings(&server)).video(&id()).await.unwrap_err().to_string();
        assert!(message.contains(quote), "{file}: {message}");
    }
}

#[tokio::test]
async fn the_error_for_a_video_without_english_captions_lists_the_languages() {
    let server = FakeYouTube::start().await;
    server.on(&format!("player/{VIDEO}"), [Reply::file("innertube/no_english.json")]);
    let error = client(settings(&server)).video(&id()).await.unwrap_err();
    assert_eq!(error.languages, ["es", "ko"]);
    assert_eq!(
        error.message,
        "the video has captions in Spanish (es), Korean (ko), but none in English; paste an English transcript instead"
    );
}

#[tokio::test]
async fn a_machine_translation_is_not_taken_for_english() {
    let server = FakeYouTube::start().await;
    let translated = |reply: &mut Value| {
        let track = first_track(reply);
        track["baseUrl"] = json!(format!("{}&tlang=en", track["baseUrl"].as_str().unwrap()));
    };
    server.on(&format!("player/{VIDEO}"), [changed("innertube/ok_en_gb_only.json", translated)]);
    assert_eq!(class(&client(settings(&server)).video(&id()).await), ErrorClass::CaptionsDisabled);
}

#[tokio::test]
async fn the_language_of_a_track_is_taken_from_its_id_or_url_if_it_is_missing() {
    for (id_of_track, address, language, automatic) in [
        (Some(".en"), "?v=x", "en", false),
        (Some("a.en-US"), "?v=x", "en-US", true),
        (None, "?v=x&lang=en-GB&kind=asr", "en-GB", true),
        (Some("a.en"), "?v=x&lang=en", "en-orig", true),
    ] {
        let server = FakeYouTube::start().await;
        let change = |reply: &mut Value| {
            let mut track = json!({"baseUrl": format!("https://www.youtube.com/api/timedtext{address}"),
                "name": {"runs": [{"text": "English"}]}, "vssId": id_of_track});
            if language == "en-orig" {
                track["languageCode"] = json!(language);
            }
            reply["captions"]["playerCaptionsTracklistRenderer"]["captionTracks"] = json!([track]);
        };
        server.on(&format!("player/{VIDEO}"), [changed("innertube/ok_asr_only.json", change)]);
        let track = client(settings(&server)).video(&id()).await.unwrap().track;
        assert_eq!((track.language.as_str(), track.automatic, track.name.as_str()), (language, automatic, "English"));
    }
}

#[tokio::test]
async fn a_live_broadcast_is_also_detected_by_the_microformat() {
    let server = FakeYouTube::start().await;
    let live = |reply: &mut Value| {
        reply["microformat"]["playerMicroformatRenderer"]["liveBroadcastDetails"] = json!({"isLiveNow": true});
    };
    server.on(&format!("player/{VIDEO}"), [changed("innertube/ok_asr_only.json", live)]);
    assert_eq!(class(&client(settings(&server)).video(&id()).await), ErrorClass::StillLive);
}

#[tokio::test]
async fn upcoming_and_live_videos_are_told_apart() {
    let server = FakeYouTube::start().await;
    let upcoming = json!({"playabilityStatus": {"status": "LIVE_STREAM_OFFLINE", "reason": "Premieres in 3 hours"},
        "videoDetails": {"videoId": VIDEO, "isUpcoming": true, "isLiveContent": true}});
    server.on(&format!("player/{VIDEO}"), [Reply::ok(upcoming.to_string()), Reply::file("innertube/live_now.json")]);
    let client = client(settings(&server));
    assert_eq!(class(&client.video(&id()).await), ErrorClass::Upcoming);
    assert_eq!(class(&client.video(&id()).await), ErrorClass::StillLive);
}

#[tokio::test]
async fn a_broadcast_that_has_just_ended_counts_as_live_until_it_has_captions() {
    let server = FakeYouTube::start().await;
    let ended = |reply: &mut Value| reply["videoDetails"]["isPostLiveDvr"] = json!(true);
    server.on(&format!("player/{VIDEO}"), [changed("innertube/no_captions_key.json", ended)]);
    assert_eq!(class(&client(settings(&server)).video(&id()).await), ErrorClass::StillLive);
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
async fn an_unknown_reply_is_unparsable_and_a_captcha_is_a_block() {
    let cases = [
        (Reply::ok("{}"), ErrorClass::Unparsable),
        (Reply::ok("[]"), ErrorClass::Unparsable),
        (Reply::ok("{\"playabilityStatus\":"), ErrorClass::Unparsable),
        (Reply::ok(vec![b' '; 5 << 20]), ErrorClass::Unparsable),
        (Reply::file("html/watch_no_key.html"), ErrorClass::Unparsable),
        (Reply::file("html/recaptcha.html"), ErrorClass::Blocked),
        (Reply::file("html/consent.html"), ErrorClass::Blocked),
        (Reply::redirect("https://www.google.com/sorry/index?continue=x"), ErrorClass::Blocked),
        (Reply::redirect("https://consent.youtube.com/m?continue=x"), ErrorClass::Blocked),
        (Reply::ok("").with_status(400), ErrorClass::ClientRejected),
    ];
    for (reply, expected) in cases {
        let server = FakeYouTube::start().await;
        server.on(&format!("player/{VIDEO}"), [reply]);
        assert_eq!(class(&client(settings(&server)).video(&id()).await), expected);
    }
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

/// A forward proxy that rejects the first connections with 403 and forwards the rest.
struct ForwardProxy {
    address: std::net::SocketAddr,
    requests: Arc<std::sync::Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl ForwardProxy {
    async fn start(refuse_first: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::new(std::sync::Mutex::new(Vec::new()));
        let recorded = Arc::clone(&requests);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            for number in 0.. {
                let (connection, _) = listener.accept().await.expect("a connection");
                forward(connection, number < refuse_first, &recorded).await;
            }
        });
        Self { address, requests, _tasks: tasks }
    }

    fn url(&self) -> ProxyUrl {
        ProxyUrl::parse(&format!("http://ann:hunter2@{}", self.address)).expect("a proxy")
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("not poisoned").clone()
    }
}

/// Forwards one request (`POST http://host/path`) and closes the connection.
async fn forward(mut connection: TcpStream, refuse: bool, recorded: &std::sync::Mutex<Vec<String>>) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    let head = loop {
        let length = connection.read(&mut buffer).await.unwrap_or(0);
        request.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some(end) = text.find("\r\n\r\n") else {
            if length == 0 {
                return;
            }
            continue;
        };
        let expected =
            text.to_lowercase().split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
        if length == 0 || request.len() >= end + 4 + expected.unwrap_or(0) {
            break text;
        }
    };
    recorded.lock().expect("not poisoned").push(head.clone());
    if refuse {
        connection.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await.ok();
        return;
    }
    let target = head.split(' ').nth(1).unwrap_or_default();
    let (host, _) = target.trim_start_matches("http://").split_once('/').expect("an absolute URL");
    let mut upstream = TcpStream::connect(host).await.expect("the server");
    let forwarded = head.replacen(&format!("http://{host}"), "", 1).replacen("\r\n", "\r\nconnection: close\r\n", 1);
    upstream.write_all(forwarded.as_bytes()).await.expect("sent");
    tokio::io::copy(&mut upstream, &mut connection).await.ok();
}

#[tokio::test]
async fn after_a_block_a_rotating_proxy_is_tried_again_with_a_new_connection() {
    let server = FakeYouTube::start().await;
    server.on(&format!("player/{VIDEO}"), [Reply::file("innertube/ok_asr_only.json")]);
    let proxy = ForwardProxy::start(9).await;
    let client = client(Settings { rotating_proxy: Some(proxy.url()), ..settings(&server) });
    assert!(client.video(&id()).await.is_ok());
    assert_eq!((proxy.requests().len(), server.requests().len()), (10, 1));
    assert!(proxy.requests()[0].to_lowercase().contains("proxy-authorization: basic "));

    let proxy = ForwardProxy::start(usize::MAX).await;
    let client = self::client(Settings { rotating_proxy: Some(proxy.url()), ..settings(&server) });
    assert_eq!(class(&client.video(&id()).await), ErrorClass::Blocked);
    assert_eq!(proxy.requests().len(), 10);
    assert_eq!(class(&client.video(&id()).await), ErrorClass::Blocked);
    assert_eq!(proxy.requests().len(), 20, "with a proxy there is no cooldown");
}

#[tokio::test]
async fn the_proxies_of_a_list_are_used_in_turn_and_a_block_is_not_retried() {
    let server = FakeYouTube::start().await;
    server.on(&format!("player/{VIDEO}"), [Reply::file("innertube/ok_asr_only.json")]);
    let (bad, good) = (ForwardProxy::start(usize::MAX).await, ForwardProxy::start(0).await);
    let client = client(Settings { proxy_list: vec![bad.url(), good.url()], ..settings(&server) });
    assert_eq!(class(&client.video(&id()).await), ErrorClass::Blocked);
    assert!(client.video(&id()).await.is_ok());
    assert_eq!((bad.requests().len(), good.requests().len()), (1, 1));
}

#[tokio::test]
async fn passwords_and_keys_are_never_printed() {
    let server = FakeYouTube::start().await;
    let proxy = ProxyUrl::parse("http://ann:hunter2@127.0.0.1:9").unwrap();
    let settings = Settings {
        rotating_proxy: Some(proxy.clone()),
        proxy_list: vec![proxy],
        api_key: Some("s3cret".into()),
        ..settings(&server)
    };
    let client = client(settings.clone());
    let error = client.video(&id()).await.unwrap_err();
    let printed = format!("{settings:?} {client:?} {error:?} {error}");
    assert!(!printed.contains("hunter2") && !printed.contains("s3cret"), "{printed}");
    assert!(error.message.contains("***@127.0.0.1:9"), "{error}");
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

#[tokio::test]
async fn every_sermon_of_the_catalog_can_be_fetched_and_parsed() {
    let server = FakeYouTube::start().await;
    let sermons = server.with_catalog();
    let client = client(settings(&server));
    assert_eq!(sermons.len(), 13);
    for sermon in sermons {
        let video = client.video(&VideoId::parse(&sermon).unwrap()).await.unwrap();
        let channel = client.channel(video.channel_id.as_deref().unwrap()).await.unwrap();
        assert_eq!((channel.is_church, &channel.title), (Some(true), &video.channel), "{sermon}");
        let transcript = transcript::read(&client.captions(&video).await.unwrap()).unwrap();
        assert!(transcript.cues.len() > 8, "{sermon}");
        assert_eq!(transcript.cues.iter().any(|cue| !cue.words.is_empty()), video.track.automatic, "{sermon}");
    }
    let refused = [
        ("private____", ErrorClass::Private),
        ("no_captions", ErrorClass::CaptionsDisabled),
        ("only_korean", ErrorClass::NoEnglishTrack),
        ("upcoming___", ErrorClass::Upcoming),
        ("still_live_", ErrorClass::StillLive),
        ("not_there__", ErrorClass::NotFound),
    ];
    for (video, expected) in refused {
        assert_eq!(class(&client.video(&VideoId::parse(video).unwrap()).await), expected, "{video}");
    }
}
