//! `mannameter backup restore` and `undo`: shows what would change, asks, and does it.

use std::{
    io::{self, BufRead},
    sync::{Arc, Mutex},
};

use anyhow::{Context, bail};
use clap::Args;
use indicatif::{HumanBytes, ProgressBar};
use uuid::Uuid;

use super::{backup::Output, console::Console, progress, table};
use crate::{
    app::App,
    safety::{
        backup::BackupName,
        restore::{Changes, Phase, Preview, Progress, RestoreError, RestoreRequest, Restored},
    },
};

/// Who stands in the history and the audit.
const ACTOR: &str = "cli";

/// How many of the last restores are shown.
const SHOWN: u16 = 50;

/// What to restore, and what is agreed to.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub(super) struct Arguments {
    /// Name of the backup
    #[arg(required_unless_present = "index")]
    name: Option<BackupName>,

    /// Its number in the list; 1 is the newest
    #[arg(long, value_name = "N", conflicts_with = "name")]
    index: Option<usize>,

    /// Do not ask
    #[arg(long)]
    yes: bool,

    /// Restore a file that no manifest vouches for
    #[arg(long)]
    accept_unverified: bool,

    /// Restore a file without videos, which removes every video
    #[arg(long)]
    allow_empty: bool,

    /// What is there now is damaged, so that no snapshot of it can be made: restore all the same; every row that can be
    /// read goes to the history
    #[arg(long)]
    damaged: bool,
}

/// Which restore to undo.
#[derive(Debug, Args)]
pub(super) struct UndoArguments {
    /// Its id, as the restore said it and `backup restores` shows it
    restore_id: Uuid,
}

/// Restores a backup.
pub(super) async fn run(app: &App, out: Output, arguments: Arguments) -> anyhow::Result<()> {
    let console = out.console();
    let name = match (arguments.name, arguments.index) {
        (Some(name), _) => name,
        (None, index) => of_number(app, index.unwrap_or_default()).await?,
    };
    let plan_token = match app.restores.preview(&name).await {
        // What would be agreed to is what cannot be told.
        Err(error) if arguments.damaged => {
            console.say(format_args!("What would change cannot be told: {error}."))?;
            None
        }
        preview => {
            let preview = preview?;
            show_preview(console, &preview)?;
            (!arguments.damaged).then_some(preview.plan_token)
        }
    };
    let confirm = if arguments.yes { name.to_string() } else { ask(console, &name)? };
    let request = RestoreRequest {
        confirm,
        name,
        plan_token,
        accept_unverified: arguments.accept_unverified,
        allow_empty: arguments.allow_empty,
        damaged: arguments.damaged,
        actor: ACTOR,
    };
    let shown = Arc::new(Bar::default());
    let restored = app.restores.restore(request, Arc::clone(&shown) as Arc<dyn Progress>).await;
    shown.end();
    match restored {
        Ok(restored) => tell(out, &restored),
        Err(RestoreError::Stale { why, preview }) => {
            show_preview(console, &preview)?;
            bail!("{why}; the difference above is the new one: start again")
        }
        Err(RestoreError::Unverified(name)) => {
            bail!(
                "{name} has no manifest that says what it must hold; it can be read to its end: give --accept-unverified to restore it"
            )
        }
        Err(RestoreError::Empty(name)) => {
            bail!("{name} is empty, restoring it removes every video: give --allow-empty to do that")
        }
        Err(error) => Err(error.into()),
    }
}

/// Undoes a restore.
pub(super) async fn undo(app: &App, out: Output, arguments: UndoArguments) -> anyhow::Result<()> {
    let shown = Arc::new(Bar::default());
    let restored = app.restores.undo(arguments.restore_id, ACTOR, Arc::clone(&shown) as Arc<dyn Progress>).await;
    shown.end();
    tell(out, &restored?)
}

