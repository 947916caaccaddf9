//! What speaks for a name being a citation.

use super::{Scene, words};
use crate::{grammar::Form, lexer::TokenKind, names::Nature};

/// Chapter and verse, or the word chapter.
pub(super) fn chapter_and_verse(scene: &Scene<'_>) -> i32 {
    match scene.address.map(|address| address.form) {
        Some(Form::Verse) => 14,
        Some(Form::Chapter) => 12,
        Some(Form::Pair | Form::Split) => 9,
        _ => 0,
    }
}

/// A number alone.
pub(super) fn number_behind(scene: &Scene<'_>) -> i32 {
    let Some(address) = scene.address else { return 0 };
    let ordinary = scene.is_ordinary_word() && scene.cased;
    match (address.form, scene.name.nature) {
        (Form::Bare, _) if scene.is(&["act", "palm", "palms", "songs"]) => 4,
        (Form::Bare, Nature::Word) if scene.is(&["psalm", "psalms", "proverbs", "proverb", "revelation"]) => 8,
        (Form::Bare, _) if ordinary => 4,
        (Form::Bare, Nature::Person | Nature::PersonOrWord) if scene.name.plain().is_none() && !scene.ordinal => 4,
        (Form::Bare, _) => 7,
        (Form::BareWord, Nature::Word) if scene.is(&["psalm", "psalms"]) => 7,
        (Form::BareWord, Nature::Title | Nature::People) => 6,
        (Form::BareWord, Nature::Word) if scene.is(&["proverbs", "revelation"]) => 6,
        (Form::BareWord, _) if ordinary => 1,
        (Form::BareWord, _) if address.chapter == Some(1) && address.verse.is_none() => 2,
        (Form::BareWord, _) => 3,
        _ => 0,
    }
}

/// First, Second, Third.
pub(super) fn ordinal_before(scene: &Scene<'_>) -> i32 {
    if !scene.ordinal {
        0
    } else if scene.is_ordinary_word() && scene.cased {
        2
    } else if scene.is_person() {
        5
    } else {
        7
    }
}

/// A name that is hardly anything but a book.
pub(super) fn title_of_a_book(scene: &Scene<'_>) -> i32 {
    let determined = scene.is_determined();
    match scene.name.nature {
        // "The genesis of the problem", "he drove a Genesis".
        Nature::Title if determined && scene.after_is(0, &["of"]) => 0,
        Nature::Title if scene.address.is_none() && scene.before_is(0, &["a", "an", "his", "her", "my", "their"]) => 0,
        Nature::Title => 6,
        Nature::People if !scene.before_is(0, &["the"]) => 4,
        // Of these men nothing is told but their books.
        Nature::Person if scene.is(words::ONLY_AUTHORS) && !scene.possessive && !scene.after_is(0, words::WAS) => 3,
        // "They prayed the psalms", also where captions have no capitals; but "these psalms", "many psalms".
        Nature::Word if !scene.capital && scene.is(&["psalms"]) && scene.before_is(0, &["the"]) => 4,
        Nature::Word if !scene.cased && scene.is(&["exodus"]) && scene.before_is(0, &["of"]) => 3,
        Nature::Word if !scene.capital => 0,
        Nature::Word if scene.is(&["psalms", "proverbs"]) => {
            if scene.before_is(0, &["these", "those", "many", "some", "other", "this", "few"]) { 0 } else { 4 }
        }
        // "The pattern of Exodus", but "an exodus".
        Nature::Word if scene.is(&["exodus"]) && scene.cased && scene.before_is(0, &["of"]) => 3,
        Nature::Word if !determined && scene.is(&["revelation", "exodus", "acts"]) => {
            if scene.starts_sentence() {
                2
            } else {
                4
            }
        }
        _ => 0,
    }
}

