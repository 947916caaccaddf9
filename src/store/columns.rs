//! What the tables hold beside the document: columns for lists, and mentions. All of it is derived from the document.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, SubsecRound as _, Utc};

use super::sql::{Dialect, Sql};
use crate::domain::{Book, Class, Document, Kind, Reference};

/// The names of [`VideoColumns`], in the order of [`VideoColumns::push_to`].
pub(super) const DERIVED: &str = "title, title_key, channel, channel_key, channel_url, location, processed_at, \
    published_at, duration_seconds, transcript_length, manna, suspect, engine_name, engine_version, search";

/// The most characters of a sort key; what is longer is ordered by its beginning.
const SORT_KEY_LENGTH: usize = 100;

/// The columns of `videos` that are derived from a document.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct VideoColumns {
    pub(super) title: String,
    pub(super) title_key: String,
    pub(super) channel: String,
    pub(super) channel_key: String,
    pub(super) channel_url: String,
    pub(super) location: String,
    pub(super) processed_at: DateTime<Utc>,
    pub(super) published_at: Option<String>,
    pub(super) duration_seconds: Option<f64>,
    pub(super) transcript_length: i64,
    pub(super) manna: i64,
    pub(super) suspect: i64,
    pub(super) engine_name: Option<String>,
    pub(super) engine_version: Option<String>,
    pub(super) search: String,
}

impl VideoColumns {
    /// Those of a document. A `processed_at` that is no time counts as the oldest of all.
    pub(super) fn of(document: &Document) -> Self {
        let engine = document.engine.as_ref();
        Self {
            title: text(&document.title),
            title_key: sort_key(&document.title),
            channel: text(&document.channel),
            channel_key: sort_key(&document.channel),
            channel_url: text(&document.channel_url),
            location: text(&document.location),
            processed_at: time(document.processed_at().unwrap_or(DateTime::UNIX_EPOCH)),
            published_at: document.published_at.as_deref().map(text),
            duration_seconds: document.duration_seconds,
            transcript_length: integer(document.transcript_length),
            manna: integer(document.manna()),
            suspect: integer(document.stats.suspect_references),
            engine_name: engine.map(|engine| text(&engine.name)),
            engine_version: engine.map(|engine| text(&engine.version)),
            search: search(document),
        }
    }
}

impl VideoColumns {
    /// Goes on with their values, each behind a comma.
    pub(super) fn push_to<D: Dialect>(&self, statement: &mut Sql<D>) {
        for text in [&self.title, &self.title_key, &self.channel, &self.channel_key, &self.channel_url, &self.location]
        {
            statement.push(", ").push_bind(text.as_str());
        }
        statement.push(", ").push_bind(self.processed_at);
        statement.push(", ").push_bind(self.published_at.clone());
        statement.push(", ").push_bind(self.duration_seconds);
        for number in [self.transcript_length, self.manna, self.suspect] {
            statement.push(", ").push_bind(number);
        }
        for name in [&self.engine_name, &self.engine_version] {
            statement.push(", ").push_bind(name.clone());
        }
        statement.push(", ").push_bind(self.search.as_str());
    }
}

/// A row of `mentions`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MentionColumns {
    pub(super) book: i16,
    pub(super) chapter: Option<i32>,
    pub(super) verse: Option<i32>,
    pub(super) end_chapter: Option<i32>,
    pub(super) end_verse: Option<i32>,
    pub(super) osis: String,
    pub(super) kind: &'static str,
    pub(super) class: &'static str,
    pub(super) start_seconds: Option<f64>,
}

/// The mentions of a document: its references, or, where it has none, what stands under `positions`.
pub(super) fn mentions(document: &Document) -> Vec<MentionColumns> {
    match &document.references {
        Some(references) => references.iter().map(of_reference).collect(),
        None => of_positions(document),
    }
}

/// Mentions as they wait in `staged_videos`: a JSON array of arrays.
pub(super) fn mentions_as_json(document: &Document) -> String {
    let mentions: Vec<_> = mentions(document)
        .into_iter()
        .map(|m| (m.book, m.chapter, m.verse, m.end_chapter, m.end_verse, m.osis, m.kind, m.class, m.start_seconds))
        .collect();
    serde_json::to_string(&mentions).expect("numbers of a document are finite")
}

