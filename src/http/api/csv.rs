//! `GET /export.csv`: one line a sermon, for spreadsheets (RFC 4180).

use std::io;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::snapshot;
use crate::{
    domain::{Document, Sha256, VideoId},
    http::{
        cache::{CachePolicy, ETag},
        error::AppError,
        problem::ProblemBody,
        state::AppState,
    },
    store::StoreState,
};

/// The names of the columns.
const COLUMNS: [&str; 14] = [
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
];

/// One line for each sermon, with its numbers; `books` lists the confirmed ones, such as `John 3; Romans 1`.
#[utoipa::path(
    get, path = "/export.csv", tag = "export",
    responses(
        (status = 200, description = "The table", content_type = "text/csv", body = String, headers(("ETag" = String))),
        (status = 304, description = "It has not changed since `If-None-Match`"),
        (status = 503, description = "The database is away", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn table(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, AppError> {
    let tag = tag(&state.store.state().await?);
    if tag.is_known(&headers) {
        return Ok((StatusCode::NOT_MODIFIED, CachePolicy::Shared, tag, ()).into_response());
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, r#"attachment; filename="mannameter.csv""#),
    ];
    Ok((CachePolicy::Shared, tag, headers, snapshot::body(state.store, Table)).into_response())
}

/// The tag of the table in this state of the data. A write that comes between makes the table newer than its tag, so
/// that it is asked for once more, never less.
fn tag(state: &StoreState) -> ETag {
    let StoreState { epoch, seq, digest, .. } = state;
    ETag::new(Sha256::of(format!("{COLUMNS:?} {epoch} {seq} {digest}").as_bytes()))
}

struct Table;

impl snapshot::Writer for Table {
    fn head(&mut self) -> Vec<u8> {
        line(COLUMNS).expect("writing to memory does not fail")
    }

    fn document(&mut self, id: &VideoId, document: &str) -> io::Result<Vec<u8>> {
        let value = serde_json::from_str(document)?;
        let document = Document::from_legacy(id.as_str(), value).map_err(io::Error::other)?;
        line(cells(&document))
    }

    fn tail(&mut self) -> Vec<u8> {
        Vec::new()
    }
}

fn cells(document: &Document) -> [String; COLUMNS.len()] {
    let counted = document.counts.iter().filter(|(_, count)| **count > 0);
    let books: Vec<_> = counted.map(|(book, count)| format!("{book} {count}")).collect();
    [
        document.video_id.to_string(),
        harmless(&document.title),
        harmless(&document.channel),
        harmless(&document.channel_url),
        harmless(&document.location),
        harmless(document.published_at.as_deref().unwrap_or_default()),
        harmless(&document.processed_at),
        document.duration_seconds.map(|seconds| seconds.to_string()).unwrap_or_default(),
        harmless(document.language.as_deref().unwrap_or_default()),
        document.stats.scripture_references.to_string(),
        document.stats.suspect_references.to_string(),
        document.stats.false_positives.to_string(),
        document.stats.total_matches.to_string(),
        harmless(&books.join("; ")),
    ]
}

/// A text that no spreadsheet takes for a formula (OWASP, "CSV injection"): an apostrophe stands before what begins one.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}") } else { text.to_owned() }
}

fn line<I: AsRef<[u8]>>(cells: impl IntoIterator<Item = I>) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(cells)?;
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_it_must_be_and_never_a_formula() {
        let written =
            line([harmless("=HYPERLINK(\"x\")"), harmless("a, \"b\"\nc"), harmless("plain")]).expect("memory");
        assert_eq!(
            String::from_utf8(written).expect("UTF-8"),
            "\"'=HYPERLINK(\"\"x\"\")\",\"a, \"\"b\"\"\nc\",plain\r\n"
        );
    }
}
