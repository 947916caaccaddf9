//! `GET /video/{id}/label.svg`, `label.png` and `card.png`: images to share, to embed, and for link previews.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{Facts, picture};
use crate::{
    domain::{Canon, Document, Sha256, VideoId},
    http::{
        cache::{CachePolicy, ETag},
        error::AppError,
        state::AppState,
        web::{
            format::{self, Title},
            sermon::parse_document,
        },
    },
};

/// Part of the `ETag` of every image. Change it whenever the images look different.
const DESIGN: &str = "2026-11-26.5";

/// Scale of the PNG label relative to its SVG, for high-density screens.
const LABEL_SCALE: u8 = 2;

/// Height of each additional line in pixels.
const DETAIL_HEIGHT: usize = 27;

/// The label as an image, 420 pixels wide.
#[derive(Debug, Template)]
#[template(path = "label.svg")]
struct LabelImage {
    title: Vec<String>,
    church: String,
    facts: Facts,
    height: usize,
    /// Y coordinate of the bottom of the facts, in pixels from the end of the title.
    end: usize,
}

/// The image for link previews, 1200 by 630 pixels.
#[derive(Debug, Template)]
#[template(path = "card.svg")]
struct Card {
    title: Vec<String>,
    /// Font size of the title.
    size: usize,
    /// Line height of the title.
    leading: usize,
    church: String,
    /// Location, date and duration.
    meta: String,
    facts: Facts,
    /// The last details of the label, on one line.
    small: String,
}

