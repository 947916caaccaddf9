//! `mannameter reanalyze`: analyzes sermons again from their stored transcripts.

use anyhow::{Context, bail};
use clap::Args;

use super::{
    console::{Console, plural},
    progress,
};
use crate::{
    app::App,
    config::Settings,
    domain::{Engine, VideoId},
    store::SaveOutcome,
};

/// The arguments of `reanalyze`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Sermons to reanalyze (default: those analyzed by a different version of the detector, and those from the
    /// previous system that have not been searched for passages yet)
    #[arg(value_name = "VIDEO_ID")]
    videos: Vec<VideoId>,

    /// List the sermons that would be reanalyzed, without changing anything
    #[arg(long)]
    dry_run: bool,
}

/// Reanalyzes and saves the sermons, then exports them.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let console = Console::text();
    let app = App::open_existing(settings).await?;
    let Engine { name, version } = Engine::current();
    let pipeline = app.pipeline("cli");
    let videos = if arguments.videos.is_empty() { pipeline.outdated().await? } else { arguments.videos };
    if videos.is_empty() {
        console.print(format_args!(
            "Nothing to do: every sermon with a stored transcript was analyzed by {name} {version}."
        ))?;
        return Ok(());
    }
    if arguments.dry_run {
        for id in &videos {
            console.print(format_args!("would reanalyze {id}"))?;
        }
        return Ok(());
    }
    let bar = progress::bar(videos.len() as u64, "reanalyzing");
    let (mut done, mut changed, mut problems) = (0_usize, 0_usize, Vec::new());
    let reanalyzed = pipeline.reanalyze_all(&videos, |id, result| {
        match result {
            Ok(outcome) => {
                done += 1;
                changed += usize::from(outcome == SaveOutcome::Updated);
            }
            Err(error) => problems.push(format!("{id}: {error}")),
        }
        bar.inc(1);
    });
    let reanalyzed = reanalyzed.await;
    bar.finish_and_clear();
    for problem in &problems {
        console.print(problem)?;
    }
    reanalyzed.with_context(|| {
        let all = plural(videos.len(), "sermon");
        format!("stopped after {done} of {all}; everything saved so far is safe, run the command again")
    })?;
    let report = app.exporter.export_now().await.context("everything is saved, but the export was not written")?;
    let reanalyzed = plural(done, "sermon");
    console.print(format_args!("Reanalyzed {reanalyzed} with {name} {version}; {changed} changed."))?;
    console.print_export(&app, &report)?;
    app.close().await;
    if !problems.is_empty() {
        bail!("could not reanalyze {} of {}", problems.len(), plural(videos.len(), "sermon"));
    }
    Ok(())
}
