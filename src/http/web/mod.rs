//! The pages: complete without JavaScript, every view a URL.
//!
//! A page is a view struct (what its template shows, formatted) made from what the store gives; templates decide nothing.

mod analyze;
mod dashboard;
mod docs;
mod error_page;
mod format;
mod job;
mod mentions;
mod page;
mod sermon;
mod theme;

use std::sync::Arc;

use axum::{
    Extension, Router,
    routing::{get, post},
};
use utoipa::openapi::OpenApi;

use super::state::AppState;

pub(super) use error_page::error_page;

/// The routes for people.
pub(super) fn routes(document: Arc<OpenApi>) -> Router<AppState> {
    Router::new()
        .route("/", get(dashboard::dashboard))
        .route("/video/{video_id}", get(sermon::sermon))
        .route("/jobs/{id}", get(job::job))
        .route("/analyze", post(analyze::analyze))
        .route("/theme", post(theme::theme))
        .route("/docs", get(docs::docs).layer(Extension(document)))
}
