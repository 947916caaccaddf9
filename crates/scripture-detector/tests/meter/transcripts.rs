//! Caption formats: expected cues, and the irregularities of real files.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use scripture_detector::transcript::{Cue, Format, Transcript, TranscriptError, read};
use serde_json::{Value, json};

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/caption_files").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn expected(name: &str) -> Value {
    serde_json::from_slice(&fixture(&format!("expected/{name}"))).expect("JSON")
}

fn cues(transcript: &Transcript) -> Value {
    let cue = |cue: &Cue| json!({"start_ms": cue.start_ms, "dur_ms": cue.duration_ms, "text": cue.text});
    transcript.cues.iter().map(cue).collect()
}

/// Returns the start and text of each cue.
fn lines(text: &str) -> Vec<(u64, String)> {
    let transcript = read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
    transcript.cues.into_iter().map(|cue| (cue.start_ms.unwrap_or(u64::MAX), cue.text)).collect()
}

fn words(transcript: &Transcript) -> Vec<Value> {
    let words = transcript.cues.iter().flat_map(|cue| {
        cue.words.iter().map(|word| {
            let text = cue.text[word.offset..].split(' ').next().unwrap_or_default();
            json!({"start_ms": word.start_ms, "word": text})
        })
    });
    words.collect()
}

