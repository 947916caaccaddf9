//! YouTube's json3 format: `events[]` with `tStartMs`, `dDurationMs` and `segs[].{utf8, tOffsetMs}`.

use serde_json::Value;

use super::{Cue, Format, Transcript, TranscriptError, automatic, clock, cue::CueBuilder};

/// Reads a file from its parsed JSON.
pub(super) fn read(file: &Value) -> Result<Transcript, TranscriptError> {
    let events = file.get("events").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_automatic = events.iter().any(is_automatic);
    let mut cues = Vec::with_capacity(events.len());
    // An event without a start has that of the previous event. The first one defaults to 0.
    let mut start = 0;
    for (index, event) in events.iter().enumerate() {
        if event.get("tStartMs").is_some_and(|time| !time.is_null()) {
            start =
                milliseconds(event, "tStartMs", clock::start_from_seconds).ok_or_else(|| TranscriptError::Damaged {
                    format: Format::Json3,
                    reason: format!("the start of event {index} is not a valid time"),
                })?;
        }
        if let Some(segments) = event.get("segs").and_then(Value::as_array) {
            cues.push(cue(event, start, segments, is_automatic));
        }
    }
    cues.retain(|cue| !cue.text.is_empty());
    if is_automatic {
        automatic::end_at_next_start(&mut cues);
    }
    Ok(Transcript { format: Format::Json3, language: None, cues, chapters: Vec::new() })
}

/// Returns whether an event comes from speech recognition: its words have offsets or a confidence, or it appends to the
/// previous line.
fn is_automatic(event: &Value) -> bool {
    let segments = event.get("segs").and_then(Value::as_array);
    let recognized = |segment: &Value| segment.get("tOffsetMs").is_some() || segment.get("acAsrConf").is_some();
    event.get("aAppend").is_some() || segments.is_some_and(|segments| segments.iter().any(recognized))
}

/// Reads the cue of one event.
fn cue(event: &Value, start: u64, segments: &[Value], is_automatic: bool) -> Cue {
    let mut cue = CueBuilder::default();
    for segment in segments {
        let word = is_automatic.then(|| start + milliseconds(segment, "tOffsetMs", clock::from_seconds).unwrap_or(0));
        cue.push(segment.get("utf8").and_then(Value::as_str).unwrap_or_default(), word);
    }
    cue.finish(start, milliseconds(event, "dDurationMs", clock::from_seconds))
}

/// Reads a time in milliseconds, given as a number or as a string of digits.
fn milliseconds(object: &Value, key: &str, convert: fn(f64) -> Option<u64>) -> Option<u64> {
    let value = object.get(key)?;
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    convert(number / 1000.0)
}
