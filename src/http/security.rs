//! Security headers, and protection against cross-site requests.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use url::Url;

use super::{
    error::AppError,
    front::{host, is_our_origin},
    state::{HttpSettings, SearchEngines},
};

/// Maximum length of an origin in an error message, in characters.
const MAX_ORIGIN: usize = 100;

/// Allows resources and forms only from our own origin, no inline code, and no framing.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Headers that are set on every response.
const HEADERS: [(&str, &str); 6] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
];

/// Sets the security headers. Also tells search engines not to index pages, unless indexing is allowed.
pub(super) async fn set_headers(State(search_engines): State<SearchEngines>, mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    if search_engines == SearchEngines::Off {
        response.headers_mut().insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
    }
    response
}

/// Middleware that rejects state-changing requests from pages on other sites.
pub(super) async fn reject_cross_site(
    State(settings): State<Arc<HttpSettings>>,
    request: Request,
    next: Next,
) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_safe || is_same_origin(request.headers(), &settings) {
        return next.run(request).await;
    }
    AppError::CrossSite(hint(request.headers())).into_response()
}

/// Returns whether a request comes from one of our own pages or from a program other than a browser.
///
/// Pages cannot forge `Sec-Fetch-Site`. Browsers that do not send it, or that do not use TLS, send `Origin`, which must
/// be ours.
fn is_same_origin(headers: &HeaderMap, settings: &HttpSettings) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    origin.to_str().is_ok_and(|origin| is_our_origin(origin, headers, settings))
}

/// Returns a hint about the required setting, in case this is our own page behind a proxy that changes `Host`.
fn hint(headers: &HeaderMap) -> Option<String> {
    if headers.contains_key("sec-fetch-site") {
        return None;
    }
    let origin = headers.get(header::ORIGIN)?.to_str().ok().filter(|origin| Url::parse(origin).is_ok())?;
    let origin: String = origin.chars().take(MAX_ORIGIN).collect();
    let host: String = host(headers)?.chars().take(MAX_ORIGIN).collect();
    Some(format!(
        ". The page is at {origin}, but the request was sent to {host}. If both are this site behind a proxy, the \
         operator has to set PUBLIC_URL={origin}, or TRUSTED_PROXIES and X-Forwarded-Host in the proxy"
    ))
}

/// Returns whether the request says where it comes from. All current browsers do so, except for `GET` and `HEAD`.
pub(super) fn has_origin(headers: &HeaderMap) -> bool {
    headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same_origin(headers: &[(&'static str, &'static str)]) -> bool {
        let pairs = headers.iter();
        let headers = pairs.map(|&(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")));
        is_same_origin(&headers.collect(), &HttpSettings::sample())
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
