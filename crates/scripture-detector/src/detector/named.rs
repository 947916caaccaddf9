//! A book's name, with the numbers behind it.

use super::{Detector, Named};
use crate::{
    Book, Class, Kind, Mention, Passage,
    evidence::{Scene, Weighing},
    grammar::{Address, Form},
    letters::boundary,
    lexer::Cursor,
    names::{Name, Nature, Need},
    numbers::number,
    scan::{Hit, What},
    verse_lexicon::Said,
};

/// What a writer does before the words of his that are quoted.
const SAYING: &[&str] =
    &["says", "said", "say", "writes", "wrote", "tells", "told", "calls", "puts", "declares", "declared"];

/// What the Bible and its parts are called, and what is done with them.
const BIBLE: &[&str] = &[
    "bible",
    "bibles",
    "scripture",
    "scriptures",
    "testament",
    "gospel",
    "gospels",
    "epistle",
    "epistles",
    "prophets",
    "chapter",
    "chapters",
    "verse",
    "verses",
    "preached",
    "preaching",
];

/// Words that have so many bits in common with one verse of a whole book are hardly there by chance.
const SURELY_QUOTED_BITS: u32 = 20;

/// About as long is what is quoted of a writer in one sentence; more would find likeness by chance.
const SENTENCE_BYTES: usize = 120;

impl<'t> Detector<'t> {
    /// Reads a name with what stands behind it.
    pub(super) fn name(&mut self, index: usize, hit: &Hit, name: &'static Name) {
        let Some((named, address)) = self.read_name(index, hit, name) else { return };
        let book = self.book(named, address.as_ref());
        let found = address.and_then(|address| address.passage(book));
        let impossible = found.is_none() && address.is_some();
        if impossible && (!is_surely_cited(name, address) || self.is_time(named)) {
            self.refuse(named, book, "no_such_passage");
            return;
        }
        let address = address.filter(|_| !impossible);
        let weighing = self.weigh(index, named, address);
        let mut evidence: Vec<String> = weighing.pieces.iter().map(|piece| (*piece).to_owned()).collect();
        let repaired = found.is_some_and(|(_, repaired)| repaired);
        let class = match weighing.class {
            Class::Confirmed if repaired => Class::Suspect,
            _ if impossible => Class::Suspect,
            class => class,
        };
        if impossible {
            evidence.push("no_such_passage".to_owned());
        }
        let is_reference = matches!(class, Class::Confirmed | Class::Suspect);
        let passage = is_reference.then(|| found.map_or(Passage::book_only(book), |(passage, _)| passage));
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

    /// The book and chapter that a name with numbers behind it says.
    pub(super) fn chapter_named(&self, index: usize, hit: &Hit, name: &'static Name) -> Option<(Book, u16)> {
        let named = self.with_ordinal(Named::new(name, hit.start, hit.end));
        let address = self.address_behind(index, named).filter(|address| is_enough(name, Some(*address)))?;
        let book = self.book(named, Some(&address));
        let (passage, repaired) = address.passage(book)?;
        let sure = !repaired && (address.form > Form::BareWord || named.ordinal.is_some());
        Some((book, passage.chapter().filter(|_| sure)?))
    }

    /// Reads the ordinal before a name, and chapter and verse; none if the name needs more than it has.
    fn read_name(&self, index: usize, hit: &Hit, name: &'static Name) -> Option<(Named, Option<Address>)> {
        let mut named = self.with_ordinal(Named::new(name, hit.start, hit.end));
        let mut address = self.address_behind(index, named);
        if address.is_none()
            && let Some(work) = self.own_work(named)
        {
            named.own_work = true;
            named.ordinal = named.ordinal.or(work.ordinal.filter(|&ordinal| name.numbered(ordinal).is_some()));
            // "John wrote in his first letter, chapter 4".
            let chapter = work.behind.and_then(|behind| self.address(named, behind));
            address = chapter.filter(|address| address.form >= Form::Chapter);
        }
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
        is_enough(name, address).then_some((named, address))
    }

    /// Weighs a name; what is further away is only looked at where the words around do not make a reference of it.
    fn weigh(&self, index: usize, named: Named, address: Option<Address>) -> Weighing {
        let scene = self.scene(index, named, address);
        let weighing = scene.weigh();
        if matches!(weighing.class, Class::Confirmed | Class::Suspect) {
            return weighing;
        }
        let (behind, _) = self.past_possessive(named.end);
        let quoted = address.is_none() && named.name.is_quoted();
        let scene = Scene {
            quotes: quoted && self.quotes(named, behind),
            tells_us: quoted && tells_us(behind),
            bible_near: named.name.nature == Nature::Word && self.is_bible_near(named.start),
            ..scene
        };
        if scene.quotes || scene.tells_us || scene.bible_near { scene.weigh() } else { weighing }
    }

    /// A name with what stands around it.
    fn scene(&self, index: usize, named: Named, address: Option<Address>) -> Scene<'t> {
        let hit = &self.reader.hits[index];
        let (behind, possessive) = self.past_possessive(hit.end);
        Scene {
            capital: self.reader.text[hit.start..].starts_with(char::is_uppercase),
            cased: self.cased,
            ordinal: named.ordinal.is_some(),
            possessive,
            listed: self.is_listed(named.start),
            joined: self.is_joined(index),
            cited: self.context.knows(self.book(named, address.as_ref())),
            in_row: self.is_in_row(index),
            own_work: named.own_work,
            name_follows: behind.peek().is_some_and(|token| self.reader.name_at(token.start).is_some()),
            ..Scene::new(named.name, self.cursor(named.start), behind, address)
        }
    }

