//! The characters that words and numbers are made of, found quickly in ASCII and rightly in all else.

/// The last place between characters that is not behind an offset; the end of a text that is shorter.
pub(super) fn boundary(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// Whether a character belongs to words.
pub(super) fn is_letter(character: char) -> bool {
    character.is_ascii_alphabetic() || (!character.is_ascii() && character.is_alphabetic())
}

/// The first character; quick for ASCII.
pub(super) fn first_char(text: &str) -> Option<char> {
    match text.as_bytes().first() {
        Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
        _ => text.chars().next(),
    }
}

/// The last character; quick for ASCII.
pub(super) fn last_char(text: &str) -> Option<char> {
    match text.as_bytes().last() {
        Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
        _ => text.chars().next_back(),
    }
}

/// The length of the word that the text begins with.
pub(super) fn word_length(text: &str) -> usize {
    let plain = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    if text.as_bytes().get(plain).is_none_or(|byte| byte.is_ascii() && *byte != b'\'') {
        return plain;
    }
    let mut length = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let inside = is_apostrophe(character) && characters.peek().is_some_and(|&(_, next)| is_letter(next));
        if !is_letter(character) && !inside {
            break;
        }
        length = at + character.len_utf8();
    }
    length
}

/// Where the word that the text ends with begins.
pub(super) fn word_start(text: &str) -> usize {
    let plain = text.len() - text.bytes().rev().take_while(u8::is_ascii_alphabetic).count();
    if text.as_bytes()[..plain].last().is_none_or(|byte| byte.is_ascii() && *byte != b'\'') {
        return plain;
    }
    let mut start = text.len();
    let mut characters = text.char_indices().rev().peekable();
    while let Some((at, character)) = characters.next() {
        let inside = is_apostrophe(character) && characters.peek().is_some_and(|&(_, before)| is_letter(before));
        if !is_letter(character) && !inside {
            break;
        }
        start = at;
    }
    start
}

/// Where the digits that the text ends with begin.
pub(super) fn digits_start(text: &str) -> usize {
    text.len() - text.bytes().rev().take_while(u8::is_ascii_digit).count()
}

/// Whether a character may stand inside a word.
pub(super) fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '’')
}
