//! Player replies: metadata, tracks, and the reasons why a video cannot be analyzed.

use mannameter::youtube::{ErrorClass, YouTube};
use serde_json::{Value, json};

use super::{CHANNEL, VIDEO, changed, class, client, first_track, id, settings};
use crate::support::youtube::{FakeYouTube, Reply, fixture};

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
