//! Everything that differs between the two databases.
//!
//! [`Dialect`] is what the shared SQL needs from a database, [`Bind`] is a value that can be bound on both, and
//! [`AnyRow`] is a row that can be read from both. The rest of the store is generic over `D: Dialect`.

mod postgres;
mod sqlite;

use futures_util::{future::BoxFuture, stream::BoxStream};
use sqlx::{
    Database, Encode, FromRow, Postgres, SqlStr, Sqlite, Type,
    migrate::{MigrateError, Migrator},
    postgres::PgRow,
    sqlite::SqliteRow,
};

use super::schema::TableSchema;

/// A value that can be bound on both databases.
pub(super) trait Bind:
    for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}

impl<T> Bind for T where
    T: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}

/// A row that can be read from both databases.
pub(super) trait AnyRow: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> AnyRow for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// The table in which sqlx records applied migrations.
pub(super) const MIGRATIONS_TABLE: &str = "_sqlx_migrations";

/// What the shared SQL needs from a database.
pub(super) trait Dialect: Database {
    /// The database's human-readable name.
    const DISPLAY_NAME: &'static str;
    /// The oldest supported version.
    const MIN_VERSION: &'static [u32];
    /// The current schema, in the order in which the tables have to be created.
    const SCHEMA: &'static [&'static [TableSchema]];
    /// Selects the names of all tables.
    const LIST_TABLES: &'static str;
    /// Selects one row: the version, the settings that durability depends on, and whether they guarantee it.
    const DESCRIBE: &'static str;

    /// Begins a write transaction.
    const BEGIN_WRITE: &'static str;
    /// Begins a read-only transaction in which every statement sees the same state.
    const BEGIN_SNAPSHOT: &'static str;
    /// Lifts the statement timeout for the rest of the transaction.
    const NO_TIMEOUT: Option<&'static str>;
    /// Lock for every transaction that writes. Any number of transactions can hold it at once.
    const LOCK_SHARED: Option<&'static str>;
    /// Lock for a transaction that rewrites everything. Excludes all other writers.
    const LOCK_EXCLUSIVE: Option<&'static str>;
    /// Selects the current time. Unlike `now()` on PostgreSQL, it advances within a transaction.
    const NOW: &'static str;
    /// Ends a `select` that picks one of several rows, so that workers never block each other on the same row.
    const SKIP_LOCKED: &'static str;

    /// Recreates the foreign keys to `videos`, which disappear when that table is dropped with `cascade`. Existing rows
    /// are not checked.
    const ADD_FOREIGN_KEYS: &'static [&'static str];
    /// Inserts the mentions of the videos that restore `$1` changes, from the JSON in `staged_videos`.
    const INSERT_STAGED_MENTIONS: &'static str;

    /// Inserts an index entry: `$1` is the ID in `search_documents`, `$2` the title and church, and `$3` the
    /// transcript.
    const INSERT_INDEX_ENTRY: &'static str;
    /// Deletes the index entry of the sermon `$1`.
    const DELETE_INDEX_ENTRY: &'static str;
    /// Deletes the index entries of sermons that no longer exist.
    const DELETE_ORPHANED_INDEX_ENTRIES: &'static str;
    /// Deletes all index entries.
    const CLEAR_INDEX: &'static str;
    /// Selects the IDs of the sermons that match the expression `$1`, best first, with limit `$2` and offset `$3`.
    /// Ranks at most `$4` sermons.
    const SEARCH: &'static str;
    /// Counts the sermons that match the expression `$1`, up to `$2`.
    const COUNT_MATCHES: &'static str;

    /// Returns the match expression for phrases that must all occur. The words of a phrase must be adjacent.
    ///
    /// Words consist only of letters and digits, but they are quoted anyway.
    fn match_expression(phrases: &[Vec<String>]) -> String;

    fn migrator() -> Migrator;

    /// Runs the pending migrations and returns their names.
    fn migrate(connection: &mut Self::Connection) -> BoxFuture<'_, Result<Vec<String>, MigrateError>>;

    /// Records all migrations as applied without running them.
    fn mark_migrated(connection: &mut Self::Connection) -> BoxFuture<'_, Result<(), MigrateError>>;

    /// Removes named statements from a server connection that other clients may share. sqlx names the statements of its
    /// migrations even when told not to.
    fn forget_statements(connection: &mut Self::Connection) -> BoxFuture<'_, Result<(), MigrateError>>;

    /// Returns whether statements on this connection may be prepared under a name and reused.
    fn keeps_statements(connection: &Self::Connection) -> bool;

    /// Adds an argument.
    fn add(arguments: &mut Self::Arguments, value: impl Bind) -> Result<(), sqlx::Error>;

    /// Executes a statement and returns the number of affected rows.
    fn execute(
        connection: &mut Self::Connection,
        text: SqlStr,
        arguments: Self::Arguments,
    ) -> BoxFuture<'_, Result<u64, sqlx::Error>>;

    /// Executes a query and streams its rows.
    fn fetch<'c, R: AnyRow + 'c>(
        connection: &'c mut Self::Connection,
        text: SqlStr,
        arguments: Self::Arguments,
    ) -> BoxStream<'c, Result<R, sqlx::Error>>;
}

