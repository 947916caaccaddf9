//! A data directory with a real database, and the services that save, back up and restore.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use mannameter::{
    clock::{Clock, SystemClock},
    domain::{CollectionDigest, Document, Sha256, VideoId},
    safety::{Backups, DataDir, Exporter, Restores, Saver},
    store::{
        DatabaseSettings, DocumentSink, SavePolicy, SaveRequest, Saved, Store, StoreState, StoredCaptions, connect,
    },
};
use serde_json::json;
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tempfile::TempDir;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::support::postgres::Postgres;

/// Runs each function, which takes a [`Bench`], as a test on both databases.
macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::support::bench::Bench::sqlite()).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::support::bench::Bench::postgres()).await;
            })*
        }
    };
}
pub(crate) use contract;

/// Returns settings for tests that are not about deadlines: fault tests run at the same time and keep the disk busy.
pub(crate) fn patient_settings(url: &str) -> DatabaseSettings {
    DatabaseSettings {
        connect_timeout: Duration::from_secs(10),
        deadline: Duration::from_secs(60),
        ..DatabaseSettings::new(url)
    }
}

/// A clock that the test advances.
#[derive(Debug)]
pub(crate) struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    pub(crate) fn at(time: DateTime<Utc>) -> Self {
        Self(Mutex::new(time))
    }

    pub(crate) fn set(&self, time: DateTime<Utc>) {
        *self.0.lock().expect("no thread panics while it holds the lock") = time;
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        *self.0.lock().expect("no thread panics while it holds the lock") += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().expect("no thread panics while it holds the lock")
    }

    fn new_id(&self) -> Uuid {
        SystemClock.new_id()
    }
}

pub(crate) struct Bench {
    pub(crate) data_dir: DataDir,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) exporter: Arc<Exporter>,
    pub(crate) saver: Arc<Saver>,
    pub(crate) backups: Arc<Backups>,
    pub(crate) restores: Restores,
    pub(crate) url: String,
    directory: Arc<TempDir>,
}

impl Bench {
    pub(crate) fn sqlite() -> Self {
        let directory = Arc::new(tempfile::tempdir().expect("a directory"));
        let root = directory.path().to_owned();
        Self::sqlite_in(directory, &root)
    }

    /// Opens an existing data directory inside a temporary one.
    pub(crate) fn sqlite_in(directory: Arc<TempDir>, root: &Path) -> Self {
        let url = format!("sqlite://{}", root.join("instance/mannameter.db").display());
        Self::new(directory, root, url)
    }

    pub(crate) fn postgres() -> Self {
        Self::in_new_directory(Postgres::shared().database())
    }

    /// Returns a second instance for the same directory and database.
    pub(crate) fn second_instance(&self) -> Self {
        Self::new(Arc::clone(&self.directory), self.data_dir.root(), self.url.clone())
    }

    /// Returns an instance for the same database with a different directory.
    pub(crate) fn on_another_machine(&self) -> Self {
        Self::in_new_directory(self.url.clone())
    }

    /// Returns an instance for the same database on another machine, whose clock is wrong by this much. Its store takes the time
    /// of the database.
    pub(crate) fn on_a_machine_with_a_wrong_clock(&self, by: TimeDelta) -> Self {
        let directory = Arc::new(tempfile::tempdir().expect("a directory"));
        let root = directory.path().to_owned();
        let clock = Arc::new(ManualClock::at(SystemClock.now() + by));
        Self::with_store(
            directory,
            &root,
            self.url.clone(),
            connect(&patient_settings(&self.url)).expect("a URL"),
            clock,
        )
    }

    fn in_new_directory(url: String) -> Self {
        let directory = Arc::new(tempfile::tempdir().expect("a directory"));
        let root = directory.path().to_owned();
        Self::new(directory, &root, url)
    }

    fn new(directory: Arc<TempDir>, root: &Path, url: String) -> Self {
        let clock = Arc::new(ManualClock::at("2026-07-15T12:00:00.5Z".parse().expect("a time")));
        let settings = DatabaseSettings { clock: Some(Arc::clone(&clock) as Arc<dyn Clock>), ..patient_settings(&url) };
        Self::with_store(directory, root, url, connect(&settings).expect("a valid URL"), clock)
    }

