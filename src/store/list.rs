//! Lists of sermons.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{
    InvalidCursor, Preached, StoreError, VideoPage, VideoQuery, VideoSort, VideoSummary, columns,
    cursor::Cursor,
    dialect::Dialect,
    read::parse_id,
    sql::{Sql, sql},
    sql_store::SqlStore,
    stats::{church_key, sermon_manna},
};
use crate::domain::{Canon, Source, not_measured};

/// Maximum number of sermons on a page.
const MAX_LIMIT: u16 = 200;

/// Maximum number of words to filter by, and of characters per word. The rest is ignored.
const MAX_WORDS: usize = 16;
const MAX_WORD_LENGTH: usize = 100;

/// Selects the columns of [`SummaryRow`] from `videos v`.
pub(super) const SUMMARY: &str = "
    select v.video_id, v.title, v.title_key, v.channel, v.channel_key, v.channel_url, v.location, v.processed_at,
        v.published_at, v.duration_seconds, v.manna, v.suspect, v.speaker, v.series,
        (
            select c.slug
            from sermon_stats s
            join churches c on c.id = s.church_id
            where s.video_id = v.video_id
        ) as church_slug,
        (select u.language from unmeasured_sermons u where u.video_id = v.video_id) as unmeasured_language,
        (select s.deuterocanonical from sermon_stats s where s.video_id = v.video_id) as deuterocanonical,
        (select s.catholic from sermon_stats s where s.video_id = v.video_id) as catholic,
        (select s.orthodox from sermon_stats s where s.video_id = v.video_id) as orthodox";

/// A row of a list, including the sort keys.
#[derive(sqlx::FromRow)]
pub(super) struct SummaryRow {
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
    speaker: Option<String>,
    series: Option<String>,
    church_slug: Option<String>,
    unmeasured_language: Option<String>,
    deuterocanonical: Option<i64>,
    catholic: Option<i64>,
    orthodox: Option<i64>,
}

impl SummaryRow {
    /// Returns the number of references to those deuterocanonical books that are in the canon.
    fn deuterocanonical_manna(&self, canon: Canon) -> i64 {
        let manna = match canon {
            Canon::Protestant => None,
            Canon::Catholic => self.catholic,
            Canon::Orthodox => self.orthodox,
        };
        manna.unwrap_or_default()
    }

    fn cursor(&self, sort: VideoSort, canon: Canon) -> Cursor {
        let id = self.video_id.clone();
        match sort {
            VideoSort::Newest => Cursor::Newest { at: self.processed_at, id },
            VideoSort::Oldest => Cursor::Oldest { at: self.processed_at, id },
            VideoSort::Manna => Cursor::Manna { manna: self.manna + self.deuterocanonical_manna(canon), id },
            VideoSort::Title => Cursor::Title { title: self.title_key.clone(), id },
            VideoSort::Channel => {
                Cursor::Channel { channel: self.channel_key.clone(), title: self.title_key.clone(), id }
            }
        }
    }

    /// Converts the row. The canon decides which books are part of the manna.
    pub(super) fn into_summary(self, canon: Canon) -> Result<VideoSummary, StoreError> {
        let in_canon = self.deuterocanonical_manna(canon);
        let measured = |number| self.unmeasured_language.is_none().then_some(number);
        Ok(VideoSummary {
            video_id: parse_id(&self.video_id)?,
            manna: measured(self.manna + in_canon),
            suspect: measured(self.suspect),
            deuterocanonical: measured(self.deuterocanonical.unwrap_or_default() - in_canon),
            not_measured: self.unmeasured_language.as_deref().map(not_measured),
            title: self.title,
            channel: self.channel,
            channel_url: self.channel_url,
            location: self.location,
            processed_at: self.processed_at,
            published_at: self.published_at,
            duration_seconds: self.duration_seconds,
            church_slug: self.church_slug,
            speaker: self.speaker,
            series: self.series,
        })
    }
}

/// Returns the sermons with these IDs, in the same order. Missing sermons are skipped.
pub(super) async fn read_summaries<D: Dialect>(
    connection: &mut D::Connection,
    canon: Canon,
    ids: &[String],
) -> Result<Vec<VideoSummary>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = sql::<D>(SUMMARY);
    query.push(" from videos v where v.video_id in ").push_list(ids.iter().map(String::as_str));
    query.push(" order by v.video_id");
    let mut rows: Vec<SummaryRow> = query.fetch_all(connection).await?;
    rows.sort_by_key(|row| ids.iter().position(|id| *id == row.video_id));
    rows.into_iter().map(|row| row.into_summary(canon)).collect()
}

