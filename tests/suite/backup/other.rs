//! Backups that the previous system left behind, and other files in the directory of backups.

use std::fs;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mannameter::safety::{
    backup::{BackupKind, BackupName, Condition, Verdict},
    restore::{RestoreError, RestoreRequest},
};
use serde_json::{Value, json};

use crate::{
    restore::helpers::request,
    support::bench::{Bench, contract},
};

/// Returns a legacy collection of one sermon.
fn collection(id: &str) -> String {
    let stats = json!({"scripture_references": 1, "suspect_references": 0, "false_positives": 0, "total_matches": 1});
    json!({ id: {
        "title": format!("The sermon {id}"), "channel": "C", "channel_url": "", "location": "", "transcript_length": 9,
        "processed_at": "2025-12-05T11:28:13.897205", "stats": stats, "counts": {"John": 1}, "suspect_counts": {},
        "positions": null,
    }})
    .to_string()
}

/// Returns a collection as `/api/export/database` of the previous system responds with it.
fn response(id: &str) -> String {
    let videos: Value = serde_json::from_str(&collection(id)).expect("JSON");
    json!({"count": 1, "success": true, "videos": videos}).to_string()
}

async fn every_readable_file_is_listed_verified_and_restored(bench: Bench) {
    bench.save("a", "Before").await;
    let base64 = |text: &str| STANDARD.encode(text);
    for (name, content, id) in [
        ("sync_from_render_20251206_162532.json.b64", base64(&collection("sync")), "sync"),
        ("pre_migration_20251206_114652.json.b64", base64(&collection("pre")), "pre"),
        ("results_backup_20251205_183048_before_restore.json.b64", base64(&collection("results")), "results"),
        ("Läufe vom Sonntag (2).json", collection("plain"), "plain"),
        ("from the editor.json", format!("\u{feff}{}", collection("bom")), "bom"),
        ("export.json", response("answer"), "answer"),
        ("export.json.b64", base64(&format!("\u{feff}{}", response("both"))), "both"),
    ] {
        fs::write(bench.path(name), content).expect("written");
        let name = BackupName::parse(name).expect("a name");
        let listed = bench.backups.info(&name).await.expect("an entry");
        assert_eq!((listed.kind, listed.condition), (BackupKind::Other, Condition::NoManifest), "{name}");
        if name.as_str().starts_with("sync") {
            assert_eq!(listed.created_at.to_rfc3339(), "2025-12-06T16:25:32+00:00");
        } else if name.at().is_none() {
            assert!(listed.created_at.timestamp() > 1_700_000_000, "the time of the file: {}", listed.created_at);
        }
        let found = bench.backups.verify(&name).await.expect("a verification");
        assert_eq!(
            (found.verdict, found.sermons, found.problem),
            (Verdict::StructurallyValid, Some(1), None),
            "{name}"
        );

        let refused = bench.restores.restore(request(&name), std::sync::Arc::new(())).await;
        assert!(matches!(refused, Err(RestoreError::Unverified(_))), "{name}: {refused:?}");
        let accepted = RestoreRequest { accept_unverified: true, ..request(&name) };
        bench.restores.restore(accepted, std::sync::Arc::new(())).await.expect("a restore");
        let (documents, _) = bench.database().await;
        assert_eq!(documents.keys().collect::<Vec<_>>(), [id], "{name}");
    }
    let plan = bench.backups.cleanup().await.expect("a cleanup");
    assert!(plan.remove.iter().all(|decision| decision.name.kind() != BackupKind::Other), "{:?}", plan.remove);
}

async fn files_of_other_kinds_are_named_as_what_they_are(bench: Bench) {
    let utf16: Vec<u8> = collection("a").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0".to_vec();
    let cases: [(&str, Vec<u8>, &str); 7] = [
        ("pre_migration_20251206_114652.json.b64", gzip.clone(), "compressed with gzip"),
        ("results.json", b"PK\x03\x04\x14\0\0\0\x08\0".to_vec(), "a ZIP archive"),
        ("from_powershell.json", utf16, "in UTF-16"),
        ("database_backup_20251206_102352.json.b64", b"<!DOCTYPE html><title>Sign in</title>".to_vec(), "an HTML page"),
        ("empty.json", Vec::new(), "the file is empty"),
        ("package.json", br#"{"name": "x", "version": "1"}"#.to_vec(), "must be an object"),
        ("list.json", b"[]".to_vec(), "neither JSON nor"),
    ];
    for (name, content, expected) in &cases {
        fs::write(bench.path(name), content).expect("written");
        let name = BackupName::parse(name).expect("a name");
        let listed = bench.backups.info(&name).await.expect("an entry");
        assert_eq!(listed.condition, Condition::Damaged, "{name}");
        let found = bench.backups.verify(&name).await.expect("a verification");
        assert_eq!(found.verdict, Verdict::Damaged, "{name}");
        for problem in [listed.problem, found.problem] {
            assert!(problem.as_ref().is_some_and(|problem| problem.contains(expected)), "{name}: {problem:?}");
        }
    }
    assert_eq!(bench.backups.verify_all(|_| ()).await.expect("verifications").len(), cases.len());

    // Other names are not listed as backups, but are not hidden either.
    fs::write(bench.path("results.json.gz"), gzip).expect("written");
    fs::write(bench.path("notes.txt"), "Bring the old laptop!").expect("written");
    fs::write(bench.path("results.txt"), collection("a")).expect("written");
    fs::create_dir(bench.path("old")).expect("a directory");
    std::os::unix::fs::symlink("/etc/hostname", bench.path("link.json")).expect("a link");
    for hidden in [".temp.json", "x.manifest.json", "EMERGENCY_SAVE_20251206_110941_a.json.b64.recovered"] {
        fs::write(bench.path(hidden), "").expect("written");
    }
    let unlisted = bench.backups.unlisted().await.expect("a list");
    let found: Vec<_> = unlisted.iter().map(|file| (file.name.as_str(), file.reason.as_str())).collect();
    let expected = [
        ("link.json", "symlink"),
        ("notes.txt", "neither JSON nor"),
        ("old", "not a regular file"),
        ("results.json.gz", "gzip"),
        ("results.txt", "does not end with .json"),
    ];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for ((name, reason), (expected_name, expected_reason)) in found.iter().zip(expected) {
        assert!(*name == expected_name && reason.contains(expected_reason), "{name}: {reason}");
    }
}

contract!(every_readable_file_is_listed_verified_and_restored, files_of_other_kinds_are_named_as_what_they_are);
