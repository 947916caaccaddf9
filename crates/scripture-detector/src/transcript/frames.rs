//! Lines that start with two numbers in brackets: `MicroDVD`'s `{25}{100}text` in frames, and MPL2's `[15][40]text` in tenths of
//! a second.

use super::{Cue, Format, Transcript, clock, text};

/// The frames per second if the file does not name them: those of films on television in North America.
const DEFAULT_RATE: f64 = 23.976;

/// A line: its two numbers and its text.
type FrameLine<'a> = (u32, u32, &'a str);

/// Returns whether most lines are of this kind.
pub(super) fn is_framed(text: &str) -> bool {
    let mut lines = text::lines(text).filter(|line| !text::is_blank(line));
    if lines.next().is_none_or(|first| parse_line(first).is_none()) {
        return false;
    }
    let (mut framed, mut all) = (1, 1);
    for line in lines {
        all += 1;
        framed += usize::from(parse_line(line).is_some());
    }
    framed > 1 && framed * 10 >= all * 8
}

/// Reads a file with such lines.
pub(super) fn read(text: &str) -> Transcript {
    let is_microdvd = text.trim_start().starts_with('{');
    let mut rate = if is_microdvd { DEFAULT_RATE } else { 10.0 };
    let mut cues = Vec::new();
    for (first, last, words) in text::lines(text).filter_map(parse_line) {
        // The first line of a file may have the frames per second as its text.
        if let (true, 0 | 1, Ok(frames)) = (is_microdvd && cues.is_empty(), last, words.trim().parse::<f64>()) {
            rate = if frames > 0.0 { frames } else { rate };
            continue;
        }
        let time = |frame: u32| clock::from_seconds(f64::from(frame) / rate);
        let Some(start) = time(first) else { continue };
        let duration = time(last).and_then(|end| end.checked_sub(start));
        // A bar is a line break; `{y:i}` and a slash are formatting.
        let lines = words.split('|').map(|line| without_codes(line).trim_start_matches('/'));
        cues.push(Cue::timed(start, duration, &lines.collect::<Vec<_>>().join("\n")));
    }
    Transcript::new(Format::Srt, cues)
}

/// Parses a line.
fn parse_line(line: &str) -> Option<FrameLine<'_>> {
    let line = line.trim_start();
    let (open, close) = match line.as_bytes().first()? {
        b'{' => ('{', '}'),
        b'[' => ('[', ']'),
        _ => return None,
    };
    let number = |text: &'_ str| -> Option<(Option<u32>, usize)> {
        let inner = text.strip_prefix(open)?;
        let end = inner.find(close).filter(|end| *end <= 9)?;
        let digits = &inner[..end];
        let value = if digits.is_empty() { None } else { Some(digits.parse().ok()?) };
        Some((value, end + 2))
    };
    let (first, length) = number(line)?;
    let rest = &line[length..];
    let (last, length) = number(rest)?;
    // The end may be missing: `{100}{}text`.
    let first = first?;
    Some((first, last.unwrap_or(first), &rest[length..]))
}

/// Removes formatting such as `{y:i}` from the start of a line.
fn without_codes(mut line: &str) -> &str {
    while let Some((code, rest)) = line.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
        if !code.contains(':') {
            break;
        }
        line = rest;
    }
    line
}
