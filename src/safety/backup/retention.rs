//! The retention rules: which backups a cleanup removes. Pure functions over the list of backups.

use chrono::{DateTime, Datelike, Duration, Utc};
use serde::Serialize;

use super::{BackupInfo, BackupKind, BackupName, Condition};

/// Number of verified backups that are never removed.
const PROTECTED_VERIFIED: usize = 2;

/// Safety backups may use a quarter of the space that would be free without them, because the database and the next
/// export are on the same disk.
const PRE_WRITE_SHARE: u64 = 4;

/// How many backups of each kind a cleanup keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Retention {
    /// Number of on-demand and scheduled backups to keep.
    pub last: usize,
    /// Age in days up to which all on-demand and scheduled backups are kept.
    pub recent_days: Option<i64>,
    /// Number of days whose newest backup is kept.
    pub daily: usize,
    /// Number of weeks (ISO 8601) whose newest backup is kept.
    pub weekly: usize,
    /// Number of months whose newest backup is kept.
    pub monthly: usize,
    /// Number of safety backups to keep.
    pub pre_write_last: usize,
    /// Age in hours up to which all safety backups are kept.
    pub pre_write_hours: i64,
    /// Maximum total size of all safety backups in bytes.
    pub pre_write_bytes: u64,
    /// Age in days up to which damaged backups and snapshots from before a restore are kept.
    pub before_restore_days: i64,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            last: 10,
            recent_days: None,
            daily: 7,
            weekly: 5,
            monthly: 12,
            pre_write_last: 50,
            pre_write_hours: 48,
            pre_write_bytes: 2 * 1024 * 1024 * 1024,
            before_restore_days: 30,
        }
    }
}

impl Retention {
    /// Limits the size of safety backups to their share of the disk, given the bytes that they use and the bytes that
    /// are free.
    pub(super) fn for_disk(self, pre_write_bytes: u64, free_bytes: u64) -> Self {
        let share = pre_write_bytes.saturating_add(free_bytes) / PRE_WRITE_SHARE;
        Self { pre_write_bytes: self.pre_write_bytes.min(share), ..self }
    }

    /// Decides whether to keep a safety backup. Returns the reason as `Ok` to keep it, or as `Err` to remove it.
    ///
    /// `position` is the backup's position among the safety backups, starting at 1 for the newest. `total_bytes` is the
    /// total size of the safety backups up to that position.
    fn keep_safety_backup(
        &self,
        position: usize,
        total_bytes: u64,
        age: Duration,
    ) -> Result<&'static str, &'static str> {
        if total_bytes > self.pre_write_bytes && position > 1 {
            return Err("newer safety backups already use all the space that is reserved for them");
        }
        if position <= self.pre_write_last {
            return Ok("one of the newest safety backups");
        }
        if age <= Duration::hours(self.pre_write_hours) {
            return Ok("a recent safety backup");
        }
        Err("an old safety backup; there are enough newer ones")
    }

    /// Returns whether [`Retention::keep_safety_backup`] could reject any of `count` safety backups.
    pub(super) fn may_remove_safety_backups(&self, count: usize, total_bytes: u64, oldest: Duration) -> bool {
        self.keep_safety_backup(count, total_bytes, oldest).is_err()
    }
}

/// What a cleanup removes and keeps, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CleanupPlan {
    /// Whether the backups have been removed. If not, this is only a plan.
    pub applied: bool,
    /// Backups to remove, newest first.
    pub remove: Vec<Decision>,
    /// Backups to keep, newest first.
    pub keep: Vec<Decision>,
    /// Total size of the files to remove.
    pub freed_bytes: u64,
    /// The plan for offsite copies, if a store is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offsite: Option<Box<CleanupPlan>>,
    /// Why offsite copies could not be listed or removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offsite_error: Option<String>,
}

/// The decision about one backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// The backup.
    pub name: BackupName,
    /// Size of the file.
    pub bytes: u64,
    /// Why the backup is removed or kept.
    pub reason: String,
}

/// Applies the rules to a list of backups, newest first. `in_use` returns whether a backup is being read.
///
/// Relies on the order of the list rather than on the times in the names.
pub(super) fn plan(
    list: &[BackupInfo],
    rules: &Retention,
    now: DateTime<Utc>,
    in_use: impl Fn(&BackupName) -> bool,
) -> CleanupPlan {
    let mut counters = Counters::new(rules);
    let mut plan = CleanupPlan::default();
    for backup in list {
        // Each rule counts every backup, even backups that another rule keeps.
        let by_kind = counters.decide_by_kind(backup, now);
        let protection = counters.protection(backup).or_else(|| in_use(&backup.name).then_some("in use"));
        let decision =
            |reason: &str| Decision { name: backup.name.clone(), bytes: backup.bytes, reason: reason.to_owned() };
        match (protection, by_kind) {
            (Some(reason), _) | (None, Ok(reason)) => plan.keep.push(decision(reason)),
            (None, Err(reason)) => {
                plan.freed_bytes += backup.bytes;
                plan.remove.push(decision(reason));
            }
        }
    }
    plan
}

