//! `mannameter backup`: creates, lists, verifies and cleans up backups. Restores are in `restore.rs`.

use std::io;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use indicatif::HumanBytes;
use serde::Serialize;

use super::{
    backup_name::NameArguments,
    console::{Console, Output, plural},
    progress, restore, table,
};
use crate::{
    app::App,
    config::Settings,
    safety::{
        OffsiteStatus, TaskStatus,
        backup::{
            BackupInfo, BackupName, BackupStats, Backups, CleanupPlan, Decision, Retention, UnlistedFile, Verdict,
            Verification,
        },
    },
};

/// Maximum value of `--keep-days`: one hundred years.
const MAX_KEEP_DAYS: i64 = 36_500;

/// The arguments of `backup`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What to do (default: create)
    #[command(subcommand)]
    action: Option<Action>,

    /// Print the result as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Create a backup and verify it
    Create,
    /// List all backups, newest first
    List,
    /// Read backups in full and compare them with their manifests
    Verify(Verify),
    /// Show totals and the status of offsite copies and maintenance
    Stats,
    /// Download an offsite copy and verify it
    Fetch(Name),
    /// Restore a backup; shows what would change and asks for confirmation
    Restore(restore::Arguments),
    /// Undo a restore by restoring the snapshot that it made first
    Undo(restore::UndoArguments),
    /// List the most recent restores, newest first
    Restores,
    /// List the backups that the retention rules do not keep; --apply deletes them
    Cleanup(Cleanup),
    /// Protect a backup from cleanup
    Pin(Name),
    /// Remove a backup's protection from cleanup
    Unpin(Name),
}

/// The arguments of `backup verify`. Without a name, the newest backup is verified.
#[derive(Debug, Args)]
struct Verify {
    #[command(flatten)]
    name: NameArguments,

    /// Verify every backup
    #[arg(long, conflicts_with_all = ["name", "named"])]
    all: bool,
}

#[derive(Debug, Args)]
struct Cleanup {
    /// Delete the backups
    #[arg(long)]
    apply: bool,

    /// Keep the on-demand and scheduled backups of the last N days instead of applying the retention rules
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(..=MAX_KEEP_DAYS))]
    keep_days: Option<u16>,

    /// Keep the newest N on-demand and scheduled backups instead of applying the retention rules
    #[arg(long, value_name = "N")]
    keep_count: Option<usize>,
}

impl Cleanup {
    /// Returns the rules given by the options, or the default rules. A backup is kept if at least one rule keeps it.
    fn rules(&self) -> Retention {
        let defaults = Retention::default();
        if self.keep_days.is_none() && self.keep_count.is_none() {
            return defaults;
        }
        Retention {
            last: self.keep_count.unwrap_or_default(),
            recent_days: self.keep_days.map(i64::from),
            daily: 0,
            weekly: 0,
            monthly: 0,
            ..defaults
        }
    }
}

#[derive(Debug, Args)]
struct Name {
    /// Name of the backup
    name: BackupName,
}

/// Runs the subcommand.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    // Only a restore may start with a new database.
    let creates = matches!(arguments.action, Some(Action::Restore(_) | Action::Undo(_)));
    let app = if creates { App::new(settings)? } else { App::existing(settings)? };
    let output = Output::new(arguments.json);
    let result = run_action(&app, output, arguments.action.unwrap_or(Action::Create)).await;
    app.close().await;
    result
}

async fn run_action(app: &App, output: Output, action: Action) -> anyhow::Result<()> {
    let backups = app.backups.as_ref();
    match action {
        Action::Create => create(backups, output).await,
        Action::List => list(backups, output).await,
        Action::Verify(arguments) => verify(backups, output, arguments).await,
        Action::Stats => stats(app, output).await,
        Action::Fetch(Name { name }) => {
            let fetched = backups.fetch(&name).await?;
            output.print(&fetched, |console| {
                let sermons = plural(fetched.sermons.unwrap_or_default(), "sermon");
                console.print(format_args!("Fetched and verified {name}: {sermons}"))
            })
        }
        Action::Restore(arguments) => restore::run(app, output, arguments).await,
        Action::Undo(arguments) => restore::undo(app, output, arguments).await,
        Action::Restores => restore::list(app, output).await,
        Action::Cleanup(arguments) => {
            let rules = arguments.rules();
            let plan = if arguments.apply {
                backups.cleanup_by(&rules).await?
            } else {
                backups.plan_cleanup_by(&rules).await?
            };
            output.print(&plan, |console| print_cleanup(console, &plan))
        }
        Action::Pin(Name { name }) => pin(backups, output, &name, true).await,
        Action::Unpin(Name { name }) => pin(backups, output, &name, false).await,
    }
}

