//! `GET /backup/cleanup`: the backups that a cleanup would remove.

use askama::Template;
use axum::{extract::State, response::Response};

use crate::{
    http::{
        error::AppError,
        state::AppState,
        web::{
            format,
            login::{AdminPage, render_private},
            page::Page,
        },
    },
    safety::backup::{CleanupPlan, Decision},
};

/// The cleanup page.
#[derive(Debug, Template)]
#[template(path = "cleanup.html")]
struct CleanupPage {
    page: Page,
    /// Number and total size, such as `3 backups, 1.2 MB`.
    removed: String,
    /// Number of backups to remove, such as `3 backups`.
    remove_count: String,
    keep_count: String,
    remove: Vec<DecisionRow>,
    keep: Vec<DecisionRow>,
}

/// A backup and the reason why it is removed or kept.
#[derive(Debug)]
struct DecisionRow {
    name: String,
    size: String,
    reason: String,
}

/// Shows the page without removing anything.
#[tracing::instrument(skip_all)]
pub(in crate::http::web) async fn cleanup(
    State(state): State<AppState>,
    page: Page,
    AdminPage(_): AdminPage,
) -> Result<Response, AppError> {
    Ok(render_private(&CleanupPage::new(page, state.backups.plan_cleanup().await?)))
}

impl CleanupPage {
    fn new(page: Page, plan: CleanupPlan) -> Self {
        let rows = |decisions: Vec<Decision>| decisions.into_iter().map(DecisionRow::from).collect();
        let remove_count = format::count(plan.remove.len() as u64, "backup");
        Self {
            page,
            removed: format!("{remove_count}, {}", format::bytes(plan.freed_bytes)),
            remove_count,
            keep_count: format::count(plan.keep.len() as u64, "backup"),
            remove: rows(plan.remove),
            keep: rows(plan.keep),
        }
    }
}

impl From<Decision> for DecisionRow {
    fn from(Decision { name, bytes, reason }: Decision) -> Self {
        Self { name: name.to_string(), size: format::bytes(bytes), reason }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use super::*;
    use crate::safety::backup::BackupName;

    /// Renders the sample pages: a plan that removes a backup, and one that removes nothing.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let name = BackupName::parse("database_backup_20260531T100000Z_1.json.b64").expect("a name");
        let decision = |reason: &str| Decision { name: name.clone(), bytes: 7, reason: reason.to_owned() };
        let plan = CleanupPlan {
            applied: false,
            remove: vec![decision("old")],
            keep: vec![decision("recent")],
            freed_bytes: 7,
            offsite: None,
            offsite_error: None,
        };
        let nothing = CleanupPlan { remove: Vec::new(), ..plan.clone() };
        [plan, nothing].map(|plan| CleanupPage::new(page.clone(), plan).render().expect("a page")).into()
    }
}
