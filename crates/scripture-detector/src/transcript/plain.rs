//! Plain text without times.

use memchr::memchr_iter;

use super::{Cue, Format, Transcript, text};

/// Lines longer than this many bytes are split into cues, so that every cue is short enough to display.
const MAX_CUE_BYTES: usize = 160;

/// Prefixes of the header lines that tools write before the text.
const HEADER: [&str; 6] = ["title:", "video id:", "url:", "channel:", "date:", "full transcript:"];

/// Reads text. Every line becomes a cue, and long lines are split, preferably between sentences.
pub(super) fn read(text: &str) -> Transcript {
    let mut lines = text::lines(text).skip_while(|line| text::is_blank(line)).peekable();
    if lines.peek().is_some_and(|first| first.starts_with("Title:")) {
        while lines.next_if(|line| is_header(line)).is_some() {}
    }
    let cues = lines.filter(|line| !is_rule(line)).flat_map(|line| split_line(text::clean(line))).collect();
    Transcript::new(Format::Plain, cues)
}

/// Returns whether a line belongs to the header of a tool's file.
fn is_header(line: &str) -> bool {
    let line = line.trim().to_lowercase();
    line.is_empty() || is_rule(&line) || HEADER.iter().any(|start| line.starts_with(start))
}

/// Returns whether a line is a horizontal rule.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 4 && (line.bytes().all(|byte| byte == b'-') || line.bytes().all(|byte| byte == b'='))
}

/// Splits a line with collapsed whitespace into cues. Joining them with spaces reproduces the line.
fn split_line(line: String) -> Vec<Cue> {
    if line.len() <= MAX_CUE_BYTES / 2 {
        return vec![untimed(line)];
    }
    let mut cues = Vec::new();
    // The current piece starts here and ends before the current word.
    let mut start = 0;
    let mut word_start = 0;
    for word_end in memchr_iter(b' ', line.as_bytes()).chain([line.len()]) {
        let piece = line[start..word_start].trim_end();
        let is_full = piece.len() + word_end - word_start > MAX_CUE_BYTES;
        let ends_sentence = piece.len() > MAX_CUE_BYTES / 2 && piece.ends_with(['.', '?', '!']);
        if (is_full || ends_sentence) && !piece.is_empty() {
            cues.push(untimed(piece.to_owned()));
            start = word_start;
        }
        word_start = word_end + 1;
    }
    cues.push(untimed(line[start..].to_owned()));
    cues
}

/// Creates a cue without times.
fn untimed(text: String) -> Cue {
    Cue { start_ms: None, duration_ms: None, text, words: Vec::new() }
}
