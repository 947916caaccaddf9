//! The composition root, which builds every component and connects them.
//!
//! Nothing else opens a database pool, reads settings or spawns long-lived tasks. Components get everything they need
//! through their constructors, so this file is a map of the program. [`App::serve`] in `serve.rs` runs it.

mod copy;
mod listener;
mod scratch;
mod serve;
mod settings;

use std::{sync::Arc, time::Duration};

pub use copy::{CopyStores, copy_stores};
pub use scratch::ScratchApps;
use secrecy::SecretString;

use crate::{
    clock::{Clock, SystemClock},
    config::Settings,
    http::{self, AppState, HttpSettings, Services, SiteLocation},
    jobs::{Analyzer, Jobs, Pipeline},
    lifecycle::Lifecycle,
    safety::{
        Adoption, Backups, DataDir, DataDirWatch, Drill, Exporter, Integrity, Maintenance, Offsite, OldDatabases,
        Recovery, Replayer, Restores, Saver,
    },
    site::Site,
    store::{self, DatabaseSettings, ScratchDatabases, Store},
    telemetry::metrics::Metrics,
    youtube::{self, YouTube},
};

/// How long requests, and then tasks, may take to finish at shutdown. Render kills the process after 60 seconds.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(20);

/// How long the final export may take at shutdown, and how long closing the database may take after that.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Every component of the program. No tasks are running yet.
#[derive(Debug)]
pub struct App {
    /// Source of times and IDs.
    pub clock: Arc<dyn Clock>,
    /// The database.
    pub store: Arc<dyn Store>,
    /// The directory for the export, the backups and the SQLite database.
    pub data_dir: DataDir,
    /// Tracks whether the data directory is writable.
    pub data_dir_watch: Arc<DataDirWatch>,
    /// Writes the export files.
    pub exporter: Arc<Exporter>,
    /// Saves and deletes sermons. Apart from restores, nothing else writes them.
    pub saver: Arc<Saver>,
    /// Creates, lists and verifies backups.
    pub backups: Arc<Backups>,
    /// Restores backups, and undoes restores.
    pub restores: Restores,
    /// Rebuilds the best state from every source.
    pub recovery: Arc<Recovery>,
    /// Schedules backups, restore drills, scrubs and cleanups.
    pub maintenance: Arc<Maintenance>,
    /// Checks that the database still contains what was written to it.
    pub integrity: Arc<Integrity>,
    /// Adopts the previous system's database.
    pub adoption: Arc<Adoption>,
    analyzer: Arc<Analyzer>,
    metrics: Metrics,
    lifecycle: Lifecycle,
}

impl App {
    /// Builds every component. Does not connect to the database, which may be unreachable.
    pub fn new(settings: &Settings) -> anyhow::Result<Self> {
        let data_dir = DataDir::open(&settings.data_dir())?;
        Self::connect(settings, data_dir.into(), settings::database(settings))
    }

    /// Builds every component for the web service, which starts even if the disk with the data directory is full or
    /// read-only.
    pub fn for_service(settings: &Settings) -> anyhow::Result<Self> {
        let data_dir = DataDirWatch::open(&settings.data_dir())?;
        Self::connect(settings, data_dir, settings::database(settings))
    }

    /// Builds every component for a read-only command. Does not create anything.
    pub fn existing(settings: &Settings) -> anyhow::Result<Self> {
        let database = settings::database(settings);
        let data_dir = DataDir::existing(&settings.data_dir());
        Self::connect(settings, data_dir.into(), DatabaseSettings { create: false, ..database })
    }

    fn connect(settings: &Settings, data_dir: DataDirWatch, database: DatabaseSettings) -> anyhow::Result<Self> {
        let store = store::connect(&database)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let offsite = settings.offsite().map(|offsite| Offsite::new(&offsite, data_dir.data_dir(), Arc::clone(&clock)));
        let old_databases = settings::old_databases(settings, &database)?;
        Self::build(settings, data_dir, database, (store, old_databases), offsite.transpose()?.map(Arc::new))
    }

