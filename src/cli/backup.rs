//! `mannameter backup`: makes, shows, verifies and cleans up backups. `restore` has its own file.

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use indicatif::HumanBytes;
use serde::Serialize;

use super::{
    console::{self, Console},
    progress, restore, table,
};
use crate::{
    app::App,
    config::Settings,
    safety::{
        OffsiteStatus, TaskStatus,
        backup::{BackupInfo, BackupName, BackupStats, Backups, CleanupPlan, Decision, Verdict, Verification},
    },
};

/// What to do with backups.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,

    /// Answer with JSON, for machines
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a backup of everything, read it back, and list it
    Create,
    /// Show every backup, newest first
    List,
    /// Read backups to their end and compare them with their manifests
    Verify(Verify),
    /// Show sums over all backups
    Stats,
    /// Fetch a backup that is not here any more from the second place for backups, and verify it
    Fetch(Named),
    /// Replace everything by what a backup holds; shows the difference and asks before it acts
    Restore(restore::Arguments),
    /// Undo a restore: restore the snapshot that was made before it
    Undo(restore::UndoArguments),
    /// Show the last restores, newest first
    Restores,
    /// Remove what may go; without --apply, only say what that is
    Cleanup(Cleanup),
    /// Let a backup stay until it is unpinned
    Pin(Named),
    /// Let a backup go when its time has come
    Unpin(Named),
}

#[derive(Debug, Args)]
struct Verify {
    /// Name of the backup; without one, the newest
    #[arg(conflicts_with = "all")]
    name: Option<BackupName>,

    /// Every backup
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
struct Cleanup {
    /// Do it
    #[arg(long)]
    apply: bool,
}

#[derive(Debug, Args)]
struct Named {
    /// Name of the backup
    name: BackupName,
}

/// Does it, and says what was done.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let app = App::parts(settings)?;
    let out = Output { json: arguments.json };
    let done = act(&app, out, arguments.action).await;
    app.close().await;
    done
}

async fn act(app: &App, out: Output, action: Action) -> anyhow::Result<()> {
    let backups = app.backups.as_ref();
    match action {
        Action::Create => {
            let made = backups.create().await?;
            let copied = copy(backups).await;
            let made = backups.info(&made.name).await?;
            out.tell(&made, |console| {
                let (videos, size) = (made.videos.unwrap_or_default(), HumanBytes(made.bytes));
                console
                    .say(format_args!("Backed up {videos} videos ({size}), read back and verified: {}", made.name))?;
                copied.map_or(Ok(()), |copied| console.say(copied))
            })
        }
        Action::List => list(backups, out).await,
        Action::Verify(Verify { name, all }) => verify(backups, out, name, all).await,
        Action::Stats => {
            look_offsite(backups).await;
            let stats = Stats { stats: backups.stats().await?, maintenance: app.maintenance.status().await.ok() };
            out.tell(&stats, |console| {
                let Stats { stats, maintenance } = &stats;
                let size = HumanBytes(stats.bytes);
                console
                    .say(format_args!("{} backups, {size} (files that share their bytes count each)", stats.backups))?;
                for (kind, count) in &stats.kinds {
                    console.say(format_args!("  {count:>5} {}", kind.title()))?;
                }
                console.say(format_args!("{} verified, {} damaged", stats.verified, stats.damaged))?;
                let name = |name: &Option<BackupName>| name.as_ref().map_or("none".to_owned(), ToString::to_string);
                console.say(format_args!("newest           {}", name(&stats.newest)))?;
                console.say(format_args!("newest verified  {}", name(&stats.newest_verified)))?;
                console.say(format_args!("oldest           {}", name(&stats.oldest)))?;
                stats.offsite.as_ref().map_or(Ok(()), |offsite| show_offsite(console, offsite))?;
                maintenance.iter().flatten().try_for_each(|task| console.say(format_args!("{task}")))
            })
        }
        Action::Fetch(Named { name }) => {
            let fetched = backups.fetch(&name).await?;
            out.tell(&fetched, |console| {
                let videos = fetched.videos.unwrap_or_default();
                console.say(format_args!("Fetched {name}: {videos} videos, as its manifest says"))
            })
        }
        Action::Restore(arguments) => restore::run(app, out, arguments).await,
        Action::Undo(arguments) => restore::undo(app, out, arguments).await,
        Action::Restores => restore::list(app, out).await,
        Action::Cleanup(Cleanup { apply }) => {
            let plan = if apply { backups.cleanup().await? } else { backups.plan_cleanup().await? };
            out.tell(&plan, |console| show_cleanup(console, &plan))
        }
        Action::Pin(Named { name }) => pin(backups, out, &name, true).await,
        Action::Unpin(Named { name }) => pin(backups, out, &name, false).await,
    }
}

