//! The error page: what happened and what to do next.

use askama::Template;
use axum::{http::HeaderMap, response::Response};

use super::{
    format,
    links::Links,
    page::{Page, render},
};
use crate::http::{error::AppError, error_response::Context, problem::ProblemBody};

/// The error page.
#[derive(Debug, Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Page,
    problem: ProblemBody,
    message: String,
    /// How long to wait before trying again, such as `30 seconds`.
    retry_after: Option<String>,
}

/// Renders the page for an error.
pub(in crate::http) fn error_page(error: &AppError, path: &str, headers: &HeaderMap, context: &Context) -> Response {
    // Switching the theme leads to the start page, because the failed request may have been a form submission.
    let spooled = context.spool.borrow().files;
    let page = Page { spooled, links: Links::below(&context.base_path), ..Page::new(headers, "/") };
    render(&ErrorPage::new(page, error, path))
}

impl ErrorPage {
    fn new(page: Page, error: &AppError, path: &str) -> Self {
        let problem = error.problem(path);
        Self {
            page,
            message: format::sentence(&problem.detail),
            problem,
            retry_after: error.retry_after().map(|seconds| format::count(seconds, "second")),
        }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use super::*;

    /// Renders the sample pages: an invalid form, a rate limit, and an unknown URL.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        [AppError::EmptySubmission, AppError::TooManyRequests(30), AppError::NoRoute]
            .map(|error| ErrorPage::new(page.clone(), &error, "/").render().expect("a page"))
            .into()
    }
}
