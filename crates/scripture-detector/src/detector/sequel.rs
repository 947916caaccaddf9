//! What goes on behind a reference: the further numbers of a list, and corrections.

use super::Detector;
use crate::{
    Class, Kind, Mention, Passage,
    grammar::Form,
    lexer::{Cursor, TokenKind},
    numbers::{Number, number},
};

impl<'t> Detector<'t> {
    /// Reads the further numbers of a list ("verses 1, 7 and 11"), and a correction ("Psalm 1, sorry, 46").
    pub(super) fn go_on(&mut self, passage: Passage, form: Form, end: usize) {
        let (book, anchor) = (passage.book(), passage);
        let Some(mut chapter) = passage.chapter() else { return };
        let mut last = passage.end_verse().or(passage.verse());
        let mut at = end;
        for _ in 0..20 {
            let cursor = self.cursor(at);
            if let Some(corrected) = corrected(cursor) {
                self.push_corrected(corrected, passage);
                return;
            }
            let comma = cursor.past_mark(',').or_else(|| cursor.past_mark(';'));
            let and = comma.unwrap_or(cursor).past_word(&["and", "or", "then"]);
            let Some(next) = and.or(comma) else { return };
            let Some((number, behind)) = number(next) else { return };
            if number.ordinal || self.reader.is_counted(number, behind) {
                return;
            }
            let chapter_follows = behind.past_mark(':').is_some();
            let address = match last {
                _ if chapter_follows && form >= Form::Pair => {
                    self.reader.with_chapter(number, behind, Form::Verse, Some(book))
                }
                _ if chapter_follows || !ends_list_item(behind) => return,
                Some(last) if number.value > last => self.reader.with_verse(Some(chapter), number, behind),
                None if form >= Form::Bare && number.value > chapter => {
                    self.reader.with_chapter(number, behind, Form::Bare, Some(book))
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
                evidence: vec!["list".to_owned()],
                repaired: false,
                anchor: Some(anchor),
            });
            last = passage.end_verse().or(passage.verse());
            chapter = passage.end_chapter().or(passage.chapter()).unwrap_or(chapter);
            at = address.end;
        }
    }

    /// Adds what a correction says: the verse again if one was said, else the chapter.
    fn push_corrected(&mut self, (number, behind): (Number, Cursor<'t>), wrong: Passage) {
        let book = wrong.book();
        let address = match (wrong.verse(), wrong.chapter()) {
            (Some(_), Some(chapter)) => self.reader.with_verse(Some(chapter), number, behind),
            _ => self.reader.with_chapter(number, behind, Form::Bare, Some(book)),
        };
        let Some((passage, false)) = address.passage(book) else { return };
        self.push(Mention {
            span: number.start..address.end,
            book,
            class: Class::Confirmed,
            kind: Kind::Explicit,
            passage: Some(passage),
            evidence: vec!["correction".to_owned()],
            repaired: false,
            anchor: Some(wrong),
        });
        self.go_on(passage, address.form, address.end);
    }
}

/// Whether what follows a number lets it be an item of a list, and no count of things.
fn ends_list_item(behind: Cursor<'_>) -> bool {
    const NO_PLURAL: &[&str] = &[
        "says",
        "tells",
        "talks",
        "is",
        "has",
        "was",
        "shows",
        "speaks",
        "goes",
        "reads",
        "this",
        "us",
        "his",
        "its",
        "as",
        "because",
        "does",
        "means",
        "gives",
        "makes",
        "describes",
        "jesus",
    ];
    let Some(token) = behind.peek() else { return true };
    match token.kind {
        TokenKind::Mark(mark) => !matches!(mark, '%' | '$' | '/' | '-'),
        TokenKind::Word => !token.text.ends_with(['s', 'S']) || token.is_any(NO_PLURAL),
        _ => false,
    }
}

/// Reads a number behind "sorry", "pardon me", "excuse me".
fn corrected(cursor: Cursor<'_>) -> Option<(Number, Cursor<'_>)> {
    let cursor = cursor.skip(1, &[], &[',', '.', '-', '—']).skip(2, &["or", "no", "oh", "i", "am", "uh"], &[',']);
    let sorry = cursor
        .past_word(&["sorry"])
        .or_else(|| cursor.past_word(&["pardon", "excuse"]).and_then(|pardon| pardon.past_word(&["me"])))?;
    number(sorry.skip(2, &["to"], &[',', '.'])).filter(|(number, _)| !number.ordinal)
}
