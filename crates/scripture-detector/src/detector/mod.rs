//! Leads from the candidates of a text to its mentions.
//!
//! Takes the hits one by one, in order: a name is read with the numbers behind it, the word verse or chapter and
//! `N:M` with the name behind them or, without one, with what was cited before.

mod behind;
mod named;
mod ordinal;
mod sequel;
mod unnamed;
mod work;
#[rustfmt::skip]
mod words;

use super::{
    MAX_MENTIONS, Mention,
    context::{Context, Moment},
    grammar::{Address, Reader},
    lexer::Cursor,
    names::Name,
    scan::{What, scan},
};
use crate::{Book, transcript::JoinedText};

/// Finds every mention in a text.
pub(super) fn detect(text: &JoinedText) -> Vec<Mention> {
    let hits = scan(text.as_str());
    let mut detector = Detector {
        joined: text,
        reader: Reader { text: text.as_str(), hits: &hits },
        cased: uses_capitals(text.as_str()),
        context: Context::default(),
        addresses: Vec::new(),
        mentions: Vec::new(),
        done: 0,
    };
    detector.addresses = hits.iter().map(|hit| detector.address_of_plain(hit)).collect();
    detector.context = Context::expecting(detector.survey());
    for (index, hit) in hits.iter().enumerate() {
        if hit.start < detector.done {
            continue;
        }
        if detector.mentions.len() > MAX_MENTIONS {
            break;
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
    /// What is said behind each hit that is a name of one book; it is asked for twice, and the same at any time.
    addresses: Vec<Option<Address>>,
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
    /// Whether it only sounds like the name.
    by_sound: bool,
    /// Whether the author's work is named behind him.
    own_work: bool,
}

impl Named {
    /// A name that begins and ends somewhere, without an ordinal.
    fn new(name: &'static Name, start: usize, end: usize) -> Self {
        Self { name, start, end, ordinal: None, by_sound: false, own_work: false }
    }
}

impl<'t> Detector<'t> {
    fn cursor(&self, at: usize) -> Cursor<'t> {
        self.reader.cursor(at)
    }

    fn moment(&self, offset: usize) -> Moment {
        Moment { offset, time: self.joined.time_at(offset) }
    }

    /// The chapter that is named most often in the whole text, the first of them; none if all are named once.
    fn survey(&self) -> Option<(Book, u16)> {
        let mut named: Vec<((Book, u16), u32)> = Vec::new();
        for (index, hit) in self.reader.hits.iter().enumerate() {
            let What::Name(name) = hit.what else { continue };
            let Some(place) = self.chapter_named(index, hit, name) else { continue };
            match named.iter_mut().find(|(known, _)| *known == place) {
                Some((_, times)) => *times += 1,
                None => named.push((place, 1)),
            }
        }
        let (place, _) = named.into_iter().rev().filter(|&(_, times)| times > 1).max_by_key(|&(_, times)| times)?;
        Some(place)
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

    /// The book that a name means; a missing First or Second is filled in from what was cited, or by what exists.
    fn book(&self, named: Named, address: Option<&Address>) -> Book {
        let numbered = |ordinal| named.name.numbered(ordinal);
        if let Some(book) = named.ordinal.and_then(numbered).or_else(|| named.name.plain()) {
            return book;
        }
        let books = named.name.all_numbered();
        let first = *books.first().expect("a name without a plain book has numbered ones");
        let exists = |book: &Book| address.is_none_or(|address| is_exact(address, *book));
        let cited = self.context.among(books).filter(exists);
        cited.or_else(|| books.iter().copied().find(exists)).unwrap_or(first)
    }
}

/// Whether an address exists in a book as it was said.
fn is_exact(address: &Address, book: Book) -> bool {
    address.passage(book).is_some_and(|(_, repaired)| !repaired)
}
