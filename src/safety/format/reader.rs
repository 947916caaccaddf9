//! Reads a collection of documents from an untrusted file.

use std::{
    collections::HashSet,
    io::{self, BufRead, BufReader, ErrorKind, Read},
};

use super::{Contents, MAX_DOCUMENT_BYTES, base64_stream::Decoder, scanner::Scanner, strict};
use crate::domain::{Sha256, VideoId};

/// The file could not be read to its end, or is not a collection of sermons.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file system reported an error.
    #[error("could not read the file: {0}")]
    Io(#[from] io::Error),
    /// A document exceeds the size limit.
    #[error("the file is too large: {0}")]
    TooLarge(String),
    /// The file is not base64 or JSON, is cut short, repeats a key or has an invalid id.
    #[error("not a collection of sermons: {0}")]
    Invalid(String),
    /// The callback returned an error.
    #[error("stopped: {0}")]
    Stopped(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Reads a collection and calls `each` with every id, the exact bytes of its document, and their checksum.
///
/// The first byte tells whether the file is plain or base64. Ids must be valid and unique. Documents must be objects of
/// at most 8 MB and 64 levels.
///
/// If an error is returned, do not rely on the documents read so far: the file may be cut short. Only the ids are kept
/// in memory.
pub fn read_documents<F>(file: impl Read, each: F) -> Result<Contents, ReadError>
where
    F: FnMut(VideoId, &str, &Sha256) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
{
    read_json(decode(file)?, each)
}

/// Returns a reader of a collection's plain JSON, whether or not the file is in base64.
pub(in crate::safety) fn decode<'a>(file: impl Read + 'a) -> Result<Box<dyn Read + 'a>, ReadError> {
    let mut file = BufReader::new(file);
    Ok(if first_byte(&mut file)? == b'{' { Box::new(file) } else { Box::new(Decoder::new(file)) })
}

/// Returns whether a collection is in plain JSON rather than base64. Fails if the file is empty.
pub(in crate::safety) fn is_plain(file: impl Read) -> Result<bool, ReadError> {
    Ok(first_byte(&mut BufReader::new(file))? == b'{')
}

/// Reads the response of `GET /api/export/database`, ours or the legacy one: `{success, count, videos}` in any order,
/// where `videos` is a collection. Otherwise like [`read_documents`].
pub fn read_export_response<F>(response: impl Read, mut each: F) -> Result<Contents, ReadError>
where
    F: FnMut(VideoId, &str, &Sha256) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
{
    let invalid = |reason: &str| ReadError::Invalid(reason.to_owned());
    let mut json = Scanner::new(response);
    let (mut contents, mut count, mut success) = (None, None, false);
    json.expect(b'{')?;
    loop {
        let name = string(&mut json)?;
        json.expect(b':')?;
        if name == "videos" {
            if contents.replace(collection(&mut json, &mut each)?).is_some() {
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
        Some(contents) if count.is_some_and(|count: u64| count != contents.count) => Err(ReadError::Invalid(format!(
            "the number of \"videos\" is {}, but \"count\" is {}",
            contents.count,
            count.unwrap_or_default()
        ))),
        Some(contents) => Ok(contents),
    }
}

fn read_json<F>(json: impl Read, mut each: F) -> Result<Contents, ReadError>
where
    F: FnMut(VideoId, &str, &Sha256) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
{
    let mut json = Scanner::new(json);
    let contents = collection(&mut json, &mut each)?;
    json.end()?;
    Ok(contents)
}

/// Reads the object at the current position, and checks each of its documents.
fn collection<R, F>(json: &mut Scanner<R>, each: &mut F) -> Result<Contents, ReadError>
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
        let id = VideoId::parse(&string(json)?).map_err(|error| ReadError::Invalid(error.to_string()))?;
        if !seen.insert(id.clone()) {
            return Err(ReadError::Invalid(format!("the sermon {id} occurs twice")));
        }
        json.expect(b':')?;
        let invalid = |error: &dyn std::fmt::Display| ReadError::Invalid(format!("the document of {id}: {error}"));
        let document = json.object().map_err(|error| match error {
            ReadError::Invalid(reason) => invalid(&reason),
            error => error,
        })?;
        let document = std::str::from_utf8(document).map_err(|error| invalid(&error))?;
        strict::check(document).map_err(|error| invalid(&error))?;
        let sha256 = Sha256::digest(document.as_bytes());
        contents.digest.add(&id, &sha256);
        contents.count += 1;
        each(id, document, &sha256).map_err(ReadError::Stopped)?;
        json.advance();
        if !json.skip(b',')? {
            break;
        }
    }
    json.expect(b'}')?;
    Ok(contents)
}

/// Reads the string at the current position.
fn string(json: &mut Scanner<impl Read>) -> Result<String, ReadError> {
    let string = serde_json::from_slice(json.string()?).map_err(|error| ReadError::Invalid(error.to_string()))?;
    json.advance();
    Ok(string)
}

/// Skips white space and returns the next byte without consuming it.
fn first_byte(file: &mut impl BufRead) -> Result<u8, ReadError> {
    loop {
        let buffer = file.fill_buf()?;
        if buffer.is_empty() {
            return Err(ReadError::Invalid("the file is empty".to_owned()));
        }
        let space = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if let Some(&byte) = buffer.get(space) {
            file.consume(space);
            return Ok(byte);
        }
        file.consume(space);
    }
}

impl ReadError {
    /// Returns the error for a document that exceeds the size limit.
    pub(super) fn too_large() -> Self {
        Self::TooLarge(format!("it contains a document of more than {} MB", MAX_DOCUMENT_BYTES / 1024 / 1024))
    }

    /// Converts an error of the underlying reader.
    pub(super) fn from_read(error: io::Error) -> Self {
        match error.kind() {
            // Only the base64 decoder returns this kind.
            ErrorKind::InvalidData => Self::Invalid(format!("neither JSON nor complete base64: {error}")),
            _ => Self::Io(error),
        }
    }
}
