//! Parsing of times.

/// Latest accepted time: 1,000 hours.
pub(super) const MAX_MS: u64 = 1_000 * 3_600_000;

/// Parses a time such as `1:02:03.450`, `02:03,45` or `5.06` at the start of the text into milliseconds, and returns the rest.
///
/// Hours and minutes are optional. The fraction follows a comma or a period and has one to nine digits.
pub(super) fn parse_prefix(text: &str) -> Option<(u64, &str)> {
    let mut total = 0_u64;
    let mut rest = text;
    let mut parts = 0;
    loop {
        let (value, length) = leading_digits(rest.as_bytes());
        if length == 0 || length > 7 || (parts > 0 && length > 2) {
            return None;
        }
        total = total * 60 + value;
        rest = &rest[length..];
        parts += 1;
        match rest.strip_prefix(':') {
            Some(next) if parts < 3 && next.starts_with(|letter: char| letter.is_ascii_digit()) => rest = next,
            _ => break,
        }
    }
    let (fraction, rest) = parse_fraction(rest);
    let total = total.checked_mul(1000)?.checked_add(fraction)?;
    (total <= MAX_MS).then_some((total, rest))
}

/// Returns the value and the number of the ASCII digits at the start. It stops after eight digits.
fn leading_digits(bytes: &[u8]) -> (u64, usize) {
    let digits = bytes.iter().take(8).take_while(|byte| byte.is_ascii_digit());
    digits.fold((0, 0), |(value, length), digit| (value * 10 + u64::from(digit - b'0'), length + 1))
}

/// Parses the fraction of a second into milliseconds, and returns the rest.
pub(super) fn parse_fraction(text: &str) -> (u64, &str) {
    let Some(digits) = text.strip_prefix(['.', ',']) else { return (0, text) };
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 || length > 9 {
        return (0, text);
    }
    let milliseconds = digits.bytes().take(length).chain(std::iter::repeat(b'0')).take(3);
    (milliseconds.fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')), &digits[length..])
}

/// Parses text that is a time and nothing else.
pub(super) fn parse(text: &str) -> Option<u64> {
    parse_prefix(text.trim()).filter(|(_, rest)| rest.is_empty()).map(|(time, _)| time)
}

/// Parses a time of YouTube's transcript panel, `0:02` or `1:00:05`, into seconds.
///
/// All parts after the first have two digits and are below 60; there is no fraction.
pub(super) fn parse_panel(text: &str) -> Option<u64> {
    if !text.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let mut parts = text.split(':');
    let first = parts.next().filter(|part| (1..=3).contains(&part.len()))?;
    let mut seconds = parse_digits(first)?;
    let mut count = 0;
    for part in parts {
        let value = parse_digits(part).filter(|value| part.len() == 2 && *value < 60)?;
        seconds = seconds * 60 + value;
        count += 1;
    }
    (1..=2).contains(&count).then_some(seconds)
}

/// Parses a number of ASCII digits only.
fn parse_digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// The first digit of each block of ten that translated files use instead of `0` to `9`.
const ZEROS: [char; 17] = [
    '0', '\u{ff10}', '\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}', '\u{c66}',
    '\u{ce6}', '\u{d66}', '\u{e50}', '\u{ed0}', '\u{1040}', '\u{17e0}',
];

/// Returns the value of a decimal digit of any common script.
pub(super) fn digit(letter: char) -> Option<u64> {
    // No digit of another script is below U+0660.
    if letter < '\u{660}' {
        return letter.to_digit(10).map(u64::from);
    }
    ZEROS
        .iter()
        .find_map(|zero| u32::from(letter).checked_sub(u32::from(*zero)).filter(|value| *value < 10))
        .map(u64::from)
}

/// A time in a form that only broken files have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LooseTime {
    pub(super) ms: u64,
    /// Whether it has hours, or minutes and a fraction, so that it cannot be a chapter and a verse.
    pub(super) is_exact: bool,
}

/// The separator between two parts of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separator {
    Colon,
    Point,
    /// Only whitespace, before milliseconds.
    Space,
}

/// Parses a time that a translator broke, such as `00: 00: 01, 000`, `00：00：01，000` or `00.00.01 000`, at the start of a text,
/// and returns the rest.
pub(super) fn parse_loose(text: &str) -> Option<(LooseTime, &str)> {
    // The value and the length of each part, and what precedes it.
    let mut parts = [(0_u64, 0_usize); 4];
    let mut separators = [Separator::Space; 4];
    let mut count = 0;
    let mut rest = text;
    loop {
        let (value, length, after) = parse_part(rest);
        if length == 0 || length > 9 {
            return None;
        }
        parts[count] = (value, length);
        count += 1;
        rest = after;
        match parse_separator(rest, count).filter(|_| count < parts.len()) {
            Some((separator, after)) => {
                separators[count] = separator;
                rest = after;
            }
            None => break,
        }
    }
    let (parts, separators) = (&parts[..count], &separators[1..count]);
    let (last, length) = parts[count - 1];
    let all_points = parts.len() == 3 && length == 2 && separators.iter().all(|each| *each == Separator::Point);
    let is_point = separators.last().is_some_and(|each| *each != Separator::Colon);
    let has_fraction = parts.len() > 1 && !all_points && (is_point || length == 3 || parts.len() == 4);
    let whole = &parts[..parts.len() - usize::from(has_fraction)];
    if whole.len() > 3 || whole[1..].iter().any(|(_, length)| *length > 2) || whole[0].1 > 7 {
        return None;
    }
    let seconds = whole.iter().fold(0, |sum, (value, _)| sum * 60 + value);
    let fraction = match u32::try_from(length).ok()? {
        _ if !has_fraction => 0,
        digits @ 0..=3 => last * 10_u64.pow(3 - digits),
        digits => last / 10_u64.pow(digits - 3),
    };
    let ms = seconds.checked_mul(1000)?.checked_add(fraction)?;
    let colons = separators.iter().filter(|each| **each == Separator::Colon).count();
    let is_exact = whole.len() == 3 || (whole.len() == 2 && has_fraction && colons > 0);
    (ms <= MAX_MS).then_some((LooseTime { ms, is_exact }, rest))
}