async fn list(backups: &Backups, out: Output) -> anyhow::Result<()> {
    look_offsite(backups).await;
    let list = backups.list().await?;
    out.tell(&list, |console| {
        if list.is_empty() {
            console.say("There are no backups here: `mannameter backup create` makes one.")?;
        } else {
            let head = ["#", "KIND", "MADE (UTC)", "VIDEOS", "SIZE", "CONDITION", "NAME"];
            let lines = list.iter().map(|backup| line(backup).to_vec());
            table::lines(&head, lines.collect()).try_for_each(|line| console.say(line))?;
        }
        let Some(offsite) = backups.offsite() else { return Ok(()) };
        let mut only_there: Vec<_> = offsite.known().into_iter().collect();
        only_there.retain(|(name, _)| list.iter().all(|backup| backup.name != *name));
        only_there.sort_by_key(|(name, _)| std::cmp::Reverse(name.at()));
        for (name, bytes) in only_there {
            console
                .say(format_args!("only offsite: {name} ({}); `backup fetch {name}` brings it", HumanBytes(bytes)))?;
        }
        match offsite.status().error {
            Some(error) => console.say(format_args!("What is offsite is not known: {error}")),
            None => Ok(()),
        }
    })
}

/// Looks what is in the second place, if there is one; how that went is in its status.
async fn look_offsite(backups: &Backups) {
    if let Some(offsite) = backups.offsite() {
        // Told with the rest.
        let _ = offsite.look().await;
    }
}

/// Copies what is missing to the second place, if there is one; gives what to say of it.
async fn copy(backups: &Backups) -> Option<String> {
    let offsite = backups.offsite()?;
    Some(match offsite.copy_missing().await {
        Ok(copied) => format!("Copied {copied} backups to {}, read back.", offsite.status().place),
        Err(error) => format!("Not copied to the second place: {error}. A running server tries again by itself."),
    })
}

fn show_offsite(console: Console, offsite: &OffsiteStatus) -> std::io::Result<()> {
    let OffsiteStatus { place, copies, bytes, results, error, .. } = offsite;
    match error {
        Some(error) => console.say(format_args!("offsite          {place}: {error}")),
        None => console.say(format_args!("offsite          {copies} copies, {} in {place}", HumanBytes(*bytes))),
    }?;
    if *results > 0 {
        console.say(format_args!("                 {results} results wait there for the database"))?;
    }
    Ok(())
}

/// The cells of a backup in the table.
fn line(backup: &BackupInfo) -> [String; 7] {
    let mut condition = backup.condition.title().to_owned();
    for (is_so, word) in [(backup.pinned, ", pinned"), (backup.offsite, ", also offsite")] {
        condition.push_str(if is_so { word } else { "" });
    }
    [
        backup.number.to_string(),
        backup.kind.title().to_owned(),
        backup.created_at.format("%Y-%m-%d %H:%M:%S").to_string(),
        backup.videos.map_or("?".to_owned(), |videos| videos.to_string()),
        HumanBytes(backup.bytes).to_string(),
        condition,
        backup.name.to_string(),
    ]
}

