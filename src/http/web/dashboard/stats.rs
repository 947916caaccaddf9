//! The statistics on the dashboard, for a period and a church: totals, heat map, top lists and trend.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::{
    domain::Canon,
    http::web::{
        canon::{self, BookGroup},
        format,
        links::{Links, query},
        rows::{BarRow, book_bars, church_bars, sermon_bars},
        trend::Trend,
    },
    store::{Church, CollectionStats, Period, PeriodStats, StatsFilter},
};

/// Maximum number of rows in each top list.
pub(super) const TOP: u16 = 6;

/// The selectable periods: days and label.
const PERIODS: [(u32, &str); 3] = [(30, "30 days"), (90, "90 days"), (365, "12 months")];

/// Query parameters of the statistics.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::http::web) struct StatsParams {
    /// The length of the period in days; all time if absent.
    days: Option<String>,
    /// The slug of a church.
    church: Option<String>,
}

impl StatsParams {
    /// Converts the parameters to a filter. An unknown period becomes all time.
    pub(super) fn filter(&self, today: NaiveDate) -> StatsFilter {
        let period = self.period().map_or(Period::AllTime, |(days, ..)| Period::last_days(days, today));
        StatsFilter { period, church: self.church().map(str::to_owned) }
    }

    /// Returns whether a period or a church is selected.
    pub(super) fn is_filtered(&self) -> bool {
        self.period().is_some() || self.church().is_some()
    }

    fn period(&self) -> Option<(u32, &'static str)> {
        let days = self.days.as_deref()?;
        PERIODS.into_iter().find(|(it, _)| it.to_string() == days)
    }

    fn church(&self) -> Option<&str> {
        self.church.as_deref().filter(|church| !church.is_empty())
    }
}

/// The section with the statistics.
#[derive(Debug)]
pub(super) struct StatsSection {
    pub(super) periods: Vec<Tab>,
    pub(super) days: String,
    pub(super) churches: Vec<ChurchOption>,
    /// The selected church: name and address.
    pub(super) church: Option<(String, String)>,
    /// The length of the previous period, such as `30 days`; `None` if there is no comparison.
    pub(super) compared_with: Option<&'static str>,
    pub(super) tiles: Vec<Tile>,
    pub(super) canon: Vec<BookGroup>,
    pub(super) sermons: Vec<BarRow>,
    pub(super) top_churches: Vec<BarRow>,
    pub(super) books: Vec<BarRow>,
    pub(super) trend: Option<Trend>,
    pub(super) is_empty: bool,
}

/// The tab of a period.
#[derive(Debug)]
pub(super) struct Tab {
    pub(super) name: &'static str,
    pub(super) url: String,
    pub(super) selected: bool,
}

/// An option of the church filter.
#[derive(Debug)]
pub(super) struct ChurchOption {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) selected: bool,
}

/// A total.
#[derive(Debug)]
pub(super) struct Tile {
    pub(super) name: &'static str,
    pub(super) number: String,
    /// Shown after the number, such as `of 66`.
    pub(super) suffix: &'static str,
    pub(super) change: Option<Change>,
}

/// The change from the previous period.
#[derive(Debug)]
pub(super) struct Change {
    /// `▲`, `▼` or `=`.
    pub(super) sign: &'static str,
    /// The sign in words, for screen readers.
    pub(super) text: &'static str,
    /// The number of the previous period.
    pub(super) previous: String,
}

