//! `GET /audit`: who did what with the admin routes.

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    format,
    login::{AdminPage, render_private},
    page::Page,
};
use crate::{
    http::{error::AppError, state::AppState},
    store::AuditEntry,
};

/// Lines on the page.
const LINES: u16 = 200;

/// What the page shows.
#[derive(Debug, Template)]
#[template(path = "audit.html")]
struct AuditPage {
    page: Page,
    lines: Vec<Line>,
}

/// A line of the audit.
#[derive(Debug)]
struct Line {
    at: String,
    actor: String,
    action: String,
    subject: String,
    outcome: String,
    address: String,
    failed: bool,
}

/// Answers the page.
pub(super) async fn audit(
    State(state): State<AppState>,
    page: Page,
    AdminPage(_): AdminPage,
) -> Result<Response, AppError> {
    Ok(render_private(&AuditPage::new(page, state.store.audit(LINES).await?)))
}

impl AuditPage {
    fn new(page: Page, entries: Vec<AuditEntry>) -> Self {
        Self { page, lines: entries.into_iter().map(Line::from).collect() }
    }
}

impl From<AuditEntry> for Line {
    fn from(AuditEntry { at, actor, action, subject, detail, .. }: AuditEntry) -> Self {
        let text = |name: &str| detail[name].as_str().unwrap_or_default().to_owned();
        let words = [text("words"), text("why")].into_iter().find(|words| !words.is_empty());
        Self {
            at: format::moment(at),
            failed: action == "admin.refused" || text("outcome") == "failed",
            outcome: words.unwrap_or_else(|| text("outcome")),
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

    /// The page with nothing, and with a line that went well, one that did not, and one of a deletion.
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
            entry("backup.create", json!({ "outcome": "done", "words": "a <line>", "address": "10.0.0.1" })),
            entry("admin.refused", json!({ "why": "wrong token", "address": "10.0.0.1" })),
            entry("video.delete", json!({ "seq": 7 })),
        ];
        [Vec::new(), entries].map(|entries| AuditPage::new(page.clone(), entries).render().expect("a page")).into()
    }
}
