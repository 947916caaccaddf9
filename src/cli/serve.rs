//! `mannameter serve`: starts the web service.

use crate::{app::App, config::Settings};

/// Runs the web service until SIGTERM or SIGINT.
pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    App::for_service(settings)?.serve(settings).await
}
