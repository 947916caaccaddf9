//! The second place for backups, a stand-in that speaks S3, on both databases: what is there was read back, what is not
//! good is not believed, and whatever is wrong with it, nothing here fails.

use std::{fs, sync::Arc, time::Duration};

use crate::support::bench::{Bench, contract, document};
use crate::support::s3::{Mood, S3};
use chrono::TimeDelta;
use mannameter::{
    clock::Clock,
    safety::{
        Backups, SaveError, Saver, Offsite, OffsiteError, Replayed, Replayer, RestoreError, SavedTo,
        backup::{BackupInfo, Condition, Retention, Verdict},
        restore::RestoreRequest,
    },
    store::{DatabaseSettings, connect},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

contract!(
    a_backup_is_copied_read_back_and_fetched_when_the_disk_is_lost,
    trouble_with_the_store_fails_no_backup_and_is_made_up_for,
    a_store_that_lies_is_found_out_and_its_copy_is_not_listed,
    a_copy_that_rots_is_not_fetched,
    what_may_go_goes_there_too_only_when_it_is_applied,
    a_result_that_no_disk_takes_waits_in_the_store_and_comes_back_once,
);

fn offsite(bench: &Bench, s3: &S3) -> Arc<Offsite> {
    let clock = Arc::clone(&bench.clock) as Arc<dyn Clock>;
    Arc::new(Offsite::new(&s3.settings(), &bench.data_dir, clock).expect("good settings"))
}

fn backups(bench: &Bench, offsite: &Arc<Offsite>) -> Backups {
    let clock = Arc::clone(&bench.clock) as Arc<dyn Clock>;
    Backups::new(Arc::clone(&bench.store), &bench.data_dir, clock).with_offsite(Some(Arc::clone(offsite)))
}

async fn made(backups: &Backups) -> BackupInfo {
    backups.create().await.expect("a backup")
}

async fn a_backup_is_copied_read_back_and_fetched_when_the_disk_is_lost(bench: Bench) {
    let s3 = S3::start().await;
    let offsite = offsite(&bench, &s3);
    let backups = backups(&bench, &offsite);
    bench.keep("a", "First").await;
    bench.exporter.export_now().await.expect("an export");
    bench.keep("a", "Second").await;
    let first = made(&backups).await;
    let second = made(&backups).await;
    assert!(!first.offsite, "not yet");
    assert_eq!(offsite.copy_missing().await.expect("copied"), 2);
    assert_eq!(offsite.copy_missing().await.expect("nothing to do"), 0);
    let list = backups.list().await.expect("a list");
    let there: Vec<_> = list.iter().map(|backup| (backup.kind.title(), backup.offsite)).collect();
    assert_eq!(there.iter().filter(|(_, offsite)| *offsite).count(), 2, "{there:?}");
    assert_eq!(s3.names().len(), 4, "two files and two manifests; none of before a write");
    let status = offsite.status();
    assert_eq!((status.copies, status.missing, status.error.clone()), (2, 0, None));
    assert_eq!(status.bytes, first.bytes + second.bytes);

    let before = fs::read(bench.path(first.name.as_str())).expect("the file");
    for name in bench.files() {
        fs::remove_file(bench.path(name)).expect("the disk is lost");
    }
    let fetched = backups.fetch(&first.name).await.expect("fetched");
    assert_eq!((fetched.condition, fetched.offsite), (Condition::Verified, true));
    assert_eq!(fs::read(bench.path(first.name.as_str())).expect("the file"), before);
    assert_eq!(backups.verify(&first.name).await.expect("read").verdict, Verdict::Verified);
    let again = backups.fetch(&first.name).await.expect_err("it is here");
    assert!(again.to_string().contains("is here already"), "{again}");

    bench.keep("b", "Later").await;
    let restored = bench.restores.restore(request(&first), Arc::new(())).await;
    assert!(restored.is_ok(), "{restored:?}");
    let (documents, _) = bench.database().await;
    assert_eq!(documents.keys().collect::<Vec<_>>(), ["a"]);
}

fn request(backup: &BackupInfo) -> RestoreRequest {
    RestoreRequest {
        name: backup.name.clone(),
        confirm: backup.name.to_string(),
        plan_token: None,
        accept_unverified: false,
        allow_empty: false,
        damaged: false,
        actor: "admin",
    }
}

async fn trouble_with_the_store_fails_no_backup_and_is_made_up_for(bench: Bench) {
    let s3 = S3::start().await;
    let offsite = offsite(&bench, &s3);
    let backups = backups(&bench, &offsite);
    bench.keep("a", "First").await;
    for mood in [Mood::Refusing, Mood::Cutting] {
        s3.be(mood);
        made(&backups).await;
        assert!(offsite.copy_missing().await.is_err(), "{mood:?}");
        assert!(offsite.status().error.is_some(), "{mood:?} is told");
        assert!(offsite.look().await.is_err(), "{mood:?}");
        assert!(backups.list().await.expect("a list").iter().all(|backup| !backup.offsite), "{mood:?}");
    }
    // The task that a server has makes up for it by itself.
    let (task, token) = (Arc::clone(&offsite), CancellationToken::new());
    let until = token.clone();
    let running = TaskTracker::new().spawn(async move { task.run(until).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    s3.be(Mood::Slow(Duration::from_millis(20)));
    let mut status = offsite.watch();
    let copied = status.wait_for(|status| status.copies == 2 && status.error.is_none() && status.complete_at.is_some());
    tokio::time::timeout(Duration::from_secs(30), copied).await.expect("in time").expect("it runs");
    // And what is made from now on is copied when it is made.
    made(&backups).await;
    tokio::time::timeout(Duration::from_secs(30), status.wait_for(|status| status.copies == 3))
        .await
        .expect("in time")
        .expect("it runs");
    token.cancel();
    running.await.expect("it ends");
}

async fn a_store_that_lies_is_found_out_and_its_copy_is_not_listed(bench: Bench) {
    let s3 = S3::start().await;
    let offsite = offsite(&bench, &s3);
    let backups = backups(&bench, &offsite);
    bench.keep("a", "First").await;
    made(&backups).await;
    s3.be(Mood::Lying);
    let error = offsite.copy_missing().await.expect_err("it keeps something else");
    assert!(matches!(error, OffsiteError::NotReadBack(..)), "{error}");
    assert_eq!(s3.names(), Vec::<String>::new(), "what is not good does not stay");
    s3.be(Mood::Good);
    assert_eq!(offsite.copy_missing().await.expect("copied"), 1);

    let wrong = mannameter::safety::OffsiteSettings { secret: "another".to_owned(), ..s3.settings() };
    let clock = Arc::clone(&bench.clock) as Arc<dyn Clock>;
    let stranger = Offsite::new(&wrong, &bench.data_dir, clock).expect("good settings");
    let error = stranger.look().await.expect_err("the store checks who comes").to_string();
    assert!(error.contains("403") && error.contains("SignatureDoesNotMatch"), "{error}");
    assert!(!error.contains("another") && !error.contains("X-Amz"), "nothing secret is told: {error}");
}

/// What happens to the bytes of a copy.
type Spoil = fn(&mut Vec<u8>);

async fn a_copy_that_rots_is_not_fetched(bench: Bench) {
    let s3 = S3::start().await;
    let offsite = offsite(&bench, &s3);
    let backups = backups(&bench, &offsite);
    bench.keep("a", "First").await;
    let backup = made(&backups).await;
    offsite.copy_missing().await.expect("copied");
    for name in bench.files() {
        fs::remove_file(bench.path(name)).expect("the disk is lost");
    }
    let key = format!("church/one/{}", backup.name);
    let good = s3.inner().objects[&key].clone();
    let spoil: [(&str, Spoil); 3] =
        [("a byte", |bytes| bytes[100] ^= 1), ("cut", |bytes| bytes.truncate(bytes.len() / 2)), ("empty", Vec::clear)];
    for (what, spoil) in spoil {
        let mut bytes = good.clone();
        spoil(&mut bytes);
        s3.inner().objects.insert(key.clone(), bytes);
        let error = backups.fetch(&backup.name).await.expect_err(what);
        assert!(matches!(error, OffsiteError::Backup(_)), "{what}: {error}");
        assert_eq!(bench.files(), Vec::<String>::new(), "{what} leaves nothing behind");
    }
    s3.inner().objects.insert(key.clone(), good);
    s3.be(Mood::Cutting);
    assert!(backups.fetch(&backup.name).await.is_err(), "cut on the way");
    assert_eq!(bench.files(), Vec::<String>::new());
    s3.be(Mood::Good);
    backups.fetch(&backup.name).await.expect("good again");
    s3.inner().objects.remove(&format!("church/one/{}", backup.name.as_str().replace(".json.b64", ".manifest.json")));
    for name in bench.files() {
        fs::remove_file(bench.path(name)).expect("lost again");
    }
    let error = backups.fetch(&backup.name).await.expect_err("without its manifest it is no copy");
    assert!(matches!(error, OffsiteError::NoCopy(_)), "{error}");
    let restored = bench.restores.restore(request(&backup), Arc::new(())).await;
    assert!(matches!(restored, Err(RestoreError::Backup(_))), "{restored:?}");
}

async fn what_may_go_goes_there_too_only_when_it_is_applied(bench: Bench) {
    let s3 = S3::start().await;
    let offsite = offsite(&bench, &s3);
    let rules = Retention { last: 2, daily: 0, weekly: 0, monthly: 0, ..Retention::default() };
    let backups = backups(&bench, &offsite).with_retention(rules);
    bench.keep("a", "First").await;
    let mut names = Vec::new();
    for _ in 0..5 {
        names.push(made(&backups).await.name);
        bench.clock.advance(TimeDelta::hours(1));
    }
    backups.pin(&names[0], true).await.expect("pinned");
    offsite.copy_missing().await.expect("copied");
    let plan = backups.plan_cleanup().await.expect("a plan");
    let there = plan.offsite.expect("a plan for there");
    assert_eq!(there.remove.iter().map(|decision| &decision.name).collect::<Vec<_>>(), [&names[2], &names[1]]);
    assert_eq!(s3.names().len(), 10, "only said");

    s3.be(Mood::Refusing);
    let done = backups.cleanup().await.expect("here it is done all the same");
    assert_eq!((done.remove.len(), done.offsite.is_none()), (2, true));
    assert!(done.offsite_error.expect("told").contains("503"));
    s3.be(Mood::Good);
    let done = backups.cleanup().await.expect("there it is made up for");
    assert!(done.offsite.is_some_and(|there| there.applied && there.remove.len() == 2));
    assert_eq!(s3.names().len(), 6);
    assert_eq!(offsite.status().copies, 3);
    assert_eq!(offsite.copy_missing().await.expect("nothing comes back"), 0);
}

/// A saver whose database is away, and whose spool has no disk.
fn stranded(bench: &Bench, offsite: &Arc<Offsite>) -> Saver {
    let mut settings = DatabaseSettings::new("postgres://nobody@127.0.0.1:1/none");
    settings.connect_timeout = Duration::from_millis(300);
    let store = connect(&settings).expect("a store");
    let clock = Arc::clone(&bench.clock) as Arc<dyn Clock>;
    Saver::new(store, Arc::clone(&bench.exporter), bench.data_dir.clone(), clock, TaskTracker::new())
        .with_offsite(Some(Arc::clone(offsite)))
}

async fn a_result_that_no_disk_takes_waits_in_the_store_and_comes_back_once(bench: Bench) {
    let s3 = S3::start().await;
    let offsite = offsite(&bench, &s3);
    bench.keep("old", "Before").await;
    let directory = bench.data_dir.backups();
    fs::remove_dir_all(&directory).expect("the disk is gone");
    fs::write(&directory, b"not a directory").expect("nothing can be written");

    let saver = stranded(&bench, &offsite);
    let save = bench.save_of("new", "Rescued");
    let mut names = Vec::new();
    // Of the same moment: each gets a name of its own.
    for save in [save.clone(), save.clone()] {
        let kept = saver.keep(save).await.expect("kept in the store");
        let SavedTo::Spool { name } = kept.stored else { panic!("the database is away") };
        assert!(name.starts_with("s3://manna/church/one/EMERGENCY_SAVE_"), "{name}");
        names.push(name);
    }
    assert_ne!(names[0], names[1]);
    for mood in [Mood::Refusing, Mood::Cutting, Mood::Lying] {
        s3.be(mood);
        let lost = saver.keep(bench.save_of("lost", "Nowhere")).await.expect_err("no place takes it");
        let SaveError::Nowhere { save, spool, .. } = lost else { panic!("{lost}") };
        assert_eq!(save.document, document("lost", "Nowhere"), "it is given back");
        assert!(spool.contains("store") || spool.contains("read back"), "both reasons are told: {spool}");
    }
    s3.be(Mood::Good);
    // What was refused may lie there all the same, and then comes back too: more is kept than was promised, never less.
    s3.inner().objects.retain(|key, _| !key.contains("_lost"));
    offsite.look().await.expect("an answer");
    assert_eq!(offsite.status().results, 2);

    let back = Saver::new(
        Arc::clone(&bench.store),
        Arc::clone(&bench.exporter),
        bench.data_dir.clone(),
        Arc::clone(&bench.clock) as Arc<dyn Clock>,
        TaskTracker::new(),
    )
    .with_offsite(Some(Arc::clone(&offsite)));
    let replayer = Replayer::new(Arc::new(back), Arc::clone(&bench.store), Arc::clone(&bench.clock) as Arc<dyn Clock>);
    let report = replayer.replay().await.expect("the database is there");
    assert_eq!(report.put_back, 2, "{report:?}");
    assert_eq!(s3.names(), Vec::<String>::new());
    assert_eq!(offsite.status().results, 0);
    let (documents, _) = bench.database().await;
    assert_eq!(documents.keys().collect::<Vec<_>>(), ["new", "old"]);
    assert_eq!(bench.transcript("new").await.as_deref(), Some("Rescued"));
    assert_eq!(bench.ask("select count(*) from video_history where video_id = 'new'").await, 0, "not twice");

    let requests = s3.inner().requests.len();
    let again = replayer.replay().await.unwrap_or_default();
    assert_eq!(again, Replayed::default());
    assert_eq!(s3.inner().requests.len(), requests, "an empty place is not asked again and again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_backup_goes_in_parts_and_those_that_get_lost_leave_nothing() {
    let (bench, s3) = (Bench::sqlite(), S3::start().await);
    let offsite = offsite(&bench, &s3);
    let backups = backups(&bench, &offsite);
    for id in ["a", "b", "c", "d"] {
        let mut save = bench.save_of(id, &"x".repeat(7 * 1024 * 1024));
        save.transcript = None;
        bench.saver.keep(save).await.expect("kept");
    }
    let backup = made(&backups).await;
    assert!(backup.bytes > 2 * 16 * 1024 * 1024, "{} bytes", backup.bytes);
    s3.be(Mood::LosingParts);
    let error = offsite.copy_missing().await.expect_err("the parts are lost").to_string();
    assert!(error.contains("it got lost"), "{error}");
    assert_eq!(s3.names(), Vec::<String>::new());
    s3.be(Mood::Good);
    assert_eq!(offsite.copy_missing().await.expect("copied"), 1);
    assert!(s3.inner().longest_body <= 16 * 1024 * 1024, "one part at a time");
    for name in bench.files() {
        fs::remove_file(bench.path(name)).expect("the disk is lost");
    }
    backups.fetch(&backup.name).await.expect("fetched");
}
