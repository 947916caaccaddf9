//! Files from somewhere else: taken whole or not at all.

use std::{fs, io};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::stream;
use mannameter::safety::backup::{BackupError, BackupInfo, Condition, Verdict};

use crate::support::bench::Bench;

const LEGACY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/legacy_shapes.json.b64");

/// Sends bytes in pieces of a size that divides nothing.
async fn send(bench: &Bench, bytes: &[u8], name: Option<&str>) -> Result<BackupInfo, BackupError> {
    let pieces: Vec<io::Result<Vec<u8>>> = bytes.chunks(1009).map(|piece| Ok(piece.to_vec())).collect();
    bench.backups.upload(stream::iter(pieces), name).await
}

fn in_base64(json: &str) -> Vec<u8> {
    STANDARD.encode(json).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_was_downloaded_can_be_sent_elsewhere_to_the_byte() {
    let bench = Bench::sqlite();
    bench.keep("a", "A").await;
    let made = bench.backups.create().await.expect("a backup");
    let bytes = fs::read(bench.path(made.name.as_str())).expect("the file");

    let other = Bench::sqlite();
    let taken = send(&other, &bytes, Some(made.name.as_str())).await.expect("it is taken");
    assert_eq!(taken.name, made.name);
    assert_eq!((taken.condition, taken.pinned, taken.videos), (Condition::Verified, true, Some(1)));
    assert_eq!(fs::read(other.path(taken.name.as_str())).expect("the file"), bytes);
    assert_eq!(other.backups.verify(&taken.name).await.expect("an answer").verdict, Verdict::Verified);

    let again = send(&other, &bytes, Some(made.name.as_str())).await.expect("it is taken");
    assert_eq!(again.name.as_str(), "database_backup_20260715T120000Z_0.json.b64", "its own name was taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_the_older_system_and_plain_ones_are_taken() {
    let bench = Bench::sqlite();
    let mut legacy = fs::read(LEGACY).expect("our fixture");
    legacy.retain(|byte| !byte.is_ascii_whitespace());
    let plain = STANDARD.decode(&legacy).expect("base64");
    let wrapped: Vec<u8> = legacy.chunks(76).flat_map(|line| [line, b"\r\n"].concat()).collect();
    for (bytes, name, becomes) in [
        (&legacy, Some("results_backup_20251205_183048.json.b64"), "results_backup_20251205_183048.json.b64"),
        (&legacy, Some("EMERGENCY_SAVE_20251206_110941_x.json.b64"), "database_backup_20260715T120000Z_0.json.b64"),
        (&plain, Some("../../etc/passwd"), "database_backup_20260715T120000Z_0_1.json.b64"),
        (&wrapped, None, "database_backup_20260715T120000Z_0_2.json.b64"),
    ] {
        let taken = send(&bench, bytes, name).await.expect("it is taken");
        assert_eq!((taken.name.as_str(), taken.videos), (becomes, Some(2)));
        assert_eq!(bench.backups.verify(&taken.name).await.expect("an answer").verdict, Verdict::Verified);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_broken_or_none_of_ours_is_refused_and_leaves_nothing_behind() {
    let bench = Bench::sqlite();
    bench.keep("a", "A").await;
    let made = bench.backups.create().await.expect("a backup");
    let good = fs::read(bench.path(made.name.as_str())).expect("the file");
    let before = bench.files();
    let sermon = r#"{"title":"T","processed_at":"","stats":{}}"#;
    let deep = format!(r#"{{"a":{{"title":{}1{}}}}}"#, "[".repeat(1_000_000), "]".repeat(1_000_000));
    let refused: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("white space", b" \n ".to_vec()),
        ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()),
        ("a list", in_base64("[]")),
        ("another program's object", in_base64(r#"{"name":"x","version":"1"}"#)),
        ("objects that are no sermons", in_base64(r#"{"dependencies":{"serde":"1"}}"#)),
        ("an id that is a path", in_base64(&format!(r#"{{"../x":{sermon}}}"#))),
        ("a key twice", in_base64(&format!(r#"{{"a":{sermon},"a":{sermon}}}"#))),
        ("a key twice within", in_base64(r#"{"a":{"title":"T","title":"U","processed_at":"","stats":{}}}"#)),
        ("a document of another id", in_base64(r#"{"a":{"video_id":"b","title":"T","processed_at":"","stats":{}}}"#)),
        ("a million levels", in_base64(&deep)),
        ("two objects", in_base64("{}{}")),
        ("base64 of base64", STANDARD.encode(&good).into_bytes()),
    ];
    for (what, bytes) in refused {
        let error = send(&bench, &bytes, None).await.expect_err(what);
        assert!(matches!(error, BackupError::Invalid(_)), "{what}: {error:?}");
        assert_eq!(bench.files(), before, "{what}");
    }
    for length in (1..good.len()).step_by(97) {
        let error = send(&bench, &good[..length], None).await.expect_err("it is cut short");
        assert!(matches!(error, BackupError::Invalid(_)), "{length}: {error:?}");
    }
    assert_eq!(bench.files(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_nine_megabytes_is_too_large() {
    let bench = Bench::sqlite();
    let long = in_base64(&format!(r#"{{"a":{{"title":"{}"}}}}"#, "x".repeat(9 * 1024 * 1024)));
    assert!(matches!(send(&bench, &long, None).await, Err(BackupError::TooLarge(_))));
    assert_eq!(bench.files(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_breaks_off_leaves_nothing_behind() {
    let bench = Bench::sqlite();
    let pieces = vec![Ok(b"ewoi".to_vec()), Err(io::Error::other("the line is dead"))];
    let error = bench.backups.upload(stream::iter(pieces), None).await.expect_err("broken off");
    assert!(matches!(error, BackupError::BrokenOff(_)), "{error:?}");
    assert_eq!(bench.files(), [""; 0]);
}
