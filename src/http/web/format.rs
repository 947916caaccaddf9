//! Formats numbers, dates and text for pages.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

/// Formats a date, such as `May 31, 2026`.
pub(super) fn date(time: DateTime<Utc>) -> String {
    time.format("%B %-d, %Y").to_string()
}

/// Formats a date and time in UTC, such as `May 31, 2026, 10:00`.
pub(super) fn date_time(time: DateTime<Utc>) -> String {
    time.format("%B %-d, %Y, %H:%M").to_string()
}

/// A time in UTC that a script converts to the browser's time zone.
#[derive(Debug)]
pub(super) struct Time {
    /// RFC 3339 time for the script.
    pub(super) machine: String,
    /// Displayed time, such as `May 31, 2026, 10:00 UTC`.
    pub(super) text: String,
}

impl Time {
    pub(super) fn new(at: DateTime<Utc>) -> Self {
        Self { machine: at.to_rfc3339_opts(SecondsFormat::Secs, true), text: format!("{} UTC", date_time(at)) }
    }
}

/// A sentence with times, which a script shows in the time zone of the browser.
#[derive(Debug, Default)]
pub(super) struct TimedText {
    /// Pieces of text, each followed by a time if there is one.
    pub(super) pieces: Vec<(String, Option<Time>)>,
}

impl TimedText {
    /// Creates a sentence from text without a time.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self { pieces: vec![(text.into(), None)] }
    }

    /// Appends text.
    #[must_use]
    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
        self.pieces.push((text.into(), None));
        self
    }

    /// Appends text and a time.
    #[must_use]
    pub(super) fn time(mut self, before: impl Into<String>, at: DateTime<Utc>) -> Self {
        self.pieces.push((before.into(), Some(Time::new(at))));
        self
    }
}

/// Formats the date at the start of an ISO 8601 string. Returns `None` if there is none.
pub(super) fn iso_date(text: &str) -> Option<String> {
    let day = text.get(..10).unwrap_or(text);
    NaiveDate::parse_from_str(day, "%Y-%m-%d").ok().map(|day| day.format("%B %-d, %Y").to_string())
}

/// Formats a size in decimal units, such as `1.5 MB`.
pub(super) fn bytes(bytes: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    let Some((unit, name)) = units.into_iter().find(|(unit, _)| bytes >= *unit) else {
        return format!("{bytes} B");
    };
    let tenths = bytes / (unit / 10);
    if tenths < 100 {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    } else {
        format!("{} {name}", number(tenths / 10))
    }
}

/// Formats a position in a recording: `1:02:03`, or `2:03` if it is less than an hour.
pub(super) fn timestamp(seconds: f64) -> String {
    let seconds = truncate(seconds);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// Formats a duration, rounded to minutes: `1 h 2 min`, or `42 min`.
pub(super) fn duration(seconds: f64) -> String {
    let minutes = (truncate(seconds) + 30) / 60;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{} min", minutes.max(1)),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// Drops the fraction. Negative numbers and NaN become 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float casts saturate, and NaN becomes 0")]
pub(super) fn truncate(value: f64) -> u64 {
    value.max(0.0) as u64
}

