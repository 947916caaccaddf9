//! Speed of the detector in bytes of text per second, on one core.
//!
//! The cost has two parts: one automaton step per byte (about a nanosecond), and a few microseconds for each name,
//! verse or chapter, which occur every few hundred bytes. The benchmark without mentions measures only the first
//! part; the one with only references measures mostly the second.
//!
//! Run it with `cargo bench -p scripture-detector --bench detector`.

use std::{fs, path::Path};

use divan::{Bencher, black_box, counter::BytesCount};
use scripture_detector::{
    analyze, detect,
    transcript::{Cue, Format, JoinedText, Transcript},
};

/// The length of about 27 sermons.
const LONG: usize = 1_000_000;

/// The length of 45 minutes of speech at 150 words per minute.
const SERMON_LENGTH: usize = 37_000;

/// Short enough that the detector does not reach its limit on mentions.
const SHORT: usize = 200_000;

const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/scripture/sermons");

const STORY: &str = "There was a farmer in the valley where I grew up, and every spring he walked along his fence with a \
    hammer in his hand. He said that a fence is like a promise: you do not notice it until it is broken. ";

const SERMON: &str = "Open your Bibles to Nehemiah chapter 4. There was a farmer in the valley where I grew up, and every \
    spring he walked along his fence with a hammer in his hand. Look at verse 9, they prayed and they set a guard. My \
    brother John said that a good job takes time, and he left his mark. You remember what James says about that, in \
    James 1:22. Be doers of the word and not hearers only. We are not there yet, but we are on the way, and when the \
    wall is low you can still see the enemy on the other side of it. One winter the snow lay so deep that nobody could \
    see the fence at all, and the neighbors laughed at him because he was out there every morning with a shovel, \
    looking for the posts. What are you doing, they asked, there is nothing to keep in and nothing to keep out. And he \
    said, the snow will melt. That is all he ever said about it. I have thought of him many times since then, because \
    most of what we do for one another is like that: nobody sees it, nobody asks for it, and one day the snow melts and \
    the fence is there. So let me ask you this morning, what are you saving up that nobody sees? ";

const REFERENCES: &str = "Romans 8:28. First Corinthians chapter 13 verses 4 through 7. Verse 8. Psalm 119:105. ";

fn main() {
    divan::main();
}

fn repeated(sentences: &str, bytes: usize) -> JoinedText {
    JoinedText::plain(&sentences.repeat((bytes / sentences.len()).max(1)))
}

/// Returns the labeled sermons next to the repository, or our own text if there are none, repeated.
fn real_text() -> JoinedText {
    let texts = fs::read_dir(Path::new(SHARED)).into_iter().flatten().filter_map(|entry| {
        let path = entry.ok()?.path();
        let is_text = path.to_string_lossy().ends_with(".txt") && !path.to_string_lossy().contains(".captions");
        is_text.then(|| fs::read_to_string(path).ok()).flatten()
    });
    let all: String = texts.collect::<Vec<_>>().join(" ");
    repeated(if all.is_empty() { SERMON } else { &all }, LONG)
}

/// Splits the start of the text into captions of three seconds each.
fn captions(text: &JoinedText, bytes: usize) -> Transcript {
    let words: Vec<&str> = text.as_str().split(' ').take(bytes / 5).collect();
    let cue = |(index, words): (usize, &[&str])| Cue {
        start_ms: Some(index as u64 * 3000),
        duration_ms: Some(3000),
        text: words.join(" "),
        words: Vec::new(),
    };
    let cues = words.chunks(8).enumerate().map(cue).collect();
    Transcript { format: Format::Srt, language: None, cues, chapters: Vec::new(), warnings: Vec::new() }
}

#[divan::bench(sample_count = 100, sample_size = 1)]
fn analysis_of_45_minutes(bencher: Bencher<'_, '_>) {
    let transcript = captions(&real_text(), SERMON_LENGTH);
    bencher.bench(|| analyze(black_box(&transcript)));
}

fn bench(bencher: Bencher<'_, '_>, text: &JoinedText) {
    bencher.counter(BytesCount::of_str(text.as_str())).bench(|| detect(black_box(text)));
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn real_sermons(bencher: Bencher<'_, '_>) {
    bench(bencher, &real_text());
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn a_sermon(bencher: Bencher<'_, '_>) {
    bench(bencher, &repeated(SERMON, LONG));
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn a_story_without_mentions(bencher: Bencher<'_, '_>) {
    bench(bencher, &repeated(STORY, LONG));
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn only_references(bencher: Bencher<'_, '_>) {
    bench(bencher, &repeated(REFERENCES, SHORT));
}
