//! Plain text without times.

use super::{Cue, Format, Transcript, text};

/// Lines longer than this many bytes are split into cues, so that every cue is short enough to display.
const MAX_CUE_BYTES: usize = 160;

/// Prefixes of the header lines that tools write before the text.
const HEADER: [&str; 6] = ["title:", "video id:", "url:", "channel:", "date:", "full transcript:"];

/// Reads text. Every line becomes a cue, and long lines are split, preferably between sentences.
pub(super) fn read(text: &str) -> Transcript {
    let mut lines = text.lines().skip_while(|line| line.trim().is_empty()).peekable();
    if lines.peek().is_some_and(|first| first.starts_with("Title:")) {
        while lines.next_if(|line| is_header(line)).is_some() {}
    }
    let cues = lines.filter(|line| !is_rule(line)).flat_map(|line| split_line(&text::clean(line))).collect();
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
fn split_line(line: &str) -> Vec<Cue> {
    let mut cues = Vec::new();
    let mut piece = String::new();
    for word in line.split(' ').filter(|word| !word.is_empty()) {
        let is_full = piece.len() + word.len() > MAX_CUE_BYTES;
        let ends_sentence = piece.len() > MAX_CUE_BYTES / 2 && piece.ends_with(['.', '?', '!']);
        if (is_full || ends_sentence) && !piece.is_empty() {
            cues.push(untimed(std::mem::take(&mut piece)));
        }
        if !piece.is_empty() {
            piece.push(' ');
        }
        piece.push_str(word);
    }
    cues.push(untimed(piece));
    cues
}

/// Creates a cue without times.
fn untimed(text: String) -> Cue {
    Cue { start_ms: None, duration_ms: None, text, words: Vec::new() }
}
