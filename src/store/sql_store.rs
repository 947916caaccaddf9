//! The store on either database: pools, deadlines, migrations.

use std::{path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Transaction;
use tokio::sync::OnceCell;

use super::{
    DatabaseInfo, DatabaseSettings, PoolStatus, Store, StoreError,
    dialect::{Dialect, MIGRATIONS_TABLE},
    file_watch::FileWatch,
    instances::WriteGate,
    pools::{LazyPools, Session},
    schema, search,
    sql::{Sql, sql},
    sqlite_file, stats,
};
use crate::{clock::Clock, domain::Canon};

/// Maximum number of attempts when a transaction conflicts with another one.
const MAX_ATTEMPTS: u32 = 5;

/// What to do if the database does not exist.
const CREATE: &str = "set DATA_DIR or DATABASE_URL to where it is, or start the server to create it";

/// A store on the database `D`.
#[derive(Debug)]
pub(super) struct SqlStore<D: Dialect> {
    pub(super) pools: LazyPools<D>,
    /// The time limit of every method except those that read or rewrite everything.
    pub(super) deadline: Duration,
    /// The location of the database, without the password.
    pub(super) location: String,
    /// The SQLite file to create before connecting for the first time.
    pub(super) file: Option<PathBuf>,
    /// Detects that the SQLite file has been replaced.
    pub(super) watch: Option<Arc<FileWatch>>,
    /// Whether to create a database that does not exist.
    create: bool,
    migrated: OnceCell<()>,
    /// Whether this instance may write.
    pub(super) gate: WriteGate,
    /// The clock, if it is not the database's.
    clock: Option<Arc<dyn Clock>>,
    /// The canon, which decides which books are part of the manna when statistics are read.
    pub(super) canon: Canon,
}

impl<D: Dialect> SqlStore<D> {
    /// Creates a store that has not connected yet.
    pub(super) fn new(settings: &DatabaseSettings, pools: LazyPools<D>, location: String) -> Self {
        Self {
            pools,
            deadline: settings.deadline,
            location,
            file: None,
            watch: None,
            create: settings.create,
            migrated: OnceCell::new(),
            gate: WriteGate::new(settings.version),
            clock: settings.clock.clone(),
            canon: settings.canon,
        }
    }

    /// Returns a connection for reading.
    pub(super) async fn reader(&self) -> Result<Session<D>, StoreError> {
        self.ensure_migrated().await?;
        self.pools.get().await?.reader().await
    }

    /// Executes a single write statement and returns the number of affected rows.
    pub(super) async fn write(&self, statement: Sql<D>) -> Result<u64, StoreError> {
        let mut session = self.writer().await?;
        let affected = statement.execute(&mut session).await?;
        session.commit().await?;
        Ok(affected)
    }

    /// Returns a connection for a single write statement, which must be committed.
    pub(super) async fn writer(&self) -> Result<Session<D>, StoreError> {
        self.ensure_migrated().await?;
        self.ensure_may_write().await?;
        self.pools.get().await?.writer().await
    }

    /// Returns a connection for a single write statement that must be committed but need not be durable.
    pub(super) async fn staging_writer(&self) -> Result<Session<D>, StoreError> {
        self.ensure_migrated().await?;
        self.ensure_may_write().await?;
        self.pools.get().await?.staging_writer().await
    }

    /// Begins a write transaction.
    pub(super) async fn begin_write(&self) -> Result<Transaction<'static, D>, StoreError> {
        self.ensure_migrated().await?;
        self.ensure_may_write().await?;
        self.pools.get().await?.begin_write().await
    }

    /// Returns the current time by the clock that all instances share.
    pub(super) async fn time(&self, connection: &mut D::Connection) -> Result<DateTime<Utc>, StoreError> {
        match &self.clock {
            Some(clock) => Ok(clock.now()),
            None => Ok(sql::<D>(D::NOW).fetch_one::<(DateTime<Utc>,)>(connection).await?.0),
        }
    }

    /// Begins a write transaction without a statement timeout.
    pub(super) async fn begin_long_write(&self) -> Result<Transaction<'static, D>, StoreError> {
        let mut transaction = self.with_deadline(self.begin_write()).await?;
        lift_timeout::<D>(&mut transaction).await?;
        Ok(transaction)
    }

    /// Begins a transaction that excludes all other writers, without a statement timeout.
    pub(super) async fn begin_exclusive(&self) -> Result<Transaction<'static, D>, StoreError> {
        let mut transaction = self.begin_write().await?;
        lock_exclusively::<D>(&mut transaction).await?;
        Ok(transaction)
    }

    /// Begins a read-only transaction in which every statement sees the same state.
    pub(super) async fn begin_snapshot(&self) -> Result<Transaction<'static, D>, StoreError> {
        self.ensure_migrated().await?;
        self.pools.get().await?.begin_snapshot().await
    }

    /// Like [`Self::begin_snapshot`], but without a statement timeout.
    pub(super) async fn begin_long_snapshot(&self) -> Result<Transaction<'static, D>, StoreError> {
        self.with_deadline(async {
            let mut transaction = self.begin_snapshot().await?;
            lift_timeout::<D>(&mut transaction).await?;
            Ok(transaction)
        })
        .await
    }

    /// Fails with [`StoreError::Unavailable`] if the work takes longer than the deadline.
    pub(super) async fn with_deadline<T, E: From<StoreError>>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        tokio::time::timeout(self.deadline, work).await.unwrap_or_else(|_| {
            Err(StoreError::Unavailable(format!("it did not answer within {} s", self.deadline.as_secs_f32())).into())
        })
    }

    /// Retries a transaction that conflicts with another one.
    pub(super) async fn with_retries<T, F>(&self, mut work: impl FnMut() -> F + Send) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>> + Send,
    {
        let mut attempt = 1;
        loop {
            match work().await {
                Err(StoreError::Conflict(_)) if attempt < MAX_ATTEMPTS => {
                    tokio::time::sleep(Duration::from_millis(rand::random_range(5..=20 * u64::from(attempt)))).await;
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    /// Migrates the schema on first use. Concurrent callers wait. After a failure, the next caller tries again.
    pub(super) async fn ensure_migrated(&self) -> Result<(), StoreError> {
        self.migrated.get_or_try_init(async || self.run_migrations().await.map(drop)).await.copied()
    }

    async fn run_migrations(&self) -> Result<Vec<String>, StoreError> {
        if let Some(file) = &self.file {
            if self.create {
                sqlite_file::create(file).await?;
            } else if !file.exists() {
                return Err(StoreError::Unavailable(format!("there is no database at {}; {CREATE}", file.display())));
            }
        }
        self.check_version().await?;
        let version = self.schema_version().await?;
        if version.is_none() && !self.create {
            return Err(StoreError::Unavailable(format!("there are no sermons at {}; {CREATE}", self.location)));
        }
        if version >= D::migrator().iter().map(|migration| migration.version).max() {
            return Ok(Vec::new());
        }
        let mut transaction = self.pools.get().await?.begin_write().await?;
        lock_exclusively::<D>(&mut transaction).await?;
        let applied = D::migrate(&mut transaction).await?;
        stats::rebuild_if_stale::<D>(&mut transaction).await?;
        search::initialize::<D>(&mut transaction).await?;
        transaction.commit().await?;
        Ok(applied)
    }

    async fn check_version(&self) -> Result<(), StoreError> {
        let mut connection = self.pools.get().await?.reader().await?;
        let (version, ..) = sql::<D>(D::DESCRIBE).fetch_one::<(String, String, bool)>(&mut connection).await?;
        let numbers: Vec<u32> =
            version.split(|c: char| !c.is_ascii_digit()).map_while(|number| number.parse().ok()).collect();
        if numbers.as_slice() >= D::MIN_VERSION {
            return Ok(());
        }
        let needed = D::MIN_VERSION.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
        let name = D::DISPLAY_NAME;
        Err(StoreError::Unavailable(format!("{name} {version} is too old; upgrade to {name} {needed} or newer")))
    }

    /// Returns the newest applied migration, or `None` in a database without our schema.
    pub(super) async fn schema_version(&self) -> Result<Option<i64>, StoreError> {
        let mut connection = self.pools.get().await?.reader().await?;
        if !schema::existing_tables::<D>(&mut connection).await?.contains(MIGRATIONS_TABLE) {
            return Ok(None);
        }
        let newest = sql::<D>("select max(version) from _sqlx_migrations").fetch_one::<(Option<i64>,)>(&mut connection);
        Ok(newest.await?.0)
    }
}

/// Lifts the statement timeout for the rest of the transaction.
pub(super) async fn lift_timeout<D: Dialect>(connection: &mut D::Connection) -> Result<(), StoreError> {
    if let Some(statement) = D::NO_TIMEOUT {
        sql::<D>(statement).execute(connection).await?;
    }
    Ok(())
}

async fn lock_exclusively<D: Dialect>(connection: &mut D::Connection) -> Result<(), StoreError> {
    lift_timeout::<D>(connection).await?;
    if let Some(lock) = D::LOCK_EXCLUSIVE {
        sql::<D>(lock).execute(connection).await?;
    }
    Ok(())
}

#[async_trait]
impl<D: Dialect> Store for SqlStore<D> {
    #[tracing::instrument(skip_all)]
    async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        // No deadline: a migration may rewrite large tables.
        let applied = self.run_migrations().await?;
        self.ensure_migrated().await?;
        Ok(applied)
    }

    #[tracing::instrument(skip_all)]
    async fn ready(&self) -> Result<(), StoreError> {
        self.with_deadline(async {
            let mut connection = self.reader().await?;
            let missing = schema::missing_tables::<D>(&mut connection).await?;
            if !missing.is_empty() {
                return Err(StoreError::Unavailable(schema::missing_message(&missing)));
            }
            sql::<D>("select seq from store_state where id = 1").fetch_one::<(i64,)>(&mut connection).await.map(drop)
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn info(&self) -> Result<DatabaseInfo, StoreError> {
        self.with_deadline(async {
            let schema_version = self.schema_version().await?.unwrap_or_default();
            let pools = self.pools.get().await?;
            // Report the settings of a writer, because they decide whether a commit is durable.
            let mut connection = pools.writer().await?;
            let (version, durability, durable) = sql::<D>(D::DESCRIBE).fetch_one(&mut connection).await?;
            Ok(DatabaseInfo {
                name: D::DISPLAY_NAME,
                version,
                location: self.location.clone(),
                durability,
                durable,
                schema_version,
                connections: pools.report.clone(),
            })
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn now(&self) -> Result<DateTime<Utc>, StoreError> {
        self.with_deadline(async { self.time(&mut *self.reader().await?).await }).await
    }

    fn pools(&self) -> Vec<PoolStatus> {
        let Some(pools) = self.pools.opened() else { return Vec::new() };
        [("readers", &pools.readers), ("writers", &pools.writers), ("staging", &pools.staging)]
            .map(|(name, pool)| PoolStatus { name, size: pool.size() as usize, idle: pool.num_idle() })
            .into()
    }

    #[tracing::instrument(skip_all)]
    async fn close(&self) {
        self.pools.close().await;
    }
}
