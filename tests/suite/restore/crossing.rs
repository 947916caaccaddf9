//! Restores and others at the same time.

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
        restore::{Phase, RestoreError},
    },
    store::{NewRestore, RestoreState, StagedVideo},
};

use crate::{
    restore::watching::{At, request, restore},
    support::bench::{Bench, contract, document},
};

contract! {
    every_save_that_was_acknowledged_is_in_the_snapshot_or_in_the_result,
    a_save_between_the_snapshot_and_the_lock_is_in_the_snapshot_all_the_same,
    a_save_under_a_plan_makes_the_plan_stale,
    of_two_restores_at_once_one_waits_for_nothing_and_is_told,
    a_file_that_is_swapped_meanwhile_does_not_matter,
    a_restore_that_died_is_ended_by_the_next_one,
}

/// Every document of a backup, as `id document`.
fn held(bench: &Bench, name: &BackupName) -> BTreeSet<String> {
    let mut held = BTreeSet::new();
    let file = fs::File::open(bench.path(name.as_str())).expect("the file");
    read_documents(file, |id, document, _| {
        held.insert(format!("{id} {document}"));
        Ok(())
    })
    .expect("a backup");
    held
}

async fn every_save_that_was_acknowledged_is_in_the_snapshot_or_in_the_result(bench: Bench) {
    for number in 0..40 {
        bench.keep(&format!("old{number}"), "Old").await;
    }
    let name = bench.backups.create().await.expect("a backup").name;
    let (ledger, stop) = (Arc::new(Mutex::new(BTreeSet::new())), Arc::new(AtomicBool::new(false)));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4 {
        let (ledger, stop, bench) = (Arc::clone(&ledger), Arc::clone(&stop), bench.second());
        writers.spawn(async move {
            for number in 0.. {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let save = bench.save_of(&format!("w{writer}-{number}"), "Meanwhile");
                let text = format!("{} {}", save.document.video_id, save.document.to_json());
                // What the database could not take is for the spool, and was not acknowledged.
                if bench.store.save(&save).await.is_ok() {
                    ledger.lock().expect("nobody panics").insert(text);
                }
            }
        });
    }
    while ledger.lock().expect("nobody panics").len() < 20 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let restored = restore(&bench, &name).await.expect("it is restored");
    let at_the_end = ledger.lock().expect("nobody panics").len();
    while ledger.lock().expect("nobody panics").len() < at_the_end + 20 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    stop.store(true, Ordering::Relaxed);
    while writers.join_next().await.is_some() {}

    let snapshot = held(&bench, &restored.snapshot);
    let result: BTreeSet<String> =
        bench.database().await.0.into_iter().map(|(id, document)| format!("{id} {document}")).collect();
    let ledger = ledger.lock().expect("nobody panics");
    let lost: Vec<_> = ledger.iter().filter(|text| !snapshot.contains(*text) && !result.contains(*text)).collect();
    assert_eq!(lost, Vec::<&String>::new());
    assert!(ledger.iter().any(|text| snapshot.contains(text)) && ledger.iter().any(|text| result.contains(text)));
}

async fn a_save_between_the_snapshot_and_the_lock_is_in_the_snapshot_all_the_same(bench: Bench) {
    bench.keep("a", "First").await;
    let name = bench.backups.create().await.expect("a backup").name;
    let other = Arc::new(bench.second());
    let handle = tokio::runtime::Handle::current();
    let saving = At::new(Phase::Replacing, move || {
        let other = Arc::clone(&other);
        tokio::task::block_in_place(|| handle.block_on(async { other.keep("b", "In between").await }));
    });
    let restored = bench.restores.restore(request(&name), saving).await.expect("it is restored");
    assert_eq!(restored.before.count, 2);
    assert!(held(&bench, &restored.snapshot).iter().any(|text| text.contains("In between")));
    bench.restores.undo(restored.restore_id, "admin", Arc::new(())).await.expect("it is undone");
    assert!(bench.database().await.0.contains_key("b"));
}

