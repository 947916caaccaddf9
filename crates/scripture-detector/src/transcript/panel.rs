//! Copies of YouTube's transcript panel: times and text on alternating lines, on the same line, or all on one line.
//!
//! The layout is detected once for the whole text. After that, the position of a line decides what it is, because `3:16 says`
//! and a lone `8:28` in a sermon look like times.

use std::borrow::Cow;

use super::{Cue, Format, Transcript, clock, speakers, text};

/// The layout of a copied panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// A time on one line, its text on the next.
    Pairs,
    /// A time and its text on the same line.
    SameLine,
    /// Everything on one line, as an input field without line breaks leaves it.
    SingleLine,
}

/// The buttons and headings in the panel.
const BUTTONS: [&str; 8] = [
    "transcript",
    "search in video",
    "search transcript",
    "show transcript",
    "sync to video time",
    "toggle timestamps",
    "follow along using the transcript.",
    "english (auto-generated)",
];

/// A copied panel: its layout, and its lines without blank ones and the buttons.
#[derive(Debug)]
pub(super) struct Panel<'a> {
    layout: Layout,
    lines: Vec<&'a str>,
}

/// A cue under construction: its start in seconds and its text.
type Part<'a> = (u64, Cow<'a, str>);

/// A line without a time: the number of cues before it and its text.
type UntimedLine<'a> = (usize, &'a str);

impl<'a> Panel<'a> {
    /// Detects the layout of lines from [`content_lines`]. Returns `None` if they are not a copied panel.
    pub(super) fn detect(lines: Vec<&'a str>) -> Option<Self> {
        detect_layout(&lines).map(|layout| Self { layout, lines })
    }

    /// Reads the cues.
    pub(super) fn read(&self) -> Transcript {
        read(&self.lines, self.layout)
    }

    /// Reads the cues of the text without the names of speakers at the start of its lines, if many lines have one.
    pub(super) fn read_without_labels(&self, text: &str) -> Transcript {
        match speakers::without_labels(text) {
            Cow::Borrowed(_) => self.read(),
            Cow::Owned(text) => read(&content_lines(&text), self.layout),
        }
    }
}

/// Detects the layout of the lines. Returns `None` if they are not a copied panel.
fn detect_layout(lines: &[&str]) -> Option<Layout> {
    let lone: Vec<u64> = lines.iter().filter_map(|line| parse_lone_time(line)).collect();
    let starts: Vec<u64> = lines.iter().filter_map(|line| parse_timed_line(line).map(|(start, _)| start)).collect();
    let starts_with_time = lines.first().is_some_and(|line| parse_lone_time(line).is_some());
    if (starts_with_time || lone.len() > 1) && lone.len() * 4 >= lines.len() && lone.len() < lines.len() {
        return Some(Layout::Pairs).filter(|_| are_times(&lone));
    }
    if lines.len() == 1 && read_single_line(lines[0]).len() > 2 {
        return Some(Layout::SingleLine);
    }
    let backward = starts.windows(2).filter(|pair| pair[1] < pair[0]).count();
    let starts_timed = lines.iter().take(2).any(|line| parse_timed_line(line).is_some());
    let is_same_line = starts_timed && starts.len() * 3 >= lines.len() && backward * 10 <= starts.len();
    (is_same_line && are_times(&starts)).then_some(Layout::SameLine)
}

/// Returns whether numbers can be the times of captions rather than verses. A single time must be 0, and a sequence that
/// counts by one is a list of verses.
fn are_times(starts: &[u64]) -> bool {
    match starts {
        [] => false,
        [only] => *only == 0,
        several => several[0] == 0 || several.windows(2).any(|pair| pair[1] != pair[0] + 1),
    }
}

/// Reads lines with this layout.
fn read(lines: &[&str], layout: Layout) -> Transcript {
    let (cues, untimed) = match layout {
        Layout::Pairs => read_pairs(lines),
        Layout::SameLine => read_same_line(lines),
        Layout::SingleLine => (lines.first().map(|line| read_single_line(line)).unwrap_or_default(), Vec::new()),
    };
    finish(cues, untimed)
}

fn append(cue: &mut Part<'_>, words: &str) {
    let text = cue.1.to_mut();
    text.push(' ');
    text.push_str(words);
}

/// Returns the non-blank lines without the buttons of the panel.
pub(super) fn content_lines(text: &str) -> Vec<&str> {
    let trimmed = |line| match line {
        // Nearly every line starts and ends with a letter or a digit.
        line if text::is_clean(line) => line,
        line => line.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}'),
    };
    let lines = text::lines(text).map(trimmed);
    let is_button = |line: &str| BUTTONS.iter().any(|button| line.eq_ignore_ascii_case(button));
    lines.filter(|line| !line.is_empty() && !is_button(line)).collect()
}

