//! W3C Web Video Text Tracks, written by hand or by YouTube's speech recognition.

use super::{
    Cue, Format, Transcript,
    arrows::{self, Dialect},
    rolling,
};

/// Blocks that are no cues.
const BLOCKS: [&str; 3] = ["NOTE", "STYLE", "REGION"];

/// A name is a line between a blank line and the times.
const WEBVTT: Dialect = Dialect {
    times: arrows::times,
    is_id: |_, blanks, _| blanks.before && !blanks.behind,
    is_other_block,
    keeps_padding: true,
};

/// Reads a file that begins with `WEBVTT`.
pub(super) fn read(text: &str) -> Transcript {
    let cues = arrows::scan(text, WEBVTT);
    let cues = if rolling::is_rolling(&cues) {
        rolling::read(&cues)
    } else {
        cues.iter().map(|cue| Cue::timed(cue.start, cue.duration(), &cue.lines.join("\n"))).collect()
    };
    Transcript { format: Format::WebVtt, language: language(text), cues, chapters: Vec::new() }
}

/// Whether a block that begins with this line is a comment or another thing that is not shown.
fn is_other_block(line: &str) -> bool {
    BLOCKS.iter().any(|name| {
        line.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    })
}

/// The `Language:` of the header, which ends at the first blank line.
fn language(text: &str) -> Option<String> {
    let mut header = text.lines().take_while(|line| !line.trim().is_empty());
    header.find_map(|line| line.strip_prefix("Language:")).map(|code| code.trim().to_owned())
}
