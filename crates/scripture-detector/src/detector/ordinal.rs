//! The ordinals of book names: "First", "2nd", "III".

use super::{Detector, NameMatch};
use crate::{
    Class, Kind, Mention, Passage, evidence,
    lexer::{Token, TokenKind},
    names::Ambiguity,
    numbers::read_number,
};

/// Verbs and other words after a person in a story.
#[rustfmt::skip]
const STORY: &[&str] = &[
    "was", "had", "went", "came", "did", "then", "took", "saw", "ran", "stood", "gave", "made", "began", "fell", "sat",
    "left", "knew", "found", "wept", "denied", "walked", "jumped", "asked", "answered", "called", "got", "brought",
    "followed", "baptized", "who", "denies", "walks", "steps", "runs", "stands", "gets", "sees", "looks", "falls",
    "weeps", "sits", "takes", "asks", "answers",
];

/// Words after "goes" or "comes" that say where a person goes.
const DIRECTIONS: &[&str] = &["to", "up", "down", "out", "over", "back", "into", "home"];

impl<'t> Detector<'t> {
    /// Adds the ordinal before a name if the name can have one.
    pub(super) fn with_ordinal(&self, named: NameMatch) -> NameMatch {
        if !named.name.takes_ordinal() {
            return named;
        }
        let before = self.cursor(named.start).previous();
        let Some((token, earlier, ordinal)) =
            before.and_then(|(token, earlier)| Some((token, earlier, ordinal_of(&token)?)))
        else {
            return NameMatch { ordinal: self.ordinal_of_work(named), ..named };
        };
        let belongs_to_number = earlier.previous().is_some_and(|(before, _)| {
            before.is_any(&["chapter", "chapters", "verse", "verses", "number", "day", "page"])
                || (before.is_mark(':') && before.end == token.start)
        });
        if token.start < self.end_of_last || belongs_to_number || named.name.numbered(ordinal).is_none() {
            return named;
        }
        NameMatch { start: token.start, ordinal: Some(ordinal), ..named }
    }

    /// Reads the ordinal after a name: "Corinthians one, chapter thirteen", "Samuel 2 9:1".
    pub(super) fn ordinal_after(&self, named: NameMatch) -> Option<NameMatch> {
        let has_none = named.ordinal.is_none() && named.name.takes_ordinal();
        let (token, rest) = self.cursor(named.end).next().filter(|_| has_none)?;
        let ordinal = ordinal_of(&token).filter(|&ordinal| named.name.numbered(ordinal).is_some())?;
        let follows = rest.past_mark(',').unwrap_or(rest);
        if named.name.unnumbered().is_some() {
            // "John one chapter four" is the letter, "John 3 chapter 3" is a chapter said twice.
            let (chapter, _) = self.reader.chapter_with_word(follows)?;
            return (u32::from(chapter.value) != ordinal).then_some(NameMatch {
                ordinal: Some(ordinal),
                end: token.end,
                ..named
            });
        }
        let pair = || read_number(follows).is_some_and(|(_, rest)| rest.past_mark(':').and_then(read_number).is_some());
        let chapter = self.reader.chapter_with_word(follows).is_some() || (token.end == rest.offset() && pair());
        chapter.then_some(NameMatch { ordinal: Some(ordinal), end: token.end, ..named })
    }

    /// Returns the ordinal in "the second letter to the Corinthians", "the second book of Samuel", "Peter's second letter".
    fn ordinal_of_work(&self, named: NameMatch) -> Option<u32> {
        const WORKS: &[&str] = &["letter", "epistle", "book", "letters", "epistles", "books"];
        let (rest, is_possessive) = self.past_possessive(named.end);
        let ordinal = |token: &Token<'_>| ordinal_of(token).filter(|&ordinal| named.name.numbered(ordinal).is_some());
        if is_possessive
            && let Some((token, after)) = rest.next()
            && after.past_word(WORKS).is_some()
        {
            return ordinal(&token);
        }
        let mut cursor = self.cursor(named.start);
        for _ in 0..8 {
            let (token, earlier) = cursor.previous()?;
            if token.is_any(WORKS) {
                return ordinal(&earlier.previous()?.0);
            }
            if !(token.is_any(&["the", "to", "of", "saint", "st", "paul", "apostle", "from", "s", "general"])
                || token.is_mark('.'))
            {
                return None;
            }
            cursor = earlier;
        }
        None
    }

