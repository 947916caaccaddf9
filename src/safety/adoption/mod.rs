//! Adopts the database of the previous system: copies its sermons into ours without ever writing to it.
//!
//! When the server first starts with an uninitialized database, [`Adoption::run`] records the old databases that it
//! finds, in a transaction that excludes all other writers. From then on, each old database has a row in ours. The
//! instance that holds the row's lease copies the sermons, each with a normal save. If that instance dies, it loses the
//! lease, and another instance takes over, or the same one resumes at its next start. A database that already has data
//! never adopts another. See `docs/decisions/0022-adoption.md`.

mod copier;
mod status;

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
    time::Duration,
};

use chrono::TimeDelta;
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;

pub use copier::{CopiedRows, CopyError};
pub use status::{AdoptionStatus, OldDatabase, OldDatabaseState};

use super::{SaveError, Saver, plural::count};
use crate::{
    clock::Clock,
    domain::{Sha256, VideoId},
    store::{
        AdoptionEntry, AdoptionLease, AdoptionProgress, LegacyContents, LegacyDatabase, NewAdoption, SavePolicy, Store,
        StoreError,
    },
};
use copier::Copier;

/// The actor recorded in the history.
const ACTOR: &str = "adoption";

/// How long a lease lasts, and how often it is renewed.
const LEASE: TimeDelta = TimeDelta::seconds(15);
const RENEW_AFTER: TimeDelta = TimeDelta::seconds(4);

/// How long to wait before trying again while an adoption is incomplete.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// How often to check the old databases while no adoption is incomplete.
const REFRESH_AFTER: Duration = Duration::from_secs(300);

/// The old databases that the settings point to.
#[derive(Debug, Clone, Default)]
pub struct OldDatabases {
    /// The configured database, and any database that the previous system would have used with the same settings.
    /// Adopted automatically.
    pub configured: Vec<LegacyDatabase>,
    /// Files in the data directory, if a different database is configured. Imported only on request.
    pub elsewhere: Vec<LegacyDatabase>,
    /// Whether adoption is enabled.
    pub adopt: bool,
}

impl OldDatabases {
    /// Returns all databases.
    pub fn all(&self) -> impl Iterator<Item = &LegacyDatabase> {
        self.configured.iter().chain(&self.elsewhere)
    }
}

/// Adopts old databases, and tracks what has been adopted.
#[derive(Debug)]
pub struct Adoption {
    store: Arc<dyn Store>,
    saver: Arc<Saver>,
    clock: Arc<dyn Clock>,
    databases: OldDatabases,
    /// ID of this process as a lease holder.
    holder: String,
    status: watch::Sender<AdoptionStatus>,
}

/// The sermons of our database, current and past.
#[derive(Debug, Default)]
struct KnownSermons {
    ids: BTreeSet<VideoId>,
    versions: HashSet<(VideoId, Sha256)>,
}

/// Why an adoption did not finish. The next run continues it.
#[derive(Debug, thiserror::Error)]
pub enum AdoptionError {
    /// Our database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An old database could not be copied in full.
    #[error("{source_name}: {error}")]
    Copy {
        /// The old database.
        source_name: String,
        /// The reason.
        error: CopyError,
    },
}

impl Adoption {
    /// Creates the service for the old databases that the settings point to.
    pub fn new(store: Arc<dyn Store>, saver: Arc<Saver>, clock: Arc<dyn Clock>, databases: OldDatabases) -> Self {
        let holder = clock.new_id().to_string();
        Self { store, saver, clock, databases, holder, status: watch::Sender::default() }
    }

    /// Returns the last known status of the old databases.
    pub fn status(&self) -> AdoptionStatus {
        self.status.borrow().clone()
    }

    /// Adopts old databases, retries while an adoption is incomplete, and keeps the status up to date, until the token
    /// is canceled.
    pub async fn keep_running(&self, token: CancellationToken) {
        loop {
            if let Err(error) = self.run(&token).await {
                tracing::warn!(%error, "the adoption of the old database is incomplete; will try again");
            }
            let pause = if self.status().is_adopting() { RETRY_AFTER } else { REFRESH_AFTER };
            tokio::select! {
                () = token.cancelled() => break,
                () = sleep(pause) => {}
            }
        }
    }

    /// Adopts everything that has not been adopted yet, and updates the status. Does nothing if there is no old
    /// database.
    pub async fn run(&self, token: &CancellationToken) -> Result<(), AdoptionError> {
        let adopted = if self.databases.adopt { self.adopt(token).await } else { Ok(()) };
        self.refresh().await?;
        adopted
    }

    /// Updates the status without adopting anything.
    pub async fn refresh(&self) -> Result<AdoptionStatus, StoreError> {
        let entries = self.store.adoptions().await?;
        let is_uninitialized = self.store.state().await?.seq == 0;
        let mut known = None;
        let mut databases = Vec::new();
        for (database, is_configured) in self.with_kind() {
            let contents = database.inspect().await;
            let entry = entries.iter().find(|entry| entry.source == database.name());
            let is_waiting = is_configured && is_uninitialized && self.databases.adopt;
            let old = OldDatabase::new(database.name(), is_configured, is_waiting, entry, contents);
            let Some(mut old) = old else { continue };
            if old.rows > 0 && !old.is_adopting() {
                let known = match &mut known {
                    Some(known) => known,
                    none => none.insert(self.known().await?),
                };
                let missing = missing(known, database).await;
                old.missing = missing.map(|missing| missing.saturating_sub(old.adopted.unreadable));
            }
            databases.push(old);
        }
        for entry in &entries {
            if databases.iter().all(|old| old.name != entry.source) {
                databases.push(OldDatabase::gone(entry));
            }
        }
        let status = AdoptionStatus { databases };
        self.status.send_replace(status.clone());
        Ok(status)
    }