async fn a_save_under_a_plan_makes_the_plan_stale(bench: Bench) {
    bench.keep("a", "First").await;
    let name = bench.backups.create().await.expect("a backup").name;
    let mut wanted = request(&name);
    wanted.plan_token = Some(bench.restores.preview(&name).await.expect("a preview").plan_token);
    let other = Arc::new(bench.second());
    let handle = tokio::runtime::Handle::current();
    let saving = At::new(Phase::Replacing, move || {
        let other = Arc::clone(&other);
        tokio::task::block_in_place(|| handle.block_on(async { other.keep("b", "In between").await }));
    });
    let RestoreError::Stale { preview, .. } = bench.restores.restore(wanted, saving).await.expect_err("stale") else {
        panic!("it is stale");
    };
    assert_eq!(preview.difference.removed.videos[0].title, "In between");
    assert_eq!(bench.database().await.0.len(), 2);
    let entry = bench.restores.list(1).await.expect("a list").remove(0);
    assert_eq!(entry.state, RestoreState::Failed);
    assert_eq!(bench.ask("select count(*) from staged_videos").await, 0);
}

async fn of_two_restores_at_once_one_waits_for_nothing_and_is_told(bench: Bench) {
    bench.keep("a", "First").await;
    let name = bench.backups.create().await.expect("a backup").name;
    bench.keep("a", "Second").await;
    let here = bench.second();
    let elsewhere = bench.elsewhere();
    fs::copy(bench.path(name.as_str()), elsewhere.path(name.as_str())).expect("a copy");
    let manifest = name.as_str().replace(".json.b64", ".manifest.json");
    fs::copy(bench.path(&manifest), elsewhere.path(&manifest)).expect("a copy");

    let (told, tell) = mpsc::channel();
    let (handle, asked) = (tokio::runtime::Handle::current(), name.clone());
    let others = At::new(Phase::Snapshot, move || {
        tokio::task::block_in_place(|| {
            handle.block_on(async {
                for other in [&here, &elsewhere] {
                    told.send(restore(other, &asked).await).expect("somebody listens");
                }
            });
        });
    });
    bench.restores.restore(request(&name), others).await.expect("it is restored");
    for other in tell {
        assert!(matches!(other, Err(RestoreError::Busy)), "{other:?}");
    }
    restore(&bench, &name).await.expect("the next one finds the way free");
}

async fn a_file_that_is_swapped_meanwhile_does_not_matter(bench: Bench) {
    bench.keep("a", "Wanted").await;
    let name = bench.backups.create().await.expect("a backup").name;
    bench.keep("a", "Other").await;
    let other = bench.backups.create().await.expect("a backup").name;
    let (wanted, swapped) = (bench.path(name.as_str()), bench.path(other.as_str()));
    for phase in [Phase::Staging, Phase::Snapshot, Phase::Replacing] {
        let (target, source) = (wanted.clone(), swapped.clone());
        let kept = fs::read(&wanted).expect("the file");
        let swap = At::new(phase, move || {
            let beside = target.with_extension("swapped");
            fs::copy(&source, &beside).expect("a copy");
            fs::rename(&beside, &target).expect("swapped");
        });
        bench.restores.restore(request(&name), swap).await.expect("it is restored");
        assert!(bench.database().await.0["a"].contains("Wanted"), "{phase:?}");
        fs::write(&wanted, kept).expect("written");
        bench.keep("a", "Other").await;
    }
}

async fn a_restore_that_died_is_ended_by_the_next_one(bench: Bench) {
    bench.keep("a", "First").await;
    let name = bench.backups.create().await.expect("a backup").name;
    bench.keep("a", "Second").await;
    let before = bench.database().await;
    let dead = NewRestore {
        id: bench.clock.new_id(),
        backup: name.to_string(),
        file_sha256: Sha256::of(b"x"),
        undoes: None,
        actor: "admin",
        place: "another machine".to_owned(),
        at: bench.clock.now(),
    };
    assert!(bench.store.begin_restore(&dead).await.expect("an answer"));
    let half = document("a", "Half");
    let staged = StagedVideo::new(&half, half.to_json(), Sha256::of(half.to_json().as_bytes()));
    bench.store.stage(dead.id, &[staged], bench.clock.now()).await.expect("staged");

    assert!(matches!(restore(&bench, &name).await, Err(RestoreError::Busy)), "it may be alive");
    assert_eq!(bench.database().await, before);
    bench.clock.advance(TimeDelta::seconds(61));
    let repaired = bench.restores.clean_up_interrupted().await.expect("an answer");
    assert_eq!(
        repaired.iter().map(|found| (found.restore_id, found.state)).collect::<Vec<_>>(),
        [(dead.id, RestoreState::Failed)]
    );
    assert_eq!(bench.ask("select count(*) from staged_videos").await, 0);
    assert_eq!(bench.database().await, before);
    restore(&bench, &name).await.expect("the way is free");
    assert!(bench.restores.clean_up_interrupted().await.expect("an answer").is_empty());
}
