//! Background maintenance: a daily backup, a weekly restore drill, a monthly scrub and, if enabled, a daily cleanup.
//!
//! The schedule is stored in the database, so it survives a restart. Several instances may share a database, so a task
//! runs only on the instance that holds its lease. The lease lasts a minute and is renewed while the task runs. A dead
//! instance therefore loses its lease.

mod status;
mod task;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub use status::TaskStatus;
pub use task::{MaintenanceSettings, MaintenanceTask};

use super::{
    Backups, Drill,
    backup::{BackupKind, Condition, Verdict},
    drill::{DrillError, DrillReport},
    plural::count,
    restore::RestoreProgress,
};
use crate::{
    clock::Clock,
    store::{MaintenanceOutcome, Store, StoreError},
};

/// How long a lease lasts.
const LEASE: TimeDelta = TimeDelta::seconds(60);

/// How often to renew the lease of a running task.
const RENEW_INTERVAL: Duration = Duration::from_secs(15);

/// How often to check whether a task is due.
const POLL_INTERVAL: Duration = Duration::from_secs(30);

/// Delay before a failed task is retried, unless its interval is shorter.
const RETRY_AFTER: TimeDelta = TimeDelta::hours(1);

/// How long jobs are kept after they end.
const JOB_RETENTION: TimeDelta = TimeDelta::days(30);

/// How often old jobs are removed.
const PRUNE_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// Runs the maintenance tasks.
#[derive(Debug)]
pub struct Maintenance {
    store: Arc<dyn Store>,
    backups: Arc<Backups>,
    drill: Drill,
    clock: Arc<dyn Clock>,
    settings: MaintenanceSettings,
    /// ID of this process as a lease holder.
    holder: String,
    /// When old jobs were last removed.
    pruned_at: Mutex<Option<DateTime<Utc>>>,
}

/// A message about what a task did, or why it failed.
type TaskResult = Result<String, Box<dyn std::error::Error + Send + Sync>>;

impl Maintenance {
    /// Creates the service; [`Maintenance::run`] starts it.
    pub fn new(
        store: Arc<dyn Store>,
        backups: Arc<Backups>,
        drill: Drill,
        clock: Arc<dyn Clock>,
        settings: MaintenanceSettings,
    ) -> Self {
        let holder = clock.new_id().to_string();
        Self { store, backups, drill, clock, settings, holder, pruned_at: Mutex::default() }
    }

    /// Runs tasks as they become due, until the token is canceled.
    pub async fn run(&self, token: CancellationToken) {
        if let Err(error) = self.drill.clean_up().await {
            tracing::warn!(%error, "could not check for leftovers of a killed drill");
        }
        loop {
            let polled = tokio::select! {
                () = token.cancelled() => break,
                polled = self.tick() => polled,
            };
            if let Err(error) = polled {
                tracing::debug!(%error, "could not check which tasks are due");
            }
            tokio::select! {
                () = token.cancelled() => break,
                () = sleep(POLL_INTERVAL) => {}
            }
        }
    }

    /// Runs every task that is due and not leased by another instance, and returns those tasks.
    pub async fn tick(&self) -> Result<Vec<MaintenanceTask>, StoreError> {
        let mut done = Vec::new();
        // If nothing is due, the only other query is for the time.
        let entries = self.store.maintenance().await?;
        self.prune_jobs().await?;
        for task in MaintenanceTask::ALL {
            let Some(interval) = self.settings.interval(task) else { continue };
            let now = self.store.now().await?;
            let due_at = entries.iter().find(|entry| entry.task == task.name()).map(|entry| entry.due_at);
            if due_at.is_none_or(|due_at| due_at > now + interval) {
                self.store.schedule_maintenance(task.name(), now + task.first_delay(interval), now + interval).await?;
            } else if due_at.is_some_and(|due_at| due_at <= now)
                && self.store.claim_maintenance(task.name(), &self.holder, LEASE).await?
            {
                let result = self.with_lease(task, self.run_task(task)).await;
                self.record(task, now, &result).await?;
                done.push(task);
            }
        }
        Ok(done)
    }

    /// Removes jobs that ended long ago. Every instance does so once an hour.
    async fn prune_jobs(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let pruned_at = *self.pruned_at.lock().unwrap_or_else(PoisonError::into_inner);
        if pruned_at.is_some_and(|pruned_at| now - pruned_at < PRUNE_INTERVAL) {
            return Ok(());
        }
        let pruned = self.store.prune_jobs(now - JOB_RETENTION).await?;
        if pruned > 0 {
            tracing::info!(jobs = pruned, "removed jobs that ended more than 30 days ago");
        }
        *self.pruned_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        Ok(())
    }

