//! Serves everything under a base path, `BASE_PATH`.
//!
//! Handlers receive and return paths without the base path. Pages add it to their links (`web/links.rs`). A proxy may
//! forward the base path or strip it. Paths without it also work, for health checks.

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, Uri, header},
    middleware::{Next, from_fn},
    response::Response,
};
use tower::ServiceBuilder;

/// Serves a router under a path, which must not end with a slash. An empty path changes nothing.
pub(super) fn below(base: &str, router: Router) -> Router {
    if base.is_empty() {
        return router;
    }
    let base = base.to_owned();
    let rewrite = from_fn(move |request, next| rewrite(base.clone(), request, next));
    // The path must be rewritten before routing, but a router's own layers run after it.
    Router::new().fallback_service(ServiceBuilder::new().layer(rewrite).service(router))
}

async fn rewrite(base: String, mut request: Request, next: Next) -> Response {
    if let Some(uri) = without_base(request.uri(), &base) {
        *request.uri_mut() = uri;
    }
    let mut response = next.run(request).await;
    if let Some(location) = response.headers().get(header::LOCATION)
        && location.as_bytes().starts_with(b"/")
        && let Ok(location) = HeaderValue::from_bytes(&[base.as_bytes(), location.as_bytes()].concat())
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// Returns the URI without the base path, or `None` if it is not under the base path.
fn without_base(uri: &Uri, base: &str) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(base)?;
    let rest = match rest.as_bytes().first() {
        Some(b'/') => rest.to_owned(),
        None | Some(b'?') => format!("/{rest}"),
        Some(_) => return None,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(rest.parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_base_path_is_removed() {
        let rest = |uri: &'static str| without_base(&Uri::from_static(uri), "/manna").map(|uri| uri.to_string());
        assert_eq!(rest("/manna/video/x?view=book").as_deref(), Some("/video/x?view=book"));
        assert_eq!(rest("/manna").as_deref(), Some("/"));
        assert_eq!(rest("/manna?q=x").as_deref(), Some("/?q=x"));
        assert_eq!((rest("/mannameter"), rest("/video/manna")), (None, None));
    }
}