/// "The book of", "the gospel according to", "the letter to the".
pub(super) fn book_of(scene: &Scene<'_>) -> i32 {
    let at = scene.past_articles();
    if at >= 3 {
        return 0;
    }
    if scene.before_is(at, &["of"]) {
        if scene.before_is(at + 1, words::WORKS) {
            return 10;
        }
        if at == 0 && scene.before_is(at + 1, words::PARTS) {
            return if scene.is_person() { 4 } else { 5 };
        }
    }
    if scene.before_is(at, &["to"]) && scene.before_is(at + 1, &["according"]) {
        let gospel = scene.before_is(at + 2, &["gospel", "gospels", "book"]);
        return if gospel || !scene.is_person() { 10 } else { 4 };
    }
    if scene.before_is(at, &["to", "for"]) {
        if scene.before_is(at + 1, &["letter", "letters", "epistle", "epistles", "book", "writer", "author"]) {
            return 10;
        }
        let written = scene.before_is(at + 1, &["wrote", "writes", "writing", "written", "says"]);
        // "The letter of Paul to the Ephesians", "the first letter of Saint Paul to the Corinthians".
        let by = (at + 2..at + 5).find(|&place| !scene.before_is(place, &["saint", "st", "the", "apostle"]));
        if by.is_some_and(|place| {
            scene.before_is(place, &["of", "from"]) && scene.before_is(place + 1, &["letter", "epistle"])
        }) {
            return 10;
        }
        if at == 1 && written && scene.name.nature == Nature::People {
            return 9;
        }
    }
    // "Paul wrote the Philippians from a cell".
    if at == 1 && scene.before_is(1, &["wrote"]) && scene.name.nature == Nature::People {
        return 9;
    }
    // "Spoken by the prophet Joel".
    let by_prophet = at > 0 && scene.before_is(0, &["prophet"]) && scene.before_is(at, &["by", "through", "in"]);
    if by_prophet && scene.before_is(at + 1, &["spoken", "written", "said", "foretold", "prophesied", "promised"]) {
        return 6;
    }
    let works_before = || (1..7).any(|place| scene.before_is(place, &["book", "gospel", "letter", "epistle"]));
    let called = scene.before_is(0, &["called", "named"]) && works_before();
    // "The last book of your Bible is Revelation".
    if at == 0 && scene.before_is(0, &["is"]) && works_before() && !scene.possessive {
        return 6;
    }
    let named = scene.before_is(0, &["book", "gospel"]);
    if at == 0 && (called || named) { 6 } else { 0 }
}

/// "In", "from", "through" before the name.
pub(super) fn preposition(scene: &Scene<'_>) -> i32 {
    let in_both = scene.before_is(0, &["both"]) && scene.before_is(1, &["in"]);
    let strong = in_both || scene.before_is(0, &["in", "throughout", "per"]);
    let weak = scene.before_is(0, &["from", "through", "into", "within", "on"]);
    if scene.possessive || !(strong || weak) || (strong && scene.before_is(1, words::TRUST)) {
        return 0;
    }
    let reads = scene.before_is(1, words::READING);
    if scene.before_is(0, &["through", "on", "into"]) && !reads {
        return i32::from(scene.name.nature == Nature::Title);
    }
    match scene.name.nature {
        Nature::Word | Nature::PersonOrWord
            if scene.may_be_word() && scene.before_is(0, &["in"]) && opens_clause(scene) =>
        {
            3
        }
        Nature::Word if scene.may_be_word() && scene.cased => 2,
        Nature::Word if scene.may_be_word() && scene.is(&["numbers", "judges", "kings"]) => 2,
        Nature::PersonOrWord if scene.may_be_word() => 2,
        // A letter, a gift or a word may come from a person.
        Nature::Person | Nature::PersonOrWord if !strong => {
            if reads {
                4
            } else {
                1
            }
        }
        _ => 6,
    }
}

/// Whether "in" and the name open a clause: "and in judges everybody did", but "they grew in numbers".
fn opens_clause(scene: &Scene<'_>) -> bool {
    let opens =
        scene.before[1].is_none_or(|token| token.ends_sentence() || token.is_mark(',') || token.is_any(words::OPENERS));
    opens && scene.after_is(0, words::SUBJECTS)
}

