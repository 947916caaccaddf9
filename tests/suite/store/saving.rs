//! Saving and deleting sermons, their history, and the state row.

use mannameter::{
    domain::{Document, Sha256},
    store::{SaveOutcome, SavePolicy, SaveRequest, StoreError},
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use crate::store::harness::{Harness, at, contract, document, id, join_all, new_id, save, store_at, transcript};

contract! {
    a_new_document_is_created_and_read_back_byte_for_byte,
    a_changed_document_moves_the_old_one_to_the_history,
    saving_the_same_document_again_writes_nothing,
    an_older_document_does_not_replace_a_newer_one_with_keep_newer,
    a_replaced_transcript_stays_in_the_history,
    a_deleted_video_stays_in_the_history_with_its_transcript,
    the_digest_is_right_after_many_random_changes,
    concurrent_writers_get_positions_without_gaps,
    two_stores_on_one_database_lose_no_writes,
    text_with_nul_and_unusual_characters_is_preserved,
    a_damaged_document_is_not_returned,
    a_save_that_the_database_altered_is_not_acknowledged,
}

async fn a_new_document_is_created_and_read_back_byte_for_byte(harness: Harness) {
    let document = document("sErm0n_Tst1", "Sermon", 0);
    let saved = harness.store.save(&save(document.clone())).await.expect("the save succeeds");
    assert_eq!(saved.outcome, SaveOutcome::Created);
    assert_eq!((saved.state.seq, saved.state.count), (1, 1));
    assert_eq!(saved.sha256, Sha256::digest(document.to_json().as_bytes()));

    let stored = harness.store.video(&id("sErm0n_Tst1")).await.expect("the query succeeds").expect("a video");
    assert_eq!(stored.document, document.to_json());
    assert_eq!((stored.sha256, stored.seq), (saved.sha256, 1));
    assert_eq!(stored.updated_at, at(0) - chrono::TimeDelta::nanoseconds(789));
    assert_eq!(harness.checked_state().await, saved.state);
    assert_eq!(harness.store.state().await.expect("the state"), saved.state);
    assert!(harness.store.video(&id("other")).await.expect("the query succeeds").is_none());
}

async fn a_changed_document_moves_the_old_one_to_the_history(harness: Harness) {
    let (old, new) = (document("a", "Old", 0), document("a", "New", 1));
    harness.store.save(&save(old.clone())).await.expect("the save succeeds");
    let saved = harness.store.save(&save(new.clone())).await.expect("the save succeeds");
    assert_eq!((saved.outcome, saved.state.seq, saved.state.count), (SaveOutcome::Updated, 2, 1));
    assert_eq!(
        harness.store.video(&id("a")).await.expect("the query succeeds").expect("a video").document,
        new.to_json()
    );

    let history = harness.store.history(&id("a")).await.expect("the history");
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].document, old.to_json());
    assert_eq!((history[0].seq, history[0].replaced_by_seq), (1, 2));
    assert_eq!((history[0].reason.as_str(), history[0].actor.as_str()), ("update", "worker"));
    assert_eq!(harness.checked_state().await, saved.state);
    assert_eq!(harness.query("select count(*) from mentions").await, 3);
}

async fn saving_the_same_document_again_writes_nothing(harness: Harness) {
    let first = harness.store.save(&save(document("a", "Same", 0))).await.expect("the save succeeds");
    let again = harness.store.save(&save(document("a", "Same", 0))).await.expect("the sermon exists");
    assert_eq!((again.outcome, &again.state, again.sha256), (SaveOutcome::Unchanged, &first.state, first.sha256));
    assert!(harness.store.history(&id("a")).await.expect("the history").is_empty());
    assert_eq!(harness.checked_state().await, first.state);
}

