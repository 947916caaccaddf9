//! The joined text of a transcript, and the times of its words.

use super::Transcript;

/// The text of all cues joined by spaces, with the times of its words.
///
/// This is what the detector reads, and what [`Reference::start_char`](crate::Reference::start_char) counts in. Whitespace
/// is collapsed.
///
/// # Examples
///
/// ```
/// use scripture_detector::transcript;
///
/// let captions = b"1\n00:00:01,000 --> 00:00:02,000\nTurn to\n\n2\n00:00:02,500 --> 00:00:04,000\nRomans 8\n";
/// let text = transcript::read(captions)?.joined();
/// assert_eq!(text.as_str(), "Turn to Romans 8");
/// assert_eq!(text.time_at(8), Some(2500));
/// assert_eq!(text.cue_at(8), "Romans 8");
/// # Ok::<(), scripture_detector::transcript::TranscriptError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JoinedText {
    text: String,
    /// Byte offsets and times in milliseconds, ascending by offset. A word has its own time if it is known, otherwise that of
    /// its cue.
    times: Vec<(usize, u64)>,
    /// The byte offset of each cue, ascending.
    cues: Vec<usize>,
}

impl JoinedText {
    /// Creates joined text without times. Whitespace is collapsed.
    pub fn plain(text: &str) -> Self {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { text, times: Vec::new(), cues: vec![0] }
    }

    /// Joins the cues of a transcript.
    pub(super) fn from_transcript(transcript: &Transcript) -> Self {
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

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the time in milliseconds of the word at a byte offset, or `None` if the text has no times.
    pub fn time_at(&self, offset: usize) -> Option<u64> {
        let after = self.times.partition_point(|&(start, _)| start <= offset);
        after.checked_sub(1).map(|index| self.times[index].1)
    }

    /// Returns the text of the cue at a byte offset.
    pub fn cue_at(&self, offset: usize) -> &str {
        let after = self.cues.partition_point(|&start| start <= offset);
        let start = after.checked_sub(1).map_or(0, |index| self.cues[index]);
        let end = self.cues.get(after).map_or(self.text.len(), |&next| next.saturating_sub(1));
        &self.text[start..end]
    }
}
