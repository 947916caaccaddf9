//! `GET /video/{video_id}`: the label of a sermon, its timeline, and every reference in it.

mod cited;
mod mentions;
mod reanalyze;
mod share;
mod timeline;
mod watch;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::Value;

use self::{
    cited::{Group, Often},
    mentions::{IN_FULL, Mention, Places},
    share::Share,
    timeline::Timeline,
};
use super::{
    format::{self, Title},
    fresh::Fresh,
    label::Facts,
    links::Links,
    page::{Page, render},
    rows::{SermonRow, church_url},
};
use crate::{
    domain::{Book, Document, SourceKind, VideoId},
    http::{
        auth::MaybeAdmin,
        body::QueryString,
        error::AppError,
        fallback::Source,
        state::{AppState, Submissions},
    },
    store::{Church, Related, StoreError},
};

pub(super) use reanalyze::reanalyze;
pub(super) use watch::WatchLink;

/// Other sermons that are shown.
const RELATED: u16 = 6;

/// Passages that are named of each.
const SHARED: usize = 4;

/// Books that have a bar.
const BOOKS: usize = 8;

/// What the page shows.
#[derive(Debug, Template)]
#[template(path = "sermon.html")]
struct SermonPage {
    page: Page,
    title: Title,
    church: String,
    church_url: String,
    /// Where the church is at home on the web.
    channel_url: Option<String>,
    location: String,
    published: Option<String>,
    length: Option<String>,
    watch_url: Option<String>,
    facts: Facts,
    /// How it was counted, in a sentence.
    counted: String,
    books: Vec<BookLine>,
    /// Those that are cited less, in a line.
    other_books: Vec<BookLine>,
    timeline: Option<Timeline>,
    often: Vec<Often>,
    related: Vec<Relative>,
    groups: Vec<Group>,
    /// Whether they are grouped by book.
    /// How many references are shown in full, if not all are.
    brief: Option<usize>,
    by_book: bool,
    /// Whether references are there that lean on others, which the manna has not.
    leaning: usize,
    /// Names and words that could be taken for a book and are none here.
    refused: Vec<Mention>,
    logs: Vec<String>,
    urls: Urls,
    share: Share,
    may_recount: bool,
    notice: Option<&'static str>,
}

/// The addresses of a sermon.
#[derive(Debug)]
struct Urls {
    in_order: String,
    by_book: String,
    json: String,
    label_svg: String,
    label_png: String,
    reanalyze: String,
    /// What is put into another page to show the label there.
    embed: String,
}

/// A book that is cited.
#[derive(Debug)]
struct BookLine {
    name: String,
    url: Option<String>,
    confirmed: String,
    suspect: Option<String>,
    /// Its share of the book that is cited most, 0 to 100: the length of its bar.
    share: u64,
}

/// Another sermon that cites the same.
#[derive(Debug)]
struct Relative {
    row: SermonRow,
    /// What both cite, with the pages of it.
    shared: Vec<(String, String)>,
}

/// How the page is wanted.
#[derive(Debug, Default, Deserialize)]
pub(super) struct View {
    /// `book`: the references by book instead of in order.
    view: Option<String>,
    /// What has just been done.
    done: Option<String>,
}

/// What is known around the document.
#[derive(Debug, Default)]
struct Around {
    /// Its church; none while the database is away.
    church: Option<Church>,
    /// Others that cite the same passages.
    related: Vec<Related>,
    /// Whether the asker may have it counted again.
    may_recount: bool,
}

