//! Links that people paste.

use mannameter::youtube::{LinkErrorKind, parse_video_link};
use serde_json::Value;

use super::VIDEO;
use crate::support::youtube::fixture;

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
