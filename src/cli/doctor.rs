//! `mannameter doctor`: says what is configured, reachable, writable and durable.

use std::{fmt::Display, net::SocketAddr};

use anyhow::bail;

use super::console::Console;
use crate::{
    app::App,
    config::{Settings, Submissions},
    safety::{DataDir, IntegrityStatus, Manifest, OffsiteStatus},
};

/// The findings so far.
struct Findings {
    console: Console,
    bad: usize,
}

impl Findings {
    /// A finding that is as it should be.
    fn good(&self, what: &str, finding: impl Display) -> std::io::Result<()> {
        self.console.say(format_args!("  ok    {what:<12} {finding}"))
    }

    /// A finding that may be meant so.
    fn note(&self, what: &str, finding: impl Display) -> std::io::Result<()> {
        self.console.say(format_args!("  note  {what:<12} {finding}"))
    }

    /// A finding that must be repaired.
    fn bad(&mut self, what: &str, finding: impl Display) -> std::io::Result<()> {
        self.bad += 1;
        self.console.say(format_args!("  BAD   {what:<12} {finding}"))
    }
}

/// Looks at everything, even if something is wrong before it.
pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let console = Console::for_people();
    console.say(format_args!("mannameter {}", env!("CARGO_PKG_VERSION")))?;
    let mut findings = Findings { console, bad: 0 };
    files(&mut findings, settings)?;
    database(&mut findings, settings).await?;
    network(&mut findings, settings).await?;
    access(&findings, settings)?;
    match findings.bad {
        0 => Ok(console.say("Everything is as it should be.")?),
        1 => bail!("one thing must be repaired (BAD above)"),
        bad => bail!("{bad} things must be repaired (BAD above)"),
    }
}

/// The data directory: there, writable, durable.
fn files(findings: &mut Findings, settings: &Settings) -> std::io::Result<()> {
    match DataDir::open(&settings.data_dir()) {
        Ok(data_dir) => findings.good("files", format_args!("{} can be written durably", data_dir.root().display())),
        Err(error) => findings.bad("files", error),
    }
}

/// The database: there, its schema, its durability, its export.
async fn database(findings: &mut Findings, settings: &Settings) -> std::io::Result<()> {
    let app = match App::parts(settings) {
        Ok(app) => app,
        Err(error) => return findings.bad("database", format_args!("{error:#}")),
    };
    if let Err(error) = app.store.ready().await {
        return findings.bad("database", error);
    }
    match app.store.info().await {
        Ok(info) => {
            findings.good("database", format_args!("{} {} at {}", info.name, info.version, info.location))?;
            findings.good("schema", format_args!("version {}", info.schema_version))?;
            if info.durable {
                findings.good("durability", &info.durability)?;
            } else {
                findings.bad("durability", format_args!("{}: a power cut may lose what was saved", info.durability))?;
            }
        }
        Err(error) => return findings.bad("database", error),
    }
    match app.store.state().await {
        Ok(state) => {
            findings.good("videos", format_args!("{} (write {}, digest {})", state.count, state.seq, state.digest))?;
            match Manifest::read(&app.data_dir.results_manifest()) {
                Ok(Some(manifest)) if (manifest.epoch, manifest.seq) == (state.epoch, state.seq) => {
                    findings.good("export", format_args!("up to date, {} videos", manifest.count))?;
                }
                Ok(Some(manifest)) => findings.note(
                    "export",
                    format_args!(
                        "reaches write {} of {}; a running server or `mannameter export` brings it up to date",
                        manifest.seq, state.seq
                    ),
                )?,
                Ok(None) => findings.note("export", "none yet; a running server or `mannameter export` writes it")?,
                Err(error) => findings.bad("export", error)?,
            }
        }
        Err(error) => findings.bad("videos", error)?,
    }
    offsite(findings, &app).await?;
    by_itself(findings, &app).await?;
    app.close().await;
    Ok(())
}

/// The second place for backups: there, and complete.
async fn offsite(findings: &mut Findings, app: &App) -> std::io::Result<()> {
    let Some(offsite) = app.backups.offsite() else {
        return findings.note("offsite", "no second place for backups: BACKUP_STORE_URL names one");
    };
    if let Err(error) = offsite.look().await {
        return findings.bad("offsite", error);
    }
    let OffsiteStatus { place, copies, newest, .. } = offsite.status();
    let newest = newest.map_or_else(|| "none".to_owned(), |name| name.to_string());
    findings.good("offsite", format_args!("{copies} copies in {place}, the newest {newest}"))
}

/// Whether the database holds what was written, and what is done by itself.
async fn by_itself(findings: &mut Findings, app: &App) -> std::io::Result<()> {
    match app.integrity.look().await {
        Ok(IntegrityStatus { problem: Some(problem), .. }) => findings.bad("integrity", problem)?,
        Ok(IntegrityStatus { uninitialized: Some(uninitialized), .. }) => findings.note("integrity", uninitialized)?,
        Ok(_) => findings.good("integrity", "the database holds what was written")?,
        Err(error) => findings.bad("integrity", error)?,
    }
    match app.maintenance.status().await {
        Ok(tasks) => {
            for task in tasks {
                let finding = format!("{task}");
                match task.ok {
                    Some(false) => findings.bad("maintenance", finding)?,
                    Some(true) => findings.good("maintenance", finding)?,
                    None => findings.note("maintenance", finding)?,
                }
            }
            Ok(())
        }
        Err(error) => findings.bad("maintenance", error),
    }
}

/// The port, and the way to YouTube.
async fn network(findings: &mut Findings, settings: &Settings) -> std::io::Result<()> {
    let address = SocketAddr::new(settings.host, settings.port);
    match tokio::net::TcpListener::bind(address).await {
        Ok(_) => findings.good("port", format_args!("{address} is free"))?,
        Err(error) => findings.note("port", format_args!("{address}: {error}; fine if the server is running"))?,
    }
    let way = match (settings.rotating_proxy(), settings.proxy_list()) {
        (Some(_), _) => "through the rotating proxy",
        (None, Some(_)) => "through the proxies of the list in turn",
        (None, None) => "asked directly (YouTube refuses most data centres: set a proxy, or paste transcripts)",
    };
    findings.good("youtube", format_args!("{} {way}", settings.youtube_base_url))
}

/// Who may do what.
fn access(findings: &Findings, settings: &Settings) -> std::io::Result<()> {
    let token = if settings.admin_token().is_some() { "set by ADMIN_TOKEN" } else { "kept in the data directory" };
    findings.good("admin token", token)?;
    match settings.submissions {
        Submissions::Open => findings.note("submissions", "open to anybody, rate-limited"),
        Submissions::Admin => findings.good("submissions", "only with the admin token"),
    }
}
