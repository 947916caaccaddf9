//! `GET /`: the form to add a sermon, the statistics, and the list of sermons.

mod list;
mod stats;

use askama::Template;
use axum::{extract::State, response::Response};

use self::{
    list::Filter,
    stats::{MAX_CHURCHES, StatsParams, StatsSection, TOP},
};
use super::{format, label::Facts, links::PAGE_SIZE, page::Page, revalidation::PageRevalidation, rows::SermonRow};
use crate::{
    http::{api::videos::ListParams, body::QueryString, error::AppError, reader::ReadSource, state::AppState},
    store::{AllTimeStats, Church, CollectionStats, VideoPage},
};

/// Maximum number of sermons listed below the statistics.
const LATEST: &str = "8";

/// The dashboard.
#[derive(Debug, Template)]
#[template(path = "dashboard.html")]
struct DashboardPage {
    page: Page,
    /// The statistics, or `None` on a filtered list and while the database is unreachable.
    stats: Option<StatsSection>,
    /// The label for all sermons.
    facts: Option<Facts>,
    filter: Filter,
    rows: Vec<SermonRow>,
    /// Number of sermons found, such as `26 sermons found`.
    total: String,
    /// How many of the sermons are listed; `None` if all are.
    shown: Option<String>,
    /// Whether there are no sermons at all.
    is_empty: bool,
    next_url: Option<String>,
    all_url: String,
}

/// The data for the statistics.
#[derive(Debug)]
struct StatsData {
    stats: CollectionStats,
    /// The churches in the church filter.
    churches: Vec<Church>,
}

/// Shows the page.
#[tracing::instrument(skip_all)]
pub(super) async fn dashboard(
    State(state): State<AppState>,
    page: Page,
    revalidation: PageRevalidation,
    QueryString(params): QueryString<ListParams>,
    QueryString(stats_params): QueryString<StatsParams>,
) -> Result<Response, AppError> {
    revalidation.respond_with_source(read_page(&state, page, &params, &stats_params)).await
}

/// Reads the page's data.
async fn read_page(
    state: &AppState,
    page: Page,
    params: &ListParams,
    stats_params: &StatsParams,
) -> Result<(ReadSource, DashboardPage), AppError> {
    let is_start = is_start(params);
    let limit = params.limit.as_deref().unwrap_or(if is_start { LATEST } else { PAGE_SIZE }).to_owned();
    let mut list_params = ListParams { limit: Some(limit), ..params.clone() };
    let data = if is_start { stats_data(state, stats_params).await? } else { None };
    let facts = match &data {
        Some(StatsData { stats: CollectionStats { current, books, deuterocanonical_books, .. }, .. }) => {
            let numbers = (current.sermons, current.manna);
            Some(Facts::of_sermons(page.canon, numbers, books, deuterocanonical_books).without_groups(page.canon))
        }
        None if is_start => {
            let (AllTimeStats { sermons, manna, books, deuterocanonical_books, .. }, _) =
                state.reader.all_time_stats().await?;
            Some(
                Facts::of_sermons(page.canon, (sermons, manna), &books, &deuterocanonical_books)
                    .without_groups(page.canon),
            )
        }
        None => None,
    };
    if let Some(church) = data.as_ref().and_then(|data| data.stats.church.as_ref()) {
        list_params.channel = Some(church.name.clone());
    }
    let (list, source) = state.reader.videos(&list_params.query()?).await?;
    let view = DashboardPage::new(page.with_source(source), params, stats_params, list, data);
    Ok((source, DashboardPage { facts, ..view }))
}

/// Returns whether no list parameter is set.
fn is_start(params: &ListParams) -> bool {
    let ListParams { q, channel, speaker, series, book, from, to, undated, added_from, added_to, sort, cursor, limit } =
        params;
    let filters = [q, channel, speaker, series, book, from, to, undated, added_from, added_to];
    filters.iter().chain(&[sort, cursor, limit]).all(|value| value.is_none())
}

