//! Restores that run at the same time as writers and other restores.

use std::{
    collections::BTreeSet,
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
};

use chrono::TimeDelta;
use mannameter::{
    clock::Clock as _,
    domain::Sha256,
    safety::{
        backup::BackupName,
        format::read_documents,
        restore::{RestoreError, RestorePhase},
    },
    store::{NewRestore, RestoreState, StagedVideo},
};

use crate::{
    restore::helpers::{DuringPhase, request, restore},
    support::bench::{Bench, contract, document},
};

contract! {
    every_acknowledged_save_is_in_the_snapshot_or_in_the_result,
    a_save_between_the_snapshot_and_the_lock_is_still_in_the_snapshot,
    a_save_after_the_preview_makes_the_plan_stale,
    a_second_restore_at_the_same_time_is_refused_immediately,
    replacing_the_backup_file_during_a_restore_changes_nothing,
    a_dead_restore_is_settled_and_no_longer_blocks_others,
}

/// Returns the documents of a backup, each as `id document`.
fn documents_in(bench: &Bench, name: &BackupName) -> BTreeSet<String> {
    let mut documents = BTreeSet::new();
    let file = fs::File::open(bench.path(name.as_str())).expect("the file");
    read_documents(file, |id, document, _| {
        documents.insert(format!("{id} {document}"));
        Ok(())
    })
    .expect("a backup");
    documents
}

async fn every_acknowledged_save_is_in_the_snapshot_or_in_the_result(bench: Bench) {
    for number in 0..40 {
        bench.save(&format!("old{number}"), "Old").await;
    }
    let name = bench.backups.create().await.expect("a backup").name;
    let (ledger, stop) = (Arc::new(Mutex::new(BTreeSet::new())), Arc::new(AtomicBool::new(false)));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4 {
        let (ledger, stop, bench) = (Arc::clone(&ledger), Arc::clone(&stop), bench.second_instance());
        writers.spawn(async move {
            for number in 0.. {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let save = bench.request(&format!("w{writer}-{number}"), "Meanwhile");
                let text = format!("{} {}", save.document.video_id, save.document.to_json());
                // A save that the database refused would go to the spool; the database has not acknowledged it.
                if bench.store.save(&save).await.is_ok() {
                    ledger.lock().expect("not poisoned").insert(text);
                }
            }
        });
    }
    while ledger.lock().expect("not poisoned").len() < 20 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let restored = restore(&bench, &name).await.expect("restored");
    let saved_by_then = ledger.lock().expect("not poisoned").len();
    while ledger.lock().expect("not poisoned").len() < saved_by_then + 20 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    stop.store(true, Ordering::Relaxed);
    while writers.join_next().await.is_some() {}

    let snapshot = documents_in(&bench, &restored.snapshot);
    let result: BTreeSet<String> =
        bench.database().await.0.into_iter().map(|(id, document)| format!("{id} {document}")).collect();
    let ledger = ledger.lock().expect("not poisoned");
    let lost: Vec<_> = ledger.iter().filter(|text| !snapshot.contains(*text) && !result.contains(*text)).collect();
    assert_eq!(lost, Vec::<&String>::new());
    assert!(ledger.iter().any(|text| snapshot.contains(text)) && ledger.iter().any(|text| result.contains(text)));
}

async fn a_save_between_the_snapshot_and_the_lock_is_still_in_the_snapshot(bench: Bench) {
    bench.save("a", "First").await;
    let name = bench.backups.create().await.expect("a backup").name;
    let other = Arc::new(bench.second_instance());
    let handle = tokio::runtime::Handle::current();
    let saving = DuringPhase::new(RestorePhase::Replacing, move || {
        let other = Arc::clone(&other);
        tokio::task::block_in_place(|| handle.block_on(async { other.save("b", "In between").await }));
    });
    let restored = bench.restores.restore(request(&name), saving).await.expect("restored");
    assert_eq!(restored.before.count, 2);
    assert!(documents_in(&bench, &restored.snapshot).iter().any(|text| text.contains("In between")));
    bench.restores.undo(restored.restore_id, "admin", Arc::new(())).await.expect("undone");
    assert!(bench.database().await.0.contains_key("b"));
}

