//! `mannameter recover`: looks at everything, says where the best version of each sermon is, and brings it back.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use clap::Args;

use super::{backup::Output, console::Console, progress, restore::Bar, table};
use crate::{
    app::App,
    config::Settings,
    safety::{
        recover::{Fate, Judged, Plan, Recovered},
        restore::Progress,
    },
};

/// So many sermons are named unless all are asked for.
const NAMED: usize = 40;

/// What else to look at, and whether to do it.
#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "the doc comments of the fields are what --help prints")]
pub(super) struct Arguments {
    /// Further files to look at: LOST_VIDEO_*.json, exports, backups; those of the current directory are looked at anyway
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Do it; otherwise only say what would be done
    #[arg(long)]
    apply: bool,

    /// Name every sermon, also those that stay as they are
    #[arg(long)]
    all: bool,

    /// Answer with JSON, for machines: every sermon, where its best version is, and why
    #[arg(long)]
    json: bool,
}

/// Looks, and with `--apply` brings back.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { mut files, apply, all, json } = arguments;
    files.extend(lost_here().context("could not look for LOST_VIDEO files in the current directory")?);
    let out = Output::new(json);
    let app = App::parts(settings)?;
    let done = look(&app, out, &files, apply, all).await;
    app.close().await;
    done
}

async fn look(app: &App, out: Output, files: &[PathBuf], apply: bool, all: bool) -> anyhow::Result<()> {
    let bar = progress::bar(0, "looking");
    let shown = bar.clone();
    let plan = app.recovery.plan(
        files,
        Box::new(move |counted| {
            shown.set_length(counted.of as u64);
            shown.set_position(counted.done as u64);
        }),
    );
    let plan = plan.await;
    bar.finish_and_clear();
    let plan = plan?;
    if !apply {
        return out.tell(&plan, |console| {
            show(console, &plan, all)?;
            console.say(if plan.anything() {
                "Nothing was changed: `mannameter recover --apply` does it."
            } else {
                "There is nothing to recover."
            })
        });
    }
    show(out.console(), &plan, all)?;
    let bar = Arc::new(Bar::default());
    let recovered = app.recovery.apply(plan, files, Arc::clone(&bar) as Arc<dyn Progress>).await;
    bar.end();
    let recovered = recovered?;
    let state = app.store.state().await?;
    out.tell(&recovered, |console| {
        tell(console, &recovered)?;
        console.say(format_args!("RECOVERED - {} sermons are in the database, read back and verified", state.count))
    })
}

/// The results that were written into the current directory because nothing else took them.
fn lost_here() -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in Path::new(".").read_dir()? {
        let name = entry?.file_name();
        // As `write_lost` calls them.
        if name.to_str().and_then(|name| name.strip_prefix("LOST_VIDEO_")?.strip_suffix(".json")).is_some() {
            found.push(PathBuf::from(name));
        }
    }
    found.sort();
    Ok(found)
}

fn show(console: Console, plan: &Plan, all: bool) -> io::Result<()> {
    match &plan.state {
        Some(state) => console
            .say(format_args!("The database says that it holds {} sermons (write {}).", state.count, state.seq))?,
        None => console.say("The database says nothing of what it holds.")?,
    }
    if !plan.missing_tables.is_empty() {
        console.say(format_args!("Tables are gone: {}.", plan.missing_tables.join(", ")))?;
    } else if plan.must_be_mended {
        console.say("Its rows are not what it says of them: they were changed behind our back.")?;
    }
    if let Some(problem) = &plan.problem {
        console.say(format_args!("It is damaged: {problem}."))?;
    }
    let rows = plan.places.iter().map(|place| {
        let condition = match (&place.problem, &place.same_as) {
            (Some(problem), _) => format!("DAMAGED: {problem}"),
            (None, Some(other)) => format!("as {other}"),
            (None, None) => "whole".to_owned(),
        };
        vec![place.videos.to_string(), place.name.clone(), condition]
    });
    table::lines(&["SERMONS", "LOOKED INTO", "CONDITION"], rows.collect()).try_for_each(|line| console.say(line))?;
    show_sermons(console, plan, all)?;
    let counts = plan.counts;
    console.say(format_args!(
        "{} stay as they are, {} come back, {} are replaced by what was written, {} wait in the spool, {} were deleted and stay so.",
        counts.stay, counts.come_back, counts.replaced, counts.wait, counts.deleted
    ))?;
    if counts.unreadable > 0 {
        console.say(format_args!(
            "{} are no documents any more and have no other copy; they go to the history as they are.",
            counts.unreadable
        ))?;
    }
    if plan.older_versions > 0 {
        console
            .say(format_args!("{} other versions are in files alone; they go to the history.", plan.older_versions))?;
    }
    Ok(())
}

fn show_sermons(console: Console, plan: &Plan, all: bool) -> io::Result<()> {
    let chosen: Vec<&Judged> = plan.videos.iter().filter(|video| all || video.fate != Fate::Stays).collect();
    if chosen.is_empty() {
        return Ok(());
    }
    let shown = if all { chosen.len() } else { NAMED };
    let rows = chosen.iter().take(shown).map(|video| {
        let fate = match video.fate {
            Fate::Stays => "stays",
            Fate::ComesBack => "comes back",
            Fate::Replaced => "is replaced",
            Fate::Waits => "waits",
            Fate::Deleted => "deleted",
            Fate::Unreadable => "unreadable",
        };
        [video.video_id.as_str(), fate, &video.title, &video.from, video.why].map(str::to_owned).to_vec()
    });
    table::lines(&["SERMON", "", "TITLE", "BEST VERSION IN", "WHY"], rows.collect())
        .try_for_each(|line| console.say(line))?;
    match chosen.len().saturating_sub(shown) {
        0 => Ok(()),
        more => console.say(format_args!("... and {more} more (--all names every one, --json tells all to a machine)")),
    }
}

fn tell(console: Console, recovered: &Recovered) -> io::Result<()> {
    let Recovered { repaired, restored, remembered, replayed, taken } = recovered;
    if let Some(repaired) = repaired {
        if !repaired.made_tables.is_empty() {
            console.say(format_args!("Made anew: {}", repaired.made_tables.join(", ")))?;
        }
        if repaired.changed_rows > 0 {
            console.say(format_args!("{} rows were changed behind our back", repaired.changed_rows))?;
        }
    }
    if let Some(restored) = restored {
        let difference = restored.difference;
        console.say(format_args!("Everything is in one backup: {}", restored.backup))?;
        console.say(format_args!("  before it: {}", restored.snapshot))?;
        console.say(format_args!(
            "  {} came back, {} were replaced, {} went",
            difference.added, difference.changed, difference.removed
        ))?;
        console.say(format_args!("  to go back: mannameter backup undo {}", restored.restore_id))?;
    }
    if *remembered > 0 {
        console.say(format_args!("{remembered} other versions are in the history now"))?;
    }
    if replayed.put_back > 0 || replayed.damaged > 0 {
        console.say(format_args!(
            "{} put back from the spool, {} set aside as damaged",
            replayed.put_back, replayed.damaged
        ))?;
    }
    taken.iter().try_for_each(|name| console.say(format_args!("{name} is called {name}.recovered now")))
}
