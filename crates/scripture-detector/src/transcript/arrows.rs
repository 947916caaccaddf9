//! A line scanner for the formats in which a timing line such as `00:01.000 --> 00:02.000` starts each cue.

use super::{clock, text};

/// A cue as written in the file.
#[derive(Debug, Default)]
pub(super) struct RawCue<'a> {
    pub(super) start: u64,
    pub(super) end: u64,
    /// Its lines, without blank ones. Lines of whitespace are kept if the dialect says so.
    pub(super) lines: Vec<&'a str>,
    /// The number or name before its timing line.
    pub(super) id: Option<&'a str>,
}

impl RawCue<'_> {
    /// Returns the duration, or `None` if the cue ends before it starts.
    pub(super) fn duration(&self) -> Option<u64> {
        self.end.checked_sub(self.start)
    }
}

/// The arrow between two times, and what editors and web pages turn it into.
const ARROWS: [&str; 7] = ["-->", "->", "–>", "—>", "→", "--&gt;", "--&amp;gt;"];

/// Parses a timing line such as `00:02.400 --> 00:05.900 align:start` into start, end and the rest.
///
/// Translation programs add spaces, replace punctuation and digits, and break arrows; such lines are understood too.
pub(super) fn parse_timing(line: &str) -> Option<(u64, u64, &str)> {
    let line = line.trim_start();
    let starts_with_digit = line.starts_with(|letter| letter == '-' || clock::digit(letter).is_some());
    if !starts_with_digit {
        return None;
    }
    parse_regular_timing(line).or_else(|| parse_broken_timing(line))
}

/// Parses a timing line as the formats define it.
fn parse_regular_timing(line: &str) -> Option<(u64, u64, &str)> {
    let (start, rest) = parse_time(line.trim_start())?;
    let rest = rest.trim_start();
    let rest = ARROWS.iter().find_map(|arrow| rest.strip_prefix(arrow))?;
    let (end, rest) = parse_time(rest.trim_start())?;
    (rest.is_empty() || rest.starts_with([' ', '\t', ']', ')'])).then_some((start, end, rest))
}

/// The characters of a broken arrow before its head.
const SHAFTS: [char; 9] = ['-', '–', '—', '−', '‐', '‑', '―', '=', '~'];

/// The heads of arrows, and whole arrows of one character.
const HEADS: [&str; 11] = ["<", ">", "&gt;", "＞", "›", "»", "→", "➔", "➜", "⇒", "⟶"];

/// Parses a timing line with broken times or a broken arrow, perhaps after the number of the cue.
fn parse_broken_timing(line: &str) -> Option<(u64, u64, &str)> {
    // Most lines that begin with a digit are cue numbers.
    let may_have_arrow = |byte: &u8| !byte.is_ascii() || b"-=~<>&t".contains(byte);
    if !line.as_bytes().iter().any(may_have_arrow) {
        return None;
    }
    let parse = |line: &str| {
        let (start, rest) = clock::parse_loose(line)?;
        let to = || Some((false, rest.trim_start().strip_prefix("to ")?));
        let (has_head, rest) = parse_broken_arrow(rest).or_else(to)?;
        let (end, rest) = clock::parse_loose(rest)?;
        // Without a head, it could be a range of verses.
        (has_head || (start.is_exact && end.is_exact)).then_some((start.ms, end.ms, rest.len()))
    };
    let after_number = || {
        let (number, rest) = line.split_once(char::is_whitespace)?;
        cue_number(number).map(|_| rest.trim_start()).and_then(parse)
    };
    let (start, end, length) = parse(line).or_else(after_number)?;
    let rest = &line[line.len() - length..];
    (rest.is_empty() || rest.starts_with([' ', '\t', ']', ')'])).then_some((start, end, rest))
}

/// Parses what is left of an arrow and the whitespace around it. Returns whether it has a head, and the rest.
pub(super) fn parse_broken_arrow(text: &str) -> Option<(bool, &str)> {
    let (mut rest, mut has_head) = (text.trim_start(), false);
    // Text is far more common than an arrow.
    if rest.as_bytes().first().is_none_or(|byte| byte.is_ascii() && !b"-=~<>&".contains(byte)) {
        return None;
    }
    while let Some(next) = HEADS
        .iter()
        .find_map(|head| rest.strip_prefix(head))
        .inspect(|_| has_head = true)
        .or_else(|| rest.strip_prefix(SHAFTS))
    {
        rest = next.trim_start();
    }
    let first = text.trim_start();
    (rest.len() < first.len()).then_some((has_head, rest))
}

