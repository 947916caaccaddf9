//! What kind of answer the asker wants.

use axum::http::{HeaderMap, Method, Uri, header};

/// The form in which errors are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ErrorForm {
    /// `application/problem+json`.
    Problem,
    /// A page that says what to do next.
    Page,
    /// `{error, logs}`, as the system before ours answered `POST /analyze`.
    Legacy,
}

/// Paths outside `/api/` that are read by programs.
const PROGRAM_PATHS: [&str; 7] =
    ["/results.json", "/results.json.b64", "/export.csv", "/healthz", "/readyz", "/metrics", "/openapi.json"];

/// The form in which an error about this request is told: by its address first, then by what it accepts.
pub(super) fn error_form(method: &Method, uri: &Uri, headers: &HeaderMap) -> ErrorForm {
    let path = uri.path();
    if path == "/api" || path.starts_with("/api/") || PROGRAM_PATHS.contains(&path) {
        ErrorForm::Problem
    } else if !wants_json(headers) {
        ErrorForm::Page
    } else if path == "/analyze" && method == Method::POST {
        ErrorForm::Legacy
    } else {
        ErrorForm::Problem
    }
}

/// Whether the asker is a script: it accepts JSON and no pages, or says that it is no form.
pub(super) fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    headers.contains_key("x-requested-with") || (accept.contains("json") && !accept.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(method: &Method, path: &str, accept: &str) -> ErrorForm {
        let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().expect("a header value"))]);
        error_form(method, &path.parse().expect("a path"), &headers)
    }

    #[test]
    fn the_api_tells_problems_and_browsers_get_pages() {
        let browser = "text/html,application/xhtml+xml,*/*;q=0.8";
        assert_eq!(form(&Method::GET, "/api/nothing", browser), ErrorForm::Problem);
        assert_eq!(form(&Method::GET, "/results.json", browser), ErrorForm::Problem);
        assert_eq!(form(&Method::GET, "/video/x", browser), ErrorForm::Page);
        assert_eq!(form(&Method::GET, "/apis", "*/*"), ErrorForm::Page);
        assert_eq!(form(&Method::GET, "/video/x", "application/json"), ErrorForm::Problem);
        assert_eq!(form(&Method::POST, "/analyze", "application/json"), ErrorForm::Legacy);
        assert_eq!(form(&Method::POST, "/analyze", browser), ErrorForm::Page);
    }
}
