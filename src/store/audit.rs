//! The audit log.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::StoreError;
use crate::domain::VideoId;

/// An entry in the audit log: who changed or read protected data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// ID of the entry (UUIDv7).
    pub id: Uuid,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Who did it, such as `admin`, `cli` or `server`.
    pub actor: String,
    /// What was done, such as `video.delete`.
    pub action: String,
    /// The affected sermon, backup or tables.
    pub subject: String,
    /// The outcome and other details.
    pub detail: serde_json::Value,
}

/// The audit log.
#[async_trait]
pub trait AuditRepository: Send + Sync {
    /// Appends an entry.
    async fn record_audit(&self, entry: &AuditEntry) -> Result<(), StoreError>;
    /// Returns the most recent entries, newest first.
    async fn audit(&self, limit: u16) -> Result<Vec<AuditEntry>, StoreError>;
    /// Returns the most recent entry with this action.
    async fn last_with_action(&self, action: &str) -> Result<Option<AuditEntry>, StoreError>;
    /// Returns the most recent submission that changed this sermon after it was first added.
    async fn last_change(&self, id: &VideoId) -> Result<Option<AuditEntry>, StoreError>;
}
