//! The days, months and "ever" under which sums are kept, each as one number: 20260531, 202605, 0.

use chrono::{Datelike as _, Days, Months, NaiveDate};

use super::Period;

/// All time.
pub(super) const EVER: i32 = 0;

/// The first year; whatever is said to be older counts as of its first day. So a month is never taken for a day.
const FIRST_YEAR: i32 = 1000;
const LAST_YEAR: i32 = 9999;

/// Buckets from the first number to the last, both among them.
pub(super) type Range = (i32, i32);

/// All months.
pub(super) const MONTHS: Range = (FIRST_YEAR * 100 + 1, LAST_YEAR * 100 + 12);
/// Nothing.
const NONE: Range = (1, 0);

/// The number of a day: 20260531.
pub(in crate::store) fn day_number(day: NaiveDate) -> i32 {
    let day = clamped(day);
    (day.year() * 100 + of(day.month())) * 100 + of(day.day())
}

/// The number of a month: 202605.
fn month_number(day: NaiveDate) -> i32 {
    day_number(day) / 100
}

/// The day of a number, or the first day of the month of one.
pub(super) fn first_day(number: i32) -> Option<NaiveDate> {
    let number = if number <= MONTHS.1 { number * 100 + 1 } else { number };
    let part = |value: i32| u32::try_from(value % 100).ok();
    NaiveDate::from_ymd_opt(number / 10_000, part(number / 100)?, part(number)?)
}

/// The days of a period.
pub(super) fn days(first: NaiveDate, last: NaiveDate) -> Range {
    if first > last { NONE } else { (day_number(first), day_number(last)) }
}

/// A period as few buckets: the whole months in it, the days before and the days behind them.
pub(super) fn ranges(period: Period) -> [Range; 3] {
    let Period::Days { first, last } = period else { return [(EVER, EVER), NONE, NONE] };
    if first > last {
        return [NONE; 3];
    }
    let (first, last) = (clamped(first), clamped(last));
    let whole = |day: NaiveDate| day.with_day(1).unwrap_or(day);
    let first_month = if first.day() == 1 { first } else { whole(first) + Months::new(1) };
    // Of the day behind the last one, so that a month that ends with it is whole.
    let behind = whole(last + Days::new(1));
    if first_month >= behind {
        return [days(first, last), NONE, NONE];
    }
    let months = (month_number(first_month), month_number(behind - Days::new(1)));
    let before = first_month.pred_opt().map_or(NONE, |end| days(first, end));
    [months, before, days(behind, last)]
}

/// A day in a year of four digits.
fn clamped(day: NaiveDate) -> NaiveDate {
    let edge = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).expect("a date");
    // One day and one month stay free behind the last day, to be reckoned with.
    day.clamp(edge(FIRST_YEAR, 1, 1), edge(LAST_YEAR, 11, 30))
}

fn of(part: u32) -> i32 {
    i32::try_from(part).expect("a month or a day")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn every_period_is_cut_so_that_each_of_its_days_is_in_one_bucket() {
        let start = day("2023-12-25");
        for from in (0..100).step_by(3) {
            for length in [0_u64, 1, 6, 27, 30, 31, 58, 62, 365, 800] {
                let first = start + Days::new(from);
                let last = first + Days::new(length);
                let ranges = ranges(Period::Days { first, last });
                let mut at = first - Days::new(40);
                while at < last + Days::new(40) {
                    let found = ranges
                        .iter()
                        .flat_map(|range| [day_number(at), month_number(at)].map(|bucket| (range, bucket)))
                        .filter(|((low, high), bucket)| (low..=high).contains(&bucket))
                        .count();
                    assert_eq!(found, usize::from((first..=last).contains(&at)), "{at} in {first}..{last}: {ranges:?}");
                    at = at + Days::new(1);
                }
            }
        }
    }

    #[test]
    fn no_period_is_too_long_and_none_is_backwards() {
        let whole = ranges(Period::Days { first: NaiveDate::MIN, last: NaiveDate::MAX });
        assert_eq!(whole, [(100_001, 999_911), NONE, NONE]);
        assert_eq!(ranges(Period::Days { first: day("2026-02-02"), last: day("2026-02-01") }), [NONE; 3]);
        assert_eq!(ranges(Period::Ever)[0], (EVER, EVER));
    }

    #[test]
    fn a_number_gives_its_first_day_back() {
        assert_eq!(first_day(20_260_531), Some(day("2026-05-31")));
        assert_eq!(first_day(202_605), Some(day("2026-05-01")));
        assert_eq!(first_day(EVER), None);
        assert_eq!(day_number(NaiveDate::MIN), 10_000_101);
    }
}
