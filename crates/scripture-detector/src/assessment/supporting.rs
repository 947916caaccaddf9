//! Rules that support a citation.

use super::{NameInContext, titles, words};
use crate::{grammar::Form, lexer::TokenKind, names::Ambiguity};

/// A chapter and verse, or the word "chapter".
pub(super) fn chapter_and_verse(name: &NameInContext<'_>) -> i32 {
    match name.address.map(|address| address.form) {
        Some(Form::Verse) => 14,
        Some(Form::Chapter) => 12,
        Some(Form::Pair | Form::Split) => 9,
        _ => 0,
    }
}

/// A single number.
pub(super) fn number_after(name: &NameInContext<'_>) -> i32 {
    let Some(address) = name.address else { return 0 };
    let ordinary = name.is_lower_case_word() && name.text_has_capitals;
    match (address.form, name.entry.ambiguity) {
        (Form::Bare, _) if name.is(&["act", "palm", "palms", "songs"]) => 4,
        (Form::Bare, Ambiguity::Word) if name.is(&["psalm", "psalms", "proverbs", "proverb", "revelation"]) => 8,
        (Form::Bare, _) if ordinary => 4,
        (Form::Bare, Ambiguity::Person | Ambiguity::PersonOrWord)
            if name.entry.unnumbered().is_none() && !name.has_ordinal =>
        {
            4
        }
        (Form::Bare, _) => 7,
        (Form::BareWord, Ambiguity::Word) if name.is(&["psalm", "psalms"]) => 7,
        (Form::BareWord, Ambiguity::Unique | Ambiguity::People) => 6,
        (Form::BareWord, Ambiguity::Word) if name.is(&["proverbs", "revelation"]) => 6,
        (Form::BareWord, _) if ordinary => 1,
        (Form::BareWord, _) if address.chapter == Some(1) && address.verse.is_none() => 2,
        (Form::BareWord, _) => 3,
        _ => 0,
    }
}

/// An ordinal before the name.
pub(super) fn ordinal_before(name: &NameInContext<'_>) -> i32 {
    if !name.has_ordinal {
        0
    } else if name.is_lower_case_word() && name.text_has_capitals {
        2
    } else if name.may_be_person() {
        5
    } else {
        7
    }
}

/// A name that is rarely anything but a book.
pub(super) fn title_of_a_book(name: &NameInContext<'_>) -> i32 {
    let determined = name.has_determiner();
    match name.entry.ambiguity {
        // "The genesis of the problem", "he drove a Genesis".
        Ambiguity::Unique if determined && name.after_is(0, &["of"]) => 0,
        // "There's a Psalm 151" has a number of its own.
        Ambiguity::Unique
            if name.address.is_none()
                && name.before_is(0, &["a", "an", "his", "her", "my", "their"])
                && !name.entry.words.starts_with("psalm") =>
        {
            0
        }
        Ambiguity::Unique => 6,
        Ambiguity::People
            if name.entry.unnumbered().is_none() && !name.has_ordinal && name.is(&["maccabees", "machabees"]) =>
        {
            0
        }
        Ambiguity::People if !name.before_is(0, &["the"]) => 4,
        // The Bible says little about these men apart from their books.
        Ambiguity::Person if name.is(words::ONLY_AUTHORS) && !name.is_possessive && !name.after_is(0, words::WAS) => 3,
        // "They prayed the psalms", even in captions without capitals.
        Ambiguity::Word if !name.capitalized && name.is(&["psalms", "psalter"]) && name.before_is(0, &["the"]) => 4,
        Ambiguity::Word if name.is(&["wisdom of solomon"]) && name.capitalized && name.before_is(0, &["the"]) => 4,
        Ambiguity::Word if !name.text_has_capitals && name.is(&["exodus"]) && name.before_is(0, &["of"]) => 3,
        Ambiguity::Word if !name.capitalized => 0,
        Ambiguity::Word if name.is(&["psalms", "proverbs"]) => {
            if name.before_is(0, &["these", "those", "many", "some", "other", "this", "few"]) { 0 } else { 4 }
        }
        // "The pattern of Exodus", but not "an exodus".
        Ambiguity::Word if name.is(&["exodus"]) && name.text_has_capitals && name.before_is(0, &["of"]) => 3,
        Ambiguity::Word if !determined && name.is(&["revelation", "exodus", "acts"]) => {
            if name.starts_sentence() {
                2
            } else {
                4
            }
        }
        _ => 0,
    }
}

