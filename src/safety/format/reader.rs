//! Reads a collection of documents from an untrusted file.

use std::{
    collections::HashSet,
    io::{self, ErrorKind, Read},
};

use super::{Contents, MAX_DOCUMENT_BYTES, encoding::decode, scanner::Scanner, strict};
use crate::domain::{Sha256, VideoId};

/// Keys of a legacy document whose values are objects. They distinguish a sermon with the ID `videos` from the key of
/// that name in a response.
pub(super) const OBJECTS_OF_DOCUMENTS: [&str; 4] = ["stats", "counts", "suspect_counts", "positions"];

/// Why a file could not be read in full, or why it is not a collection of sermons.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file system reported an error.
    #[error("could not read the file: {0}")]
    Io(#[from] io::Error),
    /// A document exceeds the size limit.
    #[error("the file is too large: {0}")]
    TooLarge(String),
    /// The file is neither JSON nor base64, is truncated, repeats a key or has an invalid ID.
    #[error("not a collection of sermons: {0}")]
    Invalid(String),
    /// The callback returned an error.
    #[error("stopped: {0}")]
    Stopped(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Reads a collection and calls `each` with every ID, the exact bytes of its document, and their checksum.
///
/// Detects whether the file is plain or base64, and whether it is a collection or a response of `/api/export/database`,
/// which contains a collection. IDs must be valid and unique. Documents must be objects of at most 8 MB and 64 levels.
///
/// If an error is returned, do not rely on the documents read so far, because the file may be truncated. Only the IDs
/// are kept in memory.
pub fn read_documents<F>(file: impl Read, mut each: F) -> Result<Contents, ReadError>
where
    F: FnMut(VideoId, &str, &Sha256) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
{
    read(file, &mut each, &mut |reason| Err(ReadError::Invalid(reason)))
}

/// Like [`read_documents`], but skips invalid documents and calls `invalid` with the reason.
pub(in crate::safety) fn read_valid_documents<F>(
    file: impl Read,
    mut each: F,
    mut invalid: impl FnMut(String),
) -> Result<Contents, ReadError>
where
    F: FnMut(VideoId, &str, &Sha256) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
{
    read(file, &mut each, &mut |reason| {
        invalid(reason);
        Ok(())
    })
}

fn read<F>(file: impl Read, each: &mut F, invalid: &mut OnInvalid<'_>) -> Result<Contents, ReadError>
where
    F: FnMut(VideoId, &str, &Sha256) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
{
    let mut json = Scanner::new(decode(file)?);
    if is_export_response(&mut json)? {
        return export_response(&mut json, each, invalid);
    }
    let contents = collection(&mut json, each, invalid)?;
    json.end()?;
    Ok(contents)
}

/// Reads the start of a file and returns why it cannot be a collection, or `None` if it may be one.
pub(in crate::safety) fn why_not_a_collection(file: impl Read) -> Option<String> {
    let first = || {
        let mut json = Scanner::new(decode(file)?);
        if is_export_response(&mut json)? {
            return Ok(());
        }
        json.expect(b'{')?;
        if json.skip(b'}')? {
            return Ok(());
        }
        VideoId::parse(&string(&mut json)?).map_err(|error| ReadError::Invalid(error.to_string()))?;
        json.expect(b':')?;
        if json.skip(b'{')? { Ok(()) } else { Err(ReadError::Invalid("a document must be an object".to_owned())) }
    };
    first().err().map(|error: ReadError| error.to_string())
}

/// Returns whether a file must be rewritten in our format: base64 of a collection, without a byte order mark.
pub(in crate::safety) fn needs_encoding(mut file: impl Read + io::Seek) -> Result<bool, ReadError> {
    let mut first = [0];
    if file.read(&mut first)? == 0 || !first[0].is_ascii_alphanumeric() {
        return Ok(true);
    }
    file.rewind()?;
    is_export_response(&mut Scanner::new(decode(file)?))
}

/// What to do about an invalid document: skip it, or stop.
type OnInvalid<'a> = dyn FnMut(String) -> Result<(), ReadError> + 'a;

/// Returns whether the object at the current position is a response of `/api/export/database`. Consumes nothing.
fn is_export_response(json: &mut Scanner<impl Read>) -> Result<bool, ReadError> {
    let mut at = 0;
    let (Some(key), value) = (json.first_key_at(&mut at)?, json.byte_at(&mut at)?) else { return Ok(false) };
    if value != Some(b'{') {
        return Ok(matches!(key.as_str(), "success" | "count" | "error" | "message"));
    }
    if key != "videos" {
        return Ok(false);
    }
    Ok(match json.first_key_at(&mut at)? {
        Some(inner) => json.byte_at(&mut at)? == Some(b'{') && !OBJECTS_OF_DOCUMENTS.contains(&inner.as_str()),
        None => true,
    })
}

/// Reads the response of `GET /api/export/database`, in our format or the legacy one: `{success, count, videos}` in any
/// order, where `videos` is a collection. Otherwise like [`read_documents`].
pub fn read_export_response<F>(response: impl Read, mut each: F) -> Result<Contents, ReadError>
where
    F: FnMut(VideoId, &str, &Sha256) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
{
    let mut json = Scanner::new(response);
    export_response(&mut json, &mut each, &mut |reason| Err(ReadError::Invalid(reason)))
}

fn export_response<R, F>(
    json: &mut Scanner<R>,
    each: &mut F,
    on_invalid: &mut OnInvalid<'_>,
) -> Result<Contents, ReadError>
where
    R: Read,
    F: FnMut(VideoId, &str, &Sha256) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
{
    let invalid = |reason: &str| ReadError::Invalid(reason.to_owned());
    let (mut contents, mut count, mut success, mut skipped) = (None, None, false, 0);
    json.expect(b'{')?;
    loop {
        let name = string(json)?;
        json.expect(b':')?;
        if name == "videos" {
            let read = collection(json, each, &mut |reason| {
                skipped += 1;
                on_invalid(reason)
            });
            if contents.replace(read?).is_some() {
                return Err(invalid("the key \"videos\" occurs twice"));
            }
        } else {
            let value = json.scalar()?;
            match name.as_str() {
                "success" => success = value == b"true",
                "count" => count = Some(serde_json::from_slice(value).map_err(|error| invalid(&error.to_string()))?),
                _ => {}
            }
            json.advance();
        }
        if !json.skip(b',')? {
            break;
        }
    }
    json.expect(b'}')?;
    json.end()?;
    match contents {
        _ if !success => Err(invalid("the response does not report success")),
        None => Err(invalid("the key \"videos\" is missing")),
        Some(contents) if count.is_some_and(|count: u64| count != contents.count + skipped) => {
            Err(ReadError::Invalid(format!(
                "the number of \"videos\" is {}, but \"count\" is {}",
                contents.count + skipped,
                count.unwrap_or_default()
            )))
        }
        Some(contents) => Ok(contents),
    }
}

/// Reads the object at the current position, and checks each of its documents.
fn collection<R, F>(json: &mut Scanner<R>, each: &mut F, on_invalid: &mut OnInvalid<'_>) -> Result<Contents, ReadError>
where
    R: Read,
    F: FnMut(VideoId, &str, &Sha256) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
{
    let (mut contents, mut seen) = (Contents::default(), HashSet::new());
    json.expect(b'{')?;
    if json.skip(b'}')? {
        return Ok(contents);
    }
    loop {
        let key = string(json)?;
        json.expect(b':')?;
        let value = json.value().map_err(|error| match error {
            ReadError::Invalid(reason) => ReadError::Invalid(format!("the document of {key}: {reason}")),
            error => error,
        })?;
        match check(&key, value, &mut seen) {
            Ok((id, document)) => {
                let sha256 = Sha256::digest(document.as_bytes());
                contents.digest.add(&id, &sha256);
                contents.count += 1;
                each(id, document, &sha256).map_err(ReadError::Stopped)?;
            }
            Err(reason) => on_invalid(reason)?,
        }
        json.advance();
        if !json.skip(b',')? {
            break;
        }
    }
    json.expect(b'}')?;
    Ok(contents)
}

/// Checks the ID and the document of an entry. The error says why the entry is invalid.
pub(super) fn check<'a>(key: &str, value: &'a [u8], seen: &mut HashSet<VideoId>) -> Result<(VideoId, &'a str), String> {
    let id = VideoId::parse(key).map_err(|error| error.to_string())?;
    if seen.contains(&id) {
        return Err(format!("the sermon {id} occurs twice"));
    }
    let invalid = |error: &dyn std::fmt::Display| format!("the document of {id}: {error}");
    let document = std::str::from_utf8(value).map_err(|error| invalid(&error))?;
    strict::check(document).map_err(|error| invalid(&error))?;
    seen.insert(id.clone());
    Ok((id, document))
}

/// Reads the string at the current position.
fn string(json: &mut Scanner<impl Read>) -> Result<String, ReadError> {
    let string = serde_json::from_slice(json.string()?).map_err(|error| ReadError::Invalid(error.to_string()))?;
    json.advance();
    Ok(string)
}

impl ReadError {
    /// Returns the error for a document that exceeds the size limit.
    pub(super) fn too_large() -> Self {
        Self::TooLarge(format!("it contains a document of more than {} MB", MAX_DOCUMENT_BYTES / 1024 / 1024))
    }

    /// Converts an error from the underlying reader.
    pub(super) fn from_read(error: io::Error) -> Self {
        match error.kind() {
            // Only the base64 decoder returns this kind.
            ErrorKind::InvalidData => Self::Invalid(format!("neither JSON nor complete base64: {error}")),
            _ => Self::Io(error),
        }
    }
}
