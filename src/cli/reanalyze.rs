//! `mannameter reanalyze`: counts stored sermons again from their kept transcripts.

use anyhow::{Context, bail};
use clap::Args;

use super::{console::Console, progress};
use crate::{
    app::App,
    config::Settings,
    domain::{Engine, VideoId},
    jobs::PipelineError,
    store::SaveOutcome,
};

/// Which sermons.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// These; without any, all that another engine than the present one has counted
    #[arg(value_name = "VIDEO_ID")]
    videos: Vec<VideoId>,

    /// Say which would be counted again, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Counts, keeps and exports.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let console = Console::for_people();
    let app = App::open(settings).await?;
    let Engine { name, version } = Engine::current();
    let videos = if arguments.videos.is_empty() {
        app.store.analyzed_by_other_engines(&name, &version).await?
    } else {
        arguments.videos
    };
    if videos.is_empty() {
        console.say(format_args!(
            "Every sermon whose transcript is kept was counted by {name} {version}; nothing to do."
        ))?;
        return Ok(());
    }
    if arguments.dry_run {
        for id in &videos {
            console.say(format_args!("would count {id} again"))?;
        }
        return Ok(());
    }
    let pipeline = app.pipeline("cli");
    let bar = progress::bar(videos.len() as u64, "counting");
    let (mut changed, mut failed) = (0_usize, 0_usize);
    for id in &videos {
        match pipeline.reanalyze(id).await {
            Ok(done) => match done.kept.saved() {
                Some(saved) => changed += usize::from(saved.outcome == SaveOutcome::Updated),
                None => bail!("{id}: the database went away; this one waits in the spool, running it again is safe"),
            },
            // One sermon without its words must not stop the others.
            Err(
                error @ (PipelineError::NoSuchVideo(_) | PipelineError::NoTranscript(_) | PipelineError::Transcript(_)),
            ) => {
                failed += 1;
                bar.suspend(|| console.say(format_args!("{id}: {error}")))?;
            }
            Err(error) => return Err(error).with_context(|| format!("{id}: broken off; running it again is safe")),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let report = app.exporter.export_now().await.context("everything is saved, but the export was not written")?;
    console.say(format_args!("Counted {} sermons with {name} {version}, {changed} changed.", videos.len() - failed))?;
    console.say(format_args!("Exported {} videos: {}", report.videos, app.data_dir.results_json().display()))?;
    app.close().await;
    if failed > 0 {
        bail!("{failed} of {} sermons could not be counted again", videos.len());
    }
    Ok(())
}
