//! Rules that oppose a citation.

use super::{NameInContext, words};
use crate::{
    grammar::{Address, Form},
    lexer::TokenKind,
    names::Ambiguity,
};

/// An article, a determiner or a count: "the numbers", "a revelation", "the Romans", "three acts".
pub(super) fn article_before(name: &NameInContext<'_>) -> i32 {
    let strong_number = name.address.is_some_and(|address| address.form >= Form::Pair);
    if strong_number
        || name.is(&["psalms", "psalm", "psalter", "proverbs"])
        || name.is(&["wisdom of solomon"]) && name.capitalized
        || super::titles::is_the_revelation(name)
        || super::titles::is_title_with_author(name)
    {
        return 0;
    }
    match name.entry.ambiguity {
        Ambiguity::People if name.after_is(0, words::PASSAGES) => 0,
        Ambiguity::People
            if name.address.is_none() && (name.before_is(0, words::GROUPS) || name.before_is_number()) =>
        {
            -6
        }
        // "There are numbers 24 to 26 on the board".
        Ambiguity::Word if !name.capitalized && name.before_is(0, &["are", "were"]) => -6,
        // "Three acts".
        Ambiguity::Word if name.before_is_number() => -6,
        // "Go back to that Exodus 14".
        Ambiguity::Word
            if name.is(&["exodus"]) && name.before_is(0, &["that", "this"]) && name.address.is_some_and(is_digits) =>
        {
            0
        }
        Ambiguity::Word | Ambiguity::PersonOrWord if name.has_determiner() && !name.before_is(0, &["of"]) => -6,
        _ => 0,
    }
}

/// Returns whether an address is a number in digits.
fn is_digits(address: Address) -> bool {
    address.form >= Form::Bare
}

/// A personal title: "Pastor John", "King James", "Dr. Luke".
pub(super) fn personal_title_before(name: &NameInContext<'_>) -> i32 {
    if name.is(&["james"]) && name.before_is(0, &["king"]) {
        return -30;
    }
    // "A book called Habakkuk".
    let work = name.before_is(1, words::WORKS);
    if !name.may_be_person() || !name.before_is(0, words::TITLES) || work {
        return 0;
    }
    // "Salvation is of the Lord, Jonah 2 9".
    if name.address.is_some_and(|address| address.form >= Form::Pair) { -2 } else { -9 }
}

/// A surname: "John Piper", "Matthew Henry".
pub(super) fn surname_after(name: &NameInContext<'_>) -> i32 {
    let Some(token) = name.after[0] else { return 0 };
    let surname = token.is_capitalized() && !token.is_any(words::CAPITALIZED) && !name.name_follows;
    if name.may_be_person() && name.text_has_capitals && surname && name.address.is_none() && !name.is_possessive {
        -9
    } else {
        0
    }
}

/// Something else with the same name: "Acts Street", "Genesis Church", "the Gospel of Peter".
pub(super) fn namesake(name: &NameInContext<'_>) -> i32 {
    let namesake = name.after[0].is_some_and(|token| {
        (token.is_capitalized() && token.is_any(words::NAMESAKES))
            || token.is_any(words::BUSINESSES)
            || token.is_any(&["booklet", "leaflet", "workbook", "ministries", "foundation", "academy"])
    });
    // "Proverbs 31 Ministries", "the Acts 29 network".
    let organization = name.address.is_some_and(|address| address.form <= Form::Bare)
        && name.after_address.is_some_and(|token| {
            token.is_any(&["ministries", "ministry", "network", "foundation", "academy", "conference", "fellowship"])
                || token.is_any(words::BUSINESSES)
        });
    let tractor = name.is(&["john"]) && name.after_is(0, &["deere"]);
    if is_apocryphal(name) || organization || tractor {
        -30
    } else if namesake && name.address.is_none() || is_called_by_name(name) {
        -9
    } else {
        0
    }
}

/// Returns whether the name belongs to something other than a book: "the restaurant's called Exodus".
fn is_called_by_name(name: &NameInContext<'_>) -> bool {
    let called = name.address.is_none() && name.before_is(0, &["called", "named"]);
    called && (1..5).any(|index| name.before_is(index, words::BUSINESSES) || name.before_is(index, words::NAMED_THINGS))
}

/// Returns whether the name completes the title of an apocryphal work: "the Apocalypse of Peter", "the Acts of John".
fn is_apocryphal(name: &NameInContext<'_>) -> bool {
    let titles: &[&str] = match name.entry.words {
        "peter" | "james" | "jude" => &["gospel", "apocalypse", "acts", "protoevangelium"],
        "john" => &["acts", "apocryphon"],
        "isaiah" => &["martyrdom", "ascension"],
        "baruch" => &["apocalypse"],
        _ => return false,
    };
    name.before_is(0, &["of"]) && name.before_is(1, titles) && !name.has_ordinal
}

