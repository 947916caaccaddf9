//! The export follows the database.

use std::{
    os::unix::fs::MetadataExt as _,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use futures_util::{StreamExt as _, stream};
use mannameter::{safety::format::read_documents, store::SaveOutcome};

use super::{SOON, document};
use crate::support::saving::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn both_files_match_the_database_and_base64_decodes_one_to_the_other() {
    let bench = Bench::new().await;
    bench.save("b", "Second").await;
    bench.save("a", "First “one” & \\ \u{1F54A}").await;
    let report = bench.exporter.export_now().await.expect("an export");
    assert_eq!((report.sermons, report.seq), (2, 2));
    bench.assert_exported().await;
    let decoded =
        Command::new("base64").arg("-d").arg(bench.data_dir.results_b64()).output().expect("base64 from coreutils");
    assert!(decoded.status.success());
    assert_eq!(decoded.stdout, std::fs::read(bench.data_dir.results_json()).expect("results.json"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_export_of_an_empty_database_is_empty() {
    let bench = Bench::new().await;
    bench.exporter.export_now().await.expect("an export");
    assert_eq!(std::fs::read_to_string(bench.data_dir.results_json()).expect("results.json"), "{}\n");
    bench.assert_exported().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn during_300_commits_readers_always_see_valid_files_and_the_last_export_is_complete() {
    let bench = Bench::new().await;
    bench.exporter.export_now().await.expect("a first export");
    let stop = bench.run_exporter();

    let reading = Arc::new(AtomicBool::new(true));
    let reader = std::thread::spawn({
        let (data_dir, reading) = (bench.data_dir.clone(), Arc::clone(&reading));
        move || {
            let mut seen = Vec::new();
            while reading.load(Ordering::Relaxed) {
                for path in [data_dir.results_json(), data_dir.results_b64()] {
                    let file = std::fs::File::open(path).expect("a file");
                    seen.push(read_documents(file, |_, _, _| Ok(())).expect("a valid file").count);
                }
            }
            seen
        }
    });
    let exports = Arc::new(AtomicU64::new(0));
    let mut status = bench.exporter.watch();
    let counting = bench.tracker.spawn({
        let exports = Arc::clone(&exports);
        async move {
            while status.changed().await.is_ok() {
                exports.fetch_add(1, Ordering::Relaxed);
            }
        }
    });

    let saves = (0..300).map(|number| {
        let saver = Arc::clone(&bench.saver);
        let request = bench.request(document(&format!("v{number:03}"), "A sermon"));
        async move { saver.save(request).await.expect("a save") }
    });
    let reports: Vec<_> = stream::iter(saves).buffer_unordered(8).collect().await;
    assert!(reports.iter().all(|report| report.saved().expect("in the database").outcome == SaveOutcome::Created));
    assert!(bench.exporter.wait_for(300, SOON).await);

    reading.store(false, Ordering::Relaxed);
    let seen = reader.join().expect("no panic");
    assert!(seen.len() > 2 && seen.iter().all(|&count| count <= 300));
    counting.abort();
    stop.cancel();
    bench.assert_exported().await;
    let exports = exports.load(Ordering::Relaxed);
    assert!((1..300).contains(&exports), "{exports} exports for 300 commits");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_exporters_can_share_a_directory() {
    let one = Bench::new().await;
    let other = one.restart().await;
    for number in 0..10 {
        one.save(&format!("v{number}"), "A sermon").await;
        let (first, second) = tokio::join!(one.exporter.export_now(), other.exporter.export_now());
        assert_eq!(first.expect("an export").seq, number + 1);
        assert_eq!(second.expect("an export").seq, number + 1);
        one.assert_exported().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn catching_up_writes_only_a_stale_export() {
    let bench = Bench::new().await;
    bench.save("a", "First").await;
    let inode = || std::fs::metadata(bench.data_dir.results_json()).unwrap().ino();
    let first = bench.exporter.catch_up().await.expect("an export");
    let before = inode();
    assert_eq!(bench.exporter.catch_up().await.expect("the current export"), first);
    assert_eq!(inode(), before);
    bench.save("b", "Second").await;
    assert_eq!(bench.exporter.catch_up().await.expect("an export").sermons, 2);
    assert_ne!(inode(), before);
    bench.assert_exported().await;
}
