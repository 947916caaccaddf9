//! TTML, json3, YouTube's XML, and Whisper's JSON.

use scripture_detector::transcript::{Format, read};
use serde_json::json;

use super::{cues, lines, words};

#[test]
fn every_time_expression_of_ttml_is_understood() {
    let text = r#"<?xml version="1.0"?><tt:tt xmlns:tt="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
        ttp:frameRate="25" ttp:tickRate="10000000" xml:lang="en-US"><tt:head><tt:metadata/></tt:head><tt:body><tt:div begin="10s">
        <tt:p begin="1.5s" dur="500ms">Good<tt:br/>morning</tt:p><tt:p begin="00:00:02:05" end="00:00:03:00"><tt:span>you</tt:span> all</tt:p>
        <tt:p begin="40000000t" end="5s">amen</tt:p><tt:p><tt:span begin="6s" end="7s">one</tt:span><tt:span begin="7s" end="8s">two</tt:span></tt:p>
        </tt:div></tt:body></tt:tt>"#;
    let transcript = read(text.as_bytes()).unwrap();
    assert_eq!((transcript.format, transcript.language.as_deref()), (Format::Ttml, Some("en-US")));
    let wanted = json!([
        {"start_ms": 11500, "dur_ms": 500, "text": "Good morning"},
        {"start_ms": 12200, "dur_ms": 800, "text": "you all"},
        {"start_ms": 14000, "dur_ms": 1000, "text": "amen"},
        {"start_ms": 16000, "dur_ms": 1000, "text": "one"},
        {"start_ms": 17000, "dur_ms": 1000, "text": "two"},
    ]);
    assert_eq!(cues(&transcript), wanted);
    let broken = r#"<tt><body><div><p begin="soon">a</p></div></body></tt>"#;
    assert!(read(broken.as_bytes()).unwrap_err().to_string().contains(r#"<p begin="soon"> is not a valid time"#));
}

#[test]
fn frame_and_tick_rates_of_ttml_are_respected() {
    let cases = [
        ("", "10t", 10_000),
        (r#"ttp:tickRate="10000000""#, "15000000t", 1500),
        (r#"ttp:frameRate="25""#, "50t", 2000),
        (r#"ttp:frameRate="25" ttp:subFrameRate="2""#, "100t", 2000),
        (r#"ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001""#, "30f", 1001),
        (r#"ttp:frameRate="24" ttp:frameRateMultiplier="1000 1001""#, "00:00:10:20", 10_834),
        (r#"ttp:frameRate="0" ttp:frameRateMultiplier="1 0""#, "30f", 1000),
    ];
    for (rates, begin, wanted) in cases {
        let file = format!(
            r#"<tt xmlns:ttp="http://www.w3.org/ns/ttml#parameter" {rates}><body><div><p begin="{begin}">a</p></div></body></tt>"#
        );
        assert_eq!(lines(&file), [(wanted, "a".to_owned())], "{file}");
    }
}

#[test]
fn a_json3_file_may_omit_zeros_and_empty_values() {
    let file = json!({"wireMagic": "pb3", "events": [
        {"dDurationMs": 900, "segs": [{"utf8": "good"}, {"utf8": " morning"}]}, {"tStartMs": 10, "id": 1}, {"tStartMs": 20, "segs": null},
        {"segs": [{"utf8": "\n"}]}, {"tStartMs": 1000, "segs": [{"utf8": "John"}, {}, null, {"utf8": "\u{200b} 3:16"}]}, null, {}
    ]});
    assert_eq!(lines(&file.to_string()), [(0, "good morning".to_owned()), (1000, "John 3:16".to_owned())]);
    let shifted = json!({"events": [{"tStartMs": -100, "segs": [{"utf8": "amen"}]}]});
    assert_eq!(lines(&shifted.to_string()), [(0, "amen".to_owned())]);
    let broken = json!({"events": [{"tStartMs": "soon", "segs": [{"utf8": "amen"}]}]});
    assert!(
        read(broken.to_string().as_bytes())
            .unwrap_err()
            .to_string()
            .contains("the start of event 0 is not a valid time")
    );
}

#[test]
fn negative_times_of_xml_captions_become_zero() {
    for file in [
        r#"<transcript><text start="-0.5" dur="2">a</text><text start="1e3">b</text></transcript>"#,
        r#"<timedtext><text t="-500" d="2000">a</text><text t="1000000">b</text></timedtext>"#,
        r#"<timedtext format="3"><body><p t="-500" d="2000">a</p><p t="1e6">b</p></body></timedtext>"#,
    ] {
        assert_eq!(lines(file), [(0, "a".to_owned()), (1_000_000, "b".to_owned())], "{file}");
    }
}

#[test]
fn word_times_of_whisper_are_read() {
    let text = r#"{"text": " Romans 8", "language": "en", "segments": [{"id": 0, "start": 1.0, "end": 2.5, "text": " Romans 8",
        "words": [{"word": " Romans", "start": 1.0, "end": 1.5}, {"word": " 8", "start": 1.6, "end": 2.5}]}]}"#;
    let transcript = read(text.as_bytes()).unwrap();
    assert_eq!(transcript.language.as_deref(), Some("en"));
    assert_eq!(
        words(&transcript),
        [json!({"start_ms": 1000, "word": "Romans"}), json!({"start_ms": 1600, "word": "8"})]
    );
    assert_eq!(transcript.cues[0].duration_ms, Some(1500));
}
