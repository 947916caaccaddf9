//! Caption files of every format, and files that are refused.

use std::path::PathBuf;

use scripture_detector::transcript::{Format, TranscriptError, read};
use serde_json::Value;

use super::{cues, expected, fixture, lines, words};

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
