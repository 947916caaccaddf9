//! Numbers that are counts, times and dates, and no chapters or verses.

use super::{
    Reader,
    words::{COUNTED, OF_WHOM},
};
use crate::{
    lexer::{Cursor, Token, TokenKind},
    numbers::{Number, number},
    scan::What,
};

impl<'t> Reader<'t> {
    /// Whether a number is a count, a time, a date, or the First of another book.
    pub(crate) fn is_counted(&self, number: Number, behind: Cursor<'t>) -> bool {
        if self.belongs_to_name(number, behind) {
            return true;
        }
        let Some((token, after)) = behind.next() else { return false };
        match token.kind {
            TokenKind::Word => {
                (token.is_any(COUNTED) && !(number.value == 1 && is_plural(&token)))
                    || (token.is_any(&["o"]) && token.text.ends_with("clock"))
                    || (token.is_any(&["verses", "chapters"]) && self.number_behind_word(after).is_none())
                    || (token.is("and") && is_half(after))
                    || (token.is("of") && after.past_word(&["us", "them", "you", "these", "those"]).is_some())
                    || (token.is("or") && is_estimate(number, after))
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
    pub(crate) fn belongs_to_name(&self, number: Number, behind: Cursor<'t>) -> bool {
        (1..=3).contains(&number.value)
            && behind.peek().and_then(|token| self.name_at(token.start)).is_some_and(|hit| match hit.what {
                What::Name(name) => name.can_be_numbered(),
                _ => false,
            })
    }
}

/// Whether a word is of a plural, which no "one" counts: "eighteen one men ought always to pray".
fn is_plural(token: &Token<'_>) -> bool {
    token.text.ends_with(['s', 'S']) || token.is_any(&["men", "women", "people", "children", "feet"])
}

/// Whether a comma divides thousands: `1,000`.
fn thousands(number: Number, comma_end: usize, behind: Cursor<'_>) -> bool {
    number.digits
        && comma_end == number.end + 1
        && behind.peek().is_some_and(|token| {
            token.start == comma_end && token.text.len() == 3 && matches!(token.kind, TokenKind::Number(_))
        })
}

/// Whether "a half" follows: "2 and a half years".
fn is_half(behind: Cursor<'_>) -> bool {
    behind.past_word(&["a"]).is_some_and(|a| a.past_word(&["half"]).is_some())
}

/// Whether "or" and the next number make a number an estimate: "3 or 4 of you", "five or six people".
fn is_estimate(first: Number, behind: Cursor<'_>) -> bool {
    number(behind).is_some_and(|(second, behind)| {
        second.value > first.value && behind.peek().is_some_and(|token| token.is("of") || token.is_any(COUNTED))
    })
}

/// Whether a number behind a name counts somebody's people: "1 of our students".
pub(super) fn counts_people(behind: Cursor<'_>) -> bool {
    behind.past_word(&["of"]).is_some_and(|of| of.past_word(OF_WHOM).is_some())
}

/// Whether a bare number behind a name is one of something: "acts 2 of kindness", but "Romans 8 of course".
pub(super) fn is_of_something(behind: Cursor<'_>) -> bool {
    behind.past_word(&["of"]).is_some_and(|of| of.past_word(&["course", "the"]).is_none())
}

/// Whether a number is the hour of a time of day: "11 30 am".
pub(super) fn is_hour(behind: Cursor<'_>) -> bool {
    let minutes = number(behind.past_mark(':').unwrap_or(behind));
    minutes.is_some_and(|(_, behind)| behind.past_word(&["am", "pm"]).is_some())
}

/// Whether a number is the first of a score, which goes down where a range goes up: "5 to 4".
pub(super) fn is_score(first: Number, behind: Cursor<'_>) -> bool {
    let second = behind.past_word(&["to"]).and_then(number);
    second.is_some_and(|(second, behind)| second.value < first.value && behind.past_mark(':').is_none())
}

/// Whether what follows a number is what it counts: "one of the", "30 disciples".
pub(super) fn counts_things(behind: Cursor<'_>) -> bool {
    behind.peek().is_some_and(|token| {
        let plural = token.text.ends_with(['s', 'S']) && !token.is_any(&["says", "is", "was", "this", "jesus"]);
        token.kind == TokenKind::Word && (plural || token.is("of"))
    })
}
