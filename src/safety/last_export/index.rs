//! Lists and statistics computed from an export, like those that the store computes from its tables.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
};

use chrono::DateTime;

use crate::{
    domain::{Book, Class, Document, VideoId},
    safety::format::{ReadError, read_documents},
    store::{AllTimeStats, InvalidCursor, VideoPage, VideoQuery, VideoSort, VideoSummary},
};

/// Prefix of a cursor, followed by an offset. The store's cursors have a different format.
const CURSOR: &str = "export-";

/// What lists show of each sermon, ordered by ID.
#[derive(Debug)]
pub(super) struct ExportIndex(Vec<IndexedSermon>);

#[derive(Debug)]
struct IndexedSermon {
    summary: VideoSummary,
    /// Title and church in lower case.
    search_text: String,
    title_key: String,
    channel_key: String,
    /// Number of confirmed references by book.
    books: BTreeMap<Book, i64>,
}

impl ExportIndex {
    /// Reads the plain file of an export.
    pub(super) fn read(file: File) -> Result<Self, ReadError> {
        let mut sermons = Vec::new();
        read_documents(file, |id, text, _| {
            let document = Document::from_legacy(id.as_str(), serde_json::from_str(text)?)?;
            sermons.push(IndexedSermon::new(id, document.clamped()));
            Ok(())
        })?;
        Ok(Self(sermons))
    }

    /// Returns a page. Fails if the cursor did not come from this module.
    pub(super) fn page(&self, query: &VideoQuery) -> Result<VideoPage, InvalidCursor> {
        let offset: usize = match &query.cursor {
            None => 0,
            Some(cursor) => cursor.strip_prefix(CURSOR).and_then(|number| number.parse().ok()).ok_or(InvalidCursor)?,
        };
        let words: Vec<_> =
            query.search.iter().flat_map(|search| search.split_whitespace()).map(str::to_lowercase).collect();
        let mut found: Vec<_> = self.0.iter().filter(|sermon| sermon.matches(query, &words)).collect();
        sort(&mut found, query.sort);
        let end = found.len().min(offset.saturating_add(usize::from(query.limit.max(1))));
        Ok(VideoPage {
            total: number(found.len()),
            next_cursor: (end < found.len()).then(|| format!("{CURSOR}{end}")),
            videos: found.get(offset..end).unwrap_or_default().iter().map(|sermon| sermon.summary.clone()).collect(),
        })
    }

    /// Returns statistics for all sermons.
    pub(super) fn all_time_stats(&self) -> AllTimeStats {
        let churches: BTreeSet<_> =
            self.0.iter().map(|sermon| &sermon.summary.channel).filter(|name| !name.is_empty()).collect();
        let mut books = BTreeMap::new();
        for (book, count) in self.0.iter().flat_map(|sermon| &sermon.books) {
            *books.entry(*book).or_default() += count;
        }
        AllTimeStats {
            sermons: number(self.0.iter().filter(|sermon| sermon.summary.not_measured.is_none()).count()),
            churches: number(churches.len()),
            manna: self.0.iter().filter_map(|sermon| sermon.summary.manna).sum(),
            books: books.into_iter().collect(),
        }
    }
}

impl IndexedSermon {
    fn new(video_id: VideoId, document: Document) -> Self {
        let books = books(&document);
        let not_measured = document.not_measured();
        let measured = |number: u64| not_measured.is_none().then(|| i64::try_from(number).unwrap_or(i64::MAX));
        let summary = VideoSummary {
            video_id,
            processed_at: document.processed_at().unwrap_or(DateTime::UNIX_EPOCH),
            manna: measured(document.stats.scripture_references),
            suspect: measured(document.stats.suspect_references),
            church_slug: None,
            title: document.title,
            channel: document.channel,
            channel_url: document.channel_url,
            location: document.location,
            published_at: document.published_at,
            duration_seconds: document.duration_seconds,
            not_measured,
        };
        Self {
            search_text: format!("{}\n{}", summary.title, summary.channel).to_lowercase(),
            title_key: summary.title.trim().to_lowercase(),
            channel_key: summary.channel.trim().to_lowercase(),
            books,
            summary,
        }
    }

    fn matches(&self, query: &VideoQuery, words: &[String]) -> bool {
        let Self { summary, .. } = self;
        words.iter().all(|word| self.search_text.contains(word))
            && query.channel.as_ref().is_none_or(|channel| *channel == summary.channel)
            && query.book.is_none_or(|book| self.books.contains_key(&book))
            && query.preached.includes(summary.published_at.as_deref())
            && query.added_from.is_none_or(|from| summary.processed_at >= from)
            && query.added_to.is_none_or(|to| summary.processed_at < to)
    }
}

/// Counts the confirmed references to each book. Legacy documents list them under `positions`.
fn books(document: &Document) -> BTreeMap<Book, i64> {
    let mut books = BTreeMap::new();
    if document.unmeasured_language().is_some() {
        return books;
    }
    if let Some(references) = &document.references {
        for reference in references.iter().filter(|it| it.class == Class::Confirmed && !it.book.is_deuterocanonical()) {
            *books.entry(reference.book).or_default() += 1;
        }
    } else {
        for (name, mentions) in &document.positions {
            if let Ok(book) = Book::from_name(name)
                && !mentions.valid.is_empty()
            {
                *books.entry(book).or_default() += number(mentions.valid.len());
            }
        }
    }
    books
}

/// Sorts as the store does: ties are broken by ID.
fn sort(found: &mut [&IndexedSermon], order: VideoSort) {
    match order {
        VideoSort::Newest => {
            found.sort_by(|a, b| {
                (b.summary.processed_at, &b.summary.video_id).cmp(&(a.summary.processed_at, &a.summary.video_id))
            });
        }
        VideoSort::Oldest => found.sort_by_key(|sermon| sermon.summary.processed_at),
        VideoSort::Manna => {
            found.sort_by(|a, b| (b.summary.manna, &b.summary.video_id).cmp(&(a.summary.manna, &a.summary.video_id)));
        }
        VideoSort::Title => found.sort_by(|a, b| a.title_key.cmp(&b.title_key)),
        VideoSort::Channel => {
            found.sort_by(|a, b| (&a.channel_key, &a.title_key).cmp(&(&b.channel_key, &b.title_key)));
        }
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
