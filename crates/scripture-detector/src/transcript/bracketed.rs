//! Lines with their times in brackets: Whisper's `[00:00.000 --> 00:05.060]  text`, and `[23.3s] text` or
//! `[00:23.30] text`.
//!
//! Tools put a head before them (`Title: ...`, `FULL TRANSCRIPT:` with the whole text in one line); the lines with
//! times say the same with more, so the head is left out.

use super::{Cue, Format, Transcript, arrows, clock};

/// Reads a file that has such lines.
pub(super) fn read(text: &str) -> Transcript {
    let mut lines: Vec<(u64, Option<u64>, String)> = Vec::new();
    for line in text.lines() {
        match (times(line), lines.last_mut()) {
            (Some((start, duration, text)), _) => lines.push((start, duration, text.to_owned())),
            (None, Some((.., last))) => {
                last.push('\n');
                last.push_str(line);
            }
            (None, None) => {}
        }
    }
    let cues = lines.iter().map(|(start, duration, text)| Cue::timed(*start, *duration, text)).collect();
    Transcript { format: Format::Whisper, language: None, cues, chapters: Vec::new() }
}

/// Start, duration and text of a line that begins with times in brackets.
pub(super) fn times(line: &str) -> Option<(u64, Option<u64>, &str)> {
    let inner = line.trim_start().strip_prefix('[')?;
    if let Some((start, end, rest)) = arrows::times(inner) {
        let text = rest.trim_start().strip_prefix(']')?;
        return Some((start, end.checked_sub(start), text));
    }
    let (start, rest) = clock::leading(inner)?;
    let written = &inner[..inner.len() - rest.len()];
    // A clock without a fraction is one of YouTube's panel.
    let is_exact = written.contains(':') && written.contains('.');
    let rest = rest.strip_prefix('s').or_else(|| is_exact.then_some(rest))?;
    Some((start, None, rest.strip_prefix(']')?))
}
