//! The connections of a store. They are opened on first use, because the number of connections and the statements that
//! begin transactions depend on the server and on any pooler in front of it.

use std::{
    borrow::Cow,
    fmt,
    ops::{Deref, DerefMut},
    sync::atomic::{AtomicBool, Ordering},
};

use futures_util::future::BoxFuture;
use sqlx::{
    AssertSqlSafe, Connection as _, Database, Pool, Transaction,
    pool::{PoolConnection, PoolConnectionMetadata},
};
use tokio::sync::OnceCell;

use super::{ConnectionReport, StoreError, dialect::Dialect};

/// The pools of a store.
///
/// Readers and writers have separate pools, so that a save is read back on a different connection than the one that
/// wrote it, and so that reads and writes cannot exhaust each other's connections.
#[derive(Debug)]
pub(super) struct Pools<D: Dialect> {
    pub(super) writers: Pool<D>,
    /// For writes that need not be durable: rows staged for a restore.
    pub(super) staging: Pool<D>,
    pub(super) readers: Pool<D>,
    /// The statements that begin transactions.
    pub(super) begin: BeginStatements,
    /// The maximum number of connections, and the reason for it.
    pub(super) report: ConnectionReport,
}

/// The statements that begin a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BeginStatements {
    /// Begins a transaction that writes.
    pub(super) write: Cow<'static, str>,
    /// Begins a read-only transaction in which every statement sees the same state.
    pub(super) snapshot: Cow<'static, str>,
    /// Begins a read-only transaction for a single statement, or `None` if a single statement needs no transaction.
    pub(super) read: Option<Cow<'static, str>>,
}

impl BeginStatements {
    /// Returns the statements for connections without a pooler.
    pub(super) fn direct<D: Dialect>() -> Self {
        Self { write: Cow::Borrowed(D::BEGIN_WRITE), snapshot: Cow::Borrowed(D::BEGIN_SNAPSHOT), read: None }
    }
}

impl<D: Dialect> Pools<D> {
    /// Begins a write transaction.
    pub(super) async fn begin_write(&self) -> Result<Transaction<'static, D>, StoreError> {
        begin(&self.writers, &self.begin.write).await
    }

    /// Begins a read-only transaction in which every statement sees the same state.
    pub(super) async fn begin_snapshot(&self) -> Result<Transaction<'static, D>, StoreError> {
        begin(&self.readers, &self.begin.snapshot).await
    }

    /// Returns a connection for reading.
    pub(super) async fn reader(&self) -> Result<Session<D>, StoreError> {
        self.session(&self.readers, self.begin.read.as_deref()).await
    }

    /// Returns a connection for a single write statement.
    pub(super) async fn writer(&self) -> Result<Session<D>, StoreError> {
        self.session(&self.writers, self.single_write()).await
    }

    /// Returns a connection for a single write statement that need not be durable.
    pub(super) async fn staging_writer(&self) -> Result<Session<D>, StoreError> {
        self.session(&self.staging, self.single_write()).await
    }

    fn single_write(&self) -> Option<&str> {
        self.begin.read.as_ref().map(|_| &*self.begin.write)
    }

    async fn session(&self, pool: &Pool<D>, statement: Option<&str>) -> Result<Session<D>, StoreError> {
        match statement {
            Some(statement) => begin(pool, statement).await.map(Session::Transaction),
            None => Ok(Session::Connection(pool.acquire().await?)),
        }
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
        self.staging.close().await;
    }
}

async fn begin<D: Dialect>(pool: &Pool<D>, statement: &str) -> Result<Transaction<'static, D>, StoreError> {
    // Built only from static text, a number and a quoted name.
    Ok(pool.begin_with(AssertSqlSafe(statement.to_owned())).await?)
}

/// Discards a connection that was returned in the middle of a transaction.
/// When the disk is full or fails, SQLite ends the transaction on its own. The rollback that follows then fails, and
/// sqlx considers the connection to be in a transaction forever, so nothing could be written until a restart.
pub(super) fn discard_if_in_transaction<DB: Database>(
    connection: &mut DB::Connection,
    _: PoolConnectionMetadata,
) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
    Box::pin(std::future::ready(Ok(!connection.is_in_transaction())))
}

/// A connection for single statements. Behind a pooler each statement runs in a transaction, because the pooler could
/// otherwise send parts of it to different servers.
#[derive(Debug)]
pub(super) enum Session<D: Dialect> {
    /// A connection to the database.
    Connection(PoolConnection<D>),
    /// A transaction. It is rolled back unless it is committed.
    Transaction(Transaction<'static, D>),
}

impl<D: Dialect> Session<D> {
    /// Commits what was written.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        match self {
            // Each statement was committed on its own.
            Self::Connection(_) => Ok(()),
            Self::Transaction(transaction) => Ok(transaction.commit().await?),
        }
    }
}

impl<D: Dialect> Deref for Session<D> {
    type Target = D::Connection;

    fn deref(&self) -> &D::Connection {
        match self {
            Self::Connection(connection) => connection,
            Self::Transaction(transaction) => transaction,
        }
    }
}

impl<D: Dialect> DerefMut for Session<D> {
    fn deref_mut(&mut self) -> &mut D::Connection {
        match self {
            Self::Connection(connection) => connection,
            Self::Transaction(transaction) => transaction,
        }
    }
}

/// Opens pools.
type Open<D> = Box<dyn Fn() -> BoxFuture<'static, Result<Pools<D>, StoreError>> + Send + Sync>;

/// Pools that are opened on first use.
pub(super) struct LazyPools<D: Dialect> {
    open: Open<D>,
    pools: OnceCell<Pools<D>>,
    is_closed: AtomicBool,
}

impl<D: Dialect> LazyPools<D> {
    /// Creates pools that `open` opens on first use.
    pub(super) fn new(
        open: impl Fn() -> BoxFuture<'static, Result<Pools<D>, StoreError>> + Send + Sync + 'static,
    ) -> Self {
        Self { open: Box::new(open), pools: OnceCell::new(), is_closed: AtomicBool::new(false) }
    }

    /// Wraps pools that are already open.
    pub(super) fn opened_with(pools: Pools<D>) -> Self {
        let closed = || Box::pin(std::future::ready(Err(sqlx::Error::PoolClosed.into()))) as BoxFuture<'static, _>;
        Self { open: Box::new(closed), pools: OnceCell::new_with(Some(pools)), is_closed: AtomicBool::new(false) }
    }

    /// Returns the pools. Concurrent callers wait for the first caller to open them. After a failure, the next caller
    /// tries again.
    pub(super) async fn get(&self) -> Result<&Pools<D>, StoreError> {
        if self.is_closed.load(Ordering::Acquire) {
            return Err(sqlx::Error::PoolClosed.into());
        }
        self.pools.get_or_try_init(&self.open).await
    }

    /// Returns the pools if they are open.
    pub(super) fn opened(&self) -> Option<&Pools<D>> {
        self.pools.get()
    }

    /// Closes all connections.
    pub(super) async fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        if let Some(pools) = self.pools.get() {
            pools.close().await;
        }
    }
}

impl<D: Dialect> fmt::Debug for LazyPools<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LazyPools")
            .field("pools", &self.pools)
            .field("is_closed", &self.is_closed)
            .finish_non_exhaustive()
    }
}
