//! `GET /video/{video_id}`: the label of a sermon, and every reference in it.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{
    dashboard::title,
    format,
    mentions::{self, Mention},
    page::{Page, render},
};
use crate::{
    domain::{Book, Document, Source, SourceKind, Testament, VideoId},
    http::{error::AppError, state::AppState},
    store::StoreError,
};

/// What the page shows.
#[derive(Debug, Template)]
#[template(path = "sermon.html")]
struct SermonPage {
    page: Page,
    title: String,
    channel: String,
    channel_url: Option<String>,
    location: String,
    published: Option<String>,
    analysed: String,
    length: Option<String>,
    language: Option<String>,
    origin: &'static str,
    watch_url: Option<String>,
    json_url: String,
    engine: Option<String>,
    label: Label,
    mentions: Vec<Mention>,
    /// Names and words that could be taken for a book and are none here.
    refused: Vec<Mention>,
    logs: Vec<String>,
}

/// The Nutrition Facts label.
#[derive(Debug)]
struct Label {
    manna: String,
    suspect: String,
    false_positives: String,
    total: String,
    per_ten_minutes: Option<String>,
    old_testament: String,
    new_testament: String,
    books: Vec<BookLine>,
}

/// A book on the label.
#[derive(Debug)]
struct BookLine {
    name: String,
    confirmed: String,
    suspect: Option<String>,
    /// Its share of the book that is cited most, 0 to 100: the length of its bar.
    share: u64,
}

/// Answers the page.
pub(super) async fn sermon(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let (stored, source) = state.reads.video(&id).await?;
    let document = read(&id, &stored.ok_or_else(|| AppError::NoVideo(id.clone()))?.text)?;
    Ok((source, render(&SermonPage::new(page.read_in(source), &document))).into_response())
}

/// The stored document, of whatever age.
fn read(id: &VideoId, text: &str) -> Result<Document, AppError> {
    let corrupt = |error: String| StoreError::Corrupt(format!("{id}: {error}"));
    let value = serde_json::from_str(text).map_err(|error| corrupt(error.to_string()))?;
    Ok(Document::from_legacy(id.as_str(), value).map_err(|error| corrupt(error.to_string()))?)
}

impl SermonPage {
    fn new(page: Page, document: &Document) -> Self {
        let watch = WatchLink::of(document);
        Self {
            page,
            title: title(&document.title),
            channel: document.channel.clone(),
            channel_url: format::web_address(&document.channel_url),
            location: document.location.clone(),
            published: document.published_at.as_deref().and_then(format::day),
            analysed: document.processed_at().map(format::date).unwrap_or_default(),
            length: document.duration_seconds.map(format::length),
            language: document.language.clone(),
            origin: origin(document),
            json_url: format!("/api/video/{}", document.video_id),
            engine: document.engine.as_ref().map(|engine| format!("{} {}", engine.name, engine.version)),
            label: Label::new(document),
            mentions: mentions::counted(document, &watch),
            refused: mentions::refused(document, &watch),
            logs: document.logs.iter().map(log_line).collect(),
            watch_url: watch.url(),
        }
    }
}

/// Where a sermon can be watched.
#[derive(Debug)]
pub(super) enum WatchLink {
    /// On YouTube, at any second.
    Youtube(VideoId),
    /// Elsewhere.
    Page(String),
    /// Nowhere that we know.
    None,
}

impl WatchLink {
    /// A document of the system before ours always came from YouTube.
    fn of(document: &Document) -> Self {
        Self::new(&document.video_id, document.source.as_ref())
    }

    /// Of a video whose words came from there.
    pub(super) fn new(id: &VideoId, source: Option<&Source>) -> Self {
        let youtube = || Self::Youtube(id.clone());
        let Some(source) = source else {
            return if id.could_be_youtube() { youtube() } else { Self::None };
        };
        let address = source.url.as_deref().and_then(format::web_address);
        match (source.kind, address) {
            (SourceKind::Youtube, _) => youtube(),
            (_, Some(address)) if address.ends_with(&format!("watch?v={id}")) => youtube(),
            (_, Some(address)) => Self::Page(address),
            (_, None) => Self::None,
        }
    }

    fn url(&self) -> Option<String> {
        match self {
            Self::Youtube(id) => Some(format!("https://www.youtube.com/watch?v={id}")),
            Self::Page(address) => Some(address.clone()),
            Self::None => None,
        }
    }

    /// The same at a second, where the site can do that.
    pub(super) fn at(&self, seconds: f64) -> Option<String> {
        let Self::Youtube(id) = self else { return None };
        Some(format!("https://www.youtube.com/watch?v={id}&t={}s", format::whole(seconds)))
    }
}

