//! `GET /speaker/{slug}` and `GET /series/{slug}`: statistics and sermons of a speaker or series.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};

use super::{
    canon::{self, BookGroup},
    label::Facts,
    links::with_page,
    page::Page,
    revalidation::PageRevalidation,
    rows::{BarRow, PageNumber, Pagination, SermonRow, book_bars, offset, sermon_bars},
    trend::Trend,
};
use crate::{
    http::{body::QueryString, error::AppError, state::AppState},
    store::{ChurchSermons, GroupKind, GroupStats},
};

/// Maximum number of sermons per page.
const PAGE_SIZE: u16 = 20;
/// Maximum number of books and sermons in the top lists.
const TOP: u16 = 8;

/// The page of a speaker or series.
#[derive(Debug, Template)]
#[template(path = "group.html")]
struct GroupPage {
    page: Page,
    kind: &'static str,
    name: String,
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

/// Shows the page of a speaker.
#[tracing::instrument(skip_all, fields(speaker = slug))]
pub(super) async fn speaker(
    State(state): State<AppState>,
    page: Page,
    revalidation: PageRevalidation,
    Path(slug): Path<String>,
    QueryString(number): QueryString<PageNumber>,
) -> Result<Response, AppError> {
    show(&state, page, revalidation, (GroupKind::Speaker, &slug), number.parse()?).await
}

/// Shows the page of a series.
#[tracing::instrument(skip_all, fields(series = slug))]
pub(super) async fn series(
    State(state): State<AppState>,
    page: Page,
    revalidation: PageRevalidation,
    Path(slug): Path<String>,
    QueryString(number): QueryString<PageNumber>,
) -> Result<Response, AppError> {
    show(&state, page, revalidation, (GroupKind::Series, &slug), number.parse()?).await
}

async fn show(
    state: &AppState,
    page: Page,
    revalidation: PageRevalidation,
    (kind, slug): (GroupKind, &str),
    number: u32,
) -> Result<Response, AppError> {
    revalidation
        .respond(async {
            let found = state.store.group_stats(kind, slug, TOP).await?.ok_or(AppError::NoSuchGroup(kind.name()))?;
            let sermons = state.store.group_sermons(kind, slug, offset(number, PAGE_SIZE), PAGE_SIZE).await?;
            Ok(GroupPage::new(page, kind, found, sermons, number))
        })
        .await
}

impl GroupPage {
    fn new(page: Page, kind: GroupKind, stats: GroupStats, sermons: ChurchSermons, number: u32) -> Self {
        let ChurchSermons { sermons, total } = sermons;
        let links = &page.links.clone();
        let top_books = book_bars(&stats.top_books(usize::from(TOP)), links);
        let GroupStats { group, canon, books, deuterocanonical_books, top_sermons, trend_step, trend } = stats;
        let address = links.group(kind, &group.slug);
        Self {
            page,
            kind: match kind {
                GroupKind::Speaker => "Speaker",
                GroupKind::Series => "Series",
            },
            name: group.name,
            facts: Facts::of_sermons(canon, (group.sermons, group.manna), &books, &deuterocanonical_books),
            canon: canon::heat_map(&books, &deuterocanonical_books, links),
            top_books,
            top_sermons: sermon_bars(&top_sermons, links),
            trend: Trend::new(trend_step, &trend),
            rows: sermons.into_iter().map(|video| SermonRow::new(video, links)).collect(),
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
        store::{Group, TrendPoint, TrendStep},
    };

    /// Renders the sample pages: a speaker with sermons, and a series whose only sermon is not measured.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let stats = |sermons, manna: i64| GroupStats {
            group: Group { slug: "ann-lee".to_owned(), name: "Ann “<xss>” Lee".to_owned(), sermons, manna },
            canon: Canon::Protestant,
            books: Book::all().map(|book| (book, manna)).collect(),
            deuterocanonical_books: Vec::new(),
            top_sermons: if sermons > 0 { vec![sermon()] } else { Vec::new() },
            trend_step: TrendStep::Month,
            trend: vec![TrendPoint { first: chrono::NaiveDate::MIN, sermons, manna }],
        };
        let sermons = || ChurchSermons { sermons: vec![sermon()], total: 26 };
        [
            GroupPage::new(page.clone(), GroupKind::Speaker, stats(26, 1234), sermons(), 1),
            GroupPage::new(page.clone(), GroupKind::Series, stats(0, 0), sermons(), 2),
        ]
        .map(|page| page.render().expect("a page"))
        .into()
    }
}
