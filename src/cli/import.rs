//! `mannameter import`: imports document files in any known format, and databases of the previous system.

use std::{
    ffi::OsStr,
    fmt::Display,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Args;
use tokio::sync::mpsc;

use super::{
    console::{Console, plural},
    progress,
};
use crate::{
    app::App,
    blocking::blocking,
    config::Settings,
    domain::{Document, Sha256, VideoId},
    safety::{
        CopiedRows,
        format::{self, ReadError},
    },
    store::{DatabaseSettings, LegacyContents, LegacyDatabase, SaveOutcome, SavePolicy, SaveRequest},
};

/// Number of batches to read ahead while the database is writing.
const READ_AHEAD: usize = 1;
/// Maximum number of documents in a batch. Each batch is saved in one transaction.
const BATCH: usize = 200;
/// Size in bytes at which a batch ends. It includes the document that reaches this size.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Signature at the start of a SQLite file.
const SQLITE_HEADER: &[u8] = b"SQLite format 3\0";

/// The arguments of `import`.
#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "the doc comments of the fields are what --help prints")]
pub(super) struct Arguments {
    /// A results.json file, a backup, or a file of the previous system, plain or base64 (.b64); or the previous
    /// system's database: its SQLite file, or a URL as for DATABASE_URL
    #[arg(required = true, value_name = "FILE|URL")]
    sources: Vec<PathBuf>,

    /// Replace stored sermons even if they are newer
    #[arg(long)]
    force: bool,
}

/// The number of documents saved, by outcome, and the documents that were not saved.
#[derive(Debug, Default)]
pub(super) struct ImportCounts {
    created: u64,
    updated: u64,
    unchanged: u64,
    kept_newer: u64,
    /// The documents that the database rejected, each with the reason. All others are saved.
    problems: Vec<String>,
}

impl ImportCounts {
    const fn add(&mut self, outcome: SaveOutcome) {
        match outcome {
            SaveOutcome::Created => self.created += 1,
            SaveOutcome::Updated | SaveOutcome::Filled => self.updated += 1,
            SaveOutcome::Unchanged => self.unchanged += 1,
            SaveOutcome::KeptNewer | SaveOutcome::Kept => self.kept_newer += 1,
        }
    }

    /// Prints the counts for a source and the documents that were not saved. Returns the number of documents that were
    /// not saved.
    pub(super) fn print(&self, console: Console, source: &str) -> anyhow::Result<u64> {
        let Self { created, updated, unchanged, kept_newer, problems } = self;
        console.print(format_args!(
            "{source}: {created} created, {updated} updated, {unchanged} unchanged, {kept_newer} skipped"
        ))?;
        for problem in problems {
            console.print(format_args!("  not imported: {problem}"))?;
        }
        Ok(problems.len() as u64)
    }

    /// Returns whether documents were skipped because the stored version is newer.
    pub(super) const fn has_skipped(&self) -> bool {
        self.kept_newer > 0
    }
}

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileFormat {
    /// A collection of documents, plain or base64.
    Collection,
    /// A response of `/api/export/database`.
    ExportResponse,
}

/// How to read and save the documents in a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct ImportOptions {
    pub(super) format: FileFormat,
    pub(super) policy: SavePolicy,
    /// The actor recorded in the history.
    pub(super) actor: &'static str,
}

/// A source to import from.
enum Source {
    /// A file, and the number of documents in it.
    File(PathBuf, u64),
    /// A database of the previous system.
    OldDatabase(Box<LegacyDatabase>),
}

/// Imports the files and databases. Each file is read in full before the first document is saved, so a damaged file
/// changes nothing. An unreadable row in a database does not prevent other rows from being imported.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let console = Console::text();
    let mut sources = Vec::new();
    for source in arguments.sources {
        sources.push(examine(source).await?);
    }
    let app = App::open(settings).await?;
    let policy = if arguments.force { SavePolicy::Replace } else { SavePolicy::KeepNewer };
    let options = ImportOptions { format: FileFormat::Collection, policy, actor: "import" };
    let mut unreadable = 0;
    for source in sources {
        let (name, counts) = match source {
            Source::File(file, count) => {
                let counts = save_all(&app, &file, count, options).await.with_context(|| stopped(&file.display()))?;
                (file.display().to_string(), counts)
            }
            Source::OldDatabase(database) => {
                let (counts, problems) = import_database(&app, console, &database, options).await?;
                unreadable += problems;
                (database.name().to_owned(), counts)
            }
        };
        unreadable += counts.print(console, &name)?;
        if counts.has_skipped() {
            console
                .print("  (the stored version is newer; the imported one is in the history; --force replaces it)")?;
        }
    }
    let report = app.exporter.export_now().await.context("everything is saved, but the export was not written")?;
    console.print_export(&app, &report)?;
    if unreadable == 0 {
        console.print("SAVE COMPLETE - DATA IS SAFE")?;
    }
    app.close().await;
    match unreadable {
        0 => Ok(()),
        count => bail!("{} could not be imported (see above); everything else is saved", plural(count, "sermon")),
    }
}

fn stopped(name: &dyn Display) -> String {
    format!("{name}: stopped halfway; everything saved so far is safe, import it again")
}

