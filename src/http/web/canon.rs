//! The canon map: the 66 books in their groups, each with its number and a shade.
//!
//! The number is printed; the shade only helps the eye.

use super::{format, heat, links::Links};
use crate::domain::Book;

/// The groups of the map, as Bibles print them: name, first book, one past the last.
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
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) books: Vec<Cell>,
}

/// A book.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) name: &'static str,
    pub(super) url: String,
    pub(super) count: String,
    /// From 0, not cited, to 5, cited most.
    pub(super) shade: u8,
}

/// The map of such counts, which are in the order of the canon.
pub(super) fn map(counts: &[(Book, i64)], links: &Links) -> Vec<Group> {
    let shades = heat::levels(counts.iter().map(|(_, count)| *count));
    let cell = |(&(book, count), shade): (&(Book, i64), u8)| Cell {
        name: book.name(),
        url: links.book(book),
        count: format::number(count),
        shade,
    };
    let group = |(name, first, end)| Group {
        name,
        books: counts
            .iter()
            .zip(shades.clone())
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
    fn every_book_is_on_the_map_once_and_is_a_link() {
        let counts: Vec<_> = Book::all().map(|book| (book, 1)).collect();
        let map = map(&counts, &Links::default());
        let names: Vec<_> = map.iter().flat_map(|group| &group.books).map(|cell| cell.name).collect();
        assert_eq!(names, Book::all().map(Book::name).collect::<Vec<_>>());
        assert_eq!(map[6].books[0].url, "/book/Rev");
    }
}
