//! The spool: sermons that the database could not save are written to disk and replayed exactly once, on both databases.

use std::{path::PathBuf, sync::Arc, time::Duration};

use mannameter::{
    clock::{Clock, SystemClock},
    domain::{Document, VideoId},
    safety::{DataDir, Exporter, ReplayReport, Replayer, SaveError, SavedTo, Saver},
    store::{DatabaseSettings, SavePolicy, SaveRequest, Store, StoredCaptions, connect},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use crate::support::postgres::Postgres;

/// A saver and a replayer in a directory.
struct Bench {
    data_dir: DataDir,
    store: Arc<dyn Store>,
    saver: Arc<Saver>,
    replayer: Replayer,
}

impl Bench {
    fn new(directory: &TempDir, database: &str) -> Self {
        let data_dir = DataDir::open(directory.path()).expect("a data directory");
        let mut settings = DatabaseSettings::new(database);
        settings.connect_timeout = Duration::from_millis(500);
        settings.deadline = Duration::from_secs(2);
        let store = connect(&settings).expect("a store");
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let exporter = Arc::new(Exporter::new(Arc::clone(&store), data_dir.clone(), Arc::clone(&clock)));
        let saver = Saver::new(Arc::clone(&store), exporter, data_dir.clone(), Arc::clone(&clock), TaskTracker::new());
        let saver = Arc::new(saver);
        let replayer = Replayer::new(Arc::clone(&saver), Arc::clone(&store), clock);
        Self { data_dir, store, saver, replayer }
    }

    /// Uses an SQLite database in the directory.
    fn on_sqlite(directory: &TempDir) -> Self {
        Self::new(directory, &format!("sqlite://{}", directory.path().join("instance/mannameter.db").display()))
    }

    /// Uses a database that is never reachable.
    fn unreachable(directory: &TempDir) -> Self {
        Self::new(directory, "postgres://nobody@127.0.0.1:1/none")
    }

    /// Saves to the spool and returns the path of the data file.
    async fn spool(&self, request: &SaveRequest) -> PathBuf {
        let report = self.saver.save(request.clone()).await.expect("a save");
        let SavedTo::Spool { name } = report.saved_to else { panic!("saved to the database") };
        self.data_dir.backups().join(name)
    }

    async fn replay(&self) -> ReplayReport {
        self.replayer.replay().await.expect("a reachable database")
    }

    async fn title(&self, id: &str) -> Option<String> {
        let stored = self.store.video(&self::id(id)).await.expect("a reachable database")?;
        let document: Value = serde_json::from_str(&stored.document).expect("JSON");
        Some(document["title"].as_str().expect("a title").to_owned())
    }

    /// Returns the names of the files in the spool, sorted.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.data_dir.backups()).expect("a directory");
        let mut names: Vec<_> =
            entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
        names.retain(|name| name.starts_with("EMERGENCY_SAVE_"));
        names.sort();
        names
    }
}

fn id(text: &str) -> VideoId {
    VideoId::parse(text).expect("an id")
}

fn directory() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

