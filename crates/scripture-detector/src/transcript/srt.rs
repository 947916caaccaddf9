//! SubRip, clean and sloppy: numbers, blank lines and hours may be missing, dots may stand for commas. Also SBV, which
//! YouTube Studio gives and which differs by its line of times.

use super::{
    Cue, Format, Transcript,
    arrows::{self, Blanks, Dialect},
};

const SRT: Dialect =
    Dialect { times: arrows::times, is_id: is_number, is_other_block: |_| false, keeps_padding: false };

const SBV: Dialect = Dialect { times: arrows::sbv_times, is_id: |_, _, _| false, ..SRT };

/// Reads a SubRip file that has at least one line of times.
pub(super) fn read(text: &str) -> Transcript {
    scan(text, SRT, Format::Srt)
}

/// Reads an SBV file that has at least one line of times.
pub(super) fn read_sbv(text: &str) -> Transcript {
    scan(text, SBV, Format::Sbv)
}

/// Reads a file of either kind.
fn scan(text: &str, dialect: Dialect, format: Format) -> Transcript {
    let cues = arrows::scan(text, dialect);
    let cues = cues.iter().map(|cue| Cue::timed(cue.start, cue.duration(), &cue.lines.join("\n"))).collect();
    Transcript { format, language: None, cues, chapters: Vec::new() }
}

/// Whether the line before a cue's times is its number. Without a blank line before it, or with one behind it, it could
/// also be the end of the text before ("chapter" / "13"): then it must be the number that comes next.
fn is_number(line: &str, blanks: Blanks, previous: Option<&str>) -> bool {
    let number = |text: &str| text.trim().parse::<u32>().ok();
    match number(line) {
        Some(_) if blanks.before && !blanks.behind => true,
        Some(own) => previous.and_then(number).is_some_and(|previous| previous.checked_add(1) == Some(own)),
        None => false,
    }
}
