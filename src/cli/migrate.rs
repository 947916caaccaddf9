//! `mannameter migrate`: brings the database's schema up to date.

use super::console::Console;
use crate::{app::App, config::Settings};

/// Migrates and says what ran.
pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let console = Console::for_people();
    let app = App::parts(settings)?;
    let ran = app.store.migrate().await?;
    if ran.is_empty() {
        console.say("The schema is up to date.")?;
    }
    for migration in ran {
        console.say(format_args!("Ran migration {migration}"))?;
    }
    app.close().await;
    Ok(())
}
