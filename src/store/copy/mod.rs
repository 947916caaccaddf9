//! Copies a database into an empty one, which may be of the same kind or the other.
//!
//! Copies the rows that cannot be rebuilt (listed in `tables`): sermons, history, transcripts, jobs, the audit log and
//! others. `read` reads them from one snapshot of the source, which is never changed, and `write` writes them in one
//! transaction that excludes all other writers of the target. Before the commit, everything is read back and compared
//! with what was sent. See `docs/decisions/0026-copy.md`.

mod read;
mod sermons;
mod tables;
mod write;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::{StoreError, StoreState};

pub use tables::TableRows;

/// What a copy of a database would contain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CopyOutline {
    /// The location of the database, without the password.
    pub location: String,
    /// The state of the database.
    pub state: StoreState,
    /// The number of rows in each copied table.
    pub tables: Vec<TableCount>,
}

/// The number of rows in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TableCount {
    /// The name of the table.
    pub table: &'static str,
    /// The noun for a row, such as `sermon`.
    #[serde(skip)]
    pub noun: &'static str,
    /// The number of rows.
    pub rows: u64,
}

impl CopyOutline {
    /// Returns the total number of rows.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

/// A copy to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCopy {
    /// ID of the audit entry to write.
    pub audit_id: Uuid,
    /// Who makes the copy, for the audit log.
    pub actor: &'static str,
    /// Time of the copy.
    pub at: DateTime<Utc>,
}

/// Why a database was not copied. The target is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseCopyError {
    /// The source has none of our tables.
    #[error("it has no sermons of MannaMeter")]
    NotOurs,
    /// The two databases do not allow a copy. The text says what to do.
    #[error("{0}")]
    Refused(String),
    /// The source cannot be read.
    #[error("could not read the source: {0}")]
    Source(#[source] StoreError),
    /// The source cannot be read in full.
    #[error("could not read the source after {after}: {error}; `mannameter recover` shows what can be recovered there")]
    Unreadable {
        /// The last row that was read.
        after: String,
        /// Why the next row cannot be read.
        #[source]
        error: StoreError,
    },
    /// The target cannot be opened or written to.
    #[error("could not write to the target: {0}")]
    Target(#[source] StoreError),
    /// The target rejected a row.
    #[error("could not copy {row}, and everything was rolled back: {error}")]
    Row {
        /// The name of the row.
        row: String,
        /// Why the target rejected it.
        #[source]
        error: StoreError,
    },
    /// What was written differs from what was read.
    #[error("the copy differs from the source, and everything was rolled back: {0}")]
    Mismatch(String),
}

/// Receives the rows of a database.
#[async_trait]
pub trait CopySink: Send {
    /// Receives the next rows of a table.
    async fn rows(&mut self, rows: TableRows) -> Result<(), DatabaseCopyError>;
}

/// Copies one database into another.
#[async_trait]
pub trait CopyRepository: Send + Sync {
    /// Returns what a copy of this database would contain. Changes nothing, not even the schema.
    async fn copy_outline(&self) -> Result<CopyOutline, DatabaseCopyError>;
    /// Sends all rows from one snapshot, in the order in which they must be written, and returns the state at that
    /// snapshot. Fails if the sermons do not match the digest. Changes nothing.
    async fn send_rows(&self, sink: &mut dyn CopySink) -> Result<StoreState, DatabaseCopyError>;
    /// Fills this database, which must be empty, with the rows of the source, in one transaction. Calls `progress` with
    /// the number of rows written so far. Returns the new state and the number of rows in each table.
    /// Does not fill the search index; `catch_up_search_index` does.
    async fn copy_from(
        &self,
        source: &dyn CopyRepository,
        copy: &NewCopy,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<CopyOutline, DatabaseCopyError>;
}
