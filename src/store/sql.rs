//! Where the types of the two databases meet.
//!
//! [`Dialect`] is what the one SQL body needs of a database, [`Bind`] a value that both can take, [`AnyRow`] a row
//! that can be read from both. Everything else in this folder is written once, over `D: Dialect`.

use std::borrow::Cow;

use futures_util::{StreamExt as _, TryStreamExt as _, future::BoxFuture, stream::BoxStream};
use sqlx::{
    Arguments as _, AssertSqlSafe, Database, Encode, FromRow, Postgres, SqlSafeStr as _, SqlStr, Sqlite, Type,
    migrate::{Migrate as _, MigrateError, Migrator},
    postgres::PgRow,
    sqlite::SqliteRow,
};

use super::StoreError;

/// A value that both databases take.
pub(super) trait Bind:
    for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}

impl<T> Bind for T where
    T: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}

/// A row that can be read from both databases.
pub(super) trait AnyRow: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> AnyRow for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// The table in which sqlx notes the migrations that ran.
pub(super) const MIGRATIONS: &str = "_sqlx_migrations";

/// What the one SQL body needs of a database.
pub(super) trait Dialect: Database {
    /// Its name.
    const TITLE: &'static str;
    /// The oldest version that keeps what it was given.
    const OLDEST: &'static [u32];
    /// Begins a transaction that writes.
    const BEGIN_WRITE: &'static str;
    /// Begins a transaction in which every statement reads the same state.
    const BEGIN_SNAPSHOT: &'static str;
    /// Lifts the time limit of statements for the rest of the transaction.
    const UNLIMITED_TIME: Option<&'static str>;
    /// Held by a transaction that writes; many may hold it.
    const LOCK_SHARED: Option<&'static str>;
    /// Held by a transaction that changes everything; waits for all others, and they for it.
    const LOCK_EXCLUSIVE: Option<&'static str>;
    /// Ends a select that takes one of several rows, so that two never wait for the same one.
    const SKIP_LOCKED: &'static str;
    /// Writes the words of the search: `$1` the row of `spoken`, `$2` title and church, `$3` the speech.
    const PUT_WORDS: &'static str;
    /// Forgets the words of the sermon `$1`.
    const FORGET_WORDS: &'static str;
    /// Forgets the words of sermons that are gone.
    const FORGET_GONE_WORDS: &'static str;
    /// Forgets all words.
    const FORGET_ALL_WORDS: &'static str;
    /// The sermons that fit the query `$1`, best first: at most `$2` of them, behind `$3`.
    const FIND_WORDS: &'static str;
    /// How many fit the query `$1`.
    const COUNT_WORDS: &'static str;

    /// One row: the version, the settings that durability rests on, and whether they are enough.
    const DESCRIBE: &'static str;
    /// The names of all tables.
    const TABLES: &'static str;
    /// Ties what refers to `videos` to a new table of that name, where the old one took those ties with it. Rows that
    /// are there already are not looked at.
    const TIE: &'static [&'static str];

    /// A query for words that must all be there, those of a phrase right behind each other. They are letters and digits
    /// alone, and quoted all the same.
    fn word_query(phrases: &[Vec<String>]) -> String;

    /// Writes the mentions of a restore's changes, which wait as JSON; `$1` is the restore.
    const MOVE_STAGED_MENTIONS: &'static str;

    /// The schema, step by step.
    fn migrator() -> Migrator;

    /// Runs the migrations that have not run; gives their names.
    fn migrate(connection: &mut Self::Connection) -> BoxFuture<'_, Result<Vec<String>, MigrateError>>;

    /// Notes all migrations as run, without running them.
    fn adopt(connection: &mut Self::Connection) -> BoxFuture<'_, Result<(), MigrateError>>;

    /// Adds an argument to those of a statement.
    fn add(arguments: &mut Self::Arguments, value: impl Bind) -> Result<(), sqlx::Error>;

    /// Runs a statement; gives the number of rows that it changed.
    fn execute(
        connection: &mut Self::Connection,
        text: SqlStr,
        arguments: Self::Arguments,
    ) -> BoxFuture<'_, Result<u64, sqlx::Error>>;

    /// Runs a query and gives its rows one by one.
    fn fetch<'c, R: AnyRow + 'c>(
        connection: &'c mut Self::Connection,
        text: SqlStr,
        arguments: Self::Arguments,
    ) -> BoxStream<'c, Result<R, sqlx::Error>>;
}

