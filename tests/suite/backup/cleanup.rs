//! What a cleanup removes from a real directory. Tests of the rules are next to the code.

use chrono::TimeDelta;
use mannameter::safety::backup::{BackupKind, Verdict};

use crate::support::bench::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn of_sixty_daily_backups_a_handful_is_kept_and_all_of_them_are_good() {
    let bench = Bench::sqlite();
    for day in 0..60 {
        bench.save("a", &format!("Day {day}")).await;
        bench.backups.create().await.expect("a backup");
        bench.clock.advance(TimeDelta::days(1));
    }
    let before = bench.files();
    let plan = bench.backups.plan_cleanup().await.expect("a plan");
    assert!(!plan.applied && !plan.remove.is_empty());
    assert_eq!(bench.files(), before, "a plan changes nothing");

    let report = bench.backups.cleanup().await.expect("a cleanup");
    assert!(report.applied);
    assert_eq!((&report.remove, report.freed_bytes), (&plan.remove, plan.freed_bytes));
    let list = bench.backups.list().await.expect("a list");
    let scheduled = list.iter().filter(|backup| backup.kind == BackupKind::DatabaseBackup).count();
    assert!((12..=16).contains(&scheduled), "{scheduled}");
    assert_eq!(bench.files().len(), 2 * list.len(), "every manifest has its backup");
    let all = bench.backups.verify_all(|_| ()).await.expect("verifications");
    assert!(all.iter().all(|found| found.verdict == Verdict::Verified), "{all:#?}");
    assert!(bench.backups.cleanup().await.expect("a cleanup").remove.is_empty(), "a second cleanup removes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pinned_backup_stays_until_it_is_unpinned() {
    let bench = Bench::sqlite();
    let mut names = Vec::new();
    for index in 0..13 {
        bench.save("a", &index.to_string()).await;
        names.push(bench.backups.create().await.expect("a backup").name);
    }
    assert!(bench.backups.pin(&names[0], true).await.expect("a pinned backup").pinned);
    let removed = bench.backups.cleanup().await.expect("a cleanup").remove;
    assert_eq!(removed.iter().map(|removed| &removed.name).collect::<Vec<_>>(), [&names[2], &names[1]]);
    bench.backups.pin(&names[0], false).await.expect("an unpinned backup");
    let removed = bench.backups.cleanup().await.expect("a cleanup").remove;
    assert_eq!(removed.iter().map(|removed| &removed.name).collect::<Vec<_>>(), [&names[0]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_being_read_stays() {
    let bench = Bench::sqlite();
    for index in 0..14 {
        bench.save("a", &index.to_string()).await;
        bench.backups.create().await.expect("a backup");
    }
    let plan = bench.backups.plan_cleanup().await.expect("a plan");
    let unwanted: Vec<_> = plan.remove.iter().map(|decision| decision.name.clone()).collect();
    assert_eq!(unwanted.len(), 4);
    let open = bench.second_instance().backups.open(&unwanted[0]).await.expect("an open backup");
    assert_eq!(bench.backups.cleanup().await.expect("a cleanup").remove.len(), 3);
    assert!(bench.path(unwanted[0].as_str()).exists());
    drop(open);
    assert_eq!(bench.backups.cleanup().await.expect("a cleanup").remove.len(), 1);
}
