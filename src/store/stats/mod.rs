//! Statistics by period and church.
//! No request counts sermons. Every write updates the statistics of its church and of all churches for the day, the
//! month and all time (`update`). A filtered query then adds up at most three ranges of stored values (`read`, `top`,
//! `trend`). `period_key` encodes periods as numbers, and `church` identifies churches. `group` reads speakers and
//! series, whose statistics are not stored.
//! Deuterocanonical books are counted separately (`deuterocanon`). The canon decides at read time which of them are
//! part of the manna, so nothing has to be rebuilt when the setting changes, and instances with different settings can
//! share a database.

mod church;
mod deuterocanon;
mod group;
mod period_key;
mod read;
mod top;
mod trend;
mod update;

use async_trait::async_trait;
use chrono::{Days, NaiveDate};
use serde::Serialize;

use super::{StoreError, VideoSummary};
use crate::domain::{Book, Canon};

pub use group::{Group, GroupKind, GroupRepository, GroupStats, group_slug, is_same_group};

pub(super) use church::{church_key, slug};
pub(super) use deuterocanon::{push_all_time_manna, sermon_manna};
pub(super) use update::{add, advance, invalidate, rebuild, rebuild_if_stale, subtract};

/// Which sermons to include. A sermon is counted under the day it was published or, if that is unknown, the day it was
/// analyzed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct StatsFilter {
    /// The period.
    pub period: Period,
    /// The slug of a church, or `None` for all churches.
    pub church: Option<String>,
}

/// A period in whole days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Period {
    /// All time.
    #[default]
    AllTime,
    /// A range of days, including the first and the last. Empty if `first` is after `last`.
    Days {
        /// The first day.
        first: NaiveDate,
        /// The last day.
        last: NaiveDate,
    },
}

impl Period {
    /// Returns the last `days` days, including today.
    pub fn last_days(days: u32, today: NaiveDate) -> Self {
        let first = today.checked_sub_days(Days::new(u64::from(days.max(1)) - 1)).unwrap_or(NaiveDate::MIN);
        Self::Days { first, last: today }
    }

    /// Returns the preceding period of the same length, or `None` for all time.
    pub fn before(self) -> Option<Self> {
        let Self::Days { first, last } = self else { return None };
        let length = u64::try_from((last - first).num_days()).ok()?;
        let last = first.pred_opt()?;
        Some(Self::Days { first: last.checked_sub_days(Days::new(length))?, last })
    }
}

/// Statistics of the sermons in a period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PeriodStats {
    /// Number of sermons.
    pub sermons: i64,
    /// Number of churches that have a name.
    pub churches: i64,
    /// Number of confirmed references.
    pub manna: i64,
    /// Number of cited books of the canon.
    pub books: i64,
    /// Number of confirmed references to books outside the canon, which are not part of the manna.
    pub deuterocanonical: i64,
}

impl PeriodStats {
    /// Returns the manna per sermon, or `None` if there are no sermons.
    pub fn average(&self) -> Option<f64> {
        average(self.manna, self.sermons)
    }
}

/// Statistics of all sermons.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AllTimeStats {
    /// Number of sermons.
    pub sermons: i64,
    /// Number of churches that have a name.
    pub churches: i64,
    /// Number of confirmed references.
    pub manna: i64,
    /// Number of confirmed references to each cited book, in canonical order.
    pub books: Vec<(Book, i64)>,
    /// Number of confirmed references to each cited book outside the canon.
    pub deuterocanonical_books: Vec<(Book, i64)>,
}

/// A church with statistics of its sermons in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Church {
    /// The slug in `/church/{slug}`. It never changes.
    pub slug: String,
    /// The name as given, or empty for sermons without a church.
    pub name: String,
    /// Number of sermons.
    pub sermons: i64,
    /// Number of confirmed references.
    pub manna: i64,
}

/// One page of a church's sermons.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChurchSermons {
    /// The sermons.
    pub sermons: Vec<VideoSummary>,
    /// The total number of the church's sermons, or 0 on a page after the last.
    pub total: i64,
}

impl Church {
    /// Returns the manna per sermon, or `None` if there are no sermons.
    pub fn average(&self) -> Option<f64> {
        average(self.manna, self.sermons)
    }
}

/// One point of a trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TrendPoint {
    /// The first day. Weeks start on Monday.
    pub first: NaiveDate,
    /// Number of sermons.
    pub sermons: i64,
    /// Number of confirmed references.
    pub manna: i64,
}

impl TrendPoint {
    /// Returns the manna per sermon, or `None` if there are no sermons.
    pub fn average(&self) -> Option<f64> {
        average(self.manna, self.sermons)
    }
}

