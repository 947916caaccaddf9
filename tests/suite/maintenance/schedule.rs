//! Each task is done when it is due, by one instance, and the database says how it went.

use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::future::join_all;
use mannameter::{
    clock::Clock as _,
    safety::{Task, TaskStatus, Maintenance, MaintenanceSettings, backup::BackupKind},
};

use crate::{
    support::bench::{Bench, contract},
    maintenance::maintenance,
};

contract!(
    each_task_is_done_when_it_is_due_and_the_database_says_how_it_went,
    of_several_instances_one_does_it_and_a_dead_one_loses_it,
    what_failed_says_why_and_is_tried_again_in_an_hour,
    nothing_is_removed_unless_the_owner_says_so,
    an_interval_that_was_made_shorter_holds_at_once,
);

async fn of(maintenance: &Maintenance, task: Task) -> TaskStatus {
    let status = maintenance.status().await.expect("a status");
    status.into_iter().find(|status| status.task == task).expect("every task has one")
}

async fn each_task_is_done_when_it_is_due_and_the_database_says_how_it_went(bench: Bench) {
    let maintenance = maintenance(&bench, MaintenanceSettings::default());
    bench.keep("a", "one").await;
    assert_eq!(maintenance.tick().await.expect("a look"), [], "nothing is due at first");
    assert!(of(&maintenance, Task::Backup).await.sentence().starts_with("never done yet; next on 15 July 2026, 13:00 UTC"));
    bench.clock.advance(TimeDelta::minutes(59));
    assert_eq!(maintenance.tick().await.expect("a look"), []);
    bench.clock.advance(TimeDelta::minutes(1));
    assert_eq!(maintenance.tick().await.expect("a look"), [Task::Backup]);
    let backup = of(&maintenance, Task::Backup).await;
    assert_eq!((backup.ok, backup.due_at), (Some(true), Some(bench.clock.now() + TimeDelta::hours(24))));
    assert!(backup.words.expect("words").ends_with("with 1 sermons"));
    assert_eq!(maintenance.tick().await.expect("a look"), [], "and not again");

    bench.clock.advance(TimeDelta::hours(1));
    assert_eq!(maintenance.tick().await.expect("a look"), [Task::Drill]);
    let drill = of(&maintenance, Task::Drill).await;
    assert!(drill.words.expect("words").contains("1 sermons, number and checksum as they must be"));
    assert_eq!(drill.due_at, Some(bench.clock.now() + TimeDelta::days(7)));

    // The next day nothing has changed; then something has.
    bench.clock.advance(TimeDelta::hours(24));
    assert_eq!(maintenance.tick().await.expect("a look"), [Task::Backup]);
    assert!(of(&maintenance, Task::Backup).await.words.expect("words").starts_with("nothing has changed since"));
    bench.keep("b", "two").await;
    bench.clock.advance(TimeDelta::hours(24));
    assert_eq!(maintenance.tick().await.expect("a look"), [Task::Backup]);
    let made = bench.backups.list().await.expect("a list");
    assert_eq!(made.iter().filter(|backup| backup.kind == BackupKind::DatabaseBackup).count(), 2);

    bench.clock.advance(TimeDelta::days(30));
    assert_eq!(maintenance.tick().await.expect("a look"), [Task::Backup, Task::Drill, Task::Scrub]);
    assert!(of(&maintenance, Task::Scrub).await.words.expect("words").contains("0 damaged"));
}

async fn of_several_instances_one_does_it_and_a_dead_one_loses_it(bench: Bench) {
    bench.keep("a", "one").await;
    let settings = MaintenanceSettings { drill: None, scrub: None, ..MaintenanceSettings::default() };
    let instances: Vec<_> = (0..4).map(|_| Arc::new(maintenance(&bench, settings))).collect();
    instances[0].tick().await.expect("a look");
    bench.clock.advance(TimeDelta::hours(2));
    let looking = join_all(instances.iter().map(|maintenance| maintenance.tick())).await;
    let done: Vec<_> = looking.into_iter().flat_map(|done| done.expect("a look")).collect();
    assert_eq!(done, [Task::Backup], "one of them did it");

    bench.clock.advance(TimeDelta::hours(24));
    let now = bench.clock.now();
    let until = now + TimeDelta::seconds(60);
    assert!(bench.store.claim_maintenance("backup", "an instance that dies", now, until).await.expect("an answer"));
    assert!(of(&instances[1], Task::Backup).await.running);
    assert_eq!(instances[1].tick().await.expect("a look"), [], "it is another's");
    bench.clock.advance(TimeDelta::seconds(61));
    assert!(!of(&instances[1], Task::Backup).await.running);
    assert_eq!(instances[1].tick().await.expect("a look"), [Task::Backup], "the dead one has lost it");
    assert!(!bench.store.renew_maintenance("backup", "an instance that dies", until).await.expect("an answer"));
}

