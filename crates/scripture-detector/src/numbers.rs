//! Numbers as they are said and written: digits, words, ordinals, Roman numerals.
//!
//! Knows nothing of books; which of several numbers is a chapter is the grammar's business.

use super::lexer::{Cursor, Token, TokenKind};

/// A number of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) value: u16,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Written in digits.
    pub(super) digits: bool,
    /// First, 2nd, twenty-third.
    pub(super) ordinal: bool,
}

const UNITS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const UNIT_ORDINALS: [&str; 20] = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const TEN_ORDINALS: [&str; 10] =
    ["", "", "twentieth", "thirtieth", "fortieth", "fiftieth", "sixtieth", "seventieth", "eightieth", "ninetieth"];

/// One word of a number.
#[derive(Clone, Copy)]
enum Part {
    /// 0 to 19.
    Unit(u16, bool),
    /// 20, 30 ... 90.
    Ten(u16, bool),
    Hundred(bool),
}

/// Reads a number, in digits, words or Roman numerals, and gives the cursor behind it.
pub(super) fn number(cursor: Cursor<'_>) -> Option<(Number, Cursor<'_>)> {
    let (token, behind) = cursor.next()?;
    let small = |value: u32| u16::try_from(value).ok();
    let written = |value, digits, ordinal| Number { value, start: token.start, end: token.end, digits, ordinal };
    match token.kind {
        TokenKind::Number(value) => Some((written(small(value)?, true, false), behind)),
        TokenKind::Ordinal(value) => Some((written(small(value)?, true, true), behind)),
        TokenKind::Mark(_) => None,
        TokenKind::Word => spoken(cursor).or_else(|| Some((written(roman(token.text)?, false, false), behind))),
    }
}

/// Whether a word may begin a number, in words or Roman numerals.
pub(super) fn may_be_number(token: &Token<'_>) -> bool {
    part(token).is_some() || roman(token.text).is_some()
}

/// Reads a number in words.
fn spoken(cursor: Cursor<'_>) -> Option<(Number, Cursor<'_>)> {
    let (token, behind) = cursor.next()?;
    let first = part(&token)?;
    let (value, ordinal, behind) = match first {
        Part::Unit(unit, false) => match hundreds(behind, unit) {
            Some(found) => found,
            None => (unit, false, behind),
        },
        Part::Unit(unit, true) => (unit, true, behind),
        Part::Ten(..) => tens(cursor)?,
        Part::Hundred(false) => rest_of_hundred(behind, 100),
        Part::Hundred(true) => (100, true, behind),
    };
    Some((Number { value, start: token.start, end: behind.offset(), digits: false, ordinal }, behind))
}

