//! Rankings: the churches and the sermons with the most manna.

use super::{
    Church, Period,
    deuterocanon::{push_books, sermon_manna},
    period_key::day_keys,
    read::push_ranges,
};
use crate::{
    domain::Canon,
    store::{
        StoreError, VideoSummary,
        dialect::Dialect,
        list::{SUMMARY, SummaryRow},
        sql::{Sql, sql},
    },
};

/// A church, and the number of churches that have a sermon in the period.
#[derive(sqlx::FromRow)]
struct TopChurchRow {
    slug: String,
    name: String,
    sermons: i64,
    manna: i64,
    total: i64,
}

/// Returns the churches with the most manna, and the number of churches that have a sermon.
pub(super) async fn top_churches<D: Dialect>(
    connection: &mut D::Connection,
    canon: Canon,
    period: Period,
    limit: u16,
) -> Result<(Vec<Church>, i64), StoreError> {
    let mut query = sql::<D>(
        "select c.slug, c.name, s.sermons, s.manna, count(*) over () as total
        from (
            select a.church_id, cast(sum(a.sermons) as bigint) as sermons, cast(sum(a.manna) as bigint) as manna
            from (
                select p.church_id, p.sermons, p.manna
                from ",
    );
    push_ranges(&mut query, period);
    query.push(" cross join period_stats p where p.period between r.column1 and r.column2 and p.church_id > 0");
    if canon != Canon::Protestant {
        query.push(" union all select d.church_id, 0, d.manna from ");
        push_ranges(&mut query, period);
        query
            .push(" cross join period_deuterocanonical_stats d")
            .push(" where d.period between r.column1 and r.column2 and d.church_id > 0 and d.book in ");
        push_books(&mut query, canon);
    }
    query
        .push(
            ") as a
            group by a.church_id
        ) as s
        join churches c on c.id = s.church_id
        where s.sermons > 0 and c.name <> ''
        order by s.manna desc, s.sermons desc, c.id
        limit ",
        )
        .push_bind(i64::from(limit.max(1)));
    let rows: Vec<TopChurchRow> = query.fetch_all(connection).await?;
    let total = rows.first().map_or(0, |row| row.total);
    let church = |row: TopChurchRow| Church { slug: row.slug, name: row.name, sermons: row.sermons, manna: row.manna };
    Ok((rows.into_iter().take(usize::from(limit)).map(church).collect(), total))
}

/// Returns the sermons with the most manna.
/// If a large share of all sermons matches, scans the sermons in order of manna until enough are found. If few match,
/// reads them from an index that covers the query.
pub(super) async fn top_sermons<D: Dialect>(
    connection: &mut D::Connection,
    canon: Canon,
    period: Period,
    church: Option<i64>,
    many_match: bool,
    limit: u16,
) -> Result<Vec<VideoSummary>, StoreError> {
    let mut query = sql::<D>(SUMMARY);
    if canon != Canon::Protestant {
        push_top_in_canon(&mut query, canon, period, church, limit);
        return summaries(query.fetch_all(connection).await?, canon);
    }
    if let (Period::AllTime, None) = (period, church) {
        query.push(" from videos v");
    } else {
        query.push(if many_match {
            " from (
                select w.video_id, w.manna
                from videos w
                cross join sermon_stats s
                where s.video_id = w.video_id"
        } else {
            " from (select s.video_id, s.manna from sermon_stats s where 1 = 1"
        });
        push_filter(&mut query, period, church);
        query
            .push(if many_match {
                " order by w.manna desc, w.video_id desc"
            } else {
                " order by s.manna desc, s.video_id desc"
            })
            .push(" limit ")
            .push_bind(i64::from(limit))
            .push(") as top join videos v on v.video_id = top.video_id");
    }
    query.push(" order by v.manna desc, v.video_id desc limit ").push_bind(i64::from(limit));
    summaries(query.fetch_all(connection).await?, canon)
}

/// Appends the conditions that limit `sermon_stats s` to a period and a church.
fn push_filter<D: Dialect>(query: &mut Sql<D>, period: Period, church: Option<i64>) {
    if let Some(church) = church {
        query.push(" and s.church_id = ").push_bind(church);
    }
    if let Period::Days { first, last } = period {
        let (first, last) = day_keys(first, last);
        query.push(" and s.day between ").push_bind(first).push(" and ").push_bind(last);
    }
}

/// Appends the source and the order of the top sermons in a canon that has deuterocanonical books. Without a filter, an
/// index provides this order.
fn push_top_in_canon<D: Dialect>(query: &mut Sql<D>, canon: Canon, period: Period, church: Option<i64>, limit: u16) {
    query
        .push(" from (select s.video_id, ")
        .push(sermon_manna(canon))
        .push(" as manna from sermon_stats s where 1 = 1");
    push_filter(query, period, church);
    query
        .push(" order by ")
        .push(sermon_manna(canon))
        .push(" desc, s.video_id desc limit ")
        .push_bind(i64::from(limit));
    query
        .push(") as top join videos v on v.video_id = top.video_id order by top.manna desc, v.video_id desc limit ")
        .push_bind(i64::from(limit));
}

/// Converts rows in order of manna. Sermons that are not measured would come last and are left out.
fn summaries(rows: Vec<SummaryRow>, canon: Canon) -> Result<Vec<VideoSummary>, StoreError> {
    let sermons = rows.into_iter().map(|row| row.into_summary(canon)).collect::<Result<Vec<_>, _>>()?;
    Ok(sermons.into_iter().filter(|sermon| sermon.not_measured.is_none()).collect())
}
