//! Labeled text, and how its offsets map to what the detector reads.

use std::{borrow::Cow, ops::Range};

use super::{LabelError, Mistake, MistakeKind, Spelling};
use crate::{Mention, transcript::JoinedText};

/// Returns text in a spelling, with as many characters as before. What is left out becomes a space.
fn respelled(text: &str, spelling: Spelling) -> Cow<'_, str> {
    if spelling == Spelling::AsWritten {
        return Cow::Borrowed(text);
    }
    let characters: Vec<char> = text.chars().collect();
    let is_digit =
        |index: Option<usize>| index.and_then(|index| characters.get(index)).is_some_and(char::is_ascii_digit);
    let is_left_out = |index: usize, character: char| match spelling {
        Spelling::AsWritten | Spelling::Lower => false,
        Spelling::Unmarked => !character.is_alphanumeric(),
        Spelling::Unpunctuated => {
            let in_number = is_digit(index.checked_sub(1)) && is_digit(index.checked_add(1));
            !(character.is_alphanumeric() || matches!(character, '\'' | '’') || in_number)
        }
    };
    let respelled = characters
        .iter()
        .enumerate()
        .map(|(index, &character)| if is_left_out(index, character) { ' ' } else { character.to_ascii_lowercase() });
    Cow::Owned(respelled.collect())
}

/// Text as it was labeled, and as the detector reads it.
pub(super) struct LabeledText {
    /// For each code point of the labeled text, the number of code points before it that are not whitespace.
    solid_before: Vec<usize>,
    pub(super) joined: JoinedText,
}

impl LabeledText {
    pub(super) fn new(text: &str, spelling: Spelling) -> Self {
        let text = respelled(text, spelling);
        let mut solid_before = vec![0];
        for character in text.chars() {
            let last = solid_before[solid_before.len() - 1];
            solid_before.push(last + usize::from(!character.is_whitespace()));
        }
        let joined = JoinedText::plain(&text);
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
