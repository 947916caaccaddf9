//! YouTube's rolling captions, in which each cue repeats the previous line above the new one.
//!
//! ```text
//! 00:02.400 --> 00:05.890   [Music]                          an old line
//!                           good<00:02.950><c> morning</c>   a new line with word times
//! 00:05.890 --> 00:05.900   good morning                     for 10 ms: the line moves up
//! ```
//!
//! Lines are compared exactly, and only with the previous cue, so that repeated words are kept.

use super::{Cue, arrows::RawCue, automatic, clock, cue::CueBuilder, text};

/// Cues of at most this duration only move lines.
const FLASH_MS: u64 = 50;

/// Returns whether captions are rolling: words have times, or at least a third of the cues are very short.
pub(super) fn is_rolling(cues: &[RawCue<'_>]) -> bool {
    let flashes = cues.iter().filter(|cue| is_flash(cue)).count();
    flashes * 3 >= cues.len().max(1) || cues.iter().any(|cue| cue.lines.iter().any(|line| has_word_times(line)))
}

/// Removes repeated lines.
pub(super) fn read(raw: &[RawCue<'_>]) -> Vec<Cue> {
    let word_times = raw.iter().any(|cue| cue.lines.iter().any(|line| has_word_times(line)));
    let mut cues: Vec<Cue> = Vec::new();
    let mut shown: Vec<String> = Vec::new();
    let mut after_flash = false;
    for cue in raw {
        let lines: Vec<(&str, String)> = cue.lines.iter().map(|line| (*line, text::clean(line))).collect();
        let visible: Vec<&(&str, String)> = lines.iter().filter(|(_, text)| !text.is_empty()).collect();
        let texts: Vec<&String> = visible.iter().map(|(_, text)| text).collect();
        let repeated = overlap(&shown, &texts, max_repeated_lines(cue, &lines, visible.len(), after_flash));
        if repeated < visible.len() {
            let mut builder = CueBuilder::default();
            for (line, _) in &visible[repeated..] {
                push_line(&mut builder, line, word_times.then_some(cue.start));
            }
            cues.push(builder.finish(cue.start, cue.duration()));
        } else if let Some(last) = cues.last_mut().filter(|_| repeated > 0) {
            last.duration_ms = last.start_ms.and_then(|start| cue.end.checked_sub(start)).max(last.duration_ms);
        }
        shown = visible.into_iter().map(|(_, text)| text.clone()).collect();
        after_flash = is_flash(cue);
    }
    automatic::end_at_next_start(&mut cues);
    cues
}

/// Returns whether a cue is too short to be read.
fn is_flash(cue: &RawCue<'_>) -> bool {
    cue.duration().is_some_and(|duration| duration <= FLASH_MS)
}

/// Returns how many visible lines may be repeated. The last line of a readable cue with several lines is new.
fn max_repeated_lines(cue: &RawCue<'_>, lines: &[(&str, String)], visible: usize, after_flash: bool) -> usize {
    let ends_empty = lines.last().is_some_and(|(_, text)| text.is_empty());
    match lines.len() {
        _ if is_flash(cue) || ends_empty => visible,
        1 if !after_flash => visible,
        _ => visible.saturating_sub(1),
    }
}

/// Returns the largest number of lines, at most `limit`, at the end of `shown` that are also at the start of `now`.
fn overlap(shown: &[String], now: &[&String], limit: usize) -> usize {
    let limit = limit.min(shown.len()).min(now.len());
    (1..=limit).rev().find(|&count| shown[shown.len() - count..].iter().eq(now[..count].iter().copied())).unwrap_or(0)
}

/// Returns whether a line has word times such as `<00:00:02.950>`.
pub(super) fn has_word_times(line: &str) -> bool {
    line.match_indices('<').any(|(at, _)| parse_word_time(&line[at..]).is_some())
}

/// Parses a word time at the start of the text and returns it with its length.
fn parse_word_time(text: &str) -> Option<(u64, usize)> {
    let inner = &text.strip_prefix('<')?;
    let (time, rest) = clock::parse_prefix(inner)?;
    rest.starts_with('>').then(|| (time, text.len() - rest.len() + 1))
}

/// Appends a line, split at its word times.
pub(super) fn push_line(cue: &mut CueBuilder, line: &str, start: Option<u64>) {
    cue.push(" ", None);
    let (mut time, mut rest) = (start, line);
    let mut from = 0;
    while let Some(at) = rest[from..].find('<').map(|at| from + at) {
        match parse_word_time(&rest[at..]) {
            Some((next, length)) => {
                cue.push(&rest[..at], time);
                (time, rest, from) = (Some(next), &rest[at + length..], 0);
            }
            None => from = at + 1,
        }
    }
    cue.push(rest, time);
}
