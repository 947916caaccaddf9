//! The one file format of exports and backups: a JSON object keyed by `video_id`, plain or in base64.
//!
//! Both ways go document by document, so that memory does not grow with their number. Everything here blocks.

mod blocks;
mod reader;
mod scan;
mod strict;
#[cfg(test)]
mod tests;
mod writer;

pub(super) use reader::decoded;
pub use reader::{ReadError, read_answer, read_documents};
pub(super) use writer::{CollectionWriter, Written};

use crate::domain::CollectionDigest;

/// The longest document that is taken, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 8 * 1024 * 1024;

/// The deepest nesting that is taken in a document, itself included.
pub const MAX_DEPTH: usize = 64;

/// What a file held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contents {
    /// Number of documents.
    pub count: u64,
    /// Digest over them, byte for byte as they stand in the file.
    pub digest: CollectionDigest,
}
