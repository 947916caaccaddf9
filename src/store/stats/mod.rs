//! What the dashboard and the pages of churches sum up: over a period, over a church, over both.
//!
//! No request counts sermons: sums by day, by month and ever, of each church and of all, are kept current by the writes
//! (`keep`), so that every filter is a small sum of them (`read`). `bucket` cuts a period into such parts, `church` gives a
//! church its address.

mod bucket;
mod church;
pub(super) mod update;
mod read;
mod trend;

use async_trait::async_trait;
use chrono::{Days, NaiveDate};
use serde::Serialize;

use super::{StoreError, VideoSummary};
use crate::domain::Book;

pub(super) use church::{church_key, slug};

/// Over which sermons a sum goes. A sermon belongs to the day on which it was published, or else was analyzed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct StatsFilter {
    /// When they were preached.
    pub period: Period,
    /// The church, by its slug; none for all.
    pub church: Option<String>,
}

/// A time, in whole days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Period {
    /// All time.
    #[default]
    Ever,
    /// From the first day to the last, both in it; nothing if they are the wrong way round.
    Days {
        /// The first day.
        first: NaiveDate,
        /// The last day.
        last: NaiveDate,
    },
}

impl Period {
    /// The last so many days, today among them.
    pub fn last_days(days: u32, today: NaiveDate) -> Self {
        let first = today.checked_sub_days(Days::new(u64::from(days.max(1)) - 1)).unwrap_or(NaiveDate::MIN);
        Self::Days { first, last: today }
    }

    /// The period of the same length right before; none before all time.
    pub fn before(self) -> Option<Self> {
        let Self::Days { first, last } = self else { return None };
        let length = u64::try_from((last - first).num_days()).ok()?;
        let last = first.pred_opt()?;
        Some(Self::Days { first: last.checked_sub_days(Days::new(length))?, last })
    }
}

/// Sums over sermons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PeriodStats {
    /// Number of sermons.
    pub sermons: i64,
    /// Number of different churches that have a name.
    pub churches: i64,
    /// Confirmed references.
    pub manna: i64,
    /// Number of books that are cited, of 66.
    pub books: i64,
}

impl PeriodStats {
    /// Manna a sermon; none without a sermon.
    pub fn average(&self) -> Option<f64> {
        average(self.manna, self.sermons)
    }
}

/// A church, with sums over its sermons in the period asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Church {
    /// Its part of the address `/church/{slug}`; it never changes.
    pub slug: String,
    /// Its name as it was given; empty for the sermons of which no church is known.
    pub name: String,
    /// Number of its sermons.
    pub sermons: i64,
    /// Confirmed references in them.
    pub manna: i64,
}

impl Church {
    /// Manna a sermon; none without a sermon.
    pub fn average(&self) -> Option<f64> {
        average(self.manna, self.sermons)
    }
}

/// A part of a trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TrendPoint {
    /// Its first day; that of a week is a Monday.
    pub first: NaiveDate,
    /// Sermons in it.
    pub sermons: i64,
    /// Confirmed references in them.
    pub manna: i64,
}

impl TrendPoint {
    /// Manna a sermon; none without a sermon.
    pub fn average(&self) -> Option<f64> {
        average(self.manna, self.sermons)
    }
}

/// How long each part of a trend is.
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

/// What a dashboard shows, all of one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CollectionStats {
    /// Of which write it is.
    pub standing: StatsPosition,
    /// The church that was asked for, with its sums in the period.
    pub church: Option<Church>,
    /// Sums over the period.
    pub now: PeriodStats,
    /// Sums over the period of the same length before; none when all time was asked for.
    pub before: Option<PeriodStats>,
    /// Confirmed references of each of the 66 books, in the order of the canon; a zero is there too.
    pub books: Vec<(Book, i64)>,
    /// The sermons with the most manna.
    pub top_sermons: Vec<VideoSummary>,
    /// The churches with the most manna; those without a name are left out.
    pub top_churches: Vec<Church>,
    /// How long each part of the trend is.
    pub trend_step: TrendStep,
    /// The trend in the order of time, without gaps (but for spans of many centuries).
    pub trend: Vec<TrendPoint>,
}

impl CollectionStats {
    /// The books that are cited most, ties in the order of the canon.
    pub fn top_books(&self, most: usize) -> Vec<(Book, i64)> {
        let mut books: Vec<_> = self.books.iter().copied().filter(|&(_, manna)| manna > 0).collect();
        books.sort_by_key(|&(book, manna)| (-manna, book));
        books.truncate(most);
        books
    }
}

/// Which write the database stands at, and which one the sums are of: where both stay, no page changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct StatsPosition {
    /// Epoch and position of the database.
    pub state: (i64, i64),
    /// Epoch and position of the sums. They lag only while a release that does not know them writes as well.
    pub sums: (i64, i64),
}

/// Sums over periods and churches.
#[async_trait]
pub trait StatsRepository: Send + Sync {
    /// Which write everything stands at: one small read, enough to tell that a page has not changed.
    async fn standing(&self) -> Result<StatsPosition, StoreError>;
    /// What a dashboard shows under a filter, with lists of at most so many; `None` if there is no such church.
    async fn stats(&self, filter: &StatsFilter, most: u16) -> Result<Option<CollectionStats>, StoreError>;
    /// Every church that has a name and a sermon, by name, with sums over all time; at most so many.
    async fn churches(&self, most: u16) -> Result<Vec<Church>, StoreError>;
    /// The church of a slug, with sums over all time; one that has lost its last sermon is still found.
    async fn church(&self, slug: &str) -> Result<Option<Church>, StoreError>;
    /// The church of a name, exactly.
    async fn church_named(&self, name: &str) -> Result<Option<Church>, StoreError>;
    /// The sermons of a church by its slug, last preached first: so many behind so many; none if there is no such church.
    async fn sermons_of_church(&self, slug: &str, skip: u32, most: u16) -> Result<Vec<VideoSummary>, StoreError>;
    /// Counts everything anew if the sums are not those of the last write; whether that was so.
    async fn catch_up_stats(&self) -> Result<bool, StoreError>;
}

#[expect(clippy::cast_precision_loss, reason = "an average of such numbers is shown with one digit")]
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
    fn the_period_before_is_as_long_and_ends_the_day_before() {
        let week = Period::last_days(7, day("2026-03-03"));
        assert_eq!(week, Period::Days { first: day("2026-02-25"), last: day("2026-03-03") });
        assert_eq!(week.before(), Some(Period::Days { first: day("2026-02-18"), last: day("2026-02-24") }));
        assert_eq!(Period::Ever.before(), None);
        assert_eq!(Period::Days { first: day("2026-02-02"), last: day("2026-02-01") }.before(), None);
        assert_eq!(Period::Days { first: NaiveDate::MIN, last: NaiveDate::MAX }.before(), None);
    }
}
