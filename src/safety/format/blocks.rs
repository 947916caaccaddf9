//! Base64 in both ways, a large block at a time: by far the most bytes that a backup costs go through here.

use std::io::{self, ErrorKind, Read, Write};

use base64::{DecodeError, DecodeSliceError, Engine as _, engine::general_purpose::STANDARD};

/// So many bytes of text are taken at once; whole groups of four.
const TEXT: usize = 256 * 1024;
/// What they hold.
const PLAIN: usize = TEXT / 4 * 3;

/// Reads what stands in base64, whatever white space it is wrapped with.
pub(super) struct Decoder<R> {
    text: R,
    /// Text that was read and not decoded.
    waiting: Vec<u8>,
    plain: Vec<u8>,
    /// So much of `plain` was given away.
    given: usize,
    /// The padding was there: nothing may follow.
    ended: bool,
    /// What is wrong behind what is in `plain`.
    failure: Option<DecodeError>,
}

impl<R: Read> Decoder<R> {
    pub(super) fn new(text: R) -> Self {
        let (waiting, plain) = (Vec::with_capacity(TEXT), Vec::new());
        Self { text, waiting, plain, given: 0, ended: false, failure: None }
    }

    /// Decodes the next block; `false` at the end.
    fn fill(&mut self) -> io::Result<bool> {
        if let Some(failure) = self.failure.take() {
            return Err(invalid(failure));
        }
        loop {
            let at_end = !self.read_text()?;
            let whole = if at_end { self.waiting.len() } else { self.waiting.len() / 4 * 4 };
            if whole > 0 {
                if self.ended {
                    return Err(invalid(DecodeError::InvalidPadding));
                }
                self.decode(whole)?;
                return Ok(true);
            }
            if at_end {
                return Ok(false);
            }
        }
    }

    /// Reads as much text as there is room for, without its white space; `false` at the end.
    fn read_text(&mut self) -> io::Result<bool> {
        let before = self.waiting.len();
        self.waiting.resize(TEXT, 0);
        let read = self.text.read(&mut self.waiting[before..]);
        self.waiting.truncate(before + read.as_ref().map_or(0, |read| *read));
        let new = &self.waiting[before..];
        // Without a branch, so that it costs next to nothing where there is none.
        if new.iter().fold(false, |found, byte| found | byte.is_ascii_whitespace()) {
            let mut kept = before;
            for index in before..self.waiting.len() {
                if !self.waiting[index].is_ascii_whitespace() {
                    self.waiting[kept] = self.waiting[index];
                    kept += 1;
                }
            }
            self.waiting.truncate(kept);
        }
        Ok(read? > 0)
    }

    /// Decodes so much of the waiting text. Where it is damaged, what stands before that is given first.
    fn decode(&mut self, whole: usize) -> io::Result<()> {
        self.plain.resize(PLAIN, 0);
        self.given = 0;
        let text = &self.waiting[..whole];
        let decoded = match decode(text, &mut self.plain) {
            Ok(decoded) => decoded,
            Err(error) => {
                let good = match error {
                    DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol(at, _) => at / 4 * 4,
                    DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => whole.saturating_sub(1) / 4 * 4,
                };
                let decoded = decode(&text[..good], &mut self.plain).map_err(invalid)?;
                if decoded == 0 {
                    return Err(invalid(error));
                }
                self.failure = Some(error);
                decoded
            }
        };
        self.ended = decoded < whole / 4 * 3;
        self.plain.truncate(decoded);
        self.waiting.drain(..whole);
        Ok(())
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.plain.len() {
            self.plain.clear();
            self.given = 0;
            if !self.fill()? {
                return Ok(0);
            }
        }
        let read = buffer.len().min(self.plain.len() - self.given);
        buffer[..read].copy_from_slice(&self.plain[self.given..self.given + read]);
        self.given += read;
        Ok(read)
    }
}

fn decode(text: &[u8], plain: &mut [u8]) -> Result<usize, DecodeError> {
    STANDARD.decode_slice(text, plain).map_err(|error| match error {
        DecodeSliceError::DecodeError(error) => error,
        DecodeSliceError::OutputSliceTooSmall => unreachable!("a block of text has room for what it holds"),
    })
}

fn invalid(error: DecodeError) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, error)
}

/// Writes in base64.
pub(super) struct Encoder<W> {
    inner: W,
    /// Less than a block.
    plain: Vec<u8>,
    text: Vec<u8>,
}

impl<W: Write> Encoder<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, plain: Vec::with_capacity(PLAIN), text: vec![0; TEXT] }
    }

    /// Takes the next bytes.
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

    /// Ends it, with padding.
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
    fn a_length_around_that_of_a_block_is_encoded_and_decoded() {
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
    fn what_follows_the_padding_is_refused_wherever_a_block_ends() {
        let mut text = STANDARD.encode(vec![b'x'; PLAIN - 1]);
        assert_eq!(text.len(), TEXT);
        assert_eq!(decoded(text.as_bytes()).unwrap().len(), PLAIN - 1);
        text.push_str("\nQUJD\n");
        assert_eq!(decoded(text.as_bytes()).unwrap_err().kind(), ErrorKind::InvalidData);
    }

    #[test]
    fn what_stands_before_the_damage_is_given_first() {
        let mut decoder = Decoder::new(&b"QUJDQUJD!UJD"[..]);
        let mut buffer = [0; 16];
        assert_eq!(decoder.read(&mut buffer).unwrap(), 6);
        assert_eq!(decoder.read(&mut buffer).unwrap_err().kind(), ErrorKind::InvalidData);
    }

    proptest! {
        /// The same verdict and the same bytes as the engine gives in one piece.
        #[test]
        fn it_takes_what_the_engine_takes(text in "[A-C/+= \n!]{0,24}") {
            let joined: String = text.split_whitespace().collect();
            prop_assert_eq!(decoded(text.as_bytes()).ok(), STANDARD.decode(joined).ok());
        }
    }
}
