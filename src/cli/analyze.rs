//! `mannameter analyze`: analyzes sermons from links, files, directories or standard input.

use std::{
    io::{IsTerminal, Read},
    path::{Path, PathBuf},
    sync::Mutex,
};

use anyhow::{Context, bail};
use async_trait::async_trait;
use clap::{Args, ValueEnum};

use super::{
    console::{Console, plural, print_result},
    sources,
};
use scripture_detector::transcript;

use crate::{
    app::App,
    config::Settings,
    domain::{Canon, Document, JobInput, SourceKind, StepName, StepState, Submission, Submitter, VideoId},
    jobs::{Analyzer, JobProgress, PipelineError, PipelineOutcome, assign_video_id},
    safety::{ReplayReport, SaveError, SavedTo, write_lost_sermon},
    store::{SaveOutcome, SaveRequest, Saved},
    youtube::parse_video_link,
};

/// The arguments of `analyze`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// YouTube links, caption files, directories of caption files, or - for standard input; prompts if omitted
    #[arg(value_name = "URL|FILE|DIR|-")]
    sources: Vec<String>,

    /// File with additional links and files, one per line
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,

    /// Print the result without saving it
    #[arg(long)]
    dry_run: bool,

    /// Output format; json prints one document per line
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Title of the sermon, if the source is a file
    #[arg(long)]
    title: Option<String>,

    /// Name of the church, if the source is a file
    #[arg(long)]
    channel: Option<String>,

    /// YouTube link to the video, if the source is a file
    #[arg(long, value_name = "LINK", allow_hyphen_values = true)]
    url: Option<String>,

    /// URL of the church, if the source is a file
    #[arg(long, value_name = "URL")]
    channel_url: Option<String>,

    /// Country or town, if the source is a file
    #[arg(long)]
    location: Option<String>,

    /// Date or RFC 3339 time when the sermon was published, if the source is a file
    #[arg(long, value_name = "DATE")]
    published_at: Option<String>,

    /// Who preached, if the source is a file
    #[arg(long, value_name = "NAME")]
    speaker: Option<String>,

    /// Series that the sermon belongs to, if the source is a file
    #[arg(long, value_name = "NAME")]
    series: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Analyzes and saves the sermons, then exports them, printing each step.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let console = match arguments.format {
        Format::Text => Console::text(),
        Format::Json => Console::json(),
    };
    let sources = sources::expand(&arguments.sources, arguments.from.as_deref())?;
    let sources = if sources.is_empty() { vec![ask_for_source()?] } else { sources };
    if sources.len() > 1 && (arguments.title.is_some() || arguments.url.is_some()) {
        bail!("--title and --url describe one sermon, but there are {}: analyze it on its own", sources.len());
    }
    let total = sources.len();
    // Read a single source first, so that no data directory is created if it cannot be read.
    let mut only_input = if let [source] = sources.as_slice() { Some(arguments.input(source)?) } else { None };
    let mut session = Session::start(settings, console, arguments.dry_run).await?;
    let mut failed = 0;
    for source in sources {
        if total > 1 {
            console.print(format_args!("\n{source}"))?;
        }
        let input = only_input.take().map_or_else(|| arguments.input(&source), Ok);
        let analyzed = match input {
            Ok(input) => session.analyze(input).await,
            Err(error) => Err(error),
        };
        match analyzed {
            Ok(document) => match arguments.format {
                Format::Json => print_result(document.to_json())?,
                Format::Text => print_summary(console, &document, settings.canon)?,
            },
            Err(error) if total > 1 => {
                failed += 1;
                console.print(format_args!("Failed: {error:#}"))?;
            }
            Err(error) => {
                session.end().await?;
                return Err(error);
            }
        }
    }
    session.end().await?;
    if failed > 0 {
        bail!("{failed} of {} failed: see above", plural(total, "sermon"));
    }
    Ok(())
}

/// Analyzes sermons one after the other, and saves them unless this is a dry run.
struct Session {
    console: Console,
    analyzer: Analyzer,
    /// The application, or `None` in a dry run.
    app: Option<App>,
    /// Whether a sermon was saved to the database since the last export.
    is_changed: bool,
}

impl Session {
    async fn start(settings: &Settings, console: Console, is_dry_run: bool) -> anyhow::Result<Self> {
        let app = if is_dry_run { None } else { Some(App::new(settings)?) };
        if let Some(app) = &app
            && app.store.ready().await.is_ok()
        {
            app.adopt().await;
        }
        Ok(Self { console, analyzer: App::analyzer(settings)?, app, is_changed: false })
    }

