//! YouTube's transcript panel, copied: clocks and text in pairs of lines, in one line each, or all in one line.
//!
//! The form is decided once, for the whole text. After that a line's place says what it is: in a sermon `3:16 says`
//! and a lone `8:28` look like clocks and are not.

use super::{Cue, Format, Transcript, clock, text};

/// The forms of a copied panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A clock in one line, its text in the next.
    Pairs,
    /// A clock and its text in one line.
    OneLine,
    /// Everything in one line, as a field without line breaks leaves it.
    RunOn,
}

/// Words of the panel's own buttons and headings.
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

/// The form of a text; none if it is no copied panel.
pub(super) fn mode(text: &str) -> Option<Mode> {
    let lines = lines(text);
    let lone: Vec<u64> = lines.iter().filter_map(|line| lone_clock(line)).collect();
    let starts: Vec<u64> = lines.iter().filter_map(|line| stamped(line).map(|(start, _)| start)).collect();
    let begins_with_clock = lines.first().is_some_and(|line| lone_clock(line).is_some());
    if (begins_with_clock || lone.len() > 1) && lone.len() * 4 >= lines.len() && lone.len() < lines.len() {
        return Some(Mode::Pairs).filter(|_| are_times(&lone));
    }
    if lines.len() == 1 && run_on(text).len() > 2 {
        return Some(Mode::RunOn);
    }
    let backwards = starts.windows(2).filter(|pair| pair[1] < pair[0]).count();
    let begins = lines.iter().take(2).any(|line| stamped(line).is_some());
    let is_one_line = begins && starts.len() * 3 >= lines.len() && backwards * 10 <= starts.len();
    (is_one_line && are_times(&starts)).then_some(Mode::OneLine)
}

/// Whether these can be the times of captions, and are not verses: one alone must be the beginning, and a run of verses
/// counts by one.
fn are_times(starts: &[u64]) -> bool {
    match starts {
        [] => false,
        [only] => *only == 0,
        many => many[0] == 0 || many.windows(2).any(|pair| pair[1] != pair[0] + 1),
    }
}

/// Reads a text of this form.
pub(super) fn read(text: &str, mode: Mode) -> Transcript {
    let lines = lines(text);
    let (cues, others) = match mode {
        Mode::Pairs => pairs(&lines),
        Mode::OneLine => one_line(&lines),
        Mode::RunOn => (run_on(text), Vec::new()),
    };
    finish(cues, others)
}

/// A cue under construction: its start in seconds, and its text.
type Part = (u64, String);

/// A line that belongs to no clock: the number of cues before it, and its text.
type Other<'a> = (usize, &'a str);

/// Adds words to a cue.
fn add(cue: &mut Part, words: &str) {
    cue.1.push(' ');
    cue.1.push_str(words);
}

/// The lines that have something in them, without the panel's own words.
fn lines(text: &str) -> Vec<&str> {
    let lines =
        text.lines().map(|line| line.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}'));
    lines.filter(|line| !line.is_empty() && !BUTTONS.contains(&line.to_lowercase().as_str())).collect()
}

/// The seconds of a line that is a clock and nothing else.
fn lone_clock(line: &str) -> Option<u64> {
    let inner = line.strip_prefix(['(', '[']).and_then(|rest| rest.strip_suffix([')', ']']));
    clock::panel(inner.unwrap_or(line))
}

/// The seconds and the text of a line that begins with a clock.
fn stamped(line: &str) -> Option<(u64, &str)> {
    let (first, rest) = line.split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let rest = ["- ", "– ", "— ", "| "].iter().find_map(|dash| rest.strip_prefix(dash)).unwrap_or(rest);
    let rest = rest.trim_start();
    lone_clock(first).filter(|_| !rest.is_empty()).map(|start| (start, rest))
}

/// Clock, text, clock, text ...
fn pairs<'a>(lines: &[&'a str]) -> (Vec<Part>, Vec<Other<'a>>) {
    let mut cues: Vec<Part> = Vec::new();
    let mut others = Vec::new();
    let clock_at = |index: usize| lines.get(index).and_then(|line| lone_clock(line));
    let mut index = 0;
    while index < lines.len() {
        let last = cues.last().map_or(0, |cue| cue.0);
        let Some(start) = clock_at(index) else {
            others.push((cues.len(), lines[index]));
            index += 1;
            continue;
        };
        // A time that runs ahead of the clock behind it, or back, is a verse in the text.
        let behind = clock_at(index + 1).filter(|_| index + 2 < lines.len() && clock_at(index + 2).is_none());
        if start < last || behind.is_some_and(|behind| (last..start).contains(&behind)) {
            if let Some(cue) = cues.last_mut() {
                add(cue, lines[index]);
            }
            index += 1;
            continue;
        }
        index += 1;
        if lines.get(index).is_some_and(|line| behind_spoken(line, start) == Some("")) {
            index += 1;
        }
        // A clock without text is followed by a clock that has some; otherwise the next line is text, whatever it is.
        let is_empty = clock_at(index).is_some_and(|next| next >= start)
            && index + 1 < lines.len()
            && clock_at(index + 1).is_none()
            && clock_at(index + 2).is_none_or(|after| Some(after) >= clock_at(index));
        if !is_empty && index < lines.len() {
            cues.push((start, lines[index].to_owned()));
            index += 1;
        }
    }
    (cues, others)
}

