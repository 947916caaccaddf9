//! A mutation fuzzer for the detector and the caption readers.
//!
//! It runs for a few seconds with the other tests, and longer with `scripts/fuzz MINUTES [SEED]`. The seed is printed, and the
//! same seed produces the same inputs. To add a target, add a line to [`TARGETS`]; to add a format, add a line to [`FILES`].

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use scripture_detector::{
    Class, Mention, Passage, analyze, detect,
    transcript::{self, Format, JoinedText, Transcript},
};

/// Processes an input and panics if the result is wrong. Returns the format of the file if one was read.
type Target = fn(&[u8]) -> Option<Format>;

/// The functions under test.
const TARGETS: &[(&str, Target)] =
    &[("detector", check_text), ("cues", check_cues), ("transcript", check_file), ("passage", check_passage)];

/// Texts that the mutations start from.
const SPEECH: &[&str] = &[
    "Turn to Romans chapter 8 verse 28, and then First and Second Samuel. Verse 30, 31 and 35.",
    "psalm one nineteen verse one oh five [Music] >> john 316 sorry 317 the 23rd psalm",
    "1 Cor. 13:4-7; 15:1; James 5:116, Isaiah 52 verse 13 through chapter 53 verse 12",
    "Pastor John said in Mark’s gospel “Luke 2:7” — at 7:30 p.m. Daniel 2 and 7, Jude 3",
    "James said in his letter count it all joy collisions 3 verse 2 the third verse of the first psalm a hundred and 3",
    "Rom.8.28-Rom.9.5",
    "1 Corinthians 13:4-7",
];

/// Files of each format that the mutations start from.
const FILES: &[(Format, &str)] = &[
    (
        Format::WebVtt,
        "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\nTurn to <c>Romans</c> 8\n\n00:00:04.000 --> 00:00:06.000\nverse 28\n",
    ),
    (
        Format::WebVtt,
        "WEBVTT\nKind: captions\n\n00:00:01.000 --> 00:00:02.990 align:start position:0%\n \nin<00:00:01.200><c> Luke</c><00:00:01.400><c> 15</c>\n\n00:00:02.990 --> 00:00:03.000\nin Luke 15\n \n\n00:00:03.000 --> 00:00:05.000\nin Luke 15\nverse<00:00:03.400><c> 11</c>\n",
    ),
    (Format::Srt, "1\n00:00:01,000 --> 00:00:04,000\nIn Genesis 1:1\n\n2\n00:00:04,000 --> 00:00:06,000\nand 1:2\n"),
    (Format::Sbv, "0:00:01.000,0:00:02.500\nTurn to Acts\n\n0:00:02.500,0:00:04.000\nchapter 2\n"),
    (Format::Whisper, "[0.00 --> 5.24]  In the book of Genesis\n[5.24 --> 9.00]  chapter 3\n"),
    (Format::Whisper, "[23.3s] In the book of Genesis\n[25.0s] chapter 3\n"),
    (
        Format::Srv1,
        "<?xml version=\"1.0\"?><transcript><text start=\"1.2\" dur=\"3\">Psalm 23 &amp;amp; 24</text></transcript>",
    ),
    (
        Format::Srv2,
        "<timedtext><text t=\"1200\" d=\"3000\">Psalm 23</text><text t=\"4200\" d=\"900\">verse 4</text></timedtext>",
    ),
    (
        Format::Srv3,
        "<timedtext format=\"3\"><body><p t=\"1200\" d=\"3000\"><s>Psalm</s><s t=\"300\"> 23</s></p><p t=\"5000\" a=\"1\">\n</p></body></timedtext>",
    ),
    (
        Format::Ttml,
        "<tt xmlns=\"http://www.w3.org/ns/ttml\"><body><div><p begin=\"00:00:01.000\" end=\"00:00:03.000\">John<br/>3:16</p></div></body></tt>",
    ),
    (
        Format::Json3,
        "{\"events\":[{\"tStartMs\":0,\"dDurationMs\":2000,\"segs\":[{\"utf8\":\"John\"},{\"utf8\":\" 3\",\"tOffsetMs\":400}]}]}",
    ),
    (Format::Snippets, "[{\"text\":\"Acts 2:38\",\"start\":1.5,\"duration\":2.0}]"),
    (Format::Panel, "0:05\nTurn to Luke\n0:09\nchapter 15 verse 11\n0:14\nThe lost son\n"),
    (Format::Panel, "0:05 Turn to Luke\n0:09 chapter 15 verse 11\n0:14 he came to himself\n"),
    (Format::Plain, "We read Luke 15.\n\nVerse 11, a man had two sons.\n"),
];

/// Pieces that are inserted.
const PIECES: &[&str] = &[
    "1",
    "119",
    ":",
    "-",
    "–",
    ",",
    ".",
    " ",
    "\n",
    "\r\n",
    "\0",
    "é",
    "\u{301}",
    "🙂",
    "İ",
    "ſ",
    "’s",
    "[",
    "]",
    "\"",
    "chapter",
    "verse",
    "John",
    "Second",
    "one",
    "hundred",
    "Psalm",
    "99999999999999999999",
    "th",
    "-->",
    "00:00",
    "<",
    ">",
    "&",
    "{",
    "}",
    "\u{feff}",
    "\u{202e}",
];

fn check_text(bytes: &[u8]) -> Option<Format> {
    let text = JoinedText::plain(&String::from_utf8_lossy(bytes));
    let mentions = detect(&text);
    check_mentions(&text, &mentions);
    // Without capitals other rules apply.
    let lower = JoinedText::plain(&text.as_str().to_lowercase());
    check_mentions(&lower, &detect(&lower));
    None
}

