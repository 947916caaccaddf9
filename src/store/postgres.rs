//! Opens connections to PostgreSQL, directly or through a pooler.
//!
//! A pooler in transaction mode, such as pgbouncer, may run each transaction on a different server connection. Nothing
//! may then depend on the session: no named prepared statements, no startup options, and no statement outside a
//! transaction, because parts of its message sequence could reach different servers. See
//! `docs/decisions/0027-poolers.md`.

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde::Serialize;
use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection, Postgres, Row as _,
    pool::PoolOptions,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::timeout;

use super::{
    StoreError,
    dialect::Dialect as _,
    pools::{BeginStatements, Pools, discard_if_in_transaction},
};

/// Number of write connections. More would not help, because writers queue for the state row.
const WRITERS: u32 = 4;

/// A setting that only direct connections have, because poolers do not pass on startup options.
const MARKER: &str = "mannameter.direct";

/// Selects whether the connection is direct, whether the role is a superuser, and how many connections the role, the
/// database and the server allow. Runs in the simple protocol, which works through any pooler.
const PROBE: &str = "
    select
        coalesce(current_setting('mannameter.direct', true), '') = 'on',
        r.rolsuper,
        r.rolconnlimit,
        d.datconnlimit,
        current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
            - coalesce(current_setting('reserved_connections', true), '0')::integer
    from pg_roles r
    cross join pg_database d
    where r.rolname = session_user and d.datname = current_database()";

/// Selects whether the server accepts writes.
const IS_WRITABLE: &str = "select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off'";

/// Whether a connection pooler in transaction mode is between this program and PostgreSQL.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pooler {
    /// Detect it when connecting.
    #[default]
    Auto,
    /// There is no pooler, or it is in session mode and passes on startup options.
    Off,
    /// There is a pooler in transaction mode.
    Transaction,
}

/// The maximum number of connections of this instance, and the reason for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectionReport {
    /// Maximum number of read connections.
    pub readers: u32,
    /// Maximum number of write connections, which reads cannot use.
    pub writers: u32,
    /// Whether the connections go through a pooler in transaction mode.
    pub is_pooled: bool,
    /// The lowest limit on connections, or `None` if there is no limit or it is unknown.
    pub limit: Option<ConnectionLimit>,
}

/// A limit on the number of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ConnectionLimit {
    /// Where the limit is set: `role`, `database` or `server`.
    pub of: &'static str,
    /// Maximum number of connections.
    pub connections: u32,
}

impl ConnectionReport {
    /// Number of connections that an instance needs to read and write while a restore drill or an adoption is running.
    pub const SUFFICIENT: u32 = 6;

    /// Returns whether the limit is so low that requests may have to wait for each other.
    pub fn is_tight(&self) -> bool {
        self.limit.is_some_and(|limit| limit.connections < Self::SUFFICIENT)
    }
}

impl fmt::Display for ConnectionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "up to {} for reading and {} for writing", self.readers, self.writers)?;
        if let Some(ConnectionLimit { of, connections }) = self.limit {
            write!(f, "; the {of} allows {connections}")?;
        }
        if self.is_pooled { f.write_str("; through a pooler in transaction mode") } else { Ok(()) }
    }
}

/// Everything needed to open the pools.
#[derive(Clone)]
pub(super) struct PostgresSettings {
    /// Address, user and password.
    pub(super) options: PgConnectOptions,
    pub(super) pooler: Pooler,
    pub(super) schema: Option<String>,
    pub(super) max_connections: u32,
    pub(super) connect_timeout: Duration,
    pub(super) deadline: Duration,
}

impl PostgresSettings {
    /// Finds out how to connect, and creates the pools.
    pub(super) async fn open(&self) -> Result<Pools<Postgres>, StoreError> {
        let (is_pooled, limit) = match self.pooler {
            Pooler::Transaction => (true, None),
            Pooler::Auto => self.probe().await?,
            Pooler::Off => (false, self.probe().await?.1),
        };
        if is_pooled {
            tracing::info!("PostgreSQL is behind a pooler in transaction mode");
        }
        let (readers, writers) = pool_sizes(self.max_connections, limit);
        let report = ConnectionReport { readers, writers, is_pooled, limit };
        Ok(if is_pooled { self.pooled(report) } else { self.direct(report) })
    }

    /// Returns whether the connection is pooled, and the lowest limit on connections.
    async fn probe(&self) -> Result<(bool, Option<ConnectionLimit>), StoreError> {
        match self.connect(&self.options.clone().options([(MARKER, "on")])).await {
            Err(sqlx::Error::Database(error)) if self.pooler == Pooler::Auto && refuses_options(error.message()) => {
                Ok((true, None))
            }
            Err(error) => Err(error.into()),
            Ok(mut connection) => {
                let row = sqlx::raw_sql(PROBE).fetch_one(&mut connection);
                let row = timeout(self.deadline, row).await.map_err(|_| timed_out())??;
                // The server closes the connection in any case.
                let _ = connection.close().await;
                if !row.try_get::<bool, _>(0)? {
                    return Ok((true, None));
                }
                let is_superuser: bool = row.try_get(1)?;
                let mut lowest: Option<ConnectionLimit> = None;
                for (of, column) in [("role", 2), ("database", 3), ("server", 4)] {
                    // A negative number means no limit.
                    let Ok(connections) = u32::try_from(row.try_get::<i32, _>(column)?) else { continue };
                    let applies = of == "server" || !is_superuser;
                    if applies && lowest.is_none_or(|lowest| connections < lowest.connections) {
                        lowest = Some(ConnectionLimit { of, connections });
                    }
                }
                Ok((false, lowest))
            }
        }
    }

