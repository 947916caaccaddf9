//! Assessment of book names: how likely each one is a citation of Scripture.
//!
//! Every rule looks at the words around a name and returns a weight. The sum of the weights decides the class, and the
//! names of the rules become the evidence.

mod opposing;
mod quoting;
mod speech;
mod supporting;
mod titles;
#[rustfmt::skip]
mod words;

use crate::{
    Class, evidence,
    grammar::Address,
    lexer::{Cursor, Token, TokenKind},
    names::{Ambiguity, NAMES, Name},
    numbers::read_number,
};

/// A book name and what is around it.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent facts about one name")]
pub(super) struct NameInContext<'t> {
    pub(super) entry: &'static Name,
    /// Whether the name starts with a capital.
    pub(super) capitalized: bool,
    /// Whether the text uses capitals at all.
    pub(super) text_has_capitals: bool,
    /// Whether an ordinal precedes: "First John".
    pub(super) has_ordinal: bool,
    /// Whether the name is a possessive: "John's".
    pub(super) is_possessive: bool,
    /// Whether it continues a list after a reference to a whole book: "Daniel and ...".
    pub(super) continues_list: bool,
    /// Whether the next item of a list can only be a book: "Luke and Acts".
    pub(super) precedes_title: bool,
    /// Whether the passage cited last is in a gospel.
    pub(super) gospel_cited: bool,
    /// Whether the book was cited before.
    pub(super) cited_before: bool,
    /// Whether it is in a row of three or more books in canonical order.
    pub(super) in_canonical_row: bool,
    /// Whether words attributed to the author are in his book.
    pub(super) quotes_book: bool,
    /// Whether the words after it tell "us" something.
    pub(super) tells_us: bool,
    /// Whether the Bible or a part of it is mentioned shortly before.
    pub(super) bible_mentioned: bool,
    /// Whether another deuterocanonical book is named near a name that is usually a person.
    pub(super) deuterocanon_near: bool,
    /// Whether the author's own book is named in the same sentence: "John uses it in his gospel".
    pub(super) own_book_named: bool,
    /// The chapter and verse after the name.
    pub(super) address: Option<Address>,
    /// The tokens before the name, nearest first, up to the start of the sentence.
    pub(super) before: [Option<Token<'t>>; 8],
    /// The tokens after the name.
    pub(super) after: [Option<Token<'t>>; 4],
    /// The token after the address, or after the name if there is no address.
    pub(super) after_address: Option<Token<'t>>,
    /// The token after that.
    pub(super) second_after_address: Option<Token<'t>>,
    /// Whether a thing with numbers of its own follows the address: "numbers 10 to 20 in your raffle", "judges 3 and 4 on the
    /// panel".
    pub(super) counts_in_something: bool,
    /// Whether another name and number follow, as in a score: "Luke 4, Cian 2".
    pub(super) other_score_follows: bool,
    /// Whether another book name follows immediately.
    pub(super) name_follows: bool,
}

/// The class of a name and the evidence for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assessment {
    pub(super) class: Class,
    /// Evidence names, the strongest for the class first.
    pub(super) evidence: Vec<&'static str>,
}

/// Minimum sum of weights for a confirmed reference, and for a suspect one.
const CONFIRMED: i32 = 6;
const SUSPECT: i32 = 3;

/// An evidence name, and the function that returns its weight for a name.
type Rule = (&'static str, fn(&NameInContext<'_>) -> i32);

