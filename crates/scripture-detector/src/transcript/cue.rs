//! Builds cues from pieces of text, which may have their own times.

use super::{Cue, WordTime, text};

/// Builds a cue from pieces of text. Whitespace is collapsed, even between pieces.
#[derive(Debug, Default)]
pub(super) struct CueBuilder {
    text: String,
    words: Vec<WordTime>,
    /// Whether a space is due before the next word.
    pending_space: bool,
}

impl CueBuilder {
    /// Appends raw text, and the time of its first word if it is known.
    pub(super) fn push(&mut self, raw: &str, start_ms: Option<u64>) {
        let word = raw.strip_prefix(' ').unwrap_or(raw);
        if text::is_clean(word) {
            self.pending_space |= word.len() < raw.len();
            self.push_words(word, start_ms);
            self.pending_space = false;
            return;
        }
        let piece = text::strip(raw);
        self.pending_space |= piece.starts_with(char::is_whitespace);
        let mut start_ms = start_ms;
        for word in piece.split_whitespace() {
            self.push_words(word, start_ms.take());
            self.pending_space = true;
        }
        self.pending_space = piece.ends_with(char::is_whitespace) || (self.pending_space && piece.trim().is_empty());
    }

    /// Appends words with single spaces between them, and the time of the first one if it starts a word.
    fn push_words(&mut self, words: &str, start_ms: Option<u64>) {
        let starts_word = self.text.is_empty() || self.pending_space;
        if self.pending_space && !self.text.is_empty() {
            self.text.push(' ');
        }
        if let Some(start_ms) = start_ms.filter(|_| starts_word) {
            self.words.push(WordTime { offset: self.text.len(), start_ms });
        }
        self.text.push_str(words);
    }

    /// Returns the cue. Its text is empty if only whitespace was pushed.
    pub(super) fn finish(self, start_ms: u64, duration_ms: Option<u64>) -> Cue {
        Cue { start_ms: Some(start_ms), duration_ms, text: self.text, words: self.words }
    }
}

impl Cue {
    /// Creates a cue from its lines without word times.
    pub(super) fn of_lines(start_ms: u64, duration_ms: Option<u64>, lines: &[&str]) -> Self {
        Self { start_ms: Some(start_ms), duration_ms, text: text::clean_lines(lines), words: Vec::new() }
    }

    /// Creates a cue from raw text without word times.
    pub(super) fn timed(start_ms: u64, duration_ms: Option<u64>, raw: &str) -> Self {
        Self { start_ms: Some(start_ms), duration_ms, text: text::clean(raw), words: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn word_times_stay_with_their_words_when_white_space_is_collapsed() {
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
    fn a_piece_that_continues_a_word_has_no_time() {
        let mut cue = CueBuilder::default();
        cue.push("Corin", Some(1));
        cue.push("thians", Some(2));
        let cue = cue.finish(0, None);
        assert_eq!((cue.text.as_str(), cue.words.len()), ("Corinthians", 1));
    }
}
