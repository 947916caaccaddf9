//! Advanced `SubStation` Alpha and SSA: `Dialogue: 0,0:00:01.00,0:00:04.00,Default,,0,0,0,,text` below `[Events]`.

use memchr::memchr;

use super::{Cue, Format, Transcript, clock, text};

/// The columns of a file that does not list them.
const COLUMNS: &str = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text";

/// Returns whether the text is an ASS or SSA file.
pub(super) fn is_ass(text: &str) -> bool {
    let mut lines = text::lines(text).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(';'));
    lines.next().is_some_and(|first| {
        ["[script info]", "[v4+ styles]", "[v4 styles]", "[events]"].contains(&first.to_ascii_lowercase().as_str())
            || first.starts_with("Dialogue:")
    })
}

/// Reads a file.
pub(super) fn read(text: &str) -> Transcript {
    let mut columns = Columns::parse(COLUMNS);
    let mut in_events = true;
    let mut cues = Vec::new();
    for line in text::lines(text).map(str::trim) {
        if line.starts_with('[') && line.ends_with(']') {
            in_events = line.eq_ignore_ascii_case("[events]");
        } else if let Some(names) = line.strip_prefix("Format:").filter(|_| in_events) {
            columns = Columns::parse(names);
        } else if let Some(cue) = line.strip_prefix("Dialogue:").and_then(|fields| columns.cue(fields)) {
            cues.push(cue);
        }
    }
    Transcript::new(Format::Ass, cues)
}

/// The positions of the columns.
#[derive(Debug, Clone, Copy)]
struct Columns {
    start: usize,
    end: usize,
    text: usize,
}

impl Columns {
    fn parse(names: &str) -> Self {
        let position = |wanted: &str| names.split(',').position(|name| name.trim().eq_ignore_ascii_case(wanted));
        Self {
            start: position("Start").unwrap_or(1),
            end: position("End").unwrap_or(2),
            text: position("Text").unwrap_or_else(|| names.split(',').count().saturating_sub(1)),
        }
    }

    /// Reads a cue. The text is the last column and may contain commas.
    fn cue(self, fields: &str) -> Option<Cue> {
        let field = |index: usize| fields.splitn(self.text + 1, ',').nth(index);
        let time = |index: usize| clock::parse_loose(field(index)?.trim()).map(|(time, _)| time.ms);
        let start = time(self.start)?;
        let text = field(self.text)?;
        let duration = time(self.end).and_then(|end| end.checked_sub(start));
        if memchr(b'\\', text.as_bytes()).is_none() {
            return Some(Cue::timed(start, duration, text));
        }
        // A drawing consists of coordinates.
        if text.contains("\\p1") {
            return None;
        }
        let text = text.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ");
        Some(Cue::timed(start, duration, &text))
    }
}
