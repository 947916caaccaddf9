//! `GET /`: the form to add a sermon, what all sermons come to, the list of all sermons.

mod list;
mod overview;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

use self::{
    list::Filter,
    overview::{Overview, OverviewParams, TOPS},
};
use super::{
    format,
    fresh::Fresh,
    label::Facts,
    links::ON_A_PAGE,
    page::{Page, render},
    rows::SermonRow,
};
use crate::{
    http::{api::videos::ListParams, body::QueryString, error::AppError, fallback::Source, state::AppState},
    store::{Church, CollectionStats, Totals, VideoPage},
};

/// Churches that can be chosen.
const CHURCHES: u16 = 200;

/// Sermons below the overview.
const LATEST: &str = "8";

/// What the page shows.
#[derive(Debug, Template)]
#[template(path = "dashboard.html")]
struct DashboardPage {
    page: Page,
    /// None while the database is away, and where a list was asked for.
    overview: Option<Overview>,
    /// The label of all sermons.
    facts: Option<Facts>,
    filter: Filter,
    rows: Vec<SermonRow>,
    /// Sermons that fit the filter.
    found: String,
    /// Whether there is not a single sermon.
    empty: bool,
    next_url: Option<String>,
    all_url: String,
}

/// What everything is summed up in, and the churches that it can be narrowed to.
#[derive(Debug)]
struct Summed {
    stats: CollectionStats,
    churches: Vec<Church>,
}

/// Answers the page.
pub(super) async fn dashboard(
    State(state): State<AppState>,
    page: Page,
    fresh: Fresh,
    QueryString(params): QueryString<ListParams>,
    QueryString(wanted): QueryString<OverviewParams>,
) -> Result<Response, AppError> {
    if let Some(answer) = fresh.not_modified() {
        return Ok(answer);
    }
    let is_start = is_start(&params);
    let usual = if is_start { LATEST } else { ON_A_PAGE };
    let mut asked =
        ListParams { limit: Some(params.limit.clone().unwrap_or_else(|| usual.to_owned())), ..params.clone() };
    let summed = if is_start { sum_up(&state, &wanted).await? } else { None };
    let facts = match &summed {
        Some(Summed { stats: CollectionStats { now, books, .. }, .. }) => {
            Some(Facts::of_sermons(now.sermons, now.manna, books).without_groups())
        }
        None if is_start => {
            let (Totals { videos, manna, books, .. }, _) = state.reads.totals().await?;
            Some(Facts::of_sermons(videos, manna, &books).without_groups())
        }
        None => None,
    };
    if let Some(church) = summed.as_ref().and_then(|summed| summed.stats.church.as_ref()) {
        asked.channel = Some(church.name.clone());
    }
    let (list, source) = state.reads.videos(&asked.query()?).await?;
    let shown = DashboardPage::new(page.read_in(source), &params, &wanted, list, summed);
    let shown = DashboardPage { facts, ..shown };
    Ok((source, fresh.tagged(render(&shown))).into_response())
}

/// Whether nothing was asked for but the first page.
fn is_start(ListParams { q, channel, book, from, to, sort, cursor, limit }: &ListParams) -> bool {
    [q, channel, book, from, to, sort, cursor, limit].iter().all(|value| value.is_none())
}

/// None while the database is away: the page then has the list alone.
async fn sum_up(state: &AppState, wanted: &OverviewParams) -> Result<Option<Summed>, AppError> {
    if state.reads.standing().await.is_none() {
        return Ok(None);
    }
    let today = state.clock.now().date_naive();
    let stats = state.store.stats(&wanted.filter(today), TOPS).await?.ok_or(AppError::NoChurch)?;
    Ok(Some(Summed { stats, churches: state.store.churches(CHURCHES).await? }))
}

impl DashboardPage {
    fn new(page: Page, params: &ListParams, wanted: &OverviewParams, list: VideoPage, summed: Option<Summed>) -> Self {
        let links = page.links.clone();
        let filter = Filter::new(params, &links);
        let next = |cursor| links.list(&ListParams { cursor: Some(cursor), ..params.clone() });
        Self {
            empty: list.total == 0 && !filter.narrows && page.source == Source::Database && !wanted.narrows(),
            facts: None,
            next_url: list.next_cursor.filter(|_| summed.is_none()).map(next),
            overview: summed.map(|Summed { stats, churches }| Overview::new(wanted, &stats, churches, &links)),
            rows: list.videos.into_iter().map(|video| SermonRow::new(video, &links)).collect(),
            found: format::number(list.total),
            all_url: links.list(&ListParams { sort: Some("newest".to_owned()), ..ListParams::default() }),
            filter,
            page,
        }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use super::*;
    use crate::{
        domain::Book,
        http::web::rows::sample::sermon,
        store::{StatsPosition, PeriodStats, TrendPoint, TrendStep},
    };

    fn summed(church: Option<Church>, sermons: i64) -> Summed {
        let sums = PeriodStats { sermons, churches: sermons, manna: 1234 * sermons, books: 2 };
        let grace = Church { slug: "grace".to_owned(), name: "Grace <xss>".to_owned(), sermons, manna: 1234 };
        let day = |day| chrono::NaiveDate::from_ymd_opt(2026, 5, day).expect("a date");
        let point = |first| TrendPoint { first, sermons, manna: 7 };
        let stats = CollectionStats {
            standing: StatsPosition { state: (1, 1), sums: (1, 1) },
            before: church.is_none().then(PeriodStats::default),
            church,
            now: sums,
            books: Book::all().map(|book| (book, i64::try_from(book.index()).unwrap_or_default() * sermons)).collect(),
            top_sermons: vec![sermon()],
            top_churches: vec![grace.clone()],
            trend_step: TrendStep::Day,
            trend: vec![point(day(1)), point(day(2))],
        };
        Summed { stats, churches: vec![grace] }
    }

    /// The page with nothing, with sums of all and of a church, with a list that was asked for, and without the database.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let full = VideoPage { videos: vec![sermon()], next_cursor: Some("next".to_owned()), total: 26 };
        let none = VideoPage { videos: Vec::new(), next_cursor: None, total: 0 };
        let asked = ListParams {
            q: Some("love".to_owned()),
            channel: Some("A & B".to_owned()),
            cursor: Some("x".to_owned()),
            ..ListParams::default()
        };
        let (all, start) = (OverviewParams::default(), ListParams::default());
        let grace = summed(None, 1).churches.remove(0);
        vec![
            DashboardPage::new(page.clone(), &start, &all, none.clone(), Some(summed(None, 0))),
            DashboardPage::new(page.clone(), &start, &all, full.clone(), Some(summed(None, 1))),
            DashboardPage::new(page.clone(), &start, &all, full.clone(), Some(summed(Some(grace), 3))),
            DashboardPage::new(page.clone(), &asked, &all, none, None),
            DashboardPage::new(page.clone(), &asked, &all, full, None),
        ]
        .into_iter()
        .map(|page| DashboardPage {
            facts: Some(Facts::of_sermons(2, 7, &summed(None, 2).stats.books).without_groups()),
            ..page
        })
        .map(|page| page.render().expect("a page"))
        .collect()
    }
}
