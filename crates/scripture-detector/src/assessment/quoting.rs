//! Rules for authors and titles that are quoted: "James says, count it all joy".

use super::{NameInContext, opposing, words};
use crate::names::Ambiguity;

/// A quotation: "James says, count it all joy", "as Isaiah wrote".
pub(super) fn quoted_as_source(name: &NameInContext<'_>) -> i32 {
    let present = name.after_is(0, words::SAYS);
    // "When John is writing" is about the man.
    let told = name.before_is(0, &["when", "while", "where"]);
    let in_progress = name.after_is(0, &["is"]) && name.after_is(1, words::SAYING) && !told;
    // "Doesn't James say that", but not "what does James say".
    let asked = name.before_is(0, &["does", "doesn", "doesnt"])
        && name.after_is(0, &["say", "tell", "write", "teach"])
        && name.after_is(1, &["that", "us"]);
    if asked && !name.is_possessive && name.is(words::AUTHORS) {
        return 3;
    }
    // "What does Proverbs say": a plural with "does" is a title.
    let title = name.entry.words.ends_with('s') && matches!(name.entry.ambiguity, Ambiguity::Word | Ambiguity::People);
    if title && name.before_is(0, &["does", "doesn", "doesnt"]) && name.after_is(0, &["say", "tell", "teach", "call"]) {
        return 5;
    }
    if name.is_possessive || !(present || in_progress || name.after_is(0, words::SAID)) {
        return 0;
    }
    match name.entry.ambiguity {
        // A plural with a singular verb is a title: "acts tells us".
        Ambiguity::Word if name.may_be_word() => {
            let title = name.entry.words.ends_with('s') || name.is(&["revelation"]);
            let determined = name.has_determiner() || name.before_is(0, &["s", "god"]);
            return if present && title && !determined { 3 } else { 2 };
        }
        Ambiguity::Unique | Ambiguity::People | Ambiguity::Word => return 5,
        _ if name.has_ordinal => return 5,
        _ => {}
    }
    // Prophets speak for God: "Jeremiah says, I know the plans".
    let speaks_for_god = present && name.is(words::PROPHETS) && name.after_is(1, &["i"]);
    // "The novena to Saint Jude begins on Thursday".
    let scheduled = name.before_is(0, &["saint", "st"])
        && name.after_is(0, &["begins", "opens", "ends", "closes"])
        && !name.after_is(1, &["his", "with", "by"]);
    if scheduled || is_addressed_to_someone(name) && !speaks_for_god || opposing::personal_title_before(name) != 0 {
        return 0;
    }
    let author = name.is(words::AUTHORS);
    let prophet = name.is(words::PROPHETS);
    let quoted = name.before_is(0, &["as", "what", "like"]) || name.after_is(1, &["it"]);
    match (author || prophet, present, quoted) {
        (true, _, true) => 4,
        (true, true, false) => 3,
        // "Mark is saying" refers to his book, "Isaiah is saying" often to the man.
        _ if author && in_progress => 3,
        _ => 0,
    }
}

/// Words attributed to an author that are in his book: "James said Elijah was a man of like passions".
pub(super) fn matches_book_text(name: &NameInContext<'_>) -> i32 {
    if name.quotes_book && !name.is_possessive && !is_addressed_to_someone(name) { 3 } else { 0 }
}

/// The author's own book in the same sentence: "John never uses the word in his gospel".
pub(super) fn own_book_named(name: &NameInContext<'_>) -> i32 {
    if name.own_book_named { 5 } else { 0 }
}

/// Authors who tell "us" something: "John is careful to tell us".
pub(super) fn tells_us(name: &NameInContext<'_>) -> i32 {
    let author = name.is(words::AUTHORS) || name.entry.is_prophet_or_letter_writer();
    if name.is_possessive || !author || !name.tells_us { 0 } else { 4 }
}

/// Returns whether the words after the name are addressed to someone: "Isaiah said to Hezekiah", but not "Isaiah says unto us a
/// child is born".
fn is_addressed_to_someone(name: &NameInContext<'_>) -> bool {
    if name.after_is(1, &["to", "unto"]) && name.after_is(2, &["us"]) {
        return false;
    }
    name.after_is(1, &["to", "unto", "he", "she", "him", "her", "yes", "no", "i"])
}
