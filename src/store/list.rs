//! Lists of videos, and sums over them.

use chrono::{DateTime, Utc};

use super::{
    InvalidCursor, StoreError, Totals, VideoPage, VideoQuery, VideoSort, VideoSummary, columns,
    cursor::Cursor,
    read::video_id,
    sql::{Dialect, Sql, sql},
    sql_store::SqlStore,
};
use crate::domain::Book;

/// The most videos on a page.
const MOST: u16 = 200;

/// The most words that are searched for, and the most characters of each that count.
const SEARCH_WORDS: usize = 16;
const SEARCH_WORD_LENGTH: usize = 100;

/// A row of the list, with what it may be ordered by.
#[derive(sqlx::FromRow)]
struct SummaryRow {
    video_id: String,
    title: String,
    title_key: String,
    channel: String,
    channel_key: String,
    channel_url: String,
    location: String,
    processed_at: DateTime<Utc>,
    published_at: Option<String>,
    duration_seconds: Option<f64>,
    manna: i64,
    suspect: i64,
}

impl SummaryRow {
    fn cursor(&self, sort: VideoSort) -> Cursor {
        let id = self.video_id.clone();
        match sort {
            VideoSort::Newest => Cursor::Newest { at: self.processed_at, id },
            VideoSort::Oldest => Cursor::Oldest { at: self.processed_at, id },
            VideoSort::Manna => Cursor::Manna { manna: self.manna, id },
            VideoSort::Title => Cursor::Title { title: self.title_key.clone(), id },
            VideoSort::Channel => {
                Cursor::Channel { channel: self.channel_key.clone(), title: self.title_key.clone(), id }
            }
        }
    }
}

impl TryFrom<SummaryRow> for VideoSummary {
    type Error = StoreError;

    fn try_from(row: SummaryRow) -> Result<Self, StoreError> {
        Ok(Self {
            video_id: video_id(&row.video_id)?,
            title: row.title,
            channel: row.channel,
            channel_url: row.channel_url,
            location: row.location,
            processed_at: row.processed_at,
            published_at: row.published_at,
            duration_seconds: row.duration_seconds,
            manna: row.manna,
            suspect: row.suspect,
        })
    }
}

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn read_page(&self, query: &VideoQuery) -> Result<Result<VideoPage, InvalidCursor>, StoreError> {
        let cursor = match query.cursor.as_deref().map(|text| Cursor::parse(text, query.sort)).transpose() {
            Ok(cursor) => cursor,
            Err(invalid) => return Ok(Err(invalid)),
        };
        let mut count = sql::<D>("select count(*) from videos v where 1 = 1");
        push_filters(&mut count, query);

        let limit = query.limit.clamp(1, MOST);
        let mut list = sql::<D>(
            "select video_id, title, title_key, channel, channel_key, channel_url, location, processed_at,
                published_at, duration_seconds, manna, suspect
            from videos v
            where 1 = 1",
        );
        push_filters(&mut list, query);
        if let Some(cursor) = cursor {
            push_cursor(&mut list, cursor);
        }
        list.push(order_by(query.sort)).push(" limit ").push_bind(i64::from(limit) + 1);

        let mut transaction = self.begin_snapshot().await?;
        let (total,) = count.fetch_one::<(i64,)>(&mut transaction).await?;
        let mut rows: Vec<SummaryRow> = list.fetch_all(&mut transaction).await?;
        transaction.rollback().await?;

        let is_last = rows.len() <= usize::from(limit);
        rows.truncate(usize::from(limit));
        let next_cursor = rows.last().filter(|_| !is_last).map(|row| row.cursor(query.sort).to_text());
        let videos = rows.into_iter().map(VideoSummary::try_from).collect::<Result<_, _>>()?;
        Ok(Ok(VideoPage { videos, next_cursor, total }))
    }

    pub(super) async fn read_totals(&self) -> Result<Totals, StoreError> {
        let mut transaction = self.begin_snapshot().await?;
        let (videos, channels, manna) = sql::<D>(
            "select count(*), count(distinct nullif(channel, '')), cast(coalesce(sum(manna), 0) as bigint)
            from videos",
        )
        .fetch_one::<(i64, i64, i64)>(&mut transaction)
        .await?;
        let books: Vec<(i16, i64)> = sql::<D>(
            "select book, count(*)
            from mentions
            where class = 'confirmed' and kind <> 'contextual'
            group by book
            order by book",
        )
        .fetch_all(&mut transaction)
        .await?;
        transaction.rollback().await?;
        let books = books
            .into_iter()
            .map(|(number, count)| {
                let book = usize::try_from(number).ok().and_then(Book::from_index);
                book.map(|book| (book, count))
                    .ok_or_else(|| StoreError::Corrupt(format!("a mention is of book {number}, which there is not")))
            })
            .collect::<Result<_, _>>()?;
        Ok(Totals { videos, channels, manna, books })
    }
}

fn push_filters<D: Dialect>(statement: &mut Sql<D>, query: &VideoQuery) {
    if let Some(search) = &query.search {
        for word in search.split_whitespace().take(SEARCH_WORDS) {
            statement.push(" and search like ").push_bind(pattern(word)).push(r" escape '\'");
        }
    }
    if let Some(channel) = &query.channel {
        statement.push(" and channel = ").push_bind(columns::text(channel));
    }
    if let Some(book) = query.book {
        statement
            .push(" and exists (select 1 from mentions m where m.video_id = v.video_id and m.class = 'confirmed'")
            .push(" and m.book = ")
            .push_bind(columns::number_of(book))
            .push(")");
    }
    if let Some(from) = query.from {
        statement.push(" and processed_at >= ").push_bind(columns::time(from));
    }
    if let Some(to) = query.to {
        statement.push(" and processed_at < ").push_bind(columns::time(to));
    }
}

/// Finds a word anywhere; `%`, `_` and `\` stand for themselves.
fn pattern(word: &str) -> String {
    let mut pattern = String::from("%");
    for character in columns::text(word).to_lowercase().chars().take(SEARCH_WORD_LENGTH) {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

fn push_cursor<D: Dialect>(statement: &mut Sql<D>, cursor: Cursor) {
    match cursor {
        Cursor::Newest { at, id } => {
            statement.push(" and (processed_at, video_id) < (").push_bind(columns::time(at)).push(", ").push_bind(id)
        }
        Cursor::Oldest { at, id } => {
            statement.push(" and (processed_at, video_id) > (").push_bind(columns::time(at)).push(", ").push_bind(id)
        }
        Cursor::Manna { manna, id } => {
            statement.push(" and (manna, video_id) < (").push_bind(manna).push(", ").push_bind(id)
        }
        Cursor::Title { title, id } => {
            statement.push(" and (title_key, video_id) > (").push_bind(title).push(", ").push_bind(id)
        }
        Cursor::Channel { channel, title, id } => statement
            .push(" and (channel_key, title_key, video_id) > (")
            .push_bind(channel)
            .push(", ")
            .push_bind(title)
            .push(", ")
            .push_bind(id),
    }
    .push(")");
}

const fn order_by(sort: VideoSort) -> &'static str {
    match sort {
        VideoSort::Newest => " order by processed_at desc, video_id desc",
        VideoSort::Oldest => " order by processed_at, video_id",
        VideoSort::Manna => " order by manna desc, video_id desc",
        VideoSort::Title => " order by title_key, video_id",
        VideoSort::Channel => " order by channel_key, title_key, video_id",
    }
}
