//! Lists and sums over an export, as the store gives them over its tables.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
};

use chrono::DateTime;

use crate::{
    domain::{Book, Class, Document, VideoId},
    safety::format::{ReadError, read_documents},
    store::{InvalidCursor, Totals, VideoPage, VideoQuery, VideoSort, VideoSummary},
};

/// What a cursor begins with; a number follows. Those of the store look different.
const CURSOR: &str = "export-";

/// What lists need of each video, in the order of ids.
#[derive(Debug)]
pub(super) struct Listing(Vec<Listed>);

#[derive(Debug)]
struct Listed {
    summary: VideoSummary,
    /// Title and church in lower case.
    words: String,
    title_key: String,
    channel_key: String,
    /// Confirmed references of each book.
    books: BTreeMap<Book, i64>,
}

impl Listing {
    /// Reads a whole file.
    pub(super) fn read(file: File) -> Result<Self, ReadError> {
        let mut listed = Vec::new();
        read_documents(file, |id, text, _| {
            let document = Document::from_legacy(id.as_str(), serde_json::from_str(text)?)?;
            listed.push(Listed::of(id, document));
            Ok(())
        })?;
        Ok(Self(listed))
    }

    /// A page, or the cursor was not one of these.
    pub(super) fn page(&self, query: &VideoQuery) -> Result<VideoPage, InvalidCursor> {
        let behind: usize = match &query.cursor {
            None => 0,
            Some(cursor) => cursor.strip_prefix(CURSOR).and_then(|number| number.parse().ok()).ok_or(InvalidCursor)?,
        };
        let words: Vec<_> =
            query.search.iter().flat_map(|search| search.split_whitespace()).map(str::to_lowercase).collect();
        let mut found: Vec<_> = self.0.iter().filter(|listed| listed.fits(query, &words)).collect();
        sort(&mut found, query.sort);
        let end = found.len().min(behind.saturating_add(usize::from(query.limit.max(1))));
        Ok(VideoPage {
            total: number(found.len()),
            next_cursor: (end < found.len()).then(|| format!("{CURSOR}{end}")),
            videos: found.get(behind..end).unwrap_or_default().iter().map(|listed| listed.summary.clone()).collect(),
        })
    }

    /// Sums over all videos.
    pub(super) fn totals(&self) -> Totals {
        let channels: BTreeSet<_> =
            self.0.iter().map(|listed| &listed.summary.channel).filter(|name| !name.is_empty()).collect();
        let mut books = BTreeMap::new();
        for (book, count) in self.0.iter().flat_map(|listed| &listed.books) {
            *books.entry(*book).or_default() += count;
        }
        Totals {
            videos: number(self.0.len()),
            channels: number(channels.len()),
            manna: self.0.iter().map(|listed| listed.summary.manna).sum(),
            books: books.into_iter().collect(),
        }
    }
}

impl Listed {
    fn of(video_id: VideoId, document: Document) -> Self {
        let books = books(&document);
        let summary = VideoSummary {
            video_id,
            processed_at: document.processed_at().unwrap_or(DateTime::UNIX_EPOCH),
            manna: i64::try_from(document.manna()).unwrap_or(i64::MAX),
            suspect: i64::try_from(document.stats.suspect_references).unwrap_or(i64::MAX),
            church_slug: None,
            title: document.title,
            channel: document.channel,
            channel_url: document.channel_url,
            location: document.location,
            published_at: document.published_at,
            duration_seconds: document.duration_seconds,
        };
        Self {
            words: format!("{}\n{}", summary.title, summary.channel).to_lowercase(),
            title_key: summary.title.trim().to_lowercase(),
            channel_key: summary.channel.trim().to_lowercase(),
            books,
            summary,
        }
    }

    fn fits(&self, query: &VideoQuery, words: &[String]) -> bool {
        let Self { summary, .. } = self;
        words.iter().all(|word| self.words.contains(word))
            && query.channel.as_ref().is_none_or(|channel| *channel == summary.channel)
            && query.book.is_none_or(|book| self.books.contains_key(&book))
            && query.from.is_none_or(|from| summary.processed_at >= from)
            && query.to.is_none_or(|to| summary.processed_at < to)
    }
}

/// Confirmed references of each book: those listed, or, in older documents, what stands under `positions`.
fn books(document: &Document) -> BTreeMap<Book, i64> {
    let mut books = BTreeMap::new();
    if let Some(references) = &document.references {
        for reference in references.iter().filter(|reference| reference.class == Class::Confirmed) {
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

/// The order of the store: ties go by id.
fn sort(found: &mut [&Listed], order: VideoSort) {
    match order {
        VideoSort::Newest => {
            found.sort_by(|a, b| {
                (b.summary.processed_at, &b.summary.video_id).cmp(&(a.summary.processed_at, &a.summary.video_id))
            });
        }
        VideoSort::Oldest => found.sort_by_key(|listed| listed.summary.processed_at),
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
