//! What was changed behind the program's back is noticed before the next write.

use std::sync::Arc;

use mannameter::{clock::Clock, safety::Integrity};

use crate::support::bench::{Bench, contract};

contract!(
    rows_that_are_gone_or_changed_are_noticed_before_the_next_write,
    a_table_that_is_gone_is_noticed,
    a_new_database_beside_backups_says_so_and_one_that_was_emptied_by_us_does_not,
);

fn integrity(bench: &Bench) -> Integrity {
    let clock = Arc::clone(&bench.clock) as Arc<dyn Clock>;
    Integrity::new(Arc::clone(&bench.store), Arc::clone(&bench.backups), bench.data_dir.clone(), clock)
}

/// What is said after a look.
async fn said(integrity: &Integrity) -> Option<String> {
    let looked = integrity.look().await.expect("an answer");
    assert_eq!(looked, integrity.status());
    looked.problem
}

async fn rows_that_are_gone_or_changed_are_noticed_before_the_next_write(bench: Bench) {
    let integrity = integrity(&bench);
    for id in ["a", "b", "c"] {
        bench.keep(id, id).await;
    }
    assert_eq!(said(&integrity).await, None);
    bench.run("update videos set sha256 = (select sha256 from videos where video_id = 'a') where video_id = 'b'").await;
    let problem = said(&integrity).await.expect("a problem");
    assert!(problem.contains("there are 3 sermons") && problem.contains("not all of them are those"), "{problem}");
    bench.run("delete from mentions where video_id = 'b'; delete from transcripts where video_id = 'b'").await;
    bench.run("delete from videos where video_id = 'b'").await;
    let problem = said(&integrity).await.expect("a problem");
    assert!(problem.contains("2 sermons are there, and 3 were written"), "{problem}");
    assert!(problem.contains("mannameter recover"), "{problem}");
}

async fn a_table_that_is_gone_is_noticed(bench: Bench) {
    let integrity = integrity(&bench);
    bench.keep("a", "a").await;
    bench.run("drop table mentions").await;
    let problem = said(&integrity).await.expect("a problem");
    assert!(problem.contains("tables are gone (mentions)"), "{problem}");
}

async fn a_new_database_beside_backups_says_so_and_one_that_was_emptied_by_us_does_not(bench: Bench) {
    let integrity = integrity(&bench);
    let uninitialized = async |integrity: &Integrity| integrity.look().await.expect("an answer").uninitialized;
    assert_eq!(uninitialized(&integrity).await, None, "nothing lies beside it");
    bench.keep("a", "a").await;
    let backup = bench.backups.create().await.expect("a backup");
    bench.saver.delete(&crate::support::bench::id("a"), "admin").await.expect("deleted");
    assert_eq!(uninitialized(&integrity).await, None, "it is empty because its owner wanted that");

    // Another, new database on the same files.
    let new = if bench.is_sqlite() { Bench::sqlite() } else { Bench::postgres() };
    for name in bench.files() {
        std::fs::copy(bench.path(&name), new.path(&name)).expect("a copy");
    }
    let integrity = self::integrity(&new);
    let words = uninitialized(&integrity).await.expect("words");
    assert!(words.contains("this database is new") && words.contains(backup.name.as_str()), "{words}");
    assert!(words.contains("--seed-from-backup"), "{words}");
    assert_eq!(integrity.status().alarm(), Some(words.as_str()));
    new.keep("b", "b").await;
    assert_eq!(uninitialized(&integrity).await, None, "it is in use");
}
