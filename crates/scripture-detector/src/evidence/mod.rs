//! What speaks for and against a name being a citation of Scripture, piece by piece.
//!
//! Each cue looks at the words around the name and gives a weight; the sum makes the class, and the names of
//! the pieces go into the result, so that a person sees why. Knows no numbers' grammar and no context.

mod against;
mod favor;
#[rustfmt::skip]
mod words;

use super::{
    grammar::Address,
    lexer::{Cursor, Token, TokenKind},
    names::{Name, Nature},
};
use crate::Class;

/// A name and the words around it.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent facts about one name")]
pub(super) struct Scene<'t> {
    pub(super) name: &'static Name,
    /// Written with a capital.
    pub(super) capital: bool,
    /// Whether the text uses capitals at all.
    pub(super) cased: bool,
    /// First, Second or Third stands before it.
    pub(super) ordinal: bool,
    /// Whether it is a possessive: "John's".
    pub(super) possessive: bool,
    /// Whether a reference to a whole book stands right before it ("Daniel and ...").
    pub(super) listed: bool,
    /// Whether a name that can only be a book stands right behind it ("Luke and Acts").
    pub(super) joined: bool,
    /// Whether the book was cited before.
    pub(super) cited: bool,
    /// Whether it stands in a row of three or more books in the order of the canon.
    pub(super) in_row: bool,
    /// Whether an author is said to say what stands in his book.
    pub(super) quotes: bool,
    /// Whether something is told to "us" behind the name.
    pub(super) tells_us: bool,
    /// Whether the Bible or a part of it is named shortly before.
    pub(super) bible_near: bool,
    /// Whether a work of his is named behind him: "John uses it in his gospel".
    pub(super) own_work: bool,
    /// Chapter and verse.
    pub(super) address: Option<Address>,
    /// The words before, the nearest first.
    pub(super) before: [Option<Token<'t>>; 8],
    /// The words behind.
    pub(super) after: [Option<Token<'t>>; 4],
    /// The word behind the numbers.
    pub(super) next: Option<Token<'t>>,
    /// The word behind that.
    pub(super) next_but_one: Option<Token<'t>>,
    /// Whether the word behind is the name of a book.
    pub(super) name_follows: bool,
}

/// The outcome of weighing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Weighing {
    pub(super) class: Class,
    /// The names of the cues, the strongest for the outcome first.
    pub(super) pieces: Vec<&'static str>,
}

/// At this sum a mention is sure, and at this it is likely.
const CONFIRMED: i32 = 6;
const SUSPECT: i32 = 3;

/// A named cue.
type Cue = (&'static str, fn(&Scene<'_>) -> i32);

/// All cues; those that give a weight are named in the result.
const CUES: &[Cue] = &[
    ("chapter_and_verse", favor::chapter_and_verse),
    ("number_behind", favor::number_behind),
    ("ordinal_before", favor::ordinal_before),
    ("title_of_a_book", favor::title_of_a_book),
    ("book_of", favor::book_of),
    ("preposition", favor::preposition),
    ("turn_to", favor::turn_to),
    ("reading", favor::reading),
    ("passage_behind", favor::passage_behind),
    ("quoted_as_source", favor::quoted_as_source),
    ("words_of_the_book", favor::words_of_the_book),
    ("own_work", favor::own_work),
    ("tells_us", favor::tells_us),
    ("bible_near", favor::bible_near),
    ("where_behind", favor::where_behind),
    ("called_a_book", favor::called_a_book),
    ("list_of_books", favor::list_of_books),
    ("gospel_behind", favor::gospel_behind),
    ("article_before", against::article_before),
    ("title_of_a_person_before", against::title_of_a_person_before),
    ("surname_behind", against::surname_behind),
    ("namesake", against::namesake),
    ("byname_behind", against::byname_behind),
    ("possessive", against::possessive),
    ("people", against::people),
    ("ordinary_use", against::ordinary_use),
    ("counts_things", against::counts_things),
];

