//! `mannameter history`: lists the versions of a sermon, or restores one.

use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};

use super::console::Console;
use crate::{
    app::App,
    config::Settings,
    domain::VideoId,
    store::{AuditEntry, HistoryEntry},
};

/// The arguments of `history`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// ID of the sermon, which may have been deleted
    #[arg(value_name = "VIDEO_ID")]
    video: VideoId,

    /// Restore the version with this number; the current version is kept in the history
    #[arg(long, value_name = "NUMBER")]
    restore: Option<i64>,
}

/// Lists the versions, or restores one.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let console = Console::text();
    let app = App::open_existing(settings).await?;
    match arguments.restore {
        None => list(console, &app, &arguments.video).await?,
        Some(seq) => restore(console, &app, &arguments.video, seq).await?,
    }
    app.close().await;
    Ok(())
}

async fn list(console: Console, app: &App, id: &VideoId) -> anyhow::Result<()> {
    let current = app.store.video(id).await?;
    let history = app.store.history(id).await?;
    if current.is_none() && history.is_empty() {
        bail!("there is no sermon {id} and no history of it");
    }
    console.print(format_args!("{:>8}  {:20}  {:10}  {:8}  TITLE", "NUMBER", "UNTIL", "ENDED BY", "ACTOR"))?;
    match current {
        Some(stored) => console.print(line(stored.seq, "now", "", "", &stored.document))?,
        None => console.print(format_args!("{:>8}  now: deleted", ""))?,
    }
    for HistoryEntry { seq, replaced_at, reason, actor, document, .. } in history {
        let until = replaced_at.format("%Y-%m-%d %H:%M:%SZ").to_string();
        console.print(line(seq, &until, &reason, &actor, &document))?;
    }
    Ok(())
}

fn line(seq: i64, until: &str, reason: &str, actor: &str, document: &str) -> String {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let title = document["title"].as_str().unwrap_or_default();
    format!("{seq:>8}  {until:20}  {reason:10}  {actor:8}  {title}")
}

async fn restore(console: Console, app: &App, id: &VideoId, seq: i64) -> anyhow::Result<()> {
    let saved = app.saver.restore_version(id, seq, "cli").await?;
    let entry = AuditEntry {
        id: app.clock.new_id(),
        at: app.clock.now(),
        actor: "cli".to_owned(),
        action: "video.restore_version".to_owned(),
        subject: id.to_string(),
        detail: json!({ "version": seq, "seq": saved.as_ref().map(|saved| saved.state.seq) }),
    };
    app.store.record_audit(&entry).await?;
    if saved.is_none() {
        bail!("the history of {id} has no version {seq}; `mannameter history {id}` lists the versions");
    }
    console.print(format_args!("Restored version {seq} of {id}; the previous version is in the history"))?;
    let report = app.exporter.export_now().await.context("the version is restored, but the export was not written")?;
    console.print_export(app, &report)?;
    console.print("SAVE COMPLETE - DATA IS SAFE")?;
    Ok(())
}
