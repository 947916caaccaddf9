//! Finds the words that a correction refers to, in the original transcript or in another transcript of the same sermon.
//!
//! The comparison ignores case and punctuation, so that the words can be found in captions from another source. If the
//! words occur several times, the occurrence whose surrounding words match best is chosen. If several match equally
//! well, the one nearest to the original position is chosen.

use std::ops::Range;

use scripture_detector::transcript::JoinedText;
use serde::{Deserialize, Serialize};

/// Number of words before and after a quote that are recorded and compared.
const CONTEXT_WORDS: usize = 8;

/// Maximum number of words in a quote.
const MAX_WORDS: usize = 60;

/// Words in a transcript, with the words around them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// The quoted words.
    pub quote: String,
    /// The words before the quote.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub before: String,
    /// The words after the quote.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// Where the quote starts, in code points of the joined text.
    pub start_char: usize,
    /// Where the quote ends, in code points of the joined text.
    pub end_char: usize,
}

/// Why a place in a transcript cannot be identified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// There are no words, or too many.
    #[error("the words must be 1 to {MAX_WORDS} words of the transcript")]
    Length,
    /// The transcript does not contain the words.
    #[error("the words \"{0}\" are not in the transcript: copy them from it")]
    NotFound(String),
    /// The words occur more than once.
    #[error("the words \"{quote}\" occur {count} times in the transcript: add the words before or after them")]
    Ambiguous {
        /// The quoted words.
        quote: String,
        /// Number of occurrences.
        count: usize,
    },
    /// The transcript has no words at this position.
    #[error("the transcript has no words at {0}–{1}")]
    Position(usize, usize),
}

/// A text split into words, in which quotes can be found.
#[derive(Debug)]
pub(super) struct Words<'t> {
    text: &'t str,
    words: Vec<Word>,
}

#[derive(Debug)]
struct Word {
    lower: String,
    /// Byte range of the word in the text.
    bytes: Range<usize>,
    /// Position of the word's first code point in the text.
    start_char: usize,
}

impl<'t> Words<'t> {
    pub(super) fn new(text: &'t JoinedText) -> Self {
        Self { text: text.as_str(), words: split(text.as_str()) }
    }

    /// Returns an anchor for the words at these code points.
    pub(super) fn at(&self, start_char: usize, end_char: usize) -> Result<Anchor, AnchorError> {
        let end_of = |word: &Word| word.start_char + self.text[word.bytes.clone()].chars().count();
        let first = self.words.iter().position(|word| end_of(word) > start_char);
        let last = self.words.iter().rposition(|word| word.start_char < end_char);
        match (first, last) {
            (Some(first), Some(last)) if first <= last && last - first < MAX_WORDS => Ok(self.anchor(first..last + 1)),
            (Some(first), Some(last)) if first <= last => Err(AnchorError::Length),
            _ => Err(AnchorError::Position(start_char, end_char)),
        }
    }

    /// Returns an anchor for quoted words, which must occur exactly once.
    pub(super) fn quoted(&self, quote: &str) -> Result<Anchor, AnchorError> {
        let words = lower_words(quote);
        if !(1..=MAX_WORDS).contains(&words.len()) {
            return Err(AnchorError::Length);
        }
        let places: Vec<_> = self.occurrences(&words).collect();
        match places[..] {
            [] => Err(AnchorError::NotFound(quote.to_owned())),
            [first] => Ok(self.anchor(first..first + words.len())),
            _ => Err(AnchorError::Ambiguous { quote: quote.to_owned(), count: places.len() }),
        }
    }

    /// Finds the words of an anchor again. Returns `None` if they no longer occur, or if they occur several times and
    /// no surrounding words match.
    pub(super) fn find(&self, anchor: &Anchor) -> Option<Anchor> {
        let quote = lower_words(&anchor.quote);
        if !(1..=MAX_WORDS).contains(&quote.len()) {
            return None;
        }
        let (before, after) = (lower_words(&anchor.before), lower_words(&anchor.after));
        let places: Vec<_> = self.occurrences(&quote).collect();
        let context = |first: usize| {
            let preceding = self.words[..first].iter().rev().zip(before.iter().rev());
            let following = self.words[first + quote.len()..].iter().zip(&after);
            preceding.take_while(|(word, wanted)| word.lower == **wanted).count()
                + following.take_while(|(word, wanted)| word.lower == **wanted).count()
        };
        let distance = |first: usize| self.words[first].start_char.abs_diff(anchor.start_char);
        let best = places.iter().copied().max_by_key(|&first| (context(first), std::cmp::Reverse(distance(first))))?;
        (places.len() == 1 || context(best) > 0).then(|| self.anchor(best..best + quote.len()))
    }

