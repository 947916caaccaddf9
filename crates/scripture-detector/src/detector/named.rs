//! Book names with the numbers after them.

use super::{Detector, NameMatch, quotation::tells_us};
use crate::{
    Book, Class, Kind, Mention, Passage,
    assessment::{Assessment, NameInContext},
    canon, evidence,
    grammar::{Address, Form, RangeEnd},
    lexer::Cursor,
    names::{Ambiguity, Name, Requirement},
    numbers::read_number,
    scan::{Hit, HitKind},
};

/// Words that mention the Bible, its parts, or preaching.
#[rustfmt::skip]
const BIBLE: &[&str] = &[
    "bible", "bibles", "scripture", "scriptures", "testament", "gospel", "gospels", "epistle", "epistles", "prophets",
    "chapter", "chapters", "verse", "verses", "preached", "preaching",
];

/// Maximum number of tokens before a name that are searched for a mention of the Bible.
const MAX_TOKENS_BEFORE: usize = 20;

/// How far from another deuterocanonical book the name of a person may be the title of one.
const MAX_BYTES_TO_DEUTEROCANON: usize = 200;

impl<'t> Detector<'t> {
    /// Processes a book name.
    pub(super) fn process_name(&mut self, index: usize, hit: &Hit, name: &'static Name) {
        let Some((named, address)) = self.read_name(index, hit, name) else { return };
        let book = self.book(named, address.as_ref());
        let address = address.map(|address| self.in_king_james_numbering(named, book, address));
        let found = address.and_then(|address| address.passage(book));
        let is_impossible = found.is_none() && address.is_some();
        let has_no_chapters = is_impossible && canon::chapters(book) == 1;
        if is_impossible && (has_no_chapters || !is_certain_citation(name, address) || self.precedes_time_of_day(named))
        {
            self.push_false_positive(named, book, evidence::NO_SUCH_PASSAGE);
            return;
        }
        let address = address.filter(|_| !is_impossible);
        let assessment = self.assess(index, named, address);
        let mut evidence: Vec<String> = assessment.evidence.iter().map(|&name| name.to_owned()).collect();
        let repaired = found.is_some_and(|(_, repaired)| repaired) || name.is_misspelled();
        let class = match assessment.class {
            Class::Confirmed if repaired => Class::Suspect,
            _ if is_impossible => Class::Suspect,
            class => class,
        };
        if address.is_some_and(|address| address.is_renumbered(book)) {
            evidence.push(evidence::NUMBERING.to_owned());
        }
        if is_impossible {
            evidence.push(evidence::NO_SUCH_PASSAGE.to_owned());
        }
        let is_reference = matches!(class, Class::Confirmed | Class::Suspect);
        let passage = is_reference.then(|| found.map_or(Passage::whole_book(book), |(passage, _)| passage));
        let (kind, end) = match address {
            Some(address) if is_reference => (Kind::Explicit, address.end),
            _ => (Kind::Book, named.end),
        };
        if is_reference {
            self.push_elided_books(named, class);
        }
        self.push(Mention { span: named.start..end, book, class, kind, passage, evidence, repaired, anchor: None });
        if let (Some(address), Some(passage)) = (address, passage) {
            self.read_continuation(passage, address.form, end);
        }
        // "The Apocalypse of Peter chapter 2": the chapter belongs to that work.
        if let Some(address) = address.filter(|_| assessment.evidence.first() == Some(&evidence::NAMESAKE)) {
            self.skip_other_work(address.end);
        }
    }

    /// Returns the book and chapter after a name if they need neither repair nor context.
    pub(super) fn certain_chapter(&self, index: usize, hit: &Hit, name: &'static Name) -> Option<(Book, u16)> {
        let named = self.with_ordinal(NameMatch::new(name, hit.start, hit.end));
        let address = self.address_after(index, named).filter(|address| meets_requirement(name, Some(*address)))?;
        let book = self.book(named, Some(&address));
        let (passage, repaired) = address.passage(book)?;
        let is_certain = !repaired && (address.form > Form::BareWord || named.ordinal.is_some());
        Some((book, passage.chapter().filter(|_| is_certain)?))
    }

