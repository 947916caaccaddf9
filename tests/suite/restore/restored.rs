//! What a restore changes, what it leaves alone, and how it is undone.

use std::{fs, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mannameter::{
    safety::{
        backup::{BackupKind, BackupName, Condition},
        restore::RestorePhase,
    },
    store::{RestoreState, SaveOutcome},
};
use serde_json::{Value, json};

use crate::{
    restore::helpers::{DuringPhase, request, restore},
    support::bench::{Bench, contract, id},
};

const LEGACY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/legacy_shapes.json.b64");

contract! {
    a_restore_recreates_the_backed_up_state_and_replaced_versions_go_to_the_history,
    undo_restores_the_previous_state_and_can_be_undone_itself,
    files_of_the_previous_system_are_restored_in_both_shapes,
    saves_continue_after_a_restore,
    a_large_backup_is_restored_in_batches,
    a_restored_sermon_that_is_not_measured_is_in_no_sum,
}

async fn a_restore_recreates_the_backed_up_state_and_replaced_versions_go_to_the_history(bench: Bench) {
    for (id, title) in [("same", "Same"), ("changed", "Old"), ("deleted", "Deleted")] {
        bench.save(id, title).await;
    }
    let (backed_up, _) = bench.database().await;
    let name = bench.backups.create().await.expect("a backup").name;
    bench.save("changed", "New").await;
    bench
        .store
        .delete_video(
            &id("deleted"),
            crate::store::harness::new_id(),
            "admin",
            "2026-07-15T12:00:00Z".parse().expect("a time"),
        )
        .await
        .expect("deleted");
    bench.save("later", "Later").await;
    let (before, state_before) = bench.database().await;

    let preview = bench.restores.preview(&name).await.expect("a preview");
    let titles = |changes: &mannameter::safety::restore::Changes| -> Vec<String> {
        changes.sermons.iter().map(|video| format!("{} {}", video.video_id, video.title)).collect()
    };
    assert_eq!(titles(&preview.difference.added), ["deleted Deleted"]);
    assert_eq!(titles(&preview.difference.changed), ["changed Old"]);
    assert_eq!(titles(&preview.difference.removed), ["later Later"]);
    assert_eq!(preview.difference.unchanged, 1);
    assert_eq!(bench.database().await, (before.clone(), state_before.clone()), "a preview changes nothing");

    let watched = DuringPhase::new(RestorePhase::Checking, || ());
    let mut wanted = request(&name);
    wanted.plan_token = Some(preview.plan_token);
    let restored = bench.restores.restore(wanted, Arc::clone(&watched) as _).await.expect("restored");
    let (after, state) = bench.database().await;
    assert_eq!(after, backed_up);
    assert_eq!(restored.after, state);
    assert_eq!(restored.before, state_before);
    assert_eq!(state.seq, state_before.seq + 1);
    assert_ne!(state.epoch, state_before.epoch);
    let replaced = restored.difference;
    assert_eq!((replaced.added, replaced.changed, replaced.removed), (1, 1, 1));
    let phases = [
        RestorePhase::Checking,
        RestorePhase::Staging,
        RestorePhase::Snapshot,
        RestorePhase::Replacing,
        RestorePhase::Verifying,
        RestorePhase::Exporting,
    ];
    assert_eq!(*watched.seen.lock().expect("not poisoned"), phases);

    // Replaced versions are in the history, with their transcripts.
    for (video, document) in [("changed", &before["changed"]), ("later", &before["later"])] {
        let last = bench.store.history(&id(video)).await.expect("a history").remove(0);
        assert_eq!((&last.document, last.reason.as_str(), last.actor.as_str()), (document, "restore", "admin"));
        assert_eq!(last.replaced_by_seq, state.seq);
    }
    assert_eq!(
        bench
            .query_number("select count(*) from video_history where reason = 'restore' and transcript_body is not null")
            .await,
        2
    );
    // Every sermon has the transcript from which it was analyzed.
    for (video, transcript) in
        [("same", Some("Same")), ("changed", Some("Old")), ("deleted", Some("Deleted")), ("later", None)]
    {
        assert_eq!(bench.transcript(video).await.as_deref(), transcript, "{video}");
    }
    assert_eq!(bench.query_number("select count(*) from mentions").await, 3);

    // The snapshot has the previous state and is verified.
    let snapshot = bench.backups.info(&restored.snapshot).await.expect("listed");
    assert_eq!((snapshot.kind, snapshot.condition), (BackupKind::BeforeRestore, Condition::Verified));
    assert_eq!(documents_in(&bench, &restored.snapshot).len(), before.len());

    // The export, the audit log and the list of restores are up to date.
    assert_eq!(restored.export.expect("an export").seq, state.seq);
    let export = fs::read(bench.data_dir.results_json()).expect("results.json");
    assert_eq!(serde_json::from_slice::<Value>(&export).expect("JSON").as_object().map(serde_json::Map::len), Some(3));
    let line = bench.store.audit(1).await.expect("the audit").remove(0);
    assert_eq!(
        (line.action.as_str(), line.subject.as_str(), line.actor.as_str()),
        ("backup.restore", name.as_str(), "admin")
    );
    let entry = bench.restores.list(10).await.expect("a list").remove(0);
    assert_eq!((entry.id, entry.state), (restored.restore_id, RestoreState::Done));
    assert_eq!(bench.query_number("select count(*) from staged_videos").await, 0);
}

/// Returns the documents of a backup.
fn documents_in(bench: &Bench, name: &BackupName) -> serde_json::Map<String, Value> {
    let mut file = fs::read(bench.path(name.as_str())).expect("the file");
    file.retain(|byte| !byte.is_ascii_whitespace());
    serde_json::from_slice(&STANDARD.decode(file).expect("base64")).expect("a JSON object")
}

async fn undo_restores_the_previous_state_and_can_be_undone_itself(bench: Bench) {
    bench.save("a", "First").await;
    let name = bench.backups.create().await.expect("a backup").name;
    bench.save("a", "Second").await;
    bench.save("b", "Other").await;
    let (second, _) = bench.database().await;
    let restored = restore(&bench, &name).await.expect("restored");
    let (first, _) = bench.database().await;
    let undone = bench.restores.undo(restored.restore_id, "admin", Arc::new(())).await.expect("undone");
    assert_eq!(undone.backup, restored.snapshot);
    assert_eq!(bench.database().await.0, second);
    assert_eq!(bench.transcript("a").await.as_deref(), Some("Second"));
    assert_eq!(bench.transcript("b").await.as_deref(), Some("Other"));
    bench.restores.undo(restored.restore_id, "admin", Arc::new(())).await.expect_err("already undone");
    bench.restores.undo(undone.restore_id, "admin", Arc::new(())).await.expect("undone");
    assert_eq!(bench.database().await.0, first);
    assert_eq!(bench.transcript("a").await.as_deref(), Some("First"));
}

async fn files_of_the_previous_system_are_restored_in_both_shapes(bench: Bench) {
    bench.save("a", "A").await;
    let name = BackupName::parse("results_backup_20251205_183048.json.b64").expect("a name");
    fs::copy(LEGACY, bench.path(name.as_str())).expect("a copy");
    let mut wanted = request(&name);
    wanted.accept_unverified = true;
    let restored = bench.restores.restore(wanted, Arc::new(())).await.expect("restored");
    assert_eq!(restored.after.count, 2);
    let (documents, _) = bench.database().await;
    for (id, before) in documents_in(&bench, &name) {
        let after: Value = serde_json::from_str(&documents[&id]).expect("JSON");
        assert_eq!((&after["video_id"], &after["title"]), (&Value::String(id), &before["title"]));
        assert_eq!(after["stats"], before["stats"]);
    }
    // Once stored, a backup of them can be restored byte for byte.
    let ours = bench.backups.create().await.expect("a backup").name;
    bench.save("b", "B").await;
    restore(&bench, &ours).await.expect("restored");
    assert_eq!(bench.database().await.0, documents);
}

async fn saves_continue_after_a_restore(bench: Bench) {
    bench.save("a", "First").await;
    let name = bench.backups.create().await.expect("a backup").name;
    bench.save("a", "Second").await;
    let restored = restore(&bench, &name).await.expect("restored");
    let saved = bench.save("a", "Third").await;
    assert_eq!((saved.outcome, saved.state.seq), (SaveOutcome::Updated, restored.after.seq + 1));
    assert_eq!(saved.state.epoch, restored.after.epoch);
    bench.exporter.catch_up().await.expect("an export");
    bench.database().await;
}

async fn a_large_backup_is_restored_in_batches(bench: Bench) {
    // Enough for several statements and buffers.
    for number in 0..130 {
        bench.save(&format!("v{number:03}"), &format!("{number} {}", "long ".repeat(2000))).await;
    }
    let (documents, _) = bench.database().await;
    let name = bench.backups.create().await.expect("a backup").name;
    for number in 0..130 {
        let id = id(&format!("v{number:03}"));
        bench
            .store
            .delete_video(
                &id,
                crate::store::harness::new_id(),
                "admin",
                "2026-07-15T12:00:00Z".parse().expect("a time"),
            )
            .await
            .expect("deleted");
    }
    let preview = bench.restores.preview(&name).await.expect("a preview");
    let added = &preview.difference.added;
    assert_eq!((added.count, added.sermons.len()), (130, 50), "all are counted, the first 50 are listed");
    let restored = restore(&bench, &name).await.expect("restored");
    assert_eq!(restored.difference.added, 130);
    assert_eq!(bench.database().await.0, documents);
    assert_eq!(bench.query_number("select count(*) from transcripts").await, 130);
    assert_eq!(bench.query_number("select count(*) from mentions").await, 130);
}

async fn a_restored_sermon_that_is_not_measured_is_in_no_sum(bench: Bench) {
    bench.save("a", "English").await;
    let mut request = bench.request("b", "Português");
    let warning = json!([{"code": "not_english", "detail": "not measured: this is Portuguese"}]);
    request.document.language = Some("pt".to_owned());
    request.document.warnings = serde_json::from_value(warning).expect("a warning");
    bench.saver.save(request).await.expect("a save");
    let before = bench.store.all_time_stats().await.expect("statistics");
    assert_eq!(before.sermons, 1);
    let name = bench.backups.create().await.expect("a backup").name;
    // The backup makes it unmeasured again.
    bench.save("b", "In English").await;
    assert_eq!(bench.store.all_time_stats().await.expect("statistics").sermons, 2);
    restore(&bench, &name).await.expect("restored");
    assert_eq!(bench.store.all_time_stats().await.expect("statistics"), before);
    assert_eq!(bench.query_number("select count(*) from unmeasured_sermons").await, 1);
    assert_eq!(bench.query_number("select count(*) from mentions where video_id = 'b'").await, 0);
}
