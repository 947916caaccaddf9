//! The names of the books: full, abbreviated, misspelled, and as speech recognition mishears them.

mod abbreviations;
mod variants;

use crate::Book;
pub(super) use abbreviations::ABBREVIATIONS;
pub(super) use variants::{HEBREW, MISSPELLED};

/// What else a name can mean, which decides how much evidence it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ambiguity {
    /// Rarely anything but the book: Genesis, Ecclesiastes.
    Unique,
    /// Also a people: Romans, Hebrews.
    People,
    /// Also a person: John, Ruth.
    Person,
    /// Also an ordinary word: Numbers, Acts.
    Word,
    /// Also a person and an ordinary word: Mark, Job.
    PersonOrWord,
}

/// What must follow a name for it to be considered at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Requirement {
    /// Nothing: it is the usual name of the book.
    Nothing,
    /// A number: it is a spelling variant or a misheard name.
    Number,
    /// A chapter with a verse, or the word "chapter" or "verse": it is an abbreviation or an unlikely word.
    Verse,
}

/// A name of one or more books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name {
    /// One or more words in lower case.
    pub(super) words: &'static str,
    unnumbered: Option<Book>,
    numbered: &'static [Book],
    pub(super) ambiguity: Ambiguity,
    pub(super) requirement: Requirement,
}

impl Name {
    /// Returns the book that the name means without an ordinal.
    pub(super) fn unnumbered(&self) -> Option<Book> {
        self.unnumbered
    }

    /// Returns the book that the name means with an ordinal from 1 to 4.
    pub(super) fn numbered(&self, ordinal: u32) -> Option<Book> {
        let index = usize::try_from(ordinal).ok()?.checked_sub(1)?;
        self.numbered.get(index).copied()
    }

    /// Returns the books that the name means with an ordinal.
    pub(super) fn all_numbered(&self) -> &'static [Book] {
        self.numbered
    }

    /// Returns whether the name can have an ordinal.
    pub(super) fn takes_ordinal(&self) -> bool {
        !self.numbered.is_empty()
    }

    /// Returns whether the name is that of a prophet or letter writer, whose book consists of his own words.
    pub(super) fn is_prophet_or_letter_writer(&self) -> bool {
        const WRITERS: &[&str] = &[
            "isaiah",
            "jeremiah",
            "ezekiel",
            "hosea",
            "joel",
            "amos",
            "obadiah",
            "micah",
            "nahum",
            "habakkuk",
            "zephaniah",
            "haggai",
            "zechariah",
            "malachi",
            "james",
            "peter",
            "jude",
        ];
        WRITERS.contains(&self.words)
    }

    /// Returns whether the name is a misspelled or misheard form.
    pub(super) fn is_misspelled(&self) -> bool {
        self.requirement != Nothing && MISSPELLED.iter().any(|name| name.words == self.words)
    }

    /// Returns whether the name is that of an author whose book is named after him.
    pub(super) fn is_author(&self) -> bool {
        matches!(self.words, "matthew" | "mark" | "luke" | "john") || self.is_prophet_or_letter_writer()
    }
}

/// Returns the book with an OSIS identifier.
const fn book(osis: &str) -> Book {
    let mut index = 0;
    while let Some(book) = Book::from_index(index) {
        if equal(book.osis().as_bytes(), osis.as_bytes()) {
            return book;
        }
        index += 1;
    }
    panic!("not an OSIS identifier")
}

