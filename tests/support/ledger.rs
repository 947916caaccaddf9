//! The test oracle: records what was submitted and acknowledged, and checks that nothing acknowledged is lost.
//!
//! It is independent of the program and uses none of its code. It reads files with a JSON parser, base64 and SHA-256, and
//! the database with the database's own client.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, value::RawValue};
use sha2::{Digest as _, Sha256};

use crate::support::instance::Instance;

/// A version of a sermon: its ID and its title, which the tests make unique.
type Version = (String, String);

/// What was sent to the program and what it acknowledged.
#[derive(Debug, Default, Clone)]
pub(crate) struct Ledger {
    submitted: BTreeSet<Version>,
    acknowledged: BTreeMap<Version, Option<String>>,
}

/// What the database contains.
#[derive(Debug)]
pub(crate) struct DatabaseContents {
    /// Title of each sermon.
    pub(crate) titles: BTreeMap<String, String>,
    /// Versions in the history.
    pub(crate) history: BTreeSet<Version>,
}

impl Ledger {
    /// Records a version that is about to be sent; it may be stored from now on.
    pub(crate) fn submit(&mut self, id: &str, title: &str) {
        self.submitted.insert((id.to_owned(), title.to_owned()));
    }

    /// Records an acknowledged version; it must be stored from now on.
    pub(crate) fn acknowledge(&mut self, id: &str, title: &str) {
        self.submit(id, title);
        self.acknowledged.entry((id.to_owned(), title.to_owned())).or_default();
    }

    /// Records an acknowledged document; it must be stored byte for byte from now on.
    pub(crate) fn acknowledge_document(&mut self, document: &[u8]) {
        let (id, title) = version(std::str::from_utf8(document).expect("text"));
        self.submit(&id, &title);
        self.acknowledged.insert((id, title), Some(sha256(document)));
    }

    /// Returns the number of acknowledged versions.
    pub(crate) fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    /// Adds the records of another ledger.
    pub(crate) fn merge(&mut self, other: Self) {
        self.submitted.extend(other.submitted);
        self.acknowledged.extend(other.acknowledged);
    }

    /// Checks everything, including that no temporary file is left behind. The program must have recovered from the
    /// fault, and the export must be up to date.
    pub(crate) fn check(&self, instance: &Instance) -> DatabaseContents {
        no_temp_files(instance.data());
        self.check_contents(instance)
    }

    /// Checks database, export and safety backups; ignores other files.
    pub(crate) fn check_contents(&self, instance: &Instance) -> DatabaseContents {
        let found = self.check_database(instance);
        let export = check_export(instance.data());
        let state = instance.rows("select seq, count, digest from store_state");
        assert_eq!(export["seq"], state[0]["seq"], "the export includes the last write");
        assert_eq!(export["digest"], state[0]["digest"], "the export matches the database");
        check_backups(&instance.data().join("backups"));
        found
    }

    /// Checks only the database.
    pub(crate) fn check_database(&self, instance: &Instance) -> DatabaseContents {
        let (mut titles, mut history, mut digest) = (BTreeMap::new(), BTreeSet::new(), [0; 32]);
        let mut checksums = BTreeMap::<Version, BTreeSet<String>>::new();
        for (table, is_history) in [("videos", false), ("video_history", true)] {
            for row in instance.rows(&format!("select video_id, sha256, document from {table}")) {
                let [id, checksum, document] = ["video_id", "sha256", "document"].map(|key| text(&row[key]));
                assert_eq!(checksum, sha256(document.as_bytes()), "{table}: the stored checksum of {id} is correct");
                let version = version(document);
                assert_eq!(version.0, id);
                assert!(self.submitted.contains(&version), "{table}: {version:?} was never submitted");
                checksums.entry(version.clone()).or_default().insert(checksum.to_owned());
                if is_history {
                    history.insert(version);
                } else {
                    add(&mut digest, id, checksum);
                    titles.insert(version.0, version.1);
                }
            }
        }
        for (version, checksum) in &self.acknowledged {
            let Some(stored) = checksums.get(version) else { panic!("LOST: {version:?} was acknowledged") };
            if let Some(checksum) = checksum {
                assert!(stored.contains(checksum), "{version:?} was acknowledged with another content");
            }
        }
        let state = &instance.rows("select seq, count, digest from store_state")[0];
        assert_eq!(state["count"], titles.len(), "the count in the state row is correct");
        assert_eq!(state["digest"], hex::encode(digest), "the stored digest is correct");
        DatabaseContents { titles, history }
    }
}

