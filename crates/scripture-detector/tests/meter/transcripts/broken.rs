//! Files that translators, converters and joined streams broke.

use scripture_detector::transcript::{Format, WarningCode, read};
use serde_json::json;

use super::{lines, words};

fn owned<const N: usize>(lines: [(u64, &str); N]) -> Vec<(u64, String)> {
    lines.map(|(start, text)| (start, text.to_owned())).to_vec()
}

#[test]
fn times_arrows_and_numbers_that_translators_broke_are_understood() {
    let wanted = owned([(1000, "open to Psalm"), (4500, "23 verse 1")]);
    let timings = [
        ("00: 00: 01,000 --> 00: 00: 02,000", "00: 00: 04,500 --> 00: 00: 06,000"),
        ("00:00:01, 000 -> 00:00:02, 000", "00:00:04, 500 -> 00:00:06, 000"),
        ("00:00:01 , 000 - -> 00:00:02 , 000", "00:00:04 , 500 - -> 00:00:06 , 000"),
        ("00:00:01.000 -- > 00:00:02.000", "00:00:04.500 -- > 00:00:06.000"),
        ("00:00:01,000 → 00:00:02,000", "00:00:04,500→00:00:06,000"),
        ("00：00：01，000 ——＞ 00：00：02，000", "00：00：04，500 ——＞ 00：00：06，000"),
        ("００：００：０１,０００ --> ００：００：０２,０００", "００：００：０４,５００ --> ００：００：０６,０００"),
        ("٠٠:٠٠:٠١٫٠٠٠ --> ٠٠:٠٠:٠٢٫٠٠٠", "٠٠:٠٠:٠٤٫٥٠٠ --> ٠٠:٠٠:٠٦٫٠٠٠"),
        ("००:००:०१,००० --> ००:००:०२,०००", "००:००:०४,५०० --> ००:००:०६,०००"),
        ("00:00:01:000 ==> 00:00:02:000", "00:00:04:500 ==> 00:00:06:000"),
        ("00:00:01 000 --> 00:00:02 000", "00:00:04 500 --> 00:00:06 000"),
        ("00.00.01,000 --> 00.00.02,000", "00.00.04,500 --> 00.00.06,000"),
        ("00:01,000 - 00:02,000", "00:04,500 - 00:06,000"),
        ("0:01;000 --&gt; 0:02;000", "0:04;500 --&gt; 0:06;000"),
    ];
    for (first, second) in timings {
        for (one, two) in [
            ("1", "2"),
            ("1.", "2."),
            ("#1", "#2"),
            ("１", "２"),
            ("١", "٢"),
            ("1st", "2nd"),
            ("first", "second"),
            ("No 1", "No 2"),
        ] {
            let file = format!("{one}\n{first}\nopen to Psalm\n\n{two}\n{second}\n23 verse 1\n");
            assert_eq!(lines(&file), wanted, "{file}");
        }
        let on_one_line = format!("1 {first}\nopen to Psalm\n\n2 {second}\n23 verse 1\n");
        assert_eq!(lines(&on_one_line), wanted, "{on_one_line}");
    }
    let sbv = "0:00:01.000, 0:00:02.000\nopen to Psalm\n\n0:00:04.500, 0:00:06.000\n23 verse 1\n";
    assert_eq!(lines(sbv), wanted);
    let vtt = "WEBVTT\n\n00: 01.000 -> 00: 02.000\nopen to Psalm\n\n00: 04.500 -> 00: 06.000\n23 verse 1\n";
    assert_eq!(lines(vtt), wanted);
}

#[test]
fn verses_are_not_taken_for_broken_times() {
    for text in ["3:16 - 3:18 for God so loved\nthe world", "Psalm 23\n8:28 - 8:30\namen", "1 - 12 says\nmore"] {
        assert_eq!(read(text.as_bytes()).unwrap().format, Format::Plain, "{text}");
    }
    let file = "00:00:01,000 --> 00:00:02,000\nwe read\n\nverse\n3:16 - 18\n\n00:00:04,000 --> 00:00:05,000\namen\n";
    assert_eq!(lines(file), owned([(1000, "we read verse 3:16 - 18"), (4000, "amen")]));
}

#[test]
fn a_line_of_text_is_not_taken_for_the_name_of_a_cue() {
    let file = "00:01 --> 00:02\n\nJohn 3\n00:03 --> 00:04\n\nverse 16\n00:05 --> 00:06\n\namen\n";
    assert_eq!(lines(file), owned([(1000, "John 3"), (3000, "verse 16"), (5000, "amen")]));
}

/// How a format writes one cue: its start and end in milliseconds, and its lines.
type WriteCue = fn(u64, u64, &[&str]) -> String;

