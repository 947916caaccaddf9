//! Which backups may go: a pure decision over the list.

use chrono::{DateTime, Datelike, Duration, Utc};
use serde::Serialize;

use super::{BackupInfo, BackupKind, BackupName, Condition};

/// How many verified backups are never removed, whatever else is said.
pub(super) const VERIFIED_THAT_STAY: usize = 2;

/// Those before a write may take the so many-th part of what would be free without them: the database and the next export,
/// which lie on the same disk, come first.
const PRE_WRITE_SHARE: u64 = 4;

/// How much of what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Retention {
    /// The last so many of those on demand and scheduled.
    pub last: usize,
    /// The newest of each of so many days.
    pub daily: usize,
    /// The newest of each of so many weeks (ISO 8601).
    pub weekly: usize,
    /// The newest of each of so many months.
    pub monthly: usize,
    /// The last so many of those before a write ...
    pub pre_write_last: usize,
    /// ... and those that are younger than so many hours ...
    pub pre_write_hours: i64,
    /// ... as long as all of them together have at most so many bytes, and a quarter of the space they share with the rest.
    pub pre_write_bytes: u64,
    /// Those before a restore that are younger than so many days; damaged ones as well.
    pub before_restore_days: i64,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            last: 10,
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
    /// The same for a disk on which those before a write hold so many bytes, and so many are free.
    pub(in crate::safety) fn on_disk(self, pre_write_bytes: u64, free_bytes: u64) -> Self {
        let share = pre_write_bytes.saturating_add(free_bytes) / PRE_WRITE_SHARE;
        Self { pre_write_bytes: self.pre_write_bytes.min(share), ..self }
    }
}

/// What would go, what stays, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CleanupPlan {
    /// Whether it was done, or only said.
    pub applied: bool,
    /// What goes, newest first.
    pub remove: Vec<Decision>,
    /// What stays, newest first.
    pub keep: Vec<Decision>,
    /// Length of the files that go.
    pub freed_bytes: u64,
    /// The same for the second place, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offsite: Option<Box<CleanupPlan>>,
    /// Why nothing is known of the second place, or what could not be removed there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offsite_error: Option<String>,
}

/// What becomes of one backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Which.
    pub name: BackupName,
    /// Length of the file.
    pub bytes: u64,
    /// Why it goes or stays.
    pub why: String,
}

/// Decides over a list, newest first; `in_use` tells what somebody reads.
///
/// It goes by the order of the list, which is that of the writes and not of the clock.
pub(super) fn plan(
    list: &[BackupInfo],
    rules: &Retention,
    now: DateTime<Utc>,
    in_use: impl Fn(&BackupName) -> bool,
) -> CleanupPlan {
    let mut counters = Counters::new(rules);
    let mut plan = CleanupPlan::default();
    for backup in list {
        // Each rule counts every backup, whichever of them keeps it.
        let by_rule = counters.keeps(backup, now);
        let by_guard = counters.guards(backup).or_else(|| in_use(&backup.name).then_some("it is being read"));
        let decision = |why: &str| Decision { name: backup.name.clone(), bytes: backup.bytes, why: why.to_owned() };
        match (by_guard, by_rule) {
            (Some(why), _) | (None, Ok(why)) => plan.keep.push(decision(why)),
            (None, Err(why)) => {
                plan.freed_bytes += backup.bytes;
                plan.remove.push(decision(why));
            }
        }
    }
    plan
}

/// What was seen so far, going from the newest to the oldest.
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

    /// Why it must stay whatever the rules of its kind say.
    fn guards(&mut self, backup: &BackupInfo) -> Option<&'static str> {
        // One that is known to be empty is nothing to come back to.
        if backup.condition == Condition::Verified && backup.videos != Some(0) {
            self.verified += 1;
            if self.verified <= VERIFIED_THAT_STAY {
                return Some("one of the newest two verified backups");
            }
        }
        backup.pinned.then_some("pinned")
    }

    /// Why it stays, or why it goes, by the rules of its kind.
    fn keeps(&mut self, backup: &BackupInfo, now: DateTime<Utc>) -> Result<&'static str, &'static str> {
        let age = now - backup.created_at;
        let young = age <= Duration::days(self.rules.before_restore_days);
        match backup.kind {
            BackupKind::EmergencySave => Ok("not known to be in the database; the replay takes it away"),
            // It holds no place among the good ones, and may still have what they have not.
            _ if backup.condition == Condition::Damaged && young => Ok("damaged, and young enough to be looked into"),
            _ if backup.condition == Condition::Damaged => Err("damaged, and old"),
            BackupKind::BeforeRestore if young => Ok("a restore was made after it not long ago"),
            BackupKind::BeforeRestore => Err("the restore after it was long ago"),
            BackupKind::PreWrite => self.keeps_pre_write(backup, age),
            BackupKind::DatabaseBackup | BackupKind::ResultsBackup => self.keeps_scheduled(backup),
        }
    }

    fn keeps_pre_write(&mut self, backup: &BackupInfo, age: Duration) -> Result<&'static str, &'static str> {
        self.pre_write += 1;
        self.pre_write_bytes += backup.bytes;
        if self.pre_write_bytes > self.rules.pre_write_bytes && self.pre_write > 1 {
            return Err("all before it fill the space that those before a write may take");
        }
        if self.pre_write <= self.rules.pre_write_last {
            return Ok("among the last of those before a write");
        }
        if age <= Duration::hours(self.rules.pre_write_hours) {
            return Ok("young");
        }
        Err("neither young nor among the last of those before a write")
    }

    fn keeps_scheduled(&mut self, backup: &BackupInfo) -> Result<&'static str, &'static str> {
        self.scheduled += 1;
        let (day, week) = (backup.created_at.date_naive(), backup.created_at.iso_week());
        // No short circuit: each counts every one.
        let of_day = self.days.takes((day.year(), day.ordinal()));
        let of_week = self.weeks.takes((week.year(), week.week()));
        let of_month = self.months.takes((day.year(), day.month()));
        if self.scheduled <= self.rules.last {
            Ok("among the last")
        } else if of_day {
            Ok("the newest of its day")
        } else if of_week {
            Ok("the newest of its week")
        } else if of_month {
            Ok("the newest of its month")
        } else {
            Err("newer ones stand for its day, its week and its month")
        }
    }
}

/// The newest of each of so many days, weeks or months.
struct Periods {
    left: usize,
    seen: Vec<(i32, u32)>,
}

impl Periods {
    fn new(left: usize) -> Self {
        Self { left, seen: Vec::new() }
    }

    /// Whether this one stands for its period.
    fn takes(&mut self, period: (i32, u32)) -> bool {
        if self.left == 0 || self.seen.contains(&period) {
            return false;
        }
        self.left -= 1;
        self.seen.push(period);
        true
    }
}
