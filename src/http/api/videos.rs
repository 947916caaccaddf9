//! `GET /api/videos`: the list of sermons, with search, filters, sorting and paging.

#![expect(unused_qualifications, reason = "utoipa's macro refers to the parameters by path")]

use axum::{extract::State, response::Response};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    domain::Book,
    http::{body::QueryString, error::AppError, problem::ProblemBody, revalidation::Revalidation, state::AppState},
    store::{Preached, VideoPage, VideoQuery, VideoSort, VideoSummary},
};

/// Default number of sermons per page.
const DEFAULT_LIMIT: u16 = 50;
/// Maximum number of sermons per page.
const MAX_LIMIT: u16 = 200;

/// Filters and order of the list. An empty parameter counts as absent.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct ListParams {
    /// Words to find in the title, in the names of the church, speaker and series, or in the cited passages. All must
    /// match.
    pub(in crate::http) q: Option<String>,
    /// Exact name of the church.
    pub(in crate::http) channel: Option<String>,
    /// Name of the speaker. Case and punctuation are ignored.
    pub(in crate::http) speaker: Option<String>,
    /// Name of the series. Case and punctuation are ignored.
    pub(in crate::http) series: Option<String>,
    /// A cited book, such as `1 Corinthians` or `1Cor`.
    pub(in crate::http) book: Option<String>,
    /// Preached on or after this date. Leaves out sermons whose date is unknown.
    pub(in crate::http) from: Option<String>,
    /// Preached on or before this date. Leaves out sermons whose date is unknown.
    pub(in crate::http) to: Option<String>,
    /// `1` returns only sermons whose date is unknown.
    #[param(value_type = Option<u8>, maximum = 1)]
    pub(in crate::http) undated: Option<String>,
    /// Analyzed on or after this date or time.
    pub(in crate::http) added_from: Option<String>,
    /// Analyzed on or before this date, or before this time.
    pub(in crate::http) added_to: Option<String>,
    /// `newest` (the default), `oldest`, `manna`, `title` or `channel`.
    pub(in crate::http) sort: Option<String>,
    /// `next_cursor` of the previous page.
    pub(in crate::http) cursor: Option<String>,
    /// Number of sermons per page, 1 to 200; 50 by default.
    #[param(value_type = Option<u16>)]
    pub(in crate::http) limit: Option<String>,
}

impl ListParams {
    /// Parses the parameters.
    pub(in crate::http) fn query(&self) -> Result<VideoQuery, AppError> {
        Ok(VideoQuery {
            search: text(self.q.as_deref()),
            channel: text(self.channel.as_deref()),
            speaker: text(self.speaker.as_deref()),
            series: text(self.series.as_deref()),
            book: text(self.book.as_deref()).map(|name| book(&name)).transpose()?,
            preached: self.preached()?,
            added_from: time("added_from", self.added_from.as_deref(), Days::new(0))?,
            added_to: time("added_to", self.added_to.as_deref(), Days::new(1))?,
            sort: text(self.sort.as_deref()).map_or(Ok(VideoSort::default()), |value| sort(&value))?,
            cursor: text(self.cursor.as_deref()),
            limit: text(self.limit.as_deref()).map_or(Ok(DEFAULT_LIMIT), |value| limit(&value))?,
        })
    }
}

impl ListParams {
    /// Parses the filter by preaching date.
    fn preached(&self) -> Result<Preached, AppError> {
        let day =
            |name, value: &Option<String>| text(value.as_deref()).map(|value| parse_date(name, &value)).transpose();
        let days = (day("from", &self.from)?, day("to", &self.to)?);
        match (text(self.undated.as_deref()).as_deref(), days) {
            (None | Some("0"), (None, None)) => Ok(Preached::Any),
            (None | Some("0"), (from, to)) => Ok(Preached::Between(from, to)),
            (Some("1"), (None, None)) => Ok(Preached::Undated),
            (Some("1"), _) => Err(AppError::Query("undated: cannot be combined with from or to".to_owned())),
            (Some(other), _) => Err(AppError::Query(format!("undated: {other:?} is neither 1 nor 0"))),
        }
    }
}

/// Parses a date, or takes the date from an RFC 3339 time.
fn parse_date(name: &str, value: &str) -> Result<NaiveDate, AppError> {
    let date = NaiveDate::parse_from_str(value, "%Y-%m-%d").ok();
    let date = date.or_else(|| DateTime::parse_from_rfc3339(value).ok().map(|time| time.date_naive()));
    date.ok_or_else(|| AppError::Query(format!("{name}: {value:?} is not a date: write it like 2026-05-31")))
}

