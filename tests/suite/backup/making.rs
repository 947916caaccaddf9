//! What a backup is when it is made.

use std::{collections::BTreeSet, fs};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use mannameter::{domain::Sha256, safety::backup::Condition};
use serde_json::Value;

use crate::support::bench::{Bench, contract};

contract! {
    a_backup_holds_the_whole_database_and_is_verified_before_it_is_listed,
    twenty_backups_of_one_second_get_names_of_their_own,
    an_empty_database_has_an_empty_backup,
}

async fn a_backup_holds_the_whole_database_and_is_verified_before_it_is_listed(bench: Bench) {
    for (id, title) in [("b", "Second"), ("a", "First “one” & \\ \u{1F54A}"), ("c", "Third")] {
        bench.keep(id, title).await;
    }
    let made = bench.backups.create().await.expect("a backup");
    assert_eq!(made.name.as_str(), "database_backup_20260715T120000Z_3.json.b64");
    assert_eq!((made.number, made.videos, made.condition), (1, Some(3), Condition::Verified));
    assert_eq!(bench.backups.list().await.expect("a list"), std::slice::from_ref(&made));

    let file = fs::read(bench.path(made.name.as_str())).expect("the file");
    let plain = STANDARD.decode(&file).expect("standard base64");
    let held: serde_json::Map<String, Value> = serde_json::from_slice(&plain).expect("a JSON object");
    let (documents, state) = bench.database().await;
    for (id, document) in documents {
        assert_eq!(held[&id], serde_json::from_str::<Value>(&document).expect("JSON"));
    }
    let manifest = fs::read(bench.path("database_backup_20260715T120000Z_3.manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    assert_eq!(manifest["b64"]["sha256"], Sha256::of(&file).to_string());
    assert_eq!(manifest["json"]["sha256"], Sha256::of(&plain).to_string());
    assert_eq!(manifest["digest"], state.digest.to_string());
    assert_eq!((&manifest["epoch"], &manifest["seq"]), (&state.epoch.into(), &3.into()));
    assert_eq!(manifest["verified_at"], "2026-07-15T12:00:00.500Z");
}

async fn twenty_backups_of_one_second_get_names_of_their_own(bench: Bench) {
    bench.keep("a", "A").await;
    let second = bench.second();
    let both = |index: usize| if index.is_multiple_of(2) { &bench.backups } else { &second.backups };
    let made = futures_util::future::join_all((0..20).map(|index| both(index).create())).await;
    let names: BTreeSet<_> = made.into_iter().map(|made| made.expect("a backup").name.to_string()).collect();
    assert_eq!(names.len(), 20);
    let list = bench.backups.list().await.expect("a list");
    assert_eq!(list.len(), 20);
    assert!(list.iter().all(|backup| backup.condition == Condition::Verified));
    assert_eq!(bench.files().len(), 40, "{:?}", bench.files());
}

async fn an_empty_database_has_an_empty_backup(bench: Bench) {
    let made = bench.backups.create().await.expect("a backup");
    assert_eq!((made.videos, made.condition), (Some(0), Condition::Verified));
    assert_eq!(STANDARD.decode(fs::read(bench.path(made.name.as_str())).expect("the file")).expect("base64"), b"{}\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_set_back_does_not_make_a_newer_backup_older() {
    let bench = Bench::sqlite();
    bench.keep("a", "A").await;
    let older = bench.backups.create().await.expect("a backup");
    bench.keep("b", "B").await;
    bench.clock.advance(TimeDelta::days(-100));
    let newer = bench.backups.create().await.expect("a backup");
    assert!(newer.created_at < older.created_at);
    let list: Vec<_> = bench.backups.list().await.expect("a list").into_iter().map(|backup| backup.name).collect();
    assert_eq!(list, [newer.name, older.name]);
}
