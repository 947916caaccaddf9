//! Numbers that are not chapters or verses: counts, times, dates, scores, and the ordinal of the next book.

use super::{
    AddressReader,
    words::{AFTER_ONE, COUNTED, MEASURES, POSSESSIVES},
};
use crate::{
    Book, canon,
    lexer::{Cursor, Token, TokenKind},
    numbers::{Number, read_number},
    scan::HitKind,
};

impl<'t> AddressReader<'t> {
    /// Returns whether a number followed by `rest` is a count, a time, a date, or the ordinal of the next book.
    pub(crate) fn is_other_number(&self, number: Number, rest: Cursor<'t>) -> bool {
        if self.is_ordinal_of_next_name(number, rest) {
            return true;
        }
        let Some((token, after)) = rest.next() else { return false };
        match token.kind {
            TokenKind::Word => {
                (token.is_any(COUNTED) && !(number.value == 1 && is_plural(&token)))
                    || (number.value == 1 && !number.digits && token.is_any(AFTER_ONE))
                    || (token.is_any(&["o"]) && token.text.ends_with("clock"))
                    || (token.is_any(&["verses", "chapters"]) && self.number_after_word(after).is_none())
                    || (token.is("and") && is_and_a_half(after))
                    || (token.is("of") && after.past_word(&["us", "them", "you", "these", "those"]).is_some())
                    || (token.is("or") && is_estimate(number, after))
                    || (token.is("out") && after.past_word(&["of"]).and_then(read_number).is_some())
                    || ((token.is("a") || token.is("p"))
                        && after.past_mark('.').unwrap_or(after).past_word(&["m"]).is_some())
            }
            TokenKind::Mark('/' | '%' | '$') => true,
            TokenKind::Mark(',') => is_thousands_separator(number, token.end, after),
            TokenKind::Mark(':') => after.next().is_some_and(|(minutes, rest)| {
                matches!(minutes.kind, TokenKind::Number(_)) && rest.past_word(&["am", "pm"]).is_some()
            }),
            _ => false,
        }
    }

    /// Returns whether a number is the ordinal of the book name after it, as in "2 Samuel".
    pub(crate) fn is_ordinal_of_next_name(&self, number: Number, rest: Cursor<'t>) -> bool {
        (1..=4).contains(&number.value)
            && rest.peek().and_then(|token| self.name_at(token.start)).is_some_and(|hit| match hit.kind {
                HitKind::Name(name) => {
                    let book = name.numbered(u32::from(number.value));
                    book.is_some_and(|book| !self.is_chapter_of_previous_name(number, book, name.unnumbered(), hit.end))
                }
                _ => false,
            })
    }

    /// Returns whether a number belongs to the name before it because the name after it would have no such passage with an
    /// ordinal: "Jude 3 John 3:16".
    fn is_chapter_of_previous_name(
        &self,
        number: Number,
        numbered: Book,
        unnumbered: Option<Book>,
        end: usize,
    ) -> bool {
        let follows_name =
            self.cursor(number.start).previous().is_some_and(|(token, _)| self.name_at(token.start).is_some());
        let Some(unnumbered) = unnumbered.filter(|_| follows_name) else { return false };
        let word = self.chapter_with_word(self.cursor(end));
        let Some((chapter, rest)) = word.or_else(|| read_number(self.cursor(end))) else { return false };
        let mark = rest.past_mark(':').or_else(|| rest.past_mark('.')).unwrap_or(rest);
        let verse = self.verse_with_word(rest).or_else(|| read_number(mark));
        let has_verse = verse.is_some_and(|(verse, _)| canon::has_verse(unnumbered, chapter.value, verse.value));
        // "Titus 3 John 3 and Romans 3": both have a chapter.
        let is_parallel = || {
            let (name, _) = self.cursor(number.start).previous()?;
            let previous = match self.name_at(name.start)?.kind {
                HitKind::Name(name) => name.unnumbered()?,
                _ => return None,
            };
            Some(canon::chapters(previous) > 1 && canon::has_chapter(previous, number.value))
        };
        chapter.value > canon::chapters(numbered) && (word.is_some() || has_verse || is_parallel() == Some(true))
    }
}

/// Returns whether a word is plural, so that "one" cannot count it: "eighteen one men ought always to pray".
fn is_plural(token: &Token<'_>) -> bool {
    token.text.ends_with(['s', 'S']) || token.is_any(&["men", "women", "people", "children", "feet"])
}

