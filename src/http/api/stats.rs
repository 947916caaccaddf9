//! `GET /api/stats`, `/api/books`, `/api/churches`, `/api/speakers` and `/api/series`: statistics.

#![expect(unused_qualifications, reason = "utoipa's macro refers to the parameters by path")]

use axum::{extract::State, response::Response};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::stats_schema::{ChurchBody, StatsBody};
use crate::{
    domain::Book,
    http::{
        body::QueryString, error::AppError, problem::ProblemBody, reader::ReadSource, revalidation::Revalidation,
        state::AppState,
    },
    store::{Church, CollectionStats, Group, GroupKind, Period, StatsFilter},
};

/// Length of the lists of top sermons and top churches.
const TOP: u16 = 10;
/// Maximum number of churches in the list.
const MAX_CHURCHES: u16 = 5_000;
/// Maximum value of `days`.
const MAX_DAYS: u32 = 100_000;

/// Filters of the statistics. An empty parameter counts as absent.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct StatsParams {
    /// Number of days up to and including today, or `all`. Cannot be combined with `from` and `to`.
    #[param(value_type = Option<u32>)]
    pub(in crate::http) days: Option<String>,
    /// Preached on or after this date.
    pub(in crate::http) from: Option<String>,
    /// Preached on or before this date.
    pub(in crate::http) to: Option<String>,
    /// Slug of a church.
    pub(in crate::http) church: Option<String>,
}

impl StatsParams {
    /// Parses the parameters; `days` counts back from `today`.
    pub(in crate::http) fn filter(&self, today: NaiveDate) -> Result<StatsFilter, AppError> {
        let period = match (text(self.days.as_deref()), text(self.from.as_deref()), text(self.to.as_deref())) {
            (None | Some("all"), None, None) => Period::AllTime,
            (Some(days), None, None) => {
                let days = days.parse().ok().filter(|days| (1..=MAX_DAYS).contains(days));
                let days = days.ok_or_else(|| AppError::Query(format!("days: not a number from 1 to {MAX_DAYS}")))?;
                Period::last_days(days, today)
            }
            (None, from, to) => Period::Days {
                first: from.map_or(Ok(NaiveDate::MIN), |from| date("from", from))?,
                last: to.map_or(Ok(today), |to| date("to", to))?,
            },
            (Some(_), ..) => return Err(AppError::Query("days: cannot be combined with from or to".to_owned())),
        };
        Ok(StatsFilter { period, church: text(self.church.as_deref()).map(str::to_owned) })
    }
}

fn text(value: Option<&str>) -> Option<&str> {
    value.map(str::trim).filter(|value| !value.is_empty())
}

fn date(name: &str, value: &str) -> Result<NaiveDate, AppError> {
    NaiveDate::parse_from_str(value, "%Y-%m-%d")
        .map_err(|_| AppError::Query(format!("{name}: {value:?} is not a date: write it like 2026-05-31")))
}

