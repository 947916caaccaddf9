//! Finds where the parts of a collection begin and end, in blocks, without looking into them.
//!
//! What a part holds is for others to check; here only brackets and quotes count. It never holds more than one part
//! and a block.

use std::io::Read;

use memchr::memchr2;

use super::{MAX_DEPTH, MAX_DOCUMENT_BYTES, ReadError};

/// How much is read at once.
const BLOCK: usize = 256 * 1024;

/// The text of a collection, from where it is being read.
pub(super) struct Text<R> {
    json: R,
    buffer: Vec<u8>,
    /// What stands before it in `buffer` has been read.
    start: usize,
    /// Length of the part that was handed out last and is still in the buffer.
    part: usize,
}

impl<R: Read> Text<R> {
    pub(super) fn new(json: R) -> Self {
        Self { json, buffer: Vec::new(), start: 0, part: 0 }
    }

    /// Reads this byte, behind any white space.
    pub(super) fn expect(&mut self, wanted: u8) -> Result<(), ReadError> {
        if self.skip(wanted)? {
            return Ok(());
        }
        Err(self.unexpected(&format!("a \"{}\"", char::from(wanted))))
    }

    /// Reads this byte, behind any white space, if it is the next one.
    pub(super) fn skip(&mut self, wanted: u8) -> Result<bool, ReadError> {
        let found = self.next()? == Some(wanted);
        self.start += usize::from(found);
        Ok(found)
    }

    /// Makes sure that nothing but white space follows.
    pub(super) fn end(&mut self) -> Result<(), ReadError> {
        match self.next()? {
            None => Ok(()),
            Some(_) => Err(ReadError::Invalid("trailing characters behind the object".to_owned())),
        }
    }

    /// The string that begins here, with its quotes. [`Text::pass`] goes on behind it.
    pub(super) fn string(&mut self) -> Result<&[u8], ReadError> {
        if self.next()? != Some(b'"') {
            return Err(self.unexpected("a key"));
        }
        let mut at = 1;
        while !self.goes_on_behind_string(&mut at)? {}
        self.part = at;
        Ok(&self.buffer[self.start..self.start + at])
    }

    /// The object that begins here. [`Text::pass`] goes on behind it.
    pub(super) fn object(&mut self) -> Result<&[u8], ReadError> {
        match self.next()? {
            Some(b'{') => {}
            Some(_) => return Err(ReadError::Invalid("a document must be an object".to_owned())),
            None => return Err(self.unexpected("a document")),
        }
        let (mut at, mut depth, mut in_string) = (0, 0, false);
        loop {
            if in_string {
                in_string = !self.goes_on_behind_string(&mut at)?;
                continue;
            }
            let Some(byte) = self.buffer.get(self.start + at) else {
                self.more(at)?;
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
        self.part = at;
        Ok(&self.buffer[self.start..self.start + at])
    }

    /// What begins here and is neither an object nor an array: a string, a number, a word. [`Text::pass`] goes on behind
    /// it.
    pub(super) fn scalar(&mut self) -> Result<&[u8], ReadError> {
        match self.next()? {
            Some(b'"') => return self.string(),
            None | Some(b'{' | b'[') => return Err(self.unexpected("a value")),
            Some(_) => {}
        }
        let mut at = 0;
        loop {
            match self.buffer.get(self.start + at) {
                Some(b',' | b'}' | b' ' | b'\t' | b'\r' | b'\n') => break,
                Some(_) => at += 1,
                None => self.more(at)?,
            }
        }
        self.part = at;
        Ok(&self.buffer[self.start..self.start + at])
    }

    /// Goes on behind what was handed out last.
    pub(super) fn pass(&mut self) {
        self.start += self.part;
        self.part = 0;
    }

    /// Moves on to behind the quote that ends a string, or as far as it is known not to stand; `true` behind it.
    fn goes_on_behind_string(&mut self, at: &mut usize) -> Result<bool, ReadError> {
        let known = self.buffer.get(self.start + *at..).unwrap_or_default();
        match memchr2(b'"', b'\\', known) {
            Some(found) if known[found] == b'"' => {
                *at += found + 1;
                Ok(true)
            }
            Some(found) => {
                // With what it escapes, which may not have been read yet.
                *at += found + 2;
                Ok(false)
            }
            None => {
                *at += known.len();
                self.more(*at)?;
                Ok(false)
            }
        }
    }

    /// The next byte that is no white space; stays unread.
    fn next(&mut self) -> Result<Option<u8>, ReadError> {
        loop {
            let known = &self.buffer[self.start..];
            let space = known.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
            if let Some(byte) = known.get(space) {
                self.start += space;
                return Ok(Some(*byte));
            }
            self.start = self.buffer.len();
            if !self.read()? {
                return Ok(None);
            }
        }
    }

    /// Reads more of a part of which `so_far` bytes are known.
    fn more(&mut self, so_far: usize) -> Result<(), ReadError> {
        if so_far > MAX_DOCUMENT_BYTES {
            return Err(ReadError::too_large());
        }
        if self.read()? {
            return Ok(());
        }
        Err(ReadError::Invalid("it ends in the middle of a document".to_owned()))
    }

    /// Reads the next block; `false` at the end.
    fn read(&mut self) -> Result<bool, ReadError> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let before = self.buffer.len();
        self.buffer.resize(before + BLOCK, 0);
        let read = self.json.read(&mut self.buffer[before..]);
        self.buffer.truncate(before + read.as_ref().map_or(0, |read| *read));
        read.map(|read| read > 0).map_err(ReadError::of)
    }

    fn unexpected(&self, wanted: &str) -> ReadError {
        ReadError::Invalid(match self.buffer.get(self.start) {
            Some(found) => format!("{wanted} was expected, not {:?}", char::from(*found)),
            None => format!("{wanted} was expected, and it ends"),
        })
    }
}