    fn with_kind(&self) -> impl Iterator<Item = (&LegacyDatabase, bool)> {
        let configured = self.databases.configured.iter().map(|database| (database, true));
        configured.chain(self.databases.elsewhere.iter().map(|database| (database, false)))
    }

    async fn adopt(&self, token: &CancellationToken) -> Result<(), AdoptionError> {
        let mut entries = self.store.adoptions().await?;
        if entries.is_empty() && self.begin().await? {
            entries = self.store.adoptions().await?;
        }
        let mut result = Ok(());
        for entry in entries.iter().filter(|entry| entry.finished_at.is_none()) {
            let database = self.databases.configured.iter().find(|database| database.name() == entry.source);
            if let Some(database) = database
                && let Err(error) = self.copy(entry, database, token).await
            {
                result = Err(error);
            }
        }
        result
    }

    /// Records the old databases, if there are any and our database has never been written to. Returns whether any were
    /// recorded.
    async fn begin(&self) -> Result<bool, StoreError> {
        if self.store.state().await?.seq > 0 {
            return Ok(false);
        }
        let mut sources = Vec::new();
        for database in &self.databases.configured {
            match database.inspect().await {
                Ok(LegacyContents::Sermons(rows)) if rows > 0 => {
                    tracing::info!(database = database.name(), rows, "found the database of the previous system");
                    sources.push(database.name().to_owned());
                }
                Ok(LegacyContents::OtherTable(reason)) => {
                    tracing::warn!(database = database.name(), reason, "this is not the previous system's database");
                }
                Ok(_) => {}
                // This may be an old database. Record it now, because it could no longer be adopted after the first
                // save.
                Err(StoreError::Unavailable(reason)) => {
                    tracing::warn!(
                        database = database.name(),
                        reason,
                        "an old database cannot be read; will try again"
                    );
                    sources.push(database.name().to_owned());
                }
                Err(error) => tracing::warn!(database = database.name(), %error, "this is not an old database"),
            }
        }
        if sources.is_empty() {
            return Ok(false);
        }
        let adoption = NewAdoption { sources, audit_id: self.clock.new_id(), at: self.clock.now() };
        self.store.begin_adoption(&adoption).await
    }

    /// Copies one old database, unless another instance is copying it.
    async fn copy(
        &self,
        entry: &AdoptionEntry,
        database: &LegacyDatabase,
        token: &CancellationToken,
    ) -> Result<(), AdoptionError> {
        let lease = self.lease(database);
        if !self.store.claim_adoption(&lease).await? {
            return Ok(());
        }
        if entry.progress != AdoptionProgress::default() {
            tracing::info!(database = database.name(), "continuing an interrupted adoption");
        }
        self.refresh().await?;
        let copied = self.copy_rows(database, SavePolicy::KeepNewer, ACTOR, Some(token)).await;
        match copied {
            Ok(rows) => {
                let finished =
                    self.store.finish_adoption(&lease, &rows.progress, self.clock.new_id(), self.clock.now());
                if finished.await? {
                    announce(database, &rows);
                }
                Ok(())
            }
            Err(error) => {
                self.store.release_adoption(&lease).await?;
                Err(AdoptionError::Copy { source_name: database.name().to_owned(), error })
            }
        }
    }

    /// Saves every sermon in an old database that ours does not have. Sermons that were deleted from ours stay deleted.
    pub async fn copy_rows(
        &self,
        database: &LegacyDatabase,
        policy: SavePolicy,
        actor: &'static str,
        adopting: Option<&CancellationToken>,
    ) -> Result<CopiedRows, CopyError> {
        let known = if adopting.is_some() { self.known().await?.versions } else { HashSet::new() };
        let mut copier = Copier::new(self, database, policy, actor, known, adopting);
        let read = database.read(&mut copier).await;
        copier.finish(read)
    }

    fn lease(&self, database: &LegacyDatabase) -> AdoptionLease {
        AdoptionLease { source: database.name().to_owned(), holder: self.holder.clone(), duration: LEASE }
    }

    async fn known(&self) -> Result<KnownSermons, StoreError> {
        let mut known = KnownSermons::default();
        for sermon in self.store.outline().await?.1 {
            known.ids.insert(sermon.video_id.clone());
            known.versions.insert((sermon.video_id, sermon.sha256));
        }
        for version in self.store.history_outline().await? {
            known.ids.insert(version.video_id.clone());
            known.versions.insert((version.video_id, version.sha256));
        }
        Ok(known)
    }
}

/// Counts the sermons in an old database that have never been in ours. Returns `None` if it cannot be read.
async fn missing(known: &KnownSermons, database: &LegacyDatabase) -> Option<u64> {
    let ids = database.ids().await.ok()?;
    let ids = ids.iter().filter_map(|id| VideoId::parse(id).ok());
    Some(ids.filter(|id| !known.ids.contains(id)).count() as u64)
}

fn announce(database: &LegacyDatabase, rows: &CopiedRows) {
    let AdoptionProgress { sermons, unreadable, problems } = &rows.progress;
    tracing::info!(database = database.name(), "adopted {} of the previous system", count(*sermons, "sermon"));
    if *unreadable > 0 {
        tracing::error!(
            database = database.name(),
            "{} of the old database could not be read and were not adopted: {}",
            count(*unreadable, "row"),
            problems.join("; ")
        );
    }
}

/// Returns whether a save failed for a reason that affects only this sermon.
fn concerns_only_this_sermon(error: &SaveError) -> bool {
    matches!(error, SaveError::TooLarge(_) | SaveError::Store(StoreError::Database(_)))
}