/// Answers the page.
pub(super) async fn sermon(
    State(state): State<AppState>,
    page: Page,
    MaybeAdmin(admin): MaybeAdmin,
    fresh: Fresh,
    Path(id): Path<String>,
    QueryString(view): QueryString<View>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    // An admin may see more than what the tag tells apart.
    let fresh = (!admin).then_some(fresh);
    if let Some(answer) = fresh.as_ref().and_then(Fresh::not_modified) {
        return Ok(answer);
    }
    let (stored, source) = state.reads.video(&id).await?;
    let document = read(&id, &stored.ok_or_else(|| AppError::NoVideo(id.clone()))?.text)?;
    let may_recount = admin || state.settings.submissions == Submissions::Open;
    let mut around = Around { may_recount, ..Around::default() };
    if source == Source::Database {
        around.church = state.store.church_named(&document.channel).await?;
        around.related = state.store.related(&id, RELATED).await?;
    }
    let shown = (source, render(&SermonPage::new(page.read_in(source), &document, &view, &around))).into_response();
    Ok(match fresh {
        Some(fresh) if source == Source::Database => fresh.tagged(shown),
        _ => shown,
    })
}

/// The stored document, of whatever age.
pub(super) fn read(id: &VideoId, text: &str) -> Result<Document, AppError> {
    let corrupt = |error: String| StoreError::Corrupt(format!("{id}: {error}"));
    let value = serde_json::from_str(text).map_err(|error| corrupt(error.to_string()))?;
    Ok(Document::from_legacy(id.as_str(), value).map_err(|error| corrupt(error.to_string()))?)
}

impl SermonPage {
    fn new(page: Page, document: &Document, view: &View, around: &Around) -> Self {
        let church = around.church.as_ref();
        let (links, watch) = (page.links.clone(), WatchLink::of(document));
        let places = Places { links: &links, watch: &watch };
        let found = mentions::counted(document, places);
        let mut books = book_lines(document, &links);
        let other_books = books.split_off(books.len().min(BOOKS));
        let by_book = view.view.as_deref() == Some("book");
        Self {
            title: Title::of(&document.title),
            church: document.channel.clone(),
            church_url: church_url(church.map(|church| church.slug.as_str()), &document.channel, &links),
            channel_url: format::web_address(&document.channel_url),
            location: document.location.clone(),
            published: document.published_at.as_deref().and_then(format::day),
            length: document.duration_seconds.map(format::length),
            facts: Facts::new(document),
            counted: counted(document),
            books,
            other_books,
            timeline: Timeline::new(&found, document.duration_seconds),
            related: around.related.iter().map(|related| Relative::new(related, &links)).collect(),
            often: cited::most_cited(&found),
            leaning: found.iter().filter(|mention| mention.anchor.is_some()).count(),
            brief: (found.len() > IN_FULL).then_some(IN_FULL),
            groups: if by_book { cited::by_book(found, |book| links.book(book)) } else { cited::in_order(found) },
            by_book,
            refused: mentions::refused(document, places),
            logs: document.logs.iter().map(log_line).collect(),
            urls: Urls::new(&page, document),
            share: Share::new(&page, &document.video_id, document),
            may_recount: around.may_recount,
            notice: view.done.as_deref().and_then(reanalyze::notice),
            watch_url: watch.url(),
            page,
        }
    }
}

impl Relative {
    fn new(related: &Related, links: &Links) -> Self {
        let shared = related.shared.iter().take(SHARED);
        Self {
            row: SermonRow::new(related.sermon.clone(), links),
            shared: shared.map(|&passage| (format::passage_name(passage), links.passage(passage))).collect(),
        }
    }
}

impl Urls {
    fn new(page: &Page, document: &Document) -> Self {
        let (links, id) = (&page.links, &document.video_id);
        let title = Title::of(&document.title).main;
        Self {
            in_order: links.sermon(id),
            by_book: links.sermon_by_book(id),
            json: links.document(id),
            label_svg: links.label_svg(id),
            label_png: links.label_png(id),
            reanalyze: links.reanalyze(id),
            embed: format!(
                "<a href=\"{}\"><img src=\"{}\" width=\"420\" alt=\"Manna Facts: {}\"></a>",
                page.absolute(&links.sermon(id)),
                page.absolute(&links.label_svg(id)),
                escaped(&title),
            ),
        }
    }
}

