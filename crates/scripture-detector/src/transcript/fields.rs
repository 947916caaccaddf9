//! The fields of a record in a JSON file. Every service uses its own names for them.

use std::borrow::Cow;

use super::{clock, json::Value};

/// A cue or a word as written in the file, with times in its unit.
#[derive(Debug, Clone, Default)]
pub(super) struct Record<'t> {
    pub(super) start: Option<f64>,
    pub(super) end: Option<f64>,
    pub(super) text: Cow<'t, str>,
    /// The words with their starts, if the record has them.
    pub(super) words: Vec<Word<'t>>,
    /// The number of the record, if it has one.
    pub(super) number: Option<u64>,
    /// Whether the unit is known to be a second, so that it is not guessed.
    is_seconds: bool,
}

/// A word and its start.
pub(super) type Word<'t> = (Cow<'t, str>, Option<f64>);

/// The names of the text.
const TEXT: [&str; 14] = [
    "text",
    "transcript",
    "punctuated_word",
    "content",
    "caption",
    "sentence",
    "line",
    "utf8",
    "display",
    "word",
    "value",
    "snippet",
    "body",
    "segment",
];
/// The names of the start.
const START: [&str; 11] = [
    "start",
    "start_time",
    "startTime",
    "begin",
    "from",
    "offset",
    "ts",
    "timestamp",
    "time",
    "timestamps",
    "startOffset",
];
/// The names of the start with its milliseconds.
const START_MS: [&str; 8] =
    ["start_ms", "startMs", "tStartMs", "startTimeMs", "start_time_ms", "offsetMs", "begin_ms", "offsetMilliseconds"];
/// The names of the end.
const END: [&str; 9] =
    ["end", "end_time", "endTime", "to", "end_ts", "endMs", "end_ms", "resultEndTime", "resultEndOffset"];
/// The names of the duration.
const DURATION: [&str; 5] = ["duration", "dur", "durationMs", "duration_ms", "dDurationMs"];

impl Record<'_> {
    /// Divides all times.
    pub(super) fn divide_times(&mut self, unit: f64) {
        for time in
            self.start.iter_mut().chain(&mut self.end).chain(self.words.iter_mut().filter_map(|word| word.1.as_mut()))
        {
            *time /= unit;
        }
    }
}

