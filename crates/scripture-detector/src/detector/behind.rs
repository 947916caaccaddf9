//! References whose book follows its numbers ("chapter 8 of Romans"), or is only an abbreviation before them.

use super::{Detector, Named, ordinal::ordinal_of};
use crate::{
    Class, Kind, Mention, canon,
    grammar::{Address, Form},
    lexer::{Cursor, TokenKind},
    names::ABBREVIATIONS,
    numbers::number,
    scan::What,
    sound::name_like,
    verse_lexicon::Said,
};

impl<'t> Detector<'t> {
    /// Reads "of Romans", "in the book of First Samuel" behind chapter and verse.
    pub(super) fn name_behind(&self, cursor: Cursor<'t>) -> Option<(Named, Cursor<'t>)> {
        let cursor = cursor.past_mark(',').unwrap_or(cursor);
        let of = cursor.past_word(&["of", "in", "from", "within"])?;
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
        ];
        let start = of.skip(7, &works, &['.']);
        let token = start.peek()?;
        let (named, hit_end) = if let Some(hit) = self.reader.name_at(token.start) {
            let What::Name(name) = hit.what else { return None };
            (Named::new(name, hit.start, hit.end), hit.end)
        } else {
            let ordinal = ordinal_of(&token)?;
            let (_, behind) = start.next()?;
            let hit = self.reader.name_at(behind.peek()?.start)?;
            let What::Name(name) = hit.what else { return None };
            name.numbered(ordinal)?;
            (Named { ordinal: Some(ordinal), ..Named::new(name, token.start, hit.end) }, hit.end)
        };
        let (behind, _) = self.past_possessive(hit_end);
        Some((named, behind))
    }

    /// Reads "of the first psalm" behind a verse: the psalm's name and number.
    pub(super) fn psalm_behind(&self, cursor: Cursor<'t>) -> Option<(Named, Address)> {
        let of = cursor.past_mark(',').unwrap_or(cursor).past_word(&["of", "in", "from"])?;
        let (psalm, behind) = number(of.skip(1, &["the"], &[]))?;
        let hit = self.reader.name_at(behind.peek()?.start)?;
        let What::Name(name) = hit.what else { return None };
        let ordinal = psalm.ordinal && name.words.starts_with("psalm");
        let address = Address { end: hit.end, ..Address::chapter(psalm, Form::Chapter) };
        ordinal.then(|| (Named::new(name, hit.start, hit.end), address))
    }

    /// Adds a reference whose book follows its numbers; false if it does not make sense.
    pub(super) fn push_with_name_behind(
        &mut self,
        start: usize,
        mut address: Address,
        named: Named,
        behind: Cursor<'t>,
    ) -> bool {
        let book = self.book(named, Some(&address));
        let mut end = behind.offset().max(named.end);
        if address.chapter.is_none() {
            // "Verse 16 of John 3".
            let chapter = self.reader.after_name(behind, book).filter(|chapter| chapter.verse.is_none());
            if let Some(chapter) = chapter {
                address.chapter = chapter.chapter;
                end = chapter.end;
            } else if canon::chapters(book) == 1 {
                address.chapter = Some(1);
            } else {
                let moment = self.moment(start);
                let verse = address.verse.unwrap_or(0);
                let here = self.context.chapter_of(verse, moment, || false, Said::default);
                let Some(answer) = here.filter(|answer| answer.book == book) else { return false };
                address.chapter = Some(answer.chapter);
            }
        } else if address.verse.is_none()
            && address.last.is_none()
            && let Some(more) = self.reader.verse_after_name(address, behind)
        {
            end = more.end;
            address = more;
        }
        address.end = end;
        self.push_explicit(named, start, address)
    }

    /// Adds a reference with a name, if the passage exists.
    pub(super) fn push_explicit(&mut self, named: Named, start: usize, address: Address) -> bool {
        let book = self.book(named, Some(&address));
        let Some((passage, repaired)) = address.passage(book) else { return false };
        let class = if repaired || named.by_sound { Class::Suspect } else { Class::Confirmed };
        let mut evidence = vec!["chapter_and_verse".to_owned()];
        if named.by_sound {
            evidence.push("sounds_like_a_book".to_owned());
        }
        let span = start.min(named.start)..address.end;
        self.push(Mention {
            span,
            book,
            class,
            kind: Kind::Explicit,
            passage: Some(passage),
            evidence,
            repaired,
            anchor: None,
        });
        self.go_on(passage, address.form, address.end);
        true
    }

    /// The abbreviation of a book, or a word that sounds like one, right before an offset.
    pub(super) fn abbreviation_before(&self, at: usize) -> Option<Named> {
        let (mut token, front) = self.cursor(at).previous()?;
        if token.is_mark('.') {
            (token, _) = front.previous()?;
        }
        if token.kind != TokenKind::Word || token.start < self.done {
            return None;
        }
        let short = ABBREVIATIONS.iter().find(|name| token.text.eq_ignore_ascii_case(name.words));
        let name = short.or_else(|| name_like(token.text))?;
        let named = Named { by_sound: short.is_none(), ..Named::new(name, token.start, token.end) };
        let named = self.with_ordinal(named);
        (named.ordinal.is_some() || name.plain().is_some()).then_some(named)
    }
}
