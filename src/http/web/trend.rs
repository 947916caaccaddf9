//! A trend as bars that are drawn here, and as a table for those who want the numbers.

use super::{format, rows::average};
use crate::store::{TrendPoint, TrendStep};

/// How wide a bar and its gap are, and how high the highest is.
const WIDTH: usize = 10;
const GAP: usize = 2;
const HEIGHT: i64 = 60;

/// What is shown of a trend.
#[derive(Debug, Default)]
pub(super) struct TrendView {
    /// `week`.
    pub(super) step: &'static str,
    pub(super) bars: Vec<TrendBar>,
    pub(super) width: usize,
    pub(super) height: i64,
}

/// A part of it.
#[derive(Debug)]
pub(super) struct TrendBar {
    pub(super) x: usize,
    pub(super) y: i64,
    pub(super) width: usize,
    pub(super) height: i64,
    /// `May 2026`.
    pub(super) when: String,
    pub(super) sermons: String,
    pub(super) manna: String,
    pub(super) average: String,
}

impl TrendView {
    /// The manna of each part.
    pub(super) fn new(step: TrendStep, points: &[TrendPoint]) -> Self {
        let most = points.iter().map(|point| point.manna).max().unwrap_or(1).max(1);
        let bar = |(place, point): (usize, &TrendPoint)| {
            let height = point.manna * HEIGHT / most;
            TrendBar {
                x: place * WIDTH,
                y: HEIGHT - height,
                width: WIDTH - GAP,
                height,
                when: when(step, point),
                sermons: format::number(point.sermons),
                manna: format::number(point.manna),
                average: average(point.average()),
            }
        };
        Self {
            step: match step {
                TrendStep::Day => "day",
                TrendStep::Week => "week",
                TrendStep::Month => "month",
                TrendStep::Year => "year",
            },
            bars: points.iter().enumerate().map(bar).collect(),
            width: (points.len() * WIDTH).max(1),
            height: HEIGHT,
        }
    }
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
