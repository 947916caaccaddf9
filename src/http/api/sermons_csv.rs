//! `GET /export.csv`: one row per sermon.

use axum::{extract::State, http::HeaderMap, response::Response};

use super::csv::{DocumentTable, text_cell};
use crate::{
    domain::{Canon, Document},
    http::{error::AppError, problem::ProblemBody, state::AppState},
};

/// The table. New columns are added at the end, so that scripts that count columns keep working.
const SERMONS: DocumentTable<18> = DocumentTable {
    columns: [
        "video_id",
        "title",
        "channel",
        "channel_url",
        "location",
        "published_at",
        "processed_at",
        "duration_seconds",
        "language",
        "manna",
        "suspect",
        "false_positives",
        "total_matches",
        "books",
        "deuterocanonical",
        "warnings",
        "speaker",
        "series",
    ],
    disposition: r#"attachment; filename="mannameter.csv""#,
    rows: |document, canon| vec![cells(document, canon)],
};

/// Exports one row per sermon. `books` lists the confirmed references by book, such as `John 3; Romans 1`. References
/// to books outside the canon are only counted in `deuterocanonical`. For a sermon that is not measured, the number
/// columns are empty and `warnings` gives the reason.
#[utoipa::path(
    get, path = "/export.csv", tag = "export",
    responses(
        (status = 200, description = "The table", content_type = "text/csv", body = String, headers(("ETag" = String))),
        (status = 304, description = "Not changed since `If-None-Match`"),
        (status = 503, description = "The database is unreachable, or the server is busy", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn table(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, AppError> {
    SERMONS.respond(&state, &headers).await
}

fn cells(document: &Document, canon: Canon) -> [String; 18] {
    let counts = document.reference_counts(canon);
    let books: Vec<_> = counts.books.iter().map(|(book, count)| format!("{book} {count}")).collect();
    let warnings: Vec<_> = document.warnings.iter().map(|warning| warning.detail.as_str()).collect();
    // A spreadsheet ignores empty cells when it sums a column.
    let is_measured = document.unmeasured_language().is_none();
    let number = |number: u64| if is_measured { number.to_string() } else { String::new() };
    [
        document.video_id.to_string(),
        text_cell(&document.title),
        text_cell(&document.channel),
        text_cell(&document.channel_url),
        text_cell(&document.location),
        text_cell(document.published_at.as_deref().unwrap_or_default()),
        text_cell(&document.processed_at),
        document.duration_seconds.map(|seconds| seconds.to_string()).unwrap_or_default(),
        text_cell(document.language.as_deref().unwrap_or_default()),
        number(counts.confirmed),
        number(counts.suspect),
        number(document.stats.false_positives),
        number(document.stats.total_matches),
        text_cell(&books.join("; ")),
        number(counts.deuterocanonical),
        text_cell(&warnings.join("; ")),
        text_cell(document.speaker.as_deref().unwrap_or_default()),
        text_cell(document.series.as_deref().unwrap_or_default()),
    ]
}
