//! The heat map of the books of the canon. Each cell shows its count, so color is not the only carrier of information.

use std::ops::Range;

use super::{format, heat, links::Links};
use crate::domain::{Book, Division};

/// A group of books, as printed in Bibles.
struct Group {
    name: &'static str,
    /// The indexes of its books among the 66.
    books: Range<usize>,
    /// The division whose deuterocanonical books follow them.
    deuterocanon: Option<Division>,
}

const GROUPS: [Group; 7] = [
    Group { name: "Law", books: 0..5, deuterocanon: None },
    Group { name: "History", books: 5..17, deuterocanon: Some(Division::History) },
    Group { name: "Poetry", books: 17..22, deuterocanon: Some(Division::Poetry) },
    Group { name: "Prophets", books: 22..39, deuterocanon: Some(Division::Prophets) },
    Group { name: "Gospels, Acts", books: 39..44, deuterocanon: None },
    Group { name: "Letters", books: 44..65, deuterocanon: None },
    Group { name: "Revelation", books: 65..66, deuterocanon: None },
];

/// The name of the group of books outside the canon. A soft hyphen lets it wrap in the narrow column.
const OUTSIDE: &str = "Deutero\u{ad}canonical";

impl Group {
    fn contains(&self, book: Book) -> bool {
        if book.is_deuterocanonical() {
            self.deuterocanon == Some(book.division())
        } else {
            self.books.contains(&book.index())
        }
    }
}

/// A group of books.
#[derive(Debug)]
pub(super) struct BookGroup {
    pub(super) name: &'static str,
    pub(super) books: Vec<BookCell>,
}

/// The cell of a book.
#[derive(Debug)]
pub(super) struct BookCell {
    pub(super) name: &'static str,
    pub(super) url: String,
    pub(super) count: String,
    /// From 0 (not cited) to 5 (cited most).
    pub(super) level: u8,
}

/// Builds the heat map from the counts of the books of the canon. The cited books outside it are a group of their own.
pub(super) fn heat_map(counts: &[(Book, i64)], outside: &[(Book, i64)], links: &Links) -> Vec<BookGroup> {
    let levels = heat::levels(counts.iter().chain(outside).map(|(_, count)| *count));
    let cell = |(&(book, count), level): (&(Book, i64), u8)| BookCell {
        name: book.name(),
        url: links.book(book),
        count: format::number(count),
        level,
    };
    let (levels, outside_levels) = levels.split_at(counts.len());
    let group = |group: Group| BookGroup {
        name: group.name,
        books: counts
            .iter()
            .zip(levels.iter().copied())
            .filter(|((book, _), _)| group.contains(*book))
            .map(cell)
            .collect(),
    };
    let mut groups: Vec<_> = GROUPS.into_iter().map(group).collect();
    if !outside.is_empty() {
        groups.push(BookGroup {
            name: OUTSIDE,
            books: outside.iter().zip(outside_levels.iter().copied()).map(cell).collect(),
        });
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Canon;

    #[test]
    fn every_book_of_a_canon_is_on_the_map_once_with_a_link() {
        for canon in Canon::ALL {
            let counts: Vec<_> = canon.books().map(|book| (book, 1)).collect();
            let map = heat_map(&counts, &[], &Links::default());
            let mut names: Vec<_> = map.iter().flat_map(|group| &group.books).map(|cell| cell.name).collect();
            let mut expected: Vec<_> = canon.books().map(Book::name).collect();
            if canon == Canon::Protestant {
                assert_eq!(names, expected);
            }
            names.sort_unstable();
            expected.sort_unstable();
            assert_eq!(names, expected, "{canon}");
            assert_eq!(map[6].books[0].url, "/book/Rev");
        }
    }

    #[test]
    fn cited_books_outside_the_canon_are_a_group_of_their_own() {
        let sirach = Book::from_osis("Sir").expect("a book");
        let counts: Vec<_> = Book::all().map(|book| (book, 1)).collect();
        let map = heat_map(&counts, &[(sirach, 5)], &Links::default());
        let cell = &map[7].books[0];
        assert_eq!(
            (map.len(), map[7].name, cell.name, cell.count.as_str(), cell.level),
            (8, OUTSIDE, "Sirach", "5", 5)
        );
    }
}
