//! Character classes and word boundaries, with fast paths for ASCII.

/// Returns the largest character boundary that is not greater than `offset`.
pub(crate) fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// Returns whether a character is a letter.
pub(crate) fn is_letter(character: char) -> bool {
    character.is_ascii_alphabetic() || (!character.is_ascii() && character.is_alphabetic())
}

/// Returns the first character of the text.
pub(crate) fn first_char(text: &str) -> Option<char> {
    match text.as_bytes().first() {
        Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
        _ => text.chars().next(),
    }
}

/// Returns the last character of the text.
pub(crate) fn last_char(text: &str) -> Option<char> {
    match text.as_bytes().last() {
        Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
        _ => text.chars().next_back(),
    }
}

/// Returns the length in bytes of the word at the start of the text.
pub(crate) fn word_length(text: &str) -> usize {
    let ascii = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    if text.as_bytes().get(ascii).is_none_or(|byte| byte.is_ascii() && *byte != b'\'') {
        return ascii;
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

/// Returns the byte offset at which the last word of the text starts.
pub(crate) fn word_start(text: &str) -> usize {
    let ascii = text.len() - text.bytes().rev().take_while(u8::is_ascii_alphabetic).count();
    if text.as_bytes()[..ascii].last().is_none_or(|byte| byte.is_ascii() && *byte != b'\'') {
        return ascii;
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

/// Returns the byte offset at which the digits at the end of the text start.
pub(crate) fn digits_start(text: &str) -> usize {
    text.len() - text.bytes().rev().take_while(u8::is_ascii_digit).count()
}

/// Returns whether a character is an apostrophe, which may occur inside a word.
pub(crate) fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '’')
}
