//! Lists and statistics computed from an export, like those that the store computes from its tables.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
};

use chrono::DateTime;

use crate::{
    domain::{Book, Canon, Document, VideoId},
    safety::format::{ReadError, read_documents},
    store::{AllTimeStats, InvalidCursor, VideoPage, VideoQuery, VideoSort, VideoSummary, is_same_group},
};

/// Prefix of a cursor, followed by an offset. The store's cursors have a different format.
const CURSOR: &str = "export-";

/// The data that lists show for each sermon, ordered by ID.
#[derive(Debug)]
pub(super) struct ExportIndex {
    sermons: Vec<IndexedSermon>,
    canon: Canon,
}

#[derive(Debug)]
struct IndexedSermon {
    summary: VideoSummary,
    /// Title and church in lower case.
    search_text: String,
    title_key: String,
    channel_key: String,
    /// Number of confirmed references by book, including deuterocanonical books.
    books: BTreeMap<Book, i64>,
}

impl ExportIndex {
    /// Reads the plain file of an export.
    pub(super) fn read(file: File, canon: Canon) -> Result<Self, ReadError> {
        let mut sermons = Vec::new();
        read_documents(file, |id, text, _| {
            let document = Document::from_legacy(id.as_str(), serde_json::from_str(text)?)?;
            sermons.push(IndexedSermon::new(id, document.clamped(), canon));
            Ok(())
        })?;
        Ok(Self { sermons, canon })
    }

    /// Returns one page of the list. Fails if the cursor does not come from this module.
    pub(super) fn page(&self, query: &VideoQuery) -> Result<VideoPage, InvalidCursor> {
        let offset: usize = match &query.cursor {
            None => 0,
            Some(cursor) => cursor.strip_prefix(CURSOR).and_then(|number| number.parse().ok()).ok_or(InvalidCursor)?,
        };
        let words: Vec<_> =
            query.search.iter().flat_map(|search| search.split_whitespace()).map(str::to_lowercase).collect();
        let mut found: Vec<_> = self.sermons.iter().filter(|sermon| sermon.matches(query, &words)).collect();
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
            self.sermons.iter().map(|sermon| &sermon.summary.channel).filter(|name| !name.is_empty()).collect();
        let mut books: BTreeMap<_, i64> = BTreeMap::new();
        for (book, count) in self.sermons.iter().flat_map(|sermon| &sermon.books) {
            *books.entry(*book).or_default() += count;
        }
        let (books, deuterocanonical_books) = books.into_iter().partition(|(book, _)| self.canon.contains(*book));
        AllTimeStats {
            sermons: number(self.sermons.iter().filter(|sermon| sermon.summary.not_measured.is_none()).count()),
            churches: number(churches.len()),
            manna: self.sermons.iter().filter_map(|sermon| sermon.summary.manna).sum(),
            books,
            deuterocanonical_books,
        }
    }
}

impl IndexedSermon {
    fn new(video_id: VideoId, document: Document, canon: Canon) -> Self {
        let counts = document.reference_counts(canon);
        let not_measured = document.not_measured();
        let measured = |number: u64| not_measured.is_none().then(|| integer(number));
        let summary = VideoSummary {
            video_id,
            processed_at: document.processed_at().unwrap_or(DateTime::UNIX_EPOCH),
            manna: measured(counts.confirmed),
            suspect: measured(counts.suspect),
            deuterocanonical: measured(counts.deuterocanonical),
            church_slug: None,
            speaker: document.speaker,
            series: document.series,
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
            books: counts
                .books
                .into_iter()
                .chain(counts.deuterocanonical_books)
                .map(|(book, n)| (book, integer(n)))
                .collect(),
            summary,
        }
    }

    fn matches(&self, query: &VideoQuery, words: &[String]) -> bool {
        let Self { summary, .. } = self;
        words.iter().all(|word| self.search_text.contains(word))
            && query.channel.as_ref().is_none_or(|channel| *channel == summary.channel)
            && matches_name(query.speaker.as_deref(), summary.speaker.as_deref())
            && matches_name(query.series.as_deref(), summary.series.as_deref())
            && query.book.is_none_or(|book| self.books.contains_key(&book))
            && query.preached.includes(summary.published_at.as_deref())
            && query.added_from.is_none_or(|from| summary.processed_at >= from)
            && query.added_to.is_none_or(|to| summary.processed_at < to)
    }
}

/// Returns whether a speaker or series matches the filter, by the same rules as in the database.
fn matches_name(wanted: Option<&str>, name: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| name.is_some_and(|name| is_same_group(wanted, name)))
}

/// Sorts in the same order as the store. Ties are broken by ID.
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

fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
