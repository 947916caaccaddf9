//! The current schema, table by table, so that a dropped table can be recreated.
//!
//! The migrations are authoritative. A test drops every table, recreates all of them from this module, and compares the
//! result with the schema that the migrations produce.
//!
//! | table | contents |
//! |---|---|
//! | `store_state` | one row that serializes all writes: epoch, last write, number of sermons, digest and minimum version |
//! | `videos` | each sermon: the exact document, its checksum, and columns derived from it for lists |
//! | `mentions` | derived: the mentions in each document |
//! | `unmeasured_sermons` | derived: the sermons in a language other than English, which the statistics leave out |
//! | `transcripts` | the captions each sermon was analyzed from, gzipped |
//! | `video_history` | every version that was replaced, deleted or superseded, with the transcript that was replaced with it |
//! | `jobs` | the queue; `input` is gzipped JSON and is cleared when the job is done |
//! | `job_owners` | who may see a job that a visitor added; `owner` is the SHA-256 of the secret in the visitor's cookie |
//! | `audit` | who changed or read protected data; `detail` is JSON |
//! | `sessions` | admin and token logins; `id` is the SHA-256 of the secret in the cookie |
//! | `api_tokens` | named tokens; `sha256` is the checksum of the secret, `scopes` are separated by spaces |
//! | `restores` | every restore; at most one is in the state `staging` |
//! | `staged_videos`, `staged_changes` | the rows a restore is about to move into `videos`, and which of them differ |
//! | `stats_state` | the last writes that the statistics and the mentions include |
//! | `churches` | every church that has ever existed, so that its URL stays valid; `key` is the SHA-256 of its name |
//! | `sermon_stats` | derived: church, day (20260531), manna and deuterocanonical references of each sermon |
//! | `period_stats`, `period_book_stats` | derived: statistics by church (0: all) and day, month (202605) or all time (0) |
//! | `period_deuterocanonical_stats` | derived: like `period_book_stats`, for the deuterocanonical books |
//! | `search_state` | the last write that the search index includes, and the version of the tokenizer |
//! | `search_documents`, `search_index` | derived: checksums, the `source` of the document, and the entries |
//! | `maintenance` | the background tasks: when each is due, who holds its lease, and the result of its last run |
//! | `instances` | the running instances, with their version and last heartbeat |
//! | `adoptions` | each old database that has been or is being adopted; `problems` is a JSON array |
//! | `orphan_transcripts` | transcripts without a sermon, kept when a restore or recovery would have removed them |

pub(super) mod instances;
pub(super) mod postgres;
mod postgres_stats;
pub(super) mod sqlite;
mod sqlite_stats;

use std::collections::BTreeSet;

use sqlx::SqlSafeStr as _;

use super::{StoreError, dialect::Dialect, sql::sql};

/// A table of the schema.
#[derive(Debug)]
pub(super) struct TableSchema {
    pub(super) name: &'static str,
    /// Statements that create the table, its indexes and its initial row.
    pub(super) statements: &'static [&'static str],
}

/// Returns all tables of our schema, in the order in which they have to be created.
pub(super) fn tables<D: Dialect>() -> Vec<&'static TableSchema> {
    D::SCHEMA.iter().copied().flatten().collect()
}

/// Returns the names of all tables in the database.
pub(super) async fn existing_tables<D: Dialect>(
    connection: &mut D::Connection,
) -> Result<BTreeSet<String>, StoreError> {
    let rows: Vec<(String,)> = sql::<D>(D::LIST_TABLES).fetch_all(connection).await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// Returns the tables of our schema that do not exist, in the order in which they have to be created.
pub(super) async fn missing_tables<D: Dialect>(connection: &mut D::Connection) -> Result<Vec<String>, StoreError> {
    let existing = existing_tables::<D>(connection).await?;
    let names = tables::<D>().into_iter().map(|table| table.name.to_owned());
    Ok(names.filter(|name| !existing.contains(name)).collect())
}

/// Creates these tables, with their indexes and initial rows.
pub(super) async fn create_tables<D: Dialect>(
    connection: &mut D::Connection,
    names: &[String],
) -> Result<(), StoreError> {
    for table in tables::<D>().into_iter().filter(|table| names.iter().any(|name| name == table.name)) {
        for statement in table.statements {
            D::execute(connection, statement.into_sql_str(), D::Arguments::default()).await?;
        }
    }
    Ok(())
}

/// Returns the error message about missing tables.
pub(super) fn missing_message(missing: &[String]) -> String {
    let (tables, them) = if missing.len() == 1 { ("table", "it") } else { ("tables", "them") };
    format!(
        "missing {tables}: {}; run `mannameter recover` to see what can be recovered and to recreate {them}",
        missing.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_databases_have_the_same_tables_in_the_same_order() {
        let names = |tables: &'static [TableSchema]| tables.iter().map(|table| table.name).collect::<Vec<_>>();
        assert_eq!(names(sqlite::TABLES), names(postgres::TABLES));
        for table in ["store_state", "videos", "mentions", "transcripts", "video_history", "restores", "maintenance"] {
            assert!(names(sqlite::TABLES).contains(&table), "{table}");
        }
    }
}
