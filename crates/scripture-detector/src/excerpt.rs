//! Excerpts of the text around a mention, and offsets in code points.

use std::ops::Range;

use crate::letters::floor_char_boundary;

/// Bytes of context on each side of a mention.
const CONTEXT_BYTES: usize = 150;

/// Returns the words around a span, with `...` where the text was cut.
pub(crate) fn context_around(text: &str, span: &Range<usize>) -> String {
    let start = floor_char_boundary(text, span.start.saturating_sub(CONTEXT_BYTES));
    let end = floor_char_boundary(text, span.end.saturating_add(CONTEXT_BYTES));
    let before = if start > 0 { "..." } else { "" };
    let after = if end < text.len() { "..." } else { "" };
    format!("{before}{}{after}", &text[start..end])
}

/// Converts ascending byte offsets to code points in one pass over the text.
pub(crate) struct CodePointCounter<'t> {
    text: &'t str,
    offset: usize,
    count: usize,
}

impl<'t> CodePointCounter<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, offset: 0, count: 0 }
    }

    /// Returns the number of code points before a byte offset, which must not be less than the previous one.
    pub(crate) fn count_to(&mut self, offset: usize) -> usize {
        self.count += self.text[self.offset..offset].chars().count();
        self.offset = offset;
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_is_cut_on_both_sides_but_never_inside_a_character() {
        let text = format!("{}x{}", "é".repeat(200), "é".repeat(10));
        let context = context_around(&text, &(400..401));
        assert!(context.starts_with("...é") && context.ends_with('é'));
    }

    #[test]
    fn code_points_are_counted_incrementally() {
        let mut counter = CodePointCounter::new("aéb…c");
        assert_eq!((counter.count_to(1), counter.count_to(3), counter.count_to(8)), (1, 2, 5));
    }
}
