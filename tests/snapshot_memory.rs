//! A snapshot uses the same amount of memory for any number of sermons. This test has its own binary because it
//! measures the whole process.

#[path = "support/postgres.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod postgres;

use std::time::Duration;

use mannameter::{
    clock::{Clock as _, SystemClock},
    domain::{Document, Sha256, VideoId},
    store::{DatabaseSettings, DocumentSink, SavePolicy, SaveRequest, Store, connect},
};
use postgres::Postgres;
use serde_json::json;

const SERMONS: usize = 60;
const DOCUMENT_BYTES: usize = 2 * 1024 * 1024;

/// Much less than all documents together, much more than one.
const MAX_GROWTH: usize = SERMONS * DOCUMENT_BYTES / 4;

/// A sink as slow as a slow disk, which shows whether reading runs ahead of it.
struct SlowSink {
    bytes: usize,
    max_resident: usize,
}

#[async_trait::async_trait]
impl DocumentSink for SlowSink {
    async fn document(&mut self, _: &VideoId, document: &str, _: &Sha256) -> std::io::Result<()> {
        self.bytes += document.len();
        tokio::time::sleep(Duration::from_millis(5)).await;
        self.max_resident = self.max_resident.max(resident());
        Ok(())
    }
}

/// Returns the resident memory of this process in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1024
}

async fn assert_snapshot_uses_little_memory(store: &dyn Store) {
    for number in 0..SERMONS {
        let value = json!({"title": "Long", "words": "w".repeat(DOCUMENT_BYTES)});
        let save = SaveRequest {
            save_id: SystemClock.new_id(),
            document: Document::from_legacy(&format!("v{number}"), value).expect("a document"),
            transcript: None,
            policy: SavePolicy::Replace,
            actor: "import".into(),
            at: SystemClock.now(),
        };
        store.save(&save).await.expect("saved");
    }
    let before = resident();
    let mut sink = SlowSink { bytes: 0, max_resident: 0 };
    store.snapshot(&mut sink).await.expect("a snapshot");
    assert!(sink.bytes > SERMONS * DOCUMENT_BYTES);
    let grown = sink.max_resident.saturating_sub(before);
    assert!(grown < MAX_GROWTH, "the snapshot used {} MB", grown / 1024 / 1024);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_uses_the_same_memory_for_any_number_of_sermons() {
    let directory = tempfile::tempdir().expect("a directory");
    for url in [format!("sqlite://{}", directory.path().join("x.db").display()), Postgres::shared().database()] {
        let store = connect(&DatabaseSettings::new(url)).expect("a good address");
        assert_snapshot_uses_little_memory(store.as_ref()).await;
        store.close().await;
    }
}
