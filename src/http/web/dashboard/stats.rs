//! The statistics on the dashboard, for a period and a church: totals, heat map, top lists and trend.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::{
    domain::Canon,
    http::web::{
        canon::{self, BookGroup},
        format,
        links::{Links, query},
        rows::{Bars, book_bars, church_bars, sermon_bars},
        trend::Trend,
    },
    store::{Church, CollectionStats, Period, PeriodStats, StatsFilter},
};

/// Maximum number of rows in each top list.
pub(super) const TOP: u16 = 6;

/// Maximum number of churches in the church filter.
pub(super) const MAX_CHURCHES: u16 = 200;

/// Length in days and label of each selectable period.
const PERIODS: [(u32, &str); 3] = [(30, "30 days"), (90, "90 days"), (365, "12 months")];

/// Query parameters of the statistics.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::http::web) struct StatsParams {
    /// Length of the period in days. All time if absent.
    days: Option<String>,
    /// First day of a custom date range.
    first: Option<String>,
    /// Last day of a custom date range.
    last: Option<String>,
    /// Slug of a church.
    church: Option<String>,
}

impl StatsParams {
    /// Converts the parameters to a filter. An unknown period selects all time.
    pub(super) fn filter(&self, today: NaiveDate) -> StatsFilter {
        let period = match (self.range(), self.period()) {
            (Some((first, last)), _) => {
                Period::Days { first: first.unwrap_or(NaiveDate::MIN), last: last.unwrap_or(today) }
            }
            (None, Some((days, _))) => Period::last_days(days, today),
            (None, None) => Period::AllTime,
        };
        StatsFilter { period, church: self.church().map(str::to_owned) }
    }

    /// Returns whether a period or a church is selected.
    pub(super) fn is_filtered(&self) -> bool {
        self.range().is_some() || self.period().is_some() || self.church().is_some()
    }