/// Formats a number with thousands separators, such as `1,234,567`. Negative numbers become 0.
pub(super) fn number(value: impl TryInto<u64>) -> String {
    let digits = value.try_into().unwrap_or_default().to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Formats a count with a noun: `1 sermon`, `2 sermons`.
pub(super) fn count(value: impl TryInto<u64>, noun: &str) -> String {
    let value: u64 = value.try_into().unwrap_or_default();
    let plural = if value == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", number(value))
}

/// Says how much of a list is shown: `8 of 26 shown`. Returns `None` if nothing was left out.
pub(super) fn shown(shown: usize, total: impl TryInto<u64>) -> Option<String> {
    let total: u64 = total.try_into().unwrap_or_default();
    (total > shown as u64).then(|| format!("{} of {} shown", number(shown as u64), number(total)))
}

/// Formats a number of times: `once`, `twice`, `3 times`.
pub(super) fn times(value: i64) -> String {
    match value {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{} times", number(value)),
    }
}

/// Capitalizes the first word, unless it is not an ordinary word but, for example, a file name.
pub(super) fn capitalized(text: &str) -> String {
    let first_word = text.split([' ', ',', ':', ';']).next().unwrap_or_default();
    let is_word = first_word.chars().all(|letter| letter.is_alphabetic() || matches!(letter, '\'' | '’' | '-'));
    let mut letters = text.chars();
    match letters.next() {
        Some(first) if is_word => first.to_uppercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}

/// Converts an error message to a sentence: capitalized, with a period, and without backticks.
pub(super) fn sentence(message: &str) -> String {
    let mut sentence = capitalized(&message.trim().replace('`', ""));
    if !sentence.is_empty() && !sentence.ends_with(['.', '!', '?', '…']) {
        sentence.push('.');
    }
    sentence
}

/// Returns the URL if it is safe to link to, that is, if it uses `http` or `https`.
pub(super) fn web_address(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.to_string())
}

/// Replaces the underscores of an identifier with spaces: `book_of` becomes `book of`.
pub(super) fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

/// The title of a sermon, split at the first vertical bar as in most YouTube titles: `The Sower | A Preacher`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Title {
    /// The part before the first bar.
    pub(super) main: String,
    /// The part after the first bar, often a preacher, a series or a date.
    pub(super) rest: Option<String>,
}

impl Title {
    /// Splits a title. An empty title becomes "Untitled sermon".
    pub(super) fn parse(title: &str) -> Self {
        let title = title.trim();
        if title.is_empty() {
            return Self { main: "Untitled sermon".to_owned(), rest: None };
        }
        match title.split_once(" | ").map(|(main, rest)| (main.trim(), rest.trim())) {
            Some((main, rest)) if !main.is_empty() && !rest.is_empty() => {
                Self { main: main.to_owned(), rest: Some(rest.replace(" | ", " · ")) }
            }
            _ => Self { main: title.to_owned(), rest: None },
        }
    }
}

/// The context of a mention, split around the words to highlight.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Highlight {
    pub(super) before: String,
    /// The highlighted words, or empty if the context does not contain them.
    pub(super) words: String,
    pub(super) after: String,
}

impl Highlight {
    /// Splits a context around the words. If they occur more than once, the occurrence nearest to the middle is used.
    pub(super) fn new(context: &str, words: &str) -> Self {
        let middle = context.len() / 2;
        let matches = if words.is_empty() { Vec::new() } else { context.match_indices(words).collect() };
        let nearest =
            matches.into_iter().map(|(start, _)| start).min_by_key(|start| (start + words.len() / 2).abs_diff(middle));
        let Some(start) = nearest else {
            return Self { before: context.to_owned(), ..Self::default() };
        };
        let (before, rest) = context.split_at(start);
        let (words, after) = rest.split_at(words.len());
        Self { before: before.to_owned(), words: words.to_owned(), after: after.to_owned() }
    }

    /// Shortens each side to at most `limit` characters, cutting between words and marking each cut with an ellipsis.
    pub(super) fn shortened(self, limit: usize) -> Self {
        if self.words.is_empty() {
            return self;
        }
        Self { before: last_words(&self.before, limit), words: self.words, after: first_words(&self.after, limit) }
    }
}

/// Returns the last complete words within `limit` characters.
fn last_words(text: &str, limit: usize) -> String {
    let trimmed = text.trim_start().trim_start_matches("...").trim_start_matches('…');
    let is_cut = trimmed.len() < text.trim_start().len();
    let count = trimmed.chars().count();
    if !is_cut && count <= limit {
        return trimmed.to_owned();
    }
    let tail: String = trimmed.chars().skip(count.saturating_sub(limit + 1)).collect();
    // The first word may have been cut.
    tail.split_once(' ').map_or_else(String::new, |(_, words)| format!("… {words}"))
}

