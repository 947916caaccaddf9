//! `GET /video/{video_id}`: the page of a sermon, with its label, timeline and references.

mod change;
mod cited;
mod correct;
mod edit;
mod history;
mod mentions;
mod reanalyze;
mod share;
mod timeline;
mod unplaced;
mod urls;
mod watch;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use scripture_detector::language::english_name;
use serde::Deserialize;
use serde_json::Value;

use self::{
    change::Change,
    cited::{MentionGroup, RepeatedPassage},
    correct::CorrectionRow,
    mentions::{Mention, MentionLinks, WITH_CONTEXT},
    share::ShareLinks,
    timeline::Timeline,
    unplaced::Unplaced,
    urls::SermonUrls,
};
use super::{
    format::{self, Title},
    label::Facts,
    links::Links,
    page::Page,
    revalidation::PageRevalidation,
    rows::{SermonRow, church_url},
};
use crate::{
    domain::{Book, Canon, Class, Document, Scope, SourceKind, VideoId},
    http::{auth::MaybeClient, body::QueryString, error::AppError, reader::ReadSource, state::AppState},
    store::{AuditEntry, Church, GroupKind, RelatedSermon, StoreError, group_slug},
};

pub(super) use correct::{correct, remove as remove_correction, save as save_correction};
pub(super) use edit::{edit, save as save_edit};
pub(super) use history::{confirm_deletion, delete, history, restore};
pub(super) use reanalyze::reanalyze;
pub(super) use watch::WatchLink;

/// Maximum number of related sermons to show.
const RELATED: u16 = 6;

/// Maximum number of shared passages to show for each related sermon.
const SHARED: usize = 4;

/// Maximum number of books to show with a bar.
const BOOKS: usize = 8;

/// The page of a sermon.
#[derive(Debug, Template)]
#[template(path = "sermon.html")]
struct SermonPage {
    page: Page,
    title: Title,
    church: String,
    church_url: String,
    /// URL of the church's YouTube channel or website.
    channel_url: Option<String>,
    /// The speaker, with the URL of their page.
    speaker: Option<GroupLink>,
    /// The series, with the URL of its page.
    series: Option<GroupLink>,
    location: String,
    published: Option<String>,
    length: Option<String>,
    watch_url: Option<String>,
    facts: Facts,
    /// Where the transcript came from, and when it was analyzed.
    provenance: String,
    books: Vec<BookBar>,
    /// The remaining books, without bars.
    other_books: Vec<BookBar>,
    timeline: Option<Timeline>,
    repeated: Vec<RepeatedPassage>,
    /// A note such as `6 of 9 shown`, if not all are shown.
    repeated_note: Option<String>,
    related: Vec<RelatedRow>,
    groups: Vec<MentionGroup>,
    /// Number of references shown with context, if not all are.
    context_limit: Option<usize>,
    /// Whether the references are grouped by book.
    by_book: bool,
    has_references: bool,
    /// References that are counted but have no place in the transcript.
    unplaced: Option<Unplaced>,
    false_positives: Vec<Mention>,
    /// People's corrections to the references.
    corrections: Vec<CorrectionRow>,
    /// What the meter found, if corrections are applied, such as `41 confirmed, 3 suspect`.
    as_measured: Option<String>,
    logs: Vec<String>,
    urls: SermonUrls,
    share: ShareLinks,
    may: Permissions,
    /// Whether the client may reanalyze the sermon, and doing so would change something.
    can_reanalyze: bool,
    notice: Option<&'static str>,
    /// Warnings about the transcript, such as times or languages that were not understood.
    warnings: Vec<String>,
    /// The last submission that changed the sermon. Shown only to the admin.
    change: Option<Change>,
}

/// A cited book with its bar.
#[derive(Debug)]
struct BookBar {
    name: String,
    url: Option<String>,
    /// Number of confirmed references, or `None` if there are none.
    confirmed: Option<String>,
    /// Number of suspect references, or `None` if there are none.
    suspect: Option<String>,
    /// Whether the book is outside the canon, so that references to it are not manna.
    is_outside: bool,
    /// Length of the bar, from 0 to 100.
    share: u64,
}

/// What the client may do with the sermon.
#[derive(Debug, Clone, Copy, Default)]
struct Permissions {
    /// Whether the client may edit and correct the sermon.
    edit: bool,
    /// Whether the client may reanalyze, delete and restore the sermon.
    administer: bool,
}

/// A speaker or series, with the URL of its page.
#[derive(Debug)]
struct GroupLink {
    name: String,
    url: String,
    /// Whether the name was only inferred from the title.
    is_suggested: bool,
}