/// Returns whether a list is a record: one string of text, and one to three numbers or clock times.
pub(super) fn is_tuple(list: &[Value<'_>]) -> bool {
    let is_pair =
        |value: &Value<'_>| value.as_array().is_some_and(|pair| pair.len() == 2 && pair.iter().all(Value::is_number));
    (2..=4).contains(&list.len())
        && list.iter().filter(|value| value.as_str().is_some_and(|text| clock::parse(text).is_none())).count() == 1
        && list.iter().all(|value| value.is_number() || value.is_string() || is_pair(value))
}

/// Returns whether a value can be a record. Its text may be empty.
pub(super) fn has_text(value: &Value<'_>) -> bool {
    value.as_array().is_some_and(|list| is_tuple(list)) || text(value).is_some()
}

/// Returns whether a record has a start.
pub(super) fn has_start(value: &Value<'_>) -> bool {
    value.as_array().is_some_and(|list| is_tuple(list))
        || START.iter().chain(&START_MS).any(|name| value.get(name).and_then(time).is_some())
        || value.get("offsets").is_some()
        || value.get("offsetInTicks").is_some()
        || words(value).first().is_some_and(|(_, start)| start.is_some())
}

/// Reads a record.
pub(super) fn record<'t>(value: &'t Value<'t>) -> Record<'t> {
    if let Some(list) = value.as_array() {
        return tuple(list);
    }
    let first = |names: &[&str]| names.iter().find_map(|name| value.get(name).and_then(time));
    let words = words(value);
    let mut record = Record {
        text: text(value).unwrap_or_default(),
        number: ["id", "index", "seq", "segment_id", "number"].iter().find_map(|name| value.get(name)?.as_u64()),
        ..Record::default()
    };
    if let Some(start) = first(&START_MS) {
        (record.start, record.end) = (
            Some(start / 1000.0),
            first(&["end_ms", "endMs", "tEndMs", "endTimeMs", "end_time_ms"]).map(|end| end / 1000.0),
        );
        record.end = record.end.or_else(|| {
            first(&["durationMs", "duration_ms", "dDurationMs", "durationMilliseconds"])
                .map(|length| (start + length) / 1000.0)
        });
        record.is_seconds = true;
    } else if let Some(offsets) = value.get("offsets") {
        // whisper.cpp
        (record.start, record.end) = (offsets.get("from").and_then(time), offsets.get("to").and_then(time));
        record.divide_times(1000.0);
        record.is_seconds = true;
    } else if let Some(ticks) = value.get("offsetInTicks").and_then(time) {
        (record.start, record.is_seconds) = (Some(ticks / 1e7), true);
    } else {
        record.start = first(&START).or_else(|| words.iter().find_map(|word| word.1));
        let pair = value.get("timestamp").and_then(Value::as_array).and_then(|pair| time(pair.get(1)?));
        let range = value.get("timestamps").and_then(|range| time(range.get("to")?));
        record.end = first(&END).or(pair).or(range);
        let length = DURATION.iter().find_map(|name| value.get(name).and_then(time));
        record.end = record.end.or_else(|| Some(record.start? + length?));
        let first_word = word_list(value).and_then(<[Value<'_>]>::first).unwrap_or(value);
        let written = |value: &Value<'_>| START.iter().find_map(|name| value.get(name)).is_some_and(is_clock);
        record.is_seconds = written(value) || written(first_word);
    }
    record.words = words;
    record
}

/// Reads a list of text and its start, and its end or duration.
fn tuple<'t>(list: &'t [Value<'t>]) -> Record<'t> {
    let is_text = |value: &&Value<'_>| value.as_str().is_some_and(|text| clock::parse(text).is_none());
    let parts = list.iter().flat_map(|value| value.as_array().unwrap_or(std::slice::from_ref(value)));
    let mut times = parts.filter(|value| !is_text(value)).filter_map(time);
    let text = list.iter().find(is_text).and_then(Value::as_str).unwrap_or_default();
    let (start, end) = (times.next(), times.next());
    Record { start, end, text: Cow::Borrowed(text), ..Record::default() }
}

/// Returns the text of a record.
fn text<'t>(value: &'t Value<'t>) -> Option<Cow<'t, str>> {
    let is_special = |key: &str| matches!(key, "alternatives" | "nBest" | "elements" | "segs");
    if !value.as_object()?.iter().any(|(key, _)| is_special(key)) {
        return ranked_text(value);
    }
    if let Some(best) = ["alternatives", "nBest"].iter().find_map(|name| value.get(name)?.first()) {
        return text(best);
    }
    if let Some(elements) = value.get("elements").and_then(Value::as_array) {
        return Some(Cow::Owned(elements.iter().filter_map(|element| element.get("value")?.as_str()).collect()));
    }
    if let Some(segments) = value.get("segs").and_then(Value::as_array) {
        return Some(Cow::Owned(segments.iter().filter_map(|segment| segment.get("utf8")?.as_str()).collect()));
    }
    ranked_text(value)
}

/// Returns the text of the member with the first of the known names.
fn ranked_text<'t>(value: &'t Value<'t>) -> Option<Cow<'t, str>> {
    let mut found: Option<(usize, Cow<'_, str>)> = None;
    for (key, member) in value.as_object()? {
        if let Some(rank) = TEXT.iter().position(|name| name == key)
            && found.as_ref().is_none_or(|(known, _)| rank < *known)
            && let Some(text) = member_text(member)
        {
            found = Some((rank, text));
        }
    }
    found.map(|(_, text)| text)
}

/// Returns the text of a member.
fn member_text<'t>(member: &'t Value<'t>) -> Option<Cow<'t, str>> {
    match member {
        Value::Array(lines) if !lines.is_empty() && lines.iter().all(Value::is_string) => {
            Some(Cow::Owned(lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")))
        }
        Value::String(text) => Some(Cow::Borrowed(text.as_ref())),
        Value::Null => Some(Cow::Borrowed("")),
        object @ Value::Object(_) => {
            let runs = object.get("runs").and_then(Value::as_array);
            let joined = runs.map(|runs| Cow::Owned(runs.iter().filter_map(|run| run.get("text")?.as_str()).collect()));
            joined.or_else(|| object.get("simpleText")?.as_str().map(Cow::Borrowed))
        }
        _ => None,
    }
}

/// Returns the list of words of a record.
fn word_list<'t>(value: &'t Value<'t>) -> Option<&'t [Value<'t>]> {
    let owner = ["alternatives", "nBest"].iter().find_map(|name| value.get(name)?.first()).unwrap_or(value);
    ["words", "elements", "tokens", "result"].iter().find_map(|name| owner.get(name)?.as_array())
}

/// Returns the words of a record.
fn words<'t>(value: &'t Value<'t>) -> Vec<Word<'t>> {
    let list = word_list(value);
    let word = |word: &'t Value<'t>| {
        let start = START
            .iter()
            .find_map(|name| time(word.get(name)?))
            .or_else(|| START_MS.iter().find_map(|name| time(word.get(name)?)).map(|ms| ms / 1000.0));
        text(word).map(|text| (text, start))
    };
    let mut words = Vec::with_capacity(list.map_or(0, <[Value<'_>]>::len));
    words.extend(list.into_iter().flatten().filter_map(word));
    words
}

/// Returns whether a value is a time as a clock or with its unit.
fn is_clock(value: &Value<'_>) -> bool {
    value.as_str().is_some_and(|text| text.contains(':') || text.ends_with('s')) || value.get("seconds").is_some()
}

/// Reads a time: a number, a string in any form that [`clock`] understands, `1.5s`, or the first of a pair.
fn time(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::String(text) => {
            let text = text.trim();
            let text = text.strip_suffix('s').unwrap_or(text);
            #[expect(clippy::cast_precision_loss, reason = "times are below 2^52 milliseconds")]
            let from_clock = || {
                clock::parse_loose(text).filter(|(_, rest)| rest.is_empty()).map(|(time, _)| time.ms as f64 / 1000.0)
            };
            text.parse().ok().filter(|time: &f64| time.is_finite()).or_else(from_clock)
        }
        Value::Array(list) => time(list.first()?),
        // Protocol buffers write a time as seconds and nanoseconds.
        object @ Value::Object(_) if object.get("seconds").or_else(|| object.get("nanos")).is_some() => {
            let part = |name: &str| object.get(name).and_then(time).unwrap_or(0.0);
            Some(part("seconds") + part("nanos") / 1e9)
        }
        object @ Value::Object(_) => time(object.get("from")?),
        _ => None,
    }
}

/// Returns whether times are in milliseconds: as seconds, they would mean fewer than one word in twenty seconds.
#[expect(clippy::cast_precision_loss, reason = "a file has fewer than 2^52 words")]
pub(super) fn are_milliseconds(records: &[Record<'_>]) -> bool {
    if records.iter().any(|record| record.is_seconds || record.start.is_some_and(|start| start.fract() != 0.0)) {
        return false;
    }
    let words: usize = records.iter().map(|record| record.text.split_whitespace().count()).sum();
    let lengths: Option<Vec<f64>> = records
        .iter()
        .filter(|record| record.start.is_some())
        .map(|record| Some(record.end? - record.start?))
        .collect();
    let spoken: f64 = match lengths {
        Some(lengths) => lengths.iter().sum(),
        None => records.iter().filter_map(|record| record.start).fold(0.0, f64::max),
    };
    spoken > 20.0 * words as f64
}
