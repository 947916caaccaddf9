//! JSON files with a record per cue: `{text, start, duration}` as written by youtube-transcript libraries and Whisper, and the
//! output of speech recognition services (Deepgram, `AssemblyAI`, Rev, Google, Amazon, Azure, whisper.cpp).
//!
//! The list of records is found by its keys; it may be nested. See [`fields`] for the fields of a record.

use super::{
    Format, Transcript, TranscriptError, automatic,
    fields::{self, Record},
    json::Value,
    order::{self, Order},
    word_list,
};

/// Keys that may lead to the list, the preferred ones first: segments before single words.
const LIST_KEYS: [&str; 29] = [
    "snippets",
    "segments",
    "phrases",
    "utterances",
    "sentences",
    "paragraphs",
    "captions",
    "cues",
    "transcription",
    "chunks",
    "monologues",
    "recognizedPhrases",
    "initialSegments",
    "transcript",
    "transcripts",
    "results",
    "result",
    "items",
    "data",
    "output",
    "content",
    "response",
    "actions",
    "updateEngagementPanelAction",
    "transcriptRenderer",
    "body",
    "transcriptSegmentListRenderer",
    "channels",
    "words",
];

/// Maximum depth to which lists and objects are searched.
const MAX_DEPTH: usize = 12;

/// Returns the records of a file, or `None` if it has none.
pub(super) fn find<'t>(file: &'t Value<'t>) -> Option<Vec<&'t Value<'t>>> {
    search(file, 0, true).or_else(|| search(file, 0, false))
}

/// Searches for a list of records. If `timed`, most of them have a start.
fn search<'t>(value: &'t Value<'t>, depth: usize, timed: bool) -> Option<Vec<&'t Value<'t>>> {
    if depth > MAX_DEPTH {
        return None;
    }
    match value {
        Value::Array(_) => {
            let mut items = Vec::new();
            flatten(value, &mut items);
            let with_start = items.iter().filter(|item| fields::has_start(item)).count();
            if !items.is_empty()
                && items.iter().all(|item| fields::has_text(item))
                && (!timed || with_start * 2 >= items.len())
            {
                return Some(items);
            }
            // If there are several channels or alternatives, the first is read.
            items.into_iter().find_map(|item| search(item, depth + 1, timed))
        }
        Value::Object(members) => {
            let known = LIST_KEYS.iter().filter_map(|key| value.get(key));
            // The key may be the ID of the video or a language.
            let is_other = |key: &str| timed && !LIST_KEYS.contains(&key);
            let other = members.iter().filter(|(key, _)| is_other(key)).map(|(_, inner)| inner);
            known.chain(other).find_map(|inner| search(inner, depth + 1, timed))
        }
        _ => None,
    }
}

/// Collects the records of nested lists. A list of text and its times is a record.
fn flatten<'t>(value: &'t Value<'t>, items: &mut Vec<&'t Value<'t>>) {
    match value {
        Value::Array(list) if !fields::is_tuple(list) => list.iter().for_each(|item| flatten(item, items)),
        other => items.push(unwrapped(other)),
    }
}

/// Returns the object within objects that have a single key, such as `{"transcriptSegmentRenderer": {...}}`.
fn unwrapped<'t>(mut value: &'t Value<'t>) -> &'t Value<'t> {
    while let Some([(_, inner)]) = value.as_object() {
        if inner.as_object().is_none() {
            break;
        }
        value = inner;
    }
    value
}

/// Reads a file from its parsed JSON.
pub(super) fn read<'t>(file: &'t Value<'t>, items: &[&'t Value<'t>]) -> Result<(Transcript, Order), TranscriptError> {
    let mut records: Vec<Record<'t>> = items.iter().map(|item| fields::record(item)).collect();
    let in_milliseconds = fields::are_milliseconds(&records);
    let order = order::of_numbers(records.iter().map(|record| record.number));
    // Punctuation has no time of its own, and belongs to the word before it.
    let is_punctuation = |text: &str| !text.contains(char::is_alphanumeric);
    // Some services only say when a record ends, and a few words may have no time at all.
    let untimed = records.iter().filter(|record| record.start.is_none() && !is_punctuation(&record.text));
    let may_lack_start = untimed.clone().all(|record| record.end.is_some()) || untimed.count() * 2 < records.len();
    let is_words = word_list::is_words(&records);
    let mut last_end = if is_words { None } else { Some(0.0) };
    for (index, record) in records.iter_mut().enumerate() {
        if in_milliseconds {
            record.divide_times(1000.0);
        }
        if record.start.is_none() && may_lack_start && !is_words {
            record.start = last_end;
        }
        last_end = record.end.or(record.start).or(last_end);
        if record.start.is_none() && !is_punctuation(&record.text) && !may_lack_start {
            return Err(TranscriptError::Damaged {
                format: Format::Snippets,
                reason: format!("item {index} has no start; each needs a text, a start and a duration"),
            });
        }
    }
    let mut cues = word_list::cues(records);
    cues.retain(|cue| !cue.text.is_empty());
    if automatic::mostly_overlap(&cues) {
        automatic::end_at_next_start(&mut cues);
    }
    let language = ["language_code", "language"].iter().find_map(|key| file.get(key)?.as_str()).map(str::to_owned);
    Ok((Transcript { language, ..Transcript::new(Format::Snippets, cues) }, order))
}
