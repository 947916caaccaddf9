//! `mannameter import`: imports files of documents of any known shape.

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
    blocking::blocking,
    config::Settings,
    domain::{Document, Sha256, VideoId},
    safety::format::{self, ReadError},
    store::{SaveOutcome, SavePolicy, SaveRequest},
};

/// How many documents are read ahead of the database.
const READ_AHEAD: usize = 4;

/// The arguments of `import`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// results.json, a backup, or a file of the previous system; plain or base64 (.b64)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Replace stored sermons even if they are newer
    #[arg(long)]
    force: bool,
}

/// How many documents were saved, by outcome.
#[derive(Debug, Default)]
pub(super) struct ImportCounts {
    pub(super) created: usize,
    pub(super) updated: usize,
    pub(super) unchanged: usize,
    pub(super) kept_newer: usize,
}

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileFormat {
    /// A collection of documents, plain or base64.
    Collection,
    /// A response of `/api/export/database`.
    ExportResponse,
}

/// How the documents of a file are read and saved.
#[derive(Debug, Clone, Copy)]
pub(super) struct ImportOptions {
    pub(super) format: FileFormat,
    pub(super) policy: SavePolicy,
    /// The actor recorded in the history.
    pub(super) actor: &'static str,
}

/// Imports the files. Each is read to its end before the first document is saved, so a damaged file changes nothing.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let console = Console::text();
    let mut files = Vec::new();
    for file in arguments.files {
        let count = for_each_document(&file, FileFormat::Collection, |_| true)
            .with_context(|| format!("{}: nothing was imported", file.display()))?;
        files.push((file, count));
    }
    let app = App::open(settings).await?;
    let policy = if arguments.force { SavePolicy::Replace } else { SavePolicy::KeepNewer };
    let options = ImportOptions { format: FileFormat::Collection, policy, actor: "import" };
    for (file, count) in files {
        let counts = save_all(&app, &file, count, options).await.with_context(|| {
            format!("{}: stopped halfway; everything saved so far is safe, import the file again", file.display())
        })?;
        let ImportCounts { created, updated, unchanged, kept_newer } = counts;
        console.print(format_args!(
            "{}: {created} created, {updated} updated, {unchanged} unchanged, {kept_newer} skipped",
            file.display()
        ))?;
        if kept_newer > 0 {
            console
                .print("  (the stored version is newer; the imported one is in the history; --force replaces it)")?;
        }
    }
    let report = app.exporter.export_now().await.context("everything is saved, but the export was not written")?;
    console.print_export(&app, &report)?;
    console.print("SAVE COMPLETE - DATA IS SAFE")?;
    app.close().await;
    Ok(())
}

/// Saves the `count` documents of a file, reading only a few ahead.
pub(super) async fn save_all(
    app: &App,
    file: &Path,
    count: u64,
    options: ImportOptions,
) -> anyhow::Result<ImportCounts> {
    let ImportOptions { format, policy, actor } = options;
    let (sender, mut documents) = mpsc::channel(READ_AHEAD);
    let path = file.to_owned();
    let reader = blocking(move || for_each_document(&path, format, |document| sender.blocking_send(document).is_ok()));
    let bar = progress::bar(count, "saving");
    let mut counts = ImportCounts::default();
    while let Some(document) = documents.recv().await {
        let request =
            SaveRequest { save_id: app.clock.new_id(), document, transcript: None, policy, actor, at: app.clock.now() };
        // No spool is needed: the file still has the document.
        match app.saver.save_to_database(request).await?.outcome {
            SaveOutcome::Created => counts.created += 1,
            SaveOutcome::Updated => counts.updated += 1,
            SaveOutcome::Unchanged => counts.unchanged += 1,
            SaveOutcome::KeptNewer => counts.kept_newer += 1,
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    reader.await?;
    Ok(counts)
}

/// Calls `each` with every document of a file, and returns their number. Stops with an error if `each` returns `false`.
/// Blocks.
pub(super) fn for_each_document(
    file: &Path,
    format: FileFormat,
    mut each: impl FnMut(Document) -> bool,
) -> Result<u64, ReadError> {
    let parse = |id: VideoId, text: &str, _: &Sha256| {
        let document = Document::from_legacy(id.as_str(), serde_json::from_str(text)?)?;
        document.processed_at()?;
        document.check_limits().map_err(|error| format!("the document of {id}: {error}"))?;
        if each(document) { Ok(()) } else { Err("the receiver has stopped".into()) }
    };
    let file = File::open(file)?;
    let contents = match format {
        FileFormat::Collection => format::read_documents(file, parse)?,
        FileFormat::ExportResponse => format::read_export_response(file, parse)?,
    };
    Ok(contents.count)
}
