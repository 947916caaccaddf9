//! Addresses, the first use, and what is known of the database.

use std::time::Duration;

use mannameter::store::{ConnectError, DatabaseSettings, StoreError, connect};

use crate::{
    store::harness::{Harness, at, contract, document, new_id, save, store_at},
    support::postgres::Postgres,
};

contract! {
    the_schema_is_brought_up_to_date_once_before_the_first_use,
    many_stores_may_start_on_one_empty_database,
    a_commit_is_known_to_be_durable,
    the_audit_gives_its_last_lines_first,
    a_closed_store_answers_that_it_is_closed,
}

/// The migrations as their files are called, in order, with spaces behind the number.
fn migrations() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite");
    let files = std::fs::read_dir(folder).expect("migrations").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<_> = files
        .map(|file| {
            let file = file.into_string().expect("a name");
            let (number, rest) = file.trim_end_matches(".sql").split_once('_').expect("a number");
            format!("{number}_{}", rest.replace('_', " "))
        })
        .collect();
    names.sort();
    names
}

async fn the_schema_is_brought_up_to_date_once_before_the_first_use(harness: Harness) {
    assert_eq!(harness.store.migrate().await.expect("it migrates"), migrations());
    assert!(harness.store.migrate().await.expect("nothing is left to do").is_empty());
    harness.store.ready().await.expect("it is ready");
    let epoch = harness.store.state().await.expect("a state").epoch;
    assert!(epoch > 0);
    assert_eq!(store_at(&harness.url).state().await.expect("a state").epoch, epoch);
}

async fn many_stores_may_start_on_one_empty_database(harness: Harness) {
    let starting = (0..6).map(|number| {
        let store = store_at(&harness.url);
        async move { store.save(&save(document(&format!("v{number}"), "T", 0))).await }
    });
    for saved in crate::store::harness::together(starting).await {
        saved.expect("it is saved");
    }
    assert_eq!(harness.checked_state().await.seq, 6);
}

async fn a_commit_is_known_to_be_durable(harness: Harness) {
    harness.store.ready().await.expect("it is ready");
    let info = harness.store.info().await.expect("an answer");
    assert!(info.durable, "{info:?}");
    let last = migrations().pop().expect("there are some");
    assert_eq!(last.split_once('_').and_then(|(number, _)| number.parse().ok()), Some(info.schema_version));
    if info.name == "SQLite" {
        assert_eq!(info.durability, "journal_mode=wal synchronous=full");
        assert!(info.location.ends_with("/instance/mannameter.db"), "{info:?}");
    } else {
        assert_eq!(info.durability, "fsync=on synchronous_commit=on full_page_writes=on");
        assert!(info.location.starts_with("127.0.0.1:"), "{info:?}");
    }
}

async fn the_audit_gives_its_last_lines_first(harness: Harness) {
    for number in 0..5_i64 {
        let entry = mannameter::store::AuditEntry {
            id: new_id(),
            at: at(number / 2),
            actor: "admin".to_owned(),
            action: "video.delete".to_owned(),
            subject: format!("v{number}\0"),
            detail: serde_json::json!({"number": number, "nul": "\0"}),
        };
        harness.store.record_audit(&entry).await.expect("it is recorded");
    }
    let lines = harness.store.audit(3).await.expect("lines");
    assert_eq!(lines.iter().map(|line| line.detail["number"].clone()).collect::<Vec<_>>(), [4, 3, 2]);
    assert_eq!(lines[0].detail["nul"], "\0");
}

async fn a_closed_store_answers_that_it_is_closed(harness: Harness) {
    harness.store.ready().await.expect("it is ready");
    harness.store.close().await;
    let error = harness.store.ready().await.expect_err("it is closed");
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
}

#[test]
fn an_address_that_cannot_be_used_is_refused_with_the_reason() {
    for (url, message) in [
        ("mysql://u:hush@host/x", "the database address \"mysql://u:...@host/x\" is of no kind that is known"),
        ("", "the database address \"\" is of no kind that is known: give postgres://... or sqlite://..."),
        ("sqlite::memory:", "is in memory, where nothing would be kept: give sqlite://path/to/file"),
        ("sqlite://x.db?mode=memory", "is in memory, where nothing would be kept"),
        ("sqlite://", "it names no file"),
        ("sqlite://x.db?color=red", "unknown query parameter `color`"),
        ("postgres://u:hush@host:port/x", "invalid port number"),
        ("postgres://u:hush@host/x?sslmode=maybe", "unknown value \"maybe\" for `ssl_mode`"),
    ] {
        let error = connect(&DatabaseSettings::new(url)).expect_err(url).to_string();
        assert!(error.contains(message), "{error}");
        assert!(!error.contains("hush"), "{error}");
    }
    let too_few = connect(&DatabaseSettings { max_connections: 1, ..DatabaseSettings::new("sqlite://x.db") });
    assert_eq!(too_few.map(drop), Err(ConnectError::TooFewConnections(1)));
}

#[tokio::test]
async fn a_password_is_shown_nowhere() {
    let settings = DatabaseSettings {
        connect_timeout: Duration::from_millis(300),
        ..DatabaseSettings::new("postgres://somebody:hush@127.0.0.1:1/x")
    };
    let store = connect(&settings).expect("a good address");
    let error = store.ready().await.expect_err("nobody listens there");
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    for shown in [format!("{settings:?}"), format!("{store:?}"), format!("{error:?} {error}")] {
        assert!(!shown.contains("hush"), "{shown}");
    }
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_named() {
    let store = store_at(&Postgres::shared().url("no_such_database"));
    let error = store.ready().await.expect_err("there is none");
    assert_eq!(error.to_string(), "the database is not available: database \"no_such_database\" does not exist");
}

#[tokio::test]
async fn a_file_of_sqlite_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("deep/er/x.db");
    let store = store_at(&format!("sqlite://{}", file.display()));
    assert!(!file.exists(), "nothing is made before the first use");
    store.ready().await.expect("it is ready");
    assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
}
