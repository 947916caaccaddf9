//! The maintenance tasks and their schedule.

use chrono::TimeDelta;
use serde::Serialize;

/// A background task. If several tasks are due, they run in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MaintenanceTask {
    /// Back up all sermons.
    Backup,
    /// Restore the newest verified backup into a scratch database.
    Drill,
    /// Read every backup in full and compare it with its manifest.
    Scrub,
    /// Delete the backups that the retention rules do not keep.
    Cleanup,
}

impl MaintenanceTask {
    /// All tasks.
    pub const ALL: [Self; 4] = [Self::Backup, Self::Drill, Self::Scrub, Self::Cleanup];

    /// Returns the task's name in the database.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Drill => "drill",
            Self::Scrub => "scrub",
            Self::Cleanup => "cleanup",
        }
    }

    /// Returns the task's human-readable name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Drill => "restore drill",
            Self::Scrub => "scrub",
            Self::Cleanup => "cleanup",
        }
    }

    /// Returns the delay before the first run. A new database has nothing to back up at first.
    pub(super) fn first_delay(self, interval: TimeDelta) -> TimeDelta {
        match self {
            Self::Backup => interval.min(TimeDelta::hours(1)),
            Self::Drill => interval.min(TimeDelta::hours(2)),
            Self::Scrub | Self::Cleanup => interval,
        }
    }

    /// Returns the default interval.
    pub(super) const fn default_interval(self) -> TimeDelta {
        match self {
            Self::Backup | Self::Cleanup => TimeDelta::hours(24),
            Self::Drill => TimeDelta::hours(24 * 7),
            Self::Scrub => TimeDelta::hours(24 * 30),
        }
    }
}

/// How often each task runs, or `None` if it never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaintenanceSettings {
    /// Interval between backups.
    pub backup: Option<TimeDelta>,
    /// Interval between restore drills.
    pub drill: Option<TimeDelta>,
    /// Interval between scrubs.
    pub scrub: Option<TimeDelta>,
    /// Interval between cleanups. The default is `None`, so that nothing is deleted unless an operator enables cleanup.
    pub cleanup: Option<TimeDelta>,
}

impl Default for MaintenanceSettings {
    fn default() -> Self {
        let default = |task: MaintenanceTask| Some(task.default_interval());
        Self {
            backup: default(MaintenanceTask::Backup),
            drill: default(MaintenanceTask::Drill),
            scrub: default(MaintenanceTask::Scrub),
            cleanup: None,
        }
    }
}

impl MaintenanceSettings {
    pub(super) const fn interval(&self, task: MaintenanceTask) -> Option<TimeDelta> {
        match task {
            MaintenanceTask::Backup => self.backup,
            MaintenanceTask::Drill => self.drill,
            MaintenanceTask::Scrub => self.scrub,
            MaintenanceTask::Cleanup => self.cleanup,
        }
    }
}
