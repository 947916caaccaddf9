//! Why the store could not do something, cut by what the caller can do.

use sqlx::{error::DatabaseError, migrate::MigrateError, sqlite::SqliteError};

/// Why the store could not do it, cut by what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Try again later, or keep the result elsewhere: away, full, read-only, out of connections, too slow.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Somebody else changed it meanwhile.
    #[error("the data was changed meanwhile: {0}")]
    Conflict(String),
    /// What was read back is not what was written, or a row has a shape that it cannot have.
    #[error("the stored data is damaged: {0}")]
    Corrupt(String),
    /// A statement failed in a way that trying again does not repair.
    #[error("the database refused a statement")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(ref source) => match fault(source.as_ref()) {
                Fault::NoTable => Self::Unavailable(format!(
                    "a table is missing ({}); `mannameter recover` says what can be done",
                    source.message()
                )),
                Fault::Unavailable => Self::Unavailable(source.message().to_owned()),
                Fault::Conflict => Self::Conflict(source.message().to_owned()),
                Fault::Corrupt => Self::Corrupt(source.message().to_owned()),
                Fault::Statement => Self::Database(error),
            },
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Corrupt(error.to_string()),
            sqlx::Error::PoolTimedOut => Self::Unavailable(
                "no connection could be had in time; it is away, or has no connection left".to_owned(),
            ),
            sqlx::Error::PoolClosed => Self::Unavailable("the store was closed".to_owned()),
            sqlx::Error::Io(source) => Self::Unavailable(format!("the connection failed: {source}")),
            sqlx::Error::Tls(source) => Self::Unavailable(format!("no secure connection: {source}")),
            sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed
            | sqlx::Error::Configuration(_) => Self::Unavailable(error.to_string()),
            error => Self::Database(error),
        }
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => source.into(),
            error => Self::Corrupt(format!("the schema is not ours: {error}")),
        }
    }
}

/// What a database's error code asks for.
enum Fault {
    NoTable,
    Unavailable,
    Conflict,
    Corrupt,
    Statement,
}

/// Reads the error code: a result code of SQLite (<https://www.sqlite.org/rescode.html>) or an SQLSTATE
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
fn fault(error: &(dyn DatabaseError + 'static)) -> Fault {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<SqliteError>().is_some() {
        // The low byte is the primary code.
        return match code.parse::<i32>().unwrap_or_default() & 0xff {
            // PERM, BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, FULL, CANTOPEN, PROTOCOL, AUTH
            3 | 5 | 6 | 7 | 8 | 9 | 10 | 13 | 14 | 15 | 23 => Fault::Unavailable,
            // CORRUPT, NOTADB
            11 | 26 => Fault::Corrupt,
            // There is no code of its own for it.
            1 if error.message().starts_with("no such table") => Fault::NoTable,
            _ => Fault::Statement,
        };
    }
    match &*code {
        // serialization_failure, deadlock_detected
        "40001" | "40P01" => Fault::Conflict,
        // undefined_table
        "42P01" => Fault::NoTable,
        // read_only_sql_transaction, lock_not_available, insufficient_privilege
        "25006" | "55P03" | "42501" => Fault::Unavailable,
        _ => match code.get(..2) {
            // connection, authorization, unknown database, resources, operator intervention, system
            Some("08" | "28" | "3D" | "53" | "57" | "58") => Fault::Unavailable,
            // data_corrupted, index_corrupted, internal_error
            Some("XX") => Fault::Corrupt,
            _ => Fault::Statement,
        },
    }
}
