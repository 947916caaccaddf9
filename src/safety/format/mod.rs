//! The file format of exports and backups: one JSON object keyed by `video_id`, either plain or in base64.
//!
//! Files are read and written one document at a time, so memory use does not grow with the number of documents.
//! Everything here blocks.

mod base64_stream;
mod encoding;
mod reader;
mod scanner;
mod single;
mod strict;
#[cfg(test)]
mod tests;
mod writer;

pub(super) use encoding::decode;
pub use reader::{ReadError, read_documents, read_export_response};
pub(super) use reader::{needs_encoding, read_valid_documents, why_not_a_collection};
pub use single::{is_lost_sermon, read_single_document};
pub(super) use writer::{CollectionWriter, WrittenCollection};

use crate::domain::CollectionDigest;

/// Maximum size of a document in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 8 * 1024 * 1024;

/// Maximum nesting depth of a document, counting the document itself.
pub const MAX_DEPTH: usize = 64;

/// What a file contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contents {
    /// Number of documents.
    pub count: u64,
    /// Digest of the documents, byte for byte as they appear in the file.
    pub digest: CollectionDigest,
}
