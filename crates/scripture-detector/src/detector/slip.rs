//! Slips that the speaker corrects at once: "Mark 4, sorry, Luke 4", "verse 27, no, verse 28".

use super::Detector;
use crate::{
    Class, Kind, Mention, Passage, evidence,
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
    "see", "did", "say", "said", "have", "should've", "myself", "this", "minute", "second", "church", "folks",
    "everybody", "everyone", "friends", "brothers", "sisters", "there", "yall", "you", "all", "guys",
];

/// Words before a "no" that belongs to what follows it.
const BEFORE_NEGATION: &[&str] = &["is", "are", "was", "were", "be", "has", "have", "had", "there", "with", "theres"];

impl Detector<'_> {
    /// Withdraws the last reference if only a correction stands between it and the new one.
    pub(super) fn withdraw_slip(&mut self, correction: &Mention) {
        let Some(slip) = self.mentions.last() else { return };
        let (Some(slip_passage), Some(passage)) = (slip.passage, correction.passage) else { return };
        let gap = slip.span.end..correction.span.start;
        if !slip.is_reference() || gap.is_empty() || gap.len() > MAX_GAP_BYTES || slip_passage == passage {
            return;
        }
        // "Romans 8, I mean, verse 28" completes the reference, but not "Romans 8 verse 82, I mean verse 28".
        let completes = slip_passage.verse().is_none()
            && !slip.repaired
            && passage.verse().is_some()
            && correction.kind == Kind::Contextual
            && (slip_passage.book(), slip_passage.chapter()) == (passage.book(), passage.chapter());
        let gap_cursor = self.cursor(gap.start);
        let corrects = !completes && is_correction(gap_cursor, gap.end);
        let rejected = self.is_rejected_repeat() && is_filled(gap_cursor, gap.end);
        let chosen = is_alternative(gap_cursor, gap.end) && self.is_preferred(correction.span.end);
        if corrects || rejected || chosen {
            self.withdraw_last(slip_passage);
        }
    }

    /// Withdraws the last reference, and the one before it if the speaker only repeated it: "verse 5, no, not verse 5, verse 7".
    fn withdraw_last(&mut self, slip: Passage) {
        self.context.withdraw_last();
        let mut start = self.mentions.last().map_or(0, |last| last.span.start);
        for mention in self.mentions.iter_mut().rev().take(2) {
            let repeats = mention.passage == Some(slip) && mention.span.end + MAX_GAP_BYTES > start;
            if !(mention.is_reference() && repeats) {
                return;
            }
            mention.class = Class::Withdrawn;
            mention.evidence.insert(0, evidence::WITHDRAWN.to_owned());
            start = mention.span.start;
            let cursor = self.reader.cursor(start);
            if !is_after_rejection(cursor) {
                return;
            }
        }
    }

    /// Returns whether the last reference repeats a slip to reject it: "verse 5, no, not verse 5", "Luke 4, I said Luke 4". In
    /// "not verse 5 but verse 7" it is one of two references.
    fn is_rejected_repeat(&self) -> bool {
        let [.., slip, last] = self.mentions.as_slice() else { return false };
        slip.passage == last.passage && is_after_rejection(self.cursor(last.span.start))
    }

    /// Returns whether the speaker prefers the reference that ends at a byte offset: "or Amos 5 rather".
    fn is_preferred(&self, end: usize) -> bool {
        let cursor = self.cursor(end);
        let rest = cursor.past_mark(',').unwrap_or(cursor);
        let meant = rest.past_word(&["i"]).and_then(|rest| rest.past_word(&["mean", "meant"]));
        let rest = meant.or_else(|| rest.past_word(&["rather"]));
        rest.is_some_and(|rest| rest.peek().is_none_or(|token| matches!(token.kind, TokenKind::Mark(',' | '.'))))
    }
}

/// Returns whether "not" precedes, or "I said": the speaker names what he does not mean.
fn is_after_rejection(cursor: Cursor<'_>) -> bool {
    let Some((mut token, mut earlier)) = cursor.previous() else { return false };
    if token.is_any(&["in", "at", "from", "of"])
        && let Some(before) = earlier.previous()
    {
        (token, earlier) = before;
    }
    token.is("not") || (token.is("said") && earlier.previous().is_some_and(|(before, _)| before.is("i")))
}

/// Returns whether only fillers stand between a rejected reference and the one that is meant.
fn is_filled(mut cursor: Cursor<'_>, end: usize) -> bool {
    while let Some((token, rest)) = cursor.next().filter(|(token, _)| token.start < end) {
        let fills = matches!(token.kind, TokenKind::Mark(',' | '-' | '—' | ';')) || token.is_any(FILLERS);
        if !fills {
            return false;
        }
        cursor = rest;
    }
    true
}

/// Returns whether only "or" stands between two references.
fn is_alternative(cursor: Cursor<'_>, end: usize) -> bool {
    let or = cursor.skip(1, &[], &[',']).past_word(&["or"]);
    or.is_some_and(|rest| rest.skip(2, &["in", "is", "it"], &[',']).peek().is_some_and(|token| token.start >= end))
}

/// Returns whether the text up to `end` is a correction: "sorry", "excuse me", "I mean", "no".
fn is_correction(mut cursor: Cursor<'_>, end: usize) -> bool {
    let (mut corrects, mut ended, mut numbers) = (false, false, 0);
    while let Some((token, rest)) = cursor.next().filter(|(token, _)| token.start < end) {
        let strong = word_of_correction(cursor);
        corrects |= strong;
        match token.kind {
            TokenKind::Mark('.' | '?') if !ended => ended = true,
            TokenKind::Mark(',' | '-' | '—' | '–' | ';') => {}
            TokenKind::Number(_) if !corrects => numbers += 1,
            // Only a new sentence with an apology corrects: "Mark 4. No, Luke 4 tells it" may be an answer.
            // "Without Leviticus 19 there is no Ruth 2".
            TokenKind::Word if token.is("no") => {
                let negates = cursor.previous().is_some_and(|(before, _)| before.is_any(BEFORE_NEGATION));
                corrects |= !ended && !negates;
            }
            TokenKind::Word if strong || token.is("and") || token.is_any(FILLERS) => {}
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
        || token.is_any(&["mean", "pardon"])
        || (token.is("strike") && rest.past_word(&["that"]).is_some())
        || (token.is_any(&["hold", "hang"]) && rest.past_word(&["on"]).is_some())
        || (token.is("correct") && rest.past_word(&["that", "myself", "it"]).is_some())
        || (token.is("excuse") && rest.past_word(&["me"]).is_some())
        || (token.is("should") && rest.past_word(&["say"]).is_some())
        || (token.is_any(&["my"]) && rest.past_word(&["mistake", "bad"]).is_some())
        || (token.is_any(&["make"]) && rest.past_word(&["that", "it"]).is_some())
        || (token.is_any(&["beg"]) && rest.past_word(&["your"]).is_some())
        || (token.is_any(&["actually"]))
}
