//! One pass over a backup's file: is it what its manifest says, and can it be read to its end?
//!
//! Blocks. Memory does not grow with the file.

use std::{
    fs::File,
    io::{self, Read},
};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256 as Hasher};

use super::{BackupError, BackupManifest, BackupName};
use crate::{
    domain::{Document, DocumentError, Sha256, VideoId},
    safety::{
        FileSum,
        format::{Contents, ReadError, read_documents},
    },
};

/// The longest file that is read or taken.
pub const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// What every document of a sermon has, of whichever shape.
const KEYS: [&str; 3] = ["title", "processed_at", "stats"];

/// What was found out about a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Which.
    pub name: BackupName,
    /// How it is.
    pub verdict: Verdict,
    /// Number of videos in it; none if it cannot be read to its end.
    pub videos: Option<u64>,
    /// Length of the file.
    pub bytes: u64,
    /// Checksum of the file as it is now; none if it could not be read to its end.
    pub sha256: Option<Sha256>,
    /// What is wrong, and where.
    pub problem: Option<String>,
    /// When it was read.
    pub checked_at: DateTime<Utc>,
}

/// How a backup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is what its manifest says, to the byte, and can be read to its end.
    Verified,
    /// It can be read to its end; no manifest says what it should hold.
    StructurallyValid,
    /// It is not what its manifest says, or cannot be read to its end.
    Damaged,
}

/// What a file holds, read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::safety) struct Found {
    /// Its length and checksum.
    pub(in crate::safety) file: FileSum,
    /// Its documents, byte for byte as they stand in it.
    pub(in crate::safety) contents: Contents,
}

/// Reads a file to its end and hands out its documents.
pub(in crate::safety) fn read(
    file: &File,
    each: impl FnMut(VideoId, &str, &Sha256) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
) -> Result<Found, ReadError> {
    let bytes = file.metadata()?.len();
    if bytes > MAX_FILE_BYTES {
        return Err(ReadError::TooLarge(format!("it has {bytes} bytes, and at most {MAX_FILE_BYTES} are taken")));
    }
    let mut summing = Summing { inner: file, hasher: Hasher::new(), bytes: 0 };
    let (mut last, mut each) = (None, each);
    let read = read_documents(&mut summing, |id, document, sha256| {
        each(id.clone(), document, sha256)?;
        last = Some(id);
        Ok(())
    });
    let contents = read.map_err(|error| located(error, last.as_ref()))?;
    // White space behind the end counts as well.
    io::copy(&mut summing, &mut io::sink())?;
    let sha256 = Sha256::from_bytes(summing.hasher.finalize().into());
    Ok(Found { file: FileSum { bytes: summing.bytes, sha256 }, contents })
}

/// Compares what a file holds with what its manifest says; gives what is wrong.
pub(in crate::safety) fn compare(found: &Found, manifest: &BackupManifest) -> Option<String> {
    let said = &manifest.contents;
    let (file, contents) = (&found.file, &found.contents);
    if file.bytes != said.b64.bytes {
        return Some(format!("it has {} bytes, its manifest says {}", file.bytes, said.b64.bytes));
    }
    if (i64::try_from(contents.count).ok(), contents.digest) != (Some(said.count), said.digest) {
        return Some(format!(
            "it holds {} videos with the digest {}, its manifest says {} with {}: bytes within a document were \
             changed, or the manifest belongs to another file",
            contents.count, contents.digest, said.count, said.digest
        ));
    }
    (file.sha256 != said.b64.sha256)
        .then(|| format!("its sha256 is {}, its manifest says {}", file.sha256, said.b64.sha256))
}

/// Takes a document of a file that no manifest of ours vouches for: it must be a sermon, of a shape that we know.
pub(in crate::safety) fn sermon(id: &VideoId, document: &str) -> Result<Document, DocumentError> {
    let value: serde_json::Value = serde_json::from_str(document)?;
    if let Some(missing) = KEYS.into_iter().find(|key| value.get(key).is_none()) {
        return Err(DocumentError::Shape(serde::de::Error::custom(format_args!("it has no {missing}"))));
    }
    Document::from_legacy(id.as_str(), value)
}

/// Reads a file whose documents must be sermons.
pub(in crate::safety) fn read_sermons(file: &File) -> Result<Found, ReadError> {
    read(file, |id, document, _| match sermon(&id, document) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("the document of {id}: {error}").into()),
    })
}

/// Looks at a backup.
pub(super) fn verify(
    name: &BackupName,
    file: &File,
    manifest: Option<&BackupManifest>,
    now: DateTime<Utc>,
) -> Result<Verification, BackupError> {
    let mut verification = Verification {
        name: name.clone(),
        verdict: Verdict::Damaged,
        videos: None,
        bytes: file.metadata()?.len(),
        sha256: None,
        problem: None,
        checked_at: now,
    };
    let read = if manifest.is_some() { read(file, |_, _, _| Ok(())) } else { read_sermons(file) };
    match read {
        Ok(found) => {
            verification.videos = Some(found.contents.count);
            verification.sha256 = Some(found.file.sha256);
            verification.problem = manifest.and_then(|manifest| compare(&found, manifest));
            verification.verdict = match (&verification.problem, manifest) {
                (Some(_), _) => Verdict::Damaged,
                (None, Some(_)) => Verdict::Verified,
                (None, None) => Verdict::StructurallyValid,
            };
        }
        Err(ReadError::Io(error)) => return Err(error.into()),
        Err(error) => {
            let shorter =
                manifest.map(|manifest| manifest.contents.b64.bytes).filter(|said| *said != verification.bytes);
            let length = shorter.map(|said| format!("; it has {} bytes, its manifest says {said}", verification.bytes));
            verification.problem = Some(format!("{error}{}", length.unwrap_or_default()));
        }
    }
    Ok(verification)
}

/// Says behind which document the trouble begins.
fn located(error: ReadError, last: Option<&VideoId>) -> ReadError {
    match (error, last) {
        (ReadError::Invalid(reason), Some(id)) => {
            ReadError::Invalid(format!("{reason} (the last whole document before it is that of {id})"))
        }
        (ReadError::Invalid(reason), None) => ReadError::Invalid(format!("{reason} (before the first document)")),
        (error, _) => error,
    }
}

/// Counts and sums what is read.
struct Summing<R> {
    inner: R,
    hasher: Hasher,
    bytes: u64,
}

impl<R: Read> Read for Summing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}