/// An introduction as a book: "the book of", "the gospel according to", "the letter to the".
pub(super) fn book_of(name: &NameInContext<'_>) -> i32 {
    let at = name.index_before_articles();
    if at >= 3 {
        return 0;
    }
    if name.before_is(at, &["of"]) {
        // "The first epistle general of Peter", as in the King James Version.
        let general = usize::from(name.before_is(at + 1, &["general"]));
        if name.before_is(at + 1 + general, words::WORKS) {
            return 10;
        }
        if at == 0 && name.before_is(at + 1, words::PARTS) {
            return if name.may_be_person() { 4 } else { 5 };
        }
    }
    if name.before_is(at, &["to"]) && name.before_is(at + 1, &["according"]) {
        let gospel = name.before_is(at + 2, &["gospel", "gospels", "book"]);
        return if gospel || !name.may_be_person() { 10 } else { 4 };
    }
    if super::opposing::is_standard_title(name) {
        return 10;
    }
    if titles::is_the_revelation(name) {
        return 6;
    }
    if titles::is_title_with_author(name) {
        return 10;
    }
    // "Saint Paul to the Philippians says".
    if at == 1
        && name.before_is(1, &["to"])
        && name.before_is(2, &["paul"])
        && name.entry.ambiguity == Ambiguity::People
    {
        return 9;
    }
    if name.before_is(at, &["to", "for"]) {
        if name.before_is(at + 1, &["letter", "letters", "epistle", "epistles", "book", "writer", "author"]) {
            return 10;
        }
        let written = name.before_is(at + 1, &["wrote", "writes", "writing", "written", "says"]);
        // "The letter of Paul to the Ephesians", "the first letter of Saint Paul to the Corinthians".
        let by = (at + 2..at + 5).find(|&index| !name.before_is(index, &["saint", "st", "the", "apostle"]));
        if by.is_some_and(|index| {
            name.before_is(index, &["of", "from"]) && name.before_is(index + 1, &["letter", "epistle"])
        }) {
            return 10;
        }
        if at == 1 && written && name.entry.ambiguity == Ambiguity::People {
            return 9;
        }
    }
    // "Paul wrote the Philippians from a cell".
    if at == 1 && name.before_is(1, &["wrote"]) && name.entry.ambiguity == Ambiguity::People {
        return 9;
    }
    // "Spoken by the prophet Joel".
    let by_prophet = at > 0 && name.before_is(0, &["prophet"]) && name.before_is(at, &["by", "through", "in"]);
    if by_prophet && name.before_is(at + 1, &["spoken", "written", "said", "foretold", "prophesied", "promised"]) {
        return 6;
    }
    let works_before = || (1..7).any(|index| name.before_is(index, &["book", "gospel", "letter", "epistle"]));
    let called = name.before_is(0, &["called", "named"]) && works_before();
    // "The last book of your Bible is Revelation".
    if at == 0 && name.before_is(0, &["is"]) && works_before() && !name.is_possessive {
        return 6;
    }
    // "Who wrote Job?"
    if name.before_is(0, &["wrote"]) && name.before_is(1, &["who"]) && !name.is_possessive {
        return 6;
    }
    let wrote = name.before_is(0, &["letter", "epistle"]) && name.after_is(0, &["wrote", "writes"]);
    let named = wrote || name.before_is(0, &["book", "gospel"]);
    if at == 0 && (called || named) { 6 } else { 0 }
}

