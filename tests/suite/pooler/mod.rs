//! Everything works through pgbouncer in transaction mode, where each transaction may get another connection to the server.

mod program;

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use mannameter::{
    domain::{JobInput, NewJob, Submission, Submitter},
    search::WordQuery,
    store::{DatabaseSettings, JobOutcome, Pooler, Store, StoreError, VideoQuery, connect},
};

use crate::{
    store::harness::{Harness, at, document, id, join_all, new_id, save, transcript},
    support::{pgbouncer::PgBouncer, postgres::Postgres},
};

/// Number of instances, each with more connections than pgbouncer has to the server.
const INSTANCES: usize = 3;

fn store(url: &str, pooler: Pooler) -> Arc<dyn Store> {
    let patient = DatabaseSettings { connect_timeout: Duration::from_secs(10), ..DatabaseSettings::new(url) };
    connect(&DatabaseSettings { pooler, deadline: Duration::from_secs(60), ..patient }).expect("a valid URL")
}

#[tokio::test(flavor = "multi_thread")]
async fn several_instances_save_read_search_and_run_jobs_through_pgbouncer() {
    let harness = Harness::postgres();
    let pgbouncer = PgBouncer::start(Postgres::shared());
    // They migrate the schema at the same time.
    let instances: Vec<_> = (0..INSTANCES).map(|_| store(&pgbouncer.url(&harness.url), Pooler::Auto)).collect();
    let working = (0..INSTANCES * 4).map(|number| {
        let store = Arc::clone(&instances[number % INSTANCES]);
        async move {
            for step in 0..5 {
                let name = format!("s{number}-{step}");
                let mut request = save(document(&name, &format!("The bread of {name}"), 0));
                request.transcript = Some(transcript("1\n00:00:01,000 --> 00:00:03,000\nmanna in the desert\n"));
                store.save(&request).await.expect("the save succeeds");
                store.ready().await.expect("it is never damaged");
                assert!(store.video(&id(&name)).await.expect("the query succeeds").is_some());
                let page = store.videos(&VideoQuery::default()).await.expect("the query succeeds").expect("a cursor");
                assert!(!page.videos.is_empty());
                let manna = WordQuery::parse("manna");
                assert!(!store.search(&manna, 0, 5).await.expect("a page").hits.is_empty());
                let job = job(&name);
                store.enqueue(&job).await.expect("queued");
                let worker = format!("w{number}");
                let claimed = store.claim(&worker, TimeDelta::seconds(60)).await.expect("an answer").expect("a job");
                assert!(store.renew(claimed.job.id, &worker, TimeDelta::seconds(60)).await.expect("an answer"));
                let done = JobOutcome::Done { result_url: "/".to_owned() };
                assert!(store.finish(claimed.job.id, &worker, &done, at(1)).await.expect("an answer"));
            }
        }
    });
    join_all(working).await;
    for store in &instances {
        assert!(store.info().await.expect("the query succeeds").connections.is_pooled);
    }
    let state = harness.checked_state().await;
    assert_eq!((state.count, state.seq), (60, 60));
    assert_eq!(harness.query("select count(*) from jobs where state = 'done'").await, 60);
    assert_eq!(harness.query("select count(*) from jobs where state <> 'done'").await, 0);
}

fn job(key: &str) -> NewJob {
    NewJob {
        id: new_id(),
        video_id: id("sErm0n_Tst1"),
        input: JobInput::Transcript(Submission::default()),
        submitter: Submitter::LOCAL,
        dedupe_key: key.to_owned(),
        at: at(0),
        request_id: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_is_detected_whether_it_refuses_startup_options_or_ignores_them() {
    let harness = Harness::postgres();
    let is_pooled = async |url: &str, pooler| {
        let store = store(url, pooler);
        store.save(&save(document("a", "T", 0))).await.expect("the save succeeds");
        store.info().await.expect("the query succeeds").connections.is_pooled
    };
    for (settings, pooler) in [
        ("", Pooler::Auto),
        ("ignore_startup_parameters = extra_float_digits, options", Pooler::Auto),
        ("", Pooler::Transaction),
    ] {
        let pgbouncer = PgBouncer::with(Postgres::shared(), settings);
        assert!(is_pooled(&pgbouncer.url(&harness.url), pooler).await, "{settings:?} {pooler:?}");
    }
    assert!(!is_pooled(&harness.url, Pooler::Auto).await);
    assert!(!is_pooled(&harness.url, Pooler::Off).await);
    assert!(is_pooled(&harness.url, Pooler::Transaction).await, "this also works without a pooler");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undetected_pooler_is_named_in_the_error() {
    let harness = Harness::postgres();
    let pgbouncer = PgBouncer::start(Postgres::shared());
    let error = store(&pgbouncer.url(&harness.url), Pooler::Off).ready().await.expect_err("it refuses the options");
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(error.to_string().contains("set DATABASE_POOLER=transaction"), "{error}");
}