    /// Reads the ordinal before a name, and the chapter and verse after it. Returns `None` if the name requires more.
    fn read_name(&self, index: usize, hit: &Hit, name: &'static Name) -> Option<(NameMatch, Option<Address>)> {
        let mut named = self.with_ordinal(NameMatch::new(name, hit.start, hit.end));
        if name.words == "wisdom" && !self.may_be_wisdom(hit) || self.is_hebrew_text(hit, name) {
            return None;
        }
        if let Some(after) = self.ordinal_after(named) {
            named = after;
        }
        let mut address = self.address_after(index, named);
        if let Some(verses) = address.and_then(|address| self.verses_of_possessive(named, address)) {
            address = Some(verses);
        }
        if address.is_none()
            && let Some(book) = self.own_book(named)
        {
            named.own_book_named = true;
            named.ordinal = named.ordinal.or(book.ordinal.filter(|&ordinal| name.numbered(ordinal).is_some()));
            // "John wrote in his first letter, chapter 4".
            let chapter = book.rest.and_then(|rest| self.address_at(named, rest));
            address = chapter.filter(|address| address.form >= Form::Chapter);
        }
        if address.is_none()
            && let Some(verse) = self.verse_in_cited_chapter(named)
        {
            address = Some(verse);
        }
        if address.is_none()
            && (name.words.starts_with("psalm") || name.words == "somme")
            && let Some(psalm) = self.number_before(hit).filter(|number| number.ordinal)
        {
            named.start = psalm.start;
            let chapter = Address { end: named.end, ..Address::chapter(psalm, Form::Chapter) };
            // "The 103rd Psalm, at verse 8".
            address = self.reader.verse_after_name(chapter, self.cursor(named.end)).or(Some(chapter));
        }
        if address.is_none() && name.words == "psalm" {
            address = self.psalm_after_is(named);
        }
        if address.is_none()
            && let Some(chapter) = self.ordinal_of_book(named)
        {
            named.start = chapter.start;
            address = Some(Address { end: named.end, ..Address::chapter(chapter, Form::Chapter) });
        }
        if address.is_none()
            && let Some((digits, split)) = self.digits_before(named)
        {
            named.start = digits.start;
            address = Some(split);
        }
        if named.ordinal.is_some() && address.is_none() && self.ordinal_needs_number(named) {
            named = NameMatch { start: hit.start, ordinal: None, ..named };
        }
        // "Let us sing Psalter number 227".
        let is_number_of_song = || self.cursor(named.end).past_word(&["number", "no"]).is_some();
        if name.words == "psalter" && address.is_some_and(|address| address.form < Form::Chapter || is_number_of_song())
        {
            return None;
        }
        let is_wisdom = || self.is_wisdom_read(hit, address) || address.is_none() && self.is_listed_wisdom(index);
        let meets = meets_requirement(name, address) || name.words == "wisdom" && is_wisdom();
        meets.then_some((named, address))
    }

    /// Returns whether "the Hebrew" is the text or the numbering: "Joel 4 in the Hebrew is chapter 3".
    fn is_hebrew_text(&self, hit: &Hit, name: &Name) -> bool {
        name.words == "hebrew"
            && self.cursor(hit.start).previous().is_some_and(|(token, _)| token.is("the"))
            && self.cursor(hit.end).peek().is_some_and(|token| token.is_any(&["is", "it", "its", "and", "at", "that"]))
    }

    /// Reads "John's 16-21" as verses if a chapter of John was cited shortly before.
    fn verses_of_possessive(&self, named: NameMatch, address: Address) -> Option<Address> {
        let (rest, is_possessive) = self.past_possessive(named.end);
        let is_bare = address.form == Form::Bare && address.verse.is_none();
        let first = address.chapter.filter(|_| is_possessive && is_bare)?;
        // "John's third chapter" has a word in between.
        read_number(rest)?;
        let chapter = self.context.latest_chapter_of(self.book(named, None), self.position(named.start))?;
        let range_end = address.range_end.map(|end| RangeEnd { chapter: None, verse: end.chapter });
        let verses = Address { chapter: Some(chapter), verse: Some(first), range_end, form: Form::Verse, ..address };
        verses.passage(self.book(named, None)).filter(|(_, repaired)| !repaired).map(|_| verses)
    }

    /// Assesses a name. More distant words are considered only if the nearby ones do not make it a reference.
    fn assess(&self, index: usize, named: NameMatch, address: Option<Address>) -> Assessment {
        let in_context = self.name_in_context(index, named, address);
        let assessment = in_context.assess();
        if matches!(assessment.class, Class::Confirmed | Class::Suspect) {
            return assessment;
        }
        let (rest, _) = self.past_possessive(named.end);
        let may_be_author = address.is_none() && named.name.is_author();
        let in_context = NameInContext {
            quotes_book: may_be_author && self.quotes_book(named, rest),
            tells_us: may_be_author && tells_us(rest),
            bible_mentioned: named.name.ambiguity == Ambiguity::Word && self.bible_mentioned_before(named.start),
            ..in_context
        };
        let has_more = in_context.quotes_book || in_context.tells_us || in_context.bible_mentioned;
        if has_more { in_context.assess() } else { assessment }
    }