    /// Returns whether the ordinal of a name is only credible with a chapter after the name: "one John", "I, Peter".
    pub(super) fn ordinal_needs_number(&self, named: NameMatch) -> bool {
        let Some(token) = self.cursor(named.start).peek() else { return false };
        token.is_any(&["one", "two", "three", "i"])
            || (matches!(token.kind, TokenKind::Number(_)) && self.follows_verb_of_having(named.start))
            || (token.is("first") && self.is_joined_person(named))
            || (token.is_any(&["first", "second", "third"]) && self.is_in_story(named))
    }

    /// Returns whether the name of a person is followed by a verb of a story: "first Peter denied".
    pub(super) fn is_in_story(&self, named: NameMatch) -> bool {
        let rest = self.cursor(named.end);
        let goes = rest.past_word(&["goes", "comes"]).is_some_and(|goes| goes.past_word(DIRECTIONS).is_some());
        may_be_person(named) && (goes || rest.peek().is_some_and(|token| token.is_any(STORY)))
    }

    /// Returns whether a verb of having or being precedes: "we had 3 John Deere tractors", "she's 2".
    fn follows_verb_of_having(&self, start: usize) -> bool {
        const HAVE: &[&str] = &["had", "have", "has", "need", "needs", "saw", "bought", "met", "know", "are", "were"];
        self.cursor(start).previous().is_some_and(|(token, _)| {
            token.is_any(HAVE) || (token.is_contracted() && token.is_any(&["he", "she", "who", "they", "we"]))
        })
    }

    /// Returns whether a person is joined with another: "first Peter and John went", but not "in First Peter and Jude".
    fn is_joined_person(&self, named: NameMatch) -> bool {
        const LEADS: &[&str] = &["in", "of", "from", "to", "through", "read", "and", "like"];
        let is_led = self.cursor(named.start).previous().is_some_and(|(token, _)| token.is_any(LEADS));
        may_be_person(named) && !is_led && self.cursor(named.end).past_word(&["and"]).is_some()
    }

    /// Adds the books whose name is left out: the first in "First and Second Samuel", the first two in "First, Second and
    /// Third John".
    pub(super) fn push_elided_books(&mut self, named: NameMatch, class: Class) {
        let mut elided: Vec<(Token<'t>, u32)> = Vec::new();
        let mut cursor = self.cursor(named.start);
        let mut last = named.ordinal.unwrap_or(0);
        while last > 1 {
            let Some((link, mut before_link)) = cursor.previous() else { break };
            let Some((mut token, mut earlier)) = before_link.previous() else { break };
            if token.is_mark(',') && link.is_any(&["and", "or"]) {
                before_link = earlier;
                let Some(before_comma) = before_link.previous() else { break };
                (token, earlier) = before_comma;
            }
            let is_link = link.is_any(&["and", "or"]) || link.is_mark(',') || link.is_mark('&');
            let ordinal =
                ordinal_of(&token).filter(|&ordinal| is_link && ordinal < last && token.start >= self.end_of_last);
            let Some(ordinal) = ordinal.filter(|_| !token.is_any(&["one", "two"])) else { break };
            elided.push((token, ordinal));
            (cursor, last) = (earlier, ordinal);
        }
        for (token, ordinal) in elided.into_iter().rev() {
            let Some(book) = named.name.numbered(ordinal) else { continue };
            self.push(Mention {
                span: token.start..token.end,
                book,
                class,
                kind: Kind::Book,
                passage: Some(Passage::whole_book(book)),
                evidence: vec![evidence::ORDINAL_BEFORE.to_owned()],
                repaired: false,
                anchor: None,
            });
        }
    }
}

fn may_be_person(named: NameMatch) -> bool {
    matches!(named.name.ambiguity, Ambiguity::Person | Ambiguity::PersonOrWord)
}

/// Returns whether a token is an ordinal such as "first" or "2nd", rather than "one", "2" or "III".
pub(super) fn is_written_ordinal(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Ordinal(_)) || token.is_any(&["first", "second", "third"])
}

/// Returns the ordinal from 1 to 4 that a token stands for before a book name.
pub(super) fn ordinal_of(token: &Token<'_>) -> Option<u32> {
    match token.kind {
        TokenKind::Number(value @ 1..=4) | TokenKind::Ordinal(value @ 1..=4) => Some(value),
        TokenKind::Word => {
            let words = [
                &["first", "one", "I"][..],
                &["second", "two", "II"],
                &["third", "three", "III"],
                &["fourth", "four", "IV"],
            ];
            let index = words.iter().position(|words| {
                // A lower-case "i" is the speaker.
                token.is_any(&words[..2]) || token.text == words[2] || (words[2].len() > 1 && token.is(words[2]))
            })?;
            u32::try_from(index + 1).ok()
        }
        _ => None,
    }
}
