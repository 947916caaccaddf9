//! The heat map of the books of the canon. Each cell shows its count, so that color is not the only carrier of
//! information.

use super::{format, heat, label::GROUPS, links::Links};
use crate::domain::Book;

/// Name of the group of books outside the canon. A soft hyphen lets it wrap in the narrow column.
const OUTSIDE: &str = "Deutero\u{ad}canonical";

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
    /// Level from 0 (not cited) to 5 (cited most).
    pub(super) level: u8,
}

/// Builds the heat map from the counts of the books of the canon, grouped as on the label. Cited books outside the
/// canon form a separate group.
pub(super) fn heat_map(counts: &[(Book, i64)], outside: &[(Book, i64)], links: &Links) -> Vec<BookGroup> {
    let levels = heat::levels(counts.iter().chain(outside).map(|(_, count)| *count));
    let cell = |(&(book, count), level): (&(Book, i64), u8)| BookCell {
        name: book.name(),
        url: links.book(book),
        count: format::number(count),
        level,
    };
    let (levels, outside_levels) = levels.split_at(counts.len());
    let group = |(division, name)| BookGroup {
        name,
        books: counts
            .iter()
            .zip(levels.iter().copied())
            .filter(|((book, _), _)| book.division() == division)
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
            names.sort_unstable();
            expected.sort_unstable();
            assert_eq!(names, expected, "{canon}");
            let has = |group: usize, url: &str| map[group].books.iter().any(|cell| cell.url == url);
            // Acts counts as history, and Revelation as prophecy.
            assert!(has(1, "/book/Acts") && has(3, "/book/Rev"), "{canon}");
            assert_eq!(has(2, "/book/Sir"), canon != Canon::Protestant, "{canon}");
        }
    }

    #[test]
    fn cited_books_outside_the_canon_are_a_group_of_their_own() {
        let sirach = Book::from_osis("Sir").expect("a book");
        let counts: Vec<_> = Book::all().map(|book| (book, 1)).collect();
        let map = heat_map(&counts, &[(sirach, 5)], &Links::default());
        let cell = &map[6].books[0];
        assert_eq!(
            (map.len(), map[6].name, cell.name, cell.count.as_str(), cell.level),
            (7, OUTSIDE, "Sirach", "5", 5)
        );
    }
}
