//! The instances that share the database, and the oldest version that may write to it.
//! An older instance can still read. Therefore, once no older instance is alive, the minimum version can be raised
//! before data is converted, and no instance can write the old form afterwards.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::{StoreError, columns, dialect::Dialect, sql::sql, sql_store::SqlStore};
use crate::domain::ReleaseVersion;

/// An instance that has not sent a heartbeat for this long is considered dead.
const DEAD_AFTER: TimeDelta = TimeDelta::seconds(90);

/// How long a dead instance stays in the list.
const FORGOTTEN_AFTER: TimeDelta = TimeDelta::days(1);

/// How long a check of the minimum version stays valid for writes that do not change sermons.
const CHECK_VALID_FOR: Duration = Duration::from_secs(1);

/// A running or recently running instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InstanceEntry {
    /// ID of the instance, generated at each start.
    pub id: Uuid,
    /// Version of the instance.
    pub version: String,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// Time of the last heartbeat.
    pub heartbeat_at: DateTime<Utc>,
    /// Whether the last heartbeat is recent.
    pub is_alive: bool,
}

/// The result of an attempt to raise the minimum version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MinimumVersionOutcome {
    /// The minimum was raised. Instances older than this can no longer write.
    Raised(ReleaseVersion),
    /// The minimum was already at least as high.
    Unchanged(ReleaseVersion),
    /// These older instances are alive.
    OlderAlive(Vec<InstanceEntry>),
}

/// The instances that share the database.
#[async_trait]
pub trait InstanceRepository: Send + Sync {
    /// Records that an instance is alive, and removes the entries of instances that have been dead for a long time. All
    /// times are measured with [`Store::now`](super::Store::now).
    async fn record_heartbeat(&self, id: Uuid) -> Result<(), StoreError>;
    /// Removes an instance that is stopping.
    async fn remove_instance(&self, id: Uuid) -> Result<(), StoreError>;
    /// Returns all instances, longest-running first.
    async fn instances(&self) -> Result<Vec<InstanceEntry>, StoreError>;
    /// Returns the minimum version if this instance is older, or `None` if this instance may write.
    async fn required_version(&self) -> Result<Option<ReleaseVersion>, StoreError>;
    /// Raises the minimum version, unless an older instance is alive. Waits for running writes.
    async fn raise_minimum_version(&self, version: ReleaseVersion) -> Result<MinimumVersionOutcome, StoreError>;
}

/// A row of `instances`.
#[derive(sqlx::FromRow)]
struct InstanceRow {
    id: Uuid,
    version: String,
    started_at: DateTime<Utc>,
    heartbeat_at: DateTime<Utc>,
}

/// Caches the check that this instance may write.
#[derive(Debug)]
pub(super) struct WriteGate {
    pub(super) version: ReleaseVersion,
    checked_at: Mutex<Option<Instant>>,
}

impl WriteGate {
    pub(super) fn new(version: ReleaseVersion) -> Self {
        Self { version, checked_at: Mutex::default() }
    }

    fn is_fresh(&self) -> bool {
        let checked_at = *self.checked_at.lock().unwrap_or_else(PoisonError::into_inner);
        checked_at.is_some_and(|checked_at| checked_at.elapsed() < CHECK_VALID_FOR)
    }

    /// Fails if this version is older than the minimum.
    fn check(&self, minimum: ReleaseVersion) -> Result<(), StoreError> {
        let version = self.version;
        if version < minimum {
            return Err(StoreError::Unavailable(format!(
                "this instance is version {version}, and the database accepts writes only from version {minimum} or newer; \
                 upgrade this instance"
            )));
        }
        *self.checked_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(())
    }
}

impl<D: Dialect> SqlStore<D> {
    /// Fails if this instance is too old to write. The check may be up to a second old; [`Self::check_version_in`] is
    /// exact.
    pub(super) async fn ensure_may_write(&self) -> Result<(), StoreError> {
        if self.gate.is_fresh() {
            return Ok(());
        }
        let mut connection = self.pools.get().await?.writer().await?;
        match read_minimum::<D>(&mut connection).await {
            Ok(minimum) => self.gate.check(minimum),
            Err(error) => {
                // The table may be missing. The write itself shows whether the database works.
                tracing::debug!(%error, "could not read the minimum version");
                Ok(())
            }
        }
    }

