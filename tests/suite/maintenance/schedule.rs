//! The schedule: each task runs when it is due, on one instance, and its result is recorded.

use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::future::join_all;
use mannameter::{
    clock::Clock as _,
    domain::{JobInput, NewJob, Sha256, Submission, Submitter},
    safety::{Maintenance, MaintenanceSettings, MaintenanceTask, TaskStatus, backup::BackupKind},
    store::{JobOutcome, NewRestore, RestoreState},
};

use crate::{
    maintenance::maintenance,
    support::bench::{Bench, contract, id},
};

contract!(
    each_task_runs_when_it_is_due_and_its_result_is_recorded,
    a_task_runs_on_one_instance_and_a_dead_instance_loses_its_lease,
    an_instance_whose_clock_is_wrong_neither_steals_a_lease_nor_keeps_one_for_longer,
    a_failed_task_reports_why_and_is_retried_after_an_hour,
    nothing_is_deleted_unless_cleanup_is_enabled,
    a_shortened_interval_applies_immediately,
);

async fn status_of(maintenance: &Maintenance, task: MaintenanceTask) -> TaskStatus {
    let status = maintenance.status().await.expect("a status");
    status.into_iter().find(|status| status.task == task).expect("every task has one")
}

async fn each_task_runs_when_it_is_due_and_its_result_is_recorded(bench: Bench) {
    let maintenance = maintenance(&bench, MaintenanceSettings::default());
    bench.save("a", "one").await;
    assert_eq!(maintenance.tick().await.expect("a tick"), [], "nothing is due at first");
    assert!(
        status_of(&maintenance, MaintenanceTask::Backup)
            .await
            .summary()
            .starts_with("never run; next run on July 15, 2026, 13:00 UTC")
    );
    bench.clock.advance(TimeDelta::minutes(59));
    assert_eq!(maintenance.tick().await.expect("a tick"), []);
    bench.clock.advance(TimeDelta::minutes(1));
    assert_eq!(maintenance.tick().await.expect("a tick"), [MaintenanceTask::Backup]);
    let backup = status_of(&maintenance, MaintenanceTask::Backup).await;
    assert_eq!((backup.ok, backup.due_at), (Some(true), Some(bench.clock.now() + TimeDelta::hours(24))));
    assert!(backup.message.expect("a message").ends_with("with 1 sermon"));
    assert_eq!(maintenance.tick().await.expect("a tick"), [], "it runs once");

    bench.clock.advance(TimeDelta::hours(1));
    assert_eq!(maintenance.tick().await.expect("a tick"), [MaintenanceTask::Drill]);
    let drill = status_of(&maintenance, MaintenanceTask::Drill).await;
    assert!(drill.message.expect("a message").contains("verified 1 sermon in "));
    assert_eq!(drill.due_at, Some(bench.clock.now() + TimeDelta::days(7)));

    // On the next day, nothing has changed; on the day after, something has.
    bench.clock.advance(TimeDelta::hours(24));
    assert_eq!(maintenance.tick().await.expect("a tick"), [MaintenanceTask::Backup]);
    assert!(
        status_of(&maintenance, MaintenanceTask::Backup)
            .await
            .message
            .expect("a message")
            .starts_with("nothing has changed since")
    );
    bench.save("b", "two").await;
    bench.clock.advance(TimeDelta::hours(24));
    assert_eq!(maintenance.tick().await.expect("a tick"), [MaintenanceTask::Backup]);
    let made = bench.backups.list().await.expect("a list");
    assert_eq!(made.iter().filter(|backup| backup.kind == BackupKind::DatabaseBackup).count(), 2);

    bench.clock.advance(TimeDelta::days(30));
    assert_eq!(
        maintenance.tick().await.expect("a tick"),
        [MaintenanceTask::Backup, MaintenanceTask::Drill, MaintenanceTask::Scrub]
    );
    assert!(status_of(&maintenance, MaintenanceTask::Scrub).await.message.expect("a message").contains("0 damaged"));
}

