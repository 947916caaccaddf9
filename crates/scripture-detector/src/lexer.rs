//! Words, numbers and punctuation, read forward or backward from any offset without allocation.
//!
//! Only the text around a hit is ever read, so there is no list of all tokens. Whitespace, double quotes, asterisks,
//! speaker marks (`>>`) and short annotations such as `[Music]` separate tokens.

use super::letters::{digits_start, first_char, is_apostrophe, is_letter, last_char, word_length, word_start};

/// A word, a number, or another single character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: TokenKind,
    pub(super) text: &'t str,
    /// The length of a word up to its apostrophe; 0 for other tokens.
    stem: usize,
}

/// The type of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// Letters, possibly with apostrophes between them.
    Word,
    /// Digits. Values that do not fit become `u32::MAX`.
    Number(u32),
    /// Digits followed by `st`, `nd`, `rd` or `th`.
    Ordinal(u32),
    /// Any other character.
    Mark(char),
}

/// The length of a list of words up to which their first letters are compared before a token is read.
const MAX_COMPARED: usize = 12;

/// Maximum length of an annotation that is skipped, in bytes.
const MAX_ANNOTATION_BYTES: usize = 32;

impl<'t> Token<'t> {
    /// Returns a word up to its apostrophe, such as `let` for `let's`, or an empty string for other tokens.
    fn stem(&self) -> &'t str {
        &self.text[..self.stem]
    }

    /// Returns whether the token is this word, ignoring case.
    pub(super) fn is(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Returns whether the token, up to its apostrophe, is one of these words, ignoring case.
    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        if self.stem == 0 {
            return false;
        }
        // Most words differ in their length or their first letter.
        let (stem, first) = (self.stem().as_bytes(), self.text.as_bytes()[0] | 0x20);
        let is_same = |word: &[u8]| {
            word.len() == stem.len()
                && word.first().is_some_and(|letter| letter | 0x20 == first)
                && word.eq_ignore_ascii_case(stem)
        };
        words.iter().any(|word| is_same(word.as_bytes()))
    }

    /// Returns whether the token is a word with an apostrophe: "that's", "it's".
    pub(super) fn is_contracted(&self) -> bool {
        self.stem > 0 && self.stem < self.text.len()
    }

    /// Returns whether the token is this character.
    pub(super) fn is_mark(&self, mark: char) -> bool {
        self.kind == TokenKind::Mark(mark)
    }

    /// Returns whether the token ends a sentence.
    pub(super) fn ends_sentence(&self) -> bool {
        matches!(self.kind, TokenKind::Mark('.' | '?' | '!'))
    }

    /// Returns whether the token is a word that starts with a capital.
    pub(super) fn is_capitalized(&self) -> bool {
        self.kind == TokenKind::Word && self.text.chars().next().is_some_and(char::is_uppercase)
    }
}

