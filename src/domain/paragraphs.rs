//! Divides a transcript into paragraphs for reading.

use std::ops::Range;

use scripture_detector::transcript::{Cue, JoinedText, Transcript};

/// Minimum length of a pause that can end a paragraph, in milliseconds.
const PAUSE_MS: u64 = 2_500;

/// Minimum length of a paragraph that ends at a pause, in bytes.
const MIN_AFTER_PAUSE: usize = 160;

/// Minimum length of a paragraph that ends after a sentence, in bytes.
const MIN_AFTER_SENTENCE: usize = 450;

/// Length in bytes after which a paragraph ends at the next cue, because automatic captions have no punctuation.
const MIN_AFTER_CUE: usize = 800;

/// Approximate duration of a word whose end is unknown, in milliseconds.
const WORD_MS: u64 = 400;

/// A paragraph of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paragraph {
    /// Byte range of the paragraph in the joined text.
    pub range: Range<usize>,
    /// Milliseconds from the start of the recording to the first word, or `None` if the transcript has no times.
    pub start_ms: Option<u64>,
}

/// Divides a transcript into paragraphs. A paragraph ends at a pause, at the end of a sentence, or when it gets too
/// long, but always between two cues. Together, the paragraphs contain every word of `joined`, the joined text of the
/// transcript.
///
/// # Examples
///
/// ```
/// use mannameter::domain::paragraphs;
/// use scripture_detector::transcript;
///
/// let transcript = transcript::read(b"In the beginning God created the heaven and the earth.")?;
/// let joined = transcript.joined();
/// let paragraphs = paragraphs(&transcript, &joined);
/// assert_eq!(&joined.as_str()[paragraphs[0].range.clone()], joined.as_str());
/// # Ok::<(), transcript::TranscriptError>(())
/// ```
pub fn paragraphs(transcript: &Transcript, joined: &JoinedText) -> Vec<Paragraph> {
    let text = joined.as_str();
    let mut paragraphs = Vec::new();
    let (mut start, mut offset) = (0, 0);
    let mut previous: Option<&Cue> = None;
    for cue in &transcript.cues {
        if let Some(previous) = previous
            && ends_paragraph(previous, cue, offset - start)
        {
            // Leave out the space between the two cues.
            paragraphs.push(paragraph(joined, start..offset - 1));
            start = offset;
        }
        offset += cue.text.len() + 1;
        previous = Some(cue);
    }
    if start < text.len() {
        paragraphs.push(paragraph(joined, start..text.len()));
    }
    paragraphs
}

fn paragraph(joined: &JoinedText, range: Range<usize>) -> Paragraph {
    Paragraph { start_ms: joined.time_at(range.start), range }
}

/// Returns whether a paragraph of `length` bytes ends between two cues.
fn ends_paragraph(previous: &Cue, next: &Cue, length: usize) -> bool {
    length >= MIN_AFTER_CUE
        || (length >= MIN_AFTER_SENTENCE && ends_sentence(&previous.text))
        || (length >= MIN_AFTER_PAUSE && pause(previous, next) >= PAUSE_MS)
}

fn ends_sentence(text: &str) -> bool {
    text.trim_end_matches(['"', '”', '\'', '’', ')', ']']).ends_with(['.', '?', '!', '…'])
}

/// Returns the length of the silence between two cues in milliseconds, or 0 if it is unknown.
fn pause(previous: &Cue, next: &Cue) -> u64 {
    let end = match (previous.words.last(), previous.start_ms, previous.duration_ms) {
        // The durations of automatic captions are placeholders; the times of their words are exact.
        (Some(word), ..) => Some(word.start_ms + WORD_MS),
        (None, Some(start), Some(duration)) => Some(start + duration),
        _ => None,
    };
    match (end, next.start_ms) {
        (Some(end), Some(start)) => start.saturating_sub(end),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use scripture_detector::transcript::{self, Format, WordTime};

    use super::*;

    fn cue(start_ms: u64, text: &str) -> Cue {
        Cue { start_ms: Some(start_ms), duration_ms: Some(2_000), text: text.to_owned(), words: Vec::new() }
    }

    fn texts(cues: Vec<Cue>) -> Vec<String> {
        let transcript =
            Transcript { format: Format::Srt, language: None, cues, chapters: Vec::new(), warnings: Vec::new() };
        let joined = transcript.joined();
        let paragraphs = paragraphs(&transcript, &joined);
        paragraphs.into_iter().map(|paragraph| joined.as_str()[paragraph.range].to_owned()).collect()
    }

    #[test]
    fn a_pause_ends_a_paragraph_unless_it_is_very_short() {
        let long = "and he said unto them ".repeat(8);
        let first = cue(0, long.trim());
        assert_eq!(texts(vec![first.clone(), cue(2_000, "at once")]).len(), 1);
        assert_eq!(texts(vec![first.clone(), cue(4_500, "after a pause")]), [long.trim(), "after a pause"]);
        assert_eq!(texts(vec![cue(0, "Amen."), cue(60_000, "Amen.")]).len(), 1);
        // The times of words count, not the placeholder durations of automatic captions.
        let words = vec![WordTime { offset: 0, start_ms: 0 }];
        assert_eq!(texts(vec![Cue { duration_ms: Some(9_000), words, ..first }, cue(4_500, "after a pause")]).len(), 2);
    }

    #[test]
    fn a_long_paragraph_ends_with_a_sentence_or_else_with_any_cue() {
        let cues = |text: &str| (0..40).map(|number| cue(number * 2_000, text)).collect::<Vec<_>>();
        let sentences = texts(cues("He rose again on the third day, “as he said.”"));
        assert!(sentences.iter().all(|text| text.len() < MIN_AFTER_SENTENCE + 60), "{sentences:?}");
        let run_on = texts(cues("and he rose again on the third day and"));
        assert!(run_on.len() > 1 && run_on.iter().all(|text| text.len() < MIN_AFTER_CUE + 60), "{run_on:?}");
    }

    #[test]
    fn a_paragraph_starts_with_the_time_of_its_first_word() {
        let captions = format!(
            "1\n00:00:01,000 --> 00:00:03,000\n{}\n\n2\n00:01:05,500 --> 00:01:09,000\nNext.\n",
            "the sower went out ".repeat(10)
        );
        let transcript = transcript::read(captions.as_bytes()).expect("captions");
        let times: Vec<_> = paragraphs(&transcript, &transcript.joined()).iter().map(|it| it.start_ms).collect();
        assert_eq!(times, [Some(1_000), Some(65_500)]);
    }

    proptest! {
        #[test]
        fn paragraphs_contain_every_word_once(
            cues in prop::collection::vec(("[a-zé.?]{1,9}( [a-zé.?]{1,9}){0,20}", 0..9_000_u64), 1..60),
        ) {
            let mut at = 0;
            let cues: Vec<_> = cues.into_iter().map(|(text, gap)| { at += gap; cue(at, &text) }).collect();
            let joined: Vec<_> = cues.iter().map(|cue| cue.text.clone()).collect();
            prop_assert_eq!(texts(cues).join(" "), joined.join(" "));
        }
    }
}
