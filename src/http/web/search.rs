//! `GET /search?q=`: searches titles, churches, passages and transcripts.

use askama::Template;
use axum::{extract::State, response::Response};
use scripture_detector::Passage;
use serde::Deserialize;

use super::{
    format,
    links::Links,
    page::Page,
    revalidation::PageRevalidation,
    rows::{Bars, PageNumber, Pagination, SermonRow, church_bars, offset},
    see_other,
    sermon::WatchLink,
};
use crate::{
    http::{
        body::QueryString,
        error::AppError,
        search::{PAGE_SIZE, SearchResult, SearchResults, search_sermons},
        state::AppState,
    },
    store::MAX_RESULTS,
};

/// The search page.
#[derive(Debug, Template)]
#[template(path = "search.html")]
struct SearchPage {
    page: Page,
    query: String,
    /// Name and URL of the book of the Bible that the query names.
    book: Option<(String, String)>,
    churches: Bars,
    /// Number of sermons found, such as `31 sermons found`.
    total: String,
    results: Vec<ResultRow>,
    pages: Pagination,
}

/// A sermon in the results.
#[derive(Debug)]
struct ResultRow {
    row: SermonRow,
    excerpts: Vec<ExcerptView>,
}

/// An excerpt of a sermon that matches the query.
#[derive(Debug)]
struct ExcerptView {
    time: Option<String>,
    watch_url: Option<String>,
    /// The pieces of text, and whether each is highlighted.
    pieces: Vec<(String, bool)>,
}

/// Query parameters of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SearchParams {
    q: String,
    #[serde(flatten)]
    page: PageNumber,
}

/// Shows the page. A query that names a passage redirects to the page of the passage.
#[tracing::instrument(skip_all)]
pub(super) async fn search(
    State(state): State<AppState>,
    page: Page,
    revalidation: PageRevalidation,
    QueryString(params): QueryString<SearchParams>,
) -> Result<Response, AppError> {
    let typed = Passage::parse_query(params.q.trim());
    if let Some(passage) = typed.filter(|passage| passage.chapter().is_some()) {
        return Ok(see_other(&Links::default().passage(passage)));
    }
    let number = params.page.parse()?;
    revalidation
        .respond(async {
            let results = search_sermons(&state, &params.q, offset(number, PAGE_SIZE)).await?;
            Ok(SearchPage::new(page, results, number))
        })
        .await
}

impl SearchPage {
    fn new(page: Page, results: SearchResults, number: u32) -> Self {
        let links = &page.links.clone();
        let SearchResults { query, passage, churches, churches_total, sermons, total } = results;
        Self {
            page,
            book: passage.map(|passage| (passage.english(), links.passage(passage))),
            churches: church_bars(&churches, churches_total, links),
            total: if total < i64::from(MAX_RESULTS) {
                format!("{} found", format::count(total, "sermon"))
            } else {
                format!("{} or more sermons found", format::number(MAX_RESULTS))
            },
            results: sermons.into_iter().map(|result| ResultRow::new(result, links)).collect(),
            pages: Pagination::new(number, PAGE_SIZE, total, |number| links.search(&query, number)),
            query,
        }
    }
}

impl ResultRow {
    fn new(result: SearchResult, links: &Links) -> Self {
        let watch = WatchLink::new(&result.sermon.video_id, result.source.as_ref());
        let excerpts = result.excerpts.into_iter().map(|excerpt| ExcerptView {
            time: excerpt.seconds.map(format::timestamp),
            watch_url: excerpt.seconds.and_then(|seconds| watch.at(seconds)),
            pieces: excerpt.pieces,
        });
        Self { excerpts: excerpts.collect(), row: SermonRow::new(result.sermon, links) }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use super::*;
    use scripture_detector::transcript::JoinedText;

    use crate::{
        http::web::rows::sample::sermon,
        search::{WordQuery, excerpts},
        store::Church,
    };

    /// Renders the sample pages: an empty query, a query without results, and one that finds a book, a church and a
    /// sermon.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let text = JoinedText::plain("and <xss> he said love is <b>John patient");
        let excerpts = excerpts(&text, &WordQuery::parse("love"), 1);
        let found = SearchResults {
            query: "love \"><xss>".to_owned(),
            passage: Passage::parse_query("John"),
            churches: vec![Church { slug: "a".to_owned(), name: "<b>John".to_owned(), sermons: 2, manna: 7 }],
            churches_total: 12,
            sermons: vec![SearchResult { sermon: sermon(), source: None, excerpts }],
            total: 31,
        };
        let nothing = SearchResults { query: "<xss>".to_owned(), ..SearchResults::default() };
        [SearchResults::default(), nothing, found]
            .map(|results| SearchPage::new(page.clone(), results, 2))
            .map(|page| page.render().expect("a page"))
            .into()
    }
}
