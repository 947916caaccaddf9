//! What the server does by itself: a daily backup, a weekly drill, a monthly reading of every backup, and, if its owner
//! wants it, a daily cleanup.
//!
//! The database says when each is due and who is at it, so of several instances one does it, and a restart forgets
//! nothing. An instance holds a task by a lease of a minute that it renews; a dead one loses it.

mod task;

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub use task::{Task, MaintenanceSettings};

use super::{
    Backups, Drill,
    backup::{BackupKind, Condition, Verdict},
    drill::{DrillError, Drilled},
    restore::Progress,
};
use crate::{
    clock::Clock,
    store::{Store, StoreError, MaintenanceOutcome, MaintenanceEntry},
};

/// How long a task is held at a time.
const LEASE: TimeDelta = TimeDelta::seconds(60);

/// How often a task that goes on is held for longer.
const RENEW_EVERY: Duration = Duration::from_secs(15);

/// How often it is asked whether something is due.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// What failed is tried again after this, or after its usual time if that is shorter.
const AGAIN_AFTER: TimeDelta = TimeDelta::hours(1);

/// Does what is due.
#[derive(Debug)]
pub struct Maintenance {
    store: Arc<dyn Store>,
    backups: Arc<Backups>,
    drill: Drill,
    clock: Arc<dyn Clock>,
    settings: MaintenanceSettings,
    /// Names this process among those that share the database.
    holder: String,
}

/// How a task stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaskStatus {
    /// Which.
    pub task: Task,
    /// It is done every so many hours; none if it is done on demand alone.
    pub every_hours: Option<i64>,
    /// When it is done next; none if nobody does it by itself.
    pub due_at: Option<DateTime<Utc>>,
    /// Whether somebody is at it.
    pub running: bool,
    /// When it ended last.
    pub finished_at: Option<DateTime<Utc>>,
    /// Whether it went well then; none if it was never done.
    pub ok: Option<bool>,
    /// What came of it.
    pub words: Option<String>,
    /// When it last went well.
    pub ok_at: Option<DateTime<Utc>>,
}

impl TaskStatus {
    /// In a sentence, for people.
    pub fn sentence(&self) -> String {
        let time = |time: DateTime<Utc>| time.format("%-d %B %Y, %H:%M UTC").to_string();
        let last = match (self.running, self.finished_at, self.ok) {
            (true, ..) => "under way now".to_owned(),
            (false, Some(at), Some(ok)) => {
                let words = self.words.as_deref().unwrap_or_default();
                format!("{} on {}: {words}", if ok { "went well" } else { "FAILED" }, time(at))
            }
            _ => "never done yet".to_owned(),
        };
        match self.due_at {
            Some(due) => format!("{last}; next on {}", time(due)),
            None => format!("{last}; not done by itself"),
        }
    }
}

/// What came of a task.
type Outcome = Result<String, Box<dyn std::error::Error + Send + Sync>>;

impl Maintenance {
    /// Nothing is done until [`Maintenance::run`].
    pub fn new(
        store: Arc<dyn Store>,
        backups: Arc<Backups>,
        drill: Drill,
        clock: Arc<dyn Clock>,
        settings: MaintenanceSettings,
    ) -> Self {
        let holder = clock.new_id().to_string();
        Self { store, backups, drill, clock, settings, holder }
    }