    /// Analyzes and saves a sermon. If the database is unreachable, the result is spooled.
    async fn analyze(&mut self, input: JobInput) -> anyhow::Result<Document> {
        let progress = PrintedProgress { console: self.console, result: Mutex::new(Ok(())) };
        let Some(app) = &self.app else {
            let analyzed = self.analyzer.analyze(input, &progress).await?;
            progress.finish()?;
            self.console.print("Dry run: nothing was saved.")?;
            return Ok(analyzed.document);
        };
        let outcome = match app.pipeline("cli").run(input, Submitter::LOCAL, &progress).await {
            Err(PipelineError::Save(SaveError::NotSaved { save, database, spool })) => {
                return Err(save_to_current_directory(&save, &database, &spool));
            }
            result => result?,
        };
        progress.finish()?;
        match &outcome.report.saved_to {
            SavedTo::Database(saved) => {
                print_saved(self.console, &outcome, saved)?;
                self.is_changed = true;
                stored_document(app, &outcome.document.video_id).await
            }
            SavedTo::Spool { name } => {
                print_spooled(self.console, app, &outcome, name)?;
                Ok(outcome.document)
            }
        }
    }

    /// Exports the saved sermons.
    async fn end(self) -> anyhow::Result<()> {
        let Some(app) = self.app else { return Ok(()) };
        if self.is_changed {
            replay_spool(self.console, &app).await?;
            let exported = app.exporter.export_now().await;
            let report = exported.context("the sermons are saved, but the export was not written")?;
            self.console.print_export(&app, &report)?;
            self.console.print("SAVE COMPLETE - DATA IS SAFE")?;
        }
        app.close().await;
        Ok(())
    }
}

/// Returns the document as stored, including fields that the new version does not have.
async fn stored_document(app: &App, id: &VideoId) -> anyhow::Result<Document> {
    let stored = app.store.video(id).await?.with_context(|| format!("{id} was deleted in the meantime"))?;
    Ok(Document::from_legacy(id.as_str(), serde_json::from_str(&stored.document)?)?)
}

impl Arguments {
    /// Parses a source, and reads it unless it is a link.
    fn input(&self, source: &str) -> anyhow::Result<JobInput> {
        let path = Path::new(source);
        if source == "-" {
            if std::io::stdin().is_terminal() {
                Console::json().print("Paste the transcript, then press Ctrl-D.")?;
            }
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).context("could not read standard input")?;
            return self.submission(&bytes, SourceKind::Paste, "");
        }
        if path.is_file() {
            let bytes = std::fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            return self.submission(&bytes, SourceKind::Upload, &name);
        }
        match parse_video_link(source) {
            Ok(video_id) => Ok(JobInput::Youtube { video_id }),
            Err(error) => bail!("{source:?}: there is no such file, and {error}"),
        }
    }

    /// Builds a submission from a transcript and the flags.
    fn submission(&self, bytes: &[u8], source: SourceKind, name: &str) -> anyhow::Result<JobInput> {
        let link = self.url.as_deref().map(|url| parse_video_link(url).with_context(|| format!("--url {url:?}")));
        let mut submission = Submission {
            video_id: link.transpose()?,
            source: Some(source),
            transcript: transcript::decode(bytes)?,
            title: self.title.clone().unwrap_or_default(),
            default_title: name.to_owned(),
            channel: self.channel.clone().unwrap_or_default(),
            url: self.url.clone(),
            channel_url: self.channel_url.clone().unwrap_or_default(),
            location: self.location.clone().unwrap_or_default(),
            published_at: self.published_at.clone(),
            speaker: self.speaker.clone().unwrap_or_default(),
            series: self.series.clone().unwrap_or_default(),
        };
        assign_video_id(&mut submission)?;
        Ok(JobInput::Transcript(submission))
    }
}

/// Prompts for a link or file if there is a terminal.
fn ask_for_source() -> anyhow::Result<String> {
    if !std::io::stdin().is_terminal() {
        bail!("nothing to analyze: give a YouTube link, a caption file, or - for standard input");
    }
    Console::json().print("YouTube link or caption file:")?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("could not read standard input")?;
    match line.trim() {
        "" => bail!("nothing to analyze: no link was typed"),
        source => Ok(source.to_owned()),
    }
}

/// Prints progress.
struct PrintedProgress {
    console: Console,
    /// The first error while printing. It must not interrupt the analysis.
    result: Mutex<std::io::Result<()>>,
}

impl PrintedProgress {
    fn print(&self, line: &str) {
        let printed = self.console.print(line);
        let mut result = self.result.lock().expect("nothing panics while it is held");
        if result.is_ok() {
            *result = printed;
        }
    }

    /// Returns the first error while printing.
    fn finish(self) -> std::io::Result<()> {
        self.result.into_inner().expect("nothing panics while it is held")
    }
}

