//! Tables with a cue per row: Whisper's TSV and CSV in milliseconds, Audacity labels, and spreadsheets with columns such
//! as `Start`, `Speaker` and `Text`.

use std::borrow::Cow;

use memchr::memchr;

use super::{Cue, Format, Transcript, TranscriptError, clock, text};

/// The names of the columns for the start, in order of preference.
const START: [&str; 13] = [
    "start",
    "start time",
    "starttime",
    "start_time",
    "start (ms)",
    "start_ms",
    "startms",
    "begin",
    "from",
    "in",
    "time",
    "timestamp",
    "offset",
];
/// The names of the columns for the end.
const END: [&str; 9] = ["end", "end time", "endtime", "end_time", "end (ms)", "end_ms", "endms", "to", "out"];
/// The names of the columns for the duration.
const DURATION: [&str; 4] = ["duration", "dur", "duration_ms", "length"];
/// The names of the columns for the text.
const TEXT: [&str; 13] = [
    "text",
    "transcript",
    "caption",
    "captions",
    "content",
    "sentence",
    "subtitle",
    "words",
    "line",
    "transcription",
    "dialogue",
    "utterance",
    "speech",
];

/// The fields of a row.
type Row<'t> = Vec<Cow<'t, str>>;

/// A parsed table with its columns.
#[derive(Debug)]
pub(super) struct Table<'t> {
    rows: Vec<Row<'t>>,
    start: Option<usize>,
    end: Option<usize>,
    duration: Option<usize>,
    text: usize,
    is_milliseconds: bool,
}

/// Parses a table. Returns `None` if the text is not a table, and an error if it is one that cannot be read.
pub(super) fn parse(text: &str) -> Result<Option<Table<'_>>, TranscriptError> {
    let first = text::lines(text).find(|line| !text::is_blank(line)).unwrap_or_default();
    let Some(delimiter) = ['\t', ';', ',', '|'].into_iter().find(|sign| first.matches(*sign).count() > 0) else {
        return Ok(None);
    };
    let is_labels = || {
        let mut fields = first.split('\t');
        delimiter == '\t'
            && fields.next().is_some_and(is_time)
            && fields.next().is_some_and(is_time)
            && fields.next().is_some()
    };
    let header: Row<'_> = split_rows(first, delimiter).pop().unwrap_or_default();
    let names: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
    let column = |wanted: &[&str]| wanted.iter().find_map(|wanted| names.iter().position(|name| name == wanted));
    // "Subtitle text", "Transcript text"
    let longer = || names.iter().position(|name| name.ends_with(" text") || name.starts_with("text "));
    let (start, end, duration) = (column(&START), column(&END), column(&DURATION));
    let words = column(&TEXT).or_else(longer);
    if let (Some(words), true) = (words, names.len() > 1 && looks_like_header(&names)) {
        let is_rule =
            |row: &Row<'_>| row.iter().all(|field| field.trim().chars().all(|letter| matches!(letter, '-' | ':')));
        let rows = split_rows(text, delimiter).into_iter().skip(1).filter(|row| !is_rule(row)).collect();
        let table = Table { rows, start, end, duration, text: words, is_milliseconds: false };
        return table.with_unit(start.map(|start| names[start].as_str())).map(Some);
    }
    if is_labels() {
        let table = Table {
            rows: split_rows(text, delimiter),
            start: Some(0),
            end: Some(1),
            duration: None,
            text: 2,
            is_milliseconds: false,
        };
        return table.with_unit(None).map(Some);
    }
    if is_data(text, delimiter, &names) {
        let name = if delimiter == '\t' { "TSV" } else { "CSV" };
        return Err(TranscriptError::NotCaptions(format!(
            "it is a table ({name}) with the columns \"{}\"; name the columns \"start\", \"end\" and \"text\", or paste the text alone",
            header.iter().take(6).map(|name| name.trim()).collect::<Vec<_>>().join("\", \"")
        )));
    }
    Ok(None)
}

