//! `GET /export/references.csv`: one row per reference.

use std::io;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    csv::{row, tag, text_cell},
    snapshot,
};
use crate::{
    domain::{Canon, CountedAs, Document, Kind, Reference, VideoId},
    http::{cache::CachePolicy, error::AppError, problem::ProblemBody, reader::ReadSource, state::AppState},
};

/// The header row.
const COLUMNS: [&str; 16] = [
    "video_id",
    "title",
    "channel",
    "published_at",
    "osis",
    "book",
    "chapter",
    "verse",
    "end_chapter",
    "end_verse",
    "kind",
    "counted_as",
    "start_seconds",
    "repaired",
    "text",
    "context",
];

/// Exports every reference of every sermon, one row each, in the order of the transcripts.
///
/// `counted_as` is `confirmed` (part of the manna), `suspect`, `contextual`, `deuterocanonical` or `withdrawn`. Sermons
/// that are not measured are left out, as are documents of the previous system that have not been reanalyzed.
#[utoipa::path(
    get, path = "/export/references.csv", tag = "export",
    responses(
        (status = 200, description = "The table", content_type = "text/csv", body = String, headers(("ETag" = String))),
        (status = 304, description = "Not changed since `If-None-Match`"),
        (status = 503, description = "The database is unreachable, or the server is busy", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn references(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, AppError> {
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
        (header::CONTENT_DISPOSITION, r#"attachment; filename="references.csv""#),
    ];
    let body = snapshot::body(&state, documents, ReferenceWriter { canon }).await?;
    Ok((CachePolicy::Shared, tag, source, headers, body).into_response())
}

struct ReferenceWriter {
    canon: Canon,
}

impl snapshot::DocumentWriter for ReferenceWriter {
    fn start(&mut self) -> Vec<u8> {
        row(COLUMNS).expect("writing to memory does not fail")
    }

    fn document(&mut self, id: &VideoId, document: &str) -> io::Result<Vec<u8>> {
        let value = serde_json::from_str(document)?;
        let document = Document::from_legacy(id.as_str(), value).map_err(io::Error::other)?;
        let mut rows = Vec::new();
        if document.unmeasured_language().is_none() {
            for reference in document.references.iter().flatten() {
                rows.extend(row(cells(&document, reference, self.canon))?);
            }
        }
        Ok(rows)
    }

    fn end(&mut self) -> Vec<u8> {
        Vec::new()
    }
}

fn cells(document: &Document, reference: &Reference, canon: Canon) -> [String; COLUMNS.len()] {
    let number = |number: Option<u16>| number.map(|number| number.to_string()).unwrap_or_default();
    let kind = match reference.kind {
        Kind::Explicit => "explicit",
        Kind::Book => "book",
        Kind::Contextual => "contextual",
    };
    let counted_as = match CountedAs::of(reference, canon) {
        CountedAs::Confirmed => "confirmed",
        CountedAs::Suspect => "suspect",
        CountedAs::Contextual => "contextual",
        CountedAs::Deuterocanonical => "deuterocanonical",
        CountedAs::Withdrawn => "withdrawn",
    };
    [
        document.video_id.to_string(),
        text_cell(&document.title),
        text_cell(&document.channel),
        text_cell(document.published_at.as_deref().unwrap_or_default()),
        text_cell(&reference.osis),
        reference.book.name().to_owned(),
        number(reference.chapter),
        number(reference.verse),
        number(reference.end_chapter),
        number(reference.end_verse),
        kind.to_owned(),
        counted_as.to_owned(),
        reference.start_seconds.map(|seconds| seconds.to_string()).unwrap_or_default(),
        reference.repaired.to_string(),
        text_cell(&reference.text),
        text_cell(&reference.context),
    ]
}