/// The functions of a [`Dialect`]: the same words for both databases, yet each time other types.
macro_rules! dialect_functions {
    ($migrations:literal) => {
        fn migrator() -> Migrator {
            let mut migrator = sqlx::migrate!($migrations);
            // An instance of the release before ours goes on working on a schema that we have moved on.
            migrator.set_ignore_missing(true);
            // `SqlStore` holds a transaction lock meanwhile; sqlx's own is a session lock.
            migrator.set_locking(false);
            migrator
        }

        fn migrate(connection: &mut Self::Connection) -> BoxFuture<'_, Result<Vec<String>, MigrateError>> {
            Box::pin(async move {
                connection.ensure_migrations_table(MIGRATIONS).await?;
                let ran = connection.list_applied_migrations(MIGRATIONS).await?;
                let migrator = Self::migrator();
                migrator.run_direct(None, &mut *connection, false).await?;
                let new = migrator.iter().filter(|migration| ran.iter().all(|old| old.version != migration.version));
                Ok(new.map(|migration| format!("{:04}_{}", migration.version, migration.description)).collect())
            })
        }

        fn adopt(connection: &mut Self::Connection) -> BoxFuture<'_, Result<(), MigrateError>> {
            Box::pin(async move {
                connection.ensure_migrations_table(MIGRATIONS).await?;
                Self::migrator().run_direct(None, &mut *connection, true).await
            })
        }

        fn add(arguments: &mut Self::Arguments, value: impl Bind) -> Result<(), sqlx::Error> {
            arguments.add(value).map_err(sqlx::Error::Encode)
        }

        fn execute(
            connection: &mut Self::Connection,
            text: SqlStr,
            arguments: Self::Arguments,
        ) -> BoxFuture<'_, Result<u64, sqlx::Error>> {
            Box::pin(async move {
                let result = sqlx::query_with::<Self, _>(text, arguments).execute(connection).await?;
                Ok(result.rows_affected())
            })
        }

        fn fetch<'c, R: AnyRow + 'c>(
            connection: &'c mut Self::Connection,
            text: SqlStr,
            arguments: Self::Arguments,
        ) -> BoxStream<'c, Result<R, sqlx::Error>> {
            sqlx::query_as_with::<Self, R, _>(text, arguments).fetch(connection)
        }
    };
}

impl Dialect for Sqlite {
    const TITLE: &'static str = "SQLite";
    // Before it, a commit could be lost in WAL mode (<https://sqlite.org/wal.html#walresetbug>).
    const OLDEST: &'static [u32] = &[3, 51, 3];
    // Takes the write lock at once: a transaction that reads first could not get it later.
    const BEGIN_WRITE: &'static str = "begin immediate";
    const BEGIN_SNAPSHOT: &'static str = "begin deferred";
    const UNLIMITED_TIME: Option<&'static str> = None;
    // There is one writer at a time anyway.
    const LOCK_SHARED: Option<&'static str> = None;
    const LOCK_EXCLUSIVE: Option<&'static str> = None;
    const SKIP_LOCKED: &'static str = "";
    const DESCRIBE: &'static str = "
        select
            sqlite_version(),
            'journal_mode=' || j.journal_mode || ' synchronous='
                || case s.synchronous when 0 then 'off' when 1 then 'normal' when 2 then 'full' else 'extra' end,
            j.journal_mode in ('wal', 'delete', 'truncate', 'persist') and s.synchronous >= 2
        from pragma_journal_mode as j, pragma_synchronous as s";
    const TABLES: &'static str = "select name from sqlite_master where type = 'table' order by name";
    // The ties are by name.
    const TIE: &'static [&'static str] = &[];

    const PUT_WORDS: &'static str = "insert into spoken_words (rowid, title, words) values ($1, $2, $3)";
    const FORGET_WORDS: &'static str =
        "delete from spoken_words where rowid = (select id from spoken where video_id = $1)";
    const FORGET_GONE_WORDS: &'static str = "
        delete from spoken_words
        where rowid in (
            select s.id
            from spoken s
            where not exists (select 1 from videos v where v.video_id = s.video_id))";
    const FORGET_ALL_WORDS: &'static str = "insert into spoken_words (spoken_words) values ('delete-all')";
    const FIND_WORDS: &'static str = "
        select s.video_id
        from spoken_words
        join spoken s on s.id = spoken_words.rowid
        where spoken_words match $1
        order by bm25(spoken_words, 6.0, 1.0), s.video_id
        limit $2 offset $3";
    const COUNT_WORDS: &'static str = "select count(*) from spoken_words where spoken_words match $1";

    fn word_query(phrases: &[Vec<String>]) -> String {
        let phrases = phrases.iter().map(|words| format!("\"{}\"", words.join(" ")));
        phrases.collect::<Vec<_>>().join(" ")
    }

    const MOVE_STAGED_MENTIONS: &'static str = "
        insert into mentions
            (video_id, ordinal, book, chapter, verse, end_chapter, end_verse, osis, kind, class, start_seconds)
        select c.video_id, m.key, m.value ->> 0, m.value ->> 1, m.value ->> 2, m.value ->> 3, m.value ->> 4,
            m.value ->> 5, m.value ->> 6, m.value ->> 7, m.value ->> 8
        from staged_changes c
        join staged_videos r on r.restore_id = c.restore_id and r.video_id = c.video_id
        join json_each(r.mentions) m
        where c.restore_id = $1
        order by c.video_id, m.key";

    dialect_functions!("migrations/sqlite");
}

