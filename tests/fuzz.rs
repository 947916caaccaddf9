//! Texts and files that nobody would write, made from seeds by random changes; nothing may panic.
//!
//! A few seconds with every run of the tests. For longer: `FUZZ_SECONDS=600 FUZZ_SEED=7 cargo test --release --test
//! fuzz -- --nocapture`. The seed is printed, and the same seed makes the same inputs; an input that fails is
//! printed too. A new target is one line in [`TARGETS`].

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use mannameter::{
    analysis::analyse,
    scripture::detect,
    transcript::{self, JoinedText},
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

/// Takes an input, and panics if something is wrong with what becomes of it.
type Target = fn(&[u8]);

/// What is fed.
const TARGETS: &[(&str, Target)] = &[("detector", read_text), ("transcript", read_file)];

/// What the changes start from.
const SEEDS: &[&str] = &[
    "Turn to Romans chapter 8 verse 28, and then First and Second Samuel. Verse 30, 31 and 35.",
    "psalm one nineteen verse one oh five [Music] >> john 316 sorry 317 the 23rd psalm",
    "1 Cor. 13:4-7; 15:1; James 5:116, Isaiah 52 verse 13 through chapter 53 verse 12",
    "Pastor John said in Mark’s gospel “Luke 2:7” — at 7:30 p.m. Daniel 2 and 7, Jude 3",
    "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\nTurn to <c>Romans</c> 8\n\n00:00:04.000 --> 00:00:06.000\nverse 28\n",
    "1\n00:00:01,000 --> 00:00:04,000\nIn Genesis 1:1\n\n2\n00:00:04,000 --> 00:00:06,000\nand 1:2\n",
    "[0.00 --> 5.24]  In the book of Genesis\n[5.24 --> 9.00]  chapter 3\n",
    "<?xml version=\"1.0\"?><transcript><text start=\"1.2\" dur=\"3\">Psalm 23 &amp;amp; 24</text></transcript>",
    "{\"events\":[{\"tStartMs\":0,\"dDurationMs\":2000,\"segs\":[{\"utf8\":\"John\"},{\"utf8\":\" 3\",\"tOffsetMs\":400}]}]}",
    "[{\"text\":\"Acts 2:38\",\"start\":1.5,\"duration\":2.0}]",
    "0:05\nTurn to Luke\n0:09\nchapter 15 verse 11\n",
];

/// What is put in.
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

fn read_text(bytes: &[u8]) {
    let text = JoinedText::plain(&String::from_utf8_lossy(bytes));
    let mut end = 0;
    for mention in detect(&text) {
        assert!(end <= mention.span.start && mention.span.start < mention.span.end, "spans stand in order");
        assert!(text.as_str().get(mention.span.clone()).is_some(), "spans end between characters");
        end = mention.span.end;
    }
}

fn read_file(bytes: &[u8]) {
    if let Ok(transcript) = transcript::read(bytes) {
        assert!(transcript.cues.iter().all(|cue| !cue.text.is_empty()), "no cue is empty");
        let analysis = analyse(&transcript).expect("few mentions");
        assert_eq!(analysis.transcript_length, transcript.joined().as_str().chars().count() as u64);
    }
}

/// Changes an input a few times.
fn changed(random: &mut StdRng) -> Vec<u8> {
    let mut input = SEEDS.choose(random).expect("there are seeds").as_bytes().to_vec();
    for _ in 0..random.random_range(1..12) {
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
                let other = SEEDS.choose(random).expect("there are seeds").as_bytes();
                let from = random.random_range(0..other.len());
                input.splice(at..at, other[from..].iter().copied());
            }
            _ => {
                let piece = PIECES.choose(random).expect("there are pieces");
                input.splice(at..at, piece.bytes());
            }
        }
    }
    input
}

#[expect(clippy::disallowed_methods, reason = "a test has no configuration but its environment")]
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[test]
fn no_input_makes_the_readers_panic() {
    let (seconds, seed) = (setting("FUZZ_SECONDS", 2), setting("FUZZ_SEED", 1));
    let mut random = StdRng::seed_from_u64(seed);
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut inputs = 0_u64;
    while Instant::now() < until {
        let input = changed(&mut random);
        for (name, target) in TARGETS {
            let outcome = catch_unwind(AssertUnwindSafe(|| target(&input)));
            assert!(outcome.is_ok(), "{name} fails with seed {seed} on {:?}", String::from_utf8_lossy(&input));
        }
        inputs += 1;
    }
    println!("{inputs} inputs in {seconds} s with seed {seed}");
    assert!(inputs > 0);
}