    /// Returns the byte range of an anchor that was found in this text.
    pub(super) fn bytes(&self, anchor: &Anchor) -> Range<usize> {
        let byte = |code_point: usize| self.text.char_indices().nth(code_point).map_or(self.text.len(), |(at, _)| at);
        byte(anchor.start_char)..byte(anchor.end_char)
    }

    /// Returns the index of the first word of each occurrence.
    fn occurrences<'w>(&'w self, quote: &'w [String]) -> impl Iterator<Item = usize> + 'w {
        let is_quote = move |window: &[Word]| window.iter().zip(quote).all(|(word, wanted)| word.lower == *wanted);
        let windows = self.words.windows(quote.len()).enumerate();
        windows.filter(move |(_, window)| is_quote(window)).map(|(at, _)| at)
    }

    fn anchor(&self, words: Range<usize>) -> Anchor {
        let text = |range: Range<usize>| match (self.words.get(range.start), range.end.checked_sub(1)) {
            (Some(first), Some(last)) if range.start < range.end => {
                self.text[first.bytes.start..self.words[last].bytes.end].to_owned()
            }
            _ => String::new(),
        };
        let quote = text(words.clone());
        let start_char = self.words[words.start].start_char;
        Anchor {
            before: text(words.start.saturating_sub(CONTEXT_WORDS)..words.start),
            after: text(words.end..(words.end + CONTEXT_WORDS).min(self.words.len())),
            start_char,
            end_char: start_char + quote.chars().count(),
            quote,
        }
    }
}

fn split(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut is_inside = false;
    for (code_point, (byte, character)) in text.char_indices().enumerate() {
        if character.is_alphanumeric() {
            let end = byte + character.len_utf8();
            match words.last_mut() {
                Some(word) if is_inside => {
                    word.lower.extend(character.to_lowercase());
                    word.bytes.end = end;
                }
                _ => words.push(Word {
                    lower: character.to_lowercase().collect(),
                    bytes: byte..end,
                    start_char: code_point,
                }),
            }
        }
        is_inside = character.is_alphanumeric();
    }
    words
}

fn lower_words(text: &str) -> Vec<String> {
    split(text).into_iter().map(|word| word.lower).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str, anchor: &Anchor) -> Option<String> {
        let joined = JoinedText::plain(text);
        Words::new(&joined).find(anchor).map(|found| format!("{}-{}", found.start_char, found.end_char))
    }

    #[test]
    fn words_are_found_again_whatever_their_capitals_and_punctuation() {
        let text = JoinedText::plain("Été: turn to John 3:16, please.");
        let words = Words::new(&text);
        let anchor = words.quoted("john 3 16").expect("an anchor");
        assert_eq!((anchor.quote.as_str(), anchor.before.as_str()), ("John 3:16", "Été: turn to"));
        assert_eq!((anchor.after.as_str(), anchor.start_char, anchor.end_char), ("please", 13, 22));
        assert_eq!(&text.as_str()[words.bytes(&anchor)], "John 3:16");
        assert_eq!(words.at(13, 22), Ok(anchor.clone()));
        assert_eq!(find("ete turn to john 3 16 please", &anchor).as_deref(), Some("12-21"));
        assert_eq!(find("turn to John 3 verse 16", &anchor), None);
    }

    #[test]
    fn of_several_places_the_one_with_the_same_words_around_it_is_chosen() {
        let text = JoinedText::plain("first we read verse eight and later again verse eight of the psalm");
        let words = Words::new(&text);
        let second = words.at(42, 53).expect("an anchor");
        assert_eq!(
            (second.quote.as_str(), second.before.as_str()),
            ("verse eight", "first we read verse eight and later again")
        );
        let moved = "now and later again verse eight of the psalm but first we read verse eight";
        assert_eq!(find(moved, &second).as_deref(), Some("20-31"));
        assert_eq!(find("verse eight. verse eight.", &second), None, "nothing tells them apart");
        assert_eq!(find("just verse eight here", &second).as_deref(), Some("5-16"), "there is only one");
    }

    #[test]
    fn a_quote_must_occur_exactly_once() {
        let text = JoinedText::plain("verse eight and verse eight");
        let words = Words::new(&text);
        let quoted = |quote: &str| words.quoted(quote).map(|anchor| anchor.start_char);
        assert_eq!(quoted("and verse eight"), Ok(12));
        assert_eq!(quoted("eight, and"), Ok(6));
        assert_eq!(quoted("verse eight"), Err(AnchorError::Ambiguous { quote: "verse eight".to_owned(), count: 2 }));
        assert_eq!(quoted("verse nine"), Err(AnchorError::NotFound("verse nine".to_owned())));
        assert_eq!((quoted(" – "), words.at(99, 100)), (Err(AnchorError::Length), Err(AnchorError::Position(99, 100))));
    }
}
