//! Checks that the schemas of the two databases match each other, and that each matches the schema from which a repair
//! recreates tables.
//!
//! The exception is `search_index`, which is a different kind of table on each database.

use std::{collections::BTreeSet, path::Path};

use mannameter::store::{DatabaseSettings, RepairRequest, connect};
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::{
    store::harness::{Harness, at, contract, document, new_id, save},
    support::postgres::Postgres,
};

contract! {
    repair_recreates_exactly_the_migrated_schema,
}

/// One line per column, with its type on SQLite: `videos.video_id TEXT not null`.
const SQLITE_COLUMNS: &str = "
    select t.name || '.' || c.name || ' ' || c.type || case when c.\"notnull\" then ' not null' else '' end
    from pragma_table_list as t, pragma_table_info(t.name) as c
    where t.schema = 'main' and t.name not like 'sqlite\\_%' escape '\\' and t.name <> '_sqlx_migrations'
        and t.type = 'table'";

const POSTGRES_COLUMNS: &str = "
    select table_name || '.' || column_name || ' '
        || case data_type
            when 'text' then 'TEXT'
            when 'timestamp with time zone' then 'TEXT'
            when 'smallint' then 'INTEGER'
            when 'integer' then 'INTEGER'
            when 'bigint' then 'INTEGER'
            when 'double precision' then 'REAL'
            when 'bytea' then 'BLOB'
            when 'uuid' then 'BLOB'
            else data_type
        end
        || case is_nullable when 'NO' then ' not null' else '' end
    from information_schema.columns
    where table_schema = 'public' and table_name not in ('_sqlx_migrations', 'search_index')";

/// One line per key: `videos primary key (video_id)`.
const SQLITE_KEYS: &str = "
    select k.name || ' primary key (' || group_concat(k.column, ', ') || ')'
    from (
        select t.name, c.name as column
        from pragma_table_list as t, pragma_table_info(t.name) as c
        where t.schema = 'main' and t.type = 'table' and c.pk > 0 and t.name not like 'sqlite\\_%' escape '\\'
            and t.name <> '_sqlx_migrations'
        order by t.name, c.pk
    ) as k
    group by k.name
    union all
    select t.name || ' (' || f.\"from\" || ') references ' || f.\"table\" || ' (' || f.\"to\" || ') on delete '
        || lower(f.on_delete)
    from pragma_table_list as t, pragma_foreign_key_list(t.name) as f
    where t.schema = 'main'";

const POSTGRES_KEYS: &str = "
    select c.conrelid::regclass || ' primary key (' || string_agg(a.attname, ', ' order by k.place) || ')'
    from pg_constraint c
    cross join unnest(c.conkey) with ordinality as k (number, place)
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number
    where c.contype = 'p' and c.connamespace = 'public'::regnamespace
        and c.conrelid::regclass::text not in ('_sqlx_migrations', 'search_index')
    group by c.oid, c.conrelid
    union all
    select c.conrelid::regclass || ' (' || a.attname || ') references ' || c.confrelid::regclass || ' (' || b.attname
        || ') on delete ' || case c.confdeltype when 'a' then 'no action' when 'c' then 'cascade' else '?' end
    from pg_constraint c
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    join pg_attribute b on b.attrelid = c.confrelid and b.attnum = c.confkey[1]
    where c.contype = 'f' and c.connamespace = 'public'::regnamespace";

/// One line per index: `jobs_active_by_dedupe_key on jobs (dedupe_key) unique partial`.
const SQLITE_INDEXES: &str = "
    select i.name || ' on ' || i.\"table\" || ' (' || group_concat(i.column, ', ') || ')'
        || case when i.\"unique\" then ' unique' else '' end || case when i.partial then ' partial' else '' end
    from (
        select i.name, t.name as \"table\", c.name as column, i.\"unique\", i.partial
        from pragma_table_list as t, pragma_index_list(t.name) as i, pragma_index_info(i.name) as c
        where t.schema = 'main' and t.type = 'table' and i.origin = 'c'
        order by i.name, c.seqno
    ) as i
    group by i.name";

const POSTGRES_INDEXES: &str = "
    select i.indexrelid::regclass || ' on ' || i.indrelid::regclass || ' ('
        || string_agg(a.attname, ', ' order by k.place) || ')'
        || case when i.indisunique then ' unique' else '' end
        || case when i.indpred is not null then ' partial' else '' end
    from pg_index i
    cross join unnest(i.indkey::int2[]) with ordinality as k (number, place)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
    join pg_class c on c.oid = i.indrelid
    where c.relnamespace = 'public'::regnamespace and not i.indisprimary
        and i.indrelid::regclass::text <> 'search_index'
    group by i.indexrelid, i.indrelid, i.indisunique, i.indpred";

#[tokio::test]
async fn tables_columns_keys_and_indexes_are_the_same_on_both_databases() {
    let directory = tempfile::tempdir().expect("a directory");
    let sqlite_url = format!("sqlite://{}", directory.path().join("x.db").display());
    let postgres_url = Postgres::shared().database();
    for url in [&sqlite_url, &postgres_url] {
        connect(&DatabaseSettings::new(url)).expect("a valid URL").migrate().await.expect("the migration succeeds");
    }
    let mut sqlite = SqliteConnection::connect(&sqlite_url).await.expect("a connection");
    let mut postgres = PgConnection::connect(&postgres_url).await.expect("a connection");
    for (on_sqlite, on_postgres, example) in [
        (SQLITE_COLUMNS, POSTGRES_COLUMNS, "video_history.transcript_body BLOB"),
        (SQLITE_KEYS, POSTGRES_KEYS, "mentions (video_id) references videos (video_id) on delete cascade"),
        (SQLITE_INDEXES, POSTGRES_INDEXES, "jobs_active_by_dedupe_key on jobs (dedupe_key) unique partial"),
    ] {
        let on_sqlite: Vec<String> = sqlx::query_scalar(on_sqlite).fetch_all(&mut sqlite).await.expect("lines");
        let on_postgres: Vec<String> = sqlx::query_scalar(on_postgres).fetch_all(&mut postgres).await.expect("lines");
        let (on_sqlite, on_postgres) = (BTreeSet::from_iter(on_sqlite), BTreeSet::from_iter(on_postgres));
        let differences: Vec<_> = on_sqlite.symmetric_difference(&on_postgres).collect();
        assert!(differences.is_empty(), "{differences:#?}");
        assert!(on_sqlite.contains(example), "{on_sqlite:#?}");
    }
}

