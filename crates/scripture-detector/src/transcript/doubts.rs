//! Finds times that were read as text, so that the transcript can carry a warning about them.

use super::{Cue, Transcript, Warning, WarningCode, clock};

/// Adds a warning if the text of the cues contains times.
pub(super) fn add_warnings(transcript: &mut Transcript) {
    let found: Vec<&str> = transcript.cues.iter().filter_map(written_time).collect();
    // A single one is something that was said, or a mistake in one line.
    let is_relevant = found.len() > 2 || found.len() * 4 > transcript.cues.len().max(2);
    if let Some(example) = found.first().filter(|_| is_relevant) {
        let lines = if found.len() == 1 { "1 line looks".to_owned() } else { format!("{} lines look", found.len()) };
        transcript.warnings.push(Warning {
            code: WarningCode::TimesNotUnderstood,
            detail: format!(
                "{lines} like times that could not be read, such as \"{example}\"; they were read as words"
            ),
        });
    }
}

/// Returns the first text in a cue that is written like a time: with hours, with a fraction after a clock, next to an arrow, or
/// a number with a fraction or a unit at the start of a cue without a time.
fn written_time(cue: &Cue) -> Option<&str> {
    /// How much of a cue is searched, in bytes.
    const WINDOW: usize = 400;
    /// The first byte of U+0660, the first digit that is not in ASCII. Bytes that continue a character are lower.
    const FIRST_OF_DIGITS: u8 = 0xd9;
    let bytes = &cue.text.as_bytes()[..cue.text.len().min(WINDOW)];
    let mut from = 0;
    while let Some(found) = bytes[from..].iter().position(|byte| byte.is_ascii_digit() || *byte >= FIRST_OF_DIGITS) {
        let at = from + found;
        from = at + 1;
        let previous = cue.text[..at].chars().next_back().unwrap_or(' ');
        let text = &cue.text[at..];
        let is_digit = text.chars().next().and_then(clock::digit).is_some();
        if !is_digit || previous.is_alphanumeric() || matches!(previous, ':' | '.' | ',') {
            continue;
        }
        if let Some(length) = time_length(text, at == 0 && cue.start_ms.is_none()) {
            return Some(&text[..length]);
        }
    }
    None
}

/// Returns the length of a time at the start of the text.
fn time_length(text: &str, is_line_start: bool) -> Option<usize> {
    if let Some(length) = length_with_units(text) {
        return Some(length);
    }
    let (time, rest) = clock::parse_loose(text)?;
    let length = text.len() - rest.len();
    let written = &text[..length];
    let has_arrow = || {
        rest.trim_start().starts_with(['→', '⇒'])
            || rest.trim_start().starts_with("-->")
            || rest.trim_start().starts_with("->")
            || rest.trim_start().starts_with("=>")
    };
    // Most numbers in a text are verses.
    if !time.is_exact && !is_line_start {
        return has_arrow().then_some(length);
    }
    let colons = written.matches([':', '：']).count();
    let is_exact = time.is_exact && colons > 1 && written.len() >= 6;
    let has_fraction =
        time.is_exact && colons > 0 && written.split([',', '.']).nth(1).is_some_and(|part| part.len() == 3);
    let is_number = is_line_start
        && written.contains('.')
        && written.split('.').nth(1).is_some_and(|part| (1..=6).contains(&part.len()))
        && rest.starts_with([' ', 's', ',', ';', '|']);
    (is_exact || has_fraction || has_arrow() || is_number).then_some(length)
}

/// Returns the length of a time with units, such as `1h02m03s`, `02m 03s` or `2'03"`.
fn length_with_units(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (unit, rest) = (text.as_bytes().get(digits)?.to_ascii_lowercase(), &text[digits..]);
    if !(1..=2).contains(&digits) || !matches!(unit, b'h' | b'm' | b'\'') {
        return None;
    }
    let rest = rest[1..].trim_start_matches(' ');
    let more = rest.bytes().take_while(u8::is_ascii_digit).count();
    let has_end = unit == b'h' || rest.as_bytes().get(more).is_some_and(|end| matches!(end, b's' | b'S' | b'"'));
    ((1..=2).contains(&more) && has_end).then(|| text.find(' ').unwrap_or(text.len()))
}
