//! Speakers and series: sermons grouped by a name in their documents.
//! A group has few sermons, so its statistics are computed on read. A group is identified by its slug, so names that
//! differ only in capitals or punctuation are one group.

use async_trait::async_trait;
use serde::Serialize;

use super::{ChurchSermons, Period, TrendPoint, TrendStep, deuterocanon::sermon_manna, period_key::first_day, trend};
use crate::{
    domain::{Book, Canon},
    store::{
        StoreError, VideoSummary, columns,
        dialect::Dialect,
        list::{SUMMARY, SummaryRow, read_summaries},
        sql::{Sql, sql},
        sql_store::SqlStore,
    },
};

/// What sermons are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupKind {
    /// Who preached.
    Speaker,
    /// The series that the sermon belongs to.
    Series,
}

impl GroupKind {
    /// Returns the name used in URLs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Speaker => "speaker",
            Self::Series => "series",
        }
    }

    /// Returns the end of a `where` clause, up to the slug.
    const fn has_slug(self) -> &'static str {
        match self {
            Self::Speaker => " v.speaker_slug = ",
            Self::Series => " v.series_slug = ",
        }
    }
}

/// A speaker or a series, with statistics of its sermons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The slug in `/speaker/{slug}` or `/series/{slug}`.
    pub slug: String,
    /// The name. If there are several spellings, the first in sort order.
    pub name: String,
    /// Number of sermons, not counting those that are not measured.
    pub sermons: i64,
    /// Number of confirmed references.
    pub manna: i64,
}

/// The statistics of a speaker or series, all from one snapshot.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupStats {
    /// The group.
    pub group: Group,
    /// The canon that decides which books are part of the manna.
    pub canon: Canon,
    /// Number of confirmed references to each book of the canon, in canonical order.
    pub books: Vec<(Book, i64)>,
    /// Number of confirmed references to each cited book outside the canon.
    pub deuterocanonical_books: Vec<(Book, i64)>,
    /// The sermons with the most manna.
    pub top_sermons: Vec<VideoSummary>,
    /// The period that each point of the trend covers.
    pub trend_step: TrendStep,
    /// The trend in chronological order.
    pub trend: Vec<TrendPoint>,
}

/// Speakers and series.
#[async_trait]
pub trait GroupRepository: Send + Sync {
    /// Returns the groups that have a sermon, sorted by name.
    async fn groups(&self, kind: GroupKind, limit: u16) -> Result<Vec<Group>, StoreError>;
    /// Returns the statistics of a group, with up to `top` sermons, or `None` if no sermon belongs to the group.
    async fn group_stats(&self, kind: GroupKind, slug: &str, top: u16) -> Result<Option<GroupStats>, StoreError>;
    /// Returns one page of a group's sermons, most recently preached first, including those that are not measured.
    async fn group_sermons(
        &self,
        kind: GroupKind,
        slug: &str,
        offset: u32,
        limit: u16,
    ) -> Result<ChurchSermons, StoreError>;
}

/// Returns the slug of the speaker or series with this name, or `None` for a blank name.
pub fn group_slug(name: &str) -> Option<String> {
    columns::group_slug(name)
}

/// Returns whether two names refer to the same speaker or series.
pub fn is_same_group(a: &str, b: &str) -> bool {
    columns::group_slug(a) == columns::group_slug(b)
}

/// The columns of a [`Group`].
#[derive(sqlx::FromRow)]
struct GroupRow {
    slug: String,
    name: String,
    sermons: i64,
    manna: i64,
}

impl From<GroupRow> for Group {
    fn from(row: GroupRow) -> Self {
        Self { slug: row.slug, name: row.name, sermons: row.sermons, manna: row.manna }
    }
}

