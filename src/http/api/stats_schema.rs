//! Describes the JSON of the statistics.
#![expect(dead_code, reason = "describes other types in the OpenAPI document")]

use chrono::NaiveDate;
use utoipa::ToSchema;

use super::videos::SummaryBody;

/// The statistics of a period. All values come from the same write.
#[derive(Debug, ToSchema)]
pub(super) struct StatsBody {
    /// The write that the statistics belong to.
    position: PositionBody,
    /// The canon that decides which books are part of the manna: `protestant`, `catholic` or `orthodox`.
    canon: String,
    /// The church from the filter, with its statistics for the period.
    church: Option<ChurchBody>,
    /// Statistics for the period.
    current: PeriodBody,
    /// Statistics for the preceding period of the same length, or null for all time.
    previous: Option<PeriodBody>,
    /// English name and manna of each book of the canon, in canonical order.
    books: Vec<(String, i64)>,
    /// English name and number of confirmed references of each cited book outside the canon.
    deuterocanonical_books: Vec<(String, i64)>,
    /// The sermons with the most manna.
    top_sermons: Vec<SummaryBody>,
    /// The named churches with the most manna.
    top_churches: Vec<ChurchBody>,
    /// The length of each step of the trend: `day`, `week`, `month` or `year`.
    trend_step: String,
    /// The trend in chronological order.
    trend: Vec<TrendBody>,
}

/// Epoch and `seq` of the last write and of the write that the statistics belong to.
#[derive(Debug, ToSchema)]
struct PositionBody {
    /// Epoch and `seq` of the last write.
    store: (i64, i64),
    /// Epoch and `seq` of the write that the statistics belong to.
    stats: (i64, i64),
    /// `seq` of the last write that the citations include.
    mentions: i64,
}

/// Statistics for the sermons of a period.
#[derive(Debug, ToSchema)]
struct PeriodBody {
    /// Number of sermons.
    sermons: i64,
    /// Number of churches that have a name.
    churches: i64,
    /// Number of confirmed references.
    manna: i64,
    /// Number of books of the canon that are cited.
    books: i64,
    /// Number of confirmed references to books outside the canon. They are not part of the manna.
    deuterocanonical: i64,
}

/// A church with statistics for its sermons.
#[derive(Debug, ToSchema)]
pub(super) struct ChurchBody {
    /// The slug in the page's path, `/church/{slug}`. A slug never changes.
    slug: String,
    /// Name of the church, or empty for sermons without a church.
    name: String,
    /// Number of sermons.
    sermons: i64,
    /// Number of confirmed references in these sermons.
    manna: i64,
}

/// One point of a trend.
#[derive(Debug, ToSchema)]
struct TrendBody {
    /// First day of the step. Weeks start on Monday.
    first: NaiveDate,
    /// Number of sermons.
    sermons: i64,
    /// Number of confirmed references.
    manna: i64,
}
