//! What is asked of a store about what is done by itself: when it is due, who is at it, and how it went.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::StoreError;

/// A task as it is noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MaintenanceEntry {
    /// Which.
    pub task: String,
    /// When it is done next.
    pub due_at: DateTime<Utc>,
    /// Until when somebody is at it, unless they end before.
    pub held_until: Option<DateTime<Utc>>,
    /// When it was begun last.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended last.
    pub finished_at: Option<DateTime<Utc>>,
    /// Whether it went well then; none if it was never done.
    pub ok: Option<bool>,
    /// What came of it.
    pub words: Option<String>,
    /// When it last went well.
    pub ok_at: Option<DateTime<Utc>>,
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaintenanceOutcome {
    /// Which.
    pub task: &'static str,
    /// Whether it went well.
    pub ok: bool,
    /// What came of it.
    pub words: String,
    /// When it was begun.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub at: DateTime<Utc>,
    /// When it is done next.
    pub due_at: DateTime<Utc>,
}

/// What is done by itself. Whoever claims a task that is due holds it by a lease, which a dead instance loses.
#[async_trait]
pub trait MaintenanceRepository: Send + Sync {
    /// Every task that is known, in the order of names.
    async fn maintenance(&self) -> Result<Vec<MaintenanceEntry>, StoreError>;
    /// Makes a task known, to be done `first`; one that is known already is due at `latest` at the latest.
    async fn schedule_maintenance(
        &self,
        task: &'static str,
        first: DateTime<Utc>,
        latest: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Takes a task that is due and that nobody holds; `false` if there is nothing to do.
    async fn claim_maintenance(
        &self,
        task: &'static str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<bool, StoreError>;
    /// Holds a task for longer; `false` if it is another's by now.
    async fn renew_maintenance(&self, task: &'static str, holder: &str, until: DateTime<Utc>) -> Result<bool, StoreError>;
    /// Notes how a task ended and lets it go.
    async fn finish_maintenance(&self, end: &MaintenanceOutcome) -> Result<(), StoreError>;
}
