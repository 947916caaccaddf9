//! Background maintenance: when each task is due, which instance runs it, and the result of its last run.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::StoreError;

/// A task and its last run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MaintenanceEntry {
    /// Name of the task.
    pub task: String,
    /// When the task is due.
    pub due_at: DateTime<Utc>,
    /// End of the lease, while an instance runs the task.
    pub held_until: Option<DateTime<Utc>>,
    /// When the last run started.
    pub started_at: Option<DateTime<Utc>>,
    /// When the last run finished.
    pub finished_at: Option<DateTime<Utc>>,
    /// Whether the last run succeeded, or `None` if the task has never run.
    pub ok: Option<bool>,
    /// Human-readable result of the last run.
    pub message: Option<String>,
    /// When the task last succeeded.
    pub ok_at: Option<DateTime<Utc>>,
}

/// A finished run of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaintenanceOutcome {
    /// Name of the task.
    pub task: &'static str,
    /// Whether the run succeeded.
    pub ok: bool,
    /// Human-readable result.
    pub message: String,
    /// When the run started.
    pub started_at: DateTime<Utc>,
    /// When the run finished.
    pub at: DateTime<Utc>,
    /// When the task is due again.
    pub due_at: DateTime<Utc>,
}

/// The schedule of background maintenance. An instance holds a task by a lease, which expires if the instance dies.
/// Leases and due times are measured with [`Store::now`](super::Store::now).
#[async_trait]
pub trait MaintenanceRepository: Send + Sync {
    /// Returns all tasks, sorted by name.
    async fn maintenance(&self) -> Result<Vec<MaintenanceEntry>, StoreError>;
    /// Registers a task that is first due at `first`. If the task is already registered, makes it due no later than
    /// `latest`.
    async fn schedule_maintenance(
        &self,
        task: &'static str,
        first: DateTime<Utc>,
        latest: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Leases a task. Returns `false` if the task is not due or another instance holds it.
    async fn claim_maintenance(&self, task: &'static str, holder: &str, lease: TimeDelta) -> Result<bool, StoreError>;
    /// Extends the lease. Returns `false` if another instance now holds the task.
    async fn renew_maintenance(&self, task: &'static str, holder: &str, lease: TimeDelta) -> Result<bool, StoreError>;
    /// Records a finished run and releases the lease.
    async fn finish_maintenance(&self, outcome: &MaintenanceOutcome) -> Result<(), StoreError>;
}
