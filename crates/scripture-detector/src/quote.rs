//! The words around a mention, and places counted in code points.

use std::ops::Range;

/// As many bytes are quoted on each side, about what the system before ours quoted.
const AROUND: usize = 150;

/// The words around a span, with `...` where the text was cut.
pub(super) fn around(text: &str, span: &Range<usize>) -> String {
    let from = boundary(text, span.start.saturating_sub(AROUND));
    let to = boundary(text, span.end.saturating_add(AROUND).min(text.len()));
    let before = if from > 0 { "..." } else { "" };
    let behind = if to < text.len() { "..." } else { "" };
    format!("{before}{}{behind}", &text[from..to])
}

/// The last character boundary that is not behind an offset.
fn boundary(text: &str, offset: usize) -> usize {
    (0..=offset).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// Counts code points up to ascending places in one pass.
pub(super) struct Characters<'t> {
    text: &'t str,
    at: usize,
    count: usize,
}

impl<'t> Characters<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, count: 0 }
    }

    /// The code points before a byte offset, which must not be smaller than the last one asked for.
    pub(super) fn before(&mut self, offset: usize) -> usize {
        self.count += self.text[self.at..offset].chars().count();
        self.at = offset;
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_is_cut_on_both_sides_and_never_inside_a_character() {
        let text = format!("{}x{}", "é".repeat(200), "é".repeat(10));
        let quoted = around(&text, &(400..401));
        assert!(quoted.starts_with("...é") && quoted.ends_with('é'));
    }

    #[test]
    fn code_points_are_counted_from_place_to_place() {
        let mut characters = Characters::new("aéb…c");
        assert_eq!((characters.before(1), characters.before(3), characters.before(8)), (1, 2, 5));
    }
}
