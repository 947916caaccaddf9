//! Opens a collection in any encoding that we accept, and identifies files in other formats.
//!
//! Files in other formats are recognized by their first bytes, so that the error says what the file is and what to do.

use std::io::{self, Read};

use super::{ReadError, base64_stream::Decoder};

/// Number of bytes that are enough to recognize a file.
const HEAD: usize = 16;

/// Number of bytes to read at a time.
const BLOCK: usize = 4096;

/// Maximum amount of whitespace before the text.
const MAX_SPACE: usize = 1 << 20;

const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";

/// Magic numbers of file types that are not accepted, each with the error to show.
const SIGNATURES: [(&[u8], &str); 9] = [
    (b"\x1f\x8b", "it is compressed with gzip: unpack it first"),
    (b"PK\x03\x04", "it is a ZIP archive: unpack it first"),
    (b"PK\x05\x06", "it is an empty ZIP archive"),
    (b"\x28\xb5\x2f\xfd", "it is compressed with zstd: unpack it first"),
    (b"BZh", "it is compressed with bzip2: unpack it first"),
    (b"\xfd7zXZ\0", "it is compressed with xz: unpack it first"),
    (b"\xff\xfe", UTF16),
    (b"\xfe\xff", UTF16),
    (b"SQLite format 3", "it is an SQLite database"),
];

const UTF16: &str = "it is in UTF-16: save it as UTF-8";

/// First bytes of HTML pages, in lower case.
const HTML: [&[u8]; 5] = [b"<!doctype html", b"<html", b"<head", b"<body", b"<!--"];

/// Returns a reader for the plain JSON of a collection, whether or not the file is in base64. Drops byte order marks.
pub(in crate::safety) fn decode<'a>(file: impl Read + 'a) -> Result<Box<dyn Read + 'a>, ReadError> {
    let text = Started::new(file)?;
    if text.first_byte() == Some(b'{') {
        return Ok(Box::new(text));
    }
    let json = Started::new(Decoder::new(text))?;
    if json.first_byte() != Some(b'{') {
        return Err(ReadError::Invalid("neither JSON nor base64 of a JSON object".to_owned()));
    }
    Ok(Box::new(json))
}

/// Returns what a file is, if its first bytes show that it is not a collection.
fn foreign_kind(head: &[u8]) -> Option<&'static str> {
    if let Some((_, kind)) = SIGNATURES.into_iter().find(|(signature, _)| head.starts_with(signature)) {
        return Some(kind);
    }
    match head {
        // ASCII text in UTF-16 without a byte order mark.
        [0, byte, ..] | [byte, 0, ..] if byte.is_ascii_graphic() => return Some(UTF16),
        [b'<', ..] => {}
        _ => return None,
    }
    let head = head.to_ascii_lowercase();
    let is_html = HTML.into_iter().any(|start| head.starts_with(&start[..start.len().min(head.len())]));
    Some(if is_html { "it is an HTML page: download the file itself" } else { "it is an XML file" })
}

/// A reader that has examined the first bytes. Omits a byte order mark and any whitespace before the text.
struct Started<R> {
    head: io::Cursor<Vec<u8>>,
    /// The error that occurred after `head` was read.
    failure: Option<io::Error>,
    rest: R,
}

