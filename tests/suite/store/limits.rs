//! Few connections to PostgreSQL, and connections to a server that has become read-only.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use mannameter::store::{ConnectionLimit, DatabaseSettings, StoreError, VideoQuery, connect};

use crate::{
    store::harness::{Harness, document, id, join_all, save},
    support::postgres::Postgres,
};

#[tokio::test(flavor = "multi_thread")]
async fn readers_cannot_take_the_connections_of_writers_from_a_role_with_three() {
    let url = Postgres::shared().database();
    let name = url.rsplit('/').next().expect("a name");
    let role = format!("limited_{name}");
    Postgres::shared().psql("postgres", &format!("create role {role} login connection limit 3"));
    Postgres::shared().psql("postgres", &format!("alter database {name} owner to {role}"));
    let store = connect(&DatabaseSettings::new(url.replace("postgres@", &format!("{role}@")))).expect("a valid URL");
    store.save(&save(document("a", "T", 0))).await.expect("the save succeeds");
    let connections = store.info().await.expect("the query succeeds").connections;
    assert_eq!(connections.limit, Some(ConnectionLimit { of: "role", connections: 3 }));
    assert!(connections.is_tight() && connections.readers + connections.writers < 3, "{connections:?}");
    assert!(connections.to_string().ends_with("the role allows 3"), "{connections}");

    let saved = Arc::new(AtomicUsize::new(0));
    let readers = (0..30).map(|_| {
        let (store, saved) = (Arc::clone(&store), Arc::clone(&saved));
        async move {
            while saved.load(Ordering::Relaxed) < 40 {
                store.videos(&VideoQuery::default()).await.expect("a connection").expect("a cursor");
            }
        }
    });
    let writers = (0..4).map(|writer| {
        let (store, saved) = (Arc::clone(&store), Arc::clone(&saved));
        async move {
            for number in 0..10 {
                let request = save(document(&format!("w{writer}-{number}"), "T", 0));
                store.save(&request).await.expect("no reader is in the way");
                saved.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    tokio::join!(join_all(readers), join_all(writers));
    assert_eq!(store.state().await.expect("the state").count, 41);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_to_a_server_that_became_read_only_are_replaced() {
    let harness = Harness::postgres();
    harness.store.ready().await.expect("the store is ready");
    let database = harness.url.rsplit('/').next().expect("a name");
    let set = |value: &str| {
        let statement = format!("alter database {database} set default_transaction_read_only = {value}");
        Postgres::shared().psql("postgres", &statement);
    };
    // Sessions opened from here on stay read-only, like those left over after a failover.
    set("on");
    let store = connect(&DatabaseSettings::new(&harness.url)).expect("a valid URL");
    let error = store.save(&save(document("a", "T", 0))).await.expect_err("it is read-only");
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    set("off");
    let begun = Instant::now();
    while let Err(error) = store.save(&save(document("a", "T", 0))).await {
        assert!(begun.elapsed() < Duration::from_secs(3), "{error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(store.video(&id("a")).await.expect("the query succeeds").is_some());
}