async fn a_save_after_the_preview_makes_the_plan_stale(bench: Bench) {
    bench.save("a", "First").await;
    let name = bench.backups.create().await.expect("a backup").name;
    let mut wanted = request(&name);
    wanted.plan_token = Some(bench.restores.preview(&name).await.expect("a preview").plan_token);
    let other = Arc::new(bench.second_instance());
    let handle = tokio::runtime::Handle::current();
    let saving = DuringPhase::new(RestorePhase::Replacing, move || {
        let other = Arc::clone(&other);
        tokio::task::block_in_place(|| handle.block_on(async { other.save("b", "In between").await }));
    });
    let RestoreError::Stale { preview, .. } = bench.restores.restore(wanted, saving).await.expect_err("stale") else {
        panic!("the plan should be stale");
    };
    assert_eq!(preview.difference.removed.sermons[0].title, "In between");
    assert_eq!(bench.database().await.0.len(), 2);
    let entry = bench.restores.list(1).await.expect("a list").remove(0);
    assert_eq!(entry.state, RestoreState::Failed);
    assert_eq!(bench.query_number("select count(*) from staged_videos").await, 0);
}

async fn a_second_restore_at_the_same_time_is_refused_immediately(bench: Bench) {
    bench.save("a", "First").await;
    let name = bench.backups.create().await.expect("a backup").name;
    bench.save("a", "Second").await;
    let here = bench.second_instance();
    let elsewhere = bench.on_another_machine();
    fs::copy(bench.path(name.as_str()), elsewhere.path(name.as_str())).expect("a copy");
    let manifest = name.as_str().replace(".json.b64", ".manifest.json");
    fs::copy(bench.path(&manifest), elsewhere.path(&manifest)).expect("a copy");

    let (sender, results) = mpsc::channel();
    let (handle, backup) = (tokio::runtime::Handle::current(), name.clone());
    let others = DuringPhase::new(RestorePhase::Snapshot, move || {
        tokio::task::block_in_place(|| {
            handle.block_on(async {
                for other in [&here, &elsewhere] {
                    sender.send(restore(other, &backup).await).expect("the receiver is alive");
                }
            });
        });
    });
    bench.restores.restore(request(&name), others).await.expect("restored");
    for other in results {
        assert!(matches!(other, Err(RestoreError::Busy)), "{other:?}");
    }
    restore(&bench, &name).await.expect("the next restore is not blocked");
}

async fn replacing_the_backup_file_during_a_restore_changes_nothing(bench: Bench) {
    bench.save("a", "Wanted").await;
    let name = bench.backups.create().await.expect("a backup").name;
    bench.save("a", "Other").await;
    let other = bench.backups.create().await.expect("a backup").name;
    let (wanted, swapped) = (bench.path(name.as_str()), bench.path(other.as_str()));
    for phase in [RestorePhase::Staging, RestorePhase::Snapshot, RestorePhase::Replacing] {
        let (target, source) = (wanted.clone(), swapped.clone());
        let original = fs::read(&wanted).expect("the file");
        let swap = DuringPhase::new(phase, move || {
            let copy = target.with_extension("swapped");
            fs::copy(&source, &copy).expect("a copy");
            fs::rename(&copy, &target).expect("swapped");
        });
        bench.restores.restore(request(&name), swap).await.expect("restored");
        assert!(bench.database().await.0["a"].contains("Wanted"), "{phase:?}");
        fs::write(&wanted, original).expect("written");
        bench.save("a", "Other").await;
    }
}

async fn a_dead_restore_is_settled_and_no_longer_blocks_others(bench: Bench) {
    bench.save("a", "First").await;
    let name = bench.backups.create().await.expect("a backup").name;
    bench.save("a", "Second").await;
    let before = bench.database().await;
    let dead = NewRestore {
        id: bench.clock.new_id(),
        backup: name.to_string(),
        file_sha256: Sha256::digest(b"x"),
        undoes: None,
        actor: "admin".into(),
        instance: "another machine".to_owned(),
        at: bench.clock.now(),
    };
    assert!(bench.store.begin_restore(&dead).await.expect("an answer"));
    let half = document("a", "Half");
    let staged = StagedVideo::new(&half, half.to_json(), Sha256::digest(half.to_json().as_bytes()));
    bench.store.stage_videos(dead.id, &[staged]).await.expect("staged");

    assert!(matches!(restore(&bench, &name).await, Err(RestoreError::Busy)), "the other restore may still be alive");
    assert_eq!(bench.database().await, before);
    bench.clock.advance(TimeDelta::seconds(61));
    let settled = bench.restores.finish_interrupted().await.expect("an answer");
    assert_eq!(
        settled.iter().map(|restore| (restore.restore_id, restore.state)).collect::<Vec<_>>(),
        [(dead.id, RestoreState::Failed)]
    );
    assert_eq!(bench.query_number("select count(*) from staged_videos").await, 0);
    assert_eq!(bench.database().await, before);
    restore(&bench, &name).await.expect("the next restore is not blocked");
    assert!(bench.restores.finish_interrupted().await.expect("an answer").is_empty());
}
