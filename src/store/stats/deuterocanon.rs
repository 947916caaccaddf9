//! Reads the statistics of deuterocanonical books. The canon decides which of them are part of the manna.

use super::{
    Period, TrendPoint,
    period_key::{KeyRange, first_day},
    read::{ALL_CHURCHES, push_ranges},
};
use crate::{
    domain::{Book, Canon},
    store::{
        StoreError, columns,
        dialect::Dialect,
        sql::{Sql, sql},
    },
};

/// Returns the SQL for the manna of a row of `sermon_stats s` in a canon.
pub(in crate::store) const fn sermon_manna(canon: Canon) -> &'static str {
    match canon {
        Canon::Protestant => "s.manna",
        Canon::Catholic => "(s.manna + s.catholic)",
        Canon::Orthodox => "(s.manna + s.orthodox)",
    }
}

/// Appends the numbers of the deuterocanonical books in a canon as a parenthesized list.
pub(super) fn push_books<D: Dialect>(query: &mut Sql<D>, canon: Canon) {
    query.push_list(canon.deuterocanonical().map(columns::book_number));
}

/// Appends the SQL for the all-time manna that the canon adds to a church. `church` is the SQL for the church's ID.
pub(in crate::store) fn push_all_time_manna<D: Dialect>(query: &mut Sql<D>, canon: Canon, church: &'static str) {
    if canon == Canon::Protestant {
        query.push("0");
        return;
    }
    query.push(
        "(
        select cast(coalesce(sum(d.manna), 0) as bigint)
        from period_deuterocanonical_stats d
        where d.period = 0 and d.church_id = ",
    );
    query.push(church).push(" and d.book in ");
    push_books(query, canon);
    query.push(")");
}

/// Returns the number of confirmed references to each deuterocanonical book in a period, without zeros.
pub(super) async fn read_deuterocanonical<D: Dialect>(
    connection: &mut D::Connection,
    period: Period,
    church: Option<i64>,
) -> Result<Vec<(Book, i64)>, StoreError> {
    let mut query = sql::<D>("select d.book, cast(sum(d.manna) as bigint) from ");
    push_ranges(&mut query, period);
    query
        .push(" cross join period_deuterocanonical_stats d")
        .push(" where d.period between r.column1 and r.column2 and d.church_id = ")
        .push_bind(church.unwrap_or(ALL_CHURCHES))
        .push(" group by d.book having sum(d.manna) <> 0 order by d.book");
    let rows: Vec<(i16, i64)> = query.fetch_all(connection).await?;
    let book = |(number, manna): (i16, i64)| {
        let book = usize::try_from(number).ok().and_then(Book::from_index);
        let book = book.ok_or_else(|| StoreError::Corrupt(format!("statistics of the unknown book {number}")))?;
        Ok((book, manna))
    };
    rows.into_iter().map(book).collect()
}

/// Adds the manna of the deuterocanonical books in the canon to the days or months of a trend.
pub(super) async fn add_to_trend<D: Dialect>(
    connection: &mut D::Connection,
    canon: Canon,
    (first, last): KeyRange,
    church: Option<i64>,
    points: &mut [TrendPoint],
) -> Result<(), StoreError> {
    if canon == Canon::Protestant {
        return Ok(());
    }
    let mut query = sql::<D>(
        "select d.period, cast(sum(d.manna) as bigint)
        from period_deuterocanonical_stats d
        where d.church_id = ",
    );
    query.push_bind(church.unwrap_or(ALL_CHURCHES)).push(" and d.period between ").push_bind(first);
    query.push(" and ").push_bind(last).push(" and d.book in ");
    push_books(&mut query, canon);
    query.push(" group by d.period order by d.period");
    let rows: Vec<(i32, i64)> = query.fetch_all(connection).await?;
    for (period, manna) in rows {
        if let Some(day) = first_day(period)
            && let Ok(index) = points.binary_search_by_key(&day, |point| point.first)
            && let Some(point) = points.get_mut(index)
        {
            point.manna += manna;
        }
    }
    Ok(())
}
