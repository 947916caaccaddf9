//! A talk as a caption file: SubRip where a person wrote it down, WebVTT where a machine did.

use std::fmt::Write as _;

use super::talk::Talk;

/// How long a speaker breathes after a sentence.
const BREATH_MS: u64 = 350;

/// How many words a caption has at most.
const WORDS: usize = 9;

/// The file.
pub(super) fn file(talk: &Talk) -> Vec<u8> {
    let automatic = talk.style.is_automatic();
    let mut file = String::with_capacity(talk.text.len() * 2);
    if automatic {
        file.push_str("WEBVTT\nKind: captions\nLanguage: en\n\n");
    }
    let word_ms = 60_000 / u64::from(talk.words_per_minute);
    let words: Vec<&str> = talk.text.split(' ').collect();
    let (mut at, mut rest, mut number) = (talk.begins_ms, words.as_slice(), 0);
    while !rest.is_empty() {
        let (cue, behind) = rest.split_at(length(rest));
        let end = at + word_ms * cue.len() as u64;
        number += 1;
        let text = cue.join(" ");
        let written = if automatic {
            writeln!(file, "{} --> {}\n{text}\n", clock(at, '.'), clock(end, '.'))
        } else {
            writeln!(file, "{number}\n{} --> {}\n{text}\n", clock(at, ','), clock(end, ','))
        };
        written.expect("a String takes every write");
        at = if ends_sentence(&text) { end + BREATH_MS } else { end };
        rest = behind;
    }
    file.into_bytes()
}

/// How many words the next caption has: to the end of the sentence, if that is near.
fn length(words: &[&str]) -> usize {
    let most = words.len().min(WORDS);
    words[..most].iter().position(|word| ends_sentence(word)).map_or(most, |last| last + 1)
}

fn ends_sentence(text: &str) -> bool {
    text.ends_with(['.', '?', '!'])
}

/// `00:12:34.567`.
fn clock(ms: u64, point: char) -> String {
    let (seconds, ms) = (ms / 1000, ms % 1000);
    format!("{:02}:{:02}:{:02}{point}{ms:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