impl StatsSection {
    pub(super) fn new(params: &StatsParams, stats: &CollectionStats, churches: Vec<Church>, links: &Links) -> Self {
        let slug = params.church().unwrap_or_default();
        let period = params.period();
        let days = period.map(|(days, _)| days.to_string()).unwrap_or_default();
        let tab = |name, days: &str| Tab {
            name,
            url: format!("{}{}#statistics", links.home(), query([("days", days), ("church", slug)])),
            selected: period.map_or(days.is_empty(), |(it, _)| it.to_string() == days),
        };
        let mut periods: Vec<_> = PERIODS.iter().map(|(days, name)| tab(*name, &days.to_string())).collect();
        periods.push(tab("All time", ""));
        Self {
            periods,
            days,
            church: stats.church.as_ref().map(|church| (church.name.clone(), links.church(&church.slug))),
            churches: churches
                .into_iter()
                .map(|church| ChurchOption { selected: church.slug == slug, slug: church.slug, name: church.name })
                .collect(),
            compared_with: period.map(|(_, name)| name).filter(|_| stats.previous.is_some()),
            tiles: tiles(stats.canon, &stats.current, stats.previous.as_ref(), stats.church.is_none()),
            canon: canon::heat_map(&stats.books, &stats.deuterocanonical_books, links),
            sermons: sermon_bars(&stats.top_sermons, links),
            top_churches: church_bars(&stats.top_churches, links),
            books: book_bars(&stats.top_books(usize::from(TOP)), links),
            trend: Trend::new(stats.trend_step, &stats.trend),
            is_empty: stats.current.sermons == 0,
        }
    }
}

fn tiles(canon: Canon, current: &PeriodStats, previous: Option<&PeriodStats>, all_churches: bool) -> Vec<Tile> {
    let tile = |name, suffix, number: &dyn Fn(&PeriodStats) -> f64, digits: usize| Tile {
        name,
        suffix,
        number: rounded(number(current), digits),
        change: previous.map(|previous| Change::new(number(current), number(previous), digits)),
    };
    #[expect(clippy::cast_precision_loss, reason = "these counts are far below 2^53")]
    let (sermons, churches, manna, books, deuterocanonical) = (
        |stats: &PeriodStats| stats.sermons as f64,
        |stats: &PeriodStats| stats.churches as f64,
        |stats: &PeriodStats| stats.manna as f64,
        |stats: &PeriodStats| stats.books as f64,
        |stats: &PeriodStats| stats.deuterocanonical as f64,
    );
    let mut tiles = vec![tile("Sermons", "", &sermons, 0)];
    if all_churches {
        tiles.push(tile("Churches", "", &churches, 0));
    }
    tiles.extend([
        tile("Manna", "", &manna, 0),
        tile("Manna per sermon", "", &|stats| stats.average().unwrap_or_default(), 1),
        tile(
            "Books cited",
            match canon {
                Canon::Protestant => "of 66",
                Canon::Catholic => "of 73",
                Canon::Orthodox => "of 76",
            },
            &books,
            0,
        ),
    ]);
    if current.deuterocanonical > 0 || previous.is_some_and(|previous| previous.deuterocanonical > 0) {
        tiles.push(tile("Deuterocanonical", "", &deuterocanonical, 0));
    }
    tiles
}

fn rounded(value: f64, digits: usize) -> String {
    if digits == 0 { format::number(format::truncate(value)) } else { format!("{value:.digits$}") }
}

impl Change {
    fn new(current: f64, previous: f64, digits: usize) -> Self {
        let previous_text = rounded(previous, digits);
        let (sign, text) = match current.total_cmp(&previous) {
            _ if rounded(current, digits) == previous_text => ("=", "unchanged from"),
            std::cmp::Ordering::Less => ("▼", "down from"),
            _ => ("▲", "up from"),
        };
        Self { sign, text, previous: previous_text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_displayed() {
        let change = |current, previous, digits| {
            let Change { sign, previous, .. } = Change::new(current, previous, digits);
            (sign, previous)
        };
        assert_eq!(change(41.0, 30.0, 0), ("▲", "30".to_owned()));
        assert_eq!(change(1.0, 1_234.0, 0), ("▼", "1,234".to_owned()));
        assert_eq!(change(33.24, 33.21, 1), ("=", "33.2".to_owned()));
    }

    #[test]
    fn an_unknown_period_is_all_time() {
        let today = NaiveDate::from_ymd_opt(2026, 3, 3).expect("a date");
        let filter =
            |days: &str| StatsParams { days: Some(days.to_owned()), church: Some(String::new()) }.filter(today);
        assert_eq!(filter("30").period, Period::last_days(30, today));
        assert_eq!((filter("31").period, filter("").church), (Period::AllTime, None));
    }
}
