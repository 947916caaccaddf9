//! Snapshots of the whole collection, and documents from the legacy system.

use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mannameter::{
    domain::{Document, Sha256, VideoId},
    store::{DocumentSink, SnapshotError, StoreError},
};
use serde_json::{Map, Value};

use crate::store::harness::{Harness, contract, document, id, join_all, new_id, save};

contract! {
    an_empty_store_has_an_empty_snapshot,
    a_snapshot_is_consistent_while_others_write,
    a_row_deleted_without_the_store_is_noticed,
    a_failing_sink_ends_the_snapshot_and_the_store_still_works,
    legacy_documents_are_stored_unchanged,
}

async fn an_empty_store_has_an_empty_snapshot(harness: Harness) {
    let (state, documents) = harness.snapshot().await.expect("the snapshot");
    assert_eq!((state.seq, state.count, documents.len()), (0, 0, 0));
    assert_eq!(state.digest, mannameter::domain::CollectionDigest::default());
}

async fn a_snapshot_is_consistent_while_others_write(harness: Harness) {
    let writers = (0..4).map(|writer| {
        let store = harness.store.clone();
        async move {
            for step in 0..25 {
                let video = format!("V{}v{writer}", step % 5);
                store.save(&save(document(&video, &format!("T{step}"), step))).await.expect("the save succeeds");
                if step % 7 == 6 {
                    store
                        .delete_video(&id(&video), new_id(), "admin", crate::store::harness::at(0))
                        .await
                        .expect("the query succeeds");
                }
            }
        }
    });
    let reading = async {
        let mut last = 0;
        for _ in 0..15 {
            let state = harness.checked_state().await;
            assert!(state.seq >= last);
            last = state.seq;
        }
    };
    tokio::join!(join_all(writers), reading);
    assert!(harness.checked_state().await.seq >= 100);
}

async fn a_row_deleted_without_the_store_is_noticed(harness: Harness) {
    for video in ["a", "b", "c"] {
        harness.store.save(&save(document(video, "T", 0))).await.expect("the save succeeds");
    }
    harness.run("delete from mentions where video_id = 'b'; delete from videos where video_id = 'b'").await;
    let error = harness.snapshot().await.expect_err("a row is missing");
    assert!(matches!(error, SnapshotError::Store(StoreError::Corrupt(_))), "{error:?}");
    assert!(error.to_string().contains("the rows have count 2"), "{error}");
}

/// A sink whose disk is full.
struct Full;

#[async_trait::async_trait]
impl DocumentSink for Full {
    async fn document(&mut self, _: &VideoId, _: &str, _: &Sha256) -> std::io::Result<()> {
        Err(std::io::ErrorKind::StorageFull.into())
    }
}

async fn a_failing_sink_ends_the_snapshot_and_the_store_still_works(harness: Harness) {
    for number in 0..50 {
        harness.store.save(&save(document(&format!("v{number}"), "T", 0))).await.expect("the save succeeds");
    }
    for _ in 0..20 {
        let error = harness.store.snapshot(&mut Full).await.expect_err("the sink is full");
        assert!(matches!(error, SnapshotError::Sink(_)), "{error:?}");
    }
    assert_eq!(harness.checked_state().await.count, 50);
}

/// Returns legacy documents in both shapes, and the real files from the shared fixtures if they are available.
fn legacy_files() -> Vec<Map<String, Value>> {
    let samples = serde_json::json!({
        "EMERGENCY789": {"title": "Eleven keys", "processed_at": "2025-12-05 11:28:13.897205", "positions": null},
        "-_twelve_-9": {
            "video_id": "-_twelve_-9", "title": "Twelve keys", "channel": "C", "channel_url": "", "location": "",
            "transcript_length": 3, "processed_at": "2025-12-05T11:28:13.897205", "stats": {"total_matches": 1},
            "counts": {"Psalm": 1}, "suspect_counts": {}, "positions": {"Psalm": {"valid": [{"start": 1}]}}, "logs": [],
        },
    });
    let mut files = vec![samples.as_object().expect("an object").clone()];
    let shared = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/fixtures/legacy"));
    for entry in std::fs::read_dir(shared).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "b64") {
            let text = std::fs::read_to_string(&path).expect("a file");
            let json = STANDARD.decode(text.split_whitespace().collect::<String>()).expect("base64");
            files.push(serde_json::from_slice(&json).expect("an object"));
        }
    }
    files
}

async fn legacy_documents_are_stored_unchanged(harness: Harness) {
    for file in legacy_files() {
        for (key, value) in file {
            let legacy = Document::from_legacy(&key, value).expect("a legacy document");
            let saved = harness.store.save(&save(legacy.clone())).await.expect("the save succeeds");
            let stored = harness.store.video(&id(&key)).await.expect("the query succeeds").expect("a video");
            assert_eq!((stored.document, stored.sha256), (legacy.to_json(), saved.sha256));
            let again: Document = serde_json::from_str(&legacy.to_json()).expect("a document");
            assert_eq!(again, legacy);
        }
    }
    harness.checked_state().await;
}
