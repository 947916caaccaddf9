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

/// Start, end and the rest (settings) of a line such as `00:02.400 --> 00:05.900 align:start`.
pub(super) fn times(line: &str) -> Option<(u64, u64, &str)> {
    let (start, rest) = clock::leading(line.trim_start())?;
    let rest = rest.trim_start();
    let rest = rest.strip_prefix("-->").or_else(|| rest.strip_prefix("->"))?;
    let (end, rest) = clock::leading(rest.trim_start())?;
    (rest.is_empty() || rest.starts_with([' ', '\t', ']', ')'])).then_some((start, end, rest))
}

/// Start and end of a line of YouTube Studio's SBV, `0:00:02.400,0:00:05.900`.
pub(super) fn sbv_times(line: &str) -> Option<(u64, u64, &str)> {
    let (start, rest) = clock::leading(line).filter(|_| line.contains(':'))?;
    let (end, rest) = clock::leading(rest.strip_prefix(',')?)?;
    rest.trim().is_empty().then_some((start, end, rest))
}

/// What the formats do differently.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    /// Reads a line of times.
    pub(super) times: fn(&str) -> Option<(u64, u64, &str)>,
    /// Whether the line before a cue's times is its number or name rather than text of the cue before: given that
    /// line, whether a blank line stands before it, and the id of the cue before.
    pub(super) is_id: fn(&str, bool, Option<&str>) -> bool,
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
            let before = cues.last().and_then(|cue| cue.id);
            let directly_before = lines.last().filter(|_| !after_blank);
            let id = directly_before
                .filter(|(last, blank)| (dialect.is_id)(last, *blank, before))
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
