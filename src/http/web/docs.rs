//! `GET /docs`: the API reference, generated from the `OpenAPI` document.

use std::sync::Arc;

use askama::Template;
use axum::{Extension, response::Response};
use utoipa::openapi::{OpenApi, PathItem, RefOr, Required, path::Operation};

use super::page::{Page, render};

/// The API reference page.
#[derive(Debug, Template)]
#[template(path = "docs.html")]
struct DocsPage {
    page: Page,
    groups: Vec<Group>,
}

/// The operations that share a tag.
#[derive(Debug)]
struct Group {
    name: String,
    description: String,
    operations: Vec<OperationView>,
}

/// An operation, formatted for the page.
#[derive(Debug)]
struct OperationView {
    method: &'static str,
    path: String,
    summary: Vec<Span>,
    /// Name, description, and whether it is required.
    parameters: Vec<(String, Vec<Span>, bool)>,
    /// Status and description.
    responses: Vec<(String, Vec<Span>)>,
}

/// A run of plain text or of code.
#[derive(Debug)]
struct Span {
    text: String,
    is_code: bool,
}

/// Splits a description into plain text and the code between backticks.
fn spans(text: &str) -> Vec<Span> {
    let spans = text.split('`').enumerate();
    spans.map(|(index, text)| Span { text: text.to_owned(), is_code: index % 2 == 1 }).collect()
}

/// Shows the page.
#[tracing::instrument(skip_all)]
pub(super) async fn docs(page: Page, Extension(document): Extension<Arc<OpenApi>>) -> Response {
    render(&DocsPage::new(page, &document))
}

impl DocsPage {
    fn new(page: Page, document: &OpenApi) -> Self {
        let tags = document.tags.iter().flatten();
        let groups = tags.map(|tag| Group {
            name: tag.name.clone(),
            description: tag.description.clone().unwrap_or_default(),
            operations: operations(document)
                .filter(|(_, _, operation)| operation.tags.iter().flatten().any(|name| *name == tag.name))
                .map(|(path, method, operation)| OperationView::new(method, path, operation))
                .collect(),
        });
        Self { page, groups: groups.collect() }
    }
}

/// Returns every operation with its path and method.
fn operations(document: &OpenApi) -> impl Iterator<Item = (&String, &'static str, &Operation)> {
    document.paths.paths.iter().flat_map(|(path, item)| {
        methods(item).into_iter().filter_map(move |(method, operation)| Some((path, method, operation?)))
    })
}

fn methods(item: &PathItem) -> [(&'static str, Option<&Operation>); 5] {
    [
        ("GET", item.get.as_ref()),
        ("POST", item.post.as_ref()),
        ("PUT", item.put.as_ref()),
        ("PATCH", item.patch.as_ref()),
        ("DELETE", item.delete.as_ref()),
    ]
}

impl OperationView {
    fn new(method: &'static str, path: &str, operation: &Operation) -> Self {
        let parameters = operation.parameters.iter().flatten().map(|parameter| {
            let required = matches!(parameter.required, Required::True);
            (parameter.name.clone(), spans(parameter.description.as_deref().unwrap_or_default()), required)
        });
        let responses = operation.responses.responses.iter().map(|(status, response)| {
            let text = match response {
                RefOr::T(response) => spans(&response.description),
                RefOr::Ref(_) => Vec::new(),
            };
            (status.clone(), text)
        });
        Self {
            method,
            path: path.to_owned(),
            summary: spans(operation.summary.as_deref().unwrap_or_default()),
            parameters: parameters.collect(),
            responses: responses.collect(),
        }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use super::*;
    use crate::http::api;

    /// Renders the sample page: the reference of the real API.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let document = api::routes().split_for_parts().1;
        vec![DocsPage::new(page.clone(), &document).render().expect("a page")]
    }
}
