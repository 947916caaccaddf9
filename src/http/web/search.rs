//! `GET /search?q=`: over titles, churches, passages and the spoken words.

use askama::Template;
use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::{
    format,
    fresh::Fresh,
    links::Links,
    page::{Page, render},
    rows::{BarRow, PageNumber, Pages, SermonRow, before, church_bars},
    see_other,
    sermon::WatchLink,
};
use crate::http::{
    body::QueryString,
    error::AppError,
    findings::{Findings, Found, ON_A_PAGE, find},
    state::AppState,
};

/// What the page shows.
#[derive(Debug, Template)]
#[template(path = "search.html")]
struct SearchPage {
    page: Page,
    query: String,
    /// The book that was typed: its name and page.
    book: Option<(String, String)>,
    churches: Vec<BarRow>,
    total: String,
    found: Vec<FoundRow>,
    pages: Pages,
}

/// A sermon that was found.
#[derive(Debug)]
struct FoundRow {
    row: SermonRow,
    excerpts: Vec<ExcerptView>,
}

/// A place in it.
#[derive(Debug)]
struct ExcerptView {
    time: Option<String>,
    watch_url: Option<String>,
    pieces: Vec<(String, bool)>,
}

/// What is searched for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SearchParams {
    q: String,
    #[serde(flatten)]
    page: PageNumber,
}

/// Answers the page; a passage is sent to its own.
pub(super) async fn search(
    State(state): State<AppState>,
    page: Page,
    fresh: Fresh,
    QueryString(params): QueryString<SearchParams>,
) -> Result<Response, AppError> {
    let typed = scripture_detector::Passage::typed(params.q.trim());
    if let Some(passage) = typed.filter(|passage| passage.chapter().is_some()) {
        return Ok(see_other(&page.links.passage(passage)));
    }
    let number = params.page.read()?;
    if let Some(answer) = fresh.answer()? {
        return Ok(answer);
    }
    let findings = find(&state, &params.q, before(number, ON_A_PAGE)).await?;
    Ok(fresh.tagged(render(&SearchPage::new(page, findings, number))))
}

impl SearchPage {
    fn new(page: Page, findings: Findings, number: u32) -> Self {
        let links = &page.links.clone();
        let Findings { query, passage, churches, sermons, total } = findings;
        Self {
            page,
            book: passage.map(|passage| (format::passage_name(passage), links.passage(passage))),
            churches: church_bars(&churches, links),
            total: format::number(total),
            found: sermons.into_iter().map(|found| FoundRow::new(found, links)).collect(),
            pages: Pages::new(number, ON_A_PAGE, total, |number| links.search(&query, number)),
            query,
        }
    }
}

impl FoundRow {
    fn new(found: Found, links: &Links) -> Self {
        let watch = WatchLink::new(&found.sermon.video_id, found.source.as_ref());
        let excerpts = found.excerpts.into_iter().map(|excerpt| ExcerptView {
            time: excerpt.seconds.map(format::clock),
            watch_url: excerpt.seconds.and_then(|seconds| watch.at(seconds)),
            pieces: excerpt.pieces,
        });
        Self { excerpts: excerpts.collect(), row: SermonRow::new(found.sermon, links) }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use super::*;
    use scripture_detector::{Passage, transcript::JoinedText};

    use crate::{
        http::web::rows::sample::sermon,
        search::{WordQuery, excerpts},
        store::Church,
    };

    /// Nothing asked, nothing found, and a book, a church and a sermon found.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let text = JoinedText::plain("and <xss> he said love is <b>John patient");
        let excerpts = excerpts(&text, &WordQuery::parse("love"), 1);
        let found = Findings {
            query: "love \"><xss>".to_owned(),
            passage: Passage::typed("John"),
            churches: vec![Church { slug: "a".to_owned(), name: "<b>John".to_owned(), sermons: 2, manna: 7 }],
            sermons: vec![Found { sermon: sermon(), source: None, excerpts }],
            total: 31,
        };
        let nothing = Findings { query: "<xss>".to_owned(), ..Findings::default() };
        [Findings::default(), nothing, found]
            .map(|findings| SearchPage::new(page.clone(), findings, 2))
            .map(|page| page.render().expect("a page"))
            .into()
    }
}
