//! Documents the errors that all operations share, so that handlers list only their own.

use axum::http::StatusCode;
use utoipa::openapi::{ContentBuilder, OpenApi, PathItem, Ref, RefOr, Response, ResponseBuilder, path::Operation};

/// Adds the errors that extractors and middleware return to every operation.
pub(in crate::http) fn document(openapi: &mut OpenApi) {
    for item in openapi.paths.paths.values_mut() {
        let PathItem { get, put, post, delete, patch, .. } = item;
        for (operation, is_safe) in [(get, true), (put, false), (post, false), (delete, false), (patch, false)] {
            if let Some(operation) = operation {
                add_errors(operation, is_safe);
            }
        }
    }
}

fn add_errors(operation: &mut Operation, is_safe: bool) {
    use StatusCode as S;
    let is_protected = operation.security.is_some() || !is_safe;
    let takes_body = operation.request_body.is_some() || !is_safe;
    let errors = [
        (S::BAD_REQUEST, true, "The path, the query or the body is malformed"),
        (S::UNAUTHORIZED, is_protected, "Missing or wrong token"),
        (
            S::FORBIDDEN,
            is_protected || !is_safe,
            "The token lacks a scope, or the request was sent by a page on another site",
        ),
        (S::PAYLOAD_TOO_LARGE, takes_body, "The body is too large"),
        (S::UNSUPPORTED_MEDIA_TYPE, takes_body, "The content type is not accepted here"),
        (S::UNPROCESSABLE_ENTITY, takes_body, "The body or a field of it is invalid"),
        (S::TOO_MANY_REQUESTS, is_protected, "Too many requests from this address"),
        (S::INTERNAL_SERVER_ERROR, true, "Something went wrong on the server"),
        (S::SERVICE_UNAVAILABLE, true, "The database is unreachable, or the admin token is too short"),
        (S::GATEWAY_TIMEOUT, true, "The request took too long"),
    ];
    for (status, _, description) in errors.into_iter().filter(|(_, applies, _)| *applies) {
        let responses = &mut operation.responses.responses;
        responses.entry(status.as_str().to_owned()).or_insert_with(|| RefOr::T(problem(description)));
    }
}

fn problem(description: &str) -> Response {
    let schema = Ref::from_schema_name("ProblemBody");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().description(description).content("application/problem+json", content).build()
}
