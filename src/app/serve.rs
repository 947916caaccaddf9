//! `mannameter serve`: startup, background tasks and shutdown.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{App, CLOSE_TIMEOUT, SHUTDOWN_TIMEOUT, listener, settings};
use crate::{
    config::Settings,
    http::{self, AdminToken, AppError, AppState},
    jobs::{DerivedData, Jobs, Workers},
    lifecycle::Lifecycle,
    safety::Presence,
};

/// How long startup waits for the adoption of the old database.
const ADOPTION_HEAD_START: Duration = Duration::from_secs(10);

impl App {
    /// Runs the web service until SIGTERM or SIGINT.
    ///
    /// Starts even if the database is unreachable; see `docs/decisions/0004-degraded-start.md`.
    pub async fn serve(self, settings: &Settings) -> anyhow::Result<()> {
        let listener = listen(SocketAddr::new(settings.host, settings.port)).await?;
        let admin_token = self.admin_token(settings)?;
        warn_about_token(settings, &admin_token);
        self.lifecycle.stop_on_signals()?;
        if let Err(error) = self.store.ready().await {
            tracing::error!(%error, "starting without the database");
        }
        // A failure here does not block anything, because the next restore tries again.
        if let Err(error) = self.restores.finish_interrupted().await {
            tracing::warn!(%error, "could not check for interrupted restores");
        }
        self.start_adoption().await;
        self.check_database(settings).await;

        let jobs = Jobs::new(Arc::clone(&self.store), Arc::clone(&self.clock));
        let jobs = Arc::new(jobs.with_direct_fallback(Arc::new(self.pipeline("server")), self.lifecycle.tasks.clone()));
        self.start_tasks(settings, &jobs);
        let router = http::router(AppState::new(self.services(jobs), settings::http(settings, &admin_token)));
        announce(listener.local_addr()?, &settings.base_path());
        listener::serve(listener, router, &self.lifecycle.token, SHUTDOWN_TIMEOUT).await;

        if !self.lifecycle.stop(SHUTDOWN_TIMEOUT).await {
            tracing::warn!("some tasks did not finish within {SHUTDOWN_TIMEOUT:?}; they continue after the next start");
        }
        // Include the latest saves in the export. If this fails, the export is written at the next start.
        match tokio::time::timeout(CLOSE_TIMEOUT, self.exporter.catch_up()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "could not update the export before stopping"),
            Err(_) => tracing::warn!("the export is not up to date yet; the next start updates it"),
        }
        self.close_store().await;
        tracing::info!("stopped");
        Ok(())
    }

    /// Starts adopting the previous system's database. The adoption usually completes before the first page is shown.
    async fn start_adoption(&self) {
        let (adoption, until) = (Arc::clone(&self.adoption), self.lifecycle.token.child_token());
        let first_run = CancellationToken::new();
        let done = first_run.clone().drop_guard();
        self.lifecycle.tasks.spawn(async move {
            if let Err(error) = adoption.run(&until).await {
                tracing::warn!(%error, "the adoption of the old database is incomplete; will try again");
            }
            drop(done);
            adoption.keep_running(until).await;
        });
        // The rest of the adoption continues while the server accepts requests.
        let _ = tokio::time::timeout(ADOPTION_HEAD_START, first_run.cancelled()).await;
    }

    /// Checks the database, and logs an error if data is missing or changed. Seeds an uninitialized database if
    /// `--seed-from-backup` is given.
    async fn check_database(&self, settings: &Settings) {
        let status = self.integrity.check().await;
        let is_uninitialized = status.as_ref().is_ok_and(|status| status.uninitialized.is_some());
        if let Err(error) = status {
            tracing::warn!(%error, "could not check the database; will try again");
        }
        if is_uninitialized && settings.seed_from_backup {
            self.seed_from_backup().await;
        }
    }

    /// Fills an uninitialized database from the export and the backups.
    async fn seed_from_backup(&self) {
        let recovered = async {
            let plan = self.recovery.plan(&[], Box::new(|_| {})).await?;
            self.recovery.apply(plan, &[], Arc::new(())).await
        };
        match recovered.await {
            Ok(_) => tracing::warn!("filled the new database from the export and the backups (--seed-from-backup)"),
            Err(error) => tracing::error!(%error, "could not fill the new database from the export and the backups"),
        }
        // Updates the status. If the check fails, the next scheduled check logs the failure.
        let _ = self.integrity.check().await;
    }

    /// Returns the admin token from the settings or from the data directory, where it is generated at the first start.
    /// If the directory is not writable, the token is generated for this run only.
    fn admin_token(&self, settings: &Settings) -> anyhow::Result<SecretString> {
        if let Some(token) = settings.admin_token() {
            return Ok(token.clone());
        }
        let (path, generate) = (self.data_dir.admin_token_file(), || hex::encode(rand::random::<[u8; 24]>()));
        let (token, note) = match self.data_dir.admin_token(generate) {
            Ok((token, false)) => return Ok(SecretString::from(token)),
            Ok((token, true)) => (token, format!("stored in {}; it is not shown again", path.display())),
            Err(_) if self.data_dir_watch.problem().is_some() => {
                (generate(), format!("until the server stops: it could not be stored in {}", path.display()))
            }
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("could not read or create the admin token in {}", path.display()));
            }
        };
        print_line(&format!("The admin token is {token} ({note})"));
        Ok(SecretString::from(token))
    }

    /// Starts every background task.
    fn start_tasks(&self, settings: &Settings, jobs: &Arc<Jobs>) {
        let Lifecycle { token, tasks } = &self.lifecycle;
        let (data_dir, until) = (Arc::clone(&self.data_dir_watch), token.child_token());
        tasks.spawn(async move { data_dir.run(until).await });
        let exporter = Arc::clone(&self.exporter);
        let until = token.child_token();
        tasks.spawn(async move { exporter.run(until).await });
        let (replayer, until) = (self.replayer(), token.child_token());
        tasks.spawn(async move { replayer.run(until).await });
        if let Some(offsite) = self.backups.offsite().cloned() {
            let until = token.child_token();
            tasks.spawn(async move { offsite.run(until).await });
        }
        let (metrics, until) = (self.metrics.clone(), token.child_token());
        tasks.spawn(async move { metrics.drain(until).await });
        let (derived, until) = (DerivedData::new(Arc::clone(&self.store)), token.child_token());
        tasks.spawn(async move { derived.run(until).await });
        let (maintenance, until) = (Arc::clone(&self.maintenance), token.child_token());
        tasks.spawn(async move { maintenance.run(until).await });
        let (presence, until) =
            (Presence::new(Arc::clone(&self.store), Arc::clone(&self.saver), &*self.clock), token.child_token());
        tasks.spawn(async move { presence.run(until).await });
        let (integrity, until) = (Arc::clone(&self.integrity), token.child_token());
        let interval = Duration::from_secs(60 * u64::from(settings.check_every_minutes));
        tasks.spawn(async move { integrity.run(interval, until).await });
        let workers = Workers::new(
            Arc::clone(jobs),
            Arc::new(self.pipeline("worker")),
            Arc::clone(&self.store),
            Arc::clone(&self.clock),
            tasks.clone(),
        );
        let (count, until) = (usize::from(settings.workers), token.child_token());
        tasks.spawn(async move { workers.run(count, until).await });
    }
}

/// Binds the port. The error explains what to do.
async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let advice = match error.kind() {
            io::ErrorKind::AddrInUse => "another program uses the port: stop it, or choose another port with --port",
            io::ErrorKind::PermissionDenied => "choose a port above 1023 with --port",
            _ => "choose another address with --host and --port",
        };
        anyhow::anyhow!("could not listen on {address}: {error}; {advice}")
    })
}

/// Logs a warning if a token is too short to be accepted.
fn warn_about_token(settings: &Settings, token: &SecretString) {
    let is_short = token.expose_secret().chars().count() < AdminToken::MIN_LENGTH;
    if is_short && !settings.insecure_admin_token {
        tracing::error!("{}", AppError::AdminTokenTooShort);
    }
}

/// Prints the URL of the site.
fn announce(address: SocketAddr, base_path: &str) {
    let host = if address.ip().is_unspecified() { "localhost".to_owned() } else { address.ip().to_string() };
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    print_line(&format!("MannaMeter is ready: open http://{host}:{}{base_path}", address.port()));
}

/// Prints a line. The server keeps running even if standard output is closed.
fn print_line(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(io::stdout(), "{line}");
}
