//! Speed of reading an hour of speech, 1,200 cues, in each format.
//!
//! Run it with `cargo bench -p scripture-detector --bench transcripts`.

use scripture_detector::transcript::read;

fn main() {
    divan::main();
}

/// The formats that [`file`] can write.
const FORMATS: [&str; 18] = [
    "json3",
    "srv1",
    "srv2",
    "srv3",
    "ttml",
    "webvtt",
    "rolling",
    "srt",
    "sbv",
    "ass",
    "sami",
    "bracketed",
    "headings",
    "tsv",
    "snippets",
    "whisper",
    "panel",
    "plain",
];

/// Returns an hour of captions in a format.
fn file(format: &str) -> String {
    let clock = |ms: u32, dot: char| {
        format!("{:02}:{:02}:{:02}{dot}{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
    };
    let text = "and over in Romans 8:28 we read that all things work together for good";
    let cue = |index: u32| {
        let (start, end) = (index * 3000, index * 3000 + 2990);
        match format {
            "json3" => {
                let words = text
                    .split(' ')
                    .enumerate()
                    .map(|(nth, word)| format!("{{\"utf8\":\" {word}\",\"tOffsetMs\":{}}}", nth * 200));
                let words = words.collect::<Vec<_>>().join(",");
                format!(
                    "{{\"tStartMs\":{start},\"dDurationMs\":5000,\"segs\":[{words}]}}{}",
                    if index < 1199 { "," } else { "" }
                )
            }
            "srv1" => format!("<text start=\"{}\" dur=\"2.9\">{text}</text>", index * 3),
            "srv3" => format!("<p t=\"{start}\" d=\"5000\"><s>{}</s></p>\n", text.replace(' ', "</s><s t=\"100\"> ")),
            "ttml" => format!("<p begin=\"{}\" end=\"{}\">{text}</p>\n", clock(start, '.'), clock(end, '.')),
            "webvtt" => format!("{} --> {}\n{text}\n\n", clock(start, '.'), clock(end, '.')),
            "rolling" => {
                let old = if index == 0 { " ".to_owned() } else { format!("{text} {}", index - 1) };
                let new = text.replace(' ', "</c><00:00:01.000><c> ");
                let (start, end, moved) = (clock(start, '.'), clock(end, '.'), clock(end + 10, '.'));
                format!("{start} --> {end}\n{old}\n{new} {index}</c>\n\n{end} --> {moved}\n{text} {index}\n \n\n")
            }
            "srt" => format!("{}\n{} --> {}\n{text}\n\n", index + 1, clock(start, ','), clock(end, ',')),
            "srv2" => format!("<text t=\"{start}\" d=\"2990\">{text}</text>\n"),
            "sbv" => format!("{},{}\n{text}\n\n", clock(start, '.'), clock(end, '.')),
            "ass" => format!("Dialogue: 0,{},{},Default,,0,0,0,,{text}\n", clock(start, '.'), clock(end, '.')),
            "sami" => format!("<SYNC Start={start}><P Class=ENCC>{text}\n"),
            "bracketed" => format!("[{} --> {}]  {text}\n", clock(start, '.'), clock(end, '.')),
            "headings" => format!("Pastor Mark  {}:{:02}\n{text}\n\n", index * 3 / 60, index * 3 % 60),
            "tsv" => format!("{start}\t{end}\t{text}\n"),
            "snippets" => format!(
                "{{\"text\": \"{text}\", \"start\": {}.5, \"duration\": 2.9}}{}",
                index * 3,
                if index < 1199 { ", " } else { "" }
            ),
            "whisper" => {
                let word = |(nth, word): (usize, &str)| {
                    format!(
                        "{{\"word\": \" {word}\", \"start\": {}.{nth:02}, \"end\": {}.9, \"probability\": 0.98}}",
                        index * 3,
                        index * 3
                    )
                };
                let words = text.split(' ').enumerate().map(word).collect::<Vec<_>>().join(", ");
                format!(
                    "{{\"id\": {index}, \"start\": {}.5, \"end\": {}.4, \"text\": \" {text}\", \"words\": [{words}]}}{}",
                    index * 3,
                    index * 3 + 2,
                    if index < 1199 { ", " } else { "" }
                )
            }
            "panel" => format!("{}:{:02}\n{text}\n", index * 3 / 60, index * 3 % 60),
            _ => format!("{text}\n"),
        }
    };
    let (head, tail) = match format {
        "json3" => ("{\"events\":[", "]}"),
        "srv1" => ("<transcript>", "</transcript>"),
        "srv2" => ("<timedtext>", "</timedtext>"),
        "ass" => (
            "[Script Info]\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n",
            "",
        ),
        "sami" => ("<SAMI><BODY>\n", "</BODY></SAMI>"),
        "tsv" => ("start\tend\ttext\n", ""),
        "snippets" => ("[", "]"),
        "whisper" => ("{\"segments\": [", "]}"),
        "srv3" => ("<timedtext format=\"3\"><body>", "</body></timedtext>"),
        "ttml" => ("<tt><body><div>", "</div></body></tt>"),
        "webvtt" | "rolling" => ("WEBVTT\n\n", ""),
        _ => ("", ""),
    };
    (0..1200).fold(head.to_owned(), |file, index| file + &cue(index)) + tail
}

#[divan::bench(args = FORMATS)]
fn an_hour(bencher: divan::Bencher<'_, '_>, format: &str) {
    let file = file(format);
    assert_eq!(read(file.as_bytes()).map(|transcript| transcript.cues.len()), Ok(1200), "{format}");
    bencher.counter(divan::counter::BytesCount::of_str(&file)).bench(|| read(file.as_bytes()));
}

/// What any reader must do at least: check that the bytes are UTF-8, and copy them. Compare the other figures with this one,
/// because they depend on the machine.
#[divan::bench]
fn yardstick(bencher: divan::Bencher<'_, '_>) {
    let file = file("json3");
    let read = || std::str::from_utf8(divan::black_box(file.as_bytes())).map(str::to_owned);
    bencher.counter(divan::counter::BytesCount::of_str(&file)).bench(read);
}
