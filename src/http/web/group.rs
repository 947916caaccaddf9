//! `GET /church/{slug}`, `/speaker/{slug}` and `/series/{slug}`: statistics and sermons of a church, speaker or
//! series.

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
    rows::{Bars, PageNumber, Pagination, SermonRow, book_bars, offset, sermon_bars},
    see_other,
    trend::Trend,
};
use crate::{
    http::{body::QueryString, error::AppError, state::AppState},
    store::{ChurchSermons, CollectionStats, Group, GroupKind, GroupStats, Period, StatsFilter},
};

/// Maximum number of sermons per page.
const PAGE_SIZE: u16 = 20;
/// Maximum number of books and sermons in the top lists.
const TOP: u16 = 8;

/// The page of a church, speaker or series.
#[derive(Debug, Template)]
#[template(path = "group.html")]
struct GroupPage {
    page: Page,
    /// `Church`, `Speaker` or `Series`.
    kind: &'static str,
    name: String,
    /// The location of a church.
    location: String,
    /// The channel page of a church.
    site: Option<String>,
    facts: Facts,
    canon: Vec<BookGroup>,
    top_books: Bars,
    top_sermons: Bars,
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

/// Handles `GET /church?name=`: redirects to the page of the church with that name.
#[tracing::instrument(skip_all)]
pub(super) async fn church_by_name(
    State(state): State<AppState>,
    QueryString(params): QueryString<NameParams>,
) -> Result<Response, AppError> {
    let church = state.store.church_by_name(&params.name).await?.ok_or(AppError::NoSuchChurch)?;
    Ok(see_other(&Links::default().church(&church.slug)))
}

/// Shows the page of a church.
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
            let found = state.store.stats(&filter, TOP).await?.ok_or(AppError::NoSuchChurch)?;
            let slug = filter.church.unwrap_or_default();
            let sermons = state.store.church_sermons(&slug, offset(number, PAGE_SIZE), PAGE_SIZE).await?;
            Ok(GroupPage::of_church(page, found, sermons, number))
        })
        .await
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
            Ok(GroupPage::of_group(page, kind, found, sermons, number))
        })
        .await
}

impl GroupPage {
    /// Creates the page of a church.
    fn of_church(page: Page, stats: CollectionStats, sermons: ChurchSermons, number: u32) -> Self {
        let (slug, name) = stats.church.map(|church| (church.slug, church.name)).unwrap_or_default();
        let newest = sermons.sermons.first();
        let location = newest.map(|video| video.location.clone()).unwrap_or_default();
        let site = newest.and_then(|video| format::web_address(&video.channel_url));
        let stats = GroupStats {
            group: Group {
                name: if name.trim().is_empty() { "Unknown church".to_owned() } else { name },
                slug,
                sermons: stats.current.sermons,
                manna: stats.current.manna,
            },
            canon: stats.canon,
            books: stats.books,
            deuterocanonical_books: stats.deuterocanonical_books,
            top_sermons: stats.top_sermons,
            trend_step: stats.trend_step,
            trend: stats.trend,
        };
        let address = page.links.church(&stats.group.slug);
        let mut view = Self::new(page, ("Church", &address), stats, sermons, number);
        // The heading already names the church.
        view.rows.iter_mut().for_each(|row| row.church.clear());
        Self { location, site, top_sermons: view.top_sermons.without_details(), ..view }
    }

    /// Creates the page of a speaker or a series.
    fn of_group(page: Page, kind: GroupKind, stats: GroupStats, sermons: ChurchSermons, number: u32) -> Self {
        let address = page.links.group(kind, &stats.group.slug);
        let title = match kind {
            GroupKind::Speaker => "Speaker",
            GroupKind::Series => "Series",
        };
        let mut view = Self::new(page, (title, &address), stats, sermons, number);
        if kind == GroupKind::Speaker {
            // The heading already names the speaker.
            view.rows.iter_mut().for_each(|row| row.speaker = None);
        }
        view
    }

    fn new(
        page: Page,
        (kind, address): (&'static str, &str),
        stats: GroupStats,
        sermons: ChurchSermons,
        number: u32,
    ) -> Self {
        let ChurchSermons { sermons, total } = sermons;
        let GroupStats { group, canon, books, deuterocanonical_books, top_sermons, trend_step, trend } = stats;
        let links = &page.links.clone();
        Self {
            page,
            kind,
            name: group.name,
            location: String::new(),
            site: None,
            facts: Facts::of_sermons(canon, (group.sermons, group.manna), &books, &deuterocanonical_books),
            canon: canon::heat_map(&books, &deuterocanonical_books, links),
            top_books: book_bars(&books, usize::from(TOP), links),
            top_sermons: sermon_bars(&top_sermons, group.sermons, links),
            trend: Trend::new(trend_step, &trend),
            rows: sermons.into_iter().map(|video| SermonRow::new(video, links)).collect(),
            is_first: number == 1,
            pages: Pagination::new(number, PAGE_SIZE, total, |number| with_page(address, [], number)),
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

    fn church(sermons: i64, manna: i64) -> CollectionStats {
        let books = Book::all().map(|book| (book, i64::try_from(book.index()).unwrap_or(0) * manna.signum()));
        let church = Church { slug: "grace".to_owned(), name: "Grace “<xss>” Church".to_owned(), sermons, manna };
        CollectionStats {
            position: StatsPosition { store: (1, 1), stats: (1, 1), mentions: 1 },
            canon: Canon::Protestant,
            church: (sermons > 0).then_some(church),
            current: PeriodStats { sermons, churches: 1, manna, books: 65, deuterocanonical: 0 },
            previous: None,
            books: books.collect(),
            deuterocanonical_books: Vec::new(),
            top_sermons: if sermons > 0 { vec![sermon()] } else { Vec::new() },
            top_churches: Vec::new(),
            trend_step: TrendStep::Month,
            trend: vec![TrendPoint { first: chrono::NaiveDate::MIN, sermons, manna }],
        }
    }

    fn group(sermons: i64, manna: i64) -> GroupStats {
        GroupStats {
            group: Group { slug: "ann-lee".to_owned(), name: "Ann “<xss>” Lee".to_owned(), sermons, manna },
            canon: Canon::Protestant,
            books: Book::all().map(|book| (book, manna)).collect(),
            deuterocanonical_books: Vec::new(),
            top_sermons: if sermons > 0 { vec![sermon()] } else { Vec::new() },
            trend_step: TrendStep::Month,
            trend: vec![TrendPoint { first: chrono::NaiveDate::MIN, sermons, manna }],
        }
    }

    /// Renders the sample pages: a church with sermons and one without, a speaker, and a series whose only sermon is not measured.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let sermons = || ChurchSermons { sermons: vec![sermon()], total: 26 };
        [
            GroupPage::of_church(page.clone(), church(26, 1234), sermons(), 1),
            GroupPage::of_church(page.clone(), church(0, 0), ChurchSermons::default(), 1),
            GroupPage::of_group(page.clone(), GroupKind::Speaker, group(26, 1234), sermons(), 1),
            GroupPage::of_group(page.clone(), GroupKind::Series, group(0, 0), sermons(), 2),
        ]
        .map(|page| page.render().expect("a page"))
        .into()
    }
}
