//! Reads a collection back, trusting nothing in it.

use std::{
    cell::Cell,
    collections::HashSet,
    fmt,
    io::{self, BufRead, BufReader, ErrorKind, Read},
};

use base64::{engine::general_purpose::STANDARD, read::DecoderReader};
use serde::de::{Deserializer as _, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Contents, MAX_DOCUMENT_BYTES, strict};
use crate::domain::{Sha256, VideoId};

/// How much is read ahead; serde takes it byte by byte.
const BUFFER: usize = 16 * 1024;

/// Enough for the largest document, some white space, and what is read ahead.
const FULL_ALLOWANCE: usize = MAX_DOCUMENT_BYTES + 2 * BUFFER;

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
/// with their exact bytes: objects of at most 8 MB, 64 levels deep, under an id that is one and stands there once.
///
/// What was handed out before an error must not be believed: the file may be cut short. Of the documents that have
/// passed, only the ids are remembered.
pub fn read_documents<F>(file: impl Read, each: F) -> Result<Contents, ReadError>
where
    F: FnMut(VideoId, &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
{
    read_json(decoded(file)?, each)
}

/// The plain bytes of a collection that may be in base64.
pub(in crate::safety) fn decoded<'a>(file: impl Read + 'a) -> Result<Box<dyn Read + 'a>, ReadError> {
    let mut file = BufReader::new(file);
    Ok(if first_byte(&mut file)? == b'{' {
        Box::new(file)
    } else {
        Box::new(DecoderReader::new(WithoutSpace(file), &STANDARD))
    })
}

fn read_json<F>(json: impl Read, each: F) -> Result<Contents, ReadError>
where
    F: FnMut(VideoId, &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
{
    let allowance = Allowance(Cell::new(FULL_ALLOWANCE));
    let mut failure = None;
    let metered = Metered { inner: json, allowance: &allowance };
    let mut deserializer = serde_json::Deserializer::from_reader(BufReader::with_capacity(BUFFER, metered));
    let documents = Documents { each, allowance: &allowance, failure: &mut failure };
    let read = deserializer.deserialize_map(documents).and_then(|contents| {
        allowance.renew();
        deserializer.end().map(|()| contents)
    });
    read.map_err(|error| failure.unwrap_or_else(|| explain(error, &allowance)))
}

/// Takes the object apart while it is read.
struct Documents<'a, F> {
    each: F,
    allowance: &'a Allowance,
    /// The true reason when reading was stopped here; serde carries only text.
    failure: &'a mut Option<ReadError>,
}

impl<'de, F> Visitor<'de> for Documents<'_, F>
where
    F: FnMut(VideoId, &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
{
    type Value = Contents;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object keyed by video_id")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Contents, A::Error> {
        let mut contents = Contents::default();
        let mut seen = HashSet::new();
        loop {
            self.allowance.renew();
            let Some(key) = map.next_key::<String>()? else { return Ok(contents) };
            self.allowance.renew();
            let document = map.next_value::<Box<RawValue>>()?;
            let taken = self.take(&key, document.get(), &mut seen, &mut contents);
            if let Err(error) = taken {
                *self.failure = Some(error);
                return Err(A::Error::custom("stopped"));
            }
        }
    }
}

impl<F> Documents<'_, F>
where
    F: FnMut(VideoId, &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
{
    /// Checks one document and hands it out.
    fn take(
        &mut self,
        key: &str,
        document: &str,
        seen: &mut HashSet<VideoId>,
        contents: &mut Contents,
    ) -> Result<(), ReadError> {
        let id = VideoId::parse(key).map_err(|error| ReadError::Invalid(error.to_string()))?;
        if !seen.insert(id.clone()) {
            return Err(ReadError::Invalid(format!("the video {id} stands in it twice")));
        }
        if document.len() > MAX_DOCUMENT_BYTES {
            return Err(too_large());
        }
        strict::check(document).map_err(|error| ReadError::Invalid(format!("the document of {id}: {error}")))?;
        contents.digest.add(&id, &Sha256::of(document.as_bytes()));
        contents.count += 1;
        (self.each)(id, document).map_err(ReadError::Stopped)
    }
}

/// How much may still be read before the next document begins, so that one without an end costs no more memory.
struct Allowance(Cell<usize>);

impl Allowance {
    fn renew(&self) {
        self.0.set(FULL_ALLOWANCE);
    }
}

/// Stops when the allowance is used up.
struct Metered<'a, R> {
    inner: R,
    allowance: &'a Allowance,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.allowance.0.get();
        if left == 0 {
            return Err(io::Error::other("too large"));
        }
        let wanted = buffer.len().min(left);
        let read = self.inner.read(&mut buffer[..wanted])?;
        self.allowance.0.set(left - read);
        Ok(read)
    }
}

/// Drops line ends and other white space, which base64 may be wrapped with.
struct WithoutSpace<R>(R);

impl<R: Read> Read for WithoutSpace<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.0.read(buffer)?;
            let mut kept = 0;
            for index in 0..read {
                if !buffer[index].is_ascii_whitespace() {
                    buffer[kept] = buffer[index];
                    kept += 1;
                }
            }
            // Nothing but white space is not the end.
            if kept > 0 || read == 0 {
                return Ok(kept);
            }
        }
    }
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

/// Why reading stopped, from what serde kept of it.
fn explain(error: serde_json::Error, allowance: &Allowance) -> ReadError {
    if !error.is_io() {
        return ReadError::Invalid(error.to_string());
    }
    let error = io::Error::from(error);
    match error.kind() {
        _ if allowance.0.get() == 0 => too_large(),
        // What the base64 decoder gives; a disk does not.
        ErrorKind::InvalidData => ReadError::Invalid(format!("neither JSON nor whole base64: {error}")),
        _ => ReadError::Io(error),
    }
}

fn too_large() -> ReadError {
    ReadError::TooLarge(format!("a document in it has more than {} MB", MAX_DOCUMENT_BYTES / 1024 / 1024))
}
