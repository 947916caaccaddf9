//! `mannameter delete`: deletes sermons. Their last versions are kept in the history.

use anyhow::{Context, bail};
use clap::Args;

use super::console::{Console, plural};
use crate::{app::App, config::Settings, domain::VideoId};

/// The actor recorded in the history and the audit log.
const ACTOR: &str = "cli";

/// The arguments of `delete`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// IDs of the sermons
    #[arg(value_name = "VIDEO_ID", required = true)]
    videos: Vec<VideoId>,
}

/// Deletes the sermons and updates the export.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let console = Console::text();
    let app = App::open_existing(settings).await?;
    let mut missing = Vec::new();
    for id in &arguments.videos {
        if app.saver.delete(id, ACTOR).await?.is_none() {
            missing.push(id.as_str());
            continue;
        }
        let last = app.store.history_page(id, -1, 0, 1).await?;
        let (title, seq) = last.first().map_or((id.as_str(), 0), |last| (last.title.as_str(), last.seq));
        console.print(format_args!("Deleted “{title}”; to restore it: mannameter history {id} --restore {seq}"))?;
    }
    let deleted = arguments.videos.len() - missing.len();
    if deleted > 0 {
        let deleted = plural(deleted, "sermon");
        let report = app.exporter.export_now().await.with_context(|| format!("{deleted} deleted, but not exported"))?;
        console.print_export(&app, &report)?;
    }
    app.close().await;
    if !missing.is_empty() {
        bail!("there is no sermon {}", missing.join(", "));
    }
    Ok(())
}
