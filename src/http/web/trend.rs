//! A trend as columns, drawn as SVG in per cent of the width, and as a table for those who want the numbers.

use chrono::Datelike as _;

use super::{format, rows::average};
use crate::store::{TrendPoint, TrendStep};

/// The height of the highest column.
const HEIGHT: u64 = 120;

/// Room for the numbers above it.
const ABOVE: u64 = 18;

/// Words below the columns, at most.
const WORDS: usize = 7;

/// What is drawn.
#[derive(Debug)]
pub(super) struct Trend {
    pub(super) columns: Vec<Column>,
    pub(super) words: Vec<Word>,
    /// Where the columns stand.
    pub(super) base: u64,
    pub(super) height: u64,
    /// What the columns are of: `week`, `month`.
    pub(super) step: &'static str,
    /// All of it in a sentence.
    pub(super) summary: String,
}

/// A part of the time.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) x: String,
    pub(super) width: String,
    pub(super) y: u64,
    pub(super) height: u64,
    /// `May 2026`.
    pub(super) when: String,
    pub(super) sermons: String,
    pub(super) manna: String,
    pub(super) average: String,
    /// The number above it: at the highest one.
    pub(super) number: Option<(String, String)>,
}

/// When a column is.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) x: String,
    /// `start` for the first, which would else be cut off.
    pub(super) anchor: &'static str,
    pub(super) words: String,
}

impl Trend {
    /// None of fewer than two parts.
    pub(super) fn new(step: TrendStep, points: &[TrendPoint]) -> Option<Self> {
        let most = points.iter().map(|point| point.manna).max().filter(|_| points.len() > 1)?;
        let highest = points.iter().position(|point| point.manna == most);
        let most = u64::try_from(most).unwrap_or_default().max(1);
        #[expect(clippy::cast_precision_loss, reason = "at most some hundred columns")]
        let at = |index: f64| index * 100.0 / points.len() as f64;
        #[expect(clippy::cast_precision_loss, reason = "at most some hundred columns")]
        let column = |(index, point): (usize, &TrendPoint)| {
            let manna = u64::try_from(point.manna).unwrap_or_default();
            // What is there is seen, however little it is.
            let height = (manna * HEIGHT).div_ceil(most);
            let middle = format!("{:.2}%", at(index as f64 + 0.5));
            Column {
                x: format!("{:.2}%", at(index as f64 + 0.1)),
                width: format!("{:.2}%", at(0.8)),
                y: ABOVE + HEIGHT - height,
                height,
                when: when(step, point),
                sermons: format::number(point.sermons),
                manna: format::number(point.manna),
                average: average(point.average()),
                number: (highest == Some(index)).then(|| (middle, format::number(point.manna))),
            }
        };
        let every = points.len().div_ceil(WORDS);
        #[expect(clippy::cast_precision_loss, reason = "at most some hundred columns")]
        let word = |(index, point): (usize, &TrendPoint)| Word {
            x: if index == 0 { "0".to_owned() } else { format!("{:.2}%", at(index as f64 + 0.5)) },
            anchor: if index == 0 { "start" } else { "middle" },
            words: name(step, point, index == 0),
        };
        Some(Self {
            columns: points.iter().enumerate().map(column).collect(),
            words: points.iter().enumerate().step_by(every).map(word).collect(),
            base: ABOVE + HEIGHT,
            height: ABOVE + HEIGHT + 22,
            step: match step {
                TrendStep::Day => "day",
                TrendStep::Week => "week",
                TrendStep::Month => "month",
                TrendStep::Year => "year",
            },
            summary: summary(points),
        })
    }
}

fn summary(points: &[TrendPoint]) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let manna: i64 = points.iter().map(|point| point.manna).sum();
    let day = |point: &TrendPoint| point.first.format("%-d %B %Y").to_string();
    format!("Manna from {} to {}: {} in all", day(first), day(last), format::number(manna))
}

fn when(step: TrendStep, point: &TrendPoint) -> String {
    let form = match step {
        TrendStep::Day => "%-d %B %Y",
        TrendStep::Week => "week of %-d %B %Y",
        TrendStep::Month => "%B %Y",
        TrendStep::Year => "%Y",
    };
    point.first.format(form).to_string()
}

fn name(step: TrendStep, point: &TrendPoint, is_first: bool) -> String {
    let format = match step {
        TrendStep::Day | TrendStep::Week => "%-d %b",
        TrendStep::Month if is_first || point.first.month() == 1 => "%b %Y",
        TrendStep::Month => "%b",
        TrendStep::Year => "%Y",
    };
    point.first.format(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(manna: &[i64]) -> Vec<TrendPoint> {
        (1..)
            .zip(manna)
            .map(|(month, &manna)| TrendPoint {
                first: chrono::NaiveDate::from_ymd_opt(2026, month, 1).expect("a date"),
                sermons: 1,
                manna,
            })
            .collect()
    }

    #[test]
    fn the_highest_column_has_its_number_and_none_that_is_something_vanishes() {
        let trend = Trend::new(TrendStep::Month, &points(&[1, 0, 5_000])).expect("a trend");
        assert_eq!(trend.columns.iter().map(|column| column.height).collect::<Vec<_>>(), [1, 0, HEIGHT]);
        assert_eq!((trend.columns[2].when.as_str(), trend.columns[2].manna.as_str()), ("March 2026", "5,000"));
        assert!(trend.columns[0].number.is_none() && trend.columns[2].number.is_some());
        assert_eq!(trend.words.iter().map(|word| word.words.as_str()).collect::<Vec<_>>(), ["Jan 2026", "Feb", "Mar"]);
    }

    #[test]
    fn one_part_is_no_trend() {
        assert!(Trend::new(TrendStep::Month, &points(&[7])).is_none());
        assert!(Trend::new(TrendStep::Month, &points(&[0, 0])).is_some());
    }
}