/// Each line with its clock; one that runs back is a verse in the text.
fn one_line<'a>(lines: &[&'a str]) -> (Vec<Part>, Vec<Other<'a>>) {
    let mut cues: Vec<Part> = Vec::new();
    let mut others = Vec::new();
    for line in lines {
        match (stamped(line), cues.last_mut()) {
            (Some((start, _)), Some(cue)) if start < cue.0 => add(cue, line),
            (Some((start, text)), _) => cues.push((start, text.to_owned())),
            (None, _) if lone_clock(line).is_none() => others.push((cues.len(), *line)),
            (None, _) => {}
        }
    }
    (cues, others)
}

/// The cues of a text in one line; none if it does not begin with a clock.
fn run_on(text: &str) -> Vec<Part> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let clocks = clocks_among(&words);
    if clocks.first().is_none_or(|(index, _)| *index > 0) {
        return Vec::new();
    }
    let ends = clocks.iter().skip(1).map(|(index, _)| *index).chain([words.len()]);
    clocks.iter().zip(ends).map(|((index, start), end)| (*start, words[index + 1..end].join(" "))).collect()
}

/// The places and seconds of the words that are clocks and no verses.
///
/// A verse runs back, or ahead of the clock behind it; or it is the last word of a text, directly before a clock.
fn clocks_among(words: &[&str]) -> Vec<(usize, u64)> {
    let likely: Vec<(usize, u64)> =
        words.iter().enumerate().filter_map(|(index, word)| Some((index, clock::panel(word)?))).collect();
    let runs_ahead =
        |nth: usize, last: u64| likely.get(nth + 1).is_some_and(|(_, behind)| (last..likely[nth].1).contains(behind));
    let mut clocks: Vec<(usize, u64)> = Vec::new();
    for (nth, &(index, start)) in likely.iter().enumerate() {
        let last = clocks.last().map_or(0, |clock| clock.1);
        let is_before_clock = likely
            .get(nth + 1)
            .is_some_and(|(next, seconds)| *next == index + 1 && *seconds >= start && !runs_ahead(nth + 1, start));
        if start >= last && !runs_ahead(nth, last) && !is_before_clock {
            clocks.push((index, start));
        }
    }
    clocks
}

/// What stands behind a time as the panel speaks it to those who do not see, such as `1 minute, 5 seconds`, which some
/// browsers copy; none if the text does not begin with this time.
fn behind_spoken(text: &str, start: u64) -> Option<&str> {
    let (mut seconds, mut rest) = (0, text);
    let mut is_said = false;
    for (unit, length) in [("hour", 3600), ("minute", 60), ("second", 1)] {
        if let Some((count, behind)) = amount(rest, unit) {
            (seconds, rest, is_said) = (count * length + seconds, behind, true);
        }
    }
    (is_said && seconds == start).then(|| rest.trim_start())
}

/// A number with this unit, as in `, 5 seconds`, and the rest.
fn amount<'a>(text: &'a str, unit: &str) -> Option<(u64, &'a str)> {
    let text = text.trim_start_matches([' ', ',']);
    let text = text.strip_prefix("and ").unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let count = text[..digits].parse().ok().filter(|_| digits <= 4)?;
    let word = text[digits..].trim_start();
    let rest = word.get(..unit.len()).filter(|found| found.eq_ignore_ascii_case(unit)).map(|_| &word[unit.len()..])?;
    let rest = rest.strip_prefix(['s', 'S']).unwrap_or(rest);
    (!rest.starts_with(char::is_alphanumeric)).then_some((count, rest))
}

/// The transcript. Lines without a clock are headings of chapters, unless there are so many that they must be the
/// second lines of wrapped text.
fn finish(mut cues: Vec<Part>, others: Vec<Other<'_>>) -> Transcript {
    let after_cues = others.iter().filter(|(before, _)| *before > 0).count();
    let wrapped = after_cues * 2 > cues.len();
    let mut chapters = Vec::new();
    for (before, line) in others {
        match before.checked_sub(1).filter(|_| wrapped) {
            Some(cue) => add(&mut cues[cue], line),
            None => chapters.push(text::clean(line)),
        }
    }
    let is_spoken = |(start, text): &Part| behind_spoken(text, *start).is_some();
    if cues.iter().filter(|cue| is_spoken(cue)).count() * 2 > cues.len() {
        for (start, text) in &mut cues {
            *text = behind_spoken(text, *start).unwrap_or(text).to_owned();
        }
    }
    let cues = cues.iter().map(|(start, text)| Cue::timed(start * 1000, None, text)).collect();
    Transcript { format: Format::Panel, language: None, cues, chapters }
}
