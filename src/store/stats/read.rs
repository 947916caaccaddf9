//! The sums under a filter, added up from the buckets.

use async_trait::async_trait;

use super::{
    Church, CollectionStats, StatsFilter, StatsRepository, Period, StatsPosition, PeriodStats, TrendPoint,
    bucket::{EVER, first_day, ranges},
    church::church_key,
    update::standing,
    trend,
};
use crate::{
    domain::Book,
    store::{
        StoreError, VideoSummary, columns,
        list::{SUMMARY, SummaryRow, summaries_of},
        sql::{Dialect, Sql, sql},
        sql_store::SqlStore,
    },
};

/// The church id under which the sums of all stand.
const ALL: i64 = 0;

/// A church as a query gives it.
#[derive(sqlx::FromRow)]
struct ChurchRow {
    id: i64,
    slug: String,
    name: String,
    sermons: i64,
    manna: i64,
}

/// A church in a list that knows how long it would be.
#[derive(sqlx::FromRow)]
struct TopChurchRow {
    slug: String,
    name: String,
    sermons: i64,
    manna: i64,
    of: i64,
}

/// One of so many sermons, or more, are many: they are not sorted to find those with the most manna.
const MANY: i64 = 20;

const ONE_CHURCH: &str = "
    select c.id, c.slug, c.name, coalesce(b.sermons, 0) as sermons, coalesce(b.manna, 0) as manna
    from churches c
    left join bucket_sums b on b.church_id = c.id and b.bucket = 0";

#[async_trait]
impl<D: Dialect> StatsRepository for SqlStore<D> {
    async fn standing(&self) -> Result<StatsPosition, StoreError> {
        self.within(self.read_standing()).await
    }

    async fn stats(&self, filter: &StatsFilter, most: u16) -> Result<Option<CollectionStats>, StoreError> {
        self.within(self.read_insight(filter, most)).await
    }

    async fn churches(&self, most: u16) -> Result<Vec<Church>, StoreError> {
        self.within(self.read_churches(most)).await
    }

    async fn church(&self, slug: &str) -> Result<Option<Church>, StoreError> {
        self.within(async {
            let mut connection = self.reader().await?;
            Ok(church_of_slug::<D>(&mut connection, slug).await?.map(Church::from))
        })
        .await
    }

    async fn church_named(&self, name: &str) -> Result<Option<Church>, StoreError> {
        self.within(async {
            let mut connection = self.reader().await?;
            let mut query = sql::<D>(ONE_CHURCH);
            query.push(" where c.key = ").push_bind(church_key(&columns::text(name)));
            Ok(query.fetch_optional::<ChurchRow>(&mut connection).await?.map(Church::from))
        })
        .await
    }

    async fn sermons_of_church(&self, slug: &str, skip: u32, most: u16) -> Result<Vec<VideoSummary>, StoreError> {
        self.within(async {
            let mut transaction = self.begin_snapshot().await?;
            let ids: Vec<(String,)> = sql::<D>(
                "select s.video_id
                from sermons s
                where s.church_id = (select c.id from churches c where c.slug = $1)
                order by s.day desc, s.manna desc, s.video_id desc
                limit $2 offset $3",
            )
            .bind(columns::text(slug))
            .bind(i64::from(most))
            .bind(i64::from(skip))
            .fetch_all(&mut transaction)
            .await?;
            let ids: Vec<_> = ids.into_iter().map(|(id,)| id).collect();
            let sermons = summaries_of::<D>(&mut transaction, &ids).await?;
            transaction.rollback().await?;
            Ok(sermons)
        })
        .await
    }

