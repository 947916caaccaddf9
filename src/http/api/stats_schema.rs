//! Describes the JSON of the statistics.
#![expect(dead_code, reason = "describes other types in the OpenAPI document")]

use chrono::NaiveDate;
use utoipa::ToSchema;

use super::videos::SummaryBody;

/// The statistics of a period, all as of the same write.
#[derive(Debug, ToSchema)]
pub(super) struct StatsBody {
    /// The write that they belong to.
    position: PositionBody,
    /// The canon that decides which books are part of the manna: `protestant`, `catholic` or `orthodox`.
    canon: String,
    /// The church in the filter, with its sums in the period.
    church: Option<ChurchBody>,
    /// Sums for the period.
    current: PeriodBody,
    /// Sums for the preceding period of the same length; null for all time.
    previous: Option<PeriodBody>,
    /// English name and manna of each book of the canon, in its order.
    books: Vec<(String, i64)>,
    /// English name and number of confirmed references of each cited book outside the canon.
    deuterocanonical_books: Vec<(String, i64)>,
    /// The sermons with the most manna.
    top_sermons: Vec<SummaryBody>,
    /// The churches with the most manna, except those without a name.
    top_churches: Vec<ChurchBody>,
    /// The length of each point of the trend: `day`, `week`, `month` or `year`.
    trend_step: String,
    /// The trend in chronological order.
    trend: Vec<TrendBody>,
}

/// The last write, and the write that the statistics belong to: epoch and number of each.
#[derive(Debug, ToSchema)]
struct PositionBody {
    /// The last write.
    store: (i64, i64),
    /// The write that the statistics belong to.
    stats: (i64, i64),
    /// The number of the last write that the citations include.
    mentions: i64,
}

/// Sums for the sermons of a period.
#[derive(Debug, ToSchema)]
struct PeriodBody {
    /// Number of sermons.
    sermons: i64,
    /// Number of churches that have a name.
    churches: i64,
    /// Number of confirmed references.
    manna: i64,
    /// Number of cited books of the canon.
    books: i64,
    /// Number of confirmed references to books outside the canon, which are not part of the manna.
    deuterocanonical: i64,
}

/// A church with sums for its sermons.
#[derive(Debug, ToSchema)]
pub(super) struct ChurchBody {
    /// Its page is `/church/{slug}`. A slug never changes.
    slug: String,
    /// Its name; empty for sermons without a church.
    name: String,
    /// Number of its sermons.
    sermons: i64,
    /// Number of confirmed references in them.
    manna: i64,
}

/// One point of a trend.
#[derive(Debug, ToSchema)]
struct TrendBody {
    /// The first day. Weeks start on Monday.
    first: NaiveDate,
    /// Number of sermons.
    sermons: i64,
    /// Number of confirmed references.
    manna: i64,
}