async fn an_older_document_does_not_replace_a_newer_one_with_keep_newer(harness: Harness) {
    let keep_newer = |document: Document| SaveRequest { policy: SavePolicy::KeepNewer, ..save(document) };
    let newer = document("a", "Newer", 10);
    harness.store.save(&save(newer.clone())).await.expect("the save succeeds");

    let older = document("a", "Older", 5);
    let kept = harness.store.save(&keep_newer(older.clone())).await.expect("the save succeeds");
    assert_eq!((kept.outcome, kept.state.seq), (SaveOutcome::KeptNewer, 2));
    assert_eq!(kept.sha256, Sha256::digest(newer.to_json().as_bytes()));
    let history = harness.store.history(&id("a")).await.expect("the history");
    assert_eq!((history[0].document.as_str(), history[0].reason.as_str()), (older.to_json().as_str(), "superseded"));

    let again = harness.store.save(&keep_newer(older)).await.expect("the sermon exists");
    assert_eq!((again.outcome, again.state.seq), (SaveOutcome::KeptNewer, 2));
    assert_eq!(harness.store.history(&id("a")).await.expect("the history").len(), 1);

    let newest = harness.store.save(&keep_newer(document("a", "Newest", 20))).await.expect("the save succeeds");
    assert_eq!((newest.outcome, newest.state.seq), (SaveOutcome::Updated, 3));
    assert_eq!(harness.checked_state().await, newest.state);
}

async fn a_replaced_transcript_stays_in_the_history(harness: Harness) {
    let with =
        |title: &str, words: &str| SaveRequest { transcript: Some(transcript(words)), ..save(document("a", title, 0)) };
    harness.store.save(&with("One", "first words")).await.expect("the save succeeds");
    assert_eq!(harness.store.transcript(&id("a")).await.expect("the query succeeds"), Some(transcript("first words")));

    harness.store.save(&save(document("a", "Two", 1))).await.expect("the save succeeds");
    assert_eq!(harness.store.transcript(&id("a")).await.expect("the query succeeds"), Some(transcript("first words")));
    assert_eq!(harness.query("select count(*) from video_history where transcript_body is not null").await, 0);

    let same = harness.store.save(&with("Two", "first words")).await.expect("the sermon exists");
    assert_ne!(same.outcome, SaveOutcome::Created);
    let other = SaveRequest { transcript: Some(transcript("other words")), ..save(document("a", "Two", 1)) };
    assert_eq!(harness.store.save(&other).await.expect("the save succeeds").outcome, SaveOutcome::Updated);
    assert_eq!(harness.store.transcript(&id("a")).await.expect("the query succeeds"), Some(transcript("other words")));
    assert_eq!(harness.query("select count(*) from video_history where transcript_body is not null").await, 1);

    let older = SaveRequest {
        transcript: Some(transcript("words that came late")),
        policy: SavePolicy::KeepNewer,
        ..save(document("a", "Late", -5))
    };
    assert_eq!(harness.store.save(&older).await.expect("the save succeeds").outcome, SaveOutcome::KeptNewer);
    assert_eq!(harness.store.transcript(&id("a")).await.expect("the query succeeds"), Some(transcript("other words")));
    assert_eq!(harness.query("select count(*) from video_history where transcript_body is not null").await, 2);
    harness.checked_state().await;
}

async fn a_deleted_video_stays_in_the_history_with_its_transcript(harness: Harness) {
    let video = SaveRequest { transcript: Some(transcript("words")), ..save(document("a", "Gone", 0)) };
    harness.store.save(&video).await.expect("the save succeeds");
    harness.store.save(&save(document("b", "Stays", 0))).await.expect("the save succeeds");

    let state = harness
        .store
        .delete_video(&id("a"), new_id(), "admin", at(9))
        .await
        .expect("the query succeeds")
        .expect("the sermon existed");
    assert_eq!((state.seq, state.count), (3, 1));
    assert_eq!(harness.checked_state().await, state);
    assert!(harness.store.video(&id("a")).await.expect("the query succeeds").is_none());
    let history = harness.store.history(&id("a")).await.expect("the history");
    assert_eq!((history[0].reason.as_str(), history[0].actor.as_str()), ("delete", "admin"));
    assert_eq!(history[0].document, video.document.to_json());
    assert_eq!(harness.query("select count(*) from video_history where transcript_body is not null").await, 1);
    assert_eq!(harness.query("select count(*) from mentions").await, 3);

    assert_eq!(harness.store.delete_video(&id("a"), new_id(), "admin", at(9)).await.expect("the query succeeds"), None);
    assert_eq!(harness.checked_state().await, state);
    let back = harness.store.save(&video).await.expect("the save succeeds");
    assert_eq!((back.outcome, back.state.seq, back.state.count), (SaveOutcome::Created, 4, 2));
}