    async fn catch_up_stats(&self) -> Result<bool, StoreError> {
        self.count_if_behind().await
    }
}

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn read_standing(&self) -> Result<StatsPosition, StoreError> {
        let mut connection = self.reader().await?;
        standing::<D>(&mut connection).await
    }

    async fn read_insight(&self, filter: &StatsFilter, most: u16) -> Result<Option<CollectionStats>, StoreError> {
        let period = filter.period;
        let mut transaction = self.begin_snapshot().await?;
        let standing = standing::<D>(&mut transaction).await?;
        let church = match &filter.church {
            Some(slug) => match church_of_slug::<D>(&mut transaction, slug).await? {
                Some(church) => Some(church),
                None => return Ok(None),
            },
            None => None,
        };
        let id = church.as_ref().map(|church| church.id);
        let books = books::<D>(&mut transaction, period, id).await?;
        let sums = sums_of::<D>(&mut transaction, period, id).await?;
        let (top_churches, churches) = match &church {
            Some(church) => (vec![church.in_period(sums)], i64::from(sums.sermons > 0 && !church.name.is_empty())),
            None => top_churches::<D>(&mut transaction, period, most).await?,
        };
        let cited = |books: &[(Book, i64)]| books.iter().filter(|(_, manna)| *manna > 0).count();
        let now = PeriodStats { churches, books: count(cited(&books)), ..sums };
        let before = match period.before() {
            Some(period) => Some(all_sums::<D>(&mut transaction, period, church.as_ref()).await?),
            None => None,
        };
        let (buckets, step) = trend::plan(period);
        let parts = trend_parts::<D>(&mut transaction, buckets, id).await?;
        let (trend_step, trend) = trend::points(period, step, &parts);
        let all = sums_of::<D>(&mut transaction, Period::Ever, None).await?;
        let are_many = sums.sermons.saturating_mul(MANY) > all.sermons;
        let top_sermons = top_sermons::<D>(&mut transaction, period, id, are_many, most).await?;
        transaction.rollback().await?;
        Ok(Some(CollectionStats {
            standing,
            church: church.map(|church| church.in_period(sums)),
            now,
            before,
            books,
            top_sermons,
            top_churches,
            trend_step,
            trend,
        }))
    }

    async fn read_churches(&self, most: u16) -> Result<Vec<Church>, StoreError> {
        let mut connection = self.reader().await?;
        let rows: Vec<ChurchRow> = sql::<D>(
            "select c.id, c.slug, c.name, b.sermons, b.manna
            from bucket_sums b
            join churches c on c.id = b.church_id
            where b.bucket = 0 and b.church_id > 0 and b.sermons > 0 and c.name <> ''
            order by lower(c.name), c.id
            limit $1",
        )
        .bind(i64::from(most))
        .fetch_all(&mut connection)
        .await?;
        Ok(rows.into_iter().map(Church::from).collect())
    }
}

impl ChurchRow {
    /// The church with these sums instead of those of all time.
    fn in_period(&self, sums: PeriodStats) -> Church {
        Church { slug: self.slug.clone(), name: self.name.clone(), sermons: sums.sermons, manna: sums.manna }
    }
}

impl From<ChurchRow> for Church {
    fn from(row: ChurchRow) -> Self {
        Self { slug: row.slug, name: row.name, sermons: row.sermons, manna: row.manna }
    }
}

async fn church_of_slug<D: Dialect>(
    connection: &mut D::Connection,
    slug: &str,
) -> Result<Option<ChurchRow>, StoreError> {
    let mut query = sql::<D>(ONE_CHURCH);
    query.push(" where c.slug = ").push_bind(columns::text(slug));
    query.fetch_optional(connection).await
}

/// Goes on with the buckets of a period, as `r.column1` and `r.column2`.
fn push_ranges<D: Dialect>(statement: &mut Sql<D>, period: Period) {
    let [a, b, c] = ranges(period);
    for (before, range) in [("(values (", a), ("), (", b), ("), (", c)] {
        statement.push(before).push_bind(range.0).push(", ").push_bind(range.1);
    }
    statement.push(")) as r");
}

/// Sermons and manna; the other numbers are 0.
async fn sums_of<D: Dialect>(
    connection: &mut D::Connection,
    period: Period,
    church: Option<i64>,
) -> Result<PeriodStats, StoreError> {
    let mut query = sql::<D>(
        "select cast(coalesce(sum(b.sermons), 0) as bigint), cast(coalesce(sum(b.manna), 0) as bigint)
        from ",
    );
    push_ranges(&mut query, period);
    query
        .push(" cross join bucket_sums b where b.bucket between r.column1 and r.column2 and b.church_id = ")
        .push_bind(church.unwrap_or(ALL));
    let (sermons, manna) = query.fetch_one::<(i64, i64)>(connection).await?;
    Ok(PeriodStats { sermons, manna, ..PeriodStats::default() })
}

/// All numbers of a period.
async fn all_sums<D: Dialect>(
    connection: &mut D::Connection,
    period: Period,
    church: Option<&ChurchRow>,
) -> Result<PeriodStats, StoreError> {
    let id = church.map(|church| church.id);
    let sums = sums_of::<D>(connection, period, id).await?;
    let books = books::<D>(connection, period, id).await?;
    let churches = match church {
        Some(church) => i64::from(sums.sermons > 0 && !church.name.is_empty()),
        None => top_churches::<D>(connection, period, 1).await?.1,
    };
    Ok(PeriodStats { churches, books: count(books.iter().filter(|(_, manna)| *manna > 0).count()), ..sums })
}

