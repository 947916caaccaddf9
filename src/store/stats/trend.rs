//! Days and months put together to a trend of not too many parts.

use chrono::{Datelike as _, Days, Months, NaiveDate};

use super::{
    Period, TrendPoint, TrendStep,
    bucket::{MONTHS, Range, days},
};

/// Up to so many days, each is a part of its own; up to a year, each week is.
const DAYS: i64 = 31;
const YEAR: i64 = 366;

/// Up to so many days, months are put together from days, so that the first and the last are cut; beyond, they are whole.
const CUT_MONTHS: i64 = 10 * 366;

/// The most months that are shown; beyond, each year is a part.
const SHOWN_MONTHS: u32 = 120;

/// The most parts without gaps; beyond, empty ones are left out.
const PARTS: usize = 400;

/// What a trend is made from: the buckets to read, and how long a part is at least.
pub(super) fn plan(period: Period) -> (Range, TrendStep) {
    let Period::Days { first, last } = period else { return (MONTHS, TrendStep::Month) };
    let length = (last - first).num_days() + 1;
    if length > CUT_MONTHS {
        let (first, last) = days(first, last);
        return ((first / 100, last / 100), TrendStep::Month);
    }
    let step = if length <= DAYS {
        TrendStep::Day
    } else if length <= YEAR {
        TrendStep::Week
    } else {
        TrendStep::Month
    };
    (days(first, last), step)
}

/// Puts days or months (in their order) together to parts of a period, with nothing missing in between.
pub(super) fn points(period: Period, step: TrendStep, found: &[TrendPoint]) -> (TrendStep, Vec<TrendPoint>) {
    let (Some(first), Some(last)) = (found.first(), found.last()) else { return (step, Vec::new()) };
    let (first, last) = match period {
        Period::Days { first, last } => (first, last),
        Period::Ever => (first.first, last.first),
    };
    let months = (last.year() - first.year()).unsigned_abs() * 12;
    let step = if step == TrendStep::Month && months > SHOWN_MONTHS { TrendStep::Year } else { step };

    let mut points: Vec<TrendPoint> = Vec::new();
    for point in found {
        let start = start_of(point.first, step);
        fill(&mut points, start, step, first);
        match points.last_mut() {
            Some(point_of) if point_of.first == start => {
                point_of.sermons += point.sermons;
                point_of.manna += point.manna;
            }
            _ => points.push(TrendPoint { first: start, ..*point }),
        }
    }
    if let Some(end) = next(start_of(last, step), step) {
        fill(&mut points, end, step, first);
    }
    (step, points)
}

/// Adds empty parts up to (and without) `until`, as long as there are not too many.
fn fill(points: &mut Vec<TrendPoint>, until: NaiveDate, step: TrendStep, first: NaiveDate) {
    loop {
        let following = match points.last() {
            Some(last) => next(last.first, step),
            None => Some(start_of(first, step)),
        };
        match following {
            Some(first) if first < until && points.len() < PARTS => {
                points.push(TrendPoint { first, sermons: 0, manna: 0 });
            }
            _ => return,
        }
    }
}

/// The first day of the part that a day is in.
fn start_of(day: NaiveDate, step: TrendStep) -> NaiveDate {
    let start = match step {
        TrendStep::Day => Some(day),
        TrendStep::Week => day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday()))),
        TrendStep::Month => day.with_day(1),
        TrendStep::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1),
    };
    start.unwrap_or(day)
}

/// The first day of the part behind that of this one.
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
    fn weeks_begin_on_monday_and_none_is_missing() {
        let period = Period::Days { first: day("2026-01-01"), last: day("2026-02-20") };
        assert_eq!(plan(period).1, TrendStep::Week);
        let found = [point("2026-01-11", 1), point("2026-01-12", 2), point("2026-01-18", 3)];
        let (step, points) = points(period, TrendStep::Week, &found);
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
    fn a_sermon_of_the_year_1000_does_not_make_a_trend_of_a_thousand_years_of_months() {
        let found = [point("1000-01-01", 1), point("2026-05-01", 2), point("9999-11-01", 3)];
        let (step, points) = points(Period::Ever, TrendStep::Month, &found);
        assert_eq!(step, TrendStep::Year);
        assert!(points.len() <= PARTS + 3, "{}", points.len());
        assert_eq!(points.iter().map(|point| point.sermons).sum::<i64>(), 6);
        assert!(points.is_sorted_by(|a, b| a.first < b.first));
    }

    #[test]
    fn a_long_time_has_its_first_and_last_month_whole() {
        let period = Period::Days { first: NaiveDate::MIN, last: day("2026-05-10") };
        assert_eq!(plan(period), ((100_001, 202_605), TrendStep::Month));
    }

    #[test]
    fn nothing_has_no_trend_and_a_month_alone_is_one_part() {
        assert_eq!(points(Period::Ever, TrendStep::Month, &[]).1, []);
        assert_eq!(points(Period::Ever, TrendStep::Month, &[point("2026-05-01", 2)]).1, [point("2026-05-01", 2)]);
    }
}
