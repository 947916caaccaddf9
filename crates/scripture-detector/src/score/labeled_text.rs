//! Labeled text, and how its offsets map to what the detector reads.

use std::ops::Range;

use super::{LabelError, LetterCase, Mistake, MistakeKind};
use crate::{Mention, transcript::JoinedText};

/// Text as it was labeled, and as the detector reads it.
pub(super) struct LabeledText {
    /// For each code point of the labeled text, the number of code points before it that are not whitespace.
    solid_before: Vec<usize>,
    pub(super) joined: JoinedText,
}

impl LabeledText {
    pub(super) fn new(text: &str, letter_case: LetterCase) -> Self {
        let mut solid_before = vec![0];
        for character in text.chars() {
            let last = solid_before[solid_before.len() - 1];
            solid_before.push(last + usize::from(!character.is_whitespace()));
        }
        let joined = match letter_case {
            LetterCase::AsWritten => JoinedText::plain(text),
            LetterCase::Lower => JoinedText::plain(&text.to_ascii_lowercase()),
        };
        Self { solid_before, joined }
    }

    /// Converts a label's span in code points to a byte range of the joined text.
    pub(super) fn span(&self, start: usize, end: usize) -> Result<Range<usize>, LabelError> {
        let invalid = LabelError::Span(start, end);
        let (Some(&first), Some(&last)) = (self.solid_before.get(start), self.solid_before.get(end)) else {
            return Err(invalid);
        };
        let solid = || self.joined.as_str().char_indices().filter(|(_, character)| !character.is_whitespace());
        let start = solid().nth(first).map(|(at, _)| at);
        let end = last.checked_sub(1).and_then(|last| solid().nth(last)).map(|(at, last)| at + last.len_utf8());
        match (start, end) {
            (Some(start), Some(end)) if start < end => Ok(start..end),
            _ => Err(invalid),
        }
    }

    pub(super) fn mistake(
        &self,
        kind: MistakeKind,
        labeled: &str,
        result: Option<&Mention>,
        span: &Range<usize>,
    ) -> Mistake {
        let reported = result.map_or_else(String::new, |result| {
            let passage = result.passage.map_or_else(|| "-".to_owned(), |passage| passage.to_string());
            format!("{passage} ({:?}, {:?}: {})", result.class, result.kind, result.evidence.join(", "))
        });
        let text = self.joined.as_str();
        let before: String = {
            let mut before: Vec<char> = text[..span.start].chars().rev().take(90).collect();
            before.reverse();
            before.into_iter().collect()
        };
        let after: String = text[span.end..].chars().take(60).collect();
        let context = format!("{before}<<{}>>{after}", &text[span.clone()]);
        Mistake { kind, labeled: labeled.to_owned(), reported, context }
    }
}
