//! `mannameter serve`: the web service.

use crate::{app::App, config::Settings};

/// Serves until a signal stops it.
pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    App::parts(settings)?.serve(settings).await
}
