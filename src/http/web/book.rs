//! `GET /book/{osis}`: statistics of a book of the Bible, and the sermons that cite it.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};

use super::{
    format, heat,
    label::{Facts, canon_name},
    links::{Links, bible_gateway, with_page},
    page::Page,
    revalidation::PageRevalidation,
    rows::{BarRow, Bars, CitingRow, PageNumber, Pagination, church_bars, offset},
    see_other,
};
use scripture_detector::Passage;

use crate::{
    domain::{Book, Canon, Testament},
    http::{body::QueryString, error::AppError, state::AppState},
    store::{BookStats, CitingPage},
};

/// Maximum number of sermons per page.
const PAGE_SIZE: u16 = 20;
/// Maximum number of passages and churches in the top lists.
const TOP: u16 = 12;

/// The page of a book.
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
    passages: Bars,
    churches: Bars,
    rows: Vec<CitingRow>,
    pages: Pagination,
}

/// A chapter in the heat map.
#[derive(Debug)]
struct Chapter {
    url: String,
    number: u16,
    citations: String,
    level: u8,
}

/// Shows the page. Other names of the book redirect to the canonical URL.
#[tracing::instrument(skip_all, fields(book = name))]
pub(super) async fn book(
    State(state): State<AppState>,
    page: Page,
    revalidation: PageRevalidation,
    Path(name): Path<String>,
    QueryString(number): QueryString<PageNumber>,
) -> Result<Response, AppError> {
    let Ok(book) = Book::from_osis(&name) else {
        let passage = Passage::parse_query(&name.replace(['_', '+'], " ")).ok_or(AppError::NoSuchBook(name))?;
        return Ok(see_other(&Links::default().passage(passage)));
    };
    let number = number.parse()?;
    revalidation
        .respond(async {
            let book_stats = state.store.book_stats(book, TOP).await?;
            let citing = state.store.sermons_citing_book(book, offset(number, PAGE_SIZE), PAGE_SIZE).await?;
            Ok(BookPage::new(page, book, &book_stats, citing, number))
        })
        .await
}

impl BookPage {
    fn new(page: Page, book: Book, stats: &BookStats, citing: CitingPage, number: u32) -> Self {
        let links = &page.links.clone();
        let levels = heat::levels(stats.chapters.iter().map(|(_, citations)| *citations));
        let chapter = |(&(number, citations), level): (&(u16, i64), u8)| Chapter {
            url: Passage::whole_chapter(book, number).map(|passage| links.passage(passage)).unwrap_or_default(),
            number,
            citations: format::number(citations),
            level,
        };
        let most = stats.passages.first().map_or(1, |(_, citations)| (*citations).max(1));
        let passage = |&(passage, citations): &(Passage, i64)| BarRow {
            url: links.passage(passage),
            name: passage.english(),
            number: format::number(citations),
            detail: String::new(),
            share: citations * 100 / most,
        };
        let is_deuterocanonical = book.is_deuterocanonical();
        let neighbor = |index: Option<usize>| {
            let book = index.and_then(Book::from_index);
            book.filter(|it| it.is_deuterocanonical() == is_deuterocanonical)
                .map(|book| (links.book(book), book.name()))
        };
        let address = links.book(book);
        let canon = page.canon;
        Self {
            page,
            name: book.name(),
            testament: match book.testament() {
                _ if book.is_deuterocanonical() => "Deuterocanonical book",
                Testament::Old => "Old Testament",
                Testament::New => "New Testament",
            },
            previous: neighbor(book.index().checked_sub(1)),
            next: neighbor(book.index().checked_add(1)),
            read_url: bible_gateway(&Passage::whole_chapter(book, 1).unwrap_or(Passage::whole_book(book)).english()),
            facts: facts(canon, book, stats, citing.total),
            chapters: stats.chapters.iter().zip(levels).map(chapter).collect(),
            passages: Bars::new(stats.passages.iter().map(passage).collect(), stats.passages_total),
            churches: church_bars(&stats.churches, stats.churches_total, links),
            pages: Pagination::new(number, PAGE_SIZE, citing.total, |number| with_page(&address, [], number)),
            rows: citing.sermons.into_iter().map(|citing| CitingRow::new(citing, links)).collect(),
        }
    }
}

/// Returns the label of a book. References to a book outside the canon are not counted as manna.
fn facts(canon: Canon, book: Book, stats: &BookStats, sermons: i64) -> Facts {
    let (amount, foot) = if canon.contains(book) {
        let foot = "* Manna counts the confirmed references that name the book. All citations also include verses cited \
                    after the book was named.";
        ("Manna*", foot.into())
    } else {
        let foot = format!(
            "* The confirmed references that name the book. It is not one of {}, so they are not part of the manna. All \
             citations also include verses cited after the book was named.",
            canon_name(canon)
        );
        ("References*", foot.into())
    };
    Facts {
        serving: format::count(sermons, "sermon"),
        amount,
        manna: format::number(stats.manna),
        not_measured: None,
        note: None,
        testaments: Vec::new(),
        groups: Vec::new(),
        details: vec![("All citations*", format::number(stats.citations))],
        foot,
    }
}

#[cfg(test)]
pub(super) mod sample {
    use super::*;
    use crate::{
        http::web::rows::sample::sermon,
        store::{Church, Citation, CitingSermon},
    };

    /// Returns a sample page of citing sermons.
    pub(in crate::http::web) fn citing() -> CitingPage {
        let passage = Passage::parse_query("Ps 23:1-3");
        let places = vec![Citation { seconds: Some(754.2), passage }, Citation { seconds: None, passage: None }];
        CitingPage { sermons: vec![CitingSermon { sermon: sermon(), citations: 2, source: None, places }], total: 41 }
    }

    /// Renders the sample pages: a book with citations, and one without.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let psalms = Book::from_osis("Ps").expect("a book");
        let stats = BookStats {
            manna: 7,
            citations: 9,
            chapters: (1..=150).map(|chapter| (chapter, i64::from(chapter % 7))).collect(),
            passages: vec![(Passage::parse_query("Ps 23:1").expect("a passage"), 5)],
            passages_total: 3,
            churches: vec![Church { slug: "a".to_owned(), name: "<b>John".to_owned(), sermons: 2, manna: 7 }],
            churches_total: 1,
        };
        let none = BookStats { chapters: vec![(1, 0)], ..BookStats::default() };
        [
            BookPage::new(page.clone(), psalms, &stats, citing(), 2),
            BookPage::new(page.clone(), Book::from_osis("Rev").expect("a book"), &none, CitingPage::default(), 1),
            BookPage::new(page.clone(), Book::from_osis("Sir").expect("a book"), &stats, citing(), 1),
        ]
        .map(|page| page.render().expect("a page"))
        .into()
    }
}