/// Parses a line that consists of a time, in seconds.
fn parse_lone_time(line: &str) -> Option<u64> {
    let inner = line.strip_prefix(['(', '[']).and_then(|rest| rest.strip_suffix([')', ']']));
    clock::parse_panel(inner.unwrap_or(line))
}

/// Parses a line that starts with a time into seconds and text.
fn parse_timed_line(line: &str) -> Option<(u64, &str)> {
    if !line.starts_with(|letter: char| letter.is_ascii_digit() || matches!(letter, '(' | '[')) {
        return None;
    }
    let (first, rest) = line.split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let rest = ["- ", "– ", "— ", "| "].iter().find_map(|dash| rest.strip_prefix(dash)).unwrap_or(rest);
    let rest = rest.trim_start();
    parse_lone_time(first).filter(|_| !rest.is_empty()).map(|start| (start, rest))
}

/// Reads times and text on alternating lines.
fn read_pairs<'a>(lines: &[&'a str]) -> (Vec<Part<'a>>, Vec<UntimedLine<'a>>) {
    let mut cues: Vec<Part<'_>> = Vec::new();
    let mut untimed = Vec::new();
    let time_at = |index: usize| lines.get(index).and_then(|line| parse_lone_time(line));
    let mut index = 0;
    while index < lines.len() {
        let last = cues.last().map_or(0, |cue| cue.0);
        let Some(start) = time_at(index) else {
            untimed.push((cues.len(), lines[index]));
            index += 1;
            continue;
        };
        // A time that goes back, or ahead of the time on the next line, is a verse in the text.
        let next_time = time_at(index + 1).filter(|_| index + 2 < lines.len() && time_at(index + 2).is_none());
        if start < last || next_time.is_some_and(|next| (last..start).contains(&next)) {
            if let Some(cue) = cues.last_mut() {
                append(cue, lines[index]);
            }
            index += 1;
            continue;
        }
        index += 1;
        if lines.get(index).is_some_and(|line| strip_time_label(line, start) == Some("")) {
            index += 1;
        }
        // A time without text is followed by a time with text. Otherwise the next line is text, whatever it looks like.
        let is_empty = time_at(index).is_some_and(|next| next >= start)
            && index + 1 < lines.len()
            && time_at(index + 1).is_none()
            && time_at(index + 2).is_none_or(|after| Some(after) >= time_at(index));
        if !is_empty && index < lines.len() {
            cues.push((start, Cow::Borrowed(lines[index])));
            index += 1;
        }
    }
    (cues, untimed)
}

/// Reads lines with a time and text. A time that goes back is a verse in the text.
fn read_same_line<'a>(lines: &[&'a str]) -> (Vec<Part<'a>>, Vec<UntimedLine<'a>>) {
    let mut cues: Vec<Part<'_>> = Vec::new();
    let mut untimed = Vec::new();
    for line in lines {
        match (parse_timed_line(line), cues.last_mut()) {
            (Some((start, _)), Some(cue)) if start < cue.0 => append(cue, line),
            (Some((start, text)), _) => cues.push((start, Cow::Borrowed(text))),
            (None, _) if parse_lone_time(line).is_none() => untimed.push((cues.len(), *line)),
            (None, _) => {}
        }
    }
    (cues, untimed)
}

/// Reads text on one line. Returns no cues if it does not start with a time.
fn read_single_line(text: &str) -> Vec<Part<'_>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let times = times_among(&words);
    if times.first().is_none_or(|(index, _)| *index > 0) {
        return Vec::new();
    }
    let ends = times.iter().skip(1).map(|(index, _)| *index).chain([words.len()]);
    times.iter().zip(ends).map(|((index, start), end)| (*start, Cow::Owned(words[index + 1..end].join(" ")))).collect()
}

/// Returns the indices and seconds of the words that are times rather than verses.
///
/// A verse goes back, or ahead of the next time, or is the last word of the text right before a time.
fn times_among(words: &[&str]) -> Vec<(usize, u64)> {
    let candidates: Vec<(usize, u64)> =
        words.iter().enumerate().filter_map(|(index, word)| Some((index, clock::parse_panel(word)?))).collect();
    let is_ahead = |nth: usize, last: u64| {
        candidates.get(nth + 1).is_some_and(|(_, next)| (last..candidates[nth].1).contains(next))
    };
    let mut times: Vec<(usize, u64)> = Vec::new();
    for (nth, &(index, start)) in candidates.iter().enumerate() {
        let last = times.last().map_or(0, |time| time.1);
        let precedes_time = candidates
            .get(nth + 1)
            .is_some_and(|(next, seconds)| *next == index + 1 && *seconds >= start && !is_ahead(nth + 1, start));
        if start >= last && !is_ahead(nth, last) && !precedes_time {
            times.push((index, start));
        }
    }
    times
}

