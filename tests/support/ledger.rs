//! The oracle: what was submitted, what the program acknowledged, and whether that is what is there.
//!
//! It lives outside the program and uses none of its code: files are read with a JSON reader, base64 and SHA-256,
//! the database with its own client.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, value::RawValue};
use sha2::{Digest as _, Sha256};

use crate::support::place::Place;

/// A version of a video: its id and its title, which the tests make unique.
type Version = (String, String);

/// Everything that was sent to the program, and everything that it answered.
#[derive(Debug, Default, Clone)]
pub(crate) struct Ledger {
    submitted: BTreeSet<Version>,
    acknowledged: BTreeMap<Version, Option<String>>,
}

/// What the check found.
#[derive(Debug)]
pub(crate) struct Found {
    /// Title of each video.
    pub(crate) titles: BTreeMap<String, String>,
    /// The versions in the history.
    pub(crate) history: BTreeSet<Version>,
}

impl Ledger {
    /// This will be sent: from now on it may be there.
    pub(crate) fn submit(&mut self, id: &str, title: &str) {
        self.submitted.insert((id.to_owned(), title.to_owned()));
    }

    /// The program said that this is kept: from now on it must be there.
    pub(crate) fn acknowledge(&mut self, id: &str, title: &str) {
        self.submit(id, title);
        self.acknowledged.entry((id.to_owned(), title.to_owned())).or_default();
    }

    /// The program said that this is kept, and answered this document: from now on it must be there to the byte.
    pub(crate) fn acknowledge_document(&mut self, document: &[u8]) {
        let (id, title) = version(std::str::from_utf8(document).expect("text"));
        self.submit(&id, &title);
        self.acknowledged.insert((id, title), Some(sha256(document)));
    }

    /// Number of acknowledged versions.
    pub(crate) fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    /// Takes in what another ledger has.
    pub(crate) fn merge(&mut self, other: Self) {
        self.submitted.extend(other.submitted);
        self.acknowledged.extend(other.acknowledged);
    }

    /// Checks a place whose program has repaired what it repairs by itself and whose export is up to date.
    pub(crate) fn check(&self, place: &Place) -> Found {
        no_temp_files(place.data());
        self.check_contents(place)
    }

    /// Checks database, export and safety backups, whatever lies beside them.
    pub(crate) fn check_contents(&self, place: &Place) -> Found {
        let found = self.check_database(place);
        let export = check_export(place.data());
        let state = place.rows("select seq, count, digest from store_state");
        assert_eq!(export["seq"], state[0]["seq"], "the export reaches up to the last write");
        assert_eq!(export["digest"], state[0]["digest"], "the export and the database agree");
        check_backups(&place.data().join("backups"));
        found
    }

    /// Checks the database alone.
    pub(crate) fn check_database(&self, place: &Place) -> Found {
        let (mut titles, mut history, mut digest) = (BTreeMap::new(), BTreeSet::new(), [0; 32]);
        let mut sums = BTreeMap::<Version, BTreeSet<String>>::new();
        for (table, is_history) in [("videos", false), ("video_history", true)] {
            for row in place.rows(&format!("select video_id, sha256, document from {table}")) {
                let [id, sum, document] = ["video_id", "sha256", "document"].map(|key| text(&row[key]));
                assert_eq!(sum, sha256(document.as_bytes()), "{table}: the stored checksum of {id}");
                let version = version(document);
                assert_eq!(version.0, id);
                assert!(self.submitted.contains(&version), "{table}: nobody submitted {version:?}");
                sums.entry(version.clone()).or_default().insert(sum.to_owned());
                if is_history {
                    history.insert(version);
                } else {
                    add(&mut digest, id, sum);
                    titles.insert(version.0, version.1);
                }
            }
        }
        for (version, sum) in &self.acknowledged {
            let Some(there) = sums.get(version) else { panic!("LOST: {version:?} was acknowledged and is nowhere") };
            if let Some(sum) = sum {
                assert!(there.contains(sum), "{version:?} was acknowledged with another content");
            }
        }
        let state = &place.rows("select seq, count, digest from store_state")[0];
        assert_eq!(state["count"], titles.len(), "the state row counts right");
        assert_eq!(state["digest"], hex::encode(digest), "the stored digest is the recomputed one");
        Found { titles, history }
    }
}