impl GroupLink {
    fn new(kind: GroupKind, name: Option<&str>, is_suggested: bool, links: &Links) -> Option<Self> {
        let name = name?;
        Some(Self { url: links.group(kind, &group_slug(name)?), name: name.to_owned(), is_suggested })
    }
}

/// A sermon that cites the same passages.
#[derive(Debug)]
struct RelatedRow {
    row: SermonRow,
    /// Names and URLs of the shared passages.
    shared: Vec<(String, String)>,
}

/// Query parameters of the page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct SermonParams {
    /// `book` groups the references by book.
    view: Option<String>,
    /// The outcome of a reanalysis.
    reanalysis: Option<String>,
    /// The outcome of an edit.
    edit: Option<String>,
    /// `existing` after a submission that did not change this sermon.
    added: Option<String>,
}

/// Data that the page shows in addition to the document.
#[derive(Debug, Default)]
struct SermonContext {
    /// The church, or `None` while the database is unreachable.
    church: Option<Church>,
    related: Vec<RelatedSermon>,
    may: Permissions,
    /// Whether the transcript is stored.
    has_transcript: bool,
    /// Whether the client may read the transcript.
    may_read_transcript: bool,
    /// The last submission that changed the sermon. Read only for the admin.
    last_change: Option<AuditEntry>,
}

impl SermonParams {
    fn notice(&self) -> Option<&'static str> {
        if self.added.as_deref() == Some("existing") {
            return Some("This sermon is already stored and was not changed. Only an admin can replace it.");
        }
        let edited = self.edit.as_deref().and_then(edit::notice);
        edited.or_else(|| self.reanalysis.as_deref().and_then(reanalyze::notice))
    }
}

/// Shows the page.
#[tracing::instrument(skip_all, fields(video = id))]
pub(super) async fn sermon(
    State(state): State<AppState>,
    page: Page,
    client: MaybeClient,
    revalidation: PageRevalidation,
    Path(id): Path<String>,
    QueryString(params): QueryString<SermonParams>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let admin = client.may(Scope::Admin);
    if admin
        && state.reader.video(&id).await?.0.is_none()
        && let Some(page) = history::deleted_page(&state, page.clone(), &id).await?
    {
        return Ok(page);
    }
    // The tag does not cover content that only some clients may see.
    let revalidation = if client.0.is_some() { revalidation.uncached() } else { revalidation };
    revalidation
        .respond_with_source(async {
            let (stored, source) = state.reader.video(&id).await?;
            let document = parse_document(&id, &stored.ok_or_else(|| AppError::NoSuchSermon(id.clone()))?.text)?;
            let may = Permissions { edit: client.may(Scope::Edit), administer: admin };
            let may_read_transcript = state.settings.transcripts.allows(admin);
            let mut context = SermonContext { may, may_read_transcript, ..SermonContext::default() };
            if source == ReadSource::Database {
                context.church = state.store.church_by_name(&document.channel).await?;
                if admin || may_read_transcript {
                    context.has_transcript = state.store.has_transcript(&id).await?;
                }
                context.related = state.store.related_sermons(&id, RELATED).await?;
                if admin {
                    context.last_change = state.store.last_change(&id).await?;
                }
            }
            Ok((source, SermonPage::new(page.with_source(source), &document, &params, &context)))
        })
        .await
}

/// Parses a stored document. Legacy documents are converted.
pub(super) fn parse_document(id: &VideoId, text: &str) -> Result<Document, AppError> {
    let corrupt = |error: String| StoreError::Corrupt(format!("{id}: {error}"));
    let value = serde_json::from_str(text).map_err(|error| corrupt(error.to_string()))?;
    let document = Document::from_legacy(id.as_str(), value).map_err(|error| corrupt(error.to_string()))?;
    Ok(document.clamped())
}

