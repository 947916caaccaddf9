//! The heat map of the 66 books. Each cell shows its count, so color is not the only carrier of information.

use super::{format, heat, label::GROUPS, links::Links};
use crate::domain::Book;

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

/// Builds the heat map from counts in the order of the canon. The books are grouped as on the label.
pub(super) fn heat_map(counts: &[(Book, i64)], links: &Links) -> Vec<BookGroup> {
    let levels = heat::levels(counts.iter().map(|(_, count)| *count));
    let cell = |(&(book, count), level): (&(Book, i64), u8)| BookCell {
        name: book.name(),
        url: links.book(book),
        count: format::number(count),
        level,
    };
    let group = |(division, name)| BookGroup {
        name,
        books: counts
            .iter()
            .zip(levels.clone())
            .filter(|((book, _), _)| book.division() == division)
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
        let mut names: Vec<_> = map.iter().flat_map(|group| &group.books).map(|cell| cell.name).collect();
        names.sort_unstable();
        let mut all: Vec<_> = Book::all().map(Book::name).collect();
        all.sort_unstable();
        assert_eq!(names, all);
        let last = |group: usize| map[group].books.last().map(|cell| cell.url.as_str());
        // Acts is a book of history, and Revelation a book of prophecy.
        assert_eq!((last(1), last(3)), (Some("/book/Acts"), Some("/book/Rev")));
    }
}
