//! The export and the safety backups, with a real database and a real directory.

mod following;
mod recovering;
mod safety_backups;
mod shrink_guard;

use std::{fmt::Write as _, path::Path, sync::Arc, time::Duration};

use mannameter::{
    domain::{Document, Sha256, VideoId},
    safety::{SaveReport, format::read_documents},
    store::{DocumentSink, SavePolicy, SaveRequest, StoreState, StoredCaptions},
};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::saving::Bench;

const SOON: Duration = Duration::from_secs(20);

impl Bench {
    /// Runs the exporter until the token is canceled.
    fn run_exporter(&self) -> CancellationToken {
        let (exporter, token) = (Arc::clone(&self.exporter), CancellationToken::new());
        let stop = token.clone();
        self.tracker.spawn(async move { exporter.run(token).await });
        stop
    }

    fn request(&self, document: Document) -> SaveRequest {
        SaveRequest {
            save_id: self.clock.new_id(),
            document,
            transcript: Some(StoredCaptions { body: b"hello".to_vec(), format: "plain".to_owned(), language: None }),
            policy: SavePolicy::Replace,
            actor: "cli".into(),
            at: self.clock.now(),
        }
    }

    async fn save(&self, id: &str, title: &str) -> SaveReport {
        self.saver.save(self.request(document(id, title))).await.expect("a save")
    }

    fn backups(&self) -> Vec<String> {
        names(&self.data_dir.backups())
    }

    /// Returns all documents in the database as one string, and the state of the database.
    async fn database(&self) -> (String, StoreState) {
        let mut collected = Collected::default();
        let state = self.store.snapshot(&mut collected).await.expect("a snapshot");
        (collected.0, state)
    }

    /// Checks that both files match the database byte for byte, and that there are no temporary files.
    async fn assert_exported(&self) {
        let (documents, state) = self.database().await;
        let (json, b64) = (std::fs::read(self.data_dir.results_json()), std::fs::read(self.data_dir.results_b64()));
        let (json, b64) = (json.expect("results.json"), b64.expect("results.json.b64"));
        for file in [&json[..], &b64] {
            let mut exported = String::new();
            let contents = read_documents(file, |id, document, _| {
                writeln!(exported, "{id} {document}")?;
                Ok(())
            });
            assert_eq!(contents.expect("an export").digest, state.digest);
            assert_eq!(exported, documents);
        }
        let manifest = std::fs::read(self.data_dir.results_manifest()).expect("a manifest");
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
        assert_eq!(manifest["epoch"], state.epoch);
        assert_eq!(manifest["seq"], state.seq);
        assert_eq!(manifest["json"], json!({"bytes": json.len(), "sha256": Sha256::digest(&json)}));
        assert_eq!(manifest["b64"], json!({"bytes": b64.len(), "sha256": Sha256::digest(&b64)}));
        assert!(!has_temp_files(self.data_dir.root()));
    }
}

/// Collects the documents it receives as one string.
#[derive(Default)]
struct Collected(String);

#[async_trait::async_trait]
impl DocumentSink for Collected {
    async fn document(&mut self, id: &VideoId, document: &str, _: &Sha256) -> std::io::Result<()> {
        writeln!(self.0, "{id} {document}").map_err(std::io::Error::other)
    }
}

fn document(id: &str, title: &str) -> Document {
    let value = json!({"title": title, "channel": "Grace Church", "processed_at": "2026-01-02T03:04:05Z"});
    Document::from_legacy(id, value).expect("a document")
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect();
    names.sort();
    names
}

fn has_temp_files(directory: &Path) -> bool {
    names(directory).iter().any(|name| name.contains("-tmp-"))
}
