//! `mannameter backup restore`, `undo` and `restores`.

use std::{
    io::{self, BufRead, IsTerminal},
    sync::Arc,
};

use anyhow::{Context, bail};
use clap::Args;
use indicatif::HumanBytes;
use uuid::Uuid;

use super::{
    backup_name::{self, NameArguments},
    console::{Console, Output, plural},
    progress::RestoreBar,
    table,
};
use crate::{
    app::App,
    safety::{
        backup::{BackupInfo, BackupName},
        restore::{Changes, RestoreError, RestorePreview, RestoreProgress, RestoreRequest, Restored},
    },
};

/// The actor recorded in the history and the audit log.
const ACTOR: &str = "cli";

/// Maximum number of restores to list.
const LIST_LIMIT: u16 = 50;

/// The arguments of `backup restore`. Without a name or number, the newest on-demand or scheduled backup is offered.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a command-line flag")]
pub(super) struct Arguments {
    #[command(flatten)]
    name: NameArguments,

    /// Number of the backup in the list; 1 is the newest
    #[arg(long, value_name = "N", conflicts_with_all = ["name", "named"])]
    index: Option<usize>,

    /// Restore without asking for confirmation
    #[arg(long)]
    yes: bool,

    /// Restore a backup that has no manifest to verify it with
    #[arg(long)]
    accept_unverified: bool,

    /// Restore an empty backup, which removes every sermon
    #[arg(long)]
    allow_empty: bool,

    /// Restore even if the current database is damaged and cannot be backed up first; every readable row is kept in the
    /// history
    #[arg(long)]
    damaged: bool,
}

/// The arguments of `backup undo`.
#[derive(Debug, Args)]
pub(super) struct UndoArguments {
    /// ID of the restore, as printed by `backup restore` and `backup restores`
    restore_id: Uuid,
}

/// Restores a backup.
pub(super) async fn run(app: &App, output: Output, arguments: Arguments) -> anyhow::Result<()> {
    let console = output.console();
    let (name, is_offered) = match (arguments.name.find(&app.backups).await?, arguments.index) {
        (Some(name), _) => (name, false),
        (None, Some(index)) => (find_by_number(app, index).await?, false),
        (None, None) => (offer_newest(app, console, arguments.yes).await?, true),
    };
    let plan_token = match app.restores.preview(&name).await {
        Err(error) if arguments.damaged => {
            console.print(format_args!("Could not determine what would change: {error}."))?;
            None
        }
        preview => {
            let preview = preview?;
            print_preview(console, &preview)?;
            (!arguments.damaged).then_some(preview.plan_token)
        }
    };
    let confirm = if arguments.yes { name.to_string() } else { ask(console, &name, is_offered)? };
    let request = RestoreRequest {
        confirm,
        name,
        plan_token,
        accept_unverified: arguments.accept_unverified,
        allow_empty: arguments.allow_empty,
        damaged: arguments.damaged,
        actor: ACTOR.into(),
    };
    let bar = Arc::new(RestoreBar::default());
    let restored = app.restores.restore(request, Arc::clone(&bar) as Arc<dyn RestoreProgress>).await;
    bar.finish();
    match restored {
        Ok(restored) => print_restored(output, &restored),
        Err(RestoreError::Stale { why, preview }) => {
            print_preview(console, &preview)?;
            bail!("{why}; the preview above is current: run the command again")
        }
        Err(RestoreError::Unverified(name)) => {
            bail!("{name} has no manifest to verify it with; use --accept-unverified to restore it anyway")
        }
        Err(RestoreError::Empty(name)) => {
            bail!("{name} is empty, and restoring it removes every sermon; use --allow-empty to do that")
        }
        Err(error) => Err(error.into()),
    }
}

/// Undoes a restore.
pub(super) async fn undo(app: &App, output: Output, arguments: UndoArguments) -> anyhow::Result<()> {
    let bar = Arc::new(RestoreBar::default());
    let progress = Arc::clone(&bar) as Arc<dyn RestoreProgress>;
    let restored = app.restores.undo(arguments.restore_id, ACTOR, progress).await;
    bar.finish();
    print_restored(output, &restored?)
}

