//! Our tables: which of them are gone although the schema was made, and how they are made anew.
//!
//! The migrations say it once: a table that is gone is made by those of their statements that are about it.

use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, SqlSafeStr as _};

use super::{
    StoreError,
    sql::{Dialect, sql},
};

/// A statement of a migration, and the table that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Statement {
    table: String,
    makes: Makes,
    text: String,
}

/// What a statement does to its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Makes {
    Table,
    Gone,
    Else,
}

/// The names of the tables that are there.
pub(super) async fn present<D: Dialect>(connection: &mut D::Connection) -> Result<BTreeSet<String>, StoreError> {
    let rows: Vec<(String,)> = sql::<D>(D::TABLES).fetch_all(connection).await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// The tables of ours that are not there, in the order in which they were first made.
pub(super) async fn missing<D: Dialect>(connection: &mut D::Connection) -> Result<Vec<String>, StoreError> {
    let present = present::<D>(connection).await?;
    Ok(ours::<D>().into_iter().filter(|table| !present.contains(table)).collect())
}

/// Makes these tables, empty, with their indexes and their first rows.
pub(super) async fn make<D: Dialect>(connection: &mut D::Connection, tables: &[String]) -> Result<(), StoreError> {
    for statement in statements::<D>().into_iter().filter(|statement| tables.contains(&statement.table)) {
        // Part of a migration, compiled in.
        D::execute(connection, AssertSqlSafe(statement.text).into_sql_str(), D::Arguments::default()).await?;
    }
    Ok(())
}

/// What to do about tables that are missing.
pub(super) fn words(missing: &[String]) -> String {
    let (is, it) = if missing.len() == 1 { ("table is", "it") } else { ("tables are", "them") };
    format!(
        "the {is} gone: {}; `mannameter recover` shows what can be brought back, and makes {it} anew",
        missing.join(", ")
    )
}

/// The tables that there are when all migrations have run.
fn ours<D: Dialect>() -> Vec<String> {
    let mut tables: Vec<String> = Vec::new();
    for statement in statements::<D>() {
        match statement.makes {
            Makes::Table if !tables.contains(&statement.table) => tables.push(statement.table),
            Makes::Gone => tables.retain(|table| *table != statement.table),
            _ => {}
        }
    }
    tables
}

/// The statements of all migrations, in their order.
fn statements<D: Dialect>() -> Vec<Statement> {
    let migrator = D::migrator();
    migrator.iter().flat_map(|migration| read(migration.sql.as_str())).collect()
}

/// The statements of a migration that are about a table; others are nobody's.
fn read(migration: &str) -> Vec<Statement> {
    let without_comments: String =
        migration.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    without_comments.split(';').filter_map(|text| statement(text.trim())).collect()
}

fn statement(text: &str) -> Option<Statement> {
    let spaced = text.replace('(', " ( ").to_lowercase();
    let words: Vec<&str> = spaced
        .split_whitespace()
        .filter(|word| !["if", "not", "exists", "unique", "unlogged", "virtual"].contains(word))
        .collect();
    let (table, makes) = match words.as_slice() {
        ["create", "table", table, ..] => (table, Makes::Table),
        ["drop", "table", table, ..] => (table, Makes::Gone),
        ["create", "index", _, "on", table, ..]
        | ["alter", "table", table, ..]
        | ["insert", "into", table, ..]
        | ["update", table, ..] => (table, Makes::Else),
        _ => return None,
    };
    Some(Statement { table: (*table).to_owned(), makes, text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use sqlx::{Postgres, Sqlite};

    use super::*;

    #[test]
    fn both_databases_have_the_same_tables_in_the_same_order() {
        let tables = ours::<Sqlite>();
        assert_eq!(tables, ours::<Postgres>());
        for table in ["store_state", "videos", "mentions", "transcripts", "video_history", "restores", "maintenance"] {
            assert!(tables.iter().any(|name| name == table), "{table} in {tables:?}");
        }
    }

    #[test]
    fn a_statement_is_known_by_the_table_that_it_is_about() {
        let migration = "-- a comment; with a semicolon\ncreate unlogged table a (x text);\n\
            create unique index a_by_x on a (x) where x = 1;\nalter table a add column y text; -- behind\n\
            insert into b(z) select 1;\ndrop table if exists c;\nselect 1;";
        let found: Vec<_> = read(migration).into_iter().map(|statement| (statement.table, statement.makes)).collect();
        let expected =
            [("a", Makes::Table), ("a", Makes::Else), ("a", Makes::Else), ("b", Makes::Else), ("c", Makes::Gone)];
        assert_eq!(found, expected.map(|(table, makes)| (table.to_owned(), makes)));
    }
}
