//! Writes the audit log, which records who did what with admin rights.

use serde_json::Value;

use super::state::AppState;
use crate::store::AuditEntry;

/// Adds an entry to the audit log and to the process log.
///
/// Backups can be listed and downloaded while the database is unreachable. The entry is then written to the
/// process log only.
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
        tracing::error!(%error, action, subject, "could not write to the audit log: the entry is in this log only");
    }
}
