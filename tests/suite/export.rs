//! The export and the safety backups, against a real database and a real directory.

use std::{
    fmt::Write as _,
    os::unix::fs::MetadataExt,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::support::saving::{Bench, eventually, id};
use futures_util::{StreamExt, stream};
use mannameter::{
    domain::{Document, Sha256, VideoId},
    safety::{ExportError, SaveReport, format::read_documents},
    store::{DocumentSink, StoredCaptions, SaveOutcome, SavePolicy, SaveVideo, StoreState},
};
use serde_json::json;
use tokio_util::sync::CancellationToken;

const SOON: Duration = Duration::from_secs(20);

impl Bench {
    /// Runs the exporter until the token is canceled.
    fn run_exporter(&self) -> CancellationToken {
        let (exporter, token) = (Arc::clone(&self.exporter), CancellationToken::new());
        let stop = token.clone();
        self.tracker.spawn(async move { exporter.run(token).await });
        stop
    }

    fn save_of(&self, document: Document) -> SaveVideo {
        SaveVideo {
            save_id: self.clock.new_id(),
            document,
            transcript: Some(StoredCaptions { body: b"hello".to_vec(), format: "plain".to_owned(), language: None }),
            policy: SavePolicy::Replace,
            actor: "cli",
            at: self.clock.now(),
        }
    }

    async fn keep(&self, id: &str, title: &str) -> SaveReport {
        self.saver.keep(self.save_of(document(id, title))).await.expect("kept")
    }

    fn backups(&self) -> Vec<String> {
        names(&self.data_dir.backups())
    }

    /// The documents of the database, as one text, and its state.
    async fn database(&self) -> (String, StoreState) {
        let mut collected = Collected::default();
        let state = self.store.snapshot(&mut collected).await.expect("a snapshot");
        (collected.0, state)
    }

    /// Checks that both files hold what the database holds, to the byte.
    async fn assert_exported(&self) {
        let (documents, state) = self.database().await;
        let (json, b64) = (std::fs::read(self.data_dir.results_json()), std::fs::read(self.data_dir.results_b64()));
        let (json, b64) = (json.expect("results.json"), b64.expect("results.json.b64"));
        for file in [&json[..], &b64] {
            let mut exported = String::new();
            let contents = read_documents(file, |id, document, _| {
                writeln!(exported, "{id} {document}")?;
                Ok(())
            });
            assert_eq!(contents.expect("an export").digest, state.digest);
            assert_eq!(exported, documents);
        }
        let manifest = std::fs::read(self.data_dir.results_manifest()).expect("a manifest");
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
        assert_eq!(manifest["epoch"], state.epoch);
        assert_eq!(manifest["seq"], state.seq);
        assert_eq!(manifest["json"], json!({"bytes": json.len(), "sha256": Sha256::of(&json)}));
        assert_eq!(manifest["b64"], json!({"bytes": b64.len(), "sha256": Sha256::of(&b64)}));
        let leftovers: Vec<_> = names(self.data_dir.root()).into_iter().filter(|name| name.contains("-tmp-")).collect();
        assert_eq!(leftovers, [""; 0]);
    }
}

#[derive(Default)]
struct Collected(String);

#[async_trait::async_trait]
impl DocumentSink for Collected {
    async fn document(&mut self, id: &VideoId, document: &str, _: &Sha256) -> std::io::Result<()> {
        writeln!(self.0, "{id} {document}").map_err(std::io::Error::other)
    }
}

fn document(id: &str, title: &str) -> Document {
    let value = json!({"title": title, "channel": "Grace Church", "processed_at": "2026-01-02T03:04:05Z"});
    Document::from_legacy(id, value).expect("a document")
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn both_files_hold_what_the_database_holds_and_the_shell_can_read_them() {
    let bench = Bench::new().await;
    bench.keep("b", "Second").await;
    bench.keep("a", "First “one” & \\ \u{1F54A}").await;
    let report = bench.exporter.export_now().await.expect("an export");
    assert_eq!((report.videos, report.seq), (2, 2));
    bench.assert_exported().await;
    let decoded =
        Command::new("base64").arg("-d").arg(bench.data_dir.results_b64()).output().expect("base64 of coreutils");
    assert!(decoded.status.success());
    assert_eq!(decoded.stdout, std::fs::read(bench.data_dir.results_json()).expect("results.json"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_database_has_an_empty_export() {
    let bench = Bench::new().await;
    bench.exporter.export_now().await.expect("an export");
    assert_eq!(std::fs::read_to_string(bench.data_dir.results_json()).expect("results.json"), "{}\n");
    bench.assert_exported().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_burst_of_300_commits_a_reader_always_sees_valid_json_and_the_last_export_has_them_all() {
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
                    let file = std::fs::File::open(path).expect("there is always a file");
                    seen.push(read_documents(file, |_, _, _| Ok(())).expect("always valid").count);
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
        let save = bench.save_of(document(&format!("v{number:03}"), "A sermon"));
        async move { saver.keep(save).await.expect("kept") }
    });
    let kept: Vec<_> = stream::iter(saves).buffer_unordered(8).collect().await;
    assert!(kept.iter().all(|kept| kept.saved().expect("in the database").outcome == SaveOutcome::Created));
    assert!(bench.exporter.wait_for(300, SOON).await);

    reading.store(false, Ordering::Relaxed);
    let seen = reader.join().expect("the reader never failed");
    assert!(seen.len() > 2 && seen.iter().all(|&count| count <= 300));
    counting.abort();
    stop.cancel();
    bench.assert_exported().await;
    let exports = exports.load(Ordering::Relaxed);
    assert!((1..300).contains(&exports), "{exports} exports for 300 commits");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_commit_and_export_is_repaired_by_the_next_start() {
    let crashed = Bench::new().await;
    crashed.keep("a", "Exported").await;
    crashed.exporter.export_now().await.expect("an export");
    crashed.keep("b", "Committed, not exported").await;
    let before = std::fs::read_to_string(crashed.data_dir.results_json()).expect("results.json");
    assert!(!before.contains("not exported"));

    let bench = crashed.started_again().await;
    let stop = bench.run_exporter();
    assert!(bench.exporter.wait_for(2, SOON).await);
    stop.cancel();
    bench.assert_exported().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_crash_left_of_the_export_is_repaired_by_the_next_start() {
    type Damage = fn(&Bench);
    let damages: [(&str, Damage); 6] = [
        ("only one file was renamed", |bench| std::fs::write(bench.data_dir.results_json(), "{}\n").unwrap()),
        ("no base64", |bench| std::fs::remove_file(bench.data_dir.results_b64()).unwrap()),
        ("no JSON", |bench| std::fs::remove_file(bench.data_dir.results_json()).unwrap()),
        ("no manifest", |bench| std::fs::remove_file(bench.data_dir.results_manifest()).unwrap()),
        ("half a manifest", |bench| std::fs::write(bench.data_dir.results_manifest(), "{\"version\":1,").unwrap()),
        ("the same length, another byte", |bench| {
            let json = std::fs::read_to_string(bench.data_dir.results_json()).unwrap();
            std::fs::write(bench.data_dir.results_json(), json.replace("First", "Worst")).unwrap();
        }),
    ];
    for (what, damage) in damages {
        let crashed = Bench::new().await;
        crashed.keep("a", "First").await;
        crashed.exporter.export_now().await.expect("an export");
        damage(&crashed);
        let bench = crashed.started_again().await;
        let stop = bench.run_exporter();
        assert!(bench.exporter.wait_for(1, SOON).await, "{what}");
        stop.cancel();
        bench.assert_exported().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn temp_files_that_a_crash_left_are_gone_after_the_next_start() {
    let crashed = Bench::new().await;
    for directory in [crashed.data_dir.root().to_owned(), crashed.data_dir.backups()] {
        std::fs::write(directory.join(".mannameter-tmp-4711-3"), "half").unwrap();
    }
    let bench = crashed.started_again().await;
    assert!(!names(bench.data_dir.root()).iter().any(|name| name.contains("-tmp-")));
    assert_eq!(bench.backups(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_exporters_on_one_directory_do_not_disturb_each_other() {
    let one = Bench::new().await;
    let other = one.started_again().await;
    for number in 0..10 {
        one.keep(&format!("v{number}"), "A sermon").await;
        let (first, second) = tokio::join!(one.exporter.export_now(), other.exporter.export_now());
        assert_eq!(first.expect("an export").seq, number + 1);
        assert_eq!(second.expect("an export").seq, number + 1);
        one.assert_exported().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_whose_caller_goes_away_leaves_a_whole_export_and_no_temp_files() {
    let bench = Bench::new().await;
    for number in 0..40 {
        bench.keep(&format!("v{number}"), &"long ".repeat(20_000)).await;
    }
    bench.exporter.export_now().await.expect("an export");
    bench.keep("v0", "changed").await;
    for millis in [0, 1, 2, 5, 10, 20, 40, 80] {
        let _ = tokio::time::timeout(Duration::from_millis(millis), bench.exporter.export_now()).await;
        let file = std::fs::File::open(bench.data_dir.results_b64()).unwrap();
        assert_eq!(read_documents(file, |_, _, _| Ok(())).expect("always valid").count, 40);
    }
    bench.exporter.export_now().await.expect("an export");
    eventually("no temp files", || async { !names(bench.data_dir.root()).iter().any(|name| name.contains("-tmp-")) })
        .await;
    bench.assert_exported().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_replaced_by_an_empty_one_does_not_empty_the_export() {
    let old = Bench::new().await;
    for number in 0..4 {
        old.keep(&format!("v{number}"), "A sermon").await;
    }
    old.exporter.export_now().await.expect("an export");
    let good = std::fs::read(old.data_dir.results_b64()).unwrap();
    old.store.close().await;
    std::fs::remove_dir_all(old.data_dir.instance()).unwrap();

    let bench = old.started_again().await;
    let stop = bench.run_exporter();
    eventually("the alarm", || async { bench.exporter.status().suspect.is_some() }).await;
    stop.cancel();
    let status = bench.exporter.status();
    assert!(status.suspect.unwrap().contains("the last export has 4 videos, the database has 0"));
    assert_eq!(status.last.expect("the good one").videos, 4);
    assert_eq!(std::fs::read(bench.data_dir.results_b64()).unwrap(), good);
    assert_eq!(std::fs::read(bench.data_dir.root().join("results.json.suspect")).unwrap(), b"{}\n");
    assert!(matches!(bench.exporter.export_now().await, Err(ExportError::Suspect(_))));

    bench.exporter.export_confirmed().await.expect("an operator who knows why");
    bench.assert_exported().await;
    assert_eq!(bench.exporter.status().suspect, None);
    assert!(!names(bench.data_dir.root()).iter().any(|name| name.ends_with(".suspect")));
    let kept =
        bench.backups().into_iter().find(|name| name.ends_with("_4.json.b64")).expect("the export of the old database");
    assert_eq!(std::fs::read(bench.data_dir.backups().join(kept)).unwrap(), good);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_export_of_another_program_is_kept_before_it_is_replaced() {
    let bench = Bench::new().await;
    let foreign = r#"{"old1": {"title": "x"}, "old2": {"title": "y"}}"#;
    std::fs::write(bench.data_dir.results_json(), foreign).unwrap();
    assert!(matches!(bench.exporter.export_now().await, Err(ExportError::Suspect(_))));
    assert_eq!(std::fs::read_to_string(bench.data_dir.results_json()).unwrap(), foreign);

    bench.keep("old1", "x").await;
    bench.keep("old2", "y").await;
    bench.exporter.export_now().await.expect("an export");
    bench.assert_exported().await;
    let kept = bench.backups();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(std::fs::read_to_string(bench.data_dir.backups().join(&kept[0])).unwrap(), foreign);
}

#[tokio::test(flavor = "multi_thread")]
async fn catching_up_writes_only_what_is_behind() {
    let bench = Bench::new().await;
    bench.keep("a", "First").await;
    let inode = || std::fs::metadata(bench.data_dir.results_json()).unwrap().ino();
    let first = bench.exporter.catch_up().await.expect("an export");
    let before = inode();
    assert_eq!(bench.exporter.catch_up().await.expect("what is there"), first);
    assert_eq!(inode(), before);
    bench.keep("b", "Second").await;
    assert_eq!(bench.exporter.catch_up().await.expect("an export").videos, 2);
    assert_ne!(inode(), before);
    bench.assert_exported().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_videos_leave_the_export_even_all_of_them() {
    let bench = Bench::new().await;
    for name in ["a", "b", "c"] {
        bench.keep(name, "A sermon").await;
    }
    bench.exporter.export_now().await.expect("an export");
    for name in ["a", "b", "c"] {
        assert!(bench.saver.delete(&id(name), "admin").await.expect("deleted").is_some());
    }
    assert_eq!(bench.exporter.export_now().await.expect("an export").videos, 0);
    bench.assert_exported().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_before_a_write_is_linked_once_for_each_export() {
    let bench = Bench::new().await;
    assert_eq!(bench.keep("a", "First").await.safety_backup, None);
    bench.exporter.export_now().await.expect("an export");
    let exported = std::fs::read(bench.data_dir.results_b64()).unwrap();
    let inode = std::fs::metadata(bench.data_dir.results_b64()).unwrap().ino();

    let backup = bench.keep("a", "Second").await.safety_backup.expect("a safety backup");
    assert!(backup.starts_with("pre_write_") && backup.ends_with("Z_1.json.b64"), "{backup}");
    assert_eq!(bench.keep("b", "Third").await.safety_backup.as_ref(), Some(&backup));
    let manifest = backup.replace(".json.b64", ".manifest.json");
    assert_eq!(bench.backups(), [backup.clone(), manifest]);
    assert_eq!(std::fs::metadata(bench.data_dir.backups().join(&backup)).unwrap().ino(), inode);

    bench.exporter.export_now().await.expect("an export");
    assert_eq!(std::fs::read(bench.data_dir.backups().join(&backup)).unwrap(), exported);
    let next = bench.keep("a", "Fourth").await.safety_backup.expect("a safety backup");
    assert!(next.ends_with("_3.json.b64"), "{next}");
    assert_eq!(bench.backups().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_save_is_kept_even_if_no_safety_backup_can_be_made() {
    let bench = Bench::new().await;
    bench.keep("a", "First").await;
    bench.exporter.export_now().await.expect("an export");
    std::fs::remove_dir_all(bench.data_dir.backups()).unwrap();
    let kept = bench.keep("a", "Second").await;
    assert_eq!((kept.saved().expect("in the database").outcome, kept.safety_backup), (SaveOutcome::Updated, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn old_safety_backups_go_and_the_last_fifty_and_the_young_stay() {
    let bench = Bench::new().await;
    bench.keep("a", "First").await;
    bench.exporter.export_now().await.expect("an export");
    let young = bench.clock.now().format("%Y%m%dT%H%M%SZ").to_string();
    // Sixty old ones (900 to 959), the first ten of which are not among the last fifty, and a young one before all.
    for seq in 900..960 {
        for suffix in [".json.b64", ".manifest.json"] {
            let name = format!("pre_write_20250101T000000Z_{seq}{suffix}");
            std::fs::write(bench.data_dir.backups().join(name), "x").unwrap();
        }
    }
    for foreign in [format!("pre_write_{young}_0.json.b64"), "pre_write_20251206_110946.json.b64".to_owned()] {
        std::fs::write(bench.data_dir.backups().join(foreign), "x").unwrap();
    }
    bench.keep("a", "Second").await;
    let left = bench.backups();
    let has = |name: &str| left.iter().any(|left| left == name);
    for (seq, stays) in [(900, false), (909, false), (910, true), (959, true)] {
        assert_eq!(has(&format!("pre_write_20250101T000000Z_{seq}.json.b64")), stays, "{seq}");
        assert_eq!(has(&format!("pre_write_20250101T000000Z_{seq}.manifest.json")), stays, "{seq}");
    }
    assert!(has(&format!("pre_write_{young}_0.json.b64")));
    assert!(has("pre_write_20251206_110946.json.b64"), "a name of the system before ours is none of this rule's");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_save_goes_on_when_its_caller_goes_away() {
    let bench = Bench::new().await;
    for number in 0..20 {
        let name = format!("v{number}");
        let saving = bench.saver.keep(bench.save_of(document(&name, "A sermon")));
        // Polled once, then dropped: the caller hung up.
        assert!(futures_util::FutureExt::now_or_never(saving).is_none());
    }
    bench.tracker.close();
    bench.tracker.wait().await;
    assert_eq!(bench.store.state().await.expect("a state").count, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_cannot_be_written_leaves_the_good_one_and_is_tried_again() {
    let bench = Bench::new().await;
    bench.keep("a", "First").await;
    bench.exporter.export_now().await.expect("an export");
    let good = std::fs::read(bench.data_dir.results_json()).unwrap();
    bench.keep("a", "Second").await;
    // A directory in the place of the lock file: nothing can be exported.
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
