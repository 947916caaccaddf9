//! `mannameter export`: writes the export files.

use std::path::PathBuf;

use clap::Args;

use super::console::Console;
use crate::{app::App, config::Settings};

/// Where to.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Directory to write into; without it, the data directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Exports and says what.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let console = Console::for_people();
    let app = App::open(settings).await?;
    let report = match &arguments.out {
        None => app.exporter.export_now().await?,
        Some(directory) => app.exporter.export_to(directory).await?,
    };
    let directory = arguments.out.unwrap_or_else(|| app.data_dir.root().to_owned());
    console.say(format_args!(
        "Exported {} videos to {} ({} bytes of JSON, {} of base64)",
        report.videos,
        directory.display(),
        report.json_bytes,
        report.b64_bytes
    ))?;
    app.close().await;
    Ok(())
}