/// Returns a request to save a sermon that was analyzed at 10:00:00 plus `second` seconds.
fn request(id: &str, title: &str, second: u32) -> SaveRequest {
    let value = json!({"title": title, "processed_at": format!("2026-05-31T10:00:{second:02}Z")});
    SaveRequest {
        save_id: SystemClock.new_id(),
        document: Document::from_legacy(id, value).expect("a document"),
        transcript: Some(StoredCaptions {
            body: format!("the words of {title}").into_bytes(),
            format: "text".to_owned(),
            language: Some("en".to_owned()),
        }),
        policy: SavePolicy::Replace,
        actor: "worker".into(),
        at: SystemClock.now(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spooled_sermons_are_replayed_with_their_transcripts_and_the_spool_is_empty() {
    let directory = directory();
    let unreachable = Bench::unreachable(&directory);
    for (id, title) in [("first", "First"), ("second", "Second")] {
        unreachable.spool(&request(id, title, 1)).await;
    }
    let status = unreachable.saver.spool().status();
    assert_eq!((status.files, status.damaged, status.legacy), (2, 0, 0));
    assert!(unreachable.replayer.replay().await.is_err(), "the database is unreachable");
    assert_eq!(unreachable.names().len(), 4, "nothing was removed");

    let bench = Bench::on_sqlite(&directory);
    assert_eq!(bench.saver.spool().status().files, 2, "the status is known at startup");
    assert_eq!(bench.replay().await, ReplayReport { saved: 2, ..ReplayReport::default() });
    assert_eq!(bench.title("first").await.as_deref(), Some("First"));
    let transcript = bench.store.transcript(&id("second")).await.expect("a store").expect("a transcript");
    assert_eq!(transcript.body, b"the words of Second");
    assert!(bench.names().is_empty());
    assert_eq!(bench.saver.spool().status().files, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_replay_changes_nothing_even_if_the_sermon_was_deleted_in_the_meantime() {
    let directory = directory();
    let data_file = Bench::unreachable(&directory).spool(&request("again", "Again", 1)).await;
    let manifest_file = PathBuf::from(data_file.to_str().expect("UTF-8").replace(".json.b64", ".manifest.json"));
    let (data, manifest) =
        (std::fs::read(&data_file).expect("data"), std::fs::read(&manifest_file).expect("a manifest"));

    let bench = Bench::on_sqlite(&directory);
    bench.replay().await;
    // The state after a crash between the commit and the removal of the entry.
    std::fs::write(&data_file, &data).expect("written");
    std::fs::write(&manifest_file, &manifest).expect("written");
    let before = bench.store.state().await.expect("a state");
    assert_eq!(bench.replay().await.saved, 1);
    assert_eq!(bench.store.state().await.expect("a state"), before, "nothing was written");

    // The state after a crash between the removal of the data and the removal of the manifest.
    std::fs::write(&manifest_file, &manifest).expect("written");
    assert_eq!(bench.replay().await.saved, 1);
    assert!(bench.names().is_empty());

    bench.saver.delete(&id("again"), "admin").await.expect("a deletion").expect("a sermon");
    std::fs::write(&data_file, &data).expect("written");
    std::fs::write(&manifest_file, &manifest).expect("written");
    bench.replay().await;
    assert_eq!(bench.title("again").await, None, "it stays deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_version_in_the_database_stays_and_the_spooled_one_goes_to_the_history() {
    let directory = directory();
    let unreachable = Bench::unreachable(&directory);
    unreachable.spool(&request("video", "spooled first", 10)).await;
    unreachable.spool(&request("video", "spooled second", 20)).await;
    unreachable.spool(&request("other", "newer than the row", 40)).await;

    let bench = Bench::on_sqlite(&directory);
    bench.saver.save(request("video", "in the database", 30)).await.expect("a save");
    bench.saver.save(request("other", "in the database", 30)).await.expect("a save");
    assert_eq!(bench.replay().await.saved, 3);
    assert_eq!(bench.title("video").await.as_deref(), Some("in the database"));
    assert_eq!(bench.title("other").await.as_deref(), Some("newer than the row"));
    let history = bench.store.history(&id("video")).await.expect("a history");
    let versions: Vec<_> = history.iter().map(|old| (old.reason.as_str(), old.actor.as_str())).collect();
    assert_eq!(versions, [("superseded", "replay"), ("superseded", "replay")]);
    assert!(history[0].document.contains("spooled second") && history[1].document.contains("spooled first"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_versions_from_the_same_time_the_one_in_the_database_stays() {
    let directory = directory();
    Bench::unreachable(&directory).spool(&request("video", "spooled", 30)).await;
    let bench = Bench::on_sqlite(&directory);
    bench.saver.save(request("video", "in the database", 30)).await.expect("a save");
    assert_eq!(bench.replay().await.saved, 1);
    assert_eq!(bench.title("video").await.as_deref(), Some("in the database"));
    let history = bench.store.history(&id("video")).await.expect("a history");
    assert_eq!(history.len(), 1);
    assert!(history[0].reason.as_str() == "superseded" && history[0].document.contains("spooled"), "{history:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_entry_is_set_aside_and_the_others_are_replayed() {
    let directory = directory();
    let unreachable = Bench::unreachable(&directory);
    let damaged = unreachable.spool(&request("damaged", "Damaged", 1)).await;
    let gone = unreachable.spool(&request("gone", "Gone", 2)).await;
    unreachable.spool(&request("intact", "Intact", 3)).await;
    let mut bytes = std::fs::read(&damaged).expect("data");
    bytes[30] ^= 1;
    std::fs::write(&damaged, bytes).expect("written");
    std::fs::remove_file(&gone).expect("removed");
    // An emergency save from the previous system is neither replayed nor removed.
    let legacy = unreachable.data_dir.backups().join("EMERGENCY_SAVE_20251205_112813_intact.json.b64");
    std::fs::write(&legacy, "e30=").expect("written");

    let bench = Bench::on_sqlite(&directory);
    assert_eq!(bench.replay().await, ReplayReport { saved: 1, damaged: 2, ..ReplayReport::default() });
    assert_eq!(bench.title("intact").await.as_deref(), Some("Intact"));
    assert_eq!(bench.title("damaged").await, None);
    let status = bench.saver.spool().status();
    assert_eq!((status.files, status.damaged, status.legacy), (0, 2, 1));
    assert!(legacy.exists());
    let mut set_aside = damaged.into_os_string();
    set_aside.push(".damaged");
    assert!(PathBuf::from(set_aside).exists(), "a damaged entry is renamed, not deleted");
    assert_eq!(bench.replay().await, ReplayReport::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_replayers_save_each_entry_once() {
    let directory = directory();
    let unreachable = Bench::unreachable(&directory);
    for number in 0..10 {
        unreachable.spool(&request(&format!("video{number}"), "Title", 1)).await;
    }
    let benches: Vec<_> = (0..4).map(|_| Bench::on_sqlite(&directory)).collect();
    let replaying: tokio::task::JoinSet<_> =
        benches.into_iter().map(|bench| async move { bench.replayer.replay().await.expect("a replay") }).collect();
    let reports = replaying.join_all().await;
    assert_eq!(reports.iter().map(|report| report.saved).sum::<usize>(), 10, "{reports:?}");
    let bench = Bench::on_sqlite(&directory);
    assert_eq!(bench.store.state().await.expect("a state").count, 10);
    assert_eq!(bench.store.state().await.expect("a state").seq, 10, "each was written once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_spool_is_created_and_if_that_fails_the_sermon_is_returned() {
    let directory = directory();
    let unreachable = Bench::unreachable(&directory);
    let backups = unreachable.data_dir.backups();
    std::fs::remove_dir_all(&backups).expect("removed");
    assert!(unreachable.spool(&request("spooled", "Spooled", 1)).await.is_file());

    std::fs::remove_dir_all(&backups).expect("removed");
    std::fs::write(&backups, "not a directory").expect("written");
    let lost = request("lost", "Lost", 1);
    let Err(SaveError::NotSaved { save, .. }) = unreachable.saver.save(lost.clone()).await else { panic!("saved") };
    assert_eq!((save.save_id, &save.document), (lost.save_id, &lost.document));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_postgres_stops_or_freezes_every_sermon_is_saved_once() {
    let directory = directory();
    let postgres = Postgres::new();
    let bench = Bench::new(&directory, &postgres.database());
    bench.saver.save(request("before", "Before", 1)).await.expect("a save");

    postgres.stop();
    bench.spool(&request("stopped", "Stopped", 2)).await;
    postgres.start();
    assert_eq!(bench.replay().await.saved, 1);

    postgres.freeze();
    bench.spool(&request("frozen", "Frozen", 3)).await;
    assert!(bench.replayer.replay().await.is_err(), "it does not respond");
    postgres.thaw();
    // The save may have been committed while the database was frozen. Either way, the sermon exists exactly once.
    for _ in 0..50 {
        if bench.replayer.replay().await.is_ok() {
            break;
        }
    }
    assert!(bench.names().is_empty());
    assert_eq!(bench.title("stopped").await.as_deref(), Some("Stopped"));
    assert_eq!(bench.title("frozen").await.as_deref(), Some("Frozen"));
    assert_eq!(bench.store.state().await.expect("a state").count, 3);
}
