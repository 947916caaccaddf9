//! The state row, which serializes all writes and holds the digest of the collection.

use sqlx::Transaction;

use super::{
    StoreError, StoreState,
    dialect::Dialect,
    sql::{Sql, sql},
    sql_store::SqlStore,
};
use crate::domain::CollectionDigest;

/// The row of `store_state`.
#[derive(sqlx::FromRow)]
struct StateRow {
    epoch: i64,
    seq: i64,
    count: i64,
    digest: String,
}

impl TryFrom<StateRow> for StoreState {
    type Error = StoreError;

    fn try_from(row: StateRow) -> Result<Self, StoreError> {
        let digest = CollectionDigest::parse(&row.digest)
            .map_err(|error| StoreError::Corrupt(format!("the digest in store_state: {error}")))?;
        Ok(Self { epoch: row.epoch, seq: row.seq, count: row.count, digest })
    }
}

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn read_current_state(&self) -> Result<StoreState, StoreError> {
        let mut connection = self.reader().await?;
        read_state::<D>(&mut connection).await
    }

    /// Commits. If the commit is not acknowledged, runs `written` on a new connection, and treats the commit as
    /// successful if that returns a row.
    /// The transaction must hold the lock of the state row. Fails if this instance has become too old to write.
    pub(super) async fn commit(
        &self,
        mut transaction: Transaction<'static, D>,
        written: Sql<D>,
    ) -> Result<(), StoreError> {
        self.check_version_in(&mut transaction).await?;
        let Err(error) = transaction.commit().await.map_err(StoreError::from) else { return Ok(()) };
        if matches!(error, StoreError::Conflict(_)) {
            return Err(error);
        }
        tracing::warn!(%error, "a commit was not acknowledged; checking whether it succeeded");
        let mut transaction = self.begin_write().await?;
        // Waits for the unacknowledged transaction, which may still be running.
        lock_state::<D>(&mut transaction).await?;
        let committed = written.fetch_optional::<(i64,)>(&mut transaction).await?.is_some();
        transaction.rollback().await?;
        if committed { Ok(()) } else { Err(error) }
    }
}

/// Returns the state as seen by this connection.
pub(super) async fn read_state<D: Dialect>(connection: &mut D::Connection) -> Result<StoreState, StoreError> {
    sql::<D>("select epoch, seq, count, digest from store_state where id = 1")
        .fetch_one::<StateRow>(connection)
        .await?
        .try_into()
}

/// Locks the state row without taking a write number, for writes that change only derived tables.
pub(super) async fn lock_state<D: Dialect>(connection: &mut D::Connection) -> Result<StoreState, StoreError> {
    update_state::<D>(
        connection,
        "update store_state
        set seq = seq
        where id = 1
        returning epoch, seq, count, digest",
    )
    .await
}

/// Locks the state row, so that all other writers wait, and takes the next write number.
pub(super) async fn next_state<D: Dialect>(connection: &mut D::Connection) -> Result<StoreState, StoreError> {
    update_state::<D>(
        connection,
        "update store_state
        set seq = seq + 1
        where id = 1
        returning epoch, seq, count, digest",
    )
    .await
}

async fn update_state<D: Dialect>(
    connection: &mut D::Connection,
    statement: &'static str,
) -> Result<StoreState, StoreError> {
    if let Some(lock) = D::LOCK_SHARED {
        sql::<D>(lock).execute(connection).await?;
    }
    sql::<D>(statement).fetch_one::<StateRow>(connection).await?.try_into()
}

/// Writes the count and digest. [`next_state`] has already written the number.
pub(super) async fn write_state<D: Dialect>(
    connection: &mut D::Connection,
    state: &StoreState,
) -> Result<(), StoreError> {
    sql::<D>("update store_state set count = $1, digest = $2 where id = 1")
        .bind(state.count)
        .bind(state.digest.to_string())
        .execute(connection)
        .await
        .map(drop)
}
