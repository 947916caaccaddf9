//! Times as caption files write them.

/// The longest time that is kept, 1,000 hours; larger ones are damage.
pub(super) const MAX_MS: u64 = 1_000 * 3_600_000;

/// A clock such as `1:02:03.450`, `02:03,45` or `5.06` at the beginning of a text, in milliseconds, and the rest.
///
/// Hours may be missing, a comma or a dot divides the seconds, and there may be one to nine digits after it.
pub(super) fn leading(text: &str) -> Option<(u64, &str)> {
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
    let (fraction, rest) = fraction_ms(rest);
    let total = total.checked_mul(1000)?.checked_add(fraction)?;
    (total <= MAX_MS).then_some((total, rest))
}

/// The milliseconds after a comma or a dot, and the rest.
fn fraction_ms(text: &str) -> (u64, &str) {
    let Some(digits) = text.strip_prefix(['.', ',']) else { return (0, text) };
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 || length > 9 {
        return (0, text);
    }
    let milliseconds = digits.bytes().take(length).chain(std::iter::repeat(b'0')).take(3);
    (milliseconds.fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')), &digits[length..])
}

/// A whole text that is a clock.
pub(super) fn whole(text: &str) -> Option<u64> {
    leading(text.trim()).filter(|(_, rest)| rest.is_empty()).map(|(time, _)| time)
}

/// Seconds of a panel's clock, `0:02` or `1:00:05`: two digits each after the first, below sixty, no fraction.
pub(super) fn panel(text: &str) -> Option<u64> {
    let mut parts = text.split(':');
    let first = parts.next().filter(|part| (1..=3).contains(&part.len()))?;
    let mut seconds = number(first)?;
    let mut count = 0;
    for part in parts {
        let value = number(part).filter(|value| part.len() == 2 && *value < 60)?;
        seconds = seconds * 60 + value;
        count += 1;
    }
    (1..=2).contains(&count).then_some(seconds)
}

/// A number of ASCII digits alone.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Seconds as a number, in milliseconds; none where it is no time.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie between 0 and MAX_MS")]
#[expect(clippy::cast_precision_loss, reason = "MAX_MS is far below 2^52")]
pub(super) fn seconds(value: f64) -> Option<u64> {
    let milliseconds = (value * 1000.0).round();
    (milliseconds >= 0.0 && milliseconds <= MAX_MS as f64).then_some(milliseconds as u64)
}

/// As [`seconds`], for a beginning: one before that of the video, as shifted files have, is the beginning.
pub(super) fn start(value: f64) -> Option<u64> {
    if value < 0.0 { Some(0) } else { seconds(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_of_every_kind_are_read() {
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
            assert_eq!(whole(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_clock_is_not_read_as_one() {
        for text in ["", ":", "1:", "a", "1:2:3:4", "00:123:00", "99999999", "1 2", "-1"] {
            assert_eq!(whole(text), None, "{text}");
        }
    }

    #[test]
    fn a_panel_clock_has_two_digits_for_minutes_and_seconds() {
        assert_eq!((panel("0:02"), panel("1:00:05"), panel("125:00")), (Some(2), Some(3605), Some(7500)));
        for text in ["3:6", "8:60", "1:100", "12", "1:00:00:00", "3:16-18", "", ":10"] {
            assert_eq!(panel(text), None, "{text}");
        }
    }
}