fn clock(ms: u64, dot: char) -> String {
    format!("00:00:{:02}{dot}{:03}", ms / 1000, ms % 1000)
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// The text before the cues, the text after them, and the cues, of every timed format.
#[rustfmt::skip]
const TIMED_FORMATS: [(&str, &str, WriteCue); 11] = [
    ("", "", |start, end, text| format!("1\n{} --> {}\n{}\n\n", clock(start, ','), clock(end, ','), text.join("\n"))),
    ("", "", |start, end, text| format!("{} --> {}\n{}\n\n", clock(start, ','), clock(end, ','), text.join(" "))),
    ("WEBVTT\n\n", "", |start, end, text| {
        format!("{} --> {}\n{}\n\n", clock(start, '.'), clock(end, '.'), text.join("\n"))
    }),
    ("", "", |start, end, text| format!("0:00:{:0>6},0:00:{:0>6}\n{}\n\n", seconds(start), seconds(end), text.join("\n"))),
    ("<tt><body><div>", "</div></body></tt>", |start, end, text| {
        format!("<p begin=\"{}\" end=\"{}\">{}</p>", clock(start, '.'), clock(end, '.'), text.join("<br/>"))
    }),
    ("[", "]", |start, end, text| {
        let duration = seconds(end - start);
        format!("{{\"text\":\"{}\",\"start\":{},\"duration\":{duration}}},", text.join("\\n"), seconds(start))
    }),
    ("[", "]", |start, end, text| {
        format!("{{\"text\":\"{}\",\"start\":{},\"end\":{}}},", text.join(" "), seconds(start), seconds(end))
    }),
    ("start\tend\ttext\n", "", |start, end, text| format!("{start}\t{end}\t{}\n", text.join(" "))),
    ("", "", |start, end, text| format!("[{} --> {}] {}\n", clock(start, '.'), clock(end, '.'), text.join(" "))),
    ("<transcript>", "</transcript>", |start, end, text| {
        format!("<text start=\"{}\" dur=\"{}\">{}</text>", seconds(start), seconds(end - start), text.join("\n"))
    }),
    ("[Events]\n", "", |start, end, text| {
        format!("Dialogue: 0,{},{},Default,,0,0,0,,{}\n", clock(start, '.'), clock(end, '.'), text.join("\\N"))
    }),
];

#[test]
fn rolling_lines_are_undone_in_every_timed_format() {
    let shown: [(u64, u64, &[&str]); 7] = [
        (160, 2310, &["open your Bibles to"]),
        (2310, 2320, &["open your Bibles to"]),
        (2320, 5030, &["open your Bibles to", "Hosea chapter 2"]),
        (5030, 5040, &["Hosea chapter 2"]),
        (5040, 7990, &["Hosea chapter 2", "amen amen"]),
        (7990, 8000, &["amen amen"]),
        (8000, 9000, &["amen amen", "amen"]),
    ];
    let wanted = owned([(160, "open your Bibles to"), (2320, "Hosea chapter 2"), (5040, "amen amen"), (8000, "amen")]);
    for with_flashes in [true, false] {
        for (head, tail, write_cue) in TIMED_FORMATS {
            let cues = shown.iter().filter(|(start, end, _)| with_flashes || end - start > 10);
            let cues = cues.map(|(start, end, text)| write_cue(*start, *end, text)).collect::<Vec<_>>().concat();
            let file = format!("{head}{}{tail}", cues.trim_end_matches(','));
            assert_eq!(lines(&file), wanted, "{file}");
        }
    }
}

#[test]
fn a_repeated_chorus_is_kept() {
    let file = r#"[{"text":"holy holy holy","start":1,"duration":2},{"text":"holy holy holy","start":3,"duration":2},
        {"text":"holy holy holy","start":5,"duration":2},{"text":"Lord God almighty","start":7,"duration":2}]"#;
    assert_eq!(lines(file).len(), 4);
}

