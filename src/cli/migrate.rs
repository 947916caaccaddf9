//! `mannameter migrate`: brings the database schema and the derived tables up to date.

use super::console::{Console, plural, sentence};
use crate::{app::App, config::Settings};

/// Migrates the database and prints what was done.
pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let console = Console::text();
    let app = App::new(settings)?;
    let applied = app.store.migrate().await?;
    if applied.is_empty() {
        console.print("The schema is up to date.")?;
    }
    for migration in applied {
        console.print(format_args!("Applied migration {migration}"))?;
    }
    if app.store.catch_up_stats().await? {
        console.print("Rebuilt the statistics.")?;
    }
    match app.store.catch_up_search_index().await? {
        0 => {}
        sermons => console.print(format_args!("Added {} to the search index.", plural(sermons, "sermon")))?,
    }
    for old in app.adoption.refresh().await?.databases {
        console.print(sentence(&old.describe()))?;
    }
    app.close().await;
    Ok(())
}
