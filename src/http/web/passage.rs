//! `GET /passage/{osis}`: who preached a verse, a range or a chapter, when, and at which second.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};

use super::{
    format,
    fresh::Fresh,
    links::{numbered, read},
    page::{Page, render},
    rows::{CitingRow, PageNumber, Pages, before},
    see_other,
};
use scripture_detector::Passage;

use crate::{
    http::{body::QueryString, error::AppError, state::AppState},
    store::CitingPage,
};

/// Sermons on a page.
const ON_A_PAGE: u16 = 20;

/// What the page shows.
#[derive(Debug, Template)]
#[template(path = "passage.html")]
struct PassagePage {
    page: Page,
    name: String,
    osis: String,
    /// Whether it is a verse or some, so that ranges around it count and its chapter alone does not.
    verses: bool,
    book: Link,
    chapter: Option<Link>,
    previous: Option<Link>,
    next: Option<Link>,
    read_url: String,
    sermons: String,
    rows: Vec<CitingRow>,
    pages: Pages,
}

/// A link with its words.
#[derive(Debug)]
struct Link {
    url: String,
    name: String,
}

/// Answers the page; another way to write the passage is sent to its own address.
pub(super) async fn passage(
    State(state): State<AppState>,
    page: Page,
    fresh: Fresh,
    Path(text): Path<String>,
    QueryString(number): QueryString<PageNumber>,
) -> Result<Response, AppError> {
    let passage = match Passage::typed(&text.replace(['_', '+'], " ")) {
        Some(passage) => passage,
        None => text.parse()?,
    };
    if passage.chapter().is_none() || passage.to_string() != text {
        return Ok(see_other(&page.links.passage(passage)));
    }
    let number = number.read()?;
    if let Some(answer) = fresh.answer()? {
        return Ok(answer);
    }
    let citing = state.store.sermons_citing(passage, before(number, ON_A_PAGE), ON_A_PAGE).await?;
    Ok(fresh.tagged(render(&PassagePage::new(page, passage, citing, number))))
}

impl PassagePage {
    fn new(page: Page, passage: Passage, citing: CitingPage, number: u32) -> Self {
        let links = &page.links.clone();
        let link = |passage: Passage| Link { url: links.passage(passage), name: format::passage_name(passage) };
        let address = links.passage(passage);
        Self {
            page,
            name: format::passage_name(passage),
            osis: passage.to_string(),
            verses: passage.verse().is_some(),
            book: link(Passage::book_only(passage.book())),
            chapter: passage.chapter_of_verse().map(link),
            previous: passage.preceding().map(link),
            next: passage.following().map(link),
            read_url: read(&passage.english()),
            sermons: format::number(citing.total),
            pages: Pages::new(number, ON_A_PAGE, citing.total, |number| numbered(&address, [], number)),
            rows: citing.sermons.into_iter().map(|citing| CitingRow::new(citing, links)).collect(),
        }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use super::*;
    use crate::http::web::book::sample::citing;

    /// A verse that is cited, a chapter that is not.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let of = |text| Passage::typed(text).expect("a passage");
        [
            PassagePage::new(page.clone(), of("Ps 23:1"), citing(), 2),
            PassagePage::new(page.clone(), of("Obad 1"), CitingPage::default(), 1),
        ]
        .map(|page| page.render().expect("a page"))
        .into()
    }
}
