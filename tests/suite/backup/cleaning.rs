//! What cleanup removes on a real directory; the rules themselves are tested beside the code.

use chrono::TimeDelta;
use mannameter::safety::backup::{BackupKind, Verdict};

use crate::support::bench::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn a_year_of_daily_backups_becomes_a_handful_and_all_of_them_are_good() {
    let bench = Bench::sqlite();
    for day in 0..60 {
        bench.keep("a", &format!("Day {day}")).await;
        bench.backups.create().await.expect("a backup");
        bench.clock.advance(TimeDelta::days(1));
    }
    let before = bench.files();
    let plan = bench.backups.plan_cleanup().await.expect("a plan");
    assert!(!plan.applied && !plan.remove.is_empty());
    assert_eq!(bench.files(), before, "a plan changes nothing");

    let done = bench.backups.cleanup().await.expect("a cleanup");
    assert!(done.applied);
    assert_eq!((&done.remove, done.freed_bytes), (&plan.remove, plan.freed_bytes));
    let list = bench.backups.list().await.expect("a list");
    let scheduled = list.iter().filter(|backup| backup.kind == BackupKind::DatabaseBackup).count();
    assert!((12..=16).contains(&scheduled), "{scheduled}");
    assert_eq!(bench.files().len(), 2 * list.len(), "no manifest is left alone");
    let all = bench.backups.verify_all(|_| ()).await.expect("an answer");
    assert!(all.iter().all(|found| found.verdict == Verdict::Verified), "{all:#?}");
    assert!(bench.backups.cleanup().await.expect("a cleanup").remove.is_empty(), "once is enough");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pinned_stays_until_it_is_not() {
    let bench = Bench::sqlite();
    let mut names = Vec::new();
    for index in 0..13 {
        bench.keep("a", &index.to_string()).await;
        names.push(bench.backups.create().await.expect("a backup").name);
    }
    assert!(bench.backups.pin(&names[0], true).await.expect("it is pinned").pinned);
    let removed = bench.backups.cleanup().await.expect("a cleanup").remove;
    assert_eq!(removed.iter().map(|gone| &gone.name).collect::<Vec<_>>(), [&names[2], &names[1]]);
    bench.backups.pin(&names[0], false).await.expect("it is unpinned");
    let removed = bench.backups.cleanup().await.expect("a cleanup").remove;
    assert_eq!(removed.iter().map(|gone| &gone.name).collect::<Vec<_>>(), [&names[0]]);
}
