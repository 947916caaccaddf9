//! Uploading backups: a file is accepted as a whole or not at all.

use std::{fs, io};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::stream;
use mannameter::safety::backup::{BackupError, BackupInfo, Condition, Verdict};

use crate::support::bench::Bench;

const LEGACY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/legacy_shapes.json.b64");

/// Uploads bytes in chunks whose size is a prime number.
async fn upload(bench: &Bench, bytes: &[u8], name: Option<&str>) -> Result<BackupInfo, BackupError> {
    let chunks: Vec<io::Result<Vec<u8>>> = bytes.chunks(1009).map(|chunk| Ok(chunk.to_vec())).collect();
    bench.backups.upload(stream::iter(chunks), name).await
}

fn in_base64(json: &str) -> Vec<u8> {
    STANDARD.encode(json).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_downloaded_backup_can_be_uploaded_to_another_instance() {
    let bench = Bench::sqlite();
    bench.save("a", "A").await;
    let backup = bench.backups.create().await.expect("a backup");
    let bytes = fs::read(bench.path(backup.name.as_str())).expect("the file");

    let other = Bench::sqlite();
    let uploaded = upload(&other, &bytes, Some(backup.name.as_str())).await.expect("an accepted upload");
    assert_eq!(uploaded.name, backup.name);
    assert_eq!((uploaded.condition, uploaded.pinned, uploaded.sermons), (Condition::Verified, true, Some(1)));
    assert_eq!(fs::read(other.path(uploaded.name.as_str())).expect("the file"), bytes);
    assert_eq!(other.backups.verify(&uploaded.name).await.expect("a verification").verdict, Verdict::Verified);

    let again = upload(&other, &bytes, Some(backup.name.as_str())).await.expect("an accepted upload");
    assert_eq!(again.name.as_str(), "database_backup_20260715T120000Z_0.json.b64", "its own name is taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn legacy_and_plain_files_are_accepted() {
    let bench = Bench::sqlite();
    let mut legacy = fs::read(LEGACY).expect("our fixture");
    legacy.retain(|byte| !byte.is_ascii_whitespace());
    let plain = STANDARD.decode(&legacy).expect("base64");
    let wrapped: Vec<u8> = legacy.chunks(76).flat_map(|line| [line, b"\r\n"].concat()).collect();
    for (bytes, name, new_name) in [
        (&legacy, Some("results_backup_20251205_183048.json.b64"), "results_backup_20251205_183048.json.b64"),
        (&legacy, Some("EMERGENCY_SAVE_20251206_110941_x.json.b64"), "database_backup_20260715T120000Z_0.json.b64"),
        (&plain, Some("../../etc/passwd"), "database_backup_20260715T120000Z_0_1.json.b64"),
        (&wrapped, None, "database_backup_20260715T120000Z_0_2.json.b64"),
    ] {
        let uploaded = upload(&bench, bytes, name).await.expect("an accepted upload");
        assert_eq!((uploaded.name.as_str(), uploaded.sermons), (new_name, Some(2)));
        assert_eq!(bench.backups.verify(&uploaded.name).await.expect("a verification").verdict, Verdict::Verified);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_of_the_export_route_and_byte_order_marks_are_accepted_and_stored_in_our_format() {
    let sermon = r#"{"title":"T","processed_at":"2025-12-05T11:28:13","stats":{}}"#;
    let response = format!(r#"{{"count":1,"success":true,"videos":{{"a":{sermon}}}}}"#);
    let collection = format!(r#"{{"a":{sermon}}}"#);
    for bench in [Bench::sqlite(), Bench::postgres()] {
        for file in [
            response.clone().into_bytes(),
            in_base64(&response),
            format!("\u{feff}{response}").into_bytes(),
            [b"\xef\xbb\xbf", in_base64(&collection).as_slice()].concat(),
        ] {
            let uploaded = upload(&bench, &file, None).await.expect("an accepted upload");
            assert_eq!((uploaded.condition, uploaded.sermons), (Condition::Verified, Some(1)));
            let stored = STANDARD.decode(fs::read(bench.path(uploaded.name.as_str())).expect("the file"));
            let stored = String::from_utf8(stored.expect("base64")).expect("JSON");
            assert_eq!(stored.replace('\n', ""), collection);
            assert_eq!(bench.backups.verify(&uploaded.name).await.expect("a verification").verdict, Verdict::Verified);
        }
        let error = upload(&bench, br#"{"success":false,"error":"down"}"#, None).await.expect_err("not a collection");
        assert!(error.to_string().contains("does not report success"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_files_and_files_that_are_not_backups_are_refused_and_leave_nothing_behind() {
    let bench = Bench::sqlite();
    bench.save("a", "A").await;
    let backup = bench.backups.create().await.expect("a backup");
    let good = fs::read(bench.path(backup.name.as_str())).expect("the file");
    let before = bench.files();
    let sermon = r#"{"title":"T","processed_at":"","stats":{}}"#;
    let deep = format!(r#"{{"a":{{"title":{}1{}}}}}"#, "[".repeat(1_000_000), "]".repeat(1_000_000));
    let refused: Vec<(&str, Vec<u8>)> = vec![
        ("an empty file", Vec::new()),
        ("white space", b" \n ".to_vec()),
        ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()),
        ("a list", in_base64("[]")),
        ("another program's object", in_base64(r#"{"name":"x","version":"1"}"#)),
        ("objects that are not sermons", in_base64(r#"{"dependencies":{"serde":"1"}}"#)),
        ("an id that is a path", in_base64(&format!(r#"{{"../x":{sermon}}}"#))),
        ("a duplicate key", in_base64(&format!(r#"{{"a":{sermon},"a":{sermon}}}"#))),
        ("a duplicate key in a document", in_base64(r#"{"a":{"title":"T","title":"U","processed_at":"","stats":{}}}"#)),
        ("a document of another id", in_base64(r#"{"a":{"video_id":"b","title":"T","processed_at":"","stats":{}}}"#)),
        ("a million levels", in_base64(&deep)),
        ("two objects", in_base64("{}{}")),
        ("base64 of base64", STANDARD.encode(&good).into_bytes()),
    ];
    for (case, bytes) in refused {
        let error = upload(&bench, &bytes, None).await.expect_err(case);
        assert!(matches!(error, BackupError::Invalid(_)), "{case}: {error:?}");
        assert_eq!(bench.files(), before, "{case}");
    }
    for length in (1..good.len()).step_by(97) {
        let error = upload(&bench, &good[..length], None).await.expect_err("a truncated file");
        assert!(matches!(error, BackupError::Invalid(_)), "{length}: {error:?}");
    }
    assert_eq!(bench.files(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_nine_megabytes_is_too_large() {
    let bench = Bench::sqlite();
    let long = in_base64(&format!(r#"{{"a":{{"title":"{}"}}}}"#, "x".repeat(9 * 1024 * 1024)));
    assert!(matches!(upload(&bench, &long, None).await, Err(BackupError::TooLarge(_))));
    assert_eq!(bench.files(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_would_be_too_large_when_restored_is_refused_by_its_id() {
    let bench = Bench::sqlite();
    // Our form has more keys, with which it exceeds the limit.
    let fill = "x".repeat(8 * 1024 * 1024 - 120);
    let document = format!(r#"{{"title":"T","processed_at":"2024-05-05T10:00:00","stats":{{}},"extra":"{fill}"}}"#);
    let error = upload(&bench, &in_base64(&format!(r#"{{"long_one":{document}}}"#)), None).await.expect_err("refused");
    let error = error.to_string();
    assert!(error.contains("long_one") && error.contains("the limit is 8 MB"), "{error}");
    assert_eq!(bench.files(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_upload_leaves_nothing_behind() {
    let bench = Bench::sqlite();
    let chunks = vec![Ok(b"ewoi".to_vec()), Err(io::Error::other("connection reset"))];
    let error = bench.backups.upload(stream::iter(chunks), None).await.expect_err("an interrupted upload");
    assert!(matches!(error, BackupError::UploadInterrupted(_)), "{error:?}");
    assert_eq!(bench.files(), [""; 0]);
}
