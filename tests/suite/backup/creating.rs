//! Creating backups.

use std::{collections::BTreeSet, fs};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use mannameter::{domain::Sha256, safety::backup::Condition};
use serde_json::Value;

use crate::support::bench::{Bench, contract};

contract! {
    a_backup_holds_the_whole_database_and_is_verified_before_it_is_listed,
    twenty_backups_in_one_second_get_different_names,
    a_backup_of_an_empty_database_is_empty,
}

async fn a_backup_holds_the_whole_database_and_is_verified_before_it_is_listed(bench: Bench) {
    for (id, title) in [("b", "Second"), ("a", "First “one” & \\ \u{1F54A}"), ("c", "Third")] {
        bench.save(id, title).await;
    }
    let backup = bench.backups.create().await.expect("a backup");
    assert_eq!(backup.name.as_str(), "database_backup_20260715T120000Z_3.json.b64");
    assert_eq!((backup.number, backup.sermons, backup.condition), (1, Some(3), Condition::Verified));
    assert_eq!(bench.backups.list().await.expect("a list"), std::slice::from_ref(&backup));

    let file = fs::read(bench.path(backup.name.as_str())).expect("the file");
    let plain = STANDARD.decode(&file).expect("standard base64");
    let content: serde_json::Map<String, Value> = serde_json::from_slice(&plain).expect("a JSON object");
    let (documents, state) = bench.database().await;
    for (id, document) in documents {
        assert_eq!(content[&id], serde_json::from_str::<Value>(&document).expect("JSON"));
    }
    let manifest = fs::read(bench.path("database_backup_20260715T120000Z_3.manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    assert_eq!(manifest["b64"]["sha256"], Sha256::digest(&file).to_string());
    assert_eq!(manifest["json"]["sha256"], Sha256::digest(&plain).to_string());
    assert_eq!(manifest["digest"], state.digest.to_string());
    assert_eq!((&manifest["epoch"], &manifest["seq"]), (&state.epoch.into(), &3.into()));
    assert_eq!(manifest["verified_at"], "2026-07-15T12:00:00.500Z");
}

async fn twenty_backups_in_one_second_get_different_names(bench: Bench) {
    bench.save("a", "A").await;
    let second = bench.second_instance();
    let alternate = |index: usize| if index.is_multiple_of(2) { &bench.backups } else { &second.backups };
    let created = futures_util::future::join_all((0..20).map(|index| alternate(index).create())).await;
    let names: BTreeSet<_> = created.into_iter().map(|backup| backup.expect("a backup").name.to_string()).collect();
    assert_eq!(names.len(), 20);
    let list = bench.backups.list().await.expect("a list");
    assert_eq!(list.len(), 20);
    assert!(list.iter().all(|backup| backup.condition == Condition::Verified));
    assert_eq!(bench.files().len(), 40, "{:?}", bench.files());
}

async fn a_backup_of_an_empty_database_is_empty(bench: Bench) {
    let backup = bench.backups.create().await.expect("a backup");
    assert_eq!((backup.sermons, backup.condition), (Some(0), Condition::Verified));
    assert_eq!(
        STANDARD.decode(fs::read(bench.path(backup.name.as_str())).expect("the file")).expect("base64"),
        b"{}\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_backup_is_listed_first_even_if_the_clock_was_set_back() {
    let bench = Bench::sqlite();
    bench.save("a", "A").await;
    let older = bench.backups.create().await.expect("a backup");
    bench.save("b", "B").await;
    bench.clock.advance(TimeDelta::days(-100));
    let newer = bench.backups.create().await.expect("a backup");
    assert!(newer.created_at < older.created_at);
    let list: Vec<_> = bench.backups.list().await.expect("a list").into_iter().map(|backup| backup.name).collect();
    assert_eq!(list, [newer.name, older.name]);
}
