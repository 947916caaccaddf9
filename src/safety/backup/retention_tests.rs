//! The rules of what may go, on made-up lists and a clock that stands still.

use chrono::{DateTime, Duration, TimeZone as _, Utc};

use super::{
    BackupInfo, BackupKind, BackupName, Condition, Retention,
    retention::{CleanupPlan, plan},
};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 7, 15, 12, 0, 0).unwrap()
}

/// A backup of some age; the `seq` orders them.
fn backup(kind: BackupKind, age: Duration, seq: i64) -> BackupInfo {
    let created_at = now() - age;
    BackupInfo {
        number: 0,
        name: BackupName::new(kind, created_at, seq, 0),
        kind,
        created_at,
        videos: Some(1),
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

fn planned(list: &[BackupInfo]) -> CleanupPlan {
    plan(list, &Retention::default(), now(), |_| false)
}

/// Ages in days of those that stay.
fn days_kept(plan: &CleanupPlan) -> Vec<i64> {
    plan.keep.iter().map(|kept| (now() - kept.name.at()).num_days()).collect()
}

#[test]
fn of_daily_backups_the_last_ten_and_one_of_each_week_and_month_stay() {
    let list: Vec<_> = (0..400).map(|day| backup(BackupKind::DatabaseBackup, Duration::days(day), 400 - day)).collect();
    let kept = days_kept(&planned(&list));
    // Today is a Wednesday: weeks end 3, 10, 17 and 24 days ago; months 15, 45 (31 May) ... days ago.
    assert_eq!(kept[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(kept[10..], [10, 15, 17, 24, 45, 76, 106, 137, 165, 196, 227, 257, 288, 318]);
}

#[test]
fn many_backups_of_one_day_leave_the_last_ten_and_the_older_days_their_newest() {
    let mut list: Vec<_> =
        (0..30).map(|minute| backup(BackupKind::DatabaseBackup, Duration::minutes(minute), 1000 - minute)).collect();
    list.extend((1..5).map(|day| backup(BackupKind::DatabaseBackup, Duration::days(day), 100 - day)));
    let plan = planned(&list);
    assert_eq!(days_kept(&plan), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
    assert_eq!((plan.remove.len(), plan.freed_bytes), (20, 200));
}

#[test]
fn those_before_a_write_go_by_number_age_and_bytes() {
    let list = |age: fn(i64) -> Duration| -> Vec<_> {
        (0..100).map(|index| backup(BackupKind::PreWrite, age(index), 100 - index)).collect()
    };
    assert_eq!(planned(&list(Duration::days)).keep.len(), 50, "the last fifty, whatever their age");
    assert_eq!(planned(&list(Duration::minutes)).keep.len(), 100, "the young ones, whatever their number");
    let rules = Retention { pre_write_bytes: 75, ..Retention::default() };
    assert_eq!(plan(&list(Duration::minutes), &rules, now(), |_| false).keep.len(), 7, "as many as there is room for");
    let rules = Retention { pre_write_bytes: 5, ..Retention::default() };
    assert_eq!(plan(&list(Duration::minutes), &rules, now(), |_| false).keep.len(), 1, "the newest in any case");
}

#[test]
fn those_before_a_write_leave_most_of_a_small_disk_to_the_rest() {
    let rules = Retention { pre_write_bytes: 1000, ..Retention::default() };
    for (held, free, room) in [(0, u64::MAX, 1000), (500, 3500, 1000), (100, 300, 100), (400, 0, 100), (0, 0, 0)] {
        let found = rules.on_disk(held, free);
        assert_eq!(found, Retention { pre_write_bytes: room, ..rules }, "{held} held, {free} free");
    }
}

#[test]
fn the_newest_two_verified_the_pinned_the_read_and_the_not_replayed_stay() {
    let old = |kind, seq| backup(kind, Duration::days(1000), seq);
    let mut list: Vec<_> = (0..60).map(|seq| old(BackupKind::BeforeRestore, 100 - seq)).collect();
    for index in [30, 40, 50] {
        list[index].condition = Condition::Verified;
    }
    list[55].pinned = true;
    list.push(old(BackupKind::EmergencySave, 1));
    let read = list[57].name.clone();
    let plan = plan(&list, &Retention::default(), now(), |name| *name == read);
    let kept: Vec<_> = plan.keep.iter().map(|kept| kept.name.clone()).collect();
    let expected: Vec<_> = [30, 40, 55, 57, 60].map(|index: usize| list[index].name.clone()).into();
    assert_eq!(kept, expected);
}

#[test]
fn those_before_a_restore_and_damaged_ones_stay_for_thirty_days() {
    for (days, stays) in [(29, true), (30, true), (31, false)] {
        let mut list = vec![backup(BackupKind::BeforeRestore, Duration::days(days), 1)];
        assert_eq!(planned(&list).remove.is_empty(), stays, "{days}");
        list[0] = backup(BackupKind::DatabaseBackup, Duration::days(days), 1);
        list[0].condition = Condition::Damaged;
        assert_eq!(planned(&list).remove.is_empty(), stays, "{days}");
    }
}

#[test]
fn a_damaged_backup_holds_no_place_of_a_good_one() {
    let mut list: Vec<_> =
        (0..12).map(|minute| backup(BackupKind::DatabaseBackup, Duration::minutes(minute), 100 - minute)).collect();
    list[0].condition = Condition::Damaged;
    let plan = planned(&list);
    assert_eq!(plan.keep.len(), 11);
    assert_eq!(plan.remove[0].name, list[11].name);
}

#[test]
fn a_backup_that_holds_nothing_is_not_among_the_newest_two_verified() {
    let old = |seq| backup(BackupKind::BeforeRestore, Duration::days(1000), seq);
    let mut list: Vec<_> = (0..6).map(|seq| old(100 - seq)).collect();
    for backup in &mut list {
        backup.condition = Condition::Verified;
    }
    for backup in &mut list[..3] {
        backup.videos = Some(0);
    }
    let kept: Vec<_> = planned(&list).keep.iter().map(|kept| kept.name.clone()).collect();
    assert_eq!(kept, [3, 4].map(|index: usize| list[index].name.clone()));
}