/// Returns the statistics of the dashboard: totals for the period and the preceding one, books, top sermons, top
/// churches, and the trend.
#[utoipa::path(
    get, path = "/api/stats", tag = "sermons", params(StatsParams),
    responses(
        (status = 200, description = "The statistics", body = StatsBody),
        (status = 304, description = "Not changed since `If-None-Match`"),
        (status = 400, description = "Invalid parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such church", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The database is unreachable", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn stats(
    State(state): State<AppState>,
    revalidation: Revalidation,
    QueryString(params): QueryString<StatsParams>,
) -> Result<Response, AppError> {
    let filter = params.filter(state.clock.now().date_naive())?;
    revalidation
        .respond_json(async {
            let collection = state.store.stats(&filter, TOP).await?.ok_or(AppError::NoSuchChurch)?;
            Ok((ReadSource::Database, collection))
        })
        .await
}

/// The manna of a book.
#[derive(Debug, Serialize, ToSchema)]
struct BookBody {
    /// OSIS identifier, such as `1Cor`.
    osis: &'static str,
    /// English name of the book.
    name: &'static str,
    /// Number of confirmed references to the book, or 0 if the book is outside the canon.
    manna: i64,
    /// Number of confirmed references to the book if it is outside the canon, or 0.
    deuterocanonical: i64,
}

/// Returns the manna of each book of the canon, followed by the cited books outside the canon.
#[utoipa::path(
    get, path = "/api/books", tag = "sermons", params(StatsParams),
    responses(
        (status = 200, description = "The books in canonical order", body = Vec<BookBody>),
        (status = 304, description = "Not changed since `If-None-Match`"),
        (status = 400, description = "Invalid parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such church", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The database is unreachable", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn books(
    State(state): State<AppState>,
    revalidation: Revalidation,
    QueryString(params): QueryString<StatsParams>,
) -> Result<Response, AppError> {
    let filter = params.filter(state.clock.now().date_naive())?;
    revalidation
        .respond_json(async {
            let CollectionStats { books, deuterocanonical_books, .. } =
                state.store.stats(&filter, 1).await?.ok_or(AppError::NoSuchChurch)?;
            let body = |book: Book, manna, deuterocanonical| BookBody {
                osis: book.osis(),
                name: book.name(),
                manna,
                deuterocanonical,
            };
            let outside = deuterocanonical_books.into_iter().map(|(book, count)| body(book, 0, count));
            let books = books.into_iter().map(|(book, manna)| body(book, manna, 0)).chain(outside);
            Ok((ReadSource::Database, books.collect::<Vec<_>>()))
        })
        .await
}

/// Lists up to 5,000 churches, sorted by name.
#[utoipa::path(
    get, path = "/api/churches", tag = "sermons",
    responses(
        (status = 200, description = "The churches", body = Vec<ChurchBody>),
        (status = 304, description = "Not changed since `If-None-Match`"),
        (status = 503, description = "The database is unreachable", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn churches(State(state): State<AppState>, revalidation: Revalidation) -> Result<Response, AppError> {
    revalidation
        .respond_json(async {
            let churches: Vec<Church> = state.store.churches(MAX_CHURCHES).await?;
            Ok((ReadSource::Database, churches))
        })
        .await
}

/// A speaker or series in the list.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes Group in the OpenAPI document; the store does not depend on OpenAPI")]
struct GroupBody {
    /// The slug in the page's path, `/speaker/{slug}` or `/series/{slug}`.
    slug: String,
    /// The name. If there are several spellings, the first in sort order.
    name: String,
    /// Number of sermons.
    sermons: i64,
    /// Number of confirmed references in these sermons.
    manna: i64,
}

/// Lists up to 5,000 speakers, sorted by name.
#[utoipa::path(
    get, path = "/api/speakers", tag = "sermons",
    responses(
        (status = 200, description = "The speakers", body = Vec<GroupBody>),
        (status = 304, description = "Not changed since `If-None-Match`"),
        (status = 503, description = "The database is unreachable", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn speakers(State(state): State<AppState>, revalidation: Revalidation) -> Result<Response, AppError> {
    revalidation
        .respond_json(async {
            let speakers: Vec<Group> = state.store.groups(GroupKind::Speaker, MAX_CHURCHES).await?;
            Ok((ReadSource::Database, speakers))
        })
        .await
}

/// Lists up to 5,000 series, sorted by name.
#[utoipa::path(
    get, path = "/api/series", tag = "sermons",
    responses(
        (status = 200, description = "The series", body = Vec<GroupBody>),
        (status = 304, description = "Not changed since `If-None-Match`"),
        (status = 503, description = "The database is unreachable", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn series(State(state): State<AppState>, revalidation: Revalidation) -> Result<Response, AppError> {
    revalidation
        .respond_json(async {
            let series: Vec<Group> = state.store.groups(GroupKind::Series, MAX_CHURCHES).await?;
            Ok((ReadSource::Database, series))
        })
        .await
}