/// "Turn to", "open your Bibles to", "look at".
pub(super) fn turn_to(scene: &Scene<'_>) -> i32 {
    // "It is on past Hebrews and right before James", "it is all over Isaiah".
    let right = scene.before_is(1, &["right", "just", "immediately"]) && scene.before_is(0, &["before", "after"]);
    let all_over = scene.before_is(1, &["all"]) && scene.before_is(0, &["over", "through"]);
    if (scene.before_is(0, &["past"]) || right || all_over) && scene.address.is_none() && !scene.may_be_word() {
        return 4;
    }
    let led_by = |verbs: &[&str]| (1..3).any(|place| scene.before_is(place, verbs));
    let turn = led_by(words::TURN);
    if !scene.before_is(0, &["to", "at", "with", "into"]) || !(turn || led_by(words::GO)) {
        0
    } else if scene.may_be_word() {
        if turn { 3 } else { 2 }
    } else if scene.is_person() {
        // One may go to a man, but hardly turn to him with a Bible, nor go back to him and stop there.
        let stops = scene.after[0].is_none_or(|token| matches!(token.kind, TokenKind::Mark(_)));
        let back = scene.cited && stops && scene.before_is(0, &["to"]) && scene.before_is(1, &["back"]);
        if back || turn && scene.before_is(0, &["to", "into"]) { 4 } else { 1 }
    } else {
        5
    }
}

/// "Read", "study", "preach" before the name.
pub(super) fn reading(scene: &Scene<'_>) -> i32 {
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
    ];
    match scene.before_is(0, &verbs) {
        false => 0,
        true if scene.may_be_word() => 2,
        true => 4,
    }
}

/// "Our Psalms series", "that Isaiah text".
pub(super) fn passage_behind(scene: &Scene<'_>) -> i32 {
    let passage = scene.after_is(0, words::PASSAGES) && !scene.possessive && scene.address.is_none();
    if !passage {
        0
    } else if scene.may_be_word() {
        3
    } else {
        5
    }
}

/// The author quoted as the source: "James says, count it all joy", "as Isaiah wrote".
pub(super) fn quoted_as_source(scene: &Scene<'_>) -> i32 {
    let present = scene.after_is(0, words::SAYS);
    let going_on = scene.after_is(0, &["is"]) && scene.after_is(1, words::SAYING);
    // "Doesn't James say that", but not "what does James say".
    let asked = scene.before_is(0, &["does", "doesn", "doesnt"])
        && scene.after_is(0, &["say", "tell", "write", "teach"])
        && scene.after_is(1, &["that", "us"]);
    if asked && !scene.possessive && scene.is(words::AUTHORS) {
        return 3;
    }
    // "What does Proverbs say": only a title goes with "does".
    let title = scene.name.words.ends_with('s') && matches!(scene.name.nature, Nature::Word | Nature::People);
    if title && scene.before_is(0, &["does", "doesn", "doesnt"]) && scene.after_is(0, &["say", "tell", "teach", "call"])
    {
        return 5;
    }
    if scene.possessive || !(present || going_on || scene.after_is(0, words::SAID)) {
        return 0;
    }
    match scene.name.nature {
        // No plural says, but a book with a plural for its title does: "acts tells us".
        Nature::Word if scene.may_be_word() => {
            let title = scene.name.words.ends_with('s') || scene.is(&["revelation"]);
            let determined = scene.is_determined() || scene.before_is(0, &["s", "god"]);
            return if present && title && !determined { 3 } else { 2 };
        }
        Nature::Title | Nature::People | Nature::Word => return 5,
        _ if scene.ordinal => return 5,
        _ => {}
    }
    // A prophet speaks as God does: "Jeremiah says, I know the plans".
    let speaks_for_god = present && scene.is(words::PROPHETS) && scene.after_is(1, &["i"]);
    if is_told_to_somebody(scene) && !speaks_for_god || super::against::title_of_a_person_before(scene) != 0 {
        return 0;
    }
    let author = scene.is(words::AUTHORS);
    let prophet = scene.is(words::PROPHETS);
    let quoted = scene.before_is(0, &["as", "what", "like"]) || scene.after_is(1, &["it"]);
    match (author || prophet, present, quoted) {
        (true, _, true) => 4,
        (true, true, false) => 3,
        // A prophet who is writing is a man in history.
        _ if author && going_on => 3,
        _ => 0,
    }
}

