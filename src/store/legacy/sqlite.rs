//! Reads the table from a SQLite file.

use std::{
    io,
    path::{Path, PathBuf},
};

use futures_util::TryStreamExt as _;
use sqlx::{AssertSqlSafe, ConnectOptions as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::fs;

use super::{
    KEY, LegacyContents, LegacySink, MAX_ROW_BYTES, SnapshotError, StoreError, TABLE, foreign, parse_row, quoted,
};

/// Number of rows per query. While a query runs, SQLite cannot reuse the WAL of a database that is being written to.
const BATCH_ROWS: u32 = 64;

/// Maximum number of columns in one `json_object`.
const MAX_COLUMNS: usize = 100;

pub(super) async fn inspect(options: &SqliteConnectOptions) -> Result<LegacyContents, StoreError> {
    let Some(mut connection) = open(options).await? else { return Ok(LegacyContents::Nothing) };
    let Some(columns) = columns(&mut connection).await? else { return Ok(LegacyContents::Nothing) };
    if let Some(reason) = foreign(&columns) {
        return Ok(LegacyContents::OtherTable(reason));
    }
    if columns.len() > MAX_COLUMNS {
        return Ok(LegacyContents::OtherTable(format!("its table {TABLE} has {} columns", columns.len())));
    }
    let count = format!("select count(*) from {TABLE}");
    let count: i64 = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut connection).await?;
    Ok(LegacyContents::Sermons(u64::try_from(count).unwrap_or_default()))
}

pub(super) async fn read(options: &SqliteConnectOptions, sink: &mut dyn LegacySink) -> Result<(), SnapshotError> {
    let Some(mut connection) = open(options).await? else { return Ok(()) };
    let columns = columns(&mut connection).await?;
    let Some(columns) = columns.filter(|columns| foreign(columns).is_none()) else { return Ok(()) };
    let statement = select_rows(&columns);
    let mut last = i64::MIN;
    loop {
        let mut count = 0;
        let query = sqlx::query_as::<_, (i64, Option<Vec<u8>>)>(AssertSqlSafe(statement.clone()));
        let mut rows = query.bind(last).bind(MAX_ROW_BYTES).bind(BATCH_ROWS).fetch(&mut connection);
        while let Some((number, json)) = rows.try_next().await.map_err(StoreError::from)? {
            sink.row(parse_row(number, json.as_deref())).await?;
            last = number;
            count += 1;
        }
        if count < BATCH_ROWS || last == i64::MAX {
            return Ok(());
        }
    }
}

pub(super) async fn ids(options: &SqliteConnectOptions) -> Result<Vec<String>, StoreError> {
    let Some(mut connection) = open(options).await? else { return Ok(Vec::new()) };
    if columns(&mut connection).await?.is_none_or(|columns| foreign(&columns).is_some()) {
        return Ok(Vec::new());
    }
    let ids = format!("select cast({KEY} as text) from {TABLE} where {KEY} is not null");
    Ok(sqlx::query_scalar(AssertSqlSafe(ids)).fetch_all(&mut connection).await?)
}

/// Selects the rows after `$1`: the number, and the columns as JSON, or null if the JSON is larger than `$2` bytes.
/// The JSON is read as bytes, so that invalid UTF-8 in one row does not end the query.
fn select_rows(columns: &[String]) -> String {
    let (mut size, mut pairs) = (Vec::new(), Vec::new());
    for column in columns {
        let (name, value) = (column.replace('\'', "''"), quoted(column));
        size.push(format!("coalesce(octet_length({value}), 0)"));
        // JSON cannot hold a blob.
        pairs.push(format!("'{name}', case typeof({value}) when 'blob' then cast({value} as text) else {value} end"));
    }
    format!(
        "select rowid, case when {} <= $2 then cast(json_object({}) as blob) end
        from {TABLE}
        where rowid > $1
        order by rowid
        limit $3",
        size.join(" + "),
        pairs.join(", ")
    )
}

/// Returns the columns of the table, or `None` if there is no table.
async fn columns(connection: &mut SqliteConnection) -> Result<Option<Vec<String>>, StoreError> {
    let columns = sqlx::query_scalar(
        "select c.name
        from sqlite_master as t, pragma_table_info(t.name) as c
        where t.type = 'table' and lower(t.name) = $1
        order by c.cid",
    );
    let columns: Vec<String> = columns.bind(TABLE).fetch_all(connection).await?;
    Ok((!columns.is_empty()).then_some(columns))
}

/// Opens the file, or returns `None` if it does not exist.
async fn open(options: &SqliteConnectOptions) -> Result<Option<SqliteConnection>, StoreError> {
    let file = options.get_filename().to_owned();
    let failed = |error: io::Error| StoreError::Unavailable(format!("could not read {}: {error}", file.display()));
    if !fs::try_exists(&file).await.map_err(failed)? {
        return Ok(None);
    }
    match connect(options).await {
        // The database is in WAL mode, in a directory that is not writable. Without a WAL it cannot change either.
        Err(error) if cannot_open(&error) && !has_log(&file).await.map_err(failed)? => {
            Ok(Some(connect(&options.clone().immutable(true)).await?))
        }
        connected => Ok(Some(connected?)),
    }
}

async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, sqlx::Error> {
    let mut connection = options.clone().row_buffer_size(1).connect().await?;
    // The first read takes the locks.
    sqlx::query("select count(*) from sqlite_master").execute(&mut connection).await?;
    sync_directory(options.get_filename()).await;
    Ok(connection)
}

/// Makes the directory entry of the WAL durable. SQLite syncs the directory only in a connection that writes, and this
/// connection never does.
async fn sync_directory(file: &Path) {
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A directory that cannot be synced is not writable either, so this connection has not created a WAL.
    if let Ok(directory) = fs::File::open(directory).await {
        let _ = directory.sync_all().await;
    }
}

/// Returns whether the error means that a file next to the database could not be created or changed.
fn cannot_open(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<i32>().ok());
    // SQLITE_READONLY, SQLITE_CANTOPEN
    code.is_some_and(|code| matches!(code & 0xff, 8 | 14))
}

/// Returns whether there are changes that are not in the database file itself.
async fn has_log(file: &Path) -> io::Result<bool> {
    for suffix in ["-wal", "-journal"] {
        let mut log = file.to_owned().into_os_string();
        log.push(suffix);
        if fs::try_exists(PathBuf::from(log)).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
