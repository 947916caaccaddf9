//! `mannameter doctor`: checks the configuration, the database, the disk and the network.

use std::{fmt::Display, io, net::SocketAddr};

use anyhow::bail;

use secrecy::ExposeSecret as _;

use super::{
    console::{Console, plural},
    doctor_documents::{OutOfRange, find_out_of_range},
};
use crate::{
    app::App,
    config::{Settings, SubmissionAccess},
    http::{AdminToken, AppError, UNTRUSTED_PROXY_ACTION},
    safety::{DataDir, IntegrityStatus, Manifest, OffsiteStatus},
    store::ConnectionReport,
};

/// Prints the results of the checks and counts failures.
struct Checks {
    console: Console,
    failed: u64,
}

impl Checks {
    /// Reports a check that passed.
    fn ok(&self, subject: &str, message: impl Display) -> io::Result<()> {
        self.console.print(format_args!("  ok    {subject:<12} {message}"))
    }

    /// Reports something worth knowing that is not a failure.
    fn note(&self, subject: &str, message: impl Display) -> io::Result<()> {
        self.console.print(format_args!("  note  {subject:<12} {message}"))
    }

    /// Reports a check that failed.
    fn fail(&mut self, subject: &str, message: impl Display) -> io::Result<()> {
        self.failed += 1;
        self.console.print(format_args!("  FAIL  {subject:<12} {message}"))
    }
}

/// Runs every check, even if some fail.
pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let console = Console::text();
    console.print(format_args!("mannameter {}", env!("CARGO_PKG_VERSION")))?;
    let mut checks = Checks { console, failed: 0 };
    check_files(&mut checks, settings)?;
    check_database(&mut checks, settings).await?;
    check_network(&mut checks, settings).await?;
    check_access(&mut checks, settings)?;
    match checks.failed {
        0 => Ok(console.print("All checks passed.")?),
        failed => bail!("{} failed (see FAIL above)", plural(failed, "check")),
    }
}

/// Checks that the data directory exists and that files can be written to it durably.
fn check_files(checks: &mut Checks, settings: &Settings) -> io::Result<()> {
    let data_dir = DataDir::at(&settings.data_dir());
    let path = data_dir.root().display();
    match data_dir.check() {
        Ok(()) => checks.ok("files", format_args!("{path} can be written durably")),
        Err(error) => checks.fail("files", error),
    }
}

/// Checks the connection, schema and durability of the database, and then everything that depends on it.
async fn check_database(checks: &mut Checks, settings: &Settings) -> io::Result<()> {
    let app = match App::existing(settings) {
        Ok(app) => app,
        Err(error) => return checks.fail("database", format_args!("{error:#}")),
    };
    if let Err(error) = app.store.ready().await {
        return checks.fail("database", error);
    }
    match app.store.info().await {
        Ok(info) => {
            checks.ok("database", format_args!("{} {} at {}", info.name, info.version, info.location))?;
            checks.ok("schema", format_args!("version {}", info.schema_version))?;
            if info.durable {
                checks.ok("durability", &info.durability)?;
            } else {
                checks.fail("durability", format_args!("{}: a power cut may lose saved sermons", info.durability))?;
            }
            check_connections(checks, &info.connections)?;
        }
        Err(error) => return checks.fail("database", error),
    }
    check_instances(checks, &app).await?;
    check_old_databases(checks, &app).await?;
    check_export(checks, &app).await?;
    check_offsite(checks, &app).await?;
    check_integrity(checks, &app).await?;
    check_documents(checks, &app).await?;
    check_maintenance(checks, &app).await?;
    check_proxy(checks, &app, settings).await?;
    app.close().await;
    Ok(())
}

/// Reports the limit on connections.
fn check_connections(checks: &mut Checks, connections: &ConnectionReport) -> io::Result<()> {
    if connections.is_tight() {
        let enough = ConnectionReport::SUFFICIENT;
        checks.note("connections", format_args!("{connections}; requests may have to wait: allow at least {enough}"))
    } else {
        checks.ok("connections", connections)
    }
}

/// Reports the instances that share the database, and whether this version may write.
async fn check_instances(checks: &mut Checks, app: &App) -> io::Result<()> {
    let (instances, required) = match (app.store.instances().await, app.store.required_version().await) {
        (Ok(instances), Ok(required)) => (instances, required),
        (Err(error), _) | (_, Err(error)) => return checks.fail("instances", error),
    };
    let alive: Vec<_> = instances.into_iter().filter(|instance| instance.is_alive).collect();
    let running: Vec<_> = alive
        .iter()
        .map(|instance| format!("{} since {}", instance.version, instance.started_at.format("%Y-%m-%d %H:%M UTC")))
        .collect();
    match running.as_slice() {
        [] => checks.ok("instances", "no server is running")?,
        running => checks.ok(
            "instances",
            format_args!("{}: {}", plural(running.len() as u64, "running server"), running.join(", ")),
        )?,
    }
    match required {
        Some(required) => checks.fail(
            "version",
            format_args!("the database accepts writes only from version {required} or newer; upgrade this one"),
        ),
        None => Ok(()),
    }
}

/// Reports databases of the previous system, and whether ours contains everything that is in them.
async fn check_old_databases(checks: &mut Checks, app: &App) -> io::Result<()> {
    match app.adoption.refresh().await {
        Ok(status) => status.databases.iter().try_for_each(|old| {
            if old.needs_attention() {
                checks.note("old database", old.describe())
            } else {
                checks.ok("old database", old.describe())
            }
        }),
        Err(error) => checks.fail("old database", error),
    }
}

