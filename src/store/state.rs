//! The row that orders all writes: taken first by each, and proof of the whole.

use sqlx::Transaction;

use super::{
    StoreError, StoreState,
    sql::{Dialect, Sql, sql},
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
    pub(super) async fn read_state(&self) -> Result<StoreState, StoreError> {
        let mut connection = self.reader().await?;
        state_of::<D>(&mut connection).await
    }

    /// Commits. When no answer comes, asks on a fresh connection whether the change (which `kept` finds) is there.
    pub(super) async fn commit(&self, transaction: Transaction<'static, D>, kept: Sql<D>) -> Result<(), StoreError> {
        let Err(error) = transaction.commit().await.map_err(StoreError::from) else { return Ok(()) };
        if matches!(error, StoreError::Conflict(_)) {
            return Err(error);
        }
        tracing::warn!(%error, "a commit was not answered; asking whether it happened");
        let mut transaction = self.begin_write().await?;
        // Waits until the transaction in question, if it is still under way, has ended.
        take_state::<D>(&mut transaction).await?;
        let kept = kept.fetch_optional::<(i64,)>(&mut transaction).await?.is_some();
        transaction.rollback().await?;
        if kept { Ok(()) } else { Err(error) }
    }
}

/// The state as this connection sees it.
pub(super) async fn state_of<D: Dialect>(connection: &mut D::Connection) -> Result<StoreState, StoreError> {
    sql::<D>("select epoch, seq, count, digest from store_state where id = 1")
        .fetch_one::<StateRow>(connection)
        .await?
        .try_into()
}

/// Takes the state's row, behind which all other writers now wait, and the next position.
pub(super) async fn take_state<D: Dialect>(connection: &mut D::Connection) -> Result<StoreState, StoreError> {
    if let Some(lock) = D::LOCK_SHARED {
        sql::<D>(lock).execute(connection).await?;
    }
    sql::<D>(
        "update store_state
        set seq = seq + 1
        where id = 1
        returning epoch, seq, count, digest",
    )
    .fetch_one::<StateRow>(connection)
    .await?
    .try_into()
}

/// Writes count and digest; the position is there already.
pub(super) async fn put_state<D: Dialect>(
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
