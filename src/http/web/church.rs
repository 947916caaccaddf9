//! `GET /church/{slug}`: what a church preaches from.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;

use super::{
    canon::{self, Group},
    format,
    fresh::Fresh,
    label::Facts,
    links::numbered,
    page::{Page, render},
    rows::{BarRow, PageNumber, Pages, SermonRow, before, book_bars, sermon_bars},
    see_other,
    trend::Trend,
};
use crate::{
    http::{body::QueryString, error::AppError, state::AppState},
    store::{CollectionStats, StatsFilter, Period, VideoSummary},
};

/// Sermons on a page.
const ON_A_PAGE: u16 = 20;
/// Books and sermons in the lists of the most.
const MOST: u16 = 8;

/// What the page shows.
#[derive(Debug, Template)]
#[template(path = "church.html")]
struct ChurchPage {
    page: Page,
    name: String,
    location: String,
    site: Option<String>,
    facts: Facts,
    canon: Vec<Group>,
    top_books: Vec<BarRow>,
    top_sermons: Vec<BarRow>,
    trend: Option<Trend>,
    rows: Vec<SermonRow>,
    /// Whether this is the first page.
    is_first: bool,
    pages: Pages,
}

/// Which church, by its name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NameParams {
    name: String,
}

/// Answers the page.
pub(super) async fn church(
    State(state): State<AppState>,
    page: Page,
    fresh: Fresh,
    Path(slug): Path<String>,
    QueryString(number): QueryString<PageNumber>,
) -> Result<Response, AppError> {
    let number = number.read()?;
    if let Some(answer) = fresh.answer()? {
        return Ok(answer);
    }
    let filter = StatsFilter { period: Period::Ever, church: Some(slug) };
    let stats = state.store.stats(&filter, MOST).await?.ok_or(AppError::NoChurch)?;
    let slug = filter.church.unwrap_or_default();
    let sermons = state.store.sermons_of_church(&slug, before(number, ON_A_PAGE), ON_A_PAGE).await?;
    Ok(fresh.tagged(render(&ChurchPage::new(page, &stats, sermons, number))))
}

/// `GET /church?name=`: sends to the page of the church of that name.
pub(super) async fn by_name(
    State(state): State<AppState>,
    page: Page,
    QueryString(params): QueryString<NameParams>,
) -> Result<Response, AppError> {
    let church = state.store.church_named(&params.name).await?.ok_or(AppError::NoChurch)?;
    Ok(see_other(&page.links.church(&church.slug)))
}

impl ChurchPage {
    fn new(page: Page, stats: &CollectionStats, sermons: Vec<VideoSummary>, number: u32) -> Self {
        let church = stats.church.clone();
        let (slug, name) = church.map_or_else(Default::default, |church| (church.slug, church.name));
        let newest = sermons.first();
        let links = &page.links.clone();
        let address = links.church(&slug);
        Self {
            page,
            name: if name.trim().is_empty() { "Sermons of an unknown church".to_owned() } else { name },
            location: newest.map(|video| video.location.clone()).unwrap_or_default(),
            site: newest.and_then(|video| format::web_address(&video.channel_url)),
            facts: Facts::of_sermons(stats.now.sermons, stats.now.manna, &stats.books),
            canon: canon::map(&stats.books, links),
            top_books: book_bars(&stats.top_books(usize::from(MOST)), links),
            top_sermons: sermon_bars(&stats.top_sermons, links)
                .into_iter()
                .map(|bar| BarRow { aside: String::new(), ..bar })
                .collect(),
            trend: Trend::new(stats.trend_step, &stats.trend),
            // Whose they are stands above.
            rows: sermons
                .into_iter()
                .map(|video| SermonRow { church: String::new(), ..SermonRow::new(video, links) })
                .collect(),
            is_first: number == 1,
            pages: Pages::new(number, ON_A_PAGE, stats.now.sermons, |number| numbered(&address, [], number)),
        }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use super::*;
    use crate::{
        domain::Book,
        http::web::rows::sample::sermon,
        store::{Church, StatsPosition, PeriodStats, TrendPoint, TrendStep},
    };

    /// A church with sermons, and one that has lost all of them.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let books = |manna| Book::all().map(move |book| (book, i64::try_from(book.index()).unwrap_or(0) * manna));
        let stats = |sermons, manna: i64| CollectionStats {
            standing: StatsPosition { state: (1, 1), sums: (1, 1) },
            church: Some(Church {
                slug: "grace".to_owned(), name: "Grace “<xss>” Church".to_owned(), sermons, manna
            }),
            now: PeriodStats { sermons, churches: 1, manna, books: 65 },
            before: None,
            books: books(manna.signum()).collect(),
            top_sermons: vec![sermon()],
            top_churches: Vec::new(),
            trend_step: TrendStep::Month,
            trend: vec![TrendPoint { first: chrono::NaiveDate::MIN, sermons, manna }],
        };
        let nothing = CollectionStats { top_sermons: Vec::new(), trend: Vec::new(), church: None, ..stats(0, 0) };
        [
            ChurchPage::new(page.clone(), &stats(26, 1234), vec![sermon()], 1),
            ChurchPage::new(page.clone(), &nothing, Vec::new(), 1),
        ]
        .map(|page| page.render().expect("a page"))
        .into()
    }
}
