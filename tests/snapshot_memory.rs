//! A snapshot costs the same memory at any number of videos. Alone in its file, for it measures the whole process.

#[path = "support/postgres.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod postgres;

use std::time::Duration;

use mannameter::{
    clock::{Clock as _, SystemClock},
    domain::{Document, Sha256, VideoId},
    store::{DatabaseSettings, DocumentSink, SavePolicy, SaveVideo, Store, connect},
};
use postgres::Postgres;
use serde_json::json;

const VIDEOS: usize = 60;
const DOCUMENT_BYTES: usize = 2 * 1024 * 1024;

/// Far less than all documents, far more than one.
const MOST_BYTES: usize = VIDEOS * DOCUMENT_BYTES / 4;

/// Takes its time, as a slow disk would: the database must not run ahead.
struct Slow {
    bytes: usize,
    most_resident: usize,
}

#[async_trait::async_trait]
impl DocumentSink for Slow {
    async fn document(&mut self, _: &VideoId, document: &str, _: &Sha256) -> std::io::Result<()> {
        self.bytes += document.len();
        tokio::time::sleep(Duration::from_millis(5)).await;
        self.most_resident = self.most_resident.max(resident());
        Ok(())
    }
}

/// The memory that this process takes now, in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1024
}

async fn snapshot_takes_little_memory(store: &dyn Store) {
    for number in 0..VIDEOS {
        let value = json!({"title": "Long", "words": "w".repeat(DOCUMENT_BYTES)});
        let save = SaveVideo {
            save_id: SystemClock.new_id(),
            document: Document::from_legacy(&format!("v{number}"), value).expect("a document"),
            transcript: None,
            policy: SavePolicy::Replace,
            actor: "import",
            at: SystemClock.now(),
        };
        store.save(&save).await.expect("it is saved");
    }
    let before = resident();
    let mut sink = Slow { bytes: 0, most_resident: 0 };
    store.snapshot(&mut sink).await.expect("a snapshot");
    assert!(sink.bytes > VIDEOS * DOCUMENT_BYTES);
    let grown = sink.most_resident.saturating_sub(before);
    assert!(grown < MOST_BYTES, "the snapshot took {} MB", grown / 1024 / 1024);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_costs_the_same_memory_at_any_number_of_videos() {
    let directory = tempfile::tempdir().expect("a directory");
    for url in [format!("sqlite://{}", directory.path().join("x.db").display()), Postgres::shared().database()] {
        let store = connect(&DatabaseSettings::new(url)).expect("a good address");
        snapshot_takes_little_memory(store.as_ref()).await;
        store.close().await;
    }
}
