//! Manifests: small JSON files that describe the contents of an export or a backup.

use std::{
    io::{self, Read},
    path::Path,
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256 as Hasher};

use super::durable;
use crate::domain::{CollectionDigest, Sha256};

/// The contents of an export's two files, and the last write that they include.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this format: 1.
    pub version: u32,
    /// Epoch of the database.
    pub epoch: i64,
    /// Number of the last write that the files include.
    pub seq: i64,
    /// Number of sermons.
    pub count: i64,
    /// Digest over all sermons.
    pub digest: CollectionDigest,
    /// The plain file.
    pub json: FileChecksum,
    /// The base64 file.
    pub b64: FileChecksum,
    /// When the export was made.
    pub exported_at: DateTime<Utc>,
}

impl Manifest {
    /// The version that we write.
    pub const VERSION: u32 = 1;

    /// Reads a manifest. Returns `None` if it is missing or malformed, or has another version. Blocks.
    pub fn read(path: &Path) -> io::Result<Option<Self>> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match serde_json::from_slice::<Self>(&bytes) {
            Ok(manifest) if manifest.version == Self::VERSION => return Ok(Some(manifest)),
            Ok(manifest) => {
                tracing::warn!(path = %path.display(), manifest.version, "unsupported manifest version");
            }
            Err(error) => tracing::warn!(path = %path.display(), %error, "could not parse the manifest"),
        }
        Ok(None)
    }

    /// Writes the manifest durably. Blocks.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let mut json = serde_json::to_vec_pretty(self).expect("all keys are strings");
        json.push(b'\n');
        durable::write_atomic(path, &json)
    }
}

/// Length and SHA-256 of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChecksum {
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256 of the content.
    pub sha256: Sha256,
}

/// Size of the read buffer.
const BUFFER: usize = 1 << 18;

impl FileChecksum {
    /// Reads to the end and returns the checksum of what was read. Blocks.
    pub(super) fn compute(mut file: impl Read) -> io::Result<Self> {
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
