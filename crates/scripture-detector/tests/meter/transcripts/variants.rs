//! One sermon in many forms, as programs, services and people write it. Whatever the form, the references and their times are
//! the same.

use scripture_detector::{analyze, transcript::read};
use serde_json::{Value, json};

/// A cue: its start and end in milliseconds, and its text.
type Line = (u64, u64, &'static str);

/// A named way to write a time, and a named way to write a cue.
type TimeForm = (&'static str, fn(u64) -> String);
type CueForm = (&'static str, fn(Line) -> String);

/// The sermon. References are split across cues, and whole seconds are enough for its times.
const SERMON: [Line; 5] = [
    (1000, 4000, "Turn with me to Hosea"),
    (4000, 7000, "chapter 2 verse 15 amen"),
    (7000, 10_000, "and then Jude 3 says"),
    (75_000, 79_000, "now open to John 3:16"),
    (3_725_000, 3_729_000, "and First Peter 5 verse 7"),
];

/// What it cites, and when.
const CITED: [(&str, f64); 4] = [("Hos.2.15", 1.0), ("Jude.1.3", 7.0), ("John.3.16", 75.0), ("1Pet.5.7", 3725.0)];

/// Writes a time as `00:00:01` or, for the transcript panel, as `0:01`.
fn clock(ms: u64) -> String {
    let seconds = ms / 1000;
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn panel(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

/// Writes the sermon, each cue with its number.
fn write(line: impl Fn(usize, Line) -> String) -> String {
    SERMON.iter().enumerate().map(|(index, cue)| line(index + 1, *cue)).collect()
}

fn seconds(ms: u64) -> f64 {
    f64::from(u32::try_from(ms).expect("a short sermon")) / 1000.0
}

/// Asserts that a file gives the references of the sermon at their times.
fn assert_read(name: &str, file: &[u8]) {
    let transcript = read(file).unwrap_or_else(|error| panic!("{name}: {error}"));
    let found = analyze(&transcript).expect("few mentions").references;
    let found: Vec<(&str, Option<f64>)> =
        found.iter().map(|found| (found.osis.as_str(), found.start_seconds)).collect();
    let wanted = CITED.map(|(osis, start)| (osis, Some(start)));
    assert_eq!(found, wanted, "{name}: {:?}", transcript.cues);
    assert_eq!(transcript.warnings, [], "{name}");
}

/// Writes SubRip with these times, arrow and numbers.
fn srt(time: impl Fn(u64) -> String, arrow: &str, number: impl Fn(usize) -> String) -> String {
    write(|index, (start, end, text)| format!("{}\n{}{arrow}{}\n{text}\n\n", number(index), time(start), time(end)))
}

#[test]
fn broken_subrip_is_read() {
    let comma = |ms| format!("{},000", clock(ms));
    let arrows = [
        "-->",
        " -> ",
        " - -> ",
        " –> ",
        " — > ",
        " ==> ",
        " ~ ",
        " --- ",
        " to ",
        " --&gt; ",
        " --&amp;gt; ",
        " → ",
        " <-- ",
        " −−> ",
        " - ",
    ];
    for arrow in arrows {
        assert_read(arrow, srt(comma, arrow, |index| index.to_string()).as_bytes());
    }
    let times: [TimeForm; 7] = [
        ("spaces", |ms| format!("{},000", clock(ms).replace(':', " : "))),
        ("full width", |ms| format!("{}，000", clock(ms).replace(':', "："))),
        ("apostrophe", |ms| format!("{}'000", clock(ms))),
        ("semicolon", |ms| format!("{};000", clock(ms))),
        ("periods", |ms| format!("{},000", clock(ms).replace(':', "."))),
        ("colon", |ms| format!("{}:000", clock(ms))),
        ("one digit", |ms| format!("{}:{}:{},0", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60)),
    ];
    for (name, time) in times {
        assert_read(name, srt(time, " --> ", |index| index.to_string()).as_bytes());
    }
    let numbers: [fn(usize) -> String; 7] = [
        |index| format!("{index}."),
        |index| format!("({index})"),
        |index| format!("# {index}"),
        |index| format!("Subtitle {index}"),
        |index| ["One", "Two", "Three", "Four", "Five"][index - 1].to_owned(),
        |index| format!("{index}/5"),
        |index| format!("{index:04}"),
    ];
    for number in numbers {
        assert_read(&number(1), srt(comma, " --> ", number).as_bytes());
    }
}

#[test]
fn speakers_and_headings_are_read() {
    let forms: [CueForm; 12] = [
        ("Zoom", |(start, end, text)| format!("{}.000 --> {}.000\nJohn Smith: {text}\n\n", clock(start), clock(end))),
        ("WhisperX", |(start, end, text)| {
            format!("{},000 --> {},000\n[SPEAKER_00]: {text}\n\n", clock(start), clock(end))
        }),
        ("Teams", |(start, end, text)| format!("{}.0 --> {}.0\nJohn Smith\n{text}\n\n", clock(start), clock(end))),
        ("Meet", |(start, _, text)| format!("{}\n \nJohn Smith: {text}\n\n", clock(start))),
        ("Descript", |(start, _, text)| format!("**Pastor John:** [{}] {text}\n\n", clock(start))),
        ("Descript with fractions", |(start, _, text)| format!("[{}.00] **John:** {text}\n\n", clock(start))),
        ("Trint", |(start, _, text)| format!("[{}] John Smith\n{text}\n\n", clock(start))),
        ("Happy Scribe", |(start, _, text)| format!("[{}.00] - John\n{text}\n\n", clock(start))),
        ("Fireflies", |(start, _, text)| format!("{} - John Smith\n{text}\n\n", panel(start))),
        ("Premiere", |(start, end, text)| format!("{};00 - {};00\nJohn Smith\n{text}\n\n", clock(start), clock(end))),
        ("noScribe", |(start, _, text)| format!("S00 [{}]: {text}\n", clock(start))),
        ("Otter", |(start, _, text)| format!("John Adams  {}\n{text}\n\n", panel(start))),
    ];
    for (name, form) in forms {
        assert_read(name, write(|_, cue| form(cue)).as_bytes());
    }
    let otter = "Sunday sermon\nTue, Jan 06, 2026 10:02AM • 1:02:10\n\nSUMMARY KEYWORDS\nromans, love, mercy, genesis\n\n\
        SPEAKERS\nPastor Mark, Speaker 2, John Adams\n\n";
    let body = write(|index, (start, _, text)| {
        format!("{}  {}\n{text}\n\n", if index == 3 { "Speaker 2" } else { "Pastor Mark" }, panel(start))
    });
    assert_read("Otter with keywords", format!("{otter}{body}Transcribed by https://otter.ai\n").as_bytes());
}

#[test]
fn lines_with_times_are_read() {
    let forms: [CueForm; 16] = [
        ("range", |(start, end, text)| format!("{} - {} {text}\n", panel(start), panel(end))),
        ("range with a colon", |(start, end, text)| format!("{}-{}: {text}\n", panel(start), panel(end))),
        ("range on its own line", |(start, end, text)| format!("{} – {}\n{text}\n", panel(start), panel(end))),
        ("range in words", |(start, end, text)| format!("{} to {} {text}\n", clock(start), clock(end))),
        ("time with a colon", |(start, _, text)| format!("{}: {text}\n", panel(start))),
        ("glued time", |(start, _, text)| format!("{}{text}\n", panel(start))),
        ("bullets", |(start, _, text)| format!("- [{}] {text}\n", panel(start))),
        ("bold", |(start, _, text)| format!("**{}** {text}\n\n", panel(start))),
        ("links", |(start, _, text)| format!("[{}](https://youtu.be/x?t={}) {text}\n", panel(start), start / 1000)),
        ("headings", |(start, _, text)| format!("### [{}](https://youtu.be/x)\n{text}\n\n", clock(start))),
        ("units", |(start, _, text)| format!("{}m{:02}s {text}\n", start / 60_000, start / 1000 % 60)),
        ("time at the end", |(start, _, text)| format!("{text} [{}]\n", clock(start))),
        ("MPL2", |(start, end, text)| format!("[{}][{}]{}\n", start / 100, end / 100, text.replacen(' ', "|", 1))),
        ("MicroDVD", |(start, end, text)| format!("{{{}}}{{{}}}{{y:i}}{text}\n", start * 3 / 125, end * 3 / 125)),
        ("TMPlayer", |(start, _, text)| format!("{}:{}\n", clock(start), text.replacen(' ', "|", 1))),
        ("walaoke", |(start, _, text)| format!("[{:02}:{:02}.00]F: {text}\n", start / 60_000, start / 1000 % 60)),
    ];
    for (name, form) in forms {
        let head = if name == "MicroDVD" { "{1}{1}24\n" } else { "" };
        assert_read(name, (head.to_owned() + &write(|_, cue| form(cue))).as_bytes());
    }
    let labels = ["1 second", "4 seconds", "7 seconds", "1 minute, 15 seconds", "1 hour, 2 minutes, 5 seconds"];
    assert_read("glued labels", write(|index, (.., text)| format!("{}{text}\n", labels[index - 1])).as_bytes());
    let table = write(|_, (start, _, text)| format!("| {} | {text} |\n", panel(start)));
    assert_read("Markdown table", format!("| Time | Text |\n|------|------|\n{table}").as_bytes());
    let csv = write(|_, (start, end, text)| format!("{}.000,{}.000,\"{text}\"\n", clock(start), clock(end)));
    assert_read("YouTube Studio", format!("Start time,End time,Subtitle text\n{csv}").as_bytes());
    let sami = write(|_, (start, _, text)| format!("<SYNC Start={start}ms><P>{text}"));
    assert_read("SAMI", format!("<SAMI><BODY>{sami}</BODY></SAMI>").as_bytes());
    assert_read(
        "control characters",
        write(|_, (start, _, text)| format!("{}\n{}\n", panel(start), text.replace(' ', "\u{1c} "))).as_bytes(),
    );
}

#[test]
fn json_of_every_service_is_read() {
    let list = |cue: fn(Line) -> Value| -> Value { SERMON.iter().map(|line| cue(*line)).collect() };
    let snippets =
        list(|(start, end, text)| json!({"text": text, "start": seconds(start), "duration": seconds(end - start)}));
    let files = [
        ("by ID", json!({"abcdefghijk": snippets})),
        ("a tuple by ID", json!([{"abcdefghijk": snippets}, []])),
        ("by language", json!({"title": "John 3", "subtitles": {"en": snippets}})),
        ("events in a list", list(|(start, _, text)| json!({"tStartMs": start, "segs": [{"utf8": text}]}))),
        ("pairs at the end", list(|(start, end, text)| json!([text, [seconds(start), seconds(end)]]))),
        ("pairs at the start", list(|(start, end, text)| json!([[seconds(start), seconds(end)], text]))),
        (
            "lists of lines",
            list(|(start, end, text)| json!({"text": [text], "start": seconds(start), "end": seconds(end)})),
        ),
        ("lines", json!({"lines": list(|(start, _, text)| json!({"line": text, "time": panel(start)}))})),
        (
            "podcast",
            json!({"segments": list(|(start, end, text)| json!({"startTime": seconds(start), "endTime": seconds(end), "body": text}))}),
        ),
        (
            "Parakeet",
            json!({"timestamp": {"segment": list(|(start, end, text)| json!({"start": seconds(start), "end": seconds(end), "segment": text}))}}),
        ),
        (
            "Azure",
            json!({"phrases": list(|(start, _, text)| json!({"offsetMilliseconds": start, "durationMilliseconds": 9, "text": text}))}),
        ),
        (
            "Google with nanoseconds",
            json!({"results": list(|(start, _, text)| json!({"alternatives": [{"transcript": text, "words": [
                {"word": text.split(' ').next(), "startTime": {"seconds": (start / 1000).to_string(), "nanos": 0}}]}]}))}),
        ),
    ];
    for (name, file) in files {
        assert_read(name, file.to_string().as_bytes());
    }
    let rows = write(|_, (start, _, text)| {
        json!({"result": [{"word": text.split(' ').next(), "start": seconds(start)}], "end": seconds(start) + 1.0, "text": text}).to_string() + "\n"
    });
    assert_read("Vosk", rows.as_bytes());
    let python =
        |(start, _, text): Line| format!("{{'text': '{text}', 'start': {:?}, 'duration': 2.0}}", seconds(start));
    let all = SERMON.map(python).join(", ");
    assert_read("Python lines", SERMON.map(python).join("\n").as_bytes());
    assert_read("a Python tuple", format!("({{'abcdefghijk': [{all}]}}, [])").as_bytes());
    assert_read("an assignment", format!("transcript = [{all}]").as_bytes());
    let segments = write(|index, (start, end, text)| {
        format!("Segment(id={index}, start={:?}, end={:?}, text=' {text}', words=None)\n", seconds(start), seconds(end))
    });
    assert_read("faster-whisper", segments.as_bytes());
}

#[test]
fn a_service_that_only_says_when_a_result_ends_is_read() {
    let file = json!({"results": [
        {"alternatives": [{"transcript": "Hosea 2:15"}], "resultEndTime": "4s"},
        {"alternatives": [{"transcript": "Jude 3"}], "resultEndTime": "7s"},
    ]});
    assert_eq!(super::lines(&file.to_string()), [(0, "Hosea 2:15".to_owned()), (4000, "Jude 3".to_owned())]);
}

#[test]
fn a_word_that_is_underlined_in_turn_is_said_once() {
    let words = ["turn", "to", "Hosea"];
    let cue = |nth: usize| {
        let line: Vec<String> = words
            .iter()
            .enumerate()
            .map(|(index, word)| if index == nth { format!("<u>{word}</u>") } else { (*word).to_owned() })
            .collect();
        format!("00:0{nth}.000 --> 00:0{}.000\n{}\n\n", nth + 1, line.join(" "))
    };
    let file: String = (0..3).map(cue).collect();
    assert_eq!(super::lines(&format!("WEBVTT\n\n{file}")), [(0, "turn to Hosea".to_owned())]);
}

#[test]
fn the_words_of_enhanced_lrc_have_times() {
    let file =
        "[00:01.00] <00:01.00> turn <00:01.50> to <00:02.00> Hosea <00:02.50> 2:15\n[00:04.00] <00:04.00> amen\n";
    let found = analyze(&read(file.as_bytes()).unwrap()).unwrap().references;
    assert_eq!((found[0].osis.as_str(), found[0].start_seconds), ("Hos.2.15", Some(2.0)));
}

#[test]
fn the_clock_of_a_stream_may_start_again() {
    let segment = |ticks: u64, text: &str| {
        format!("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:{ticks},LOCAL:00:00:00.000\n\n00:00.000 --> 00:02.000\n{text}\n\n")
    };
    let file = segment((1 << 33) - 90_000, "Hosea") + &segment(90_000, "2:15");
    assert_eq!(super::lines(&file), [(0, "Hosea".to_owned()), (2000, "2:15".to_owned())]);
}

#[test]
fn more_output_of_programs_is_refused_by_name() {
    for (file, name) in [
        ("Scenarist_SCC V1.0\n\n00:00:01:15\t9420 9420 94ae\n", "a Scenarist file (SCC)"),
        ("   start  text\n0    1.5  Hosea\n\n[1 rows x 2 columns]\n", "a printed pandas table"),
    ] {
        let error = read(file.as_bytes()).expect_err(file).to_string();
        assert!(error.contains(name), "{error}");
    }
}
