//! Splits a collection into keys and documents without parsing them.
//!
//! Only brackets and quotes matter here; the caller checks the pieces. The buffer never holds more than one piece and
//! one block.

use std::io::Read;

use memchr::memchr2;

use super::{MAX_DEPTH, MAX_DOCUMENT_BYTES, ReadError};

/// Number of bytes to read at a time.
const BLOCK: usize = 256 * 1024;

/// Maximum length of a key that is read ahead.
const MAX_KEY: usize = 100;

/// A scanner over the JSON text of a collection.
///
/// [`Scanner::string`], [`Scanner::value`] and [`Scanner::scalar`] return the piece at the current position;
/// [`Scanner::advance`] moves past it.
pub(super) struct Scanner<R> {
    json: R,
    buffer: Vec<u8>,
    /// The current position in `buffer`.
    start: usize,
    /// Length of the most recently returned piece, which is still in the buffer.
    piece: usize,
}

impl<R: Read> Scanner<R> {
    pub(super) fn new(json: R) -> Self {
        Self { json, buffer: Vec::new(), start: 0, piece: 0 }
    }

    /// Skips whitespace and consumes `wanted`. Any other byte is an error.
    pub(super) fn expect(&mut self, wanted: u8) -> Result<(), ReadError> {
        if self.skip(wanted)? {
            return Ok(());
        }
        Err(self.unexpected(&format!("\"{}\"", char::from(wanted))))
    }

    /// Skips whitespace, and consumes `wanted` if it is next. Returns whether it was.
    pub(super) fn skip(&mut self, wanted: u8) -> Result<bool, ReadError> {
        let found = self.peek()? == Some(wanted);
        self.start += usize::from(found);
        Ok(found)
    }

    /// Checks that only whitespace follows.
    pub(super) fn end(&mut self) -> Result<(), ReadError> {
        match self.peek()? {
            None => Ok(()),
            Some(_) => Err(ReadError::Invalid("trailing characters after the object".to_owned())),
        }
    }

    /// Returns the string at the current position, including its quotes.
    pub(super) fn string(&mut self) -> Result<&[u8], ReadError> {
        if self.peek()? != Some(b'"') {
            return Err(self.unexpected("a key"));
        }
        let mut at = 1;
        while !self.seek_closing_quote(&mut at)? {}
        self.piece = at;
        Ok(&self.buffer[self.start..self.start + at])
    }

    /// Returns the value at the current position.
    pub(super) fn value(&mut self) -> Result<&[u8], ReadError> {
        match self.peek()? {
            Some(b'{' | b'[') => self.nested(),
            Some(_) => self.scalar(),
            None => Err(self.unexpected("a document")),
        }
    }

    /// Returns the object or list at the current position.
    fn nested(&mut self) -> Result<&[u8], ReadError> {
        let (mut at, mut depth, mut in_string) = (0, 0, false);
        loop {
            if in_string {
                in_string = !self.seek_closing_quote(&mut at)?;
                continue;
            }
            let Some(byte) = self.buffer.get(self.start + at) else {
                self.read_more(at)?;
                continue;
            };
            at += 1;
            match byte {
                b'"' => in_string = true,
                b'{' | b'[' => {
                    depth += 1;
                    if depth > MAX_DEPTH {
                        return Err(ReadError::Invalid(format!("it is nested deeper than {MAX_DEPTH} levels")));
                    }
                }
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                _ => {}
            }
        }
        if at > MAX_DOCUMENT_BYTES {
            return Err(ReadError::too_large());
        }
        self.piece = at;
        Ok(&self.buffer[self.start..self.start + at])
    }

    /// Returns the string, number or literal at the current position.
    pub(super) fn scalar(&mut self) -> Result<&[u8], ReadError> {
        match self.peek()? {
            Some(b'"') => return self.string(),
            None | Some(b'{' | b'[') => return Err(self.unexpected("a value")),
            Some(_) => {}
        }
        let mut at = 0;
        loop {
            match self.buffer.get(self.start + at) {
                Some(b',' | b'}' | b' ' | b'\t' | b'\r' | b'\n') => break,
                Some(_) => at += 1,
                None => self.read_more(at)?,
            }
        }
        self.piece = at;
        Ok(&self.buffer[self.start..self.start + at])
    }