/// Checks that both export files can be parsed, have the same contents and match their manifest. Returns the manifest.
pub(crate) fn check_export(data: &Path) -> Value {
    let read = |name: &str| fs::read(data.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let (json, b64) = (read("results.json"), read("results.json.b64"));
    let manifest: Value = serde_json::from_slice(&read("results.manifest.json")).expect("the manifest is JSON");
    assert!(
        STANDARD.decode(b64.trim_ascii_end()).expect("standard base64") == json,
        "both files have the same contents"
    );
    for (part, bytes) in [("json", &json), ("b64", &b64)] {
        assert_eq!(manifest[part]["bytes"], bytes.len(), "the manifest has the size of the {part} file");
        assert_eq!(manifest[part]["sha256"], sha256(bytes), "the manifest has the checksum of the {part} file");
    }
    check_documents(&json, &manifest);
    manifest
}

/// Checks the documents of a file against its manifest.
fn check_documents(json: &[u8], manifest: &Value) {
    let documents: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(json).expect("an object of documents");
    let mut digest = [0; 32];
    for (id, document) in &documents {
        assert_eq!(version(document.get()).0, *id);
        add(&mut digest, id, &sha256(document.get().as_bytes()));
    }
    assert_eq!(manifest["count"], documents.len(), "the count in the manifest is correct");
    assert_eq!(manifest["digest"], hex::encode(digest), "the digest in the manifest is correct");
}

/// Checks that every backup can be read and matches its manifest, if it has one.
pub(crate) fn check_backups(backups: &Path) {
    for name in names(backups) {
        let Some(stem) = name.strip_suffix(".json.b64") else { continue };
        let b64 = fs::read(backups.join(&name)).expect("the backup is there");
        let json = STANDARD.decode(b64.trim_ascii_end()).unwrap_or_else(|error| panic!("{name}: {error}"));
        if let Ok(manifest) = fs::read(backups.join(format!("{stem}.manifest.json"))) {
            let manifest: Value = serde_json::from_slice(&manifest).expect("the backup's manifest is JSON");
            assert_eq!(manifest["b64"]["sha256"], sha256(&b64), "{name} matches its manifest");
            check_documents(&json, &manifest);
        } else {
            serde_json::from_slice::<BTreeMap<String, Value>>(&json).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}

/// Checks that no temporary files are left behind.
pub(crate) fn no_temp_files(data: &Path) {
    for directory in [data.to_owned(), data.join("backups"), data.join("instance")] {
        for name in names(&directory) {
            let temp = name.starts_with(".mannameter-tmp-") || name.contains(".new") || name.contains(".tmp");
            assert!(!temp, "temp file: {}", directory.join(name).display());
        }
    }
}

/// Returns the names of a directory's entries; empty if the directory does not exist.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

/// Returns a SHA-256 in hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Adds a document to a digest: the SHA-256 of `id sha256`, added modulo 2^256, as documented in `src/domain/digest.rs`.
fn add(digest: &mut [u8; 32], id: &str, sha256_of_document: &str) {
    let part = Sha256::digest(format!("{id} {sha256_of_document}"));
    let mut carry = 0;
    for index in (0..32).rev() {
        let sum = u16::from(digest[index]) + u16::from(part[index]) + carry;
        digest[index] = u8::try_from(sum & 0xff).expect("one byte");
        carry = sum >> 8;
    }
}

/// Returns the ID and title of a document.
fn version(document: &str) -> Version {
    let document: Value = serde_json::from_str(document).expect("a document is JSON");
    (text(&document["video_id"]).to_owned(), text(&document["title"]).to_owned())
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}
