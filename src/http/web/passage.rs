//! `GET /passage/{osis}`: the sermons that cite a verse, a verse range or a chapter, with timestamps.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};

use super::{
    format,
    links::{Links, bible_gateway, with_page},
    page::Page,
    revalidation::PageRevalidation,
    rows::{CitingRow, PageNumber, Pagination, offset},
    see_other,
};
use scripture_detector::Passage;

use crate::{
    http::{body::QueryString, error::AppError, state::AppState},
    store::CitingPage,
};

/// Maximum number of sermons per page.
const PAGE_SIZE: u16 = 20;

/// The page of a passage.
#[derive(Debug, Template)]
#[template(path = "passage.html")]
struct PassagePage {
    page: Page,
    name: String,
    osis: String,
    /// Whether the passage consists of verses. If so, references to the entire chapter are not included.
    is_verses: bool,
    book: Link,
    chapter: Option<Link>,
    previous: Option<Link>,
    next: Option<Link>,
    read_url: String,
    /// Number of citing sermons, such as `Cited in 2 sermons`.
    total: String,
    rows: Vec<CitingRow>,
    pages: Pagination,
}

/// The URL and text of a link.
#[derive(Debug)]
struct Link {
    url: String,
    name: String,
}

/// Shows the page. Other spellings of the passage redirect to the canonical URL.
#[tracing::instrument(skip_all, fields(passage = text))]
pub(super) async fn passage(
    State(state): State<AppState>,
    page: Page,
    revalidation: PageRevalidation,
    Path(text): Path<String>,
    QueryString(number): QueryString<PageNumber>,
) -> Result<Response, AppError> {
    let passage = match Passage::parse_query(&text.replace(['_', '+'], " ")) {
        Some(passage) => passage,
        None => text.parse()?,
    };
    if passage.chapter().is_none() || passage.to_string() != text {
        return Ok(see_other(&Links::default().passage(passage)));
    }
    let number = number.parse()?;
    revalidation
        .respond(async {
            let citing = state.store.sermons_citing(passage, offset(number, PAGE_SIZE), PAGE_SIZE).await?;
            Ok(PassagePage::new(page, passage, citing, number))
        })
        .await
}

impl PassagePage {
    fn new(page: Page, passage: Passage, citing: CitingPage, number: u32) -> Self {
        let links = &page.links.clone();
        let link = |passage: Passage| Link { url: links.passage(passage), name: passage.english() };
        let address = links.passage(passage);
        Self {
            page,
            name: passage.english(),
            osis: passage.to_string(),
            is_verses: passage.verse().is_some(),
            book: link(Passage::whole_book(passage.book())),
            chapter: passage.enclosing_chapter().map(link),
            previous: passage.preceding().map(link),
            next: passage.following().map(link),
            read_url: bible_gateway(&passage.english()),
            total: format!("Cited in {}", format::count(citing.total, "sermon")),
            pages: Pagination::new(number, PAGE_SIZE, citing.total, |number| with_page(&address, [], number)),
            rows: citing.sermons.into_iter().map(|citing| CitingRow::new(citing, links)).collect(),
        }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use super::*;
    use crate::http::web::book::sample::citing;

    /// Renders the sample pages: a verse with citations, and a chapter without any.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let passage = |text| Passage::parse_query(text).expect("a passage");
        [
            PassagePage::new(page.clone(), passage("Ps 23:1"), citing(), 2),
            PassagePage::new(page.clone(), passage("Obad 1"), CitingPage::default(), 1),
        ]
        .map(|page| page.render().expect("a page"))
        .into()
    }
}