/// Parses the digits at the start of the text. Returns their value, which is meaningless if there are more than nine, their
/// number, and the rest.
fn parse_part(text: &str) -> (u64, usize, &str) {
    let (mut value, mut count) = (0_u64, 0);
    for (at, letter) in text.char_indices() {
        let Some(digit) = digit(letter) else { return (value, count, &text[at..]) };
        value = value.wrapping_mul(10).wrapping_add(digit);
        count += 1;
    }
    (value, count, "")
}

/// Parses what separates two parts of a time, with whitespace around it. Digits follow.
fn parse_separator(text: &str, parts: usize) -> Option<(Separator, &str)> {
    // Most numbers end at a letter, or with the line.
    if text.as_bytes().first().is_none_or(u8::is_ascii_alphabetic) {
        return None;
    }
    let rest = text.trim_start_matches(is_space);
    let separator = match rest.chars().next()? {
        ':' | '：' | '∶' | '︰' | '꞉' => Separator::Colon,
        '.' | ',' | ';' | '\'' | '’' | '．' | '，' | '。' | '、' | '٫' | '،' | '؛' => Separator::Point,
        _ if parts >= 2 && rest.len() < text.len() => {
            let digits = rest.chars().take_while(|letter| digit(*letter).is_some()).count();
            return (digits == 3).then_some((Separator::Space, rest));
        }
        _ => return None,
    };
    let mark = rest.chars().next().map_or(0, char::len_utf8);
    let rest = rest[mark..].trim_start_matches(is_space);
    rest.starts_with(|letter| digit(letter).is_some()).then_some((separator, rest))
}

/// Returns whether a character is whitespace within a line.
fn is_space(letter: char) -> bool {
    letter.is_whitespace() && letter != '\n'
}

/// Converts seconds to milliseconds, or returns `None` if they are not a valid time.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is between 0 and MAX_MS")]
#[expect(clippy::cast_precision_loss, reason = "MAX_MS is far below 2^52")]
pub(super) fn from_seconds(value: f64) -> Option<u64> {
    let milliseconds = (value * 1000.0).round();
    (milliseconds >= 0.0 && milliseconds <= MAX_MS as f64).then_some(milliseconds as u64)
}

/// Converts a start in seconds to milliseconds. Negative starts, as in shifted files, become 0.
pub(super) fn start_from_seconds(value: f64) -> Option<u64> {
    if value < 0.0 { Some(0) } else { from_seconds(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_every_form_are_parsed() {
        let cases = [
            ("00:00:02,400", 2400),
            ("00:02.4", 2400),
            ("1:00:05", 3_605_000),
            ("5.06", 5060),
            ("3605.5", 3_605_500),
            ("100:00:00.000", 360_000_000),
            ("0:00:01.123456", 1123),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_texts_are_not_times() {
        for text in ["", ":", "1:", "a", "1:2:3:4", "00:123:00", "99999999", "1 2", "-1"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn broken_times_are_parsed() {
        let cases = [
            ("00: 00: 01,000", 1000),
            ("00:00:01, 000", 1000),
            ("00 : 00 : 09 . 5", 9500),
            ("00:00:01 250", 1250),
            ("00.00.01,250", 1250),
            ("00.01.02", 62_000),
            ("00:00:01:250", 1250),
            ("00:01;250", 1250),
            ("００：００：０１，２５０", 1250),
            ("٠٠:٠٠:٠١٫٢٥", 1250),
            ("०१:०२", 62_000),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_loose(text).map(|(time, rest)| (time.ms, rest)), Some((expected, "")), "{text}");
        }
        assert!(parse_loose("00:00:01 and").is_some_and(|(time, rest)| time.ms == 1000 && rest == " and"));
        for text in ["", "a", ":", "1:222:3", "9999999999"] {
            assert_eq!(parse_loose(text), None, "{text}");
        }
    }

    #[test]
    fn panel_times_have_two_digits_after_the_first_part() {
        assert_eq!(
            (parse_panel("0:02"), parse_panel("1:00:05"), parse_panel("125:00")),
            (Some(2), Some(3605), Some(7500))
        );
        for text in ["3:6", "8:60", "1:100", "12", "1:00:00:00", "3:16-18", "", ":10"] {
            assert_eq!(parse_panel(text), None, "{text}");
        }
    }
}