impl SermonPage {
    fn new(page: Page, document: &Document, params: &SermonParams, context: &SermonContext) -> Self {
        let church = context.church.as_ref();
        let (links, watch) = (page.links.clone(), WatchLink::for_document(document));
        let mention_links = MentionLinks { links: &links, watch: &watch };
        let references = mentions::references(document, page.canon, mention_links);
        let (repeated, all_repeated) = cited::repeated_passages(&references);
        let mut books = book_bars(document, page.canon, &links);
        let other_books = books.split_off(books.len().min(BOOKS));
        let by_book = params.view.as_deref() == Some("book");
        Self {
            title: Title::parse(&document.title),
            church: document.channel.clone(),
            church_url: church_url(church.map(|church| church.slug.as_str()), &document.channel, &links),
            channel_url: format::web_address(&document.channel_url),
            speaker: GroupLink::new(
                GroupKind::Speaker,
                document.speaker.as_deref(),
                document.speaker_suggested,
                &links,
            ),
            series: GroupLink::new(GroupKind::Series, document.series.as_deref(), false, &links),
            location: document.location.clone(),
            published: document.published_at.as_deref().and_then(format::iso_date),
            length: document.duration_seconds.map(format::duration),
            facts: Facts::of_sermon(document, page.canon),
            warnings: document.notes().map(|note| format::sentence(&note.detail)).collect(),
            provenance: provenance(document),
            has_references: !references.is_empty() || !books.is_empty() || document.manna(page.canon) > 0,
            unplaced: Unplaced::new(document, references.is_empty()),
            books,
            other_books,
            timeline: Timeline::new(&references, document.duration_seconds),
            related: context.related.iter().map(|related| RelatedRow::new(related, &links)).collect(),
            repeated_note: format::shown(repeated.len(), all_repeated as u64),
            repeated,
            context_limit: (references.len() > WITH_CONTEXT).then_some(WITH_CONTEXT),
            groups: if by_book {
                cited::by_book(references, |book| links.book(book))
            } else {
                cited::in_order(references)
            },
            by_book,
            false_positives: mentions::false_positives(document, mention_links),
            corrections: correct::rows(document, &links),
            as_measured: document.as_measured.as_ref().map(|measured| {
                let [confirmed, suspect] =
                    [measured.stats.scripture_references, measured.stats.suspect_references].map(format::number);
                format!("{confirmed} confirmed, {suspect} suspect")
            }),
            logs: document.logs.iter().map(log_line).collect(),
            urls: SermonUrls::new(&page, document, context),
            share: ShareLinks::new(&page, document),
            may: context.may,
            can_reanalyze: context.may.administer && reanalyze::is_outdated(document, context.has_transcript),
            notice: params.notice(),
            change: context.last_change.as_ref().map(Change::new),
            watch_url: watch.url(),
            page,
        }
    }
}

impl RelatedRow {
    fn new(related: &RelatedSermon, links: &Links) -> Self {
        let shared = related.shared.iter().take(SHARED);
        Self {
            row: SermonRow::new(related.sermon.clone(), links),
            shared: shared.map(|&passage| (passage.english(), links.passage(passage))).collect(),
        }
    }
}

/// Returns the cited books, most cited first.
fn book_bars(document: &Document, canon: Canon, links: &Links) -> Vec<BookBar> {
    let suspect = document.citations_by_book(Class::Suspect);
    let confirmed = document.citations_by_book(Class::Confirmed);
    let in_class =
        |found: &[(Book, u64)], book| found.iter().find(|(it, _)| *it == book).map_or(0, |(_, count)| *count);
    let mut books: Vec<_> = Book::all()
        .chain(Book::deuterocanonical())
        .map(|book| (book, in_class(&confirmed, book), in_class(&suspect, book)))
        .filter(|(_, confirmed, suspect)| confirmed + suspect > 0)
        .collect();
    books.sort_by_key(|&(_, confirmed, suspect)| (std::cmp::Reverse(confirmed), std::cmp::Reverse(suspect)));
    let most = books.first().map_or(1, |book| book.1.max(1));
    let bar = |(book, confirmed, suspect): (Book, u64, u64)| BookBar {
        name: book.name().to_owned(),
        url: Some(links.book(book)),
        confirmed: (confirmed > 0).then(|| format::number(confirmed)),
        suspect: (suspect > 0).then(|| format::number(suspect)),
        is_outside: !canon.contains(book),
        share: confirmed.saturating_mul(100) / most,
    };
    books.into_iter().map(bar).collect()
}

/// Describes the source of the transcript and the analysis, for example
/// `From automatic YouTube captions (English), analyzed on May 31, 2026 by mannameter-detector 1.`
fn provenance(document: &Document) -> String {
    let source = match document.source.as_ref().map(|source| (source.kind, source.automatic)) {
        Some((SourceKind::Youtube, Some(true))) => "automatic YouTube captions",
        Some((SourceKind::Youtube, _)) | None => "YouTube captions",
        Some((SourceKind::Upload, _)) => "an uploaded transcript",
        Some((SourceKind::Paste, _)) => "a pasted transcript",
    };
    let language = document.language.as_deref().map(|tag| format!(" ({})", english_name(tag).unwrap_or(tag)));
    let language = language.unwrap_or_default();
    let day = document.processed_at().map(|at| format!(", analyzed on {}", format::date(at))).unwrap_or_default();
    let engine = document.engine.as_ref().map(|engine| format!(" by {} {}", engine.name, engine.version));
    format!("From {source}{language}{day}{}.", engine.unwrap_or_default())
}

/// Formats a log entry, which is a string or an object with a `message`.
fn log_line(value: &Value) -> String {
    let text = value.as_str().or_else(|| value.get("message").and_then(Value::as_str));
    text.map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
pub(super) mod sample;