/// "James said Elijah was a man of like passions": what he is said to say stands in his letter.
pub(super) fn words_of_the_book(scene: &Scene<'_>) -> i32 {
    if scene.quotes && !scene.possessive && !is_told_to_somebody(scene) { 3 } else { 0 }
}

/// "John never uses the word in his gospel".
pub(super) fn own_work(scene: &Scene<'_>) -> i32 {
    if scene.own_work { 5 } else { 0 }
}

/// "John is careful to tell us": who tells us is an author.
pub(super) fn tells_us(scene: &Scene<'_>) -> i32 {
    let author = scene.is(words::AUTHORS) || scene.name.is_writer();
    if scene.possessive || !author || !scene.tells_us { 0 } else { 4 }
}

/// The Bible or a part of it is named shortly before an ordinary word that may be a title.
pub(super) fn bible_near(scene: &Scene<'_>) -> i32 {
    i32::from(scene.bible_near && scene.may_be_word() && !scene.is_determined() && !scene.is(&["job", "mark", "psalm"]))
}

/// "One thinks of Hosea, where the Lord taught Ephraim to walk": a place in Scripture, and no man.
pub(super) fn where_behind(scene: &Scene<'_>) -> i32 {
    let led = scene.before_is(0, &["of", "to", "in", "at", "from", "with"]);
    let comma = usize::from(scene.after[0].is_some_and(|token| token.is_mark(',')));
    if led && !scene.possessive && scene.after_is(comma, &["where"]) { 3 } else { 0 }
}

/// Whether somebody hears what is said: "Isaiah said to Hezekiah".
fn is_told_to_somebody(scene: &Scene<'_>) -> bool {
    scene.after_is(1, &["to", "unto", "he", "she", "him", "her", "yes", "no", "i"])
}

/// "Ruth is a book about", "Jude is a short letter".
pub(super) fn called_a_book(scene: &Scene<'_>) -> i32 {
    let called = scene.after_is(0, &["is", "was"]) && scene.after_is(1, &["a", "an", "the", "one"]);
    let work = ["book", "letter", "gospel", "epistle", "books", "letters", "prophecy", "poem", "masterpiece"];
    // "Zechariah is fourteen chapters of visions".
    let chapters = |place| scene.after_is(place, &["chapter", "chapters", "verses"]);
    let counted = scene.after_is(0, &["is", "has"]) && (chapters(2) || chapters(3));
    if counted || called && (2..4).any(|place| scene.after_is(place, &work)) { 6 } else { 0 }
}

/// A list of books.
pub(super) fn list_of_books(scene: &Scene<'_>) -> i32 {
    if scene.in_row {
        return 6;
    }
    match scene.address {
        None if scene.listed => 5,
        None if scene.joined && !scene.may_be_word() => 4,
        _ => 0,
    }
}

/// "John's gospel", "Isaiah's prophecy".
pub(super) fn gospel_behind(scene: &Scene<'_>) -> i32 {
    let works = ["gospel", "epistle", "letter", "letters", "book", "prophecy", "prophecies", "account"];
    let gospel = scene.is(&["matthew", "mark", "luke", "john"]);
    if gospel && scene.possessive && scene.after_is(0, &["version", "prologue", "ending", "telling", "narrative"]) {
        return 10;
    }
    let place = usize::from(scene.after_is(0, &["first", "second", "third"]));
    if scene.possessive && scene.after_is(place, &works) { 14 } else { 0 }
}
