//! The command line: one file a command.
//!
//! The commands work on the database directly, so they work when the server is down.

mod analyze;
mod backup;
mod console;
mod demo;
mod doctor;
mod drill;
mod explain;
mod export;
mod history;
mod import;
mod migrate;
mod progress;
mod reanalyze;
mod recover;
mod restore;
mod score;
mod serve;
mod sync;
mod table;

use clap::{Parser, Subcommand};

use crate::{config::Settings, telemetry};

/// The Nutrition Facts label for every sermon: finds every Bible reference, keeps it, and shows it.
#[derive(Debug, Parser)]
#[command(version, after_help = "Without a command, the server is started (`serve`).")]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the web service (the default)
    Serve,
    /// Analyze a sermon and keep it: a YouTube link, a caption file, or - for standard input
    Analyze(analyze::Arguments),
    /// Count stored sermons again from their kept transcripts, without asking YouTube
    Reanalyze(reanalyze::Arguments),
    /// Take in files of documents: results.json, backups, with .b64 or without, of any known shape
    Import(import::Arguments),
    /// Pull all sermons of another MannaMeter: what is newer wins, the other version goes to the history
    Sync(sync::Arguments),
    /// Show each mention in a text with its evidence, and keep nothing
    Explain(explain::Arguments),
    /// Measure the detector against marked speech
    Score(score::Arguments),
    /// Make, show, verify, restore and clean up backups
    Backup(backup::Arguments),
    /// Look at everything, say where the best version of each sermon is, and bring back what is missing
    Recover(recover::Arguments),
    /// Restore the newest verified backup into a scratch database, compare, and remove it again
    Drill(drill::Arguments),
    /// Write results.json and results.json.b64
    Export(export::Arguments),
    /// List the old versions of a sermon, or bring one back
    History(history::Arguments),
    /// Bring the database's schema up to date
    Migrate,
    /// Say what is configured, reachable, writable and durable
    Doctor,
    /// Fill an empty database with invented sermons, to look around or to measure
    Demo(demo::Arguments),
}

impl Cli {
    /// Runs the command.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self { settings, command } = self;
        let command = command.unwrap_or(Command::Serve);
        let serving = matches!(command, Command::Serve);
        telemetry::start(settings.log_format, settings.log_filter(serving))?;
        match command {
            Command::Serve => serve::run(&settings).await,
            Command::Analyze(arguments) => analyze::run(&settings, arguments).await,
            Command::Reanalyze(arguments) => reanalyze::run(&settings, arguments).await,
            Command::Explain(arguments) => explain::run(&arguments),
            Command::Score(arguments) => score::run(&arguments),
            Command::Import(arguments) => import::run(&settings, arguments).await,
            Command::Sync(arguments) => sync::run(&settings, arguments).await,
            Command::Backup(arguments) => backup::run(&settings, arguments).await,
            Command::Recover(arguments) => recover::run(&settings, arguments).await,
            Command::Drill(arguments) => drill::run(&settings, arguments).await,
            Command::Export(arguments) => export::run(&settings, arguments).await,
            Command::History(arguments) => history::run(&settings, arguments).await,
            Command::Migrate => migrate::run(&settings).await,
            Command::Doctor => doctor::run(&settings).await,
            Command::Demo(arguments) => demo::run(&settings, arguments).await,
        }
    }
}
