//! Formats counts for messages.

use std::fmt::Display;

/// Returns a count with its noun: "1 sermon", "2 sermons".
pub(super) fn count(number: impl Display, noun: &str) -> String {
    let number = number.to_string();
    let ending = if number == "1" { "" } else { "s" };
    format!("{number} {noun}{ending}")
}
