//! Which books count as Scripture.

use std::{fmt, str::FromStr};

use serde::Serialize;

use super::Book;

/// Which books are part of the manna. References to other books are counted separately, as deuterocanonical.
///
/// Documents do not depend on the canon; only statistics and labels do.
///
/// The books of each canon are those that the preface to the Apocrypha in the New Revised Standard Version (1989) lists
/// for the Roman Catholic Bible and for the Greek Bible. The Catholic list matches that of the Council of Trent, fourth
/// session (1546). According to the same preface, 4 Maccabees is only in an appendix to the Greek Bible, and 2 Esdras
/// only in an appendix to the Slavonic and Latin Bibles. Appendices are not part of a canon.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Canon {
    /// The 66 books.
    #[default]
    Protestant,
    /// The 66 books, Tobit, Judith, 1 and 2 Maccabees, Wisdom, Sirach, Baruch with the Letter of Jeremiah, and the
    /// additions to Daniel and Esther.
    Catholic,
    /// The Catholic books, 1 Esdras (3 Ezra), 3 Maccabees, the Prayer of Manasseh and Psalm 151.
    Orthodox,
}

/// The error for an unknown canon name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no canon has the name {0:?}: use protestant, catholic or orthodox")]
pub struct UnknownCanon(String);

/// OSIS identifiers of the deuterocanonical books in the Catholic canon.
const CATHOLIC: [&str; 12] =
    ["Tob", "Jdt", "AddEsth", "Wis", "Sir", "Bar", "EpJer", "PrAzar", "Sus", "Bel", "1Macc", "2Macc"];

/// OSIS identifiers of the books in the Orthodox canon that the Catholic canon lacks.
const ORTHODOX: [&str; 4] = ["3Macc", "1Esd", "PrMan", "AddPs"];

impl Canon {
    /// All canons.
    pub const ALL: [Self; 3] = [Self::Protestant, Self::Catholic, Self::Orthodox];

    /// Returns the name used in the `CANON` setting.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Protestant => "protestant",
            Self::Catholic => "catholic",
            Self::Orthodox => "orthodox",
        }
    }

    /// Returns whether a book is part of the canon.
    pub fn contains(self, book: Book) -> bool {
        !book.is_deuterocanonical()
            || match self {
                Self::Protestant => false,
                Self::Catholic => CATHOLIC.contains(&book.osis()),
                Self::Orthodox => CATHOLIC.contains(&book.osis()) || ORTHODOX.contains(&book.osis()),
            }
    }

    /// Returns the books of the canon: first the 66, then the deuterocanonical books.
    pub fn books(self) -> impl Iterator<Item = Book> {
        Book::all().chain(self.deuterocanonical())
    }

    /// Returns the deuterocanonical books that are part of the canon.
    pub fn deuterocanonical(self) -> impl Iterator<Item = Book> {
        Book::deuterocanonical().filter(move |book| self.contains(*book))
    }

    /// Returns the number of books as it is usually given, counting an addition as part of the book that it belongs to.
    pub const fn book_count(self) -> usize {
        match self {
            Self::Protestant => Book::COUNT,
            Self::Catholic => 73,
            Self::Orthodox => 76,
        }
    }

    /// Returns the number of distinct books, counted as in [`book_count`](Self::book_count).
    pub fn count_books(self, books: impl IntoIterator<Item = Book>) -> usize {
        let mut wholes: Vec<_> = books.into_iter().map(|book| self.whole(book)).collect();
        wholes.sort_unstable();
        wholes.dedup();
        wholes.len()
    }

    /// Returns the OSIS identifier of a book or, for an addition, of the book that it belongs to.
    fn whole(self, book: Book) -> &'static str {
        match book.osis() {
            "AddEsth" => "Esth",
            "PrAzar" | "Sus" | "Bel" => "Dan",
            // Orthodox Bibles print the letter as a separate book.
            "EpJer" if self == Self::Catholic => "Bar",
            "PrMan" => "2Chr",
            "AddPs" => "Ps",
            osis => osis,
        }
    }
}

impl fmt::Display for Canon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Canon {
    type Err = UnknownCanon;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|canon| canon.name() == name).ok_or_else(|| UnknownCanon(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_canon_has_the_books_of_the_one_before_it_and_as_many_as_it_says() {
        for canon in Canon::ALL {
            assert_eq!(canon.count_books(canon.books()), canon.book_count(), "{canon}");
            assert_eq!(canon.name().parse(), Ok(canon));
        }
        for book in Canon::Catholic.books() {
            assert!(Canon::Orthodox.contains(book), "{book}");
        }
        let beside: Vec<_> = Book::deuterocanonical().filter(|book| !Canon::Orthodox.contains(*book)).collect();
        assert_eq!(beside.iter().map(|book| book.osis()).collect::<Vec<_>>(), ["4Macc", "2Esd"]);
        assert_eq!(Canon::Protestant.books().collect::<Vec<_>>(), Book::all().collect::<Vec<_>>());
    }

    #[test]
    fn every_listed_book_exists() {
        for osis in CATHOLIC.into_iter().chain(ORTHODOX) {
            assert!(Book::from_osis(osis).is_ok_and(Book::is_deuterocanonical), "{osis}");
        }
        assert!("Catholic".parse::<Canon>().is_err());
    }

    #[test]
    fn an_addition_counts_as_part_of_its_book() {
        let books =
            |names: &[&str]| names.iter().map(|osis| Book::from_osis(osis).expect("a book")).collect::<Vec<_>>();
        assert_eq!(Canon::Catholic.count_books(books(&["Dan", "Sus", "Bel", "Bar", "EpJer", "Sir"])), 3);
        assert_eq!(Canon::Orthodox.count_books(books(&["Bar", "EpJer", "Ps", "AddPs"])), 3);
    }
}
