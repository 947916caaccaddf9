//! `GET /book/{osis}`: who cites a book of the Bible, and where in it.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};

use super::{
    format,
    fresh::Fresh,
    heat,
    label::Facts,
    links::{numbered, read},
    page::{Page, render},
    rows::{BarRow, CitingRow, PageNumber, Pages, before, church_bars},
    see_other,
};
use scripture_detector::Passage;

use crate::{
    domain::{Book, Testament},
    http::{body::QueryString, error::AppError, state::AppState},
    store::{BookStats, CitingPage},
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
    facts: Facts,
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
        return Ok(see_other(&page.links.passage(passage)));
    };
    let number = number.read()?;
    if let Some(answer) = fresh.answer()? {
        return Ok(answer);
    }
    let stats = state.store.book(book, MOST).await?;
    let citing = state.store.sermons_citing_book(book, before(number, ON_A_PAGE), ON_A_PAGE).await?;
    Ok(fresh.tagged(render(&BookPage::new(page, book, &stats, citing, number))))
}

impl BookPage {
    fn new(page: Page, book: Book, stats: &BookStats, citing: CitingPage, number: u32) -> Self {
        let links = &page.links.clone();
        let levels = heat::levels(stats.chapters.iter().map(|(_, citations)| *citations));
        let chapter = |(&(number, citations), level): (&(u16, i64), u8)| Chapter {
            url: Passage::of_chapter(book, number).map(|passage| links.passage(passage)).unwrap_or_default(),
            number,
            citations: format::number(citations),
            level,
        };
        let most = stats.passages.first().map_or(1, |(_, citations)| (*citations).max(1));
        let passage = |&(passage, citations): &(Passage, i64)| BarRow {
            url: links.passage(passage),
            name: format::passage_name(passage),
            number: format::number(citations),
            aside: String::new(),
            share: citations * 100 / most,
        };
        let neighbor =
            |index: Option<usize>| index.and_then(Book::from_index).map(|book| (links.book(book), book.name()));
        let address = links.book(book);
        Self {
            page,
            name: book.name(),
            testament: match book.testament() {
                Testament::Old => "Old Testament",
                Testament::New => "New Testament",
            },
            previous: neighbor(book.index().checked_sub(1)),
            next: neighbor(book.index().checked_add(1)),
            read_url: read(&Passage::of_chapter(book, 1).unwrap_or(Passage::book_only(book)).english()),
            facts: facts(stats, citing.total),
            chapters: stats.chapters.iter().zip(levels).map(chapter).collect(),
            passages: stats.passages.iter().map(passage).collect(),
            churches: church_bars(&stats.churches, links),
            pages: Pages::new(number, ON_A_PAGE, citing.total, |number| numbered(&address, [], number)),
            rows: citing.sermons.into_iter().map(|citing| CitingRow::new(citing, links)).collect(),
        }
    }
}

/// The label of a book.
fn facts(stats: &BookStats, sermons: i64) -> Facts {
    Facts {
        serving: if sermons == 1 { "1 sermon".to_owned() } else { format!("{} sermons", format::number(sermons)) },
        manna: format::number(stats.manna),
        testaments: Vec::new(),
        groups: Vec::new(),
        details: vec![("All citations*", format::number(stats.citations))],
        foot: "* Manna is the number of confirmed references that name the book; all citations are also those of verses \
               whose book was named before.",
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
        let stats = BookStats {
            manna: 7,
            citations: 9,
            chapters: (1..=150).map(|chapter| (chapter, i64::from(chapter % 7))).collect(),
            passages: vec![(Passage::typed("Ps 23:1").expect("a passage"), 5)],
            churches: vec![Church { slug: "a".to_owned(), name: "<b>John".to_owned(), sermons: 2, manna: 7 }],
        };
        let none = BookStats { chapters: vec![(1, 0)], ..BookStats::default() };
        [
            BookPage::new(page.clone(), psalms, &stats, citing(), 2),
            BookPage::new(page.clone(), Book::from_osis("Rev").expect("a book"), &none, CitingPage::default(), 1),
        ]
        .map(|page| page.render().expect("a page"))
        .into()
    }
}