/// A position in the text from which tokens are read in either direction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    /// Creates a cursor at a byte offset, which must be a character boundary.
    pub(super) fn new(text: &'t str, at: usize) -> Self {
        Self { text, at }
    }

    /// Returns a cursor at another byte offset of the same text.
    pub(super) fn moved_to(self, at: usize) -> Self {
        Self { at, ..self }
    }

    /// Returns the byte offset.
    pub(super) fn offset(self) -> usize {
        self.at
    }

    /// Returns the next token and the cursor after it.
    pub(super) fn next(self) -> Option<(Token<'t>, Self)> {
        let start = self.skip_forward();
        let rest = &self.text[start..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        // A word that goes on has an apostrophe or a letter that is not in ASCII.
        if letters > 0 && rest.as_bytes().get(letters).is_none_or(|byte| byte.is_ascii() && *byte != b'\'') {
            let end = start + letters;
            let token = Token { start, end, kind: TokenKind::Word, text: &rest[..letters], stem: letters };
            return Some((token, Self { at: end, ..self }));
        }
        let first = first_char(rest)?;
        let token = if first.is_ascii_digit() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            self.number(start, start + digits, ordinal_suffix(&rest[digits..]))
        } else if is_letter(first) {
            self.word(start, start + word_length(rest))
        } else {
            self.mark(start, first)
        };
        Some((token, Self { at: token.end, ..self }))
    }

    /// Returns the previous token and the cursor before it.
    pub(super) fn previous(self) -> Option<(Token<'t>, Self)> {
        let end = self.skip_backward();
        let before = &self.text[..end];
        let start = end - before.bytes().rev().take_while(u8::is_ascii_alphabetic).count();
        // A word that starts earlier has an apostrophe, or a letter that is not in ASCII; after digits it may be a suffix.
        let is_whole = |byte: &u8| byte.is_ascii() && *byte != b'\'' && !byte.is_ascii_digit();
        if start < end && before.as_bytes()[..start].last().is_none_or(is_whole) {
            let text = &before[start..];
            return Some((
                Token { start, end, kind: TokenKind::Word, text, stem: end - start },
                Self { at: start, ..self },
            ));
        }
        let last = last_char(before)?;
        let token = if last.is_ascii_digit() {
            self.number(digits_start(before), end, 0)
        } else if is_letter(last) {
            let word = word_start(before);
            let digits = digits_start(&before[..word]);
            let suffix = end - word;
            if digits < word && ordinal_suffix(&before[word..]) == suffix {
                self.number(digits, word, suffix)
            } else {
                self.word(word, end)
            }
        } else {
            self.mark(end - last.len_utf8(), last)
        };
        Some((token, Self { at: token.start, ..self }))
    }

    /// Builds the token for digits and the ordinal suffix after them.
    fn number(self, start: usize, end: usize, suffix: usize) -> Token<'t> {
        let value = self.text[start..end].parse().unwrap_or(u32::MAX);
        let kind = if suffix == 0 { TokenKind::Number(value) } else { TokenKind::Ordinal(value) };
        Token { start, end: end + suffix, kind, text: &self.text[start..end + suffix], stem: 0 }
    }

    /// Builds the token for a word.
    fn word(self, start: usize, end: usize) -> Token<'t> {
        let text = &self.text[start..end];
        let stem = if text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            text.len()
        } else {
            text.find(is_apostrophe).unwrap_or(text.len())
        };
        Token { start, end, kind: TokenKind::Word, text, stem }
    }

    /// Builds the token for another character.
    fn mark(self, start: usize, mark: char) -> Token<'t> {
        let end = start + mark.len_utf8();
        Token { start, end, kind: TokenKind::Mark(mark), text: &self.text[start..end], stem: 0 }
    }

    /// Returns the next token.
    pub(super) fn peek(self) -> Option<Token<'t>> {
        self.next().map(|(token, _)| token)
    }

    /// Returns the cursor after the next token if the token is this character.
    pub(super) fn past_mark(self, mark: char) -> Option<Self> {
        let start = self.skip_forward();
        let is_mark = first_char(&self.text[start..]) == Some(mark) && !mark.is_ascii_digit() && !is_letter(mark);
        is_mark.then(|| self.moved_to(start + mark.len_utf8()))
    }

    /// Returns the first byte of the next token, if there is one.
    pub(super) fn first_byte(self) -> Option<u8> {
        self.text.as_bytes().get(self.skip_forward()).copied()
    }

    /// Returns whether the next token may be one of these words, judging by its first letter.
    fn may_be_any(self, words: &[&str]) -> bool {
        let Some(first) = self.first_byte() else { return false };
        first.is_ascii_alphabetic()
            && words.iter().any(|word| word.as_bytes().first() == Some(&first.to_ascii_lowercase()))
    }

    /// Returns the cursor after the next token if the token is one of these words.
    pub(super) fn past_word(self, words: &[&str]) -> Option<Self> {
        // Most tokens are other words. For long lists, a comparison of each first letter takes longer than reading the token.
        if words.len() <= MAX_COMPARED && !self.may_be_any(words) {
            return None;
        }
        self.next().filter(|(token, _)| token.is_any(words)).map(|(_, cursor)| cursor)
    }

    /// Returns the cursor after up to `limit` tokens that are among these words or characters.
    pub(super) fn skip(self, limit: usize, words: &[&str], marks: &[char]) -> Self {
        let mut cursor = self;
        for _ in 0..limit {
            let Some((token, rest)) = cursor.next() else { break };
            let skipped = match token.kind {
                TokenKind::Mark(mark) => marks.contains(&mark),
                _ => token.is_any(words),
            };
            if !skipped {
                break;
            }
            cursor = rest;
        }
        cursor
    }

    /// Returns the offset at which the next token starts.
    fn skip_forward(self) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = self.at;
        while let Some(&byte) = bytes.get(at) {
            if byte == b' ' {
                at += 1;
            } else if byte.is_ascii_alphanumeric() {
                break;
            } else if byte.is_ascii() {
                if is_gap(char::from(byte)) {
                    at += 1;
                } else if let Some(length) = (byte == b'[').then(|| annotation(&bytes[at..])).flatten() {
                    at += length;
                } else {
                    break;
                }
            } else {
                let Some(first) = self.text[at..].chars().next() else { break };
                if !is_gap(first) {
                    break;
                }
                at += first.len_utf8();
            }
        }
        at
    }

    /// Returns the offset at which the previous token ends.
    fn skip_backward(self) -> usize {
        let mut at = self.at;
        while let Some(last) = last_char(&self.text[..at]) {
            if last.is_ascii_alphanumeric() {
                break;
            } else if is_gap(last) {
                at -= last.len_utf8();
            } else if last == ']' {
                let bytes = self.text.as_bytes();
                let from = at.saturating_sub(MAX_ANNOTATION_BYTES);
                let Some(open) = bytes[from..at].iter().rposition(|&byte| byte == b'[').map(|place| from + place)
                else {
                    break;
                };
                if annotation(&bytes[open..at]) != Some(at - open) {
                    break;
                }
                at = open;
            } else {
                break;
            }
        }
        at
    }
}

