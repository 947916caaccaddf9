//! From bytes to text: UTF-8, UTF-16 with a byte order mark, Windows-1252; what is no text is refused.

use std::borrow::Cow;

use encoding_rs::{UTF_8, WINDOWS_1252};

use super::{TranscriptError, text::is_invisible};

/// First bytes of files that people take for transcripts, and what to do instead.
const OTHER_FILES: [(&[u8], &str); 11] = [
    (b"%PDF", "it is a PDF; copy its text and paste that"),
    (b"PK\x03\x04", "it is a ZIP or Word file; copy its text and paste that"),
    (b"{\\rtf", "it is an RTF document; save it as plain text"),
    (b"\x1f\x8b", "it is a compressed file; unpack it first"),
    (b"7z\xbc\xaf", "it is a compressed file; unpack it first"),
    (b"\x89PNG", "it is a picture; captions are text"),
    (b"\xff\xd8\xff", "it is a picture; captions are text"),
    (b"GIF8", "it is a picture; captions are text"),
    (b"ID3", "it is a sound file; captions are text"),
    (b"OggS", "it is a sound file; captions are text"),
    (b"\xd0\xcf\x11\xe0", "it is an old Word file; copy its text and paste that"),
];

/// The text in some bytes, without a byte order mark.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, TranscriptError> {
    if let Some((_, reason)) = OTHER_FILES.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(TranscriptError::NotCaptions((*reason).to_owned()));
    }
    // `decode` follows a byte order mark of UTF-8 or UTF-16, and otherwise the encoding that it is called on.
    let (text, _, _) = if looks_like_utf8(bytes) { UTF_8.decode(bytes) } else { WINDOWS_1252.decode(bytes) };
    let controls = text.chars().filter(|&letter| is_binary(letter)).count();
    if text.contains('\0') || controls * 100 > text.chars().count() {
        return Err(TranscriptError::NotCaptions("it is a binary file; captions are text".to_owned()));
    }
    Ok(text)
}

/// The text with one kind of line end, and without the marks that have no width, which would hide a clock or a number.
pub(super) fn normalized(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.chars().any(|letter| letter == '\r' || is_invisible(letter)) {
        return text;
    }
    // Some tools turn CRLF into CRCRLF.
    let text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace('\r', "\n");
    Cow::Owned(text.chars().filter(|&letter| !is_invisible(letter)).collect())
}

/// Whether it reads better as UTF-8: a damaged character or two do not make a file Windows-1252.
fn looks_like_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    bad == 0 || good > bad
}

/// Control characters that no text has; ESC and the separators do occur in real subtitle files.
fn is_binary(letter: char) -> bool {
    matches!(letter, '\u{1}'..='\u{8}' | '\u{e}'..='\u{1a}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_the_same_words() {
        let utf16 =
            |to_bytes: fn(u16) -> [u8; 2]| "\u{feff}“café”".encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>();
        let files = [
            "“café”".as_bytes().to_vec(),
            "\u{feff}“café”".as_bytes().to_vec(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
            b"\x93caf\xe9\x94".to_vec(),
        ];
        for file in files {
            assert_eq!(decode(&file).as_deref(), Ok("“café”"), "{file:?}");
        }
    }

    #[test]
    fn one_damaged_character_does_not_spoil_the_others() {
        let text = decode("Où était “Noé”? ".as_bytes()).expect("it is text").into_owned();
        let damaged = [text.as_bytes(), b"\xff"].concat();
        assert_eq!(decode(&damaged).as_deref(), Ok("Où était “Noé”? \u{fffd}"));
    }

    #[test]
    fn a_file_that_is_no_text_is_refused_with_the_reason() {
        for file in [&b"%PDF-1.7"[..], b"PK\x03\x04word", b"\0\0\0\x18ftypmp42", b"{\\rtf1 hello}", b"a\x01b\x02"] {
            assert!(matches!(decode(file), Err(TranscriptError::NotCaptions(_))), "{file:?}");
        }
    }
}
