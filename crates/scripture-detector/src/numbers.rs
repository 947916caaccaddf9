//! Numbers in digits, words, ordinals and Roman numerals.

use super::lexer::{Cursor, Token, TokenKind};

/// A number in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) value: u16,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it is written in digits.
    pub(super) digits: bool,
    /// Whether it is an ordinal: "first", "2nd", "twenty-third".
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

/// Returns a number as speakers say it: "one hundred and nineteen".
///
/// The detector reads it back from these words.
///
/// # Panics
///
/// Panics if the number is greater than 999.
///
/// # Examples
///
/// ```
/// use scripture_detector::number_in_words;
///
/// assert_eq!(number_in_words(16), "sixteen");
/// assert_eq!(number_in_words(119), "one hundred and nineteen");
/// ```
pub fn number_in_words(number: u16) -> String {
    assert!(number <= 999, "{number} has more than three digits");
    let (hundreds, rest) = (usize::from(number / 100), usize::from(number % 100));
    let mut words = Vec::new();
    if hundreds > 0 {
        words.extend([UNITS[hundreds], "hundred"]);
        if rest == 0 {
            return words.join(" ");
        }
        words.push("and");
    }
    if rest < UNITS.len() {
        words.push(UNITS[rest]);
    } else {
        words.push(TENS[rest / 10]);
        words.extend(Some(UNITS[rest % 10]).filter(|_| rest % 10 > 0));
    }
    words.join(" ")
}

/// A word that is part of a number. The flag is set for ordinals.
#[derive(Clone, Copy)]
enum Part {
    /// 0 to 19.
    Unit(u16, bool),
    /// 20, 30, ..., 90.
    Ten(u16, bool),
    Hundred(bool),
}

/// Reads a number and returns it with the cursor after it.
pub(super) fn read_number(cursor: Cursor<'_>) -> Option<(Number, Cursor<'_>)> {
    // The first letter rules out most words.
    let first = cursor.first_byte()?;
    if first.is_ascii() && !first.is_ascii_digit() && !b"zotfsenhZOTFSENHCLXVI".contains(&first) {
        return None;
    }
    let (token, rest) = cursor.next()?;
    let small = |value: u32| u16::try_from(value).ok();
    let written = |value, digits, ordinal| Number { value, start: token.start, end: token.end, digits, ordinal };
    match token.kind {
        TokenKind::Number(value) => Some((written(small(value)?, true, false), rest)),
        TokenKind::Ordinal(value) => Some((written(small(value)?, true, true), rest)),
        TokenKind::Mark(_) => None,
        TokenKind::Word => {
            read_words(cursor, &token, rest).or_else(|| Some((written(roman(token.text)?, false, false), rest)))
        }
    }
}

/// Returns whether a word may start a number.
pub(super) fn may_be_number(token: &Token<'_>) -> bool {
    part(token).is_some() || roman(token.text).is_some()
}

/// Reads a number in words. `token` is the first one at the cursor, and `rest` the cursor after it.
fn read_words<'t>(cursor: Cursor<'t>, token: &Token<'t>, rest: Cursor<'t>) -> Option<(Number, Cursor<'t>)> {
    let first = part(token)?;
    let (value, ordinal, rest) = match first {
        Part::Unit(unit, false) => match hundreds(rest, unit) {
            Some(found) => found,
            None => (unit, false, rest),
        },
        Part::Unit(unit, true) => (unit, true, rest),
        Part::Ten(..) => tens(cursor)?,
        Part::Hundred(false) => rest_of_hundred(rest, 100),
        Part::Hundred(true) => (100, true, rest),
    };
    Some((Number { value, start: token.start, end: rest.offset(), digits: false, ordinal }, rest))
}

