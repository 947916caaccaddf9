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
    rows::{BarRow, SermonRow, book_bars, sermon_bars},
    see_other,
    trend::Trend,
};
use crate::{
    http::{body::QueryString, error::AppError, state::AppState},
    store::{Insight, InsightFilter, Period, VideoPage, VideoQuery},
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
    first_url: Option<String>,
    next_url: Option<String>,
}

/// Which page of the sermons.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ChurchParams {
    cursor: Option<String>,
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
    QueryString(params): QueryString<ChurchParams>,
) -> Result<Response, AppError> {
    if let Some(answer) = fresh.not_modified() {
        return Ok(answer);
    }
    let filter = InsightFilter { period: Period::Ever, church: Some(slug) };
    let insight = state.store.insight(&filter, MOST).await?.ok_or(AppError::NoChurch)?;
    let name = insight.church.as_ref().map(|church| church.name.clone());
    let cursor = params.cursor.filter(|cursor| !cursor.is_empty());
    let later = cursor.is_some();
    let list = VideoQuery { channel: name, cursor, limit: ON_A_PAGE, ..VideoQuery::default() };
    let list = state.store.videos(&list).await??;
    Ok(fresh.tagged(render(&ChurchPage::new(page, insight, list, later))))
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
    fn new(page: Page, insight: Insight, list: VideoPage, later: bool) -> Self {
        let church = insight.church.clone();
        let (slug, name) = church.map_or_else(Default::default, |church| (church.slug, church.name));
        let newest = list.videos.first();
        let links = &page.links.clone();
        let address = links.church(&slug);
        let next = |cursor: String| numbered(&address, [("cursor", cursor.as_str())], 1);
        Self {
            page,
            name: if name.trim().is_empty() { "Sermons of an unknown church".to_owned() } else { name },
            location: newest.map(|video| video.location.clone()).unwrap_or_default(),
            site: newest.and_then(|video| format::web_address(&video.channel_url)),
            facts: Facts::of_sermons(insight.now.sermons, insight.now.manna, &insight.books),
            canon: canon::map(&insight.books, links),
            top_books: book_bars(&insight.top_books(usize::from(MOST)), links),
            top_sermons: sermon_bars(&insight.top_sermons, links)
                .into_iter()
                .map(|bar| BarRow { aside: String::new(), ..bar })
                .collect(),
            trend: Trend::new(insight.trend_step, &insight.trend),
            // Whose they are stands above.
            rows: list
                .videos
                .into_iter()
                .map(|video| SermonRow { church: String::new(), ..SermonRow::new(video, links) })
                .collect(),
            first_url: later.then(|| address.clone()),
            next_url: list.next_cursor.map(next),
        }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use super::*;
    use crate::{
        domain::Book,
        http::web::rows::sample::sermon,
        store::{Church, Standing, Sums, TrendPoint, TrendStep},
    };

    /// A church with sermons, and one that has lost all of them.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let books = |manna| Book::all().map(move |book| (book, i64::try_from(book.index()).unwrap_or(0) * manna));
        let insight = |sermons, manna: i64| Insight {
            standing: Standing { state: (1, 1), sums: (1, 1) },
            church: Some(Church {
                slug: "grace".to_owned(), name: "Grace “<xss>” Church".to_owned(), sermons, manna
            }),
            now: Sums { sermons, churches: 1, manna, books: 65 },
            before: None,
            books: books(manna.signum()).collect(),
            top_sermons: vec![sermon()],
            top_churches: Vec::new(),
            trend_step: TrendStep::Month,
            trend: vec![TrendPoint { first: chrono::NaiveDate::MIN, sermons, manna }],
        };
        let list = VideoPage { videos: vec![sermon()], next_cursor: Some("next".to_owned()), total: 26 };
        let none = VideoPage { videos: Vec::new(), next_cursor: None, total: 0 };
        let nothing = Insight { top_sermons: Vec::new(), trend: Vec::new(), church: None, ..insight(0, 0) };
        [
            ChurchPage::new(page.clone(), insight(26, 1234), list, true),
            ChurchPage::new(page.clone(), nothing, none, false),
        ]
        .map(|page| page.render().expect("a page"))
        .into()
    }
}
