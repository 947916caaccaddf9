//! Reads a collection back, trusting nothing in it.

use std::{
    collections::HashSet,
    io::{self, BufRead, BufReader, ErrorKind, Read},
};

use super::{Contents, MAX_DOCUMENT_BYTES, blocks::Decoder, scan::Text, strict};
use crate::domain::{Sha256, VideoId};

/// The file could not be read to its end, or is none of ours.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file or disk.
    #[error("could not read the file: {0}")]
    Io(#[from] io::Error),
    /// A document is larger than is taken.
    #[error("the file is too large: {0}")]
    TooLarge(String),
    /// Not base64, not JSON, cut short, a key twice, an id that is none.
    #[error("not a collection of sermons: {0}")]
    Invalid(String),
    /// The taker of the documents stopped.
    #[error("stopped: {0}")]
    Stopped(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Reads a collection, plain or in base64 (told apart by its first byte), and hands out its documents one by one
/// with their exact bytes and their checksums: objects of at most 8 MB, 64 levels deep, under an id that is one and
/// stands there once.
///
/// What was handed out before an error must not be believed: the file may be cut short. Of the documents that have
/// passed, only the ids are remembered.
pub fn read_documents<F>(file: impl Read, each: F) -> Result<Contents, ReadError>
where
    F: FnMut(VideoId, &str, &Sha256) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
{
    read_json(decoded(file)?, each)
}

/// The plain bytes of a collection that may be in base64.
pub(in crate::safety) fn decoded<'a>(file: impl Read + 'a) -> Result<Box<dyn Read + 'a>, ReadError> {
    let mut file = BufReader::new(file);
    Ok(if first_byte(&mut file)? == b'{' { Box::new(file) } else { Box::new(Decoder::new(file)) })
}

/// Reads the answer of `GET /api/export/database`, as we and the system before ours give it: `{success, count, videos}`,
/// of which `videos` is a collection, in whatever order. Other than that as [`read_documents`].
pub fn read_answer<F>(answer: impl Read, mut each: F) -> Result<Contents, ReadError>
where
    F: FnMut(VideoId, &str, &Sha256) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
{
    let invalid = |reason: &str| ReadError::Invalid(reason.to_owned());
    let mut text = Text::new(answer);
    let (mut contents, mut count, mut success) = (None, None, false);
    text.expect(b'{')?;
    loop {
        let name = string(&mut text)?;
        text.expect(b':')?;
        if name == "videos" {
            if contents.replace(collection(&mut text, &mut each)?).is_some() {
                return Err(invalid("it has \"videos\" twice"));
            }
        } else {
            let value = text.scalar()?;
            match name.as_str() {
                "success" => success = value == b"true",
                "count" => count = Some(serde_json::from_slice(value).map_err(|error| invalid(&error.to_string()))?),
                _ => {}
            }
            text.pass();
        }
        if !text.skip(b',')? {
            break;
        }
    }
    text.expect(b'}')?;
    text.end()?;
    match contents {
        _ if !success => Err(invalid("it does not say that all went well")),
        None => Err(invalid("it has no \"videos\"")),
        Some(contents) if count.is_some_and(|count: u64| count != contents.count) => Err(ReadError::Invalid(format!(
            "it holds {} videos and says {}",
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
    let mut text = Text::new(json);
    let contents = collection(&mut text, &mut each)?;
    text.end()?;
    Ok(contents)
}

/// Takes the object apart that begins here; what stands in it is checked document by document.
fn collection<R, F>(text: &mut Text<R>, each: &mut F) -> Result<Contents, ReadError>
where
    R: Read,
    F: FnMut(VideoId, &str, &Sha256) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
{
    let (mut contents, mut seen) = (Contents::default(), HashSet::new());
    text.expect(b'{')?;
    if text.skip(b'}')? {
        return Ok(contents);
    }
    loop {
        let id = VideoId::parse(&string(text)?).map_err(|error| ReadError::Invalid(error.to_string()))?;
        if !seen.insert(id.clone()) {
            return Err(ReadError::Invalid(format!("the video {id} stands in it twice")));
        }
        text.expect(b':')?;
        let of_this = |error: &dyn std::fmt::Display| ReadError::Invalid(format!("the document of {id}: {error}"));
        let document = text.object().map_err(|error| match error {
            ReadError::Invalid(reason) => of_this(&reason),
            error => error,
        })?;
        let document = std::str::from_utf8(document).map_err(|error| of_this(&error))?;
        strict::check(document).map_err(|error| of_this(&error))?;
        let sha256 = Sha256::of(document.as_bytes());
        contents.digest.add(&id, &sha256);
        contents.count += 1;
        each(id, document, &sha256).map_err(ReadError::Stopped)?;
        text.pass();
        if !text.skip(b',')? {
            break;
        }
    }
    text.expect(b'}')?;
    Ok(contents)
}

/// The string that begins here, and goes on behind it.
fn string(text: &mut Text<impl Read>) -> Result<String, ReadError> {
    let string = serde_json::from_slice(text.string()?).map_err(|error| ReadError::Invalid(error.to_string()))?;
    text.pass();
    Ok(string)
}

/// The first byte that is no white space; stays unread.
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
    /// A document, or what should be one, goes on for too long.
    pub(super) fn too_large() -> Self {
        Self::TooLarge(format!("a document in it has more than {} MB", MAX_DOCUMENT_BYTES / 1024 / 1024))
    }

    /// Why no more could be read.
    pub(super) fn of(error: io::Error) -> Self {
        match error.kind() {
            // What the base64 decoder gives; a disk does not.
            ErrorKind::InvalidData => Self::Invalid(format!("neither JSON nor whole base64: {error}")),
            _ => Self::Io(error),
        }
    }
}
