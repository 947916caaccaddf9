//! SubRip, clean and sloppy: numbers, blank lines and hours may be missing, dots may stand for commas.

use super::{
    Cue, Format, Transcript,
    arrows::{self, Dialect},
};

const SRT: Dialect = Dialect { is_id: is_number, is_other_block: |_| false, keeps_padding: false };

/// Reads a file that has at least one line of times.
pub(super) fn read(text: &str) -> Transcript {
    let cues = arrows::scan(text, SRT);
    let cues = cues.iter().map(|cue| Cue::timed(cue.start, cue.duration(), &cue.lines.join("\n"))).collect();
    Transcript { format: Format::Srt, language: None, cues, chapters: Vec::new() }
}

/// Whether the line before a cue's times is its number. Without a blank line before it, it could also be the end of
/// the text before ("chapter" / "13"): then it must be the number that comes next.
fn is_number(line: &str, after_blank: bool, previous: Option<&str>) -> bool {
    let number = |text: &str| text.trim().parse::<u32>().ok();
    match number(line) {
        Some(_) if after_blank => true,
        Some(own) => previous.and_then(number).is_some_and(|previous| previous.checked_add(1) == Some(own)),
        None => false,
    }
}
