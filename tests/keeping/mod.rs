//! A data directory with a real SQLite database, and what is needed to keep sermons in it.

use std::{path::Path, sync::Arc, time::Duration};

use mannameter::{
    clock::{Clock, SystemClock},
    domain::{Document, Sha256, VideoId},
    safety::{DataDir, Exporter, Keeper, Kept},
    store::{DatabaseSettings, DocumentSink, RawTranscript, SavePolicy, SaveVideo, Store, StoreState, connect},
};
use serde_json::json;
use tempfile::TempDir;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub(crate) struct Bench {
    pub(crate) data_dir: DataDir,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) exporter: Arc<Exporter>,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) tracker: TaskTracker,
    pub(crate) clock: Arc<dyn Clock>,
    directory: Arc<TempDir>,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::on(Arc::new(tempfile::tempdir().expect("a directory"))).await
    }

    /// Another process on the same directory and database, as far as that can be had within one.
    pub(crate) async fn started_again(&self) -> Self {
        Self::on(Arc::clone(&self.directory)).await
    }

    async fn on(directory: Arc<TempDir>) -> Self {
        let data_dir = DataDir::open(directory.path()).expect("a data directory");
        let url = format!("sqlite://{}", data_dir.sqlite_database().display());
        let store = connect(&DatabaseSettings::new(url)).expect("a store");
        store.migrate().await.expect("a schema");
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let exporter = Arc::new(Exporter::new(Arc::clone(&store), data_dir.clone(), Arc::clone(&clock)));
        let tracker = TaskTracker::new();
        let keeper = Arc::new(Keeper::new(
            Arc::clone(&store),
            Arc::clone(&exporter),
            data_dir.clone(),
            Arc::clone(&clock),
            tracker.clone(),
        ));
        Self { data_dir, store, exporter, keeper, tracker, clock, directory }
    }

    /// Runs the exporter until the token is cancelled.
    pub(crate) fn run_exporter(&self) -> CancellationToken {
        let (exporter, token) = (Arc::clone(&self.exporter), CancellationToken::new());
        let stop = token.clone();
        self.tracker.spawn(async move { exporter.run(token).await });
        stop
    }

    pub(crate) fn save_of(&self, document: Document) -> SaveVideo {
        SaveVideo {
            save_id: self.clock.new_id(),
            document,
            transcript: Some(RawTranscript { body: b"hello".to_vec(), format: "plain".to_owned(), language: None }),
            policy: SavePolicy::Replace,
            actor: "cli",
            at: self.clock.now(),
        }
    }

    pub(crate) async fn keep(&self, id: &str, title: &str) -> Kept {
        self.keeper.keep(self.save_of(document(id, title))).await.expect("kept")
    }

    pub(crate) fn backups(&self) -> Vec<String> {
        names(&self.data_dir.backups())
    }

    /// The documents of the database, as one text, and its state.
    pub(crate) async fn database(&self) -> (String, StoreState) {
        let mut collected = Collected::default();
        let state = self.store.snapshot(&mut collected).await.expect("a snapshot");
        (collected.0, state)
    }

    /// Checks that both files hold what the database holds, to the byte.
    pub(crate) async fn assert_exported(&self) {
        let (documents, state) = self.database().await;
        let (json, b64) = (std::fs::read(self.data_dir.results_json()), std::fs::read(self.data_dir.results_b64()));
        let (json, b64) = (json.expect("results.json"), b64.expect("results.json.b64"));
        for file in [&json[..], &b64] {
            let mut exported = String::new();
            let contents = mannameter::safety::format::read_documents(file, |id, document| {
                exported.push_str(&format!("{id} {document}\n"));
                Ok(())
            });
            assert_eq!(contents.expect("an export").digest, state.digest);
            assert_eq!(exported, documents);
        }
        let manifest = std::fs::read(self.data_dir.results_manifest()).expect("a manifest");
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
        assert_eq!(manifest["epoch"], state.epoch);
        assert_eq!(manifest["seq"], state.seq);
        assert_eq!(manifest["json"], json!({"bytes": json.len(), "sha256": Sha256::of(&json)}));
        assert_eq!(manifest["b64"], json!({"bytes": b64.len(), "sha256": Sha256::of(&b64)}));
        let leftovers: Vec<_> = names(self.data_dir.root()).into_iter().filter(|name| name.contains("-tmp-")).collect();
        assert_eq!(leftovers, [""; 0]);
    }
}

#[derive(Default)]
struct Collected(String);

#[async_trait::async_trait]
impl DocumentSink for Collected {
    async fn document(&mut self, id: &VideoId, document: &str, _: &Sha256) -> std::io::Result<()> {
        self.0.push_str(&format!("{id} {document}\n"));
        Ok(())
    }
}

pub(crate) fn id(text: &str) -> VideoId {
    VideoId::parse(text).expect("a valid id")
}

pub(crate) fn document(id: &str, title: &str) -> Document {
    let value = json!({"title": title, "channel": "Grace Church", "processed_at": "2026-01-02T03:04:05Z"});
    Document::from_legacy(id, value).expect("a document")
}

pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect();
    names.sort();
    names
}

/// Waits until something holds; fails after ten seconds.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    for _ in 0..500 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never happened: {what}");
}
