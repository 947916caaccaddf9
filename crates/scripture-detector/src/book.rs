//! The 66 books of the Protestant canon, and the deuterocanonical books.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A book of the Bible: one of the 66 of the Protestant canon, or a deuterocanonical one.
///
/// Books are ordered as in the canon and are serialized as their English names.
///
/// # Examples
///
/// ```
/// use scripture_detector::{Book, Testament};
///
/// let book = Book::from_osis("1Cor")?;
/// assert_eq!(book.name(), "1 Corinthians");
/// assert_eq!(book.testament(), Testament::New);
/// assert_eq!(Book::all().len(), 66);
/// # Ok::<(), scripture_detector::UnknownBook>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Book(u8);

/// No book of the Bible has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no book of the Bible has the name {0:?}")]
pub struct UnknownBook(String);

/// The Old or New Testament.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Testament {
    /// Genesis to Malachi.
    Old,
    /// Matthew to Revelation.
    New,
}

/// The traditional divisions of the canon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Division {
    /// Genesis to Deuteronomy.
    Law,
    /// Joshua to Esther, and Acts.
    History,
    /// Job to Song of Solomon.
    Poetry,
    /// Isaiah to Malachi, and Revelation.
    Prophets,
    /// Matthew to John.
    Gospels,
    /// Romans to Jude.
    Letters,
}

/// OSIS identifier (OSIS 2.1.1 user's manual, appendix C) and English name of each book.
const NAMES: [(&str, &str); Book::COUNT + Book::DEUTEROCANONICAL_COUNT] = [
    ("Gen", "Genesis"),
    ("Exod", "Exodus"),
    ("Lev", "Leviticus"),
    ("Num", "Numbers"),
    ("Deut", "Deuteronomy"),
    ("Josh", "Joshua"),
    ("Judg", "Judges"),
    ("Ruth", "Ruth"),
    ("1Sam", "1 Samuel"),
    ("2Sam", "2 Samuel"),
    ("1Kgs", "1 Kings"),
    ("2Kgs", "2 Kings"),
    ("1Chr", "1 Chronicles"),
    ("2Chr", "2 Chronicles"),
    ("Ezra", "Ezra"),
    ("Neh", "Nehemiah"),
    ("Esth", "Esther"),
    ("Job", "Job"),
    ("Ps", "Psalms"),
    ("Prov", "Proverbs"),
    ("Eccl", "Ecclesiastes"),
    ("Song", "Song of Solomon"),
    ("Isa", "Isaiah"),
    ("Jer", "Jeremiah"),
    ("Lam", "Lamentations"),
    ("Ezek", "Ezekiel"),
    ("Dan", "Daniel"),
    ("Hos", "Hosea"),
    ("Joel", "Joel"),
    ("Amos", "Amos"),
    ("Obad", "Obadiah"),
    ("Jonah", "Jonah"),
    ("Mic", "Micah"),
    ("Nah", "Nahum"),
    ("Hab", "Habakkuk"),
    ("Zeph", "Zephaniah"),
    ("Hag", "Haggai"),
    ("Zech", "Zechariah"),
    ("Mal", "Malachi"),
    ("Matt", "Matthew"),
    ("Mark", "Mark"),
    ("Luke", "Luke"),
    ("John", "John"),
    ("Acts", "Acts"),
    ("Rom", "Romans"),
    ("1Cor", "1 Corinthians"),
    ("2Cor", "2 Corinthians"),
    ("Gal", "Galatians"),
    ("Eph", "Ephesians"),
    ("Phil", "Philippians"),
    ("Col", "Colossians"),
    ("1Thess", "1 Thessalonians"),
    ("2Thess", "2 Thessalonians"),
    ("1Tim", "1 Timothy"),
    ("2Tim", "2 Timothy"),
    ("Titus", "Titus"),
    ("Phlm", "Philemon"),
    ("Heb", "Hebrews"),
    ("Jas", "James"),
    ("1Pet", "1 Peter"),
    ("2Pet", "2 Peter"),
    ("1John", "1 John"),
    ("2John", "2 John"),
    ("3John", "3 John"),
    ("Jude", "Jude"),
    ("Rev", "Revelation"),
    ("Tob", "Tobit"),
    ("Jdt", "Judith"),
    ("AddEsth", "Additions to Esther"),
    ("Wis", "Wisdom"),
    ("Sir", "Sirach"),
    ("Bar", "Baruch"),
    ("EpJer", "Letter of Jeremiah"),
    ("PrAzar", "Prayer of Azariah"),
    ("Sus", "Susanna"),
    ("Bel", "Bel and the Dragon"),
    ("1Macc", "1 Maccabees"),
    ("2Macc", "2 Maccabees"),
    ("3Macc", "3 Maccabees"),
    ("4Macc", "4 Maccabees"),
    ("1Esd", "1 Esdras"),
    ("2Esd", "2 Esdras"),
    ("PrMan", "Prayer of Manasseh"),
    ("AddPs", "Psalm 151"),
];

