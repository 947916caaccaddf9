//! The canon map: the 66 books in their groups, each with its number and a shade.
//!
//! Shades go by quantile: every shade has about as many books, so that one book that is cited ten times as often as the
//! others does not make them all pale. The number is printed; the shade only helps the eye.

use super::{format, links::Links};
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

/// Shades of books that are cited; a book that is not has shade 0.
const SHADES: usize = 5;

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
    pub(super) shade: usize,
}

/// The map of such counts, which are in the order of the canon.
pub(super) fn map(counts: &[(Book, i64)], links: &Links) -> Vec<Group> {
    let mut sorted: Vec<i64> = counts.iter().map(|(_, count)| *count).filter(|count| *count > 0).collect();
    sorted.sort_unstable();
    let cell = |&(book, count): &(Book, i64)| Cell {
        name: book.name(),
        url: links.book(book),
        count: format::number(count),
        shade: shade(count, &sorted),
    };
    let group = |(name, first, end)| Group {
        name,
        books: counts.iter().filter(|(book, _)| (first..end).contains(&book.index())).map(cell).collect(),
    };
    GROUPS.map(group).into()
}

/// The shade of a count among all counts that are not 0, sorted.
fn shade(count: i64, sorted: &[i64]) -> usize {
    if count <= 0 || sorted.is_empty() {
        return 0;
    }
    // Equal counts have equal shades: that of the last of them.
    let not_more = sorted.partition_point(|other| *other <= count);
    (not_more * SHADES).div_ceil(sorted.len()).clamp(1, SHADES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outlier_leaves_the_others_their_shades() {
        let sorted = [1, 2, 3, 4, 10_000];
        assert_eq!([0, 1, 2, 3, 4, 10_000].map(|count| shade(count, &sorted)), [0, 1, 2, 3, 4, 5]);
        assert_eq!(shade(7, &[7, 7, 7]), 5);
        assert_eq!(shade(0, &[]), 0);
    }

    #[test]
    fn every_book_is_on_the_map_once_and_is_a_link() {
        let counts: Vec<_> = Book::all().map(|book| (book, 1)).collect();
        let map = map(&counts, &Links::default());
        let names: Vec<_> = map.iter().flat_map(|group| &group.books).map(|cell| cell.name).collect();
        assert_eq!(names, Book::all().map(Book::name).collect::<Vec<_>>());
        assert_eq!(map[6].books[0].url, "/book/Rev");
    }
}