async fn the_digest_is_right_after_many_random_changes(harness: Harness) {
    let mut random = StdRng::seed_from_u64(7);
    for step in 0..120 {
        let video = format!("v{}", random.random_range(0..8));
        match random.random_range(0..4) {
            0 => drop(
                harness.store.delete_video(&id(&video), new_id(), "admin", at(step)).await.expect("the query succeeds"),
            ),
            1 => {
                let older = SaveRequest {
                    policy: SavePolicy::KeepNewer,
                    ..save(document(&video, "T", random.random_range(0..120)))
                };
                harness.store.save(&older).await.expect("the save succeeds");
            }
            _ => drop(harness.store.save(&save(document(&video, "T", step % 40))).await.expect("the save succeeds")),
        }
        if step % 20 == 19 {
            harness.checked_state().await;
        }
    }
    assert!(harness.checked_state().await.seq > 60);
}

async fn concurrent_writers_get_positions_without_gaps(harness: Harness) {
    let writers = (0..20).map(|number| {
        let store = harness.store.clone();
        let video = if number % 2 == 0 { "same".to_owned() } else { format!("own{number}") };
        async move { store.save(&save(document(&video, &format!("T{number}"), number))).await }
    });
    let mut positions = Vec::new();
    for saved in join_all(writers).await {
        positions.push(saved.expect("the save succeeds").state.seq);
    }
    positions.sort_unstable();
    assert_eq!(positions, (1..=20).collect::<Vec<_>>());
    assert_eq!(harness.checked_state().await.count, 11);
    assert_eq!(harness.store.history(&id("same")).await.expect("the history").len(), 9);
}

async fn two_stores_on_one_database_lose_no_writes(harness: Harness) {
    let stores = [store_at(&harness.url), store_at(&harness.url)];
    let writers = (0..40).map(|number| {
        let store = stores[number % 2].clone();
        let number = i64::try_from(number).expect("a small number");
        async move { store.save(&save(document("same", &format!("T{number}"), number))).await }
    });
    for saved in join_all(writers).await {
        saved.expect("the save succeeds");
    }
    assert_eq!(harness.checked_state().await.seq, 40);
    assert_eq!(harness.store.history(&id("same")).await.expect("the history").len(), 39);
}

async fn text_with_nul_and_unusual_characters_is_preserved(harness: Harness) {
    let mut unusual = document("a", "nul \0 quote ' \u{1f54a} \u{202e} İ", 0);
    unusual.channel.push('\0');
    unusual.published_at = Some("\0".to_owned());
    unusual.processed_at.insert_str(0, "not a time: ");
    harness.store.save(&save(unusual.clone())).await.expect("the save succeeds");
    let stored = harness.store.video(&id("a")).await.expect("the query succeeds").expect("a video");
    assert_eq!(stored.document, unusual.to_json());
    assert_eq!(serde_json::from_str::<Document>(&stored.document).expect("a document"), unusual);
}

async fn a_damaged_document_is_not_returned(harness: Harness) {
    harness.store.save(&save(document("a", "Whole", 0))).await.expect("the save succeeds");
    harness.run("update videos set document = replace(document, 'Whole', 'Whale')").await;
    let error = harness.store.video(&id("a")).await.expect_err("it is damaged");
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    assert!(error.to_string().contains("the document of a does not match its checksum"), "{error}");
    assert!(harness.snapshot().await.is_err());
}

async fn a_save_that_the_database_altered_is_not_acknowledged(harness: Harness) {
    harness.store.ready().await.expect("the store is ready");
    harness
        .run(if harness.url.starts_with("sqlite") {
            "create trigger damage after insert on videos begin
                update videos set document = document || ' ' where video_id = new.video_id;
            end"
        } else {
            "create function damage() returns trigger language plpgsql as $$
                begin new.document = new.document || ' '; return new; end
            $$;
            create trigger damage before insert on videos for each row execute function damage()"
        })
        .await;
    let error = harness.store.save(&save(document("a", "T", 0))).await.expect_err("it was altered");
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    assert!(error.to_string().contains("a had a different checksum when it was read back"), "{error}");
}
