//! `mannameter demo`: fills an empty database with invented sermons.

use anyhow::{Context, bail};
use chrono::NaiveDate;
use clap::Args;

use super::{console::Console, progress};
use crate::{
    app::App,
    config::Settings,
    demo::{DIFFERENT_TALKS, Demo, Sermon},
    store::{RawTranscript, SavePolicy, SaveVideo},
};

/// How many, and which.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// How many sermons
    #[arg(long, default_value_t = 60, value_name = "N")]
    sermons: u64,

    /// The same seed gives the same sermons
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// The sermons are from the two years before this day; without it, today
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<NaiveDate>,
}

/// Invents, keeps and exports.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { sermons, seed, until } = arguments;
    let console = Console::for_people();
    let app = App::open(settings).await?;
    let state = app.store.state().await?;
    if state.seq > 0 {
        bail!(
            "the database has or had videos ({} now), and invented ones must not be mixed with them: give an empty \
             one, such as --data-dir demo-data",
            state.count
        );
    }
    let mut demo = Demo::new(seed, until.unwrap_or_else(|| app.clock.now().date_naive()));
    console
        .say(format_args!("Inventing {sermons} sermons. None of them was ever preached, no church of them exists."))?;
    if sermons > DIFFERENT_TALKS {
        console.say(format_args!("Those beyond the first {DIFFERENT_TALKS} repeat their words under other titles."))?;
    }
    let bar = progress::bar(sermons, "inventing");
    for number in 0..sermons {
        keep(&app, demo.sermon(number)).await.with_context(|| {
            format!("broken off after {number} sermons; remove the data directory before you try again")
        })?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    let report = app.exporter.export_now().await.context("everything is saved, but the export was not written")?;
    console.say(format_args!("Exported {} videos: {}", report.videos, app.data_dir.results_json().display()))?;
    console.say("These data are invented: use them to look around, never for a statement about real churches.")?;
    app.close().await;
    Ok(())
}

/// Keeps a sermon in the way of all others.
async fn keep(app: &App, sermon: Sermon) -> anyhow::Result<()> {
    let Sermon { document, captions, .. } = sermon;
    let format = document.source.as_ref().map(|source| source.format.clone()).unwrap_or_default();
    let transcript = RawTranscript { body: captions, format, language: document.language.clone() };
    app.keeper
        .keep(SaveVideo {
            save_id: app.clock.new_id(),
            document,
            transcript: Some(transcript),
            policy: SavePolicy::Replace,
            actor: "demo",
            at: app.clock.now(),
        })
        .await?;
    Ok(())
}
