//! What speakers say while they look for a number: "verse, uh, six", "Leviticus, you know, chapter nineteen".

use crate::lexer::{Cursor, Token};

/// Maximum number of words and marks in an aside.
const MAX_ASIDE: usize = 10;

/// Words that may start an aside after the name of a book, apart from those that may precede a chapter anyway.
const ASIDE_STARTS: &[&str] =
    &["you", "i", "let", "lets", "well", "okay", "so", "maybe", "er", "ah", "hmm", "thats", "yeah"];

/// Words of an aside: "you know", "and I think it's going to be", "let me see".
#[rustfmt::skip]
const ASIDE: &[&str] = &[
    "uh", "um", "uhm", "er", "ah", "hmm", "you", "know", "i", "think", "believe", "guess", "mean", "it", "its", "is", "s",
    "will", "ll", "going", "gonna", "to", "be", "and", "that", "thats", "let", "lets", "me", "see", "maybe", "probably",
    "well", "okay", "so", "in", "like", "yeah", "yes", "there",
];

/// Returns whether a token may start an aside between the name of a book and its chapter.
pub(super) fn may_start_aside(token: &Token<'_>) -> bool {
    token.text.len() <= 5 && token.is_any(ASIDE_STARTS)
}

/// Skips an aside between the name of a book and the word "chapter": "Second Samuel, and it's going to be chapter 12".
pub(super) fn past_aside(cursor: Cursor<'_>) -> Option<Cursor<'_>> {
    let rest = cursor.skip(MAX_ASIDE, ASIDE, &[',', '-', '—', '–']);
    (rest.offset() > cursor.offset()).then_some(rest)
}

/// Skips "we are" before "reading from".
pub(super) fn past_we_are(cursor: Cursor<'_>) -> Cursor<'_> {
    let Some(we) = cursor.past_word(&["we", "i"]) else { return cursor };
    let are = we.skip(2, &["are", "am", "re", "m"], &[]);
    let from = are.past_word(&["reading"]).and_then(|rest| rest.past_word(&["from", "at"]));
    if from.is_some() { are } else { cursor }
}

/// Skips what a speaker says while searching for a number: "verse, uh, six", "chapter, what is it, chapter four".
pub(super) fn past_hesitation(cursor: Cursor<'_>) -> Cursor<'_> {
    let start = cursor.past_mark(',').unwrap_or(cursor);
    let sound = start.skip(2, &["uh", "um", "uhm", "er", "ah", "hmm"], &[',']);
    match past_question_to_oneself(sound) {
        Some(rest) => rest.past_mark(',').unwrap_or(rest).skip(2, &["uh", "um"], &[',']),
        None if sound.offset() > start.offset() => sound,
        None => cursor,
    }
}

/// Skips "what is it", "what was that again", "let me see".
fn past_question_to_oneself(cursor: Cursor<'_>) -> Option<Cursor<'_>> {
    let what = cursor.past_word(&["what", "whats", "let"])?;
    let rest = what.skip(3, &["is", "was", "it", "s", "me", "us", "see", "that", "again"], &[]);
    let contracted = cursor.peek().is_some_and(|token| token.is_contracted());
    (contracted || rest.offset() > what.offset()).then_some(rest)
}
