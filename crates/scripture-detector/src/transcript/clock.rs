//! Parsing of times.

/// The latest time that is accepted: 1,000 hours.
pub(super) const MAX_MS: u64 = 1_000 * 3_600_000;

/// Parses a time such as `1:02:03.450`, `02:03,45` or `5.06` at the start of a text into milliseconds, and returns the rest.
///
/// Hours and minutes are optional. The fraction follows a comma or a period and has one to nine digits.
pub(super) fn parse_prefix(text: &str) -> Option<(u64, &str)> {
    let mut total = 0_u64;
    let mut rest = text;
    let mut parts = 0;
    loop {
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 || length > 7 || (parts > 0 && length > 2) {
            return None;
        }
        total = total * 60 + rest[..length].parse::<u64>().ok()?;
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

/// Parses the fraction of a second into milliseconds, and returns the rest.
fn parse_fraction(text: &str) -> (u64, &str) {
    let Some(digits) = text.strip_prefix(['.', ',']) else { return (0, text) };
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 || length > 9 {
        return (0, text);
    }
    let milliseconds = digits.bytes().take(length).chain(std::iter::repeat(b'0')).take(3);
    (milliseconds.fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')), &digits[length..])
}

/// Parses a text that is a time and nothing else.
pub(super) fn parse(text: &str) -> Option<u64> {
    parse_prefix(text.trim()).filter(|(_, rest)| rest.is_empty()).map(|(time, _)| time)
}

/// Parses a time of YouTube's transcript panel, `0:02` or `1:00:05`, into seconds.
///
/// All parts after the first have two digits and are below 60; there is no fraction.
pub(super) fn parse_panel(text: &str) -> Option<u64> {
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