    /// Returns the status of every task as recorded in the database.
    pub async fn status(&self) -> Result<Vec<TaskStatus>, StoreError> {
        let entries = self.store.maintenance().await?;
        let now = self.store.now().await?;
        let status = |task: MaintenanceTask| {
            let entry = entries.iter().find(|entry| entry.task == task.name());
            TaskStatus::new(task, self.settings.interval(task), entry, now)
        };
        Ok(MaintenanceTask::ALL.into_iter().map(status).collect())
    }

    /// Runs a restore drill now and records its result.
    pub async fn run_drill(&self, progress: Arc<dyn RestoreProgress>) -> Result<DrillReport, DrillError> {
        let started_at = self.now().await;
        let drilled = self.drill.run(progress).await;
        let result = match &drilled {
            // The drill that is already running records its own result.
            Err(DrillError::Busy) => return drilled,
            Ok(report) => Ok(report.summary()),
            Err(error) => Err(error.to_string().into()),
        };
        if let Err(error) = self.record(MaintenanceTask::Drill, started_at, &result).await {
            tracing::warn!(%error, "could not record the result of the drill");
        }
        drilled
    }

    /// Returns the database's time, which decides what is due, or this instance's time if the database is unreachable.
    async fn now(&self) -> DateTime<Utc> {
        self.store.now().await.unwrap_or_else(|_| self.clock.now())
    }

    /// Runs `work`, renewing the task's lease until it finishes.
    async fn with_lease(&self, task: MaintenanceTask, work: impl Future<Output = TaskResult>) -> TaskResult {
        tracing::info!(task = task.name(), "maintenance task started");
        tokio::pin!(work);
        loop {
            if let Ok(result) = tokio::time::timeout(RENEW_INTERVAL, &mut work).await {
                return result;
            }
            match self.store.renew_maintenance(task.name(), &self.holder, LEASE).await {
                Ok(true) => {}
                // Running a task twice does no harm.
                Ok(false) => tracing::warn!(task = task.name(), "lost the lease to another instance"),
                Err(error) => tracing::warn!(task = task.name(), %error, "could not renew the lease"),
            }
        }
    }

    /// Records a task's result and schedules its next run.
    async fn record(
        &self,
        task: MaintenanceTask,
        started_at: DateTime<Utc>,
        result: &TaskResult,
    ) -> Result<(), StoreError> {
        let at = self.now().await;
        let interval = self.settings.interval(task).unwrap_or(task.default_interval());
        let delay = if result.is_ok() { interval } else { interval.min(RETRY_AFTER) };
        let message = match result {
            Ok(message) => message.clone(),
            Err(error) => error.to_string(),
        };
        match result {
            Ok(message) => tracing::info!(task = task.name(), message, "maintenance task succeeded"),
            Err(error) => tracing::error!(task = task.name(), %error, "maintenance task failed"),
        }
        let outcome =
            MaintenanceOutcome { task: task.name(), ok: result.is_ok(), message, started_at, at, due_at: at + delay };
        self.store.finish_maintenance(&outcome).await
    }

    async fn run_task(&self, task: MaintenanceTask) -> TaskResult {
        match task {
            MaintenanceTask::Backup => self.back_up().await,
            MaintenanceTask::Drill => Ok(self.drill.run(Arc::new(())).await?.summary()),
            MaintenanceTask::Scrub => self.scrub().await,
            MaintenanceTask::Cleanup => {
                let plan = self.backups.cleanup().await?;
                Ok(format!(
                    "deleted {} ({} bytes), kept {}",
                    count(plan.remove.len(), "backup"),
                    plan.freed_bytes,
                    plan.keep.len()
                ))
            }
        }
    }

    /// Creates a backup, unless there is already a verified backup of the same state.
    async fn back_up(&self) -> TaskResult {
        let state = self.store.state().await?;
        if state.count == 0 {
            return Ok("there are no sermons to back up yet".to_owned());
        }
        let list = self.backups.list().await?;
        let same = list.iter().find(|backup| {
            backup.kind == BackupKind::DatabaseBackup
                && backup.condition == Condition::Verified
                && (backup.epoch, backup.seq) == (Some(state.epoch), Some(state.seq))
        });
        if let Some(same) = same {
            return Ok(format!("nothing has changed since {}", same.name));
        }
        let backup = self.backups.create().await?;
        Ok(format!("created {} with {}", backup.name, count(backup.sermons.unwrap_or_default(), "sermon")))
    }

    /// Verifies every backup.
    async fn scrub(&self) -> TaskResult {
        let checked = self.backups.verify_all(|_| {}).await?;
        let with = |verdict| checked.iter().filter(move |backup| backup.verdict == verdict);
        let damaged: Vec<_> = with(Verdict::Damaged).map(|backup| backup.name.to_string()).collect();
        let message = format!(
            "read {}: {} verified, {} without a manifest, {} damaged",
            count(checked.len(), "backup"),
            with(Verdict::Verified).count(),
            with(Verdict::StructurallyValid).count(),
            damaged.len()
        );
        if damaged.is_empty() { Ok(message) } else { Err(format!("{message}: {}", damaged.join(", ")).into()) }
    }
}
