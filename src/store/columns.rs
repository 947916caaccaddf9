//! The columns and mentions derived from a document, and conversions for both databases.

use chrono::{DateTime, NaiveDate, SubsecRound as _, Utc};
use scripture_detector::Passage;

use super::{dialect::Dialect, sql::Sql, stats::slug};
use crate::domain::{Book, Canon, Class, Document, Kind, MAX_COUNT, MAX_SECONDS, Reference};

/// The column names of [`VideoColumns`], in the order used by [`VideoColumns::push_to`].
pub(super) const DERIVED_COLUMNS: &str = "title, title_key, channel, channel_key, channel_url, location, processed_at, \
    published_at, duration_seconds, transcript_length, manna, suspect, engine_name, engine_version, search, speaker, \
    speaker_slug, series, series_slug";

/// Maximum length of a sort key, in characters.
const MAX_SORT_KEY: usize = 100;

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
    pub(super) speaker: Option<String>,
    pub(super) speaker_slug: Option<String>,
    pub(super) series: Option<String>,
    pub(super) series_slug: Option<String>,
    /// The language of a sermon that is not measured. Stored in `unmeasured_sermons`, not in a column.
    pub(super) unmeasured_language: Option<String>,
}

impl VideoColumns {
    /// Derives the columns. A `processed_at` that is not a valid time sorts as the oldest.
    ///
    /// Clamps the numbers to their limits, so that adding them up cannot overflow.
    pub(super) fn new(document: &Document) -> Self {
        let engine = document.engine.as_ref();
        let unmeasured_language = document.unmeasured_language().map(without_nul);
        Self {
            title: without_nul(&document.title),
            title_key: sort_key(&document.title),
            channel: without_nul(&document.channel),
            channel_key: sort_key(&document.channel),
            channel_url: without_nul(&document.channel_url),
            location: without_nul(&document.location),
            processed_at: db_time(document.processed_at().unwrap_or(DateTime::UNIX_EPOCH)),
            published_at: document.published_at.as_deref().map(without_nul),
            duration_seconds: document.duration_seconds.map(|seconds| seconds.clamp(0.0, MAX_SECONDS)),
            transcript_length: integer(document.transcript_length),
            manna: integer(document.manna(Canon::Protestant).min(MAX_COUNT)),
            suspect: suspect(document),
            engine_name: engine.map(|engine| without_nul(&engine.name)),
            engine_version: engine.map(|engine| without_nul(&engine.version)),
            search: filter_text(document),
            speaker_slug: document.speaker.as_deref().and_then(group_slug),
            speaker: document.speaker.as_deref().and_then(group_name),
            series_slug: document.series.as_deref().and_then(group_slug),
            series: document.series.as_deref().and_then(group_name),
            unmeasured_language,
        }
    }

    /// Appends the values, each preceded by a comma.
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
        for name in [&self.speaker, &self.speaker_slug, &self.series, &self.series_slug] {
            statement.push(", ").push_bind(name.clone());
        }
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
    /// Number of citations in this row. More than one if the document gives only a count, without places.
    pub(super) citations: i64,
}

/// Returns the mentions in a document: its references or, in a legacy document without references, its positions; plus
/// any that it only counts. A sermon that is not measured has no mentions, so it is left out of the statistics and
/// lists of citations.
pub(super) fn mentions(document: &Document) -> Vec<MentionColumns> {
    if document.unmeasured_language().is_some() {
        return Vec::new();
    }
    let mut mentions = match &document.references {
        Some(references) => {
            references.iter().filter(|it| it.class != Class::Withdrawn).map(reference_mention).collect()
        }
        None => legacy_mentions(document),
    };
    for class in [Class::Confirmed, Class::Suspect] {
        let unplaced: Vec<_> = document
            .citations_by_book(class)
            .into_iter()
            .filter_map(|(book, citations)| unplaced(book, class, integer(citations.min(MAX_COUNT)), &mentions))
            .collect();
        mentions.extend(unplaced);
    }
    mentions
}

/// Returns a mention that stands for the counted citations of a book that are not in `mentions`, if there are any.
fn unplaced(book: Book, class: Class, citations: i64, mentions: &[MentionColumns]) -> Option<MentionColumns> {
    let (number, name, contextual) = (book_number(book), class_name(book, class), kind_name(Kind::Contextual));
    let placed = mentions.iter().filter(|m| m.book == number && m.class == name && m.kind != contextual).count();
    let citations = citations - i64::try_from(placed).unwrap_or(i64::MAX);
    (citations > 0).then(|| MentionColumns { citations, ..book_mention(book, class, None) })
}

/// Returns the mentions as stored in `staged_videos`: a JSON array of arrays.
pub(super) fn mentions_json(document: &Document) -> String {
    let mentions: Vec<_> = mentions(document)
        .into_iter()
        .map(|m| {
            let numbers = (m.chapter, m.verse, m.end_chapter, m.end_verse);
            let (chapter, verse, end_chapter, end_verse) = numbers;
            (m.book, chapter, verse, end_chapter, end_verse, m.osis, m.kind, m.class, m.start_seconds, m.citations)
        })
        .collect();
    serde_json::to_string(&mentions).expect("the numbers in a document are finite")
}

