//! Decoding of bytes: UTF-8, UTF-16 with or without a byte order mark, and Windows-1252. Binary files are refused.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use memchr::{memchr_iter, memchr3_iter};

use super::{TranscriptError, text::is_invisible};

/// The first bytes of other file types that people upload, and what to do instead.
const OTHER_FILES: [(&[u8], &str); 11] = [
    (b"%PDF", "it is a PDF; copy its text and paste that"),
    (b"PK\x03\x04", "it is a ZIP or Word file; copy its text and paste that"),
    (b"{\\rtf", "it is an RTF document; save it as plain text"),
    (b"\x1f\x8b", "it is compressed; unpack it first"),
    (b"7z\xbc\xaf", "it is compressed; unpack it first"),
    (b"\x89PNG", "it is an image; upload a text or caption file"),
    (b"\xff\xd8\xff", "it is an image; upload a text or caption file"),
    (b"GIF8", "it is an image; upload a text or caption file"),
    (b"ID3", "it is an audio file; upload a text or caption file"),
    (b"OggS", "it is an audio file; upload a text or caption file"),
    (b"\xd0\xcf\x11\xe0", "it is an old Word file; copy its text and paste that"),
];

/// Decodes the bytes of a file and drops the byte order mark.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, TranscriptError> {
    if let Some((_, reason)) = OTHER_FILES.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(TranscriptError::NotCaptions((*reason).to_owned()));
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return Ok(encoding.decode(bytes).0);
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)),
        // `Encoding::decode` honors a byte order mark and otherwise uses the encoding it is called on.
        Err(_) if looks_like_utf8(bytes) => UTF_8.decode(bytes).0,
        Err(_) => WINDOWS_1252.decode(bytes).0,
    };
    let controls = text.bytes().filter(|byte| is_binary(char::from(*byte))).count();
    if controls > 1 && controls * 20 > text.chars().count() {
        return Err(TranscriptError::NotCaptions("it is a binary file; upload a text or caption file".to_owned()));
    }
    Ok(text)
}

/// Returns the encoding of UTF-16 without a byte order mark: nearly every other byte is zero, as in any text of mostly ASCII.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(2048) / 2 * 2];
    let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), sample.len() / 2);
    if pairs < 2 || even.max(odd) * 10 < pairs * 7 || even.min(odd) * 20 > pairs {
        return None;
    }
    Some(if odd > even { UTF_16LE } else { UTF_16BE })
}

/// Normalizes line ends to `\n` and removes control and invisible characters, which would keep times and numbers from being recognized.
pub(super) fn normalize(text: Cow<'_, str>) -> Cow<'_, str> {
    if is_regular(&text) {
        return text;
    }
    // Some tools turn CRLF into CRCRLF.
    let text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace('\r', "\n");
    let letters = text.chars().filter(|&letter| !is_dropped(letter));
    Cow::Owned(letters.map(|letter| if is_separator(letter) { ' ' } else { letter }).collect())
}

/// Returns whether text has neither carriage returns nor characters that are replaced or removed.
fn is_regular(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Without an early return, the loop is vectorized.
    let is_control = |byte: u8| {
        u8::from(byte == b'\r')
            | u8::from(byte < b'\t')
            | u8::from((0xe..0x20).contains(&byte))
            | u8::from(byte == 0x7f)
    };
    let has_control = bytes.iter().fold(0, |found, &byte| found | is_control(byte)) != 0;
    // The first bytes of the invisible characters.
    let may_be_invisible = |at: usize| text[at..].chars().next().is_some_and(is_dropped);
    !has_control
        && !memchr3_iter(0xc2, 0xe2, 0xef, bytes).any(may_be_invisible)
        && !memchr_iter(0xd8, bytes).any(may_be_invisible)
}

/// Returns whether a character is one of the information separators of ASCII, which stand between words.
fn is_separator(letter: char) -> bool {
    matches!(letter, '\u{1c}'..='\u{1f}')
}

/// Returns whether a character is removed from the text of a file.
fn is_dropped(letter: char) -> bool {
    is_binary(letter) || is_invisible(letter) || matches!(letter, '\u{1b}' | '\u{7f}')
}

/// Returns whether the bytes have more valid than invalid UTF-8 sequences, so that a few damaged characters do not matter.
fn looks_like_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    bad == 0 || good > bad
}

/// Returns whether a character only occurs in binary files. ESC and the separators do occur in subtitle files.
fn is_binary(letter: char) -> bool {
    matches!(letter, '\0'..='\u{8}' | '\u{e}'..='\u{1a}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_decodes_to_the_same_text() {
        let utf16 = |to_bytes: fn(u16) -> [u8; 2]| {
            "\u{feff}\"café\" in Rome".encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>()
        };
        let files = [
            "\"café\" in Rome".as_bytes().to_vec(),
            "\u{feff}\"café\" in Rome".as_bytes().to_vec(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
            utf16(u16::to_le_bytes).split_off(2),
            utf16(u16::to_be_bytes).split_off(2),
            b"\"caf\xe9\" in Rome".to_vec(),
        ];
        for file in files {
            assert_eq!(decode(&file).as_deref(), Ok("\"café\" in Rome"), "{file:?}");
        }
    }

    #[test]
    fn one_damaged_character_does_not_change_the_encoding() {
        let text = decode("Où était “Noé”? ".as_bytes()).expect("text").into_owned();
        let damaged = [text.as_bytes(), b"\xff"].concat();
        assert_eq!(decode(&damaged).as_deref(), Ok("Où était “Noé”? \u{fffd}"));
    }

    #[test]
    fn every_control_and_invisible_character_is_found() {
        for letter in '\0'..='\u{ffff}' {
            let is_kept = letter != '\r' && !is_separator(letter) && !is_dropped(letter);
            assert_eq!(is_regular(&format!("é{letter}“")), is_kept, "{letter:?}");
        }
    }

    #[test]
    fn files_that_are_not_text_are_refused() {
        for file in [&b"%PDF-1.7"[..], b"PK\x03\x04word", b"\0\0\0\x18ftypmp42", b"{\\rtf1 hello}", b"a\x01b\x02"] {
            assert!(matches!(decode(file), Err(TranscriptError::NotCaptions(_))), "{file:?}");
        }
    }
}
