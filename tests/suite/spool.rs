//! The spool: what the database could not take is written, put back once, and never lost, on both databases.

use std::{path::PathBuf, sync::Arc, time::Duration};

use crate::support::postgres::Postgres;
use mannameter::{
    clock::{Clock, SystemClock},
    domain::{Document, VideoId},
    safety::{DataDir, Exporter, SaveError, Saver, Replayed, Replayer, SavedTo},
    store::{DatabaseSettings, StoredCaptions, SavePolicy, SaveVideo, Store, connect},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

/// A saver and a replayer in a directory, on a database that can be taken away.
struct Bench {
    data_dir: DataDir,
    store: Arc<dyn Store>,
    saver: Arc<Saver>,
    replayer: Replayer,
}

impl Bench {
    fn at(directory: &TempDir, database: &str) -> Self {
        let data_dir = DataDir::open(directory.path()).expect("a data directory");
        let mut settings = DatabaseSettings::new(database);
        settings.connect_timeout = Duration::from_millis(500);
        settings.deadline = Duration::from_secs(2);
        let store = connect(&settings).expect("a store");
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let exporter = Arc::new(Exporter::new(Arc::clone(&store), data_dir.clone(), Arc::clone(&clock)));
        let saver =
            Saver::new(Arc::clone(&store), exporter, data_dir.clone(), Arc::clone(&clock), TaskTracker::new());
        let saver = Arc::new(saver);
        let replayer = Replayer::new(Arc::clone(&saver), Arc::clone(&store), clock);
        Self { data_dir, store, saver, replayer }
    }

    /// On an SQLite of the directory.
    fn on_sqlite(directory: &TempDir) -> Self {
        Self::at(directory, &format!("sqlite://{}", directory.path().join("instance/mannameter.db").display()))
    }

    /// Where the database is away for ever.
    fn away(directory: &TempDir) -> Self {
        Self::at(directory, "postgres://nobody@127.0.0.1:1/none")
    }

    async fn spool(&self, save: &SaveVideo) -> PathBuf {
        let kept = self.saver.keep(save.clone()).await.expect("kept");
        let SavedTo::Spool { name } = kept.stored else { panic!("the database is away") };
        self.data_dir.backups().join(name)
    }

    async fn replay(&self) -> Replayed {
        self.replayer.replay().await.expect("the database is there")
    }

    async fn title(&self, id: &str) -> Option<String> {
        let stored = self.store.video(&self::id(id)).await.expect("the database is there")?;
        let document: Value = serde_json::from_str(&stored.document).expect("JSON");
        Some(document["title"].as_str().expect("a title").to_owned())
    }

    /// Names of what is in the spool.
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

/// A result that was analyzed at this second of a minute.
fn result(id: &str, title: &str, second: u32) -> SaveVideo {
    let value = json!({"title": title, "processed_at": format!("2026-05-31T10:00:{second:02}Z")});
    SaveVideo {
        save_id: SystemClock.new_id(),
        document: Document::from_legacy(id, value).expect("a document"),
        transcript: Some(StoredCaptions {
            body: format!("the words of {title}").into_bytes(),
            format: "text".to_owned(),
            language: Some("en".to_owned()),
        }),
        policy: SavePolicy::Replace,
        actor: "worker",
        at: SystemClock.now(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_put_back_with_its_words_and_the_spool_is_empty() {
    let directory = directory();
    let away = Bench::away(&directory);
    for (id, title) in [("first", "First"), ("second", "Second")] {
        away.spool(&result(id, title, 1)).await;
    }
    let status = away.saver.spool().status();
    assert_eq!((status.files, status.damaged, status.foreign), (2, 0, 0));
    assert!(away.replayer.replay().await.is_err(), "the database is away");
    assert_eq!(away.names().len(), 4, "nothing was taken out");

    let back = Bench::on_sqlite(&directory);
    assert_eq!(back.saver.spool().status().files, 2, "known at the start");
    assert_eq!(back.replay().await, Replayed { put_back: 2, ..Replayed::default() });
    assert_eq!(back.title("first").await.as_deref(), Some("First"));
    let words = back.store.transcript(&id("second")).await.expect("a store").expect("words");
    assert_eq!(words.body, b"the words of Second");
    assert!(back.names().is_empty());
    assert_eq!(back.saver.spool().status().files, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_replay_changes_nothing_even_if_the_sermon_was_deleted_meanwhile() {
    let directory = directory();
    let file = Bench::away(&directory).spool(&result("again", "Again", 1)).await;
    let manifest = PathBuf::from(file.to_str().expect("UTF-8").replace(".json.b64", ".manifest.json"));
    let (data, said) = (std::fs::read(&file).expect("data"), std::fs::read(&manifest).expect("a manifest"));

    let back = Bench::on_sqlite(&directory);
    back.replay().await;
    // As a crash between the commit and the removal leaves it.
    std::fs::write(&file, &data).expect("written");
    std::fs::write(&manifest, &said).expect("written");
    let before = back.store.state().await.expect("a state");
    assert_eq!(back.replay().await.put_back, 1);
    assert_eq!(back.store.state().await.expect("a state"), before, "nothing was written");

    // As a crash between the removal of the data and that of the manifest leaves it.
    std::fs::write(&manifest, &said).expect("written");
    assert_eq!(back.replay().await.put_back, 1);
    assert!(back.names().is_empty());

    back.saver.delete(&id("again"), "admin").await.expect("deleted").expect("it was there");
    std::fs::write(&file, &data).expect("written");
    std::fs::write(&manifest, &said).expect("written");
    back.replay().await;
    assert_eq!(back.title("again").await, None, "it stays deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_version_in_the_database_stays_and_the_older_goes_to_the_history() {
    let directory = directory();
    let away = Bench::away(&directory);
    away.spool(&result("video", "spooled first", 10)).await;
    away.spool(&result("video", "spooled second", 20)).await;
    away.spool(&result("other", "newer than the row", 40)).await;

    let back = Bench::on_sqlite(&directory);
    back.saver.keep(result("video", "in the database", 30)).await.expect("kept");
    back.saver.keep(result("other", "in the database", 30)).await.expect("kept");
    assert_eq!(back.replay().await.put_back, 3);
    assert_eq!(back.title("video").await.as_deref(), Some("in the database"));
    assert_eq!(back.title("other").await.as_deref(), Some("newer than the row"));
    let history = back.store.history(&id("video")).await.expect("a history");
    let old: Vec<_> = history.iter().map(|old| (old.reason.as_str(), old.actor.as_str())).collect();
    assert_eq!(old, [("superseded", "replay"), ("superseded", "replay")]);
    assert!(history[0].document.contains("spooled second") && history[1].document.contains("spooled first"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_entry_is_set_aside_and_the_others_go_on() {
    let directory = directory();
    let away = Bench::away(&directory);
    let damaged = away.spool(&result("damaged", "Damaged", 1)).await;
    let gone = away.spool(&result("gone", "Gone", 2)).await;
    away.spool(&result("whole", "Whole", 3)).await;
    let mut bytes = std::fs::read(&damaged).expect("data");
    bytes[30] ^= 1;
    std::fs::write(&damaged, bytes).expect("damaged");
    std::fs::remove_file(&gone).expect("removed");
    // Of the system before ours: never replayed, never removed.
    let foreign = away.data_dir.backups().join("EMERGENCY_SAVE_20251205_112813_whole.json.b64");
    std::fs::write(&foreign, "e30=").expect("written");

    let back = Bench::on_sqlite(&directory);
    assert_eq!(back.replay().await, Replayed { put_back: 1, damaged: 2, ..Replayed::default() });
    assert_eq!(back.title("whole").await.as_deref(), Some("Whole"));
    assert_eq!(back.title("damaged").await, None);
    let status = back.saver.spool().status();
    assert_eq!((status.files, status.damaged, status.foreign), (0, 2, 1));
    assert!(foreign.exists());
    let mut aside = damaged.into_os_string();
    aside.push(".damaged");
    assert!(PathBuf::from(aside).exists(), "what is damaged is kept");
    assert_eq!(back.replay().await, Replayed::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_replayers_at_once_put_everything_back_once() {
    let directory = directory();
    let away = Bench::away(&directory);
    for number in 0..10 {
        away.spool(&result(&format!("video{number}"), "Title", 1)).await;
    }
    let benches: Vec<_> = (0..4).map(|_| Bench::on_sqlite(&directory)).collect();
    let replaying: tokio::task::JoinSet<_> =
        benches.into_iter().map(|bench| async move { bench.replayer.replay().await.expect("replayed") }).collect();
    let replayed = replaying.join_all().await;
    assert_eq!(replayed.iter().map(|pass| pass.put_back).sum::<usize>(), 10, "{replayed:?}");
    let back = Bench::on_sqlite(&directory);
    assert_eq!(back.store.state().await.expect("a state").count, 10);
    assert_eq!(back.store.state().await.expect("a state").seq, 10, "each was written once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_spool_is_made_and_an_impossible_one_gives_the_result_back() {
    let directory = directory();
    let away = Bench::away(&directory);
    let backups = away.data_dir.backups();
    std::fs::remove_dir_all(&backups).expect("removed");
    assert!(away.spool(&result("made", "Made", 1)).await.is_file());

    std::fs::remove_dir_all(&backups).expect("removed");
    std::fs::write(&backups, "no directory").expect("a file in its place");
    let given = result("nowhere", "Nowhere", 1);
    let Err(SaveError::Nowhere { save, .. }) = away.saver.keep(given.clone()).await else { panic!("kept nowhere") };
    assert_eq!((save.save_id, &save.document), (given.save_id, &given.document));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_that_stops_or_freezes_gets_everything_when_it_is_back() {
    let directory = directory();
    let postgres = Postgres::new();
    let bench = Bench::at(&directory, &postgres.database());
    bench.saver.keep(result("before", "Before", 1)).await.expect("kept");

    postgres.stop();
    bench.spool(&result("stopped", "Stopped", 2)).await;
    postgres.start();
    assert_eq!(bench.replay().await.put_back, 1);

    postgres.freeze();
    bench.spool(&result("frozen", "Frozen", 3)).await;
    assert!(bench.replayer.replay().await.is_err(), "it does not answer");
    postgres.thaw();
    // The frozen save may have been committed after all: either way it is there once.
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
