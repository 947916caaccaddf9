//! Keeps the sums current: each write takes out what its sermon contributed and puts in what it contributes now.
//!
//! `insight_state` says of which write the sums are. Where that is not the one right before (a write of a release that does
//! not know them), a small database is counted anew at once, a large one by `catch_up_stats`, since a save must not wait
//! for it. A restore counts within its own transaction, a migration within its own.

use chrono::{DateTime, Utc};

use super::{
    StatsPosition,
    bucket::{EVER, MONTHS, day_number},
    church::church_id,
};
use crate::{
    domain::VideoId,
    store::{
        StoreError, StoreState,
        columns::{self, VideoColumns},
        sql::{Dialect, sql},
        sql_store::SqlStore,
        state::{state_of, take_state},
    },
};

/// Up to so many videos a write counts anew by itself.
const COUNTED_AT_ONCE: i64 = 1_000;

/// How many rows of videos are in memory at once when all are counted.
const ROWS_AT_ONCE: i64 = 1_000;

/// What is known of a sermon beside its mentions.
#[derive(sqlx::FromRow)]
struct SermonRow {
    video_id: String,
    channel: String,
    published_at: Option<String>,
    processed_at: DateTime<Utc>,
    manna: i64,
}

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn count_if_behind(&self) -> Result<bool, StoreError> {
        let standing = self.within(self.read_standing()).await?;
        if standing.state == standing.sums {
            return Ok(false);
        }
        let mut transaction = self.within(self.begin_write()).await?;
        if let Some(unlimited) = D::UNLIMITED_TIME {
            sql::<D>(unlimited).execute(&mut transaction).await?;
        }
        take_state::<D>(&mut transaction).await?;
        // Only what is derived is written: the position stays.
        sql::<D>("update store_state set seq = seq - 1 where id = 1").execute(&mut transaction).await?;
        count_what_is_behind::<D>(&mut transaction).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

/// Which write the database and the sums stand at, as this connection sees it.
pub(super) async fn standing<D: Dialect>(connection: &mut D::Connection) -> Result<StatsPosition, StoreError> {
    let (epoch, seq, of_epoch, of_seq) = sql::<D>(
        "select s.epoch, s.seq, i.epoch, i.seq
        from store_state s
        cross join insight_state i",
    )
    .fetch_one::<(i64, i64, i64, i64)>(connection)
    .await?;
    Ok(StatsPosition { state: (epoch, seq), sums: (of_epoch, of_seq) })
}

/// Takes out what a video contributes, before its row or its mentions change. One that is not there contributes nothing.
pub(in crate::store) async fn take_out<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
) -> Result<(), StoreError> {
    contribute::<D>(connection, id, -1).await?;
    sql::<D>("delete from sermons where video_id = $1").bind(id.as_str()).execute(connection).await.map(drop)
}

/// Puts in what a video contributes, after its row and its mentions have changed.
pub(in crate::store) async fn put_in<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
    columns: &VideoColumns,
) -> Result<(), StoreError> {
    let church = church_id::<D>(connection, &columns.channel).await?;
    let day = day_number(columns::day(columns.published_at.as_deref(), columns.processed_at));
    sql::<D>("insert into sermons (video_id, church_id, day, manna) values ($1, $2, $3, $4)")
        .bind(id.as_str())
        .bind(church)
        .bind(day)
        .bind(columns.manna)
        .execute(connection)
        .await?;
    contribute::<D>(connection, id, 1).await
}

/// Adds to, or with -1 takes from, the sums of the church and of all: of the day, of the month, and ever.
async fn contribute<D: Dialect>(connection: &mut D::Connection, id: &VideoId, sign: i64) -> Result<(), StoreError> {
    sql::<D>(
        "insert into bucket_sums (church_id, bucket, sermons, manna)
        select
            case a.column1 when 0 then 0 else s.church_id end,
            case b.column1 when 0 then 0 when 1 then s.day / 100 else s.day end,
            $2,
            $2 * s.manna
        from sermons s
        cross join (values (0), (1)) as a
        cross join (values (0), (1), (2)) as b
        where s.video_id = $1
        on conflict (church_id, bucket) do update set
            sermons = bucket_sums.sermons + excluded.sermons, manna = bucket_sums.manna + excluded.manna",
    )
    .bind(id.as_str())
    .bind(sign)
    .execute(connection)
    .await?;
    sql::<D>(
        "insert into bucket_books (church_id, bucket, book, manna)
        select
            case a.column1 when 0 then 0 else s.church_id end,
            case b.column1 when 0 then 0 when 1 then s.day / 100 else s.day end,
            m.book,
            $2 * m.manna
        from sermons s
        cross join (values (0), (1)) as a
        cross join (values (0), (1), (2)) as b
        cross join (
            select book, count(*) as manna
            from mentions
            where video_id = $1 and class = 'confirmed' and kind <> 'contextual'
            group by book
        ) as m
        where s.video_id = $1
        on conflict (church_id, bucket, book) do update set manna = bucket_books.manna + excluded.manna",
    )
    .bind(id.as_str())
    .bind(sign)
    .execute(connection)
    .await
    .map(drop)
}

