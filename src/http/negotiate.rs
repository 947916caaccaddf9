//! Determines which response format a client wants.

use axum::http::{HeaderMap, Method, Uri, header};

/// The format of an error response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ErrorFormat {
    /// `application/problem+json`.
    Problem,
    /// An HTML page that suggests what to do next.
    Page,
    /// `application/problem+json` with the additional keys of the previous system.
    LegacyProblem,
    /// Like `LegacyProblem`, but with `logs`, for `POST /analyze`.
    Analyze,
}

/// Paths outside `/api/` that are meant for programs.
const PROGRAM_PATHS: [&str; 7] =
    ["/results.json", "/results.json.b64", "/export.csv", "/healthz", "/readyz", "/metrics", "/openapi.json"];

/// Paths and path prefixes of the previous system's API, whose clients expect its keys.
const LEGACY_PATHS: [&str; 5] = ["/api/backup/", "/api/export/database", "/api/video/", "/migrate", "/rebuild"];

/// Returns the error format for a request. The path takes precedence over the `Accept` header.
pub(super) fn error_format(method: &Method, uri: &Uri, headers: &HeaderMap) -> ErrorFormat {
    let path = uri.path();
    let is_legacy = LEGACY_PATHS.iter().any(|start| path.starts_with(start));
    if is_legacy && (path.starts_with("/api/") || wants_json(headers)) {
        ErrorFormat::LegacyProblem
    } else if path == "/api" || path.starts_with("/api/") || PROGRAM_PATHS.contains(&path) {
        ErrorFormat::Problem
    } else if !wants_json(headers) {
        ErrorFormat::Page
    } else if path == "/analyze" && method == Method::POST {
        ErrorFormat::Analyze
    } else {
        ErrorFormat::Problem
    }
}

/// Returns whether the client is a script, which accepts JSON but not HTML, or sends `X-Requested-With`.
pub(super) fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    headers.contains_key("x-requested-with") || (accept.contains("json") && !accept.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(method: &Method, path: &str, accept: &str) -> ErrorFormat {
        let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().expect("a header value"))]);
        error_format(method, &path.parse().expect("a path"), &headers)
    }

    #[test]
    fn programs_get_problem_objects_and_browsers_get_pages() {
        let browser = "text/html,application/xhtml+xml,*/*;q=0.8";
        assert_eq!(format(&Method::GET, "/api/nothing", browser), ErrorFormat::Problem);
        assert_eq!(format(&Method::GET, "/results.json", browser), ErrorFormat::Problem);
        assert_eq!(format(&Method::GET, "/video/x", browser), ErrorFormat::Page);
        assert_eq!(format(&Method::POST, "/api/backup/restore/x", browser), ErrorFormat::LegacyProblem);
        assert_eq!(format(&Method::GET, "/migrate", "application/json"), ErrorFormat::LegacyProblem);
        assert_eq!(format(&Method::GET, "/migrate", browser), ErrorFormat::Page);
        assert_eq!(format(&Method::GET, "/apis", "*/*"), ErrorFormat::Page);
        assert_eq!(format(&Method::GET, "/video/x", "application/json"), ErrorFormat::Problem);
        assert_eq!(format(&Method::POST, "/analyze", "application/json"), ErrorFormat::Analyze);
        assert_eq!(format(&Method::POST, "/analyze", browser), ErrorFormat::Page);
    }
}
