//! The names of the books, as they are said, written, shortened and misheard.
//!
//! Data, and the reading of it. Knows no numbers and no grammar.

use crate::Book;

/// What else a name can be, which decides how much evidence it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    /// Hardly anything but the book: Genesis, Ecclesiastes.
    Title,
    /// Also a people: Romans, Hebrews.
    People,
    /// Also a man or a woman: John, Ruth.
    Person,
    /// Also an ordinary word: numbers, acts.
    Word,
    /// Also a man and an ordinary word: Mark, Job.
    PersonOrWord,
}

/// With how much a name must come to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    /// Nothing: it is a name of the book.
    Nothing,
    /// A number: a variant, or a word misheard.
    Number,
    /// A chapter with a verse, or the word chapter or verse: an abbreviation, or a word far from the name.
    Verse,
}

/// A name, and what it may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name {
    /// One or more words, lower case.
    pub(super) words: &'static str,
    /// The book without a First, Second or Third before the name.
    plain: Option<Book>,
    /// The books with First, Second, Third.
    numbered: &'static [Book],
    pub(super) nature: Nature,
    pub(super) need: Need,
}

impl Name {
    /// The book without an ordinal.
    pub(super) fn plain(&self) -> Option<Book> {
        self.plain
    }

    /// The book with an ordinal (1, 2 or 3), if there is one.
    pub(super) fn numbered(&self, ordinal: u32) -> Option<Book> {
        let place = usize::try_from(ordinal).ok()?.checked_sub(1)?;
        self.numbered.get(place).copied()
    }

    /// The books with First, Second, Third.
    pub(super) fn all_numbered(&self) -> &'static [Book] {
        self.numbered
    }

    /// Whether it is a man of whom a letter or a prophecy is known by his name, and whose words there are his own.
    pub(super) fn is_writer(&self) -> bool {
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

    /// Whether it is a man who is quoted as the author of his book.
    pub(super) fn is_quoted(&self) -> bool {
        matches!(self.words, "matthew" | "mark" | "luke" | "john") || self.is_writer()
    }

    /// Whether the name can have an ordinal.
    pub(super) fn can_be_numbered(&self) -> bool {
        !self.numbered.is_empty()
    }
}

/// The book of an identifier in the table below.
const fn book(osis: &str) -> Book {
    let mut index = 0;
    while let Some(book) = Book::from_index(index) {
        if same(book.osis().as_bytes(), osis.as_bytes()) {
            return book;
        }
        index += 1;
    }
    panic!("the table of names has only identifiers of books")
}

/// Whether two texts are the same.
const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// A name of one book.
const fn one(words: &'static str, osis: &'static str, nature: Nature, need: Need) -> Name {
    Name { words, plain: Some(book(osis)), numbered: &[], nature, need }
}

/// A name that needs First, Second or Third.
const fn many(words: &'static str, numbered: &'static [Book], nature: Nature, need: Need) -> Name {
    Name { words, plain: None, numbered, nature, need }
}

use Nature::{People, Person, PersonOrWord, Title, Word};
use Need::{Nothing, Number, Verse};

const SAMUEL: &[Book] = &[book("1Sam"), book("2Sam")];
const KINGS: &[Book] = &[book("1Kgs"), book("2Kgs")];
const CHRONICLES: &[Book] = &[book("1Chr"), book("2Chr")];
const CORINTHIANS: &[Book] = &[book("1Cor"), book("2Cor")];
const THESSALONIANS: &[Book] = &[book("1Thess"), book("2Thess")];
const TIMOTHY: &[Book] = &[book("1Tim"), book("2Tim")];
const PETER: &[Book] = &[book("1Pet"), book("2Pet")];
const JOHN: &[Book] = &[book("1John"), book("2John"), book("3John")];

/// John names the gospel alone and three letters with an ordinal.
const fn john(words: &'static str, need: Need) -> Name {
    Name { words, plain: Some(book("John")), numbered: JOHN, nature: Person, need }
}

