//! Transcripts with times in Markdown, and other lines whose times need rewriting before they can be recognized:
//! `- [0:07] text`, `**0:07** text`, `[0:07](https://...) text`, `0:07text`, `0:07: text`, `0:07 - 0:10 text`, `7 secondstext`,
//! `1m07s text`.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr3};

use super::{arrows, clock, text};

/// Maximum number of lines before the first range.
const MAX_HEADER_LINES: usize = 12;

/// A line with a time: its start and end in milliseconds, and its words.
struct TimedLine {
    start: u64,
    end: Option<u64>,
    words: String,
}

/// Returns the text with each line rewritten to start with its time, or `None` if most lines have no such time.
pub(super) fn with_leading_times(text: &str) -> Option<String> {
    let lines: Vec<&str> = text::lines(text).filter(|line| !text::is_blank(line)).collect();
    let rewritten: Vec<Option<TimedLine>> = lines.iter().map(|line| parse(line)).collect();
    let starts: Vec<u64> = rewritten.iter().flatten().map(|line| line.start).collect();
    let backward = starts.windows(2).filter(|pair| pair[1] < pair[0]).count();
    let counts = starts.len() > 1 && starts.len() * 3 >= lines.len() && backward * 10 <= starts.len();
    // Verses may count up by one; times hardly do.
    let is_verses = starts.first() != Some(&0) && starts.windows(2).all(|pair| pair[1] <= pair[0] + 1000);
    if !counts || is_verses {
        return None;
    }
    let clock = |time: u64| {
        let seconds = time / 1000;
        format!("{:02}:{:02}:{:02}.{:03}", seconds / 3600, seconds / 60 % 60, seconds % 60, time % 1000)
    };
    let text = lines.iter().zip(rewritten).map(|(line, rewritten)| match rewritten {
        Some(TimedLine { start, end: Some(end), words }) => format!("[{} --> {}] {words}\n", clock(start), clock(end)),
        Some(TimedLine { start, words, .. }) => format!("[{}] {words}\n", clock(start)),
        None => format!("{}\n", without_markup(line)),
    });
    Some(text.collect())
}

/// Rewrites text in which most lines start with two times and a dash, `0:07 - 0:10 text`, of which some could be verses.
pub(super) fn with_ranges(text: &str) -> Option<String> {
    let lines = || text::lines(text).filter(|line| !text::is_blank(line));
    let is_range = |line: &&str| parse(line).is_some_and(|line| line.end.is_some_and(|end| end >= line.start));
    if !lines().take(MAX_HEADER_LINES).any(|line| is_range(&line)) {
        return None;
    }
    let ranges = || lines().filter(is_range);
    let is_ambiguous = |line: &str| arrows::parse_timing(line).is_none();
    let is_relevant = ranges().count() > 1 && ranges().count() * 3 >= lines().count() && ranges().any(is_ambiguous);
    is_relevant.then(|| with_leading_times(text)).flatten()
}

/// Parses a line with a time.
fn parse(line: &str) -> Option<TimedLine> {
    let line = without_markup(line);
    let inner = line.strip_prefix(['[', '(']).unwrap_or(&line);
    if let Some((start, rest)) = leading_time(inner) {
        let dash = ["-", "–", "—", "to "].iter().find_map(|dash| rest.trim_start().strip_prefix(dash));
        let end = dash.and_then(|rest| leading_time(rest.trim_start())).filter(|(end, _)| *end >= start);
        let (end, rest) = end.map_or((None, rest), |(end, rest)| (Some(end), rest));
        let rest = rest.strip_prefix([']', ')']).unwrap_or(rest);
        let is_mark = |letter: char| letter.is_whitespace() || matches!(letter, ':' | '-' | '–' | '—' | '|' | '=');
        // A bar within the text is a line break.
        return Some(TimedLine { start, end, words: rest.trim_start_matches(is_mark).replace('|', " ") });
    }
    // `Pastor Mark: [0:07] text`
    let after_name = |opening: &str| {
        let at = memchr_iter(b':', line.as_bytes()).find(|&at| line[at + 1..].starts_with(opening))?;
        Some((&line[..at], &line[at + 1 + opening.len()..]))
    };
    if let Some((name, rest)) = after_name(" [").or_else(|| after_name(" ("))
        && let Some((start, rest)) = leading_time(rest)
    {
        let words = rest.strip_prefix([']', ')'])?;
        return Some(TimedLine { start, end: None, words: format!("{name}:{words}") });
    }
    // `text [00:00:07]`
    let (words, time) = line.trim_end().strip_suffix([']', ')'])?.rsplit_once(['[', '('])?;
    let (start, rest) = leading_time(time).filter(|_| time.matches(':').count() == 2)?;
    rest.is_empty().then(|| TimedLine { start, end: None, words: words.trim_end().to_owned() })
}

/// Parses a time with a colon, with units (`1h02m03s`), or as its label for screen readers (`1 minute, 7 seconds`), which may
/// run into the text. Returns milliseconds.
fn leading_time(text: &str) -> Option<(u64, &str)> {
    let length = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b':').count();
    let written = text[..length].trim_end_matches(':');
    let Some(seconds) = clock::parse_panel(written) else {
        return time_with_units(text).map(|(seconds, rest)| (seconds * 1000, rest));
    };
    let (fraction, rest) = clock::parse_fraction(&text[written.len()..]);
    Some((seconds * 1000 + fraction, rest))
}

/// Parses `1h02m03s`, `2m03s`, or `1 minute, 7 seconds`.
fn time_with_units(text: &str) -> Option<(u64, &str)> {
    const UNITS: [(&[&str], u64); 3] = [
        (&["hours", "hour", "h"], 3600),
        (&["minutes", "minute", "min", "m"], 60),
        (&["seconds", "second", "sec", "s"], 1),
    ];
    let (mut rest, mut seconds, mut found) = (text, 0, 0);
    for (names, length) in UNITS {
        let start = rest.trim_start_matches([' ', ',']);
        let digits = start.bytes().take_while(u8::is_ascii_digit).count();
        let Some(count) = start[..digits].parse::<u64>().ok().filter(|_| digits <= 3) else { continue };
        let after = start[digits..].trim_start_matches(' ');
        let Some(after) = names.iter().find_map(|name| after.strip_prefix(name)) else { continue };
        (rest, seconds, found) = (after, seconds + count * length, found + 1);
    }
    let is_label = text[..text.len() - rest.len()].contains("second");
    (found > 1 || is_label).then_some((seconds, rest))
}

/// Removes the marks of Markdown from a line: headings, bullets, quotes, emphasis, code, and the target of a link.
fn without_markup(line: &str) -> Cow<'_, str> {
    let line = line.trim_start_matches(|letter: char| letter.is_whitespace() || matches!(letter, '#' | '>'));
    let line = ["- ", "* ", "+ ", "• "].iter().find_map(|bullet| line.strip_prefix(bullet)).unwrap_or(line);
    let line = line.trim_matches('|').trim();
    let may_have_marks =
        memchr3(b'*', b'`', b'_', line.as_bytes()).is_some() || memchr(b']', line.as_bytes()).is_some();
    if !may_have_marks || !(line.contains("**") || line.contains("](") || line.contains('`') || line.contains("__")) {
        return Cow::Borrowed(line);
    }
    let mut plain = line.replace("**", "").replace("__", "").replace('`', "");
    while let Some((before, after)) = plain.split_once("](") {
        let Some((_, rest)) = after.split_once(')') else { break };
        plain = format!("{before}]{rest}");
    }
    Cow::Owned(plain)
}
