//! `GET /book/{osis}`: who cites a book of the Bible, and where in it.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};

use super::{
    addresses, format,
    fresh::Fresh,
    heat,
    page::{Page, render},
    rows::{BarRow, CitingRow, PageNumber, Pages, before, church_bars},
    see_other,
};
use crate::{
    domain::{Book, Testament},
    http::{body::QueryString, error::AppError, state::AppState},
    scripture::Passage,
    store::{BookInsight, CitingPage},
};

/// Sermons on a page.
const ON_A_PAGE: u16 = 20;
/// Verses and churches in the lists of the most.
const MOST: u16 = 12;

/// What the page shows.
#[derive(Debug, Template)]
#[template(path = "book.html")]
struct BookPage {
    page: Page,
    name: &'static str,
    testament: &'static str,
    previous: Option<(String, &'static str)>,
    next: Option<(String, &'static str)>,
    read_url: String,
    manna: String,
    citations: String,
    sermons: String,
    chapters: Vec<Chapter>,
    passages: Vec<BarRow>,
    churches: Vec<BarRow>,
    rows: Vec<CitingRow>,
    pages: Pages,
}

/// A chapter of the heat strip.
#[derive(Debug)]
struct Chapter {
    url: String,
    number: u16,
    citations: String,
    level: u8,
}

/// Answers the page; another name of the book is sent to its own address.
pub(super) async fn book(
    State(state): State<AppState>,
    page: Page,
    fresh: Fresh,
    Path(name): Path<String>,
    QueryString(number): QueryString<PageNumber>,
) -> Result<Response, AppError> {
    let Ok(book) = Book::from_osis(&name) else {
        let passage = Passage::typed(&name.replace(['_', '+'], " ")).ok_or(AppError::NoBook(name))?;
        return Ok(see_other(&addresses::passage(passage)));
    };
    let number = number.read()?;
    if let Some(answer) = fresh.not_modified() {
        return Ok(answer);
    }
    let insight = state.store.book(book, MOST).await?;
    let citing = state.store.sermons_citing_book(book, before(number, ON_A_PAGE), ON_A_PAGE).await?;
    Ok(fresh.tagged(render(&BookPage::new(page, book, insight, citing, number))))
}

impl BookPage {
    fn new(page: Page, book: Book, insight: BookInsight, citing: CitingPage, number: u32) -> Self {
        let levels = heat::levels(insight.chapters.iter().map(|(_, citations)| *citations));
        let chapter = |(&(number, citations), level): (&(u16, i64), u8)| Chapter {
            url: Passage::of_chapter(book, number).map(addresses::passage).unwrap_or_default(),
            number,
            citations: format::number(citations),
            level,
        };
        let most = insight.passages.first().map_or(1, |(_, citations)| (*citations).max(1));
        let passage = |&(passage, citations): &(Passage, i64)| BarRow {
            url: addresses::passage(passage),
            name: passage.english(),
            number: format::number(citations),
            aside: String::new(),
            share: citations * 100 / most,
        };
        let neighbour =
            |index: Option<usize>| index.and_then(Book::from_index).map(|book| (addresses::book(book), book.name()));
        let address = addresses::book(book);
        Self {
            page,
            name: book.name(),
            testament: match book.testament() {
                Testament::Old => "Old Testament",
                Testament::New => "New Testament",
            },
            previous: neighbour(book.index().checked_sub(1)),
            next: neighbour(book.index().checked_add(1)),
            read_url: addresses::read(Passage::of_chapter(book, 1).unwrap_or(Passage::book_only(book))),
            manna: format::number(insight.manna),
            citations: format::number(insight.citations),
            sermons: format::number(citing.total),
            chapters: insight.chapters.iter().zip(levels).map(chapter).collect(),
            passages: insight.passages.iter().map(passage).collect(),
            churches: church_bars(&insight.churches),
            pages: Pages::new(number, ON_A_PAGE, citing.total, |number| addresses::numbered(&address, &[], number)),
            rows: citing.sermons.into_iter().map(CitingRow::from).collect(),
        }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use super::*;
    use crate::{
        http::web::rows::sample::sermon,
        store::{Church, Citation, CitingSermon},
    };

    /// Sermons that cite something.
    pub(in crate::http::web) fn citing() -> CitingPage {
        let passage = Passage::typed("Ps 23:1-3");
        let places = vec![Citation { seconds: Some(754.2), passage }, Citation { seconds: None, passage: None }];
        CitingPage { sermons: vec![CitingSermon { sermon: sermon(), citations: 2, source: None, places }], total: 41 }
    }

    /// A book that is cited, and one that is not.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let psalms = Book::from_osis("Ps").expect("a book");
        let insight = BookInsight {
            manna: 7,
            citations: 9,
            chapters: (1..=150).map(|chapter| (chapter, i64::from(chapter % 7))).collect(),
            passages: vec![(Passage::typed("Ps 23:1").expect("a passage"), 5)],
            churches: vec![Church { slug: "a".to_owned(), name: "<b>John".to_owned(), sermons: 2, manna: 7 }],
        };
        let none = BookInsight { chapters: vec![(1, 0)], ..BookInsight::default() };
        [
            BookPage::new(page.clone(), psalms, insight, citing(), 2),
            BookPage::new(page.clone(), Book::from_osis("Rev").expect("a book"), none, CitingPage::default(), 1),
        ]
        .map(|page| page.render().expect("a page"))
        .into()
    }
}