fn reference_mention(reference: &Reference) -> MentionColumns {
    MentionColumns {
        book: book_number(reference.book),
        chapter: reference.chapter.map(i32::from),
        verse: reference.verse.map(i32::from),
        end_chapter: reference.end_chapter.map(i32::from),
        end_verse: reference.end_verse.map(i32::from),
        osis: without_nul(&reference.osis),
        kind: kind_name(reference.kind),
        class: class_name(reference.book, reference.class),
        start_seconds: reference.start_seconds,
        citations: 1,
    }
}

/// Returns the mentions of a document from the previous system, which recorded books, not passages. Skips unknown book
/// names.
fn legacy_mentions(document: &Document) -> Vec<MentionColumns> {
    let mut columns = Vec::new();
    for (name, mentions) in &document.positions {
        let Ok(book) = Book::from_name(name) else { continue };
        for (class, locations) in [(Class::Confirmed, &mentions.valid), (Class::Suspect, &mentions.suspect)] {
            // A `null` location still counts as a mention.
            columns.extend(locations.iter().map(|location| {
                let start = location.as_ref().and_then(|location| location.start.as_ref()?.as_f64());
                book_mention(book, class, start)
            }));
        }
    }
    columns
}

/// Returns a mention of a whole book.
fn book_mention(book: Book, class: Class, start_seconds: Option<f64>) -> MentionColumns {
    MentionColumns {
        book: book_number(book),
        chapter: None,
        verse: None,
        end_chapter: None,
        end_verse: None,
        osis: book.osis().to_owned(),
        kind: kind_name(Kind::Book),
        class: class_name(book, class),
        start_seconds,
        citations: 1,
    }
}

/// Returns the number that is stored for a book: its index.
pub(super) fn book_number(book: Book) -> i16 {
    i16::try_from(book.index()).expect("there are 84 books")
}

/// Returns the stored class of the confirmed mentions of a book.
/// Mentions of deuterocanonical books have a separate class, because releases that do not know these books add up the
/// confirmed mentions of all books, and ignore other classes.
pub(super) const fn confirmed_class(book: Book) -> &'static str {
    if book.is_deuterocanonical() { "deuterocanonical" } else { "confirmed" }
}

/// Returns the number of suspect references.
pub(super) fn suspect(document: &Document) -> i64 {
    integer(document.suspect().min(MAX_COUNT))
}

const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Explicit => "explicit",
        Kind::Book => "book",
        Kind::Contextual => "contextual",
    }
}

const fn class_name(book: Book, class: Class) -> &'static str {
    match class {
        Class::Confirmed => confirmed_class(book),
        Class::Suspect => "suspect",
        Class::FalsePositive => "false_positive",
        Class::NotCounted => "not_counted",
        Class::Withdrawn => "withdrawn",
    }
}

/// Returns the lowercase text that the filter of a list searches: title, church, speaker, series, and each passage in
/// OSIS and in English.
fn filter_text(document: &Document) -> String {
    let mut filter_text = format!("{}\n{}", document.title, document.channel);
    for name in [&document.speaker, &document.series].into_iter().flatten() {
        filter_text.push('\n');
        filter_text.push_str(name);
    }
    let references = document.references.iter().flatten().filter(|_| document.unmeasured_language().is_none());
    let mut passages: Vec<_> = references.collect();
    passages.sort_by(|a, b| a.osis.cmp(&b.osis));
    passages.dedup_by(|a, b| a.osis == b.osis);
    for reference in passages {
        // People type "Psalm" as well as "Psalms" (the name of the book), and a hyphen instead of the en dash.
        let english = reference.osis.parse::<Passage>().map(|passage| passage.english().replace('–', "-"));
        for text in ["\n", &reference.osis, " ", reference.book.name(), " ", &english.unwrap_or_default()] {
            filter_text.push_str(text);
        }
    }
    without_nul(&filter_text.to_lowercase())
}

/// Returns the name of a speaker or series as it is stored, or `None` if it is blank.
fn group_name(name: &str) -> Option<String> {
    Some(without_nul(name.trim())).filter(|name| !name.is_empty())
}

/// Returns the slug that identifies a speaker or series. Names that differ only in capitals or punctuation have the
/// same slug.
pub(super) fn group_slug(name: &str) -> Option<String> {
    group_name(name).map(|name| slug(&name))
}

/// Replaces NUL, which PostgreSQL cannot store in text.
pub(super) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Returns the sort key: the beginning of the text, in lower case.
fn sort_key(key: &str) -> String {
    without_nul(key.trim()).to_lowercase().chars().take(MAX_SORT_KEY).collect()
}

/// Returns the day that a sermon is counted under: the date in `published_at` or, if there is none, the day it was
/// analyzed.
pub(super) fn sermon_day(published_at: Option<&str>, processed_at: DateTime<Utc>) -> NaiveDate {
    let date = published_at.and_then(|text| text.get(..10)).and_then(|text| text.parse().ok());
    date.unwrap_or_else(|| processed_at.date_naive())
}

/// Rounds a time to what both databases can store: microseconds, and years 1 to 9999.
pub(super) fn db_time(time: DateTime<Utc>) -> DateTime<Utc> {
    let year = |year, month, day| {
        NaiveDate::from_ymd_opt(year, month, day)
            .and_then(|date| date.and_hms_opt(0, 0, 0))
            .expect("a valid date")
            .and_utc()
    };
    time.trunc_subsecs(6).clamp(year(1, 1, 1), year(9999, 12, 31))
}

fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