/// Identifies a file or database, and checks that it can be imported.
async fn examine(source: PathBuf) -> anyhow::Result<Source> {
    let Some(database) = old_database(&source)? else {
        let count = for_each_document(&source, FileFormat::Collection, |_, _| true)
            .with_context(|| format!("{}: nothing was imported", source.display()))?;
        return Ok(Source::File(source, count));
    };
    let contents = database.inspect().await.with_context(|| format!("{}: nothing was imported", database.name()))?;
    match contents {
        LegacyContents::Sermons(_) => Ok(Source::OldDatabase(Box::new(database))),
        LegacyContents::OtherTable(reason) => bail!("{}: nothing was imported: {reason}", database.name()),
        LegacyContents::Nothing => {
            bail!("{}: nothing was imported: it has no table `video` of the previous system", database.name())
        }
    }
}

/// Returns the database that an argument refers to, or `None` if it refers to any other file.
fn old_database(source: &Path) -> anyhow::Result<Option<LegacyDatabase>> {
    let url = source.to_str().filter(|text| {
        let scheme = text.split_once(':').map(|(scheme, _)| scheme).unwrap_or_default();
        scheme == "sqlite" || scheme.starts_with("postgres")
    });
    if let Some(url) = url {
        // In the previous system, `sqlite:///` was followed by a relative path.
        if let Some(relative) = url.strip_prefix("sqlite:///").map(Path::new)
            && relative.is_relative()
            && relative.is_file()
            && !Path::new("/").join(relative).exists()
        {
            return Ok(Some(LegacyDatabase::file(relative)));
        }
        return Ok(Some(LegacyDatabase::at(&DatabaseSettings::new(url))?));
    }
    let mut header = Vec::new();
    let file = File::open(source).with_context(|| format!("{}: nothing was imported", source.display()))?;
    file.take(SQLITE_HEADER.len() as u64).read_to_end(&mut header).ok();
    Ok((header == SQLITE_HEADER).then(|| LegacyDatabase::file(source)))
}

/// Imports a database of the previous system. Returns the counts of saved documents, and the number of unreadable rows.
async fn import_database(
    app: &App,
    console: Console,
    database: &LegacyDatabase,
    options: ImportOptions,
) -> anyhow::Result<(ImportCounts, u64)> {
    let copied = app.adoption.copy_rows(database, options.policy, options.actor, None).await;
    let CopiedRows { progress, created, updated, unchanged, kept_newer } =
        copied.with_context(|| stopped(&database.name()))?;
    for problem in &progress.problems {
        console.print(format_args!("  not imported: {problem}"))?;
    }
    let unlisted = progress.unreadable - progress.problems.len() as u64;
    if unlisted > 0 {
        console.print(format_args!("  not imported: {} more", plural(unlisted, "row")))?;
    }
    let counts = ImportCounts { created, updated, unchanged, kept_newer, problems: Vec::new() };
    Ok((counts, progress.unreadable))
}

/// Saves the `count` documents in a file. Only a few are read ahead.
pub(super) async fn save_all(
    app: &App,
    file: &Path,
    count: u64,
    options: ImportOptions,
) -> anyhow::Result<ImportCounts> {
    let ImportOptions { format, policy, actor } = options;
    let (sender, mut batches) = mpsc::channel(READ_AHEAD);
    let path = file.to_owned();
    let reader = blocking(move || {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for_each_document(&path, format, |document, size| {
            batch.push(document.with_references_from_contexts());
            bytes += size;
            if batch.len() < BATCH && bytes < BATCH_BYTES {
                return true;
            }
            bytes = 0;
            sender.blocking_send(std::mem::take(&mut batch)).is_ok()
        })?;
        // If the receiver has stopped, it returns an error of its own.
        sender.blocking_send(batch).ok();
        Ok::<_, ReadError>(())
    });
    let bar = progress::bar(count, "saving");
    let mut counts = ImportCounts::default();
    while let Some(batch) = batches.recv().await {
        let requests = batch.into_iter().map(|document| {
            let (save_id, at) = (app.clock.new_id(), app.clock.now());
            SaveRequest { save_id, document, transcript: None, policy, actor: actor.into(), at }
        });
        let requests: Vec<_> = requests.collect();
        let ids: Vec<_> = requests.iter().map(|request| request.document.video_id.clone()).collect();
        // No spool is needed, because the documents are still in the file.
        for (id, result) in ids.into_iter().zip(app.saver.save_batch(requests).await?) {
            match result {
                Ok(saved) => counts.add(saved.outcome),
                Err(error) => counts.problems.push(format!("{id}: {error:#}")),
            }
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    reader.await?;
    Ok(counts)
}

/// Calls `each` with every document in a file and its size in bytes, and returns the number of documents. Fails if
/// `each` returns `false`. Blocks.
pub(super) fn for_each_document(
    file: &Path,
    format: FileFormat,
    mut each: impl FnMut(Document, usize) -> bool,
) -> Result<u64, ReadError> {
    let mut parse = |id: VideoId, text: &str, _: &Sha256| {
        let document = Document::from_legacy(id.as_str(), serde_json::from_str(text)?)?;
        document.processed_at()?;
        document.check_limits().map_err(|error| format!("the document of {id}: {error}"))?;
        if each(document, text.len()) { Ok(()) } else { Err("the receiver has stopped".into()) }
    };
    let name = file.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let file = File::open(file)?;
    if format == FileFormat::Collection
        && let Some((id, text)) = format::read_single_document(&file, name)?
    {
        let sha256 = Sha256::digest(text.as_bytes());
        parse(id, &text, &sha256).map_err(ReadError::Stopped)?;
        return Ok(1);
    }
    let contents = match format {
        FileFormat::Collection => format::read_documents(file, parse)?,
        FileFormat::ExportResponse => format::read_export_response(file, parse)?,
    };
    Ok(contents.count)
}
