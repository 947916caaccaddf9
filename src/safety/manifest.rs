//! What an export or a backup holds, written beside it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::{CollectionDigest, Sha256};

/// Says what an export's two files hold, and up to which write they reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this shape: 1.
    pub version: u32,
    /// Epoch of the database.
    pub epoch: i64,
    /// The last write that is in it.
    pub seq: i64,
    /// Number of videos.
    pub count: i64,
    /// Digest over all videos.
    pub digest: CollectionDigest,
    /// The plain file.
    pub json: FileSum,
    /// The file in base64.
    pub b64: FileSum,
    /// When it was made.
    pub exported_at: DateTime<Utc>,
}

/// Length and checksum of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSum {
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: Sha256,
}
