//! Transcripts with a speaker and a time above each paragraph, as Otter, Rev, Zoom, Teams and Meet write them:
//! `Pastor Mark  0:05`, `Speaker 1 (00:05):`, `[Pastor Mark] 00:00:05`, `00:05 Pastor Mark:`, or a name and a time on lines of
//! their own. Headings are times and never words.

use memchr::memchr_iter;

use super::{Cue, Format, Transcript, clock, panel, text};
use crate::Book;

/// Maximum number of lines before the first heading, such as a title and a date.
const MAX_TITLE_LINES: usize = 12;

/// Words in lower case that may be part of a name.
const PARTICLES: [&str; 18] = [
    "de", "da", "di", "do", "dos", "du", "van", "von", "der", "den", "la", "le", "el", "al", "bin", "of", "and", "the",
];

/// The first words of names that programs give to speakers they do not know, in lower case.
const UNKNOWN: [&str; 7] = ["speaker", "unknown", "host", "guest", "participant", "unidentified", "presenter"];

/// A heading: its time, its speaker, and the text after it on the same line.
#[derive(Debug, Clone, Copy)]
struct Heading<'a> {
    start_ms: u64,
    name: &'a str,
    text: &'a str,
    /// Whether the first part of the time is 0, so that it is not a chapter.
    has_zero: bool,
}

/// A line of the file.
#[derive(Debug, Clone, Copy)]
enum Line<'a> {
    Heading(Heading<'a>),
    /// A line with a time that belongs to the name on the line before it.
    Time(u64),
    Text(&'a str),
}

/// The lines of a file with headings.
#[derive(Debug)]
pub(super) struct Headings<'a>(Vec<Line<'a>>);

/// A line that is not blank, and the time in it.
#[derive(Debug, Clone, Copy)]
struct RawLine<'a> {
    text: &'a str,
    time: Option<Found<'a>>,
}

impl<'a> RawLine<'a> {
    fn new(line: &'a str) -> Self {
        Self { text: line, time: find_time(line) }
    }

    /// Returns the time if the line starts with it.
    fn leading_time(self) -> Option<Found<'a>> {
        self.time.filter(|time| time.before.is_empty())
    }

    /// Returns the time if the line is only a time, or a range of times.
    fn lone_time(self) -> Option<Found<'a>> {
        self.leading_time().filter(|time| time.after.is_empty())
    }
}

