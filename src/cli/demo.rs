//! `mannameter demo`: fills an empty database with fictional sermons.

use anyhow::{Context, bail};
use chrono::{NaiveDate, TimeDelta};
use clap::Args;

use super::{
    console::{Console, plural},
    progress,
};
use crate::{
    app::App,
    config::Settings,
    demo::{DISTINCT_TALKS, DemoGenerator, DemoSermon},
    store::{SavePolicy, SaveRequest, StoredCaptions},
};

/// Numbers of sermons after which to report the median duration of the last hundred saves.
const MEASURED_AT: [usize; 3] = [100, 3_100, 31_000];

/// The arguments of `demo`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Number of sermons
    #[arg(long, default_value_t = 60, value_name = "N")]
    sermons: u64,

    /// Random seed; the same seed generates the same sermons
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// Generate sermons from the two years before this date (default: today)
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<NaiveDate>,
}

/// Generates and saves the sermons, then exports them.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { sermons, seed, until } = arguments;
    let console = Console::text();
    let app = App::open(settings).await?;
    let state = app.store.state().await?;
    if state.seq > 0 {
        bail!(
            "the database is not empty (it has {}), and fictional sermons must not be mixed with others: use an empty \
             one, such as --data-dir demo-data",
            plural(state.count, "sermon")
        );
    }
    let mut generator = DemoGenerator::new(seed, until.unwrap_or_else(|| app.clock.now().date_naive()));
    console.print(format_args!(
        "Generating {}. They were never preached, and their churches do not exist.",
        plural(sermons, "sermon")
    ))?;
    if sermons > DISTINCT_TALKS {
        console.print(format_args!(
            "From number {} on, they repeat earlier texts with other titles.",
            DISTINCT_TALKS + 1
        ))?;
    }
    let bar = progress::bar(sermons, "generating");
    let mut durations = Vec::new();
    for number in 0..sermons {
        let sermon = generator.sermon(number);
        let start = app.clock.now();
        save(&app, sermon)
            .await
            .with_context(|| format!("stopped after {number} sermons; delete the data directory and try again"))?;
        durations.push(app.clock.now() - start);
        bar.inc(1);
    }
    bar.finish_and_clear();
    for stored in MEASURED_AT.into_iter().filter(|stored| *stored <= durations.len()) {
        let median = median(&durations[stored - MEASURED_AT[0]..stored]).as_seconds_f64() * 1000.0;
        console.print(format_args!("With {stored} sermons stored, the median save took {median:.2} ms."))?;
    }
    let report = app.exporter.export_now().await.context("everything is saved, but the export was not written")?;
    console.print_export(&app, &report)?;
    console.print("This data is fictional. Do not use it for statements about real churches.")?;
    app.close().await;
    Ok(())
}

fn median(durations: &[TimeDelta]) -> TimeDelta {
    let mut sorted = durations.to_vec();
    sorted.sort();
    sorted[sorted.len() / 2]
}

async fn save(app: &App, sermon: DemoSermon) -> anyhow::Result<()> {
    let DemoSermon { document, captions, .. } = sermon;
    let format = document.source.as_ref().map(|source| source.format.clone()).unwrap_or_default();
    let transcript = StoredCaptions { body: captions, format, language: document.language.clone() };
    let request = SaveRequest {
        save_id: app.clock.new_id(),
        document,
        transcript: Some(transcript),
        policy: SavePolicy::Replace,
        actor: "demo".into(),
        at: app.clock.now(),
    };
    app.saver.save(request).await?;
    Ok(())
}