#[test]
fn every_timed_file_is_read_into_the_expected_cues() {
    let cases = [
        ("timedtext/json3_manual.json", Format::Json3, "transcript.json"),
        ("timedtext/srv1.xml", Format::Srv1, "transcript.json"),
        ("timedtext/srv3_manual.xml", Format::Srv3, "transcript.json"),
        ("timedtext/json3_asr.json", Format::Json3, "transcript_asr.json"),
        ("timedtext/srv3_asr.xml", Format::Srv3, "transcript_asr.json"),
        ("uploads/manual.vtt", Format::WebVtt, "transcript.json"),
        ("uploads/rolling_auto.vtt", Format::WebVtt, "transcript.json"),
        ("uploads/clean.srt", Format::Srt, "transcript.json"),
        ("uploads/quirks.srt", Format::Srt, "transcript.json"),
        ("uploads/manual.ttml", Format::Ttml, "transcript.json"),
        ("uploads/one_line.txt", Format::Panel, "panel.json"),
        ("uploads/panel_pairs.txt", Format::Panel, "panel.json"),
        ("uploads/panel_chapters.txt", Format::Panel, "panel.json"),
        ("uploads/panel_verse_like_clock.txt", Format::Panel, "panel_verse_like_clock.json"),
        ("own/srv2.xml", Format::Srv2, "transcript.json"),
        ("own/srv2_asr.xml", Format::Srv2, "transcript_asr.json"),
        ("own/snippets.json", Format::Snippets, "transcript.json"),
        ("own/snippets_object.json", Format::Snippets, "transcript_asr.json"),
        ("own/whisper.json", Format::Snippets, "transcript.json"),
        ("own/whisper_clock.txt", Format::Whisper, "transcript.json"),
        ("own/whisper_seconds.txt", Format::Whisper, "transcript.json"),
    ];
    for (file, format, wanted) in cases {
        let transcript = read(&fixture(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(transcript.format, format, "{file}");
        assert_eq!(cues(&transcript), expected(wanted), "{file}");
    }
}

#[test]
fn the_encoding_and_line_ends_of_a_file_do_not_matter() {
    let text = String::from_utf8(fixture("uploads/clean.srt")).unwrap().replace("amen", "“amen” é");
    let wanted = cues(&read(text.as_bytes()).unwrap());
    let utf16 = |bytes: fn(u16) -> [u8; 2]| format!("\u{feff}{text}").encode_utf16().flat_map(bytes).collect();
    let cp1252 = text.chars().map(|letter| match letter {
        '“' => 0x93,
        '”' => 0x94,
        other => u8::try_from(u32::from(other)).unwrap(),
    });
    let files: [Vec<u8>; 5] = [
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
        cp1252.collect(),
        text.replace('\n', "\r\n").into_bytes(),
        format!("\u{feff}{text}").into_bytes(),
    ];
    for file in files {
        assert_eq!(cues(&read(&file).unwrap()), wanted);
    }
}

#[test]
fn words_of_automatic_captions_have_times() {
    let wanted = expected("asr_word_times.json");
    for file in ["timedtext/json3_asr.json", "timedtext/srv3_asr.xml", "uploads/rolling_auto.vtt", "own/srv2_asr.xml"] {
        assert_eq!(Value::from(words(&read(&fixture(file)).unwrap())), wanted, "{file}");
    }
}

#[test]
fn manual_captions_have_no_word_times() {
    for file in ["timedtext/json3_manual.json", "timedtext/srv3_manual.xml", "timedtext/srv1.xml", "uploads/manual.vtt"]
    {
        assert!(words(&read(&fixture(file)).unwrap()).is_empty(), "{file}");
    }
}

#[test]
fn words_have_times_across_cues() {
    let joined = read(&fixture("timedtext/json3_asr.json")).unwrap().joined();
    let at = joined.as_str().find("First Corinthians chapter 13 verse 4").unwrap();
    assert_eq!(joined.time_at(at), Some(6900));
    assert_eq!(joined.time_at(joined.as_str().find("8:28").unwrap()), Some(15162));
}

#[test]
fn headings_between_the_lines_of_a_panel_are_chapters() {
    let transcript = read(&fixture("uploads/panel_chapters.txt")).unwrap();
    assert_eq!(transcript.chapters, ["Welcome", "Love chapter"]);
}

#[test]
fn a_text_that_starts_with_an_annotation_is_plain() {
    let transcript = read(&fixture("uploads/plain_no_times.txt")).unwrap();
    assert_eq!(transcript.format, Format::Plain);
    assert!(transcript.cues.iter().all(|cue| cue.start_ms.is_none()));
    let words = expected("transcript.json");
    let words: Vec<&str> = words.as_array().unwrap().iter().map(|cue| cue["text"].as_str().unwrap()).collect();
    assert_eq!(transcript.joined().as_str(), words.join(" "));
}

#[test]
fn files_that_are_not_transcripts_are_refused_with_a_reason() {
    let cases = [
        ("uploads/not_captions.html", "an HTML page"),
        ("refused/watch.html", "an HTML page"),
        ("refused/consent.html", "an HTML page"),
        ("refused/feed.xml", "the root <feed>"),
        ("refused/oembed.json", "neither YouTube's json3"),
        ("refused/player.json", "neither YouTube's json3"),
    ];
    for (file, reason) in cases {
        match read(&fixture(file)) {
            Err(TranscriptError::NotCaptions(why)) => assert!(why.contains(reason), "{file}: {why}"),
            other => panic!("{file}: {other:?}"),
        }
    }
    for file in ["uploads/empty.txt", "timedtext/empty.xml"] {
        assert_eq!(read(&fixture(file)), Err(TranscriptError::Empty), "{file}");
    }
    assert_eq!(read(b" \r\n\t\xef\xbb\xbf "), Err(TranscriptError::Empty));
    assert_eq!(read(br#"{"wireMagic":"pb3","events":[]}"#), Err(TranscriptError::Empty));
    assert_eq!(read(b"WEBVTT\n\nNOTE nothing\n"), Err(TranscriptError::Empty));
}

#[test]
fn a_truncated_file_is_refused_with_the_position() {
    let cases = [
        ("timedtext/json3_asr.json", Format::Json3, "line 35"),
        ("timedtext/srv1.xml", Format::Srv1, "line 1"),
        ("timedtext/srv3_asr.xml", Format::Srv3, "line"),
        ("uploads/manual.ttml", Format::Ttml, "line 7"),
        ("own/snippets.json", Format::Snippets, "column"),
    ];
    for (file, wanted, place) in cases {
        let bytes = fixture(file);
        match read(&bytes[..bytes.len() / 2]) {
            Err(TranscriptError::Damaged { format, reason }) => {
                assert_eq!(format, wanted, "{file}");
                assert!(reason.contains(place) || file.ends_with("asr.json"), "{file}: {reason}");
            }
            other => panic!("{file}: {other:?}"),
        }
    }
    let crossed = "<transcript><text start=\"0\" dur=\"1\">a</transcript>";
    assert!(matches!(read(crossed.as_bytes()), Err(TranscriptError::Damaged { format: Format::Srv1, .. })));
    let no_start = "<transcript><text start=\"0\">a</text><text>b</text></transcript>";
    let error = read(no_start.as_bytes()).unwrap_err().to_string();
    assert_eq!(error, "the srv1 file is damaged: <text> number 2 has no start");
}

#[test]
fn files_that_are_too_large_are_refused() {
    let many = "0:00 amen\n".repeat(50_001);
    assert!(matches!(read(many.as_bytes()), Err(TranscriptError::TooLarge(_))));
    let long = "amen ".repeat(1_100_000);
    assert!(matches!(read(long.as_bytes()), Err(TranscriptError::TooLarge(_))));
}

#[test]
fn a_subrip_file_may_lack_numbers_blank_lines_and_hours() {
    let sloppy =
        "1\n0:01 --> 0:02\none\n2\n0:03,5 --> 0:04.5\ntwo\n\n\nstill two\n\n0:05 --> 0:06\n13\n0:07 --> 0:08\nfour";
    let wanted = [(1000, "one"), (3500, "two still two"), (5000, "13"), (7000, "four")];
    assert_eq!(lines(sloppy), wanted.map(|(start, text)| (start, text.to_owned())));
}

#[test]
fn sbv_files_are_read() {
    let text = "0:00:01.000,0:00:02.500\ngood morning\nchurch\n\n1:00:05.500,1:00:09.500\nPsalm 23\n";
    assert_eq!(lines(text), [(1000, "good morning church".to_owned()), (3_605_500, "Psalm 23".to_owned())]);
    let transcript = read(text.as_bytes()).unwrap();
    assert_eq!((transcript.format, transcript.cues[0].duration_ms), (Format::Sbv, Some(1500)));
}

#[test]
fn times_in_brackets_are_read() {
    let text = "[00:01.50] good morning\n[01:00:05.25] Psalm 23\nverse 1\n";
    assert_eq!(lines(text), [(1500, "good morning".to_owned()), (3_605_250, "Psalm 23 verse 1".to_owned())]);
}

#[test]
fn text_after_the_times_of_a_cue_is_kept() {
    let text = "00:01,000 --> 00:02,000 X1:40 align:start\none\n\n00:03,000 --> 00:04,000 two words\nand a third\n";
    assert_eq!(lines(text), [(1000, "one".to_owned()), (3000, "two words and a third".to_owned())]);
}

#[test]
fn text_before_a_late_timing_line_is_kept() {
    let sermon = "turn with me to Psalm 23\n".repeat(40);
    for line in ["0:01 --> 0:02", "[1.5s] amen", "0:00:01.000,0:00:02.000"] {
        let transcript = read(format!("{sermon}{line}\nverse 1\n").as_bytes()).unwrap();
        assert_eq!(transcript.format, Format::Plain, "{line}");
        assert!(transcript.joined().as_str().starts_with("turn with me to Psalm 23 turn"), "{line}");
    }
}

#[test]
fn a_number_at_the_end_of_a_cue_is_kept() {
    let text = "00:01,000 --> 00:02,000\nchapter\n13\n00:03,000 --> 00:04,000\nverse 4\n";
    assert_eq!(lines(text), [(1000, "chapter 13".to_owned()), (3000, "verse 4".to_owned())]);
    let text = "7\n00:01,000 --> 00:02,000\nverse\n8\n8\n00:03,000 --> 00:04,000\nand\n";
    assert_eq!(lines(text), [(1000, "verse 8".to_owned()), (3000, "and".to_owned())]);
}

#[test]
fn a_webvtt_file_may_have_names_comments_and_styles_and_lack_hours() {
    let text = "WEBVTT - Sunday\nLanguage: en-GB\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000\n\nSTYLE\n::cue { color: red }\n\n\
        NOTE\nnot --> shown\nat all\n\nintro\n00:01.000 --> 00:02.000 line:0 position:20%\n<v Ann>Good &amp; <i>kind</i></v>\n- yes\n\n\
        00:03.000 --> 00:04.000\nNOTED in verse 4\n";
    let transcript = read(text.as_bytes()).unwrap();
    assert_eq!(transcript.language.as_deref(), Some("en-GB"));
    assert_eq!(lines(text), [(1000, "Good & kind - yes".to_owned()), (3000, "NOTED in verse 4".to_owned())]);
}

#[test]
fn a_manual_webvtt_file_keeps_repeated_lines() {
    let text = "WEBVTT\n\n00:01.000 --> 00:02.000\namen\n\n00:02.000 --> 00:03.000\namen\n\n00:03.000 --> 00:04.000\namen\nholy\n";
    assert_eq!(lines(text).iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["amen", "amen", "amen holy"]);
}

#[test]
fn rolling_captions_keep_repeated_words() {
    let text = "WEBVTT\n\n\
        00:01.000 --> 00:01.990\n \namen\n\n00:01.990 --> 00:02.000\namen\n \n\n\
        00:02.000 --> 00:02.990\namen\namen\n\n00:02.990 --> 00:03.000\namen\n \n\n\
        00:03.000 --> 00:03.990\namen\namen\n\n00:03.990 --> 00:04.000\namen\n \n\n\
        00:09.000 --> 00:09.990\n \namen\n\n00:09.990 --> 00:10.000\namen\n \n";
    let wanted = [1000, 2000, 3000, 9000].map(|start| (start, "amen".to_owned()));
    assert_eq!(lines(text), wanted);
    let durations: Vec<_> = read(text.as_bytes()).unwrap().cues.iter().map(|cue| cue.duration_ms).collect();
    assert_eq!(durations, [Some(1000); 4]);
}

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

#[test]
fn a_panel_may_have_brackets_dashes_buttons_and_time_labels() {
    let wanted = [(0, "welcome"), (65_000, "turn to Romans 8:28"), (3_605_000, "amen")];
    let wanted = wanted.map(|(start, text)| (start, text.to_owned()));
    let forms = [
        "Transcript\nSearch transcript\n0:00\nwelcome\n1:05\nturn to Romans 8:28\n1:00:05\namen\nEnglish (auto-generated)\n",
        "0:00\n0 seconds\nwelcome\n1:05\n1 minute, 5 seconds\nturn to Romans 8:28\n1:00:05\n1 hour, 5 seconds\namen\n",
        "[0:00] welcome\n[1:05] turn to Romans 8:28\n[1:00:05] amen\n",
        "(00:00) welcome\n(01:05) turn to Romans 8:28\n(1:00:05) amen\n",
        "00:00:00 - welcome\n00:01:05 - turn to Romans 8:28\n01:00:05 - amen\n",
        "0:00\twelcome\r\n1:05\tturn to Romans 8:28\r\n1:00:05\tamen",
        "0:00 welcome 1:05 turn to Romans 8:28 1:00:05 amen",
        "\u{feff}0:00\n\nwelcome\n\n1:05\n\nturn to\nRomans 8:28\n\n1:00:05\n\namen",
    ];
    for form in &forms[..7] {
        assert_eq!(lines(form), wanted, "{form:?}");
        assert_eq!(read(form.as_bytes()).unwrap().chapters, Vec::<String>::new(), "{form:?}");
    }
    assert_eq!(read(forms[7].as_bytes()).unwrap().chapters, ["Romans 8:28"]);
}

#[test]
fn wrapped_text_of_a_panel_is_not_taken_for_headings() {
    let text = "0:00\ngood morning\nchurch\n0:04\nturn with me\nto Psalm 23\n0:09\nverse 1\nthe Lord";
    let wanted = [(0, "good morning church"), (4000, "turn with me to Psalm 23"), (9000, "verse 1 the Lord")];
    assert_eq!(lines(text), wanted.map(|(start, text)| (start, text.to_owned())));
}

#[test]
fn verses_in_a_panel_are_not_taken_for_times() {
    let text = "5:00\nwe read in Romans\n8:28\n5:04\nthat all things\n5:09\n3:16\n5:12\nand\n5:15\n5:20\namen";
    let wanted =
        [(300, "we read in Romans 8:28"), (304, "that all things"), (309, "3:16"), (312, "and"), (320, "amen")];
    assert_eq!(lines(text), wanted.map(|(start, text)| (start * 1000, text.to_owned())));
    for plain in [
        "we turn to John\n3:16\nwhich says\nthat God loved",
        "Romans 8:28 says\n3:16 says more\nand so on\nand on\nand on",
        "3:16 says for God so loved the world",
        "John 3\n3:16 for God so loved the world\n3:17 for God did not send\n3:18 whoever believes",
        "8:28\namen",
    ] {
        assert_eq!(read(plain.as_bytes()).unwrap().format, Format::Plain, "{plain}");
    }
}

#[test]
fn a_long_line_of_plain_text_is_split_into_short_cues() {
    let text = "Turn with me to Romans 8:28. We know that all things work together for good. ".repeat(200);
    let transcript = read(text.as_bytes()).unwrap();
    assert!(transcript.cues.len() > 50 && transcript.cues.iter().all(|cue| cue.text.len() <= 170));
    assert_eq!(transcript.joined().as_str(), text.trim());
}

#[test]
fn text_that_only_starts_like_another_format_is_plain() {
    for text in [
        "[Music] amen",
        "{laughs} amen",
        "<3 amen",
        "[1] In the beginning",
        "[\"amen\"]",
        "a --> b\namen",
        "WEBVTTish amen",
    ] {
        assert_eq!(read(text.as_bytes()).map(|transcript| transcript.format), Ok(Format::Plain), "{text}");
    }
}

#[test]
fn the_header_of_a_tool_is_removed() {
    let head =
        "Title: Love\nVideo ID: sErm0n_Tst1\nURL: https://youtu.be/sErm0n_Tst1\n-----------\n\nFULL TRANSCRIPT:\n";
    let full = "turn with me to Psalm 23 verse 1\n\n";
    let plain = read(format!("{head}{full}").as_bytes()).unwrap();
    assert_eq!(plain.joined().as_str(), full.trim());
    let timed = format!(
        "{head}{full}==========\n\nTIMESTAMPED TRANSCRIPT:\n[0.5s] turn with me\n[4.25s] to Psalm 23\n[7.0s] verse 1\n"
    );
    assert_eq!(read(timed.as_bytes()).unwrap().joined().as_str(), full.trim());
    assert_eq!(lines(&timed)[1], (4250, "to Psalm 23".to_owned()));
}

/// The labeled sermons of real preachers are not part of the repository.
#[test]
fn real_caption_files_have_the_expected_text_if_they_are_available() {
    let directory = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/scripture/sermons"));
    let Ok(files) = std::fs::read_dir(&directory) else { return };
    let captions: Vec<_> = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".captions.txt"))
        .collect();
    assert!(!captions.is_empty(), "{} has no caption files", directory.display());
    for path in captions {
        let text = std::fs::read_to_string(path.to_string_lossy().replace(".captions.txt", ".txt")).unwrap();
        let transcript = read(&std::fs::read(&path).unwrap()).unwrap();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(transcript.joined().as_str(), text, "{}", path.display());
        assert!(transcript.cues.iter().all(|cue| cue.start_ms.is_some()), "{}", path.display());
    }
}

/// Random sequences of pieces of caption files.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "WEBVTT\n",
        "\n",
        "\n\n",
        " ",
        "1\n",
        "2\n",
        "0:05\n",
        "8:28 ",
        "00:00:01,000 --> 00:00:02,000\n",
        "00:01.000 --> 00:01.010\n",
        "[00:01.000 --> 00:02.000] ",
        "[23.3s] ",
        "amen",
        "<c> a</c>",
        "<00:00:01.500>",
        "&amp;amp;",
        "&#x1F600;",
        "<",
        ">",
        "{",
        "é",
        "<transcript>",
        "</transcript>",
        "<text start=\"1\" dur=\"2\">",
        "</text>",
        "<timedtext format=\"3\">",
        "<p t=\"5\" d=\"9\">",
        "</p>",
        "<tt>",
        "<body>",
        "{\"events\":[",
        "{\"tStartMs\":1,\"segs\":[{\"utf8\":\"a\"}]}",
        "]}",
        "NOTE\n",
        "-->",
        "99999999999999999999",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn assert_valid(transcript: &Transcript) {
    assert!(!transcript.cues.is_empty());
    let joined = transcript.joined();
    for cue in &transcript.cues {
        assert_eq!(cue.text, cue.text.split_whitespace().collect::<Vec<_>>().join(" "));
        assert!(!cue.text.is_empty());
        assert!(cue.words.iter().all(|word| cue.text.is_char_boundary(word.offset) && word.offset < cue.text.len()));
    }
    assert!(transcript.cues.is_sorted_by_key(|cue| cue.start_ms));
    let _ = (joined.time_at(0), joined.cue_at(joined.as_str().len()), transcript.end_ms());
}

proptest! {
    #[test]
    fn random_bytes_do_not_cause_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(transcript) = read(&bytes) {
            assert_valid(&transcript);
        }
    }

    #[test]
    fn random_pieces_of_caption_files_do_not_cause_panics(text in pieces()) {
        if let Ok(transcript) = read(text.as_bytes()) {
            assert_valid(&transcript);
        }
    }

    #[test]
    fn times_are_kept(times in prop::collection::vec((0_u64..10_000_000, 51_u64..100_000), 1..30)) {
        let clock = |ms: u64, dot: char| {
            format!("{:02}:{:02}:{:02}{dot}{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
        };
        let mut times = times;
        times.sort_unstable();
        let file = |head: &str, dot: char| times.iter().enumerate().fold(head.to_owned(), |file, (index, (start, length))| {
            format!("{file}{} --> {}\nword {index}\n\n", clock(*start, dot), clock(start + length, dot))
        });
        for text in [file("", ','), file("WEBVTT\n\n", '.')] {
            let transcript = read(text.as_bytes()).unwrap();
            let kept: Vec<_> = transcript.cues.iter().map(|cue| (cue.start_ms.unwrap(), cue.duration_ms.unwrap())).collect();
            prop_assert_eq!(&kept, &times);
        }
    }
}

#[test]
fn every_kind_of_line_end_is_understood() {
    let files = [
        "WEBVTT\n\n1\n00:01.000 --> 00:02.000\nJohn 3\n\n2\n00:03.000 --> 00:04.000\nverse 16\n",
        "1\n00:00:01,000 --> 00:00:02,000\nJohn 3\n\n2\n00:00:03,000 --> 00:00:04,000\nverse 16\n",
        "0:01\nJohn 3\n0:03\nverse 16\n",
    ];
    for file in files {
        for end in ["\r", "\r\n", "\r\r\n"] {
            let wanted = [(1000, "John 3".to_owned()), (3000, "verse 16".to_owned())];
            assert_eq!(lines(&file.replace('\n', end)), wanted, "{end:?} {file}");
        }
    }
}

#[test]
fn direction_marks_are_ignored() {
    let wanted = [(0, "good morning".to_owned()), (5000, "John 3:16".to_owned())];
    assert_eq!(lines("\u{200e}0:00\n\u{200f}good morning\n\u{200e}0:05\n\u{2066}John\u{2069} 3:\u{200b}16\n"), wanted);
    let srt = "\u{200e}1\n\u{202a}00:00:00,000 --> 00:00:02,000\u{202c}\ngood morning\n\n2\n00:00:05,000 --> 00:00:06,000\nJohn 3:16\n";
    assert_eq!(lines(srt), wanted);
}

#[test]
fn shifted_and_malformed_times_of_a_subrip_file_are_understood() {
    let cases = [
        ("1\n-00:00:01,000 --> 00:00:02,000\nJohn 3\n\n2\n00:00:03,000 --> 00:00:04,000\nverse 16\n", [0, 3000]),
        ("1\n00:00:01:500 --> 00:00:02:500\nJohn 3\n\n2\n00:00:03:250 --> 00:00:04:500\nverse 16\n", [1500, 3250]),
        ("1\n00:00:01,500 –> 00:00:02,500\nJohn 3\n\n2\n00:00:05,500 → 00:00:07,500\nverse 16\n", [1500, 5500]),
        ("1\n00:00:01,5 --&gt; 00:00:02,5\nJohn 3\n\n2\n00:00:05,5 --&gt; 00:00:07,5\nverse 16\n", [1500, 5500]),
        (
            "1\n\n00:00:01,000 --> 00:00:02,000\n\nJohn 3\n\n2\n\n00:00:03,000 --> 00:00:04,000\n\nverse 16\n",
            [1000, 3000],
        ),
    ];
    for (text, [first, second]) in cases {
        assert_eq!(lines(text), [(first, "John 3".to_owned()), (second, "verse 16".to_owned())], "{text}");
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
fn screen_reader_labels_of_a_panel_are_removed() {
    let wanted = [(0, "good morning"), (60_000, "5 seconds to go"), (65_000, "John 3:16"), (3_605_000, "amen")];
    let wanted = wanted.map(|(start, text)| (start, text.to_owned()));
    let labels = ["0 seconds", "1 minute, 0 seconds", "1 minute, 5 seconds", "1 hour, 0 minutes and 5 seconds"];
    for (between, end) in [("\n", "\n"), (" ", "\n"), (" ", " ")] {
        let entry = |time: &str, label: &str, text: &str| format!("{time}{between}{label}{between}{text}{end}");
        let times = ["0:00", "1:00", "1:05", "1:00:05"];
        let file: String = (0..4).map(|line| entry(times[line], labels[line], &wanted[line].1)).collect();
        assert_eq!(lines(&file), wanted, "{file}");
    }
    assert_eq!(lines("0:00\ngood\n0:05 \n5 minutes ago\n")[1].1, "5 minutes ago");
}