impl<'a> Headings<'a> {
    /// Parses text that has headings with times.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let raw = raw_lines(text);
        if raw.iter().all(|line| line.time.is_none()) {
            return None;
        }
        let layout = NameLayout::of(&raw);
        // Without a layout, lines are classified independently, and a file with headings has one within its first lines.
        let by_itself = layout == NameLayout::default();
        if by_itself && !raw.iter().take(MAX_TITLE_LINES + 1).any(|line| parse(*line).is_some()) {
            return None;
        }
        let lines = classify(&raw, layout);
        let headings: Vec<Heading<'_>> = lines
            .iter()
            .filter_map(|line| match line {
                Line::Heading(heading) => Some(*heading),
                _ => None,
            })
            .collect();
        let texts = lines.iter().filter(|line| matches!(line, Line::Text(_))).count();
        let with_text = headings.iter().filter(|heading| !heading.text.is_empty()).count();
        let first = lines.iter().position(|line| matches!(line, Line::Heading(_)));
        let backward = headings.windows(2).filter(|pair| pair[1].start_ms < pair[0].start_ms).count();
        let names_are_books = || headings.iter().filter(|heading| is_book(heading.name)).count() * 2 > headings.len();
        let is_citation = || !headings.iter().any(|heading| heading.has_zero) && names_are_books();
        let has_headings = headings.len() > usize::from(first != Some(0))
            && first.is_some_and(|first| first <= MAX_TITLE_LINES)
            && texts + with_text > 0
            && (texts + with_text) * 2 >= headings.len()
            && backward * 10 <= headings.len()
            && (headings.len() > 1 || headings[0].has_zero)
            && !is_citation();
        has_headings.then_some(Self(lines))
    }

    /// Parses text in which nearly every line that starts with a time continues with a name and nothing else, and text
    /// follows: `[00:00:05] Pastor Mark`, `0:05 - Pastor Mark`.
    pub(super) fn parse_names_after_times(text: &'a str) -> Option<Self> {
        let lines = text::lines(text).map(str::trim).filter(|line| !line.is_empty());
        // The first heading decides most files at once.
        if !lines.take(MAX_TITLE_LINES).any(|line| time_and_name(RawLine::new(line)).is_some()) {
            return None;
        }
        let raw = raw_lines(text);
        names_follow_times(&raw).then(|| Self(classify(&raw, NameLayout::of(&raw))))
    }

    /// Reads the cues. Lines before the first heading are the title.
    pub(super) fn read(&self) -> Transcript {
        let mut parts: Vec<(u64, Vec<&str>)> = Vec::new();
        let mut chapters = Vec::new();
        for line in &self.0 {
            match (line, parts.last_mut()) {
                (Line::Heading(heading), _) => {
                    parts.push((
                        heading.start_ms,
                        Some(heading.text).filter(|text| !text.is_empty()).into_iter().collect(),
                    ));
                }
                (Line::Time(start), _) => parts.push((*start, Vec::new())),
                (Line::Text(text), Some((_, lines))) => lines.push(text),
                (Line::Text(title), None) => chapters.push((*title).to_owned()),
            }
        }
        let cues = parts.iter().map(|(start, lines)| Cue::of_lines(*start, None, lines)).collect();
        Transcript { chapters, ..Transcript::new(Format::Headings, cues) }
    }
}

/// Returns the lines that are not blank.
fn raw_lines(text: &str) -> Vec<RawLine<'_>> {
    text::lines(text).map(str::trim).filter(|line| !line.is_empty()).map(RawLine::new).collect()
}

/// Where the names are if they are not on the same line before the times.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct NameLayout {
    /// On the line above a time.
    two_lines: bool,
    /// After a time, with nothing else on the line.
    after_times: bool,
}

impl NameLayout {
    fn of(lines: &[RawLine<'_>]) -> Self {
        Self { two_lines: has_names_above_times(lines), after_times: names_follow_times(lines) }
    }
}

/// Classifies the lines.
fn classify<'a>(all: &[RawLine<'a>], layout: NameLayout) -> Vec<Line<'a>> {
    let NameLayout { two_lines, after_times } = layout;
    let mut lines = Vec::with_capacity(all.len());
    let mut index = 0;
    while index < all.len() {
        let line = all[index];
        if let Some((start_ms, length, has_zero)) = two_lines.then(|| name_and_time(&all[index..])).flatten() {
            lines.push(Line::Heading(Heading { start_ms, name: line.text, text: "", has_zero }));
            index += length;
            continue;
        }
        let heading = after_times.then(|| time_and_name(line)).flatten();
        lines.push(match line.lone_time().filter(|_| two_lines && heading.is_none()) {
            Some(time) => Line::Time(time.start_ms),
            None => heading.or_else(|| parse(line)).map_or(Line::Text(line.text), Line::Heading),
        });
        index += 1;
    }
    lines
}

