//! Store errors, grouped by what the caller can do about them.

use sqlx::{error::DatabaseError, migrate::MigrateError, sqlite::SqliteError};

/// What to do about errors caused by a pooler.
const USE_POOLER: &str = "if a pooler such as pgbouncer is in front of PostgreSQL, set DATABASE_POOLER=transaction";

/// An error from the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is unreachable, full, read-only, out of connections or too slow. Retry later, or spool the result.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Another write changed the data first. Retry.
    #[error("the data has changed in the meantime: {0}")]
    Conflict(String),
    /// A stored document does not match its checksum, or a row has an impossible value.
    #[error("the stored data is damaged: {0}")]
    Corrupt(String),
    /// A statement failed, and retrying will not help.
    #[error("the database rejected a statement")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(ref source) if source.message().contains("startup parameter") => {
                Self::Unavailable(format!("{}; {USE_POOLER}", source.message()))
            }
            sqlx::Error::Database(ref source) => match classify(source.as_ref()) {
                Fault::MissingTable => Self::Unavailable(format!(
                    "a table is missing ({}); run `mannameter recover` to see what can be recovered",
                    source.message()
                )),
                Fault::MixedUpStatements => Self::Unavailable(format!(
                    "a connection pooler mixed up prepared statements ({}); {USE_POOLER}",
                    source.message()
                )),
                Fault::Unavailable => Self::Unavailable(source.message().to_owned()),
                Fault::Conflict => Self::Conflict(source.message().to_owned()),
                Fault::Corrupt => Self::Corrupt(source.message().to_owned()),
                Fault::Statement => Self::Database(error),
            },
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Corrupt(error.to_string()),
            sqlx::Error::PoolTimedOut => Self::Unavailable(
                "timed out waiting for a connection; the database is unreachable or has none left".to_owned(),
            ),
            sqlx::Error::PoolClosed => Self::Unavailable("the store is closed".to_owned()),
            sqlx::Error::Io(source) => Self::Unavailable(format!("the connection failed: {source}")),
            sqlx::Error::Tls(source) => Self::Unavailable(format!("could not establish TLS: {source}")),
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
            error => Self::Corrupt(format!("the schema does not match this release's migrations: {error}")),
        }
    }
}

/// How to handle an error code.
enum Fault {
    MissingTable,
    MixedUpStatements,
    Unavailable,
    Conflict,
    Corrupt,
    Statement,
}

/// Classifies an error by its SQLite result code (<https://www.sqlite.org/rescode.html>) or `SQLSTATE`
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
fn classify(error: &(dyn DatabaseError + 'static)) -> Fault {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<SqliteError>().is_some() {
        // The low byte is the primary code.
        return match code.parse::<i32>().unwrap_or_default() & 0xff {
            // PERM, BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, FULL, CANTOPEN, PROTOCOL, AUTH
            3 | 5 | 6 | 7 | 8 | 9 | 10 | 13 | 14 | 15 | 23 => Fault::Unavailable,
            // CORRUPT, NOTADB
            11 | 26 => Fault::Corrupt,
            // This error has no code of its own.
            1 if error.message().starts_with("no such table") => Fault::MissingTable,
            _ => Fault::Statement,
        };
    }
    match &*code {
        // serialization_failure, deadlock_detected
        "40001" | "40P01" => Fault::Conflict,
        // undefined_table
        "42P01" => Fault::MissingTable,
        // invalid_sql_statement_name, duplicate_prepared_statement
        "26000" | "42P05" => Fault::MixedUpStatements,
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
