//! `mannameter import`: takes in files of documents of any known shape.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Args;
use tokio::sync::mpsc;

use super::{console::Console, progress};
use crate::{
    app::App,
    config::Settings,
    domain::{Document, Sha256, VideoId},
    safety::format::{self, ReadError},
    store::{SaveOutcome, SavePolicy, SaveVideo},
};

/// Documents that may be read ahead of the database.
const READ_AHEAD: usize = 4;

/// Which files.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// results.json, a backup, or a file of the system before ours; with .b64 or without
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Let an older document take the place of a newer one, too
    #[arg(long)]
    force: bool,
}

/// How many documents went which way.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) created: usize,
    pub(super) updated: usize,
    pub(super) unchanged: usize,
    pub(super) kept_newer: usize,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A collection, plain or in base64.
    Collection,
    /// An answer of `/api/export/database`.
    Answer,
}

/// How the documents of a file are kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keep {
    pub(super) form: Form,
    pub(super) policy: SavePolicy,
    /// Who stands in the history.
    pub(super) actor: &'static str,
}

/// Reads every file whole before the first document is saved, so that a damaged file changes nothing.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let console = Console::for_people();
    let mut files = Vec::new();
    for file in arguments.files {
        let count = each_document(&file, Form::Collection, |_| true)
            .with_context(|| format!("{}: nothing was imported", file.display()))?;
        files.push((file, count));
    }
    let app = App::open(settings).await?;
    let policy = if arguments.force { SavePolicy::Replace } else { SavePolicy::KeepNewer };
    let keep = Keep { form: Form::Collection, policy, actor: "import" };
    for (file, count) in files {
        let Tally { created, updated, unchanged, kept_newer } =
            keep_all(&app, &file, count, keep).await.with_context(|| {
                format!("{}: broken off; what was saved before stays, importing again is safe", file.display())
            })?;
        let name = file.display();
        console.say(format_args!(
            "{name}: {created} created, {updated} updated, {unchanged} unchanged, {kept_newer} left alone"
        ))?;
        if kept_newer > 0 {
            console.say("  (what is stored is not older, and stays unless --force is given; the file's version is in the history)")?;
        }
    }
    let report = app.exporter.export_now().await.context("everything is saved, but the export was not written")?;
    console.say(format_args!("Exported {} videos: {}", report.videos, app.data_dir.results_json().display()))?;
    console.say("SAVE COMPLETE - DATA IS SAFE")?;
    app.close().await;
    Ok(())
}

/// Saves every document of a file, reading only a few ahead.
pub(super) async fn keep_all(app: &App, file: &Path, count: u64, keep: Keep) -> anyhow::Result<Tally> {
    let Keep { form, policy, actor } = keep;
    let (sender, mut documents) = mpsc::channel(READ_AHEAD);
    let path = file.to_owned();
    let reader = tokio::task::spawn_blocking(move || {
        each_document(&path, form, |document| sender.blocking_send(document).is_ok())
    });
    let bar = progress::bar(count, "saving");
    let mut tally = Tally::default();
    while let Some(document) = documents.recv().await {
        let save =
            SaveVideo { save_id: app.clock.new_id(), document, transcript: None, policy, actor, at: app.clock.now() };
        // The file has it, so nothing has to be spooled.
        match app.saver.save_to_database(save).await?.outcome {
            SaveOutcome::Created => tally.created += 1,
            SaveOutcome::Updated => tally.updated += 1,
            SaveOutcome::Unchanged => tally.unchanged += 1,
            SaveOutcome::KeptNewer => tally.kept_newer += 1,
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    reader.await.context("reading broke down")??;
    Ok(tally)
}

/// Hands out the documents of a file one by one, in our shape; stops early when the taker has gone. Blocking.
pub(super) fn each_document(file: &Path, form: Form, mut each: impl FnMut(Document) -> bool) -> Result<u64, ReadError> {
    let take = |id: VideoId, text: &str, _: &Sha256| {
        let document = Document::from_legacy(id.as_str(), serde_json::from_str(text)?)?;
        document.processed_at()?;
        if each(document) { Ok(()) } else { Err("nobody takes more".into()) }
    };
    let file = File::open(file)?;
    let contents = match form {
        Form::Collection => format::read_documents(file, take)?,
        Form::Answer => format::read_answer(file, take)?,
    };
    Ok(contents.count)
}
