//! The manifest of a backup.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::safety::Manifest;

/// Maximum size of a manifest.
pub(in crate::safety) const MAX_MANIFEST_BYTES: usize = 64 * 1024;

/// The manifest of a backup: the manifest of an export, plus what is known about the file.
///
/// The manifest of a new safety backup is a hard link to the export's manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupManifest {
    /// What the file contains. An uploaded backup has epoch [`BackupManifest::NO_EPOCH`].
    #[serde(flatten)]
    pub contents: Manifest,
    /// When the file was last read in full and matched this manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<DateTime<Utc>>,
    /// What was wrong the last time the file was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Whether the backup is kept until it is unpinned.
    #[serde(default)]
    pub pinned: bool,
}

impl BackupManifest {
    /// The epoch of uploaded backups, which no database has.
    pub const NO_EPOCH: i64 = 0;

    /// Returns whether the backup was made from our database, rather than uploaded.
    pub(in crate::safety) fn has_epoch(&self) -> bool {
        self.contents.epoch != Self::NO_EPOCH
    }

    /// Parses a manifest. Returns `None` if it is malformed or has another version.
    pub(in crate::safety) fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|manifest: &Self| manifest.contents.version == Manifest::VERSION)
    }

    /// Serializes the manifest for its file.
    pub(in crate::safety) fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).expect("all keys are strings");
        json.push(b'\n');
        json
    }
}
