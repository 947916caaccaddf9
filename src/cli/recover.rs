//! `mannameter recover`: finds the best version of each sermon in every source, and recovers what is missing.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, bail};
use clap::Args;

use super::{
    backup,
    console::{Console, Output, plural},
    progress::{self, RestoreBar},
    table,
};
use crate::{
    app::App,
    config::Settings,
    safety::{
        format,
        recover::{PlannedSermon, RecoveryAction, RecoveryPlan, RecoveryReport},
        restore::RestoreProgress,
    },
};

/// Maximum number of sermons listed without `--all`.
const LIST_LIMIT: usize = 40;

/// The arguments of `recover`.
#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "the doc comments of the fields are what --help prints")]
pub(super) struct Arguments {
    /// Additional files to read: exports, backups, and LOST_VIDEO_*.json (those in the current directory are always
    /// read)
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Recover the sermons; without this flag, the plan is only printed
    #[arg(long)]
    apply: bool,

    /// List every sermon, including those that do not change
    #[arg(long)]
    all: bool,

    /// Print the result as JSON: every sermon, where its best version is, and why
    #[arg(long)]
    json: bool,
}

/// Makes a plan and prints it. Carries it out if `--apply` is given.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { mut files, apply, all, json } = arguments;
    files.extend(lost_sermons().context("could not look for LOST_VIDEO files in the current directory")?);
    let output = Output::new(json);
    if !apply && !settings.data_dir().is_dir() {
        bail!("there is no data directory at {}; set DATA_DIR to where it is", settings.data_dir().display());
    }
    let app = if apply { App::new(settings)? } else { App::existing(settings)? };
    let result = recover(&app, output, &files, apply, all).await;
    app.close().await;
    result
}

async fn recover(app: &App, output: Output, files: &[PathBuf], apply: bool, all: bool) -> anyhow::Result<()> {
    if apply && !app.store.exists().await? {
        app.store.migrate().await?;
    }
    let bar = progress::bar(0, "reading");
    let survey_bar = bar.clone();
    let plan = app.recovery.plan(
        files,
        Box::new(move |progress| {
            survey_bar.set_length(progress.total as u64);
            survey_bar.set_position(progress.done as u64);
        }),
    );
    let plan = plan.await;
    bar.finish_and_clear();
    let plan = plan?;
    if !apply {
        backup::print_unlisted(&app.backups, output.console()).await?;
        return output.print(&plan, |console| {
            print_plan(console, &plan, all)?;
            console.print(if plan.has_work() {
                "Nothing was changed; `mannameter recover --apply` carries this out."
            } else {
                "There is nothing to recover."
            })
        });
    }
    print_plan(output.console(), &plan, all)?;
    backup::print_unlisted(&app.backups, output.console()).await?;
    let bar = Arc::new(RestoreBar::default());
    let report = app.recovery.apply(plan, files, Arc::clone(&bar) as Arc<dyn RestoreProgress>).await;
    bar.finish();
    let report = report?;
    let state = app.store.state().await?;
    output.print(&report, |console| {
        print_report(console, &report)?;
        let (sermons, verb) = (plural(state.count, "sermon"), if state.count == 1 { "is" } else { "are" });
        console.print(format_args!("RECOVERED - {sermons} {verb} in the database and verified"))
    })
}

/// Returns the files in the current directory that contain results that could not be saved anywhere else.
fn lost_sermons() -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in Path::new(".").read_dir()? {
        let name = entry?.file_name();
        if name.to_str().is_some_and(format::is_lost_sermon) {
            files.push(PathBuf::from(name));
        }
    }
    files.sort();
    Ok(files)
}

