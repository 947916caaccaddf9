//! `mannameter drill`: runs a restore drill.

use std::sync::Arc;

use clap::Args;

use super::{console::Output, progress::RestoreBar};
use crate::{app::App, config::Settings, safety::restore::RestoreProgress};

/// The arguments of `drill`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the drill and prints the result.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let app = App::existing(settings)?;
    let bar = Arc::new(RestoreBar::default());
    let report = app.maintenance.run_drill(Arc::clone(&bar) as Arc<dyn RestoreProgress>).await;
    bar.finish();
    app.close().await;
    let report = report?;
    Output::new(arguments.json).print(&report, |console| {
        console.print(format_args!("The restore drill succeeded: {}.", report.summary()))?;
        console.print("The scratch database was removed; the live database was not changed.")
    })
}
