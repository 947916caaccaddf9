//! `GET /`: the form to add a sermon, the totals, the list of all sermons.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

use super::{
    format::{self, Title},
    links::{Links, ON_A_PAGE},
    page::{Page, render},
};
use crate::{
    domain::Book,
    http::{api::videos::ListParams, body::QueryString, error::AppError, state::AppState},
    store::{Totals, VideoPage, VideoSummary},
};

/// The orders of the list, and what they are called.
const SORTS: [(&str, &str); 5] = [
    ("newest", "Last added first"),
    ("oldest", "First added first"),
    ("manna", "Most manna first"),
    ("title", "By title"),
    ("channel", "By church"),
];

/// What the page shows.
#[derive(Debug, Template)]
#[template(path = "dashboard.html")]
struct DashboardPage {
    page: Page,
    totals: TotalsView,
    filter: Filter,
    rows: Vec<Row>,
    /// Sermons that fit the filter.
    found: String,
    next_url: Option<String>,
}

/// The totals.
#[derive(Debug)]
struct TotalsView {
    videos: String,
    channels: String,
    manna: String,
    /// The books that are cited most: name, count, and the list of their sermons.
    top_books: Vec<(String, String, String)>,
    empty: bool,
}

/// What the list was asked for.
#[derive(Debug)]
struct Filter {
    q: String,
    channel: String,
    from: String,
    to: String,
    books: Vec<Choice>,
    sorts: Vec<Choice>,
    /// Whether anything narrows the list.
    narrows: bool,
    /// Whether this is not its first page.
    later_page: bool,
    first_url: String,
    without_channel_url: String,
}

/// One option of a choice.
#[derive(Debug)]
struct Choice {
    value: &'static str,
    name: &'static str,
    chosen: bool,
}

/// A sermon in the list.
#[derive(Debug)]
struct Row {
    url: String,
    title: Title,
    channel: String,
    channel_filter: String,
    location: String,
    date: String,
    length: String,
    manna: String,
    suspect: String,
}

/// Answers the page.
pub(super) async fn dashboard(
    State(state): State<AppState>,
    page: Page,
    QueryString(params): QueryString<ListParams>,
) -> Result<Response, AppError> {
    let params = ListParams { limit: Some(params.limit.unwrap_or_else(|| ON_A_PAGE.to_owned())), ..params };
    let (list, source) = state.reads.videos(&params.query()?).await?;
    let (totals, _) = state.reads.totals().await?;
    Ok((source, render(&DashboardPage::new(page.read_in(source), &params, list, &totals))).into_response())
}

impl DashboardPage {
    fn new(page: Page, params: &ListParams, list: VideoPage, totals: &Totals) -> Self {
        let links = page.links.clone();
        Self {
            page,
            totals: TotalsView::new(totals, &links),
            filter: Filter::new(params, &links),
            rows: list.videos.into_iter().map(|video| Row::new(video, &links)).collect(),
            found: format::number(list.total),
            next_url: list.next_cursor.map(|cursor| links.list(&ListParams { cursor: Some(cursor), ..params.clone() })),
        }
    }
}

impl TotalsView {
    fn new(totals: &Totals, links: &Links) -> Self {
        let mut books = totals.books.clone();
        books.sort_by_key(|&(book, count)| (-count, book));
        let top_books = books.iter().take(5).map(|&(book, count)| {
            let list = links.list(&ListParams { book: Some(book.name().to_owned()), ..ListParams::default() });
            (book.to_string(), format::number(count), list)
        });
        Self {
            videos: format::number(totals.videos),
            channels: format::number(totals.channels),
            manna: format::number(totals.manna),
            top_books: top_books.collect(),
            empty: totals.videos == 0,
        }
    }
}

impl Filter {
    fn new(params: &ListParams, links: &Links) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let sort = params.sort.as_deref().unwrap_or_default();
        let book = params.book.as_deref().unwrap_or_default();
        Self {
            q: text(&params.q),
            channel: text(&params.channel),
            from: text(&params.from),
            to: text(&params.to),
            books: Book::all()
                .map(|it| Choice { value: it.name(), name: it.name(), chosen: it.name() == book || it.osis() == book })
                .collect(),
            sorts: SORTS.map(|(value, name)| Choice { value, name, chosen: value == sort }).into(),
            narrows: [&params.q, &params.channel, &params.book, &params.from, &params.to]
                .iter()
                .any(|value| value.as_deref().is_some_and(|value| !value.is_empty())),
            later_page: params.cursor.as_deref().is_some_and(|cursor| !cursor.is_empty()),
            first_url: links.list(&ListParams { cursor: None, ..params.clone() }),
            without_channel_url: links.list(&ListParams { cursor: None, channel: None, ..params.clone() }),
        }
    }
}

impl Row {
    fn new(video: VideoSummary, links: &Links) -> Self {
        let by_channel = ListParams { channel: Some(video.channel.clone()), ..ListParams::default() };
        Self {
            url: links.sermon(&video.video_id),
            title: Title::of(&video.title),
            channel_filter: links.list(&by_channel),
            channel: video.channel,
            location: video.location,
            date: video
                .published_at
                .as_deref()
                .and_then(format::day)
                .unwrap_or_else(|| format::date(video.processed_at)),
            length: video.duration_seconds.map(format::length).unwrap_or_default(),
            manna: format::number(video.manna),
            suspect: format::number(video.suspect),
        }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use chrono::DateTime;

    use super::*;
    use crate::domain::VideoId;

    /// The page with nothing, and with a sermon, a filter and a next page.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let video = VideoSummary {
            video_id: VideoId::parse("sErm0n_Tst1").expect("an id"),
            title: "Love & <Truth>".to_owned(),
            channel: "Grace “Test” Church".to_owned(),
            channel_url: String::new(),
            location: "United States".to_owned(),
            processed_at: DateTime::UNIX_EPOCH,
            published_at: Some("2026-05-31".to_owned()),
            duration_seconds: Some(2520.0),
            manna: 1234,
            suspect: 2,
            church_slug: Some("grace-test-church".to_owned()),
        };
        let full = VideoPage { videos: vec![video], next_cursor: Some("next".to_owned()), total: 26 };
        let none = VideoPage { videos: Vec::new(), next_cursor: None, total: 0 };
        let john = Book::from_osis("John").expect("a book");
        let totals = Totals { videos: 26, channels: 1, manna: 1234, books: vec![(john, 1234)] };
        let params = ListParams {
            q: Some("love".to_owned()),
            channel: Some("A & B".to_owned()),
            cursor: Some("x".to_owned()),
            ..ListParams::default()
        };
        vec![
            DashboardPage::new(page.clone(), &ListParams::default(), none.clone(), &Totals::default()),
            DashboardPage::new(page.clone(), &params, none, &totals),
            DashboardPage::new(page.clone(), &params, full, &totals),
        ]
        .into_iter()
        .map(|page| page.render().expect("a page"))
        .collect()
    }
}
