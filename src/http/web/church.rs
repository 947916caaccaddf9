//! `GET /church/{slug}`: statistics and sermons of a church.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;

use super::{
    canon::{self, BookGroup},
    format,
    label::Facts,
    links::{Links, with_page},
    page::Page,
    revalidation::PageRevalidation,
    rows::{BarRow, PageNumber, Pagination, SermonRow, book_bars, offset, sermon_bars},
    see_other,
    trend::Trend,
};
use crate::{
    http::{body::QueryString, error::AppError, state::AppState},
    store::{ChurchSermons, CollectionStats, Period, StatsFilter},
};

/// Maximum number of sermons per page.
const PAGE_SIZE: u16 = 20;
/// Maximum number of books and sermons in the top lists.
const TOP: u16 = 8;

/// The page of a church.
#[derive(Debug, Template)]
#[template(path = "church.html")]
struct ChurchPage {
    page: Page,
    name: String,
    location: String,
    site: Option<String>,
    facts: Facts,
    canon: Vec<BookGroup>,
    top_books: Vec<BarRow>,
    top_sermons: Vec<BarRow>,
    trend: Option<Trend>,
    rows: Vec<SermonRow>,
    /// Whether this is the first page of the list.
    is_first: bool,
    pages: Pagination,
}

/// Query parameters of `GET /church`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NameParams {
    name: String,
}

/// Shows the page.
#[tracing::instrument(skip_all, fields(church = slug))]
pub(super) async fn church(
    State(state): State<AppState>,
    page: Page,
    revalidation: PageRevalidation,
    Path(slug): Path<String>,
    QueryString(number): QueryString<PageNumber>,
) -> Result<Response, AppError> {
    let number = number.parse()?;
    revalidation
        .respond(async {
            let filter = StatsFilter { period: Period::AllTime, church: Some(slug) };
            let collection = state.store.stats(&filter, TOP).await?.ok_or(AppError::NoSuchChurch)?;
            let slug = filter.church.unwrap_or_default();
            let sermons = state.store.church_sermons(&slug, offset(number, PAGE_SIZE), PAGE_SIZE).await?;
            Ok(ChurchPage::new(page, &collection, sermons, number))
        })
        .await
}

/// Handles `GET /church?name=`: redirects to the page of the church with that name.
#[tracing::instrument(skip_all)]
pub(super) async fn by_name(
    State(state): State<AppState>,
    QueryString(params): QueryString<NameParams>,
) -> Result<Response, AppError> {
    let church = state.store.church_by_name(&params.name).await?.ok_or(AppError::NoSuchChurch)?;
    Ok(see_other(&Links::default().church(&church.slug)))
}

impl ChurchPage {
    fn new(page: Page, stats: &CollectionStats, sermons: ChurchSermons, number: u32) -> Self {
        let ChurchSermons { sermons, total } = sermons;
        let church = stats.church.clone();
        let (slug, name) = church.map_or_else(Default::default, |church| (church.slug, church.name));
        let newest = sermons.first();
        let links = &page.links.clone();
        let address = links.church(&slug);
        let numbers = (stats.current.sermons, stats.current.manna);
        Self {
            page,
            name: if name.trim().is_empty() { "Unknown church".to_owned() } else { name },
            location: newest.map(|video| video.location.clone()).unwrap_or_default(),
            site: newest.and_then(|video| format::web_address(&video.channel_url)),
            facts: Facts::of_sermons(stats.canon, numbers, &stats.books, &stats.deuterocanonical_books),
            canon: canon::heat_map(&stats.books, &stats.deuterocanonical_books, links),
            top_books: book_bars(&stats.top_books(usize::from(TOP)), links),
            top_sermons: sermon_bars(&stats.top_sermons, links)
                .into_iter()
                .map(|bar| BarRow { detail: String::new(), ..bar })
                .collect(),
            trend: Trend::new(stats.trend_step, &stats.trend),
            // The heading already names the church.
            rows: sermons
                .into_iter()
                .map(|video| SermonRow { church: String::new(), ..SermonRow::new(video, links) })
                .collect(),
            is_first: number == 1,
            pages: Pagination::new(number, PAGE_SIZE, total, |number| with_page(&address, [], number)),
        }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use super::*;
    use crate::{
        domain::{Book, Canon},
        http::web::rows::sample::sermon,
        store::{Church, PeriodStats, StatsPosition, TrendPoint, TrendStep},
    };

    /// Renders the sample pages: a church with sermons, and one without.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let books = |manna| Book::all().map(move |book| (book, i64::try_from(book.index()).unwrap_or(0) * manna));
        let stats = |sermons, manna: i64| CollectionStats {
            position: StatsPosition { store: (1, 1), stats: (1, 1), mentions: 1 },
            canon: Canon::Protestant,
            church: Some(Church {
                slug: "grace".to_owned(), name: "Grace “<xss>” Church".to_owned(), sermons, manna
            }),
            current: PeriodStats { sermons, churches: 1, manna, books: 65, deuterocanonical: 0 },
            previous: None,
            books: books(manna.signum()).collect(),
            deuterocanonical_books: Vec::new(),
            top_sermons: vec![sermon()],
            top_churches: Vec::new(),
            trend_step: TrendStep::Month,
            trend: vec![TrendPoint { first: chrono::NaiveDate::MIN, sermons, manna }],
        };
        let sermons = |sermons, total| ChurchSermons { sermons, total };
        let nothing = CollectionStats { top_sermons: Vec::new(), trend: Vec::new(), church: None, ..stats(0, 0) };
        [
            ChurchPage::new(page.clone(), &stats(26, 1234), sermons(vec![sermon()], 26), 1),
            ChurchPage::new(page.clone(), &nothing, sermons(Vec::new(), 0), 1),
        ]
        .map(|page| page.render().expect("a page"))
        .into()
    }
}