impl Table<'_> {
    /// Determines the unit of the times. An error says which time is not valid.
    fn with_unit(mut self, name: Option<&str>) -> Result<Self, TranscriptError> {
        self.rows.retain(|row| row.iter().any(|field| !field.trim().is_empty()));
        let Some(start) = self.start else { return Ok(self) };
        let wrong = self.rows.iter().position(|row| row.get(start).is_none_or(|time| !is_time(time)));
        if let Some(row) = wrong {
            return Err(TranscriptError::Damaged {
                format: Format::Table,
                reason: format!("the start in row {} is not a time; write it as 1.5 or 0:01", row + 1),
            });
        }
        let numbers = |column: Option<usize>| {
            let values = self.rows.iter().map(move |row| row.get(column?)?.trim().parse::<u64>().ok());
            values.collect::<Option<Vec<_>>>()
        };
        let words: usize =
            self.rows.iter().filter_map(|row| row.get(self.text)).map(|text| text.split_whitespace().count()).sum();
        // Speech is faster than one word in twenty seconds.
        let last = numbers(self.end).or_else(|| numbers(self.start)).and_then(|times| times.into_iter().max());
        self.is_milliseconds = name.is_some_and(|name| name.contains("ms"))
            || last.is_some_and(|last| last > 20 * u64::try_from(words).unwrap_or(u64::MAX));
        Ok(self)
    }

    /// Reads the cues.
    pub(super) fn read(&self) -> Transcript {
        let cue = |row: &Row<'_>| {
            let time = |column: Option<usize>| self.time(row.get(column?)?);
            let start = time(self.start);
            let end = time(self.end).zip(start).and_then(|(end, start)| end.checked_sub(start));
            let cue = Cue::timed(0, time(self.duration).or(end), row.get(self.text)?);
            Some(Cue { start_ms: start, ..cue })
        };
        Transcript::new(Format::Table, self.rows.iter().filter_map(cue).collect())
    }

    fn time(&self, text: &str) -> Option<u64> {
        let number = text.trim().parse::<f64>().ok();
        match number {
            Some(number) if self.is_milliseconds => clock::start_from_seconds(number / 1000.0),
            Some(number) => clock::start_from_seconds(number),
            None => clock::parse_loose(text.trim()).map(|(time, _)| time.ms),
        }
    }
}

/// Returns whether a field is a number of seconds or milliseconds, or a clock time.
fn is_time(field: &str) -> bool {
    let field = field.trim();
    field.parse::<f64>().is_ok_and(f64::is_finite) || clock::parse_loose(field).is_some_and(|(_, rest)| rest.is_empty())
}

/// Returns whether fields are the names of columns.
fn looks_like_header(names: &[String]) -> bool {
    let is_name = |name: &String| name.len() <= 24 && !is_time(name) && name.split_whitespace().count() <= 3;
    names.iter().filter(|name| !name.is_empty()).all(is_name)
}

/// Returns whether text is a table: it has a header, all rows have as many fields, and some column has numbers only.
fn is_data(text: &str, delimiter: char, names: &[String]) -> bool {
    if names.len() < 2 || !looks_like_header(names) || names.iter().any(String::is_empty) {
        return false;
    }
    let rows: Vec<Row<'_>> = split_rows(text, delimiter).into_iter().skip(1).filter(|row| row.len() > 1).collect();
    let regular = rows.iter().filter(|row| row.len() == names.len()).count();
    let has_numbers = |column: usize| {
        rows.iter().filter(|row| row.get(column).is_some_and(|field| is_time(field))).count() * 10 >= rows.len() * 9
    };
    rows.len() > 1 && regular * 10 >= rows.len() * 9 && (0..names.len()).any(has_numbers)
}

/// Splits a table into fields (RFC 4180). A quoted field may contain delimiters, line breaks and doubled quotes.
fn split_rows(text: &str, delimiter: char) -> Vec<Row<'_>> {
    if memchr(b'"', text.as_bytes()).is_none() {
        let lines = text.strip_suffix('\n').unwrap_or(text).split('\n').filter(|_| !text.is_empty());
        return lines.map(|line| line.split(delimiter).map(Cow::Borrowed).collect()).collect();
    }
    let mut rows = Vec::new();
    let (mut row, mut field) = (Row::new(), String::new());
    let mut letters = text.chars().peekable();
    let mut in_quotes = false;
    while let Some(letter) = letters.next() {
        match letter {
            '"' if in_quotes && letters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if in_quotes => in_quotes = false,
            // A quote within a field of a table with tabs is text.
            '"' if field.is_empty()
                && (delimiter != '\t' || letters.clone().take_while(|next| *next != '\n').any(|next| next == '"')) =>
            {
                in_quotes = true;
            }
            '\n' if !in_quotes => {
                row.push(Cow::Owned(std::mem::take(&mut field)));
                rows.push(std::mem::take(&mut row));
            }
            letter if letter == delimiter && !in_quotes => row.push(Cow::Owned(std::mem::take(&mut field))),
            letter => field.push(letter),
        }
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(Cow::Owned(field));
        rows.push(row);
    }
    rows
}