    /// Collects what is around a name.
    fn name_in_context(&self, index: usize, named: NameMatch, address: Option<Address>) -> NameInContext<'t> {
        let hit = &self.reader.hits[index];
        let (rest, is_possessive) = self.past_possessive(hit.end.max(named.end));
        NameInContext {
            capitalized: self.reader.text[hit.start..].starts_with(char::is_uppercase),
            text_has_capitals: self.text_has_capitals,
            has_ordinal: named.ordinal.is_some(),
            is_possessive,
            continues_list: self.continues_list(named.start, rest),
            precedes_title: self.precedes_title(index),
            gospel_cited: self
                .context
                .latest(self.position(named.start))
                .is_some_and(|latest| latest.book().is_gospel()),
            cited_before: self.context.has_cited(self.book(named, address.as_ref())),
            in_canonical_row: self.is_in_canonical_row(index),
            own_book_named: named.own_book_named,
            deuterocanon_near: self.is_near_deuterocanon(index, named),
            name_follows: rest.peek().is_some_and(|token| self.reader.name_at(token.start).is_some()),
            ..NameInContext::new(named.name, self.cursor(named.start), rest, address)
        }
    }

    /// Returns whether another deuterocanonical book is named near a name that is usually a person: "there's Susanna, and there's
    /// Bel and the Dragon".
    fn is_near_deuterocanon(&self, index: usize, named: NameMatch) -> bool {
        if !matches!(named.name.words, "susanna" | "judith" | "tobit" | "baruch") {
            return false;
        }
        let hits = self.reader.hits;
        let is_other = |hit: &Hit| match hit.kind {
            HitKind::Name(name) => {
                let book = name.unnumbered().or(name.all_numbered().first().copied());
                let is_title = matches!(name.ambiguity, Ambiguity::Unique | Ambiguity::People);
                is_title && book.is_some_and(Book::is_deuterocanonical)
            }
            _ => false,
        };
        let before = hits[..index].iter().rev().take_while(|hit| hit.end + MAX_BYTES_TO_DEUTEROCANON >= named.start);
        let after = hits[index + 1..].iter().take_while(|hit| hit.start <= named.end + MAX_BYTES_TO_DEUTEROCANON);
        before.chain(after).any(is_other)
    }

    /// Returns whether the Bible or a part of it is mentioned shortly before a byte offset.
    fn bible_mentioned_before(&self, start: usize) -> bool {
        let mut cursor = self.cursor(start);
        for _ in 0..MAX_TOKENS_BEFORE {
            let Some((token, earlier)) = cursor.previous() else { return false };
            if token.is_any(BIBLE) {
                return true;
            }
            cursor = earlier;
        }
        false
    }

    /// Returns whether a time of day follows the name of a person: "James 9:30 is too early".
    fn precedes_time_of_day(&self, named: NameMatch) -> bool {
        let may_be_person = matches!(named.name.ambiguity, Ambiguity::Person | Ambiguity::PersonOrWord);
        let hour = read_number(self.cursor(named.end)).filter(|(hour, _)| (1..=12).contains(&hour.value));
        let minutes = hour.and_then(|(_, rest)| read_number(rest.past_mark(':')?));
        may_be_person && minutes.is_some_and(|(minutes, _)| minutes.value % 5 == 0 && minutes.value < 60)
    }

    /// Adds a name that is not a reference.
    fn push_false_positive(&mut self, named: NameMatch, book: Book, evidence: &str) {
        self.push(Mention {
            span: named.start..named.end,
            book,
            class: Class::FalsePositive,
            kind: Kind::Book,
            passage: None,
            evidence: vec![evidence.to_owned()],
            repaired: false,
            anchor: None,
        });
    }

    /// Returns the cursor after a name and its `'s`, and whether there is an `'s`.
    pub(super) fn past_possessive(&self, end: usize) -> (Cursor<'t>, bool) {
        let rest = &self.reader.text[end..];
        for suffix in ["'s", "’s"] {
            if rest.get(..suffix.len()).is_some_and(|start| start.eq_ignore_ascii_case(suffix)) {
                return (self.cursor(end + suffix.len()), true);
            }
        }
        (self.cursor(end), false)
    }

    /// Returns whether "St." or "Saint" precedes a name.
    fn is_saint(&self, named: NameMatch) -> bool {
        let mut before = self.cursor(named.start).previous();
        if let Some((token, earlier)) = before
            && token.is_mark('.')
        {
            before = earlier.previous();
        }
        before.is_some_and(|(token, _)| token.is_any(&["st", "saint"]))
    }

    /// Reads the address after a name without an ordinal form.
    pub(super) fn address_after_unnumbered(&self, hit: &Hit) -> Option<Address> {
        let HitKind::Name(name) = hit.kind else { return None };
        let is_unnumbered = !name.takes_ordinal();
        is_unnumbered.then(|| self.read_address(NameMatch::new(name, hit.start, hit.end))).flatten()
    }

    /// Returns the address after a name.
    fn address_after(&self, index: usize, named: NameMatch) -> Option<Address> {
        if named.name.takes_ordinal() { self.read_address(named) } else { self.addresses[index] }
    }

    /// Reads the address after a name, skipping a word such as "gospel" in between.
    fn read_address(&self, named: NameMatch) -> Option<Address> {
        let (rest, is_possessive) = self.past_possessive(named.end);
        let numbers = past_work(named.name, rest, is_possessive);
        // "St. Luke's 8:15" is a church and a time of day.
        let is_church = is_possessive && numbers.offset() == rest.offset() && self.is_saint(named);
        if is_church { None } else { self.address_at(named, numbers) }
    }

    /// Reads an address at a position after a name.
    pub(super) fn address_at(&self, named: NameMatch, cursor: Cursor<'t>) -> Option<Address> {
        let book = self.book(named, None);
        let address = self.reader.address_after_name(cursor, book)?;
        let fitting = self.book(named, Some(&address));
        if fitting == book { Some(address) } else { self.reader.address_after_name(cursor, fitting) }
    }
}