/// Shows the last restores.
pub(super) async fn list(app: &App, out: Output) -> anyhow::Result<()> {
    app.restores.clean_up_interrupted().await?;
    let restores = app.restores.list(SHOWN).await?;
    out.tell(&restores, |console| {
        if restores.is_empty() {
            return console.say("Nothing was ever restored here.");
        }
        let rows = restores.iter().map(|entry| {
            let state = format!("{:?}", entry.state).to_lowercase();
            let begun = entry.started_at.format("%Y-%m-%d %H:%M:%S").to_string();
            vec![begun, state, entry.id.to_string(), entry.backup.clone(), entry.note.clone().unwrap_or_default()]
        });
        let head = ["BEGUN (UTC)", "STATE", "ID", "BACKUP", "NOTE"];
        table::lines(&head, rows.collect()).try_for_each(|line| console.say(line))
    })
}

async fn of_number(app: &App, number: usize) -> anyhow::Result<BackupName> {
    let list = app.backups.list().await?;
    let count = list.len();
    let found = list.into_iter().find(|backup| backup.number == number);
    Ok(found.with_context(|| format!("there is no backup number {number}, the list has {count}"))?.name)
}

fn show_preview(console: Console, preview: &Preview) -> io::Result<()> {
    let Preview { name, videos, present, difference, disk, .. } = preview;
    console.say(format_args!("{name} holds {videos} videos; there are {} now.", present.count))?;
    show_changes(console, '+', "would be added", &difference.added)?;
    show_changes(console, '~', "would be changed", &difference.changed)?;
    show_changes(console, '-', "would be removed (and stay in the history)", &difference.removed)?;
    console.say(format_args!("  = {} stay as they are", difference.unchanged))?;
    let (needed, free) = (HumanBytes(disk.needed_bytes), HumanBytes(disk.free_bytes));
    console.say(format_args!("About {needed} are written meanwhile, {free} are free."))?;
    if !preview.has_manifest {
        console.say("No manifest says what this file must hold; it can be read to its end.")?;
    }
    Ok(())
}

fn show_changes(console: Console, sign: char, words: &str, changes: &Changes) -> io::Result<()> {
    console.say(format_args!("  {sign} {} {words}", changes.count))?;
    for video in &changes.videos {
        console.say(format_args!("      {}  {}", video.video_id, video.title))?;
    }
    match changes.count - changes.videos.len() as u64 {
        0 => Ok(()),
        more => console.say(format_args!("      ... and {more} more")),
    }
}

/// Asks for the name; what is typed is checked where everybody's confirmation is.
fn ask(console: Console, name: &BackupName) -> anyhow::Result<String> {
    console.say("What is there now is backed up and verified first. To restore, type the name of the backup:")?;
    let mut typed = String::new();
    io::stdin().lock().read_line(&mut typed)?;
    let typed = typed.trim();
    if typed.is_empty() {
        bail!("nothing was restored: {name} was not typed (--yes restores without asking)");
    }
    Ok(typed.to_owned())
}

fn tell(out: Output, restored: &Restored) -> anyhow::Result<()> {
    out.tell(restored, |console| {
        let Restored { difference, after, .. } = restored;
        console.say(format_args!("Restored {}: {} videos, read back and verified", restored.backup, after.count))?;
        console.say(format_args!(
            "  {} added, {} changed, {} removed",
            difference.added, difference.changed, difference.removed
        ))?;
        console.say(format_args!("  before it: {}", restored.snapshot))?;
        if let Some(warning) = &restored.warning {
            console.say(format_args!("  note: {warning}"))?;
        }
        console.say(format_args!("To go back: mannameter backup undo {}", restored.restore_id))
    })
}

/// Shows on a terminal how far the restore has come.
#[derive(Debug, Default)]
pub(super) struct Bar(Mutex<Option<(Phase, ProgressBar)>>);

impl Bar {
    pub(super) fn end(&self) {
        if let Some((_, bar)) = self.0.lock().expect("nobody panics while holding it").take() {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bar {
    fn report(&self, phase: Phase, done: u64, of: u64) {
        let mut shown = self.0.lock().expect("nobody panics while holding it");
        if shown.as_ref().is_none_or(|(before, _)| *before != phase) {
            if let Some((_, bar)) = shown.take() {
                bar.finish_and_clear();
            }
            tracing::info!("{}", phase.title());
            *shown = Some((phase, progress::bar(of, phase.title())));
        }
        if let Some((_, bar)) = shown.as_ref() {
            bar.set_length(of);
            bar.set_position(done);
        }
    }
}