async fn a_task_runs_on_one_instance_and_a_dead_instance_loses_its_lease(bench: Bench) {
    bench.save("a", "one").await;
    let settings = MaintenanceSettings { drill: None, scrub: None, ..MaintenanceSettings::default() };
    let instances: Vec<_> = (0..4).map(|_| Arc::new(maintenance(&bench, settings))).collect();
    instances[0].tick().await.expect("a tick");
    bench.clock.advance(TimeDelta::hours(2));
    let ticks = join_all(instances.iter().map(|maintenance| maintenance.tick())).await;
    let done: Vec<_> = ticks.into_iter().flat_map(|done| done.expect("a tick")).collect();
    assert_eq!(done, [MaintenanceTask::Backup], "exactly one instance ran it");

    bench.clock.advance(TimeDelta::hours(24));
    let lease = TimeDelta::seconds(60);
    assert!(bench.store.claim_maintenance("backup", "an instance that dies", lease).await.expect("an answer"));
    assert!(status_of(&instances[1], MaintenanceTask::Backup).await.running);
    assert_eq!(instances[1].tick().await.expect("a tick"), [], "another instance holds the lease");
    bench.clock.advance(TimeDelta::seconds(61));
    assert!(!status_of(&instances[1], MaintenanceTask::Backup).await.running);
    assert_eq!(
        instances[1].tick().await.expect("a tick"),
        [MaintenanceTask::Backup],
        "the dead instance has lost its lease"
    );
    assert!(!bench.store.renew_maintenance("backup", "an instance that dies", lease).await.expect("an answer"));
}

async fn an_instance_whose_clock_is_wrong_neither_steals_a_lease_nor_keeps_one_for_longer(bench: Bench) {
    let right = bench.on_a_machine_with_a_wrong_clock(TimeDelta::zero());
    right.save("a", "one").await;
    let past = right.clock.now() - TimeDelta::minutes(1);
    let lease = TimeDelta::seconds(2);
    for by in [TimeDelta::hours(1), TimeDelta::hours(-1)] {
        let wrong = bench.on_a_machine_with_a_wrong_clock(by);
        right.store.schedule_maintenance("backup", past, past).await.expect("scheduled");
        let claims = async |of: &Bench, holder: &'static str| {
            of.store.claim_maintenance("backup", holder, lease).await.expect("an answer")
        };
        // The wrong one cannot steal it, neither directly nor as a service that decides what is due.
        assert!(claims(&right, "right").await, "{by}");
        assert!(!claims(&wrong, "wrong").await, "{by}");
        let settings = MaintenanceSettings { drill: None, scrub: None, ..MaintenanceSettings::default() };
        assert_eq!(maintenance(&wrong, settings).tick().await.expect("a tick"), [], "{by}");
        // It gets the lease when it has expired, and loses it just as fast.
        tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
        assert!(claims(&wrong, "wrong").await, "{by}");
        assert!(!claims(&right, "right").await, "{by}");
        tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
        assert!(claims(&right, "right").await, "{by}");
        right.store.renew_maintenance("backup", "right", TimeDelta::seconds(-1)).await.expect("released");

        // A job.
        let (job, _) = right.store.enqueue(&a_job(&right)).await.expect("queued");
        let claimed = right.store.claim("right", TimeDelta::seconds(15)).await.expect("an answer");
        assert_eq!(claimed.expect("the job").job.id, job.id, "{by}");
        assert!(wrong.store.claim("wrong", TimeDelta::seconds(15)).await.expect("an answer").is_none(), "{by}");
        let done = JobOutcome::Done { result_url: "/video/a".to_owned() };
        assert!(right.store.finish(job.id, "right", &done, right.clock.now()).await.expect("an answer"));

        // A restore that is running is not declared dead.
        let restore = NewRestore {
            id: right.clock.new_id(),
            backup: "a_backup".to_owned(),
            file_sha256: Sha256::digest(b"x"),
            undoes: None,
            actor: "admin".into(),
            instance: "right".to_owned(),
            at: right.clock.now(),
        };
        assert!(right.store.begin_restore(&restore).await.expect("an answer"));
        assert_eq!(wrong.restores.finish_interrupted().await.expect("an answer"), [], "{by}");
        right.store.end_restore(restore.id, RestoreState::Failed, None, right.clock.now()).await.expect("ended");
    }
}

