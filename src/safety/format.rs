//! The one file format of exports and backups: a JSON object keyed by `video_id`, plain or in base64.

use std::io::{self, Read};

use crate::domain::{CollectionDigest, VideoId};

/// The longest document that is taken, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 8 * 1024 * 1024;
/// The deepest nesting that is taken.
pub const MAX_DEPTH: usize = 64;

/// What a file held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contents {
    /// Number of documents.
    pub count: u64,
    /// Digest over them.
    pub digest: CollectionDigest,
}

/// The file could not be read to its end, or is none of ours.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file or disk.
    #[error("could not read the file: {0}")]
    Io(#[from] io::Error),
    /// A document, or the file, is larger than is taken.
    #[error("the file is too large: {0}")]
    TooLarge(String),
    /// Not base64, not JSON, cut short, a key twice, an id that is none.
    #[error("not a MannaMeter file: {0}")]
    Invalid(String),
    /// The taker of the documents stopped.
    #[error("stopped: {0}")]
    Stopped(Box<dyn std::error::Error + Send + Sync>),
}

/// Reads a collection, plain or in base64 (told apart by its first byte), and hands out its documents one by one
/// with their exact bytes. Blocking.
pub fn read_documents<F>(_file: impl Read, _each: F) -> Result<Contents, ReadError>
where
    F: FnMut(VideoId, &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
{
    unimplemented!("to come in the next commit")
}
