//! `GET /video/{video_id}/transcript`: the transcript of a sermon, with references and search matches marked.

mod pieces;

use askama::Template;
use axum::{
    extract::{FromRequestParts, Path, State},
    http::{header, request::Parts},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use self::pieces::{Marks, Piece};
use super::{
    format::{self, Title},
    links::Links,
    login::AdminPage,
    page::Page,
    revalidation::PageRevalidation,
    sermon::{WatchLink, parse_document},
};
use crate::{
    domain::{Document, VideoId},
    http::{
        body::QueryString,
        cache::CachePolicy,
        error::AppError,
        state::{AppState, TranscriptAccess},
        transcript::{SermonTranscript, TranscriptReader, read_transcript},
    },
    search::WordQuery,
};

/// Maximum number of characters of a query that are used.
const MAX_QUERY: usize = 200;

/// Maximum number of links to matches.
const MAX_LINKS: usize = 40;

/// The page of a transcript.
#[derive(Debug, Template)]
#[template(path = "transcript.html")]
struct TranscriptPage {
    page: Page,
    title: Title,
    sermon_url: String,
    church: String,
    published: Option<String>,
    length: Option<String>,
    query: String,
    /// Number of matches, such as `12 matches`.
    matches: String,
    /// Numbers of the matches that have a link.
    match_links: Vec<usize>,
    /// A note such as `The first 40 of 90`, if not every match has a link.
    more_matches: Option<String>,
    urls: TranscriptUrls,
    /// Language of the transcript (BCP 47), if it is not English.
    language: Option<String>,
    paragraphs: Vec<ParagraphView>,
}

/// The URLs of the page and its files.
#[derive(Debug)]
struct TranscriptUrls {
    page: String,
    text: String,
    /// URL of the SRT file, or `None` if the transcript has no times.
    srt: Option<String>,
}

/// A paragraph.
#[derive(Debug)]
struct ParagraphView {
    /// Time of the first word, such as `12:34`.
    time: Option<String>,
    watch_url: Option<String>,
    pieces: Vec<Piece>,
}

/// Query parameters of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TranscriptParams {
    /// Words to mark.
    q: String,
}

/// Permission to see the page. Redirects clients that are not logged in to the login page if a login would help.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageReader {
    /// Whether the page is only for the admin.
    is_private: bool,
}

impl FromRequestParts<AppState> for PageReader {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let is_private = state.settings.transcripts == TranscriptAccess::Admin;
        if is_private {
            AdminPage::from_request_parts(parts, state).await?;
        } else {
            let reader = TranscriptReader::from_request_parts(parts, state).await;
            reader.map_err(AppError::into_response)?;
        }
        Ok(Self { is_private })
    }
}

/// Shows the page.
#[tracing::instrument(skip_all, fields(video = id))]
pub(super) async fn transcript(
    State(state): State<AppState>,
    reader: PageReader,
    page: Page,
    revalidation: PageRevalidation,
    Path(id): Path<String>,
    QueryString(params): QueryString<TranscriptParams>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let revalidation = if reader.is_private { revalidation.uncached() } else { revalidation };
    let read = async {
        let document = read_document(&state, &id).await?;
        let transcript = read_transcript(&state, &id).await?;
        Ok(TranscriptPage::new(page, &document, &transcript, &params.q))
    };
    if reader.is_private {
        return Ok(super::login::render_private(&read.await?));
    }
    revalidation.respond(read).await
}

/// Returns the transcript as plain text.
#[tracing::instrument(skip_all, fields(video = id))]
pub(super) async fn plain_text(
    State(state): State<AppState>,
    _reader: TranscriptReader,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let text = read_transcript(&state, &id).await?.to_plain_text();
    Ok(file("text/plain; charset=utf-8", &format!("{id}.txt"), text))
}

/// Returns the captions in `SubRip` format.
#[tracing::instrument(skip_all, fields(video = id))]
pub(super) async fn srt(
    State(state): State<AppState>,
    _reader: TranscriptReader,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let srt = read_transcript(&state, &id).await?.to_srt();
    let srt = srt.ok_or_else(|| AppError::NoTimes(id.clone()))?;
    Ok(file("application/x-subrip; charset=utf-8", &format!("{id}.srt"), srt))
}