impl Label {
    fn new(document: &Document) -> Self {
        let stats = &document.stats;
        let in_testament = |testament: Testament| {
            let counts = document
                .counts
                .iter()
                .filter(|(name, _)| Book::from_name(name).is_ok_and(|book| book.testament() == testament));
            format::number(counts.map(|(_, count)| count).sum::<u64>())
        };
        #[expect(clippy::cast_precision_loss, reason = "a sermon has fewer references than a float has digits")]
        let rate = document
            .duration_seconds
            .filter(|seconds| *seconds >= 60.0)
            .map(|seconds| document.manna() as f64 * 600.0 / seconds);
        Self {
            manna: format::number(document.manna()),
            suspect: format::number(stats.suspect_references),
            false_positives: format::number(stats.false_positives),
            total: format::number(stats.total_matches),
            per_ten_minutes: rate.map(|rate| format!("{rate:.1}")),
            old_testament: in_testament(Testament::Old),
            new_testament: in_testament(Testament::New),
            books: book_lines(document),
        }
    }
}

/// The books that are cited, most cited first.
fn book_lines(document: &Document) -> Vec<BookLine> {
    let suspect = |name: &str| document.suspect_counts.get(name).copied().unwrap_or_default();
    let names = document
        .counts
        .keys()
        .chain(document.suspect_counts.keys().filter(|name| !document.counts.contains_key(*name)));
    let mut books: Vec<_> = names
        .map(|name| (name, document.counts.get(name).copied().unwrap_or_default(), suspect(name)))
        .filter(|(_, confirmed, suspect)| confirmed + suspect > 0)
        .collect();
    books.sort_by_key(|&(_, confirmed, suspect)| (std::cmp::Reverse(confirmed), std::cmp::Reverse(suspect)));
    let most = books.first().map_or(1, |book| book.1.max(1));
    let line = |(name, confirmed, suspect): (&String, u64, u64)| BookLine {
        name: name.clone(),
        confirmed: format::number(confirmed),
        suspect: (suspect > 0).then(|| format::number(suspect)),
        share: confirmed * 100 / most,
    };
    books.into_iter().map(line).collect()
}

fn origin(document: &Document) -> &'static str {
    match document.source.as_ref().map(|source| (source.kind, source.automatic)) {
        Some((SourceKind::Youtube, Some(true))) => "automatic captions of YouTube",
        Some((SourceKind::Youtube, _)) | None => "captions of YouTube",
        Some((SourceKind::Upload, _)) => "an uploaded transcript",
        Some((SourceKind::Paste, _)) => "a pasted transcript",
    }
}

/// Logs are strings, or objects with a `message`.
fn log_line(value: &Value) -> String {
    let text = value.as_str().or_else(|| value.get("message").and_then(Value::as_str));
    text.map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
pub(super) mod sample {
    use serde_json::json;

    use super::*;

    /// The page of a document of ours, of one of the system before ours, and of one without anything in it.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let reference = json!({
            "osis": "John.5.24", "book": "John", "chapter": 5, "verse": 24, "end_chapter": null, "end_verse": null,
            "kind": "explicit", "class": "confirmed", "start_seconds": 754.2, "start_char": 10, "end_char": 20,
            "text": "John 5 verse 24", "context": "turn to <b>John 5 verse 24</b> with me", "evidence": ["book_of"],
            "repaired": true, "anchor": "John.5",
        });
        let ours = json!({
            "title": "Love & <Truth>", "channel": "Grace", "channel_url": "https://www.youtube.com/@grace", "location": "Kenya",
            "processed_at": "2026-05-31T10:00:00Z", "duration_seconds": 2520.0, "language": "en", "counts": {"John": 2, "Romans": 1},
            "suspect_counts": {"Mark": 1}, "stats": {"scripture_references": 3, "suspect_references": 1},
            "references": [reference], "engine": {"name": "mannameter-detector", "version": "1"}, "logs": ["a <line>", {"message": "b"}],
            "source": {"kind": "youtube", "format": "json3", "automatic": true},
            "positions": {"Mark": {"false_positive": [{"start": 7, "context": "my friend mark said", "text": "mark"}]}},
        });
        let legacy = json!({
            "channel_url": "javascript:alert(1)", "counts": {"John": 1}, "logs": ["done"],
            "positions": {"John": {"valid": [{"start": 695.519, "context": "in John chapter 3", "text": "t", "matched_pattern": "in"}]}},
        });
        [ours, legacy, json!({})]
            .map(|value| Document::from_legacy("sErm0n_Tst1", value).expect("a document"))
            .map(|document| SermonPage::new(page.clone(), &document).render().expect("a page"))
            .into()
    }
}
