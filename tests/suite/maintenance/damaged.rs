//! A restore over a database that is damaged, so that no snapshot of it can be made: only when that is said.

use std::sync::Arc;

use mannameter::safety::restore::{RestoreError, RestoreRequest};

use crate::support::bench::{Bench, contract};

contract!(
    a_damaged_database_is_restored_over_only_when_that_is_said_and_its_rows_are_kept,
    a_database_without_its_table_is_restored_into_when_that_is_said,
);

fn request(bench: &mannameter::safety::BackupName, damaged: bool) -> RestoreRequest {
    RestoreRequest {
        name: bench.clone(),
        confirm: bench.to_string(),
        plan_token: None,
        accept_unverified: false,
        allow_empty: false,
        damaged,
        actor: "admin",
    }
}

async fn a_damaged_database_is_restored_over_only_when_that_is_said_and_its_rows_are_kept(bench: Bench) {
    bench.keep("a", "one").await;
    bench.keep("b", "two").await;
    let backup = bench.backups.create().await.expect("a backup").name;
    let wanted = bench.database().await.0;
    bench.keep("c", "later").await;
    bench.run("update videos set document = replace(document, '\"two\"', '\"bad\"') where video_id = 'b'").await;
    let refused = bench.restores.restore(request(&backup, false), Arc::new(())).await.expect_err("no snapshot");
    assert!(matches!(refused, RestoreError::NoSnapshot(_)), "{refused}");
    assert!(refused.to_string().contains("--damaged"), "{refused}");

    let restored = bench.restores.restore(request(&backup, true), Arc::new(())).await.expect("restored");
    assert_eq!(bench.database().await.0, wanted);
    let history = bench.store.history(&crate::support::bench::id("b")).await.expect("a history");
    assert!(history.iter().any(|version| version.document.contains("\"bad\"")), "what was there is kept");
    assert_eq!(bench.transcript("b").await.as_deref(), Some("two"));
    assert_eq!(bench.store.history(&crate::support::bench::id("c")).await.expect("a history").len(), 1);
    // The snapshot is of what could be read, and can be gone back to.
    bench.backups.verify(&restored.snapshot).await.expect("it is read");
    bench.restores.undo(restored.restore_id, "admin", Arc::new(())).await.expect("undone");
    assert!(bench.database().await.0["b"].contains("\"bad\""));
}

async fn a_database_without_its_table_is_restored_into_when_that_is_said(bench: Bench) {
    bench.keep("a", "one").await;
    let backup = bench.backups.create().await.expect("a backup").name;
    let wanted = bench.database().await.0;
    bench.run("drop table mentions; drop table transcripts; drop table videos").await;
    let refused = bench.restores.restore(request(&backup, false), Arc::new(())).await.expect_err("no table");
    assert!(refused.to_string().contains("a table is missing"), "{refused}");
    bench.restores.restore(request(&backup, true), Arc::new(())).await.expect("restored");
    assert_eq!(bench.database().await.0, wanted);
    assert_eq!(bench.ask("select count(*) from mentions").await, 1);
}
