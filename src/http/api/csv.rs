//! Tables for spreadsheets (RFC 4180), with rows for each sermon.

use std::io;

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::snapshot;
use crate::{
    domain::{Canon, Document, Sha256, VideoId},
    http::{
        cache::{CachePolicy, ETag},
        error::AppError,
        reader::ReadSource,
        state::AppState,
    },
    store::StoreState,
};

/// The content type of a table.
pub(super) const CONTENT_TYPE: &str = "text/csv; charset=utf-8; header=present";

/// A table that is made from every stored document.
#[derive(Clone, Copy)]
pub(super) struct DocumentTable<const COLUMNS: usize> {
    /// The header row.
    pub(super) columns: [&'static str; COLUMNS],
    /// The header `Content-Disposition`, with the name of the file.
    pub(super) disposition: &'static str,
    /// Returns the rows of a document.
    pub(super) rows: fn(&Document, Canon) -> Vec<[String; COLUMNS]>,
}

impl<const COLUMNS: usize> DocumentTable<COLUMNS> {
    /// Responds with the table, or with 304 if the client has the current one.
    pub(super) async fn respond(self, state: &AppState, headers: &HeaderMap) -> Result<Response, AppError> {
        let canon = state.settings.canon;
        let (documents, source) = state.reader.documents().await?;
        let tag = match source {
            ReadSource::Database => Some(self.tag(canon, &state.store.state().await?)),
            ReadSource::Export(_) | ReadSource::Spool => None,
        };
        if tag.is_some_and(|tag| tag.matches(headers)) {
            return Ok((StatusCode::NOT_MODIFIED, CachePolicy::Shared, tag, ()).into_response());
        }
        let headers = [(header::CONTENT_TYPE, CONTENT_TYPE), (header::CONTENT_DISPOSITION, self.disposition)];
        let body = snapshot::body(state, documents, TableWriter { table: self, canon }).await?;
        Ok((CachePolicy::Shared, tag, source, headers, body).into_response())
    }

    /// Returns the entity tag of the table for a state of the data. If a write happens at the same time, the table can
    /// be newer than its tag. That costs one extra download but never serves old data.
    fn tag(&self, canon: Canon, state: &StoreState) -> ETag {
        let StoreState { epoch, seq, digest, .. } = state;
        ETag::new(Sha256::digest(format!("{:?} {canon} {epoch} {seq} {digest}", self.columns).as_bytes()))
    }
}

struct TableWriter<const COLUMNS: usize> {
    table: DocumentTable<COLUMNS>,
    canon: Canon,
}

impl<const COLUMNS: usize> snapshot::DocumentWriter for TableWriter<COLUMNS> {
    fn start(&mut self) -> Vec<u8> {
        row(self.table.columns).expect("writing to memory does not fail")
    }

    fn document(&mut self, id: &VideoId, document: &str) -> io::Result<Vec<u8>> {
        let value = serde_json::from_str(document)?;
        let document = Document::from_legacy(id.as_str(), value).map_err(io::Error::other)?;
        let mut rows = Vec::new();
        for cells in (self.table.rows)(&document, self.canon) {
            rows.extend(row(cells)?);
        }
        Ok(rows)
    }

    fn end(&mut self) -> Vec<u8> {
        Vec::new()
    }
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
