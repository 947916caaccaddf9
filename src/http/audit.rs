//! Writes down who did what with the admin routes.

use serde_json::Value;

use super::state::AppState;
use crate::store::AuditEntry;

/// Writes a line into the audit and into the log.
///
/// Backups can be looked at and given out while the database is away; then the line is in the log alone.
pub(super) async fn record(state: &AppState, actor: &str, action: &str, subject: &str, detail: Value) {
    tracing::info!(actor, action, subject, %detail, "audit");
    let entry = AuditEntry {
        id: state.clock.new_id(),
        at: state.clock.now(),
        actor: actor.to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        detail,
    };
    if let Err(error) = state.store.record_audit(&entry).await {
        tracing::error!(%error, action, subject, "the audit could not be written: it is in this log alone");
    }
}
