//! Text without times.

use super::{Cue, Format, Transcript, text};

/// A line longer than this is cut into cues, so that "the cue that holds a reference" stays short enough to show.
const LONG_LINE: usize = 160;

/// Lines that tools put before the words.
const HEAD: [&str; 6] = ["title:", "video id:", "url:", "channel:", "date:", "full transcript:"];

/// Reads any text: a cue is a line, or about a sentence of a long line.
pub(super) fn read(text: &str) -> Transcript {
    let mut lines = text.lines().skip_while(|line| line.trim().is_empty()).peekable();
    if lines.peek().is_some_and(|first| first.starts_with("Title:")) {
        while lines.next_if(|line| is_head(line)).is_some() {}
    }
    let cues = lines.filter(|line| !is_rule(line)).flat_map(|line| pieces(&text::clean(line))).collect();
    Transcript { format: Format::Plain, language: None, cues, chapters: Vec::new() }
}

/// Whether a line belongs to the head of a tool's file.
fn is_head(line: &str) -> bool {
    let line = line.trim().to_lowercase();
    line.is_empty() || is_rule(&line) || HEAD.iter().any(|head| line.starts_with(head))
}

/// Whether a line is only drawn.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 4 && (line.bytes().all(|byte| byte == b'-') || line.bytes().all(|byte| byte == b'='))
}

/// The cues of a line whose white space is folded; joined by one space they give the line again.
fn pieces(line: &str) -> Vec<Cue> {
    let mut cues = Vec::new();
    let mut piece = String::new();
    for word in line.split(' ').filter(|word| !word.is_empty()) {
        let is_full = piece.len() + word.len() > LONG_LINE;
        let ends_sentence = piece.len() > LONG_LINE / 2 && piece.ends_with(['.', '?', '!']);
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

/// A cue without a time.
fn untimed(text: String) -> Cue {
    Cue { start_ms: None, duration_ms: None, text, words: Vec::new() }
}