/// The counts so far, starting with the newest backup.
struct Counters<'a> {
    rules: &'a Retention,
    verified: usize,
    scheduled: usize,
    pre_write: usize,
    pre_write_bytes: u64,
    days: Periods,
    weeks: Periods,
    months: Periods,
}

impl<'a> Counters<'a> {
    fn new(rules: &'a Retention) -> Self {
        Self {
            rules,
            verified: 0,
            scheduled: 0,
            pre_write: 0,
            pre_write_bytes: 0,
            days: Periods::new(rules.daily),
            weeks: Periods::new(rules.weekly),
            months: Periods::new(rules.monthly),
        }
    }

    /// Returns why a backup is kept regardless of its kind, or `None` if nothing protects it.
    fn protection(&mut self, backup: &BackupInfo) -> Option<&'static str> {
        // An empty backup is useless for a restore.
        if backup.condition == Condition::Verified && backup.sermons != Some(0) {
            self.verified += 1;
            if self.verified <= PROTECTED_VERIFIED {
                return Some("one of the two newest verified backups");
            }
        }
        backup.pinned.then_some("pinned")
    }

    /// Applies the rules for the backup's kind. Returns the reason as `Ok` to keep the backup, or as `Err` to remove
    /// it.
    fn decide_by_kind(&mut self, backup: &BackupInfo, now: DateTime<Utc>) -> Result<&'static str, &'static str> {
        let age = now - backup.created_at;
        let is_recent = age <= Duration::days(self.rules.before_restore_days);
        match backup.kind {
            BackupKind::EmergencySave => Ok("not known to be in the database; removed once it has been replayed"),
            BackupKind::Other => Ok("not made by this system; delete it yourself if you no longer need it"),
            // A damaged backup does not count toward the limit, and may contain sermons that the others lack.
            _ if backup.condition == Condition::Damaged && is_recent => {
                Ok("damaged, but recent enough to be worth examining")
            }
            _ if backup.condition == Condition::Damaged => Err("damaged and old"),
            BackupKind::BeforeRestore if is_recent => Ok("made before a recent restore"),
            BackupKind::BeforeRestore => Err("made before a restore that is no longer recent"),
            BackupKind::PreWrite => {
                self.pre_write += 1;
                self.pre_write_bytes += backup.bytes;
                self.rules.keep_safety_backup(self.pre_write, self.pre_write_bytes, age)
            }
            BackupKind::DatabaseBackup => {
                let decision = self.decide_scheduled(backup);
                let is_recent = self.rules.recent_days.is_some_and(|days| age <= Duration::days(days));
                if is_recent { decision.or(Ok("recent")) } else { decision }
            }
        }
    }

    fn decide_scheduled(&mut self, backup: &BackupInfo) -> Result<&'static str, &'static str> {
        self.scheduled += 1;
        let (day, week) = (backup.created_at.date_naive(), backup.created_at.iso_week());
        // Evaluated eagerly, because each rule counts every backup.
        let newest_of_day = self.days.insert((day.year(), day.ordinal()));
        let newest_of_week = self.weeks.insert((week.year(), week.week()));
        let newest_of_month = self.months.insert((day.year(), day.month()));
        if self.scheduled <= self.rules.last {
            Ok("one of the newest backups")
        } else if newest_of_day {
            Ok("the newest of its day")
        } else if newest_of_week {
            Ok("the newest of its week")
        } else if newest_of_month {
            Ok("the newest of its month")
        } else {
            Err("newer backups already cover its day, week and month")
        }
    }
}

/// The days, weeks or months whose newest backup has been seen.
struct Periods {
    left: usize,
    seen: Vec<(i32, u32)>,
}

impl Periods {
    fn new(left: usize) -> Self {
        Self { left, seen: Vec::new() }
    }

    /// Returns whether the backup is the newest in a period that is kept.
    fn insert(&mut self, period: (i32, u32)) -> bool {
        if self.left == 0 || self.seen.contains(&period) {
            return false;
        }
        self.left -= 1;
        self.seen.push(period);
        true
    }
}
