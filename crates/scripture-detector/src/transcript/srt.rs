//! SubRip, where numbers, blank lines and hours may be missing and periods may replace commas. Also YouTube Studio's SBV,
//! which differs only in its timing lines.

use super::{
    Cue, Format, Transcript,
    arrows::{self, Blanks, Dialect},
};

const SRT: Dialect = Dialect {
    parse_timing: arrows::parse_timing,
    is_id: is_number,
    is_non_cue_block: |_| false,
    keeps_white_lines: false,
};

const SBV: Dialect = Dialect { parse_timing: arrows::parse_sbv_timing, is_id: |_, _, _| false, ..SRT };

/// Reads a SubRip file with at least one timing line.
pub(super) fn read(text: &str) -> Transcript {
    scan(text, SRT, Format::Srt)
}

/// Reads an SBV file with at least one timing line.
pub(super) fn read_sbv(text: &str) -> Transcript {
    scan(text, SBV, Format::Sbv)
}

fn scan(text: &str, dialect: Dialect, format: Format) -> Transcript {
    let cues = arrows::scan(text, dialect);
    let cues = cues.iter().map(|cue| Cue::timed(cue.start, cue.duration(), &cue.lines.join("\n"))).collect();
    Transcript { format, language: None, cues, chapters: Vec::new() }
}

/// Returns whether the line before a timing line is the number of the cue.
///
/// Without a blank line before it, or with one after it, it could also be the end of the previous text ("chapter" / "13").
/// In that case it is the number only if it follows that of the previous cue.
fn is_number(line: &str, blanks: Blanks, previous: Option<&str>) -> bool {
    let number = |text: &str| text.trim().parse::<u32>().ok();
    match number(line) {
        Some(_) if blanks.before && !blanks.after => true,
        Some(own) => previous.and_then(number).is_some_and(|previous| previous.checked_add(1) == Some(own)),
        None => false,
    }
}