impl Dialect for Postgres {
    const TITLE: &'static str = "PostgreSQL";
    const OLDEST: &'static [u32] = &[13];
    const BEGIN_WRITE: &'static str = "begin";
    const BEGIN_SNAPSHOT: &'static str = "begin isolation level repeatable read read only";
    const UNLIMITED_TIME: Option<&'static str> = Some("set local statement_timeout = 0");
    // The number is the bytes of "MannaM". A scratch schema beside ours has a lock of its own.
    const LOCK_SHARED: Option<&'static str> = Some(
        "select pg_advisory_xact_lock_shared(
            case when current_schema() like 'mannameter_drill_%' then hashtext(current_schema()) else 85080859894093 end)",
    );
    const LOCK_EXCLUSIVE: Option<&'static str> = Some(
        "select pg_advisory_xact_lock(
            case when current_schema() like 'mannameter_drill_%' then hashtext(current_schema()) else 85080859894093 end)",
    );
    const SKIP_LOCKED: &'static str = " for update skip locked";
    const DESCRIBE: &'static str = "
        select
            current_setting('server_version'),
            'fsync=' || current_setting('fsync') || ' synchronous_commit=' || current_setting('synchronous_commit')
                || ' full_page_writes=' || current_setting('full_page_writes'),
            current_setting('fsync') = 'on' and current_setting('synchronous_commit') <> 'off'
                and current_setting('full_page_writes') = 'on'";
    const TABLES: &'static str =
        "select tablename::text from pg_tables where schemaname = current_schema() order by tablename";
    const TIE: &'static [&'static str] = &[
        "alter table transcripts drop constraint if exists transcripts_video_id_fkey",
        "alter table transcripts
            add constraint transcripts_video_id_fkey foreign key (video_id) references videos (video_id) not valid",
    ];

    const PUT_WORDS: &'static str = "
        insert into spoken_words (id, words)
        values ($1, setweight(to_tsvector('simple', $2), 'A') || setweight(to_tsvector('simple', $3), 'D'))";
    const FORGET_WORDS: &'static str =
        "delete from spoken_words where id = (select id from spoken where video_id = $1)";
    const FORGET_GONE_WORDS: &'static str = "
        delete from spoken_words
        where id in (
            select s.id
            from spoken s
            where not exists (select 1 from videos v where v.video_id = s.video_id))";
    const FORGET_ALL_WORDS: &'static str = "delete from spoken_words";
    // To rank a sermon, all its words are read: of a word that is in every sermon, only some are.
    const FIND_WORDS: &'static str = "
        select s.video_id
        from (
            select id, words
            from spoken_words
            where words @@ to_tsquery('simple', $1)
            limit 2000
        ) as f
        join spoken s on s.id = f.id
        order by ts_rank(f.words, to_tsquery('simple', $1)) desc, s.video_id
        limit $2 offset $3";
    const COUNT_WORDS: &'static str = "select count(*) from spoken_words where words @@ to_tsquery('simple', $1)";

    fn word_query(phrases: &[Vec<String>]) -> String {
        let phrases = phrases.iter().map(|words| {
            let words = words.iter().map(|word| format!("'{word}'"));
            format!("({})", words.collect::<Vec<_>>().join(" <-> "))
        });
        phrases.collect::<Vec<_>>().join(" & ")
    }

    const MOVE_STAGED_MENTIONS: &'static str = "
        insert into mentions
            (video_id, ordinal, book, chapter, verse, end_chapter, end_verse, osis, kind, class, start_seconds)
        select c.video_id, m.number - 1, (m.value ->> 0)::smallint, (m.value ->> 1)::integer,
            (m.value ->> 2)::integer, (m.value ->> 3)::integer, (m.value ->> 4)::integer, m.value ->> 5,
            m.value ->> 6, m.value ->> 7, (m.value ->> 8)::double precision
        from staged_changes c
        join staged_videos r on r.restore_id = c.restore_id and r.video_id = c.video_id
        cross join lateral jsonb_array_elements(r.mentions::jsonb) with ordinality as m (value, number)
        where c.restore_id = $1
        order by c.video_id, m.number";

    dialect_functions!("migrations/postgres");
}

