//! The detector: turns the hits of the scan into mentions.
//!
//! Hits are processed in order. A book name is read with the numbers after it. The word "verse" or "chapter" and number
//! pairs such as `3:16` are read with the book name after them, or resolved against what was cited before.

mod apart;
mod bare;
mod bare_number;
mod book_list;
mod continuation;
mod named;
mod number_pair;
mod numbering;
mod ordinal;
mod other_work;
mod own_book;
mod quotation;
mod slip;
mod trailing_name;
mod wisdom;
#[rustfmt::skip]
mod words;

use crate::{
    Book, MAX_MENTIONS, Mention,
    context::{Context, Position},
    grammar::{Address, AddressReader},
    lexer::Cursor,
    names::Name,
    normalized::Normalized,
    scan::{HitKind, add_spaced_pairs, scan},
    transcript::JoinedText,
};

/// Text has meaningful capitals if more than one in this many letters is a capital.
const LETTERS_PER_CAPITAL: usize = 200;

/// Text is punctuated if more than one in this many characters ends a sentence or is a comma.
const LETTERS_PER_MARK: usize = 400;

/// About how many bytes of the text are sampled for capitals and punctuation.
const SAMPLE_BYTES: usize = 16_384;

/// Finds every mention in the text.
pub(super) fn detect(text: &JoinedText) -> Vec<Mention> {
    let normalized = Normalized::new(text.as_str());
    let mut hits = scan(&normalized.text);
    let has_punctuation = has_punctuation(&normalized.text);
    if !has_punctuation {
        add_spaced_pairs(&normalized.text, &mut hits);
    }
    let mut detector = Detector {
        joined: text,
        normalized: &normalized,
        reader: AddressReader { text: &normalized.text, hits: &hits },
        text_has_capitals: has_capitals(&normalized.text),
        text_has_punctuation: has_punctuation,
        context: Context::default(),
        addresses: Vec::new(),
        mentions: Vec::new(),
        end_of_last: 0,
        other_work_end: None,
        end_of_citation: 0,
        numbers_read_to: 0,
    };
    detector.addresses = hits.iter().map(|hit| detector.address_after_unnumbered(hit)).collect();
    detector.context = Context::with_most_named(detector.most_named_chapter());
    for (index, hit) in hits.iter().enumerate() {
        if hit.start < detector.end_of_last {
            continue;
        }
        if detector.mentions.len() > MAX_MENTIONS {
            break;
        }
        detector.read_bare_numbers(hit.start);
        if hit.start < detector.end_of_last {
            continue;
        }
        match hit.kind {
            HitKind::Name(name) => detector.process_name(index, hit, name),
            HitKind::ChapterWord | HitKind::VerseWord => detector.process_word(hit),
            HitKind::NumberPair => detector.process_number_pair(hit),
            HitKind::SpacedPair => detector.process_spaced_pair(hit),
        }
    }
    detector.read_bare_numbers(normalized.text.len());
    let mut mentions = detector.mentions;
    for mention in &mut mentions {
        mention.span = normalized.original_offset(mention.span.start)..normalized.original_end(mention.span.end);
    }
    mentions
}

/// Returns whether text is written with capitals, judging by a sample.
fn has_capitals(text: &str) -> bool {
    has_one_in(LETTERS_PER_CAPITAL, text, |byte| byte.is_ascii_uppercase())
}

/// Returns whether text is written with commas or periods, judging by a sample.
fn has_punctuation(text: &str) -> bool {
    has_one_in(LETTERS_PER_MARK, text, |byte| matches!(byte, b',' | b'.' | b'?' | b'!'))
}

/// Returns whether more than one in `letters` letters of a sample of the text is of a kind.
fn has_one_in(letters: usize, text: &str, is_of_kind: impl Fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    let step = (bytes.len() / SAMPLE_BYTES).max(1);
    let (mut all, mut found) = (0_usize, 0_usize);
    for &byte in bytes.iter().step_by(step) {
        all += usize::from(byte.is_ascii_alphabetic());
        found += usize::from(is_of_kind(byte));
    }
    found * letters > all
}

