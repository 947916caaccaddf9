//! Builds a cue from pieces that may have times of their own.

use super::{Cue, WordTime, text};

/// A cue under construction: white space is folded across its pieces, word times keep their place.
#[derive(Debug, Default)]
pub(super) struct CueBuilder {
    text: String,
    words: Vec<WordTime>,
    space: bool,
}

impl CueBuilder {
    /// Adds raw text, and the time of its first word where it is known.
    pub(super) fn push(&mut self, raw: &str, start_ms: Option<u64>) {
        let piece = text::strip(raw);
        self.space |= piece.starts_with(char::is_whitespace);
        let mut start_ms = start_ms;
        for word in piece.split_whitespace() {
            let begins = self.text.is_empty() || self.space;
            if self.space && !self.text.is_empty() {
                self.text.push(' ');
            }
            if let Some(start_ms) = start_ms.take().filter(|_| begins) {
                self.words.push(WordTime { offset: self.text.len(), start_ms });
            }
            self.text.push_str(word);
            self.space = true;
        }
        self.space = piece.ends_with(char::is_whitespace) || (self.space && piece.trim().is_empty());
    }

    /// The cue; its text is empty if nothing but white space was pushed.
    pub(super) fn finish(self, start_ms: u64, duration_ms: Option<u64>) -> Cue {
        Cue { start_ms: Some(start_ms), duration_ms, text: self.text, words: self.words }
    }
}

impl Cue {
    /// A cue whose words have no times of their own.
    pub(super) fn timed(start_ms: u64, duration_ms: Option<u64>, raw: &str) -> Self {
        Self { start_ms: Some(start_ms), duration_ms, text: text::clean(raw), words: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_word_stays_with_it_when_white_space_is_folded() {
        let mut cue = CueBuilder::default();
        for (raw, start) in [("  verse", 9100), (" 4", 9664), ("\n", 9700), ("&amp;", 9800), (" kind", 9900)] {
            cue.push(raw, Some(start));
        }
        let cue = cue.finish(9100, None);
        assert_eq!(cue.text, "verse 4 & kind");
        let words: Vec<_> = cue.words.iter().map(|word| (&cue.text[word.offset..], word.start_ms)).collect();
        assert_eq!(words, [("verse 4 & kind", 9100), ("4 & kind", 9664), ("& kind", 9800), ("kind", 9900)]);
    }

    #[test]
    fn a_piece_that_goes_on_with_a_word_has_no_time_of_its_own() {
        let mut cue = CueBuilder::default();
        cue.push("Corin", Some(1));
        cue.push("thians", Some(2));
        let cue = cue.finish(0, None);
        assert_eq!((cue.text.as_str(), cue.words.len()), ("Corinthians", 1));
    }
}
