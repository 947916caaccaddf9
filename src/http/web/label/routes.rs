//! `GET /video/{id}/label.svg`, `label.png`, `card.png`: to share, to embed, and to be shown beside a link.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{Facts, picture};
use crate::{
    domain::{Document, Sha256, VideoId},
    http::{
        cache::{CachePolicy, ETag},
        error::AppError,
        state::AppState,
        web::{
            format::{self, Title},
            sermon::read,
        },
    },
};

/// Is part of the tag of every picture: changed whenever they are drawn otherwise.
const DRAWN: &str = "2026-11-24";

/// How many times larger than its SVG the PNG of the label is, for screens with small dots.
const LABEL_SCALE: u8 = 2;

/// The label as a picture, 420 wide.
#[derive(Debug, Template)]
#[template(path = "label.svg")]
struct LabelPicture {
    title: Vec<String>,
    church: String,
    facts: Facts,
    height: usize,
}

/// What is shown beside a link: 1200 by 630.
#[derive(Debug, Template)]
#[template(path = "card.svg")]
struct Card {
    title: Vec<String>,
    /// The size of the title's letters, and the distance of its lines.
    size: usize,
    leading: usize,
    church: String,
    particulars: String,
    facts: Facts,
    /// The lines of the label that have no room of their own.
    small: String,
}

/// Answers the label as SVG.
pub(in crate::http::web) async fn label_svg(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let asked = match Asked::of(&state, &id, "label.svg", &headers).await? {
        Ok(asked) => asked,
        Err(known) => return Ok(known),
    };
    let svg = LabelPicture::new(&asked.document).svg();
    Ok((CachePolicy::Brief, asked.tag, [(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response())
}

/// Answers the label as PNG.
pub(in crate::http::web) async fn label_png(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    match Asked::of(&state, &id, "label.png", &headers).await? {
        Ok(asked) => asked.picture(LabelPicture::new(&asked.document).svg(), LABEL_SCALE).await,
        Err(known) => Ok(known),
    }
}

/// Answers the card as PNG.
pub(in crate::http::web) async fn card(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    match Asked::of(&state, &id, "card.png", &headers).await? {
        Ok(asked) => asked.picture(Card::new(&asked.document).svg(), 1).await,
        Err(known) => Ok(known),
    }
}

/// A sermon of which a picture is asked for.
struct Asked {
    document: Document,
    tag: ETag,
}

impl Asked {
    /// Reads the sermon; `Err` holds the answer for who has its picture already.
    async fn of(
        state: &AppState,
        id: &str,
        name: &str,
        headers: &HeaderMap,
    ) -> Result<Result<Self, Response>, AppError> {
        let id = VideoId::parse(id)?;
        let stored = state.reads.video(&id).await?.0.ok_or_else(|| AppError::NoVideo(id.clone()))?;
        let seed = format!("{DRAWN}\n{name}\n{}", stored.sha256);
        let tag = ETag::new(Sha256::of(seed.as_bytes()));
        if tag.is_known(headers) {
            return Ok(Err((StatusCode::NOT_MODIFIED, CachePolicy::Brief, tag, ()).into_response()));
        }
        Ok(Ok(Self { document: read(&id, &stored.text)?, tag }))
    }

    async fn picture(&self, svg: String, scale: u8) -> Result<Response, AppError> {
        let png = picture::png(svg, scale).await.map_err(|error| AppError::Panic(error.to_string()))?;
        Ok((CachePolicy::Brief, self.tag, [(header::CONTENT_TYPE, "image/png")], png).into_response())
    }
}

impl LabelPicture {
    fn new(document: &Document) -> Self {
        let title = lines(&Title::of(&document.title).main, 34, 2);
        // What stands below the title moves down with it.
        let height = 690 + 22 * title.len();
        Self { church: clip(&document.channel, 46), facts: Facts::new(document), title, height }
    }

    fn svg(&self) -> String {
        self.render().expect("a template writes to memory and calls nothing that fails")
    }
}

impl Card {
    fn new(document: &Document) -> Self {
        let main = Title::of(&document.title).main;
        let (size, width, most) = match main.chars().count() {
            0..=36 => (68, 15, 4),
            37..=64 => (56, 19, 4),
            _ => (46, 23, 5),
        };
        let day = document.published_at.as_deref().and_then(format::day);
        let facts = Facts::new(document);
        let parts = [
            Some(document.location.clone()).filter(|location| !location.is_empty()),
            day,
            document.duration_seconds.map(format::length),
        ];
        Self {
            title: lines(&main, width, most),
            size,
            leading: size * 11 / 10,
            church: clip(&document.channel, 36),
            particulars: clip(&parts.into_iter().flatten().collect::<Vec<_>>().join(" · "), 48),
            small: facts
                .details
                .iter()
                .skip(2)
                .map(|(name, amount)| format!("{name} {amount}"))
                .collect::<Vec<_>>()
                .join(" · "),
            facts,
        }
    }

    fn svg(&self) -> String {
        self.render().expect("a template writes to memory and calls nothing that fails")
    }
}

/// Breaks words into at most so many lines of so many characters; what is left out is told by an ellipsis.
fn lines(text: &str, width: usize, most: usize) -> Vec<String> {
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
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = format!("{}…", clip(last, width - 1).trim_end_matches('…'));
        }
    }
    lines.into_iter().map(|line| clip(&line, width)).collect()
}

/// The beginning of a text that is too long.
fn clip(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_broken_between_words_and_cut_with_an_ellipsis() {
        assert_eq!(lines("The One Who Came Back", 10, 4), ["The One", "Who Came", "Back"]);
        assert_eq!(lines("The One Who Came Back", 10, 2), ["The One", "Who Came…"]);
        assert_eq!(lines("Llanfairpwllgwyngyll", 10, 2), ["Llanfairp…"]);
        assert!(lines("", 10, 2).is_empty());
    }
}
