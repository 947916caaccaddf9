//! SubRip, SBV, WebVTT, lines with bracketed times, and plain text.

use scripture_detector::transcript::{Format, read};

use super::lines;

#[test]
fn a_subrip_file_may_lack_numbers_blank_lines_and_hours() {
    let sloppy =
        "1\n0:01 --> 0:02\none\n2\n0:03,5 --> 0:04.5\ntwo\n\n\nstill two\n\n0:05 --> 0:06\n13\n0:07 --> 0:08\nfour";
    let wanted = [(1000, "one"), (3500, "two still two"), (5000, "13"), (7000, "four")];
    assert_eq!(lines(sloppy), wanted.map(|(start, text)| (start, text.to_owned())));
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
