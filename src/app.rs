//! The composition root: the only place that knows all parts, and that starts tasks.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use chrono::TimeDelta;
use tokio::net::TcpListener;

use crate::{
    clock::{Clock, SystemClock},
    config::{Secret, Settings, Submissions},
    domain::Sha256,
    http::{self, AdminToken, AppState, AsFiles, HttpSettings, Services},
    jobs::{Analyzer, DerivedTables, Jobs, Pipeline, Workers},
    lifecycle::Lifecycle,
    safety::{
        Backups, DataDir, Drill, Exporter, Integrity, Saver, Offsite, Recovery, Replayer, Restores, Maintenance,
        MaintenanceSettings,
    },
    site::Site,
    store::{self, DatabaseSettings, Scratches, Store},
    youtube::{self, ApiKey, ProxyUrl, YouTube},
};

/// How long running requests and jobs may take to end after a signal; Render waits 60 seconds before it kills.
const PATIENCE: Duration = Duration::from_secs(20);

/// Every part, put together; nothing runs yet.
#[derive(Debug)]
pub struct App {
    /// Time and ids.
    pub clock: Arc<dyn Clock>,
    /// The database.
    pub store: Arc<dyn Store>,
    /// The directory of our files.
    pub data_dir: DataDir,
    /// Writes the export files.
    pub exporter: Arc<Exporter>,
    /// The only way by which a result is kept.
    pub saver: Arc<Saver>,
    /// Files from which everything can be restored.
    pub backups: Arc<Backups>,
    /// Replaces everything by what a backup holds, and back again.
    pub restores: Restores,
    /// Brings back what is missing, from wherever it is.
    pub recovery: Arc<Recovery>,
    /// What is done by itself: backups, drills, readings, cleanups.
    pub maintenance: Arc<Maintenance>,
    /// Whether the database holds what was written.
    pub integrity: Arc<Integrity>,
    analyzer: Arc<Analyzer>,
    lifecycle: Lifecycle,
}

