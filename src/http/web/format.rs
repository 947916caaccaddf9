//! Numbers, times and passages as people read them.

use chrono::{DateTime, NaiveDate, Utc};

use scripture_detector::Passage;

use crate::domain::Reference;

/// `31 May 2026`.
pub(super) fn date(time: DateTime<Utc>) -> String {
    time.format("%-d %B %Y").to_string()
}

/// `31 May 2026, 10:00`, in UTC.
pub(super) fn moment(time: DateTime<Utc>) -> String {
    time.format("%-d %B %Y, %H:%M").to_string()
}

/// `1.5 MB`, in steps of a thousand.
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

/// The day of a date or an RFC 3339 time; none when it is neither.
pub(super) fn day(text: &str) -> Option<String> {
    let day = text.get(..10).unwrap_or(text);
    NaiveDate::parse_from_str(day, "%Y-%m-%d").ok().map(|day| day.format("%-d %B %Y").to_string())
}

/// `1:02:03`, or `2:03` below an hour.
pub(super) fn clock(seconds: f64) -> String {
    let seconds = whole(seconds);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// `1 h 2 min`, or `42 min`.
pub(super) fn length(seconds: f64) -> String {
    let minutes = (whole(seconds) + 30) / 60;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{} min", minutes.max(1)),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// Whole seconds; anything that is no time is 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float cast saturates, and NaN is 0")]
pub(super) fn whole(seconds: f64) -> u64 {
    seconds.max(0.0) as u64
}

/// `1,234,567`.
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

/// The address if a page may link to it: nothing but the web.
pub(super) fn web_address(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.to_string())
}

/// `1 Corinthians 13:4–7`, `Isaiah 53`, `Genesis 1:1–2:3`, `Romans`.
pub(super) fn passage(reference: &Reference) -> String {
    let Reference { book, chapter, verse, end_chapter, end_verse, .. } = reference;
    let Some(chapter) = chapter else { return book.to_string() };
    let book = book.name_before_number();
    let other_chapter = end_chapter.filter(|end| end != chapter);
    match (verse, other_chapter, end_verse) {
        (None, None, _) => format!("{book} {chapter}"),
        (None, Some(end), None) => format!("{book} {chapter}–{end}"),
        (None, Some(end), Some(end_verse)) => format!("{book} {chapter}–{end}:{end_verse}"),
        (Some(verse), None, Some(end)) if end != verse => format!("{book} {chapter}:{verse}–{end}"),
        (Some(verse), None, _) => format!("{book} {chapter}:{verse}"),
        (Some(verse), Some(end), None) => format!("{book} {chapter}:{verse}–{end}"),
        (Some(verse), Some(end), Some(end_verse)) => format!("{book} {chapter}:{verse}–{end}:{end_verse}"),
    }
}

/// [`Passage::english`] as a page prints it: `John 13:12–20`.
pub(super) fn passage_name(passage: Passage) -> String {
    passage.english().replace('-', "–")
}

/// The title of a sermon as videos have it, `The Sower | A Preacher`, in its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Title {
    /// What it is called.
    pub(super) main: String,
    /// What stands behind the first bar: a preacher, a series, a date.
    pub(super) rest: Option<String>,
}

