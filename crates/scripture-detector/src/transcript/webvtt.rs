//! W3C WebVTT, including YouTube's rolling captions.

use super::{
    Cue, Format, Transcript,
    arrows::{self, Dialect},
    rolling,
};

/// Blocks that are not cues.
const BLOCKS: [&str; 3] = ["NOTE", "STYLE", "REGION"];

/// A cue's name is a line between a blank line and the timing line.
const WEBVTT: Dialect = Dialect {
    parse_timing: arrows::parse_timing,
    is_id: |_, blanks, _| blanks.before && !blanks.after,
    is_non_cue_block,
    keeps_white_lines: true,
};

/// Reads a file that starts with `WEBVTT`.
pub(super) fn read(text: &str) -> Transcript {
    let cues = arrows::scan(text, WEBVTT);
    let cues = if rolling::is_rolling(&cues) {
        rolling::read(&cues)
    } else {
        cues.iter().map(|cue| Cue::timed(cue.start, cue.duration(), &cue.lines.join("\n"))).collect()
    };
    Transcript { format: Format::WebVtt, language: language(text), cues, chapters: Vec::new() }
}

/// Returns whether a block that starts with this line is a comment, a style or a region.
fn is_non_cue_block(line: &str) -> bool {
    BLOCKS.iter().any(|name| {
        line.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    })
}

/// Returns the language from the header, which ends at the first blank line.
fn language(text: &str) -> Option<String> {
    let mut header = text.lines().take_while(|line| !line.trim().is_empty());
    header.find_map(|line| line.strip_prefix("Language:")).map(|code| code.trim().to_owned())
}