impl App {
    /// Puts the parts together. The database may be away: it is first asked when it is used.
    pub fn parts(settings: &Settings) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let lifecycle = Lifecycle::default();
        let data_dir = DataDir::open(&settings.data_dir())?;
        let database = DatabaseSettings::new(settings.database_url().expose());
        let store = store::connect(&database)?;
        let exporter = Arc::new(Exporter::new(Arc::clone(&store), data_dir.clone(), Arc::clone(&clock)));
        let offsite = settings.offsite().map(|offsite| Offsite::new(&offsite, &data_dir, Arc::clone(&clock)));
        let offsite = offsite.transpose()?.map(Arc::new);
        let saver = Saver::new(
            Arc::clone(&store),
            Arc::clone(&exporter),
            data_dir.clone(),
            Arc::clone(&clock),
            lifecycle.tasks.clone(),
        );
        let saver = Arc::new(saver.with_offsite(offsite.clone()));
        let backups = Backups::new(Arc::clone(&store), &data_dir, Arc::clone(&clock)).with_offsite(offsite);
        let backups = Arc::new(backups);
        let restores = Restores::new(
            Arc::clone(&store),
            Arc::clone(&backups),
            Arc::clone(&exporter),
            data_dir.clone(),
            Arc::clone(&clock),
            lifecycle.tasks.clone(),
        );
        let recovery = Arc::new(Recovery::new(
            Arc::clone(&store),
            Arc::clone(&backups),
            restores.clone(),
            Arc::clone(&exporter),
            Replayer::new(Arc::clone(&saver), Arc::clone(&store), Arc::clone(&clock)),
            data_dir.clone(),
            Arc::clone(&clock),
        ));
        let scratches = Scratches::new(database);
        let drill = Drill::new(scratches, Arc::clone(&backups), data_dir.clone(), Arc::clone(&clock));
        let maintenance = Arc::new(Maintenance::new(
            Arc::clone(&store),
            Arc::clone(&backups),
            drill,
            Arc::clone(&clock),
            maintenance_settings(settings),
        ));
        let integrity =
            Arc::new(Integrity::new(Arc::clone(&store), Arc::clone(&backups), data_dir.clone(), Arc::clone(&clock)));
        let analyzer = Arc::new(Self::analyzer(settings)?);
        Ok(Self {
            clock,
            store,
            data_dir,
            exporter,
            saver,
            backups,
            restores,
            recovery,
            maintenance,
            integrity,
            analyzer,
            lifecycle,
        })
    }

    /// Puts the parts together and makes sure that the database answers and has our schema.
    pub async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let app = Self::parts(settings)?;
        app.store.ready().await?;
        Ok(app)
    }

    /// The part that analyzes and keeps nothing; it touches neither the database nor the data directory.
    pub fn analyzer(settings: &Settings) -> anyhow::Result<Analyzer> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let youtube: Arc<dyn YouTube> =
            Arc::new(youtube::Client::new(youtube_settings(settings)?, Arc::clone(&clock))?);
        Ok(Analyzer::new(youtube, clock))
    }

    /// A pipeline whose saves stand in the history as those of `actor`.
    pub fn pipeline(&self, actor: &'static str) -> Pipeline {
        Pipeline::new(
            Arc::clone(&self.analyzer),
            Arc::clone(&self.store),
            Arc::clone(&self.saver),
            Arc::clone(&self.clock),
            actor,
        )
    }

    /// Serves until a signal stops it.
    ///
    /// A database that is away does not keep it from starting; see `docs/decisions/0004-degraded-start.md`.
    pub async fn serve(self, settings: &Settings) -> anyhow::Result<()> {
        let listener = listen(SocketAddr::new(settings.host, settings.port)).await?;
        let admin_token = admin_token(settings, &self.data_dir)?;
        self.lifecycle.stop_on_signals()?;
        if let Err(error) = self.store.ready().await {
            tracing::error!("{error}; serving without it until it is back");
        }
        // Nothing of a restore that died is in the way; the next restore looks again.
        if let Err(error) = self.restores.clean_up_interrupted().await {
            tracing::warn!(%error, "could not look after restores that were broken off");
        }
        self.look_at_the_database(settings).await;
        let jobs = Jobs::new(Arc::clone(&self.store), Arc::clone(&self.clock));
        let jobs = Arc::new(jobs.with_direct_fallback(Arc::new(self.pipeline("server")), self.lifecycle.tasks.clone()));
        self.start_tasks(settings, &jobs);
        let router = http::router(AppState::new(self.services(jobs), http_settings(settings, &admin_token)));
        announce(listener.local_addr()?)?;
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let serving =
            axum::serve(listener, service).with_graceful_shutdown(self.lifecycle.token.clone().cancelled_owned());
        tokio::select! {
            ended = serving => ended.context("the server broke down")?,
            // A connection that nobody closes must not keep us.
            () = async { self.lifecycle.token.cancelled().await; tokio::time::sleep(PATIENCE).await } => {
                tracing::warn!("some connections were cut: they had not ended after {PATIENCE:?}");
            }
        }
        if !self.lifecycle.stop(PATIENCE).await {
            tracing::warn!(
                "some tasks had not ended after {PATIENCE:?}; what they were doing is taken up by the next start"
            );
        }
        // What was kept in the last moments is in the export as well; if not now, then at the next start.
        if let Err(error) = self.exporter.catch_up().await {
            tracing::warn!(%error, "stopping without the last export");
        }
        self.store.close().await;
        tracing::info!("stopped");
        Ok(())
    }

    /// What writes the pages as files of a static site.
    pub fn site(&self, settings: &Settings, place: AsFiles) -> Site {
        let jobs = Arc::new(Jobs::new(Arc::clone(&self.store), Arc::clone(&self.clock)));
        // Nobody logs in to a file.
        let token = Secret::from(hex::encode(rand::random::<[u8; 24]>()));
        let router = http::router(AppState::new(self.services(jobs), http_settings(settings, &token)));
        Site::new(router, Arc::clone(&self.store), Arc::clone(&self.exporter), place, program())
    }

    /// What the web service works with.
    fn services(&self, jobs: Arc<Jobs>) -> Services {
        Services {
            store: Arc::clone(&self.store),
            jobs,
            saver: Arc::clone(&self.saver),
            exporter: Arc::clone(&self.exporter),
            backups: Arc::clone(&self.backups),
            restores: self.restores.clone(),
            maintenance: Arc::clone(&self.maintenance),
            integrity: Arc::clone(&self.integrity),
            tasks: self.lifecycle.tasks.clone(),
            data_dir: self.data_dir.clone(),
            clock: Arc::clone(&self.clock),
            shutdown: self.lifecycle.token.clone(),
        }
    }

    /// Waits for what is being saved and closes the database.
    pub async fn close(self) {
        self.lifecycle.stop(PATIENCE).await;
        self.store.close().await;
    }

    /// Puts the spool back.
    pub fn replayer(&self) -> Replayer {
        Replayer::new(Arc::clone(&self.saver), Arc::clone(&self.store), Arc::clone(&self.clock))
    }

    /// Says loudly if the database is not what was written, or is new beside the backups of another; fills a new one
    /// if its owner wants that.
    async fn look_at_the_database(&self, settings: &Settings) {
        let looked = self.integrity.look().await;
        let is_new = looked.as_ref().is_ok_and(|status| status.uninitialized.is_some());
        if let Err(error) = looked {
            tracing::warn!(%error, "could not look at the database as a whole; it is tried again");
        }
        if !(is_new && settings.seed_from_backup) {
            return;
        }
        let seeded = async {
            let plan = self.recovery.plan(&[], Box::new(|_| {})).await?;
            self.recovery.apply(plan, &[], Arc::new(())).await
        };
        match seeded.await {
            Ok(_) => tracing::warn!("the new database was filled from what lies beside it (--seed-from-backup)"),
            Err(error) => tracing::error!(%error, "the new database could not be filled from what lies beside it"),
        }
        // It holds something now.
        let _ = self.integrity.look().await;
    }

    /// Starts the exporter, the replayer of the spool, the copies to the second place, the maintenance, what is derived anew,
    /// and the workers.
    fn start_tasks(&self, settings: &Settings, jobs: &Arc<Jobs>) {
        let Lifecycle { token, tasks } = &self.lifecycle;
        let exporter = Arc::clone(&self.exporter);
        let until = token.child_token();
        tasks.spawn(async move { exporter.run(until).await });
        let (replayer, until) = (self.replayer(), token.child_token());
        tasks.spawn(async move { replayer.run(until).await });
        if let Some(offsite) = self.backups.offsite().cloned() {
            let until = token.child_token();
            tasks.spawn(async move { offsite.run(until).await });
        }
        let (derived, until) = (DerivedTables::new(Arc::clone(&self.store)), token.child_token());
        tasks.spawn(async move { derived.run(until).await });
        let (maintenance, until) = (Arc::clone(&self.maintenance), token.child_token());
        tasks.spawn(async move { maintenance.run(until).await });
        let (integrity, until) = (Arc::clone(&self.integrity), token.child_token());
        let every = Duration::from_secs(60 * u64::from(settings.check_every_minutes));
        tasks.spawn(async move { integrity.run(every, until).await });
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

/// The settings of the YouTube client.
fn youtube_settings(settings: &Settings) -> anyhow::Result<youtube::Settings> {
    let mut youtube = youtube::Settings {
        base_url: youtube::Settings::parse_base_url(&settings.youtube_base_url).context("YOUTUBE_BASE_URL")?,
        churches: settings.church_channels.iter().cloned().collect(),
        ..youtube::Settings::default()
    };
    if let Some(clients) = settings.youtube_clients() {
        youtube.clients = youtube::parse_clients(clients).context("YOUTUBE_CLIENTS")?;
    }
    if let Some(proxy) = settings.rotating_proxy() {
        youtube.rotating_proxy = Some(ProxyUrl::parse(proxy.expose()).context("ROTATING_PROXY")?);
    }
    if let Some(proxies) = settings.proxy_list() {
        youtube.proxy_list = ProxyUrl::parse_list(proxies.expose()).context("PROXY_LIST")?;
    }
    youtube.api_key = settings.youtube_api_key().map(|key| ApiKey::new(key.expose()));
    Ok(youtube)
}

/// Stands for this build of the program: another one has another length or time.
fn program() -> Sha256 {
    let found = std::env::current_exe().and_then(std::fs::metadata);
    let stamp = found.map(|found| format!("{} {:?}", found.len(), found.modified().ok()));
    Sha256::of(stamp.unwrap_or_default().as_bytes())
}

/// How often the server does what by itself.
fn maintenance_settings(settings: &Settings) -> MaintenanceSettings {
    let [backup, drill, scrub, cleanup] =
        settings.maintenance_hours().map(|hours| hours.map(|hours| TimeDelta::hours(hours.into())));
    MaintenanceSettings { backup, drill, scrub, cleanup }
}

/// The settings of the web service.
fn http_settings(settings: &Settings, admin_token: &Secret) -> HttpSettings {
    HttpSettings {
        submissions: match settings.submissions {
            Submissions::Open => http::Submissions::Open,
            Submissions::Admin => http::Submissions::Admin,
        },
        submissions_per_minute: settings.submissions_per_minute,
        admin_token: AdminToken::new(admin_token.expose()),
        trusted_proxies: settings.trusted_proxies,
    }
}

/// Takes the port, or says what to do.
async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let advice = match error.kind() {
            io::ErrorKind::AddrInUse => "another program uses it: stop that one, or choose another with --port",
            io::ErrorKind::PermissionDenied => "choose a port above 1023 with --port",
            _ => "choose another address with --host and --port",
        };
        anyhow::anyhow!("could not listen on {address}: {error}; {advice}")
    })
}

/// The token that opens the admin routes: as set, or kept in the data directory, or made and said once.
fn admin_token(settings: &Settings, data_dir: &DataDir) -> anyhow::Result<Secret> {
    if let Some(token) = settings.admin_token() {
        return Ok(token.clone());
    }
    let path = data_dir.admin_token_file();
    let (token, made) = data_dir
        .admin_token(|| hex::encode(rand::random::<[u8; 24]>()))
        .with_context(|| format!("could not read or make the admin token in {}", path.display()))?;
    if made {
        say(&format!("The admin token is {token} (kept in {}; it is shown only now)", path.display()))?;
    }
    Ok(Secret::from(token))
}

/// Says where to open the pages.
fn announce(address: SocketAddr) -> io::Result<()> {
    let host = if address.ip().is_unspecified() { "localhost".to_owned() } else { address.ip().to_string() };
    say(&format!("MannaMeter is ready: open http://{host}:{}", address.port()))
}

/// A line on standard output, for the person who started the server.
fn say(line: &str) -> io::Result<()> {
    use std::io::Write;
    writeln!(io::stdout(), "{line}")
}
