//! `mannameter analyze`: one sermon, from a link, a file or standard input.

use std::{
    io::{IsTerminal, Read},
    path::Path,
    sync::Mutex,
};

use anyhow::{Context, bail};
use async_trait::async_trait;
use clap::{Args, ValueEnum};

use super::console::{Console, answer};
use scripture_detector::transcript;

use crate::{
    app::App,
    config::Settings,
    domain::{Document, JobInput, SourceKind, StepState, Submission, VideoId},
    jobs::{Done, PipelineError, Progress, StepName, identify},
    safety::{ExportReport, SaveError, Replayed, SavedTo, write_lost},
    store::{SaveOutcome, SaveVideo, Saved},
    youtube::VideoRef,
};

/// What to analyze, and how to answer.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A YouTube link, a caption file, or - for standard input
    #[arg(value_name = "URL|FILE|-")]
    source: String,

    /// Say what is in it and keep nothing
    #[arg(long)]
    dry_run: bool,

    /// How to answer: `json` prints the whole document
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Title of the sermon, for a file
    #[arg(long)]
    title: Option<String>,

    /// Name of the church, for a file
    #[arg(long)]
    channel: Option<String>,

    /// The video that the transcript in a file belongs to
    #[arg(long, value_name = "LINK")]
    url: Option<String>,

    /// Address of the church, for a file
    #[arg(long, value_name = "URL")]
    channel_url: Option<String>,

    /// Country or town, for a file
    #[arg(long)]
    location: Option<String>,

    /// When it was preached or published, for a file: a date, or RFC 3339
    #[arg(long, value_name = "DATE")]
    published_at: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Analyzes, keeps, exports, and says each step as it happens.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let console = match arguments.format {
        Format::Text => Console::for_people(),
        Format::Json => Console::for_machines(),
    };
    let input = arguments.input()?;
    let progress = Spoken { console, said: Mutex::new(Ok(())) };
    let document = if arguments.dry_run {
        let analyzed = App::analyzer(settings)?.analyze(input, &progress).await?;
        progress.finish()?;
        console.say("Dry run: nothing was kept.")?;
        analyzed.document
    } else {
        // The database may be away: then the spool takes the result.
        let app = App::parts(settings)?;
        let done = match app.pipeline("cli").run(input, &progress).await {
            Err(PipelineError::Keep(SaveError::Nowhere { save, database, spool })) => {
                return Err(lost(&save, &database, &spool));
            }
            done => done?,
        };
        progress.finish()?;
        match &done.kept.stored {
            SavedTo::Database(saved) => {
                put_back(console, &app).await?;
                let report =
                    app.exporter.export_now().await.context("the sermon is kept, but the export was not written")?;
                say_kept(console, &app, &done, saved, &report)?;
            }
            SavedTo::Spool { name } => say_spooled(console, &app, &done, name)?,
        }
        app.close().await;
        done.document
    };
    match arguments.format {
        Format::Json => answer(document.to_json())?,
        Format::Text => say_summary(console, &document)?,
    }
    Ok(())
}

