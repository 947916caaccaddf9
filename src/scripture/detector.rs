//! Leads from the candidates of a text to its mentions.
//!
//! Takes the hits one by one, in order: a name is read with the numbers behind it, the word verse or chapter and
//! `N:M` with the name behind them or, without one, with what was cited before.

use super::{
    Mention, Passage, canon,
    context::{Context, Moment},
    evidence::Scene,
    grammar::{Address, Form, Reader},
    lexer::{Cursor, Token, TokenKind},
    names::{ABBREVIATIONS, Name, Nature, Need},
    numbers::{Number, number},
    scan::{Hit, What, scan},
};
use crate::{
    domain::{Book, Class, Kind},
    transcript::JoinedText,
};

/// Finds every mention in a text.
pub(super) fn detect(text: &JoinedText) -> Vec<Mention> {
    let hits = scan(text.as_str());
    let mut detector = Detector {
        joined: text,
        reader: Reader { text: text.as_str(), hits: &hits },
        cased: uses_capitals(text.as_str()),
        context: Context::default(),
        mentions: Vec::new(),
        done: 0,
    };
    for (index, hit) in hits.iter().enumerate() {
        if hit.start < detector.done {
            continue;
        }
        match hit.what {
            What::Name(name) => detector.name(index, hit, name),
            What::Chapter | What::Verse => detector.marker(hit),
            What::Clock => detector.clock(hit),
        }
    }
    detector.mentions
}

/// Whether the text is written with capitals; judged by a sample of it.
fn uses_capitals(text: &str) -> bool {
    let bytes = text.as_bytes();
    let step = (bytes.len() / 16_384).max(1);
    let (mut letters, mut capitals) = (0_usize, 0_usize);
    for byte in bytes.iter().step_by(step) {
        letters += usize::from(byte.is_ascii_alphabetic());
        capitals += usize::from(byte.is_ascii_uppercase());
    }
    capitals * 200 > letters
}

struct Detector<'t> {
    joined: &'t JoinedText,
    reader: Reader<'t>,
    cased: bool,
    context: Context,
    mentions: Vec<Mention>,
    /// One past the last byte that belongs to a mention.
    done: usize,
}

/// A name of a book with the First, Second or Third before it.
#[derive(Clone, Copy)]
struct Named {
    name: &'static Name,
    /// Where it begins, its ordinal included.
    start: usize,
    /// One past the name.
    end: usize,
    ordinal: Option<u32>,
}

