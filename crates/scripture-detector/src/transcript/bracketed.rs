//! Lines that start with times in brackets: Whisper's `[00:00.000 --> 00:05.060]  text`, `[23.3s] text`,
//! `[00:00:07 - 00:00:10] text`, `(12.5s) text`, and LRC's `[00:23.30]text`. Also lines that start with an exact time without
//! brackets, `00:00:23.300 text`.
//!
//! Some tools write a header before them (`Title: ...`, or `FULL TRANSCRIPT:` with the whole text on one line). It adds
//! nothing to the timed lines, so it is dropped.

use std::borrow::Cow;

use super::{Cue, Format, Transcript, arrows, clock, cue::CueBuilder, rolling, text};

/// The times at the start of a line, and the text after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimedLine<'a> {
    pub(super) start: u64,
    pub(super) duration: Option<u64>,
    pub(super) text: &'a str,
    /// Whether the times cannot be verses.
    pub(super) is_certain: bool,
}

/// Reads a file of lines that start with times.
pub(super) fn read(text: &str) -> Transcript {
    let mut lines: Vec<(u64, Option<u64>, Cow<'_, str>)> = Vec::new();
    let offset = text::lines(text).find_map(lrc_offset).unwrap_or(0);
    let shifted = |start: u64| start.saturating_add_signed(-offset);
    for line in text::lines(text) {
        match (parse_timed_line(line), lines.last_mut()) {
            (Some(timed), _) => {
                let first = lines.len();
                lines.push((shifted(timed.start), timed.duration, Cow::Borrowed(timed.text)));
                // LRC lists all times of a repeated line before its text.
                let mut words = timed.text;
                while let Some(next) =
                    parse_timed_line(words).filter(|next| timed.duration.is_none() && next.is_certain)
                {
                    lines.push((shifted(next.start), next.duration, Cow::Borrowed("")));
                    words = next.text;
                }
                for (.., text) in &mut lines[first..] {
                    *text = Cow::Borrowed(words);
                }
            }
            (None, Some((.., last))) if !is_lrc_tag(line) => {
                last.to_mut().push('\n');
                last.to_mut().push_str(line);
            }
            _ => {}
        }
    }
    let cues = lines.iter().map(|(start, duration, text)| cue(*start, *duration, text)).collect();
    Transcript::new(Format::Whisper, cues)
}

/// Reads a line. Enhanced LRC has the time of each word in angle brackets: `<00:08.00>Hosea`.
fn cue(start: u64, duration: Option<u64>, text: &str) -> Cue {
    if !rolling::has_word_times(text) {
        return Cue::timed(start, duration, text);
    }
    let mut builder = CueBuilder::default();
    rolling::push_line(&mut builder, text, Some(start));
    builder.finish(start, duration)
}

/// Parses a line that starts with times.
pub(super) fn parse_timed_line(line: &str) -> Option<TimedLine<'_>> {
    let line = line.trim_start();
    let close = match line.as_bytes().first()? {
        b'[' => ']',
        b'(' => ')',
        b'0'..=b'9' => return parse_bare_line(line),
        _ => return None,
    };
    let (start, rest) = parse_time(line[1..].trim_start())?;
    if let Some(text) = rest.strip_prefix(close) {
        // Times without a fraction are from YouTube's transcript panel.
        return start.is_certain.then_some(TimedLine { start: start.ms, duration: None, text, is_certain: true });
    }
    let (is_certain, rest) = parse_range_sign(rest)?;
    let (end, rest) = parse_time(rest)?;
    let text = rest.trim_start().strip_prefix(close)?;
    let is_clock = |time: Time| time.is_certain || time.has_colon;
    (is_certain || (is_clock(start) && is_clock(end))).then_some(TimedLine {
        start: start.ms,
        duration: end.ms.checked_sub(start.ms),
        text,
        is_certain: is_certain || start.is_certain,
    })
}

/// A time, and how it is written.
#[derive(Debug, Clone, Copy)]
struct Time {
    ms: u64,
    has_colon: bool,
    /// Whether it has a unit, or a fraction after a clock.
    is_certain: bool,
}

/// Parses a time with or without the unit of seconds.
fn parse_time(text: &str) -> Option<(Time, &str)> {
    let (ms, rest) = match clock::parse_prefix(text) {
        Some((ms, rest)) if !rest.starts_with([':', ',', '.']) => (ms, rest),
        _ => clock::parse_loose(text).map(|(time, rest)| (time.ms, rest))?,
    };
    let written = &text[..text.len() - rest.len()];
    let has_colon = written.contains(':');
    let after_unit = ["seconds", "secs", "sec", "s"].iter().find_map(|unit| rest.trim_start().strip_prefix(unit));
    let is_certain = after_unit.is_some() || (has_colon && written.contains(['.', ',']));
    Some((Time { ms, has_colon, is_certain }, after_unit.unwrap_or(rest)))
}

/// Parses what is between two times. Returns whether it only occurs between times, and the rest.
fn parse_range_sign(text: &str) -> Option<(bool, &str)> {
    let trimmed = text.trim_start();
    arrows::parse_broken_arrow(trimmed).or_else(|| {
        let rest = [",", "to ", "until ", "..", "/", "|", ";"].iter().find_map(|sign| trimmed.strip_prefix(sign))?;
        Some((false, rest.trim_start_matches('.').trim_start()))
    })
}

/// Parses a line such as `00:00:23.300 text` or `00:23,30: text`.
fn parse_bare_line(line: &str) -> Option<TimedLine<'_>> {
    let (start, rest) = parse_time(line).filter(|(time, _)| time.is_certain && time.has_colon)?;
    let text = rest.strip_prefix(':').unwrap_or(rest);
    let text = text.strip_prefix(char::is_whitespace)?;
    let is_range = arrows::parse_broken_arrow(text).is_some_and(|(has_head, _)| has_head);
    (!is_range).then_some(TimedLine { start: start.ms, duration: None, text, is_certain: true })
}

/// Returns whether a line is an LRC tag such as `[ar:Pastor Mark]`.
fn is_lrc_tag(line: &str) -> bool {
    let inner = line.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.and_then(|inner| inner.split_once(':')).is_some_and(|(name, _)| {
        !name.is_empty() && name.len() <= 10 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'#')
    })
}

/// Returns the milliseconds by which LRC captions are shown earlier: `[offset:+500]`.
fn lrc_offset(line: &str) -> Option<i64> {
    let value = line.trim().strip_prefix("[offset:")?.strip_suffix(']')?.trim();
    value.trim_start_matches('+').parse::<i64>().ok().filter(|offset| offset.abs() < 3_600_000)
}