/// A statement in the making: static text and its arguments.
pub(super) struct Sql<D: Dialect> {
    text: Cow<'static, str>,
    arguments: D::Arguments,
    refused: Option<sqlx::Error>,
    bound: usize,
}

/// Begins a statement with (or of) this text, whose placeholders are `$1`, `$2` ...
pub(super) fn sql<D: Dialect>(text: &'static str) -> Sql<D> {
    Sql { text: Cow::Borrowed(text), arguments: D::Arguments::default(), refused: None, bound: 0 }
}

impl<D: Dialect> Sql<D> {
    /// The value of the next placeholder.
    pub(super) fn bind(mut self, value: impl Bind) -> Self {
        self.add(value);
        self
    }

    /// Goes on with this text.
    pub(super) fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// Goes on with a placeholder of this value.
    pub(super) fn push_bind(&mut self, value: impl Bind) -> &mut Self {
        self.add(value);
        let placeholder = format!("${}", self.bound);
        self.text.to_mut().push_str(&placeholder);
        self
    }

    /// Runs the statement; gives the number of rows that it changed.
    pub(super) async fn execute(self, connection: &mut D::Connection) -> Result<u64, StoreError> {
        let (text, arguments) = self.finish()?;
        Ok(D::execute(connection, text, arguments).await?)
    }

    /// Runs a query that has at most one row, to its end.
    pub(super) async fn fetch_optional<R: AnyRow>(
        self,
        connection: &mut D::Connection,
    ) -> Result<Option<R>, StoreError> {
        Ok(self.fetch_all(connection).await?.pop())
    }

    /// Runs a query that always has a row.
    pub(super) async fn fetch_one<R: AnyRow>(self, connection: &mut D::Connection) -> Result<R, StoreError> {
        self.fetch_optional(connection).await?.ok_or(StoreError::Database(sqlx::Error::RowNotFound))
    }

    /// Runs the query; gives all its rows.
    pub(super) async fn fetch_all<R: AnyRow>(self, connection: &mut D::Connection) -> Result<Vec<R>, StoreError> {
        let (text, arguments) = self.finish()?;
        Ok(D::fetch(connection, text, arguments).try_collect().await?)
    }

    /// Runs the query; gives its rows one by one.
    pub(super) fn fetch<'c, R: AnyRow + 'c>(
        self,
        connection: &'c mut D::Connection,
    ) -> Result<BoxStream<'c, Result<R, StoreError>>, StoreError> {
        let (text, arguments) = self.finish()?;
        Ok(D::fetch(connection, text, arguments).map_err(StoreError::from).boxed())
    }

    fn add(&mut self, value: impl Bind) {
        self.bound += 1;
        if let Err(error) = D::add(&mut self.arguments, value) {
            self.refused.get_or_insert(error);
        }
    }

    fn finish(self) -> Result<(SqlStr, D::Arguments), StoreError> {
        match self.refused {
            Some(error) => Err(StoreError::Database(error)),
            // Made of static texts and placeholders alone; see `push` and `push_bind`.
            None => Ok((AssertSqlSafe(self.text).into_sql_str(), self.arguments)),
        }
    }
}