/// Returns the first complete words within `limit` characters.
fn first_words(text: &str, limit: usize) -> String {
    let trimmed = text.trim_end().trim_end_matches("...").trim_end_matches('…');
    let is_cut = trimmed.len() < text.trim_end().len();
    if !is_cut && trimmed.chars().count() <= limit {
        return trimmed.to_owned();
    }
    let head: String = trimmed.chars().take(limit + 1).collect();
    head.rsplit_once(' ').map_or_else(String::new, |(words, _)| format!("{words} …"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_numbers_are_formatted_for_readers() {
        assert_eq!(
            [timestamp(5.0), timestamp(65.9), timestamp(3723.0), timestamp(-1.0)],
            ["0:05", "1:05", "1:02:03", "0:00"]
        );
        assert_eq!(
            [duration(20.0), duration(2520.0), duration(3600.0), duration(3723.0)],
            ["1 min", "42 min", "1 h", "1 h 2 min"]
        );
        assert_eq!(
            [number(0), number(999), number(1000), number(1_234_567), number(-1)],
            ["0", "999", "1,000", "1,234,567", "0"]
        );
        assert_eq!(
            [iso_date("2026-05-31"), iso_date("2026-05-31T10:00:00Z"), iso_date("soon")],
            [Some("May 31, 2026".to_owned()), Some("May 31, 2026".to_owned()), None]
        );
    }

    #[test]
    fn counts_agree_with_their_nouns() {
        assert_eq!(
            [count(0, "sermon"), count(1, "sermon"), count(1234, "sermon")],
            ["0 sermons", "1 sermon", "1,234 sermons"]
        );
        assert_eq!([times(1), times(2), times(3)], ["once", "twice", "3 times"]);
    }

    #[test]
    fn messages_become_sentences() {
        for (message, expected) in [
            ("the video is private", "The video is private."),
            ("wait: run `mannameter repair`", "Wait: run mannameter repair."),
            ("results.json is missing", "results.json is missing."),
            ("Try again!", "Try again!"),
            ("", ""),
        ] {
            assert_eq!(sentence(message), expected);
        }
    }

    #[test]
    fn file_sizes_are_rounded_down() {
        assert_eq!(
            [bytes(0), bytes(999), bytes(1_000), bytes(1_560_000), bytes(99_999_999), bytes(4_294_967_296)],
            ["0 B", "999 B", "1.0 kB", "1.5 MB", "99 MB", "4.2 GB"]
        );
    }

    #[test]
    fn only_web_addresses_become_links() {
        assert!(web_address("https://youtube.com/@church").is_some());
        assert_eq!(
            [web_address("javascript:alert(1)"), web_address("data:text/html,x"), web_address("church")],
            [None, None, None]
        );
    }

    #[test]
    fn a_title_is_split_at_its_first_bar() {
        let parts = |title: &str| {
            let Title { main, rest } = Title::parse(title);
            (main, rest.unwrap_or_default())
        };
        assert_eq!(parts("Stones | A. Preacher | 2026"), ("Stones".to_owned(), "A. Preacher · 2026".to_owned()));
        assert_eq!(parts("Either|Or"), ("Either|Or".to_owned(), String::new()));
        assert_eq!(parts(" | "), ("|".to_owned(), String::new()));
        assert_eq!(parts("  "), ("Untitled sermon".to_owned(), String::new()));
    }

    #[test]
    fn a_context_is_cut_between_words() {
        let long = "...rning all, turn with me to John 3 and read it with me now, ple...";
        let highlight = Highlight::new(long, "John 3").shortened(20);
        assert_eq!(
            (highlight.before.as_str(), highlight.after.as_str()),
            ("… turn with me to ", " and read it with me …")
        );
        let short = Highlight::new("see John 3 there", "John 3");
        assert_eq!(short.clone().shortened(20), short);
    }

    #[test]
    fn the_occurrence_nearest_to_the_middle_is_highlighted() {
        let highlight = Highlight::new("John was here and John 3 is read and so on", "John 3");
        assert_eq!((highlight.before.as_str(), highlight.words.as_str()), ("John was here and ", "John 3"));
        let highlight = Highlight::new("Job Job Job", "Job");
        assert_eq!((highlight.before.as_str(), highlight.after.as_str()), ("Job ", " Job"));
        assert_eq!(Highlight::new("nothing", "else").before, "nothing");
    }
}
