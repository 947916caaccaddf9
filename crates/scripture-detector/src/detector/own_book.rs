//! Authors whose own book is named in the same sentence: "John in his first letter", "Peter says so in Second Peter".

use super::{
    Detector, NameMatch,
    ordinal::{is_written_ordinal, ordinal_of},
    quotation::says_soon,
};
use crate::{lexer::Cursor, numbers::read_number, scan::HitKind};

/// An author's book that is named in his sentence.
#[derive(Clone, Copy)]
pub(super) struct OwnBook<'t> {
    pub(super) ordinal: Option<u32>,
    /// The position after "in his first letter", where a chapter may follow; `None` if the book is a mention of its own.
    pub(super) rest: Option<Cursor<'t>>,
}

/// Maximum number of tokens between an author and his book.
const MAX_TOKENS: usize = 14;

/// Maximum number of bytes between an author and the name of his book without a verb of saying.
const MAX_BYTES: usize = 60;

const WORKS: &[&str] = &["gospel", "letter", "epistle", "prophecy"];

/// Verbs for what an author does with something that others wrote too.
#[rustfmt::skip]
const AGREES: &[&str] = &[
    "has", "uses", "quotes", "gives", "mentions", "makes", "talks", "speaks", "calls", "agrees", "adds", "puts",
    "says", "tells", "writes", "picks", "gets", "does", "also",
];

/// New Testament authors whose books are named after them.
const AUTHORS: &[&str] = &["matthew", "mark", "luke", "john", "james", "jude", "peter"];

/// Men whose books tell of them too, and who are quoted with a chapter: "Baruch says in chapter 5".
const WRITERS_WITH_STORIES: &[&str] = &["baruch", "daniel", "ezra", "nehemiah", "ben sira"];

impl<'t> Detector<'t> {
    /// Returns the author's own book if it is named in the rest of the sentence.
    pub(super) fn own_book(&self, named: NameMatch) -> Option<OwnBook<'t>> {
        let is_writer = WRITERS_WITH_STORIES.contains(&named.name.words);
        if !(named.name.is_author() || is_writer) {
            return None;
        }
        let (start, _) = self.past_possessive(named.end);
        let says = says_soon(start);
        let agrees = start.past_word(AGREES).is_some();
        if is_writer && !says {
            return None;
        }
        let mut cursor = start;
        for _ in 0..MAX_TOKENS {
            let Some((token, rest)) = cursor.next().filter(|(token, _)| !token.ends_sentence()) else { break };
            if says
                && !is_writer
                && token.is("in")
                && let Some(book) = self.same_name_at(named, rest)
            {
                return Some(book);
            }
            // "What does James say in chapter 4?", "John quotes it in chapter twelve", "Isaiah saying over in the fortieth chapter".
            let chapter = rest.skip(1, &["the"], &[]);
            if (says || agrees) && token.is("in") && self.reader.chapter_with_word(chapter).is_some() {
                return Some(OwnBook { ordinal: None, rest: Some(chapter) });
            }
            // "Isaiah saw the same thing in his sixth chapter".
            if token.is("in")
                && let Some(his) = rest.past_word(&["his"])
                && self.reader.chapter_with_word(his).is_some()
            {
                return Some(OwnBook { ordinal: None, rest: Some(his) });
            }
            if token.is_any(&["in", "of"])
                && let Some(book) = rest.past_word(&["his"]).and_then(book_after_his)
            {
                return Some(book);
            }
            cursor = rest;
        }
        // "James has got it too, James four and six".
        let agrees = AUTHORS.contains(&named.name.words)
            && named.name.unnumbered().is_some()
            && agrees
            && self.is_cited_soon(named);
        agrees.then_some(OwnBook { ordinal: None, rest: None })
    }

    /// Reads the same name again, with or without an ordinal.
    fn same_name_at(&self, named: NameMatch, cursor: Cursor<'t>) -> Option<OwnBook<'t>> {
        let (token, rest) = cursor.next()?;
        let (ordinal, at) = match ordinal_of(&token) {
            Some(ordinal) => (Some(ordinal), rest.peek()?.start),
            None => (None, token.start),
        };
        let hit = self.reader.name_at(at)?;
        let same = matches!(hit.kind, HitKind::Name(name) if name.words == named.name.words);
        same.then_some(OwnBook { ordinal, rest: None })
    }

    /// Returns whether the same name occurs again soon, followed by a number.
    fn is_cited_soon(&self, named: NameMatch) -> bool {
        let next = self.reader.hits.partition_point(|hit| hit.start < named.end);
        let near = self.reader.hits[next..].iter().take_while(|hit| hit.start <= named.end + MAX_BYTES);
        let mut same = near.filter(|hit| matches!(hit.kind, HitKind::Name(name) if name.words == named.name.words));
        same.next().is_some_and(|hit| read_number(self.cursor(hit.end)).is_some())
    }
}

/// Reads "first letter" after "in his".
fn book_after_his(his: Cursor<'_>) -> Option<OwnBook<'_>> {
    let (token, rest) = his.next()?;
    let ordinal = is_written_ordinal(&token).then(|| ordinal_of(&token)).flatten();
    let rest = if ordinal.is_some() { rest } else { his }.past_word(WORKS)?;
    Some(OwnBook { ordinal, rest: Some(rest) })
}