/// An epithet: "John the Baptist".
pub(super) fn epithet_after(name: &NameInContext<'_>) -> i32 {
    let epithets =
        ["baptist", "baptizer", "beloved", "disciple", "apostle", "revelator", "elder", "son", "brother", "forerunner"];
    // "Judith, his wife, asked for it".
    let comma = usize::from(name.after[0].is_some_and(|token| token.is_mark(',')));
    let is_relative = name.address.is_none()
        && name.after_is(comma, &["his", "her", "my", "our", "their"])
        && name.after_is(comma + 1, words::RELATIVES);
    let is_person = is_relative || name.after_is(0, &["the"]) && name.after_is(1, &epithets);
    if name.may_be_person() && is_person { -9 } else { 0 }
}

/// Something that belongs to a person: "John's birth".
pub(super) fn possessive(name: &NameInContext<'_>) -> i32 {
    // "I wonder, were they Joshua's twelve?"
    let is_group = || {
        name.address.is_some_and(|address| address.form == Form::BareWord)
            && name.after[0].is_some_and(|token| token.is_any(&["two", "three", "seven", "ten", "twelve", "seventy"]))
    };
    if name.is_possessive && name.may_be_person() && (name.address.is_none() || is_group()) { -6 } else { 0 }
}

/// Something that a people does: "Romans did", "Hebrews who".
pub(super) fn people(name: &NameInContext<'_>) -> i32 {
    let plural = name.entry.ambiguity == Ambiguity::People && name.address.is_none() && !name.has_ordinal;
    // "Hebrews 600,000 men".
    if plural && name.after[0].is_some_and(|token| matches!(token.kind, TokenKind::Number(_))) {
        return -7;
    }
    // "Romans, Greeks, Egyptians".
    let comma = usize::from(name.after[0].is_some_and(|token| token.is_mark(',')));
    if plural && name.after_is(comma, words::PEOPLES) {
        return -9;
    }
    // "The Greeks and Romans".
    if plural && name.before_is(0, &["and", "or"]) && name.before_is(1, words::PEOPLES) {
        return -9;
    }
    // "Romans laughed".
    let acted = name.after[0].is_some_and(|token| {
        token.text.len() > 4
            && token.text.ends_with("ed")
            && !token.is_any(words::SAID)
            && !token.is_any(words::TEXTUAL)
    });
    // "Romans will never surrender", but not "Romans will show you".
    let tells = ["show", "tell", "teach", "help", "say", "give", "remind", "take", "be", "change", "answer", "make"];
    let wills = name.after_is(0, &["will", "must", "should", "do", "don't"]) && !name.after_is(1, &tells);
    if plural && (name.after_is(0, words::DID) || acted || wills) { -7 } else { 0 }
}