impl Arguments {
    /// Finds out what the source is, and reads it if it is not a link.
    fn input(&self) -> anyhow::Result<JobInput> {
        let path = Path::new(&self.source);
        if self.source == "-" {
            if std::io::stdin().is_terminal() {
                Console::for_machines().say("Paste the transcript, then press Ctrl-D.")?;
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
        match VideoRef::parse(&self.source) {
            Ok(video_id) => Ok(JobInput::Youtube { video_id }),
            Err(why) => bail!("{:?} is neither a file here nor a video: {why}", self.source),
        }
    }

    /// A transcript with what the flags say about it.
    fn submission(&self, bytes: &[u8], source: SourceKind, name: &str) -> anyhow::Result<JobInput> {
        let video_id: Option<VideoId> = match &self.url {
            Some(url) => Some(VideoRef::parse(url).with_context(|| format!("--url {url:?}"))?),
            None => None,
        };
        let mut submission = Submission {
            video_id,
            source: Some(source),
            transcript: transcript::decode(bytes)?,
            title: self.title.clone().unwrap_or_else(|| name.to_owned()),
            channel: self.channel.clone().unwrap_or_default(),
            url: self.url.clone(),
            channel_url: self.channel_url.clone().unwrap_or_default(),
            location: self.location.clone().unwrap_or_default(),
            published_at: self.published_at.clone(),
        };
        identify(&mut submission)?;
        Ok(JobInput::Transcript(submission))
    }
}

/// Prints each step and line as it comes.
struct Spoken {
    console: Console,
    said: Mutex<std::io::Result<()>>,
}

impl Spoken {
    /// Notes the first failure to print, which must not end the work.
    fn say(&self, line: &str) {
        let said = self.console.say(line);
        let mut first = self.said.lock().expect("no thread panics while it prints");
        if first.is_ok() {
            *first = said;
        }
    }

    /// Whether everything was printed.
    fn finish(self) -> std::io::Result<()> {
        self.said.into_inner().expect("no thread panics while it prints")
    }
}

#[async_trait]
impl Progress for Spoken {
    async fn step(&self, name: StepName, state: StepState) {
        let state = match state {
            StepState::Running => return,
            StepState::Done => "done",
            StepState::Skipped => "skipped",
            StepState::Failed => "failed",
        };
        self.say(&format!("[{state:>7}] {}", name.title()));
    }

    async fn log(&self, message: &str) {
        self.say(&format!("          {message}"));
    }
}

/// Leaves a result that is kept nowhere in the current directory, or at least on the terminal.
fn lost(save: &SaveVideo, database: &str, spool: &str) -> anyhow::Error {
    let why = format!("the database is not available ({database}) and the spool cannot be written ({spool})");
    match write_lost(Path::new("."), save) {
        Ok(path) => anyhow::anyhow!(
            "{why}; the result is in {} and nowhere else: take it in with `mannameter import` when the database is back",
            path.display()
        ),
        Err(error) => match answer(save.document.to_json()) {
            Ok(()) => anyhow::anyhow!("{why}, nor this directory ({error}); the result stands above and nowhere else"),
            Err(_) => anyhow::anyhow!("{why}, nor this directory ({error}); the result is lost, analyze it again"),
        },
    }
}

/// Puts back what waits in the spool, now that the database is there: no server may be running that does it.
async fn put_back(console: Console, app: &App) -> std::io::Result<()> {
    match app.replayer().replay().await {
        Ok(Replayed { put_back: 0, .. }) => Ok(()),
        Ok(Replayed { put_back, .. }) => console.say(format_args!("Put {put_back} back that had waited in the spool")),
        Err(error) => console.say(format_args!("The spool was not put back: {error}")),
    }
}

/// What happened to the data while the database was away.
fn say_spooled(console: Console, app: &App, done: &Done, name: &str) -> std::io::Result<()> {
    let Document { title, video_id, .. } = &done.document;
    console.say(format_args!("The database is away. Spooled, {video_id}: {title}"))?;
    if name.starts_with("s3://") {
        console.say(format_args!("  {name}"))?;
    } else {
        console.say(format_args!("  {}", app.data_dir.backups().join(name).display()))?;
    }
    console.say(
        "It is not in the database and not in the export yet: a running server, or the next `mannameter analyze`, \
         puts it there when the database is back.",
    )
}

/// What happened to the data.
fn say_kept(console: Console, app: &App, done: &Done, saved: &Saved, report: &ExportReport) -> std::io::Result<()> {
    match &done.kept.safety_backup {
        Some(name) => console.say(format_args!("Safety backup: backups/{name}"))?,
        None => console.say("Safety backup: none (there is no export yet that it could be made of)")?,
    }
    let Document { title, video_id, .. } = &done.document;
    console.say(match saved.outcome {
        SaveOutcome::Created => format!("Created {video_id}: {title}"),
        SaveOutcome::Updated => format!("Updated {video_id}: {title} (the old version is in the history)"),
        SaveOutcome::Unchanged => format!("Unchanged {video_id}: {title}"),
        SaveOutcome::KeptNewer => format!("Kept the newer {video_id}: {title} (this one is in the history)"),
    })?;
    let videos = if report.videos == 1 { "video" } else { "videos" };
    console.say(format_args!(
        "Exported {} {videos}: {}, {}",
        report.videos,
        app.data_dir.results_json().display(),
        app.data_dir.results_b64().display()
    ))?;
    console.say("SAVE COMPLETE - DATA IS SAFE")
}

/// What was found, in a few lines.
fn say_summary(console: Console, document: &Document) -> std::io::Result<()> {
    let stats = &document.stats;
    console.say(format_args!(
        "\n{}\n  {} confirmed, {} suspect, {} not Scripture",
        document.title, stats.scripture_references, stats.suspect_references, stats.false_positives
    ))?;
    let mut books: Vec<_> = document.counts.iter().filter(|(_, count)| **count > 0).collect();
    books.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (book, count) in books {
        console.say(format_args!("  {count:>4}  {book}"))?;
    }
    Ok(())
}
