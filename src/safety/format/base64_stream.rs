//! Streaming base64, in large blocks because nearly every byte of a backup passes through here.

use std::io::{self, ErrorKind, Read, Write};

use base64::{DecodeError, DecodeSliceError, Engine as _, engine::general_purpose::STANDARD};

/// Size of a block of base64 text in bytes, a multiple of four.
const TEXT: usize = 256 * 1024;
/// Number of bytes that a block of text decodes to.
const PLAIN: usize = TEXT / 4 * 3;

/// Decodes base64. Whitespace is ignored.
pub(super) struct Decoder<R> {
    text: R,
    /// Text that has been read but not yet decoded.
    pending: Vec<u8>,
    plain: Vec<u8>,
    /// Number of bytes of `plain` that have been returned.
    consumed: usize,
    /// Whether the padding has been read. Nothing may follow it.
    ended: bool,
    /// The error to return after the bytes in `plain`.
    failure: Option<DecodeError>,
}

impl<R: Read> Decoder<R> {
    pub(super) fn new(text: R) -> Self {
        let (pending, plain) = (Vec::with_capacity(TEXT), Vec::new());
        Self { text, pending, plain, consumed: 0, ended: false, failure: None }
    }

    /// Decodes the next block. Returns `false` at the end.
    fn fill(&mut self) -> io::Result<bool> {
        if let Some(failure) = self.failure.take() {
            return Err(invalid(failure));
        }
        loop {
            let at_end = !self.read_text()?;
            let length = if at_end { self.pending.len() } else { self.pending.len() / 4 * 4 };
            if length > 0 {
                if self.ended {
                    return Err(invalid(DecodeError::InvalidPadding));
                }
                self.decode(length)?;
                return Ok(true);
            }
            if at_end {
                return Ok(false);
            }
        }
    }

    /// Fills the buffer with text and removes its whitespace. Returns `false` at the end.
    fn read_text(&mut self) -> io::Result<bool> {
        let before = self.pending.len();
        self.pending.resize(TEXT, 0);
        let read = self.text.read(&mut self.pending[before..]);
        self.pending.truncate(before + read.as_ref().map_or(0, |read| *read));
        let new = &self.pending[before..];
        // Branchless, so that text without whitespace is processed quickly.
        if new.iter().fold(false, |found, byte| found | byte.is_ascii_whitespace()) {
            let mut end = before;
            for index in before..self.pending.len() {
                if !self.pending[index].is_ascii_whitespace() {
                    self.pending[end] = self.pending[index];
                    end += 1;
                }
            }
            self.pending.truncate(end);
        }
        Ok(read? > 0)
    }

    /// Decodes the first `length` bytes of pending text. If they are damaged, readers get the bytes before the damage
    /// and then the error.
    fn decode(&mut self, length: usize) -> io::Result<()> {
        self.plain.resize(PLAIN, 0);
        self.consumed = 0;
        let text = &self.pending[..length];
        let decoded = match decode(text, &mut self.plain) {
            Ok(decoded) => decoded,
            Err(error) => {
                let good = match error {
                    DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol(at, _) => at / 4 * 4,
                    DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => length.saturating_sub(1) / 4 * 4,
                };
                let decoded = decode(&text[..good], &mut self.plain).map_err(invalid)?;
                if decoded == 0 {
                    return Err(invalid(error));
                }
                self.failure = Some(error);
                decoded
            }
        };
        self.ended = decoded < length / 4 * 3;
        self.plain.truncate(decoded);
        self.pending.drain(..length);
        Ok(())
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.consumed == self.plain.len() {
            self.plain.clear();
            self.consumed = 0;
            if !self.fill()? {
                return Ok(0);
            }
        }
        let read = buffer.len().min(self.plain.len() - self.consumed);
        buffer[..read].copy_from_slice(&self.plain[self.consumed..self.consumed + read]);
        self.consumed += read;
        Ok(read)
    }
}

fn decode(text: &[u8], plain: &mut [u8]) -> Result<usize, DecodeError> {
    STANDARD.decode_slice(text, plain).map_err(|error| match error {
        DecodeSliceError::DecodeError(error) => error,
        DecodeSliceError::OutputSliceTooSmall => unreachable!("the buffer fits a decoded block"),
    })
}

fn invalid(error: DecodeError) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, error)
}

/// Encodes base64.
pub(super) struct Encoder<W> {
    inner: W,
    /// Bytes that do not fill a block yet.
    plain: Vec<u8>,
    text: Vec<u8>,
}

impl<W: Write> Encoder<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, plain: Vec::with_capacity(PLAIN), text: vec![0; TEXT] }
    }

    /// Encodes the next bytes.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while self.plain.len() + bytes.len() >= PLAIN {
            let (first, rest) = bytes.split_at(PLAIN - self.plain.len());
            self.plain.extend_from_slice(first);
            self.encode()?;
            bytes = rest;
        }
        self.plain.extend_from_slice(bytes);
        Ok(())
    }

    /// Writes the last block, with padding.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.encode()?;
        Ok(self.inner)
    }

    fn encode(&mut self) -> io::Result<()> {
        let written = STANDARD.encode_slice(&self.plain, &mut self.text).map_err(io::Error::other)?;
        self.plain.clear();
        self.inner.write_all(&self.text[..written])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(text: &[u8]) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        Decoder::new(text).read_to_end(&mut plain)?;
        Ok(plain)
    }

    #[test]
    fn data_of_about_a_block_survives_the_round_trip() {
        for length in [0, 1, 2, 3, PLAIN - 1, PLAIN, PLAIN + 1, 3 * PLAIN + 2] {
            let plain: Vec<u8> = (0..length).map(|index| index.to_le_bytes()[0]).collect();
            let mut encoder = Encoder::new(Vec::new());
            for part in plain.chunks(7777) {
                encoder.write(part).unwrap();
            }
            let text = encoder.finish().unwrap();
            assert!(text == STANDARD.encode(&plain).into_bytes(), "{length}");
            assert!(decoded(&text).unwrap() == plain, "{length}");
        }
    }

    #[test]
    fn text_after_the_padding_is_refused_even_at_the_end_of_a_block() {
        let mut text = STANDARD.encode(vec![b'x'; PLAIN - 1]);
        assert_eq!(text.len(), TEXT);
        assert_eq!(decoded(text.as_bytes()).unwrap().len(), PLAIN - 1);
        text.push_str("\nQUJD\n");
        assert_eq!(decoded(text.as_bytes()).unwrap_err().kind(), ErrorKind::InvalidData);
    }

    #[test]
    fn bytes_before_the_damage_are_returned_first() {
        let mut decoder = Decoder::new(&b"QUJDQUJD!UJD"[..]);
        let mut buffer = [0; 16];
        assert_eq!(decoder.read(&mut buffer).unwrap(), 6);
        assert_eq!(decoder.read(&mut buffer).unwrap_err().kind(), ErrorKind::InvalidData);
    }

    proptest! {
        #[test]
        fn the_decoder_agrees_with_the_base64_crate(text in "[A-C/+= \n!]{0,24}") {
            let joined: String = text.split_whitespace().collect();
            prop_assert_eq!(decoded(text.as_bytes()).ok(), STANDARD.decode(joined).ok());
        }
    }
}