async fn verify(backups: &Backups, out: Output, name: Option<BackupName>, all: bool) -> anyhow::Result<()> {
    let verifications = match name {
        _ if all => verify_all(backups).await?,
        Some(name) => vec![backups.verify(&name).await?],
        None => {
            let newest = backups.list().await?.into_iter().next();
            vec![
                backups
                    .verify(&newest.context("there are no backups yet: `mannameter backup create` makes one")?.name)
                    .await?,
            ]
        }
    };
    out.tell(&verifications, |console| verifications.iter().try_for_each(|found| show_verification(console, found)))?;
    match verifications.iter().filter(|found| found.verdict == Verdict::Damaged).count() {
        0 => Ok(()),
        1 => bail!("one backup is damaged"),
        damaged => bail!("{damaged} backups are damaged"),
    }
}

async fn verify_all(backups: &Backups) -> anyhow::Result<Vec<Verification>> {
    let bar = progress::bar(0, "verifying");
    let verifications = backups.verify_all(|counted| {
        bar.set_length(counted.of as u64);
        bar.set_position(counted.done as u64);
    });
    let verifications = verifications.await;
    bar.finish_and_clear();
    Ok(verifications?)
}

fn show_verification(console: Console, found: &Verification) -> std::io::Result<()> {
    let videos = found.videos.unwrap_or_default();
    match found.verdict {
        Verdict::Verified => {
            console.say(format_args!("  ok       {}: {videos} videos, as its manifest says", found.name))
        }
        Verdict::StructurallyValid => console.say(format_args!(
            "  valid    {}: {videos} videos can be read; no manifest says what it should hold",
            found.name
        )),
        Verdict::Damaged => {
            console.say(format_args!("  DAMAGED  {}: {}", found.name, found.problem.as_deref().unwrap_or_default()))
        }
    }
}

fn show_cleanup(console: Console, plan: &CleanupPlan) -> std::io::Result<()> {
    show_cleanup_of(console, plan, "")?;
    if let Some(there) = &plan.offsite {
        show_cleanup_of(console, there, " offsite")?;
    }
    match &plan.offsite_error {
        Some(error) => console.say(format_args!("Offsite: {error}")),
        None => Ok(()),
    }
}

fn show_cleanup_of(console: Console, plan: &CleanupPlan, place: &str) -> std::io::Result<()> {
    let show = |word: &str, decision: &Decision| {
        console.say(format_args!("  {word:<7}{place} {}: {}", decision.name, decision.why))
    };
    plan.keep.iter().try_for_each(|decision| show("keep", decision))?;
    plan.remove.iter().try_for_each(|decision| show(if plan.applied { "removed" } else { "remove" }, decision))?;
    let (count, size) = (plan.remove.len(), HumanBytes(plan.freed_bytes));
    if plan.applied {
        console.say(format_args!("Removed {count} backups{place} ({size})."))
    } else {
        console.say(format_args!("{count} backups{place} ({size}) may go; nothing was removed: --apply does it."))
    }
}

async fn pin(backups: &Backups, out: Output, name: &BackupName, pinned: bool) -> anyhow::Result<()> {
    let backup = backups.pin(name, pinned).await?;
    let word = if pinned { "stays until it is unpinned" } else { "goes when its time has come" };
    out.tell(&backup, |console| console.say(format_args!("{name} {word}.")))
}

/// Sums, and what is done by itself; that is not known while the database is away.
#[derive(Debug, Serialize)]
struct Stats {
    #[serde(flatten)]
    stats: BackupStats,
    maintenance: Option<Vec<TaskStatus>>,
}

/// Where the answer goes to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    json: bool,
}

impl Output {
    /// For machines, or for people.
    pub(super) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Where questions and what is not the answer go to.
    pub(super) fn console(self) -> Console {
        if self.json { Console::for_machines() } else { Console::for_people() }
    }

    /// Answers with JSON, or lets people be told.
    pub(super) fn tell(
        self,
        answer: &impl Serialize,
        people: impl FnOnce(Console) -> std::io::Result<()>,
    ) -> anyhow::Result<()> {
        if self.json {
            console::answer(serde_json::to_string_pretty(answer)?)?;
        } else {
            people(Console::for_people())?;
        }
        Ok(())
    }
}