fn a_job(bench: &Bench) -> NewJob {
    NewJob {
        id: bench.clock.new_id(),
        video_id: id("sErm0n_Tst1"),
        input: JobInput::Transcript(Submission { transcript: "words".to_owned(), ..Submission::default() }),
        submitter: Submitter::LOCAL,
        dedupe_key: "a key".to_owned(),
        at: bench.clock.now(),
        request_id: None,
    }
}

async fn a_failed_task_reports_why_and_is_retried_after_an_hour(bench: Bench) {
    bench.save("a", "one").await;
    let backup = bench.backups.create().await.expect("a backup");
    let settings = MaintenanceSettings { backup: None, drill: None, ..MaintenanceSettings::default() };
    let maintenance = maintenance(&bench, settings);
    maintenance.tick().await.expect("a tick");
    let path = bench.path(backup.name.as_str());
    let good = std::fs::read(&path).expect("the backup");
    let mut bad = good.clone();
    bad[40] ^= 1;
    std::fs::write(&path, bad).expect("written");
    bench.clock.advance(TimeDelta::days(31));
    assert_eq!(maintenance.tick().await.expect("a tick"), [MaintenanceTask::Scrub]);
    let scrub = status_of(&maintenance, MaintenanceTask::Scrub).await;
    let message = scrub.message.clone().expect("a message");
    assert!(message.contains("1 damaged") && message.contains(backup.name.as_str()), "{message}");
    assert_eq!((scrub.ok, scrub.ok_at), (Some(false), None));
    assert!(scrub.summary().starts_with("FAILED"));
    assert_eq!(scrub.due_at, Some(bench.clock.now() + TimeDelta::hours(1)));

    std::fs::write(&path, good).expect("written");
    bench.clock.advance(TimeDelta::hours(1));
    assert_eq!(maintenance.tick().await.expect("a tick"), [MaintenanceTask::Scrub]);
    let scrub = status_of(&maintenance, MaintenanceTask::Scrub).await;
    assert_eq!((scrub.ok, scrub.ok_at), (Some(true), Some(bench.clock.now())));
}

async fn nothing_is_deleted_unless_cleanup_is_enabled(bench: Bench) {
    let settings = MaintenanceSettings { drill: None, scrub: None, ..MaintenanceSettings::default() };
    for number in 0..14 {
        bench.save("a", &format!("version {number}")).await;
        bench.backups.create().await.expect("a backup");
    }
    let disabled = maintenance(&bench, settings);
    disabled.tick().await.expect("a tick");
    bench.clock.advance(TimeDelta::days(400));
    disabled.tick().await.expect("a tick");
    assert_eq!(bench.backups.list().await.expect("a list").len(), 14);
    assert_eq!(status_of(&disabled, MaintenanceTask::Cleanup).await.summary(), "never run; not scheduled");

    let enabled = maintenance(&bench, MaintenanceSettings { cleanup: Some(TimeDelta::hours(24)), ..settings });
    enabled.tick().await.expect("a tick");
    bench.clock.advance(TimeDelta::days(1));
    assert!(enabled.tick().await.expect("a tick").contains(&MaintenanceTask::Cleanup));
    let left = bench.backups.list().await.expect("a list").len();
    assert!((10..14).contains(&left), "at least the last ten stay: {left}");
}

async fn a_shortened_interval_applies_immediately(bench: Bench) {
    let every =
        |hours| MaintenanceSettings { backup: Some(TimeDelta::hours(hours)), drill: None, scrub: None, cleanup: None };
    bench.save("a", "one").await;
    let slow = maintenance(&bench, every(500));
    slow.tick().await.expect("a tick");
    bench.clock.advance(TimeDelta::hours(1));
    slow.tick().await.expect("a tick");
    assert_eq!(status_of(&slow, MaintenanceTask::Backup).await.due_at, Some(bench.clock.now() + TimeDelta::hours(500)));
    let fast = maintenance(&bench, every(2));
    fast.tick().await.expect("a tick");
    assert_eq!(status_of(&fast, MaintenanceTask::Backup).await.due_at, Some(bench.clock.now() + TimeDelta::hours(2)));
}
