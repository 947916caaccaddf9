//! A scanner of lines for the formats that time a cue by a line of its own, such as `clock --> clock`.

use super::clock;

/// A cue as it stands in the file.
#[derive(Debug, Default)]
pub(super) struct RawCue<'a> {
    pub(super) start: u64,
    pub(super) end: u64,
    /// Its lines, those of white space alone included, without blank ones.
    pub(super) lines: Vec<&'a str>,
    /// The number or name that stood before its times.
    pub(super) id: Option<&'a str>,
}

impl RawCue<'_> {
    /// How long it is shown; none when it ends before it begins.
    pub(super) fn duration(&self) -> Option<u64> {
        self.end.checked_sub(self.start)
    }
}

/// The arrow between two times, also as editors and pages change it.
const ARROWS: [&str; 6] = ["-->", "->", "–>", "—>", "→", "--&gt;"];

/// Start, end and the rest (settings) of a line such as `00:02.400 --> 00:05.900 align:start`.
pub(super) fn times(line: &str) -> Option<(u64, u64, &str)> {
    let (start, rest) = time(line.trim_start())?;
    let rest = rest.trim_start();
    let rest = ARROWS.iter().find_map(|arrow| rest.strip_prefix(arrow))?;
    let (end, rest) = time(rest.trim_start())?;
    (rest.is_empty() || rest.starts_with([' ', '\t', ']', ')'])).then_some((start, end, rest))
}

/// A time and the rest. Files that were shifted have times before the beginning; some write `00:00:01:500`.
fn time(text: &str) -> Option<(u64, &str)> {
    if let Some(text) = text.strip_prefix('-') {
        return time(text).map(|(_, rest)| (0, rest));
    }
    let (time, rest) = clock::leading(text)?;
    let digits = rest.strip_prefix(':').and_then(|rest| rest.get(..3));
    let milliseconds = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    match milliseconds.and_then(|digits| digits.parse::<u64>().ok()) {
        Some(milliseconds) => Some((time + milliseconds, &rest[4..])),
        None => Some((time, rest)),
    }
}

/// Start and end of a line of YouTube Studio's SBV, `0:00:02.400,0:00:05.900`.
pub(super) fn sbv_times(line: &str) -> Option<(u64, u64, &str)> {
    let (start, rest) = clock::leading(line).filter(|_| line.contains(':'))?;
    let (end, rest) = clock::leading(rest.strip_prefix(',')?)?;
    rest.trim().is_empty().then_some((start, end, rest))
}

/// Where blank lines stand around the line before a cue's times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blanks {
    /// Before it.
    pub(super) before: bool,
    /// Between it and the times.
    pub(super) behind: bool,
}

/// What the formats do differently.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    /// Reads a line of times.
    pub(super) times: fn(&str) -> Option<(u64, u64, &str)>,
    /// Whether the line before a cue's times is its number or name rather than text of the cue before: given that
    /// line, where blank lines stand, and the id of the cue before.
    pub(super) is_id: fn(&str, Blanks, Option<&str>) -> bool,
    /// Whether a block that begins with this line is not shown.
    pub(super) is_other_block: fn(&str) -> bool,
    /// Whether a line of spaces is a row of the cue; otherwise it is a blank line.
    pub(super) keeps_padding: bool,
}

/// All cues of a file.
pub(super) fn scan(text: &str, dialect: Dialect) -> Vec<RawCue<'_>> {
    let mut cues: Vec<RawCue<'_>> = Vec::new();
    // The lines since the last times, with whether a blank line stands before each.
    let mut lines: Vec<(&str, bool)> = Vec::new();
    let (mut after_blank, mut in_other_block) = (true, false);
    for line in text.lines() {
        if let Some((start, end, rest)) = (dialect.times)(line) {
            // Numbers begin at 1.
            let before = cues.last().map_or(Some("0"), |cue| cue.id);
            let blanks = |before| Blanks { before, behind: after_blank };
            let id = lines
                .last()
                .filter(|(last, blank)| (dialect.is_id)(last, blanks(*blank), before))
                .map(|(last, _)| last.trim());
            if id.is_some() {
                lines.pop();
            }
            give_lines(&mut cues, &mut lines);
            cues.push(RawCue { start, end, lines: if is_settings(rest) { Vec::new() } else { vec![rest] }, id });
            (after_blank, in_other_block) = (false, false);
            continue;
        }
        if after_blank && (dialect.is_other_block)(line) {
            in_other_block = true;
        }
        let blank = line.is_empty() || (!dialect.keeps_padding && line.trim().is_empty());
        if !blank && !in_other_block {
            lines.push((line, after_blank));
        }
        in_other_block &= !blank;
        after_blank = blank;
    }
    give_lines(&mut cues, &mut lines);
    cues
}

/// Whether what stands behind the times is settings, such as `align:start X1:40`, and not text.
fn is_settings(rest: &str) -> bool {
    let is_setting =
        |word: &str| word.split_once(':').is_some_and(|(name, value)| !name.is_empty() && !value.is_empty());
    rest.split_whitespace().all(is_setting)
}

/// Gives the collected lines to the last cue; those before the first cue belong to none.
fn give_lines<'a>(cues: &mut [RawCue<'a>], lines: &mut Vec<(&'a str, bool)>) {
    match cues.last_mut() {
        Some(cue) => cue.lines.extend(lines.drain(..).map(|(line, _)| line)),
        None => lines.clear(),
    }
}