/// All rules. Positive weights support a citation, negative ones oppose it, and zero means that the rule does not apply.
const RULES: &[Rule] = &[
    (evidence::CHAPTER_AND_VERSE, supporting::chapter_and_verse),
    (evidence::NUMBER_AFTER, supporting::number_after),
    (evidence::ORDINAL_BEFORE, supporting::ordinal_before),
    (evidence::TITLE_OF_A_BOOK, supporting::title_of_a_book),
    (evidence::BOOK_OF, supporting::book_of),
    (evidence::PREPOSITION, supporting::preposition),
    (evidence::TURN_TO, supporting::turn_to),
    (evidence::READING, supporting::reading),
    (evidence::PASSAGE_WORD_AFTER, supporting::passage_word_after),
    (evidence::QUOTED_AS_SOURCE, quoting::quoted_as_source),
    (evidence::MATCHES_BOOK_TEXT, quoting::matches_book_text),
    (evidence::OWN_BOOK_NAMED, quoting::own_book_named),
    (evidence::TELLS_US, quoting::tells_us),
    (evidence::BIBLE_MENTIONED, supporting::bible_mentioned),
    (evidence::WHERE_AFTER, supporting::where_after),
    (evidence::CALLED_A_BOOK, supporting::called_a_book),
    (evidence::LIST_OF_BOOKS, supporting::list_of_books),
    (evidence::GOSPEL_AFTER, supporting::gospel_after),
    (evidence::SPOKEN_OF_AS_BOOK, speech::spoken_of_as_book),
    (evidence::CALLED_IT, speech::called_it),
    (evidence::TOLD_BY_ONE_GOSPEL, speech::told_by_one_gospel),
    (evidence::SINGULAR_TITLE, speech::singular_title),
    (evidence::PLACED_AMONG_BOOKS, speech::placed_among_books),
    (evidence::ARTICLE_BEFORE, opposing::article_before),
    (evidence::PERSONAL_TITLE_BEFORE, opposing::personal_title_before),
    (evidence::SURNAME_AFTER, opposing::surname_after),
    (evidence::NAMESAKE, opposing::namesake),
    (evidence::EPITHET_AFTER, opposing::epithet_after),
    (evidence::POSSESSIVE, opposing::possessive),
    (evidence::PEOPLE, opposing::people),
    (evidence::ORDINARY_USE, opposing::ordinary_use),
    (evidence::COUNTS_THINGS, opposing::counts_things),
    (evidence::TOLD_OF_PERSON, opposing::told_of_person),
    (evidence::PROPHET_IN_STORY, speech::prophet_in_story),
    (evidence::SCORE, speech::score),
    (evidence::AGE, speech::age),
    (evidence::LIKE_A_PEOPLE, speech::like_a_people),
];

impl<'t> NameInContext<'t> {
    /// Reads the tokens around a name, which spans from one cursor to the other. All flags get their most common value.
    pub(super) fn new(entry: &'static Name, start: Cursor<'t>, end: Cursor<'t>, address: Option<Address>) -> Self {
        let (mut before, mut after) = ([None; 8], [None; 4]);
        let mut cursor = start;
        for slot in &mut before {
            let Some((token, earlier)) = previous_without_abbreviation(cursor) else { break };
            (*slot, cursor) = (Some(token), earlier);
            if token.ends_sentence() {
                break;
            }
        }
        let after_address = end.moved_to(address.map_or(end.offset(), |address| address.end)).next();
        let mut cursor = end;
        for slot in &mut after {
            let Some((token, rest)) = cursor.next() else { break };
            (*slot, cursor) = (Some(token), rest);
        }
        Self {
            entry,
            capitalized: true,
            text_has_capitals: true,
            has_ordinal: false,
            is_possessive: false,
            continues_list: false,
            precedes_title: false,
            gospel_cited: false,
            cited_before: false,
            in_canonical_row: false,
            quotes_book: false,
            own_book_named: false,
            deuterocanon_near: false,
            bible_mentioned: false,
            tells_us: false,
            address,
            before,
            after,
            after_address: after_address.map(|(token, _)| token),
            second_after_address: after_address.and_then(|(_, rest)| rest.peek()),
            counts_in_something: after_address
                .is_some_and(|(token, rest)| token.is_any(&["in", "on"]) && (is_owned_thing(rest) || is_listing(rest))),
            other_score_follows: after_address.is_some_and(|(token, rest)| {
                token.is_mark(',') && is_other_score(rest)
                    || is_other_score(end.moved_to(token.start))
                    || token.is("and") && is_age_of_relative(rest)
            }),
            name_follows: false,
        }
    }