/// Checks that both export files parse, hold the same, and are what their manifest says; gives the manifest.
pub(crate) fn check_export(data: &Path) -> Value {
    let read = |name: &str| fs::read(data.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let (json, b64) = (read("results.json"), read("results.json.b64"));
    let manifest: Value = serde_json::from_slice(&read("results.manifest.json")).expect("the manifest is JSON");
    assert!(STANDARD.decode(b64.trim_ascii_end()).expect("standard base64") == json, "both files hold the same");
    for (part, bytes) in [("json", &json), ("b64", &b64)] {
        assert_eq!(manifest[part]["bytes"], bytes.len(), "the manifest tells the length of the {part}");
        assert_eq!(manifest[part]["sha256"], sha256(bytes), "the manifest tells the checksum of the {part}");
    }
    check_documents(&json, &manifest);
    manifest
}

/// Checks the documents of a file against what its manifest says of them.
fn check_documents(json: &[u8], manifest: &Value) {
    let documents: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(json).expect("an object of documents");
    let mut digest = [0; 32];
    for (id, document) in &documents {
        assert_eq!(version(document.get()).0, *id);
        add(&mut digest, id, &sha256(document.get().as_bytes()));
    }
    assert_eq!(manifest["count"], documents.len(), "the manifest counts right");
    assert_eq!(manifest["digest"], hex::encode(digest), "the digest of the manifest is the recomputed one");
}

/// Checks that each safety backup can be read, and is what its manifest says if it has one.
pub(crate) fn check_backups(backups: &Path) {
    for name in names(backups) {
        let Some(stem) = name.strip_suffix(".json.b64") else { continue };
        let b64 = fs::read(backups.join(&name)).expect("the backup is there");
        let json = STANDARD.decode(b64.trim_ascii_end()).unwrap_or_else(|error| panic!("{name}: {error}"));
        if let Ok(manifest) = fs::read(backups.join(format!("{stem}.manifest.json"))) {
            let manifest: Value = serde_json::from_slice(&manifest).expect("the backup's manifest is JSON");
            assert_eq!(manifest["b64"]["sha256"], sha256(&b64), "{name} is what its manifest says");
            check_documents(&json, &manifest);
        } else {
            serde_json::from_slice::<BTreeMap<String, Value>>(&json).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}

/// Checks that nothing half-written lies about.
pub(crate) fn no_temp_files(data: &Path) {
    for directory in [data.to_owned(), data.join("backups"), data.join("instance")] {
        for name in names(&directory) {
            let temp = name.starts_with(".mannameter-tmp-") || name.contains(".new") || name.contains(".tmp");
            assert!(!temp, "a temp file was left: {}", directory.join(name).display());
        }
    }
}

/// The names of a directory's entries; none if it is not there.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

/// The SHA-256 of some bytes, in hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Adds a document's part to a digest: the SHA-256 of `id sha256`, modulo 2^256, as `src/domain/digest.rs` says.
fn add(digest: &mut [u8; 32], id: &str, sha256_of_document: &str) {
    let part = Sha256::digest(format!("{id} {sha256_of_document}"));
    let mut carry = 0;
    for place in (0..32).rev() {
        let sum = u16::from(digest[place]) + u16::from(part[place]) + carry;
        digest[place] = u8::try_from(sum & 0xff).expect("one byte");
        carry = sum >> 8;
    }
}

/// Id and title of a document.
fn version(document: &str) -> Version {
    let document: Value = serde_json::from_str(document).expect("a document is JSON");
    (text(&document["video_id"]).to_owned(), text(&document["title"]).to_owned())
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}
