//! Changes made outside the program are noticed before the next write.

use std::sync::Arc;

use mannameter::{clock::Clock, safety::Integrity};

use crate::support::bench::{Bench, contract};

contract!(
    missing_or_modified_rows_are_noticed_before_the_next_write,
    a_missing_table_is_noticed,
    a_new_database_next_to_backups_is_reported_but_one_emptied_through_the_program_is_not,
);

fn integrity(bench: &Bench) -> Integrity {
    let clock = Arc::clone(&bench.clock) as Arc<dyn Clock>;
    Integrity::new(Arc::clone(&bench.store), Arc::clone(&bench.backups), bench.data_dir.clone(), clock)
}

/// Runs a check and returns the problem it found.
async fn problem(integrity: &Integrity) -> Option<String> {
    let status = integrity.check().await.expect("a check");
    assert_eq!(status, integrity.status());
    status.problem
}

async fn missing_or_modified_rows_are_noticed_before_the_next_write(bench: Bench) {
    let integrity = integrity(&bench);
    for id in ["a", "b", "c"] {
        bench.save(id, id).await;
    }
    assert_eq!(problem(&integrity).await, None);
    bench
        .execute("update videos set sha256 = (select sha256 from videos where video_id = 'a') where video_id = 'b'")
        .await;
    let found = problem(&integrity).await.expect("a problem");
    assert!(found.contains("it has 3 sermons as expected, but not the versions"), "{found}");
    bench.execute("delete from mentions where video_id = 'b'; delete from transcripts where video_id = 'b'").await;
    bench.execute("delete from videos where video_id = 'b'").await;
    let found = problem(&integrity).await.expect("a problem");
    assert!(found.contains("it has 2 sermons but should have 3"), "{found}");
    assert!(found.contains("mannameter recover"), "{found}");
}

async fn a_missing_table_is_noticed(bench: Bench) {
    let integrity = integrity(&bench);
    bench.save("a", "a").await;
    bench.execute("drop table mentions").await;
    let found = problem(&integrity).await.expect("a problem");
    assert!(found.contains("a table is missing (mentions)"), "{found}");
}

async fn a_new_database_next_to_backups_is_reported_but_one_emptied_through_the_program_is_not(bench: Bench) {
    let integrity = integrity(&bench);
    let uninitialized = async |integrity: &Integrity| integrity.check().await.expect("a check").uninitialized;
    assert_eq!(uninitialized(&integrity).await, None, "there are no backups");
    bench.save("a", "a").await;
    let backup = bench.backups.create().await.expect("a backup");
    bench.saver.delete(&crate::support::bench::id("a"), "admin").await.expect("deleted");
    assert_eq!(uninitialized(&integrity).await, None, "it was emptied on purpose");

    // A new database next to the same files.
    let new = if bench.is_sqlite() { Bench::sqlite() } else { Bench::postgres() };
    for name in bench.files() {
        std::fs::copy(bench.path(&name), new.path(&name)).expect("a copy");
    }
    let integrity = self::integrity(&new);
    let message = uninitialized(&integrity).await.expect("a message");
    assert!(message.contains("this database is new") && message.contains(backup.name.as_str()), "{message}");
    assert!(message.contains("--seed-from-backup"), "{message}");
    assert_eq!(integrity.status().alarm(), Some(message.as_str()));
    new.save("b", "b").await;
    assert_eq!(uninitialized(&integrity).await, None, "the database is in use");
}