/// Lists the most recent restores.
pub(super) async fn list(app: &App, output: Output) -> anyhow::Result<()> {
    // Without a database there is nothing to clean up, and nothing should be created.
    app.store.ready().await?;
    app.restores.finish_interrupted().await?;
    let restores = app.restores.list(LIST_LIMIT).await?;
    output.print(&restores, |console| {
        if restores.is_empty() {
            return console.print("There are no restores yet.");
        }
        let rows = restores.iter().map(|entry| {
            let state = format!("{:?}", entry.state).to_lowercase();
            let started = entry.started_at.format("%Y-%m-%d %H:%M:%S").to_string();
            vec![started, state, entry.id.to_string(), entry.backup.clone(), entry.note.clone().unwrap_or_default()]
        });
        let header = ["STARTED (UTC)", "STATE", "ID", "BACKUP", "NOTE"];
        table::lines(&header, rows.collect()).try_for_each(|line| console.print(line))
    })
}

/// Returns the newest on-demand or scheduled backup. Fails if there is no terminal to ask for confirmation.
async fn offer_newest(app: &App, console: Console, yes: bool) -> anyhow::Result<BackupName> {
    let newest = backup_name::newest(app.backups.list().await?);
    let newest =
        newest.context("there is no on-demand or scheduled backup; `mannameter backup list` shows all backups")?;
    let BackupInfo { name, created_at, .. } = newest;
    if !yes && !io::stdin().is_terminal() {
        bail!("nothing was restored: use --yes to restore the newest backup ({name}), or choose one with --name");
    }
    let created_at = created_at.format("%Y-%m-%d %H:%M:%S");
    console.print(format_args!("The newest backup is {name}, from {created_at} UTC."))?;
    Ok(name)
}

async fn find_by_number(app: &App, number: usize) -> anyhow::Result<BackupName> {
    let list = app.backups.list().await?;
    let count = list.len();
    let backup = list.into_iter().find(|backup| backup.number == number);
    let backup = backup.with_context(|| format!("there is no backup {number}; the list has {count}"))?;
    Ok(backup.name)
}

fn print_preview(console: Console, preview: &RestorePreview) -> io::Result<()> {
    let RestorePreview { name, sermons, current, difference, disk, .. } = preview;
    console.print(format_args!(
        "{name} contains {}; the database has {}.",
        plural(*sermons, "sermon"),
        current.count
    ))?;
    print_changes(console, '+', "would be added", &difference.added)?;
    print_changes(console, '~', "would be changed", &difference.changed)?;
    print_changes(console, '-', "would be removed (but kept in the history)", &difference.removed)?;
    console.print(format_args!("  = {} unchanged", difference.unchanged))?;
    let (needed, free) = (HumanBytes(disk.needed_bytes), HumanBytes(disk.free_bytes));
    console.print(format_args!("The restore needs about {needed} of disk space; {free} is free."))?;
    if !preview.has_manifest {
        console.print("The backup has no manifest to verify it with, but the file can be read in full.")?;
    }
    Ok(())
}

fn print_changes(console: Console, sign: char, description: &str, changes: &Changes) -> io::Result<()> {
    console.print(format_args!("  {sign} {} {description}", changes.count))?;
    for sermon in &changes.sermons {
        console.print(format_args!("      {}  {}", sermon.video_id, sermon.title))?;
    }
    match changes.count - changes.sermons.len() as u64 {
        0 => Ok(()),
        more => console.print(format_args!("      ... and {more} more")),
    }
}

/// Asks for the name of the backup. The restore checks the answer. If a backup was offered, `yes` is accepted as well.
fn ask(console: Console, name: &BackupName, is_offered: bool) -> anyhow::Result<String> {
    let what = if is_offered { "yes, or the name of the backup" } else { "the name of the backup" };
    console.print(format_args!("The current state will be backed up and verified first. To restore, type {what}:"))?;
    let mut typed = String::new();
    io::stdin().lock().read_line(&mut typed)?;
    let typed = typed.trim();
    if typed.is_empty() {
        bail!("nothing was restored: {name} was not typed (--yes skips the question)");
    }
    let is_yes = is_offered && typed.eq_ignore_ascii_case("yes");
    Ok(if is_yes { name.to_string() } else { typed.to_owned() })
}

fn print_restored(output: Output, restored: &Restored) -> anyhow::Result<()> {
    output.print(restored, |console| {
        let Restored { difference, after, .. } = restored;
        let sermons = plural(after.count, "sermon");
        console.print(format_args!("Restored and verified {}: {sermons}", restored.backup))?;
        console.print(format_args!(
            "  {} added, {} changed, {} removed",
            difference.added, difference.changed, difference.removed
        ))?;
        console.print(format_args!("  snapshot of the previous state: {}", restored.snapshot))?;
        if let Some(warning) = &restored.warning {
            console.print(format_args!("  warning: {warning}"))?;
        }
        console.print(format_args!("To undo: mannameter backup undo {}", restored.restore_id))
    })
}