fn of_reference(reference: &Reference) -> MentionColumns {
    MentionColumns {
        book: number_of(reference.book),
        chapter: reference.chapter.map(i32::from),
        verse: reference.verse.map(i32::from),
        end_chapter: reference.end_chapter.map(i32::from),
        end_verse: reference.end_verse.map(i32::from),
        osis: text(&reference.osis),
        kind: kind_name(reference.kind),
        class: class_name(reference.class),
        start_seconds: reference.start_seconds,
    }
}

/// The system before ours kept no passages: each of its mentions names a book alone. Names of no book are left out.
fn of_positions(document: &Document) -> Vec<MentionColumns> {
    let mut found = Vec::new();
    for (name, mentions) in &document.positions {
        let Ok(book) = Book::from_name(name) else { continue };
        for (class, locations) in [(Class::Confirmed, &mentions.valid), (Class::Suspect, &mentions.suspect)] {
            // One whose record was lost counts as well.
            found.extend(locations.iter().map(|location| MentionColumns {
                book: number_of(book),
                chapter: None,
                verse: None,
                end_chapter: None,
                end_verse: None,
                osis: book.osis().to_owned(),
                kind: kind_name(Kind::Book),
                class: class_name(class),
                start_seconds: location.as_ref().and_then(|place| place.start.as_ref()?.as_f64()),
            }));
        }
    }
    found
}

/// The number under which a book is stored: its place in the canon.
pub(super) fn number_of(book: Book) -> i16 {
    i16::try_from(book.index()).expect("there are 66 books")
}

const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Explicit => "explicit",
        Kind::Book => "book",
        Kind::Contextual => "contextual",
    }
}

const fn class_name(class: Class) -> &'static str {
    match class {
        Class::Confirmed => "confirmed",
        Class::Suspect => "suspect",
        Class::FalsePositive => "false_positive",
        Class::NotCounted => "not_counted",
    }
}

/// What the search looks through: title, church, and each passage as people write it and as OSIS, in lower case.
fn search(document: &Document) -> String {
    let mut search = format!("{}\n{}", document.title, document.channel);
    let mut passages: Vec<_> = document.references.iter().flatten().collect();
    passages.sort_by(|a, b| a.osis.cmp(&b.osis));
    passages.dedup_by(|a, b| a.osis == b.osis);
    for reference in passages {
        search.push('\n');
        search.push_str(&passage(reference));
        search.push(' ');
        search.push_str(&reference.osis);
    }
    text(&search.to_lowercase())
}

/// The passage of a reference, such as `1 Corinthians 13:4-7`.
fn passage(reference: &Reference) -> String {
    let mut passage = reference.book.name().to_owned();
    let Some(chapter) = reference.chapter else { return passage };
    let written = match (reference.verse, reference.end_chapter, reference.end_verse) {
        (None, Some(end), _) if end != chapter => write!(passage, " {chapter}-{end}"),
        (None, ..) => write!(passage, " {chapter}"),
        (Some(verse), Some(end), Some(last)) if end != chapter => write!(passage, " {chapter}:{verse}-{end}:{last}"),
        (Some(verse), _, Some(last)) if last != verse => write!(passage, " {chapter}:{verse}-{last}"),
        (Some(verse), ..) => write!(passage, " {chapter}:{verse}"),
    };
    written.expect("a String takes every write");
    passage
}

/// A text as both databases take it: PostgreSQL has no NUL.
pub(super) fn text(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// By what a text is ordered: its beginning in lower case.
fn sort_key(key: &str) -> String {
    text(key.trim()).to_lowercase().chars().take(SORT_KEY_LENGTH).collect()
}

/// The day that a sermon belongs to: on which it was published, if that is a date, or else was analyzed.
pub(super) fn day(published_at: Option<&str>, processed_at: DateTime<Utc>) -> NaiveDate {
    let date = published_at.and_then(|text| text.get(..10)).and_then(|text| text.parse().ok());
    date.unwrap_or_else(|| processed_at.date_naive())
}

/// A time as both databases keep it: in microseconds, in the years 1 to 9999.
pub(super) fn time(time: DateTime<Utc>) -> DateTime<Utc> {
    let year = |year, month, day| {
        NaiveDate::from_ymd_opt(year, month, day).and_then(|date| date.and_hms_opt(0, 0, 0)).expect("a date").and_utc()
    };
    time.trunc_subsecs(6).clamp(year(1, 1, 1), year(9999, 12, 31))
}

fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
