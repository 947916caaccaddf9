//! `GET /api/videos`: the list of sermons, searched, filtered, sorted, in pages.

#![expect(unused_qualifications, reason = "the macro of utoipa names the parameters by a path")]

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    domain::Book,
    http::{body::QueryString, cache::CachePolicy, error::AppError, problem::ProblemBody, state::AppState},
    store::{VideoPage, VideoQuery, VideoSort, VideoSummary},
};

/// Sermons on a page, when the asker does not say.
const USUAL_LIMIT: u16 = 50;
/// The most sermons on a page.
const MAX_LIMIT: u16 = 200;

/// Which sermons, in which order; every part may be left out or empty.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct ListParams {
    /// Words that must all stand in the title, the church's name, or the passages cited.
    pub(in crate::http) q: Option<String>,
    /// Name of the church, exactly.
    pub(in crate::http) channel: Option<String>,
    /// A book that is cited: `1 Corinthians` or `1Cor`.
    pub(in crate::http) book: Option<String>,
    /// Analyzed on or after this date or time.
    pub(in crate::http) from: Option<String>,
    /// Analyzed on or before this date, or before this time.
    pub(in crate::http) to: Option<String>,
    /// `newest` (the default), `oldest`, `manna`, `title` or `channel`.
    pub(in crate::http) sort: Option<String>,
    /// `next_cursor` of the page before.
    pub(in crate::http) cursor: Option<String>,
    /// Sermons on a page, 1 to 200; 50 when left out.
    #[param(value_type = Option<u16>)]
    pub(in crate::http) limit: Option<String>,
}

impl ListParams {
    /// Reads the parts.
    pub(in crate::http) fn query(&self) -> Result<VideoQuery, AppError> {
        Ok(VideoQuery {
            search: text(self.q.as_deref()),
            channel: text(self.channel.as_deref()),
            book: text(self.book.as_deref()).map(|name| book(&name)).transpose()?,
            from: text(self.from.as_deref()).map(|value| moment("from", &value, Days::new(0))).transpose()?,
            to: text(self.to.as_deref()).map(|value| moment("to", &value, Days::new(1))).transpose()?,
            sort: text(self.sort.as_deref()).map_or(Ok(VideoSort::default()), |value| sort(&value))?,
            cursor: text(self.cursor.as_deref()),
            limit: text(self.limit.as_deref()).map_or(Ok(USUAL_LIMIT), |value| limit(&value))?,
        })
    }
}

fn text(value: Option<&str>) -> Option<String> {
    value.map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned)
}

fn book(name: &str) -> Result<Book, AppError> {
    Book::from_name(name).or_else(|unknown| Book::from_osis(name).map_err(|_| AppError::Query(unknown.to_string())))
}

/// A time, or the first moment of a date so many days later.
fn moment(name: &str, value: &str, later: Days) -> Result<DateTime<Utc>, AppError> {
    if let Ok(time) = DateTime::parse_from_rfc3339(value) {
        return Ok(time.with_timezone(&Utc));
    }
    let date = NaiveDate::parse_from_str(value, "%Y-%m-%d").ok().and_then(|date| date.checked_add_days(later));
    date.map(|date| date.and_time(NaiveTime::MIN).and_utc())
        .ok_or_else(|| AppError::Query(format!("{name}: not a date: {value:?}; write 2026-05-31, or RFC 3339")))
}

fn sort(value: &str) -> Result<VideoSort, AppError> {
    serde_json::from_value(value.into()).map_err(|_| {
        AppError::Query(format!("sort: there is no order {value:?}; take newest, oldest, manna, title or channel"))
    })
}

fn limit(value: &str) -> Result<u16, AppError> {
    let limit = value.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| AppError::Query(format!("limit: {value:?} is not a number from 1 to {MAX_LIMIT}")))
}

/// A page of the list.
#[derive(Debug, Serialize, ToSchema)]
struct ListBody {
    /// The sermons.
    #[schema(value_type = Vec<SummaryBody>)]
    videos: Vec<VideoSummary>,
    /// Gives the next page; null at the end.
    next_cursor: Option<String>,
    /// Number of sermons that fit.
    total: i64,
}

/// A sermon in the list.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes VideoSummary in the OpenAPI document; the store knows nothing of OpenAPI")]
pub(super) struct SummaryBody {
    /// Its id.
    video_id: String,
    /// Its title.
    title: String,
    /// Name of the church.
    channel: String,
    /// Address of the church, or empty.
    channel_url: String,
    /// Country, or empty.
    location: String,
    /// When it was analyzed.
    processed_at: DateTime<Utc>,
    /// When it was published, when known.
    published_at: Option<String>,
    /// Length in seconds, when known.
    duration_seconds: Option<f64>,
    /// Confirmed references.
    manna: i64,
    /// Suspect ones.
    suspect: i64,
    /// Where the church's page is, `/church/{slug}`; null while the database is away.
    church_slug: Option<String>,
}

/// Lists sermons.
///
/// While the database is away, those of the last export; `X-MannaMeter-Source` says so, and `q` looks at titles and
/// churches alone.
#[utoipa::path(
    get, path = "/api/videos", tag = "sermons", params(ListParams),
    responses(
        (status = 200, description = "A page of the list", body = ListBody),
        (status = 400, description = "A parameter is not understood", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn videos(
    State(state): State<AppState>,
    QueryString(params): QueryString<ListParams>,
) -> Result<Response, AppError> {
    let (VideoPage { videos, next_cursor, total }, source) = state.reads.videos(&params.query()?).await?;
    Ok((CachePolicy::NoStore, source, Json(ListBody { videos, next_cursor, total })).into_response())
}
