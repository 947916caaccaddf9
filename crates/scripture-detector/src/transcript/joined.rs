//! The text that the detector reads, and the way back from a place in it to its time.

use super::Transcript;

/// All cues joined by one space, with the way back from a place in the text to its time.
///
/// White space is folded; the text is what the detector reads, and what `start_char` counts in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JoinedText {
    text: String,
    /// Byte offset and milliseconds, ascending by offset; a word's own time where it is known, else its cue's.
    times: Vec<(usize, u64)>,
    /// Byte offset at which each cue begins, ascending.
    cues: Vec<usize>,
}

impl JoinedText {
    /// A text without times.
    pub fn plain(text: &str) -> Self {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { text, times: Vec::new(), cues: vec![0] }
    }

    /// The cues of a transcript, joined by one space each.
    pub(super) fn of(transcript: &Transcript) -> Self {
        let mut joined = Self::default();
        for cue in &transcript.cues {
            if !joined.text.is_empty() {
                joined.text.push(' ');
            }
            let base = joined.text.len();
            joined.cues.push(base);
            if let Some(start) = cue.start_ms {
                if cue.words.first().is_none_or(|word| word.offset > 0) {
                    joined.times.push((base, start));
                }
                joined.times.extend(cue.words.iter().map(|word| (base + word.offset, word.start_ms)));
            }
            joined.text.push_str(&cue.text);
        }
        joined
    }

    /// The joined text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Milliseconds of the word that holds the byte at `offset`; none in a text without times.
    pub fn time_at(&self, offset: usize) -> Option<u64> {
        let after = self.times.partition_point(|&(start, _)| start <= offset);
        after.checked_sub(1).map(|index| self.times[index].1)
    }

    /// The text of the cue that holds the byte at `offset`.
    pub fn cue_at(&self, offset: usize) -> &str {
        let after = self.cues.partition_point(|&start| start <= offset);
        let start = after.checked_sub(1).map_or(0, |index| self.cues[index]);
        let end = self.cues.get(after).map_or(self.text.len(), |&next| next.saturating_sub(1));
        &self.text[start..end]
    }
}
