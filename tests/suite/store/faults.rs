//! Databases that are away, stuck, read-only or cut off: what was acknowledged is there, what was refused may be
//! tried again, and nobody waits for ever.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use mannameter::store::{DatabaseSettings, SaveOutcome, Store, StoreError, connect};
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::{
    store::harness::{Harness, at, document, id, save, store_at, together},
    support::postgres::Postgres,
    support::proxy::{Cut, Proxy},
};

/// A store that soon gives up.
fn impatient(url: &str) -> Arc<dyn Store> {
    let settings = DatabaseSettings {
        connect_timeout: Duration::from_secs(1),
        deadline: Duration::from_secs(3),
        ..DatabaseSettings::new(url)
    };
    connect(&settings).expect("a good address")
}

/// Waits until a database that comes back answers.
async fn until_ready(store: &Arc<dyn Store>) {
    let begun = Instant::now();
    while let Err(error) = store.ready().await {
        assert!(begun.elapsed() < Duration::from_secs(60), "{error}");
    }
}

fn assert_unavailable(error: &StoreError) {
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_at_the_start_is_used_once_it_comes() {
    let postgres = Postgres::new();
    let store = impatient(&postgres.database());
    postgres.stop();
    let begun = Instant::now();
    assert_unavailable(&store.save(&save(document("a", "T", 0))).await.expect_err("it is away"));
    assert_unavailable(&store.ready().await.expect_err("it is away"));
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());

    postgres.start();
    until_ready(&store).await;
    let saved = store.save(&save(document("a", "T", 0))).await.expect("it is saved");
    assert_eq!((saved.outcome, saved.state.seq), (SaveOutcome::Created, 1));

    // The connections of the pool are dead now.
    postgres.kill();
    postgres.start();
    until_ready(&store).await;
    let saved = store.save(&save(document("a", "T", 1))).await.expect("it is saved");
    assert_eq!((saved.outcome, saved.state.seq), (SaveOutcome::Updated, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_stuck_is_given_up_within_the_deadline_and_used_again_later() {
    let postgres = Postgres::new();
    let store = impatient(&postgres.database());
    until_ready(&store).await;
    store.save(&save(document("a", "T", 0))).await.expect("it is saved");
    postgres.freeze();
    for _ in 0..2 {
        let begun = Instant::now();
        assert_unavailable(&store.save(&save(document("a", "T", 1))).await.expect_err("it is stuck"));
        assert_unavailable(&store.video(&id("a")).await.expect_err("it is stuck"));
        assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    }
    postgres.thaw();
    until_ready(&store).await;
    let harness = Harness::on(store);
    let again = harness.store.save(&save(document("a", "T", 1))).await.expect("it is saved");
    assert!(matches!(again.outcome, SaveOutcome::Updated | SaveOutcome::Unchanged), "{again:?}");
    assert_eq!(harness.checked_state().await.count, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_gets_stuck_in_a_save_is_given_up_within_the_deadline() {
    let postgres = Postgres::new();
    let url = postgres.database();
    let store = impatient(&url);
    until_ready(&store).await;
    let mut other = PgConnection::connect(&url).await.expect("a connection");
    sqlx::raw_sql("begin; select * from store_state for update").execute(&mut other).await.expect("the row");
    let stuck = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        postgres.freeze();
    };
    let begun = Instant::now();
    let ((), saved) = tokio::join!(stuck, async { store.save(&save(document("a", "T", 0))).await });
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    let error = saved.expect_err("it is stuck");
    assert_eq!(error.to_string(), "the database is not available: it gave no answer within 3 s");

    postgres.thaw();
    other.close().await.expect("it is closed");
    until_ready(&store).await;
    assert_eq!(store.save(&save(document("a", "T", 0))).await.expect("it is saved").state.seq, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_a_crash_is_there_after_it() {
    let postgres = Postgres::new();
    let url = postgres.database();
    let store = impatient(&url);
    until_ready(&store).await;
    let count = Arc::new(AtomicUsize::new(0));
    let writers = (0..6).map(|writer| {
        let (store, count) = (store.clone(), count.clone());
        async move {
            let mut acknowledged = Vec::new();
            for step in 0.. {
                match store.save(&save(document(&format!("w{writer}-{step}"), "T", 0))).await {
                    Ok(saved) => {
                        acknowledged.push((format!("w{writer}-{step}"), saved));
                        count.fetch_add(1, Ordering::SeqCst);
                    }
                    Err(error) => {
                        assert_unavailable(&error);
                        break;
                    }
                }
            }
            acknowledged
        }
    });
    let crash = async {
        while count.load(Ordering::SeqCst) < 30 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        postgres.kill();
    };
    let (acknowledged, ()) = tokio::join!(together(writers), crash);
    let acknowledged = acknowledged.concat();
    assert!(acknowledged.len() >= 30, "{}", acknowledged.len());

    postgres.start();
    until_ready(&store).await;
    let harness = Harness::on(store);
    for (video, saved) in acknowledged {
        let stored = harness.store.video(&id(&video)).await.expect("an answer").expect("it was acknowledged");
        assert_eq!((stored.sha256, stored.seq), (saved.sha256, saved.state.seq));
    }
    let state = harness.checked_state().await;
    assert_eq!(state.seq, state.count);
}

/// A store behind a proxy, and one beside it.
async fn behind_a_proxy(cut: Cut) -> (Proxy, Arc<dyn Store>, Harness) {
    let direct = Harness::postgres();
    direct.store.ready().await.expect("it is ready");
    let server = Postgres::shared().port();
    let proxy = Proxy::before(server, cut).await;
    let store = store_at(&direct.url.replace(&format!(":{server}/"), &format!(":{}/", proxy.port)));
    store.ready().await.expect("it is ready");
    (proxy, store, direct)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_save_whose_commit_was_done_and_not_answered_is_acknowledged() {
    let (proxy, store, direct) = behind_a_proxy(Cut::After).await;
    proxy.cut_next(1);
    let saved = store.save(&save(document("a", "T", 0))).await.expect("it was committed");
    assert_eq!((saved.outcome, saved.state.seq, proxy.cuts_left()), (SaveOutcome::Created, 1, 0));
    assert_eq!(direct.checked_state().await, saved.state);

    proxy.cut_next(1);
    let deleted = store.delete_video(&id("a"), "admin", at(0)).await.expect("it was committed");
    assert_eq!((deleted, proxy.cuts_left()), (Some(direct.checked_state().await), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_save_whose_commit_never_arrived_is_refused_and_leaves_nothing() {
    let (proxy, store, direct) = behind_a_proxy(Cut::Before).await;
    proxy.cut_next(1);
    assert_unavailable(&store.save(&save(document("a", "T", 0))).await.expect_err("it was not committed"));
    assert_eq!((proxy.cuts_left(), direct.checked_state().await.seq), (0, 0));
    assert_eq!(store.save(&save(document("a", "T", 0))).await.expect("it is saved").state.seq, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_is_read_only_is_read_and_takes_no_save() {
    let harness = Harness::postgres();
    harness.store.save(&save(document("a", "T", 0))).await.expect("it is saved");
    let database = harness.url.rsplit('/').next().expect("a name");
    Postgres::shared().psql("postgres", &format!("alter database {database} set default_transaction_read_only = on"));
    let store = store_at(&harness.url);
    assert!(store.video(&id("a")).await.expect("an answer").is_some());
    let error = store.save(&save(document("b", "T", 0))).await.expect_err("it is read-only");
    assert_unavailable(&error);
    assert!(error.to_string().contains("read-only transaction"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sqlite_that_is_read_only_is_read_and_takes_no_save() {
    let harness = Harness::sqlite();
    harness.store.save(&save(document("a", "T", 0))).await.expect("it is saved");
    let store = store_at(&format!("{}?mode=ro", harness.url));
    assert!(store.video(&id("a")).await.expect("an answer").is_some());
    let error = store.save(&save(document("b", "T", 0))).await.expect_err("it is read-only");
    assert_unavailable(&error);
    assert!(error.to_string().contains("readonly database"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sqlite_that_another_process_holds_is_given_up_within_the_deadline_and_used_again_later() {
    let harness = Harness::sqlite();
    harness.store.ready().await.expect("it is ready");
    let store = impatient(&harness.url);
    let mut other = SqliteConnection::connect(&harness.url).await.expect("a connection");
    sqlx::raw_sql("begin immediate").execute(&mut other).await.expect("the lock");
    let begun = Instant::now();
    assert_unavailable(&store.save(&save(document("a", "T", 0))).await.expect_err("it is locked"));
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert_eq!(store.state().await.expect("reading goes on").seq, 0);

    sqlx::raw_sql("rollback").execute(&mut other).await.expect("the lock is given back");
    assert_eq!(store.save(&save(document("a", "T", 0))).await.expect("it is saved").state.seq, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_sqlite_that_cannot_be_made_or_is_none_is_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("file");
    std::fs::write(&file, "this is no database, however long it is".repeat(50)).expect("a file");

    let error = store_at(&format!("sqlite://{}/x.db", file.display())).ready().await.expect_err("it is below a file");
    assert_unavailable(&error);
    assert!(error.to_string().contains("could not create"), "{error}");
    let error = store_at(&format!("sqlite://{}", file.display())).ready().await.expect_err("it is no database");
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    assert_eq!(std::fs::read(&file).expect("the file").len(), 39 * 50, "it is left alone");
}