/// Responds with a file to download. The file name is derived from an ID, so it needs no escaping.
fn file(content_type: &'static str, name: &str, content: String) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, content_type.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (CachePolicy::NoStore, headers, content).into_response()
}

async fn read_document(state: &AppState, id: &VideoId) -> Result<Document, AppError> {
    let stored = state.store.video(id).await?.ok_or_else(|| AppError::NoSuchSermon(id.clone()))?;
    parse_document(id, &stored.document)
}

impl TranscriptPage {
    fn new(page: Page, document: &Document, transcript: &SermonTranscript, query: &str) -> Self {
        let links = page.links.clone();
        let query: String = query.trim().chars().take(MAX_QUERY).collect();
        let marks = Marks::new(document, page.canon, transcript.joined.as_str(), &WordQuery::parse(&query), &links);
        let watch = WatchLink::for_document(document);
        let paragraph = |paragraph: &crate::domain::Paragraph| {
            #[expect(clippy::cast_precision_loss, reason = "no recording is 2^53 milliseconds long")]
            let seconds = paragraph.start_ms.map(|milliseconds| milliseconds as f64 / 1000.0);
            ParagraphView {
                time: seconds.map(format::timestamp),
                watch_url: seconds.and_then(|seconds| watch.at(seconds)),
                pieces: marks.pieces(transcript.joined.as_str(), paragraph.range.clone()),
            }
        };
        let matches = marks.matches();
        let has_times = transcript.transcript.cues.iter().any(|cue| cue.start_ms.is_some());
        Self {
            title: Title::parse(&document.title),
            church: document.channel.clone(),
            published: document.published_at.as_deref().and_then(format::iso_date),
            length: document.duration_seconds.map(format::duration),
            matches: match matches {
                0 => "No matches".to_owned(),
                1 => "1 match".to_owned(),
                count => format!("{} matches", format::number(count as u64)),
            },
            match_links: (1..=matches.min(MAX_LINKS)).collect(),
            more_matches: (matches > MAX_LINKS)
                .then(|| format!("The first {MAX_LINKS} of {} have a link.", format::number(matches as u64))),
            urls: TranscriptUrls::new(&links, &document.video_id, has_times),
            sermon_url: links.sermon(&document.video_id),
            language: transcript.language.clone().filter(|tag| !tag.starts_with("en")),
            paragraphs: transcript.paragraphs.iter().map(paragraph).collect(),
            query,
            page,
        }
    }
}

impl TranscriptUrls {
    fn new(links: &Links, id: &VideoId, has_times: bool) -> Self {
        let page = links.transcript(id);
        Self { text: format!("{page}.txt"), srt: has_times.then(|| format!("{page}.srt")), page }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use scripture_detector::transcript;
    use serde_json::json;

    use super::*;
    use crate::domain::paragraphs;

    /// Renders the sample pages: a transcript with times, references and matches, and one without any of these.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let reference = json!({
            "osis": "John.5.24", "book": "John", "chapter": 5, "verse": 24, "end_chapter": null, "end_verse": null,
            "kind": "explicit", "class": "confirmed", "start_seconds": 1.0, "start_char": 8, "end_char": 23,
            "text": "John 5 verse 24", "context": "", "evidence": [], "repaired": false, "anchor": null,
        });
        let document = json!({ "title": "Love & <Truth>", "channel": "<b>John", "references": [reference] });
        let timed = "1\n00:00:01,000 --> 00:00:05,000\nTurn to John 5 verse 24 with &lt;xss&gt;\n";
        let samples = [
            (document, timed, "JOHN \"><xss>"),
            (json!({}), "In the beginning God created the heaven and the earth.", ""),
        ];
        samples
            .map(|(document, captions, query)| {
                let document = Document::from_legacy("sErm0n_Tst1", document).expect("a document");
                let transcript = transcript::read(captions.as_bytes()).expect("captions");
                let joined = transcript.joined();
                let paragraphs = paragraphs(&transcript, &joined);
                let language = Some("de".to_owned());
                let transcript = SermonTranscript { transcript, joined, paragraphs, language };
                TranscriptPage::new(page.clone(), &document, &transcript, query).render().expect("a page")
            })
            .into()
    }
}
