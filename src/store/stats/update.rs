//! Updates the statistics: each write subtracts what its sermon contributed before and adds what it contributes now.
//! `stats_state` records the write that the statistics belong to. If that is not the previous write (because an older
//! release has written without updating the statistics), a write to a small collection rebuilds the statistics
//! immediately. In a large collection, `catch_up_stats` does so, because a save must not take that long. Restores and
//! migrations rebuild the statistics in their own transactions.

use chrono::{DateTime, Utc};

use super::{
    StatsPosition,
    church::church_id,
    period_key::{ALL_TIME, MONTHS, day_key},
};
use crate::{
    domain::{Canon, MAX_COUNT, VideoId},
    store::{
        StoreError, StoreState,
        columns::{self, VideoColumns},
        dialect::Dialect,
        mentions::advance_mentions,
        sql::{Sql, sql},
        sql_store::SqlStore,
        state::{lock_state, read_state},
    },
};

/// Maximum number of sermons for which a write rebuilds stale statistics immediately.
const MAX_REBUILD_BY_WRITE: i64 = 1_000;

/// Number of sermons held in memory at once during a rebuild.
const REBUILD_BATCH: i64 = 1_000;

/// The columns of `videos` that the statistics need.
#[derive(sqlx::FromRow)]
struct SermonRow {
    video_id: String,
    channel: String,
    published_at: Option<String>,
    processed_at: DateTime<Utc>,
    manna: i64,
}

impl<D: Dialect> SqlStore<D> {
    pub(in crate::store) async fn rebuild_stale_stats(&self) -> Result<bool, StoreError> {
        let position = self.with_deadline(self.read_stats_position()).await?;
        if position.store == position.stats {
            return Ok(false);
        }
        let mut transaction = self.begin_long_write().await?;
        lock_state::<D>(&mut transaction).await?;
        rebuild_if_stale::<D>(&mut transaction).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

/// Returns the positions of the store and of the statistics as seen by this connection.
pub(super) async fn read_position<D: Dialect>(connection: &mut D::Connection) -> Result<StatsPosition, StoreError> {
    let (epoch, seq, stats_epoch, stats_seq, mentions) = sql::<D>(
        "select s.epoch, s.seq, t.epoch, t.seq, t.mentions_seq
        from store_state s
        cross join stats_state t",
    )
    .fetch_one::<(i64, i64, i64, i64, i64)>(connection)
    .await?;
    Ok(StatsPosition { store: (epoch, seq), stats: (stats_epoch, stats_seq), mentions })
}

/// Subtracts what a sermon contributes. Must run before the sermon's row or mentions change. Does nothing if the sermon
/// does not exist.
pub(in crate::store) async fn subtract<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
) -> Result<(), StoreError> {
    contribute::<D>(connection, id, -1).await?;
    sql::<D>("delete from sermon_stats where video_id = $1").bind(id.as_str()).execute(connection).await.map(drop)
}

/// Adds what a sermon contributes. Must run after the sermon's row and mentions have changed.
pub(in crate::store) async fn add<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
    columns: &VideoColumns,
) -> Result<(), StoreError> {
    let church = church_id::<D>(connection, &columns.channel).await?;
    let day = day_key(columns::sermon_day(columns.published_at.as_deref(), columns.processed_at));
    sql::<D>("insert into sermon_stats (video_id, church_id, day, manna) values ($1, $2, $3, $4)")
        .bind(id.as_str())
        .bind(church)
        .bind(day)
        .bind(columns.manna)
        .execute(connection)
        .await?;
    let mut count = count_deuterocanonical::<D>();
    count.push(" where video_id = ").push_bind(id.as_str());
    count.execute(connection).await?;
    contribute::<D>(connection, id, 1).await
}

/// Starts a statement that counts references to deuterocanonical books from the mentions of sermons: the total, and the
/// number in each canon. The caller adds the condition that selects the sermons.
fn count_deuterocanonical<D: Dialect>() -> Sql<D> {
    let mut count = sql::<D>(
        "update sermon_stats
        set (deuterocanonical, catholic, orthodox) = (
            select cast(coalesce(sum(m.citations), 0) as bigint)",
    );
    for canon in [Canon::Catholic, Canon::Orthodox] {
        count.push(", cast(coalesce(sum(case when m.book in ");
        count.push_list(canon.deuterocanonical().map(columns::book_number));
        count.push(" then m.citations end), 0) as bigint)");
    }
    count.push(
        "
            from mentions m
            where m.video_id = sermon_stats.video_id and m.class = 'deuterocanonical' and m.kind <> 'contextual')",
    );
    count
}

