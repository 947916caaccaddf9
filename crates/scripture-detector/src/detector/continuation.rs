//! What may continue a reference: more numbers in a list, and corrections.

use super::Detector;
use crate::{
    Class, Kind, Mention, Passage, evidence,
    grammar::Form,
    lexer::{Cursor, TokenKind},
    numbers::{Number, read_number},
};

/// The most items read from one list.
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
        let Some(mut chapter) = passage.chapter() else { return };
        let mut last_verse = passage.end_verse().or(passage.verse());
        let mut at = end;
        for _ in 0..MAX_LIST_ITEMS {
            let cursor = self.cursor(at);
            if let Some((number, rest)) = correction(cursor) {
                self.push_correction(number, rest, passage);
                return;
            }
            let comma = cursor.past_mark(',').or_else(|| cursor.past_mark(';'));
            let and = comma.unwrap_or(cursor).past_word(&["and", "or", "then"]);
            let Some(next) = and.or(comma) else { return };
            let Some((number, rest)) = read_number(next) else { return };
            if number.ordinal || self.reader.is_other_number(number, rest) {
                return;
            }
            let colon_follows = rest.past_mark(':').is_some();
            let address = match last_verse {
                _ if colon_follows && form >= Form::Pair => {
                    self.reader.address_from_chapter(number, rest, Form::Verse, Some(book))
                }
                _ if colon_follows || !may_end_list_item(rest) => return,
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

    /// Adds the passage that a correction gives: another verse if the slip had one, otherwise another chapter.
    fn push_correction(&mut self, number: Number, rest: Cursor<'t>, slip: Passage) {
        let book = slip.book();
        let address = match (slip.verse(), slip.chapter()) {
            (Some(_), Some(chapter)) => self.reader.address_from_verse(Some(chapter), number, rest),
            _ => self.reader.address_from_chapter(number, rest, Form::Bare, Some(book)),
        };
        let Some((passage, false)) = address.passage(book) else { return };
        self.push(Mention {
            span: number.start..address.end,
            book,
            class: Class::Confirmed,
            kind: Kind::Explicit,
            passage: Some(passage),
            evidence: vec![evidence::CORRECTION.to_owned()],
            repaired: false,
            anchor: Some(slip),
        });
        self.read_continuation(passage, address.form, address.end);
    }
}

/// Returns whether a number followed by `rest` may be an item of a list rather than a count.
fn may_end_list_item(rest: Cursor<'_>) -> bool {
    let Some(token) = rest.peek() else { return true };
    match token.kind {
        TokenKind::Mark(mark) => !matches!(mark, '%' | '$' | '/' | '-'),
        TokenKind::Word => !token.text.ends_with(['s', 'S']) || token.is_any(NOT_PLURAL),
        _ => false,
    }
}

/// Reads the number after "sorry", "pardon me" or "excuse me".
fn correction(cursor: Cursor<'_>) -> Option<(Number, Cursor<'_>)> {
    let cursor = cursor.skip(1, &[], &[',', '.', '-', '—']).skip(2, &["or", "no", "oh", "i", "am", "uh"], &[',']);
    let sorry = cursor
        .past_word(&["sorry"])
        .or_else(|| cursor.past_word(&["pardon", "excuse"]).and_then(|pardon| pardon.past_word(&["me"])))?;
    read_number(sorry.skip(2, &["to"], &[',', '.'])).filter(|(number, _)| !number.ordinal)
}