impl<R: Read> Started<R> {
    /// Reads the first bytes. Fails if the file is empty or in another format.
    fn new(mut rest: R) -> Result<Self, ReadError> {
        let (mut head, mut failure, mut block, mut space) = (Vec::new(), None, vec![0; BLOCK], 0);
        while text_of(&head).len() < HEAD {
            match rest.read(&mut block) {
                Ok(0) => break,
                Ok(read) => head.extend_from_slice(&block[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
            if head.len() >= HEAD && text_of(&head).is_empty() {
                space += head.len();
                if space > MAX_SPACE {
                    return Err(ReadError::Invalid("it begins with a megabyte of white space".to_owned()));
                }
                head.clear();
            }
        }
        let text = text_of(&head);
        match (foreign_kind(&head).or_else(|| foreign_kind(text)), failure) {
            (Some(kind), _) => Err(ReadError::Invalid(kind.to_owned())),
            (None, Some(error)) if text.is_empty() => Err(ReadError::from_read(error)),
            (None, None) if text.is_empty() => Err(ReadError::Invalid("the file is empty".to_owned())),
            (None, failure) => Ok(Self { head: io::Cursor::new(text.to_vec()), failure, rest }),
        }
    }

    fn first_byte(&self) -> Option<u8> {
        self.head.get_ref().first().copied()
    }
}

/// Returns the bytes after the byte order mark and the whitespace.
fn text_of(head: &[u8]) -> &[u8] {
    head.strip_prefix(UTF8_BOM).unwrap_or(head).trim_ascii_start()
}

impl<R: Read> Read for Started<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.head.read(buffer)? {
            0 => match self.failure.take() {
                Some(error) => Err(error),
                None => self.rest.read(buffer),
            },
            read => Ok(read),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    use super::*;

    /// A reader that returns one byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = buffer.len().min(1);
            self.0.read(&mut buffer[..length])
        }
    }

    fn decoded(file: &[u8]) -> Result<String, String> {
        let mut text = String::new();
        for file in [&mut Slow(file) as &mut dyn Read, &mut io::Cursor::new(file)] {
            text.clear();
            decode(file).map_err(|error| error.to_string())?.read_to_string(&mut text).map_err(|e| e.to_string())?;
        }
        Ok(text)
    }

    #[test]
    fn byte_order_marks_are_dropped_in_front_of_json_and_base64_and_inside_it() {
        let json = format!("{{\"a\":\"{}\"}}", "x".repeat(5000));
        let bom = "\u{feff}";
        for file in [
            json.clone(),
            format!("{bom}{json}"),
            format!("{bom}\r\n{}", STANDARD.encode(&json)),
            STANDARD.encode(format!("{bom}{json}")),
            format!("{}{}", " ".repeat(9000), STANDARD.encode(&json)),
        ] {
            assert_eq!(decoded(file.as_bytes()).as_deref(), Ok(json.as_str()));
        }
    }

    #[test]
    fn files_of_other_kinds_are_called_what_they_are() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec();
        for (file, expected) in [
            (gzip.clone(), "gzip"),
            (STANDARD.encode(&gzip).into_bytes(), "gzip"),
            (b"PK\x03\x04\x14\0\0\0".to_vec(), "a ZIP archive"),
            (utf16("\u{feff}{\"a\":{}}"), "UTF-16"),
            (utf16("{\"a\":{}}"), "UTF-16"),
            ("\u{feff}{}".encode_utf16().flat_map(u16::to_be_bytes).collect(), "UTF-16"),
            (utf16(&STANDARD.encode("{}")), "UTF-16"),
            (b"\n<!DOCTYPE HTML>\n<title>Not found</title>".to_vec(), "an HTML page"),
            (b"<html><head>".to_vec(), "an HTML page"),
            (STANDARD.encode("<html><head>").into_bytes(), "an HTML page"),
            (b"<?xml version=\"1.0\"?><x/>".to_vec(), "an XML file"),
            (b"SQLite format 3\0\x10\0".to_vec(), "an SQLite database"),
            (Vec::new(), "the file is empty"),
            (" ".repeat(20_000).into_bytes(), "the file is empty"),
            (UTF8_BOM.to_vec(), "the file is empty"),
        ] {
            let error = decoded(&file).unwrap_err();
            assert!(error.contains(expected), "{expected}: {error}");
        }
    }

    #[test]
    fn bytes_in_front_of_damage_are_returned_first() {
        let mut reader = decode(&b"eyJhIjp7fSwK!!!!"[..]).unwrap();
        let mut text = Vec::new();
        assert!(reader.read_to_end(&mut text).is_err());
        assert_eq!(text, b"{\"a\":{},\n");
    }
}
