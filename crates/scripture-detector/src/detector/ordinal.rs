//! The First, Second and Third of names.

use super::{Detector, Named};
use crate::{
    Class, Kind, Mention, Passage,
    lexer::{Token, TokenKind},
    names::Nature,
};

/// Verbs as a story has them behind a person.
const STORY: &[&str] = &[
    "was", "had", "went", "came", "did", "then", "took", "saw", "ran", "stood", "gave", "made", "began", "fell", "sat",
    "left", "knew", "found", "wept", "denied", "walked", "jumped", "asked", "answered", "called", "got", "brought",
    "followed", "baptized", "who", "denies", "walks", "steps", "runs", "stands", "gets", "sees", "looks", "falls",
    "weeps", "sits", "takes", "asks", "answers",
];

/// Where a person goes, and no letter.
const WHERE: &[&str] = &["to", "up", "down", "out", "over", "back", "into", "home"];

impl<'t> Detector<'t> {
    /// Takes the First, Second or Third before a name that can have one.
    pub(super) fn with_ordinal(&self, named: Named) -> Named {
        if !named.name.can_be_numbered() {
            return named;
        }
        let before = self.cursor(named.start).previous();
        let Some((token, front, ordinal)) = before.and_then(|(token, front)| Some((token, front, ordinal_of(&token)?)))
        else {
            return Named { ordinal: self.ordinal_of_work(named), ..named };
        };
        let belongs_before = front.previous().is_some_and(|(before, _)| {
            before.is_any(&["chapter", "chapters", "verse", "verses", "number", "day", "page"])
                || (before.is_mark(':') && before.end == token.start)
        });
        if token.start < self.done || belongs_before || named.name.numbered(ordinal).is_none() {
            return named;
        }
        Named { start: token.start, ordinal: Some(ordinal), ..named }
    }

    /// The Second of "the second letter to the Corinthians", "the second book of Samuel", "Peter's second letter".
    fn ordinal_of_work(&self, named: Named) -> Option<u32> {
        const WORKS: &[&str] = &["letter", "epistle", "book", "letters", "epistles", "books"];
        let (behind, possessive) = self.past_possessive(named.end);
        let ordinal = |token: &Token<'_>| ordinal_of(token).filter(|&ordinal| named.name.numbered(ordinal).is_some());
        if possessive
            && let Some((token, after)) = behind.next()
            && after.past_word(WORKS).is_some()
        {
            return ordinal(&token);
        }
        let mut cursor = self.cursor(named.start);
        for _ in 0..8 {
            let (token, front) = cursor.previous()?;
            if token.is_any(WORKS) {
                return ordinal(&front.previous()?.0);
            }
            if !(token.is_any(&["the", "to", "of", "saint", "st", "paul", "apostle", "from", "s"])
                || token.is_mark('.'))
            {
                return None;
            }
            cursor = front;
        }
        None
    }

    /// Whether the word before a name may be no ordinal of it: "one John", "I, Peter".
    pub(super) fn ordinal_needs_number(&self, named: Named) -> bool {
        let Some(token) = self.cursor(named.start).peek() else { return false };
        token.is_any(&["one", "two", "three", "i"])
            || (matches!(token.kind, TokenKind::Number(_)) && self.is_had(named.start))
            || (token.is("first") && self.is_joined_person(named))
            || (token.is_any(&["first", "second", "third"]) && self.is_story(named))
    }

    /// Whether a verb of a story follows the name: "first Peter denied".
    pub(super) fn is_story(&self, named: Named) -> bool {
        let person = matches!(named.name.nature, Nature::Person | Nature::PersonOrWord);
        let behind = self.cursor(named.end);
        let goes = behind.past_word(&["goes", "comes"]).is_some_and(|goes| goes.past_word(WHERE).is_some());
        person && (goes || behind.peek().is_some_and(|token| token.is_any(STORY)))
    }

    /// Whether somebody has, or is, what stands at a place: "we had 3 John Deere tractors", "she's 2".
    fn is_had(&self, start: usize) -> bool {
        const HAVE: &[&str] = &["had", "have", "has", "need", "needs", "saw", "bought", "met", "know", "are", "were"];
        self.cursor(start).previous().is_some_and(|(token, _)| {
            token.is_any(HAVE) || (token.is_contracted() && token.is_any(&["he", "she", "who", "they", "we"]))
        })
    }

    /// Whether a person goes on with another: "first Peter and John went", but "in First Peter and Jude".
    fn is_joined_person(&self, named: Named) -> bool {
        const LEADS: &[&str] = &["in", "of", "from", "to", "through", "read", "and", "like"];
        let person = matches!(named.name.nature, Nature::Person | Nature::PersonOrWord);
        let led = self.cursor(named.start).previous().is_some_and(|(token, _)| token.is_any(LEADS));
        person && !led && self.cursor(named.end).past_word(&["and"]).is_some()
    }

    /// Adds the First of "First and Second Samuel", the First and Second of "First, Second and Third John".
    pub(super) fn push_firsts(&mut self, named: Named, class: Class) {
        let mut firsts: Vec<(Token<'t>, u32)> = Vec::new();
        let mut cursor = self.cursor(named.start);
        let mut last = named.ordinal.unwrap_or(0);
        while last > 1 {
            let Some((link, mut front)) = cursor.previous() else { break };
            let Some((mut token, mut before)) = front.previous() else { break };
            if token.is_mark(',') && link.is_any(&["and", "or"]) {
                front = before;
                let Some(earlier) = front.previous() else { break };
                (token, before) = earlier;
            }
            let links = link.is_any(&["and", "or"]) || link.is_mark(',') || link.is_mark('&');
            let first = ordinal_of(&token).filter(|&first| links && first < last && token.start >= self.done);
            let Some(first) = first.filter(|_| !token.is_any(&["one", "two"])) else { break };
            firsts.push((token, first));
            (cursor, last) = (before, first);
        }
        for (token, first) in firsts.into_iter().rev() {
            let Some(book) = named.name.numbered(first) else { continue };
            self.push(Mention {
                span: token.start..token.end,
                book,
                class,
                kind: Kind::Book,
                passage: Some(Passage::book_only(book)),
                evidence: vec!["ordinal_before".to_owned()],
                repaired: false,
                anchor: None,
            });
        }
    }
}

/// Whether a word is first, 2nd, third, and not one, 2, III.
pub(super) fn is_ordinal_number(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Ordinal(_)) || token.is_any(&["first", "second", "third"])
}

/// The First, Second or Third that a word says.
pub(super) fn ordinal_of(token: &Token<'_>) -> Option<u32> {
    match token.kind {
        TokenKind::Number(value @ 1..=3) | TokenKind::Ordinal(value @ 1..=3) => Some(value),
        TokenKind::Word => {
            let words = [&["first", "one", "I"][..], &["second", "two", "II"], &["third", "three", "III"]];
            let place = words.iter().position(|words| {
                // A single "i" is the speaker.
                token.is_any(&words[..2]) || token.text == words[2] || (words[2].len() > 1 && token.is(words[2]))
            })?;
            u32::try_from(place + 1).ok()
        }
        _ => None,
    }
}
