//! Tests of the retention rules.

use chrono::{DateTime, Duration, TimeZone as _, Utc};

use super::{
    BackupInfo, BackupKind, BackupName, Condition, Retention,
    retention::{CleanupPlan, plan},
};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 7, 15, 12, 0, 0).unwrap()
}

/// Returns a backup of a given age.
fn backup(kind: BackupKind, age: Duration, seq: i64) -> BackupInfo {
    let created_at = now() - age;
    BackupInfo {
        number: 0,
        name: BackupName::new(kind, created_at, seq, 0),
        kind,
        created_at,
        sermons: Some(1),
        bytes: 10,
        condition: Condition::NotVerified,
        verified_at: None,
        problem: None,
        pinned: false,
        offsite: false,
        sha256: None,
        epoch: Some(1),
        seq: Some(seq),
    }
}

fn default_plan(list: &[BackupInfo]) -> CleanupPlan {
    plan(list, &Retention::default(), now(), |_| false)
}

/// Returns the ages in days of the backups that are kept.
fn days_kept(plan: &CleanupPlan) -> Vec<i64> {
    plan.keep.iter().map(|kept| (now() - kept.name.at().expect("a time")).num_days()).collect()
}

#[test]
fn of_daily_backups_the_last_ten_and_one_per_week_and_month_are_kept() {
    let list: Vec<_> = (0..400).map(|day| backup(BackupKind::DatabaseBackup, Duration::days(day), 400 - day)).collect();
    let kept = days_kept(&default_plan(&list));
    // Today is a Wednesday: weeks end 3, 10, 17 and 24 days ago; months 15, 45 (31 May) ... days ago.
    assert_eq!(kept[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(kept[10..], [10, 15, 17, 24, 45, 76, 106, 137, 165, 196, 227, 257, 288, 318]);
}

#[test]
fn of_many_backups_on_one_day_the_last_ten_are_kept_and_one_for_each_earlier_day() {
    let mut list: Vec<_> =
        (0..30).map(|minute| backup(BackupKind::DatabaseBackup, Duration::minutes(minute), 1000 - minute)).collect();
    list.extend((1..5).map(|day| backup(BackupKind::DatabaseBackup, Duration::days(day), 100 - day)));
    let plan = default_plan(&list);
    assert_eq!(days_kept(&plan), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
    assert_eq!((plan.remove.len(), plan.freed_bytes), (20, 200));
}

#[test]
fn safety_backups_are_kept_by_number_age_and_size() {
    let list = |age: fn(i64) -> Duration| -> Vec<_> {
        (0..100).map(|index| backup(BackupKind::PreWrite, age(index), 100 - index)).collect()
    };
    assert_eq!(default_plan(&list(Duration::days)).keep.len(), 50, "the last fifty of any age");
    assert_eq!(default_plan(&list(Duration::minutes)).keep.len(), 100, "any number of recent ones");
    let rules = Retention { pre_write_bytes: 75, ..Retention::default() };
    assert_eq!(plan(&list(Duration::minutes), &rules, now(), |_| false).keep.len(), 7, "as many as fit");
    let rules = Retention { pre_write_bytes: 5, ..Retention::default() };
    assert_eq!(plan(&list(Duration::minutes), &rules, now(), |_| false).keep.len(), 1, "always the newest");
}

#[test]
fn if_no_safety_backup_may_be_removed_the_plan_removes_none() {
    let list: Vec<_> = (0..20).map(|index| backup(BackupKind::PreWrite, Duration::hours(index), 20 - index)).collect();
    let mut outcomes = [0, 0];
    for pre_write_last in [0, 19, 20, 21] {
        for pre_write_hours in [0, 18, 19, 20] {
            for pre_write_bytes in [0, 199, 200, 201] {
                let rules = Retention { pre_write_last, pre_write_hours, pre_write_bytes, ..Retention::default() };
                let removed = plan(&list, &rules, now(), |_| false).remove.len();
                let may_remove = rules.may_remove_safety_backups(20, 200, Duration::hours(19));
                assert_eq!(may_remove, removed > 0, "{rules:?}: {removed}");
                outcomes[usize::from(may_remove)] += 1;
            }
        }
    }
    assert!(outcomes.iter().all(|count| *count > 0), "{outcomes:?}");
}

#[test]
fn safety_backups_use_at_most_a_quarter_of_a_small_disk() {
    let rules = Retention { pre_write_bytes: 1000, ..Retention::default() };
    for (used, free, limit) in [(0, u64::MAX, 1000), (500, 3500, 1000), (100, 300, 100), (400, 0, 100), (0, 0, 0)] {
        let on_disk = rules.for_disk(used, free);
        assert_eq!(on_disk, Retention { pre_write_bytes: limit, ..rules }, "{used} used, {free} free");
    }
}

#[test]
fn verified_pinned_open_and_not_replayed_backups_are_kept() {
    let old = |kind, seq| backup(kind, Duration::days(1000), seq);
    let mut list: Vec<_> = (0..60).map(|seq| old(BackupKind::BeforeRestore, 100 - seq)).collect();
    for index in [30, 40, 50] {
        list[index].condition = Condition::Verified;
    }
    list[55].pinned = true;
    list.push(old(BackupKind::EmergencySave, 1));
    let open = list[57].name.clone();
    let plan = plan(&list, &Retention::default(), now(), |name| *name == open);
    let kept: Vec<_> = plan.keep.iter().map(|kept| kept.name.clone()).collect();
    let expected: Vec<_> = [30, 40, 55, 57, 60].map(|index: usize| list[index].name.clone()).into();
    assert_eq!(kept, expected);
}

#[test]
fn damaged_backups_and_those_before_a_restore_are_kept_for_thirty_days() {
    for (days, kept) in [(29, true), (30, true), (31, false)] {
        let mut list = vec![backup(BackupKind::BeforeRestore, Duration::days(days), 1)];
        assert_eq!(default_plan(&list).remove.is_empty(), kept, "{days}");
        list[0] = backup(BackupKind::DatabaseBackup, Duration::days(days), 1);
        list[0].condition = Condition::Damaged;
        assert_eq!(default_plan(&list).remove.is_empty(), kept, "{days}");
    }
}

#[test]
fn a_damaged_backup_does_not_count_as_one_of_the_last_ten() {
    let mut list: Vec<_> =
        (0..12).map(|minute| backup(BackupKind::DatabaseBackup, Duration::minutes(minute), 100 - minute)).collect();
    list[0].condition = Condition::Damaged;
    let plan = default_plan(&list);
    assert_eq!(plan.keep.len(), 11);
    assert_eq!(plan.remove[0].name, list[11].name);
}

#[test]
fn an_empty_backup_is_not_one_of_the_two_newest_verified() {
    let old = |seq| backup(BackupKind::BeforeRestore, Duration::days(1000), seq);
    let mut list: Vec<_> = (0..6).map(|seq| old(100 - seq)).collect();
    for backup in &mut list {
        backup.condition = Condition::Verified;
    }
    for backup in &mut list[..3] {
        backup.sermons = Some(0);
    }
    let kept: Vec<_> = default_plan(&list).keep.iter().map(|kept| kept.name.clone()).collect();
    assert_eq!(kept, [3, 4].map(|index: usize| list[index].name.clone()));
}