/// Checks the spans and passages of mentions.
fn check_mentions(text: &JoinedText, mentions: &[Mention]) {
    let mut end = 0;
    for mention in mentions {
        assert!(end <= mention.span.start && mention.span.start < mention.span.end, "spans are in order");
        assert!(text.as_str().get(mention.span.clone()).is_some(), "spans end between characters");
        let cites = mention.is_reference() || mention.class == Class::Withdrawn;
        assert_eq!(mention.passage.is_some(), cites, "exactly references and withdrawn slips have a passage");
        if let Some(passage) = mention.passage {
            assert_eq!(passage.to_string().parse(), Ok(passage), "passages can be parsed back");
            assert_eq!(passage.english().parse(), Ok(passage), "passages can be parsed back");
        }
        end = mention.span.end;
    }
}

/// Checks that splitting text into cues does not change its mentions.
fn check_cues(bytes: &[u8]) -> Option<Format> {
    let text = JoinedText::plain(&String::from_utf8_lossy(bytes));
    let cue = |words: &[&str]| transcript::Cue {
        start_ms: None,
        duration_ms: None,
        text: words.join(" "),
        words: Vec::new(),
    };
    let words: Vec<&str> = text.as_str().split(' ').collect();
    let cues = words.chunks(bytes.len() % 5 + 1).map(cue).filter(|cue| !cue.text.is_empty()).collect();
    let split =
        Transcript { format: Format::Plain, language: None, cues, chapters: Vec::new(), warnings: Vec::new() }.joined();
    assert_eq!(split.as_str(), text.as_str());
    assert_eq!(detect(&split), detect(&text));
    None
}

fn check_file(bytes: &[u8]) -> Option<Format> {
    let transcript = transcript::read(bytes).ok()?;
    assert!(transcript.cues.iter().all(|cue| !cue.text.is_empty()), "no cue is empty");
    let joined = transcript.joined();
    let analysis = analyze(&transcript).expect("few mentions");
    assert_eq!(analysis.text_length, joined.as_str().chars().count());
    let characters: Vec<char> = joined.as_str().chars().collect();
    for reference in &analysis.references {
        let text: String = characters[reference.start_char..reference.end_char].iter().collect();
        assert_eq!(text, reference.text, "offsets count code points");
    }
    Some(transcript.format)
}

fn check_passage(bytes: &[u8]) -> Option<Format> {
    if let Ok(passage) = String::from_utf8_lossy(bytes).parse::<Passage>() {
        assert_eq!(passage.to_string().parse(), Ok(passage));
    }
    None
}

/// Returns sample text or a sample file.
fn base_input(random: &mut StdRng) -> &'static [u8] {
    if random.random_ratio(1, 3) {
        SPEECH.choose(random).expect("texts").as_bytes()
    } else {
        FILES.choose(random).expect("files").1.as_bytes()
    }
}

/// Returns an input with a few random mutations.
fn mutated_input(random: &mut StdRng) -> Vec<u8> {
    let mut input = base_input(random).to_vec();
    // A few mutations often leave JSON and XML valid; many produce unusual text.
    let most = if random.random() { 2 } else { 12 };
    for _ in 0..random.random_range(1..=most) {
        let at = random.random_range(0..=input.len());
        let end = (at + random.random_range(0..20)).min(input.len());
        match random.random_range(0..6) {
            0 => drop(input.drain(at..end)),
            1 => {
                let copy = input[at..end].to_vec();
                let to = random.random_range(0..=input.len());
                input.splice(to..to, copy);
            }
            2 if at < input.len() => input[at] = random.random(),
            3 => {
                let other = base_input(random);
                let from = random.random_range(0..other.len());
                input.splice(at..at, other[from..].iter().copied());
            }
            _ => {
                let piece = PIECES.choose(random).expect("pieces");
                input.splice(at..at, piece.bytes());
            }
        }
    }
    if random.random_ratio(1, 8) {
        input = to_utf16(&input, random.random());
    }
    input
}

/// Encodes an input in UTF-16 with a byte order mark.
fn to_utf16(input: &[u8], big_endian: bool) -> Vec<u8> {
    let text = String::from_utf8_lossy(input);
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(|unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

#[expect(clippy::disallowed_methods, reason = "the only way to configure a test")]
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[test]
fn every_base_file_is_read_in_its_format() {
    for (format, file) in FILES {
        assert_eq!(transcript::read(file.as_bytes()).map(|transcript| transcript.format), Ok(*format), "{file}");
    }
}

#[test]
fn mutated_inputs_do_not_cause_panics() {
    let (seconds, seed) = (setting("FUZZ_SECONDS", 3), setting("FUZZ_SEED", 1));
    println!("fuzzing for {seconds} s with seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let deadline = Instant::now() + Duration::from_secs(seconds);
    let mut inputs = 0_u64;
    let mut read: BTreeMap<String, u64> = BTreeMap::new();
    while Instant::now() < deadline || inputs < 500 {
        let input = mutated_input(&mut random);
        for (name, target) in TARGETS {
            let outcome = catch_unwind(AssertUnwindSafe(|| target(&input)));
            assert!(outcome.is_ok(), "{name} panicked with seed {seed} on {:?}", String::from_utf8_lossy(&input));
            if let Ok(Some(format)) = outcome {
                *read.entry(format!("{format:?}")).or_default() += 1;
            }
        }
        inputs += 1;
    }
    println!("{inputs} inputs; files that were still readable: {read:?}");
    for (format, _) in FILES {
        assert!(read.contains_key(&format!("{format:?}")), "no mutated file was read as {format:?}: {read:?}");
    }
}
