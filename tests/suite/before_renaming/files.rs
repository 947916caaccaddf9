//! Exports, backups and spool entries can still be read, verified, restored and replayed.

use std::{fs, os::unix::fs::MetadataExt as _, sync::Arc};

use mannameter::{
    clock::Clock,
    safety::{
        ReplayReport, Replayer,
        backup::{BackupName, Condition, Verdict},
        restore::RestoreRequest,
    },
};
use serde_json::Value;

use super::copy_of_fixture;
use crate::support::bench::Bench;

const BACKUP: &str = "database_backup_20261126T151032Z_2.json.b64";
const BEFORE_RESTORE: &str = "database_backup_before_restore_20261126T151147Z_5.json.b64";
const SAFETY_BACKUP: &str = "pre_write_20261126T151147Z_4.json.b64";
const SPOOL_ENTRY: &str = "EMERGENCY_SAVE_20261126T151154020718Z_qDKEjUahfNg.json.b64";

/// Opens a copy of the fixture.
async fn bench() -> Bench {
    let (directory, data) = copy_of_fixture();
    let bench = Bench::sqlite_in(Arc::new(directory), &data);
    bench.store.migrate().await.expect("a migration");
    bench
}

fn request(name: &str) -> RestoreRequest {
    RestoreRequest {
        name: BackupName::parse(name).expect("a name"),
        confirm: name.to_owned(),
        plan_token: None,
        accept_unverified: false,
        allow_empty: false,
        damaged: false,
        actor: "admin".into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_export_is_recognized_and_not_written_again() {
    let bench = bench().await;
    let inode = || fs::metadata(bench.data_dir.results_json()).expect("results.json").ino();
    let before = inode();
    let report = bench.exporter.catch_up().await.expect("the current export");
    assert_eq!((report.sermons, report.seq, report.epoch), (2, 6, 540_203_982_509_139));
    assert_eq!(inode(), before);
    let backup = bench.save("a", "New").await;
    assert_eq!(backup.state.seq, 7);
    assert!(bench.files().iter().any(|name| name.ends_with("_6.json.b64")), "{:?}", bench.files());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_backup_is_listed_and_verified() {
    let bench = bench().await;
    let list = bench.backups.list().await.expect("a list");
    let conditions: Vec<_> = list.iter().map(|backup| (backup.name.as_str(), backup.condition)).collect();
    for expected in [
        (BACKUP, Condition::Verified),
        (BEFORE_RESTORE, Condition::Verified),
        (SAFETY_BACKUP, Condition::NotVerified),
        (SPOOL_ENTRY, Condition::NoManifest),
    ] {
        assert!(conditions.contains(&expected), "{conditions:?}");
    }
    assert_eq!(list.len(), 4);
    for verification in bench.backups.verify_all(|_| ()).await.expect("verifications") {
        let is_entry = verification.name.as_str() == SPOOL_ENTRY;
        let expected = if is_entry { Verdict::StructurallyValid } else { Verdict::Verified };
        assert_eq!(verification.verdict, expected, "{verification:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_backup_can_be_restored() {
    for (name, ids) in [
        (BACKUP, &["8TYJrxeN1Pl", "CKyEfNrOHU4"][..]),
        (BEFORE_RESTORE, &["8TYJrxeN1Pl", "CKyEfNrOHU4"]),
        (SAFETY_BACKUP, &["8TYJrxeN1Pl", "CKyEfNrOHU4", "TCOuyBbIVkH"]),
    ] {
        let bench = bench().await;
        bench.save("a", "Removed by the restore").await;
        // Until it is verified, the manifest of a safety backup is that of an export.
        bench.backups.verify(&BackupName::parse(name).expect("a name")).await.expect("a verification");
        bench.restores.restore(request(name), Arc::new(())).await.expect(name);
        let (documents, _) = bench.database().await;
        assert_eq!(documents.keys().collect::<Vec<_>>(), ids, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_spool_entry_is_replayed() {
    let bench = bench().await;
    assert_eq!(bench.saver.spool().status().files, 1);
    let clock = Arc::clone(&bench.clock) as Arc<dyn Clock>;
    let replayer = Replayer::new(Arc::clone(&bench.saver), Arc::clone(&bench.store), clock);
    let report = replayer.replay().await.expect("a replay");
    assert_eq!(report, ReplayReport { saved: 1, ..ReplayReport::default() });
    let (documents, state) = bench.database().await;
    assert_eq!((documents.len(), state.seq), (3, 7));
    let document: Value = serde_json::from_str(&documents["qDKEjUahfNg"]).expect("JSON");
    assert!(document["title"].as_str().is_some_and(|title| !title.is_empty()), "{document}");
    assert!(bench.transcript("qDKEjUahfNg").await.is_some_and(|captions| captions.starts_with("1\n00:00:")));
    assert!(!bench.files().iter().any(|name| name.starts_with("EMERGENCY_SAVE_")), "{:?}", bench.files());
}
