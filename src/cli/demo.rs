//! `mannameter demo`: fills an empty database with invented sermons.

use anyhow::{Context, bail};
use chrono::{NaiveDate, TimeDelta};
use clap::Args;

use super::{console::Console, progress};
use crate::{
    app::App,
    config::Settings,
    demo::{DIFFERENT_TALKS, Demo, Sermon},
    store::{StoredCaptions, SavePolicy, SaveVideo},
};

/// After so many sermons it is said how long a save takes, at the median of the last hundred.
const MEASURED_AT: [usize; 3] = [100, 3_100, 31_000];

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
    let mut saves = Vec::new();
    for number in 0..sermons {
        let sermon = demo.sermon(number);
        let begun = app.clock.now();
        keep(&app, sermon).await.with_context(|| {
            format!("broken off after {number} sermons; remove the data directory before you try again")
        })?;
        saves.push(app.clock.now() - begun);
        bar.inc(1);
    }
    bar.finish_and_clear();
    for stored in MEASURED_AT.into_iter().filter(|stored| *stored <= saves.len()) {
        let median = median(&saves[stored - MEASURED_AT[0]..stored]).as_seconds_f64() * 1000.0;
        console.say(format_args!("With {stored} sermons stored, a save took {median:.2} ms at the median."))?;
    }
    let report = app.exporter.export_now().await.context("everything is saved, but the export was not written")?;
    console.say(format_args!("Exported {} videos: {}", report.videos, app.data_dir.results_json().display()))?;
    console.say("These data are invented: use them to look around, never for a statement about real churches.")?;
    app.close().await;
    Ok(())
}

fn median(times: &[TimeDelta]) -> TimeDelta {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted[sorted.len() / 2]
}

/// Keeps a sermon in the way of all others.
async fn keep(app: &App, sermon: Sermon) -> anyhow::Result<()> {
    let Sermon { document, captions, .. } = sermon;
    let format = document.source.as_ref().map(|source| source.format.clone()).unwrap_or_default();
    let transcript = StoredCaptions { body: captions, format, language: document.language.clone() };
    app.saver
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
