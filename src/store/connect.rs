//! From an address to a store.

use std::{fmt, str::FromStr as _, sync::Arc, time::Duration};

use sqlx::{
    Connection as _, Postgres, Sqlite,
    pool::PoolOptions,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::sync::OnceCell;
use url::Url;

use super::{Store, sql_store::SqlStore};

/// How many connections of PostgreSQL write; writers wait for each other anyway.
const POSTGRES_WRITERS: u32 = 4;

/// How many connections of SQLite read; each is a thread.
const SQLITE_READERS: u32 = 4;

/// What a connection of SQLite that writes remembers, as `cache_size` takes it: 16 MB. The indexes of a restore that
/// writes everything anew fit into it.
const SQLITE_WRITER_CACHE: &str = "-16384";

/// How many pages (64 MB) are staged before they are moved from the log into the database, with an fsync.
const SQLITE_STAGED_PAGES: &str = "16384";

/// How many rows SQLite may read ahead; a document may have 8 MB.
const SQLITE_ROWS_AHEAD: usize = 4;

/// Where the database is, and how it is to be treated.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseSettings {
    /// `postgres://user:password@host/name` or `sqlite://path/to/file`.
    pub url: String,
    /// At most so many connections (at least 2).
    pub max_connections: u32,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long a save, or another answer, may take.
    pub deadline: Duration,
    /// The schema of `PostgreSQL` that the tables are in; none is the usual one.
    pub schema: Option<String>,
}

impl DatabaseSettings {
    /// For the database at this address, otherwise as usual: 10 connections, 3 s to connect, 10 s to answer.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 10,
            connect_timeout: Duration::from_secs(3),
            deadline: Duration::from_secs(10),
            schema: None,
        }
    }
}

impl fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseSettings")
            .field("url", &without_password(&self.url))
            .field("max_connections", &self.max_connections)
            .field("connect_timeout", &self.connect_timeout)
            .field("deadline", &self.deadline)
            .field("schema", &self.schema)
            .finish()
    }
}

/// The settings name no database that a store can be on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The address begins with something else.
    #[error("the database address {0:?} is of no kind that is known: give postgres://... or sqlite://...")]
    UnknownKind(String),
    /// The address is malformed.
    #[error("the database address {url:?} cannot be read: {reason}")]
    Malformed {
        /// The address without its password.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A database in memory.
    #[error("the database address {0:?} is in memory, where nothing would be kept: give sqlite://path/to/file")]
    InMemory(String),
    /// There must be one connection to write and one to read.
    #[error("the database needs at least 2 connections, not {0}")]
    TooFewConnections(u32),
}

/// A store over the database that the settings name.
///
/// Nothing is opened yet: a database that is away makes the methods of the store answer
/// [`Unavailable`](super::StoreError::Unavailable) until it is there. The schema is brought up to date before the
/// first use. Must be called within a Tokio runtime, which the pools take for their maintenance.
pub fn connect(settings: &DatabaseSettings) -> Result<Arc<dyn Store>, ConnectError> {
    if settings.max_connections < 2 {
        return Err(ConnectError::TooFewConnections(settings.max_connections));
    }
    match settings.url.split_once(':').map(|(scheme, _)| scheme) {
        Some("postgres" | "postgresql") => Ok(Arc::new(postgres(settings)?)),
        Some("sqlite") => Ok(Arc::new(sqlite(settings)?)),
        _ => Err(ConnectError::UnknownKind(without_password(&settings.url))),
    }
}

fn postgres(settings: &DatabaseSettings) -> Result<SqlStore<Postgres>, ConnectError> {
    let malformed = |reason: String| ConnectError::Malformed { url: without_password(&settings.url), reason };
    Url::parse(&settings.url).map_err(|error| malformed(error.to_string()))?;
    let options = PgConnectOptions::from_str(&settings.url).map_err(|error| malformed(error.to_string()))?;
    let options = options
        .application_name("mannameter")
        .options([("statement_timeout", settings.deadline.as_millis().to_string())]);
    let options = match &settings.schema {
        Some(schema) => options.options([("search_path", schema)]),
        None => options,
    };
    let writers = POSTGRES_WRITERS.min(settings.max_connections / 2);
    let pool =
        |connections| pool_options::<Postgres>().max_connections(connections).acquire_timeout(settings.connect_timeout);
    let writers_pool = pool(writers).connect_lazy_with(options.clone());
    Ok(SqlStore {
        location: format!(
            "{}:{}/{}",
            options.get_host(),
            options.get_port(),
            options.get_database().unwrap_or(options.get_username())
        ),
        // Its tables are not logged anyway.
        stagers: writers_pool.clone(),
        writers: writers_pool,
        readers: pool(settings.max_connections - writers)
            .connect_lazy_with(options.options([("default_transaction_read_only", "on")])),
        deadline: settings.deadline,
        file: None,
        migrated: OnceCell::new(),
    })
}