/// Returns a statement that adds those mentions of a sermon that meet a condition to the counts in a table, by book.
macro_rules! add_books {
    ($table:literal, $condition:literal) => {
        concat!(
            "insert into ",
            $table,
            " (church_id, period, book, manna)
            select
                case a.column1 when 0 then 0 else s.church_id end,
                case b.column1 when 0 then 0 when 1 then s.day / 100 else s.day end,
                m.book,
                $2 * m.manna
            from sermon_stats s
            cross join (values (0), (1)) as a
            cross join (values (0), (1), (2)) as b
            cross join (
                select book, cast(sum(citations) as bigint) as manna
                from mentions
                where video_id = $1 and kind <> 'contextual' and ",
            $condition,
            "
                group by book
            ) as m
            where s.video_id = $1
            on conflict (church_id, period, book) do update set manna = ",
            $table,
            ".manna + excluded.manna"
        )
    };
}

/// Returns the statements that count the mentions that meet a condition, by book, for each day, each month and all
/// time, in a table.
macro_rules! add_up_books {
    ($table:literal, $condition:literal) => {
        [
            concat!(
                "insert into ",
                $table,
                " (church_id, period, book, manna)
                select s.church_id, s.day, m.book, cast(sum(m.citations) as bigint)
                from mentions m
                join sermon_stats s on s.video_id = m.video_id
                where m.kind <> 'contextual' and ",
                $condition,
                "
                group by s.church_id, s.day, m.book"
            ),
            concat!(
                "insert into ",
                $table,
                " (church_id, period, book, manna)
                select church_id, period / 100, book, cast(sum(manna) as bigint)
                from ",
                $table,
                "
                where period > 999912
                group by church_id, period / 100, book"
            ),
            concat!(
                "insert into ",
                $table,
                " (church_id, period, book, manna)
                select church_id, 0, book, cast(sum(manna) as bigint)
                from ",
                $table,
                "
                where period between 100001 and 999912
                group by church_id, book"
            ),
            concat!(
                "insert into ",
                $table,
                " (church_id, period, book, manna)
                select 0, period, book, cast(sum(manna) as bigint)
                from ",
                $table,
                "
                group by period, book"
            ),
        ]
    };
}

/// Adds a sermon to the statistics of its church and of all churches, for its day, its month and all time. Subtracts
/// the sermon if `sign` is -1.
async fn contribute<D: Dialect>(connection: &mut D::Connection, id: &VideoId, sign: i64) -> Result<(), StoreError> {
    sql::<D>(
        "insert into period_stats (church_id, period, sermons, manna)
        select
            case a.column1 when 0 then 0 else s.church_id end,
            case b.column1 when 0 then 0 when 1 then s.day / 100 else s.day end,
            $2,
            $2 * s.manna
        from sermon_stats s
        cross join (values (0), (1)) as a
        cross join (values (0), (1), (2)) as b
        where s.video_id = $1 and not exists (select 1 from unmeasured_sermons u where u.video_id = s.video_id)
        on conflict (church_id, period) do update set
            sermons = period_stats.sermons + excluded.sermons, manna = period_stats.manna + excluded.manna",
    )
    .bind(id.as_str())
    .bind(sign)
    .execute(connection)
    .await?;
    for statement in [
        add_books!("period_book_stats", "class = 'confirmed'"),
        add_books!("period_deuterocanonical_stats", "class = 'deuterocanonical'"),
    ] {
        sql::<D>(statement).bind(id.as_str()).bind(sign).execute(connection).await?;
    }
    Ok(())
}

/// Marks the statistics as current as of this write, if they were current as of the previous one.
pub(in crate::store) async fn advance<D: Dialect>(
    connection: &mut D::Connection,
    state: &StoreState,
) -> Result<(), StoreError> {
    advance_mentions::<D>(connection, state.seq).await?;
    let advanced = sql::<D>("update stats_state set seq = $2 where id = 1 and epoch = $1 and seq = $2 - 1")
        .bind(state.epoch)
        .bind(state.seq)
        .execute(connection)
        .await?;
    if advanced == 0 && state.count <= MAX_REBUILD_BY_WRITE {
        return rebuild::<D>(connection, state).await;
    }
    Ok(())
}

/// Marks the statistics as stale, so that they will be rebuilt.
pub(in crate::store) async fn invalidate<D: Dialect>(connection: &mut D::Connection) -> Result<(), StoreError> {
    sql::<D>("update stats_state set seq = -1 where id = 1").execute(connection).await.map(drop)
}