/// Parses the number of a cue: `12`, `12.`, `#12`, `1 2`, `12th`, or in other digits.
pub(super) fn cue_number(text: &str) -> Option<u64> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    let text = text.trim().trim_start_matches(['#', '№', '(', '[']).trim_start();
    let text = text.trim_end_matches(['.', ')', ']', ':', ',', '。', '．', '、', '：', '-']).trim_end();
    let text = ["st", "nd", "rd", "th"].iter().find_map(|ending| text.strip_suffix(ending)).unwrap_or(text);
    let mut number = None;
    for letter in text.chars().filter(|letter| !letter.is_whitespace()) {
        number = Some(number.unwrap_or(0_u64).checked_mul(10)?.checked_add(clock::digit(letter)?)?);
    }
    number
}

/// Parses a time at the start of the text. Shifted files have negative times, which become 0; some files write
/// `00:00:01:500` for milliseconds.
fn parse_time(text: &str) -> Option<(u64, &str)> {
    if let Some(text) = text.strip_prefix('-') {
        return parse_time(text).map(|(_, rest)| (0, rest));
    }
    let (time, rest) = clock::parse_prefix(text)?;
    let digits = rest.strip_prefix(':').and_then(|rest| rest.get(..3));
    let milliseconds = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    match milliseconds.and_then(|digits| digits.parse::<u64>().ok()) {
        Some(milliseconds) => Some((time + milliseconds, &rest[4..])),
        None => Some((time, rest)),
    }
}

/// Parses a timing line of YouTube Studio's SBV, `0:00:02.400,0:00:05.900`.
pub(super) fn parse_sbv_timing(line: &str) -> Option<(u64, u64, &str)> {
    let (start, rest) = clock::parse_prefix(line).filter(|_| line.contains(':'))?;
    let (end, rest) = clock::parse_prefix(rest.trim_start().strip_prefix([',', ';'])?.trim_start())?;
    rest.trim().is_empty().then_some((start, end, rest))
}

/// Where there are blank lines around the line before a timing line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blanks {
    /// Before the line.
    pub(super) before: bool,
    /// Between the line and the timing line.
    pub(super) after: bool,
}

/// The differences between the formats.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    /// Parses a timing line.
    pub(super) parse_timing: fn(&str) -> Option<(u64, u64, &str)>,
    /// Returns whether the line before a timing line is the ID of the cue rather than text of the previous cue, given that
    /// line, the blank lines around it, and the ID of the previous cue.
    pub(super) is_id: fn(&str, Blanks, Option<&str>) -> bool,
    /// Returns whether a block that starts with this line is not a cue.
    pub(super) is_non_cue_block: fn(&str) -> bool,
    /// Whether a line of whitespace belongs to the cue. Otherwise it is a blank line.
    pub(super) keeps_white_lines: bool,
}

/// Returns all cues of a file.
pub(super) fn scan(text: &str, dialect: Dialect) -> Vec<RawCue<'_>> {
    let mut cues: Vec<RawCue<'_>> = Vec::new();
    // The lines since the last timing line. The flag says whether a blank line precedes.
    let mut lines: Vec<(&str, bool)> = Vec::new();
    let (mut after_blank, mut in_non_cue_block) = (true, false);
    for line in text::lines(text) {
        if let Some((start, end, rest)) = (dialect.parse_timing)(line) {
            // Cue numbers start at 1.
            let previous_id = cues.last().map_or(Some("0"), |cue| cue.id);
            let blanks = |before| Blanks { before, after: after_blank };
            let id = lines
                .last()
                .filter(|(last, blank)| (dialect.is_id)(last, blanks(*blank), previous_id))
                .map(|(last, _)| last.trim());
            if id.is_some() {
                lines.pop();
            }
            append_lines(&mut cues, &mut lines);
            cues.push(RawCue { start, end, lines: if is_settings(rest) { Vec::new() } else { vec![rest] }, id });
            (after_blank, in_non_cue_block) = (false, false);
            continue;
        }
        if after_blank && (dialect.is_non_cue_block)(line) {
            in_non_cue_block = true;
        }
        let blank = line.is_empty() || (!dialect.keeps_white_lines && text::is_blank(line));
        if !blank && !in_non_cue_block {
            lines.push((line, after_blank));
        }
        in_non_cue_block &= !blank;
        after_blank = blank;
    }
    append_lines(&mut cues, &mut lines);
    cues
}

/// Returns whether the text after the times is settings such as `align:start X1:40`.
fn is_settings(rest: &str) -> bool {
    let is_setting =
        |word: &str| word.split_once(':').is_some_and(|(name, value)| !name.is_empty() && !value.is_empty());
    rest.split_whitespace().all(is_setting)
}

/// Moves the collected lines to the last cue. Lines before the first cue are dropped.
fn append_lines<'a>(cues: &mut [RawCue<'a>], lines: &mut Vec<(&'a str, bool)>) {
    match cues.last_mut() {
        Some(cue) => cue.lines.extend(lines.drain(..).map(|(line, _)| line)),
        None => lines.clear(),
    }
}
