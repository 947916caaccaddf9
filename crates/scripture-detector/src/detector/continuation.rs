//! What may continue a reference: more numbers in a list, and corrections.

use super::{Detector, slip::word_of_correction};
use crate::{
    Class, Kind, Mention, Passage, evidence,
    grammar::{Form, is_decimal, is_range, past_verse_part},
    lexer::{Cursor, TokenKind},
    numbers::{Number, read_number},
};

/// Maximum number of items read from one list.
const MAX_LIST_ITEMS: usize = 20;

/// Words that end in "s" but are not plural nouns.
#[rustfmt::skip]
const NOT_PLURAL: &[&str] = &[
    "says", "tells", "talks", "is", "has", "was", "shows", "speaks", "goes", "reads", "this", "us", "his", "its", "as",
    "because", "does", "means", "gives", "makes", "describes", "jesus",
];

impl<'t> Detector<'t> {
    /// Reads the other numbers of a list ("verses 1, 7 and 11") or a correction ("Psalm 1, sorry, 46") after a reference.
    pub(super) fn read_continuation(&mut self, passage: Passage, form: Form, end: usize) {
        let (book, anchor) = (passage.book(), passage);
        let Some(mut chapter) = passage.end_chapter().or(passage.chapter()) else { return };
        let mut last_verse = passage.end_verse().or(passage.verse());
        let mut at = end;
        for _ in 0..MAX_LIST_ITEMS {
            let cursor = past_verse_part(self.cursor(at));
            if let Some((number, rest)) = correction(cursor) {
                // "1 Timothy 3:16, or rather 2 Timothy 3:16".
                if self.reader.is_ordinal_of_next_name(number, rest) {
                    return;
                }
                self.push_correction(number, rest, passage);
                return;
            }
            let comma = cursor.past_mark(',').or_else(|| cursor.past_mark(';'));
            let and = comma.unwrap_or(cursor).past_word(&["and", "or", "then"]);
            let unmarked = Some(cursor).filter(|_| form == Form::Verse && (at > end || self.is_unmarked_list(cursor)));
            let unmarked = unmarked.filter(|_| !self.text_has_punctuation);
            let Some(next) = and.or(comma).or(unmarked) else { return };
            let Some((number, rest)) = read_number(next) else { return };
            let rest = past_verse_part(rest);
            if number.ordinal || self.reader.is_other_number(number, rest) {
                return;
            }
            // "1 Pet. 1.3-9; 2.9".
            let semicolon = cursor.past_mark(';').is_some();
            let dotted = semicolon && is_decimal(rest);
            let colon_follows = rest.past_mark(':').is_some() || dotted;
            let address = match last_verse {
                _ if colon_follows && form >= Form::Pair => {
                    self.reader.address_from_chapter(number, rest, Form::Verse, Some(book))
                }
                _ if colon_follows || !(may_end_list_item(rest) || unmarked.is_some() && starts_number(rest)) => return,
                Some(last) if number.value > last => self.reader.address_from_verse(Some(chapter), number, rest),
                None if form >= Form::Bare && number.value > chapter => {
                    self.reader.address_from_chapter(number, rest, Form::Bare, Some(book))
                }
                _ => return,
            };
            let Some((passage, false)) = address.passage(book) else { return };
            self.push(Mention {
                span: number.start..address.end,
                book,
                class: Class::Confirmed,
                kind: Kind::Contextual,
                passage: Some(passage),
                evidence: vec![evidence::LIST.to_owned()],
                repaired: false,
                anchor: Some(anchor),
            });
            last_verse = passage.end_verse().or(passage.verse());
            chapter = passage.end_chapter().or(passage.chapter()).unwrap_or(chapter);
            at = address.end;
        }
    }

    /// Returns whether at least two more numbers follow: "verse 1 7 and 11". One more number may be the end of a range whose
    /// dash was lost.
    fn is_unmarked_list(&self, cursor: Cursor<'t>) -> bool {
        let Some((second, rest)) = read_number(cursor) else { return false };
        let third = read_number(rest.past_word(&["and"]).unwrap_or(rest));
        third.is_some_and(|(third, rest)| third.value > second.value && !self.reader.is_other_number(third, rest))
    }

