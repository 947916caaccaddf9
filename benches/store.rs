//! Benchmarks of the store on both databases, with fsync enabled and documents the size of an hour-long sermon
//! (100 KB, 60 references).

#[path = "../tests/support/postgres.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod postgres;

use std::sync::Arc;

use divan::{Bencher, counter::ItemsCount};
use mannameter::{
    clock::{Clock as _, SystemClock},
    domain::{Document, Sha256, VideoId},
    store::{DatabaseSettings, DocumentSink, SavePolicy, SaveRequest, Store, VideoQuery, VideoSort, connect},
};
use postgres::Postgres;
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

const DATABASES: [&str; 2] = ["sqlite", "postgres"];

/// A store on an empty database.
struct Bench {
    runtime: Runtime,
    store: Arc<dyn Store>,
    _directory: TempDir,
}

impl Bench {
    fn on(database: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let url = match database {
            "sqlite" => format!("sqlite://{}", directory.path().join("x.db").display()),
            _ => Postgres::shared().database(),
        };
        let runtime = Runtime::new().expect("a runtime");
        let store = runtime.block_on(async { connect(&DatabaseSettings::new(url)).expect("a valid URL") });
        runtime.block_on(store.migrate()).expect("the migration succeeds");
        Self { runtime, store, _directory: directory }
    }

    /// Returns a store that contains this many sermons.
    fn filled(database: &str, videos: usize) -> Self {
        let bench = Self::on(database);
        for number in 0..videos {
            bench.save(document(&format!("video{number}"), number));
        }
        bench
    }

    fn save(&self, document: Document) {
        let save = SaveRequest {
            save_id: SystemClock.new_id(),
            document,
            transcript: None,
            policy: SavePolicy::Replace,
            actor: "worker".into(),
            at: SystemClock.now(),
        };
        self.runtime.block_on(self.store.save(&save)).expect("the save succeeds");
    }
}

fn document(id: &str, number: usize) -> Document {
    let reference = |index: usize| {
        json!({
            "osis": format!("John.{}.{}", index % 20 + 1, index), "book": "John", "chapter": index % 20 + 1,
            "verse": index, "end_chapter": null, "end_verse": null, "kind": "explicit", "class": "confirmed",
            "start_seconds": index * 50, "start_char": index * 500, "end_char": index * 500 + 9, "text": "John 5 24",
            "context": "word ".repeat(300), "evidence": ["chapter_word"], "repaired": false, "anchor": null,
        })
    };
    let value = json!({
        "title": format!("Sermon {number}"), "channel": format!("Church {}", number % 30), "channel_url": "",
        "processed_at": "2025-12-05T11:28:13Z", "stats": {"scripture_references": 60, "total_matches": 60},
        "references": (0..60).map(reference).collect::<Vec<_>>(),
    });
    Document::from_legacy(id, value).expect("a document")
}

#[divan::bench(args = DATABASES, sample_count = 50)]
fn save_a_new_video(bencher: Bencher<'_, '_>, database: &str) {
    let bench = Bench::on(database);
    let mut number = 0;
    bencher
        .with_inputs(|| {
            number += 1;
            document(&format!("video{number}"), number)
        })
        .bench_local_values(|document| bench.save(document));
}

#[divan::bench(args = DATABASES, sample_count = 50)]
fn save_a_changed_video(bencher: Bencher<'_, '_>, database: &str) {
    let bench = Bench::filled(database, 1);
    let mut number = 0;
    bencher
        .with_inputs(|| {
            number += 1;
            document("video0", number)
        })
        .bench_local_values(|document| bench.save(document));
}

#[divan::bench(args = DATABASES, sample_count = 50)]
fn search_200_videos(bencher: Bencher<'_, '_>, database: &str) {
    let bench = Bench::filled(database, 200);
    let query = VideoQuery {
        search: Some("church john 5:44".to_owned()),
        sort: VideoSort::Title,
        limit: 24,
        ..VideoQuery::default()
    };
    bencher.bench_local(|| {
        let page = bench.runtime.block_on(bench.store.videos(&query)).expect("the query succeeds").expect("a page");
        assert_eq!(page.total, 200);
    });
}

/// Counts the bytes of the documents.
struct ByteCount(usize);

#[async_trait::async_trait]
impl DocumentSink for ByteCount {
    async fn document(&mut self, _: &VideoId, document: &str, _: &Sha256) -> std::io::Result<()> {
        self.0 += document.len();
        Ok(())
    }
}

#[divan::bench(args = DATABASES, sample_count = 10)]
fn snapshot_200_videos(bencher: Bencher<'_, '_>, database: &str) {
    let bench = Bench::filled(database, 200);
    bencher.counter(ItemsCount::new(200_usize)).bench_local(|| {
        let mut bytes = ByteCount(0);
        bench.runtime.block_on(bench.store.snapshot(&mut bytes)).expect("a snapshot");
        assert!(bytes.0 > 200 * 90_000);
    });
}
