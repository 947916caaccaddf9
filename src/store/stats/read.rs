//! Reads statistics by adding up the stored values of a period.

use async_trait::async_trait;

use super::{
    AllTimeStats, Church, ChurchSermons, CollectionStats, Period, PeriodStats, StatsFilter, StatsPosition,
    StatsRepository, TrendPoint,
    church::{ChurchRow, church_key, select_church},
    deuterocanon::{add_to_trend, push_all_time_manna, read_deuterocanonical, sermon_manna},
    period_key::{ALL_TIME, KeyRange, first_day, key_ranges},
    top::{top_churches, top_sermons},
    trend,
    update::read_position,
};
use crate::{
    domain::{Book, Canon},
    store::{
        StoreError, columns,
        dialect::Dialect,
        list::read_summaries,
        sql::{Sql, sql},
        sql_store::SqlStore,
    },
};

/// The church ID under which the statistics of all churches are stored.
pub(super) const ALL_CHURCHES: i64 = 0;

/// A filter that more than one in this many sermons matches is treated as matching many; see [`top_sermons`].
const MANY: i64 = 20;

#[async_trait]
impl<D: Dialect> StatsRepository for SqlStore<D> {
    #[tracing::instrument(skip_all)]
    async fn stats_position(&self) -> Result<StatsPosition, StoreError> {
        self.with_deadline(self.read_stats_position()).await
    }

    #[tracing::instrument(skip_all)]
    async fn stats(&self, filter: &StatsFilter, limit: u16) -> Result<Option<CollectionStats>, StoreError> {
        self.with_deadline(self.read_stats(filter, limit)).await
    }

    #[tracing::instrument(skip_all)]
    async fn all_time_stats(&self) -> Result<AllTimeStats, StoreError> {
        self.with_deadline(self.read_all_time_stats()).await
    }

    #[tracing::instrument(skip_all)]
    async fn churches(&self, limit: u16) -> Result<Vec<Church>, StoreError> {
        self.with_deadline(self.read_churches(limit)).await
    }

