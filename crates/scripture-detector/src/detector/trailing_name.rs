//! References whose book follows the numbers ("chapter 8 of Romans"), or precedes them as an abbreviation.

use super::{Detector, NameMatch, ordinal::ordinal_of};
use crate::{
    Class, Kind, Mention, canon, evidence,
    grammar::{Address, Form, is_range},
    lexer::{Cursor, Token, TokenKind},
    names::{
        ABBREVIATIONS,
        Ambiguity::{PersonOrWord, Word},
        MISSPELLED,
    },
    numbers::read_number,
    scan::HitKind,
    sound::{similar_sounding_name, similar_sounding_phrase},
    verse_lexicon::WordSet,
};

impl<'t> Detector<'t> {
    /// Reads "of Romans" or "in the book of First Samuel" after a chapter and verse.
    pub(super) fn trailing_name(&self, cursor: Cursor<'t>) -> Option<(NameMatch, Cursor<'t>)> {
        let cursor = cursor.past_mark(',').unwrap_or(cursor);
        let place = cursor.past_word(&["out", "over", "back", "there", "right", "down"]).unwrap_or(cursor);
        let of = place.past_word(&["of", "in", "from", "within"])?;
        let works = [
            "the",
            "book",
            "gospel",
            "letter",
            "epistle",
            "prophecy",
            "of",
            "to",
            "st",
            "saint",
            "according",
            "paul",
            "apostle",
            "prophet",
        ];
        let start = of.skip(7, &works, &['.']);
        let token = start.peek()?;
        let (named, end) = if let Some(hit) = self.reader.name_at(token.start) {
            let HitKind::Name(name) = hit.kind else { return None };
            // "3:1 in the Hebrew" names the text, not the letter.
            if name.words == "hebrew" {
                return None;
            }
            (NameMatch::new(name, hit.start, hit.end), hit.end)
        } else if start.offset() > of.offset()
            && ordinal_of(&token).is_none()
            && let Some(named) = self.misheard_name(&token)
        {
            // "The 11th chapter of the prophecy of Josea".
            (named, token.end)
        } else {
            let ordinal = ordinal_of(&token)?;
            let (_, rest) = start.next()?;
            let hit = self.reader.name_at(rest.peek()?.start)?;
            let HitKind::Name(name) = hit.kind else { return None };
            name.numbered(ordinal)?;
            (NameMatch { ordinal: Some(ordinal), ..NameMatch::new(name, token.start, hit.end) }, hit.end)
        };
        let (rest, _) = self.past_possessive(end);
        Some((named, rest))
    }

    /// Reads "of the first psalm" after a verse: the name and number of the psalm.
    pub(super) fn trailing_psalm(&self, cursor: Cursor<'t>) -> Option<(NameMatch, Address)> {
        let of = cursor.past_mark(',').unwrap_or(cursor).past_word(&["of", "in", "from"])?;
        let (psalm, rest) = read_number(of.skip(1, &["the"], &[]))?;
        let hit = self.reader.name_at(rest.peek()?.start)?;
        let HitKind::Name(name) = hit.kind else { return None };
        let is_ordinal = psalm.ordinal && name.words.starts_with("psalm");
        let address = Address { end: hit.end, ..Address::chapter(psalm, Form::Chapter) };
        is_ordinal.then(|| (NameMatch::new(name, hit.start, hit.end), address))
    }

    /// Adds a reference whose book follows its numbers. Returns `false` if there is no such passage.
    pub(super) fn push_with_trailing_name(
        &mut self,
        start: usize,
        mut address: Address,
        named: NameMatch,
        rest: Cursor<'t>,
    ) -> bool {
        let book = self.book(named, Some(&address));
        let mut end = rest.offset().max(named.end);
        if address.chapter.is_none() {
            // "Verse 16 of John 3".
            let chapter = self.reader.address_after_name(rest, book).filter(|chapter| chapter.verse.is_none());
            if let Some(chapter) = chapter {
                address.chapter = chapter.chapter;
                end = chapter.end;
            } else if canon::chapters(book) == 1 {
                address.chapter = Some(1);
            } else {
                let verse = address.verse.unwrap_or(0);
                let now = self.position(start);
                let resolved = self.context.resolve_verse(verse..=verse, now, Some(book), || false, WordSet::default);
                let Some(resolved) = resolved.filter(|resolved| resolved.book == book) else { return false };
                address.chapter = Some(resolved.chapter);
            }
        } else if address.verse.is_none()
            && address.range_end.is_none()
            && let Some(with_verse) = self.reader.verse_after_name(address, rest)
        {
            end = with_verse.end;
            address = with_verse;
        }
        // "Chapter two verse eighteen of First Peter through chapter three verse seven".
        let rest = self.cursor(end);
        if address.range_end.is_none() && is_range(rest) {
            let range = self.reader.with_range(address, rest);
            if range.range_end.is_some() {
                (end, address) = (range.end, range);
            }
        }
        address.end = end;
        self.push_explicit(named, start, address)
    }

