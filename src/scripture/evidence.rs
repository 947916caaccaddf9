//! What speaks for and against a name being a citation of Scripture, piece by piece.
//!
//! Each cue looks at the words around the name and gives a weight; the sum makes the class, and the names of
//! the pieces go into the result, so that a person sees why. Knows no numbers' grammar and no context.

use super::{
    grammar::{Address, Form},
    lexer::{Cursor, Token, TokenKind},
    names::{Name, Nature},
};
use crate::domain::Class;

/// A name and the words around it.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent facts about one name")]
pub(super) struct Scene<'t, 'a> {
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
    /// Whether it stands in a row of three or more books in the order of the canon.
    pub(super) in_row: bool,
    /// Chapter and verse.
    pub(super) address: Option<&'a Address>,
    /// The words before, the nearest first.
    pub(super) before: [Option<Token<'t>>; 5],
    /// The words behind.
    pub(super) after: [Option<Token<'t>>; 4],
    /// The word behind the numbers.
    pub(super) next: Option<Token<'t>>,
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
type Cue = (&'static str, fn(&Scene<'_, '_>) -> i32);

/// All cues; those that give a weight are named in the result.
const CUES: &[Cue] = &[
    ("chapter_and_verse", chapter_and_verse),
    ("number_behind", number_behind),
    ("ordinal_before", ordinal_before),
    ("title_of_a_book", title_of_a_book),
    ("book_of", book_of),
    ("preposition", preposition),
    ("turn_to", turn_to),
    ("reading", reading),
    ("quoted_as_source", quoted_as_source),
    ("called_a_book", called_a_book),
    ("list_of_books", list_of_books),
    ("gospel_behind", gospel_behind),
    ("article_before", article_before),
    ("title_of_a_person_before", title_of_a_person_before),
    ("surname_behind", surname_behind),
    ("byname_behind", byname_behind),
    ("possessive", possessive),
    ("people", people),
    ("ordinary_use", ordinary_use),
];

impl<'t, 'a> Scene<'t, 'a> {
    /// A scene with the words around a mention, which begins at one cursor and ends at the other.
    pub(super) fn new(name: &'static Name, start: Cursor<'t>, end: Cursor<'t>) -> Self {
        let (mut before, mut after) = ([None; 5], [None; 4]);
        let mut cursor = start;
        for place in &mut before {
            let Some((token, front)) = past_abbreviation(cursor) else { break };
            (*place, cursor) = (Some(token), front);
        }
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
            in_row: false,
            address: None,
            before,
            after,
            next: None,
            name_follows: false,
        }
    }

    /// Adds the address.
    pub(super) fn with_address(self, address: Option<&'a Address>) -> Self {
        Self { address, ..self }
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

    fn after_is(&self, place: usize, words: &[&str]) -> bool {
        self.after[place].is_some_and(|token| token.is_any(words))
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

/// Chapter and verse, or the word chapter.
fn chapter_and_verse(scene: &Scene<'_, '_>) -> i32 {
    match scene.address.map(|address| address.form) {
        Some(Form::Verse) => 14,
        Some(Form::Chapter) => 12,
        Some(Form::Pair | Form::Split) => 9,
        _ => 0,
    }
}

/// A number alone.
fn number_behind(scene: &Scene<'_, '_>) -> i32 {
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
        (Form::BareWord, _) if ordinary => 1,
        (Form::BareWord, _) if address.chapter == Some(1) => 2,
        (Form::BareWord, _) => 3,
        _ => 0,
    }
}

/// First, Second, Third.
fn ordinal_before(scene: &Scene<'_, '_>) -> i32 {
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
fn title_of_a_book(scene: &Scene<'_, '_>) -> i32 {
    let the_behind = scene.before_is(0, DETERMINERS);
    match scene.name.nature {
        Nature::Title => 6,
        Nature::People if !scene.before_is(0, &["the"]) => 4,
        Nature::Word if scene.capital && scene.is(&["psalms", "proverbs"]) => {
            if scene.before_is(0, &["these", "those", "many", "some", "other", "this", "few"]) { 0 } else { 4 }
        }
        Nature::Word if scene.capital && !the_behind && scene.is(&["revelation", "exodus", "acts"]) => 4,
        _ => 0,
    }
}

/// Words that stand before a noun.
const DETERMINERS: &[&str] = &[
    "the", "a", "an", "this", "that", "these", "those", "my", "your", "our", "his", "her", "their", "its", "every",
    "each", "no", "any", "some", "many", "new", "fresh", "good", "great", "more", "other", "such", "of",
];

/// What Scripture is called before "of" and the name of a book.
const BOOK: &[&str] = &[
    "book",
    "books",
    "gospel",
    "gospels",
    "epistle",
    "epistles",
    "prophecy",
    "prophecies",
    "scroll",
    "letter",
    "letters",
    "chapters",
    "chapter",
    "writer",
    "author",
    "verse",
    "verses",
    "writings",
];

/// Parts of a book, and what is said about one, before "of" and its name.
const PART: &[&str] = &[
    "end",
    "beginning",
    "rest",
    "study",
    "exposition",
    "series",
    "part",
    "middle",
    "opening",
    "half",
    "passage",
    "text",
    "page",
    "pages",
    "out",
    "all",
    "section",
    "most",
    "reading",
    "theme",
    "message",
    "sermons",
    "outline",
];

/// "The book of", "the gospel according to", "the letter to the".
fn book_of(scene: &Scene<'_, '_>) -> i32 {
    let at = scene.past_articles();
    if at >= 3 {
        return 0;
    }
    if scene.before_is(at, &["of"]) {
        if scene.before_is(at + 1, BOOK) {
            return 10;
        }
        if scene.before_is(at + 1, PART) && at == 0 {
            return if scene.is_person() { 4 } else { 5 };
        }
    }
    if scene.before_is(at, &["to", "for"]) {
        if scene.before_is(at + 1, &["letter", "letters", "epistle", "epistles", "according", "book"]) {
            return 10;
        }
        if at == 1 && scene.before_is(at + 1, &["wrote", "writes", "writing", "written", "says"]) {
            return if scene.name.nature == Nature::People { 9 } else { 0 };
        }
    }
    if at == 0 && scene.before_is(0, &["book", "gospel"]) { 6 } else { 0 }
}

/// "In", "from", "through" before the name.
fn preposition(scene: &Scene<'_, '_>) -> i32 {
    if scene.possessive {
        return 0;
    }
    let strong = scene.before_is(0, &["in", "throughout", "per"]);
    let weak = scene.before_is(0, &["from", "through", "into", "within", "on"]);
    if !strong && !weak {
        return 0;
    }
    let trust =
        ["believe", "believes", "believed", "believing", "trust", "interest", "confidence", "faith", "interested"];
    if strong && scene.before_is(1, &trust) {
        return 0;
    }
    let going = [
        "going",
        "go",
        "went",
        "working",
        "work",
        "preaching",
        "preach",
        "preached",
        "study",
        "studying",
        "walk",
        "walking",
        "way",
        "reading",
        "read",
        "series",
        "journey",
        "sermon",
        "lesson",
        "out",
        "passage",
        "comes",
        "quote",
        "quoting",
        "quotes",
        "text",
        "scripture",
        "verse",
        "taken",
        "here",
    ];
    if scene.before_is(0, &["through", "on", "into"]) && !scene.before_is(1, &going) {
        return i32::from(scene.name.nature == Nature::Title);
    }
    match scene.name.nature {
        Nature::Word if scene.may_be_word() && scene.cased => 2,
        Nature::Word if scene.may_be_word() && scene.is(&["numbers", "judges", "kings"]) => 2,
        Nature::PersonOrWord if scene.may_be_word() => 2,
        Nature::Person | Nature::PersonOrWord if !strong => 4,
        _ => 6,
    }
}

/// "Turn to", "open your Bibles to", "look at".
fn turn_to(scene: &Scene<'_, '_>) -> i32 {
    let verbs = [
        "turn", "turning", "go", "going", "come", "back", "over", "open", "flip", "bibles", "bible", "jump", "return",
        "turned", "look", "looking", "move", "head", "get", "began",
    ];
    let led = scene.before_is(0, &["to", "at", "with", "into"]) && (1..3).any(|place| scene.before_is(place, &verbs));
    if !led {
        0
    } else if scene.may_be_word() {
        2
    } else if scene.is_person() && scene.before_is(0, &["at", "with"]) {
        1
    } else if scene.is_person() {
        3
    } else {
        5
    }
}

/// "Read", "study", "preach" before the name.
fn reading(scene: &Scene<'_, '_>) -> i32 {
    let verbs =
        ["read", "reading", "study", "studying", "preach", "preaching", "memorize", "studied", "preached", "exegete"];
    if !scene.before_is(0, &verbs) {
        0
    } else if scene.may_be_word() {
        2
    } else {
        4
    }
}

/// The author quoted as the source: "James says, count it all joy", "as Isaiah wrote".
fn quoted_as_source(scene: &Scene<'_, '_>) -> i32 {
    if scene.possessive {
        return 0;
    }
    let now = [
        "says",
        "writes",
        "declares",
        "states",
        "reminds",
        "teaches",
        "tells",
        "puts",
        "describes",
        "explains",
        "warns",
        "assures",
        "opens",
        "begins",
        "promises",
        "records",
        "exhorts",
    ];
    let past = ["said", "wrote", "told", "prophesied", "spoke", "declared", "reminded"];
    let present = scene.after_is(0, &now);
    if !present && !scene.after_is(0, &past) {
        return 0;
    }
    if scene.name.nature == Nature::Title || scene.name.nature == Nature::People || scene.ordinal {
        return 5;
    }
    if scene.name.nature == Nature::Word {
        return if scene.may_be_word() { 2 } else { 5 };
    }
    let writes = [
        "isaiah",
        "jeremiah",
        "ezekiel",
        "hosea",
        "joel",
        "amos",
        "micah",
        "nahum",
        "habakkuk",
        "zephaniah",
        "haggai",
        "zechariah",
        "malachi",
        "james",
        "jude",
        "matthew",
        "mark",
        "luke",
        "john",
    ];
    let to_somebody = scene.after_is(1, &["to", "unto", "he", "she", "him", "her", "yes", "no", "i"]);
    let title = title_of_a_person_before(scene) != 0;
    if !scene.is(&writes) || to_somebody || title {
        return 0;
    }
    let best = scene.after_is(1, &["it"]);
    let as_it = scene.before_is(0, &["as", "what", "like"]);
    match (present, best || as_it) {
        (_, true) => 4,
        (true, false) => 3,
        (false, false) => 0,
    }
}

/// "Ruth is a book about", "Jude is a short letter".
fn called_a_book(scene: &Scene<'_, '_>) -> i32 {
    let called = scene.after_is(0, &["is", "was"]) && scene.after_is(1, &["a", "an", "the", "one"]);
    let work = ["book", "letter", "gospel", "epistle", "books", "letters"];
    if called && (2..4).any(|place| scene.after_is(place, &work)) { 6 } else { 0 }
}

/// A list of books.
fn list_of_books(scene: &Scene<'_, '_>) -> i32 {
    if scene.in_row {
        return 6;
    }
    if !scene.listed || scene.address.is_some() {
        return 0;
    }
    5
}

/// "John's gospel", "Isaiah's prophecy".
fn gospel_behind(scene: &Scene<'_, '_>) -> i32 {
    let works = ["gospel", "epistle", "letter", "letters", "book", "prophecy", "prophecies", "account"];
    let place = usize::from(scene.after_is(0, &["first", "second", "third"]));
    if scene.possessive && scene.after_is(place, &works) { 14 } else { 0 }
}

/// Words that stand before a people.
const GROUPS: &[&str] = &["the", "those", "these", "all", "both", "many", "some", "young", "fellow", "other", "most"];

/// "The numbers", "a revelation", "the Romans".
fn article_before(scene: &Scene<'_, '_>) -> i32 {
    let strong_number = scene.address.is_some_and(|address| address.form >= Form::Pair);
    if strong_number || scene.is(&["psalms", "psalm", "proverbs"]) {
        return 0;
    }
    match scene.name.nature {
        Nature::People if scene.address.is_none() && (scene.before_is(0, GROUPS) || scene.before_is_number()) => -6,
        Nature::Word | Nature::PersonOrWord if scene.before_is(0, DETERMINERS) && !scene.before_is(0, &["of"]) => -6,
        _ => 0,
    }
}

/// "Pastor John", "King James", "Dr. Luke".
fn title_of_a_person_before(scene: &Scene<'_, '_>) -> i32 {
    if scene.is(&["james"]) && scene.before_is(0, &["king"]) {
        return -30;
    }
    let titles = [
        "pastor",
        "pastors",
        "brother",
        "sister",
        "king",
        "queen",
        "prince",
        "dr",
        "doctor",
        "mr",
        "mrs",
        "miss",
        "ms",
        "reverend",
        "rev",
        "president",
        "uncle",
        "aunt",
        "captain",
        "bishop",
        "elder",
        "deacon",
        "professor",
        "sir",
        "lord",
        "judge",
        "minister",
        "evangelist",
        "pr",
        "cousin",
        "named",
        "called",
    ];
    if scene.is_person() && scene.before_is(0, &titles) { -9 } else { 0 }
}

/// "John Piper", "Matthew Henry".
fn surname_behind(scene: &Scene<'_, '_>) -> i32 {
    let Some(token) = scene.after[0] else { return 0 };
    let starts_clause = [
        "i",
        "he",
        "she",
        "they",
        "we",
        "you",
        "it",
        "the",
        "this",
        "that",
        "these",
        "those",
        "there",
        "and",
        "but",
        "for",
        "in",
        "so",
        "now",
        "when",
        "then",
        "what",
        "where",
        "who",
        "why",
        "how",
        "if",
        "as",
        "because",
        "chapter",
        "verse",
        "god",
        "jesus",
        "christ",
        "lord",
        "paul",
        "moses",
        "david",
        "bible",
        "scripture",
        "a",
        "an",
        "to",
        "let",
        "is",
        "was",
        "says",
        "said",
        "one",
        "two",
        "not",
        "do",
        "my",
        "our",
        "yes",
        "records",
        "oh",
        "well",
        "okay",
        "right",
        "amen",
        "chapters",
        "verses",
        "with",
        "of",
        "or",
        "at",
        "on",
        "from",
        "which",
    ];
    let surname = token.is_capitalised() && !token.is_any(&starts_clause) && !scene.name_follows;
    if scene.is_person() && scene.cased && surname && scene.address.is_none() && !scene.possessive { -9 } else { 0 }
}

/// "John the Baptist".
fn byname_behind(scene: &Scene<'_, '_>) -> i32 {
    let bynames =
        ["baptist", "baptizer", "beloved", "disciple", "apostle", "revelator", "elder", "son", "brother", "forerunner"];
    if scene.is_person() && scene.after_is(0, &["the"]) && scene.after_is(1, &bynames) { -9 } else { 0 }
}

/// "John's birth".
fn possessive(scene: &Scene<'_, '_>) -> i32 {
    if scene.possessive && scene.is_person() && scene.address.is_none() { -6 } else { 0 }
}

/// "Romans did", "Hebrews who".
fn people(scene: &Scene<'_, '_>) -> i32 {
    let verbs = [
        "did",
        "were",
        "had",
        "would",
        "used",
        "could",
        "came",
        "believed",
        "thought",
        "knew",
        "have",
        "are",
        "who",
        "killed",
        "crucified",
        "took",
        "wanted",
        "loved",
        "worshiped",
    ];
    let plural = scene.name.nature == Nature::People && scene.address.is_none() && !scene.ordinal;
    if plural && scene.after_is(0, &verbs) { -7 } else { 0 }
}

/// "Acts of kindness", "mark my words", "act 2 of the play".
fn ordinary_use(scene: &Scene<'_, '_>) -> i32 {
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
    if scene.is(&["mark"]) && scene.after_is(0, &["my", "up", "down", "it", "that", "this", "off", "out", "your"]) {
        return -6;
    }
    0
}
