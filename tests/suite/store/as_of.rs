//! Snapshots as of a point in time, checked against a ledger of random changes; and old versions.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use mannameter::{
    domain::{Sha256, VideoId},
    store::{DocumentSink, SavePolicy, StoreState},
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use crate::store::harness::{Harness, at, contract, document, id, new_id, save, transcript};

contract! {
    a_snapshot_as_of_any_time_matches_the_ledger,
    a_clock_that_goes_back_does_not_change_the_order_of_writes,
    a_save_is_found_by_its_id_in_the_row_or_the_history,
    an_old_version_has_the_transcript_it_was_analyzed_from,
}

/// Titles by ID.
type Ledger = BTreeMap<String, String>;

#[derive(Default)]
struct Titles(Ledger);

#[async_trait::async_trait]
impl DocumentSink for Titles {
    async fn document(&mut self, id: &VideoId, document: &str, _: &Sha256) -> std::io::Result<()> {
        let document: serde_json::Value = serde_json::from_str(document)?;
        let title = document["title"].as_str().expect("a title").to_owned();
        assert!(self.0.insert(id.to_string(), title).is_none(), "{id} appears twice");
        Ok(())
    }
}

async fn as_of(harness: &Harness, seconds: i64) -> (StoreState, Ledger) {
    let mut titles = Titles::default();
    let state = harness.store.snapshot_as_of(at(seconds), &mut titles).await.expect("the snapshot");
    (state, titles.0)
}

async fn a_snapshot_as_of_any_time_matches_the_ledger(harness: Harness) {
    let seed: u64 = rand::random();
    let mut random = StdRng::seed_from_u64(seed);
    let mut now = Ledger::new();
    let mut ledger = vec![(0, harness.store.state().await.expect("the state"), now.clone())];
    for change in 1..=80 {
        let seconds = change * 10;
        let video = format!("video{}", random.random_range(0..8));
        match random.random_range(0..10) {
            0..=1 => {
                harness
                    .store
                    .delete_video(&id(&video), new_id(), "admin", at(seconds))
                    .await
                    .expect("the query succeeds");
                now.remove(&video);
            }
            // Older than the current version: goes to the history and changes nothing else.
            2..=3 if now.contains_key(&video) => {
                let mut older = save(document(&video, &format!("older {change}"), -change));
                (older.policy, older.at) = (SavePolicy::KeepNewer, at(seconds));
                harness.store.save(&older).await.expect("the save succeeds");
            }
            _ => {
                let mut newer = save(document(&video, &format!("title {change}"), seconds));
                newer.at = at(seconds);
                harness.store.save(&newer).await.expect("the save succeeds");
                now.insert(video, format!("title {change}"));
            }
        }
        ledger.push((seconds, harness.store.state().await.expect("the state"), now.clone()));
    }
    for (seconds, state, titles) in &ledger {
        for later in [0, 9] {
            let (found, read) = as_of(&harness, seconds + later).await;
            assert_eq!(read, *titles, "{seconds} + {later} s, seed {seed}");
            // A write that changed nothing did not take a write number.
            assert_eq!((found.digest, found.count, found.seq), (state.digest, state.count, state.seq), "seed {seed}");
        }
    }
    assert!(as_of(&harness, -1).await.1.is_empty(), "the collection was empty before the first write");
}

async fn a_clock_that_goes_back_does_not_change_the_order_of_writes(harness: Harness) {
    for (title, seconds) in [("first", 100), ("second", 50), ("third", 200)] {
        let mut one = save(document("video", title, seconds));
        one.at = at(seconds);
        harness.store.save(&one).await.expect("the save succeeds");
    }
    for (seconds, title) in [(49, None), (60, Some("second")), (100, Some("second")), (200, Some("third"))] {
        let (_, read) = as_of(&harness, seconds).await;
        assert_eq!(read.get("video").map(String::as_str), title, "{seconds}");
    }
}

async fn a_save_is_found_by_its_id_in_the_row_or_the_history(harness: Harness) {
    let (first, second) = (save(document("video", "first", 1)), save(document("video", "second", 2)));
    harness.store.save(&first).await.expect("the save succeeds");
    assert!(!harness.store.has_save(&id("video"), second.save_id).await.expect("the query succeeds"));
    harness.store.save(&second).await.expect("the save succeeds");
    harness
        .store
        .delete_video(&id("video"), new_id(), "admin", at(3))
        .await
        .expect("the query succeeds")
        .expect("the sermon existed");
    for one in [first, second] {
        assert!(harness.store.has_save(&id("video"), one.save_id).await.expect("the query succeeds"));
        assert!(!harness.store.has_save(&id("other"), one.save_id).await.expect("the query succeeds"));
    }
    assert!(!harness.store.has_save(&id("video"), new_id()).await.expect("the query succeeds"));
}

async fn an_old_version_has_the_transcript_it_was_analyzed_from(harness: Harness) {
    let mut seqs = Vec::new();
    // The second and third version have the same transcript.
    for (number, (title, words)) in
        [("none", None), ("a", Some("words a")), ("a again", Some("words a")), ("b", Some("words b"))]
            .into_iter()
            .enumerate()
    {
        let seconds = i64::try_from(number).expect("small");
        let mut one = save(document("video", title, seconds));
        one.at = at(0) + TimeDelta::seconds(seconds);
        one.transcript = words.map(transcript);
        seqs.push(harness.store.save(&one).await.expect("the save succeeds").state.seq);
    }
    harness
        .store
        .delete_video(&id("video"), new_id(), "admin", at(9))
        .await
        .expect("the query succeeds")
        .expect("the sermon existed");
    for (seq, (title, words)) in
        seqs.iter().zip([("none", None), ("a", Some("words a")), ("a again", Some("words a")), ("b", Some("words b"))])
    {
        let old = harness.store.version(&id("video"), *seq).await.expect("the query succeeds").expect("a version");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&old.document).expect("JSON")["title"], title);
        assert_eq!(old.transcript, words.map(transcript), "{title}");
    }
    assert_eq!(harness.store.version(&id("video"), 99).await.expect("the query succeeds"), None);
}