/// Returns whether the comma after a number separates thousands: `1,000`.
fn is_thousands_separator(number: Number, comma_end: usize, rest: Cursor<'_>) -> bool {
    number.digits
        && comma_end == number.end + 1
        && rest.peek().is_some_and(|token| {
            token.start == comma_end && token.text.len() == 3 && matches!(token.kind, TokenKind::Number(_))
        })
}

/// Returns whether "a half" follows "and": "2 and a half years".
fn is_and_a_half(rest: Cursor<'_>) -> bool {
    rest.past_word(&["a"]).is_some_and(|a| a.past_word(&["half"]).is_some())
}

/// Returns whether the number after "or" makes an estimate: "3 or 4 of you", "five or six people".
fn is_estimate(first: Number, rest: Cursor<'_>) -> bool {
    read_number(rest).is_some_and(|(second, rest)| {
        let in_a = rest.past_word(&["in"]).is_some_and(|rest| rest.past_word(&["a", "an"]).is_some());
        let counts = rest.peek().is_some_and(|token| token.is("of") || token.is_any(COUNTED));
        second.value > first.value && (counts || in_a)
    })
}

/// Returns whether the number before `rest` counts people after a name: "Joshua, 1 of our students".
pub(super) fn counts_people(rest: Cursor<'_>) -> bool {
    rest.past_word(&["of"]).is_some_and(|of| of.past_word(POSSESSIVES).is_some())
}

/// Returns whether someone counts: "1 2 3 testing".
pub(super) fn counts_up(first: Number, rest: Cursor<'_>) -> bool {
    let follows = |cursor, value| read_number(cursor).filter(|(number, _)| number.value == value && !number.ordinal);
    let third = (first.value == 1).then(|| follows(rest, 2)).flatten().and_then(|(_, rest)| follows(rest, 3));
    third.is_some_and(|(_, rest)| {
        rest.past_word(&["testing", "test", "check", "go"]).is_some() || follows(rest, 4).is_some()
    })
}

/// Returns whether ages follow: the 16 in "3 16 year olds".
pub(super) fn counts_ages(rest: Cursor<'_>) -> bool {
    let dash = |cursor: Cursor<'_>| cursor.past_mark('-').is_some();
    read_number(rest).is_some_and(|(_, rest)| {
        let year = if dash(rest) { rest.past_mark('-') } else { Some(rest) };
        year.is_some_and(|rest| rest.past_word(&["year", "years"]).is_some())
    })
}

/// Returns whether the number before `rest` is part of a measure with decimals: the 3 in "3.4 kilos" or "3 4 kilos".
pub(super) fn is_measure(rest: Cursor<'_>) -> bool {
    let decimals = read_number(if is_decimal(rest) { rest.past_mark('.').unwrap_or(rest) } else { rest });
    decimals.is_some_and(|(_, rest)| rest.past_word(MEASURES).is_some())
}

/// Returns whether "of" after a bare number makes it a count: "acts 2 of kindness", but not "Romans 8 of course".
pub(super) fn is_of_something(rest: Cursor<'_>) -> bool {
    rest.past_word(&["of"]).is_some_and(|of| of.past_word(&["course", "the"]).is_none())
}

/// Returns whether the number before `rest` is the hour of a time of day: "11 30 am".
pub(super) fn is_hour(rest: Cursor<'_>) -> bool {
    let minutes = read_number(rest.past_mark(':').unwrap_or(rest));
    minutes.is_some_and(|(_, rest)| rest.past_word(&["am", "pm"]).is_some())
}

/// Returns whether a number is the first of a score, "5 to 4". A range would go up.
pub(super) fn is_score(first: Number, rest: Cursor<'_>) -> bool {
    let second = rest.past_word(&["to"]).and_then(read_number);
    second.is_some_and(|(second, rest)| second.value < first.value && rest.past_mark(':').is_none())
}

/// Returns whether a period and digits follow without a space: the `.4` of `3.4`.
pub(crate) fn is_decimal(rest: Cursor<'_>) -> bool {
    rest.next().filter(|(period, _)| period.is_mark('.') && period.start == rest.offset()).is_some_and(
        |(period, after)| {
            after.peek().is_some_and(|token| token.start == period.end && matches!(token.kind, TokenKind::Number(_)))
        },
    )
}

/// Returns whether the number before `rest` counts what follows: "one of the", "30 disciples".
pub(crate) fn counts_things(rest: Cursor<'_>) -> bool {
    rest.peek().is_some_and(|token| {
        let plural = token.text.ends_with(['s', 'S'])
            && !token.is_contracted()
            && !token.is_any(&["says", "is", "was", "this", "jesus"]);
        token.kind == TokenKind::Word && (plural || token.is("of"))
    })
}
