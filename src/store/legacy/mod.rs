//! Reads the database of the previous system, whose only table is `video`. Every connection is read-only.
//! No particular set of columns is assumed: a row becomes a JSON object with whatever columns it has, and the domain
//! decides how to interpret them.

mod postgres;
mod sqlite;

use std::{path::Path, str::FromStr as _, time::Duration};

use async_trait::async_trait;
use serde_json::{Map, Value};
use sqlx::{postgres::PgConnectOptions, sqlite::SqliteConnectOptions};

use super::{
    ConnectError, DatabaseSettings, SnapshotError, StoreError,
    connect::{postgres_options, postgres_url},
};

/// The name of the table.
const TABLE: &str = "video";

/// A table must have this column, and one of [`MEASURED`], to be recognized as the previous system's.
const KEY: &str = "video_id";

/// Columns that another program's `video` table is unlikely to have.
const MEASURED: [&str; 3] = ["counts_data", "positions_data", "stats_scripture_references"];

/// Maximum number of bytes to read from a row. A document can be up to 8 MB, and parts of it may be escaped twice.
const MAX_ROW_BYTES: i64 = 32 * 1024 * 1024;

/// How long to wait for a PostgreSQL server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long to wait for another program's write to finish. The caller retries.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// A database that may contain the previous system's table.
#[derive(Debug, Clone)]
pub struct LegacyDatabase {
    name: String,
    options: Options,
}

#[derive(Debug, Clone)]
enum Options {
    Sqlite(SqliteConnectOptions),
    Postgres(PgConnectOptions),
}

/// What a database contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegacyContents {
    /// No `video` table.
    Nothing,
    /// A `video` table that is not the previous system's. The text says why.
    OtherTable(String),
    /// The previous system's table, with its number of rows.
    Sermons(u64),
}

/// A row of the table.
#[derive(Debug)]
pub struct LegacyRow {
    /// Describes the row, for messages.
    pub name: String,
    /// The columns, or why they could not be read.
    pub columns: Result<Map<String, Value>, String>,
}

/// Receives rows one at a time.
#[async_trait]
pub trait LegacySink: Send {
    /// Receives the next row.
    async fn row(&mut self, row: LegacyRow) -> std::io::Result<()>;
}

impl LegacyDatabase {
    /// Returns a handle to the database at a URL. Does not connect.
    pub fn at(settings: &DatabaseSettings) -> Result<Self, ConnectError> {
        if settings.url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(&settings.url);
            let options = options.map_err(|error| ConnectError::Malformed(error.to_string()))?;
            return Ok(Self::file(options.get_filename()));
        }
        let url = postgres_url(&settings.url).ok_or(ConnectError::UnknownScheme)?;
        let options = postgres_options(&url).map_err(ConnectError::Malformed)?;
        let database = options.get_database().unwrap_or(options.get_username());
        let name = format!("{}:{}/{database}", options.get_host(), options.get_port());
        Ok(Self { name, options: Options::Postgres(options) })
    }

    /// Returns a handle to the database in a SQLite file. Neither opens nor creates the file.
    pub fn file(path: &Path) -> Self {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let options = SqliteConnectOptions::new().filename(&path).read_only(true).busy_timeout(LOCK_TIMEOUT);
        Self { name: path.display().to_string(), options: Options::Sqlite(options) }
    }

    /// Returns the location of the database, without the password.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Looks for the table. Returns [`LegacyContents::Nothing`] if the file does not exist.
    #[tracing::instrument(skip_all, fields(database = self.name))]
    pub async fn inspect(&self) -> Result<LegacyContents, StoreError> {
        match &self.options {
            Options::Sqlite(options) => sqlite::inspect(options).await,
            Options::Postgres(options) => postgres::inspect(options).await,
        }
    }

    /// Reads every row, one at a time.
    #[tracing::instrument(skip_all, fields(database = self.name))]
    pub async fn read(&self, sink: &mut dyn LegacySink) -> Result<(), SnapshotError> {
        match &self.options {
            Options::Sqlite(options) => sqlite::read(options, sink).await,
            Options::Postgres(options) => postgres::read(options, sink).await,
        }
    }

    /// Returns the IDs of all rows, as stored.
    #[tracing::instrument(skip_all, fields(database = self.name))]
    pub async fn ids(&self) -> Result<Vec<String>, StoreError> {
        match &self.options {
            Options::Sqlite(options) => sqlite::ids(options).await,
            Options::Postgres(options) => postgres::ids(options).await,
        }
    }
}

/// Returns why a table with these columns is not the previous system's, or `None` if it is.
fn foreign(columns: &[String]) -> Option<String> {
    let has = |name: &str| columns.iter().any(|column| column.eq_ignore_ascii_case(name));
    if !has(KEY) {
        return Some(format!("its table {TABLE} has no column {KEY}"));
    }
    if !MEASURED.into_iter().any(has) {
        return Some(format!("its table {TABLE} has none of the columns {}", MEASURED.join(", ")));
    }
    None
}

/// Quotes a name as an SQL identifier.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Parses the JSON of a row. `None` stands for a row that was too large to read.
fn parse_row(number: i64, json: Option<&[u8]>) -> LegacyRow {
    let columns = match json.map(serde_json::from_slice::<Map<String, Value>>) {
        Some(Ok(columns)) => Ok(columns),
        Some(Err(error)) => Err(format!("it is not valid text: {error}")),
        None => Err(format!("it has more than {} MB", MAX_ROW_BYTES / 1024 / 1024)),
    };
    let id = columns.as_ref().ok().and_then(|columns| columns.get(KEY)?.as_str());
    let id: Option<String> = id.map(|id| id.chars().take(40).collect());
    let name = id.map_or_else(|| format!("row {number}"), |id| format!("row {number} ({id})"));
    LegacyRow { name, columns }
}
