//! What speaks against a name being a citation.

use super::{Scene, words};
use crate::{grammar::Form, lexer::TokenKind, names::Nature};

/// "The numbers", "a revelation", "the Romans".
pub(super) fn article_before(scene: &Scene<'_>) -> i32 {
    let strong_number = scene.address.is_some_and(|address| address.form >= Form::Pair);
    if strong_number || scene.is(&["psalms", "psalm", "proverbs"]) {
        return 0;
    }
    match scene.name.nature {
        Nature::People if scene.after_is(0, words::PASSAGES) => 0,
        Nature::People
            if scene.address.is_none() && (scene.before_is(0, words::GROUPS) || scene.before_is_number()) =>
        {
            -6
        }
        // "There are numbers 24 to 26 on the board".
        Nature::Word if !scene.capital && scene.before_is(0, &["are", "were"]) => -6,
        // "Three acts".
        Nature::Word if scene.before_is_number() => -6,
        Nature::Word | Nature::PersonOrWord if scene.is_determined() && !scene.before_is(0, &["of"]) => -6,
        _ => 0,
    }
}

/// "Pastor John", "King James", "Dr. Luke".
pub(super) fn title_of_a_person_before(scene: &Scene<'_>) -> i32 {
    if scene.is(&["james"]) && scene.before_is(0, &["king"]) {
        return -30;
    }
    // "A book called Habakkuk".
    let work = scene.before_is(1, words::WORKS);
    if !scene.is_person() || !scene.before_is(0, words::TITLES) || work {
        return 0;
    }
    // "Salvation is of the Lord, Jonah 2 9".
    if scene.address.is_some_and(|address| address.form >= Form::Pair) { -2 } else { -9 }
}

/// "John Piper", "Matthew Henry".
pub(super) fn surname_behind(scene: &Scene<'_>) -> i32 {
    let Some(token) = scene.after[0] else { return 0 };
    let surname = token.is_capitalized() && !token.is_any(words::CAPITALIZED) && !scene.name_follows;
    if scene.is_person() && scene.cased && surname && scene.address.is_none() && !scene.possessive { -9 } else { 0 }
}

/// "Acts Street", "Genesis Church", "Exodus Ministries": something named after a book.
pub(super) fn namesake(scene: &Scene<'_>) -> i32 {
    let namesake = scene.after[0].is_some_and(|token| token.is_capitalized() && token.is_any(words::NAMESAKES));
    if namesake && scene.address.is_none() { -9 } else { 0 }
}

/// "John the Baptist".
pub(super) fn byname_behind(scene: &Scene<'_>) -> i32 {
    let bynames =
        ["baptist", "baptizer", "beloved", "disciple", "apostle", "revelator", "elder", "son", "brother", "forerunner"];
    if scene.is_person() && scene.after_is(0, &["the"]) && scene.after_is(1, &bynames) { -9 } else { 0 }
}

/// "John's birth".
pub(super) fn possessive(scene: &Scene<'_>) -> i32 {
    if scene.possessive && scene.is_person() && scene.address.is_none() { -6 } else { 0 }
}

/// "Romans did", "Hebrews who".
pub(super) fn people(scene: &Scene<'_>) -> i32 {
    let plural = scene.name.nature == Nature::People && scene.address.is_none() && !scene.ordinal;
    // "Hebrews 600,000 men".
    if plural && scene.after[0].is_some_and(|token| matches!(token.kind, TokenKind::Number(_))) {
        return -7;
    }
    if plural && scene.after_is(0, words::DID) { -7 } else { 0 }
}

/// "Acts of kindness", "mark my words", "act 2 of the play".
pub(super) fn ordinary_use(scene: &Scene<'_>) -> i32 {
    if scene.is(&["act"]) && scene.next.is_some_and(|next| next.is_any(&["of", "scene"])) {
        return -12;
    }
    let strong_number = scene.address.is_some_and(|address| address.form >= Form::Pair);
    if strong_number {
        return 0;
    }
    if scene.is(&["acts", "act", "numbers", "judges", "kings", "revelation", "revelations"])
        && scene.after_is(0, &["of"])
    {
        return if scene.is(&["acts"]) && scene.after_is(2, &["apostles"]) { -30 } else { -6 };
    }
    // "Mark 12 on your calendar".
    let noted =
        scene.next.is_some_and(|token| token.is("on")) && scene.next_but_one.is_some_and(|token| token.is("your"));
    if scene.is(&["mark"]) && scene.address.is_some() && noted {
        return -9;
    }
    // "Psalms and hymns and spiritual songs".
    if scene.is(&["psalms"]) && scene.address.is_none() && scene.after_is(0, &["and"]) && scene.after_is(1, &["hymns"])
    {
        return -9;
    }
    if scene.is(&["mark"]) && scene.after_is(0, &["my", "up", "down", "it", "that", "this", "off", "out", "your"]) {
        return -6;
    }
    0
}

/// "Luke 2 seats down raised his hand": what follows the number is what it counts.
pub(super) fn counts_things(scene: &Scene<'_>) -> i32 {
    let bare = scene.address.is_some_and(|address| address.form <= Form::Bare && address.chapter > Some(1));
    let may_be_counted = scene.is_person() || scene.may_be_word() || scene.is(&["numbers", "acts", "kings", "judges"]);
    let counted = scene.next.is_some_and(|next| {
        let plural = next.text.ends_with('s') && !next.text.ends_with("ss") && next.text.len() > 3;
        plural && !next.is_contracted() && !next.is_any(words::SAYS) && !next.is_any(words::NO_PLURAL)
    });
    // A verb has an object: "Daniel 9 foretells the years".
    let verb = scene.next_but_one.is_some_and(|token| token.is_any(words::OBJECTS));
    if bare && may_be_counted && counted && !verb && !scene.ordinal && !scene.is(&["psalms", "psalm"]) { -5 } else { 0 }
}