/// Rebuilds the statistics if they do not include the last write. The transaction must exclude other writers.
pub(in crate::store) async fn rebuild_if_stale<D: Dialect>(connection: &mut D::Connection) -> Result<(), StoreError> {
    let position = read_position::<D>(connection).await?;
    if position.store == position.stats {
        return Ok(());
    }
    let state = read_state::<D>(connection).await?;
    rebuild::<D>(connection, &state).await
}

/// Rebuilds the statistics and records that they belong to the given state.
pub(in crate::store) async fn rebuild<D: Dialect>(
    connection: &mut D::Connection,
    state: &StoreState,
) -> Result<(), StoreError> {
    for statement in [
        "delete from sermon_stats",
        "delete from period_stats",
        "delete from period_book_stats",
        "delete from period_deuterocanonical_stats",
    ] {
        sql::<D>(statement).execute(connection).await?;
    }
    write_sermon_stats::<D>(connection).await?;
    let mut count = count_deuterocanonical::<D>();
    // An index finds the few sermons that cite deuterocanonical books.
    count.push(
        " where video_id in (select m.video_id from mentions m where m.book >= 66 and m.class = 'deuterocanonical')",
    );
    count.execute(connection).await?;
    for statement in ADD_UP.into_iter().chain(ADD_UP_BOOKS.into_iter().flatten()) {
        sql::<D>(statement).execute(connection).await?;
    }
    sql::<D>("update stats_state set epoch = $1, seq = $2 where id = 1")
        .bind(state.epoch)
        .bind(state.seq)
        .execute(connection)
        .await
        .map(drop)
}

/// Adds up the days of each church, and derives from them the church's months, its all-time statistics and the
/// statistics of all churches. Keys up to 999912 are months; larger ones are days.
const ADD_UP: [&str; 4] = [
    "insert into period_stats (church_id, period, sermons, manna)
    select s.church_id, s.day, count(*), cast(sum(s.manna) as bigint)
    from sermon_stats s
    where not exists (select 1 from unmeasured_sermons u where u.video_id = s.video_id)
    group by s.church_id, s.day",
    "insert into period_stats (church_id, period, sermons, manna)
    select church_id, period / 100, cast(sum(sermons) as bigint), cast(sum(manna) as bigint)
    from period_stats
    where period > 999912
    group by church_id, period / 100",
    "insert into period_stats (church_id, period, sermons, manna)
    select church_id, 0, cast(sum(sermons) as bigint), cast(sum(manna) as bigint)
    from period_stats
    where period between 100001 and 999912
    group by church_id",
    "insert into period_stats (church_id, period, sermons, manna)
    select 0, period, cast(sum(sermons) as bigint), cast(sum(manna) as bigint)
    from period_stats
    group by period",
];

/// Like [`ADD_UP`], by book.
const ADD_UP_BOOKS: [[&str; 4]; 2] = [
    add_up_books!("period_book_stats", "m.class = 'confirmed'"),
    add_up_books!("period_deuterocanonical_stats", "m.class = 'deuterocanonical' and m.book >= 66"),
];

const _: () = assert!(ALL_TIME == 0 && MONTHS.0 == 100_001 && MONTHS.1 == 999_912, "ADD_UP contains these keys");

/// Writes the church, day and manna of every sermon.
async fn write_sermon_stats<D: Dialect>(connection: &mut D::Connection) -> Result<(), StoreError> {
    let mut last = String::new();
    loop {
        let rows: Vec<SermonRow> = sql::<D>(
            "select video_id, channel, published_at, processed_at, manna
            from videos
            where video_id > $1
            order by video_id
            limit $2",
        )
        .bind(last.as_str())
        .bind(REBUILD_BATCH)
        .fetch_all(connection)
        .await?;
        let Some(row) = rows.last() else { return Ok(()) };
        row.video_id.clone_into(&mut last);
        let mut statement = sql::<D>("insert into sermon_stats (video_id, church_id, day, manna) values ");
        for (index, row) in rows.into_iter().enumerate() {
            let church = church_id::<D>(connection, &row.channel).await?;
            let day = day_key(columns::sermon_day(row.published_at.as_deref(), row.processed_at));
            statement.push(if index == 0 { "(" } else { ", (" }).push_bind(row.video_id);
            statement
                .push(", ")
                .push_bind(church)
                .push(", ")
                .push_bind(day)
                .push(", ")
                .push_bind(row.manna.min(MAX_COUNT.cast_signed()))
                .push(")");
        }
        statement.execute(connection).await?;
    }
}
