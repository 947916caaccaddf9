//! Restores over a database that is too damaged for a snapshot; they require `damaged`.

use std::sync::Arc;

use mannameter::safety::{
    BackupName,
    restore::{RestoreError, RestoreRequest},
};

use crate::support::bench::{Bench, contract};

contract!(
    a_restore_over_a_damaged_database_must_be_requested_and_keeps_its_rows_in_the_history,
    a_restore_into_a_database_without_its_tables_must_be_requested,
);

fn request(backup: &BackupName, damaged: bool) -> RestoreRequest {
    RestoreRequest {
        name: backup.clone(),
        confirm: backup.to_string(),
        plan_token: None,
        accept_unverified: false,
        allow_empty: false,
        damaged,
        actor: "admin".into(),
    }
}

async fn a_restore_over_a_damaged_database_must_be_requested_and_keeps_its_rows_in_the_history(bench: Bench) {
    bench.save("a", "one").await;
    bench.save("b", "two").await;
    let backup = bench.backups.create().await.expect("a backup").name;
    let wanted = bench.database().await.0;
    bench.save("c", "later").await;
    bench.execute("update videos set document = replace(document, '\"two\"', '\"bad\"') where video_id = 'b'").await;
    let refused = bench.restores.restore(request(&backup, false), Arc::new(())).await.expect_err("no snapshot");
    assert!(matches!(refused, RestoreError::SnapshotFailed(_)), "{refused}");
    assert!(refused.to_string().contains("--damaged"), "{refused}");

    let restored = bench.restores.restore(request(&backup, true), Arc::new(())).await.expect("restored");
    assert_eq!(bench.database().await.0, wanted);
    let history = bench.store.history(&crate::support::bench::id("b")).await.expect("a history");
    assert!(history.iter().any(|version| version.document.contains("\"bad\"")), "the damaged row is in the history");
    assert_eq!(bench.transcript("b").await.as_deref(), Some("two"));
    assert_eq!(bench.store.history(&crate::support::bench::id("c")).await.expect("a history").len(), 1);
    // The snapshot has every readable row and can be restored.
    bench.backups.verify(&restored.snapshot).await.expect("verified");
    bench.restores.undo(restored.restore_id, "admin", Arc::new(())).await.expect("undone");
    assert!(bench.database().await.0["b"].contains("\"bad\""));
}

async fn a_restore_into_a_database_without_its_tables_must_be_requested(bench: Bench) {
    bench.save("a", "one").await;
    let backup = bench.backups.create().await.expect("a backup").name;
    let wanted = bench.database().await.0;
    bench.execute("drop table mentions; drop table transcripts; drop table videos").await;
    let refused = bench.restores.restore(request(&backup, false), Arc::new(())).await.expect_err("no table");
    assert!(refused.to_string().contains("a table is missing"), "{refused}");
    bench.restores.restore(request(&backup, true), Arc::new(())).await.expect("restored");
    assert_eq!(bench.database().await.0, wanted);
    assert_eq!(bench.query_number("select count(*) from mentions").await, 1);
}