/// A preposition before the name: "in", "from", "through".
pub(super) fn preposition(name: &NameInContext<'_>) -> i32 {
    let in_both = name.before_is(0, &["both"]) && name.before_is(1, &["in"]);
    let strong = in_both || name.before_is(0, &["in", "throughout", "per"]);
    let weak = name.before_is(0, &["from", "through", "into", "within", "on"]);
    if name.is_possessive || !(strong || weak) || (strong && name.before_is(1, words::TRUST)) {
        return 0;
    }
    // These are far more often people than books.
    if name.address.is_none() && name.is(&["judith", "tobit", "baruch"]) {
        // "A story from Tobit".
        if !strong && name.before_is(1, &["story", "reading", "passage", "lesson", "verse", "line", "words"]) {
            return 4;
        }
        return match (strong && name.capitalized, name.is(&["judith"])) {
            (true, true) => 2,
            (true, false) => 4,
            _ => 0,
        };
    }
    let reads = name.before_is(1, words::READING);
    if name.before_is(0, &["through", "on", "into"]) && !reads {
        return i32::from(name.entry.ambiguity == Ambiguity::Unique);
    }
    match name.entry.ambiguity {
        Ambiguity::Word | Ambiguity::PersonOrWord
            if name.may_be_word() && name.before_is(0, &["in"]) && opens_clause(name) =>
        {
            3
        }
        Ambiguity::Word if name.may_be_word() && name.text_has_capitals => 2,
        Ambiguity::Word if name.may_be_word() && name.is(&["numbers", "judges", "kings"]) => 2,
        Ambiguity::PersonOrWord if name.may_be_word() => 2,
        // "From John" may refer to a person.
        Ambiguity::Person | Ambiguity::PersonOrWord if !strong => {
            if reads {
                4
            } else {
                1
            }
        }
        _ => 6,
    }
}

/// Returns whether "in" and the name open a clause: "and in judges everybody did", but not "they grew in numbers".
fn opens_clause(name: &NameInContext<'_>) -> bool {
    let opens =
        name.before[1].is_none_or(|token| token.ends_sentence() || token.is_mark(',') || token.is_any(words::OPENERS));
    opens && name.after_is(0, words::SUBJECTS)
}

/// Directions to the listeners: "turn to", "open your Bibles to", "look at".
pub(super) fn turn_to(name: &NameInContext<'_>) -> i32 {
    // "It is on past Hebrews and right before James", "it is all over Isaiah".
    let right = name.before_is(1, &["right", "just", "immediately"]) && name.before_is(0, &["before", "after"]);
    let all_over = name.before_is(1, &["all"]) && name.before_is(0, &["over", "through"]);
    if (name.before_is(0, &["past"]) || right || all_over) && name.address.is_none() && !name.may_be_word() {
        return 4;
    }
    let verb_before = |verbs: &[&str]| (1..3).any(|index| name.before_is(index, verbs));
    let turn = verb_before(words::TURN);
    if !name.before_is(0, &["to", "at", "with", "into"]) || !(turn || verb_before(words::GO)) {
        0
    } else if name.may_be_word() {
        if turn { 3 } else { 2 }
    } else if name.may_be_person() {
        // "Go to John" may refer to a person, but "open to John" hardly ever does.
        let stops = name.after[0].is_none_or(|token| matches!(token.kind, TokenKind::Mark(_)));
        let back = name.cited_before && stops && name.before_is(0, &["to"]) && name.before_is(1, &["back"]);
        if back || turn && name.before_is(0, &["to", "into"]) { 4 } else { 1 }
    } else {
        5
    }
}

/// A verb of reading or preaching before the name.
pub(super) fn reading(name: &NameInContext<'_>) -> i32 {
    let verbs = [
        "read",
        "reading",
        "study",
        "studying",
        "preach",
        "preaching",
        "memorize",
        "studied",
        "preached",
        "finish",
        "finished",
        "finishing",
        "start",
        "started",
        "starting",
        "taught",
        "teaching",
        "readin",
        "preachin",
        "studyin",
    ];
    // "He was reading the prophet Isaiah".
    let prophet = usize::from(name.before_is(0, &["prophet"])) * 2;
    match name.before_is(prophet, &verbs) {
        false => 0,
        true if name.may_be_word() && name.before_is(0, &["read", "reading"]) && name.entry.words.ends_with('s') => 3,
        true if name.may_be_word() => 2,
        true => 4,
    }
}