struct Detector<'t> {
    joined: &'t JoinedText,
    normalized: &'t Normalized<'t>,
    reader: AddressReader<'t>,
    text_has_capitals: bool,
    text_has_punctuation: bool,
    context: Context,
    /// The address after each hit that is a name without an ordinal form. It is needed twice and does not depend on context.
    addresses: Vec<Option<Address>>,
    mentions: Vec<Mention>,
    /// The byte offset after the last mention.
    end_of_last: usize,
    /// The byte offset after the last citation of a chapter or verse, or 0 if there is none.
    end_of_citation: usize,
    /// The byte offset up to which bare numbers were looked for.
    numbers_read_to: usize,
    /// The byte offset after a chapter of a work outside the Bible, if nothing was cited since.
    other_work_end: Option<usize>,
}

/// A book name in the text, with its ordinal if there is one.
#[derive(Clone, Copy)]
struct NameMatch {
    name: &'static Name,
    /// The start of the ordinal or, without one, of the name.
    start: usize,
    /// The byte offset after the name.
    end: usize,
    ordinal: Option<u32>,
    /// Whether the word only sounds like the name.
    by_sound: bool,
    /// Whether the author's own book is named later in the sentence.
    own_book_named: bool,
}

impl NameMatch {
    /// Creates a match without an ordinal.
    fn new(name: &'static Name, start: usize, end: usize) -> Self {
        Self { name, start, end, ordinal: None, by_sound: false, own_book_named: false }
    }
}

impl<'t> Detector<'t> {
    fn cursor(&self, at: usize) -> Cursor<'t> {
        self.reader.cursor(at)
    }

    fn position(&self, offset: usize) -> Position {
        Position { offset, time_ms: self.joined.time_at(self.normalized.original_offset(offset)) }
    }

    /// Returns the chapter named most often in the whole text, if any is named more than once. Ties go to the first.
    fn most_named_chapter(&self) -> Option<(Book, u16)> {
        let mut named: Vec<((Book, u16), u32)> = Vec::new();
        for (index, hit) in self.reader.hits.iter().enumerate() {
            let HitKind::Name(name) = hit.kind else { continue };
            let Some(chapter) = self.certain_chapter(index, hit, name) else { continue };
            match named.iter_mut().find(|(known, _)| *known == chapter) {
                Some((_, times)) => *times += 1,
                None => named.push((chapter, 1)),
            }
        }
        let (chapter, _) = named.into_iter().rev().filter(|&(_, times)| times > 1).max_by_key(|&(_, times)| times)?;
        Some(chapter)
    }

    /// Adds a mention and records what it cites.
    fn push(&mut self, mention: Mention) {
        if mention.passage.is_some() {
            self.withdraw_slip(&mention);
        }
        self.end_of_last = mention.span.end;
        self.other_work_end = None;
        if let Some(passage) = mention.passage {
            if passage.chapter().is_some() {
                self.end_of_citation = mention.span.end;
            }
            let position = self.position(mention.span.start);
            self.context.cite(passage, position);
        }
        self.mentions.push(mention);
    }

    /// Returns the book that a name refers to. A missing ordinal is taken from the context or from what exists.
    fn book(&self, named: NameMatch, address: Option<&Address>) -> Book {
        let numbered = |ordinal| named.name.numbered(ordinal);
        if let Some(book) = named.ordinal.and_then(numbered).or_else(|| named.name.unnumbered()) {
            return book;
        }
        let books = named.name.all_numbered();
        let first = *books.first().expect("a name means a book without an ordinal or with one");
        let exists = |book: &Book| address.is_none_or(|address| exists_unrepaired(address, *book));
        let cited = self.context.latest_of(books).filter(exists);
        cited.or_else(|| books.iter().copied().find(exists)).unwrap_or(first)
    }
}

/// Returns whether an address exists in a book without being repaired.
fn exists_unrepaired(address: &Address, book: Book) -> bool {
    address.passage(book).is_some_and(|(_, repaired)| !repaired)
}
