//! The status of a task, for pages, the API and the command line.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::MaintenanceTask;
use crate::store::MaintenanceEntry;

/// The status of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaskStatus {
    /// The task.
    pub task: MaintenanceTask,
    /// Interval in hours, or `None` if the task is not scheduled.
    pub every_hours: Option<i64>,
    /// When the task will run next, or `None` if it is not scheduled.
    pub due_at: Option<DateTime<Utc>>,
    /// Whether an instance is running the task.
    pub running: bool,
    /// When the last run ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Whether the last run succeeded, or `None` if the task has never run.
    pub ok: Option<bool>,
    /// What the last run did, or why it failed.
    pub message: Option<String>,
    /// When the task last succeeded.
    pub ok_at: Option<DateTime<Utc>>,
}

impl TaskStatus {
    pub(super) fn new(
        task: MaintenanceTask,
        interval: Option<TimeDelta>,
        entry: Option<&MaintenanceEntry>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            task,
            every_hours: interval.map(|interval| interval.num_hours()),
            due_at: entry.filter(|_| interval.is_some()).map(|entry| entry.due_at),
            running: entry.and_then(|entry| entry.held_until).is_some_and(|until| until > now),
            finished_at: entry.and_then(|entry| entry.finished_at),
            ok: entry.and_then(|entry| entry.ok),
            message: entry.and_then(|entry| entry.message.clone()),
            ok_at: entry.and_then(|entry| entry.ok_at),
        }
    }

    /// Returns the last result and the next run as human-readable text.
    pub fn summary(&self) -> String {
        let time = |time: DateTime<Utc>| time.format("%B %-d, %Y, %H:%M UTC").to_string();
        let last = match (self.running, self.finished_at, self.ok) {
            (true, ..) => "running now".to_owned(),
            (false, Some(at), Some(ok)) => {
                let message = self.message.as_deref().unwrap_or_default();
                format!("{} on {}: {message}", if ok { "succeeded" } else { "FAILED" }, time(at))
            }
            _ => "never run".to_owned(),
        };
        match (self.due_at, self.every_hours) {
            (Some(due), _) => format!("{last}; next run on {}", time(due)),
            (None, Some(_)) => format!("{last}; the server has not scheduled it yet"),
            (None, None) => format!("{last}; not scheduled"),
        }
    }
}

impl fmt::Display for TaskStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.task.title(), self.summary())
    }
}