/// A word for a text after the name: "our Psalms series", "that Isaiah text".
pub(super) fn passage_word_after(name: &NameInContext<'_>) -> i32 {
    let passage = name.after_is(0, words::PASSAGES) && !name.is_possessive && name.address.is_none();
    if !passage {
        0
    } else if name.may_be_word() {
        3
    } else {
        5
    }
}

/// A mention of the Bible shortly before an ordinary word that may be a title.
pub(super) fn bible_mentioned(name: &NameInContext<'_>) -> i32 {
    i32::from(
        name.bible_mentioned && name.may_be_word() && !name.has_determiner() && !name.is(&["job", "mark", "psalm"]),
    )
}

/// A name treated as a place: "one thinks of Hosea, where the Lord taught Ephraim to walk".
pub(super) fn where_after(name: &NameInContext<'_>) -> i32 {
    let led = name.before_is(0, &["of", "to", "in", "at", "from", "with"]);
    let comma = usize::from(name.after[0].is_some_and(|token| token.is_mark(',')));
    if led && !name.is_possessive && name.after_is(comma, &["where"]) { 3 } else { 0 }
}

/// A statement that the name is a book: "Ruth is a book about", "Jude is a short letter".
pub(super) fn called_a_book(name: &NameInContext<'_>) -> i32 {
    let called = name.after_is(0, &["is", "was"]) && name.after_is(1, &["a", "an", "the", "one"]);
    let work = ["book", "letter", "gospel", "epistle", "books", "letters", "prophecy", "poem", "masterpiece"];
    // "Zechariah is fourteen chapters of visions".
    let chapters = |index| name.after_is(index, &["chapter", "chapters", "verses", "page", "pages"]);
    // "Jeremiah is about an eighth shorter in the Septuagint".
    let compared = name.after_is(0, &["is"])
        && (name.after_is(1, &["shorter", "longer"])
            || name.after_is(1, &["about", "almost", "nearly"])
                && name.after_is(2, &["a", "an", "the", "half", "twice"]));
    // "Jonah is shorter than his brother".
    let than_person =
        name.after_is(2, &["than"]) && name.after_is(3, &["his", "her", "my", "your", "their", "me", "him"]);
    let compared = compared && !than_person;
    // "Susanna, which you'll find as Daniel 13".
    let comma = usize::from(name.after[0].is_some_and(|token| token.is_mark(',')));
    let found = name.after_is(comma, &["which"])
        && name.after_is(comma + 1, &["you", "we", "is", "comes", "has", "stands", "starts", "begins", "opens"]);
    if (compared || found) && !name.is_possessive && name.address.is_none() && !name.may_be_word() {
        return 4;
    }
    let counted = name.after_is(0, &["is", "has"]) && (chapters(2) || chapters(3));
    if counted || called && (2..4).any(|index| name.after_is(index, &work)) { 6 } else { 0 }
}

/// A list of books: "Hosea, Joel, Amos", "Daniel and Ezra".
pub(super) fn list_of_books(name: &NameInContext<'_>) -> i32 {
    if name.in_canonical_row {
        return 6;
    }
    match name.address {
        None if name.continues_list => 5,
        None if name.deuterocanon_near && !name.is_possessive && (name.capitalized || !name.text_has_capitals) => 4,
        None if name.precedes_title && !(name.may_be_word() && name.has_determiner()) => 4,
        _ => 0,
    }
}

/// A word for a book after the possessive: "John's gospel", "Isaiah's prophecy".
pub(super) fn gospel_after(name: &NameInContext<'_>) -> i32 {
    let works = ["gospel", "epistle", "letter", "letters", "book", "prophecy", "prophecies", "account"];
    let gospel = name.is(&["matthew", "mark", "luke", "john"]);
    if gospel && name.is_possessive && name.after_is(0, &["version", "prologue", "ending", "telling", "narrative"]) {
        return 10;
    }
    let adjectives = ["first", "second", "third", "little", "short", "long", "great", "own", "whole", "wonderful"];
    let index = usize::from(name.after_is(0, &adjectives));
    if name.is_possessive && name.after_is(index, &works) { 14 } else { 0 }
}
