//! Instances that share a database, and the oldest version that may write.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use mannameter::{
    clock::Clock,
    domain::ReleaseVersion,
    store::{DatabaseSettings, MinimumVersionOutcome, Store, StoreError, connect},
};

use crate::{
    store::harness::{Harness, at, contract, document, id, join_all, new_id, save},
    support::bench::patient_settings,
};

contract! {
    an_instance_older_than_the_minimum_version_reads_but_refuses_every_write,
    no_save_of_an_older_instance_is_committed_after_the_minimum_was_raised,
    the_minimum_is_not_raised_while_an_older_instance_is_alive,
}

const OLD: ReleaseVersion = ReleaseVersion::new(1, 2, 0);
const NEW: ReleaseVersion = ReleaseVersion::new(1, 10, 0);

fn instance(harness: &Harness, version: ReleaseVersion) -> Arc<dyn Store> {
    let clock = Arc::clone(&harness.clock) as Arc<dyn Clock>;
    let settings = DatabaseSettings { version, clock: Some(clock), ..patient_settings(&harness.url) };
    connect(&settings).expect("a valid URL")
}

fn assert_too_old<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    let error = result.expect_err("it is too old");
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    let expected = "this instance is version 1.2.0, and the database accepts writes only from version 1.10.0 or newer";
    assert!(error.to_string().contains(expected), "{error}");
}

async fn an_instance_older_than_the_minimum_version_reads_but_refuses_every_write(harness: Harness) {
    let (old, new) = (instance(&harness, OLD), instance(&harness, NEW));
    old.save(&save(document("a", "T", 0))).await.expect("the save succeeds");
    assert_eq!(old.required_version().await.expect("an answer"), None);
    let raised = new.raise_minimum_version(NEW).await.expect("an answer");
    assert_eq!(raised, MinimumVersionOutcome::Raised(NEW));

    assert_too_old(old.save(&save(document("b", "T", 0))).await);
    assert_too_old(old.delete_video(&id("a"), new_id(), "admin", at(0)).await);
    // Writes that do not change sermons may use an answer that is a second old.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_too_old(old.claim("w", TimeDelta::seconds(15)).await);
    assert_too_old(old.claim_maintenance("backup", "old", TimeDelta::seconds(15)).await);
    assert_too_old(old.prune_jobs(at(0)).await);
    assert_too_old(old.raise_minimum_version(OLD).await);
    assert_eq!(old.required_version().await.expect("an answer"), Some(NEW));
    assert!(old.video(&id("a")).await.expect("it reads").is_some());
    old.ready().await.expect("it reads");

    new.save(&save(document("b", "T", 0))).await.expect("the newer one writes");
    for version in [NEW, OLD] {
        let unchanged = new.raise_minimum_version(version).await.expect("an answer");
        assert_eq!(unchanged, MinimumVersionOutcome::Unchanged(NEW));
    }
    assert_eq!(harness.query("select count(*) from videos").await, 2);
}

async fn no_save_of_an_older_instance_is_committed_after_the_minimum_was_raised(harness: Harness) {
    let (old, new) = (instance(&harness, OLD), instance(&harness, NEW));
    old.ready().await.expect("it is ready");
    let has_saved = Arc::new(AtomicBool::new(false));
    let writers = (0..4).map(|writer| {
        let (old, has_saved) = (Arc::clone(&old), Arc::clone(&has_saved));
        async move {
            for number in 0.. {
                match old.save(&save(document(&format!("w{writer}-{number}"), "T", 0))).await {
                    Ok(_) => has_saved.store(true, Ordering::Relaxed),
                    error => return assert_too_old(error),
                }
            }
        }
    });
    let raising = async {
        while !has_saved.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let raised = new.raise_minimum_version(NEW).await.expect("an answer");
        assert_eq!(raised, MinimumVersionOutcome::Raised(NEW));
        new.state().await.expect("the state").seq
    };
    let (_, seq) = tokio::join!(join_all(writers), raising);
    assert_eq!(new.state().await.expect("the state").seq, seq);
}

async fn the_minimum_is_not_raised_while_an_older_instance_is_alive(harness: Harness) {
    let (old, new) = (instance(&harness, OLD), instance(&harness, NEW));
    let (old_id, new_id) = (new_id(), new_id());
    old.record_heartbeat(old_id).await.expect("recorded");
    harness.clock.advance(TimeDelta::seconds(60));
    new.record_heartbeat(new_id).await.expect("recorded");
    let instances = new.instances().await.expect("a list");
    let found: Vec<_> = instances.iter().map(|one| (one.id, one.version.as_str(), one.is_alive)).collect();
    assert_eq!(found, [(old_id, "1.2.0", true), (new_id, "1.10.0", true)]);
    let refused = new.raise_minimum_version(NEW).await.expect("an answer");
    assert!(matches!(&refused, MinimumVersionOutcome::OlderAlive(older) if older.len() == 1), "{refused:?}");
    old.save(&save(document("a", "T", 0))).await.expect("the save succeeds");

    harness.clock.advance(TimeDelta::seconds(31));
    assert!(!new.instances().await.expect("a list")[0].is_alive);
    let raised = new.raise_minimum_version(NEW).await.expect("an answer");
    assert_eq!(raised, MinimumVersionOutcome::Raised(NEW));
    old.record_heartbeat(old_id).await.expect("it is still seen");
    assert_eq!(new.instances().await.expect("a list")[0].started_at, instances[0].started_at);

    harness.clock.advance(TimeDelta::days(2));
    new.record_heartbeat(new_id).await.expect("recorded");
    assert_eq!(new.instances().await.expect("a list").len(), 1, "the dead instance is forgotten");
    new.remove_instance(new_id).await.expect("removed");
    assert!(new.instances().await.expect("a list").is_empty());
}
