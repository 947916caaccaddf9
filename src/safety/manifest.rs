//! What an export or a backup holds, written beside it.

use std::{
    io::{self, Read},
    path::Path,
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256 as Hasher};

use super::durable;
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

impl Manifest {
    /// The version that we write.
    pub const VERSION: u32 = 1;

    /// Reads a manifest; none if there is none, or if it is not one that we understand. Blocking.
    pub fn read(path: &Path) -> io::Result<Option<Self>> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match serde_json::from_slice::<Self>(&bytes) {
            Ok(manifest) if manifest.version == Self::VERSION => return Ok(Some(manifest)),
            Ok(manifest) => {
                tracing::warn!(path = %path.display(), manifest.version, "the manifest is of another version");
            }
            Err(error) => tracing::warn!(path = %path.display(), %error, "the manifest cannot be read"),
        }
        Ok(None)
    }

    /// Writes it durably. Blocking.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let mut json = serde_json::to_vec_pretty(self).expect("a manifest has only string keys");
        json.push(b'\n');
        durable::write_atomic(path, &json)
    }
}

/// Length and checksum of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSum {
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: Sha256,
}

/// How much is summed at once.
const BUFFER: usize = 1 << 18;

impl FileSum {
    /// Of everything that can be read here. Blocking.
    pub(super) fn of(mut file: impl Read) -> io::Result<Self> {
        let (mut hasher, mut bytes, mut buffer) = (Hasher::new(), 0, vec![0; BUFFER]);
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(Self { bytes, sha256: Sha256::from_bytes(hasher.finalize().into()) }),
                read => {
                    hasher.update(&buffer[..read]);
                    bytes += read as u64;
                }
            }
        }
    }
}