/// An ordinary phrase: "acts of kindness", "mark my words", "act 2 of the play".
pub(super) fn ordinary_use(name: &NameInContext<'_>) -> i32 {
    if name.is(&["act"]) && name.after_address.is_some_and(|next| next.is_any(&["of", "scene"])) {
        return -12;
    }
    // "He lost his job in chapter 11".
    if name.is_lower_case_word() && name.text_has_capitals && name.address.is_some() && name.after_is(0, &["in"]) {
        return -16;
    }
    let strong_number = name.address.is_some_and(|address| address.form >= Form::Pair);
    if strong_number {
        return 0;
    }
    if is_standard_title(name) || super::titles::is_title_with_author(name) {
        return 0;
    }
    // "First kings, then princes".
    let then = usize::from(name.after[0].is_some_and(|token| token.is_mark(',')));
    let common_noun = name.entry.ambiguity == Ambiguity::Word && !name.capitalized && name.address.is_none();
    if common_noun && name.has_ordinal && name.after_is(then, &["then"]) {
        return -9;
    }
    // "Lamentations of the whole village went up".
    if name.is(&["lamentations"])
        && name.address.is_none()
        && name.after_is(0, &["of"])
        && !name.after_is(1, &["jeremiah"])
    {
        return -9;
    }
    // "There were lamentations in the street".
    if name.is(&["lamentations"]) && !name.capitalized && name.address.is_none() {
        // The book follows a preposition or a verb of reading, or is quoted: "lamentations says".
        let in_book = name.before_is(0, &["in", "of", "from", "to", "read", "through", "or"]);
        let quoted = name.after_is(0, words::SAYS) || name.starts_sentence();
        // "There's a whole book of it, lamentations".
        let apposed = name.before[0].is_some_and(|token| token.is_mark(','));
        let unlikely = !in_book && (name.text_has_capitals || !(quoted || apposed));
        return if unlikely || name.after_is(1, &["the"]) { -9 } else { 0 };
    }
    // "Your strength is not in numbers".
    if name.is(&["numbers"])
        && !name.capitalized
        && name.address.is_none()
        && name.before_is(0, &["in"])
        && name
            .before_is(1, &["not", "strength", "safety", "grew", "grow", "growing", "increased", "increase", "grown"])
    {
        return -9;
    }
    // "Numbers 10 to 20 in your raffle".
    if name.is(&["wisdom of solomon"]) && name.address.is_none() && !name.capitalized {
        return -6;
    }
    let counted_name = name.is(&["numbers", "acts", "act", "mark", "job", "judges", "kings"]);
    // "We drew numbers 14 and 15".
    let drawn =
        name.before_is(0, &["drew", "drawn", "called", "picked", "pulled", "dialed", "wore", "wearing", "bought"]);
    if name.is(&["numbers"]) && !name.capitalized && name.address.is_some() && drawn {
        return -9;
    }
    let may_count = counted_name && matches!(name.entry.ambiguity, Ambiguity::Word | Ambiguity::PersonOrWord);
    if may_count && name.address.is_some() && name.counts_in_something {
        return -9;
    }
    if name.is(&["acts", "act", "numbers", "judges", "kings", "revelation", "revelations"]) && name.after_is(0, &["of"])
    {
        return if name.is(&["acts"]) && name.after_is(2, &["apostles"]) { -30 } else { -6 };
    }
    // "Mark 12 on your calendar".
    let noted = name.after_address.is_some_and(|token| token.is("on"))
        && name.second_after_address.is_some_and(|token| token.is("your"));
    if name.is(&["mark"]) && name.address.is_some() && noted {
        return -9;
    }
    // "Psalms and hymns and spiritual songs".
    if name.is(&["psalms"]) && name.address.is_none() && name.after_is(0, &["and"]) && name.after_is(1, &["hymns"]) {
        return -9;
    }
    if name.is(&["mark"]) && name.after_is(0, &["my", "up", "down", "it", "that", "this", "off", "out", "your"]) {
        return -6;
    }
    0
}

/// Returns whether the name is "the Acts of the Apostles", the title of the book as it is read in church. Without the
/// article, or with a page, it is the title of other books.
pub(super) fn is_standard_title(name: &NameInContext<'_>) -> bool {
    name.is(&["acts"])
        && name.after_is(0, &["of"])
        && name.after_is(1, &["the"])
        && name.after_is(2, &["apostles"])
        && name.before_is(0, &["the"])
        && !name.after_is(3, &["page", "pages", "volume", "paragraph"])
}

/// A man that the sentence is about: "Timothy 3 was born in May".
pub(super) fn told_of_person(name: &NameInContext<'_>) -> i32 {
    let bare = name.address.is_some_and(|address| address.form <= Form::Bare && address.verse.is_none());
    let Some(next) = name.after_address.filter(|_| bare && name.may_be_person() && !name.has_ordinal) else { return 0 };
    let lived = next.is("was") && name.second_after_address.is_some_and(|token| token.is_any(words::LIVED));
    let acted =
        next.is_any(&["went", "came", "ran", "sat", "cried", "married", "got", "won", "likes", "plays", "turned"]);
    // "Isaiah 5 put his tooth in the offering plate".
    let handled = next.is_any(words::HANDLED)
        && name
            .second_after_address
            .is_some_and(|token| token.is_any(&["his", "her", "my", "our", "a", "both", "two"]));
    if lived || acted || handled { -8 } else { 0 }
}

/// A number that counts what follows: "Luke 2 seats down raised his hand".
pub(super) fn counts_things(name: &NameInContext<'_>) -> i32 {
    let bare = name.address.is_some_and(|address| address.form <= Form::Bare && address.chapter > Some(1));
    // "The Romans 2 centuries before".
    let is_people = name.entry.ambiguity == Ambiguity::People && name.before_is(0, &["the"]);
    let may_be_counted = name.may_be_person()
        || name.may_be_word()
        || is_people
        || name.is(&["numbers", "acts", "kings", "judges", "philippines", "filipinos"]);
    let counted = name.after_address.is_some_and(|next| {
        let plural = next.text.ends_with('s') && !next.text.ends_with("ss") && next.text.len() > 3;
        plural && !next.is_contracted() && !next.is_any(words::SAYS) && !next.is_any(words::NOT_PLURAL)
    });
    // A word with an object is a verb: "Daniel 9 foretells the years".
    let verb = name.second_after_address.is_some_and(|token| token.is_any(words::OBJECTS));
    if bare && may_be_counted && counted && !verb && !name.has_ordinal && !name.is(&["psalms", "psalm"]) {
        -5
    } else {
        0
    }
}
