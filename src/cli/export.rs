//! `mannameter export`: writes the export files.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use clap::Args;

use super::console::Console;
use crate::{app::App, config::Settings};

/// Where to.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Directory to write into; without it, the data directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Every sermon as it was at this time: RFC 3339, or a date for the end of that day (UTC); needs --out
    #[arg(long, value_name = "TIME", requires = "out", value_parser = moment)]
    as_of: Option<DateTime<Utc>>,
}

/// A time, or the last moment of a date.
fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.with_timezone(&Utc));
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|date| date.succ_opt());
    date.map(|next| next.and_time(NaiveTime::MIN).and_utc() - TimeDelta::microseconds(1))
        .ok_or_else(|| "not a time: write 2026-05-31, or 2026-05-31T10:00:00Z".to_owned())
}

/// Exports and says what.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let console = Console::for_people();
    let app = App::open(settings).await?;
    let report = match (&arguments.out, arguments.as_of) {
        (None, _) => app.exporter.export_now().await?,
        (Some(directory), None) => app.exporter.export_to(directory).await?,
        (Some(directory), Some(time)) => app.exporter.export_as_of(directory, time).await?,
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
