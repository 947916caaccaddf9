//! Static files for the pages, embedded in the binary and served at a URL that changes with their content.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};
use sha2::{Digest as _, Sha256};

use super::{cache::CachePolicy, error::AppError};

/// One embedded file.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

/// Embeds `static/<name>`.
macro_rules! asset {
    ($name:literal, $content_type:literal) => {
        Asset {
            name: $name,
            content_type: $content_type,
            bytes: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/static/", $name)),
        }
    };
}

/// Every file that a page can load.
static ASSETS: [Asset; 9] = [
    asset!("site.css", "text/css; charset=utf-8"),
    asset!("print.css", "text/css; charset=utf-8"),
    asset!("add.js", "text/javascript; charset=utf-8"),
    asset!("job.js", "text/javascript; charset=utf-8"),
    asset!("jobs.js", "text/javascript; charset=utf-8"),
    asset!("page.js", "text/javascript; charset=utf-8"),
    asset!("share.js", "text/javascript; charset=utf-8"),
    asset!("theme.js", "text/javascript; charset=utf-8"),
    asset!("icon.svg", "image/svg+xml"),
];

/// A hash of all files. They share one because modules import each other by relative path.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = Sha256::new();
    for asset in &ASSETS {
        hasher.update(asset.name);
        hasher.update(asset.bytes);
    }
    hex::encode(&hasher.finalize()[..6])
});

/// Returns the URL path of an embedded file.
pub(super) fn url(name: &str) -> String {
    debug_assert!(ASSETS.iter().any(|asset| asset.name == name), "no embedded file {name:?}");
    format!("/static/{}/{name}", *VERSION)
}

/// Returns the URL paths of all embedded files.
pub fn paths() -> impl Iterator<Item = String> {
    ASSETS.iter().map(|asset| url(asset.name))
}

/// Handles `GET /static/{version}/{name}`. An outdated version also returns the current file, but marked as not
/// cacheable.
pub(super) async fn serve(Path((version, name)): Path<(String, String)>) -> Result<Response, AppError> {
    let asset = ASSETS.iter().find(|asset| asset.name == name).ok_or(AppError::NoRoute)?;
    let policy = if version == *VERSION { CachePolicy::Immutable } else { CachePolicy::NoStore };
    Ok((policy, [(header::CONTENT_TYPE, asset.content_type)], asset.bytes).into_response())
}

/// Handles `GET /favicon.ico`, which browsers request automatically.
pub(super) async fn favicon() -> Result<Response, AppError> {
    serve(Path((VERSION.clone(), "icon.svg".to_owned()))).await
}