fn print_plan(console: Console, plan: &RecoveryPlan, all: bool) -> io::Result<()> {
    match &plan.state {
        Some(state) => {
            let sermons = plural(state.count, "sermon");
            console.print(format_args!("The database reports {sermons} (write {}).", state.seq))?;
        }
        None if plan.is_new => console.print("There is no database yet.")?,
        None => console.print("The database does not report how many sermons it has.")?,
    }
    if !plan.missing_tables.is_empty() {
        console.print(format_args!("Missing tables: {}.", plan.missing_tables.join(", ")))?;
    } else if plan.needs_repair {
        console.print("Its rows do not match its counters: another program changed them.")?;
    }
    if let Some(problem) = &plan.problem {
        console.print(format_args!("The database is damaged: {problem}."))?;
    }
    let rows = plan.sources.iter().map(|source| {
        let condition = match (&source.problem, &source.same_as) {
            (Some(problem), _) => format!("DAMAGED: {problem}"),
            (None, Some(other)) => format!("same as {other}"),
            (None, None) => "complete".to_owned(),
        };
        vec![source.sermons.to_string(), source.name.clone(), condition]
    });
    table::lines(&["SERMONS", "SOURCE", "CONDITION"], rows.collect()).try_for_each(|line| console.print(line))?;
    print_sermons(console, plan, all)?;
    let counts = plan.counts;
    console.print(format_args!(
        "{} unchanged, {} to recover, {} to replace, {} to replay from the spool, {} deleted earlier (they stay deleted)",
        counts.keep, counts.recover, counts.replace, counts.replay, counts.leave_deleted
    ))?;
    if counts.archive_unreadable > 0 {
        let rows = plural(counts.archive_unreadable, "row");
        console.print(format_args!("{rows} unreadable and without another copy; to be moved to the history as is"))?;
    }
    if plan.older_versions > 0 {
        let versions = plural(plan.older_versions, "other version");
        console.print(format_args!("{versions} found only in files; to be added to the history"))?;
    }
    Ok(())
}

fn print_sermons(console: Console, plan: &RecoveryPlan, all: bool) -> io::Result<()> {
    let selected: Vec<&PlannedSermon> =
        plan.sermons.iter().filter(|sermon| all || sermon.action != RecoveryAction::Keep).collect();
    if selected.is_empty() {
        return Ok(());
    }
    let limit = if all { selected.len() } else { LIST_LIMIT };
    let rows = selected.iter().take(limit).map(|sermon| {
        let action = match sermon.action {
            RecoveryAction::Keep => "unchanged",
            RecoveryAction::Recover => "recover",
            RecoveryAction::Replace => "replace",
            RecoveryAction::Replay => "replay",
            RecoveryAction::LeaveDeleted => "deleted",
            RecoveryAction::ArchiveUnreadable => "unreadable",
        };
        [sermon.video_id.as_str(), action, &sermon.title, &sermon.source, sermon.reason].map(str::to_owned).to_vec()
    });
    table::lines(&["SERMON", "ACTION", "TITLE", "BEST VERSION IN", "REASON"], rows.collect())
        .try_for_each(|line| console.print(line))?;
    match selected.len().saturating_sub(limit) {
        0 => Ok(()),
        more => console.print(format_args!("... and {more} more (--all lists every sermon, --json prints everything)")),
    }
}

fn print_report(console: Console, report: &RecoveryReport) -> io::Result<()> {
    let RecoveryReport { repaired, restored, archived_versions, replayed, recovered_saves } = report;
    if let Some(repaired) = repaired {
        if !repaired.created_tables.is_empty() {
            console.print(format_args!("Created missing tables: {}", repaired.created_tables.join(", ")))?;
        }
        if repaired.changed_rows > 0 {
            console.print(format_args!("Corrected the checksums of {}", plural(repaired.changed_rows, "row")))?;
        }
    }
    if let Some(restored) = restored {
        let difference = restored.difference;
        console.print(format_args!(
            "{} recovered, {} replaced, {} removed",
            difference.added, difference.changed, difference.removed
        ))?;
        console.print(format_args!("  snapshot of the previous state: {}", restored.snapshot))?;
        console.print(format_args!("  backup of the recovered state: {}", restored.backup))?;
        console.print(format_args!("  to undo: mannameter backup undo {}", restored.restore_id))?;
    }
    if *archived_versions > 0 {
        console.print(format_args!("{} added to the history", plural(*archived_versions, "other version")))?;
    }
    if replayed.saved > 0 || replayed.damaged > 0 {
        console.print(format_args!(
            "{} saved from the spool, {} set aside as damaged",
            replayed.saved, replayed.damaged
        ))?;
    }
    recovered_saves.iter().try_for_each(|name| console.print(format_args!("Renamed {name} to {name}.recovered")))
}
