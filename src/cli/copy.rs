//! `mannameter copy`: copies everything from one database to another, which must be empty.

use anyhow::{Context, bail};
use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::{
    console::{Output, plural},
    progress,
};
use crate::{
    app::{self, CopyStores},
    store::{CopyOutline, DatabaseCopyError, DatabaseSettings, LegacyContents, LegacyDatabase, NewCopy},
};

/// The arguments of `copy`.
#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "the doc comments of the fields are what --help prints")]
pub(super) struct Arguments {
    /// Database to copy, which is never modified: sqlite://path/to/file or postgres://user:password@host/name
    #[arg(long, value_name = "URL")]
    from: SecretString,

    /// Empty database to copy to; a SQLite file is created if it does not exist
    #[arg(long, value_name = "URL")]
    to: SecretString,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// A finished copy.
#[derive(Debug, Serialize)]
struct Report {
    /// The source, as it was when the copy started.
    from: CopyOutline,
    /// The target.
    to: CopyOutline,
    /// Number of writes to the source after the copy started, which are not in the target.
    later_writes: i64,
}

/// Copies the database and verifies the result.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let output = Output::new(arguments.json);
    let (from, to) = (arguments.from.expose_secret(), arguments.to.expose_secret());
    let stores = app::copy_stores(from, to)?;
    let copied = copy(&stores, from).await;
    stores.close().await;
    let report = copied?;
    output.print(&report, |console| {
        let Report { from, to, .. } = &report;
        console.print(format_args!("Copied {} to {}:", from.location, to.location))?;
        for table in to.tables.iter().filter(|table| table.rows > 0) {
            console.print(format_args!("  {}", table.describe()))?;
        }
        console.print(format_args!("The digests are equal: {}", to.state.digest))?;
        console.print("The statistics and the search index are rebuilt. The source was not changed.")
    })?;
    if report.later_writes > 0 {
        bail!(
            "{} to the source came after the copy began and are not in it: stop the server that uses the source, and \
             copy again into an empty database",
            plural(report.later_writes, "write")
        );
    }
    Ok(())
}

async fn copy(stores: &CopyStores, from_url: &str) -> anyhow::Result<Report> {
    let CopyStores { from, to, clock } = stores;
    // Check this before the target is touched.
    let outline = match from.copy_outline().await {
        Err(DatabaseCopyError::NotOurs) => return Err(not_ours(from_url).await),
        outline => outline?,
    };
    if outline.state.seq == 0 {
        bail!("there is nothing to copy: {} has no sermons and no history", outline.location);
    }
    let bar = progress::bar(outline.rows(), "copying");
    let copy = NewCopy { audit_id: clock.new_id(), actor: "cli", at: clock.now() };
    let copied = to.copy_from(from.as_ref(), &copy, &mut |rows| bar.set_position(rows)).await;
    bar.finish_and_clear();
    let copied = copied.context("nothing was copied")?;
    to.catch_up_search_index().await.context("everything is copied, but the search index is not complete")?;
    let found = to.state().await?;
    if found != copied.state {
        bail!("the copy was committed, but the target has another state now: another program writes to it");
    }
    let later_writes = from.copy_outline().await?.state.seq - copied.state.seq;
    Ok(Report { from: outline, to: copied, later_writes })
}

/// Describes a database without our tables, and what to do with it.
async fn not_ours(url: &str) -> anyhow::Error {
    let found = match LegacyDatabase::at(&DatabaseSettings::new(url)) {
        Ok(database) => database.inspect().await.map(|contents| (database.name().to_owned(), contents)),
        Err(error) => return error.into(),
    };
    match found {
        Ok((name, LegacyContents::Sermons(rows))) => anyhow::anyhow!(
            "{name} is a database of the previous system with {}; set DATABASE_URL to the target and import it with \
             `mannameter import`",
            plural(rows, "sermon")
        ),
        Ok((name, _)) => anyhow::anyhow!("{name} is not a database of MannaMeter: it has none of its tables"),
        Err(error) => error.into(),
    }
}
