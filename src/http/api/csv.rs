//! `GET /export.csv`: one row per sermon, for spreadsheets (RFC 4180).

use std::io;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::snapshot;
use crate::{
    domain::{Canon, Document, Sha256, VideoId},
    http::{
        cache::{CachePolicy, ETag},
        error::AppError,
        problem::ProblemBody,
        reader::ReadSource,
        state::AppState,
    },
    store::StoreState,
};

/// The header row.
const COLUMNS: [&str; 16] = [
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
];

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
    let canon = state.settings.canon;
    let (documents, source) = state.reader.documents().await?;
    let tag = match source {
        ReadSource::Database => Some(tag(&COLUMNS, canon, &state.store.state().await?)),
        ReadSource::Export(_) | ReadSource::Spool => None,
    };
    if tag.is_some_and(|tag| tag.matches(&headers)) {
        return Ok((StatusCode::NOT_MODIFIED, CachePolicy::Shared, tag, ()).into_response());
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, r#"attachment; filename="mannameter.csv""#),
    ];
    let body = snapshot::body(&state, documents, CsvWriter { canon }).await?;
    Ok((CachePolicy::Shared, tag, source, headers, body).into_response())
}

/// Returns the entity tag of a table with these columns for a state of the data. If a write happens at the same time,
/// the table can be newer than its tag. That costs one extra download but never serves old data.
pub(super) fn tag(columns: &[&str], canon: Canon, state: &StoreState) -> ETag {
    let StoreState { epoch, seq, digest, .. } = state;
    ETag::new(Sha256::digest(format!("{columns:?} {canon} {epoch} {seq} {digest}").as_bytes()))
}

struct CsvWriter {
    canon: Canon,
}

impl snapshot::DocumentWriter for CsvWriter {
    fn start(&mut self) -> Vec<u8> {
        row(COLUMNS).expect("writing to memory does not fail")
    }

    fn document(&mut self, id: &VideoId, document: &str) -> io::Result<Vec<u8>> {
        let value = serde_json::from_str(document)?;
        let document = Document::from_legacy(id.as_str(), value).map_err(io::Error::other)?;
        row(cells(&document, self.canon))
    }

    fn end(&mut self) -> Vec<u8> {
        Vec::new()
    }
}

fn cells(document: &Document, canon: Canon) -> [String; COLUMNS.len()] {
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
    ]
}

/// Prepends an apostrophe to text that a spreadsheet would interpret as a formula (OWASP, "CSV injection").
pub(super) fn text_cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}") } else { text.to_owned() }
}

/// Writes a row.
pub(super) fn row<I: AsRef<[u8]>>(cells: impl IntoIterator<Item = I>) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(cells)?;
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_needed_and_are_never_formulas() {
        let written =
            row([text_cell("=HYPERLINK(\"x\")"), text_cell("a, \"b\"\nc"), text_cell("plain")]).expect("memory");
        assert_eq!(
            String::from_utf8(written).expect("UTF-8"),
            "\"'=HYPERLINK(\"\"x\"\")\",\"a, \"\"b\"\"\nc\",plain\r\n"
        );
    }
}