/// The only field of a document that [`read_sources`] needs.
#[derive(serde::Deserialize)]
struct DocumentSource {
    source: Option<Source>,
}

/// Maximum size of a document that is read for its source, if an older release indexed it.
const MAX_SOURCE_DOCUMENT: i64 = 500_000;

/// A sermon with its source as JSON or, if an older release indexed it, with its document.
#[derive(sqlx::FromRow)]
struct SourceRow {
    video_id: String,
    source: Option<String>,
    document: Option<String>,
}

/// Returns the source of each of these sermons whose document has one.
pub(super) async fn read_sources<D: Dialect>(
    connection: &mut D::Connection,
    ids: &[String],
) -> Result<HashMap<String, Source>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query =
        sql::<D>("select v.video_id, d.source, case when d.source is null and octet_length(v.document) <= ");
    query.push_bind(MAX_SOURCE_DOCUMENT).push(
        " then v.document end as document
        from videos v
        left join search_documents d on d.video_id = v.video_id and d.document_sha256 = v.sha256
        where v.video_id in ",
    );
    query.push_list(ids.iter().map(String::as_str)).push(" order by v.video_id");
    let rows: Vec<SourceRow> = query.fetch_all(connection).await?;
    let source = |row: SourceRow| {
        let source = match row.source {
            Some(source) => serde_json::from_str(&source).ok(),
            None => serde_json::from_str::<DocumentSource>(&row.document?).ok()?.source,
        };
        Some((row.video_id, source?))
    };
    Ok(rows.into_iter().filter_map(source).collect())
}

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn read_page(&self, query: &VideoQuery) -> Result<Result<VideoPage, InvalidCursor>, StoreError> {
        let cursor = match query.cursor.as_deref().map(|text| Cursor::parse(text, query.sort)).transpose() {
            Ok(cursor) => cursor,
            Err(invalid) => return Ok(Err(invalid)),
        };
        let mut count = if is_filtered(query) {
            sql::<D>("select count(*) from videos v where 1 = 1")
        } else {
            sql::<D>("select count from store_state where 1 = 1")
        };
        push_filters(&mut count, query, false);

        let limit = query.limit.clamp(1, MAX_LIMIT);
        let mut list = sql::<D>(SUMMARY);
        // For the larger canons, an index on `sermon_stats` provides the order by manna.
        let by_stats = query.sort == VideoSort::Manna && self.canon != Canon::Protestant;
        list.push(if by_stats {
            " from sermon_stats s cross join videos v where v.video_id = s.video_id"
        } else {
            " from videos v where 1 = 1"
        });
        push_filters(&mut list, query, true);
        if let Some(cursor) = cursor {
            push_cursor(&mut list, self.canon, cursor);
        }
        push_order(&mut list, self.canon, query.sort);
        list.push(" limit ").push_bind(i64::from(limit) + 1);

        let mut transaction = self.begin_snapshot().await?;
        let (total,) = count.fetch_one::<(i64,)>(&mut transaction).await?;
        let mut rows: Vec<SummaryRow> = list.fetch_all(&mut transaction).await?;
        transaction.rollback().await?;

        let is_last = rows.len() <= usize::from(limit);
        rows.truncate(usize::from(limit));
        let next_cursor = rows.last().filter(|_| !is_last).map(|row| row.cursor(query.sort, self.canon).to_text());
        let videos = rows.into_iter().map(|row| row.into_summary(self.canon)).collect::<Result<_, _>>()?;
        Ok(Ok(VideoPage { videos, next_cursor, total }))
    }
}

/// Returns whether [`push_filters`] appends anything.
fn is_filtered(query: &VideoQuery) -> bool {
    let VideoQuery { search, channel, speaker, series, book, preached, added_from, added_to, .. } = query;
    let names = [search, channel, speaker, series];
    let is_dated = *preached != Preached::Any || added_from.is_some() || added_to.is_some();
    names.into_iter().any(Option::is_some) || book.is_some() || is_dated
}