/// Reads the statistics. Returns `None` if the database is unreachable.
async fn stats_data(state: &AppState, params: &StatsParams) -> Result<Option<StatsData>, AppError> {
    if state.reader.stats_position().await.is_none() {
        return Ok(None);
    }
    let today = state.clock.now().date_naive();
    let collection = state.store.stats(&params.filter(today), TOP).await?.ok_or(AppError::NoSuchChurch)?;
    Ok(Some(StatsData { stats: collection, churches: state.store.churches(MAX_CHURCHES).await? }))
}

impl DashboardPage {
    fn new(
        page: Page,
        params: &ListParams,
        stats_params: &StatsParams,
        list: VideoPage,
        data: Option<StatsData>,
    ) -> Self {
        let links = page.links.clone();
        let filter = Filter::new(params, &links, page.canon);
        let next = |cursor| links.list(&ListParams { cursor: Some(cursor), ..params.clone() });
        Self {
            is_empty: list.total == 0
                && !filter.is_active
                && page.source == ReadSource::Database
                && !stats_params.is_filtered(),
            facts: None,
            next_url: list.next_cursor.filter(|_| data.is_none()).map(next),
            stats: data.map(|StatsData { stats, churches }| StatsSection::new(stats_params, &stats, churches, &links)),
            shown: format::shown(list.videos.len(), list.total),
            rows: list.videos.into_iter().map(|sermon| SermonRow::new(sermon, &links)).collect(),
            total: format!("{} found", format::count(list.total, "sermon")),
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
        domain::{Book, Canon},
        http::web::rows::sample::sermon,
        store::{PeriodStats, StatsPosition, TrendPoint, TrendStep},
    };

    fn data(church: Option<Church>, sermons: i64) -> StatsData {
        let current = PeriodStats { sermons, churches: sermons, manna: 1234 * sermons, books: 2, deuterocanonical: 3 };
        let grace = Church { slug: "grace".to_owned(), name: "Grace <xss>".to_owned(), sermons, manna: 1234 };
        let day = |day| chrono::NaiveDate::from_ymd_opt(2026, 5, day).expect("a date");
        let point = |first| TrendPoint { first, sermons, manna: 7 };
        let stats = CollectionStats {
            position: StatsPosition { store: (1, 1), stats: (1, 1), mentions: 1 },
            canon: Canon::Protestant,
            previous: church.is_none().then(PeriodStats::default),
            church,
            current,
            books: Book::all().map(|book| (book, i64::try_from(book.index()).unwrap_or_default() * sermons)).collect(),
            deuterocanonical_books: vec![(Book::from_osis("Sir").expect("a book"), 3)],
            top_sermons: vec![sermon()],
            top_churches: vec![grace.clone()],
            trend_step: TrendStep::Day,
            trend: vec![point(day(1)), point(day(2))],
        };
        StatsData { stats, churches: vec![grace] }
    }

    /// Renders the sample pages: no sermons, statistics of all churches and of one, a filter without results, and a
    /// filtered list.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let full = VideoPage { videos: vec![sermon()], next_cursor: Some("next".to_owned()), total: 26 };
        let none = VideoPage { videos: Vec::new(), next_cursor: None, total: 0 };
        let filtered = ListParams {
            q: Some("love".to_owned()),
            channel: Some("A & B".to_owned()),
            cursor: Some("x".to_owned()),
            ..ListParams::default()
        };
        let (all, start) = (StatsParams::default(), ListParams::default());
        let grace = data(None, 1).churches.remove(0);
        vec![
            DashboardPage::new(page.clone(), &start, &all, none.clone(), Some(data(None, 0))),
            DashboardPage::new(page.clone(), &start, &all, full.clone(), Some(data(None, 1))),
            DashboardPage::new(page.clone(), &start, &all, full.clone(), Some(data(Some(grace), 3))),
            DashboardPage::new(page.clone(), &filtered, &all, none, None),
            DashboardPage::new(page.clone(), &filtered, &all, full, None),
        ]
        .into_iter()
        .map(|page| DashboardPage {
            facts: Some(
                Facts::of_sermons(Canon::Protestant, (2, 7), &data(None, 2).stats.books, &[])
                    .without_groups(Canon::Protestant),
            ),
            ..page
        })
        .map(|page| page.render().expect("a page"))
        .collect()
    }
}