/// Reads what may follow a unit: "(one) hundred and nineteen", "(one) oh three".
fn hundreds(cursor: Cursor<'_>, unit: u16) -> Option<(u16, bool, Cursor<'_>)> {
    if !(1..=9).contains(&unit) {
        return None;
    }
    let (token, rest) = cursor.next()?;
    match part(&token) {
        Some(Part::Hundred(false)) => Some(rest_of_hundred(rest, unit * 100)),
        Some(Part::Hundred(true)) => Some((unit * 100, true, rest)),
        _ if token.is_any(&["oh", "o"]) => {
            let (last, rest) = rest.next()?;
            match part(&last) {
                Some(Part::Unit(digit @ 1..=9, ordinal)) => Some((unit * 100 + digit, ordinal, rest)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Reads what may follow "hundred".
fn rest_of_hundred(cursor: Cursor<'_>, hundred: u16) -> (u16, bool, Cursor<'_>) {
    match below_hundred(cursor.past_word(&["and"]).unwrap_or(cursor)) {
        Some((value, ordinal, rest)) => (hundred + value, ordinal, rest),
        None => (hundred, false, cursor),
    }
}

/// Reads 1 to 99 in words.
fn below_hundred(cursor: Cursor<'_>) -> Option<(u16, bool, Cursor<'_>)> {
    let (token, rest) = cursor.next()?;
    match part(&token)? {
        Part::Unit(value @ 1.., ordinal) => Some((value, ordinal, rest)),
        Part::Ten(..) => tens(cursor),
        _ => None,
    }
}

/// Reads "twenty", "twenty-three", "twenty third".
fn tens(cursor: Cursor<'_>) -> Option<(u16, bool, Cursor<'_>)> {
    let (token, rest) = cursor.next()?;
    let Part::Ten(ten, ordinal) = part(&token)? else { return None };
    let unit = rest.past_mark('-').unwrap_or(rest);
    if !ordinal
        && let Some((next, after)) = unit.next()
        && let Some(Part::Unit(unit @ 1..=9, ordinal)) = part(&next)
    {
        return Some((ten + unit, ordinal, after));
    }
    Some((ten, ordinal, rest))
}

/// Returns which part of a number a word is.
fn part(token: &Token<'_>) -> Option<Part> {
    if token.kind != TokenKind::Word || token.text.len() > 11 || !may_be_part(token.text.as_bytes()) {
        return None;
    }
    let position = |words: &[&str]| words.iter().position(|word| token.text.eq_ignore_ascii_case(word));
    let value = |index: usize| u16::try_from(index).ok();
    if let Some(unit) = position(&UNITS) {
        return Some(Part::Unit(value(unit)?, false));
    }
    if let Some(unit) = position(&UNIT_ORDINALS) {
        return Some(Part::Unit(value(unit)?, true));
    }
    if let Some(ten) = position(&TENS) {
        return Some(Part::Ten(value(ten * 10)?, false));
    }
    if let Some(ten) = position(&TEN_ORDINALS) {
        return Some(Part::Ten(value(ten * 10)?, true));
    }
    match token.text {
        text if text.eq_ignore_ascii_case("hundred") => Some(Part::Hundred(false)),
        text if text.eq_ignore_ascii_case("hundredth") => Some(Part::Hundred(true)),
        _ => None,
    }
}

/// Returns whether a word may be part of a number, judging by its first three letters, which rule out most words.
fn may_be_part(word: &[u8]) -> bool {
    let &[first, second, third, ..] = word else { return false };
    matches!(
        &[first | 0x20, second | 0x20, third | 0x20],
        b"zer"
            | b"one"
            | b"fir"
            | b"two"
            | b"sec"
            | b"thr"
            | b"thi"
            | b"fou"
            | b"for"
            | b"fiv"
            | b"fif"
            | b"six"
            | b"sev"
            | b"eig"
            | b"nin"
            | b"ten"
            | b"ele"
            | b"twe"
            | b"hun"
    )
}

/// Returns the value of a Roman numeral of at least two capitals, up to 199.
pub(super) fn roman(text: &str) -> Option<u16> {
    const PIECES: [(&str, u16); 9] =
        [("C", 100), ("XC", 90), ("L", 50), ("XL", 40), ("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1)];
    if text.len() < 2 || !b"CLXVI".contains(&text.as_bytes()[0]) {
        return None;
    }
    let (mut rest, mut value) = (text, 0);
    for (piece, piece_value) in PIECES {
        let repeats = if matches!(piece_value, 10 | 1) { 3 } else { 1 };
        for _ in 0..repeats {
            if let Some(after) = rest.strip_prefix(piece) {
                (rest, value) = (after, value + piece_value);
            }
        }
    }
    rest.is_empty().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_in_words_is_read_back() {
        for number in 0..=999 {
            let words = number_in_words(number);
            let (read, rest) = read_number(Cursor::new(&words, 0)).expect("a number");
            assert_eq!((read.value, rest.offset()), (number, words.len()), "{words}");
        }
    }

    fn read_all(text: &str) -> Vec<u16> {
        let mut cursor = Cursor::new(text, 0);
        std::iter::from_fn(|| {
            let (number, rest) = read_number(cursor)?;
            cursor = rest;
            Some(number.value)
        })
        .collect()
    }

    #[test]
    fn numbers_in_digits_words_and_roman_numerals_are_read() {
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
            assert_eq!(read_all(text), expected, "{text}");
        }
    }

    #[test]
    fn a_number_has_its_span_and_form() {
        let (number, _) = read_number(Cursor::new("the twenty-third psalm", 4)).expect("a number");
        assert_eq!((number.start, number.end, number.ordinal, number.digits), (4, 16, true, false));
    }
}
