//! The page that is shown instead of what was asked for: what happened, and what to do next.

use askama::Template;
use axum::{http::HeaderMap, response::Response};

use super::page::{Page, render};
use crate::http::{error::AppError, problem::ProblemBody};

/// What the page shows.
#[derive(Debug, Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Page,
    problem: ProblemBody,
    retry_after: Option<u64>,
}

/// The page of an error.
pub(in crate::http) fn error_page(error: &AppError, path: &str, headers: &HeaderMap, waiting: usize) -> Response {
    let (problem, retry_after) = (error.problem(path), error.retry_after());
    // What was sent by a form is not sent again by switching the theme: one goes back to the start.
    render(&ErrorPage { page: Page { waiting, ..Page::new(headers, "/") }, problem, retry_after })
}

#[cfg(test)]
pub(super) mod sample {
    use super::*;

    /// The page of a refusal, and of a database that is away.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        [AppError::NothingSent, AppError::TooManyRequests(30), AppError::NoRoute]
            .map(|error| ErrorPage {
                page: page.clone(),
                problem: error.problem("/"),
                retry_after: error.retry_after(),
            })
            .map(|page| page.render().expect("a page"))
            .into()
    }
}
