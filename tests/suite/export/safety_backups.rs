//! The safety backup before each save.

use std::os::unix::fs::MetadataExt as _;

use mannameter::store::SaveOutcome;

use super::document;
use crate::support::saving::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn each_export_is_linked_once_before_the_next_save() {
    let bench = Bench::new().await;
    assert_eq!(bench.save("a", "First").await.safety_backup, None);
    bench.exporter.export_now().await.expect("an export");
    let exported = std::fs::read(bench.data_dir.results_b64()).unwrap();
    let inode = std::fs::metadata(bench.data_dir.results_b64()).unwrap().ino();

    let backup = bench.save("a", "Second").await.safety_backup.expect("a safety backup");
    assert!(backup.starts_with("pre_write_") && backup.ends_with("Z_1.json.b64"), "{backup}");
    assert_eq!(bench.save("b", "Third").await.safety_backup.as_ref(), Some(&backup));
    let manifest = backup.replace(".json.b64", ".manifest.json");
    assert_eq!(bench.backups(), [backup.clone(), manifest]);
    assert_eq!(std::fs::metadata(bench.data_dir.backups().join(&backup)).unwrap().ino(), inode);

    bench.exporter.export_now().await.expect("an export");
    assert_eq!(std::fs::read(bench.data_dir.backups().join(&backup)).unwrap(), exported);
    let next = bench.save("a", "Fourth").await.safety_backup.expect("a safety backup");
    assert!(next.ends_with("_3.json.b64"), "{next}");
    assert_eq!(bench.backups().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_save_succeeds_even_if_no_safety_backup_can_be_made() {
    let bench = Bench::new().await;
    bench.save("a", "First").await;
    bench.exporter.export_now().await.expect("an export");
    std::fs::remove_dir_all(bench.data_dir.backups()).unwrap();
    let report = bench.save("a", "Second").await;
    assert_eq!((report.saved().expect("in the database").outcome, report.safety_backup), (SaveOutcome::Updated, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_fifty_safety_backups_and_the_recent_ones_stay() {
    let bench = Bench::new().await;
    bench.save("a", "First").await;
    bench.exporter.export_now().await.expect("an export");
    let recent = bench.clock.now().format("%Y%m%dT%H%M%SZ").to_string();
    // Sixty old ones, 900 to 959. The three newer ones count toward the most recent fifty, so 913 to 959 stay.
    for seq in 900..960 {
        for suffix in [".json.b64", ".manifest.json"] {
            let name = format!("pre_write_20250101T000000Z_{seq}{suffix}");
            std::fs::write(bench.data_dir.backups().join(name), "x").unwrap();
        }
    }
    for name in [format!("pre_write_{recent}_0.json.b64"), "pre_write_20251206_110946.json.b64".to_owned()] {
        std::fs::write(bench.data_dir.backups().join(name), "e30K").unwrap();
    }
    bench.save("a", "Second").await;
    let left = bench.backups();
    let has = |name: &str| left.iter().any(|left| left == name);
    for (seq, stays) in [(900, false), (912, false), (913, true), (959, true)] {
        assert_eq!(has(&format!("pre_write_20250101T000000Z_{seq}.json.b64")), stays, "{seq}");
        assert_eq!(has(&format!("pre_write_20250101T000000Z_{seq}.manifest.json")), stays, "{seq}");
    }
    assert!(has(&format!("pre_write_{recent}_0.json.b64")));
    assert!(has("pre_write_20251206_110946.json.b64"), "legacy backups are left to `backup cleanup`");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_save_completes_even_if_its_caller_is_canceled() {
    let bench = Bench::new().await;
    for number in 0..20 {
        let name = format!("v{number}");
        let saving = bench.saver.save(bench.request(document(&name, "A sermon")));
        // Polled once and dropped, as when a client disconnects.
        assert!(futures_util::FutureExt::now_or_never(saving).is_none());
    }
    bench.tracker.close();
    bench.tracker.wait().await;
    assert_eq!(bench.store.state().await.expect("a state").count, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_the_wrong_length_is_not_linked_as_a_safety_backup() {
    let bench = Bench::new().await;
    bench.save("a", "First").await;
    bench.exporter.export_now().await.expect("an export");
    let export = std::fs::read(bench.data_dir.results_b64()).unwrap();
    std::fs::write(bench.data_dir.results_b64(), &export[..export.len() - 4]).unwrap();
    let report = bench.save("a", "Second").await;
    assert_eq!((report.saved().expect("in the database").outcome, report.safety_backup), (SaveOutcome::Updated, None));
    assert_eq!(bench.backups(), [""; 0]);
}
