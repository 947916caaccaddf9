//! The trend chart: SVG columns positioned by percentage of the width, and a table with the same numbers.

use chrono::Datelike as _;

use super::{format, rows::average};
use crate::store::{TrendPoint, TrendStep};

/// Height of the tallest column, in pixels.
const HEIGHT: u64 = 120;

/// Space above the tallest column for its number, in pixels.
const TOP_MARGIN: u64 = 18;

/// Maximum number of labels on the time axis.
const MAX_LABELS: usize = 7;

/// A trend chart.
#[derive(Debug)]
pub(super) struct Trend {
    pub(super) columns: Vec<Column>,
    pub(super) labels: Vec<AxisLabel>,
    /// Y coordinate of the axis.
    pub(super) base: u64,
    pub(super) height: u64,
    /// The period that a column covers, such as `week`.
    pub(super) step: &'static str,
    /// Text alternative for the chart.
    pub(super) summary: String,
}

/// A column with the sermons of one period.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) x: String,
    pub(super) width: String,
    pub(super) y: u64,
    pub(super) height: u64,
    /// The period, such as `May 2026`.
    pub(super) when: String,
    pub(super) sermons: String,
    pub(super) manna: String,
    pub(super) average: String,
    /// X coordinate and text of the number above the tallest column, or `None` for other columns.
    pub(super) number: Option<(String, String)>,
}

/// A label on the time axis.
#[derive(Debug)]
pub(super) struct AxisLabel {
    pub(super) x: String,
    /// SVG `text-anchor`: `start` for the first label, which would otherwise be cut off.
    pub(super) anchor: &'static str,
    pub(super) text: String,
}

impl Trend {
    /// Lays out the chart. Returns `None` for fewer than two points.
    pub(super) fn new(step: TrendStep, points: &[TrendPoint]) -> Option<Self> {
        let most = points.iter().map(|point| point.manna).max().filter(|_| points.len() > 1)?;
        let highest = points.iter().position(|point| point.manna == most);
        let most = u64::try_from(most).unwrap_or_default().max(1);
        #[expect(clippy::cast_precision_loss, reason = "there are at most a few hundred columns")]
        let at = |index: f64| index * 100.0 / points.len() as f64;
        #[expect(clippy::cast_precision_loss, reason = "there are at most a few hundred columns")]
        let column = |(index, point): (usize, &TrendPoint)| {
            let manna = u64::try_from(point.manna).unwrap_or_default();
            // Rounded up, so that every nonzero column is visible.
            let height = (manna * HEIGHT).div_ceil(most);
            let middle = format!("{:.2}%", at(index as f64 + 0.5));
            Column {
                x: format!("{:.2}%", at(index as f64 + 0.1)),
                width: format!("{:.2}%", at(0.8)),
                y: TOP_MARGIN + HEIGHT - height,
                height,
                when: period(step, point),
                sermons: format::number(point.sermons),
                manna: format::number(point.manna),
                average: average(point.average()),
                number: (highest == Some(index)).then(|| (middle, format::number(point.manna))),
            }
        };
        let every = points.len().div_ceil(MAX_LABELS);
        #[expect(clippy::cast_precision_loss, reason = "there are at most a few hundred columns")]
        let label = |(index, point): (usize, &TrendPoint)| AxisLabel {
            x: if index == 0 { "0".to_owned() } else { format!("{:.2}%", at(index as f64 + 0.5)) },
            anchor: if index == 0 { "start" } else { "middle" },
            text: short_period(step, point, index == 0),
        };
        Some(Self {
            columns: points.iter().enumerate().map(column).collect(),
            labels: points.iter().enumerate().step_by(every).map(label).collect(),
            base: TOP_MARGIN + HEIGHT,
            height: TOP_MARGIN + HEIGHT + 22,
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
    let day = |point: &TrendPoint| point.first.format("%B %-d, %Y").to_string();
    format!("Manna from {} to {}: {} in total", day(first), day(last), format::number(manna))
}

fn period(step: TrendStep, point: &TrendPoint) -> String {
    let format = match step {
        TrendStep::Day => "%B %-d, %Y",
        TrendStep::Week => "week of %B %-d, %Y",
        TrendStep::Month => "%B %Y",
        TrendStep::Year => "%Y",
    };
    point.first.format(format).to_string()
}

fn short_period(step: TrendStep, point: &TrendPoint, is_first: bool) -> String {
    let format = match step {
        TrendStep::Day | TrendStep::Week => "%b %-d",
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
    fn the_tallest_column_has_its_number_and_every_nonzero_column_is_visible() {
        let trend = Trend::new(TrendStep::Month, &points(&[1, 0, 5_000])).expect("a trend");
        assert_eq!(trend.columns.iter().map(|column| column.height).collect::<Vec<_>>(), [1, 0, HEIGHT]);
        assert_eq!((trend.columns[2].when.as_str(), trend.columns[2].manna.as_str()), ("March 2026", "5,000"));
        assert!(trend.columns[0].number.is_none() && trend.columns[2].number.is_some());
        assert_eq!(
            trend.labels.iter().map(|label| label.text.as_str()).collect::<Vec<_>>(),
            ["Jan 2026", "Feb", "Mar"]
        );
    }

    #[test]
    fn a_single_point_has_no_chart() {
        assert!(Trend::new(TrendStep::Month, &points(&[7])).is_none());
        assert!(Trend::new(TrendStep::Month, &points(&[0, 0])).is_some());
    }
}
