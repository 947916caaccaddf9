//! The command line, with one file per command.
//!
//! Commands access the database directly, so they also work when the server is not running.

mod analyze;
mod backup;
mod backup_name;
mod console;
mod copy;
mod corrections;
mod delete;
mod demo;
mod doctor;
mod doctor_documents;
mod drill;
mod edit;
mod explain;
mod export;
mod history;
mod hyphen_ids;
mod import;
mod list;
mod migrate;
mod progress;
mod reanalyze;
mod recover;
mod restore;
mod score;
mod selftest;
mod serve;
mod sources;
mod sync;
mod table;
mod token;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::{config::Settings, telemetry};

/// The Nutrition Facts label for every sermon: finds every Bible reference, stores it safely, and shows it.
#[derive(Debug, Parser)]
#[command(version, after_help = "Without a command, the web service is started (`serve`).")]
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
    /// Analyze and save sermons: YouTube links, caption files, directories, or - for standard input
    Analyze(analyze::Arguments),
    /// Analyze sermons again from their stored transcripts, without contacting YouTube
    Reanalyze(reanalyze::Arguments),
    /// Import results.json files, backups, or the previous system's database
    Import(import::Arguments),
    /// Copy an entire database to an empty one, such as SQLite to PostgreSQL or the reverse
    Copy(copy::Arguments),
    /// Pull all sermons from another MannaMeter server; newer versions win
    Sync(sync::Arguments),
    /// Show every mention in a file or text, with its evidence; saves nothing
    Explain(explain::Arguments),
    /// Score the detector against labeled transcripts
    Score(score::Arguments),
    /// Create, list, verify, restore and clean up backups
    Backup(backup::Arguments),
    /// Find the best version of each sermon in every source, and recover what is missing
    Recover(recover::Arguments),
    /// Run a restore drill: restore the newest verified backup into a scratch database and compare the two
    Drill(drill::Arguments),
    /// Write results.json and results.json.b64, or a static site
    Export(export::Arguments),
    /// Edit the title, speaker, church and other details of a sermon
    Edit(edit::Arguments),
    /// Print the corrections of references as labeled data for `score`
    Corrections(corrections::Arguments),
    /// Delete sermons; their last versions are kept in the history
    Delete(delete::Arguments),
    /// List the stored sermons
    List(list::ListArguments),
    /// Show a stored sermon and its references
    Show(list::ShowArguments),
    /// List the versions of a sermon, or restore one
    History(history::Arguments),
    /// Create, list and revoke named tokens for the API
    Token(token::Arguments),
    /// Bring the database schema up to date
    Migrate,
    /// Check the configuration, the database, the disk and the network
    Doctor,
    /// Test saving, exporting, emergency saves, recovery and restore, in a scratch directory and database
    Selftest,
    /// Fill an empty database with fictional sermons, for demonstrations and benchmarks
    Demo(demo::Arguments),
}

impl Cli {
    /// Parses the command line of this process. Exits if it is invalid.
    pub fn from_command_line() -> Self {
        Self::parse_from(hyphen_ids::separate(&Self::command(), std::env::args_os()))
    }

    /// Runs the command.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self { settings, command } = self;
        let command = command.unwrap_or(Command::Serve);
        let default_filter = match command {
            Command::Serve => "info,sqlx=warn,hyper=warn",
            // The self-test causes warnings on purpose.
            Command::Selftest => "off",
            // Reading a large table takes a long time, which the progress bar already shows.
            Command::Copy(_) => "warn,sqlx=error",
            _ => "warn",
        };
        telemetry::log::start(settings.log_format, settings.log_filter(default_filter))?;
        match command {
            Command::Serve => serve::run(&settings).await,
            Command::Analyze(arguments) => analyze::run(&settings, arguments).await,
            Command::Reanalyze(arguments) => reanalyze::run(&settings, arguments).await,
            Command::Explain(arguments) => explain::run(&arguments),
            Command::Score(arguments) => score::run(&arguments),
            Command::Import(arguments) => import::run(&settings, arguments).await,
            Command::Copy(arguments) => copy::run(arguments).await,
            Command::Sync(arguments) => sync::run(&settings, arguments).await,
            Command::Backup(arguments) => backup::run(&settings, arguments).await,
            Command::Recover(arguments) => recover::run(&settings, arguments).await,
            Command::Drill(arguments) => drill::run(&settings, arguments).await,
            Command::Export(arguments) => export::run(&settings, arguments).await,
            Command::Edit(arguments) => edit::run(&settings, arguments).await,
            Command::Corrections(arguments) => corrections::run(&settings, arguments).await,
            Command::Delete(arguments) => delete::run(&settings, arguments).await,
            Command::List(arguments) => list::list(&settings, arguments).await,
            Command::Show(arguments) => list::show(&settings, arguments).await,
            Command::History(arguments) => history::run(&settings, arguments).await,
            Command::Token(arguments) => token::run(&settings, arguments).await,
            Command::Migrate => migrate::run(&settings).await,
            Command::Doctor => doctor::run(&settings).await,
            Command::Selftest => selftest::run(&settings).await,
            Command::Demo(arguments) => demo::run(&settings, arguments).await,
        }
    }
}
