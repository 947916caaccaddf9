//! The store over one of the databases: pools, deadlines, migrations.

use std::{path::PathBuf, time::Duration};

use async_trait::async_trait;
use sqlx::{Pool, Transaction, pool::PoolConnection};
use tokio::sync::OnceCell;

use super::{
    DatabaseInfo, Store, StoreError,
    stats::update as stats_update,
    search::update as search_index,
    sql::{Dialect, MIGRATIONS, sql},
    sqlite_file, tables,
};

/// How many times a transaction is tried that another one got in the way of.
const TRIES: u32 = 5;

/// A store over the database `D`.
///
/// Writing and reading have pools of their own: what was written is read back on another connection, and a queue of
/// writers never keeps a page from being shown.
#[derive(Debug)]
pub(super) struct SqlStore<D: Dialect> {
    pub(super) writers: Pool<D>,
    /// Writes what need not be durable yet: the videos that wait for a restore.
    pub(super) stagers: Pool<D>,
    pub(super) readers: Pool<D>,
    /// Within it every method answers, but for those that read or rewrite everything.
    pub(super) deadline: Duration,
    /// Where the database is, without a password.
    pub(super) location: String,
    /// The file that is to be there before the first connection.
    pub(super) file: Option<PathBuf>,
    pub(super) migrated: OnceCell<()>,
}

impl<D: Dialect> SqlStore<D> {
    /// A connection that reads.
    pub(super) async fn reader(&self) -> Result<PoolConnection<D>, StoreError> {
        self.migrated().await?;
        Ok(self.readers.acquire().await?)
    }

    /// A connection that writes, for a single statement.
    pub(super) async fn writer(&self) -> Result<PoolConnection<D>, StoreError> {
        self.migrated().await?;
        Ok(self.writers.acquire().await?)
    }

    /// A connection that writes what need not be durable yet.
    pub(super) async fn stager(&self) -> Result<PoolConnection<D>, StoreError> {
        self.migrated().await?;
        Ok(self.stagers.acquire().await?)
    }

    /// A transaction that writes.
    pub(super) async fn begin_write(&self) -> Result<Transaction<'static, D>, StoreError> {
        self.migrated().await?;
        Ok(self.writers.begin_with(D::BEGIN_WRITE).await?)
    }

    /// A transaction in which every statement reads the same state.
    pub(super) async fn begin_snapshot(&self) -> Result<Transaction<'static, D>, StoreError> {
        self.migrated().await?;
        Ok(self.readers.begin_with(D::BEGIN_SNAPSHOT).await?)
    }

    /// Gives up on what takes longer than the deadline.
    pub(super) async fn within<T, E: From<StoreError>>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        tokio::time::timeout(self.deadline, work).await.unwrap_or_else(|_| {
            Err(StoreError::Unavailable(format!("it gave no answer within {} s", self.deadline.as_secs_f32())).into())
        })
    }

    /// Tries again what another transaction got in the way of.
    pub(super) async fn retrying<T, F>(&self, mut work: impl FnMut() -> F + Send) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>> + Send,
    {
        let mut tried = 1;
        loop {
            match work().await {
                Err(StoreError::Conflict(_)) if tried < TRIES => {
                    tokio::time::sleep(Duration::from_millis(rand::random_range(5..=20 * u64::from(tried)))).await;
                    tried += 1;
                }
                result => return result,
            }
        }
    }

    /// Waits until the schema is up to date, for which the first caller cares; after a failure the next one does.
    pub(super) async fn migrated(&self) -> Result<(), StoreError> {
        self.migrated.get_or_try_init(async || self.bring_up_to_date().await.map(drop)).await.copied()
    }

    async fn bring_up_to_date(&self) -> Result<Vec<String>, StoreError> {
        if let Some(file) = &self.file {
            sqlite_file::create(file).await?;
        }
        self.check_version().await?;
        if self.schema_version().await? >= D::migrator().iter().map(|migration| migration.version).max() {
            return Ok(Vec::new());
        }
        let mut transaction = self.writers.begin_with(D::BEGIN_WRITE).await?;
        for statement in [D::UNLIMITED_TIME, D::LOCK_EXCLUSIVE].into_iter().flatten() {
            sql::<D>(statement).execute(&mut transaction).await?;
        }
        let ran = D::migrate(&mut transaction).await?;
        stats_update::count_what_is_behind::<D>(&mut transaction).await?;
        search_index::begin::<D>(&mut transaction).await?;
        transaction.commit().await?;
        Ok(ran)
    }

    async fn check_version(&self) -> Result<(), StoreError> {
        let mut connection = self.readers.acquire().await?;
        let (version, ..) = sql::<D>(D::DESCRIBE).fetch_one::<(String, String, bool)>(&mut connection).await?;
        let numbers: Vec<u32> =
            version.split(|c: char| !c.is_ascii_digit()).map_while(|number| number.parse().ok()).collect();
        if numbers.as_slice() >= D::OLDEST {
            Ok(())
        } else {
            Err(StoreError::Unavailable(format!("{} {version} is too old: {:?} is needed", D::TITLE, D::OLDEST)))
        }
    }

    /// The newest migration that has run; none in a database without our schema.
    pub(super) async fn schema_version(&self) -> Result<Option<i64>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        if !tables::present::<D>(&mut connection).await?.contains(MIGRATIONS) {
            return Ok(None);
        }
        let found = sql::<D>("select max(version) from _sqlx_migrations").fetch_one::<(Option<i64>,)>(&mut connection);
        Ok(found.await?.0)
    }
}

#[async_trait]
impl<D: Dialect> Store for SqlStore<D> {
    async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        // May rewrite much: it takes the time that it takes.
        let ran = self.bring_up_to_date().await?;
        self.migrated().await?;
        Ok(ran)
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.within(async {
            let mut connection = self.reader().await?;
            match tables::missing::<D>(&mut connection).await? {
                missing if missing.is_empty() => {}
                missing => return Err(StoreError::Unavailable(tables::words(&missing))),
            }
            sql::<D>("select seq from store_state where id = 1").fetch_one::<(i64,)>(&mut connection).await.map(drop)
        })
        .await
    }

    async fn info(&self) -> Result<DatabaseInfo, StoreError> {
        self.within(async {
            let schema_version = self.schema_version().await?.unwrap_or_default();
            let mut connection = self.writer().await?;
            let (version, durability, durable) = sql::<D>(D::DESCRIBE).fetch_one(&mut connection).await?;
            Ok(DatabaseInfo {
                name: D::TITLE,
                version,
                location: self.location.clone(),
                durability,
                durable,
                schema_version,
            })
        })
        .await
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
        self.stagers.close().await;
    }
}
