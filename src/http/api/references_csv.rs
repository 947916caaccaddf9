//! `GET /export/references.csv`: one row per reference.

use axum::{extract::State, http::HeaderMap, response::Response};

use super::csv::{DocumentTable, text_cell};
use crate::{
    domain::{Canon, CountedAs, Document, Kind, Reference},
    http::{error::AppError, problem::ProblemBody, state::AppState},
};

/// The table.
const REFERENCES: DocumentTable<18> = DocumentTable {
    columns: [
        "video_id",
        "title",
        "channel",
        "speaker",
        "series",
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
    ],
    disposition: r#"attachment; filename="references.csv""#,
    rows,
};

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
    REFERENCES.respond(&state, &headers).await
}

fn rows(document: &Document, canon: Canon) -> Vec<[String; 18]> {
    if document.unmeasured_language().is_some() {
        return Vec::new();
    }
    document.references.iter().flatten().map(|reference| cells(document, reference, canon)).collect()
}

fn cells(document: &Document, reference: &Reference, canon: Canon) -> [String; 18] {
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
        text_cell(document.speaker.as_deref().unwrap_or_default()),
        text_cell(document.series.as_deref().unwrap_or_default()),
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
