//! Restores that are refused without changing anything.

use std::{fs, sync::Arc};

use chrono::TimeDelta;
use mannameter::safety::{
    backup::{BackupError, BackupName},
    restore::RestoreError,
};

use crate::{
    restore::helpers::{request, restore},
    support::bench::{Bench, contract},
};

contract! {
    a_plan_is_valid_only_until_the_data_changes,
    only_the_backups_own_name_confirms_a_restore,
    a_damaged_backup_is_refused_and_nothing_changes,
    a_file_without_a_manifest_or_without_sermons_must_be_accepted_explicitly,
}

async fn a_plan_is_valid_only_until_the_data_changes(bench: Bench) {
    bench.save("a", "First").await;
    let name = bench.backups.create().await.expect("a backup").name;
    bench.save("a", "Second").await;
    let plan = bench.restores.preview(&name).await.expect("a preview").plan_token;
    let with = |token: &str| {
        let mut wanted = request(&name);
        wanted.plan_token = Some(token.to_owned());
        bench.restores.restore(wanted, Arc::new(()))
    };

    bench.save("b", "Meanwhile").await;
    let before = bench.database().await;
    let RestoreError::Stale { preview, .. } = with(&plan).await.expect_err("the data changed") else {
        panic!("the plan should be stale");
    };
    assert_eq!(preview.difference.removed.sermons[0].title, "Meanwhile");
    for wrong in ["", "x", "1.00", &plan.replace('.', ".0")] {
        assert!(matches!(with(wrong).await, Err(RestoreError::Stale { .. })), "{wrong:?}");
    }
    bench.clock.advance(TimeDelta::minutes(11));
    assert!(matches!(with(&preview.plan_token).await, Err(RestoreError::Stale { .. })), "the plan has expired");
    assert_eq!(bench.database().await, before);

    let plan = bench.restores.preview(&name).await.expect("a preview").plan_token;
    with(&plan).await.expect("restored");
    assert!(matches!(with(&plan).await, Err(RestoreError::Stale { .. })), "a plan can be used once");
}

async fn only_the_backups_own_name_confirms_a_restore(bench: Bench) {
    bench.save("a", "First").await;
    let name = bench.backups.create().await.expect("a backup").name;
    let before = bench.database().await;
    for typed in ["", "yes", " ", &name.as_str()[1..], &format!("{name} ")] {
        let mut wanted = request(&name);
        wanted.confirm = typed.to_owned();
        let refused = bench.restores.restore(wanted, Arc::new(())).await;
        assert!(matches!(refused, Err(RestoreError::NotConfirmed(_))), "{typed:?}");
    }
    assert_eq!(bench.database().await, before);
    let absent = BackupName::parse("database_backup_20200102T030405Z_7.json.b64").expect("a name");
    assert!(matches!(restore(&bench, &absent).await, Err(RestoreError::Backup(BackupError::NotFound(_)))));
}

async fn a_damaged_backup_is_refused_and_nothing_changes(bench: Bench) {
    for (id, title) in [("a", "First"), ("b", "Second"), ("c", "Third")] {
        bench.save(id, title).await;
    }
    let name = bench.backups.create().await.expect("a backup").name;
    bench.save("a", "Later").await;
    let before = bench.database().await;
    let path = bench.path(name.as_str());
    let bytes = fs::read(&path).expect("the file");
    let cut = (0..bytes.len()).step_by(bytes.len() / 15).map(|length| bytes[..length].to_vec());
    let flipped = (1..bytes.len()).step_by(bytes.len() / 15).map(|position| {
        let mut bytes = bytes.clone();
        bytes[position] ^= 1;
        bytes
    });
    for damaged in cut.chain(flipped) {
        fs::write(&path, damaged).expect("written");
        let refused = restore(&bench, &name).await;
        assert!(matches!(refused, Err(RestoreError::Backup(BackupError::Invalid(_)))), "{refused:?}");
    }
    // A truncated file is noticed even without its manifest.
    fs::remove_file(bench.path(name.as_str().replace(".json.b64", ".manifest.json"))).expect("removed");
    fs::write(&path, &bytes[..bytes.len() / 2]).expect("written");
    let mut wanted = request(&name);
    wanted.accept_unverified = true;
    let refused = bench.restores.restore(wanted, Arc::new(())).await;
    assert!(matches!(refused, Err(RestoreError::Backup(BackupError::Invalid(_)))), "{refused:?}");
    assert_eq!(bench.database().await, before);
    assert_eq!(bench.restores.list(10).await.expect("a list"), [], "none of the restores was started");
}

async fn a_file_without_a_manifest_or_without_sermons_must_be_accepted_explicitly(bench: Bench) {
    let empty = bench.backups.create().await.expect("a backup").name;
    bench.save("a", "First").await;
    assert!(matches!(restore(&bench, &empty).await, Err(RestoreError::Empty(_))));
    let mut wanted = request(&empty);
    wanted.allow_empty = true;
    let emptied = bench.restores.restore(wanted, Arc::new(())).await.expect("restored");
    assert_eq!(bench.database().await.0.len(), 0);
    // The previous state had no sermons, but undoing needs no extra permission.
    bench.restores.undo(emptied.restore_id, "admin", Arc::new(())).await.expect("undone");
    assert_eq!(bench.database().await.0.len(), 1);

    let name = bench.backups.create().await.expect("a backup").name;
    fs::remove_file(bench.path(name.as_str().replace(".json.b64", ".manifest.json"))).expect("removed");
    assert!(matches!(restore(&bench, &name).await, Err(RestoreError::Unverified(_))));
    assert!(!bench.restores.preview(&name).await.expect("a preview").has_manifest);
    let mut wanted = request(&name);
    wanted.accept_unverified = true;
    bench.restores.restore(wanted, Arc::new(())).await.expect("restored");
}
