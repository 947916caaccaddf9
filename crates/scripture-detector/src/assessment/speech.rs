//! Rules for what speakers say about whole books and about people, without a chapter.

use super::{NameInContext, words};
use crate::{
    grammar::Form,
    lexer::{Token, TokenKind},
    names::{Ambiguity, NAMES, Name},
};

/// A book as a thing to open, to reach or to speak about: "opened up Micah", "if you hit Ezra", "what Amos is about".
pub(super) fn spoken_of_as_book(name: &NameInContext<'_>) -> i32 {
    if name.is_possessive || name.address.is_some() || name.has_determiner() {
        return 0;
    }
    let weight = if name.may_be_word() { 2 } else { 4 };
    // "When the Bible opened Jeremiah" is unlikely to be about the man; "open Mark's eyes" is a possessive.
    let up = usize::from(name.before_is(0, &["up"]));
    let opened = name.before_is(up, &["open", "opens", "opened", "opening"]);
    // "If you get to Esther or Job you've gone too far".
    let reached = name.before_is(0, &["hit", "reach", "pass"]) && name.before_is(1, &["you", "we", "ll"])
        || name.before_is(0, &["to"])
            && name.before_is(1, &["get", "got", "gotten", "come"])
            && name.before_is(2, &["you", "till", "until", "when", "t"]);
    // "What Amos is all about".
    let about = name.before_is(0, &["what", "all"])
        && name.after_is(0, &["is"])
        && (name.after_is(1, &["about"]) || name.after_is(1, &["all", "really"]) && name.after_is(2, &["about"]));
    // "We gave the whole summer to Habakkuk".
    let spent = name.before_is(0, &["to", "on", "with"])
        && (1..5).any(|index| {
            name.before_is(index, &["summer", "winter", "autumn", "spring", "weeks", "months", "sundays", "series"])
        });
    if opened || reached || about || spent { weight } else { 0 }
}

/// The pronoun "it" for the name, which no person has: "start with Mark, it's the short one".
pub(super) fn called_it(name: &NameInContext<'_>) -> i32 {
    if name.is_possessive || name.address.is_some() || !name.may_be_person() {
        return 0;
    }
    let mark = |mark| name.after[0].is_some_and(|token| token.is_mark(mark));
    let is_it = name.after[1].is_some_and(|token| token.is_contracted() && token.is_any(&["it"]))
        || name.after_is(1, &["its"])
        || name.after_is(1, &["it"]) && name.after_is(2, &["is", "has"]);
    // Without punctuation: "go to Jonah it's in the minor prophets".
    let is_led = name.before_is(0, &["to", "with"])
        && (name.before_is(1, words::GO) || name.before_is(1, words::TURN) || name.before_is(1, &["start"]))
        && !name.text_has_capitals;
    let directly = name.after[0].is_some_and(|token| token.is_contracted() && token.is_any(&["it"]))
        || name.after_is(0, &["its"])
        || name.after_is(0, &["it"]) && name.after_is(1, &["s", "is"]);
    if is_led && directly {
        return 3;
    }
    let chapters = (2..4).any(|index| name.after_is(index, &["chapters", "verses", "pages", "page", "book"]));
    if is_it && (mark(',') || mark('.') && chapters) { 3 } else { 0 }
}

/// What only one of the gospels tells: "only Mark has the green grass", "Luke alone tells it".
pub(super) fn told_by_one_gospel(name: &NameInContext<'_>) -> i32 {
    const TELLS: &[&str] = &[
        "has",
        "tells",
        "records",
        "mentions",
        "gives",
        "adds",
        "includes",
        "preserves",
        "reports",
        "notes",
        "leaves",
    ];
    let gospel = name.is(&["matthew", "mark", "luke", "john"]) && !name.is_possessive && name.address.is_none();
    // Q is the source that scholars suppose behind the gospels: "Mark and Q are the sources".
    let with_source = name.after_is(0, &["and", "or"]) && name.after_is(1, &["q"])
        || name.before_is(0, &["and", "or"]) && name.before_is(1, &["q"]);
    if gospel && with_source {
        return 6;
    }
    let only = name.before_is(0, &["only"]) && name.after_is(0, TELLS);
    let alone = name.after_is(0, &["alone"]) && name.after_is(1, TELLS);
    let the_one = name.after_is(0, &["is", "s"]) && name.after_is(1, &["the"]) && name.after_is(2, &["one", "only"]);
    // "Mark has none of this", where another gospel was read.
    let differs = name.gospel_cited
        && (name.after_is(0, &["adds", "omits", "records", "skips", "includes"])
            || name.after_is(0, &["has"]) && name.after_is(1, &["none", "no", "the", "it", "only", "nothing"])
            || name.after_is(0, &["leaves"]) && (1..4).any(|index| name.after_is(index, &["out"])));
    if gospel && (only || alone || the_one || differs) { 3 } else { 0 }
}

/// A prophet in a story: "Habakkuk gets picked up", "when Haggai showed up".
pub(super) fn prophet_in_story(name: &NameInContext<'_>) -> i32 {
    let acts = name.after_is(0, words::STORY) || name.after_is(0, &["just", "then"]) && name.after_is(1, words::STORY);
    if name.is(words::ONLY_AUTHORS) && name.address.is_none() && acts { -4 } else { 0 }
}