async fn what_failed_says_why_and_is_tried_again_in_an_hour(bench: Bench) {
    bench.keep("a", "one").await;
    let backup = bench.backups.create().await.expect("a backup");
    let settings = MaintenanceSettings { backup: None, drill: None, ..MaintenanceSettings::default() };
    let maintenance = maintenance(&bench, settings);
    maintenance.tick().await.expect("a look");
    let path = bench.path(backup.name.as_str());
    let good = std::fs::read(&path).expect("the backup");
    let mut bad = good.clone();
    bad[40] ^= 1;
    std::fs::write(&path, bad).expect("written");
    bench.clock.advance(TimeDelta::days(31));
    assert_eq!(maintenance.tick().await.expect("a look"), [Task::Scrub]);
    let scrub = of(&maintenance, Task::Scrub).await;
    let words = scrub.words.clone().expect("words");
    assert!(words.contains("1 damaged") && words.contains(backup.name.as_str()), "{words}");
    assert_eq!((scrub.ok, scrub.ok_at), (Some(false), None));
    assert!(scrub.sentence().starts_with("FAILED"));
    assert_eq!(scrub.due_at, Some(bench.clock.now() + TimeDelta::hours(1)));

    std::fs::write(&path, good).expect("written");
    bench.clock.advance(TimeDelta::hours(1));
    assert_eq!(maintenance.tick().await.expect("a look"), [Task::Scrub]);
    let scrub = of(&maintenance, Task::Scrub).await;
    assert_eq!((scrub.ok, scrub.ok_at), (Some(true), Some(bench.clock.now())));
}

async fn nothing_is_removed_unless_the_owner_says_so(bench: Bench) {
    let settings = MaintenanceSettings { drill: None, scrub: None, ..MaintenanceSettings::default() };
    for number in 0..14 {
        bench.keep("a", &format!("version {number}")).await;
        bench.backups.create().await.expect("a backup");
    }
    let silent = maintenance(&bench, settings);
    silent.tick().await.expect("a look");
    bench.clock.advance(TimeDelta::days(400));
    silent.tick().await.expect("a look");
    assert_eq!(bench.backups.list().await.expect("a list").len(), 14);
    assert_eq!(of(&silent, Task::Cleanup).await.sentence(), "never done yet; not done by itself");

    let told = maintenance(&bench, MaintenanceSettings { cleanup: Some(TimeDelta::hours(24)), ..settings });
    told.tick().await.expect("a look");
    bench.clock.advance(TimeDelta::days(1));
    assert!(told.tick().await.expect("a look").contains(&Task::Cleanup));
    let left = bench.backups.list().await.expect("a list").len();
    assert!((10..14).contains(&left), "the last ten stay at least: {left}");
}

async fn an_interval_that_was_made_shorter_holds_at_once(bench: Bench) {
    let every =
        |hours| MaintenanceSettings { backup: Some(TimeDelta::hours(hours)), drill: None, scrub: None, cleanup: None };
    bench.keep("a", "one").await;
    let slow = maintenance(&bench, every(500));
    slow.tick().await.expect("a look");
    bench.clock.advance(TimeDelta::hours(1));
    slow.tick().await.expect("a look");
    assert_eq!(of(&slow, Task::Backup).await.due_at, Some(bench.clock.now() + TimeDelta::hours(500)));
    let fast = maintenance(&bench, every(2));
    fast.tick().await.expect("a look");
    assert_eq!(of(&fast, Task::Backup).await.due_at, Some(bench.clock.now() + TimeDelta::hours(2)));
}
