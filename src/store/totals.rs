//! Sums over all videos, kept current by the writes so that no page has to count.
//!
//! The row of `totals` says which write it belongs to. A write takes the contribution of its video out before it
//! changes anything, puts the new one in behind, and moves that position on. Where the position is another than that of
//! `store_state` (a restore, or an instance of a release that does not know these tables), the next write counts
//! anew, and readers count for themselves until then.

use super::{
    StoreError, StoreState, Totals,
    sql::{Dialect, sql},
    sql_store::SqlStore,
    state::state_of,
};
use crate::domain::{Book, VideoId};

/// The row of `totals`.
#[derive(sqlx::FromRow)]
struct TotalsRow {
    epoch: i64,
    seq: i64,
    channels: i64,
    manna: i64,
}

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn read_totals(&self) -> Result<Totals, StoreError> {
        let mut transaction = self.begin_snapshot().await?;
        let state = state_of::<D>(&mut transaction).await?;
        let row = row::<D>(&mut transaction).await?;
        let (channels, manna, books) = if (row.epoch, row.seq) == (state.epoch, state.seq) {
            let books = sql::<D>("select book, manna from book_totals where manna > 0 order by book");
            (row.channels, row.manna, books.fetch_all(&mut transaction).await?)
        } else {
            let (channels, manna) = sql::<D>(COUNT_VIDEOS).fetch_one::<(i64, i64)>(&mut transaction).await?;
            (channels, manna, sql::<D>(COUNT_BOOKS).fetch_all(&mut transaction).await?)
        };
        transaction.rollback().await?;
        let books = books.into_iter().map(named).collect::<Result<_, _>>()?;
        Ok(Totals { videos: state.count, channels, manna, books })
    }
}

const COUNT_VIDEOS: &str = "
    select count(distinct nullif(channel, '')), cast(coalesce(sum(manna), 0) as bigint)
    from videos";

const COUNT_BOOKS: &str = "
    select book, count(*)
    from mentions
    where class = 'confirmed' and kind <> 'contextual'
    group by book
    order by book";

/// Takes out what a video contributes, before its row or its mentions change. One that is not there contributes nothing.
pub(super) async fn take_out<D: Dialect>(connection: &mut D::Connection, id: &VideoId) -> Result<(), StoreError> {
    contribute::<D>(connection, id, -1).await
}

/// Puts in what a video contributes, after its row and its mentions have changed.
pub(super) async fn put_in<D: Dialect>(connection: &mut D::Connection, id: &VideoId) -> Result<(), StoreError> {
    contribute::<D>(connection, id, 1).await
}

async fn contribute<D: Dialect>(connection: &mut D::Connection, id: &VideoId, sign: i64) -> Result<(), StoreError> {
    sql::<D>(
        "insert into book_totals (book, manna)
        select book, $2 * count(*)
        from mentions
        where video_id = $1 and class = 'confirmed' and kind <> 'contextual'
        group by book
        on conflict (book) do update set manna = book_totals.manna + excluded.manna",
    )
    .bind(id.as_str())
    .bind(sign)
    .execute(connection)
    .await?;
    // A channel counts with its last video, and from its first.
    sql::<D>(
        "update totals
        set manna = totals.manna + $2 * v.manna,
            channels = channels + $2 * case
                when v.channel = '' then 0
                when exists (
                    select 1
                    from videos o
                    where o.channel_key = v.channel_key and o.channel = v.channel and o.video_id <> v.video_id
                ) then 0
                else 1
            end
        from videos v
        where totals.id = 1 and v.video_id = $1",
    )
    .bind(id.as_str())
    .bind(sign)
    .execute(connection)
    .await
    .map(drop)
}

/// Moves the totals on to the position that a write has taken; counts anew if they did not stand right before it.
pub(super) async fn move_on<D: Dialect>(connection: &mut D::Connection, state: &StoreState) -> Result<(), StoreError> {
    let before = row::<D>(connection).await?;
    if (before.epoch, before.seq) != (state.epoch, state.seq - 1) {
        return count_anew::<D>(connection, state).await;
    }
    sql::<D>("update totals set seq = $1 where id = 1").bind(state.seq).execute(connection).await.map(drop)
}

/// Counts all videos.
pub(super) async fn count_anew<D: Dialect>(
    connection: &mut D::Connection,
    state: &StoreState,
) -> Result<(), StoreError> {
    let (channels, manna) = sql::<D>(COUNT_VIDEOS).fetch_one::<(i64, i64)>(connection).await?;
    sql::<D>("update totals set epoch = $1, seq = $2, channels = $3, manna = $4 where id = 1")
        .bind(state.epoch)
        .bind(state.seq)
        .bind(channels)
        .bind(manna)
        .execute(connection)
        .await?;
    sql::<D>("delete from book_totals").execute(connection).await?;
    sql::<D>(
        "insert into book_totals (book, manna)
        select book, count(*)
        from mentions
        where class = 'confirmed' and kind <> 'contextual'
        group by book",
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Makes the next write count anew.
pub(super) async fn doubt<D: Dialect>(connection: &mut D::Connection) -> Result<(), StoreError> {
    sql::<D>("update totals set seq = -1 where id = 1").execute(connection).await.map(drop)
}

async fn row<D: Dialect>(connection: &mut D::Connection) -> Result<TotalsRow, StoreError> {
    sql::<D>("select epoch, seq, channels, manna from totals where id = 1").fetch_one(connection).await
}

fn named((number, count): (i16, i64)) -> Result<(Book, i64), StoreError> {
    let book = usize::try_from(number).ok().and_then(Book::from_index);
    book.map(|book| (book, count))
        .ok_or_else(|| StoreError::Corrupt(format!("a mention is of book {number}, which there is not")))
}
