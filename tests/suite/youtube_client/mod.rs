//! The YouTube client against a fake server.

mod captions;
mod channels;
mod failures;
mod links;
mod metadata;
mod player;
mod proxies;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use mannameter::{
    clock::Clock,
    domain::VideoId,
    youtube::{Client, ErrorClass, Settings, YouTube, YouTubeError, parse_clients},
};
use scripture_detector::transcript;
use serde_json::Value;

use crate::support::youtube::{FakeYouTube, Reply, fixture};

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
