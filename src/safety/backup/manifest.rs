//! What is known of one backup, written beside it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::safety::Manifest;

/// The largest manifest that is read.
pub(in crate::safety) const MOST_BYTES: usize = 64 * 1024;

/// A backup's manifest: that of an export, and what was found out later.
///
/// The manifest of a `pre_write` backup is at first that of the export itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupManifest {
    /// What the file holds. An uploaded file is of epoch 0, which no database has.
    #[serde(flatten)]
    pub contents: Manifest,
    /// When the file was last read whole and found to be what this says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<DateTime<Utc>>,
    /// What was wrong when it was last read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Whether it stays until somebody says otherwise.
    #[serde(default)]
    pub pinned: bool,
}

impl BackupManifest {
    /// The epoch of what was uploaded.
    pub const NO_EPOCH: i64 = 0;

    /// Whether it came out of a database of ours, and was not uploaded.
    pub(in crate::safety) fn is_of_a_database(&self) -> bool {
        self.contents.epoch != Self::NO_EPOCH
    }

    /// Reads one; none if it is none of ours.
    pub(in crate::safety) fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|manifest: &Self| manifest.contents.version == Manifest::VERSION)
    }

    /// As it is written.
    pub(in crate::safety) fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).expect("a manifest has only string keys");
        json.push(b'\n');
        json
    }
}
