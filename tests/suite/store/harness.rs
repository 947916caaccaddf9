//! A store on an empty database, and documents to save in it.

use std::{path::Path, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use mannameter::{
    clock::{Clock, SystemClock},
    domain::{CollectionDigest, Document, Sha256, VideoId},
    store::{
        DatabaseSettings, DocumentSink, SavePolicy, SaveRequest, SnapshotError, Store, StoreState, StoredCaptions,
        connect,
    },
};
use serde_json::json;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, SqliteConnection,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::{
    bench::{ManualClock, patient_settings},
    postgres::Postgres,
};

/// Runs each function as a test on both databases. It receives a [`Harness`].
macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::store::harness::Harness::sqlite()).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::store::harness::Harness::postgres()).await;
            })*
        }
    };
}
pub(crate) use contract;

/// A store on an empty database.
pub(crate) struct Harness {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) url: String,
    /// The clock of the store.
    pub(crate) clock: Arc<ManualClock>,
    /// The directory that contains the SQLite file.
    _directory: Option<TempDir>,
}

impl Harness {
    pub(crate) fn sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let url = format!("sqlite://{}", directory.path().join("instance/mannameter.db").display());
        Self::at_url(url, Some(directory))
    }

    pub(crate) fn postgres() -> Self {
        Self::at_url(Postgres::shared().database(), None)
    }

    fn at_url(url: String, directory: Option<TempDir>) -> Self {
        let clock = Arc::new(ManualClock::at(at(0)));
        let settings = DatabaseSettings { clock: Some(Arc::clone(&clock) as Arc<dyn Clock>), ..patient_settings(&url) };
        Self { store: connect(&settings).expect("a valid URL"), url, clock, _directory: directory }
    }

    /// Wraps a store. [`Harness::run`] and [`Harness::query`] cannot reach its database.
    pub(crate) fn on(store: Arc<dyn Store>) -> Self {
        Self { store, url: String::new(), clock: Arc::new(ManualClock::at(at(0))), _directory: None }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite")
    }

    /// Runs statements directly on the database, without using the store.
    pub(crate) async fn run(&self, statements: &str) {
        let statements = AssertSqlSafe(statements.to_owned());
        if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(&self.url).await.expect("a connection");
            sqlx::raw_sql(statements).execute(&mut connection).await.expect("the statements");
        } else {
            let mut connection = PgConnection::connect(&self.url).await.expect("a connection");
            sqlx::raw_sql(statements).execute(&mut connection).await.expect("the statements");
        }
    }

    /// Applies the first migrations, up to this version, to an empty database that the store has not opened yet.
    pub(crate) async fn migrate_to(&self, version: i64) {
        let is_sqlite = self.is_sqlite();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let folder = folder.join(if is_sqlite { "sqlite" } else { "postgres" });
        let all = Migrator::new(folder.as_path()).await.expect("the migrations");
        let migrations = all.iter().filter(|migration| migration.version <= version).cloned().collect();
        let migrator = Migrator::with_migrations(migrations);
        if is_sqlite {
            let file = self.url.trim_start_matches("sqlite://");
            std::fs::create_dir_all(Path::new(file).parent().expect("a directory")).expect("a directory");
            let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
            let mut connection = options.journal_mode(SqliteJournalMode::Wal).connect().await.expect("a connection");
            migrator.run(&mut connection).await.expect("the migrations run");
            connection.close().await.expect("the connection is closed");
        } else {
            let mut connection = PgConnection::connect(&self.url).await.expect("a connection");
            migrator.run(&mut connection).await.expect("the migrations run");
        }
    }

    /// Returns the number that a query selects, without using the store.
    pub(crate) async fn query(&self, query: &'static str) -> i64 {
        if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(&self.url).await.expect("a connection");
            sqlx::query_scalar(query).fetch_one(&mut connection).await.expect("a number")
        } else {
            let mut connection = PgConnection::connect(&self.url).await.expect("a connection");
            sqlx::query_scalar(query).fetch_one(&mut connection).await.expect("a number")
        }
    }

    /// Reads a snapshot.
    pub(crate) async fn snapshot(&self) -> Result<(StoreState, Vec<(VideoId, String)>), SnapshotError> {
        let mut sink = Collected::default();
        let state = self.store.snapshot(&mut sink).await?;
        Ok((state, sink.0))
    }

    /// Checks that the state matches the rows, and returns it.
    pub(crate) async fn checked_state(&self) -> StoreState {
        let (state, documents) = self.snapshot().await.expect("the snapshot");
        let mut digest = CollectionDigest::default();
        for (id, document) in &documents {
            digest.add(id, &Sha256::digest(document.as_bytes()));
        }
        assert_eq!(state.digest, digest);
        assert_eq!(usize::try_from(state.count), Ok(documents.len()));
        assert!(documents.is_sorted_by(|(a, _), (b, _)| a.as_str().as_bytes() < b.as_str().as_bytes()));
        state
    }
}