/// Every name, in the order of the canon; the longest that fits at a place is taken.
pub(super) const NAMES: &[Name] = &[
    one("genesis", "Gen", Title, Nothing),
    one("exodus", "Exod", Word, Nothing),
    one("leviticus", "Lev", Title, Nothing),
    one("numbers", "Num", Word, Nothing),
    one("deuteronomy", "Deut", Title, Nothing),
    one("deutoronomy", "Deut", Title, Nothing),
    one("joshua", "Josh", Person, Nothing),
    one("judges", "Judg", Word, Nothing),
    one("ruth", "Ruth", Person, Nothing),
    many("samuel", SAMUEL, Person, Nothing),
    many("kings", KINGS, Word, Nothing),
    many("king", KINGS, Word, Verse),
    many("chronicles", CHRONICLES, Word, Nothing),
    many("chronicle", CHRONICLES, Word, Verse),
    one("ezra", "Ezra", Person, Nothing),
    one("nehemiah", "Neh", Person, Nothing),
    one("esther", "Esth", Person, Nothing),
    one("job", "Job", PersonOrWord, Nothing),
    one("psalms", "Ps", Word, Nothing),
    one("psalm", "Ps", Word, Nothing),
    one("psalter", "Ps", Word, Verse),
    one("ps", "Ps", Word, Number),
    one("psa", "Ps", Word, Number),
    one("palms", "Ps", Word, Number),
    one("palm", "Ps", Word, Number),
    one("songs", "Ps", Word, Verse),
    one("proverbs", "Prov", Word, Nothing),
    one("proverb", "Prov", Word, Number),
    one("ecclesiastes", "Eccl", Title, Nothing),
    one("ecclesiastics", "Eccl", Title, Number),
    one("ecclesiastic", "Eccl", Title, Number),
    one("qoheleth", "Eccl", Title, Number),
    one("song of solomon", "Song", Title, Nothing),
    one("songs of solomon", "Song", Title, Nothing),
    one("song of songs", "Song", Title, Nothing),
    one("canticles", "Song", Word, Number),
    one("isaiah", "Isa", Person, Nothing),
    one("isiah", "Isa", Person, Number),
    one("isaias", "Isa", Person, Number),
    one("jeremiah", "Jer", Person, Nothing),
    one("jeramiah", "Jer", Person, Number),
    one("lamentations", "Lam", Title, Nothing),
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
    many("corinthians", CORINTHIANS, People, Nothing),
    many("corinthian", CORINTHIANS, People, Number),
    many("corinthans", CORINTHIANS, People, Number),
    many("corinthian's", CORINTHIANS, People, Number),
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
    many("thessalonians", THESSALONIANS, People, Nothing),
    many("thessalonian", THESSALONIANS, People, Number),
    many("timothy", TIMOTHY, Person, Nothing),
    one("titus", "Titus", Person, Nothing),
    one("philemon", "Phlm", Person, Nothing),
    one("hebrews", "Heb", People, Nothing),
    one("hebrew", "Heb", Word, Number),
    one("he brews", "Heb", Word, Number),
    one("james", "Jas", Person, Nothing),
    many("peter", PETER, Person, Nothing),
    one("jude", "Jude", Person, Nothing),
    one("revelation", "Rev", Word, Nothing),
    one("revelations", "Rev", Word, Nothing),
    one("apocalypse", "Rev", Word, Verse),
];

/// Abbreviations; taken only in front of a chapter with a verse, or of the word chapter.
pub(super) const ABBREVIATIONS: &[Name] = &[
    one("gen", "Gen", Word, Verse),
    one("ex", "Exod", Word, Verse),
    one("exo", "Exod", Word, Verse),
    one("exod", "Exod", Word, Verse),
    one("lev", "Lev", Word, Verse),
    one("num", "Num", Word, Verse),
    one("deut", "Deut", Word, Verse),
    one("dt", "Deut", Word, Verse),
    one("josh", "Josh", Person, Verse),
    one("judg", "Judg", Word, Verse),
    one("jdg", "Judg", Word, Verse),
    many("sam", SAMUEL, Person, Verse),
    many("kgs", KINGS, Word, Verse),
    many("ki", KINGS, Word, Verse),
    many("chron", CHRONICLES, Word, Verse),
    many("chr", CHRONICLES, Word, Verse),
    one("neh", "Neh", Word, Verse),
    one("esth", "Esth", Word, Verse),
    one("ps", "Ps", Word, Number),
    one("psa", "Ps", Word, Number),
    one("pss", "Ps", Word, Number),
    one("prov", "Prov", Word, Verse),
    one("pr", "Prov", Word, Verse),
    one("eccl", "Eccl", Word, Verse),
    one("ecc", "Eccl", Word, Verse),
    one("isa", "Isa", Word, Verse),
    one("jer", "Jer", Word, Verse),
    one("lam", "Lam", Word, Verse),
    one("ezek", "Ezek", Word, Verse),
    one("eze", "Ezek", Word, Verse),
    one("dan", "Dan", Person, Verse),
    one("hos", "Hos", Word, Verse),
    one("obad", "Obad", Word, Verse),
    one("mic", "Mic", Word, Verse),
    one("nah", "Nah", Word, Verse),
    one("hab", "Hab", Word, Verse),
    one("zeph", "Zeph", Word, Verse),
    one("hag", "Hag", Word, Verse),
    one("zech", "Zech", Word, Verse),
    one("mal", "Mal", Word, Verse),
    one("matt", "Matt", Person, Verse),
    one("mt", "Matt", Word, Verse),
    one("mk", "Mark", Word, Verse),
    one("lk", "Luke", Word, Verse),
    john("jn", Verse),
    one("rom", "Rom", Word, Verse),
    many("cor", CORINTHIANS, Word, Verse),
    one("gal", "Gal", Word, Verse),
    one("eph", "Eph", Word, Verse),
    one("phil", "Phil", Person, Verse),
    one("col", "Col", Word, Verse),
    many("thess", THESSALONIANS, Word, Verse),
    many("thes", THESSALONIANS, Word, Verse),
    many("tim", TIMOTHY, Person, Verse),
    one("phlm", "Phlm", Word, Verse),
    one("philem", "Phlm", Word, Verse),
    one("heb", "Heb", Word, Verse),
    one("jas", "Jas", Word, Verse),
    many("pet", PETER, Word, Verse),
    one("rev", "Rev", Word, Verse),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_book_has_a_name_and_every_identifier_in_the_table_is_one() {
        let mut named = [false; Book::COUNT];
        for name in NAMES.iter().chain(ABBREVIATIONS) {
            assert_eq!(name.words, name.words.to_lowercase());
            let books = name.plain().into_iter().chain((1..=3).filter_map(|ordinal| name.numbered(ordinal)));
            for book in books {
                named[book.index()] |= name.need == Nothing;
            }
        }
        assert!(named.iter().all(|&named| named));
    }
}