impl<'t> Detector<'t> {
    fn cursor(&self, at: usize) -> Cursor<'t> {
        self.reader.cursor(at)
    }

    fn moment(&self, offset: usize) -> Moment {
        Moment { offset, time: self.joined.time_at(offset) }
    }

    /// Reads a name with what stands behind it.
    fn name(&mut self, index: usize, hit: &Hit, name: &'static Name) {
        let mut named = self.with_ordinal(Named { name, start: hit.start, end: hit.end, ordinal: None });
        let (behind, possessive) = self.past_possessive(hit.end);
        let numbers = past_work(name, behind, possessive);
        let mut address = self.address(named, numbers);
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
            in_row: self.is_in_row(index),
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
        if let (true, Some(first)) = (is_reference, self.first_of_two(named)) {
            self.push_first_of_two(first, named, class);
        }
        self.push(Mention { span: named.start..end, book, class, kind, passage, evidence, repaired, anchor: None });
        if let (Some(address), Some(passage)) = (address, passage) {
            self.go_on(passage, address.form, end);
        }
    }

    /// Adds a mention and remembers what it cites.
    fn push(&mut self, mention: Mention) {
        self.done = mention.span.end;
        if let Some(passage) = mention.passage {
            let moment = self.moment(mention.span.start);
            self.context.cite(passage, moment);
        }
        self.mentions.push(mention);
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

    /// Takes the First, Second or Third before a name that can have one.
    fn with_ordinal(&self, named: Named) -> Named {
        if !named.name.can_be_numbered() {
            return named;
        }
        let Some((token, front)) = self.cursor(named.start).previous() else { return named };
        let Some(ordinal) = ordinal_of(&token) else { return named };
        let belongs_before = front.previous().is_some_and(|(before, _)| {
            before.is_any(&["chapter", "chapters", "verse", "verses", "number", "day", "page"])
                || (before.is_mark(':') && before.end == token.start)
        });
        if token.start < self.done || belongs_before || named.name.numbered(ordinal).is_none() {
            return named;
        }
        Named { start: token.start, ordinal: Some(ordinal), ..named }
    }

    /// Whether the word before a name may be no ordinal of it: "one John", "I, Peter".
    fn ordinal_needs_number(&self, named: Named) -> bool {
        let Some(token) = self.cursor(named.start).peek() else { return false };
        token.is_any(&["one", "two", "three", "i"])
            || (token.is_any(&["first", "second", "third"]) && self.is_story(named))
    }

    /// Whether a verb of a story follows the name: "first Peter denied".
    fn is_story(&self, named: Named) -> bool {
        let person = matches!(named.name.nature, Nature::Person | Nature::PersonOrWord);
        person
            && self.cursor(named.end).peek().is_some_and(|token| {
                token.is_any(&["was", "had", "went", "came", "is", "and", "denied", "did", "has", "the", "then"])
            })
    }

    /// The First of "First and Second Samuel".
    fn first_of_two(&self, named: Named) -> Option<Token<'t>> {
        named.ordinal.filter(|&ordinal| ordinal > 1)?;
        let (and, front) = self.cursor(named.start).previous()?;
        let (first, _) = front.previous()?;
        let fits = and.is_any(&["and", "or"]) && ordinal_of(&first).is_some_and(|first| Some(first) < named.ordinal);
        (fits && first.start >= self.done && !first.is_any(&["one", "two"])).then_some(first)
    }

    /// Adds the First of "First and Second Samuel".
    fn push_first_of_two(&mut self, first: Token<'t>, named: Named, class: Class) {
        let Some(book) = ordinal_of(&first).and_then(|ordinal| named.name.numbered(ordinal)) else { return };
        self.push(Mention {
            span: first.start..first.end,
            book,
            class,
            kind: Kind::Book,
            passage: Some(Passage::book_only(book)),
            evidence: vec!["ordinal_before".to_owned()],
            repaired: false,
            anchor: None,
        });
    }

    /// The cursor behind a name and its `'s`.
    fn past_possessive(&self, end: usize) -> (Cursor<'t>, bool) {
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

    /// The book that a name means; a missing First or Second is filled in from what was cited, or by what exists.
    fn book(&self, named: Named, address: Option<&Address>) -> Book {
        let numbered = |ordinal| named.name.numbered(ordinal);
        if let Some(book) = named.ordinal.and_then(numbered).or_else(|| named.name.plain()) {
            return book;
        }
        let books: Vec<Book> = (1..=3).filter_map(numbered).collect();
        let first = *books.first().expect("a name without a plain book has numbered ones");
        let exists = |book: &Book| address.is_none_or(|address| is_exact(address, *book));
        let cited = self.context.among(&books).filter(exists);
        cited.or_else(|| books.iter().copied().find(exists)).unwrap_or(first)
    }

    /// Whether a reference to a book stands right before an offset, with "and" or a comma between.
    fn is_listed(&self, start: usize) -> bool {
        let Some(last) = self.mentions.last() else { return false };
        let between = self.reader.text.get(last.span.end..start).unwrap_or("-").trim();
        last.is_reference()
            && last.kind == Kind::Book
            && matches!(between, "and" | "," | ", and" | "or" | "&" | "and in" | ", or")
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

    /// Reads the word chapter or verse that no name stands before.
    fn marker(&mut self, hit: &Hit) {
        let Some((start, mut address, mut behind)) = self.marked(hit) else { return };
        if start < self.done {
            return;
        }
        if address.chapter.is_none()
            && let Some(chapter) = self.chapter_behind(behind)
        {
            address = Address { chapter: Some(chapter.value), end: chapter.end, ..address };
            behind = self.cursor(chapter.end);
        }
        if let Some((named, behind)) = self.name_behind(behind)
            && self.push_with_name_behind(start, address, named, behind)
        {
            return;
        }
        if let Some(named) = self.abbreviation_before(start)
            && address.chapter.is_some()
            && self.push_explicit(named, named.start, address)
        {
            return;
        }
        if !self.is_of_other_work(start, behind, address) {
            self.push_contextual(start, address, "verse_or_chapter");
        }
    }

    /// Reads the numbers around the word chapter or verse: where they begin, and the cursor behind them.
    fn marked(&self, hit: &Hit) -> Option<(usize, Address, Cursor<'t>)> {
        let behind = self.cursor(hit.end);
        let guess = self.context.latest(self.moment(hit.start)).map(Passage::book);
        let before = self.number_before(hit);
        let with = |start: usize, address: Address| Some((start, address, self.cursor(address.end)));
        match (hit.what, self.reader.number_behind_word(behind), before) {
            (What::Chapter, Some((chapter, behind)), _) => {
                with(hit.start, self.reader.with_chapter(chapter, behind, Form::Chapter, guess))
            }
            (What::Verse, Some((_, _)), Some(chapter)) if !chapter.ordinal => {
                let front = self.cursor(chapter.end);
                with(chapter.start, self.reader.with_chapter(chapter, front, Form::Chapter, guess))
            }
            (What::Verse, Some((verse, behind)), _) => {
                if let Some(colon) = behind.past_mark(':').filter(|colon| number(*colon).is_some()) {
                    let _ = colon;
                    return with(hit.start, self.reader.with_chapter(verse, behind, Form::Verse, guess));
                }
                with(hit.start, self.reader.with_verse(None, verse, behind))
            }
            (What::Chapter, None, Some(ordinal)) if ordinal.ordinal => {
                let mut address = self.reader.with_chapter(ordinal, behind, Form::Chapter, guess);
                address.end = address.end.max(hit.end);
                with(ordinal.start, address)
            }
            (What::Verse, None, Some(ordinal)) if ordinal.ordinal => {
                let mut address = Address::verse(None, ordinal, Form::Verse);
                address.end = hit.end;
                with(ordinal.start, address)
            }
            _ => None,
        }
    }

    /// The number right before the word chapter or verse: "the fifth chapter", "53 verse 1".
    fn number_before(&self, hit: &Hit) -> Option<Number> {
        let cursor = self.cursor(hit.start);
        let (mut token, mut front) = cursor.previous()?;
        if token.is_mark(',') {
            (token, front) = front.previous()?;
        }
        // A number in words may have up to four of them; the longest that ends here is taken.
        let mut found = None;
        for _ in 0..4 {
            if token.start < self.done {
                break;
            }
            if let Some((number, _)) = number(self.cursor(token.start))
                && self.cursor(number.end).skip(1, &[], &[',']).peek().is_some_and(|next| next.start == hit.start)
            {
                found = Some((number, front));
            }
            let Some(earlier) = front.previous() else { break };
            (token, front) = earlier;
        }
        let (number, front) = found?;
        let foreign = front.previous().is_some_and(|(before, _)| {
            before.is_any(&["page", "pages", "volume", "vol", "hymn", "song", "number", "paragraph"])
                || (matches!(before.kind, TokenKind::Mark(':' | '.' | '$' | '-')) && before.end == number.start)
        });
        (!foreign).then_some(number)
    }

    /// Reads "of chapter 42", "in the second chapter" behind a verse.
    fn chapter_behind(&self, cursor: Cursor<'t>) -> Option<Number> {
        let of = cursor.past_mark(',').unwrap_or(cursor).past_word(&["of", "in", "from"])?;
        self.reader.named_chapter(of.skip(1, &["the"], &[])).map(|(chapter, _)| chapter)
    }

    /// Reads "of Romans", "in the book of First Samuel" behind chapter and verse.
    fn name_behind(&self, cursor: Cursor<'t>) -> Option<(Named, Cursor<'t>)> {
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
            (Named { name, start: hit.start, end: hit.end, ordinal: None }, hit.end)
        } else {
            let ordinal = ordinal_of(&token)?;
            let (_, behind) = start.next()?;
            let hit = self.reader.name_at(behind.peek()?.start)?;
            let What::Name(name) = hit.what else { return None };
            name.numbered(ordinal)?;
            (Named { name, start: token.start, end: hit.end, ordinal: Some(ordinal) }, hit.end)
        };
        let (behind, _) = self.past_possessive(hit_end);
        Some((named, behind))
    }

    /// Adds a reference whose book follows its numbers; false if it does not make sense.
    fn push_with_name_behind(&mut self, start: usize, mut address: Address, named: Named, behind: Cursor<'t>) -> bool {
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
                let here = self.context.chapter_of(verse, moment, false).filter(|(cited, _, _)| *cited == book);
                let Some((_, chapter, _)) = here else { return false };
                address.chapter = Some(chapter);
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
    fn push_explicit(&mut self, named: Named, start: usize, address: Address) -> bool {
        let book = self.book(named, Some(&address));
        let Some((passage, repaired)) = address.passage(book) else { return false };
        let class = if repaired { Class::Suspect } else { Class::Confirmed };
        let evidence = vec!["chapter_and_verse".to_owned()];
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

    /// The abbreviation of a book that stands right before an offset.
    fn abbreviation_before(&self, at: usize) -> Option<Named> {
        let (mut token, mut front) = self.cursor(at).previous()?;
        if token.is_mark('.') {
            (token, front) = front.previous()?;
        }
        if token.kind != TokenKind::Word || token.start < self.done {
            return None;
        }
        let name = ABBREVIATIONS.iter().find(|name| token.text.eq_ignore_ascii_case(name.words))?;
        let named = self.with_ordinal(Named { name, start: token.start, end: token.end, ordinal: None });
        let _ = front;
        (named.ordinal.is_some() || name.plain().is_some()).then_some(named)
    }

    /// Whether chapter or verse belong to a hymn or to another book.
    fn is_of_other_work(&self, start: usize, behind: Cursor<'t>, address: Address) -> bool {
        const SUNG: &[&str] = &["hymn", "hymns", "song", "sing", "singing", "stanza", "hymnal", "chorus"];
        let mut cursor = self.cursor(start);
        for _ in 0..4 {
            let Some((token, front)) = cursor.previous() else { break };
            if token.is_any(SUNG) {
                return true;
            }
            cursor = front;
        }
        if behind.past_word(&["page", "pages", "paragraph"]).is_some() {
            return true;
        }
        let Some(of) = behind.past_word(&["of"]) else { return false };
        let of = of.skip(3, &["the", "this", "that", "our", "his", "same", "very", "whole"], &[]);
        let Some(token) = of.peek() else { return false };
        if token.is_any(SUNG) {
            return true;
        }
        let bible = [
            "book",
            "bible",
            "gospel",
            "epistle",
            "letter",
            "prophecy",
            "scripture",
            "scriptures",
            "story",
            "passage",
            "text",
            "chapter",
            "psalm",
            "psalms",
            "word",
            "account",
            "section",
            "reading",
            "message",
            "narrative",
        ];
        address.verse.is_none() && !token.is_any(&bible) && self.reader.name_at(token.start).is_none()
    }

    /// Adds a reference that leans on what was cited before.
    fn push_contextual(&mut self, start: usize, address: Address, evidence: &str) {
        let now = self.moment(start);
        let resolved = match (address.chapter, address.verse) {
            (Some(chapter), _) => self.context.book_of(chapter, now).map(|(book, anchor)| (book, chapter, anchor)),
            (None, Some(verse)) => self.context.chapter_of(verse, now, self.goes_back(start)),
            (None, None) => None,
        };
        let Some((book, chapter, anchor)) = resolved else { return };
        let address = Address { chapter: Some(chapter), ..address };
        let Some((passage, repaired)) = address.passage(book) else { return };
        let class = if repaired { Class::Suspect } else { Class::Confirmed };
        self.push(Mention {
            span: start..address.end,
            book,
            class,
            kind: Kind::Contextual,
            passage: Some(passage),
            evidence: vec![evidence.to_owned()],
            repaired,
            anchor: Some(anchor),
        });
        self.go_on(passage, address.form, address.end);
    }

    /// Whether the speaker says that he returns to the text of the sermon.
    fn goes_back(&self, start: usize) -> bool {
        let mut cursor = self.cursor(start);
        for _ in 0..24 {
            let Some((token, front)) = cursor.previous() else { return false };
            if token.ends_sentence() {
                return false;
            }
            let ours = front.previous().is_some_and(|(token, _)| token.is_any(&["our", "this", "the", "todays"]));
            if ours && token.is_any(&["passage", "text", "psalm"]) {
                return true;
            }
            cursor = front;
        }
        false
    }

    /// Reads `N:M` that no name stands before.
    fn clock(&mut self, hit: &Hit) {
        let cursor = self.cursor(hit.start);
        let Some((chapter, behind)) = number(cursor) else { return };
        let glued = cursor.previous().is_some_and(|(token, _)| {
            token.end == hit.start && matches!(token.kind, TokenKind::Mark(':' | '.' | '/' | '$' | '-' | ','))
        });
        if glued {
            return;
        }
        let guess = self.context.latest(self.moment(hit.start)).map(Passage::book);
        let address = self.reader.with_chapter(chapter, behind, Form::Verse, guess);
        if address.verse.is_none() {
            return;
        }
        if let Some((named, behind)) = self.name_behind(self.cursor(address.end))
            && self.push_with_name_behind(hit.start, address, named, behind)
        {
            return;
        }
        if let Some(named) = self.abbreviation_before(hit.start)
            && self.push_explicit(named, named.start, address)
        {
            return;
        }
        if self.may_be_verse(hit.start, address) {
            self.push_contextual(hit.start, address, "number_pair");
        }
    }

    /// Whether a bare `N:M` is a verse of the chapter at hand and no time of day.
    fn may_be_verse(&self, start: usize, address: Address) -> bool {
        let behind = self.cursor(address.end);
        let time = [
            "am", "pm", "a", "p", "o'clock", "bc", "ad", "in", "tonight", "tomorrow", "service", "this", "every",
            "eastern",
        ];
        if behind.past_word(&time).is_some() {
            return false;
        }
        let same = self
            .context
            .latest(self.moment(start))
            .is_some_and(|passage| passage.chapter().is_some_and(|chapter| Some(chapter) == address.chapter));
        let read = self.cursor(start).previous().is_some_and(|(token, _)| {
            token.is_any(&["reading", "read", "see", "from", "in", "says", "and", "also", "is", "to", "then"])
        });
        let round = address.verse.is_some_and(|minutes| minutes % 15 == 0);
        same || (read && !round && address.last.is_none())
    }

    /// Reads the further numbers of a list ("verses 1, 7 and 11"), and a correction ("Psalm 1, sorry, 46").
    fn go_on(&mut self, passage: Passage, form: Form, end: usize) {
        let (book, anchor) = (passage.book(), passage);
        let Some(chapter) = passage.chapter() else { return };
        let mut last = passage.end_verse().or(passage.verse());
        let mut at = end;
        for _ in 0..20 {
            let cursor = self.cursor(at);
            if let Some(corrected) = corrected(cursor) {
                self.push_corrected(corrected, passage);
                return;
            }
            let comma = cursor.past_mark(',');
            let and = comma.unwrap_or(cursor).past_word(&["and", "or"]);
            let Some(next) = and.or(comma) else { return };
            let Some((number, behind)) = number(next) else { return };
            if number.ordinal || !ends_list_item(behind) {
                return;
            }
            let address = match last {
                Some(last) if number.value > last => self.reader.with_verse(Some(chapter), number, behind),
                None if form >= Form::Bare && number.value > chapter => {
                    self.reader.with_chapter(number, behind, Form::Bare, Some(book))
                }
                _ => return,
            };
            let Some((passage, false)) = address.passage(book) else { return };
            self.push(Mention {
                span: number.start..address.end,
                book,
                class: Class::Confirmed,
                kind: Kind::Contextual,
                passage: Some(passage),
                evidence: vec!["list".to_owned()],
                repaired: false,
                anchor: Some(anchor),
            });
            if last.is_some() {
                last = passage.end_verse().or(passage.verse());
            }
            at = address.end;
        }
    }

    /// Adds what a correction says: the verse again if one was said, else the chapter.
    fn push_corrected(&mut self, (number, behind): (Number, Cursor<'t>), wrong: Passage) {
        let book = wrong.book();
        let address = match (wrong.verse(), wrong.chapter()) {
            (Some(_), Some(chapter)) => self.reader.with_verse(Some(chapter), number, behind),
            _ => self.reader.with_chapter(number, behind, Form::Bare, Some(book)),
        };
        let Some((passage, false)) = address.passage(book) else { return };
        self.push(Mention {
            span: number.start..address.end,
            book,
            class: Class::Confirmed,
            kind: Kind::Explicit,
            passage: Some(passage),
            evidence: vec!["correction".to_owned()],
            repaired: false,
            anchor: Some(wrong),
        });
        self.go_on(passage, address.form, address.end);
    }
}

/// The cursor behind "gospel" in "John's gospel" and "of the Apostles" in "Acts of the Apostles".
fn past_work<'t>(name: &Name, behind: Cursor<'t>, possessive: bool) -> Cursor<'t> {
    if possessive {
        return behind.skip(2, &["gospel", "epistle", "letter", "book", "prophecy", "account"], &[]);
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

/// Whether what follows a number lets it be an item of a list, and no count of something.
fn ends_list_item(behind: Cursor<'_>) -> bool {
    let Some(token) = behind.peek() else { return true };
    match token.kind {
        TokenKind::Mark(mark) => !matches!(mark, '%' | '$' | '/'),
        TokenKind::Word => token.is_any(&[
            "and", "or", "to", "through", "it", "he", "says", "say", "we", "they", "where", "when", "has", "have",
            "of", "in", "that", "this", "which", "the", "also", "you", "i", "as", "is", "are", "tell", "tells",
        ]),
        _ => false,
    }
}

/// Reads a number behind "sorry", "pardon me", "excuse me".
fn corrected(cursor: Cursor<'_>) -> Option<(Number, Cursor<'_>)> {
    let cursor = cursor.skip(1, &[], &[',', '.', '-', '—']).skip(2, &["or", "no", "oh", "i", "am", "uh"], &[',']);
    let sorry = cursor
        .past_word(&["sorry"])
        .or_else(|| cursor.past_word(&["pardon", "excuse"]).and_then(|pardon| pardon.past_word(&["me"])))?;
    number(sorry.skip(2, &["to"], &[',', '.'])).filter(|(number, _)| !number.ordinal)
}

/// Whether an address exists in a book as it was said.
fn is_exact(address: &Address, book: Book) -> bool {
    address.passage(book).is_some_and(|(_, repaired)| !repaired)
}

/// The First, Second or Third that a word says.
fn ordinal_of(token: &Token<'_>) -> Option<u32> {
    match token.kind {
        TokenKind::Number(value @ 1..=3) | TokenKind::Ordinal(value @ 1..=3) => Some(value),
        TokenKind::Word => {
            let words = [&["first", "one", "I"][..], &["second", "two", "II"], &["third", "three", "III"]];
            let place = words.iter().position(|words| token.is_any(&words[..2]) || token.text == words[2])?;
            u32::try_from(place + 1).ok()
        }
        _ => None,
    }
}
