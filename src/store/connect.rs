//! Opens a store from a database URL.

use std::{fmt, net::Ipv6Addr, str::FromStr as _, sync::Arc, time::Duration};

use percent_encoding::percent_decode_str;
use sqlx::{
    Connection as _, Postgres, Sqlite,
    pool::PoolOptions,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use url::Url;

use super::{
    ConnectionReport, Pooler, Store,
    file_watch::FileWatch,
    pools::{BeginStatements, LazyPools, Pools},
    postgres::PostgresSettings,
    sql_store::SqlStore,
};
use crate::{
    clock::Clock,
    domain::{Canon, ReleaseVersion},
};

/// Number of SQLite read connections. Each one uses a thread.
const SQLITE_READERS: u32 = 4;

/// Page cache of the SQLite writer, as a value for `cache_size`: 16 MB, enough for the indexes that a full restore
/// rewrites.
const SQLITE_WRITER_CACHE: &str = "-16384";

/// Number of pages to stage between two checkpoints (64 MB). Each checkpoint costs an fsync.
const SQLITE_STAGED_PAGES: &str = "16384";

/// Size to which SQLite truncates its WAL after a checkpoint: 64 MB. The WAL grows while a long read is running.
const SQLITE_LOG_BYTES: &str = "67108864";

/// Number of rows that SQLite reads ahead. A document can be up to 8 MB.
const SQLITE_ROWS_AHEAD: usize = 4;

/// The database URL and the settings for connections and queries.
#[derive(Clone)]
pub struct DatabaseSettings {
    /// `postgres://user:password@host/name` or `sqlite://path/to/file`.
    pub url: String,
    /// Maximum number of connections, at least 2.
    pub max_connections: u32,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// Time limit for a save or a query.
    pub deadline: Duration,
    /// Whether to create a database that does not exist, and to create the tables in an empty one.
    pub create: bool,
    /// The PostgreSQL schema that holds the tables, or `None` for the server's default.
    pub schema: Option<String>,
    /// The canon, which decides which books are part of the manna. Does not affect what is stored.
    pub canon: Canon,
    /// Whether a connection pooler is in front of PostgreSQL.
    pub pooler: Pooler,
    /// The version of this instance. It may write only if it is not older than the database's minimum version.
    pub version: ReleaseVersion,
    /// The clock for [`Store::now`], or `None` to use the database's clock, which all instances share.
    pub clock: Option<Arc<dyn Clock>>,
}

impl DatabaseSettings {
    /// Returns the defaults for a URL: 10 connections, 3 s to connect, 10 s per operation.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 10,
            connect_timeout: Duration::from_secs(3),
            deadline: Duration::from_secs(10),
            create: true,
            schema: None,
            canon: Canon::default(),
            pooler: Pooler::default(),
            version: ReleaseVersion::CURRENT,
            clock: None,
        }
    }
}

impl fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseSettings")
            .field("url", &"...")
            .field("max_connections", &self.max_connections)
            .field("connect_timeout", &self.connect_timeout)
            .field("deadline", &self.deadline)
            .field("create", &self.create)
            .field("schema", &self.schema)
            .field("canon", &self.canon)
            .field("pooler", &self.pooler)
            .field("version", &self.version)
            .field("clock", &self.clock)
            .finish()
    }
}

/// The settings do not describe a usable database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The URL's scheme is unknown.
    #[error("unknown scheme in the database URL; use postgres://user:password@host/name or sqlite://path/to/file")]
    UnknownScheme,
    /// The URL is malformed. The URL is never shown, because we cannot tell which part of it is the password.
    #[error("invalid database URL: {0}; use postgres://user:password@host/name or sqlite://path/to/file")]
    Malformed(String),
    /// The URL is for an in-memory database.
    #[error("the database is in memory, where nothing would survive a restart; use sqlite://path/to/file")]
    InMemory,
    /// Reading and writing need one connection each.
    #[error("the database needs at least 2 connections, got {0}")]
    TooFewConnections(u32),
}

