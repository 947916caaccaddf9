//! Writes a collection as plain JSON and as base64 at the same time.

use std::io::{self, Write};

use sha2::{Digest, Sha256 as Hasher};

use super::{Contents, base64_stream::Encoder};
use crate::{
    domain::{Sha256, VideoId},
    safety::FileChecksum,
};

/// Writes documents in call order, one per line.
pub(in crate::safety) struct CollectionWriter<J: Write, B: Write> {
    json: HashingWriter<J>,
    b64: Encoder<HashingWriter<B>>,
    contents: Contents,
}

/// A complete collection.
#[derive(Debug)]
pub(in crate::safety) struct WrittenCollection<J, B> {
    /// The writer of the plain JSON.
    pub(in crate::safety) json: J,
    /// The writer of the base64.
    pub(in crate::safety) b64: B,
    /// Checksum of the plain JSON.
    pub(in crate::safety) json_checksum: FileChecksum,
    /// Checksum of the base64.
    pub(in crate::safety) b64_checksum: FileChecksum,
    /// The contents of both.
    pub(in crate::safety) contents: Contents,
}

impl<J: Write, B: Write> CollectionWriter<J, B> {
    /// Writes plain JSON to `json` and base64 to `b64`.
    pub(in crate::safety) fn new(json: J, b64: B) -> Self {
        Self {
            json: HashingWriter::new(json),
            b64: Encoder::new(HashingWriter::new(b64)),
            contents: Contents::default(),
        }
    }

    /// Writes one document unchanged. The caller has verified `sha256`.
    pub(in crate::safety) fn document(&mut self, id: &VideoId, document: &str, sha256: &Sha256) -> io::Result<()> {
        let separator = if self.contents.count == 0 { "{\n" } else { ",\n" };
        // IDs contain no characters that JSON escapes.
        self.write_both(format!("{separator}\"{id}\":").as_bytes())?;
        self.write_both(document.as_bytes())?;
        self.contents.digest.add(id, sha256);
        self.contents.count += 1;
        Ok(())
    }

    /// Closes the object and flushes both writers, without fsyncing.
    pub(in crate::safety) fn finish(mut self) -> io::Result<WrittenCollection<J, B>> {
        self.write_both(if self.contents.count == 0 { b"{}\n" } else { b"\n}\n" })?;
        let (json, json_checksum) = self.json.finish()?;
        let (b64, b64_checksum) = self.b64.finish()?.finish()?;
        Ok(WrittenCollection { json, b64, json_checksum, b64_checksum, contents: self.contents })
    }

    fn write_both(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.json.write_all(bytes)?;
        self.b64.write(bytes)
    }
}

/// A writer that computes the checksum of everything written through it.
struct HashingWriter<W> {
    inner: W,
    hasher: Hasher,
    bytes: u64,
}

impl<W: Write> HashingWriter<W> {
    fn new(inner: W) -> Self {
        Self { inner, hasher: Hasher::new(), bytes: 0 }
    }

    fn finish(mut self) -> io::Result<(W, FileChecksum)> {
        self.inner.flush()?;
        let sha256 = Sha256::from_bytes(self.hasher.finalize().into());
        Ok((self.inner, FileChecksum { bytes: self.bytes, sha256 }))
    }
}

impl<W: Write> Write for HashingWriter<W> {
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
