//! Fictional sermons of three fictional churches, for demonstrations and end-to-end tests.

use std::path::Path;

use scripture_detector::transcript::{self, Cue};
use serde_json::{Value, json};

use super::{FakeYouTube, Reply, fixture};

/// ID, name, country and description of each church.
const CHURCHES: [(&str, &str, &str, &str); 3] = [
    (
        "UCstandinGraceHill000001",
        "Grace Hill Church",
        "United States",
        "Sunday sermons from Grace Hill, a Bible-teaching church.",
    ),
    (
        "UCstandinRiverside000002",
        "Riverside Community",
        "United Kingdom",
        "We follow Jesus by the river. Services at 10:30.",
    ),
    (
        "UCstandinHarborLight0003",
        "Harbour Light Chapel",
        "New Zealand",
        "A small chapel with a large window on the sea.",
    ),
];

/// A sermon, as parsed from its file.
struct Sermon {
    id: String,
    title: String,
    channel: String,
    published: String,
    automatic: bool,
    cues: Vec<Cue>,
}

/// Scripts the replies for the whole catalog and returns the IDs of the videos that can be fetched.
pub(super) fn script(server: &FakeYouTube) -> Vec<String> {
    let mut ids = vec![script_fixtures(server)];
    for (id, name, country, description) in CHURCHES {
        server.on(&format!("channel/{id}"), [Reply::ok(channel_page(id, name, country, description))]);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/youtube/sermons");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the folder of sermons").map(|file| file.expect("a file").path()).collect();
    files.sort();
    for file in files {
        let id = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let sermon = parse(id, &std::fs::read_to_string(&file).expect("a text"));
        server.on(&format!("player/{}", sermon.id), [Reply::ok(player(&sermon).to_string())]);
        server.on(&format!("captions/{}", sermon.id), [Reply::ok(captions(&sermon).to_string())]);
        ids.push(sermon.id);
    }
    script_refused(server);
    ids
}

/// Scripts the video from the recorded fixtures and returns its ID.
fn script_fixtures(server: &FakeYouTube) -> String {
    let id = "sErm0n_Tst1";
    server.on(&format!("player/{id}"), [Reply::file("innertube/ok_asr_only.json")]);
    server.on(&format!("captions/{id}"), [Reply::file("timedtext/json3_asr.json")]);
    server.on(&format!("oembed/{id}"), [Reply::file("oembed/ok.json")]);
    server.on("channel/UCmannameterTestChan0001", [Reply::file("html/channel_about_var.html")]);
    id.to_owned()
}

/// Scripts videos that cannot be fetched for various reasons.
fn script_refused(server: &FakeYouTube) {
    let cases = [
        ("private____", "innertube/private.json"),
        ("no_captions", "innertube/no_captions_key.json"),
        ("only_korean", "innertube/no_english.json"),
        ("still_live_", "innertube/live_now.json"),
    ];
    for (id, file) in cases {
        let reply = String::from_utf8(fixture(file)).expect("text").replace("sErm0n_Tst1", id);
        server.on(&format!("player/{id}"), [Reply::ok(reply)]);
    }
    let upcoming = json!({"playabilityStatus": {"status": "LIVE_STREAM_OFFLINE", "reason": "This live event will begin in 3 hours."}});
    server.on("player/upcoming___", [Reply::ok(upcoming.to_string())]);
}

/// Parses a sermon file: `key: value` lines, an empty line, then lines that each have a time and text.
fn parse(id: String, file: &str) -> Sermon {
    let (head, body) = file.split_once("\n\n").expect("a head and a body");
    let field = |name: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("{id} has no {name}")).to_owned()
    };
    let automatic = field("captions") == "automatic";
    let cues = transcript::read(body.as_bytes()).expect("lines with a time and text").cues;
    Sermon { title: field("title"), channel: field("channel"), published: field("published"), automatic, cues, id }
}

/// Returns the player reply.
fn player(sermon: &Sermon) -> Value {
    let name = CHURCHES.iter().find(|church| church.0 == sermon.channel).expect("a church").1;
    let kind = if sermon.automatic { "&kind=asr" } else { "" };
    let mut track = json!({
        "baseUrl": format!("https://www.youtube.com/api/timedtext?v={}&signature=TEST{kind}&lang=en&fmt=srv3", sermon.id),
        "name": {"simpleText": if sermon.automatic { "English (auto-generated)" } else { "English" }},
        "languageCode": "en",
    });
    if sermon.automatic {
        track["kind"] = json!("asr");
    }
    let end = sermon.cues.iter().filter_map(|cue| cue.start_ms).max().unwrap_or(0) / 1000 + 10;
    json!({
        "playabilityStatus": {"status": "OK"},
        "videoDetails": {"videoId": sermon.id, "title": sermon.title, "author": name, "channelId": sermon.channel,
            "lengthSeconds": end.to_string(), "isLiveContent": false},
        "captions": {"playerCaptionsTracklistRenderer": {"captionTracks": [track]}},
        "microformat": {"playerMicroformatRenderer": {"publishDate": sermon.published}},
    })
}

/// Returns the captions as json3. In automatic captions, words are a third of a second apart.
fn captions(sermon: &Sermon) -> Value {
    let events = sermon.cues.iter().map(|cue| {
        let segments: Vec<Value> = if sermon.automatic {
            let words = cue.text.split(' ').enumerate();
            words
                .map(|(nth, word)| json!({"utf8": format!(" {word}"), "tOffsetMs": nth * 330, "acAsrConf": 0}))
                .collect()
        } else {
            vec![json!({"utf8": cue.text})]
        };
        json!({"tStartMs": cue.start_ms, "dDurationMs": 5000, "segs": segments})
    });
    json!({"wireMagic": "pb3", "events": events.collect::<Vec<_>>()})
}

/// Returns the page of a channel.
fn channel_page(id: &str, name: &str, country: &str, description: &str) -> String {
    let handle = name.to_lowercase().replace(' ', "");
    let data = json!({
        "metadata": {"channelMetadataRenderer": {"title": name, "description": description, "externalId": id,
            "vanityChannelUrl": format!("http://www.youtube.com/@{handle}")}},
        "about": {"aboutChannelViewModel": {"description": description, "country": country, "channelId": id}},
    });
    format!(
        "<!DOCTYPE html><html><head><title>YouTube</title></head><body><script>var ytInitialData = {data};</script></body></html>"
    )
}