/// The statements that SQLite stores, including checks and options, except those for the search index's internal
/// tables.
const SQLITE_SCHEMA: &str = "
    select type || ' ' || name || ': ' || sql
    from sqlite_master
    where sql is not null and name <> '_sqlx_migrations' and name not like 'search\\_index\\_%' escape '\\'";

/// Columns, constraints and indexes, one per line.
const POSTGRES_SCHEMA: &str = "
    select c.relname || '.' || a.attname || ' #' || a.attnum || ' ' || format_type(a.atttypid, a.atttypmod)
        || case when a.attnotnull then ' not null' else '' end
        || coalesce(' collate ' || l.collname, '')
        || case a.attidentity when '' then '' else ' identity ' || a.attidentity::text end
        || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
        || case c.relpersistence when 'u' then ' unlogged' else '' end
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_collation l on l.oid = a.attcollation and l.collname <> 'default'
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> '_sqlx_migrations'
    union all
    select conrelid::regclass || ' ' || conname || ': ' || pg_get_constraintdef(oid)
    from pg_constraint
    where connamespace = 'public'::regnamespace and contype <> 'n' and conrelid::regclass::text <> '_sqlx_migrations'
    union all
    select indexdef from pg_indexes where schemaname = 'public' and tablename <> '_sqlx_migrations'
    union all
    select 'sequence ' || sequencename from pg_sequences where schemaname = 'public'";

async fn schema(harness: &Harness) -> BTreeSet<String> {
    let lines: Vec<String> = if harness.is_sqlite() {
        let mut connection = SqliteConnection::connect(&harness.url).await.expect("a connection");
        sqlx::query_scalar(SQLITE_SCHEMA).fetch_all(&mut connection).await.expect("lines")
    } else {
        let mut connection = PgConnection::connect(&harness.url).await.expect("a connection");
        sqlx::query_scalar(POSTGRES_SCHEMA).fetch_all(&mut connection).await.expect("lines")
    };
    lines.iter().map(|line| normalized(line)).collect()
}

/// Removes whitespace, case differences and quotation marks, which SQLite adds when a table is renamed.
fn normalized(statement: &str) -> String {
    statement.chars().filter(|c| !c.is_whitespace() && *c != '"').flat_map(char::to_lowercase).collect()
}

async fn repair_recreates_exactly_the_migrated_schema(harness: Harness) {
    harness.store.migrate().await.expect("the migration succeeds");
    let migrated = schema(&harness).await;
    assert!(migrated.len() > 40, "{migrated:#?}");
    let tables = harness.store.missing_tables().await.expect("the query succeeds");
    assert!(tables.is_empty(), "{tables:?}");

    drop_all_tables(&harness).await;
    let request = RepairRequest { expected: None, epoch: 5, audit_id: new_id(), actor: "cli".into(), at: at(0) };
    let report = harness.store.repair(&request).await.expect("the repair succeeds");
    let recreated = schema(&harness).await;
    let differences: Vec<_> = migrated.symmetric_difference(&recreated).collect();
    assert!(differences.is_empty(), "{differences:#?}");
    assert!(report.created_tables.len() > 15, "{report:?}");

    harness.store.ready().await.expect("no table is missing");
    harness.store.save(&save(document("a", "T", 0))).await.expect("the save succeeds");
    assert_eq!(harness.checked_state().await.count, 1);
    let position = harness.store.stats_position().await.expect("the query succeeds");
    assert_eq!(position.store, position.stats);
}

/// Drops every table except the migrations table.
async fn drop_all_tables(harness: &Harness) {
    let names: Vec<String> = if harness.is_sqlite() {
        let mut connection = SqliteConnection::connect(&harness.url).await.expect("a connection");
        let query = "select name from pragma_table_list
            where schema = 'main' and type in ('table', 'virtual') and name not like 'sqlite\\_%' escape '\\'
                and name <> '_sqlx_migrations'";
        sqlx::query_scalar(query).fetch_all(&mut connection).await.expect("names")
    } else {
        let mut connection = PgConnection::connect(&harness.url).await.expect("a connection");
        let query =
            "select tablename::text from pg_tables where schemaname = 'public' and tablename <> '_sqlx_migrations'";
        sqlx::query_scalar(query).fetch_all(&mut connection).await.expect("names")
    };
    let (before, cascade) = if harness.is_sqlite() { ("pragma foreign_keys = off;", "") } else { ("", " cascade") };
    let statements = names.iter().map(|name| format!("drop table {name}{cascade};"));
    harness.run(&std::iter::once(before.to_owned()).chain(statements).collect::<String>()).await;
}

#[test]
fn the_migrations_have_the_same_numbers_and_names() {
    let names = |folder: &str| -> BTreeSet<_> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
        std::fs::read_dir(folder).expect("migrations").map(|entry| entry.expect("an entry").file_name()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
    assert!(!names("sqlite").is_empty());
}