impl<'t> Scene<'t> {
    /// A scene with the words around a name, which begins at one cursor and ends at the other.
    pub(super) fn new(name: &'static Name, start: Cursor<'t>, end: Cursor<'t>, address: Option<Address>) -> Self {
        let (mut before, mut after) = ([None; 8], [None; 4]);
        let mut cursor = start;
        for place in &mut before {
            let Some((token, front)) = past_abbreviation(cursor) else { break };
            (*place, cursor) = (Some(token), front);
            // What stands in the sentence before says nothing of this one.
            if token.ends_sentence() {
                break;
            }
        }
        let numbers = end.to(address.map_or(end.offset(), |address| address.end)).next();
        let mut cursor = end;
        for place in &mut after {
            let Some((token, behind)) = cursor.next() else { break };
            (*place, cursor) = (Some(token), behind);
        }
        Self {
            name,
            capital: true,
            cased: true,
            ordinal: false,
            possessive: false,
            listed: false,
            joined: false,
            cited: false,
            in_row: false,
            quotes: false,
            own_work: false,
            bible_near: false,
            tells_us: false,
            address,
            before,
            after,
            next: numbers.map(|(token, _)| token),
            next_but_one: numbers.and_then(|(_, behind)| behind.peek()),
            name_follows: false,
        }
    }

    /// Weighs all cues.
    pub(super) fn weigh(&self) -> Weighing {
        let weighed = CUES.iter().map(|(name, cue)| (*name, cue(self)));
        let mut pieces: Vec<(&'static str, i32)> = weighed.filter(|&(_, weight)| weight != 0).collect();
        let sum: i32 = pieces.iter().map(|&(_, weight)| weight).sum();
        let class = match sum {
            CONFIRMED.. => Class::Confirmed,
            SUSPECT.. => Class::Suspect,
            _ if self.is_ordinary_word() => Class::NotCounted,
            _ => Class::FalsePositive,
        };
        // The strongest for the outcome comes first.
        let sign = if sum >= SUSPECT { -1 } else { 1 };
        pieces.sort_by_key(|&(_, weight)| weight * sign);
        if pieces.is_empty() {
            pieces.push((if class == Class::NotCounted { "ordinary_word" } else { "nothing_speaks_for_it" }, 0));
        }
        Weighing { class, pieces: pieces.into_iter().map(|(name, _)| name).collect() }
    }

    /// Whether it is written as an ordinary word.
    fn is_ordinary_word(&self) -> bool {
        !self.capital && matches!(self.name.nature, Nature::Word | Nature::PersonOrWord)
    }

    /// Whether it can be an ordinary word, and capitals do not say that it is none.
    fn may_be_word(&self) -> bool {
        self.is_ordinary_word() || (!self.cased && matches!(self.name.nature, Nature::Word | Nature::PersonOrWord))
    }

    fn is_person(&self) -> bool {
        matches!(self.name.nature, Nature::Person | Nature::PersonOrWord)
    }

    fn before_is(&self, place: usize, words: &[&str]) -> bool {
        self.before[place].is_some_and(|token| token.is_any(words))
    }

    fn before_is_number(&self) -> bool {
        self.before[0]
            .is_some_and(|token| matches!(token.kind, TokenKind::Number(_)) || token.is_any(&["two", "three", "four"]))
            && !self.ordinal
    }

    /// Whether an article or another determiner stands before: "the numbers", but not "that's Numbers".
    fn is_determined(&self) -> bool {
        self.before[0].is_some_and(|token| token.is_any(words::DETERMINERS) && !token.is_contracted())
    }

    fn after_is(&self, place: usize, words: &[&str]) -> bool {
        self.after[place].is_some_and(|token| token.is_any(words))
    }

    /// Whether it is the first word of its sentence.
    fn starts_sentence(&self) -> bool {
        self.before[0].is_none_or(|token| token.ends_sentence())
    }

    fn is(&self, words: &[&str]) -> bool {
        words.contains(&self.name.words)
    }

    /// The place of the first word before that is no article and no form of address of a saint or apostle.
    fn past_articles(&self) -> usize {
        (0..3).find(|&place| !self.before_is(place, &["the", "st", "saint", "apostle", "prophet"])).unwrap_or(3)
    }
}

/// The token before, without the point of "St.", "Dr.".
fn past_abbreviation(cursor: Cursor<'_>) -> Option<(Token<'_>, Cursor<'_>)> {
    let (token, front) = cursor.previous()?;
    let shortened = front.previous().filter(|(before, _)| {
        token.is_mark('.')
            && before.end == token.start
            && before.is_any(&["st", "dr", "mr", "mrs", "ms", "rev", "pr", "sr", "jr"])
    });
    Some(shortened.unwrap_or((token, front)))
}
