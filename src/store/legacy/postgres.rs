//! Reads the table from PostgreSQL, from the first schema on the search path that contains it.

use futures_util::TryStreamExt as _;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, postgres::PgConnectOptions};

use super::{
    KEY, LegacyContents, LegacySink, MAX_ROW_BYTES, SnapshotError, StoreError, TABLE, foreign, parse_row, quoted,
};

/// The columns of each matching table, in search path order.
const COLUMNS: &str = "
    select c.table_schema::text, c.column_name::text
    from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    join unnest(current_schemas(false)) with ordinality as p (schema, place) on p.schema = c.table_schema
    where c.table_name = $1 and t.table_type in ('BASE TABLE', 'VIEW', 'FOREIGN')
    order by p.place, c.ordinal_position";

/// The table, or why there is none.
enum Found {
    Nothing,
    Other(String),
    /// The quoted name of the table, including the schema.
    Table(String),
}

pub(super) async fn inspect(options: &PgConnectOptions) -> Result<LegacyContents, StoreError> {
    let mut connection = connect(options).await?;
    let contents = match find(&mut connection).await? {
        Found::Nothing => LegacyContents::Nothing,
        Found::Other(reason) => LegacyContents::OtherTable(reason),
        Found::Table(table) => {
            let count = format!("select count(*) from {table}");
            let count: i64 =
                sqlx::query_scalar(AssertSqlSafe(count)).persistent(false).fetch_one(&mut connection).await?;
            LegacyContents::Sermons(u64::try_from(count).unwrap_or_default())
        }
    };
    connection.close().await?;
    Ok(contents)
}

pub(super) async fn read(options: &PgConnectOptions, sink: &mut dyn LegacySink) -> Result<(), SnapshotError> {
    let mut connection = connect(options).await?;
    let Found::Table(table) = find(&mut connection).await? else { return Ok(()) };
    // `offset 0` prevents the row from being converted twice.
    let rows = format!(
        "select case when octet_length(j.json) <= $1 then convert_to(j.json, 'UTF8') end
        from (select row_to_json(v)::text as json from {table} v offset 0) j"
    );
    let mut number = 0;
    let query = sqlx::query_scalar::<_, Option<Vec<u8>>>(AssertSqlSafe(rows));
    let mut rows = query.bind(MAX_ROW_BYTES).persistent(false).fetch(&mut connection);
    while let Some(json) = rows.try_next().await.map_err(StoreError::from)? {
        number += 1;
        sink.row(parse_row(number, json.as_deref())).await?;
    }
    Ok(())
}

pub(super) async fn ids(options: &PgConnectOptions) -> Result<Vec<String>, StoreError> {
    let mut connection = connect(options).await?;
    let Found::Table(table) = find(&mut connection).await? else { return Ok(Vec::new()) };
    let ids = format!("select {KEY}::text from {table} where {KEY} is not null");
    Ok(sqlx::query_scalar(AssertSqlSafe(ids)).persistent(false).fetch_all(&mut connection).await?)
}

/// Finds the previous system's table. The first match on the search path wins.
async fn find(connection: &mut PgConnection) -> Result<Found, StoreError> {
    let rows: Vec<(String, String)> =
        sqlx::query_as(COLUMNS).bind(TABLE).persistent(false).fetch_all(connection).await?;
    let mut found = Found::Nothing;
    for rows in rows.chunk_by(|a, b| a.0 == b.0) {
        let columns: Vec<String> = rows.iter().map(|(_, column)| column.clone()).collect();
        match foreign(&columns) {
            None => return Ok(Found::Table(format!("{}.{TABLE}", quoted(&rows[0].0)))),
            Some(reason) => found = Found::Other(format!("{reason} (schema {})", rows[0].0)),
        }
    }
    Ok(found)
}

/// Connects and begins a read-only transaction. Everything is read in that transaction, with unnamed statements,
/// because the database may be behind a pooler.
async fn connect(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    let connecting = tokio::time::timeout(super::CONNECT_TIMEOUT, options.connect());
    let timed_out = |_| StoreError::Unavailable("timed out while connecting".to_owned());
    let mut connection = connecting.await.map_err(timed_out)??;
    // Floating-point numbers are read as text, with all their digits.
    let begin = "begin read only; set local extra_float_digits = 1";
    sqlx::raw_sql(begin).execute(&mut connection).await?;
    Ok(connection)
}