#[async_trait]
impl JobProgress for PrintedProgress {
    async fn step(&self, name: StepName, state: StepState) {
        let state = match state {
            StepState::Running => return,
            StepState::Done => "done",
            StepState::Skipped => "skipped",
            StepState::Failed => "failed",
        };
        self.print(&format!("[{state:>7}] {}", name.title()));
    }

    async fn log(&self, message: &str) {
        self.print(&format!("          {message}"));
    }
}

/// Writes a result that could not be saved to a file in the current directory, or prints it. Returns an error that says
/// where the result is.
fn save_to_current_directory(request: &SaveRequest, database: &str, spool: &str) -> anyhow::Error {
    let reason = format!("the database failed ({database}) and the spool cannot be written to ({spool})");
    match write_lost_sermon(Path::new("."), request) {
        Ok(path) => anyhow::anyhow!(
            "{reason}; the only copy of the result is in {}: run `mannameter import` with it when the database is back",
            path.display()
        ),
        Err(error) => match print_result(request.document.to_json()) {
            Ok(()) => anyhow::anyhow!(
                "{reason}, and neither can the current directory ({error}); the only copy of the result is printed above"
            ),
            Err(_) => anyhow::anyhow!(
                "{reason}, and neither can the current directory ({error}); the result is lost, analyze the sermon again"
            ),
        },
    }
}

/// Saves spooled results, because there may be no running server to do so.
async fn replay_spool(console: Console, app: &App) -> std::io::Result<()> {
    match app.replayer().replay().await {
        Ok(ReplayReport { saved: 0, .. }) => Ok(()),
        Ok(ReplayReport { saved, .. }) => {
            console.print(format_args!("Saved {} from the spool", plural(saved, "sermon")))
        }
        Err(error) => console.print(format_args!("Could not replay the spool: {error}")),
    }
}

/// Prints the location of a spooled result.
fn print_spooled(console: Console, app: &App, outcome: &PipelineOutcome, name: &str) -> std::io::Result<()> {
    let Document { title, video_id, .. } = &outcome.document;
    console.print(format_args!("Spooled {video_id}: {title} (the database could not save it)"))?;
    if name.starts_with("s3://") {
        console.print(format_args!("  {name}"))?;
    } else {
        console.print(format_args!("  {}", app.data_dir.backups().join(name).display()))?;
    }
    console.print(
        "It is not in the database or the export yet. A running server, or the next `mannameter analyze`, saves it when \
         the database works again.",
    )
}

/// Prints what was saved.
fn print_saved(console: Console, outcome: &PipelineOutcome, saved: &Saved) -> std::io::Result<()> {
    match &outcome.report.safety_backup {
        Some(name) => console.print(format_args!("Safety backup: backups/{name}"))?,
        None => console.print("Safety backup: none (there is no export yet to make it from)")?,
    }
    let Document { title, video_id, .. } = &outcome.document;
    console.print(match saved.outcome {
        SaveOutcome::Created => format!("Created {video_id}: {title}"),
        SaveOutcome::Updated => format!("Updated {video_id}: {title} (the old version is in the history)"),
        SaveOutcome::Unchanged => format!("Unchanged {video_id}: {title}"),
        SaveOutcome::Filled => format!("Filled the empty fields of {video_id}: {title}"),
        SaveOutcome::Kept => format!("Kept the stored {video_id}: {title}"),
        SaveOutcome::KeptNewer => format!("Kept the newer {video_id}: {title} (this version is in the history)"),
    })
}

/// Prints the number of references, in total and by book.
fn print_summary(console: Console, document: &Document, canon: Canon) -> std::io::Result<()> {
    if let Some(reason) = document.not_measured() {
        return console.print(format_args!("\n{}\n  {reason}", document.title));
    }
    let counts = document.reference_counts(canon);
    console.print(format_args!(
        "\n{}\n  {} confirmed, {} suspect, {}",
        document.title,
        counts.confirmed,
        counts.suspect,
        plural(document.stats.false_positives, "false positive")
    ))?;
    for (number, name) in [
        (counts.contextual, "from context"),
        (counts.deuterocanonical, "deuterocanonical"),
        (counts.withdrawn, "withdrawn"),
    ] {
        if number > 0 {
            console.print(format_args!("  {number} {name}"))?;
        }
    }
    for warning in document.notes() {
        console.print(format_args!("  note: {}", warning.detail))?;
    }
    let outside = counts.deuterocanonical_books.into_iter().map(|(book, count)| (book, count, " (deuterocanonical)"));
    let mut books: Vec<_> = counts.books.into_iter().map(|(book, count)| (book, count, "")).chain(outside).collect();
    books.sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
    for (book, count, remark) in books {
        console.print(format_args!("  {count:>4}  {book}{remark}"))?;
    }
    Ok(())
}