/// Returns a store for the configured database.
///
/// Does not connect yet. While the database is unreachable, the store's methods return
/// [`Unavailable`](super::StoreError::Unavailable). The schema is migrated on first use. Must be called within a Tokio
/// runtime, because the pools spawn maintenance tasks.
pub fn connect(settings: &DatabaseSettings) -> Result<Arc<dyn Store>, ConnectError> {
    if settings.max_connections < 2 {
        return Err(ConnectError::TooFewConnections(settings.max_connections));
    }
    if settings.url.starts_with("sqlite:") {
        return Ok(Arc::new(sqlite(settings)?));
    }
    match postgres_url(&settings.url) {
        Some(url) => Ok(Arc::new(postgres(&DatabaseSettings { url, ..settings.clone() })?)),
        None => Err(ConnectError::UnknownScheme),
    }
}

/// Returns a PostgreSQL URL without the driver that `SQLAlchemy` adds to the scheme (`postgresql+psycopg2://`), or
/// `None` for any other URL.
pub(super) fn postgres_url(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once(':')?;
    let name = scheme.split_once('+').map_or(scheme, |(name, _)| name);
    matches!(name, "postgres" | "postgresql").then(|| format!("{name}:{rest}"))
}

fn postgres(settings: &DatabaseSettings) -> Result<SqlStore<Postgres>, ConnectError> {
    let options = postgres_options(&settings.url).map_err(ConnectError::Malformed)?;
    let location = format!(
        "{}:{}/{}",
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap_or(options.get_username())
    );
    let postgres = PostgresSettings {
        options,
        pooler: settings.pooler,
        schema: settings.schema.clone(),
        max_connections: settings.max_connections,
        connect_timeout: settings.connect_timeout,
        deadline: settings.deadline,
    };
    let pools = LazyPools::new(move || {
        let postgres = postgres.clone();
        Box::pin(async move { postgres.open().await })
    });
    Ok(SqlStore::new(settings, pools, location))
}

/// The message for a URL that sqlx cannot parse. sqlx's own error messages quote values from the URL.
const NOT_UNDERSTOOD: &str = "one of its parameters is not understood";

/// Parses a PostgreSQL URL like psql: the host can be an IPv6 address; the host may be missing after a user; and the
/// query may name a socket.
pub(super) fn postgres_options(url: &str) -> Result<PgConnectOptions, String> {
    let (scheme, rest) = url.split_once("://").ok_or("it has no host")?;
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let user = authority.strip_suffix('@').filter(|user| !user.is_empty());
    let Some(user) = user else {
        Url::parse(url).map_err(|error| error.to_string())?;
        let options = PgConnectOptions::from_str(url).map_err(|_| NOT_UNDERSTOOD)?;
        let address = options.get_host().trim_start_matches('[').trim_end_matches(']').to_owned();
        return Ok(for_any_pooler(if address.parse::<Ipv6Addr>().is_ok() { options.host(&address) } else { options }));
    };
    // A URL cannot have a user without a host, so the user is set later.
    let without_user = format!("{scheme}://{}", &rest[authority.len()..]);
    Url::parse(&without_user).map_err(|error| error.to_string())?;
    let mut options = PgConnectOptions::from_str(&without_user).map_err(|_| NOT_UNDERSTOOD)?;
    let (name, password) = user.split_once(':').map_or((user, None), |(name, password)| (name, Some(password)));
    let decode =
        |text: &str| percent_decode_str(text).decode_utf8().map(String::from).map_err(|error| error.to_string());
    let name = decode(name)?;
    // The database name defaults to the user name.
    let database = options.get_database().filter(|database| !database.is_empty()).unwrap_or(&name).to_owned();
    options = options.username(&name).database(&database);
    Ok(for_any_pooler(match password {
        Some(password) => options.password(&decode(password)?),
        None => options,
    }))
}

/// Omits the startup parameter that sqlx sends and poolers reject. Floating-point numbers are transferred in binary, so
/// they do not depend on it.
fn for_any_pooler(options: PgConnectOptions) -> PgConnectOptions {
    options.application_name("mannameter").extra_float_digits(None)
}

