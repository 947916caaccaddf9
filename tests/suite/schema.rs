//! The two schemas say the same: tables, columns, keys and indexes; but for `spoken_words`, the index of the search, which
//! each database has in its own way.

use std::{collections::BTreeSet, path::Path};

use crate::support::postgres::Postgres;
use mannameter::store::{DatabaseSettings, connect};
use sqlx::{Connection as _, PgConnection, SqliteConnection};

/// A line for each column, with the type that SQLite has for it: `videos.video_id TEXT not null`.
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
    where table_schema = 'public' and table_name not in ('_sqlx_migrations', 'spoken_words')";

/// A line for each key: `videos primary key (video_id)`.
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
        and c.conrelid::regclass::text not in ('_sqlx_migrations', 'spoken_words')
    group by c.oid, c.conrelid
    union all
    select c.conrelid::regclass || ' (' || a.attname || ') references ' || c.confrelid::regclass || ' (' || b.attname
        || ') on delete ' || case c.confdeltype when 'a' then 'no action' when 'c' then 'cascade' else '?' end
    from pg_constraint c
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    join pg_attribute b on b.attrelid = c.confrelid and b.attnum = c.confkey[1]
    where c.contype = 'f' and c.connamespace = 'public'::regnamespace";

/// A line for each index: `jobs_active_by_dedupe_key on jobs (dedupe_key) unique partial`.
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
        and i.indrelid::regclass::text <> 'spoken_words'
    group by i.indexrelid, i.indrelid, i.indisunique, i.indpred";

#[tokio::test]
async fn tables_columns_keys_and_indexes_are_the_same_on_both_databases() {
    let directory = tempfile::tempdir().expect("a directory");
    let sqlite_url = format!("sqlite://{}", directory.path().join("x.db").display());
    let postgres_url = Postgres::shared().database();
    for url in [&sqlite_url, &postgres_url] {
        connect(&DatabaseSettings::new(url)).expect("a good address").migrate().await.expect("it migrates");
    }
    let mut sqlite = SqliteConnection::connect(&sqlite_url).await.expect("a connection");
    let mut postgres = PgConnection::connect(&postgres_url).await.expect("a connection");
    for (on_sqlite, on_postgres, one_of_them) in [
        (SQLITE_COLUMNS, POSTGRES_COLUMNS, "video_history.transcript_body BLOB"),
        (SQLITE_KEYS, POSTGRES_KEYS, "mentions (video_id) references videos (video_id) on delete cascade"),
        (SQLITE_INDEXES, POSTGRES_INDEXES, "jobs_active_by_dedupe_key on jobs (dedupe_key) unique partial"),
    ] {
        let on_sqlite: Vec<String> = sqlx::query_scalar(on_sqlite).fetch_all(&mut sqlite).await.expect("lines");
        let on_postgres: Vec<String> = sqlx::query_scalar(on_postgres).fetch_all(&mut postgres).await.expect("lines");
        let (on_sqlite, on_postgres) = (BTreeSet::from_iter(on_sqlite), BTreeSet::from_iter(on_postgres));
        let differences: Vec<_> = on_sqlite.symmetric_difference(&on_postgres).collect();
        assert!(differences.is_empty(), "{differences:#?}");
        assert!(on_sqlite.contains(one_of_them), "{on_sqlite:#?}");
    }
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