    #[tracing::instrument(skip_all)]
    async fn church(&self, slug: &str) -> Result<Option<Church>, StoreError> {
        self.with_deadline(async {
            let mut connection = self.reader().await?;
            Ok(read_church::<D>(&mut connection, self.canon, slug).await?.map(Church::from))
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn church_by_name(&self, name: &str) -> Result<Option<Church>, StoreError> {
        self.with_deadline(async {
            let mut connection = self.reader().await?;
            let mut query = select_church::<D>(self.canon);
            query.push(" where c.key = ").push_bind(church_key(&columns::without_nul(name)));
            Ok(query.fetch_optional::<ChurchRow>(&mut connection).await?.map(Church::from))
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn church_sermons(&self, slug: &str, offset: u32, limit: u16) -> Result<ChurchSermons, StoreError> {
        self.with_deadline(async {
            let mut transaction = self.begin_snapshot().await?;
            let mut query = sql::<D>(
                "select s.video_id, count(*) over ()
                from sermon_stats s
                where s.church_id = (select c.id from churches c where c.slug = ",
            );
            query.push_bind(columns::without_nul(slug)).push(") order by s.day desc, ").push(sermon_manna(self.canon));
            query.push(" desc, s.video_id desc limit ").push_bind(i64::from(limit));
            query.push(" offset ").push_bind(i64::from(offset));
            let rows: Vec<(String, i64)> = query.fetch_all(&mut transaction).await?;
            let total = rows.first().map_or(0, |row| row.1);
            let ids: Vec<_> = rows.into_iter().map(|(id, _)| id).collect();
            let sermons = read_summaries::<D>(&mut transaction, self.canon, &ids).await?;
            transaction.rollback().await?;
            Ok(ChurchSermons { sermons, total })
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn catch_up_stats(&self) -> Result<bool, StoreError> {
        let mentions = self.catch_up_mentions().await?;
        Ok(self.rebuild_stale_stats().await? || mentions)
    }
}

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn read_stats_position(&self) -> Result<StatsPosition, StoreError> {
        let mut connection = self.reader().await?;
        read_position::<D>(&mut connection).await
    }

    async fn read_stats(&self, filter: &StatsFilter, limit: u16) -> Result<Option<CollectionStats>, StoreError> {
        let (period, canon) = (filter.period, self.canon);
        let mut transaction = self.begin_snapshot().await?;
        let position = read_position::<D>(&mut transaction).await?;
        let church = match &filter.church {
            Some(slug) => match read_church::<D>(&mut transaction, canon, slug).await? {
                Some(church) => Some(church),
                None => return Ok(None),
            },
            None => None,
        };
        let id = church.as_ref().map(|church| church.id);
        let PeriodSums { mut current, books, deuterocanonical_books } =
            read_sums::<D>(&mut transaction, canon, period, id).await?;
        let (top_churches, churches) = match &church {
            Some(church) => (vec![church.in_period(current)], count_church(church, current)),
            None => top_churches::<D>(&mut transaction, canon, period, limit).await?,
        };
        current.churches = churches;
        let previous = match period.before() {
            Some(period) => Some(read_period_stats::<D>(&mut transaction, canon, period, church.as_ref()).await?),
            None => None,
        };
        let (keys, step) = trend::plan(period);
        let mut points = read_trend::<D>(&mut transaction, keys, id).await?;
        add_to_trend::<D>(&mut transaction, canon, keys, id, &mut points).await?;
        let (trend_step, trend) = trend::fill_gaps(period, step, &points);
        let all = count_sermons::<D>(&mut transaction).await?;
        let many_match = current.sermons.saturating_mul(MANY) > all;
        let top_sermons = top_sermons::<D>(&mut transaction, canon, period, id, many_match, limit).await?;
        transaction.rollback().await?;
        Ok(Some(CollectionStats {
            position,
            canon,
            church: church.map(|church| church.in_period(current)),
            current,
            previous,
            books,
            deuterocanonical_books,
            top_sermons,
            top_churches,
            trend_step,
            trend,
        }))
    }

    async fn read_all_time_stats(&self) -> Result<AllTimeStats, StoreError> {
        let mut transaction = self.begin_snapshot().await?;
        let sums = read_sums::<D>(&mut transaction, self.canon, Period::AllTime, None).await?;
        let PeriodSums { current: PeriodStats { sermons, manna, .. }, mut books, deuterocanonical_books } = sums;
        let (_, churches) = top_churches::<D>(&mut transaction, self.canon, Period::AllTime, 1).await?;
        transaction.rollback().await?;
        books.retain(|&(_, manna)| manna > 0);
        Ok(AllTimeStats { sermons, churches, manna, books, deuterocanonical_books })
    }

    async fn read_churches(&self, limit: u16) -> Result<Vec<Church>, StoreError> {
        let mut connection = self.reader().await?;
        let mut query = sql::<D>("select c.id, c.slug, c.name, p.sermons, p.manna + ");
        push_all_time_manna(&mut query, self.canon, "p.church_id");
        query
            .push(
                " as manna
                from period_stats p
                join churches c on c.id = p.church_id
                where p.period = 0 and p.church_id > 0 and p.sermons > 0 and c.name <> ''
                order by lower(c.name), c.id
                limit ",
            )
            .push_bind(i64::from(limit));
        let rows: Vec<ChurchRow> = query.fetch_all(&mut connection).await?;
        Ok(rows.into_iter().map(Church::from).collect())
    }
}

/// The statistics of a period, in total and by book.
struct PeriodSums {
    /// The statistics of the whole period, without the number of churches.
    current: PeriodStats,
    /// Every book of the canon.
    books: Vec<(Book, i64)>,
    /// The cited books outside the canon.
    deuterocanonical_books: Vec<(Book, i64)>,
}

impl ChurchRow {
    /// Returns the church with these statistics instead of the all-time ones.
    fn in_period(&self, sums: PeriodStats) -> Church {
        Church { slug: self.slug.clone(), name: self.name.clone(), sermons: sums.sermons, manna: sums.manna }
    }
}

/// Returns 1 if a church has a name and a sermon, and 0 otherwise.
fn count_church(church: &ChurchRow, sums: PeriodStats) -> i64 {
    i64::from(sums.sermons > 0 && !church.name.is_empty())
}

async fn read_church<D: Dialect>(
    connection: &mut D::Connection,
    canon: Canon,
    slug: &str,
) -> Result<Option<ChurchRow>, StoreError> {
    let mut query = select_church::<D>(canon);
    query.push(" where c.slug = ").push_bind(columns::without_nul(slug));
    query.fetch_optional(connection).await
}

/// Appends the key ranges of a period as a table `r` with the columns `column1` and `column2`.
pub(super) fn push_ranges<D: Dialect>(statement: &mut Sql<D>, period: Period) {
    let [a, b, c] = key_ranges(period);
    for (before, range) in [("(values (", a), ("), (", b), ("), (", c)] {
        statement.push(before).push_bind(range.0).push(", ").push_bind(range.1);
    }
    statement.push(")) as r");
}

/// Returns the number of sermons, their manna, and the number of references to each book.
async fn read_sums<D: Dialect>(
    connection: &mut D::Connection,
    canon: Canon,
    period: Period,
    church: Option<i64>,
) -> Result<PeriodSums, StoreError> {
    let mut query = sql::<D>(
        "select cast(coalesce(sum(p.sermons), 0) as bigint), cast(coalesce(sum(p.manna), 0) as bigint)
        from ",
    );
    push_ranges(&mut query, period);
    query
        .push(" cross join period_stats p where p.period between r.column1 and r.column2 and p.church_id = ")
        .push_bind(church.unwrap_or(ALL_CHURCHES));
    let (sermons, manna) = query.fetch_one::<(i64, i64)>(connection).await?;
    let mut books = read_books::<D>(connection, period, church).await?;
    let (in_canon, deuterocanonical_books): (Vec<_>, Vec<_>) = read_deuterocanonical::<D>(connection, period, church)
        .await?
        .into_iter()
        .partition(|(book, _)| canon.contains(*book));
    books.extend(canon.deuterocanonical().map(|book| {
        let cited = in_canon.iter().find(|(cited, _)| *cited == book);
        (book, cited.map_or(0, |(_, manna)| *manna))
    }));
    let cited = books.iter().filter(|(_, manna)| *manna > 0).map(|(book, _)| *book);
    let current = PeriodStats {
        sermons,
        churches: 0,
        manna: manna + sum(&in_canon),
        books: i64::try_from(canon.count_books(cited)).expect("there are 84 books"),
        deuterocanonical: sum(&deuterocanonical_books),
    };
    Ok(PeriodSums { current, books, deuterocanonical_books })
}

fn sum(books: &[(Book, i64)]) -> i64 {
    books.iter().map(|(_, manna)| manna).sum()
}

/// Returns the number of sermons included in the statistics.
async fn count_sermons<D: Dialect>(connection: &mut D::Connection) -> Result<i64, StoreError> {
    let query = sql::<D>("select sermons from period_stats where church_id = 0 and period = 0");
    Ok(query.fetch_optional::<(i64,)>(connection).await?.map_or(0, |(sermons,)| sermons))
}

async fn read_period_stats<D: Dialect>(
    connection: &mut D::Connection,
    canon: Canon,
    period: Period,
    church: Option<&ChurchRow>,
) -> Result<PeriodStats, StoreError> {
    let sums = read_sums::<D>(connection, canon, period, church.map(|church| church.id)).await?.current;
    let churches = match church {
        Some(church) => count_church(church, sums),
        None => top_churches::<D>(connection, canon, period, 1).await?.1,
    };
    Ok(PeriodStats { churches, ..sums })
}

/// Returns the number of confirmed references to each of the 66 books.
async fn read_books<D: Dialect>(
    connection: &mut D::Connection,
    period: Period,
    church: Option<i64>,
) -> Result<Vec<(Book, i64)>, StoreError> {
    let mut query = sql::<D>("select p.book, cast(sum(p.manna) as bigint) from ");
    push_ranges(&mut query, period);
    query
        .push(" cross join period_book_stats p where p.period between r.column1 and r.column2 and p.church_id = ")
        .push_bind(church.unwrap_or(ALL_CHURCHES))
        .push(" group by p.book order by p.book");
    let rows: Vec<(i16, i64)> = query.fetch_all(connection).await?;
    let mut books: Vec<_> = Book::all().map(|book| (book, 0)).collect();
    for (number, manna) in rows {
        let book = usize::try_from(number).ok().and_then(|number| books.get_mut(number));
        let (_, sum) = book.ok_or_else(|| StoreError::Corrupt(format!("statistics of the unknown book {number}")))?;
        *sum = manna;
    }
    Ok(books)
}

/// Returns the days or months in a range that have sermons, in chronological order.
async fn read_trend<D: Dialect>(
    connection: &mut D::Connection,
    (first, last): KeyRange,
    church: Option<i64>,
) -> Result<Vec<TrendPoint>, StoreError> {
    let rows: Vec<(i32, i64, i64)> = sql::<D>(
        "select period, sermons, manna
        from period_stats
        where church_id = $1 and period between $2 and $3 and sermons > 0
        order by period",
    )
    .bind(church.unwrap_or(ALL_CHURCHES))
    .bind(first)
    .bind(last)
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|(period, sermons, manna)| {
            let first = first_day(period)
                .ok_or_else(|| StoreError::Corrupt(format!("statistics of the invalid period {period}")))?;
            Ok(TrendPoint { first, sermons, manna })
        })
        .collect()
}

const _: () = assert!(ALL_TIME == 0, "the SQL here and in `church` contains the key of all time");
