//! Makes untrusted text safe to display and print.

use std::fmt::Write as _;

/// Joins text into one line: whitespace and control characters become single spaces, and characters that XML cannot
/// contain are removed.
pub fn clean_line(text: &str) -> String {
    let is_gap = |letter: char| letter.is_whitespace() || letter.is_control();
    let words = text.split(is_gap).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").replace(['\u{fffe}', '\u{ffff}'], "")
}

/// Escapes control characters except line feeds and tabs, so that a terminal does not interpret them. Uses the escape
/// syntax of JSON strings.
pub fn escape_controls(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() && !matches!(letter, '\n' | '\t') {
            write!(escaped, "\\u{:04x}", u32::from(letter)).expect("writing to a String cannot fail");
        } else {
            escaped.push(letter);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_neither_drawn_nor_printed() {
        assert_eq!(clean_line(" The\u{1b}[2J\r\n\u{0}sower\u{9b}31m\u{ffff} \u{7f}"), "The [2J sower 31m");
        assert_eq!(clean_line("Die Gnade – 恩典"), "Die Gnade – 恩典");
        assert_eq!(escape_controls("a\tb\n\u{1b}[2J\u{9b}\r"), "a\tb\n\\u001b[2J\\u009b\\u000d");
    }
}
