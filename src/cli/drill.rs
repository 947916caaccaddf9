//! `mannameter drill`: restores the newest verified backup into a scratch database and compares.

use std::sync::Arc;

use clap::Args;

use super::{backup::Output, restore::Bar};
use crate::{app::App, config::Settings, safety::restore::Progress};

/// How to answer.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Answer with JSON, for machines
    #[arg(long)]
    json: bool,
}

/// Drills, and says what came of it.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let app = App::parts(settings)?;
    let bar = Arc::new(Bar::default());
    let drilled = app.maintenance.drill_now(Arc::clone(&bar) as Arc<dyn Progress>).await;
    bar.end();
    app.close().await;
    let drilled = drilled?;
    Output::new(arguments.json).tell(&drilled, |console| {
        console.say(format_args!("The drill went well: {}.", drilled.words()))?;
        console.say("Nothing of it is left, and the database was not touched.")
    })
}
