//! `GET /audit`: the log of everything done with admin rights.

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    format::{self, Time},
    login::{AdminPage, render_private},
    page::Page,
};
use crate::{
    http::{error::AppError, state::AppState},
    store::AuditEntry,
};

/// Maximum number of entries on the page.
const ENTRIES: u16 = 200;

/// The audit log page.
#[derive(Debug, Template)]
#[template(path = "audit.html")]
struct AuditPage {
    page: Page,
    rows: Vec<AuditRow>,
    /// Whether there may be older entries.
    is_cut: bool,
}

/// A row of the audit log.
#[derive(Debug)]
struct AuditRow {
    at: Time,
    actor: String,
    action: String,
    subject: String,
    result: String,
    address: String,
    failed: bool,
}

/// Shows the page.
#[tracing::instrument(skip_all)]
pub(super) async fn audit(
    State(state): State<AppState>,
    page: Page,
    AdminPage(_): AdminPage,
) -> Result<Response, AppError> {
    Ok(render_private(&AuditPage::new(page, state.store.audit(ENTRIES).await?)))
}

impl AuditPage {
    fn new(page: Page, entries: Vec<AuditEntry>) -> Self {
        let is_cut = entries.len() >= usize::from(ENTRIES);
        Self { page, is_cut, rows: entries.into_iter().map(AuditRow::from).collect() }
    }
}

impl From<AuditEntry> for AuditRow {
    fn from(AuditEntry { at, actor, action, subject, detail, .. }: AuditEntry) -> Self {
        let text = |name: &str| detail[name].as_str().unwrap_or_default().to_owned();
        // Entries written by earlier builds have `words` or `why`.
        let result =
            ["message", "words", "why", "outcome", "title"].map(text).into_iter().find(|result| !result.is_empty());
        Self {
            at: Time::new(at),
            failed: action == "admin.refused" || text("outcome") == "failed",
            result: result.map_or_else(|| "Done".to_owned(), |result| format::capitalized(&result)),
            address: text("address"),
            actor,
            action,
            subject,
        }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use chrono::DateTime;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    /// Renders the sample pages: without entries, and with a success, a rejected attempt and a deletion.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let entry = |action: &str, detail| AuditEntry {
            id: Uuid::nil(),
            at: DateTime::UNIX_EPOCH,
            actor: "admin".to_owned(),
            action: action.to_owned(),
            subject: "<xss>".to_owned(),
            detail,
        };
        let entries = vec![
            entry("backup.create", json!({ "outcome": "done", "message": "a <line>", "address": "10.0.0.1" })),
            entry("admin.refused", json!({ "message": "wrong token", "address": "10.0.0.1" })),
            entry("video.delete", json!({ "seq": 7, "title": "a <line>" })),
        ];
        [Vec::new(), entries].map(|entries| AuditPage::new(page.clone(), entries).render().expect("a page")).into()
    }
}