#[test]
fn a_start_that_jumps_back_keeps_the_order_of_numbered_cues() {
    let cue = |number: &str, start: &str, text: &str| format!("{number}\n00:00:{start} --> 00:00:20,000\n{text}\n\n");
    let rises = cue("1", "01,000", "turn to")
        + &cue("2", "09,000", "Hosea")
        + &cue("3", "05,000", "chapter 2")
        + &cue("4", "11,000", "verse 3");
    assert_eq!(read(rises.as_bytes()).unwrap().joined().as_str(), "turn to Hosea chapter 2 verse 3");
    assert_eq!(lines(&rises)[2].0, 5000);
    let vtt = format!("WEBVTT\n\n{}", rises.replace(",000", ".000"));
    assert_eq!(read(vtt.as_bytes()).unwrap().joined().as_str(), "turn to Hosea chapter 2 verse 3");
    let json = r#"{"segments":[{"id":0,"start":1.0,"end":2.0,"text":"turn to"},{"id":1,"start":9.0,"end":9.5,"text":"Hosea"},
        {"id":2,"start":5.0,"end":9.0,"text":"chapter 2"}]}"#;
    assert_eq!(read(json.as_bytes()).unwrap().joined().as_str(), "turn to Hosea chapter 2");
    let joined = cue("1", "01,000", "turn to")
        + &cue("2", "09,000", "Hosea")
        + &cue("1", "00,500", "chapter 2")
        + &cue("2", "03,000", "verse 3");
    assert_eq!(read(joined.as_bytes()).unwrap().joined().as_str(), "turn to Hosea chapter 2 verse 3");
    let shuffled = cue("3", "09,000", "chapter 2") + &cue("1", "01,000", "turn to") + &cue("2", "05,000", "Hosea");
    assert_eq!(read(shuffled.as_bytes()).unwrap().joined().as_str(), "turn to Hosea chapter 2");
}

#[test]
fn segments_of_a_live_stream_are_joined() {
    let file = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n00:01.000 --> 00:04.000\nturn to Hosea\n\n\
        WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:1440000,LOCAL:00:00:00.000\n\n00:00.500 --> 00:02.000\nchapter 2\nWEBVTT\n\n\
        00:09.000 --> 00:10.000\nverse 3\n";
    assert_eq!(lines(file), owned([(1000, "turn to Hosea"), (6500, "chapter 2"), (9000, "verse 3")]));
    let twice = "WEBVTT\n\n00:01.000 --> 00:04.000\namen\n\nWEBVTT\n\n00:01.000 --> 00:04.000\namen\n\n00:04.000 --> 00:05.000\namen\n";
    assert_eq!(lines(twice), owned([(1000, "amen"), (4000, "amen")]));
}

#[test]
fn spans_of_ttml_have_times_relative_to_their_paragraph() {
    let file = r#"<tt><body><div><p begin="60s" end="70s">We read <span begin="1s">Hosea 2:3</span> <span begin="65s">again</span></p></div></body></tt>"#;
    let transcript = read(file.as_bytes()).unwrap();
    assert_eq!(transcript.joined().as_str(), "We read Hosea 2:3 again");
    let wanted = [(60_000, "We"), (61_000, "Hosea"), (65_000, "again")]
        .map(|(start, word)| json!({"start_ms": start, "word": word}));
    assert_eq!(words(&transcript), wanted);
}

#[test]
fn single_control_characters_are_removed() {
    for file in [
        "1\r\n00:00:01,000 --> 00:00:02,000\r\nHosea 2:3\r\n\u{1a}",
        "\x001\n00:00:01,000 --> 00:00:02,000\nHosea 2:3\n",
        "1\n00:00:01,000\u{7} --> 00:00:02,000\nHosea\u{8} 2:3\n\u{1b}",
    ] {
        assert_eq!(lines(file), owned([(1000, "Hosea 2:3")]), "{file:?}");
    }
}

#[test]
fn utf16_needs_no_byte_order_mark() {
    let file = "WEBVTT\n\n00:01.000 --> 00:02.000\nÉxodo y “Hosea” 2:3\n";
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let bytes: Vec<u8> = file.encode_utf16().flat_map(bytes).collect();
        assert_eq!(read(&bytes).unwrap().cues[0].text, "Éxodo y “Hosea” 2:3");
    }
}

#[test]
fn times_that_were_not_understood_are_a_warning() {
    for file in [
        "%% 00:00:01,000 turn to Hosea\n%% 00:00:05,000 chapter 2\n%% 00:00:09,000 verse 3\n",
        "at 1.52 | turn to Hosea\nat 00:00:05.5 | chapter 2\nat 00:00:09.2 | verse 3\nat 00:00:12.2 | verse 3\n",
        "at 1h02m03s turn to Hosea\nat 1h02m09s chapter 2\nat 1h02m12s verse 3\n",
        "1.52 turn to Hosea\n5.5 chapter 2\n9.2 verse 3\n",
    ] {
        let transcript = read(file.as_bytes()).unwrap();
        let codes: Vec<_> = transcript.warnings.iter().map(|warning| warning.code).collect();
        assert_eq!(codes, [WarningCode::TimesNotUnderstood], "{file} {transcript:?}");
        assert!(transcript.warnings[0].detail.contains("look like times that could not be read"), "{file}");
    }
    for file in
        ["turn to Hosea 2:3 and 1:12-14\nat 10:30 we meet, 1.5 million people came\n", "John 3:16:\nGod so loved\n"]
    {
        assert_eq!(read(file.as_bytes()).unwrap().warnings, [], "{file}");
    }
}
