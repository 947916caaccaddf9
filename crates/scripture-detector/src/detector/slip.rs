//! Slips that the speaker corrects at once: "Mark 4, sorry, Luke 4", "verse 27, no, verse 28".

use super::Detector;
use crate::{
    Class, Kind, Mention, evidence,
    lexer::{Cursor, TokenKind},
};

/// Maximum number of bytes between a slip and its correction.
const MAX_GAP_BYTES: usize = 60;

/// Words that may stand between a slip and its correction without being one.
#[rustfmt::skip]
const FILLERS: &[&str] = &[
    "or", "no", "oh", "i", "im", "am", "uh", "um", "but", "should", "not", "that", "thats", "it",
    "its", "is", "me", "my", "well", "in", "at", "to", "the", "on", "of", "from", "book", "gospel", "make", "let", "a",
    "go", "turn", "its", "be", "as", "s", "m", "was", "actually", "letter", "psalm", "mistake", "bad", "beg", "your",
];

impl Detector<'_> {
    /// Withdraws the last reference if only a correction stands between it and the new one.
    pub(super) fn withdraw_slip(&mut self, correction: &Mention) {
        let Some(slip) = self.mentions.last() else { return };
        let (Some(slip_passage), Some(passage)) = (slip.passage, correction.passage) else { return };
        let gap = slip.span.end..correction.span.start;
        if !slip.is_reference() || gap.is_empty() || gap.len() > MAX_GAP_BYTES || slip_passage == passage {
            return;
        }
        // "Romans 8, I mean, verse 28" completes the reference.
        let completes = slip_passage.verse().is_none()
            && passage.verse().is_some()
            && correction.kind == Kind::Contextual
            && (slip_passage.book(), slip_passage.chapter()) == (passage.book(), passage.chapter());
        if completes || !is_correction(self.cursor(gap.start), gap.end) {
            return;
        }
        self.context.withdraw_last();
        if let Some(slip) = self.mentions.last_mut() {
            slip.class = Class::Withdrawn;
            slip.evidence.insert(0, evidence::WITHDRAWN.to_owned());
        }
    }
}

/// Returns whether the text up to `end` is a correction: "sorry", "excuse me", "I mean", "no".
fn is_correction(mut cursor: Cursor<'_>, end: usize) -> bool {
    let (mut corrects, mut ended, mut numbers) = (false, false, 0);
    while let Some((token, rest)) = cursor.next().filter(|(token, _)| token.start < end) {
        let strong = word_of_correction(cursor);
        corrects |= strong;
        match token.kind {
            TokenKind::Mark('.') if !ended => ended = true,
            TokenKind::Mark(',' | '-' | '—' | '–' | ';') => {}
            TokenKind::Number(_) if !corrects => numbers += 1,
            // Only a new sentence with an apology corrects: "Mark 4. No, Luke 4 tells it" may be an answer.
            TokenKind::Word if token.is("no") => corrects |= !ended,
            TokenKind::Word if strong || token.is_any(FILLERS) => {}
            _ => return false,
        }
        cursor = rest;
    }
    corrects && numbers <= 1
}

/// Returns whether a word that withdraws what was just said comes next.
pub(super) fn word_of_correction(cursor: Cursor<'_>) -> bool {
    let Some((token, rest)) = cursor.next() else { return false };
    token.is_any(&["sorry", "apologies", "correction", "scratch", "oops", "whoops", "wait", "rather", "meant"])
        || (token.is_any(&["mean"]))
        || (token.is_any(&["pardon", "excuse"]) && rest.past_word(&["me"]).is_some())
        || (token.is_any(&["my"]) && rest.past_word(&["mistake", "bad"]).is_some())
        || (token.is_any(&["make"]) && rest.past_word(&["that", "it"]).is_some())
        || (token.is_any(&["beg"]) && rest.past_word(&["your"]).is_some())
        || (token.is_any(&["actually"]))
}
