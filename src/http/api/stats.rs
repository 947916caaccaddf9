//! `GET /api/stats`, `/api/books` and `/api/churches`: sums over periods and churches.

#![expect(unused_qualifications, reason = "the macro of utoipa names the parameters by a path")]

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{body::QueryString, cache::CachePolicy, error::AppError, problem::ProblemBody, state::AppState},
    store::{Church, CollectionStats, StatsFilter, Period},
};

/// Sermons and churches in the lists of the most.
const MOST: u16 = 10;
/// The most churches that are listed.
const CHURCHES: u16 = 5_000;
/// The most days that a period may be asked for as a number.
const MOST_DAYS: u32 = 100_000;

/// Over which sermons; every part may be left out or empty.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct InsightParams {
    /// The last so many days, today among them; instead of `from` and `to`.
    #[param(value_type = Option<u32>)]
    pub(in crate::http) days: Option<String>,
    /// Preached on or after this date.
    pub(in crate::http) from: Option<String>,
    /// Preached on or before this date.
    pub(in crate::http) to: Option<String>,
    /// A church, by the `slug` of its address.
    pub(in crate::http) church: Option<String>,
}

impl InsightParams {
    /// Reads the parts; `days` are counted back from today.
    pub(in crate::http) fn filter(&self, today: NaiveDate) -> Result<StatsFilter, AppError> {
        let period = match (text(self.days.as_deref()), text(self.from.as_deref()), text(self.to.as_deref())) {
            (None | Some("all"), None, None) => Period::Ever,
            (Some(days), None, None) => {
                let days = days.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
                let days = days.ok_or_else(|| AppError::Query(format!("days: not a number from 1 to {MOST_DAYS}")))?;
                Period::last_days(days, today)
            }
            (None, from, to) => Period::Days {
                first: from.map_or(Ok(NaiveDate::MIN), |from| date("from", from))?,
                last: to.map_or(Ok(today), |to| date("to", to))?,
            },
            (Some(_), ..) => return Err(AppError::Query("days: leave it out, or from and to".to_owned())),
        };
        Ok(StatsFilter { period, church: text(self.church.as_deref()).map(str::to_owned) })
    }
}

fn text(value: Option<&str>) -> Option<&str> {
    value.map(str::trim).filter(|value| !value.is_empty())
}

fn date(name: &str, value: &str) -> Result<NaiveDate, AppError> {
    NaiveDate::parse_from_str(value, "%Y-%m-%d")
        .map_err(|_| AppError::Query(format!("{name}: not a date: {value:?}; write 2026-05-31")))
}

/// What the dashboard shows: sums, the same of the period before, books, the most of everything, the trend.
#[utoipa::path(
    get, path = "/api/stats", tag = "sermons", params(InsightParams),
    responses(
        (status = 200, description = "The sums", body = Object),
        (status = 400, description = "A parameter is not understood", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such church", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn stats(
    State(state): State<AppState>,
    QueryString(params): QueryString<InsightParams>,
) -> Result<Response, AppError> {
    let filter = params.filter(state.clock.now().date_naive())?;
    let stats = state.store.stats(&filter, MOST).await?.ok_or(AppError::NoChurch)?;
    Ok((CachePolicy::NoStore, Json(stats)).into_response())
}

/// A book with its manna.
#[derive(Debug, Serialize, ToSchema)]
struct BookBody {
    /// OSIS identifier, such as `1Cor`.
    osis: &'static str,
    /// English name.
    name: &'static str,
    /// Confirmed references that name it.
    manna: i64,
}

/// The 66 books with their manna under a filter.
#[utoipa::path(
    get, path = "/api/books", tag = "sermons", params(InsightParams),
    responses(
        (status = 200, description = "The books in the order of the canon", body = Vec<BookBody>),
        (status = 400, description = "A parameter is not understood", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such church", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn books(
    State(state): State<AppState>,
    QueryString(params): QueryString<InsightParams>,
) -> Result<Response, AppError> {
    let filter = params.filter(state.clock.now().date_naive())?;
    let CollectionStats { books, .. } = state.store.stats(&filter, 1).await?.ok_or(AppError::NoChurch)?;
    let books = books.into_iter().map(|(book, manna)| BookBody { osis: book.osis(), name: book.name(), manna });
    Ok((CachePolicy::NoStore, Json(books.collect::<Vec<_>>())).into_response())
}

/// A church in the list.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes Church in the OpenAPI document; the store knows nothing of OpenAPI")]
struct ChurchBody {
    /// Its part of the address `/church/{slug}`; it never changes.
    slug: String,
    /// Its name.
    name: String,
    /// Number of its sermons.
    sermons: i64,
    /// Confirmed references in them.
    manna: i64,
}

/// The churches by name, at most 5,000.
#[utoipa::path(
    get, path = "/api/churches", tag = "sermons",
    responses(
        (status = 200, description = "The churches", body = Vec<ChurchBody>),
        (status = 503, description = "The database is away", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn churches(State(state): State<AppState>) -> Result<Response, AppError> {
    let churches: Vec<Church> = state.store.churches(CHURCHES).await?;
    Ok((CachePolicy::NoStore, Json(churches)).into_response())
}
