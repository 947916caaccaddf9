//! Database URLs, migrations on first use, and facts about the database.

use std::time::Duration;

use mannameter::store::{ConnectError, DatabaseSettings, StoreError, connect};

use crate::{
    store::harness::{Harness, at, contract, document, new_id, save, store_at},
    support::postgres::Postgres,
};

contract! {
    the_schema_is_migrated_once_on_first_use,
    several_stores_can_start_on_one_empty_database,
    the_database_is_reported_as_durable,
    the_audit_log_returns_the_newest_entries_first,
    a_closed_store_is_unavailable,
}

/// Returns the names of the migrations in order: the file names with spaces after the number.
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

async fn the_schema_is_migrated_once_on_first_use(harness: Harness) {
    assert_eq!(harness.store.migrate().await.expect("the migration succeeds"), migrations());
    assert!(harness.store.migrate().await.expect("the migration succeeds").is_empty());
    harness.store.ready().await.expect("the store is ready");
    let epoch = harness.store.state().await.expect("the state").epoch;
    assert!(epoch > 0);
    assert_eq!(store_at(&harness.url).state().await.expect("the state").epoch, epoch);
}

async fn several_stores_can_start_on_one_empty_database(harness: Harness) {
    let starting = (0..6).map(|number| {
        let store = store_at(&harness.url);
        async move { store.save(&save(document(&format!("v{number}"), "T", 0))).await }
    });
    for saved in crate::store::harness::join_all(starting).await {
        saved.expect("the save succeeds");
    }
    assert_eq!(harness.checked_state().await.seq, 6);
}

async fn the_database_is_reported_as_durable(harness: Harness) {
    harness.store.ready().await.expect("the store is ready");
    let info = harness.store.info().await.expect("the query succeeds");
    assert!(info.durable, "{info:?}");
    let last = migrations().pop().expect("there are migrations");
    assert_eq!(last.split_once('_').and_then(|(number, _)| number.parse().ok()), Some(info.schema_version));
    if info.name == "SQLite" {
        assert_eq!(info.durability, "journal_mode=wal synchronous=full");
        assert!(info.location.ends_with("/instance/mannameter.db"), "{info:?}");
    } else {
        assert_eq!(info.durability, "fsync=on synchronous_commit=on full_page_writes=on");
        assert!(info.location.starts_with("127.0.0.1:"), "{info:?}");
    }
}

async fn the_audit_log_returns_the_newest_entries_first(harness: Harness) {
    for number in 0..5_i64 {
        let entry = mannameter::store::AuditEntry {
            id: new_id(),
            at: at(number / 2),
            actor: "admin".to_owned(),
            action: "video.delete".to_owned(),
            subject: format!("v{number}\0"),
            detail: serde_json::json!({"number": number, "nul": "\0"}),
        };
        harness.store.record_audit(&entry).await.expect("the entry is recorded");
    }
    let entries = harness.store.audit(3).await.expect("the query succeeds");
    assert_eq!(entries.iter().map(|entry| entry.detail["number"].clone()).collect::<Vec<_>>(), [4, 3, 2]);
    assert_eq!(entries[0].detail["nul"], "\0");
}

async fn a_closed_store_is_unavailable(harness: Harness) {
    harness.store.ready().await.expect("the store is ready");
    harness.store.close().await;
    let error = harness.store.ready().await.expect_err("it is closed");
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
}

#[test]
fn an_unusable_url_is_refused_with_the_reason() {
    for (url, message) in [
        ("mysql://u:hush@host/x", "unknown scheme in the database URL; use postgres://"),
        ("host=h user=u password=hush dbname=d", "unknown scheme in the database URL; use postgres://"),
        ("hush", "unknown scheme in the database URL; use postgres://"),
        ("", "unknown scheme in the database URL; use postgres://"),
        ("sqlite::memory:", "is in memory, where nothing would survive a restart; use sqlite://path/to/file"),
        ("sqlite://x.db?mode=memory", "is in memory, where nothing would survive a restart"),
        ("sqlite://", "the file name is missing"),
        ("sqlite://x.db?color=hush", "one of its parameters is not understood"),
        ("postgres://u:hush@host:port/x", "invalid port number"),
        ("postgres://u:hush@host/x?sslmode=hush", "one of its parameters is not understood"),
    ] {
        let error = connect(&DatabaseSettings::new(url)).expect_err(url).to_string();
        assert!(error.contains(message), "{error}");
        assert!(!error.contains("hush"), "{error}");
    }
    let too_few = connect(&DatabaseSettings { max_connections: 1, ..DatabaseSettings::new("sqlite://x.db") });
    assert_eq!(too_few.map(drop), Err(ConnectError::TooFewConnections(1)));
}

#[tokio::test]
async fn passwords_are_never_shown() {
    let settings = DatabaseSettings {
        connect_timeout: Duration::from_millis(300),
        ..DatabaseSettings::new("postgres://somebody:hush@127.0.0.1:1/x")
    };
    let store = connect(&settings).expect("a valid URL");
    let error = store.ready().await.expect_err("nothing listens there");
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    for shown in [format!("{settings:?}"), format!("{store:?}"), format!("{error:?} {error}")] {
        assert!(!shown.contains("hush"), "{shown}");
    }
}

#[tokio::test]
async fn a_missing_database_is_named_in_the_error() {
    let store = store_at(&Postgres::shared().url("no_such_database"));
    let error = store.ready().await.expect_err("it does not exist");
    assert_eq!(error.to_string(), "the database is not available: database \"no_such_database\" does not exist");
}

#[tokio::test]
async fn the_sqlite_file_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("deep/er/x.db");
    let store = store_at(&format!("sqlite://{}", file.display()));
    assert!(!file.exists(), "the file is created on first use");
    store.ready().await.expect("the store is ready");
    assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
}
