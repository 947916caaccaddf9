//! Rankings: the churches and the sermons with the most manna.

use super::{Church, Period, period_key::day_keys, read::push_ranges};
use crate::store::{
    StoreError, VideoSummary,
    dialect::Dialect,
    list::{SUMMARY, SummaryRow},
    sql::sql,
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
    period: Period,
    limit: u16,
) -> Result<(Vec<Church>, i64), StoreError> {
    let mut query = sql::<D>(
        "select c.slug, c.name, s.sermons, s.manna, count(*) over () as total
        from (
            select p.church_id, cast(sum(p.sermons) as bigint) as sermons, cast(sum(p.manna) as bigint) as manna
            from ",
    );
    push_ranges(&mut query, period);
    query
        .push(
            " cross join period_stats p
            where p.period between r.column1 and r.column2 and p.church_id > 0
            group by p.church_id
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
///
/// If a large share of all sermons matches, the sermons are scanned in order of manna until enough are found. If few
/// match, they are read from an index that covers the query.
pub(super) async fn top_sermons<D: Dialect>(
    connection: &mut D::Connection,
    period: Period,
    church: Option<i64>,
    many_match: bool,
    limit: u16,
) -> Result<Vec<VideoSummary>, StoreError> {
    let mut query = sql::<D>(SUMMARY);
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
        if let Some(church) = church {
            query.push(" and s.church_id = ").push_bind(church);
        }
        if let Period::Days { first, last } = period {
            let (first, last) = day_keys(first, last);
            query.push(" and s.day between ").push_bind(first).push(" and ").push_bind(last);
        }
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
    let rows: Vec<SummaryRow> = query.fetch_all(connection).await?;
    let sermons = rows.into_iter().map(VideoSummary::try_from).collect::<Result<Vec<_>, _>>()?;
    // Those that are not measured come last, if at all.
    Ok(sermons.into_iter().filter(|sermon| sermon.not_measured.is_none()).collect())
}