/// Returns whether a name has the address that it requires.
fn meets_requirement(name: &Name, address: Option<Address>) -> bool {
    match name.requirement {
        Requirement::Nothing => true,
        Requirement::Number => address.is_some(),
        Requirement::Verse => address.is_some_and(|address| address.form >= Form::Chapter),
    }
}

/// Returns whether a name is a citation even if its passage does not exist, which means that the numbers were misheard.
fn is_certain_citation(name: &Name, address: Option<Address>) -> bool {
    matches!(name.ambiguity, Ambiguity::Unique | Ambiguity::People)
        || address.is_some_and(|address| address.form >= Form::Chapter)
}

/// Skips the period of "Ps.", "gospel" in "John's gospel", and "of the Apostles" in "Acts of the Apostles".
fn past_work<'t>(name: &Name, rest: Cursor<'t>, is_possessive: bool) -> Cursor<'t> {
    if is_possessive {
        let after_ordinal = rest.past_word(&["first", "second", "third"]).unwrap_or(rest);
        let works = ["gospel", "epistle", "letter", "book", "prophecy", "account"];
        return after_ordinal.past_word(&works).unwrap_or(rest);
    }
    // "John gospel 3 chapter 16 verse".
    if matches!(name.words, "matthew" | "mathew" | "mark" | "luke" | "john")
        && let Some(gospel) = rest
            .past_word(&["gospel"])
            .filter(|gospel| read_number(*gospel).is_some() || gospel.past_word(&["chapter"]).is_some())
    {
        return gospel;
    }
    if matches!(name.words, "ps" | "psa") {
        return rest.past_mark('.').unwrap_or(rest);
    }
    past_author(name, rest).unwrap_or(rest)
}

/// Skips the author in a title: "Acts of the Apostles", "the Revelation of Saint John", "the Lamentations of Jeremiah".
fn past_author<'t>(name: &Name, rest: Cursor<'t>) -> Option<Cursor<'t>> {
    let author: &[&str] = match name.words {
        "acts" => &["apostles"],
        "revelation" | "revelations" | "apocalypse" => &["john"],
        "lamentations" => &["jeremiah"],
        "proverbs" => &["solomon"],
        _ => return None,
    };
    let of = rest.past_word(&["of", "to"])?.skip(3, &["the", "holy", "saint", "st", "apostle"], &['.']);
    let after = of.past_word(author)?;
    let divine = after.past_word(&["the"]).and_then(|the| the.past_word(&["divine", "apostle", "evangelist"]));
    Some(divine.unwrap_or(after))
}
