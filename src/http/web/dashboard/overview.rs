//! What all sermons come to, over a period and a church: totals with a comparison, the canon map, tops, the trend.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::{
    http::web::{
        canon::{self, Group},
        format,
        links::{Links, query},
        rows::{BarRow, book_bars, church_bars, sermon_bars},
        trend::Trend,
    },
    store::{Church, CollectionStats, StatsFilter, Period, PeriodStats},
};

/// Lines in each list of tops.
pub(super) const TOPS: u16 = 6;

/// The periods that can be chosen: days, and what they are called.
const PERIODS: [(u32, &str, &str); 3] =
    [(30, "30 days", "30 days before"), (90, "90 days", "90 days before"), (365, "12 months", "12 months before")];

/// What it was asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::http::web) struct OverviewParams {
    /// The last so many days; none for all time.
    days: Option<String>,
    /// A church, by its slug.
    church: Option<String>,
}

impl OverviewParams {
    /// The same as the store takes it. A period that cannot be chosen is all time.
    pub(super) fn filter(&self, today: NaiveDate) -> StatsFilter {
        let period = self.chosen().map_or(Period::Ever, |(days, ..)| Period::last_days(days, today));
        StatsFilter { period, church: self.church().map(str::to_owned) }
    }

    /// Whether it is not of everything.
    pub(super) fn narrows(&self) -> bool {
        self.chosen().is_some() || self.church().is_some()
    }

    fn chosen(&self) -> Option<(u32, &'static str, &'static str)> {
        let days = self.days.as_deref()?;
        PERIODS.into_iter().find(|(it, ..)| it.to_string() == days)
    }

    fn church(&self) -> Option<&str> {
        self.church.as_deref().filter(|church| !church.is_empty())
    }
}

/// What is shown.
#[derive(Debug)]
pub(super) struct Overview {
    pub(super) periods: Vec<Tab>,
    pub(super) days: String,
    pub(super) churches: Vec<ChurchChoice>,
    /// The church that it is of, and its page.
    pub(super) church: Option<(String, String)>,
    /// What the numbers are compared with.
    pub(super) compared: Option<&'static str>,
    pub(super) tiles: Vec<Tile>,
    pub(super) canon: Vec<Group>,
    pub(super) sermons: Vec<BarRow>,
    pub(super) top_churches: Vec<BarRow>,
    pub(super) books: Vec<BarRow>,
    pub(super) trend: Option<Trend>,
    pub(super) is_empty: bool,
}

/// A period that can be chosen.
#[derive(Debug)]
pub(super) struct Tab {
    pub(super) name: &'static str,
    pub(super) url: String,
    pub(super) chosen: bool,
}

/// A church that can be chosen.
#[derive(Debug)]
pub(super) struct ChurchChoice {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) chosen: bool,
}

/// A total.
#[derive(Debug)]
pub(super) struct Tile {
    pub(super) name: &'static str,
    pub(super) number: String,
    /// Said behind it, as `of 66`.
    pub(super) of: &'static str,
    pub(super) change: Option<Change>,
}

/// Against the period before.
#[derive(Debug)]
pub(super) struct Change {
    /// `▲`, `▼` or `=`.
    pub(super) sign: &'static str,
    /// `up`, `down` or `same`, for who does not see the sign.
    pub(super) words: &'static str,
    pub(super) before: String,
}

impl Overview {
    pub(super) fn new(params: &OverviewParams, stats: &CollectionStats, churches: Vec<Church>, links: &Links) -> Self {
        let slug = params.church().unwrap_or_default();
        let chosen = params.chosen();
        let days = chosen.map(|(days, ..)| days.to_string()).unwrap_or_default();
        let tab = |name, days: &str| Tab {
            name,
            url: format!("{}{}#overview", links.home(), query([("days", days), ("church", slug)])),
            chosen: chosen.map_or(days.is_empty(), |(it, ..)| it.to_string() == days),
        };
        let mut periods: Vec<_> = PERIODS.iter().map(|(days, name, _)| tab(*name, &days.to_string())).collect();
        periods.push(tab("All time", ""));
        Self {
            periods,
            days,
            church: stats.church.as_ref().map(|church| (church.name.clone(), links.church(&church.slug))),
            churches: churches
                .into_iter()
                .map(|church| ChurchChoice { chosen: church.slug == slug, slug: church.slug, name: church.name })
                .collect(),
            compared: chosen.map(|(.., before)| before).filter(|_| stats.before.is_some()),
            tiles: tiles(&stats.now, stats.before.as_ref(), stats.church.is_none()),
            canon: canon::map(&stats.books, links),
            sermons: sermon_bars(&stats.top_sermons, links),
            top_churches: church_bars(&stats.top_churches, links),
            books: book_bars(&stats.top_books(usize::from(TOPS)), links),
            trend: Trend::new(stats.trend_step, &stats.trend),
            is_empty: stats.now.sermons == 0,
        }
    }
}

fn tiles(now: &PeriodStats, before: Option<&PeriodStats>, of_all: bool) -> Vec<Tile> {
    let tile = |name, of, number: &dyn Fn(&PeriodStats) -> f64, digits: usize| Tile {
        name,
        of,
        number: shown(number(now), digits),
        change: before.map(|before| Change::new(number(now), number(before), digits)),
    };
    #[expect(clippy::cast_precision_loss, reason = "numbers of sermons and references")]
    let (sermons, churches, manna, books) = (
        |sums: &PeriodStats| sums.sermons as f64,
        |sums: &PeriodStats| sums.churches as f64,
        |sums: &PeriodStats| sums.manna as f64,
        |sums: &PeriodStats| sums.books as f64,
    );
    let mut tiles = vec![tile("Sermons", "", &sermons, 0)];
    if of_all {
        tiles.push(tile("Churches", "", &churches, 0));
    }
    tiles.extend([
        tile("Manna", "", &manna, 0),
        tile("Manna a sermon", "", &|sums| sums.average().unwrap_or_default(), 1),
        tile("Books cited", "of 66", &books, 0),
    ]);
    tiles
}

fn shown(value: f64, digits: usize) -> String {
    if digits == 0 { format::number(format::whole(value)) } else { format!("{value:.digits$}") }
}

impl Change {
    fn new(now: f64, before: f64, digits: usize) -> Self {
        let (shown_now, shown_before) = (shown(now, digits), shown(before, digits));
        let (sign, words) = match now.total_cmp(&before) {
            _ if shown_now == shown_before => ("=", "the same as"),
            std::cmp::Ordering::Less => ("▼", "down from"),
            _ => ("▲", "up from"),
        };
        Self { sign, words, before: shown_before }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_compared_as_it_is_shown() {
        let change = |now, before, digits| {
            let Change { sign, before, .. } = Change::new(now, before, digits);
            (sign, before)
        };
        assert_eq!(change(41.0, 30.0, 0), ("▲", "30".to_owned()));
        assert_eq!(change(1.0, 1_234.0, 0), ("▼", "1,234".to_owned()));
        assert_eq!(change(33.24, 33.21, 1), ("=", "33.2".to_owned()));
    }

    #[test]
    fn a_period_that_cannot_be_chosen_is_all_time() {
        let today = NaiveDate::from_ymd_opt(2026, 3, 3).expect("a date");
        let filter =
            |days: &str| OverviewParams { days: Some(days.to_owned()), church: Some(String::new()) }.filter(today);
        assert_eq!(filter("30").period, Period::last_days(30, today));
        assert_eq!((filter("31").period, filter("").church), (Period::Ever, None));
    }
}