impl Book {
    /// The number of books of the Protestant canon.
    pub const COUNT: usize = 66;

    /// The number of deuterocanonical books.
    pub const DEUTEROCANONICAL_COUNT: usize = 18;

    /// Returns the book at a position in the canon, counted from 0. The deuterocanonical books follow after the 66.
    pub const fn from_index(index: usize) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "the index is below 84")]
        if index < Self::COUNT + Self::DEUTEROCANONICAL_COUNT { Some(Self(index as u8)) } else { None }
    }

    /// Returns the 66 books of the Protestant canon in their order.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        (0..66_u8).map(Self)
    }

    /// Returns the deuterocanonical books: those that Catholic or Orthodox Bibles have in addition.
    pub fn deuterocanonical() -> impl ExactSizeIterator<Item = Self> {
        (66..84_u8).map(Self)
    }

    /// Returns whether the book is not one of the 66 of the Protestant canon.
    pub const fn is_deuterocanonical(self) -> bool {
        self.0 >= 66
    }

    /// Returns whether the book is one of the four gospels.
    pub(crate) fn is_gospel(self) -> bool {
        matches!(self.osis(), "Matt" | "Mark" | "Luke" | "John")
    }

    /// Returns the position in the canon, counted from 0; deuterocanonical books have 66 and more.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Returns the book with an OSIS identifier such as `1Cor`.
    pub fn from_osis(osis: &str) -> Result<Self, UnknownBook> {
        Self::all()
            .chain(Self::deuterocanonical())
            .find(|book| book.osis() == osis)
            .ok_or_else(|| UnknownBook(osis.to_owned()))
    }

    /// Returns the book with an English name such as `1 Corinthians`. `Psalm` is accepted for `Psalms`.
    pub fn from_name(name: &str) -> Result<Self, UnknownBook> {
        let name = if name == "Psalm" { "Psalms" } else { name };
        Self::all()
            .chain(Self::deuterocanonical())
            .find(|book| book.name() == name)
            .ok_or_else(|| UnknownBook(name.to_owned()))
    }

    /// Returns the OSIS identifier, such as `1Cor`.
    pub const fn osis(self) -> &'static str {
        NAMES[self.0 as usize].0
    }

    /// Returns the English name, such as `1 Corinthians`.
    pub const fn name(self) -> &'static str {
        NAMES[self.0 as usize].1
    }

    /// Returns the English name as written before a chapter: `Psalm` for `Psalms`, otherwise [`name`](Self::name).
    pub const fn citation_name(self) -> &'static str {
        if self.0 == 18 { "Psalm" } else { self.name() }
    }

    /// Returns the testament that the book belongs to. Deuterocanonical books belong to the Old Testament.
    pub const fn testament(self) -> Testament {
        if self.0 < 39 || self.is_deuterocanonical() { Testament::Old } else { Testament::New }
    }

    /// Returns the division that the book belongs to.
    pub const fn division(self) -> Division {
        match self.0 {
            0..=4 => Division::Law,
            5..=16 | 43 | 66..=68 | 76..=81 => Division::History,
            17..=21 | 69 | 70 | 82 | 83 => Division::Poetry,
            22..=38 | 65 | 71..=75 => Division::Prophets,
            39..=42 => Division::Gospels,
            _ => Division::Letters,
        }
    }
}

impl fmt::Display for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Book {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Book {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::from_name(&name).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_book_can_be_looked_up_by_its_index_and_names() {
        for book in Book::all() {
            assert_eq!(Book::from_osis(book.osis()), Ok(book));
            assert_eq!(Book::from_name(book.name()), Ok(book));
            assert_eq!(Book::from_index(book.index()), Some(book));
        }
        assert_eq!(Book::all().len(), Book::COUNT);
        for book in Book::deuterocanonical() {
            assert_eq!((Book::from_osis(book.osis()), Book::from_name(book.name())), (Ok(book), Ok(book)));
            assert!(book.is_deuterocanonical() && Book::from_index(book.index()) == Some(book));
        }
        assert_eq!(Book::deuterocanonical().len(), Book::DEUTEROCANONICAL_COUNT);
        assert_eq!(Book::from_index(84), None);
    }

    #[test]
    fn psalm_and_psalms_are_the_same_book() {
        assert_eq!(Book::from_name("Psalm"), Book::from_name("Psalms"));
        let singular: Vec<_> = Book::all().filter(|book| book.citation_name() != book.name()).collect();
        assert_eq!(singular, [Book::from_osis("Ps").expect("a book")]);
    }

    #[test]
    fn testaments_and_divisions_have_the_right_number_of_books() {
        assert_eq!(Book::all().filter(|book| book.testament() == Testament::Old).count(), 39);
        assert_eq!(Book::all().filter(|book| book.division() == Division::Letters).count(), 21);
        assert_eq!(Book::all().filter(|book| book.division() == Division::Prophets).count(), 18);
    }
}