    async fn connect(&self, options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
        timeout(self.connect_timeout, options.connect()).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    /// Creates pools whose connections belong only to this instance.
    fn direct(&self, report: ConnectionReport) -> Pools<Postgres> {
        let options = self.options.clone().options([("statement_timeout", self.deadline.as_millis().to_string())]);
        let options = match &self.schema {
            Some(schema) => options.options([("search_path", schema)]),
            None => options,
        };
        let pool = |connections| {
            // From now on, `keeps_statements` returns true.
            self.pool_options(connections).after_connect(|connection, _| {
                Box::pin(async move { sqlx::query("select 1").execute(connection).await.map(drop) })
            })
        };
        let read_only = options.clone().options([("default_transaction_read_only", "on")]);
        Self::pools(report, BeginStatements::direct::<Postgres>(), pool, (options, read_only))
    }

    /// Creates pools whose server connections are shared with other clients.
    fn pooled(&self, report: ConnectionReport) -> Pools<Postgres> {
        let options = self.options.clone().statement_cache_capacity(0);
        let timeout = format!("set local statement_timeout = {}", self.deadline.as_millis());
        let schema = self.schema.as_ref().map(|schema| schema.replace('"', "\"\""));
        let schema = schema.map(|schema| format!("; set local search_path = \"{schema}\"")).unwrap_or_default();
        let statement = |begin: &str| Cow::Owned(format!("{begin}; {timeout}{schema}"));
        let begin = BeginStatements {
            write: statement(Postgres::BEGIN_WRITE),
            snapshot: statement(Postgres::BEGIN_SNAPSHOT),
            read: Some(statement("begin read only")),
        };
        Self::pools(report, begin, |connections| self.pool_options(connections), (options.clone(), options))
    }

    fn pool_options(&self, connections: u32) -> PgPoolOptions {
        PgPoolOptions::new().max_connections(connections).acquire_timeout(self.connect_timeout)
    }

    fn pools(
        report: ConnectionReport,
        begin: BeginStatements,
        pool: impl Fn(u32) -> PgPoolOptions,
        (writing, reading): (PgConnectOptions, PgConnectOptions),
    ) -> Pools<Postgres> {
        let failover = Arc::new(Failover::default());
        // One write connection stays open, so that other instances cannot take the last connection.
        let writers = pool(report.writers).min_connections(1).before_acquire(discard_if_in_transaction::<Postgres>);
        let writers = closing_if_read_only(writers, Arc::clone(&failover)).connect_lazy_with(writing);
        let readers = pool(report.readers).before_acquire(move |connection, metadata| {
            if failover.is_current(metadata.age) {
                discard_if_in_transaction::<Postgres>(connection, metadata)
            } else {
                Box::pin(std::future::ready(Ok(false)))
            }
        });
        Pools {
            // The staging tables are unlogged.
            staging: writers.clone(),
            writers,
            readers: readers.connect_lazy_with(reading),
            begin,
            report,
        }
    }
}

/// After a failover, a connection may still lead to a server that is now read-only. Closing the connection makes the
/// next save reconnect.
fn closing_if_read_only(options: PoolOptions<Postgres>, failover: Arc<Failover>) -> PoolOptions<Postgres> {
    options.after_release(move |connection, _| {
        let failover = Arc::clone(&failover);
        Box::pin(async move {
            let is_writable: bool = sqlx::raw_sql(IS_WRITABLE).fetch_one(connection).await?.try_get(0)?;
            if !is_writable {
                failover.note();
            }
            Ok(is_writable)
        })
    })
}

/// When a write connection last turned out to be on a read-only server. Older read connections may be on that server
/// too, where they would not see new saves.
#[derive(Debug, Default)]
struct Failover(Mutex<Option<Instant>>);

impl Failover {
    fn note(&self) {
        tracing::warn!("the server is read-only; connecting again");
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Returns whether a connection of this age was opened after the last failover.
    fn is_current(&self, age: Duration) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none_or(|at| age < at.elapsed())
    }
}

/// Returns whether this is pgbouncer's error for a startup parameter that it does not support.
fn refuses_options(message: &str) -> bool {
    message.contains("startup parameter")
}

fn timed_out() -> StoreError {
    StoreError::Unavailable("timed out while connecting".to_owned())
}

/// Returns the maximum number of read and write connections. If the limit allows it, leaves one connection for reading
/// an old database and for other commands.
fn pool_sizes(max: u32, limit: Option<ConnectionLimit>) -> (u32, u32) {
    let total = limit.map_or(max, |limit| max.min(limit.connections.saturating_sub(1).max(2)));
    let writers = WRITERS.min(total / 2);
    (total - writers, writers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_low_limit_leaves_connections_for_writing_and_for_other_commands() {
        for (limit, expected) in
            [(None, (6, 4)), (Some(97), (6, 4)), (Some(10), (5, 4)), (Some(3), (1, 1)), (Some(1), (1, 1))]
        {
            let limit = limit.map(|connections| ConnectionLimit { of: "role", connections });
            assert_eq!(pool_sizes(10, limit), expected, "{limit:?}");
        }
    }

    #[test]
    fn readers_older_than_a_failover_are_not_current() {
        let failover = Failover::default();
        let old = Duration::from_mins(1);
        assert!(failover.is_current(old));
        failover.note();
        assert!(!failover.is_current(old));
        std::thread::sleep(Duration::from_millis(5));
        assert!(failover.is_current(Duration::from_millis(1)));
    }
}
