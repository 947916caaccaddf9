//! Trends: days and months grouped into a limited number of points.

use chrono::{Datelike as _, Days, Months, NaiveDate};

use super::{
    Period, TrendPoint, TrendStep,
    period_key::{KeyRange, MONTHS, day_keys},
};

/// Periods of up to this many days are shown by day, and periods of up to a year by week.
const MAX_DAYS: i64 = 31;
const YEAR: i64 = 366;

/// In periods of up to this many days, months are added up from days, so that the first and last month may be partial.
/// In longer periods, all months are whole.
const MAX_PARTIAL_MONTHS: i64 = 10 * 366;

/// Up to this many months are shown by month; longer periods are shown by year.
const MAX_MONTHS: u32 = 120;

/// Maximum number of points for which gaps are filled. Beyond that, empty points are omitted.
const MAX_POINTS: usize = 400;

/// Returns the keys to read for a trend, and the shortest step that the trend can have.
pub(super) fn plan(period: Period) -> (KeyRange, TrendStep) {
    let Period::Days { first, last } = period else { return (MONTHS, TrendStep::Month) };
    let length = (last - first).num_days() + 1;
    if length > MAX_PARTIAL_MONTHS {
        let (first, last) = day_keys(first, last);
        return ((first / 100, last / 100), TrendStep::Month);
    }
    let step = if length <= MAX_DAYS {
        TrendStep::Day
    } else if length <= YEAR {
        TrendStep::Week
    } else {
        TrendStep::Month
    };
    (day_keys(first, last), step)
}

/// Groups days or months, which must be in chronological order, into points and fills the gaps with empty points.
pub(super) fn fill_gaps(period: Period, step: TrendStep, found: &[TrendPoint]) -> (TrendStep, Vec<TrendPoint>) {
    let (Some(first), Some(last)) = (found.first(), found.last()) else { return (step, Vec::new()) };
    let (first, last) = match period {
        Period::Days { first, last } => (first, last),
        Period::AllTime => (first.first, last.first),
    };
    let months = (last.year() - first.year()).unsigned_abs() * 12;
    let step = if step == TrendStep::Month && months > MAX_MONTHS { TrendStep::Year } else { step };

    let mut points: Vec<TrendPoint> = Vec::new();
    for point in found {
        let start = start_of(point.first, step);
        fill(&mut points, start, step, first);
        match points.last_mut() {
            Some(previous) if previous.first == start => {
                previous.sermons += point.sermons;
                previous.manna += point.manna;
            }
            _ => points.push(TrendPoint { first: start, ..*point }),
        }
    }
    if let Some(end) = next(start_of(last, step), step) {
        fill(&mut points, end, step, first);
    }
    (step, points)
}

/// Adds empty points before `until`, up to a total of [`MAX_POINTS`].
fn fill(points: &mut Vec<TrendPoint>, until: NaiveDate, step: TrendStep, first: NaiveDate) {
    loop {
        let following = match points.last() {
            Some(last) => next(last.first, step),
            None => Some(start_of(first, step)),
        };
        match following {
            Some(first) if first < until && points.len() < MAX_POINTS => {
                points.push(TrendPoint { first, sermons: 0, manna: 0 });
            }
            _ => return,
        }
    }
}

/// Returns the first day of the point that a day belongs to.
fn start_of(day: NaiveDate, step: TrendStep) -> NaiveDate {
    let start = match step {
        TrendStep::Day => Some(day),
        TrendStep::Week => day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday()))),
        TrendStep::Month => day.with_day(1),
        TrendStep::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1),
    };
    start.unwrap_or(day)
}

/// Returns the first day of the next point.
fn next(start: NaiveDate, step: TrendStep) -> Option<NaiveDate> {
    match step {
        TrendStep::Day => start.checked_add_days(Days::new(1)),
        TrendStep::Week => start.checked_add_days(Days::new(7)),
        TrendStep::Month => start.checked_add_months(Months::new(1)),
        TrendStep::Year => start.checked_add_months(Months::new(12)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn point(first: &str, sermons: i64) -> TrendPoint {
        TrendPoint { first: day(first), sermons, manna: sermons * 10 }
    }

    #[test]
    fn weeks_begin_on_monday_and_empty_weeks_are_filled_in() {
        let period = Period::Days { first: day("2026-01-01"), last: day("2026-02-20") };
        assert_eq!(plan(period).1, TrendStep::Week);
        let found = [point("2026-01-11", 1), point("2026-01-12", 2), point("2026-01-18", 3)];
        let (step, points) = fill_gaps(period, TrendStep::Week, &found);
        let shown: Vec<_> = points.iter().map(|point| (point.first.to_string(), point.sermons)).collect();
        assert_eq!(step, TrendStep::Week);
        assert_eq!(
            shown,
            [
                ("2025-12-29".to_owned(), 0),
                ("2026-01-05".to_owned(), 1),
                ("2026-01-12".to_owned(), 5),
                ("2026-01-19".to_owned(), 0),
                ("2026-01-26".to_owned(), 0),
                ("2026-02-02".to_owned(), 0),
                ("2026-02-09".to_owned(), 0),
                ("2026-02-16".to_owned(), 0),
            ]
        );
    }

    #[test]
    fn a_sermon_dated_in_the_year_1000_does_not_produce_thousands_of_points() {
        let found = [point("1000-01-01", 1), point("2026-05-01", 2), point("9999-11-01", 3)];
        let (step, points) = fill_gaps(Period::AllTime, TrendStep::Month, &found);
        assert_eq!(step, TrendStep::Year);
        assert!(points.len() <= MAX_POINTS + 3, "{}", points.len());
        assert_eq!(points.iter().map(|point| point.sermons).sum::<i64>(), 6);
        assert!(points.is_sorted_by(|a, b| a.first < b.first));
    }

    #[test]
    fn a_long_period_has_whole_first_and_last_months() {
        let period = Period::Days { first: NaiveDate::MIN, last: day("2026-05-10") };
        assert_eq!(plan(period), ((100_001, 202_605), TrendStep::Month));
    }

    #[test]
    fn no_sermons_have_no_trend_and_a_single_month_has_one_point() {
        assert_eq!(fill_gaps(Period::AllTime, TrendStep::Month, &[]).1, []);
        assert_eq!(fill_gaps(Period::AllTime, TrendStep::Month, &[point("2026-05-01", 2)]).1, [point("2026-05-01", 2)]);
    }
}
