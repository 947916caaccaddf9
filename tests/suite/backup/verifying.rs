//! Verifying backups that were damaged in different ways.

use std::fs;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mannameter::safety::backup::{BackupName, Condition, Verdict, Verification};

use crate::support::bench::Bench;

async fn bench_with_backup() -> (Bench, BackupName, Vec<u8>) {
    let bench = Bench::sqlite();
    bench.save("a", "First").await;
    bench.save("b", "Second").await;
    let name = bench.backups.create().await.expect("a backup").name;
    let bytes = fs::read(bench.path(name.as_str())).expect("the file");
    (bench, name, bytes)
}

async fn verify(bench: &Bench, name: &BackupName) -> Verification {
    bench.backups.verify(name).await.expect("a verification")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_is_found_anywhere() {
    let (bench, name, bytes) = bench_with_backup().await;
    for position in (0..bytes.len()).step_by(5) {
        let mut damaged = bytes.clone();
        damaged[position] ^= 1 << (position % 7);
        fs::write(bench.path(name.as_str()), damaged).expect("written");
        let found = verify(&bench, &name).await;
        assert_eq!(found.verdict, Verdict::Damaged, "byte {position}");
        assert!(found.problem.is_some_and(|problem| !problem.is_empty()));
    }
    let listed = bench.backups.info(&name).await.expect("an entry");
    assert_eq!((listed.condition, listed.verified_at), (Condition::Damaged, None));

    fs::write(bench.path(name.as_str()), bytes).expect("written");
    assert_eq!(verify(&bench, &name).await.verdict, Verdict::Verified);
    assert_eq!(bench.backups.info(&name).await.expect("an entry").condition, Condition::Verified);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_backup_is_found_at_any_length() {
    let (bench, name, bytes) = bench_with_backup().await;
    for length in (0..bytes.len()).step_by(31).chain([bytes.len() - 1, bytes.len() - 4]) {
        fs::write(bench.path(name.as_str()), &bytes[..length]).expect("written");
        assert_eq!(
            bench.backups.info(&name).await.expect("an entry").condition,
            Condition::Damaged,
            "already in the list"
        );
        assert_eq!(verify(&bench, &name).await.verdict, Verdict::Damaged, "{length} bytes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_after_the_end_are_found() {
    let (bench, name, bytes) = bench_with_backup().await;
    for tail in [&b" "[..], b"\n", b"e30K", b"{}", b"\0"] {
        fs::write(bench.path(name.as_str()), [&bytes, tail].concat()).expect("written");
        assert_eq!(verify(&bench, &name).await.verdict, Verdict::Damaged, "{tail:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_problem_says_where_the_damage_is() {
    let (bench, name, bytes) = bench_with_backup().await;
    // The second document begins in the second half.
    fs::write(bench.path(name.as_str()), &bytes[..bytes.len() / 16 * 12]).expect("written");
    let problem = verify(&bench, &name).await.problem.expect("a problem");
    assert!(problem.contains("after the document of a"), "{problem}");
    assert!(
        problem.contains("the document of b: it ends in the middle") && problem.contains("its manifest says"),
        "{problem}"
    );
    let mut damaged = bytes.clone();
    damaged[100] = b'!';
    fs::write(bench.path(name.as_str()), damaged).expect("written");
    let problem = verify(&bench, &name).await.problem.expect("a problem");
    assert!(problem.contains("100") && problem.contains("before the first document"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_a_manifest_is_only_structurally_valid() {
    let (bench, name, _) = bench_with_backup().await;
    let manifest = bench.path(name.as_str().replace(".json.b64", ".manifest.json"));
    for content in [None, Some("{}"), Some("not JSON"), Some("")] {
        match content {
            None => fs::remove_file(&manifest).expect("removed"),
            Some(content) => fs::write(&manifest, content).expect("written"),
        }
        let found = verify(&bench, &name).await;
        assert_eq!((found.verdict, found.sermons), (Verdict::StructurallyValid, Some(2)), "{content:?}");
        assert_eq!(bench.backups.info(&name).await.expect("an entry").condition, Condition::NoManifest);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn swapped_manifests_are_found() {
    let (bench, first, _) = bench_with_backup().await;
    bench.save("a", "Third").await;
    let second = bench.backups.create().await.expect("a backup").name;
    let manifest = |name: &BackupName| bench.path(name.as_str().replace(".json.b64", ".manifest.json"));
    let (of_first, of_second) = (fs::read(manifest(&first)), fs::read(manifest(&second)));
    fs::write(manifest(&first), of_second.expect("a manifest")).expect("written");
    fs::write(manifest(&second), of_first.expect("a manifest")).expect("written");
    for found in bench.backups.verify_all(|_| ()).await.expect("a verification") {
        assert_eq!(found.verdict, if found.name.kind().title() == "backup" { Verdict::Damaged } else { found.verdict });
    }
    assert_eq!(bench.backups.stats().await.expect("statistics").damaged, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_problem_names_the_document_that_was_changed() {
    let (bench, name, bytes) = bench_with_backup().await;
    bench.save("a", "First, changed since").await;
    let plain = String::from_utf8(STANDARD.decode(&bytes).expect("base64")).expect("JSON");
    let changed = plain.replace("\"Second\"", "\"Sec0nd\"");
    assert_ne!(changed, plain);
    fs::write(bench.path(name.as_str()), STANDARD.encode(changed)).expect("written");
    let problem = verify(&bench, &name).await.problem.expect("a problem");
    assert!(problem.ends_with("the database never contained its version of b"), "{problem}");
}
