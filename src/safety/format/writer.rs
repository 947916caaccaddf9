//! Writes a collection as JSON and as base64 at once.

use std::io::{self, Write};

use sha2::{Digest, Sha256 as Hasher};

use super::{Contents, blocks::Encoder};
use crate::{
    domain::{Sha256, VideoId},
    safety::FileSum,
};

/// Writes documents, one a line, in the order in which they come.
pub(in crate::safety) struct CollectionWriter<J: Write, B: Write> {
    json: Summing<J>,
    b64: Encoder<Summing<B>>,
    contents: Contents,
}

/// A collection that was written to its end.
#[derive(Debug)]
pub(in crate::safety) struct Written<J, B> {
    /// Where the plain file went.
    pub(in crate::safety) json: J,
    /// Where the base64 went.
    pub(in crate::safety) b64: B,
    /// Length and checksum of the plain file.
    pub(in crate::safety) json_sum: FileSum,
    /// Length and checksum of the base64.
    pub(in crate::safety) b64_sum: FileSum,
    /// What both hold.
    pub(in crate::safety) contents: Contents,
}

impl<J: Write, B: Write> CollectionWriter<J, B> {
    /// Writes the plain text to `json` and the base64 to `b64`.
    pub(in crate::safety) fn new(json: J, b64: B) -> Self {
        Self { json: Summing::new(json), b64: Encoder::new(Summing::new(b64)), contents: Contents::default() }
    }

    /// Writes one document, to the byte as it is; `sha256` is its checksum, which the caller has found right.
    pub(in crate::safety) fn document(&mut self, id: &VideoId, document: &str, sha256: &Sha256) -> io::Result<()> {
        let before = if self.contents.count == 0 { "{\n" } else { ",\n" };
        // An id has no character that JSON escapes.
        self.both(format!("{before}\"{id}\":").as_bytes())?;
        self.both(document.as_bytes())?;
        self.contents.digest.add(id, sha256);
        self.contents.count += 1;
        Ok(())
    }

    /// Ends the object. The files are flushed, not synced.
    pub(in crate::safety) fn finish(mut self) -> io::Result<Written<J, B>> {
        self.both(if self.contents.count == 0 { b"{}\n" } else { b"\n}\n" })?;
        let (json, json_sum) = self.json.finish()?;
        let (b64, b64_sum) = self.b64.finish()?.finish()?;
        Ok(Written { json, b64, json_sum, b64_sum, contents: self.contents })
    }

    fn both(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.json.write_all(bytes)?;
        self.b64.write(bytes)
    }
}

/// Counts and sums what passes through.
struct Summing<W> {
    inner: W,
    hasher: Hasher,
    bytes: u64,
}

impl<W: Write> Summing<W> {
    fn new(inner: W) -> Self {
        Self { inner, hasher: Hasher::new(), bytes: 0 }
    }

    fn finish(mut self) -> io::Result<(W, FileSum)> {
        self.inner.flush()?;
        let sha256 = Sha256::from_bytes(self.hasher.finalize().into());
        Ok((self.inner, FileSum { bytes: self.bytes, sha256 }))
    }
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
