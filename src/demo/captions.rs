//! Writes a talk as a caption file: SubRip for manual captions, WebVTT for automatic captions.

use std::fmt::Write as _;

use super::talk::Talk;

/// Pause after a sentence.
const PAUSE_MS: u64 = 350;

/// Maximum number of words in a caption.
const MAX_WORDS: usize = 9;

/// Returns the caption file of a talk.
pub(super) fn file(talk: &Talk) -> Vec<u8> {
    let automatic = talk.style.is_automatic();
    let mut file = String::with_capacity(talk.text.len() * 2);
    if automatic {
        file.push_str("WEBVTT\nKind: captions\nLanguage: en\n\n");
    }
    let word_ms = 60_000 / u64::from(talk.words_per_minute);
    let words: Vec<&str> = talk.text.split(' ').collect();
    let (mut at, mut rest, mut number) = (talk.start_ms, words.as_slice(), 0);
    while !rest.is_empty() {
        let (cue, after) = rest.split_at(next_cue_length(rest));
        let end = at + word_ms * cue.len() as u64;
        number += 1;
        let text = cue.join(" ");
        let written = if automatic {
            writeln!(file, "{} --> {}\n{text}\n", clock(at, '.'), clock(end, '.'))
        } else {
            writeln!(file, "{number}\n{} --> {}\n{text}\n", clock(at, ','), clock(end, ','))
        };
        written.expect("writing to a String cannot fail");
        at = if ends_sentence(&text) { end + PAUSE_MS } else { end };
        rest = after;
    }
    file.into_bytes()
}

/// Returns the number of words in the next caption. A caption never extends past the end of a sentence.
fn next_cue_length(words: &[&str]) -> usize {
    let max = words.len().min(MAX_WORDS);
    words[..max].iter().position(|word| ends_sentence(word)).map_or(max, |last| last + 1)
}

fn ends_sentence(text: &str) -> bool {
    text.ends_with(['.', '?', '!'])
}

/// Formats a time, such as `00:12:34.567`.
fn clock(ms: u64, point: char) -> String {
    let (seconds, ms) = (ms / 1000, ms % 1000);
    format!("{:02}:{:02}:{:02}{point}{ms:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
