//! `/manifest.webmanifest`: how the site looks when installed on a phone (W3C Web Application Manifest).

use axum::{
    Json,
    http::header,
    response::{IntoResponse as _, Response},
};
use serde_json::json;

use super::page::Page;
use crate::http::cache::CachePolicy;

/// Returns the manifest.
#[tracing::instrument(skip_all)]
pub(super) async fn manifest(page: Page) -> Response {
    let links = page.links;
    let icon = json!({ "src": links.asset("icon.svg"), "sizes": "any", "type": "image/svg+xml" });
    let manifest = json!({
        "name": "MannaMeter",
        "short_name": "MannaMeter",
        "description": "The Nutrition Facts label for every sermon",
        "start_url": links.home(),
        "scope": links.home(),
        "display": "minimal-ui",
        "background_color": "#f9f5ec",
        "theme_color": "#fffdf8",
        "icons": [icon],
    });
    (CachePolicy::Shared, [(header::CONTENT_TYPE, "application/manifest+json")], Json(manifest)).into_response()
}