/// Moves the sums on to the position that a write has taken, if they stood right before it.
pub(in crate::store) async fn move_on<D: Dialect>(
    connection: &mut D::Connection,
    state: &StoreState,
) -> Result<(), StoreError> {
    let moved = sql::<D>("update insight_state set seq = $2 where id = 1 and epoch = $1 and seq = $2 - 1")
        .bind(state.epoch)
        .bind(state.seq)
        .execute(connection)
        .await?;
    if moved == 0 && state.count <= COUNTED_AT_ONCE {
        return count_anew::<D>(connection, state).await;
    }
    Ok(())
}

/// Makes the sums those of no write, until they are counted anew.
pub(in crate::store) async fn doubt<D: Dialect>(connection: &mut D::Connection) -> Result<(), StoreError> {
    sql::<D>("update insight_state set seq = -1 where id = 1").execute(connection).await.map(drop)
}

/// Counts everything if the sums are those of another write, within a transaction that holds everybody else off.
pub(in crate::store) async fn count_what_is_behind<D: Dialect>(
    connection: &mut D::Connection,
) -> Result<(), StoreError> {
    let standing = standing::<D>(connection).await?;
    if standing.state == standing.sums {
        return Ok(());
    }
    let state = state_of::<D>(connection).await?;
    count_anew::<D>(connection, &state).await
}

/// Counts everything; the sums are then those of this position.
pub(in crate::store) async fn count_anew<D: Dialect>(
    connection: &mut D::Connection,
    state: &StoreState,
) -> Result<(), StoreError> {
    for statement in ["delete from sermons", "delete from bucket_sums", "delete from bucket_books"] {
        sql::<D>(statement).execute(connection).await?;
    }
    place_sermons::<D>(connection).await?;
    for statement in COUNT {
        sql::<D>(statement).execute(connection).await?;
    }
    sql::<D>("update insight_state set epoch = $1, seq = $2 where id = 1")
        .bind(state.epoch)
        .bind(state.seq)
        .execute(connection)
        .await
        .map(drop)
}

/// The days of each church first; its months, its "ever" and the sums of all follow from those. A month is a number up to
/// 999912, a day one above it.
const COUNT: [&str; 8] = [
    "insert into bucket_sums (church_id, bucket, sermons, manna)
    select church_id, day, count(*), cast(sum(manna) as bigint)
    from sermons
    group by church_id, day",
    "insert into bucket_sums (church_id, bucket, sermons, manna)
    select church_id, bucket / 100, cast(sum(sermons) as bigint), cast(sum(manna) as bigint)
    from bucket_sums
    where bucket > 999912
    group by church_id, bucket / 100",
    "insert into bucket_sums (church_id, bucket, sermons, manna)
    select church_id, 0, cast(sum(sermons) as bigint), cast(sum(manna) as bigint)
    from bucket_sums
    where bucket between 100001 and 999912
    group by church_id",
    "insert into bucket_sums (church_id, bucket, sermons, manna)
    select 0, bucket, cast(sum(sermons) as bigint), cast(sum(manna) as bigint)
    from bucket_sums
    group by bucket",
    "insert into bucket_books (church_id, bucket, book, manna)
    select s.church_id, s.day, m.book, count(*)
    from mentions m
    join sermons s on s.video_id = m.video_id
    where m.class = 'confirmed' and m.kind <> 'contextual'
    group by s.church_id, s.day, m.book",
    "insert into bucket_books (church_id, bucket, book, manna)
    select church_id, bucket / 100, book, cast(sum(manna) as bigint)
    from bucket_books
    where bucket > 999912
    group by church_id, bucket / 100, book",
    "insert into bucket_books (church_id, bucket, book, manna)
    select church_id, 0, book, cast(sum(manna) as bigint)
    from bucket_books
    where bucket between 100001 and 999912
    group by church_id, book",
    "insert into bucket_books (church_id, bucket, book, manna)
    select 0, bucket, book, cast(sum(manna) as bigint)
    from bucket_books
    group by bucket, book",
];

const _: () = assert!(EVER == 0 && MONTHS.0 == 100_001 && MONTHS.1 == 999_912, "COUNT has these numbers in words");

/// Writes the day and the church of every video.
async fn place_sermons<D: Dialect>(connection: &mut D::Connection) -> Result<(), StoreError> {
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
        .bind(ROWS_AT_ONCE)
        .fetch_all(connection)
        .await?;
        let Some(row) = rows.last() else { return Ok(()) };
        row.video_id.clone_into(&mut last);
        let mut statement = sql::<D>("insert into sermons (video_id, church_id, day, manna) values ");
        for (index, row) in rows.into_iter().enumerate() {
            let church = church_id::<D>(connection, &row.channel).await?;
            let day = day_number(columns::day(row.published_at.as_deref(), row.processed_at));
            statement.push(if index == 0 { "(" } else { ", (" }).push_bind(row.video_id);
            statement.push(", ").push_bind(church).push(", ").push_bind(day).push(", ").push_bind(row.manna).push(")");
        }
        statement.execute(connection).await?;
    }
}