    /// Adds a reference with a name. Returns `false` if there is no such passage.
    pub(super) fn push_explicit(&mut self, named: NameMatch, start: usize, address: Address) -> bool {
        let book = self.book(named, Some(&address));
        let Some((passage, repaired)) = address.passage(book) else { return false };
        let class = if repaired || named.by_sound { Class::Suspect } else { Class::Confirmed };
        let mut evidence = vec![evidence::CHAPTER_AND_VERSE.to_owned()];
        if named.by_sound {
            evidence.push(evidence::SOUNDS_LIKE_A_BOOK.to_owned());
        }
        let span = start.min(named.start)..address.end;
        self.push(Mention {
            span,
            book,
            class,
            kind: Kind::Explicit,
            passage: Some(passage),
            evidence,
            repaired: repaired || named.by_sound,
            anchor: None,
        });
        self.read_continuation(passage, address.form, address.end);
        true
    }

    /// Returns the name that a word and one or two words before it sound like: "a fusions chapter 3".
    pub(super) fn misheard_phrase(&self, last: Token<'t>, before: Cursor<'t>) -> Option<NameMatch> {
        let is_word = |token: &Token<'_>| token.kind == TokenKind::Word && token.start >= self.end_of_last;
        let (second, earlier) = before.previous().filter(|(token, _)| is_word(token))?;
        let named = |start: usize, words: &[&str]| {
            let name = similar_sounding_phrase(words)?;
            Some(self.with_ordinal(NameMatch { by_sound: true, ..NameMatch::new(name, start, last.end) }))
        };
        let third = earlier.previous().filter(|(token, _)| is_word(token));
        third
            .and_then(|(third, _)| named(third.start, &[third.text, second.text, last.text]))
            .or_else(|| named(second.start, &[second.text, last.text]))
    }

    /// Returns the abbreviation of a book, or the word that sounds like one, right before a byte offset.
    pub(super) fn abbreviation_before(&self, at: usize) -> Option<NameMatch> {
        let (mut token, mut earlier) = self.cursor(at).previous()?;
        if token.is_mark('.') {
            (token, earlier) = earlier.previous()?;
        }
        // "Jer 29:11, Is 53:5": within a list, a verb has no capital.
        let in_list =
            || earlier.previous().is_some_and(|(before, _)| matches!(before.kind, TokenKind::Mark(',' | ';' | '(')));
        if token.is_any(&["is", "am"]) && !(token.is_capitalized() && in_list()) {
            return None;
        }
        if token.kind != TokenKind::Word || token.start < self.end_of_last {
            return None;
        }
        // "Mi 6:8" is Micah, "mi" in lower case may be anything.
        let may_be_short = token.text.len() > 2 || token.is_capitalized() || !self.text_has_capitals;
        let abbreviation =
            ABBREVIATIONS.iter().find(|name| token.text.eq_ignore_ascii_case(name.words)).filter(|_| may_be_short);
        // "Some 23 verse 3".
        if token.is_any(&["some", "sum"]) && !token.is_capitalized() {
            let psalm = MISSPELLED.iter().find(|name| name.words == "somme")?;
            return Some(NameMatch { by_sound: true, ..NameMatch::new(psalm, token.start, token.end) });
        }
        let named = match abbreviation {
            Some(name) => self.with_ordinal(NameMatch::new(name, token.start, token.end)),
            // A word in lower case may still have all consonants of a long name: "collisions 3:2".
            None => match similar_sounding_name(token.text) {
                Some(name) => {
                    let by_sound = NameMatch { by_sound: true, ..NameMatch::new(name, token.start, token.end) };
                    self.with_ordinal(by_sound)
                }
                // "Number" is one letter away from "Numbers", "judge" from "Judges".
                None => self
                    .misheard_name(&token)
                    .or_else(|| self.misheard_phrase(token, earlier))
                    .filter(|named| !matches!(named.name.ambiguity, Word | PersonOrWord))?,
            },
        };
        (named.ordinal.is_some() || named.name.unnumbered().is_some()).then_some(named)
    }
}
