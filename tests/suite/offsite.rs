//! The offsite store, with a fake S3 server, on both databases. Copies are read back, damaged copies are refused, and
//! problems with the store make nothing else fail.

use std::{fs, sync::Arc, time::Duration};

use chrono::TimeDelta;
use mannameter::{
    clock::Clock,
    safety::{
        Backups, Offsite, OffsiteError, OffsiteSettings, ReplayReport, Replayer, RestoreError, SaveError, SavedTo,
        Saver,
        backup::{BackupInfo, Condition, Verdict},
        restore::RestoreRequest,
    },
    store::{DatabaseSettings, connect},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::support::{
    bench::{Bench, contract, document},
    s3::{Behavior, S3},
};

contract!(
    a_backup_is_copied_read_back_and_fetched_after_the_disk_is_lost,
    problems_of_the_store_fail_no_backup_and_copies_are_made_later,
    a_store_that_corrupts_a_copy_is_noticed_and_the_copy_removed,
    a_damaged_copy_is_not_fetched,
    copies_are_removed_by_the_same_rules_only_when_a_cleanup_is_applied,
    a_sermon_that_no_disk_can_save_goes_to_the_store_and_is_replayed_once,
);

fn offsite(bench: &Bench, s3: &S3) -> Arc<Offsite> {
    let clock = Arc::clone(&bench.clock) as Arc<dyn Clock>;
    Arc::new(Offsite::new(&s3.settings(), &bench.data_dir, clock).expect("valid settings"))
}

fn backups(bench: &Bench, offsite: &Arc<Offsite>) -> Backups {
    let clock = Arc::clone(&bench.clock) as Arc<dyn Clock>;
    Backups::new(Arc::clone(&bench.store), &bench.data_dir, clock).with_offsite(Some(Arc::clone(offsite)))
}

async fn create(backups: &Backups) -> BackupInfo {
    backups.create().await.expect("a backup")
}

/// Removes all local backups, as if the disk had been lost.
fn remove_all(bench: &Bench) {
    for name in bench.files() {
        fs::remove_file(bench.path(name)).expect("removed");
    }
}

fn request(backup: &BackupInfo) -> RestoreRequest {
    RestoreRequest {
        name: backup.name.clone(),
        confirm: backup.name.to_string(),
        plan_token: None,
        accept_unverified: false,
        allow_empty: false,
        damaged: false,
        actor: "admin".into(),
    }
}

async fn a_backup_is_copied_read_back_and_fetched_after_the_disk_is_lost(bench: Bench) {
    let s3 = S3::start().await;
    let offsite = offsite(&bench, &s3);
    let backups = backups(&bench, &offsite);
    bench.save("a", "First").await;
    bench.exporter.export_now().await.expect("an export");
    bench.save("a", "Second").await;
    let first = create(&backups).await;
    let second = create(&backups).await;
    assert!(!first.offsite, "not copied yet");
    assert_eq!(offsite.copy_missing().await.expect("copies"), 2);
    assert_eq!(offsite.copy_missing().await.expect("nothing to copy"), 0);
    let list = backups.list().await.expect("a list");
    let copies: Vec<_> = list.iter().map(|backup| (backup.kind.title(), backup.offsite)).collect();
    assert_eq!(copies.iter().filter(|(_, offsite)| *offsite).count(), 2, "{copies:?}");
    assert_eq!(s3.names().len(), 4, "two files and two manifests, but no safety backup");
    let status = offsite.status();
    assert_eq!((status.copies, status.pending, status.error.clone()), (2, 0, None));
    assert_eq!(status.bytes, first.bytes + second.bytes);

    let before = fs::read(bench.path(first.name.as_str())).expect("the file");
    remove_all(&bench);
    let fetched = backups.fetch(&first.name).await.expect("a fetched backup");
    assert_eq!((fetched.condition, fetched.offsite), (Condition::Verified, true));
    assert_eq!(fs::read(bench.path(first.name.as_str())).expect("the file"), before);
    assert_eq!(backups.verify(&first.name).await.expect("a verification").verdict, Verdict::Verified);
    let error = backups.fetch(&first.name).await.expect_err("it was fetched before");
    assert!(error.to_string().contains("is already on this disk"), "{error}");

    bench.save("b", "Later").await;
    let restored = bench.restores.restore(request(&first), Arc::new(())).await;
    assert!(restored.is_ok(), "{restored:?}");
    let (documents, _) = bench.database().await;
    assert_eq!(documents.keys().collect::<Vec<_>>(), ["a"]);
}

async fn problems_of_the_store_fail_no_backup_and_copies_are_made_later(bench: Bench) {
    let s3 = S3::start().await;
    let offsite = offsite(&bench, &s3);
    let backups = backups(&bench, &offsite);
    bench.save("a", "First").await;
    for behavior in [Behavior::Unavailable, Behavior::Disconnecting] {
        s3.set_behavior(behavior);
        create(&backups).await;
        assert!(offsite.copy_missing().await.is_err(), "{behavior:?}");
        assert!(offsite.status().error.is_some(), "{behavior:?}");
        assert!(offsite.refresh().await.is_err(), "{behavior:?}");
        assert!(backups.list().await.expect("a list").iter().all(|backup| !backup.offsite), "{behavior:?}");
    }
    // The server's background task retries.
    let (task, token) = (Arc::clone(&offsite), CancellationToken::new());
    let stop = token.clone();
    let running = TaskTracker::new().spawn(async move { task.run(stop).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    s3.set_behavior(Behavior::Slow(Duration::from_millis(20)));
    let mut status = offsite.watch();
    let copied = status.wait_for(|status| status.copies == 2 && status.error.is_none() && status.complete_at.is_some());
    tokio::time::timeout(Duration::from_secs(30), copied).await.expect("no timeout").expect("a running task");
    // It also copies new backups.
    create(&backups).await;
    tokio::time::timeout(Duration::from_secs(30), status.wait_for(|status| status.copies == 3))
        .await
        .expect("no timeout")
        .expect("a running task");
    token.cancel();
    running.await.expect("no panic");
}

async fn a_store_that_corrupts_a_copy_is_noticed_and_the_copy_removed(bench: Bench) {
    let s3 = S3::start().await;
    let offsite = offsite(&bench, &s3);
    let backups = backups(&bench, &offsite);
    bench.save("a", "First").await;
    create(&backups).await;
    s3.set_behavior(Behavior::Corrupting);
    let error = offsite.copy_missing().await.expect_err("a corrupted copy");
    assert!(matches!(error, OffsiteError::ReadBackMismatch(..)), "{error}");
    assert_eq!(s3.names(), Vec::<String>::new(), "the copy is removed");
    s3.set_behavior(Behavior::Normal);
    assert_eq!(offsite.copy_missing().await.expect("copies"), 1);

    let wrong_key = OffsiteSettings { secret: "another".into(), ..s3.settings() };
    let clock = Arc::clone(&bench.clock) as Arc<dyn Clock>;
    let unauthorized = Offsite::new(&wrong_key, &bench.data_dir, clock).expect("valid settings");
    let error = unauthorized.refresh().await.expect_err("a wrong signature").to_string();
    assert!(error.contains("403") && error.contains("SignatureDoesNotMatch"), "{error}");
    assert!(!error.contains("another") && !error.contains("X-Amz"), "the error contains a secret: {error}");
}

async fn a_damaged_copy_is_not_fetched(bench: Bench) {
    type Damage = fn(&mut Vec<u8>);
    let s3 = S3::start().await;
    let offsite = offsite(&bench, &s3);
    let backups = backups(&bench, &offsite);
    bench.save("a", "First").await;
    let backup = create(&backups).await;
    offsite.copy_missing().await.expect("copies");
    remove_all(&bench);
    let key = format!("church/one/{}", backup.name);
    let good = s3.inner().objects[&key].clone();
    let damages: [(&str, Damage); 3] = [
        ("a changed byte", |bytes| bytes[100] ^= 1),
        ("half a copy", |bytes| bytes.truncate(bytes.len() / 2)),
        ("an empty copy", Vec::clear),
    ];
    for (case, damage) in damages {
        let mut bytes = good.clone();
        damage(&mut bytes);
        s3.inner().objects.insert(key.clone(), bytes);
        let error = backups.fetch(&backup.name).await.expect_err(case);
        assert!(matches!(error, OffsiteError::Backup(_)), "{case}: {error}");
        assert_eq!(bench.files(), Vec::<String>::new(), "{case}");
    }
    s3.inner().objects.insert(key.clone(), good);
    s3.set_behavior(Behavior::Disconnecting);
    assert!(backups.fetch(&backup.name).await.is_err(), "the connection is dropped");
    assert_eq!(bench.files(), Vec::<String>::new());
    s3.set_behavior(Behavior::Normal);
    backups.fetch(&backup.name).await.expect("a fetched backup");
    s3.inner().objects.remove(&format!("church/one/{}", backup.name.as_str().replace(".json.b64", ".manifest.json")));
    remove_all(&bench);
    let error = backups.fetch(&backup.name).await.expect_err("a copy without a manifest");
    assert!(matches!(error, OffsiteError::NoSuchCopy(_)), "{error}");
    let restored = bench.restores.restore(request(&backup), Arc::new(())).await;
    assert!(matches!(restored, Err(RestoreError::Backup(_))), "{restored:?}");
}

async fn copies_are_removed_by_the_same_rules_only_when_a_cleanup_is_applied(bench: Bench) {
    let s3 = S3::start().await;
    let offsite = offsite(&bench, &s3);
    let backups = backups(&bench, &offsite);
    bench.save("a", "First").await;
    let mut names = Vec::new();
    for _ in 0..13 {
        names.push(create(&backups).await.name);
        bench.clock.advance(TimeDelta::minutes(1));
    }
    backups.pin(&names[0], true).await.expect("a pinned backup");
    offsite.copy_missing().await.expect("copies");
    let plan = backups.plan_cleanup().await.expect("a plan");
    let copies = plan.offsite.expect("a plan for the copies");
    assert_eq!(copies.remove.iter().map(|decision| &decision.name).collect::<Vec<_>>(), [&names[2], &names[1]]);
    assert_eq!(s3.names().len(), 26, "a plan removes nothing");

    s3.set_behavior(Behavior::Unavailable);
    let report = backups.cleanup().await.expect("a local cleanup");
    assert_eq!((report.remove.len(), report.offsite.is_none()), (2, true));
    assert!(report.offsite_error.expect("an error").contains("503"));
    s3.set_behavior(Behavior::Normal);
    let report = backups.cleanup().await.expect("a cleanup of the copies");
    assert!(report.offsite.is_some_and(|copies| copies.applied && copies.remove.len() == 2));
    assert_eq!(s3.names().len(), 22);
    assert_eq!(offsite.status().copies, 11);
    assert_eq!(offsite.copy_missing().await.expect("no removed copy is made again"), 0);
}

/// Returns a saver whose database is unreachable.
fn saver_without_database(bench: &Bench, offsite: &Arc<Offsite>) -> Saver {
    let mut settings = DatabaseSettings::new("postgres://nobody@127.0.0.1:1/none");
    settings.connect_timeout = Duration::from_millis(300);
    let store = connect(&settings).expect("a store");
    let clock = Arc::clone(&bench.clock) as Arc<dyn Clock>;
    Saver::new(store, Arc::clone(&bench.exporter), bench.data_dir.clone(), clock, TaskTracker::new())
        .with_offsite(Some(Arc::clone(offsite)))
}

async fn a_sermon_that_no_disk_can_save_goes_to_the_store_and_is_replayed_once(bench: Bench) {
    let s3 = S3::start().await;
    let offsite = offsite(&bench, &s3);
    bench.save("old", "Before").await;
    let directory = bench.data_dir.backups();
    fs::remove_dir_all(&directory).expect("removed");
    fs::write(&directory, b"not a directory").expect("written");

    let saver = saver_without_database(&bench, &offsite);
    let save = bench.request("new", "Rescued");
    let mut names = Vec::new();
    // Two entries for the same moment get different names.
    for save in [save.clone(), save.clone()] {
        let report = saver.save(save).await.expect("a save to the store");
        let SavedTo::Spool { name } = report.saved_to else { panic!("saved to the database") };
        assert!(name.starts_with("s3://manna/church/one/EMERGENCY_SAVE_"), "{name}");
        names.push(name);
    }
    assert_ne!(names[0], names[1]);
    for behavior in [Behavior::Unavailable, Behavior::Disconnecting, Behavior::Corrupting] {
        s3.set_behavior(behavior);
        let error = saver.save(bench.request("lost", "Lost")).await.expect_err("nothing can save it");
        let SaveError::NotSaved { save, spool, .. } = error else { panic!("{error}") };
        assert_eq!(save.document, document("lost", "Lost"), "the sermon is returned");
        assert!(spool.contains("offsite store") || spool.contains("read back"), "both reasons are reported: {spool}");
    }
    s3.set_behavior(Behavior::Normal);
    // An entry may exist even though the store reported an error, and would then be replayed.
    s3.inner().objects.retain(|key, _| !key.contains("_lost"));
    offsite.refresh().await.expect("a listing");
    assert_eq!(offsite.status().spooled, 2);

    let saver = Saver::new(
        Arc::clone(&bench.store),
        Arc::clone(&bench.exporter),
        bench.data_dir.clone(),
        Arc::clone(&bench.clock) as Arc<dyn Clock>,
        TaskTracker::new(),
    )
    .with_offsite(Some(Arc::clone(&offsite)));
    let replayer = Replayer::new(Arc::new(saver), Arc::clone(&bench.store), Arc::clone(&bench.clock) as Arc<dyn Clock>);
    let report = replayer.replay().await.expect("a reachable database");
    assert_eq!(report.saved, 2, "{report:?}");
    assert_eq!(s3.names(), Vec::<String>::new());
    assert_eq!(offsite.status().spooled, 0);
    let (documents, _) = bench.database().await;
    assert_eq!(documents.keys().collect::<Vec<_>>(), ["new", "old"]);
    assert_eq!(bench.transcript("new").await.as_deref(), Some("Rescued"));
    let versions = bench.query_number("select count(*) from video_history where video_id = 'new'").await;
    assert_eq!(versions, 0, "the sermon was saved once");

    let requests = s3.inner().requests.len();
    let again = replayer.replay().await.unwrap_or_default();
    assert_eq!(again, ReplayReport::default());
    assert_eq!(s3.inner().requests.len(), requests, "an empty store is not listed again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_backup_is_copied_in_parts_and_lost_parts_leave_nothing_behind() {
    let (bench, s3) = (Bench::sqlite(), S3::start().await);
    let offsite = offsite(&bench, &s3);
    let backups = backups(&bench, &offsite);
    for id in ["a", "b", "c", "d"] {
        let mut save = bench.request(id, &"x".repeat(7 * 1024 * 1024));
        save.transcript = None;
        bench.saver.save(save).await.expect("a save");
    }
    let backup = create(&backups).await;
    assert!(backup.bytes > 2 * 16 * 1024 * 1024, "{} bytes", backup.bytes);
    s3.set_behavior(Behavior::LosingParts);
    let error = offsite.copy_missing().await.expect_err("lost parts").to_string();
    assert!(error.contains("it got lost"), "{error}");
    assert_eq!(s3.names(), Vec::<String>::new());
    s3.set_behavior(Behavior::Normal);
    assert_eq!(offsite.copy_missing().await.expect("copies"), 1);
    assert!(s3.inner().longest_body <= 16 * 1024 * 1024, "one part at a time");
    remove_all(&bench);
    backups.fetch(&backup.name).await.expect("a fetched backup");
}