impl Title {
    /// The parts of a title, or what stands for it.
    pub(super) fn of(title: &str) -> Self {
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

/// `book_of` as `book of`.
pub(super) fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// A context cut in three, so that the words in the middle can be marked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Marked {
    /// What stands before.
    pub(super) before: String,
    /// The words.
    pub(super) words: String,
    /// What stands behind.
    pub(super) after: String,
}

impl Marked {
    /// The same with at most so many characters on each side, cut between words, with an ellipsis where it goes on.
    pub(super) fn shortened(self, most: usize) -> Self {
        if self.words.is_empty() {
            return self;
        }
        Self { before: last_words(&self.before, most), words: self.words, after: first_words(&self.after, most) }
    }
}

/// The whole words at the end.
fn last_words(text: &str, most: usize) -> String {
    let goes_on = text.trim_start().trim_start_matches("...").trim_start_matches('…');
    let is_cut = goes_on.len() < text.trim_start().len();
    let count = goes_on.chars().count();
    if !is_cut && count <= most {
        return goes_on.to_owned();
    }
    let kept: String = goes_on.chars().skip(count.saturating_sub(most + 1)).collect();
    // The first word may be a half one.
    kept.split_once(' ').map_or_else(String::new, |(_, words)| format!("… {words}"))
}

/// The whole words at the beginning.
fn first_words(text: &str, most: usize) -> String {
    let goes_on = text.trim_end().trim_end_matches("...").trim_end_matches('…');
    let is_cut = goes_on.len() < text.trim_end().len();
    if !is_cut && goes_on.chars().count() <= most {
        return goes_on.to_owned();
    }
    let kept: String = goes_on.chars().take(most + 1).collect();
    kept.rsplit_once(' ').map_or_else(String::new, |(words, _)| format!("{words} …"))
}

/// Finds the words in their context: where they stand more than once, those nearest to the middle.
pub(super) fn mark(context: &str, words: &str) -> Marked {
    let middle = context.len() / 2;
    let places = if words.is_empty() { Vec::new() } else { context.match_indices(words).collect() };
    let nearest =
        places.into_iter().map(|(start, _)| start).min_by_key(|start| (start + words.len() / 2).abs_diff(middle));
    let Some(start) = nearest else {
        return Marked { before: context.to_owned(), ..Marked::default() };
    };
    let (before, rest) = context.split_at(start);
    let (words, after) = rest.split_at(words.len());
    Marked { before: before.to_owned(), words: words.to_owned(), after: after.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_numbers_read_well() {
        assert_eq!([clock(5.0), clock(65.9), clock(3723.0), clock(-1.0)], ["0:05", "1:05", "1:02:03", "0:00"]);
        assert_eq!(
            [length(20.0), length(2520.0), length(3600.0), length(3723.0)],
            ["1 min", "42 min", "1 h", "1 h 2 min"]
        );
        assert_eq!(
            [number(0), number(999), number(1000), number(1_234_567), number(-1)],
            ["0", "999", "1,000", "1,234,567", "0"]
        );
        assert_eq!(
            [day("2026-05-31"), day("2026-05-31T10:00:00Z"), day("soon")],
            [Some("31 May 2026".to_owned()), Some("31 May 2026".to_owned()), None]
        );
    }

    #[test]
    fn lengths_of_files_read_well() {
        assert_eq!(
            [bytes(0), bytes(999), bytes(1_000), bytes(1_560_000), bytes(99_999_999), bytes(4_294_967_296)],
            ["0 B", "999 B", "1.0 kB", "1.5 MB", "99 MB", "4.2 GB"]
        );
    }

    #[test]
    fn only_addresses_of_the_web_become_links() {
        assert!(web_address("https://youtube.com/@church").is_some());
        assert_eq!(
            [web_address("javascript:alert(1)"), web_address("data:text/html,x"), web_address("church")],
            [None, None, None]
        );
    }

    #[test]
    fn a_title_is_told_from_what_stands_behind_its_bar() {
        let parts = |title: &str| {
            let Title { main, rest } = Title::of(title);
            (main, rest.unwrap_or_default())
        };
        assert_eq!(parts("Stones | A. Preacher | 2026"), ("Stones".to_owned(), "A. Preacher · 2026".to_owned()));
        assert_eq!(parts("Either|Or"), ("Either|Or".to_owned(), String::new()));
        assert_eq!(parts(" | "), ("|".to_owned(), String::new()));
        assert_eq!(parts("  "), ("Untitled sermon".to_owned(), String::new()));
    }

    #[test]
    fn a_quotation_is_cut_between_words() {
        let marked =
            mark("...rning all, turn with me to John 3 and read it with me now, ple...", "John 3").shortened(20);
        assert_eq!((marked.before.as_str(), marked.after.as_str()), ("… turn with me to ", " and read it with me …"));
        let short = mark("see John 3 there", "John 3");
        assert_eq!(short.clone().shortened(20), short);
    }

    #[test]
    fn the_words_nearest_to_the_middle_are_marked() {
        let marked = mark("John was here and John 3 is read and so on", "John 3");
        assert_eq!((marked.before.as_str(), marked.words.as_str()), ("John was here and ", "John 3"));
        let marked = mark("Job Job Job", "Job");
        assert_eq!((marked.before.as_str(), marked.after.as_str()), ("Job ", " Job"));
        assert_eq!(mark("nothing", "else").before, "nothing");
    }
}