async fn create(backups: &Backups, output: Output) -> anyhow::Result<()> {
    let created = backups.create().await?;
    let copied = copy_offsite(backups).await;
    let backup = backups.info(&created.name).await?;
    output.print(&backup, |console| {
        let sermons = plural(backup.sermons.unwrap_or_default(), "sermon");
        let size = HumanBytes(backup.bytes);
        console.print(format_args!("Backed up and verified {sermons} ({size}): {}", backup.name))?;
        copied.map_or(Ok(()), |message| console.print(message))
    })
}

async fn list(backups: &Backups, output: Output) -> anyhow::Result<()> {
    refresh_offsite(backups).await;
    let list = backups.list().await?;
    output.print(&list, |console| print_list(console, backups, &list))?;
    print_unlisted(backups, output.console()).await
}

fn print_list(console: Console, backups: &Backups, list: &[BackupInfo]) -> io::Result<()> {
    if list.is_empty() {
        console.print("There are no backups yet: `mannameter backup create` creates one.")?;
    } else {
        let header = ["#", "KIND", "CREATED (UTC)", "SERMONS", "SIZE", "STATUS", "NAME"];
        let rows = list.iter().map(|backup| row(backup).to_vec());
        table::lines(&header, rows.collect()).try_for_each(|line| console.print(line))?;
    }
    for BackupInfo { name, problem, .. } in list {
        problem.iter().try_for_each(|problem| console.print(format_args!("{name}: {problem}")))?;
    }
    let Some(offsite) = backups.offsite() else { return Ok(()) };
    let mut only_offsite: Vec<_> = offsite.known_copies().into_iter().collect();
    only_offsite.retain(|(name, _)| list.iter().all(|backup| backup.name != *name));
    only_offsite.sort_by_key(|(name, _)| std::cmp::Reverse(name.at()));
    for (name, bytes) in only_offsite {
        let size = HumanBytes(bytes);
        console.print(format_args!("offsite only: {name} ({size}); `backup fetch {name}` downloads it"))?;
    }
    match offsite.status().error {
        Some(error) => console.print(format_args!("Could not list the offsite copies: {error}")),
        None => Ok(()),
    }
}

/// Prints the files in the backup directory that are not listed, and why.
pub(super) async fn print_unlisted(backups: &Backups, console: Console) -> anyhow::Result<()> {
    for UnlistedFile { name, reason } in backups.unlisted().await? {
        console.print(format_args!("not a backup: {name} ({reason})"))?;
    }
    Ok(())
}

/// Returns the cells of a backup's row in the list.
fn row(backup: &BackupInfo) -> [String; 7] {
    let mut status = backup.condition.title().to_owned();
    for (applies, text) in [(backup.pinned, ", pinned"), (backup.offsite, ", also offsite")] {
        status.push_str(if applies { text } else { "" });
    }
    [
        backup.number.to_string(),
        backup.kind.title().to_owned(),
        backup.created_at.format("%Y-%m-%d %H:%M:%S").to_string(),
        backup.sermons.map_or("?".to_owned(), |sermons| sermons.to_string()),
        HumanBytes(backup.bytes).to_string(),
        status,
        backup.name.to_string(),
    ]
}

/// The result of `backup stats`.
#[derive(Debug, Serialize)]
struct Stats {
    #[serde(flatten)]
    stats: BackupStats,
    /// Status of the maintenance tasks, or `None` if the database is unreachable.
    maintenance: Option<Vec<TaskStatus>>,
}

async fn stats(app: &App, output: Output) -> anyhow::Result<()> {
    refresh_offsite(&app.backups).await;
    let stats = Stats { stats: app.backups.stats().await?, maintenance: app.maintenance.status().await.ok() };
    output.print(&stats, |console| {
        let Stats { stats, maintenance } = &stats;
        let size = HumanBytes(stats.bytes);
        let backups = plural(stats.backups, "backup");
        console.print(format_args!("{backups}, {size} (hard links are counted once per name)"))?;
        for (kind, count) in &stats.kinds {
            console.print(format_args!("  {count:>5} {}", kind.title()))?;
        }
        console.print(format_args!("{} verified, {} damaged", stats.verified, stats.damaged))?;
        let name = |name: &Option<BackupName>| name.as_ref().map_or("none".to_owned(), ToString::to_string);
        console.print(format_args!("newest           {}", name(&stats.newest)))?;
        console.print(format_args!("newest verified  {}", name(&stats.newest_verified)))?;
        console.print(format_args!("oldest           {}", name(&stats.oldest)))?;
        stats.offsite.as_ref().map_or(Ok(()), |offsite| print_offsite(console, offsite))?;
        maintenance.iter().flatten().try_for_each(|task| console.print(task))
    })
}