    /// Returns the next byte that is not whitespace, starting at an offset from the current position, and moves the
    /// offset to that byte. Returns `None` at the end. Consumes nothing.
    pub(super) fn byte_at(&mut self, at: &mut usize) -> Result<Option<u8>, ReadError> {
        loop {
            match self.buffer.get(self.start + *at).copied() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => *at += 1,
                Some(byte) => return Ok(Some(byte)),
                None if !self.read_block()? => return Ok(None),
                None => {}
            }
        }
    }

    /// Returns the first key of the object at an offset, and moves the offset to the key's value. Consumes nothing.
    ///
    /// Returns `None` if there is no object, or if its first key cannot be that of a collection.
    pub(super) fn first_key_at(&mut self, at: &mut usize) -> Result<Option<String>, ReadError> {
        if self.byte_at(at)? != Some(b'{') {
            return Ok(None);
        }
        *at += 1;
        if self.byte_at(at)? != Some(b'"') {
            return Ok(None);
        }
        *at += 1;
        let mut key = String::new();
        while key.len() < MAX_KEY {
            let Some(byte) = self.buffer.get(self.start + *at).copied() else {
                if !self.read_block()? {
                    return Ok(None);
                }
                continue;
            };
            *at += 1;
            match byte {
                b'"' => {
                    let is_entry = self.byte_at(at)? == Some(b':');
                    *at += 1;
                    return Ok(is_entry.then_some(key));
                }
                b'\\' | 0x80.. => return Ok(None),
                byte => key.push(char::from(byte)),
            }
        }
        Ok(None)
    }

    /// Moves past the most recently returned piece.
    pub(super) fn advance(&mut self) {
        self.start += self.piece;
        self.piece = 0;
    }

    /// Moves `at` past the closing quote of a string and returns `true`. If the quote has not been read yet, moves `at`
    /// to the end of what has been read and returns `false`.
    fn seek_closing_quote(&mut self, at: &mut usize) -> Result<bool, ReadError> {
        let known = self.buffer.get(self.start + *at..).unwrap_or_default();
        match memchr2(b'"', b'\\', known) {
            Some(found) if known[found] == b'"' => {
                *at += found + 1;
                Ok(true)
            }
            Some(found) => {
                // Also skip the escaped byte, which may not have been read yet.
                *at += found + 2;
                Ok(false)
            }
            None => {
                *at += known.len();
                self.read_more(*at)?;
                Ok(false)
            }
        }
    }

    /// Skips whitespace and returns the next byte without consuming it.
    fn peek(&mut self) -> Result<Option<u8>, ReadError> {
        loop {
            let known = &self.buffer[self.start..];
            let space = known.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
            if let Some(byte) = known.get(space) {
                self.start += space;
                return Ok(Some(*byte));
            }
            self.start = self.buffer.len();
            if !self.read_block()? {
                return Ok(None);
            }
        }
    }

    /// Reads more of a piece of which `length` bytes have been read.
    fn read_more(&mut self, length: usize) -> Result<(), ReadError> {
        if length > MAX_DOCUMENT_BYTES {
            return Err(ReadError::too_large());
        }
        if self.read_block()? {
            return Ok(());
        }
        Err(ReadError::Invalid("it ends in the middle of a document".to_owned()))
    }

    /// Reads the next block. Returns `false` at the end.
    fn read_block(&mut self) -> Result<bool, ReadError> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let before = self.buffer.len();
        self.buffer.resize(before + BLOCK, 0);
        let read = self.json.read(&mut self.buffer[before..]);
        self.buffer.truncate(before + read.as_ref().map_or(0, |read| *read));
        read.map(|read| read > 0).map_err(ReadError::from_read)
    }

    fn unexpected(&self, wanted: &str) -> ReadError {
        ReadError::Invalid(match self.buffer.get(self.start) {
            Some(found) => format!("expected {wanted}, found {:?}", char::from(*found)),
            None => format!("expected {wanted}, found the end"),
        })
    }
}
