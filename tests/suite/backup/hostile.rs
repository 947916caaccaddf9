//! What has a backup's name and is none: nothing hangs, nothing outside the directory is read.

use std::{fs, os::unix::fs::symlink, time::Duration};

use mannameter::safety::backup::{BackupError, BackupName, Verdict};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::support::bench::Bench;

const NAME: &str = "database_backup_20260102T030405Z_7.json.b64";

#[tokio::test(flavor = "multi_thread")]
async fn links_pipes_and_directories_are_no_backups() {
    let bench = Bench::sqlite();
    let outside = bench.data_dir.root().join("outside");
    fs::write(&outside, "e30K").expect("written");
    let makes: [(&str, &dyn Fn()); 3] = [
        ("a symlink", &|| symlink(&outside, bench.path(NAME)).expect("a link")),
        ("a pipe", &|| mknodat(CWD, bench.path(NAME), FileType::Fifo, Mode::from_raw_mode(0o600), 0).expect("a pipe")),
        ("a directory", &|| fs::create_dir(bench.path(NAME)).expect("a directory")),
    ];
    let name = BackupName::parse(NAME).expect("a name");
    for (what, make) in makes {
        make();
        let looked = tokio::time::timeout(Duration::from_secs(10), async {
            assert_eq!(bench.backups.list().await.expect("a list"), [], "{what}");
            let error = bench.backups.verify(&name).await.expect_err(what);
            assert!(matches!(error, BackupError::NoFile { .. }), "{what}: {error:?}");
            let error = bench.backups.open(&name).await.expect_err(what);
            assert!(matches!(error, BackupError::NoFile { .. }), "{what}: {error:?}");
            bench.restores.preview(&name).await.expect_err(what);
            assert!(bench.backups.cleanup().await.expect("a cleanup").remove.is_empty());
        });
        looked.await.expect("nothing hangs");
        if what == "a directory" { fs::remove_dir(bench.path(NAME)) } else { fs::remove_file(bench.path(NAME)) }
            .expect("removed");
    }
    assert!(matches!(bench.backups.verify(&name).await, Err(BackupError::NotFound(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_is_a_pipe_hangs_nothing() {
    let bench = Bench::sqlite();
    let name = bench.backups.create().await.expect("a backup").name;
    let manifest = bench.path(name.as_str().replace(".json.b64", ".manifest.json"));
    fs::remove_file(&manifest).expect("removed");
    mknodat(CWD, &manifest, FileType::Fifo, Mode::from_raw_mode(0o600), 0).expect("a pipe");
    let looked = tokio::time::timeout(Duration::from_secs(10), bench.backups.verify(&name)).await;
    assert_eq!(looked.expect("nothing hangs").expect("an answer").verdict, Verdict::StructurallyValid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sparse_file_of_ten_gigabytes_costs_nothing() {
    let bench = Bench::sqlite();
    let file = fs::File::create(bench.path(NAME)).expect("a file");
    file.set_len(10 * 1024 * 1024 * 1024).expect("a sparse file");
    let name = BackupName::parse(NAME).expect("a name");
    let found = tokio::time::timeout(Duration::from_secs(5), bench.backups.verify(&name)).await.expect("at once");
    let found = found.expect("an answer");
    assert_eq!(found.verdict, Verdict::Damaged);
    assert!(found.problem.is_some_and(|problem| problem.contains("too large")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_read_stays() {
    let bench = Bench::sqlite();
    for index in 0..14 {
        bench.keep("a", &index.to_string()).await;
        bench.backups.create().await.expect("a backup");
    }
    let plan = bench.backups.plan_cleanup().await.expect("a plan");
    let goes: Vec<_> = plan.remove.iter().map(|decision| decision.name.clone()).collect();
    assert_eq!(goes.len(), 4);
    let open = bench.second().backups.open(&goes[0]).await.expect("it is open");
    assert_eq!(bench.backups.cleanup().await.expect("a cleanup").remove.len(), 3);
    assert!(bench.path(goes[0].as_str()).exists());
    drop(open);
    assert_eq!(bench.backups.cleanup().await.expect("a cleanup").remove.len(), 1);
}
