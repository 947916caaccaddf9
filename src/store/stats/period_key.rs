//! The periods that statistics are stored for, each encoded as a number: 20260531 for a day, 202605 for a month, 0 for
//! all time.

use chrono::{Datelike as _, Days, Months, NaiveDate};

use super::Period;

/// All time.
pub(super) const ALL_TIME: i32 = 0;

/// Days in earlier years are replaced by the first day of this year, so that a month and a day never have the same key.
const FIRST_YEAR: i32 = 1000;
const LAST_YEAR: i32 = 9999;

/// An inclusive range of keys.
pub(super) type KeyRange = (i32, i32);

/// All months.
pub(super) const MONTHS: KeyRange = (FIRST_YEAR * 100 + 1, LAST_YEAR * 100 + 12);
/// The empty range.
const EMPTY: KeyRange = (1, 0);

/// Returns the key of a day, such as 20260531.
pub(in crate::store) fn day_key(day: NaiveDate) -> i32 {
    let day = clamp(day);
    (day.year() * 100 + signed(day.month())) * 100 + signed(day.day())
}

/// Returns the key of the month that a day is in, such as 202605.
fn month_key(day: NaiveDate) -> i32 {
    day_key(day) / 100
}

/// Returns the day that a key stands for, or the first day of the month.
pub(super) fn first_day(key: i32) -> Option<NaiveDate> {
    let key = if key <= MONTHS.1 { key * 100 + 1 } else { key };
    let part = |value: i32| u32::try_from(value % 100).ok();
    NaiveDate::from_ymd_opt(key / 10_000, part(key / 100)?, part(key)?)
}

/// Returns the keys of a range of days.
pub(super) fn day_keys(first: NaiveDate, last: NaiveDate) -> KeyRange {
    if first > last { EMPTY } else { (day_key(first), day_key(last)) }
}

/// Splits a period into up to three ranges of keys: its whole months, the days before them, and the days after them.
pub(super) fn key_ranges(period: Period) -> [KeyRange; 3] {
    let Period::Days { first, last } = period else { return [(ALL_TIME, ALL_TIME), EMPTY, EMPTY] };
    if first > last {
        return [EMPTY; 3];
    }
    let (first, last) = (clamp(first), clamp(last));
    let start_of_month = |day: NaiveDate| day.with_day(1).unwrap_or(day);
    let first_month = if first.day() == 1 { first } else { start_of_month(first) + Months::new(1) };
    // Uses the day after the last day, because a month is whole if the period ends with it.
    let end = start_of_month(last + Days::new(1));
    if first_month >= end {
        return [day_keys(first, last), EMPTY, EMPTY];
    }
    let months = (month_key(first_month), month_key(end - Days::new(1)));
    let before = first_month.pred_opt().map_or(EMPTY, |day| day_keys(first, day));
    [months, before, day_keys(end, last)]
}

/// Clamps a day to years with four digits.
fn clamp(day: NaiveDate) -> NaiveDate {
    let date = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).expect("a valid date");
    // Leaves one month after the last day for the date arithmetic above.
    day.clamp(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 11, 30))
}

fn signed(part: u32) -> i32 {
    i32::try_from(part).expect("a month or a day of the month")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn every_day_of_a_period_is_in_exactly_one_key() {
        let start = day("2023-12-25");
        for from in (0..100).step_by(3) {
            for length in [0_u64, 1, 6, 27, 30, 31, 58, 62, 365, 800] {
                let first = start + Days::new(from);
                let last = first + Days::new(length);
                let ranges = key_ranges(Period::Days { first, last });
                let mut day = first - Days::new(40);
                while day < last + Days::new(40) {
                    let matches = ranges
                        .iter()
                        .flat_map(|range| [day_key(day), month_key(day)].map(|key| (range, key)))
                        .filter(|((low, high), key)| (low..=high).contains(&key))
                        .count();
                    let expected = usize::from((first..=last).contains(&day));
                    assert_eq!(matches, expected, "{day} in {first}..{last}: {ranges:?}");
                    day = day + Days::new(1);
                }
            }
        }
    }

    #[test]
    fn a_period_may_be_endless_or_backwards() {
        let endless = key_ranges(Period::Days { first: NaiveDate::MIN, last: NaiveDate::MAX });
        assert_eq!(endless, [(100_001, 999_911), EMPTY, EMPTY]);
        assert_eq!(key_ranges(Period::Days { first: day("2026-02-02"), last: day("2026-02-01") }), [EMPTY; 3]);
        assert_eq!(key_ranges(Period::AllTime)[0], (ALL_TIME, ALL_TIME));
    }

    #[test]
    fn a_key_is_turned_back_into_its_first_day() {
        assert_eq!(first_day(20_260_531), Some(day("2026-05-31")));
        assert_eq!(first_day(202_605), Some(day("2026-05-01")));
        assert_eq!(first_day(ALL_TIME), None);
        assert_eq!(day_key(NaiveDate::MIN), 10_000_101);
    }
}