/// Removes the screen reader label of a time, such as `1 minute, 5 seconds`, which some browsers copy. Returns `None` if the
/// text does not start with the label of this time.
fn strip_time_label(text: &str, start: u64) -> Option<&str> {
    parse_label(text).filter(|(seconds, _)| *seconds == start).map(|(_, rest)| rest)
}

/// Parses the screen reader label of a time, such as `1 minute, 5 seconds`, if it is the whole text.
pub(super) fn label_seconds(text: &str) -> Option<u64> {
    let (seconds, rest) = parse_label(text)?;
    rest.is_empty().then_some(seconds)
}

/// Rewrites a panel that was copied in its form for screen readers, where labels such as `1 minute, 5 seconds` stand for the
/// times, on lines of their own or before the text. Returns `None` if the text is not such a copy.
pub(super) fn with_clocks(lines: &[&str]) -> Option<String> {
    let labels: Vec<Option<(u64, &str)>> = lines.iter().map(|line| parse_label(line)).collect();
    let starts: Vec<u64> = labels.iter().flatten().map(|(start, _)| *start).collect();
    let has_clocks = || lines.iter().any(|line| parse_lone_time(line).is_some() || parse_timed_line(line).is_some());
    let rises = || starts.windows(2).all(|pair| pair[0] <= pair[1]) && starts.first() < starts.last();
    if labels.first()?.is_none() || starts.len() * 3 < lines.len() || !rises() || has_clocks() {
        return None;
    }
    let rewritten = lines.iter().zip(labels).map(|(line, label)| match label {
        Some((start, rest)) => format!("{}:{:02} {rest}\n", start / 60, start % 60),
        None => format!("{line}\n"),
    });
    Some(rewritten.collect())
}

/// Parses a label at the start of the text into seconds, and returns the rest.
fn parse_label(text: &str) -> Option<(u64, &str)> {
    let start = text.trim_start_matches([' ', ',']);
    if !start.strip_prefix("and ").unwrap_or(start).starts_with(|letter: char| letter.is_ascii_digit()) {
        return None;
    }
    let (mut seconds, mut rest) = (0, text);
    let mut has_amount = false;
    for (unit, unit_seconds) in [("hour", 3600), ("minute", 60), ("second", 1)] {
        if let Some((count, after)) = parse_amount(rest, unit) {
            (seconds, rest, has_amount) = (count * unit_seconds + seconds, after, true);
        }
    }
    has_amount.then(|| (seconds, rest.trim_start()))
}

/// Parses a number with a unit, as in `, 5 seconds`, and returns the rest.
fn parse_amount<'a>(text: &'a str, unit: &str) -> Option<(u64, &'a str)> {
    let text = text.trim_start_matches([' ', ',']);
    let text = text.strip_prefix("and ").unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let count = text[..digits].parse().ok().filter(|_| digits <= 4)?;
    let word = text[digits..].trim_start();
    let rest = word.get(..unit.len()).filter(|found| found.eq_ignore_ascii_case(unit)).map(|_| &word[unit.len()..])?;
    let rest = rest.strip_prefix(['s', 'S']).unwrap_or(rest);
    (!rest.starts_with(char::is_alphanumeric)).then_some((count, rest))
}

/// Builds the transcript. Lines without a time are chapter headings, or wrapped text if there are many of them.
fn finish(mut cues: Vec<Part<'_>>, untimed: Vec<UntimedLine<'_>>) -> Transcript {
    let after_cues = untimed.iter().filter(|(before, _)| *before > 0).count();
    let is_wrapped = after_cues * 2 > cues.len();
    let mut chapters = Vec::new();
    for (before, line) in untimed {
        match before.checked_sub(1).filter(|_| is_wrapped) {
            Some(cue) => append(&mut cues[cue], line),
            None => chapters.push(text::clean(line)),
        }
    }
    let has_label = |(start, text): &Part<'_>| strip_time_label(text, *start).is_some();
    if cues.iter().filter(|cue| has_label(cue)).count() * 2 > cues.len() {
        for (start, text) in &mut cues {
            *text = Cow::Owned(strip_time_label(text, *start).unwrap_or(text).to_owned());
        }
    }
    let cues = cues.iter().map(|(start, text)| Cue::timed(start * 1000, None, text)).collect();
    Transcript { chapters, ..Transcript::new(Format::Panel, cues) }
}
