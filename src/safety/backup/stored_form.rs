//! Converts the documents of a backup to the form in which a restore stores them, and checks that they can be restored.

use std::borrow::Cow;

use super::BackupManifest;
use crate::{
    domain::{Document, DocumentError, Sha256, VideoId},
    safety::format::MAX_DOCUMENT_BYTES,
};

/// An error about one document.
type Error = Box<dyn std::error::Error + Send + Sync>;

/// Keys that every sermon's document has, including legacy documents.
const REQUIRED_KEYS: [&str; 3] = ["title", "processed_at", "stats"];

/// Where the documents of a file come from, which determines how they are restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::safety) enum Origin {
    /// Our own database, according to the manifest. The documents are restored byte for byte, whatever they contain.
    Ours,
    /// Elsewhere: an upload, or a file without a manifest. The documents are converted to our form and must be within
    /// the limits.
    Elsewhere,
}

impl Origin {
    /// Returns the origin of a file with this manifest.
    pub(in crate::safety) fn of(manifest: Option<&BackupManifest>) -> Self {
        if manifest.is_some_and(BackupManifest::has_epoch) { Self::Ours } else { Self::Elsewhere }
    }
}

/// Parses a document from elsewhere. It must be a sermon in our format or in the legacy format.
fn parse_sermon(id: &VideoId, document: &str) -> Result<Document, DocumentError> {
    let value: serde_json::Value = serde_json::from_str(document)?;
    if let Some(missing) = REQUIRED_KEYS.into_iter().find(|key| value.get(key).is_none()) {
        return Err(DocumentError::Shape(serde::de::Error::custom(format_args!("the key {missing:?} is missing"))));
    }
    Document::from_legacy(id.as_str(), value)
}

/// Returns a document and the text that is stored for it.
pub(in crate::safety) fn stored_form<'a>(
    id: &VideoId,
    text: &'a str,
    origin: Origin,
) -> Result<(Document, Cow<'a, str>), Error> {
    if origin == Origin::Ours {
        let document: Document = serde_json::from_str(text)?;
        return Ok((document, Cow::Borrowed(text)));
    }
    let document = parse_sermon(id, text)?;
    let text = document.to_json();
    if text.len() > MAX_DOCUMENT_BYTES {
        let megabytes = MAX_DOCUMENT_BYTES / 1024 / 1024;
        return Err(format!("it has {} bytes as it would be stored, the limit is {megabytes} MB", text.len()).into());
    }
    Ok((document, Cow::Owned(text)))
}

/// Returns what a restore stores for a document: the fields for the row's columns, the text, and its checksum.
///
/// Fails if the document cannot be restored. The error names the document.
pub(in crate::safety) fn restorable<'a>(
    id: &VideoId,
    text: &'a str,
    sha256: &Sha256,
    origin: Origin,
) -> Result<(Document, Cow<'a, str>, Sha256), Error> {
    let name = |error: Error| format!("the document of {id}: {error}");
    if origin == Origin::Ours {
        let document = Document::parse_summary(text).map_err(|error| name(error.into()))?;
        return Ok((document, Cow::Borrowed(text), *sha256));
    }
    let (document, text) = stored_form(id, text, origin).map_err(name)?;
    document.check_limits().map_err(|error| name(error.into()))?;
    let sha256 = Sha256::digest(text.as_bytes());
    Ok((document, text, sha256))
}
