//! Verifies backups: reads the whole file in one pass and compares it with its manifest.
//!
//! Memory use does not depend on the size of the file. Everything here blocks.

use std::{
    fs::File,
    io::{self, Read},
};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256 as Hasher};

use super::{
    BackupError, BackupManifest, BackupName,
    stored_form::{Origin, restorable},
};
use crate::{
    domain::{Sha256, VideoId},
    safety::{
        FileChecksum,
        format::{Contents, ReadError, read_documents, read_valid_documents},
        plural::count,
    },
};

/// Maximum size of a backup file.
pub const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// The result of verifying a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// The backup.
    pub name: BackupName,
    /// The overall result.
    pub verdict: Verdict,
    /// Number of sermons, or `None` if the file could not be read in full.
    pub sermons: Option<u64>,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-256 of the file, or `None` if it could not be read in full.
    pub sha256: Option<Sha256>,
    /// What is wrong, and where.
    pub problem: Option<String>,
    /// When the file was read.
    pub checked_at: DateTime<Utc>,
}

/// Whether a backup is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The file matches its manifest byte for byte, and each of its documents can be restored.
    Verified,
    /// Each document in the file can be restored, but there is no manifest to compare the file with.
    StructurallyValid,
    /// The file does not match its manifest, cannot be read in full, or has a document that cannot be restored.
    Damaged,
}

/// The contents of a file that has been read in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::safety) struct ScannedFile {
    /// Checksum of the file.
    pub(in crate::safety) checksum: FileChecksum,
    /// Count and digest of the documents.
    pub(in crate::safety) contents: Contents,
}

/// Reads a file in full, and calls `each` with every document.
pub(in crate::safety) fn scan(
    file: &File,
    mut each: impl FnMut(VideoId, &str, &Sha256) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
) -> Result<ScannedFile, ReadError> {
    let mut last = None;
    let scanned = read_hashed(file, |reader| {
        read_documents(reader, |id, document, sha256| {
            each(id.clone(), document, sha256)?;
            last = Some(id);
            Ok(())
        })
    });
    scanned.map_err(|error| add_position(error, last.as_ref()))
}

/// Like [`scan`], but skips invalid documents and calls `invalid` with the reason.
pub(in crate::safety) fn scan_valid(
    file: &File,
    each: impl FnMut(VideoId, &str, &Sha256) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
    invalid: impl FnMut(String),
) -> Result<ScannedFile, ReadError> {
    read_hashed(file, |reader| read_valid_documents(reader, each, invalid))
}

/// Reads a file in full with `read`, and computes its checksum.
fn read_hashed<'a>(
    file: &'a File,
    read: impl FnOnce(&mut HashingReader<&'a File>) -> Result<Contents, ReadError>,
) -> Result<ScannedFile, ReadError> {
    let bytes = file.metadata()?.len();
    if bytes > MAX_FILE_BYTES {
        return Err(ReadError::TooLarge(format!("it has {bytes} bytes, the limit is {MAX_FILE_BYTES}")));
    }
    let mut reader = HashingReader { inner: file, hasher: Hasher::new(), bytes: 0 };
    let contents = read(&mut reader)?;
    // Include any whitespace after the end in the checksum.
    io::copy(&mut reader, &mut io::sink())?;
    let sha256 = Sha256::from_bytes(reader.hasher.finalize().into());
    Ok(ScannedFile { checksum: FileChecksum { bytes: reader.bytes, sha256 }, contents })
}

/// Compares a file with its manifest. Returns what does not match, or `None` if everything matches.
pub(in crate::safety) fn find_mismatch(scanned: &ScannedFile, manifest: &BackupManifest) -> Option<String> {
    let expected = &manifest.contents;
    let ScannedFile { checksum, contents } = scanned;
    if checksum.bytes != expected.b64.bytes {
        return Some(format!("it has {} bytes, but its manifest says {}", checksum.bytes, expected.b64.bytes));
    }
    if (i64::try_from(contents.count).ok(), contents.digest) != (Some(expected.count), expected.digest) {
        return Some(format!(
            "it contains {} with the digest {}, but its manifest says {} with {}: bytes inside a document were changed, \
             or the manifest belongs to another file",
            count(contents.count, "sermon"),
            contents.digest,
            expected.count,
            expected.digest
        ));
    }
    (checksum.sha256 != expected.b64.sha256)
        .then(|| format!("its SHA-256 is {}, but its manifest says {}", checksum.sha256, expected.b64.sha256))
}

/// Reads a file in full, and checks that every document can be restored.
pub(in crate::safety) fn scan_restorable(file: &File, origin: Origin) -> Result<ScannedFile, ReadError> {
    scan(file, |id, document, sha256| restorable(&id, document, sha256, origin).map(drop))
}

/// Verifies a backup.
pub(super) fn verify(
    name: &BackupName,
    file: &File,
    manifest: Option<&BackupManifest>,
    now: DateTime<Utc>,
) -> Result<Verification, BackupError> {
    let mut verification = Verification {
        name: name.clone(),
        verdict: Verdict::Damaged,
        sermons: None,
        bytes: file.metadata()?.len(),
        sha256: None,
        problem: None,
        checked_at: now,
    };
    match scan_restorable(file, Origin::of(manifest)) {
        Ok(scanned) => {
            verification.sermons = Some(scanned.contents.count);
            verification.sha256 = Some(scanned.checksum.sha256);
            verification.problem = manifest.and_then(|manifest| find_mismatch(&scanned, manifest));
            verification.verdict = match (&verification.problem, manifest) {
                (Some(_), _) => Verdict::Damaged,
                (None, Some(_)) => Verdict::Verified,
                (None, None) => Verdict::StructurallyValid,
            };
        }
        Err(ReadError::Io(error)) => return Err(error.into()),
        Err(error) => {
            let expected =
                manifest.map(|manifest| manifest.contents.b64.bytes).filter(|bytes| *bytes != verification.bytes);
            let length =
                expected.map(|bytes| format!("; it has {} bytes, but its manifest says {bytes}", verification.bytes));
            verification.problem = Some(format!("{error}{}", length.unwrap_or_default()));
        }
    }
    Ok(verification)
}

/// Adds the ID of the last good document to an error.
fn add_position(error: ReadError, last: Option<&VideoId>) -> ReadError {
    match (error, last) {
        (ReadError::Invalid(reason), Some(id)) => ReadError::Invalid(format!("{reason} (after the document of {id})")),
        (ReadError::Invalid(reason), None) => ReadError::Invalid(format!("{reason} (before the first document)")),
        (error, _) => error,
    }
}

/// A reader that computes the checksum of everything read through it.
struct HashingReader<R> {
    inner: R,
    hasher: Hasher,
    bytes: u64,
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}
