//! Saving several sermons in one transaction.

use mannameter::{
    clock::{Clock as _, SystemClock},
    store::{SaveOutcome, SavePolicy, SaveRequest, StoreError},
};

use crate::store::harness::{Harness, contract, document, id, save, transcript};

contract! {
    a_batch_does_what_the_same_saves_do_one_by_one,
    a_rejected_sermon_is_reported_and_the_others_are_saved,
    a_batch_that_the_database_altered_is_not_acknowledged,
    an_empty_batch_writes_nothing,
    a_save_that_expects_a_version_replaces_no_other_one,
}

/// Rejects every sermon with the title `Poison`.
const REJECT_SQLITE: &str = "create trigger reject before insert on videos when new.title = 'Poison' begin
    select raise(abort, 'rejected');
end";
const REJECT_POSTGRES: &str = "create function reject() returns trigger language plpgsql as $$
    begin
        if new.title = 'Poison' then raise exception 'rejected'; end if;
        return new;
    end
$$;
create trigger reject before insert on videos for each row execute function reject()";

/// New, changed, unchanged and older sermons, one of them twice, one with captions.
fn requests() -> Vec<SaveRequest> {
    let keep_newer = |request| SaveRequest { policy: SavePolicy::KeepNewer, ..request };
    vec![
        save(document("new", "New", 0)),
        save(document("old", "Changed", 20)),
        save(document("same", "Same", 0)),
        keep_newer(save(document("newer", "Older", 5))),
        SaveRequest { transcript: Some(transcript("words")), ..save(document("twice", "First", 0)) },
        save(document("twice", "Second", 1)),
    ]
}

async fn fill(harness: &Harness) {
    for (name, title, seconds) in [("old", "Old", 0), ("same", "Same", 0), ("newer", "Newer", 10)] {
        harness.store.save(&save(document(name, title, seconds))).await.expect("the save succeeds");
    }
}

async fn a_batch_does_what_the_same_saves_do_one_by_one(harness: Harness) {
    fill(&harness).await;
    let one_by_one = Harness::sqlite();
    fill(&one_by_one).await;
    let batch = harness.store.save_batch(&requests()).await.expect("the batch is saved");
    for (batched, request) in batch.into_iter().zip(requests()) {
        let single = one_by_one.store.save(&request).await.expect("the save succeeds");
        let batched = batched.expect("the sermon is saved");
        assert_eq!((batched.outcome, batched.sha256), (single.outcome, single.sha256));
        assert_eq!((batched.state.seq, batched.state.count), (single.state.seq, single.state.count));
        assert_eq!(batched.state.digest, single.state.digest);
    }
    assert_eq!(harness.snapshot().await.expect("a snapshot").1, one_by_one.snapshot().await.expect("a snapshot").1);
    let (state, expected) = (harness.checked_state().await, one_by_one.checked_state().await);
    assert_eq!((state.seq, state.count), (expected.seq, expected.count));
    for name in ["old", "same", "newer", "twice"] {
        let history = async |harness: &Harness| {
            let history = harness.store.history(&id(name)).await.expect("the history");
            history.into_iter().map(|old| (old.seq, old.replaced_by_seq, old.reason, old.document)).collect::<Vec<_>>()
        };
        assert_eq!(history(&harness).await, history(&one_by_one).await, "{name}");
    }
    assert_eq!(harness.store.transcript(&id("twice")).await.expect("the query succeeds"), Some(transcript("words")));
    for query in [
        "select cast(sum(manna) as bigint) from period_stats",
        "select count(*) from mentions",
        "select seq from stats_state",
    ] {
        assert_eq!(harness.query(query).await, one_by_one.query(query).await, "{query}");
    }
}

async fn a_rejected_sermon_is_reported_and_the_others_are_saved(harness: Harness) {
    fill(&harness).await;
    harness.run(if harness.is_sqlite() { REJECT_SQLITE } else { REJECT_POSTGRES }).await;
    let batch =
        [save(document("a", "First", 0)), save(document("old", "Poison", 20)), save(document("b", "Second", 0))];
    let results = harness.store.save_batch(&batch).await.expect("the batch is saved");
    let outcomes: Vec<_> = results.iter().map(|saved| saved.as_ref().ok().map(|saved| saved.outcome)).collect();
    assert_eq!(outcomes, [Some(SaveOutcome::Created), None, Some(SaveOutcome::Created)]);
    assert!(matches!(results[1], Err(StoreError::Database(_))), "{:?}", results[1]);
    assert_eq!((harness.checked_state().await.seq, harness.checked_state().await.count), (5, 5));
    assert!(harness.store.history(&id("old")).await.expect("the history").is_empty(), "it was not archived");
}

async fn a_batch_that_the_database_altered_is_not_acknowledged(harness: Harness) {
    harness.store.ready().await.expect("the store is ready");
    harness
        .run(if harness.is_sqlite() {
            "create trigger damage after insert on videos when new.video_id = 'b' begin
                update videos set document = document || ' ' where video_id = new.video_id;
            end"
        } else {
            "create function damage() returns trigger language plpgsql as $$
                begin
                    if new.video_id = 'b' then new.document = new.document || ' '; end if;
                    return new;
                end
            $$;
            create trigger damage before insert on videos for each row execute function damage()"
        })
        .await;
    let batch = [save(document("a", "T", 0)), save(document("b", "T", 0)), save(document("c", "T", 0))];
    let error = harness.store.save_batch(&batch).await.expect_err("it was altered");
    assert!(error.to_string().contains("b had a different checksum when it was read back"), "{error}");
}

async fn an_empty_batch_writes_nothing(harness: Harness) {
    fill(&harness).await;
    assert!(harness.store.save_batch(&[]).await.expect("nothing to do").is_empty());
    let unchanged = harness.store.save_batch(&[save(document("same", "Same", 0))]).await.expect("nothing to do");
    assert_eq!(unchanged[0].as_ref().expect("it is stored").outcome, SaveOutcome::Unchanged);
    assert_eq!(harness.checked_state().await.seq, 3);
}

async fn a_save_that_expects_a_version_replaces_no_other_one(harness: Harness) {
    let save_expecting = async |expected, title| {
        let policy = SavePolicy::IfUnchanged(expected);
        let batch = [SaveRequest { policy, ..save(document("a", title, 0)) }];
        harness.store.save_batch(&batch).await.expect("the batch is saved").remove(0).expect("the sermon is accepted")
    };
    let first = harness.store.save(&save(document("a", "First", 0))).await.expect("the save succeeds").sha256;
    let second = save_expecting(first, "Second").await;
    assert_eq!(second.outcome, SaveOutcome::Updated);
    assert_eq!(save_expecting(first, "Third").await.outcome, SaveOutcome::Kept);
    let stored = harness.store.video(&id("a")).await.expect("the query succeeds").expect("it is stored");
    assert_eq!(stored.sha256, second.sha256);

    let (audit_id, at) = (SystemClock.new_id(), SystemClock.now());
    harness.store.delete_video(&id("a"), audit_id, "admin", at).await.expect("it is deleted");
    assert_eq!(save_expecting(second.sha256, "Fourth").await.outcome, SaveOutcome::Kept);
    assert!(harness.store.video(&id("a")).await.expect("the query succeeds").is_none(), "it stays deleted");
    assert_eq!(harness.checked_state().await.seq, 3);
}
