//! YouTube's rolling captions, in which each cue repeats the previous line above the new one.
//!
//! ```text
//! 00:02.400 --> 00:05.890   [Music]                          an old line
//!                           good<00:02.950><c> morning</c>   a new line with word times
//! 00:05.890 --> 00:05.900   good morning                     for 10 ms: the line moves up
//! ```
//!
//! Lines are compared exactly, and only with the previous cue, so that repeated words are kept.

use memchr::{memchr, memchr_iter};

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
        let mut lines: Vec<(&str, String)> = cue.lines.iter().map(|line| (*line, text::clean(line))).collect();
        let (count, ends_empty) = (lines.len(), lines.last().is_some_and(|(_, text)| text.is_empty()));
        lines.retain(|(_, text)| !text.is_empty());
        let limit = match count {
            _ if is_flash(cue) || ends_empty => lines.len(),
            1 if !after_flash => lines.len(),
            // The last line of a readable cue with several lines is new.
            _ => lines.len().saturating_sub(1),
        };
        let repeated = overlap(&shown, &lines, limit);
        if repeated < lines.len() {
            let mut builder = CueBuilder::default();
            for (line, _) in &lines[repeated..] {
                push_line(&mut builder, line, word_times.then_some(cue.start));
            }
            cues.push(builder.finish(cue.start, cue.duration()));
        } else if let Some(last) = cues.last_mut().filter(|_| repeated > 0) {
            last.duration_ms = last.start_ms.and_then(|start| cue.end.checked_sub(start)).max(last.duration_ms);
        }
        shown.clear();
        shown.extend(lines.into_iter().map(|(_, text)| text));
        after_flash = is_flash(cue);
    }
    automatic::end_at_next_start(&mut cues);
    cues
}

/// Returns whether a cue is too short to be read.
fn is_flash(cue: &RawCue<'_>) -> bool {
    cue.duration().is_some_and(|duration| duration <= FLASH_MS)
}

/// Returns the largest number of lines, at most `limit`, at the end of `shown` that are also at the start of `now`.
fn overlap(shown: &[String], now: &[(&str, String)], limit: usize) -> usize {
    let limit = limit.min(shown.len()).min(now.len());
    let is_repeated = |count: usize| shown[shown.len() - count..].iter().eq(now[..count].iter().map(|(_, text)| text));
    (1..=limit).rev().find(|&count| is_repeated(count)).unwrap_or(0)
}

/// Returns whether a line has word times such as `<00:00:02.950>`.
pub(super) fn has_word_times(line: &str) -> bool {
    memchr_iter(b'<', line.as_bytes()).any(|at| parse_word_time(&line[at..]).is_some())
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
    while let Some(at) = memchr(b'<', &rest.as_bytes()[from..]).map(|at| from + at) {
        match parse_word_time(&rest[at..]) {
            Some((next, length)) => {
                cue.push(without_class(&rest[..at]), time);
                (time, rest, from) = (Some(next), &rest[at + length..], 0);
            }
            None => from = at + 1,
        }
    }
    cue.push(without_class(rest), time);
}

/// Removes the tags that YouTube writes around each word: `<c> morning</c>`.
fn without_class(piece: &str) -> &str {
    let inner = piece.strip_prefix("<c>").unwrap_or(piece);
    inner.strip_suffix("</c>").unwrap_or(inner)
}