fn print_offsite(console: Console, offsite: &OffsiteStatus) -> io::Result<()> {
    let OffsiteStatus { url, copies, bytes, spooled, error, .. } = offsite;
    match error {
        Some(error) => console.print(format_args!("offsite          {url}: {error}")),
        None => console.print(format_args!("offsite          {copies} copies, {} in {url}", HumanBytes(*bytes))),
    }?;
    if *spooled > 0 {
        let sermons = plural(*spooled, "sermon");
        console.print(format_args!("                 {sermons} spooled there until the database is reachable"))?;
    }
    Ok(())
}

/// Lists the offsite copies, if an offsite store is configured. Errors are recorded in the store's status.
async fn refresh_offsite(backups: &Backups) {
    if let Some(offsite) = backups.offsite() {
        let _ = offsite.refresh().await;
    }
}

/// Copies missing backups offsite, if an offsite store is configured, and returns a message with the outcome.
async fn copy_offsite(backups: &Backups) -> Option<String> {
    let offsite = backups.offsite()?;
    Some(match offsite.copy_missing().await {
        Ok(copied) => format!("Copied and verified {} to {}.", plural(copied, "backup"), offsite.status().url),
        Err(error) => format!("Could not copy offsite: {error}. A running server retries automatically."),
    })
}

async fn verify(backups: &Backups, output: Output, arguments: Verify) -> anyhow::Result<()> {
    let verifications = match arguments.name.find(backups).await? {
        _ if arguments.all => verify_all(backups).await?,
        Some(name) => vec![backups.verify(&name).await?],
        None => {
            let newest = backups.list().await?.into_iter().next();
            let newest = newest.context("there are no backups yet; `mannameter backup create` creates one")?;
            vec![backups.verify(&newest.name).await?]
        }
    };
    output.print(&verifications, |console| {
        verifications.iter().try_for_each(|verification| print_verification(console, verification))
    })?;
    if arguments.all {
        print_unlisted(backups, output.console()).await?;
    }
    match verifications.iter().filter(|verification| verification.verdict == Verdict::Damaged).count() {
        0 => Ok(()),
        1 => bail!("1 backup is damaged"),
        damaged => bail!("{damaged} backups are damaged"),
    }
}

async fn verify_all(backups: &Backups) -> anyhow::Result<Vec<Verification>> {
    let bar = progress::bar(0, "verifying");
    let verifications = backups.verify_all(|progress| {
        bar.set_length(progress.total as u64);
        bar.set_position(progress.done as u64);
    });
    let verifications = verifications.await;
    bar.finish_and_clear();
    Ok(verifications?)
}

fn print_verification(console: Console, verification: &Verification) -> io::Result<()> {
    let Verification { name, verdict, problem, .. } = verification;
    let sermons = plural(verification.sermons.unwrap_or_default(), "sermon");
    match verdict {
        Verdict::Verified => console.print(format_args!("  ok       {name}: {sermons}, matches its manifest")),
        Verdict::StructurallyValid => console
            .print(format_args!("  valid    {name}: {sermons}, structurally valid (no manifest to compare it with)")),
        Verdict::Damaged => {
            console.print(format_args!("  DAMAGED  {name}: {}", problem.as_deref().unwrap_or_default()))
        }
    }
}

fn print_cleanup(console: Console, plan: &CleanupPlan) -> io::Result<()> {
    print_decisions(console, plan, "")?;
    if let Some(offsite) = &plan.offsite {
        print_decisions(console, offsite, " offsite")?;
    }
    match &plan.offsite_error {
        Some(error) => console.print(format_args!("offsite: {error}")),
        None => Ok(()),
    }
}

fn print_decisions(console: Console, plan: &CleanupPlan, location: &str) -> io::Result<()> {
    let print = |verb: &str, decision: &Decision| {
        console.print(format_args!("  {verb:<7}{location} {}: {}", decision.name, decision.reason))
    };
    plan.keep.iter().try_for_each(|decision| print("keep", decision))?;
    plan.remove.iter().try_for_each(|decision| print(if plan.applied { "removed" } else { "remove" }, decision))?;
    let (backups, size) = (plural(plan.remove.len(), "backup"), HumanBytes(plan.freed_bytes));
    if plan.applied {
        console.print(format_args!("Removed {backups}{location} ({size})."))
    } else {
        console.print(format_args!("Would remove {backups}{location} ({size}). Nothing was removed; use --apply."))
    }
}

async fn pin(backups: &Backups, output: Output, name: &BackupName, pinned: bool) -> anyhow::Result<()> {
    let backup = backups.pin(name, pinned).await?;
    output.print(&backup, |console| {
        if pinned {
            console.print(format_args!("Pinned {name}: cleanups keep it until it is unpinned."))
        } else {
            console.print(format_args!("Unpinned {name}: the retention rules apply to it again."))
        }
    })
}