pub(crate) fn store_at(url: &str) -> Arc<dyn Store> {
    connect(&patient_settings(url)).expect("a valid URL")
}

/// Collects documents.
#[derive(Default)]
struct Collected(Vec<(VideoId, String)>);

#[async_trait::async_trait]
impl DocumentSink for Collected {
    async fn document(&mut self, id: &VideoId, document: &str, sha256: &Sha256) -> std::io::Result<()> {
        assert_eq!(Sha256::digest(document.as_bytes()), *sha256);
        self.0.push((id.clone(), document.to_owned()));
        Ok(())
    }
}

pub(crate) fn id(text: &str) -> VideoId {
    VideoId::parse(text).expect("a valid id")
}

pub(crate) fn new_id() -> Uuid {
    SystemClock.new_id()
}

/// Returns a fixed time plus some seconds.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_764_000_000, 123_456_789).expect("a time") + TimeDelta::seconds(seconds)
}

/// Returns a document analyzed at [`at`]`(seconds)`, with three mentions.
pub(crate) fn document(id: &str, title: &str, seconds: i64) -> Document {
    let reference = |book: &str, osis: &str, chapter: Option<u16>, verse: Option<u16>, class: &str| {
        json!({
            "osis": osis, "book": book, "chapter": chapter, "verse": verse, "end_chapter": null, "end_verse": null,
            "kind": "explicit", "class": class, "start_seconds": 1.5, "start_char": 0, "end_char": 4, "text": "text",
            "context": "context", "evidence": [], "repaired": false, "anchor": null,
        })
    };
    let value = json!({
        "title": title, "channel": "Grace Church", "channel_url": "https://example.org/grace", "location": "Norway",
        "transcript_length": 1234, "processed_at": at(seconds).to_rfc3339(),
        "stats": {"scripture_references": 2, "suspect_references": 1, "false_positives": 0, "total_matches": 3},
        "references": [
            reference("John", "John.5.24", Some(5), Some(24), "confirmed"),
            reference("Isaiah", "Isa.53", Some(53), None, "confirmed"),
            reference("Mark", "Mark", None, None, "suspect"),
        ],
        "engine": {"name": "mannameter-detector", "version": "1"},
        "duration_seconds": 1800.5, "published_at": "2025-11-02",
    });
    Document::from_legacy(id, value).expect("a document")
}

/// Returns a request to save a document, replacing the stored one.
pub(crate) fn save(document: Document) -> SaveRequest {
    SaveRequest {
        save_id: new_id(),
        document,
        transcript: None,
        policy: SavePolicy::Replace,
        actor: "worker".into(),
        at: at(0),
    }
}

pub(crate) fn transcript(text: &str) -> StoredCaptions {
    StoredCaptions { body: text.as_bytes().to_vec(), format: "srt".to_owned(), language: Some("en".to_owned()) }
}

/// Runs all futures concurrently, each in its own task.
pub(crate) async fn join_all<F>(futures: impl Iterator<Item = F>) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    futures.collect::<tokio::task::JoinSet<_>>().join_all().await
}
