//! Numbers that are counts, times and dates, and no chapters or verses.

use super::{Reader, words::COUNTED};
use crate::scripture::{
    lexer::{Cursor, TokenKind},
    numbers::Number,
    scan::What,
};

impl<'t> Reader<'t> {
    /// Whether a number is a count, a time, a date, or the First of another book.
    pub(in crate::scripture) fn is_counted(&self, number: Number, behind: Cursor<'t>) -> bool {
        if self.belongs_to_name(number, behind) {
            return true;
        }
        let Some((token, after)) = behind.next() else { return false };
        match token.kind {
            TokenKind::Word => {
                token.is_any(COUNTED)
                    || (token.is_any(&["o"]) && token.text.ends_with("clock"))
                    || (token.is_any(&["verses", "chapters"]) && self.number_behind_word(after).is_none())
                    || (token.is("of") && after.past_word(&["us", "them", "you", "these", "those"]).is_some())
                    || ((token.is("a") || token.is("p"))
                        && after.past_mark('.').is_some_and(|dot| dot.past_word(&["m"]).is_some()))
            }
            TokenKind::Mark('/' | '%' | '$') => true,
            TokenKind::Mark(',') => thousands(number, token.end, after),
            TokenKind::Mark(':') => after.next().is_some_and(|(minutes, behind)| {
                matches!(minutes.kind, TokenKind::Number(_)) && behind.past_word(&["am", "pm"]).is_some()
            }),
            _ => false,
        }
    }

    /// Whether a number is the First, Second or Third of the name behind it.
    pub(in crate::scripture) fn belongs_to_name(&self, number: Number, behind: Cursor<'t>) -> bool {
        (1..=3).contains(&number.value)
            && behind.peek().and_then(|token| self.name_at(token.start)).is_some_and(|hit| match hit.what {
                What::Name(name) => name.can_be_numbered(),
                _ => false,
            })
    }
}

/// Whether a comma divides thousands: `1,000`.
fn thousands(number: Number, comma_end: usize, behind: Cursor<'_>) -> bool {
    number.digits
        && comma_end == number.end + 1
        && behind.peek().is_some_and(|token| {
            token.start == comma_end && token.text.len() == 3 && matches!(token.kind, TokenKind::Number(_))
        })
}
