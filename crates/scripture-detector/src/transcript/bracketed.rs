//! Lines that start with times in brackets: Whisper's `[00:00.000 --> 00:05.060]  text`, `[23.3s] text`, and
//! `[00:23.30] text`.
//!
//! Some tools write a header before them (`Title: ...`, or `FULL TRANSCRIPT:` with the whole text in one line). It adds
//! nothing to the timed lines, so it is dropped.

use super::{Cue, Format, Transcript, arrows, clock};

/// Reads a file with such lines.
pub(super) fn read(text: &str) -> Transcript {
    let mut lines: Vec<(u64, Option<u64>, String)> = Vec::new();
    for line in text.lines() {
        match (parse_timed_line(line), lines.last_mut()) {
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

/// Parses a line that starts with times in brackets into start, duration and text.
pub(super) fn parse_timed_line(line: &str) -> Option<(u64, Option<u64>, &str)> {
    let inner = line.trim_start().strip_prefix('[')?;
    if let Some((start, end, rest)) = arrows::parse_timing(inner) {
        let text = rest.trim_start().strip_prefix(']')?;
        return Some((start, end.checked_sub(start), text));
    }
    let (start, rest) = clock::parse_prefix(inner)?;
    let written = &inner[..inner.len() - rest.len()];
    // Times without a fraction are from YouTube's transcript panel.
    let is_exact = written.contains(':') && written.contains('.');
    let rest = rest.strip_prefix('s').or_else(|| is_exact.then_some(rest))?;
    Some((start, None, rest.strip_prefix(']')?))
}