fn sqlite(settings: &DatabaseSettings) -> Result<SqlStore<Sqlite>, ConnectError> {
    let malformed = |reason: String| ConnectError::Malformed { url: settings.url.clone(), reason };
    let path = settings.url.trim_start_matches("sqlite:").trim_start_matches("//");
    let file = path.split('?').next().unwrap_or_default();
    if file.is_empty() {
        return Err(malformed("it names no file".to_owned()));
    }
    if file == ":memory:" || path.contains("mode=memory") {
        return Err(ConnectError::InMemory(settings.url.clone()));
    }
    let options = SqliteConnectOptions::from_str(&settings.url).map_err(|error| malformed(error.to_string()))?;
    let options = options
        .foreign_keys(true)
        .busy_timeout(settings.deadline)
        .synchronous(SqliteSynchronous::Full)
        .row_buffer_size(SQLITE_ROWS_AHEAD);
    let file = options.get_filename().to_owned();
    // Writers queue for the one connection, which takes no time to open: they may wait as long as a save may take.
    let pool = |connections| {
        pool_options::<Sqlite>()
            .max_connections(connections)
            .acquire_timeout(settings.deadline)
            .idle_timeout(None)
            .max_lifetime(None)
    };
    let writing = options.clone().journal_mode(SqliteJournalMode::Wal);
    Ok(SqlStore {
        location: file.display().to_string(),
        // Without an fsync for each commit; those of the writers make what was committed before them durable as well.
        stagers: pool(1).connect_lazy_with(
            writing.clone().synchronous(SqliteSynchronous::Normal).pragma("wal_autocheckpoint", SQLITE_STAGED_PAGES),
        ),
        writers: pool(1).connect_lazy_with(writing.pragma("cache_size", SQLITE_WRITER_CACHE)),
        readers: pool(SQLITE_READERS.min(settings.max_connections - 1))
            .connect_lazy_with(options.pragma("query_only", "on")),
        deadline: settings.deadline,
        file: (!path.contains("mode=ro")).then_some(file),
        migrated: OnceCell::new(),
    })
}

/// A pool that gives up a connection which is still in a transaction when nobody has it any more.
///
/// A full disk or one that fails makes SQLite end the transaction by itself. The rollback that follows then fails too,
/// and the connection would be taken to be in a transaction for ever: nothing could be written until the next start.
fn pool_options<DB: sqlx::Database>() -> PoolOptions<DB> {
    PoolOptions::new().before_acquire(|connection: &mut DB::Connection, _| {
        Box::pin(std::future::ready(Ok(!connection.is_in_transaction())))
    })
}

/// An address as it may be shown.
fn without_password(url: &str) -> String {
    let shown = without_own_password(url);
    let Some((place, query)) = shown.split_once('?') else { return shown };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((key, _)) if key.to_ascii_lowercase().contains("pass") => format!("{key}=..."),
        _ => pair.to_owned(),
    });
    format!("{place}?{}", pairs.collect::<Vec<_>>().join("&"))
}

/// An address without the password that stands before its host; PostgreSQL also takes one in the query.
fn without_own_password(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() => {
            let hidden = parsed.set_password(Some("..."));
            debug_assert!(hidden.is_ok(), "an address with a password can have another one");
            parsed.to_string()
        }
        Ok(_) => url.to_owned(),
        // What is behind the last @ cannot be a password.
        Err(_) => match (url.split_once("://"), url.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, place))) => format!("{scheme}://...@{place}"),
            _ => url.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown_wherever_it_stands() {
        let cases = [
            ("postgres://u:hush@h/d", "postgres://u:...@h/d"),
            ("postgres://u:hu@sh@h:99999/d", "postgres://...@h:99999/d"),
            ("postgres://h/d?user=u&password=hush&sslmode=x", "postgres://h/d?user=u&password=...&sslmode=x"),
            ("postgres://h:99999/d?Password=hush", "postgres://h:99999/d?Password=..."),
            ("sqlite://a.db?mode=rwc", "sqlite://a.db?mode=rwc"),
        ];
        for (url, shown) in cases {
            assert_eq!(without_password(url), shown);
        }
    }
}