fn names_follow_times(lines: &[RawLine<'_>]) -> bool {
    let timed: Vec<usize> = (0..lines.len()).filter(|index| lines[*index].leading_time().is_some()).collect();
    let is_named = |index: &&usize| {
        time_and_name(lines[**index]).is_some()
            && lines.get(**index + 1).is_some_and(|next| next.leading_time().is_none())
    };
    timed.len() > 2 && has_at_least(timed.len() * 9, timed.iter().map(|index| is_named(&index)))
}

/// Returns whether enough of the items are true: `wanted` is their minimum number times ten. Stops as soon as that is impossible.
fn has_at_least(wanted: usize, items: impl ExactSizeIterator<Item = bool>) -> bool {
    let mut possible = items.len() * 10;
    for item in items {
        possible -= usize::from(!item) * 10;
        if possible < wanted {
            return false;
        }
    }
    true
}

/// Parses a line with a time and then a name.
fn time_and_name(line: RawLine<'_>) -> Option<Heading<'_>> {
    let time = line.leading_time()?;
    let name = time.after.trim_start_matches(['-', '–', '—', ' ']);
    let heading = Heading { start_ms: time.start_ms, name, text: "", has_zero: time.has_zero };
    is_name(name).then_some(heading)
}

/// Returns whether nearly every line with only a time comes after a name, and then text.
fn has_names_above_times(lines: &[RawLine<'_>]) -> bool {
    let times: Vec<usize> = (0..lines.len()).filter(|index| lines[*index].lone_time().is_some()).collect();
    let is_named = |index: &&usize| {
        let name = (1..=2).find(|back| {
            index.checked_sub(*back).is_some_and(|at| is_name(lines[at].text))
                && (*back == 1 || panel::label_seconds(lines[**index - 1].text).is_some())
        });
        let follows_text = |name: usize| name == 0 || lines[name - 1].lone_time().is_none();
        name.is_some_and(|back| follows_text(**index - back))
            && lines.get(**index + 1).is_some_and(|next| next.lone_time().is_none())
    };
    times.len() > 1 && has_at_least(times.len() * 8, times.iter().map(|index| is_named(&index)))
}

/// Reads a name, the label of a time for screen readers if there is one, and a time. Returns the time and the number of lines.
fn name_and_time(lines: &[RawLine<'_>]) -> Option<(u64, usize, bool)> {
    let label = usize::from(lines.get(1).is_some_and(|line| panel::label_seconds(line.text).is_some()));
    let time = lines.get(1 + label)?.lone_time()?;
    is_name(lines[0].text).then_some((time.start_ms, 2 + label, time.has_zero))
}

/// Parses a heading.
fn parse(line: RawLine<'_>) -> Option<Heading<'_>> {
    let time = line.time?;
    let heading = |name, text| Some(Heading { start_ms: time.start_ms, name, text, has_zero: time.has_zero });
    if time.before.is_empty() {
        // `00:05 Pastor Mark:`, `[00:05] Pastor Mark: text`, `00:05 Speaker 1`
        return match time.after.split_once(':') {
            Some((name, text)) if is_name(name) && (text.is_empty() || text.starts_with(char::is_whitespace)) => {
                heading(name, text.trim_start())
            }
            _ if is_unknown(time.after) && is_name(time.after) => heading(time.after, ""),
            _ => None,
        };
    }
    let name = without_label(time.before, time.start_ms);
    if !is_name(name) {
        return None;
    }
    match time.after.strip_prefix(':') {
        _ if time.after.is_empty() => heading(name, ""),
        Some(text) => heading(name, text.trim_start()),
        // `Speaker 1 [00:05] text`
        None if time.in_brackets => heading(name, time.after.trim_start_matches(['-', '–', '—']).trim_start()),
        None => None,
    }
}

/// A time in a line, and what is around it.
#[derive(Debug, Clone, Copy)]
struct Found<'a> {
    start_ms: u64,
    before: &'a str,
    after: &'a str,
    in_brackets: bool,
    has_zero: bool,
}

/// Finds the first time in a line. Returns `None` if it is far from the start.
fn find_time(line: &str) -> Option<Found<'_>> {
    /// Maximum length of a name with its label, in bytes.
    const MAX_BEFORE: usize = 90;
    let bytes = line.as_bytes();
    // The first part of a time has at most three digits.
    for colon in memchr_iter(b':', &bytes[..bytes.len().min(MAX_BEFORE + 4)]) {
        let digits = bytes[..colon].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let at = colon - digits;
        let is_start = digits > 0 && at <= MAX_BEFORE && !bytes[..at].ends_with(b":") && !bytes[..at].ends_with(b".");
        let Some((start_ms, rest)) = is_start.then(|| clock_time(&line[at..])).flatten() else { continue };
        let opens = line[..at].ends_with(['(', '[', '<', '{']);
        let before = line[..at].trim_end_matches(|letter: char| {
            letter.is_whitespace()
                || matches!(letter, '(' | '[' | '<' | '{' | '-' | '–' | '—' | '|' | ',' | '@' | '•' | '·' | ':')
        });
        let before = before.strip_suffix(" at").unwrap_or(before);
        let after = after_range(rest).trim_start();
        let closed = after.strip_prefix([')', ']', '>', '}']);
        let after = closed
            .unwrap_or(after)
            .trim_start_matches(|letter: char| letter.is_whitespace() || letter == '|')
            .trim_end();
        let has_zero = line[at..].starts_with('0');
        return Some(Found { start_ms, before, after, in_brackets: opens && closed.is_some(), has_zero });
    }
    None
}

/// Parses a time of minutes and seconds, or with hours, perhaps with a fraction.
fn clock_time(text: &str) -> Option<(u64, &str)> {
    let length = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b':').count();
    let written = text[..length].trim_end_matches(':');
    let seconds = clock::parse_panel(written)?;
    let rest = &text[written.len()..];
    match rest.strip_prefix(['.', ',']).filter(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit())) {
        Some(_) => clock::parse_prefix(text),
        None => (!rest.starts_with(char::is_alphanumeric)).then_some((seconds * 1000, rest)),
    }
}

/// Skips the end of a range of times.
fn after_range(text: &str) -> &str {
    let arrow = super::arrows::parse_broken_arrow(text);
    arrow.and_then(|(_, rest)| clock_time(rest)).map_or(text, |(_, rest)| rest)
}

/// Removes the label of a time for screen readers from the end of a name: `Pastor Mark 1 minute 15 seconds`.
fn without_label(name: &str, start_ms: u64) -> &str {
    let mut starts = name.match_indices(|letter: char| letter.is_ascii_digit()).map(|(at, _)| at);
    let label = starts.find(|at| panel::label_seconds(&name[*at..]).is_some_and(|seconds| seconds == start_ms / 1000));
    label.map_or(name, |at| name[..at].trim_end())
}

/// Returns whether text can be the name of a speaker.
pub(super) fn is_name(text: &str) -> bool {
    let text = text.trim().trim_end_matches(':').trim();
    let inner = text.strip_prefix(['[', '(']).and_then(|rest| rest.strip_suffix([']', ')'])).unwrap_or(text);
    if inner.len() > 60 {
        return false;
    }
    let words: Vec<&str> = inner.split_whitespace().take(7).collect();
    let is_title = |word: &str| word.ends_with('.') && word.len() <= 5;
    let is_part = |word: &&str| {
        let plain = word.trim_matches(|letter: char| matches!(letter, '(' | ')' | ',' | '"' | '“' | '”'));
        plain.starts_with(|letter: char| {
            letter.is_uppercase() || letter.is_ascii_digit() || (letter.is_alphabetic() && !letter.is_lowercase())
        }) || PARTICLES.contains(&plain)
            || matches!(plain, "&" | "-" | "–" | "|" | "/")
    };
    if words.is_empty() || words.len() > 6 || !(words.iter().all(is_part) || is_unknown(inner)) {
        return false;
    }
    let has_sentence_end = words.iter().any(|word| word.ends_with(['.', '?', '!', ';', ':']) && !is_title(word));
    inner.contains(char::is_alphabetic) && !inner.contains(':') && !has_sentence_end
}

/// Returns whether a name is one that programs give to unknown speakers.
fn is_unknown(name: &str) -> bool {
    let name = name.trim_start_matches(['[', '(']);
    let starts_with = |known: &&str| name.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known));
    UNKNOWN.iter().any(starts_with) && name.split_whitespace().nth(3).is_none()
}

/// Returns whether a name is that of a book, as in `John 3:16`.
fn is_book(name: &str) -> bool {
    Book::all().any(|book| book.name().eq_ignore_ascii_case(name.trim()))
}