fn sqlite(settings: &DatabaseSettings) -> Result<SqlStore<Sqlite>, ConnectError> {
    let path = settings.url.trim_start_matches("sqlite:").trim_start_matches("//");
    let file = path.split('?').next().unwrap_or_default();
    if file.is_empty() {
        return Err(ConnectError::Malformed("the file name is missing".to_owned()));
    }
    if file == ":memory:" || path.contains("mode=memory") {
        return Err(ConnectError::InMemory);
    }
    let options = SqliteConnectOptions::from_str(&settings.url)
        .map_err(|_| ConnectError::Malformed("one of its parameters is not understood".to_owned()))?;
    let options = options
        // Only `sqlite_file` creates the file, so that it is always complete.
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(settings.deadline)
        .synchronous(SqliteSynchronous::Full)
        .row_buffer_size(SQLITE_ROWS_AHEAD);
    let file = options.get_filename().to_owned();
    let watch = Arc::new(FileWatch::new(&file));
    // Opening the file takes almost no time. Writers wait for the only connection for as long as a save may take.
    let pool = |connections| {
        let watch = Arc::clone(&watch);
        PoolOptions::<Sqlite>::new()
            .before_acquire(move |connection, metadata| {
                let is_usable = !connection.is_in_transaction() && watch.is_current(metadata.age);
                Box::pin(std::future::ready(Ok(is_usable)))
            })
            .max_connections(connections)
            .acquire_timeout(settings.deadline)
            .idle_timeout(None)
            .max_lifetime(None)
    };
    let writing = options.clone().journal_mode(SqliteJournalMode::Wal);
    let readers = SQLITE_READERS.min(settings.max_connections - 1);
    // Does not fsync on every commit. A writer's next commit makes everything before it durable.
    let staging =
        writing.clone().synchronous(SqliteSynchronous::Normal).pragma("wal_autocheckpoint", SQLITE_STAGED_PAGES);
    let staging = pool(1).connect_lazy_with(staging);
    let writers = pool(1).connect_lazy_with(
        writing.pragma("cache_size", SQLITE_WRITER_CACHE).pragma("journal_size_limit", SQLITE_LOG_BYTES),
    );
    let reading = pool(readers).connect_lazy_with(options.pragma("query_only", "on"));
    let pools = LazyPools::opened_with(Pools {
        staging,
        writers,
        readers: reading,
        begin: BeginStatements::direct::<Sqlite>(),
        report: ConnectionReport { readers, writers: 1, is_pooled: false, limit: None },
    });
    let mut store = SqlStore::new(settings, pools, file.display().to_string());
    store.file = (!path.contains("mode=ro")).then_some(file);
    store.watch = Some(watch);
    Ok(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_accepted_in_every_form_that_psql_accepts() {
        for (url, host, port, user, database) in [
            ("postgres://u@[::1]:5432/d", "::1", 5432, "u", "d"),
            ("postgres://u@h/d", "h", 5432, "u", "d"),
            ("postgres://u:p%40w@/d?host=/run/x", "localhost", 5432, "u", "d"),
            ("postgresql://u@/d?host=10.0.0.1&port=7", "10.0.0.1", 7, "u", "d"),
        ] {
            let options = postgres_options(url).unwrap_or_else(|error| panic!("{url}: {error}"));
            if url.contains("host=/run/x") {
                assert!(format!("{options:?}").contains("/run/x"), "{options:?}");
            } else {
                assert_eq!(options.get_host(), host, "{url}");
            }
            let found = (options.get_port(), options.get_username(), options.get_database());
            assert_eq!(found, (port, user, Some(database)), "{url}");
        }
        assert!(postgres_options("postgres://u@h:99999/d").is_err() && postgres_options("postgres:").is_err());
    }

    #[test]
    fn the_driver_in_a_url_of_sqlalchemy_is_dropped() {
        let cases = [
            ("postgres://h/d", Some("postgres://h/d")),
            ("postgresql+psycopg2://u:p@h/d?x=y", Some("postgresql://u:p@h/d?x=y")),
            ("postgresql+asyncpg://h/d", Some("postgresql://h/d")),
            ("mysql+pymysql://h/d", None),
            ("sqlite:///x.db", None),
        ];
        for (url, expected) in cases {
            assert_eq!(postgres_url(url).as_deref(), expected, "{url}");
        }
    }
}