/// The period that each point of a trend covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrendStep {
    /// A day.
    Day,
    /// A week from Monday to Sunday.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
}

/// The statistics of a dashboard, all from one snapshot.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CollectionStats {
    /// The write that the statistics belong to.
    pub position: StatsPosition,
    /// The canon that decides which books are part of the manna.
    pub canon: Canon,
    /// The church in the filter, with its statistics in the period.
    pub church: Option<Church>,
    /// Statistics of the period.
    pub current: PeriodStats,
    /// Statistics of the preceding period of the same length, or `None` for all time.
    pub previous: Option<PeriodStats>,
    /// Number of confirmed references to each book of the canon, in canonical order.
    pub books: Vec<(Book, i64)>,
    /// Number of confirmed references to each cited book outside the canon.
    pub deuterocanonical_books: Vec<(Book, i64)>,
    /// The sermons with the most manna.
    pub top_sermons: Vec<VideoSummary>,
    /// The churches with the most manna, except those without a name.
    pub top_churches: Vec<Church>,
    /// The period that each point of the trend covers.
    pub trend_step: TrendStep,
    /// The trend in chronological order. Has gaps only if it spans several centuries.
    pub trend: Vec<TrendPoint>,
}

/// Returns the most cited of these books. Ties are in canonical order.
pub fn most_cited(books: &[(Book, i64)], limit: usize) -> Vec<(Book, i64)> {
    let mut books: Vec<_> = books.iter().copied().filter(|&(_, manna)| manna > 0).collect();
    books.sort_by_key(|&(book, manna)| (-manna, book));
    books.truncate(limit);
    books
}

/// The store's last write, and the write that the statistics belong to. While neither changes, no page changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct StatsPosition {
    /// Epoch and number of the store's last write.
    pub store: (i64, i64),
    /// Epoch and number of the write that the statistics belong to. This write is behind the store's last write only
    /// after an older release has written to the database.
    pub stats: (i64, i64),
    /// The number of the last write whose mentions were derived by this release's rules.
    pub mentions: i64,
}

/// Statistics by period and church.
#[async_trait]
pub trait StatsRepository: Send + Sync {
    /// Returns the positions of the store and of the statistics, a cheap way to tell that a page has not changed.
    async fn stats_position(&self) -> Result<StatsPosition, StoreError>;
    /// Returns the statistics for a filter, with lists of up to `limit` items, or `None` if the church does not exist.
    async fn stats(&self, filter: &StatsFilter, limit: u16) -> Result<Option<CollectionStats>, StoreError>;
    /// Returns statistics of all sermons.
    async fn all_time_stats(&self) -> Result<AllTimeStats, StoreError>;
    /// Returns the churches that have a name and at least one sermon, sorted by name, with all-time statistics.
    async fn churches(&self, limit: u16) -> Result<Vec<Church>, StoreError>;
    /// Returns the church with this slug and its all-time statistics, even if it has no sermons left.
    async fn church(&self, slug: &str) -> Result<Option<Church>, StoreError>;
    /// Returns the church with exactly this name.
    async fn church_by_name(&self, name: &str) -> Result<Option<Church>, StoreError>;
    /// Returns one page of a church's sermons, most recently preached first, or an empty page if the church does not
    /// exist. Includes sermons that are not measured, which the statistics leave out.
    async fn church_sermons(&self, slug: &str, offset: u32, limit: u16) -> Result<ChurchSermons, StoreError>;
    /// Rebuilds the statistics if they do not include the last write. Returns whether they were rebuilt.
    async fn catch_up_stats(&self) -> Result<bool, StoreError>;
}

#[expect(clippy::cast_precision_loss, reason = "averages are shown with one decimal")]
fn average(manna: i64, sermons: i64) -> Option<f64> {
    (sermons > 0).then(|| manna as f64 / sermons as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn the_preceding_period_has_the_same_length_and_ends_the_day_before() {
        let week = Period::last_days(7, day("2026-03-03"));
        assert_eq!(week, Period::Days { first: day("2026-02-25"), last: day("2026-03-03") });
        assert_eq!(week.before(), Some(Period::Days { first: day("2026-02-18"), last: day("2026-02-24") }));
        assert_eq!(Period::AllTime.before(), None);
        assert_eq!(Period::Days { first: day("2026-02-02"), last: day("2026-02-01") }.before(), None);
        assert_eq!(Period::Days { first: NaiveDate::MIN, last: NaiveDate::MAX }.before(), None);
    }
}
