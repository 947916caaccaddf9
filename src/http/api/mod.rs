//! The API. Each file contains one operation or resource. The `OpenAPI` document is generated from the handlers.

mod audit;
mod backup;
pub(super) mod backup_file;
pub(super) mod backup_schemas;
pub(super) mod batch;
pub(super) mod common_errors;
mod confirmation;
pub(super) mod corrections;
mod csv;
pub(super) mod document_schema;
pub(super) mod edit;
mod export;
mod health;
pub(super) mod history;
pub(super) mod job;
mod job_events;
pub(super) mod job_list;
mod legacy;
mod list_csv;
mod metrics;
mod references_csv;
mod restore;
mod schemas;
mod search;
mod sermons_csv;
mod snapshot;
pub(super) mod stats;
mod stats_schema;
pub(super) mod submission;
pub(super) mod submit;
pub(super) mod tokens;
mod transcript;
mod video;
pub(super) mod videos;

use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::state::AppState;

/// The general part of the `OpenAPI` document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "MannaMeter",
        description = "Finds every Bible reference in a sermon, with its time in the video, and stores and shows them. \
            Errors are problem objects (RFC 9457) with a stable `code`."
    ),
    modifiers(&TokenSchemes),
    tags(
        (name = "sermons", description = "Add, read and list sermons"),
        (name = "jobs", description = "Follow the analysis of a sermon"),
        (name = "export", description = "Download all data"),
        (name = "operation", description = "Monitoring"),
        (name = "admin", description = "Requires the admin token, or a token with the `admin` scope"),
    ),
)]
struct Document;

struct TokenSchemes;

impl Modify for TokenSchemes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        for (name, description) in [
            ("admin", "The admin token, or a token with the `admin` scope"),
            ("token", "A token with the scope that the operation names; see `/api/tokens`"),
        ] {
            let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description)).build();
            components.add_security_scheme(name, SecurityScheme::Http(scheme));
        }
    }
}

/// Returns the routes that use the default limits on body size and time.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(submit::submit, videos::videos))
        .routes(routes!(search::search))
        .routes(routes!(stats::stats))
        .routes(routes!(stats::books))
        .routes(routes!(stats::churches))
        .routes(routes!(stats::speakers))
        .routes(routes!(stats::series))
        .routes(routes!(job_list::list))
        .routes(routes!(job_list::retry_all))
        .routes(routes!(job_list::retry))
        .routes(routes!(job_list::cancel))
        .routes(routes!(job::job))
        .routes(routes!(job_events::events))
        .routes(routes!(video::video, video::delete, edit::patch))
        .routes(routes!(corrections::list, corrections::add))
        .routes(routes!(corrections::remove))
        .routes(routes!(transcript::transcript))
        .routes(routes!(history::history))
        .routes(routes!(history::version))
        .routes(routes!(history::restore))
        .routes(routes!(export::database))
        .routes(routes!(export::results_json))
        .routes(routes!(export::results_b64))
        .routes(routes!(sermons_csv::table))
        .routes(routes!(references_csv::references))
        .routes(routes!(list_csv::list))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics::metrics))
        .routes(routes!(backup::create))
        .routes(routes!(backup::list))
        .routes(routes!(backup::stats))
        .routes(routes!(backup::verify))
        .routes(routes!(backup::fetch))
        .routes(routes!(backup::cleanup))
        .routes(routes!(backup::operation))
        .routes(routes!(backup_file::download))
        .routes(routes!(restore::preview))
        .routes(routes!(restore::restore))
        .routes(routes!(restore::restore_without_preview))
        .routes(routes!(restore::undo))
        .routes(routes!(restore::restores))
        .routes(routes!(audit::audit))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
}

/// Returns the upload routes, which accept larger bodies and may take longer.
pub(super) fn uploads() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(backup_file::upload)).routes(routes!(batch::batch))
}