/// Parses an optional time, like [`parse_time`].
fn time(name: &str, value: Option<&str>, days: Days) -> Result<Option<DateTime<Utc>>, AppError> {
    text(value).map(|value| parse_time(name, &value, days)).transpose()
}

fn text(value: Option<&str>) -> Option<String> {
    value.map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned)
}

fn book(name: &str) -> Result<Book, AppError> {
    Book::from_name(name).or_else(|unknown| Book::from_osis(name).map_err(|_| AppError::Query(unknown.to_string())))
}

/// Parses an RFC 3339 time, or a date plus `days`.
fn parse_time(name: &str, value: &str, days: Days) -> Result<DateTime<Utc>, AppError> {
    if let Ok(time) = DateTime::parse_from_rfc3339(value) {
        return Ok(time.with_timezone(&Utc));
    }
    let date = NaiveDate::parse_from_str(value, "%Y-%m-%d").ok().and_then(|date| date.checked_add_days(days));
    date.map(|date| date.and_time(NaiveTime::MIN).and_utc()).ok_or_else(|| {
        AppError::Query(format!("{name}: {value:?} is not a date: write it like 2026-05-31, or as RFC 3339"))
    })
}

fn sort(value: &str) -> Result<VideoSort, AppError> {
    serde_json::from_value(value.into()).map_err(|_| {
        AppError::Query(format!("sort: {value:?} is not a sort order: use newest, oldest, manna, title or channel"))
    })
}

fn limit(value: &str) -> Result<u16, AppError> {
    let limit = value.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| AppError::Query(format!("limit: {value:?} is not a number from 1 to {MAX_LIMIT}")))
}

/// One page of the list.
#[derive(Debug, Serialize, ToSchema)]
struct VideoListBody {
    /// The sermons on this page.
    #[schema(value_type = Vec<SummaryBody>)]
    videos: Vec<VideoSummary>,
    /// Cursor of the next page, or null on the last page.
    next_cursor: Option<String>,
    /// Number of sermons that match.
    total: i64,
}

/// A sermon in the list.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes VideoSummary in the OpenAPI document; the store does not depend on OpenAPI")]
pub(super) struct SummaryBody {
    /// ID of the sermon.
    video_id: String,
    /// Title of the sermon.
    title: String,
    /// Name of the church.
    channel: String,
    /// URL of the church, or empty.
    channel_url: String,
    /// Country, or empty.
    location: String,
    /// When the sermon was analyzed.
    processed_at: DateTime<Utc>,
    /// When the sermon was published, if known.
    published_at: Option<String>,
    /// Length of the recording in seconds, if known.
    duration_seconds: Option<f64>,
    /// Number of confirmed references, or null if the sermon is not measured.
    manna: Option<i64>,
    /// Number of suspect references, or null if the sermon is not measured.
    suspect: Option<i64>,
    /// Number of confirmed references to books outside the canon, or null if the sermon is not measured.
    deuterocanonical: Option<i64>,
    /// Why the sermon is not measured, such as `not measured: this is Portuguese`.
    not_measured: Option<String>,
    /// Slug in the path of the church's page, `/church/{church_slug}`, or null while the database is unreachable.
    church_slug: Option<String>,
    /// Name of the speaker, if known.
    speaker: Option<String>,
    /// Name of the series, if known.
    series: Option<String>,
}

/// Lists sermons.
///
/// While the database is unreachable, the list is read from the last export, `q` searches only titles and churches, and
/// the response has the header `X-MannaMeter-Source`.
#[utoipa::path(
    get, path = "/api/videos", tag = "sermons", params(ListParams),
    responses(
        (status = 200, description = "One page of the list", body = VideoListBody),
        (status = 304, description = "Not changed since `If-None-Match`"),
        (status = 400, description = "Invalid parameter", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn videos(
    State(state): State<AppState>,
    revalidation: Revalidation,
    QueryString(params): QueryString<ListParams>,
) -> Result<Response, AppError> {
    let query = params.query()?;
    revalidation
        .respond_json(async {
            let (VideoPage { videos, next_cursor, total }, source) = state.reader.videos(&query).await?;
            Ok((source, VideoListBody { videos, next_cursor, total }))
        })
        .await
}
