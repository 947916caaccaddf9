//! What is asked of a store about the audit.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::StoreError;

/// A line of the audit: who did what that changes or shows protected things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// UUIDv7.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: `admin`, `cli`, `server`.
    pub actor: String,
    /// What, such as `video.delete`.
    pub action: String,
    /// On what.
    pub subject: String,
    /// How it ended, and what else is worth knowing.
    pub detail: serde_json::Value,
}

/// The audit.
#[async_trait]
pub trait AuditRepository: Send + Sync {
    /// Writes a line.
    async fn record_audit(&self, entry: &AuditEntry) -> Result<(), StoreError>;
    /// The last lines, newest first.
    async fn audit(&self, limit: u16) -> Result<Vec<AuditEntry>, StoreError>;
}