/// Appends the conditions of a query. With `in_order`, the statement should scan the index for the sort order until it
/// has enough rows.
fn push_filters<D: Dialect>(statement: &mut Sql<D>, query: &VideoQuery, in_order: bool) {
    if let Some(search) = &query.search {
        for word in search.split_whitespace().take(MAX_WORDS) {
            statement.push(" and search like ").push_bind(pattern(word)).push(r" escape '\'");
        }
    }
    if let Some(channel) = &query.channel {
        let name = columns::without_nul(channel);
        statement
            // The expression prevents the planner from using the primary key, so that it scans in sort order and need
            // not sort.
            .push(if in_order { " and (v.video_id || '')" } else { " and v.video_id" })
            .push(
                " in (
                    select s.video_id
                    from sermon_stats s
                    join churches c on c.id = s.church_id
                    where c.key = ",
            )
            .push_bind(church_key(&name))
            .push(")");
    }
    for (condition, name) in [(" and v.speaker_slug = ", &query.speaker), (" and v.series_slug = ", &query.series)] {
        if let Some(name) = name {
            // A blank name matches no sermon.
            statement.push(condition).push_bind(columns::group_slug(name).unwrap_or_default());
        }
    }
    if let Some(book) = query.book {
        statement
            .push(" and exists (select 1 from mentions m where m.video_id = v.video_id and m.class = ")
            .push_bind(columns::confirmed_class(book))
            .push(" and m.book = ")
            .push_bind(columns::book_number(book))
            .push(")");
    }
    push_preached(statement, query.preached);
    if let Some(from) = query.added_from {
        statement.push(" and processed_at >= ").push_bind(columns::db_time(from));
    }
    if let Some(to) = query.added_to {
        statement.push(" and processed_at < ").push_bind(columns::db_time(to));
    }
}

/// Appends the condition on the day preached. `published_at` is text: a date, a time or, in legacy documents, anything.
fn push_preached<D: Dialect>(statement: &mut Sql<D>, preached: Preached) {
    match preached {
        Preached::Any => {}
        Preached::Undated => {
            statement.push(" and (v.published_at is null or v.published_at not like '____-__-__%')");
        }
        Preached::Between(from, to) => {
            statement.push(" and v.published_at like '____-__-__%'");
            if let Some(from) = from {
                statement.push(" and substr(v.published_at, 1, 10) >= ").push_bind(from.to_string());
            }
            if let Some(to) = to {
                statement.push(" and substr(v.published_at, 1, 10) <= ").push_bind(to.to_string());
            }
        }
    }
}

/// Returns a `like` pattern that finds a word anywhere. Escapes `%`, `_` and `\`.
fn pattern(word: &str) -> String {
    let mut pattern = String::from("%");
    for character in columns::without_nul(word).to_lowercase().chars().take(MAX_WORD_LENGTH) {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

fn push_cursor<D: Dialect>(statement: &mut Sql<D>, canon: Canon, cursor: Cursor) {
    match cursor {
        Cursor::Newest { at, id } => {
            statement.push(" and (processed_at, video_id) < (").push_bind(columns::db_time(at)).push(", ").push_bind(id)
        }
        Cursor::Oldest { at, id } => {
            statement.push(" and (processed_at, video_id) > (").push_bind(columns::db_time(at)).push(", ").push_bind(id)
        }
        Cursor::Manna { manna, id } => {
            let id_of = if canon == Canon::Protestant { "v.video_id" } else { "s.video_id" };
            statement.push(" and (").push(manna_of(canon)).push(", ").push(id_of).push(") < (").push_bind(manna);
            statement.push(", ").push_bind(id)
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

/// Returns the SQL for the manna that sorts the list.
const fn manna_of(canon: Canon) -> &'static str {
    if matches!(canon, Canon::Protestant) { "v.manna" } else { sermon_manna(canon) }
}

fn push_order<D: Dialect>(statement: &mut Sql<D>, canon: Canon, sort: VideoSort) {
    statement.push(" order by ");
    match sort {
        VideoSort::Newest => statement.push("processed_at desc, video_id desc"),
        VideoSort::Oldest => statement.push("processed_at, video_id"),
        VideoSort::Manna if canon == Canon::Protestant => statement.push("manna desc, video_id desc"),
        VideoSort::Manna => statement.push(sermon_manna(canon)).push(" desc, s.video_id desc"),
        VideoSort::Title => statement.push("title_key, video_id"),
        VideoSort::Channel => statement.push("channel_key, title_key, video_id"),
    };
}