/// Returns whether a character separates tokens.
fn is_gap(character: char) -> bool {
    matches!(character, ' ' | '"' | '*' | '_' | '>' | '“' | '”' | '\u{a0}' | '\u{200b}' | '\u{feff}' | '♪')
        || character.is_whitespace()
}

/// Returns the length of an annotation at the start of the bytes: brackets around a few letters, such as `[Music]`.
///
/// Brackets around digits are not an annotation: they may contain a reference.
fn annotation(bytes: &[u8]) -> Option<usize> {
    let close = bytes.iter().take(MAX_ANNOTATION_BYTES).position(|&byte| byte == b']')?;
    let inside = &bytes[1..close];
    let words = inside.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'_' | b'-' | b'\''));
    words.then_some(close + 1)
}

/// Returns the length of an ordinal suffix (`st`, `nd`, `rd`, `th`) at the start of `rest`, or 0 if there is none.
fn ordinal_suffix(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let Some(suffix) = bytes.get(..2) else { return 0 };
    let known = [b"st", b"nd", b"rd", b"th"].iter().any(|ending| suffix.eq_ignore_ascii_case(*ending));
    let ends = rest.get(2..).is_some_and(|after| !after.chars().next().is_some_and(is_letter));
    if known && ends { 2 } else { 0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_forward(text: &str) -> Vec<Token<'_>> {
        let mut cursor = Cursor::new(text, 0);
        std::iter::from_fn(|| {
            let (token, rest) = cursor.next()?;
            cursor = rest;
            Some(token)
        })
        .collect()
    }

    fn read_backward(text: &str) -> Vec<Token<'_>> {
        let mut cursor = Cursor::new(text, text.len());
        let mut tokens: Vec<_> = std::iter::from_fn(|| {
            let (token, before) = cursor.previous()?;
            cursor = before;
            Some(token)
        })
        .collect();
        tokens.reverse();
        tokens
    }

    #[test]
    fn words_numbers_ordinals_and_punctuation_are_recognized_in_both_directions() {
        let text = ">> Let's read verse8, the 23rd “Psalm” [Music] 5:116 1st";
        let tokens: Vec<_> = read_forward(text).iter().map(|token| (token.text, token.kind)).collect();
        let expected = [
            ("Let's", TokenKind::Word),
            ("read", TokenKind::Word),
            ("verse", TokenKind::Word),
            ("8", TokenKind::Number(8)),
            (",", TokenKind::Mark(',')),
            ("the", TokenKind::Word),
            ("23rd", TokenKind::Ordinal(23)),
            ("Psalm", TokenKind::Word),
            ("5", TokenKind::Number(5)),
            (":", TokenKind::Mark(':')),
            ("116", TokenKind::Number(116)),
            ("1st", TokenKind::Ordinal(1)),
        ];
        assert_eq!(tokens, expected);
        assert_eq!(read_backward(text), read_forward(text));
    }

    #[test]
    fn brackets_with_digits_are_not_skipped() {
        let words = |text| read_forward(text).iter().map(|token| token.text.to_owned()).collect::<Vec<_>>();
        assert_eq!(words("a [clears throat] b"), ["a", "b"]);
        assert_eq!(words("[Luke 4]"), ["[", "Luke", "4", "]"]);
        assert_eq!(words("[unclosed"), ["[", "unclosed"]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_read_in_both_directions(text in any::<String>()) {
            let tokens = read_forward(&text);
            prop_assert!(tokens.windows(2).all(|pair| pair[0].end <= pair[1].start));
            let tokens = read_backward(&text);
            prop_assert!(tokens.windows(2).all(|pair| pair[0].end <= pair[1].start));
        }
    }
}