    /// Fails if this instance is too old to write. The transaction must hold the lock of the state row.
    pub(super) async fn check_version_in(&self, connection: &mut D::Connection) -> Result<(), StoreError> {
        self.gate.check(read_minimum::<D>(connection).await?)
    }

    async fn list_instances(
        &self,
        connection: &mut D::Connection,
        now: DateTime<Utc>,
    ) -> Result<Vec<InstanceEntry>, StoreError> {
        let rows: Vec<InstanceRow> = sql::<D>(
            "select id, version, started_at, heartbeat_at
            from instances
            order by started_at, id",
        )
        .fetch_all(connection)
        .await?;
        let entry = |InstanceRow { id, version, started_at, heartbeat_at }| InstanceEntry {
            id,
            version,
            started_at,
            heartbeat_at,
            is_alive: now - heartbeat_at < DEAD_AFTER,
        };
        Ok(rows.into_iter().map(entry).collect())
    }
}

#[async_trait]
impl<D: Dialect> InstanceRepository for SqlStore<D> {
    #[tracing::instrument(skip_all)]
    async fn record_heartbeat(&self, id: Uuid) -> Result<(), StoreError> {
        self.with_deadline(async {
            // Not `begin_write`: an instance that is too old to write must still be listed.
            self.ensure_migrated().await?;
            let mut transaction = self.pools.get().await?.begin_write().await?;
            let now = columns::db_time(self.time(&mut transaction).await?);
            sql::<D>("delete from instances where heartbeat_at < $1")
                .bind(columns::db_time(now - FORGOTTEN_AFTER))
                .execute(&mut transaction)
                .await?;
            sql::<D>(
                "insert into instances (id, version, started_at, heartbeat_at)
                values ($1, $2, $3, $3)
                on conflict (id) do update set heartbeat_at = excluded.heartbeat_at",
            )
            .bind(id)
            .bind(self.gate.version.to_string())
            .bind(now)
            .execute(&mut transaction)
            .await?;
            Ok(transaction.commit().await?)
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn remove_instance(&self, id: Uuid) -> Result<(), StoreError> {
        self.with_deadline(async {
            let mut session = self.pools.get().await?.writer().await?;
            sql::<D>("delete from instances where id = $1").bind(id).execute(&mut session).await?;
            session.commit().await
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn instances(&self) -> Result<Vec<InstanceEntry>, StoreError> {
        self.with_deadline(async {
            let mut connection = self.reader().await?;
            let now = self.time(&mut connection).await?;
            self.list_instances(&mut connection, now).await
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn required_version(&self) -> Result<Option<ReleaseVersion>, StoreError> {
        let minimum = self.with_deadline(async { read_minimum::<D>(&mut *self.reader().await?).await }).await?;
        Ok((self.gate.version < minimum).then_some(minimum))
    }

    #[tracing::instrument(skip_all)]
    async fn raise_minimum_version(&self, version: ReleaseVersion) -> Result<MinimumVersionOutcome, StoreError> {
        let mut transaction = self.begin_exclusive().await?;
        let minimum = read_minimum::<D>(&mut transaction).await?;
        if minimum >= version {
            return Ok(MinimumVersionOutcome::Unchanged(minimum));
        }
        let now = self.time(&mut transaction).await?;
        let mut older = self.list_instances(&mut transaction, now).await?;
        let is_older = |text: &str| text.parse::<ReleaseVersion>().is_ok_and(|other| other < version);
        older.retain(|instance| instance.is_alive && is_older(&instance.version));
        if !older.is_empty() {
            return Ok(MinimumVersionOutcome::OlderAlive(older));
        }
        sql::<D>("update store_state set minimum_version = $1 where id = 1")
            .bind(version.to_string())
            .execute(&mut transaction)
            .await?;
        transaction.commit().await?;
        Ok(MinimumVersionOutcome::Raised(version))
    }
}

async fn read_minimum<D: Dialect>(connection: &mut D::Connection) -> Result<ReleaseVersion, StoreError> {
    let minimum = sql::<D>("select minimum_version from store_state where id = 1");
    let (minimum,): (String,) = minimum.fetch_one(connection).await?;
    minimum.parse().map_err(|error| StoreError::Corrupt(format!("the minimum version in store_state: {error}")))
}