/// A score or a count of points: "Luke 4, Cian 2", "he scored 21 and then Mark 14".
pub(super) fn score(name: &NameInContext<'_>) -> i32 {
    let bare = name.address.is_some_and(|address| address.form <= Form::Bare && address.verse.is_none());
    if !bare || name.has_ordinal || name.entry.ambiguity == Ambiguity::Unique {
        return 0;
    }
    let scored = (0..8).any(|index| name.before_is(index, &["scored", "scores", "goals", "beat", "defeated"]));
    if scored || name.other_score_follows { -9 } else { 0 }
}

/// The age of a person: "Mark's 16 and he drives already".
pub(super) fn age(name: &NameInContext<'_>) -> i32 {
    let bare = name.address.is_some_and(|address| address.form <= Form::Bare && address.verse.is_none());
    let told = name.after_address.is_none_or(|token| {
        token.is_any(&["and", "now", "today", "next", "already", "going", "but", "so"])
            || token.kind == TokenKind::Mark(',')
    });
    let follows_directly = name.after[0].is_some_and(|token| matches!(token.kind, TokenKind::Number(_)));
    if bare && name.may_be_person() && is_among_relatives(name) {
        return -9;
    }
    if bare && name.is_possessive && name.may_be_person() && follows_directly && told && !name.cited_before {
        -9
    } else {
        0
    }
}

/// Returns whether the name is in a list of relatives: "the kids are Ruth 4, Micah 6 and Amos 9".
fn is_among_relatives(name: &NameInContext<'_>) -> bool {
    let is_listed = |token: Token<'_>| {
        matches!(token.kind, TokenKind::Mark(',') | TokenKind::Number(_))
            || token.is_any(&["and", "are", "is"])
            || NAMES.iter().any(|known| token.is(known.words))
    };
    let relative = name.before.iter().position(|token| token.is_none_or(|token| !is_listed(token)));
    relative.is_some_and(|index| {
        let is_owned = name.before.get(index + 1).copied().flatten();
        name.before_is(index, words::RELATIVES)
            && is_owned.is_some_and(|owner| owner.is_any(&["my", "our", "the", "his", "her", "their", "your"]))
    })
}

/// Comparisons with a people: "they dressed like Romans".
pub(super) fn like_a_people(name: &NameInContext<'_>) -> i32 {
    let is_people = name.entry.ambiguity == Ambiguity::People && name.entry.unnumbered().is_some();
    let book = name.before_is(1, &["book", "books", "letter", "letters", "epistle", "epistles", "passage", "passages"])
        || name.before[1].is_some_and(|token| matches!(token.kind, TokenKind::Mark(_)));
    let quoted = name.after_is(0, words::SAYS);
    let compared = name.before_is(0, &["like", "as"]) && name.before[1].is_some() && !book && !quoted;
    if is_people && compared && name.address.is_none() { -4 } else { 0 }
}

/// A plural with a singular verb, which is a title: "acts is the story of the Spirit"; or a title that is "about" something.
pub(super) fn singular_title(name: &NameInContext<'_>) -> i32 {
    const SINGULAR: &[&str] = &["is", "was", "has", "begins", "ends", "opens", "closes", "shows", "gives", "makes"];
    let noun = matches!(name.entry.ambiguity, Ambiguity::Word | Ambiguity::People);
    if !noun || name.address.is_some() || name.is_possessive || name.has_determiner() || name.before_is_number() {
        return 0;
    }
    let plural = name.entry.words.ends_with('s') && name.after_is(0, SINGULAR);
    let about = name.after_is(0, &["is"])
        && (name.after_is(1, &["about", "where"]) || name.after_is(1, &["all"]) && name.after_is(2, &["about"]));
    let led = name.starts_sentence()
        || name.before_is(0, words::OPENERS)
        || name.before[0].is_some_and(|token| token.is_mark(','));
    if led && (plural || about) { 4 } else { 0 }
}

/// A place among the books: "Micah comes right before Nahum".
pub(super) fn placed_among_books(name: &NameInContext<'_>) -> i32 {
    let placed = name.after_is(0, &["is", "comes", "sits", "stands", "falls", "s"]);
    let right = name.after_is(1, &["right", "just", "immediately"]);
    let at = 1 + usize::from(right);
    let book = name.after.get(at + 1).copied().flatten();
    // "John comes after Luke" may be about two men.
    let is_book = |known: &Name| right || !matches!(known.ambiguity, Ambiguity::Person | Ambiguity::PersonOrWord);
    let among = name.after_is(at, &["before", "after", "between"])
        && book.is_some_and(|book| NAMES.iter().any(|known| book.is(known.words) && is_book(known)));
    // "It's after Obadiah and before Micah", but not "John came after Mark and before Luke".
    let side = |token: Option<Token<'_>>| token.is_some_and(|token| token.is_any(&["after", "before"]));
    let is_title =
        |token: Option<Token<'_>>| token.is_some_and(|token| NAMES.iter().any(|known| token.is(known.words)));
    let second = side(name.before[3]) && is_title(name.before[2]) && name.before_is(1, &["and"]);
    let first = name.after_is(0, &["and"]) && side(name.after[1]) && is_title(name.after[2]);
    let from = if second { 4 } else { 1 };
    let is_found =
        || (from..from + 3).any(|index| name.before_is(index, &["it", "its", "is", "book", "find", "books", "sits"]));
    let between = side(name.before[0]) && (first || second) && is_found();
    if (placed && among || between) && !name.is_possessive && name.address.is_none() { 5 } else { 0 }
}
