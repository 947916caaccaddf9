//! JSON lists of `{text, start, duration}`, as written by youtube-transcript libraries and Whisper.

use serde_json::Value;

use super::{Cue, Format, Transcript, TranscriptError, automatic, clock, cue::CueBuilder};

/// Keys that may hold the list if it is not the whole file.
const LIST_KEYS: [&str; 4] = ["snippets", "segments", "transcript", "captions"];

/// Returns the list of snippets in a file, if it has one.
pub(super) fn list(file: &Value) -> Option<&[Value]> {
    let is_list = |value: &&Vec<Value>| value.iter().all(|item| item.get("text").is_some());
    let lists = LIST_KEYS.iter().filter_map(|key| file.get(key)?.as_array());
    file.as_array().into_iter().chain(lists).find(is_list).map(Vec::as_slice)
}

/// Reads a file from its parsed JSON.
pub(super) fn read(file: &Value) -> Result<Transcript, TranscriptError> {
    let mut cues = Vec::new();
    for (index, snippet) in list(file).unwrap_or_default().iter().enumerate() {
        cues.push(cue(snippet).ok_or_else(|| TranscriptError::Damaged {
            format: Format::Snippets,
            reason: format!("item {index} has no start; each needs a text, a start and a duration"),
        })?);
    }
    cues.retain(|cue| !cue.text.is_empty());
    if automatic::mostly_overlap(&cues) {
        automatic::end_at_next_start(&mut cues);
    }
    let language = ["language_code", "language"].iter().find_map(|key| file.get(key)?.as_str()).map(str::to_owned);
    Ok(Transcript { format: Format::Snippets, language, cues, chapters: Vec::new() })
}

/// Reads one snippet. Whisper writes an end instead of a duration, and optionally a list of words.
fn cue(snippet: &Value) -> Option<Cue> {
    let start = time(snippet, "start")?;
    let duration = time(snippet, "duration")
        .or_else(|| time(snippet, "dur"))
        .or_else(|| time(snippet, "end").and_then(|end| end.checked_sub(start)));
    let mut cue = CueBuilder::default();
    match snippet.get("words").and_then(Value::as_array).filter(|words| !words.is_empty()) {
        Some(words) if words.iter().all(|word| word.get("word").is_some()) => {
            for word in words {
                cue.push(word["word"].as_str().unwrap_or_default(), time(word, "start"));
            }
        }
        _ => cue.push(snippet.get("text")?.as_str().unwrap_or_default(), None),
    }
    Some(cue.finish(start, duration))
}

/// Reads a time in seconds, given as a number or as a string in any form that [`clock::parse`] accepts.
fn time(object: &Value, key: &str) -> Option<u64> {
    let value = object.get(key)?;
    value.as_f64().map_or_else(|| clock::parse(value.as_str()?), clock::from_seconds)
}
