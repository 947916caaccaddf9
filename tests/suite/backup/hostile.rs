//! Files that have a backup's name but are not backups: nothing hangs, and nothing outside the directory is read.

use std::{fs, os::unix::fs::symlink, time::Duration};

use mannameter::safety::backup::{BackupError, BackupName, Verdict};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::support::bench::Bench;

const NAME: &str = "database_backup_20260102T030405Z_7.json.b64";

#[tokio::test(flavor = "multi_thread")]
async fn links_pipes_and_directories_are_not_backups() {
    let bench = Bench::sqlite();
    let outside = bench.data_dir.root().join("outside");
    fs::write(&outside, "e30K").expect("a file");
    let cases: [(&str, &dyn Fn()); 3] = [
        ("a symlink", &|| symlink(&outside, bench.path(NAME)).expect("a link")),
        ("a pipe", &|| mknodat(CWD, bench.path(NAME), FileType::Fifo, Mode::from_raw_mode(0o600), 0).expect("a pipe")),
        ("a directory", &|| fs::create_dir(bench.path(NAME)).expect("a directory")),
    ];
    let name = BackupName::parse(NAME).expect("a name");
    for (case, create) in cases {
        create();
        let checks = tokio::time::timeout(Duration::from_secs(10), async {
            assert_eq!(bench.backups.list().await.expect("a list"), [], "{case}");
            let error = bench.backups.verify(&name).await.expect_err(case);
            assert!(matches!(error, BackupError::NotAFile { .. }), "{case}: {error:?}");
            let error = bench.backups.open(&name).await.expect_err(case);
            assert!(matches!(error, BackupError::NotAFile { .. }), "{case}: {error:?}");
            bench.restores.preview(&name).await.expect_err(case);
            assert!(bench.backups.cleanup().await.expect("a cleanup").remove.is_empty());
        });
        checks.await.expect("no timeout");
        if case == "a directory" { fs::remove_dir(bench.path(NAME)) } else { fs::remove_file(bench.path(NAME)) }
            .expect("removed");
    }
    assert!(matches!(bench.backups.verify(&name).await, Err(BackupError::NotFound(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_in_place_of_a_manifest_does_not_hang() {
    let bench = Bench::sqlite();
    let name = bench.backups.create().await.expect("a backup").name;
    let manifest = bench.path(name.as_str().replace(".json.b64", ".manifest.json"));
    fs::remove_file(&manifest).expect("removed");
    mknodat(CWD, &manifest, FileType::Fifo, Mode::from_raw_mode(0o600), 0).expect("a pipe");
    let verification = tokio::time::timeout(Duration::from_secs(10), bench.backups.verify(&name)).await;
    assert_eq!(verification.expect("no timeout").expect("a verification").verdict, Verdict::StructurallyValid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sparse_file_of_ten_gigabytes_is_refused_without_reading_it() {
    let bench = Bench::sqlite();
    let file = fs::File::create(bench.path(NAME)).expect("a file");
    file.set_len(10 * 1024 * 1024 * 1024).expect("a sparse file");
    let name = BackupName::parse(NAME).expect("a name");
    let verification = tokio::time::timeout(Duration::from_secs(5), bench.backups.verify(&name)).await;
    let verification = verification.expect("no timeout").expect("a verification");
    assert_eq!(verification.verdict, Verdict::Damaged);
    assert!(verification.problem.is_some_and(|problem| problem.contains("too large")));
}
