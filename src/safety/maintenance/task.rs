//! The tasks, and how often each is done.

use chrono::TimeDelta;
use serde::Serialize;

/// What is done by itself, in the order in which it is done when all are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// A backup of everything.
    Backup,
    /// The newest verified backup restored into a scratch database.
    Drill,
    /// Every backup read to its end and compared with its manifest.
    Scrub,
    /// What may go by the rules of retention removed.
    Cleanup,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Backup, Self::Drill, Self::Scrub, Self::Cleanup];

    /// Its name in the database.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Drill => "drill",
            Self::Scrub => "scrub",
            Self::Cleanup => "cleanup",
        }
    }

    /// In words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Drill => "restore drill",
            Self::Scrub => "reading of all backups",
            Self::Cleanup => "cleanup",
        }
    }

    /// How long after it became known it is done first: a new database has something to back up only later.
    pub(super) fn first(self, every: TimeDelta) -> TimeDelta {
        match self {
            Self::Backup => every.min(TimeDelta::hours(1)),
            Self::Drill => every.min(TimeDelta::hours(2)),
            Self::Scrub | Self::Cleanup => every,
        }
    }

    /// How often it is usually done.
    pub(super) const fn usual(self) -> TimeDelta {
        match self {
            Self::Backup | Self::Cleanup => TimeDelta::hours(24),
            Self::Drill => TimeDelta::hours(24 * 7),
            Self::Scrub => TimeDelta::hours(24 * 30),
        }
    }
}

/// How often each task is done; none is never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaintenanceSettings {
    /// A backup of everything.
    pub backup: Option<TimeDelta>,
    /// A drill.
    pub drill: Option<TimeDelta>,
    /// Every backup read to its end.
    pub scrub: Option<TimeDelta>,
    /// A cleanup; it removes nothing unless the owner says so.
    pub cleanup: Option<TimeDelta>,
}

impl Default for MaintenanceSettings {
    fn default() -> Self {
        let usual = |task: Task| Some(task.usual());
        Self { backup: usual(Task::Backup), drill: usual(Task::Drill), scrub: usual(Task::Scrub), cleanup: None }
    }
}

impl MaintenanceSettings {
    pub(super) const fn every(&self, task: Task) -> Option<TimeDelta> {
        match task {
            Task::Backup => self.backup,
            Task::Drill => self.drill,
            Task::Scrub => self.scrub,
            Task::Cleanup => self.cleanup,
        }
    }
}