/// Text within the markup that is shown to be copied.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// The books that are cited, most cited first.
fn book_lines(document: &Document, links: &Links) -> Vec<BookLine> {
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
        url: Book::from_name(name).ok().map(|book| links.book(book)),
        confirmed: format::number(confirmed),
        suspect: (suspect > 0).then(|| format::number(suspect)),
        share: confirmed * 100 / most,
    };
    books.into_iter().map(line).collect()
}

/// `From automatic captions of YouTube (en), counted on 31 May 2026 by mannameter-detector 1.`
fn counted(document: &Document) -> String {
    let origin = match document.source.as_ref().map(|source| (source.kind, source.automatic)) {
        Some((SourceKind::Youtube, Some(true))) => "automatic captions of YouTube",
        Some((SourceKind::Youtube, _)) | None => "captions of YouTube",
        Some((SourceKind::Upload, _)) => "an uploaded transcript",
        Some((SourceKind::Paste, _)) => "a pasted transcript",
    };
    let language = document.language.as_ref().map(|language| format!(" ({language})")).unwrap_or_default();
    let day = document.processed_at().map(|at| format!(", counted on {}", format::date(at))).unwrap_or_default();
    let engine = document.engine.as_ref().map(|engine| format!(" by {} {}", engine.name, engine.version));
    format!("From {origin}{language}{day}{}.", engine.unwrap_or_default())
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

    fn related() -> Vec<Related> {
        let shared = vec!["Rom.8.28".parse().expect("a passage")];
        vec![Related { sermon: crate::http::web::rows::sample::sermon(), shared }]
    }

    /// The page of a document of ours in both views, of one of the system before ours, and of one without anything in it.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let reference = json!({
            "osis": "John.5.24", "book": "John", "chapter": 5, "verse": 24, "end_chapter": null, "end_verse": null,
            "kind": "explicit", "class": "confirmed", "start_seconds": 754.2, "start_char": 10, "end_char": 20,
            "text": "John 5 verse 24", "context": "turn to <b>John 5 verse 24</b> with me", "evidence": ["book_of"],
            "repaired": true, "anchor": "John.5",
        });
        let ours = json!({
            "title": "Love & <Truth> | <xss>", "channel": "Grace", "channel_url": "https://www.youtube.com/@grace", "location": "Kenya",
            "processed_at": "2026-05-31T10:00:00Z", "duration_seconds": 2520.0, "language": "en", "counts": {"John": 2, "Romans": 1},
            "suspect_counts": {"Mark": 1}, "stats": {"scripture_references": 3, "suspect_references": 1},
            "references": [reference, reference], "engine": {"name": "mannameter-detector", "version": "1"}, "logs": ["a <line>", {"message": "b"}],
            "source": {"kind": "youtube", "format": "json3", "automatic": true},
            "positions": {"Mark": {"false_positive": [{"start": 7, "context": "my friend mark said", "text": "mark"}]}},
        });
        let legacy = json!({
            "channel_url": "javascript:alert(1)", "counts": {"John": 1}, "logs": ["done"],
            "positions": {"John": {"valid": [{"start": 695.519, "context": "in John chapter 3", "text": "t", "matched_pattern": "in"}]}},
        });
        let by_book = View { view: Some("book".to_owned()), done: Some("reanalyzed".to_owned()) };
        let in_order = View::default();
        [
            (ours.clone(), &in_order, true),
            (ours, &by_book, false),
            (legacy, &by_book, true),
            (json!({}), &in_order, true),
        ]
        .map(|(value, view, reanalyze)| {
            let document = Document::from_legacy("sErm0n_Tst1", value).expect("a document");
            SermonPage::new(
                page.clone(),
                &document,
                view,
                &Around { may_recount: reanalyze, related: related(), ..Around::default() },
            )
            .render()
            .expect("a page")
        })
        .into()
    }
}