/// Reads on after a unit: "one hundred (and) nineteen", "one oh three".
fn hundreds(cursor: Cursor<'_>, unit: u16) -> Option<(u16, bool, Cursor<'_>)> {
    if !(1..=9).contains(&unit) {
        return None;
    }
    let (token, behind) = cursor.next()?;
    match part(&token) {
        Some(Part::Hundred(false)) => Some(rest_of_hundred(behind, unit * 100)),
        Some(Part::Hundred(true)) => Some((unit * 100, true, behind)),
        _ if token.is_any(&["oh", "o"]) => {
            let (last, behind) = behind.next()?;
            match part(&last) {
                Some(Part::Unit(digit @ 1..=9, ordinal)) => Some((unit * 100 + digit, ordinal, behind)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Reads what may follow "hundred".
fn rest_of_hundred(cursor: Cursor<'_>, hundred: u16) -> (u16, bool, Cursor<'_>) {
    let behind_and = cursor.past_word(&["and"]).unwrap_or(cursor);
    match below_hundred(behind_and) {
        Some((value, ordinal, behind)) => (hundred + value, ordinal, behind),
        None => (hundred, false, cursor),
    }
}

/// Reads 1 to 99 in words.
fn below_hundred(cursor: Cursor<'_>) -> Option<(u16, bool, Cursor<'_>)> {
    let (token, behind) = cursor.next()?;
    match part(&token)? {
        Part::Unit(value @ 1.., ordinal) => Some((value, ordinal, behind)),
        Part::Ten(..) => tens(cursor),
        _ => None,
    }
}

/// Reads "twenty", "twenty-three", "twenty third".
fn tens(cursor: Cursor<'_>) -> Option<(u16, bool, Cursor<'_>)> {
    let (token, behind) = cursor.next()?;
    let Part::Ten(ten, ordinal) = part(&token)? else { return None };
    let unit = behind.past_mark('-').unwrap_or(behind);
    if !ordinal
        && let Some((next, after)) = unit.next()
        && let Some(Part::Unit(unit @ 1..=9, ordinal)) = part(&next)
    {
        return Some((ten + unit, ordinal, after));
    }
    Some((ten, ordinal, behind))
}

/// The part of a number that a word is.
fn part(token: &Token<'_>) -> Option<Part> {
    // Most words are no numbers, and their first letter tells.
    let first = token.text.as_bytes()[0] | 0x20;
    let may_be = token.kind == TokenKind::Word && (3..=11).contains(&token.text.len()) && b"zotfsenh".contains(&first);
    if !may_be {
        return None;
    }
    let place = |words: &[&str]| words.iter().position(|word| token.text.eq_ignore_ascii_case(word));
    let value = |index: usize| u16::try_from(index).ok();
    if let Some(unit) = place(&UNITS) {
        return Some(Part::Unit(value(unit)?, false));
    }
    if let Some(unit) = place(&UNIT_ORDINALS) {
        return Some(Part::Unit(value(unit)?, true));
    }
    if let Some(ten) = place(&TENS) {
        return Some(Part::Ten(value(ten * 10)?, false));
    }
    if let Some(ten) = place(&TEN_ORDINALS) {
        return Some(Part::Ten(value(ten * 10)?, true));
    }
    match token.text {
        text if text.eq_ignore_ascii_case("hundred") => Some(Part::Hundred(false)),
        text if text.eq_ignore_ascii_case("hundredth") => Some(Part::Hundred(true)),
        _ => None,
    }
}

/// The value of a Roman numeral of two or more capitals, up to 199.
pub(super) fn roman(text: &str) -> Option<u16> {
    const PIECES: [(&str, u16); 9] =
        [("C", 100), ("XC", 90), ("L", 50), ("XL", 40), ("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1)];
    if text.len() < 2 {
        return None;
    }
    let (mut rest, mut value) = (text, 0);
    for (piece, worth) in PIECES {
        let repeats = if matches!(worth, 10 | 1) { 3 } else { 1 };
        for _ in 0..repeats {
            if let Some(behind) = rest.strip_prefix(piece) {
                (rest, value) = (behind, value + worth);
            }
        }
    }
    rest.is_empty().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<u16> {
        let mut cursor = Cursor::new(text, 0);
        std::iter::from_fn(|| {
            let (number, behind) = number(cursor)?;
            cursor = behind;
            Some(number.value)
        })
        .collect()
    }

    #[test]
    fn numbers_are_read_in_digits_and_in_words() {
        for (text, expected) in [
            ("119", &[119][..]),
            ("twenty-three", &[23]),
            ("Twenty Three", &[23]),
            ("one hundred nineteen", &[119]),
            ("one hundred and nineteen", &[119]),
            ("a hundred", &[]),
            ("hundred and third", &[103]),
            ("one oh three", &[103]),
            ("one nineteen", &[1, 19]),
            ("three sixteen", &[3, 16]),
            ("forty thirty one", &[40, 31]),
            ("the", &[]),
            ("one hundred and the", &[100]),
            ("23rd", &[23]),
            ("twenty-third", &[23]),
            ("XXIII", &[23]),
            ("I", &[]),
            ("99999999999", &[]),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_number_knows_whether_it_is_an_ordinal_and_where_it_stands() {
        let (number, _) = number(Cursor::new("the twenty-third psalm", 4)).expect("a number");
        assert_eq!((number.start, number.end, number.ordinal, number.digits), (4, 16, true, false));
    }
}
