//! SubRip, where numbers, blank lines and hours may be missing and periods may replace commas. Also YouTube Studio's SBV,
//! which differs only in its timing lines.

use super::{
    Cue, Format, Transcript,
    arrows::{self, Blanks, Dialect, RawCue},
    order::{self, Order},
    rolling, speakers, text,
};

const SRT: Dialect = Dialect {
    parse_timing: arrows::parse_timing,
    is_id: is_number,
    is_non_cue_block: |_| false,
    keeps_white_lines: false,
};

const SBV: Dialect = Dialect { parse_timing: arrows::parse_sbv_timing, is_id: |_, _, _| false, ..SRT };

/// Reads a SubRip file with at least one timing line.
pub(super) fn read(text: &str) -> (Transcript, Order) {
    let mut cues = arrows::scan(text, SRT);
    if cues.iter().filter(|cue| cue.id.is_some()).count() * 5 < cues.len() * 4 && has_names(text) {
        cues = arrows::scan(text, Dialect { is_id: |_, blanks, _| blanks.before && !blanks.after, ..SRT });
    }
    speakers::remove_name_lines(&mut cues);
    finish(&cues, Format::Srt)
}

/// Reads an SBV file with at least one timing line.
pub(super) fn read_sbv(text: &str) -> (Transcript, Order) {
    finish(&arrows::scan(text, SBV), Format::Sbv)
}

fn finish(raw: &[RawCue<'_>], format: Format) -> (Transcript, Order) {
    let cues = if rolling::is_rolling(raw) {
        rolling::read(raw)
    } else {
        raw.iter().map(|cue| Cue::of_lines(cue.start, cue.duration(), &cue.lines)).collect()
    };
    (Transcript::new(format, cues), order::of_raw(raw))
}

/// Returns whether the cues have names instead of numbers (`1st`, `third`, `one`): nearly every timing line has a line
/// directly above it, which comes after a blank line, and text of the previous cue comes before that.
fn has_names(text: &str) -> bool {
    let (mut cues, mut named) = (0, 0);
    let mut lines: Vec<&str> = Vec::new();
    for line in text::lines(text) {
        if arrows::parse_timing(line).is_none() {
            lines.push(line);
            continue;
        }
        let is_blank = |nth: usize| lines.iter().rev().nth(nth).is_none_or(|line| text::is_blank(line));
        let has_text = cues == 0 || lines.iter().rev().skip(2).any(|line| !text::is_blank(line));
        let is_named = !is_blank(0) && is_blank(1) && has_text;
        if cues == 0 && !is_named {
            return false;
        }
        cues += 1;
        named += usize::from(is_named);
        lines.clear();
    }
    named * 5 >= cues * 4
}

/// Returns whether the line before a timing line is the number of the cue.
///
/// Without a blank line before it, or with one after it, it could also be the end of the previous text ("chapter" / "13").
/// In that case it is the number only if it follows that of the previous cue.
fn is_number(line: &str, blanks: Blanks, previous: Option<&str>) -> bool {
    match arrows::cue_number(line) {
        Some(_) if blanks.before && !blanks.after => true,
        Some(own) => previous.and_then(arrows::cue_number).is_some_and(|previous| previous.checked_add(1) == Some(own)),
        None => false,
    }
}