/// Compares two byte strings; `==` is not `const`.
const fn equal(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// Returns a name of one book.
const fn one(words: &'static str, osis: &'static str, ambiguity: Ambiguity, requirement: Requirement) -> Name {
    Name { words, unnumbered: Some(book(osis)), numbered: &[], ambiguity, requirement }
}

/// Returns a name shared by two books, which an ordinal tells apart.
const fn two(words: &'static str, numbered: &'static [Book], ambiguity: Ambiguity, requirement: Requirement) -> Name {
    Name { words, unnumbered: None, numbered, ambiguity, requirement }
}

/// Returns a name shared by two to four books, which an ordinal tells apart.
const fn many(words: &'static str, numbered: &'static [Book], ambiguity: Ambiguity, requirement: Requirement) -> Name {
    Name { words, unnumbered: None, numbered, ambiguity, requirement }
}

use Ambiguity::{People, Person, PersonOrWord, Unique, Word};
use Requirement::{Nothing, Number, Verse};

const MACCABEES: &[Book] = &[book("1Macc"), book("2Macc"), book("3Macc"), book("4Macc")];
const ESDRAS: &[Book] = &[book("1Esd"), book("2Esd")];
const SAMUEL: &[Book] = &[book("1Sam"), book("2Sam")];
const KINGS: &[Book] = &[book("1Kgs"), book("2Kgs")];
const CHRONICLES: &[Book] = &[book("1Chr"), book("2Chr")];
const CORINTHIANS: &[Book] = &[book("1Cor"), book("2Cor")];
const THESSALONIANS: &[Book] = &[book("1Thess"), book("2Thess")];
const TIMOTHY: &[Book] = &[book("1Tim"), book("2Tim")];
const PETER: &[Book] = &[book("1Pet"), book("2Pet")];
const JOHN: &[Book] = &[book("1John"), book("2John"), book("3John")];

/// Returns a name of the gospel of John, which with an ordinal names one of his letters.
const fn john(words: &'static str, requirement: Requirement) -> Name {
    Name { words, unnumbered: Some(book("John")), numbered: JOHN, ambiguity: Person, requirement }
}

/// Every name in canonical order. Where several match, the longest wins.
pub(super) const NAMES: &[Name] = &[
    one("genesis", "Gen", Unique, Nothing),
    one("exodus", "Exod", Word, Nothing),
    one("leviticus", "Lev", Unique, Nothing),
    one("numbers", "Num", Word, Nothing),
    one("deuteronomy", "Deut", Unique, Nothing),
    one("deutoronomy", "Deut", Unique, Nothing),
    one("joshua", "Josh", Person, Nothing),
    one("judges", "Judg", Word, Nothing),
    one("ruth", "Ruth", Person, Nothing),
    two("samuel", SAMUEL, Person, Nothing),
    two("kings", KINGS, Word, Nothing),
    two("king", KINGS, Word, Verse),
    two("chronicles", CHRONICLES, Word, Nothing),
    two("chronicle", CHRONICLES, Word, Verse),
    one("ezra", "Ezra", Person, Nothing),
    one("nehemiah", "Neh", Person, Nothing),
    one("esther", "Esth", Person, Nothing),
    one("job", "Job", PersonOrWord, Nothing),
    one("psalms", "Ps", Word, Nothing),
    one("psalm", "Ps", Word, Nothing),
    one("psalter", "Ps", Word, Nothing),
    one("ps", "Ps", Word, Number),
    one("psa", "Ps", Word, Number),
    one("palms", "Ps", Word, Number),
    one("palm", "Ps", Word, Number),
    one("songs", "Ps", Word, Verse),
    one("proverbs", "Prov", Word, Nothing),
    one("proverb", "Prov", Word, Number),
    one("ecclesiastes", "Eccl", Unique, Nothing),
    one("ecclesiastics", "Eccl", Unique, Number),
    one("ecclesiastic", "Eccl", Unique, Number),
    one("qoheleth", "Eccl", Unique, Number),
    one("song of solomon", "Song", Unique, Nothing),
    one("songs of solomon", "Song", Unique, Nothing),
    one("song of songs", "Song", Unique, Nothing),
    one("canticles", "Song", Word, Number),
    one("isaiah", "Isa", Person, Nothing),
    one("isiah", "Isa", Person, Number),
    one("isaias", "Isa", Person, Number),
    one("jeremiah", "Jer", Person, Nothing),
    one("jeramiah", "Jer", Person, Number),
    one("lamentations", "Lam", Unique, Nothing),
    one("lamentation", "Lam", Word, Number),
    one("ezekiel", "Ezek", Person, Nothing),
    one("daniel", "Dan", Person, Nothing),
    one("hosea", "Hos", Person, Nothing),
    one("joel", "Joel", Person, Nothing),
    one("amos", "Amos", Person, Nothing),
    one("obadiah", "Obad", Person, Nothing),
    one("jonah", "Jonah", Person, Nothing),
    one("micah", "Mic", Person, Nothing),
    one("mica", "Mic", Person, Verse),
    one("nahum", "Nah", Person, Nothing),
    one("habakkuk", "Hab", Person, Nothing),
    one("habakuk", "Hab", Person, Nothing),
    one("habbakuk", "Hab", Person, Nothing),
    one("zephaniah", "Zeph", Person, Nothing),
    one("haggai", "Hag", Person, Nothing),
    one("zechariah", "Zech", Person, Nothing),
    one("zachariah", "Zech", Person, Number),
    one("zacharias", "Zech", Person, Verse),
    one("malachi", "Mal", Person, Nothing),
    one("malachai", "Mal", Person, Number),
    one("matthew", "Matt", Person, Nothing),
    one("mathew", "Matt", Person, Nothing),
    one("mark", "Mark", PersonOrWord, Nothing),
    one("luke", "Luke", Person, Nothing),
    john("john", Nothing),
    john("jon", Verse),
    one("acts", "Acts", Word, Nothing),
    one("act", "Acts", Word, Number),
    one("romans", "Rom", People, Nothing),
    one("roman", "Rom", Word, Number),
    one("romance", "Rom", Word, Verse),
    two("corinthians", CORINTHIANS, People, Nothing),
    two("corinthian", CORINTHIANS, People, Number),
    two("corinthans", CORINTHIANS, People, Number),
    two("corinthian's", CORINTHIANS, People, Number),
    one("galatians", "Gal", People, Nothing),
    one("galations", "Gal", People, Nothing),
    one("galatian", "Gal", People, Number),
    one("ephesians", "Eph", People, Nothing),
    one("ephesian", "Eph", People, Number),
    one("philippians", "Phil", People, Nothing),
    one("phillipians", "Phil", People, Nothing),
    one("philipians", "Phil", People, Nothing),
    one("philippian", "Phil", People, Number),
    one("philippines", "Phil", People, Number),
    one("filipinos", "Phil", People, Number),
    one("colossians", "Col", People, Nothing),
    one("collossians", "Col", People, Nothing),
    one("colossian", "Col", People, Number),
    two("thessalonians", THESSALONIANS, People, Nothing),
    two("thessalonian", THESSALONIANS, People, Number),
    two("timothy", TIMOTHY, Person, Nothing),
    one("titus", "Titus", Person, Nothing),
    one("philemon", "Phlm", Person, Nothing),
    one("hebrews", "Heb", People, Nothing),
    one("hebrew", "Heb", Word, Number),
    one("he brews", "Heb", Word, Number),
    one("james", "Jas", Person, Nothing),
    two("peter", PETER, Person, Nothing),
    one("jude", "Jude", Person, Nothing),
    one("revelation", "Rev", Word, Nothing),
    one("revelations", "Rev", Word, Nothing),
    one("apocalypse", "Rev", Word, Verse),
    one("tobit", "Tob", Person, Nothing),
    one("tobias", "Tob", Person, Verse),
    one("judith", "Jdt", Person, Nothing),
    one("additions to esther", "AddEsth", Unique, Nothing),
    one("greek esther", "AddEsth", Unique, Nothing),
    one("wisdom", "Wis", Word, Verse),
    one("book of wisdom", "Wis", Unique, Nothing),
    one("wisdom of solomon", "Wis", Word, Nothing),
    one("sirach", "Sir", Unique, Nothing),
    one("ecclesiasticus", "Sir", Unique, Nothing),
    one("ben sira", "Sir", Person, Nothing),
    one("ben sirach", "Sir", Unique, Nothing),
    one("baruch", "Bar", Person, Nothing),
    one("letter of jeremiah", "EpJer", Unique, Nothing),
    one("epistle of jeremiah", "EpJer", Unique, Nothing),
    one("prayer of azariah", "PrAzar", Unique, Nothing),
    one("song of the three young men", "PrAzar", Unique, Nothing),
    one("song of the three children", "PrAzar", Unique, Nothing),
    one("song of the three holy children", "PrAzar", Unique, Nothing),
    one("song of the three", "PrAzar", Unique, Nothing),
    one("susanna", "Sus", Person, Nothing),
    one("book of susanna", "Sus", Unique, Nothing),
    one("bel and the dragon", "Bel", Unique, Nothing),
    many("maccabees", MACCABEES, People, Nothing),
    many("machabees", MACCABEES, People, Nothing),
    many("esdras", ESDRAS, Unique, Nothing),
    one("prayer of manasseh", "PrMan", Unique, Nothing),
    one("prayer of manasses", "PrMan", Unique, Nothing),
    one("psalm 151", "AddPs", Unique, Nothing),
    one("psalm one fifty one", "AddPs", Unique, Nothing),
    one("psalm one hundred fifty one", "AddPs", Unique, Nothing),
    one("psalm one hundred and fifty one", "AddPs", Unique, Nothing),
    one("psalm one fifty-one", "AddPs", Unique, Nothing),
    one("psalm one hundred fifty-one", "AddPs", Unique, Nothing),
    one("psalm one hundred and fifty-one", "AddPs", Unique, Nothing),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_book_has_a_full_name_in_the_table() {
        let mut named = [false; Book::COUNT + Book::DEUTEROCANONICAL_COUNT];
        for name in NAMES.iter().chain(ABBREVIATIONS) {
            assert_eq!(name.words, name.words.to_lowercase());
            let books = name.unnumbered().into_iter().chain((1..=4).filter_map(|ordinal| name.numbered(ordinal)));
            for book in books {
                named[book.index()] |= name.requirement == Nothing;
            }
        }
        assert!(named.iter().all(|&named| named));
    }
}