/// Checks whether the export includes the latest save.
async fn check_export(checks: &mut Checks, app: &App) -> io::Result<()> {
    let state = match app.store.state().await {
        Ok(state) => state,
        Err(error) => return checks.fail("sermons", error),
    };
    checks.ok("sermons", format_args!("{} (write {}, digest {})", state.count, state.seq, state.digest))?;
    match Manifest::read(&app.data_dir.results_manifest()) {
        Ok(Some(manifest)) if (manifest.epoch, manifest.seq) == (state.epoch, state.seq) => {
            let sermons = plural(manifest.count, "sermon");
            checks.ok("export", format_args!("up to date, {sermons}"))
        }
        Ok(Some(manifest)) => checks.note(
            "export",
            format_args!(
                "includes write {} of {}; a running server or `mannameter export` updates it",
                manifest.seq, state.seq
            ),
        ),
        Ok(None) => checks.note("export", "not written yet; a running server or `mannameter export` writes it"),
        Err(error) => checks.fail("export", error),
    }
}

/// Checks the offsite copies.
async fn check_offsite(checks: &mut Checks, app: &App) -> io::Result<()> {
    let Some(offsite) = app.backups.offsite() else {
        return checks.note("offsite", "not configured; set BACKUP_STORE_URL to copy backups offsite");
    };
    if let Err(error) = offsite.refresh().await {
        return checks.fail("offsite", error);
    }
    let OffsiteStatus { url, copies, newest, .. } = offsite.status();
    let newest = newest.map_or_else(|| "none".to_owned(), |name| name.to_string());
    checks.ok("offsite", format_args!("{copies} copies in {url}, newest: {newest}"))
}

/// Checks that the database still contains what was written to it.
async fn check_integrity(checks: &mut Checks, app: &App) -> io::Result<()> {
    match app.integrity.check().await {
        Ok(IntegrityStatus { problem: Some(problem), .. }) => checks.fail("integrity", problem),
        Ok(IntegrityStatus { uninitialized: Some(message), .. }) => checks.note("integrity", message),
        Ok(_) => checks.ok("integrity", "the database has everything that was written to it"),
        Err(error) => checks.fail("integrity", error),
    }
}

/// Lists documents with impossible numbers. Pages and statistics use the largest allowed value instead.
async fn check_documents(checks: &mut Checks, app: &App) -> io::Result<()> {
    let OutOfRange { named, count } = match find_out_of_range(app).await {
        Ok(found) => found,
        Err(error) => return checks.fail("documents", error),
    };
    if count == 0 {
        return checks.ok("documents", "all numbers are plausible");
    }
    for document in &named {
        checks.note("documents", document)?;
    }
    checks.note(
        "documents",
        format_args!("{} with numbers out of range; analyze or delete them", plural(count, "sermon")),
    )
}

/// Reports the last run of each maintenance task.
async fn check_maintenance(checks: &mut Checks, app: &App) -> io::Result<()> {
    let tasks = match app.maintenance.status().await {
        Ok(tasks) => tasks,
        Err(error) => return checks.fail("maintenance", error),
    };
    for task in tasks {
        match task.ok {
            Some(false) => checks.fail("maintenance", &task)?,
            Some(true) => checks.ok("maintenance", &task)?,
            None => checks.note("maintenance", &task)?,
        }
    }
    Ok(())
}

/// Reports that a server has received requests through an untrusted proxy.
async fn check_proxy(checks: &mut Checks, app: &App, settings: &Settings) -> io::Result<()> {
    match app.store.last_with_action(UNTRUSTED_PROXY_ACTION).await {
        Ok(Some(entry)) if settings.trusted_proxies == 0 => checks.note(
            "proxy",
            format_args!(
                "requests came through a proxy on {} while TRUSTED_PROXIES is 0, so rate limits count all visitors as \
                 one; set it to the number of proxies",
                entry.at.format("%Y-%m-%d %H:%M UTC")
            ),
        ),
        Ok(_) => Ok(()),
        Err(error) => checks.fail("proxy", error),
    }
}

/// Checks the port, and reports how requests reach YouTube.
async fn check_network(checks: &mut Checks, settings: &Settings) -> io::Result<()> {
    let address = SocketAddr::new(settings.host, settings.port);
    match tokio::net::TcpListener::bind(address).await {
        Ok(_) => checks.ok("port", format_args!("{address} is free"))?,
        Err(error) => checks.note("port", format_args!("{address}: {error} (expected if the server is running)"))?,
    }
    let route = match (settings.rotating_proxy(), settings.proxy_list()) {
        (Some(_), _) => "through the rotating proxy",
        (None, Some(_)) => "through the proxy list",
        (None, None) => "directly (YouTube blocks most data centers: set a proxy, or paste transcripts)",
    };
    checks.ok("youtube", format_args!("{} {route}", settings.youtube_base_url))
}

/// Reports who may add sermons and where the admin token is stored.
fn check_access(checks: &mut Checks, settings: &Settings) -> io::Result<()> {
    match settings.admin_token() {
        Some(token) if token.expose_secret().chars().count() < AdminToken::MIN_LENGTH => {
            if settings.insecure_admin_token {
                checks.note("admin token", "short enough to be guessed, accepted by --insecure-admin-token")?;
            } else {
                checks.fail("admin token", AppError::AdminTokenTooShort)?;
            }
        }
        Some(_) => checks.ok("admin token", "set by ADMIN_TOKEN")?,
        None => checks.ok("admin token", "stored in the data directory")?,
    }
    match settings.submissions {
        SubmissionAccess::Open => checks.note("submissions", "open to anyone, rate-limited"),
        SubmissionAccess::Admin => checks.ok("submissions", "only with the admin token"),
    }
}