    /// Builds every component from a data directory, a store, and the old databases to adopt or recover from.
    fn build(
        settings: &Settings,
        data_dir_watch: DataDirWatch,
        database: DatabaseSettings,
        (store, old_databases): (Arc<dyn Store>, OldDatabases),
        offsite: Option<Arc<Offsite>>,
    ) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let data_dir = data_dir_watch.data_dir().clone();
        let lifecycle = Lifecycle::default();
        let exporter = Arc::new(Exporter::new(Arc::clone(&store), data_dir.clone(), Arc::clone(&clock)));
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
        let recovery = Recovery::new(
            Arc::clone(&store),
            Arc::clone(&backups),
            restores.clone(),
            Arc::clone(&exporter),
            Replayer::new(Arc::clone(&saver), Arc::clone(&store), Arc::clone(&clock)),
            data_dir.clone(),
            Arc::clone(&clock),
        );
        let recovery = Arc::new(recovery.with_old_databases(old_databases.all().cloned().collect()));
        let adoption = Adoption::new(Arc::clone(&store), Arc::clone(&saver), Arc::clone(&clock), old_databases);
        let scratches = ScratchDatabases::new(DatabaseSettings { create: true, ..database });
        let drill = Drill::new(scratches, Arc::clone(&backups), data_dir.clone(), Arc::clone(&clock));
        let maintenance = Arc::new(Maintenance::new(
            Arc::clone(&store),
            Arc::clone(&backups),
            drill,
            Arc::clone(&clock),
            settings::maintenance(settings),
        ));
        let integrity =
            Arc::new(Integrity::new(Arc::clone(&store), Arc::clone(&backups), data_dir.clone(), Arc::clone(&clock)));
        let analyzer = Arc::new(Self::analyzer(settings)?);
        Ok(Self {
            clock,
            store,
            data_dir,
            data_dir_watch: Arc::new(data_dir_watch),
            exporter,
            saver,
            backups,
            restores,
            recovery,
            maintenance,
            integrity,
            adoption: Arc::new(adoption),
            analyzer,
            metrics: Metrics::install(),
            lifecycle,
        })
    }

    /// Builds every component, connects to the database, migrates the schema, and adopts the previous system's
    /// database.
    pub async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let app = Self::new(settings)?;
        app.store.ready().await?;
        app.adopt().await;
        Ok(app)
    }

    /// Adopts the previous system's database, unless our database has ever been written to. Must run before the first
    /// write.
    pub async fn adopt(&self) {
        if let Err(error) = self.adoption.run(&self.lifecycle.token).await {
            tracing::warn!(%error, "the adoption of the old database is incomplete; the next start continues");
        }
    }

    /// Builds every component for a read-only command, and connects to the database, which must exist.
    pub async fn open_existing(settings: &Settings) -> anyhow::Result<Self> {
        let app = Self::existing(settings)?;
        app.store.ready().await?;
        Ok(app)
    }

    /// Builds only the analyzer, which needs neither the database nor the data directory.
    pub fn analyzer(settings: &Settings) -> anyhow::Result<Analyzer> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let youtube: Arc<dyn YouTube> =
            Arc::new(youtube::Client::new(settings::youtube(settings)?, Arc::clone(&clock))?);
        Ok(Analyzer::new(youtube, clock))
    }

    /// Builds a pipeline whose saves are recorded in the history under `actor`.
    pub fn pipeline(&self, actor: &'static str) -> Pipeline {
        Pipeline::new(
            Arc::clone(&self.analyzer),
            Arc::clone(&self.store),
            Arc::clone(&self.saver),
            Arc::clone(&self.clock),
            actor,
        )
    }

    /// Builds the task that saves spooled results.
    pub fn replayer(&self) -> Replayer {
        Replayer::new(Arc::clone(&self.saver), Arc::clone(&self.store), Arc::clone(&self.clock))
    }

    /// Builds the generator of the static site.
    pub fn site(&self, settings: &Settings, location: SiteLocation) -> Site {
        let jobs = Arc::new(Jobs::new(Arc::clone(&self.store), Arc::clone(&self.clock)));
        // The router requires an admin token. A random token keeps admin content off the generated pages.
        let token = SecretString::from(hex::encode(rand::random::<[u8; 24]>()));
        let http = HttpSettings { base_path: String::new(), ..settings::http(settings, &token) };
        let router = http::router(AppState::new(self.services(jobs), http));
        Site::new(router, Arc::clone(&self.store), Arc::clone(&self.exporter), location, settings::build_id())
    }

    /// Returns the components that the HTTP handlers use.
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
            adoption: Arc::clone(&self.adoption),
            tasks: self.lifecycle.tasks.clone(),
            data_dir: self.data_dir.clone(),
            data_dir_watch: Arc::clone(&self.data_dir_watch),
            clock: Arc::clone(&self.clock),
            metrics: self.metrics.clone(),
            shutdown: self.lifecycle.token.clone(),
        }
    }

    /// Waits for running saves and closes the database.
    pub async fn close(self) {
        self.lifecycle.stop(SHUTDOWN_TIMEOUT).await;
        self.close_store().await;
    }

    /// Closes the database, without waiting long for work that is still using it.
    async fn close_store(&self) {
        if tokio::time::timeout(CLOSE_TIMEOUT, self.store.close()).await.is_err() {
            tracing::warn!("some database connections are still in use; they end with the process");
        }
    }
}
