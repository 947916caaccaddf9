//! Security headers, and protection against cross-site requests.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{error::AppError, state::SearchEngines};

/// Allows resources and forms only from our own origin; no inline code, no framing.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Headers of every response.
const HEADERS: [(&str, &str); 6] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
];

/// Sets the security headers, and asks search engines to stay away unless they are welcome.
pub(super) async fn set_headers(State(search_engines): State<SearchEngines>, mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    if search_engines == SearchEngines::Off {
        response.headers_mut().insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
    }
    response
}

/// Middleware that rejects state-changing requests sent by pages of other sites.
pub(super) async fn reject_cross_site(request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || is_same_origin(request.headers()) {
        next.run(request).await
    } else {
        AppError::CrossSite.into_response()
    }
}

/// Whether a request comes from our own pages or from a program that is not a browser.
///
/// A page cannot forge `Sec-Fetch-Site`. Older browsers send `Origin` instead; its host must be ours.
fn is_same_origin(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    origin.split_once("://").is_some_and(|(_, authority)| Some(authority) == host)
}

/// Whether the request says where it comes from. All current browsers do so for requests other than `GET` and `HEAD`.
pub(super) fn has_origin(headers: &HeaderMap) -> bool {
    headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same_origin(headers: &[(&'static str, &'static str)]) -> bool {
        is_same_origin(
            &headers
                .iter()
                .map(|&(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")))
                .collect(),
        )
    }

    #[test]
    fn requests_of_other_sites_are_told_apart_from_our_pages_and_from_scripts() {
        assert!(same_origin(&[]));
        assert!(same_origin(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(same_origin(&[("origin", "https://manna.example"), ("host", "manna.example")]));
        assert!(!same_origin(&[("sec-fetch-site", "cross-site")]));
        assert!(!same_origin(&[("sec-fetch-site", "same-site")]));
        assert!(!same_origin(&[("origin", "https://evil.example"), ("host", "manna.example")]));
        assert!(!same_origin(&[("origin", "null"), ("host", "manna.example")]));
    }
}