/// The functions of a [`Dialect`] whose code is the same for each database but whose types differ.
macro_rules! dialect_functions {
    ($migrations:literal) => {
        fn migrator() -> Migrator {
            let mut migrator = sqlx::migrate!($migrations);
            // The previous release must keep running on a schema that this release has already migrated.
            migrator.set_ignore_missing(true);
            // `SqlStore` holds a transaction-level lock. sqlx's own lock belongs to the session, which does not work
            // behind a pooler.
            migrator.set_locking(false);
            migrator
        }

        fn migrate(connection: &mut Self::Connection) -> BoxFuture<'_, Result<Vec<String>, MigrateError>> {
            Box::pin(async move {
                Self::forget_statements(connection).await?;
                connection.ensure_migrations_table(MIGRATIONS_TABLE).await?;
                let applied = connection.list_applied_migrations(MIGRATIONS_TABLE).await?;
                let migrator = Self::migrator();
                migrator.run_direct(None, &mut *connection, false).await?;
                Self::forget_statements(connection).await?;
                let new =
                    migrator.iter().filter(|migration| applied.iter().all(|old| old.version != migration.version));
                Ok(new.map(|migration| format!("{:04}_{}", migration.version, migration.description)).collect())
            })
        }

        fn mark_migrated(connection: &mut Self::Connection) -> BoxFuture<'_, Result<(), MigrateError>> {
            Box::pin(async move {
                Self::forget_statements(connection).await?;
                connection.ensure_migrations_table(MIGRATIONS_TABLE).await?;
                Self::migrator().run_direct(None, &mut *connection, true).await?;
                Self::forget_statements(connection).await
            })
        }

        fn add(arguments: &mut Self::Arguments, value: impl Bind) -> Result<(), sqlx::Error> {
            arguments.add(value).map_err(sqlx::Error::Encode)
        }

        fn execute(
            connection: &mut Self::Connection,
            text: SqlStr,
            arguments: Self::Arguments,
        ) -> BoxFuture<'_, Result<u64, sqlx::Error>> {
            Box::pin(async move {
                let keeps = Self::keeps_statements(connection);
                let result = sqlx::query_with::<Self, _>(text, arguments).persistent(keeps).execute(connection).await?;
                Ok(result.rows_affected())
            })
        }

        fn fetch<'c, R: AnyRow + 'c>(
            connection: &'c mut Self::Connection,
            text: SqlStr,
            arguments: Self::Arguments,
        ) -> BoxStream<'c, Result<R, sqlx::Error>> {
            let keeps = Self::keeps_statements(connection);
            sqlx::query_as_with::<Self, R, _>(text, arguments).persistent(keeps).fetch(connection)
        }
    };
}
use dialect_functions;
