//! The heat map of the 66 books. Each cell shows its count, so color is not the only carrier of information.

use super::{format, heat, links::Links};
use crate::domain::Book;

/// The groups of books, as printed in Bibles: name, index of the first book, and index after the last one.
const GROUPS: [(&str, usize, usize); 7] = [
    ("Law", 0, 5),
    ("History", 5, 17),
    ("Poetry", 17, 22),
    ("Prophets", 22, 39),
    ("Gospels, Acts", 39, 44),
    ("Letters", 44, 65),
    ("Revelation", 65, 66),
];

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

/// Builds the heat map from counts in the order of the canon.
pub(super) fn heat_map(counts: &[(Book, i64)], links: &Links) -> Vec<BookGroup> {
    let levels = heat::levels(counts.iter().map(|(_, count)| *count));
    let cell = |(&(book, count), level): (&(Book, i64), u8)| BookCell {
        name: book.name(),
        url: links.book(book),
        count: format::number(count),
        level,
    };
    let group = |(name, first, end)| BookGroup {
        name,
        books: counts
            .iter()
            .zip(levels.clone())
            .filter(|((book, _), _)| (first..end).contains(&book.index()))
            .map(cell)
            .collect(),
    };
    GROUPS.map(group).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_book_is_on_the_map_once_with_a_link() {
        let counts: Vec<_> = Book::all().map(|book| (book, 1)).collect();
        let map = heat_map(&counts, &Links::default());
        let names: Vec<_> = map.iter().flat_map(|group| &group.books).map(|cell| cell.name).collect();
        assert_eq!(names, Book::all().map(Book::name).collect::<Vec<_>>());
        assert_eq!(map[6].books[0].url, "/book/Rev");
    }
}
