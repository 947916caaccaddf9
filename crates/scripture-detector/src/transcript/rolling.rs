//! YouTube's rolling captions: each cue shows the line before once more, above the new one.
//!
//! ```text
//! 00:02.400 --> 00:05.890   [Music]                      an old line
//!                           good<00:02.950><c> morning</c>   a new one, with the times of its words
//! 00:05.890 --> 00:05.900   good morning                 ten milliseconds: the old line moves up
//! ```
//!
//! Lines are compared exactly and only with those of the cue before, so that what is said twice stays twice.

use super::{Cue, arrows::RawCue, automatic, clock, cue::CueBuilder, text};

/// A cue this short only moves lines.
const FLASH_MS: u64 = 50;

/// Whether the file is of this kind: words have times, or a third of the cues are very short.
pub(super) fn is_rolling(cues: &[RawCue<'_>]) -> bool {
    let flashes = cues.iter().filter(|cue| is_flash(cue)).count();
    flashes * 3 >= cues.len().max(1) || cues.iter().any(|cue| cue.lines.iter().any(|line| has_word_times(line)))
}

/// The cues without what they repeat.
pub(super) fn read(raw: &[RawCue<'_>]) -> Vec<Cue> {
    let word_times = raw.iter().any(|cue| cue.lines.iter().any(|line| has_word_times(line)));
    let mut cues: Vec<Cue> = Vec::new();
    let mut shown: Vec<String> = Vec::new();
    let mut after_flash = false;
    for cue in raw {
        let lines: Vec<(&str, String)> = cue.lines.iter().map(|line| (*line, text::clean(line))).collect();
        let visible: Vec<&(&str, String)> = lines.iter().filter(|(_, text)| !text.is_empty()).collect();
        let texts: Vec<&String> = visible.iter().map(|(_, text)| text).collect();
        let repeated = overlap(&shown, &texts, most_old_lines(cue, &lines, visible.len(), after_flash));
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

/// Whether it is too short to be read.
fn is_flash(cue: &RawCue<'_>) -> bool {
    cue.duration().is_some_and(|duration| duration <= FLASH_MS)
}

/// How many of the lines may be old. A cue that can be read has its new line last, below an old line or an empty one.
fn most_old_lines(cue: &RawCue<'_>, lines: &[(&str, String)], visible: usize, after_flash: bool) -> usize {
    let ends_empty = lines.last().is_some_and(|(_, text)| text.is_empty());
    match lines.len() {
        _ if is_flash(cue) || ends_empty => visible,
        1 if !after_flash => visible,
        _ => visible.saturating_sub(1),
    }
}

/// The largest number of lines, at most `most`, that end what was shown and begin what is shown now.
fn overlap(shown: &[String], now: &[&String], most: usize) -> usize {
    let most = most.min(shown.len()).min(now.len());
    (1..=most).rev().find(|&count| shown[shown.len() - count..].iter().eq(now[..count].iter().copied())).unwrap_or(0)
}

/// Whether a line has times such as `<00:00:02.950>` in it.
fn has_word_times(line: &str) -> bool {
    line.match_indices('<').any(|(at, _)| word_time(&line[at..]).is_some())
}

/// The time that a text begins with, and its length.
fn word_time(text: &str) -> Option<(u64, usize)> {
    let inner = &text.strip_prefix('<')?;
    let (time, rest) = clock::leading(inner)?;
    rest.starts_with('>').then(|| (time, text.len() - rest.len() + 1))
}

/// Adds a line, cut at its times.
fn push_line(cue: &mut CueBuilder, line: &str, start: Option<u64>) {
    cue.push(" ", None);
    let (mut time, mut rest) = (start, line);
    let mut from = 0;
    while let Some(at) = rest[from..].find('<').map(|at| from + at) {
        match word_time(&rest[at..]) {
            Some((next, length)) => {
                cue.push(&rest[..at], time);
                (time, rest, from) = (Some(next), &rest[at + length..], 0);
            }
            None => from = at + 1,
        }
    }
    cue.push(rest, time);
}
