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
    jobs::PipelineError,
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
    let (mut changed, mut failed) = (0_usize, 0_usize);
    for id in &videos {
        match pipeline.reanalyze(id).await {
            Ok(outcome) => match outcome.report.saved() {
                Some(saved) => changed += usize::from(saved.outcome == SaveOutcome::Updated),
                None => {
                    bail!("{id}: the database became unreachable, and the result is spooled; run the command again")
                }
            },
            // A sermon without a usable transcript must not stop the others.
            Err(
                error
                @ (PipelineError::NoSuchSermon(_) | PipelineError::NoTranscript(_) | PipelineError::Transcript(_)),
            ) => {
                failed += 1;
                bar.suspend(|| console.print(format_args!("{id}: {error}")))?;
            }
            Err(error) => return Err(error).with_context(|| format!("stopped at {id}; run the command again")),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let report = app.exporter.export_now().await.context("everything is saved, but the export was not written")?;
    let reanalyzed = plural(videos.len() - failed, "sermon");
    console.print(format_args!("Reanalyzed {reanalyzed} with {name} {version}; {changed} changed."))?;
    console.print_export(&app, &report)?;
    app.close().await;
    if failed > 0 {
        bail!("could not reanalyze {failed} of {}", plural(videos.len(), "sermon"));
    }
    Ok(())
}