    /// Does what is due, until the token is canceled.
    pub async fn run(&self, token: CancellationToken) {
        if let Err(error) = self.drill.clean_up().await {
            tracing::warn!(%error, "could not look for what a killed drill left behind");
        }
        loop {
            let looked = tokio::select! {
                () = token.cancelled() => break,
                looked = self.tick() => looked,
            };
            if let Err(error) = looked {
                tracing::debug!(%error, "could not see what is due");
            }
            tokio::select! {
                () = token.cancelled() => break,
                () = sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Does what is due now and nobody else is at; gives what was done.
    pub async fn tick(&self) -> Result<Vec<Task>, StoreError> {
        let mut done = Vec::new();
        // A look is one read, unless there is something to do.
        let known = self.store.maintenance().await?;
        for task in Task::ALL {
            let Some(every) = self.settings.every(task) else { continue };
            let now = self.clock.now();
            let due_at = known.iter().find(|entry| entry.task == task.name()).map(|entry| entry.due_at);
            if due_at.is_none_or(|due_at| due_at > now + every) {
                self.store.schedule_maintenance(task.name(), now + task.first(every), now + every).await?;
            } else if due_at.is_some_and(|due_at| due_at <= now)
                && self.store.claim_maintenance(task.name(), &self.holder, now, now + LEASE).await?
            {
                let outcome = self.holding(task, self.work(task)).await;
                self.end(task, now, &outcome).await?;
                done.push(task);
            }
        }
        Ok(done)
    }

    /// How each task stands, as the database says.
    pub async fn status(&self) -> Result<Vec<TaskStatus>, StoreError> {
        let entries = self.store.maintenance().await?;
        let now = self.clock.now();
        let status = |task: Task| {
            let entry = entries.iter().find(|entry| entry.task == task.name());
            let every = self.settings.every(task);
            let of = |what: fn(&MaintenanceEntry) -> Option<DateTime<Utc>>| entry.and_then(what);
            TaskStatus {
                task,
                every_hours: every.map(|every| every.num_hours()),
                due_at: entry.filter(|_| every.is_some()).map(|entry| entry.due_at),
                running: of(|entry| entry.held_until).is_some_and(|until| until > now),
                finished_at: of(|entry| entry.finished_at),
                ok: entry.and_then(|entry| entry.ok),
                words: entry.and_then(|entry| entry.words.clone()),
                ok_at: of(|entry| entry.ok_at),
            }
        };
        Ok(Task::ALL.into_iter().map(status).collect())
    }

    /// Drills now, and notes what came of it.
    pub async fn drill_now(&self, progress: Arc<dyn Progress>) -> Result<Drilled, DrillError> {
        let begun = self.clock.now();
        let drilled = self.drill.run(progress).await;
        let outcome = match &drilled {
            // It is the other one that is noted.
            Err(DrillError::Busy) => return drilled,
            Ok(drilled) => Ok(drilled.words()),
            Err(error) => Err(error.to_string().into()),
        };
        if let Err(error) = self.end(Task::Drill, begun, &outcome).await {
            tracing::warn!(%error, "could not note what came of the drill");
        }
        drilled
    }

    /// Holds a task while it goes on.
    async fn holding(&self, task: Task, work: impl Future<Output = Outcome>) -> Outcome {
        tracing::info!(task = task.name(), "begins");
        tokio::pin!(work);
        loop {
            if let Ok(outcome) = tokio::time::timeout(RENEW_EVERY, &mut work).await {
                return outcome;
            }
            match self.store.renew_maintenance(task.name(), &self.holder, self.clock.now() + LEASE).await {
                Ok(true) => {}
                // Doing it twice does no harm.
                Ok(false) => tracing::warn!(task = task.name(), "another instance has taken it over"),
                Err(error) => tracing::warn!(task = task.name(), %error, "could not say that it goes on"),
            }
        }
    }

    async fn end(&self, task: Task, started_at: DateTime<Utc>, outcome: &Outcome) -> Result<(), StoreError> {
        let at = self.clock.now();
        let every = self.settings.every(task).unwrap_or(task.usual());
        let after = if outcome.is_ok() { every } else { every.min(AGAIN_AFTER) };
        let words = match outcome {
            Ok(words) => words.clone(),
            Err(error) => error.to_string(),
        };
        match outcome {
            Ok(words) => tracing::info!(task = task.name(), words, "went well"),
            Err(error) => tracing::error!(task = task.name(), %error, "failed"),
        }
        let end = MaintenanceOutcome { task: task.name(), ok: outcome.is_ok(), words, started_at, at, due_at: at + after };
        self.store.finish_maintenance(&end).await
    }

    async fn work(&self, task: Task) -> Outcome {
        match task {
            Task::Backup => self.back_up().await,
            Task::Drill => Ok(self.drill.run(Arc::new(())).await?.words()),
            Task::Scrub => self.scrub().await,
            Task::Cleanup => {
                let plan = self.backups.cleanup().await?;
                Ok(format!(
                    "removed {} backups, {} bytes; {} stay",
                    plan.remove.len(),
                    plan.freed_bytes,
                    plan.keep.len()
                ))
            }
        }
    }

    /// Makes a backup, unless there is a verified one of the same state.
    async fn back_up(&self) -> Outcome {
        let state = self.store.state().await?;
        if state.count == 0 {
            return Ok("there is nothing to back up yet".to_owned());
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
        let made = self.backups.create().await?;
        Ok(format!("made {} with {} sermons", made.name, made.videos.unwrap_or_default()))
    }

    /// Reads every backup to its end.
    async fn scrub(&self) -> Outcome {
        let found = self.backups.verify_all(|_| {}).await?;
        let of = |verdict| found.iter().filter(move |one| one.verdict == verdict);
        let damaged: Vec<_> = of(Verdict::Damaged).map(|one| one.name.to_string()).collect();
        let words = format!(
            "read {} backups: {} verified, {} without a manifest, {} damaged",
            found.len(),
            of(Verdict::Verified).count(),
            of(Verdict::StructurallyValid).count(),
            damaged.len()
        );
        if damaged.is_empty() { Ok(words) } else { Err(format!("{words}: {}", damaged.join(", ")).into()) }
    }
}

impl fmt::Display for TaskStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.task.title(), self.sentence())
    }
}
