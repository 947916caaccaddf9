//! An export with far fewer sermons replaces the last one only if the sermons were deleted.

use mannameter::safety::ExportError;

use super::names;
use crate::support::saving::{Bench, eventually, id};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_empty_database_does_not_replace_the_export() {
    let old = Bench::new().await;
    for number in 0..4 {
        old.save(&format!("v{number}"), "A sermon").await;
    }
    old.exporter.export_now().await.expect("an export");
    let good = std::fs::read(old.data_dir.results_b64()).unwrap();
    old.store.close().await;
    std::fs::remove_dir_all(old.data_dir.instance()).unwrap();

    let bench = old.restart().await;
    let stop = bench.run_exporter();
    eventually("the shrink guard to object", || async { bench.exporter.status().suspect.is_some() }).await;
    stop.cancel();
    let status = bench.exporter.status();
    assert!(status.suspect.unwrap().contains("the last export has 4 sermons, but the database has 0"));
    assert_eq!(status.last.expect("the good export").sermons, 4);
    assert_eq!(std::fs::read(bench.data_dir.results_b64()).unwrap(), good);
    assert_eq!(std::fs::read(bench.data_dir.root().join("results.json.suspect")).unwrap(), b"{}\n");
    assert!(matches!(bench.exporter.export_now().await, Err(ExportError::Suspect(_))));

    bench.exporter.export_confirmed().await.expect("a confirmed export");
    bench.assert_exported().await;
    assert_eq!(bench.exporter.status().suspect, None);
    assert!(!names(bench.data_dir.root()).iter().any(|name| name.ends_with(".suspect")));
    let backup = bench.backups().into_iter().find(|name| name.ends_with("_4.json.b64")).expect("a safety backup");
    assert_eq!(std::fs::read(bench.data_dir.backups().join(backup)).unwrap(), good);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_export_of_another_program_is_backed_up_before_it_is_replaced() {
    let bench = Bench::new().await;
    let foreign = r#"{"old1": {"title": "x"}, "old2": {"title": "y"}}"#;
    std::fs::write(bench.data_dir.results_json(), foreign).unwrap();
    assert!(matches!(bench.exporter.export_now().await, Err(ExportError::Suspect(_))));
    assert_eq!(std::fs::read_to_string(bench.data_dir.results_json()).unwrap(), foreign);

    bench.save("old1", "x").await;
    bench.save("old2", "y").await;
    bench.exporter.export_now().await.expect("an export");
    bench.assert_exported().await;
    let backups = bench.backups();
    assert_eq!(backups.len(), 1, "{backups:?}");
    assert_eq!(std::fs::read_to_string(bench.data_dir.backups().join(&backups[0])).unwrap(), foreign);
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_sermons_are_removed_from_the_export_even_the_last_one() {
    let bench = Bench::new().await;
    for name in ["a", "b", "c"] {
        bench.save(name, "A sermon").await;
    }
    bench.exporter.export_now().await.expect("an export");
    for name in ["a", "b", "c"] {
        assert!(bench.saver.delete(&id(name), "admin").await.expect("a deletion").is_some());
    }
    assert_eq!(bench.exporter.export_now().await.expect("an export").sermons, 0);
    bench.assert_exported().await;
}