    fn with_store(
        directory: Arc<TempDir>,
        root: &Path,
        url: String,
        store: Arc<dyn Store>,
        manual_clock: Arc<ManualClock>,
    ) -> Self {
        let data_dir = DataDir::open(root).expect("a data directory");
        let clock: Arc<dyn Clock> = Arc::clone(&manual_clock) as Arc<dyn Clock>;
        let exporter = Arc::new(Exporter::new(Arc::clone(&store), data_dir.clone(), Arc::clone(&clock)));
        let tracker = TaskTracker::new();
        let saver = Arc::new(Saver::new(
            Arc::clone(&store),
            Arc::clone(&exporter),
            data_dir.clone(),
            Arc::clone(&clock),
            tracker.clone(),
        ));
        let backups = Arc::new(Backups::new(Arc::clone(&store), &data_dir, Arc::clone(&clock)));
        let restores = Restores::new(
            Arc::clone(&store),
            Arc::clone(&backups),
            Arc::clone(&exporter),
            data_dir.clone(),
            clock,
            tracker,
        );
        Self { data_dir, store, clock: manual_clock, exporter, saver, backups, restores, url, directory }
    }

    /// Saves a sermon. Its transcript is its title.
    pub(crate) async fn save(&self, id: &str, title: &str) -> Saved {
        self.saver.save(self.request(id, title)).await.expect("a save").saved().expect("in the database").clone()
    }

    pub(crate) fn request(&self, id: &str, title: &str) -> SaveRequest {
        SaveRequest {
            save_id: self.clock.new_id(),
            document: document(id, title),
            transcript: Some(StoredCaptions {
                body: title.as_bytes().to_vec(),
                format: "plain".to_owned(),
                language: None,
            }),
            policy: SavePolicy::Replace,
            actor: "cli".into(),
            at: self.clock.now(),
        }
    }

    /// Returns all documents and the state of the database, and checks that they match.
    pub(crate) async fn database(&self) -> (BTreeMap<String, String>, StoreState) {
        let mut collected = Collected::default();
        let state = self.store.snapshot(&mut collected).await.expect("a snapshot");
        let mut digest = CollectionDigest::default();
        for (id, document) in &collected.0 {
            digest.add(&self::id(id), &Sha256::digest(document.as_bytes()));
        }
        assert_eq!((state.digest, state.count), (digest, i64::try_from(collected.0.len()).expect("a small number")));
        (collected.0, state)
    }

    /// Returns the stored transcript of a sermon.
    pub(crate) async fn transcript(&self, id: &str) -> Option<String> {
        let found = self.store.transcript(&self::id(id)).await.expect("a transcript");
        found.map(|found| String::from_utf8(found.body).expect("UTF-8"))
    }

    /// Executes SQL statements without using the store.
    pub(crate) async fn execute(&self, statements: &'static str) {
        if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(&self.url).await.expect("a connection");
            sqlx::raw_sql(statements).execute(&mut connection).await.expect("the statements");
        } else {
            let mut connection = PgConnection::connect(&self.url).await.expect("a connection");
            sqlx::raw_sql(statements).execute(&mut connection).await.expect("the statements");
        }
    }

    /// Returns the single number that a SQL query selects, without using the store.
    pub(crate) async fn query_number(&self, query: &'static str) -> i64 {
        if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(&self.url).await.expect("a connection");
            sqlx::query_scalar(query).fetch_one(&mut connection).await.expect("a number")
        } else {
            let mut connection = PgConnection::connect(&self.url).await.expect("a connection");
            sqlx::query_scalar(query).fetch_one(&mut connection).await.expect("a number")
        }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite")
    }

    /// Returns the path of a backup or manifest.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.data_dir.backups().join(name)
    }

    /// Returns the names of all files in `backups/`, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.data_dir.backups()).expect("a directory");
        let mut names: Vec<_> =
            entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect();
        names.sort();
        names
    }
}

/// Collects the documents it receives.
#[derive(Default)]
struct Collected(BTreeMap<String, String>);

#[async_trait::async_trait]
impl DocumentSink for Collected {
    async fn document(&mut self, id: &VideoId, document: &str, _: &Sha256) -> std::io::Result<()> {
        self.0.insert(id.to_string(), document.to_owned());
        Ok(())
    }
}

pub(crate) fn id(text: &str) -> VideoId {
    VideoId::parse(text).expect("a valid id")
}

pub(crate) fn document(id: &str, title: &str) -> Document {
    let reference = json!({
        "osis": "John.5.24", "book": "John", "chapter": 5, "verse": 24, "end_chapter": null, "end_verse": null,
        "kind": "explicit", "class": "confirmed", "start_seconds": 1.5, "start_char": 0, "end_char": 4,
        "text": "text", "context": "context", "evidence": [], "repaired": false, "anchor": null,
    });
    let value = json!({
        "title": title, "channel": "Grace Church", "processed_at": "2026-01-02T03:04:05Z",
        "stats": {"scripture_references": 1, "suspect_references": 0, "false_positives": 0, "total_matches": 1},
        "references": [reference],
    });
    Document::from_legacy(id, value).expect("a document")
}
