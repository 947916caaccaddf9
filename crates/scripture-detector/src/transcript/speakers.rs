//! Names of speakers that a file repeats in its cues: `John Smith: turn to Hosea`, `[SPEAKER_00]: turn to Hosea`, or a name on the
//! first line. They are not words of the sermon, and a name between two cues would tear a reference apart.

use std::{borrow::Cow, collections::BTreeSet};

use memchr::memchr2;

use super::{Cue, Format, arrows::RawCue, headings, text};
use crate::Book;

/// Minimum number of cues with names.
const MIN_LABELS: usize = 3;

/// Removes the names at the start of the lines of a text if many lines have one and they repeat.
pub(super) fn without_labels(text: &str) -> Cow<'_, str> {
    let lines = || text::lines(text).filter(|line| !text::is_blank(line));
    let label = |line: &str| label_length(line, Format::Plain);
    let names = lines().filter_map(|line| line.get(..label(line)?));
    let is_frequent = names.clone().count() * 3 >= lines().count();
    if !is_frequent || !repeat(names.clone(), names.count()) {
        return Cow::Borrowed(text);
    }
    let lines = text::lines(text).map(|line| label(line).map_or(line, |length| &line[length..]));
    Cow::Owned(lines.flat_map(|line| [line, "\n"]).collect())
}

/// Removes the names at the start of the cues if most cues have one and they repeat.
pub(super) fn remove_labels(cues: &mut [Cue], format: Format) {
    let labels: Vec<Option<usize>> = cues.iter().map(|cue| label_length(&cue.text, format)).collect();
    let labeled = || cues.iter().zip(&labels).filter_map(|(cue, length)| cue.text.get(..(*length)?));
    if !repeat(labeled(), cues.len()) {
        return;
    }
    for (cue, length) in cues.iter_mut().zip(labels) {
        let Some(length) = length else { continue };
        cue.text.drain(..length);
        cue.words.retain(|word| word.offset >= length);
        cue.words.iter_mut().for_each(|word| word.offset -= length);
    }
}

/// Removes the first line of the cues if it is the name of a speaker in nearly all of them.
pub(super) fn remove_name_lines(cues: &mut [RawCue<'_>]) {
    let is_named = |cue: &RawCue<'_>| cue.lines.len() > 1 && headings::is_name(cue.lines[0]);
    let names = cues.iter().filter(|cue| is_named(cue)).map(|cue| cue.lines[0].trim());
    if names.clone().count() * 10 < cues.len() * 9 || !repeat(names, cues.len()) {
        return;
    }
    for cue in cues.iter_mut().filter(|cue| is_named(cue)) {
        cue.lines.remove(0);
    }
}

/// Returns whether most of the cues have a name and the same names return.
fn repeat<'a>(names: impl Iterator<Item = &'a str> + Clone, cues: usize) -> bool {
    let count = names.clone().count();
    let distinct = names.collect::<BTreeSet<_>>().len();
    count >= MIN_LABELS && count * 2 > cues && distinct * 2 <= count
}

/// Returns the length of the name at the start of a text with its colon, if there are words after it.
fn label_length(text: &str, format: Format) -> Option<usize> {
    // Most lines begin with a word in lower case, or have no colon.
    let starts_lower = text.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
    if starts_lower || memchr2(b':', b']', text.as_bytes()).is_none() {
        return None;
    }
    let start = text.len() - text.trim_start_matches(['-', '–', '>', ' ', '*']).len();
    let rest = &text[start..];
    let (name, after) = match rest.strip_prefix('[') {
        Some(inner) => inner.split_once(']').map(|(name, after)| (name, after.strip_prefix(':').unwrap_or(after)))?,
        None => rest.split_once(':')?,
    };
    // Markdown emphasizes names: `**Mark:** turn`.
    let (name, after) = (name.trim_end_matches('*'), after.trim_start_matches('*'));
    let is_followed = after.starts_with(' ') && !after.trim().is_empty();
    if !is_followed {
        return None;
    }
    let is_book = || Book::all().any(|book| book.name().eq_ignore_ascii_case(name));
    // In plain text, "Genesis: in the beginning" may be the heading of a note.
    let may_be_speaker = headings::is_name(name) && (format != Format::Plain || !is_book());
    may_be_speaker.then(|| text.len() - after.trim_start().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_name_with_a_colon_or_in_brackets() {
        let label = |text: &'static str| label_length(text, Format::WebVtt).map(|length| &text[length..]);
        assert_eq!(label("John Smith: turn to Hosea"), Some("turn to Hosea"));
        assert_eq!(label("[SPEAKER_00]: turn"), Some("turn"));
        assert_eq!(label("- Mark: turn"), Some("turn"));
        for text in ["John 3:16 says", "he said: go", "[Music] amen", "Mark:", "turn to Hosea"] {
            assert!(label(text).is_none_or(|rest| rest == "amen"), "{text}");
        }
        assert_eq!(label_length("Genesis: in the beginning", Format::Plain), None);
    }
}
