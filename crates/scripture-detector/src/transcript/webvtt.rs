//! W3C WebVTT, including YouTube's rolling captions.

use super::{
    Cue, Format, Transcript,
    arrows::{self, Dialect, RawCue},
    clock,
    order::{self, Order},
    rolling, speakers, text,
};

/// Blocks that are not cues.
const BLOCKS: [&str; 3] = ["NOTE", "STYLE", "REGION"];

/// After how many milliseconds the clock of a stream starts again: 33 bits with 90 ticks per millisecond.
const WRAP_MS: i64 = (1 << 33) / 90;

/// A cue's name is a line between a blank line and the timing line.
const WEBVTT: Dialect = Dialect {
    parse_timing: arrows::parse_timing,
    is_id: |_, blanks, _| blanks.before && !blanks.after,
    is_non_cue_block,
    keeps_white_lines: true,
};

/// Reads a file that starts with `WEBVTT`. It may consist of several segments with headers of their own, as joined from an
/// HTTP live stream.
pub(super) fn read(text: &str) -> (Transcript, Order) {
    let segments = segments(text);
    let mut raw: Vec<RawCue<'_>> = Vec::new();
    let mut first_map = None;
    for segment in segments {
        let map = timestamp_map(segment);
        let first = *first_map.get_or_insert(map);
        // The clock of a stream starts again at 0 after 26.5 hours.
        let shift = map.zip(first).map_or(0, |(map, first)| map - first);
        let shift = if shift < -WRAP_MS / 2 { shift + WRAP_MS } else { shift };
        raw.extend(arrows::scan(segment, WEBVTT).into_iter().map(|cue| RawCue {
            start: cue.start.saturating_add_signed(shift),
            end: cue.end.saturating_add_signed(shift),
            ..cue
        }));
    }
    speakers::remove_name_lines(&mut raw);
    let cues = if rolling::is_rolling(&raw) {
        rolling::read(&raw)
    } else {
        raw.iter().map(|cue| Cue::of_lines(cue.start, cue.duration(), &cue.lines)).collect()
    };
    let transcript = Transcript { language: language(text), ..Transcript::new(Format::WebVtt, cues) };
    (transcript, order::of_raw(&raw))
}

/// Splits a file at the headers of its segments.
fn segments(text: &str) -> Vec<&str> {
    let mut starts = vec![0];
    for at in text.match_indices("\nWEBVTT").map(|(at, _)| at + 1) {
        let line = text[at..].lines().next().unwrap_or_default();
        let after_blank = text[..at - 1].ends_with('\n');
        if line.trim_end() == "WEBVTT" || (after_blank && line[6..].starts_with(char::is_whitespace)) {
            starts.push(at);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(start, end)| &text[*start..end]).collect()
}

/// Returns the time of the stream, in milliseconds, at which the times of a segment start (RFC 8216, section 3.5).
fn timestamp_map(segment: &str) -> Option<i64> {
    let mut header = text::lines(segment).take_while(|line| !text::is_blank(line));
    let map = header.find_map(|line| line.strip_prefix("X-TIMESTAMP-MAP="))?;
    let value = |name: &str| map.split(',').find_map(|part| part.trim().strip_prefix(name));
    let ticks: i64 = value("MPEGTS:")?.trim().parse().ok()?;
    let local = i64::try_from(clock::parse(value("LOCAL:")?)?).ok()?;
    // The stream's clock has 33 bits and 90 ticks per millisecond.
    (0..1 << 33).contains(&ticks).then_some(ticks / 90 - local)
}

/// Returns whether a block that starts with this line is a comment, a style or a region.
fn is_non_cue_block(line: &str) -> bool {
    BLOCKS.iter().any(|name| {
        line.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    })
}

/// Returns the language from the header, which ends at the first blank line.
fn language(text: &str) -> Option<String> {
    let mut header = text::lines(text).take_while(|line| !text::is_blank(line));
    header.find_map(|line| line.strip_prefix("Language:")).map(|code| code.trim().to_owned())
}
