//! Copies a database into an empty one, of the same or the other kind.
//!
//! The rows that cannot be rebuilt are copied (`tables` lists them): sermons, history, transcripts, jobs, the audit log and
//! others. They are read from one snapshot of the source (`read`), which is never changed, and written in one
//! transaction that excludes all other writers of the target (`write`). Before the commit, everything is read back and
//! compared with what was sent. See `docs/decisions/0026-copy.md`.

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
    /// Where the database is, without the password.
    pub location: String,
    /// Its state.
    pub state: StoreState,
    /// The number of rows of each copied table.
    pub tables: Vec<TableCount>,
}

/// The number of rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TableCount {
    /// The name of the table.
    pub table: &'static str,
    /// What one of its rows is, such as `sermon`.
    #[serde(skip)]
    pub noun: &'static str,
    /// The number of rows.
    pub rows: u64,
}

impl CopyOutline {
    /// Returns the number of rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

/// A copy to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCopy {
    /// ID of the audit entry to write.
    pub audit_id: Uuid,
    /// The actor, for the audit log.
    pub actor: &'static str,
    /// The time.
    pub at: DateTime<Utc>,
}

/// Why a database was not copied. The target is as it was.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseCopyError {
    /// The source has none of our tables.
    #[error("it has no sermons of MannaMeter")]
    NotOurs,
    /// The two databases do not allow a copy; the text says what to do.
    #[error("{0}")]
    Refused(String),
    /// The source cannot be read.
    #[error("could not read the source: {0}")]
    Source(#[source] StoreError),
    /// The source cannot be read to its end.
    #[error("could not read the source after {after}: {error}; `mannameter recover` shows what can be recovered there")]
    Unreadable {
        /// The last row that could be read.
        after: String,
        /// Why the next row cannot be read.
        #[source]
        error: StoreError,
    },
    /// The target cannot be opened or written to.
    #[error("could not write to the target: {0}")]
    Target(#[source] StoreError),
    /// The target does not accept a row.
    #[error("could not copy {row}, and everything was rolled back: {error}")]
    Row {
        /// The row.
        row: String,
        /// Why.
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

/// Copying one database into another.
#[async_trait]
pub trait CopyRepository: Send + Sync {
    /// Returns what a copy of this database would contain. Creates and changes nothing, not even the schema.
    async fn copy_outline(&self) -> Result<CopyOutline, DatabaseCopyError>;
    /// Sends all rows from one snapshot, in the order in which they must be written. Changes nothing. Fails if the
    /// sermons do not match the digest. Returns the state that the rows belong to.
    async fn send_rows(&self, sink: &mut dyn CopySink) -> Result<StoreState, DatabaseCopyError>;
    /// Fills this database, which must be empty, with the rows of the source, in one transaction. Calls `progress` with the
    /// number of rows written so far. Returns the new state and the number of rows of each table.
    ///
    /// The search index is not filled; `catch_up_search_index` does that.
    async fn copy_from(
        &self,
        source: &dyn CopyRepository,
        copy: &NewCopy,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<CopyOutline, DatabaseCopyError>;
}