/// Selects a [`GroupRow`] for each group. Ends inside a condition. A sermon that is not measured has no manna and is
/// not counted.
fn select_groups<D: Dialect>(kind: GroupKind, canon: Canon) -> Sql<D> {
    let mut query = sql::<D>("select ");
    query.push(match kind {
        GroupKind::Speaker => "v.speaker_slug as slug, min(v.speaker) as name,",
        GroupKind::Series => "v.series_slug as slug, min(v.series) as name,",
    });
    query.push(
        " cast(sum(case when u.video_id is null then 1 else 0 end) as bigint) as sermons,
            cast(coalesce(sum(case when u.video_id is null then ",
    );
    query.push(sermon_manna(canon)).push(
        " else 0 end), 0) as bigint) as manna
        from videos v
        join sermon_stats s on s.video_id = v.video_id
        left join unmeasured_sermons u on u.video_id = v.video_id
        where ",
    );
    query.push(match kind {
        GroupKind::Speaker => "v.speaker_slug is not null",
        GroupKind::Series => "v.series_slug is not null",
    });
    query
}

impl<D: Dialect> SqlStore<D> {
    async fn read_groups(&self, kind: GroupKind, limit: u16) -> Result<Vec<Group>, StoreError> {
        let mut query = select_groups::<D>(kind, self.canon);
        query.push(match kind {
            GroupKind::Speaker => " group by v.speaker_slug order by lower(min(v.speaker)), v.speaker_slug limit ",
            GroupKind::Series => " group by v.series_slug order by lower(min(v.series)), v.series_slug limit ",
        });
        query.push_bind(i64::from(limit));
        let rows: Vec<GroupRow> = query.fetch_all(&mut *self.reader().await?).await?;
        Ok(rows.into_iter().map(Group::from).collect())
    }

    async fn read_group_stats(&self, kind: GroupKind, slug: &str, top: u16) -> Result<Option<GroupStats>, StoreError> {
        let slug = columns::without_nul(slug);
        let mut transaction = self.begin_snapshot().await?;
        let mut query = select_groups::<D>(kind, self.canon);
        query.push(" and").push(kind.has_slug()).push_bind(slug.as_str()).push(match kind {
            GroupKind::Speaker => " group by v.speaker_slug",
            GroupKind::Series => " group by v.series_slug",
        });
        let Some(group) = query.fetch_optional::<GroupRow>(&mut transaction).await? else { return Ok(None) };
        let cited = read_books::<D>(&mut transaction, kind, &slug).await?;
        let mut query = sql::<D>(SUMMARY);
        query.push(" from videos v join sermon_stats s on s.video_id = v.video_id where");
        query.push(kind.has_slug()).push_bind(slug.as_str());
        query.push(" and not exists (select 1 from unmeasured_sermons u where u.video_id = v.video_id) order by ");
        query.push(sermon_manna(self.canon)).push(" desc, v.video_id desc limit ").push_bind(i64::from(top));
        let top: Vec<SummaryRow> = query.fetch_all(&mut transaction).await?;
        let months = read_months::<D>(&mut transaction, self.canon, kind, &slug).await?;
        transaction.rollback().await?;
        let (trend_step, trend) = trend::fill_gaps(Period::AllTime, TrendStep::Month, &months);
        let top_sermons = top.into_iter().map(|row| row.into_summary(self.canon)).collect::<Result<_, _>>()?;
        let manna = |book: Book| cited.iter().find(|(cited, _)| *cited == book).map_or(0, |(_, manna)| *manna);
        Ok(Some(GroupStats {
            group: group.into(),
            canon: self.canon,
            books: self.canon.books().map(|book| (book, manna(book))).collect(),
            deuterocanonical_books: cited.iter().filter(|(book, _)| !self.canon.contains(*book)).copied().collect(),
            top_sermons,
            trend_step,
            trend,
        }))
    }

    async fn read_group_sermons(
        &self,
        kind: GroupKind,
        slug: &str,
        offset: u32,
        limit: u16,
    ) -> Result<ChurchSermons, StoreError> {
        let mut transaction = self.begin_snapshot().await?;
        let mut query = sql::<D>(
            "select v.video_id, count(*) over ()
            from videos v
            join sermon_stats s on s.video_id = v.video_id
            where",
        );
        query.push(kind.has_slug()).push_bind(columns::without_nul(slug));
        query.push(" order by s.day desc, s.manna desc, v.video_id desc limit ").push_bind(i64::from(limit));
        query.push(" offset ").push_bind(i64::from(offset));
        let rows: Vec<(String, i64)> = query.fetch_all(&mut transaction).await?;
        let total = rows.first().map_or(0, |row| row.1);
        let ids: Vec<_> = rows.into_iter().map(|(id, _)| id).collect();
        let sermons = read_summaries::<D>(&mut transaction, self.canon, &ids).await?;
        transaction.rollback().await?;
        Ok(ChurchSermons { sermons, total })
    }
}

/// Returns the number of confirmed references to each cited book, in canonical order.
async fn read_books<D: Dialect>(
    connection: &mut D::Connection,
    kind: GroupKind,
    slug: &str,
) -> Result<Vec<(Book, i64)>, StoreError> {
    let mut query = sql::<D>(
        "select m.book, cast(sum(m.citations) as bigint)
        from videos v
        join mentions m on m.video_id = v.video_id
        where m.class in ('confirmed', 'deuterocanonical') and m.kind <> 'contextual' and",
    );
    query.push(kind.has_slug()).push_bind(slug).push(" group by m.book order by m.book");
    let rows: Vec<(i16, i64)> = query.fetch_all(connection).await?;
    let book = |(number, manna): (i16, i64)| {
        let book = usize::try_from(number).ok().and_then(Book::from_index);
        let book = book.ok_or_else(|| StoreError::Corrupt(format!("mentions of the unknown book {number}")))?;
        Ok((book, manna))
    };
    rows.into_iter().map(book).collect()
}

/// Returns the months that have measured sermons, in chronological order.
async fn read_months<D: Dialect>(
    connection: &mut D::Connection,
    canon: Canon,
    kind: GroupKind,
    slug: &str,
) -> Result<Vec<TrendPoint>, StoreError> {
    let mut query = sql::<D>("select s.day / 100, count(*), cast(sum(");
    query.push(sermon_manna(canon)).push(
        ") as bigint)
        from videos v
        join sermon_stats s on s.video_id = v.video_id
        where not exists (select 1 from unmeasured_sermons u where u.video_id = v.video_id) and",
    );
    query.push(kind.has_slug()).push_bind(slug).push(" group by s.day / 100 order by s.day / 100");
    let rows: Vec<(i32, i64, i64)> = query.fetch_all(connection).await?;
    let point = |(month, sermons, manna)| {
        let first = first_day(month);
        let first = first.ok_or_else(|| StoreError::Corrupt(format!("statistics of the invalid month {month}")))?;
        Ok(TrendPoint { first, sermons, manna })
    };
    rows.into_iter().map(point).collect()
}

#[async_trait]
impl<D: Dialect> GroupRepository for SqlStore<D> {
    #[tracing::instrument(skip_all)]
    async fn groups(&self, kind: GroupKind, limit: u16) -> Result<Vec<Group>, StoreError> {
        self.with_deadline(self.read_groups(kind, limit)).await
    }

    #[tracing::instrument(skip_all)]
    async fn group_stats(&self, kind: GroupKind, slug: &str, top: u16) -> Result<Option<GroupStats>, StoreError> {
        self.with_deadline(self.read_group_stats(kind, slug, top)).await
    }

    #[tracing::instrument(skip_all)]
    async fn group_sermons(
        &self,
        kind: GroupKind,
        slug: &str,
        offset: u32,
        limit: u16,
    ) -> Result<ChurchSermons, StoreError> {
        self.with_deadline(self.read_group_sermons(kind, slug, offset, limit)).await
    }
}
