//! Restore drills: a real restore into a scratch database, which leaves nothing behind.

use std::{fs, path::Path, sync::Arc, time::Duration};

use chrono::TimeDelta;
use mannameter::{
    clock::Clock as _,
    safety::{DrillError, MaintenanceSettings, MaintenanceTask},
};
use sqlx::{Connection as _, PgConnection};

use crate::{
    maintenance::{drill_of, maintenance, scratches},
    support::bench::{Bench, contract},
};

contract!(
    a_drill_restores_the_newest_backup_and_changes_and_leaves_nothing,
    a_drill_with_a_damaged_backup_fails_and_reports_it,
    a_drill_accepts_an_upload_in_another_form,
    a_drill_without_a_backup_says_what_to_do,
    leftovers_of_a_killed_drill_are_removed_but_those_of_a_running_one_are_not,
    drills_and_writers_do_not_wait_for_each_other,
);

/// Returns the names of all files in the data directory and its backups, except lock files.
fn all_files(bench: &Bench) -> Vec<String> {
    let mut names = bench.files();
    let root = fs::read_dir(bench.data_dir.root()).expect("a directory");
    names.extend(root.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")));
    names.retain(|name| Path::new(name).extension().is_none_or(|extension| extension != "lock"));
    names.sort();
    names
}

async fn a_drill_restores_the_newest_backup_and_changes_and_leaves_nothing(bench: Bench) {
    for (id, title) in [("a", "one"), ("b", "two"), ("a", "three")] {
        bench.save(id, title).await;
    }
    bench.exporter.export_now().await.expect("an export");
    let backup = bench.backups.create().await.expect("a backup");
    // A drill does not need sermons that are newer than the backup.
    bench.save("c", "later").await;
    let (before, files) = (bench.database().await, all_files(&bench));
    let maintenance = maintenance(&bench, MaintenanceSettings::default());
    let drilled = maintenance.run_drill(Arc::new(())).await.expect("a drill");
    assert_eq!((drilled.backup, drilled.sermons), (backup.name, 2));
    assert_eq!(bench.database().await, before);
    assert_eq!(all_files(&bench), files);
    assert_eq!(bench.query_number("select count(*) from restores").await, 0);
    assert_eq!(scratches(&bench).list().await.expect("a list"), [""; 0]);
    let status = maintenance.status().await.expect("a status");
    let drill = status.iter().find(|status| status.task == MaintenanceTask::Drill).expect("the status of the drill");
    assert_eq!((drill.ok, drill.ok_at), (Some(true), Some(bench.clock.now())));
}

async fn a_drill_with_a_damaged_backup_fails_and_reports_it(bench: Bench) {
    bench.save("a", "one").await;
    bench.save("b", "two").await;
    let backup = bench.backups.create().await.expect("a backup");
    let path = bench.path(backup.name.as_str());
    let mut bad = fs::read(&path).expect("the backup");
    bad[60] ^= 1;
    fs::write(&path, bad).expect("written");
    let files = all_files(&bench);
    let maintenance = maintenance(&bench, MaintenanceSettings::default());
    let error = maintenance.run_drill(Arc::new(())).await.expect_err("the backup is damaged").to_string();
    assert!(error.contains("could not be restored") && error.contains(backup.name.as_str()), "{error}");
    assert_eq!(all_files(&bench), files);
    assert_eq!(scratches(&bench).list().await.expect("a list"), [""; 0]);
    let status = maintenance.status().await.expect("a status");
    let drill = status.iter().find(|status| status.task == MaintenanceTask::Drill).expect("the status of the drill");
    assert_eq!((drill.ok, drill.message.as_deref()), (Some(false), Some(error.as_str())));
}

/// The documents of an older file are converted, so that neither their checksums nor the digest are those of the file.
async fn a_drill_accepts_an_upload_in_another_form(bench: Bench) {
    let document = r#"{"title": "Old", "processed_at": "2024-05-05T10:00:00", "stats": {"scripture_references": 1}}"#;
    let file = format!(r#"{{"old_one": {document}, "old_two": {document}}}"#);
    let body = futures_util::stream::iter([Ok::<_, std::io::Error>(file.into_bytes())]);
    let backup = bench.backups.upload(body, None).await.expect("an upload");
    let drilled = drill_of(&bench).run(Arc::new(())).await.expect("a drill");
    assert_eq!((drilled.backup, drilled.sermons), (backup.name, 2));
    assert_eq!(all_files(&bench).iter().filter(|name| name.contains("drill")).count(), 0);
}

async fn a_drill_without_a_backup_says_what_to_do(bench: Bench) {
    bench.save("a", "one").await;
    let failed = drill_of(&bench).run(Arc::new(())).await;
    assert!(matches!(failed, Err(DrillError::NoBackup)), "{failed:?}");
}

async fn leftovers_of_a_killed_drill_are_removed_but_those_of_a_running_one_are_not(bench: Bench) {
    let (drill, scratches) = (drill_of(&bench), scratches(&bench));
    bench.save("a", "one").await;
    let left = bench.data_dir.root().join(".drill-scratch");
    fs::create_dir_all(left.join("backups")).expect("a directory");
    fs::write(left.join("backups/x"), "x").expect("a file");
    // Schemas from another machine: one a year old, one new.
    let name = |time: chrono::DateTime<chrono::Utc>| format!("{:x}_elsewhere_1", time.timestamp());
    let (old, new) = (name(bench.clock.now() - TimeDelta::days(365)), name(bench.clock.now()));
    let file = tempfile::tempdir().expect("a directory");
    for name in [&old, &new] {
        scratches.create(name, &file.path().join("x.db")).await.expect("a scratch database").close().await;
    }
    drill.clean_up().await.expect("cleaned up");
    assert!(!left.exists());
    let expected = if bench.is_sqlite() { vec![] } else { vec![new.clone()] };
    assert_eq!(scratches.list().await.expect("a list"), expected);
    scratches.drop_database(&new).await.expect("removed");

    // A drill is running: its process holds the lock.
    bench.backups.create().await.expect("a backup");
    fs::create_dir_all(&left).expect("a directory");
    let lock = fs::File::create(bench.data_dir.root().join(".drill.lock")).expect("a lock file");
    lock.lock().expect("the lock");
    drill.clean_up().await.expect("nothing to clean up");
    assert!(left.exists());
    assert!(matches!(drill.run(Arc::new(())).await, Err(DrillError::Busy)));
    drop(lock);
    drill.run(Arc::new(())).await.expect("a drill");
    assert!(!left.exists());
}

async fn drills_and_writers_do_not_wait_for_each_other(bench: Bench) {
    bench.save("a", "one").await;
    bench.backups.create().await.expect("a backup");
    let drill = drill_of(&bench);
    if bench.is_sqlite() {
        // On SQLite they use different files.
        drill.run(Arc::new(())).await.expect("a drill");
        return;
    }
    // An ordinary writer, and one that replaces everything, each within its transaction.
    for lock in ["pg_advisory_xact_lock_shared(85080859894093)", "pg_advisory_xact_lock(85080859894093)"] {
        let mut writer = PgConnection::connect(&bench.url).await.expect("a connection");
        let statements = format!("begin; select {lock}; update store_state set seq = seq");
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut writer).await.expect("a writer");
        let drilled = tokio::time::timeout(Duration::from_secs(20), drill.run(Arc::new(()))).await;
        drilled.expect("the drill does not wait").expect("a drill");
        writer.close().await.expect("closed");
    }
}
