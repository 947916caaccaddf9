//! SQLite.

use futures_util::{future::BoxFuture, stream::BoxStream};
use sqlx::{
    Arguments as _, SqlStr, Sqlite, SqliteConnection,
    migrate::{Migrate as _, MigrateError, Migrator},
};

use super::{AnyRow, Bind, Dialect, MIGRATIONS_TABLE, dialect_functions};
use crate::store::schema::{self, TableSchema};

impl Dialect for Sqlite {
    const DISPLAY_NAME: &'static str = "SQLite";
    // Older versions can lose a commit in WAL mode (<https://sqlite.org/wal.html#walresetbug>).
    const MIN_VERSION: &'static [u32] = &[3, 51, 3];
    const SCHEMA: &'static [&'static [TableSchema]] = &[schema::sqlite::TABLES, schema::instances::SQLITE];
    const LIST_TABLES: &'static str = "select name from sqlite_master where type = 'table' order by name";
    const DESCRIBE: &'static str = "
        select
            sqlite_version(),
            'journal_mode=' || j.journal_mode || ' synchronous='
                || case s.synchronous when 0 then 'off' when 1 then 'normal' when 2 then 'full' else 'extra' end,
            j.journal_mode in ('wal', 'delete', 'truncate', 'persist') and s.synchronous >= 2
        from pragma_journal_mode as j, pragma_synchronous as s";

    // Takes the write lock immediately, because a transaction that starts with a read may fail to upgrade later.
    const BEGIN_WRITE: &'static str = "begin immediate";
    const BEGIN_SNAPSHOT: &'static str = "begin deferred";
    const NO_TIMEOUT: Option<&'static str> = None;
    // SQLite allows only one writer at a time.
    const LOCK_SHARED: Option<&'static str> = None;
    const LOCK_EXCLUSIVE: Option<&'static str> = None;
    const NOW: &'static str = "select strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')";
    const SKIP_LOCKED: &'static str = "";

    // SQLite resolves foreign keys by table name.
    const ADD_FOREIGN_KEYS: &'static [&'static str] = &[];
    const INSERT_STAGED_MENTIONS: &'static str = "
        insert into mentions
            (video_id, ordinal, book, chapter, verse, end_chapter, end_verse, osis, kind, class, start_seconds,
                citations)
        select c.video_id, m.key, m.value ->> 0, m.value ->> 1, m.value ->> 2, m.value ->> 3, m.value ->> 4,
            m.value ->> 5, m.value ->> 6, m.value ->> 7, m.value ->> 8, coalesce(m.value ->> 9, 1)
        from staged_changes c
        join staged_videos s on s.restore_id = c.restore_id and s.video_id = c.video_id
        join json_each(s.mentions) m
        where c.restore_id = $1
        order by c.video_id, m.key";

    const INSERT_INDEX_ENTRY: &'static str = "insert into search_index (rowid, title, words) values ($1, $2, $3)";
    const DELETE_INDEX_ENTRY: &'static str =
        "delete from search_index where rowid = (select id from search_documents where video_id = $1)";
    const DELETE_ORPHANED_INDEX_ENTRIES: &'static str = "
        delete from search_index
        where rowid in (
            select d.id
            from search_documents d
            where not exists (select 1 from videos v where v.video_id = d.video_id))";
    const CLEAR_INDEX: &'static str = "insert into search_index (search_index) values ('delete-all')";
    const SEARCH: &'static str = "
        select d.video_id
        from search_index
        join search_documents d on d.id = search_index.rowid
        where search_index match $1
        order by bm25(search_index, 6.0, 1.0), d.video_id
        limit min($2, $4) offset $3";
    const COUNT_MATCHES: &'static str = "
        select count(*)
        from (
            select 1
            from search_index
            where search_index match $1
            limit $2
        ) as m";

    fn match_expression(phrases: &[Vec<String>]) -> String {
        let phrases = phrases.iter().map(|words| format!("\"{}\"", words.join(" ")));
        phrases.collect::<Vec<_>>().join(" ")
    }

    fn forget_statements(_: &mut SqliteConnection) -> BoxFuture<'_, Result<(), MigrateError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn keeps_statements(_: &SqliteConnection) -> bool {
        true
    }

    dialect_functions!("migrations/sqlite");
}
