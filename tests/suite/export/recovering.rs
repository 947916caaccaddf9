//! What happens to the export after a crash or a failure.

use std::time::Duration;

use mannameter::safety::format::read_documents;

use super::{SOON, has_temp_files};
use crate::support::saving::{Bench, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_commit_and_export_is_repaired_at_the_next_start() {
    let crashed = Bench::new().await;
    crashed.save("a", "Exported").await;
    crashed.exporter.export_now().await.expect("an export");
    crashed.save("b", "Committed, not exported").await;
    let before = std::fs::read_to_string(crashed.data_dir.results_json()).expect("results.json");
    assert!(!before.contains("not exported"));

    let bench = crashed.restart().await;
    let stop = bench.run_exporter();
    assert!(bench.exporter.wait_for(2, SOON).await);
    stop.cancel();
    bench.assert_exported().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_export_files_are_repaired_at_the_next_start() {
    type Damage = fn(&Bench);
    let damages: [(&str, Damage); 6] = [
        ("only one file was renamed", |bench| std::fs::write(bench.data_dir.results_json(), "{}\n").unwrap()),
        ("no base64", |bench| std::fs::remove_file(bench.data_dir.results_b64()).unwrap()),
        ("no JSON", |bench| std::fs::remove_file(bench.data_dir.results_json()).unwrap()),
        ("no manifest", |bench| std::fs::remove_file(bench.data_dir.results_manifest()).unwrap()),
        ("half a manifest", |bench| std::fs::write(bench.data_dir.results_manifest(), "{\"version\":1,").unwrap()),
        ("a changed byte", |bench| {
            let json = std::fs::read_to_string(bench.data_dir.results_json()).unwrap();
            std::fs::write(bench.data_dir.results_json(), json.replace("First", "Worst")).unwrap();
        }),
    ];
    for (case, damage) in damages {
        let crashed = Bench::new().await;
        crashed.save("a", "First").await;
        crashed.exporter.export_now().await.expect("an export");
        damage(&crashed);
        let bench = crashed.restart().await;
        let stop = bench.run_exporter();
        assert!(bench.exporter.wait_for(1, SOON).await, "{case}");
        stop.cancel();
        bench.assert_exported().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn temp_files_left_by_a_crash_are_removed_at_the_next_start() {
    let crashed = Bench::new().await;
    for directory in [crashed.data_dir.root().to_owned(), crashed.data_dir.backups()] {
        std::fs::write(directory.join(".mannameter-tmp-4711-3"), "half").unwrap();
    }
    let bench = crashed.restart().await;
    assert!(!has_temp_files(bench.data_dir.root()));
    assert_eq!(bench.backups(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_whose_caller_is_canceled_leaves_a_complete_export_and_no_temp_files() {
    let bench = Bench::new().await;
    for number in 0..40 {
        bench.save(&format!("v{number}"), &"long ".repeat(20_000)).await;
    }
    bench.exporter.export_now().await.expect("an export");
    bench.save("v0", "changed").await;
    for millis in [0, 1, 2, 5, 10, 20, 40, 80] {
        let _ = tokio::time::timeout(Duration::from_millis(millis), bench.exporter.export_now()).await;
        let file = std::fs::File::open(bench.data_dir.results_b64()).unwrap();
        assert_eq!(read_documents(file, |_, _, _| Ok(())).expect("a valid file").count, 40);
    }
    bench.exporter.export_now().await.expect("an export");
    eventually("the temp files to be removed", || async { !has_temp_files(bench.data_dir.root()) }).await;
    bench.assert_exported().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_export_leaves_the_good_one_and_is_retried() {
    let bench = Bench::new().await;
    bench.save("a", "First").await;
    bench.exporter.export_now().await.expect("an export");
    let good = std::fs::read(bench.data_dir.results_json()).unwrap();
    bench.save("a", "Second").await;
    // With a directory in place of the lock file, every export fails.
    let lock = bench.data_dir.root().join(".export.lock");
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    let stop = bench.run_exporter();
    eventually("an error", || async { bench.exporter.status().error.is_some() }).await;
    assert_eq!(std::fs::read(bench.data_dir.results_json()).unwrap(), good);
    std::fs::remove_dir(&lock).unwrap();
    assert!(bench.exporter.wait_for(2, SOON).await);
    assert_eq!(bench.exporter.status().error, None);
    stop.cancel();
    bench.assert_exported().await;
}
