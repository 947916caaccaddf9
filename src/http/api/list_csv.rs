//! `GET /api/videos.csv`: the list of sermons as a table, with the same filters as `GET /api/videos`.

use std::{io, sync::Arc};

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt as _, stream};

use super::{
    csv::{CONTENT_TYPE, row, text_cell},
    videos::ListParams,
};
use crate::{
    http::{
        body::QueryString, cache::CachePolicy, error::AppError, problem::ProblemBody, reader::SermonReader,
        state::AppState,
    },
    store::{VideoPage, VideoQuery, VideoSummary},
};

/// Number of sermons to read at a time.
const PAGE_SIZE: u16 = 200;

/// The header row.
const COLUMNS: [&str; 14] = [
    "video_id",
    "title",
    "channel",
    "channel_url",
    "speaker",
    "series",
    "location",
    "published_at",
    "processed_at",
    "duration_seconds",
    "manna",
    "suspect",
    "deuterocanonical",
    "not_measured",
];

/// Exports the sermons of a filtered list, one row each. For sermons that are not measured, the number columns are
/// empty.
///
/// `cursor` and `limit` are ignored: the table contains the full list. If the connection closes early, the table is
/// incomplete.
#[utoipa::path(
    get, path = "/api/videos.csv", tag = "export", params(ListParams),
    responses(
        (status = 200, description = "The table", content_type = "text/csv", body = String),
        (status = 400, description = "Invalid parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The database is unreachable, or the export cannot be read", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn list(
    State(state): State<AppState>,
    QueryString(params): QueryString<ListParams>,
) -> Result<Response, AppError> {
    let whole = ListParams { cursor: None, limit: None, ..params };
    let mut query = VideoQuery { limit: PAGE_SIZE, ..whole.query()? };
    // The first page is read before the response starts, so that a failure is reported with the right status.
    let (first, source) = state.reader.videos(&query).await?;
    let mut table = row(COLUMNS)?;
    table.extend(rows(&first)?);
    query.cursor = first.next_cursor;
    let rest = stream::try_unfold((Arc::clone(&state.reader), query), async |(reader, mut query)| {
        if query.cursor.is_none() {
            return Ok::<_, io::Error>(None);
        }
        let page = read_page(&reader, &query).await?;
        let table = Bytes::from(rows(&page)?);
        query.cursor = page.next_cursor;
        Ok(Some((table, (reader, query))))
    });
    let first = stream::once(async move { Ok(Bytes::from(table)) });
    let headers =
        [(header::CONTENT_TYPE, CONTENT_TYPE), (header::CONTENT_DISPOSITION, r#"attachment; filename="sermons.csv""#)];
    let body = Body::from_stream(first.chain(rest));
    Ok((CachePolicy::NoStore, source, headers, body).into_response())
}

async fn read_page(reader: &SermonReader, query: &VideoQuery) -> io::Result<VideoPage> {
    reader.videos(query).await.map(|(page, _)| page).map_err(io::Error::other)
}

fn rows(page: &VideoPage) -> io::Result<Vec<u8>> {
    let mut table = Vec::new();
    for sermon in &page.videos {
        table.extend(row(cells(sermon))?);
    }
    Ok(table)
}

fn cells(sermon: &VideoSummary) -> [String; COLUMNS.len()] {
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    [
        sermon.video_id.to_string(),
        text_cell(&sermon.title),
        text_cell(&sermon.channel),
        text_cell(&sermon.channel_url),
        text_cell(sermon.speaker.as_deref().unwrap_or_default()),
        text_cell(sermon.series.as_deref().unwrap_or_default()),
        text_cell(&sermon.location),
        text_cell(sermon.published_at.as_deref().unwrap_or_default()),
        sermon.processed_at.to_rfc3339(),
        sermon.duration_seconds.map(|seconds| seconds.to_string()).unwrap_or_default(),
        number(sermon.manna),
        number(sermon.suspect),
        number(sermon.deuterocanonical),
        text_cell(sermon.not_measured.as_deref().unwrap_or_default()),
    ]
}
