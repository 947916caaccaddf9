//! Drills: the real restore, into a scratch database, of which nothing is left.

use std::{fs, path::Path, sync::Arc, time::Duration};

use chrono::TimeDelta;
use mannameter::{
    clock::Clock as _,
    safety::{DrillError, Task, MaintenanceSettings},
};
use sqlx::{Connection as _, PgConnection};

use crate::{
    support::bench::{Bench, contract},
    maintenance::drill_of,
    maintenance::scratches,
    maintenance::maintenance,
};

contract!(
    a_drill_restores_the_newest_backup_and_leaves_nothing_and_changes_nothing,
    a_drill_of_a_damaged_backup_fails_and_says_so,
    without_a_backup_a_drill_says_what_to_do,
    what_a_killed_drill_left_is_removed_and_a_running_one_is_left_alone,
    a_drill_does_not_wait_for_writers_nor_they_for_it,
);

/// Everything in the data directory but the locks and SQLite's own files.
fn everything(bench: &Bench) -> Vec<String> {
    let mut names = bench.files();
    let root = fs::read_dir(bench.data_dir.root()).expect("a directory");
    names.extend(root.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")));
    names.retain(|name| Path::new(name).extension().is_none_or(|extension| extension != "lock"));
    names.sort();
    names
}

async fn a_drill_restores_the_newest_backup_and_leaves_nothing_and_changes_nothing(bench: Bench) {
    for (id, title) in [("a", "one"), ("b", "two"), ("a", "three")] {
        bench.keep(id, title).await;
    }
    bench.exporter.export_now().await.expect("an export");
    let backup = bench.backups.create().await.expect("a backup");
    // What is newer than the backup is not its concern.
    bench.keep("c", "later").await;
    let (before, files) = (bench.database().await, everything(&bench));
    let maintenance = maintenance(&bench, MaintenanceSettings::default());
    let drilled = maintenance.drill_now(Arc::new(())).await.expect("a drill");
    assert_eq!((drilled.backup, drilled.videos), (backup.name, 2));
    assert_eq!(bench.database().await, before);
    assert_eq!(everything(&bench), files);
    assert_eq!(bench.ask("select count(*) from restores").await, 0);
    assert_eq!(scratches(&bench).left().await.expect("a list"), [""; 0]);
    let status = maintenance.status().await.expect("a status");
    let noted = status.iter().find(|status| status.task == Task::Drill).expect("it is noted");
    assert_eq!((noted.ok, noted.ok_at), (Some(true), Some(bench.clock.now())));
}

async fn a_drill_of_a_damaged_backup_fails_and_says_so(bench: Bench) {
    bench.keep("a", "one").await;
    bench.keep("b", "two").await;
    let backup = bench.backups.create().await.expect("a backup");
    let path = bench.path(backup.name.as_str());
    let mut bad = fs::read(&path).expect("the backup");
    bad[60] ^= 1;
    fs::write(&path, bad).expect("written");
    let files = everything(&bench);
    let maintenance = maintenance(&bench, MaintenanceSettings::default());
    let error = maintenance.drill_now(Arc::new(())).await.expect_err("it is damaged").to_string();
    assert!(error.contains("could not be restored") && error.contains(backup.name.as_str()), "{error}");
    assert_eq!(everything(&bench), files);
    assert_eq!(scratches(&bench).left().await.expect("a list"), [""; 0]);
    let status = maintenance.status().await.expect("a status");
    let noted = status.iter().find(|status| status.task == Task::Drill).expect("it is noted");
    assert_eq!((noted.ok, noted.words.as_deref()), (Some(false), Some(error.as_str())));
}

async fn without_a_backup_a_drill_says_what_to_do(bench: Bench) {
    bench.keep("a", "one").await;
    let failed = drill_of(&bench).run(Arc::new(())).await;
    assert!(matches!(failed, Err(DrillError::NoBackup)), "{failed:?}");
}

async fn what_a_killed_drill_left_is_removed_and_a_running_one_is_left_alone(bench: Bench) {
    let (drill, scratches) = (drill_of(&bench), scratches(&bench));
    bench.keep("a", "one").await;
    let left = bench.data_dir.root().join(".drill-scratch");
    fs::create_dir_all(left.join("backups")).expect("a directory");
    fs::write(left.join("backups/x"), "x").expect("a file");
    // Another machine's schema of a year ago, and one of a moment ago.
    let name = |time: chrono::DateTime<chrono::Utc>| format!("{:x}_elsewhere_1", time.timestamp());
    let (old, new) = (name(bench.clock.now() - TimeDelta::days(365)), name(bench.clock.now()));
    let file = tempfile::tempdir().expect("a directory");
    for name in [&old, &new] {
        scratches.make(name, &file.path().join("x.db")).await.expect("a scratch database").close().await;
    }
    drill.clean_up().await.expect("it is cleaned up");
    assert!(!left.exists());
    let expected = if bench.is_sqlite() { vec![] } else { vec![new.clone()] };
    assert_eq!(scratches.left().await.expect("a list"), expected);
    scratches.remove(&new).await.expect("removed");

    // One that runs: its process holds the lock.
    bench.backups.create().await.expect("a backup");
    fs::create_dir_all(&left).expect("a directory");
    let lock = fs::File::create(bench.data_dir.root().join(".drill.lock")).expect("a lock file");
    lock.lock().expect("the lock");
    drill.clean_up().await.expect("nothing to do");
    assert!(left.exists());
    assert!(matches!(drill.run(Arc::new(())).await, Err(DrillError::Busy)));
    drop(lock);
    drill.run(Arc::new(())).await.expect("a drill");
    assert!(!left.exists());
}

async fn a_drill_does_not_wait_for_writers_nor_they_for_it(bench: Bench) {
    bench.keep("a", "one").await;
    bench.backups.create().await.expect("a backup");
    let drill = drill_of(&bench);
    if bench.is_sqlite() {
        // Files of their own: there is nothing that they share.
        drill.run(Arc::new(())).await.expect("a drill");
        return;
    }
    // A writer, and one that changes everything, in the middle of their transactions.
    for lock in ["pg_advisory_xact_lock_shared(85080859894093)", "pg_advisory_xact_lock(85080859894093)"] {
        let mut writer = PgConnection::connect(&bench.url).await.expect("a connection");
        let statements = format!("begin; select {lock}; update store_state set seq = seq");
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut writer).await.expect("a writer");
        let drilled = tokio::time::timeout(Duration::from_secs(20), drill.run(Arc::new(()))).await;
        drilled.expect("it does not wait").expect("a drill");
        writer.close().await.expect("closed");
    }
}