    /// Applies all rules.
    pub(super) fn assess(&self) -> Assessment {
        let weights = RULES.iter().map(|(name, weight)| (*name, weight(self)));
        let mut evidence: Vec<(&'static str, i32)> = weights.filter(|&(_, weight)| weight != 0).collect();
        let sum: i32 = evidence.iter().map(|&(_, weight)| weight).sum();
        let class = match sum {
            CONFIRMED.. => Class::Confirmed,
            SUSPECT.. => Class::Suspect,
            _ if self.is_lower_case_word() => Class::NotCounted,
            _ => Class::FalsePositive,
        };
        let sign = if sum >= SUSPECT { -1 } else { 1 };
        evidence.sort_by_key(|&(_, weight)| weight * sign);
        let mut evidence: Vec<&'static str> = evidence.into_iter().map(|(name, _)| name).collect();
        if evidence.is_empty() {
            evidence.push(if class == Class::NotCounted { evidence::ORDINARY_WORD } else { evidence::NO_EVIDENCE });
        }
        Assessment { class, evidence }
    }

    /// Returns whether the name is also an ordinary word and is in lower case.
    fn is_lower_case_word(&self) -> bool {
        !self.capitalized && matches!(self.entry.ambiguity, Ambiguity::Word | Ambiguity::PersonOrWord)
    }

    /// Returns whether the name is also an ordinary word and capitals do not rule that out.
    fn may_be_word(&self) -> bool {
        self.is_lower_case_word()
            || (!self.text_has_capitals && matches!(self.entry.ambiguity, Ambiguity::Word | Ambiguity::PersonOrWord))
    }

    fn may_be_person(&self) -> bool {
        matches!(self.entry.ambiguity, Ambiguity::Person | Ambiguity::PersonOrWord)
    }

    fn is(&self, names: &[&str]) -> bool {
        names.contains(&self.entry.words)
    }

    fn before_is(&self, index: usize, words: &[&str]) -> bool {
        self.before[index].is_some_and(|token| token.is_any(words))
    }

    fn after_is(&self, index: usize, words: &[&str]) -> bool {
        self.after[index].is_some_and(|token| token.is_any(words))
    }

    fn before_is_number(&self) -> bool {
        self.before[0]
            .is_some_and(|token| matches!(token.kind, TokenKind::Number(_)) || token.is_any(&["two", "three", "four"]))
            && !self.has_ordinal
    }

    /// Returns whether a determiner precedes: "the numbers", but not "that's Numbers".
    fn has_determiner(&self) -> bool {
        self.before[0].is_some_and(|token| token.is_any(words::DETERMINERS) && !token.is_contracted())
    }

    fn starts_sentence(&self) -> bool {
        self.before[0].is_none_or(|token| token.ends_sentence())
    }

    /// Returns the index in `before` of the nearest word that is not an article or a title of a saint, apostle or prophet.
    fn index_before_articles(&self) -> usize {
        (0..3).find(|&index| !self.before_is(index, &["the", "st", "saint", "apostle", "prophet"])).unwrap_or(3)
    }
}

/// Returns whether "your raffle" or "my list" follows, but not "your Bible".
fn is_owned_thing(cursor: Cursor<'_>) -> bool {
    let Some(owned) = cursor.past_word(&["your", "my", "his", "her", "their", "our", "a"]) else { return false };
    owned.peek().is_some_and(|token| token.kind == TokenKind::Word && !token.is_any(words::TEXTS))
}

/// Returns whether "the panel", "a list" or "the Easter raffle" follows.
fn is_listing(cursor: Cursor<'_>) -> bool {
    let Some(rest) = cursor.past_word(&["the", "a", "this", "that"]) else { return false };
    let after_adjective = rest.next().map(|(_, rest)| rest);
    [Some(rest), after_adjective].into_iter().flatten().any(|rest| rest.past_word(words::LISTINGS).is_some())
}

/// Returns whether a name or a plural follows that is not a book, with a number that ends the clause: "Cian 2,".
fn is_other_score(cursor: Cursor<'_>) -> bool {
    let Some((side, rest)) = cursor.next() else { return false };
    let is_side = side.kind == TokenKind::Word
        && !side.is_any(words::CAPITALIZED)
        && !NAMES.iter().any(|name| side.is(name.words))
        && (side.is_capitalized() || side.text.ends_with('s') && side.text.len() > 4);
    let Some((number, rest)) = read_number(rest).filter(|(number, _)| is_side && number.digits) else { return false };
    let ends = |token: Token<'_>| {
        matches!(token.kind, TokenKind::Mark(',' | '.' | '!'))
            || token.is_any(&["was", "is", "after", "at", "final", "game", "win"])
    };
    !number.ordinal && !side.is_any(words::TEXT_UNITS) && rest.peek().is_none_or(ends)
}

/// Returns whether the age of a relative follows: "his fiancée 23".
fn is_age_of_relative(cursor: Cursor<'_>) -> bool {
    let Some(owned) = cursor.past_word(&["his", "her", "their", "my", "our"]) else { return false };
    let Some((relative, rest)) = owned.next() else { return false };
    let rest = rest.past_mark(',').unwrap_or(rest);
    let age = read_number(rest).filter(|(age, _)| age.digits && !age.ordinal && age.value < 100);
    relative.kind == TokenKind::Word
        && !relative.is_any(words::TEXT_UNITS)
        && age.is_some_and(|(_, rest)| rest.past_mark(':').is_none())
}

/// Returns the previous token, skipping the period of an abbreviated title such as "St." or "Dr.".
fn previous_without_abbreviation(cursor: Cursor<'_>) -> Option<(Token<'_>, Cursor<'_>)> {
    let (mut token, mut earlier) = cursor.previous()?;
    // "Readin' the prophet".
    if matches!(token.kind, TokenKind::Mark('\'' | '’')) {
        (token, earlier) = earlier.previous()?;
    }
    let abbreviated = earlier.previous().filter(|(before, _)| {
        token.is_mark('.')
            && before.end == token.start
            && before.is_any(&["st", "dr", "mr", "mrs", "ms", "rev", "pr", "sr", "jr"])
    });
    Some(abbreviated.unwrap_or((token, earlier)))
}