/// Confirmed references of all 66 books.
async fn books<D: Dialect>(
    connection: &mut D::Connection,
    period: Period,
    church: Option<i64>,
) -> Result<Vec<(Book, i64)>, StoreError> {
    let mut query = sql::<D>("select b.book, cast(sum(b.manna) as bigint) from ");
    push_ranges(&mut query, period);
    query
        .push(" cross join bucket_books b where b.bucket between r.column1 and r.column2 and b.church_id = ")
        .push_bind(church.unwrap_or(ALL))
        .push(" group by b.book order by b.book");
    let found: Vec<(i16, i64)> = query.fetch_all(connection).await?;
    let mut books: Vec<_> = Book::all().map(|book| (book, 0)).collect();
    for (number, manna) in found {
        let book = usize::try_from(number).ok().and_then(|number| books.get_mut(number));
        let (_, sum) =
            book.ok_or_else(|| StoreError::Corrupt(format!("a sum is of book {number}, which there is not")))?;
        *sum = manna;
    }
    Ok(books)
}

/// The churches with the most manna, and the number of all that have a sermon.
async fn top_churches<D: Dialect>(
    connection: &mut D::Connection,
    period: Period,
    most: u16,
) -> Result<(Vec<Church>, i64), StoreError> {
    let mut query = sql::<D>(
        "select c.slug, c.name, s.sermons, s.manna, count(*) over () as of
        from (
            select b.church_id, cast(sum(b.sermons) as bigint) as sermons, cast(sum(b.manna) as bigint) as manna
            from ",
    );
    push_ranges(&mut query, period);
    query
        .push(
            " cross join bucket_sums b
            where b.bucket between r.column1 and r.column2 and b.church_id > 0
            group by b.church_id
        ) as s
        join churches c on c.id = s.church_id
        where s.sermons > 0 and c.name <> ''
        order by s.manna desc, s.sermons desc, c.id
        limit ",
        )
        .push_bind(i64::from(most.max(1)));
    let rows: Vec<TopChurchRow> = query.fetch_all(connection).await?;
    let all = rows.first().map_or(0, |row| row.of);
    let churches = rows.into_iter().take(usize::from(most));
    let church = |row: TopChurchRow| Church { slug: row.slug, name: row.name, sermons: row.sermons, manna: row.manna };
    Ok((churches.map(church).collect(), all))
}

/// Days or months in their order.
async fn trend_parts<D: Dialect>(
    connection: &mut D::Connection,
    (first, last): (i32, i32),
    church: Option<i64>,
) -> Result<Vec<TrendPoint>, StoreError> {
    let rows: Vec<(i32, i64, i64)> = sql::<D>(
        "select bucket, sermons, manna
        from bucket_sums
        where church_id = $1 and bucket between $2 and $3 and sermons > 0
        order by bucket",
    )
    .bind(church.unwrap_or(ALL))
    .bind(first)
    .bind(last)
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|(bucket, sermons, manna)| {
            let first = first_day(bucket)
                .ok_or_else(|| StoreError::Corrupt(format!("a sum is of the day {bucket}, which there is not")))?;
            Ok(TrendPoint { first, sermons, manna })
        })
        .collect()
}

/// The sermons with the most manna.
///
/// If these are many, they are met soon in the order of manna; if they are few, they are picked in an index that holds all
/// that is needed for it.
async fn top_sermons<D: Dialect>(
    connection: &mut D::Connection,
    period: Period,
    church: Option<i64>,
    are_many: bool,
    most: u16,
) -> Result<Vec<VideoSummary>, StoreError> {
    let mut query = sql::<D>(SUMMARY);
    if let (Period::Ever, None) = (period, church) {
        query.push(" from videos v");
    } else {
        query.push(if are_many {
            " from (
                select w.video_id, w.manna
                from videos w
                cross join sermons s
                where s.video_id = w.video_id"
        } else {
            " from (select s.video_id, s.manna from sermons s where 1 = 1"
        });
        if let Some(church) = church {
            query.push(" and s.church_id = ").push_bind(church);
        }
        if let Period::Days { first, last } = period {
            let (first, last) = super::bucket::days(first, last);
            query.push(" and s.day between ").push_bind(first).push(" and ").push_bind(last);
        }
        query
            .push(if are_many {
                " order by w.manna desc, w.video_id desc"
            } else {
                " order by s.manna desc, s.video_id desc"
            })
            .push(" limit ")
            .push_bind(i64::from(most))
            .push(") as top join videos v on v.video_id = top.video_id");
    }
    query.push(" order by v.manna desc, v.video_id desc limit ").push_bind(i64::from(most));
    let rows: Vec<SummaryRow> = query.fetch_all(connection).await?;
    rows.into_iter().map(VideoSummary::try_from).collect()
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

const _: () = assert!(EVER == 0, "ONE_CHURCH and read_churches name the bucket of all time");