    /// Returns the bounds of the custom date range, or `None` if neither is a date.
    fn range(&self) -> Option<(Option<NaiveDate>, Option<NaiveDate>)> {
        let day = |text: &Option<String>| NaiveDate::parse_from_str(text.as_deref()?.trim(), "%Y-%m-%d").ok();
        let (first, last) = (day(&self.first), day(&self.last));
        (first.is_some() || last.is_some()).then_some((first, last))
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
    /// First and last day of a custom date range, in ISO 8601; an open end is empty.
    pub(super) range: (String, String),
    /// Description of the custom date range, or empty if another period is selected.
    pub(super) range_text: String,
    /// Slug of the selected church, or empty.
    pub(super) slug: String,
    /// URL of the statistics for all time.
    pub(super) all_time_url: String,
    pub(super) churches: Vec<ChurchOption>,
    /// Whether the church filter may lack some churches.
    pub(super) more_churches: bool,
    /// Name and URL of the selected church.
    pub(super) church: Option<(String, String)>,
    /// Length of the previous period, such as `30 days`, or `None` if there is no comparison.
    pub(super) compared_with: Option<String>,
    pub(super) tiles: Vec<Tile>,
    pub(super) canon: Vec<BookGroup>,
    pub(super) sermons: Bars,
    pub(super) top_churches: Bars,
    pub(super) books: Bars,
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

/// A tile with a total.
#[derive(Debug)]
pub(super) struct Tile {
    pub(super) name: &'static str,
    pub(super) number: String,
    /// Text after the number, such as `of 66`.
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
    /// The number for the previous period.
    pub(super) previous: String,
}

impl StatsSection {
    pub(super) fn new(params: &StatsParams, stats: &CollectionStats, churches: Vec<Church>, links: &Links) -> Self {
        let slug = params.church().unwrap_or_default();
        let range = params.range();
        let period = params.period().filter(|_| range.is_none());
        let days = period.map(|(days, _)| days.to_string()).unwrap_or_default();
        let tab = |name, days: &str| Tab {
            name,
            url: format!("{}{}#statistics", links.home(), query([("days", days), ("church", slug)])),
            selected: range.is_none() && period.map_or(days.is_empty(), |(it, _)| it.to_string() == days),
        };
        let mut periods: Vec<_> = PERIODS.iter().map(|(days, name)| tab(*name, &days.to_string())).collect();
        periods.push(tab("All time", ""));
        Self {
            periods,
            days,
            range: {
                let text = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
                range.map(|(first, last)| (text(first), text(last))).unwrap_or_default()
            },
            range_text: range.map(range_text).unwrap_or_default(),
            slug: slug.to_owned(),
            all_time_url: format!("{}{}#statistics", links.home(), query([("church", slug)])),
            church: stats.church.as_ref().map(|church| (church.name.clone(), links.church(&church.slug))),
            more_churches: churches.len() == usize::from(MAX_CHURCHES),
            churches: church_options(churches, stats.church.as_ref()),
            compared_with: compared_with(range, period).filter(|_| stats.previous.is_some()),
            tiles: tiles(stats.canon, &stats.current, stats.previous.as_ref(), stats.church.is_none()),
            canon: canon::heat_map(&stats.books, &stats.deuterocanonical_books, links),
            sermons: sermon_bars(&stats.top_sermons, stats.current.sermons, links),
            top_churches: church_bars(&stats.top_churches, stats.current.churches, links),
            books: book_bars(&stats.books, usize::from(TOP), links),
            trend: Trend::new(stats.trend_step, &stats.trend),
            is_empty: stats.current.sermons == 0,
        }
    }
}

/// Returns the options of the church filter: these churches, and the selected one even if it is none of them.
fn church_options(churches: Vec<Church>, selected: Option<&Church>) -> Vec<ChurchOption> {
    let is_listed = selected.is_some_and(|selected| churches.iter().any(|church| church.slug == selected.slug));
    let missing = selected.filter(|_| !is_listed).cloned();
    let option = |church: Church| ChurchOption {
        selected: selected.is_some_and(|selected| selected.slug == church.slug),
        slug: church.slug,
        name: church.name,
    };
    missing.into_iter().chain(churches).map(option).collect()
}

/// Describes a date range, such as `May 1, 2026 to May 31, 2026`.
fn range_text((first, last): (Option<NaiveDate>, Option<NaiveDate>)) -> String {
    let day = |day: NaiveDate| day.format("%B %-d, %Y").to_string();
    match (first, last) {
        (Some(first), Some(last)) => format!("{} to {}", day(first), day(last)),
        (Some(first), None) => format!("Since {}", day(first)),
        (None, Some(last)) => format!("Until {}", day(last)),
        (None, None) => String::new(),
    }
}

/// Returns the length of the period that the numbers are compared with.
fn compared_with(
    range: Option<(Option<NaiveDate>, Option<NaiveDate>)>,
    period: Option<(u32, &'static str)>,
) -> Option<String> {
    match range {
        Some((Some(first), Some(last))) => Some(format::count((last - first).num_days() + 1, "day")),
        Some(_) => None,
        None => period.map(|(_, name)| name.to_owned()),
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
    fn the_selected_church_is_an_option_even_if_there_are_too_many_churches() {
        let church = |slug: &str| Church { slug: slug.to_owned(), name: slug.to_owned(), sermons: 1, manna: 1 };
        let options = |selected: Option<&Church>| -> Vec<_> {
            let options = church_options(vec![church("a"), church("b")], selected).into_iter();
            options.map(|option| (option.slug, option.selected)).collect()
        };
        let option = |slug: &str, selected| (slug.to_owned(), selected);
        assert_eq!(options(None), [option("a", false), option("b", false)]);
        assert_eq!(options(Some(&church("b"))), [option("a", false), option("b", true)]);
        assert_eq!(options(Some(&church("z"))), [option("z", true), option("a", false), option("b", false)]);
    }

    #[test]
    fn an_unknown_period_is_all_time() {
        let today = NaiveDate::from_ymd_opt(2026, 3, 3).expect("a date");
        let filter = |days: &str| StatsParams { days: Some(days.to_owned()), ..StatsParams::default() }.filter(today);
        assert_eq!(filter("30").period, Period::last_days(30, today));
        assert_eq!((filter("31").period, filter("").church), (Period::AllTime, None));
    }

    #[test]
    fn a_range_of_days_takes_precedence_and_may_be_open() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).expect("a date");
        let period = |first: &str, last: &str| {
            let (first, last) = (Some(first.to_owned()), Some(last.to_owned()));
            StatsParams { days: Some("30".to_owned()), first, last, church: None }.filter(day(9)).period
        };
        assert_eq!(period("2026-03-01", "2026-03-07"), Period::Days { first: day(1), last: day(7) });
        assert_eq!(period("2026-03-01", ""), Period::Days { first: day(1), last: day(9) });
        assert_eq!(period("soon", ""), Period::last_days(30, day(9)));
    }
}
