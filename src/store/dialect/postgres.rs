//! PostgreSQL.

use futures_util::{future::BoxFuture, stream::BoxStream};
use sqlx::{
    Arguments as _, Connection as _, PgConnection, Postgres, SqlStr,
    migrate::{Migrate as _, MigrateError, Migrator},
};

use super::{AnyRow, Bind, Dialect, MIGRATIONS_TABLE, dialect_functions};
use crate::store::schema::{self, TableSchema};

impl Dialect for Postgres {
    const DISPLAY_NAME: &'static str = "PostgreSQL";
    const MIN_VERSION: &'static [u32] = &[13];
    const SCHEMA: &'static [&'static [TableSchema]] = &[schema::postgres::TABLES, schema::instances::POSTGRES];
    const LIST_TABLES: &'static str =
        "select tablename::text from pg_tables where schemaname = current_schema() order by tablename";
    const DESCRIBE: &'static str = "
        select
            current_setting('server_version'),
            'fsync=' || current_setting('fsync') || ' synchronous_commit=' || current_setting('synchronous_commit')
                || ' full_page_writes=' || current_setting('full_page_writes'),
            current_setting('fsync') = 'on' and current_setting('synchronous_commit') <> 'off'
                and current_setting('full_page_writes') = 'on'";

    const BEGIN_WRITE: &'static str = "begin";
    const BEGIN_SNAPSHOT: &'static str = "begin isolation level repeatable read read only";
    const NO_TIMEOUT: Option<&'static str> = Some("set local statement_timeout = 0");
    // The lock number is the bytes of "MannaM". The scratch schema of a restore drill has its own lock.
    const LOCK_SHARED: Option<&'static str> = Some(
        "select pg_advisory_xact_lock_shared(
            case when current_schema() like 'mannameter_drill_%' then hashtext(current_schema()) else 85080859894093 end)",
    );
    const LOCK_EXCLUSIVE: Option<&'static str> = Some(
        "select pg_advisory_xact_lock(
            case when current_schema() like 'mannameter_drill_%' then hashtext(current_schema()) else 85080859894093 end)",
    );
    const NOW: &'static str = "select clock_timestamp()";
    const SKIP_LOCKED: &'static str = " for update skip locked";

    const ADD_FOREIGN_KEYS: &'static [&'static str] = &[
        "alter table transcripts drop constraint if exists transcripts_video_id_fkey",
        "alter table transcripts
            add constraint transcripts_video_id_fkey foreign key (video_id) references videos (video_id) not valid",
    ];
    const INSERT_STAGED_MENTIONS: &'static str = "
        insert into mentions
            (video_id, ordinal, book, chapter, verse, end_chapter, end_verse, osis, kind, class, start_seconds,
                citations)
        select c.video_id, m.number - 1, (m.value ->> 0)::smallint, (m.value ->> 1)::integer,
            (m.value ->> 2)::integer, (m.value ->> 3)::integer, (m.value ->> 4)::integer, m.value ->> 5,
            m.value ->> 6, m.value ->> 7, (m.value ->> 8)::double precision, coalesce((m.value ->> 9)::bigint, 1)
        from staged_changes c
        join staged_videos s on s.restore_id = c.restore_id and s.video_id = c.video_id
        cross join lateral jsonb_array_elements(s.mentions::jsonb) with ordinality as m (value, number)
        where c.restore_id = $1
        order by c.video_id, m.number";

    const INSERT_INDEX_ENTRY: &'static str = "
        insert into search_index (id, words)
        values ($1, setweight(to_tsvector('simple', $2), 'A') || setweight(to_tsvector('simple', $3), 'D'))";
    const DELETE_INDEX_ENTRY: &'static str =
        "delete from search_index where id = (select id from search_documents where video_id = $1)";
    const DELETE_ORPHANED_INDEX_ENTRIES: &'static str = "
        delete from search_index
        where id in (
            select d.id
            from search_documents d
            where not exists (select 1 from videos v where v.video_id = d.video_id))";
    const CLEAR_INDEX: &'static str = "delete from search_index";
    const SEARCH: &'static str = "
        select d.video_id
        from (
            select id
            from search_index
            where words @@ to_tsquery('simple', $1)
            order by id
            limit $4
        ) as m
        join search_index i on i.id = m.id
        join search_documents d on d.id = m.id
        order by ts_rank(i.words, to_tsquery('simple', $1)) desc, d.video_id
        limit $2 offset $3";
    const COUNT_MATCHES: &'static str = "
        select count(*)
        from (
            select 1
            from search_index
            where words @@ to_tsquery('simple', $1)
            limit $2
        ) as m";

    fn match_expression(phrases: &[Vec<String>]) -> String {
        let phrases = phrases.iter().map(|words| {
            let words = words.iter().map(|word| format!("'{word}'"));
            format!("({})", words.collect::<Vec<_>>().join(" <-> "))
        });
        phrases.collect::<Vec<_>>().join(" & ")
    }

    fn forget_statements(connection: &mut PgConnection) -> BoxFuture<'_, Result<(), MigrateError>> {
        Box::pin(async move {
            if !Self::keeps_statements(connection) {
                sqlx::raw_sql("deallocate all").execute(connection).await?;
            }
            Ok(())
        })
    }

    /// A direct connection has cached a statement since it was opened. A connection through a pooler never caches any.
    fn keeps_statements(connection: &PgConnection) -> bool {
        connection.cached_statements_size() > 0
    }

    dialect_functions!("migrations/postgres");
}