    /// Returns whether a number and the one after it are a chapter and verse: "15 11", or "6, 12" in chapter 6.
    fn is_pair(&self, chapter: Number, rest: Cursor<'t>, slip: Passage) -> bool {
        let book = slip.book();
        let comma = rest.past_mark(',').filter(|_| slip.chapter() == Some(chapter.value)).unwrap_or(rest);
        let verse = read_number(comma).filter(|(verse, rest)| !self.reader.is_other_number(*verse, *rest));
        verse.is_some_and(|(verse, _)| Passage::single_verse(book, chapter.value, verse.value).is_some())
    }

    /// Adds the passage that a correction gives: another verse if the slip had one, otherwise another chapter.
    fn push_correction(&mut self, number: Number, rest: Cursor<'t>, slip: Passage) {
        let book = slip.book();
        let address = match (slip.verse(), slip.chapter()) {
            (Some(_), Some(chapter)) if rest.past_mark(':').is_none() && !self.is_pair(number, rest, slip) => {
                self.reader.address_from_verse(Some(chapter), number, rest)
            }
            _ => self.reader.address_from_chapter(number, rest, Form::Bare, Some(book)),
        };
        let Some((passage, false)) = address.passage(book) else { return };
        // The name before a slip is that of the correction too.
        let is_contextual = self.mentions.last().is_some_and(|slip| slip.kind == Kind::Contextual);
        let kind = if is_contextual { Kind::Contextual } else { Kind::Explicit };
        self.push(Mention {
            span: number.start..address.end,
            book,
            class: Class::Confirmed,
            kind,
            passage: Some(passage),
            evidence: vec![evidence::CORRECTION.to_owned()],
            repaired: false,
            anchor: Some(slip),
        });
        self.read_continuation(passage, address.form, address.end);
    }
}

fn starts_number(cursor: Cursor<'_>) -> bool {
    cursor.peek().is_some_and(|token| matches!(token.kind, TokenKind::Number(_)))
}

/// Returns whether a number followed by `rest` may be an item of a list rather than a count.
fn may_end_list_item(rest: Cursor<'_>) -> bool {
    let Some(token) = rest.peek() else { return true };
    match token.kind {
        TokenKind::Mark('-') => is_range(rest),
        TokenKind::Mark(mark) => !matches!(mark, '%' | '$' | '/' | '-'),
        TokenKind::Word => !token.text.ends_with(['s', 'S']) || token.is_contracted() || token.is_any(NOT_PLURAL),
        _ => false,
    }
}

/// Reads the number after a correction: "sorry, 46", "no, 28", "I mean 22".
fn correction(cursor: Cursor<'_>) -> Option<(Number, Cursor<'_>)> {
    let start = cursor.skip(1, &[], &[',', '.', '-', '—', ';']);
    let mut at = start.skip(1, &["or"], &[',']);
    // "Revelation 20 22, I mean 22 20": the number before the correction is part of the slip.
    if let Some((_, rest)) = read_number(at).filter(|(number, _)| number.digits) {
        at = rest.skip(1, &[], &[',', '.', '-']);
    }
    let no = at.past_word(&["no"]).filter(|no| at.offset() > cursor.offset() && no.past_mark(',').is_some());
    at = at.skip(4, &["or", "no", "oh", "i", "im", "am", "uh", "um", "m"], &[',']);
    let rest = if word_of_correction(at) {
        at.skip(
            3,
            &[
                "sorry",
                "oops",
                "whoops",
                "scratch",
                "strike",
                "hold",
                "hang",
                "on",
                "pardon",
                "excuse",
                "me",
                "mean",
                "meant",
                "rather",
                "actually",
                "correction",
                "make",
                "that",
                "it",
                "wait",
                "my",
                "mistake",
                "bad",
                "apologies",
            ],
            &[],
        )
    } else {
        no?
    };
    read_number(rest.skip(2, &["to"], &[',', '.', '-', '—'])).filter(|(number, _)| !number.ordinal)
}
