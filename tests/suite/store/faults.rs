//! Databases that are unreachable, stuck, read-only or cut off: acknowledged saves survive, refused saves can be
//! retried, and no call waits forever.

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
    store::harness::{Harness, at, document, id, join_all, new_id, save, store_at},
    support::postgres::Postgres,
    support::proxy::{Cut, Proxy},
};

/// Returns a store with short timeouts.
fn impatient_store(url: &str) -> Arc<dyn Store> {
    let settings = DatabaseSettings {
        connect_timeout: Duration::from_secs(1),
        deadline: Duration::from_secs(3),
        ..DatabaseSettings::new(url)
    };
    connect(&settings).expect("a valid URL")
}

/// Waits until the database responds again.
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
async fn a_database_that_is_unreachable_at_startup_is_used_once_it_is_back() {
    let postgres = Postgres::new();
    let store = impatient_store(&postgres.database());
    postgres.stop();
    let begun = Instant::now();
    assert_unavailable(&store.save(&save(document("a", "T", 0))).await.expect_err("it is unreachable"));
    assert_unavailable(&store.ready().await.expect_err("it is unreachable"));
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());

    postgres.start();
    until_ready(&store).await;
    let saved = store.save(&save(document("a", "T", 0))).await.expect("the save succeeds");
    assert_eq!((saved.outcome, saved.state.seq), (SaveOutcome::Created, 1));

    // The pool's connections are now dead.
    postgres.kill();
    postgres.start();
    until_ready(&store).await;
    let saved = store.save(&save(document("a", "T", 1))).await.expect("the save succeeds");
    assert_eq!((saved.outcome, saved.state.seq), (SaveOutcome::Updated, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_database_times_out_and_is_used_again_later() {
    let postgres = Postgres::new();
    let store = impatient_store(&postgres.database());
    until_ready(&store).await;
    store.save(&save(document("a", "T", 0))).await.expect("the save succeeds");
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
    let again = harness.store.save(&save(document("a", "T", 1))).await.expect("the save succeeds");
    assert!(matches!(again.outcome, SaveOutcome::Updated | SaveOutcome::Unchanged), "{again:?}");
    assert_eq!(harness.checked_state().await.count, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_gets_stuck_in_a_save_is_given_up_within_the_deadline() {
    let postgres = Postgres::new();
    let url = postgres.database();
    let store = impatient_store(&url);
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
    assert_eq!(error.to_string(), "the database is not available: it did not answer within 3 s");

    postgres.thaw();
    other.close().await.expect("it is closed");
    until_ready(&store).await;
    assert_eq!(store.save(&save(document("a", "T", 0))).await.expect("the save succeeds").state.seq, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_saves_survive_a_crash() {
    let postgres = Postgres::new();
    let url = postgres.database();
    let store = impatient_store(&url);
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
    let (acknowledged, ()) = tokio::join!(join_all(writers), crash);
    let acknowledged = acknowledged.concat();
    assert!(acknowledged.len() >= 30, "{}", acknowledged.len());

    postgres.start();
    until_ready(&store).await;
    let harness = Harness::on(store);
    for (video, saved) in acknowledged {
        let stored = harness.store.video(&id(&video)).await.expect("the query succeeds").expect("it was acknowledged");
        assert_eq!((stored.sha256, stored.seq), (saved.sha256, saved.state.seq));
    }
    let state = harness.checked_state().await;
    assert_eq!(state.seq, state.count);
}

/// Returns a store that connects through a proxy, and one that connects directly.
async fn behind_a_proxy(cut: Cut) -> (Proxy, Arc<dyn Store>, Harness) {
    let direct = Harness::postgres();
    direct.store.ready().await.expect("the store is ready");
    let server = Postgres::shared().port();
    let proxy = Proxy::start(server, cut).await;
    let store = store_at(&direct.url.replace(&format!(":{server}/"), &format!(":{}/", proxy.port)));
    store.ready().await.expect("the store is ready");
    (proxy, store, direct)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_acknowledgment_was_lost_is_reported_as_saved() {
    let (proxy, store, direct) = behind_a_proxy(Cut::After).await;
    proxy.cut_next(1);
    let saved = store.save(&save(document("a", "T", 0))).await.expect("it was committed");
    assert_eq!((saved.outcome, saved.state.seq, proxy.cuts_left()), (SaveOutcome::Created, 1, 0));
    assert_eq!(direct.checked_state().await, saved.state);

    proxy.cut_next(1);
    let deleted = store.delete_video(&id("a"), new_id(), "admin", at(0)).await.expect("it was committed");
    assert_eq!((deleted, proxy.cuts_left()), (Some(direct.checked_state().await), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_save_whose_commit_never_arrived_fails_and_leaves_nothing_behind() {
    let (proxy, store, direct) = behind_a_proxy(Cut::Before).await;
    proxy.cut_next(1);
    assert_unavailable(&store.save(&save(document("a", "T", 0))).await.expect_err("it was not committed"));
    assert_eq!((proxy.cuts_left(), direct.checked_state().await.seq), (0, 0));
    assert_eq!(store.save(&save(document("a", "T", 0))).await.expect("the save succeeds").state.seq, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_postgresql_can_be_read_but_refuses_saves() {
    let harness = Harness::postgres();
    harness.store.save(&save(document("a", "T", 0))).await.expect("the save succeeds");
    let database = harness.url.rsplit('/').next().expect("a name");
    Postgres::shared().psql("postgres", &format!("alter database {database} set default_transaction_read_only = on"));
    let store = store_at(&harness.url);
    assert!(store.video(&id("a")).await.expect("the query succeeds").is_some());
    let error = store.save(&save(document("b", "T", 0))).await.expect_err("it is read-only");
    assert_unavailable(&error);
    assert!(error.to_string().contains("read-only transaction"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_sqlite_file_can_be_read_but_refuses_saves() {
    let harness = Harness::sqlite();
    harness.store.save(&save(document("a", "T", 0))).await.expect("the save succeeds");
    let store = store_at(&format!("{}?mode=ro", harness.url));
    assert!(store.video(&id("a")).await.expect("the query succeeds").is_some());
    let error = store.save(&save(document("b", "T", 0))).await.expect_err("it is read-only");
    assert_unavailable(&error);
    assert!(error.to_string().contains("readonly database"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_sqlite_file_times_out_and_is_used_again_later() {
    let harness = Harness::sqlite();
    harness.store.ready().await.expect("the store is ready");
    let store = impatient_store(&harness.url);
    let mut other = SqliteConnection::connect(&harness.url).await.expect("a connection");
    sqlx::raw_sql("begin immediate").execute(&mut other).await.expect("the lock");
    let begun = Instant::now();
    assert_unavailable(&store.save(&save(document("a", "T", 0))).await.expect_err("it is locked"));
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert_eq!(store.state().await.expect("reading still works").seq, 0);

    sqlx::raw_sql("rollback").execute(&mut other).await.expect("the lock is released");
    assert_eq!(store.save(&save(document("a", "T", 0))).await.expect("the save succeeds").state.seq, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unusable_sqlite_file_is_named_in_the_error() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("file");
    let text = "this is not a database\n".repeat(100);
    std::fs::write(&file, &text).expect("a file");

    let error =
        store_at(&format!("sqlite://{}/x.db", file.display())).ready().await.expect_err("its directory is a file");
    assert_unavailable(&error);
    assert!(error.to_string().contains("could not create"), "{error}");
    let error = store_at(&format!("sqlite://{}", file.display())).ready().await.expect_err("it is not a database");
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), text, "the file is unchanged");
}
