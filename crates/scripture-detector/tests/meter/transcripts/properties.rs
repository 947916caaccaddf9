//! Properties of every transcript.

use proptest::prelude::*;
use scripture_detector::transcript::{Transcript, read};

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