/// Returns the label as SVG.
#[tracing::instrument(skip_all, fields(video = id))]
pub(in crate::http::web) async fn label_svg(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let request = match ImageRequest::new(&state, &id, "label.svg", &headers).await? {
        Ok(request) => request,
        Err(not_modified) => return Ok(not_modified),
    };
    let svg = LabelImage::new(&request.document, request.canon).svg();
    Ok((CachePolicy::Brief, request.tag, [(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response())
}

/// Returns the label as PNG.
#[tracing::instrument(skip_all, fields(video = id))]
pub(in crate::http::web) async fn label_png(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    match ImageRequest::new(&state, &id, "label.png", &headers).await? {
        Ok(request) => request.png(LabelImage::new(&request.document, request.canon).svg(), LABEL_SCALE).await,
        Err(not_modified) => Ok(not_modified),
    }
}

/// Returns the card as PNG.
#[tracing::instrument(skip_all, fields(video = id))]
pub(in crate::http::web) async fn card(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    match ImageRequest::new(&state, &id, "card.png", &headers).await? {
        Ok(request) => request.png(Card::new(&request.document, request.canon).svg(), 1).await,
        Err(not_modified) => Ok(not_modified),
    }
}

/// A request for an image of a sermon.
struct ImageRequest {
    document: Document,
    canon: Canon,
    tag: ETag,
}

impl ImageRequest {
    /// Reads the sermon. The inner `Err` is a `304 Not Modified` response for a client with a current copy of the
    /// image.
    async fn new(
        state: &AppState,
        id: &str,
        name: &str,
        headers: &HeaderMap,
    ) -> Result<Result<Self, Response>, AppError> {
        let id = VideoId::parse(id)?;
        let stored = state.reader.video(&id).await?.0.ok_or_else(|| AppError::NoSuchSermon(id.clone()))?;
        let canon = state.settings.canon;
        let inputs = format!("{DESIGN}\n{canon}\n{name}\n{}", stored.sha256);
        let tag = ETag::new(Sha256::digest(inputs.as_bytes()));
        if tag.matches(headers) {
            return Ok(Err((StatusCode::NOT_MODIFIED, CachePolicy::Brief, tag, ()).into_response()));
        }
        Ok(Ok(Self { document: parse_document(&id, &stored.text)?, canon, tag }))
    }

    async fn png(&self, svg: String, scale: u8) -> Result<Response, AppError> {
        let png = picture::png(svg, scale).await.map_err(|error| AppError::Panic(error.to_string()))?;
        Ok((CachePolicy::Brief, self.tag, [(header::CONTENT_TYPE, "image/png")], png).into_response())
    }
}

impl LabelImage {
    fn new(document: &Document, canon: Canon) -> Self {
        let title = wrap(&Title::parse(&document.title).main, 34, 2);
        let facts = Facts::of_sermon(document, canon);
        // Each line of the title moves everything below it down.
        let end = if facts.not_measured.is_some() { 190 } else { 420 + DETAIL_HEIGHT * facts.details.len() };
        let note = if facts.note.is_some() { 17 } else { 0 };
        let height = end + 162 + note + 22 * title.len();
        Self { church: truncate(&document.channel, 46), facts, title, height, end }
    }

    fn svg(&self) -> String {
        self.render().expect("templates write to memory and call nothing that fails")
    }
}

impl Card {
    fn new(document: &Document, canon: Canon) -> Self {
        let main = Title::parse(&document.title).main;
        let (size, width, max_lines) = match main.chars().count() {
            0..=36 => (68, 15, 4),
            37..=64 => (56, 19, 4),
            _ => (46, 23, 5),
        };
        let day = document.published_at.as_deref().and_then(format::iso_date);
        let facts = Facts::of_sermon(document, canon);
        let meta = [
            Some(document.location.clone()).filter(|location| !location.is_empty()),
            day,
            document.duration_seconds.map(format::duration),
        ];
        Self {
            title: wrap(&main, width, max_lines),
            size,
            leading: size * 11 / 10,
            church: truncate(&document.channel, 36),
            meta: truncate(&meta.into_iter().flatten().collect::<Vec<_>>().join(" · "), 48),
            small: small_line(&facts),
            facts,
        }
    }

    fn svg(&self) -> String {
        self.render().expect("templates write to memory and call nothing that fails")
    }
}

/// Returns the last line of the card: the note about the numbers if there is one, or else the two most important
/// numbers after the manna.
fn small_line(facts: &Facts) -> String {
    if let Some(note) = &facts.note {
        return note.clone();
    }
    let names = ["Deuterocanonical", "Suspect", "From context"];
    let found = names.iter().filter_map(|name| facts.details.iter().find(|(detail, _)| detail == name));
    found.take(2).map(|(name, amount)| format!("{name} {amount}")).collect::<Vec<_>>().join(" · ")
}

/// Wraps `text` at `width` characters into at most `max_lines` lines. Omitted text is marked with an ellipsis.
fn wrap(text: &str, width: usize, max_lines: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.len() > max_lines {
        lines.truncate(max_lines);
        if let Some(last) = lines.last_mut() {
            *last = format!("{}…", truncate(last, width - 1).trim_end_matches('…'));
        }
    }
    lines.into_iter().map(|line| truncate(&line, width)).collect()
}

/// Shortens `text` to at most `limit` characters. A cut is marked with an ellipsis.
fn truncate(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let start: String = text.chars().take(limit - 1).collect();
    format!("{}…", start.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_wrapped_between_words_and_cut_with_an_ellipsis() {
        assert_eq!(wrap("The One Who Came Back", 10, 4), ["The One", "Who Came", "Back"]);
        assert_eq!(wrap("The One Who Came Back", 10, 2), ["The One", "Who Came…"]);
        assert_eq!(wrap("Llanfairpwllgwyngyll", 10, 2), ["Llanfairp…"]);
        assert!(wrap("", 10, 2).is_empty());
    }

    #[test]
    fn both_images_say_in_place_of_numbers_that_a_sermon_is_not_measured() {
        let document = serde_json::json!({
            "language": "pt", "warnings": [{"code": "not_english", "detail": "not measured: this is Portuguese"}],
            "stats": {"scripture_references": 7}, "counts": {"John": 7},
        });
        let document = Document::from_legacy("sErm0n_Tst1", document).expect("a document");
        // The PNGs are rendered from these SVGs.
        for svg in [LabelImage::new(&document, Canon::Protestant).svg(), Card::new(&document, Canon::Protestant).svg()]
        {
            assert!(svg.contains(">not measured<") && svg.contains(">this is Portuguese<"), "{svg}");
            assert!(svg.contains("MannaMeter only understands English"), "{svg}");
            assert!(!svg.contains(">Manna<") && !svg.contains("Manna*") && !svg.contains(">7<"), "{svg}");
        }
    }

    #[test]
    fn both_images_have_the_number_of_deuterocanonical_references_if_the_canon_lacks_the_books() {
        let document = serde_json::json!({ "counts": {"John": 2, "Sirach": 5}, "stats": {"suspect_references": 1} });
        let document = Document::from_legacy("sErm0n_Tst1", document).expect("a document");
        let label = LabelImage::new(&document, Canon::Protestant).svg();
        assert!(label.contains(">Deuterocanonical</text>") && label.contains(">5</text>"), "{label}");
        assert_eq!(Card::new(&document, Canon::Protestant).small, "Deuterocanonical 5 · Suspect 1");
        assert_eq!(Card::new(&document, Canon::Catholic).small, "Suspect 1 · From context 0");
        assert!(LabelImage::new(&document, Canon::Catholic).svg().contains(">7</text>"));
    }
}
