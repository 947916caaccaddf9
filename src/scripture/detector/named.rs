//! A book's name, with the numbers behind it.

use super::{Detector, Named};
use crate::{
    domain::{Book, Class, Kind},
    scripture::{
        Mention, Passage,
        evidence::Scene,
        grammar::{Address, Form},
        lexer::Cursor,
        names::{Name, Nature, Need},
        scan::{Hit, What},
    },
};

impl<'t> Detector<'t> {
    /// Reads a name with what stands behind it.
    pub(super) fn name(&mut self, index: usize, hit: &Hit, name: &'static Name) {
        let mut named = self.with_ordinal(Named { name, start: hit.start, end: hit.end, ordinal: None });
        let (behind, possessive) = self.past_possessive(hit.end);
        let numbers = past_work(name, behind, possessive);
        let mut address = self.address(named, numbers);
        if address.is_none()
            && name.words.starts_with("psalm")
            && let Some(psalm) = self.number_before(hit).filter(|number| number.ordinal)
        {
            named.start = psalm.start;
            address = Some(Address { end: named.end, ..Address::chapter(psalm, Form::Chapter) });
        }
        if named.ordinal.is_some() && address.is_none() && self.ordinal_needs_number(named) {
            named = Named { start: hit.start, ordinal: None, ..named };
        }
        if name.need == Need::Number && address.is_none()
            || name.need == Need::Verse && address.is_none_or(|address| address.form < Form::Chapter)
        {
            return;
        }
        let book = self.book(named, address.as_ref());
        let found = address.and_then(|address| address.passage(book));
        let impossible = address.is_some() && found.is_none();
        if impossible && name.nature != Nature::Title && name.nature != Nature::People {
            self.refuse(named, book, "no_such_passage");
            return;
        }
        if impossible {
            address = None;
        }
        let surface = &self.reader.text[hit.start..hit.end];
        let scene = Scene {
            capital: surface.starts_with(|first: char| first.is_uppercase()),
            cased: self.cased,
            ordinal: named.ordinal.is_some(),
            possessive,
            listed: self.is_listed(named.start),
            joined: self.is_joined(index),
            in_row: self.is_in_row(index),
            next: self.cursor(address.map_or(behind.offset(), |address| address.end)).peek(),
            name_follows: behind.peek().is_some_and(|token| self.reader.name_at(token.start).is_some()),
            ..Scene::new(name, self.cursor(named.start), behind)
        };
        let weighing = scene.with_address(address.as_ref()).weigh();
        let mut evidence: Vec<String> = weighing.pieces.iter().map(|piece| (*piece).to_owned()).collect();
        let mut class = weighing.class;
        if impossible {
            evidence.push("no_such_passage".to_owned());
            class = class.max(Class::Suspect);
        }
        let is_reference = matches!(class, Class::Confirmed | Class::Suspect);
        let passage = is_reference.then(|| found.map_or(Passage::book_only(book), |(passage, _)| passage));
        let repaired = found.is_some_and(|(_, repaired)| repaired);
        if repaired && class == Class::Confirmed {
            class = Class::Suspect;
        }
        let (kind, end) = match address {
            Some(address) if is_reference => (Kind::Explicit, address.end),
            _ => (Kind::Book, named.end),
        };
        if is_reference {
            self.push_firsts(named, class);
        }
        self.push(Mention { span: named.start..end, book, class, kind, passage, evidence, repaired, anchor: None });
        if let (Some(address), Some(passage)) = (address, passage) {
            self.go_on(passage, address.form, end);
        }
    }

    /// Adds a name that is no reference.
    fn refuse(&mut self, named: Named, book: Book, why: &str) {
        self.push(Mention {
            span: named.start..named.end,
            book,
            class: Class::FalsePositive,
            kind: Kind::Book,
            passage: None,
            evidence: vec![why.to_owned()],
            repaired: false,
            anchor: None,
        });
    }

    /// The cursor behind a name and its `'s`.
    pub(super) fn past_possessive(&self, end: usize) -> (Cursor<'t>, bool) {
        let rest = &self.reader.text[end..];
        for suffix in ["'s", "’s"] {
            if rest.get(..suffix.len()).is_some_and(|start| start.eq_ignore_ascii_case(suffix)) {
                return (self.cursor(end + suffix.len()), true);
            }
        }
        (self.cursor(end), false)
    }

    /// Reads chapter and verse behind a name.
    fn address(&self, named: Named, behind: Cursor<'t>) -> Option<Address> {
        let book = self.book(named, None);
        let address = self.reader.after_name(behind, book)?;
        let filled = self.book(named, Some(&address));
        if filled == book { Some(address) } else { self.reader.after_name(behind, filled) }
    }

    /// Whether a reference to a book stands right before an offset, with "and" or a comma between.
    fn is_listed(&self, start: usize) -> bool {
        let Some(last) = self.mentions.last() else { return false };
        let between = self.reader.text.get(last.span.end..start).unwrap_or("-").trim();
        last.is_reference()
            && last.kind == Kind::Book
            && matches!(between, "and" | "," | ", and" | "or" | "&" | "and in" | ", or" | "through" | "to" | "until")
    }

    /// Whether "and" and a name that can only be a book stand behind a hit: "Luke and Acts".
    fn is_joined(&self, index: usize) -> bool {
        let (hit, Some(next)) = (&self.reader.hits[index], self.reader.hits.get(index + 1)) else { return false };
        let What::Name(name) = next.what else { return false };
        let capital = self.reader.text[next.start..].starts_with(char::is_uppercase) && self.cased;
        let title =
            name.nature == Nature::Title || (name.nature == Nature::Word && capital && name.need == Need::Nothing);
        title && matches!(self.reader.text.get(hit.end..next.start), Some(" and " | ", " | " or " | " & "))
    }

    /// Whether a hit stands in a row of three or more books in the order of the canon.
    fn is_in_row(&self, index: usize) -> bool {
        let hits = self.reader.hits;
        let follows = |index: usize| {
            let (Some(a), Some(b)) = (hits.get(index), hits.get(index + 1)) else { return false };
            let (What::Name(first), What::Name(second)) = (a.what, b.what) else { return false };
            let (Some(first), Some(second)) = (first.plain(), second.plain()) else { return false };
            let between = self.reader.text.get(a.end..b.start).unwrap_or("-").trim();
            second.index() == first.index() + 1 && matches!(between, "" | "," | "and" | ", and" | "&")
        };
        let before = (0..index).rev().take_while(|&index| follows(index)).count();
        let behind = (index..hits.len()).take_while(|&index| follows(index)).count();
        before + behind >= 2
    }
}

/// The cursor behind the point of "Ps.", behind "gospel" in "John's gospel" and "of the Apostles" in "Acts of the Apostles".
fn past_work<'t>(name: &Name, behind: Cursor<'t>, possessive: bool) -> Cursor<'t> {
    if possessive {
        let nth = behind.past_word(&["first", "second", "third"]).unwrap_or(behind);
        return nth.past_word(&["gospel", "epistle", "letter", "book", "prophecy", "account"]).unwrap_or(behind);
    }
    if matches!(name.words, "ps" | "psa") {
        return behind.past_mark('.').unwrap_or(behind);
    }
    if name.words == "acts" {
        let tail = behind
            .past_word(&["of"])
            .and_then(|of| of.past_word(&["the"]))
            .and_then(|the| the.past_word(&["apostles"]));
        return tail.unwrap_or(behind);
    }
    behind
}
