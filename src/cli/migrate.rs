//! `mannameter migrate`: brings the database's schema up to date, and what is derived from the documents.

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
    if app.store.catch_up_stats().await? {
        console.say("Counted the sums of the pages anew.")?;
    }
    match app.store.catch_up_search_index().await? {
        0 => {}
        sermons => console.say(format_args!("Made the words of {sermons} sermons searchable."))?,
    }
    app.close().await;
    Ok(())
}