    /// Whether the Bible or a part of it is named in the words before a place.
    fn is_bible_near(&self, start: usize) -> bool {
        let mut cursor = self.cursor(start);
        for _ in 0..20 {
            let Some((token, front)) = cursor.previous() else { return false };
            if token.is_any(BIBLE) {
                return true;
            }
            cursor = front;
        }
        false
    }

    /// Whether what stands behind a person's name is a time of day: "James 9:30 is too early".
    fn is_time(&self, named: Named) -> bool {
        let person = matches!(named.name.nature, Nature::Person | Nature::PersonOrWord);
        let hour = number(self.cursor(named.end)).filter(|(hour, _)| (1..=12).contains(&hour.value));
        let minutes = hour.and_then(|(_, behind)| number(behind.past_mark(':')?));
        person && minutes.is_some_and(|(minutes, _)| minutes.value % 5 == 0 && minutes.value < 60)
    }

    /// Whether an author is said to say what stands in a verse of his letter or prophecy.
    fn quotes(&self, named: Named, behind: Cursor<'t>) -> bool {
        let led = || self.cursor(named.start).previous().is_some_and(|(token, _)| token.is_any(&["to", "in", "from"]));
        if !named.name.is_writer() || !(says_soon(behind) || led()) {
            return false;
        }
        let text = &self.reader.text[behind.offset()..];
        let said = Said::new(&text[..boundary(text, SENTENCE_BYTES)], "");
        let books = named.name.plain().into_iter().chain(named.name.all_numbered().iter().copied());
        books.map(|book| said.likeness_in(book)).max() >= Some(SURELY_QUOTED_BITS)
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

    /// Whether the name is a saint's: "St. Luke".
    fn is_saint(&self, named: Named) -> bool {
        let mut before = self.cursor(named.start).previous();
        if let Some((token, front)) = before
            && token.is_mark('.')
        {
            before = front.previous();
        }
        before.is_some_and(|(token, _)| token.is_any(&["st", "saint"]))
    }

    /// Chapter and verse behind the name of one book.
    pub(super) fn address_of_plain(&self, hit: &Hit) -> Option<Address> {
        let What::Name(name) = hit.what else { return None };
        let plain = !name.can_be_numbered();
        plain.then(|| self.read_address(Named::new(name, hit.start, hit.end))).flatten()
    }

    /// Chapter and verse behind a name.
    fn address_behind(&self, index: usize, named: Named) -> Option<Address> {
        if named.name.can_be_numbered() { self.read_address(named) } else { self.addresses[index] }
    }

    /// Reads chapter and verse behind a name and its "gospel".
    fn read_address(&self, named: Named) -> Option<Address> {
        let (behind, possessive) = self.past_possessive(named.end);
        let numbers = past_work(named.name, behind, possessive);
        // "St. Luke's 8:15" is a church and a time of day.
        let church = possessive && numbers.offset() == behind.offset() && self.is_saint(named);
        if church { None } else { self.address(named, numbers) }
    }

    /// Reads chapter and verse at a place behind a name.
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
        let written_small = !self.cased && matches!(name.words, "revelation" | "acts" | "proverbs" | "psalms");
        let title = written_small
            || name.nature == Nature::Title
            || (name.nature == Nature::Word && capital && name.need == Need::Nothing);
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

/// Whether a name has what it needs to be looked at.
fn is_enough(name: &Name, address: Option<Address>) -> bool {
    match name.need {
        Need::Nothing => true,
        Need::Number => address.is_some(),
        Need::Verse => address.is_some_and(|address| address.form >= Form::Chapter),
    }
}

/// Whether a passage that does not exist is still a citation of the book, badly heard.
fn is_surely_cited(name: &Name, address: Option<Address>) -> bool {
    matches!(name.nature, Nature::Title | Nature::People)
        || address.is_some_and(|address| address.form >= Form::Chapter)
}

/// Whether a verb of saying stands behind a name, or behind one word more: "James also says".
pub(super) fn says_soon(behind: Cursor<'_>) -> bool {
    let says = |cursor: Cursor<'_>| cursor.past_word(SAYING).is_some();
    says(behind) || behind.next().is_some_and(|(_, behind)| says(behind))
}

/// Whether something is told to us in the words behind a name: "is careful to tell us", "wants us to see".
fn tells_us(behind: Cursor<'_>) -> bool {
    const TELL: &[&str] =
        &["tell", "tells", "show", "shows", "give", "gives", "let", "lets", "want", "wants", "remind", "reminds"];
    let mut cursor = behind;
    for _ in 0..6 {
        let Some((token, after)) = cursor.next().filter(|(token, _)| !token.ends_sentence()) else { return false };
        if token.is_any(TELL) && after.past_word(&["us"]).is_some() {
            return true;
        }
        cursor = after;
    }
    false
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
