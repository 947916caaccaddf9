//! Versification: the number of chapters in each book and of verses in each chapter.
//!
//! The counts of the 66 books are those of the King James Version, from the `bibleref` crate, copied into one flat table on first use.

mod deuterocanon;
mod hebrew;

use std::sync::LazyLock;

use bibleref::bible::{
    BibleBook,
    validate::{get_number_of_chapters, get_number_of_verses},
};

use crate::Book;
pub(super) use hebrew::{from_hebrew, title_verses};

struct Canon {
    /// The index in `verses` of the first chapter of each book, and the total number of chapters.
    first: [usize; Book::COUNT + 1],
    /// The number of verses in each chapter of the canon.
    verses: Vec<u16>,
    /// The number of verses before each chapter of the canon.
    before: Vec<usize>,
}

static CANON: LazyLock<Canon> = LazyLock::new(|| {
    let mut canon = Canon { first: [0; Book::COUNT + 1], verses: Vec::with_capacity(1189), before: Vec::new() };
    for (index, book) in BibleBook::all().iter().enumerate() {
        let chapters = (1..=get_number_of_chapters(book))
            .map(|chapter| u16::from(get_number_of_verses(book, &chapter).expect("the chapter was just counted")));
        canon.verses.extend(chapters);
        canon.first[index + 1] = canon.verses.len();
    }
    // The King James Version has 14 verses in 3 John; most other translations split the last one in two.
    let third_john = canon.first[63];
    canon.verses[third_john] = canon.verses[third_john].max(15);
    let mut total = 0;
    for verses in &canon.verses {
        canon.before.push(total);
        total += usize::from(*verses);
    }
    canon
});

/// Returns the number of chapters in a book.
pub(super) fn chapters(book: Book) -> u16 {
    if let Some(verses) = deuterocanonical_verses(book) {
        return u16::try_from(verses.len()).expect("no book has more than 51 chapters");
    }
    let first = &CANON.first;
    u16::try_from(first[book.index() + 1] - first[book.index()]).expect("no book has more than 150 chapters")
}

/// Returns the number of verses in a chapter, or 0 if the chapter does not exist.
pub(super) fn verses(book: Book, chapter: u16) -> u16 {
    if chapter == 0 || chapter > chapters(book) {
        return 0;
    }
    if let Some(verses) = deuterocanonical_verses(book) {
        return verses[usize::from(chapter) - 1];
    }
    CANON.verses[CANON.first[book.index()] + usize::from(chapter) - 1]
}

/// Returns the verses of each chapter of a deuterocanonical book.
fn deuterocanonical_verses(book: Book) -> Option<&'static [u16]> {
    deuterocanon::VERSES.get(book.index().checked_sub(Book::COUNT)?).copied()
}

/// Returns whether a verse exists.
pub(super) fn has_verse(book: Book, chapter: u16, verse: u16) -> bool {
    verse > 0 && (verse <= verses(book, chapter) || verse <= deuterocanon::with_additions(book.osis(), chapter))
}

/// Returns whether a chapter exists, in Bibles with the Greek additions to Daniel and Esther too.
pub(super) fn has_chapter(book: Book, chapter: u16) -> bool {
    has_verse(book, chapter, 1)
}

/// Returns whether a chapter or verse exists only in Bibles with the Greek additions to Daniel and Esther.
pub(super) fn is_addition(book: Book, chapter: u16, verse: Option<u16>) -> bool {
    verse.unwrap_or(1) > verses(book, chapter) && has_verse(book, chapter, verse.unwrap_or(1))
}

/// Returns where an addition to Daniel or Esther is in its own deuterocanonical book: Daniel 13:22 is Susanna 22.
pub(super) fn own_book(book: Book, chapter: u16, verse: Option<u16>) -> Option<(Book, u16, Option<u16>)> {
    let (osis, chapter, verse) = deuterocanon::own_book(book.osis(), chapter, verse)?;
    Some((Book::from_osis(osis).expect("the table has OSIS identifiers"), chapter, verse))
}

/// Returns the index of a verse among all verses of the canon, or `None` if the verse does not exist.
pub(super) fn verse_index(book: Book, chapter: u16, verse: u16) -> Option<usize> {
    let exists = book.index() < Book::COUNT && verse > 0 && verse <= verses(book, chapter);
    let chapter = || CANON.first[book.index()] + usize::from(chapter) - 1;
    exists.then(|| CANON.before[chapter()] + usize::from(verse) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canon_has_1189_chapters_and_31103_verses() {
        let chapters_of = |book| 1..=chapters(book);
        assert_eq!(Book::all().map(|book| u32::from(chapters(book))).sum::<u32>(), 1189);
        let total: u32 = Book::all().flat_map(|book| chapters_of(book).map(move |c| u32::from(verses(book, c)))).sum();
        assert_eq!(total, 31_102 + 1, "the 31,102 verses of the King James Version and 3 John 15");
    }

    #[test]
    fn deuterocanonical_books_have_their_own_chapters() {
        let book = |osis| Book::from_osis(osis).expect("a book");
        assert_eq!(Book::deuterocanonical().map(chapters).sum::<u16>(), 209);
        assert_eq!((chapters(book("Sir")), chapters(book("Tob")), chapters(book("Sus"))), (51, 14, 1));
        assert!(
            has_verse(book("2Macc"), 12, 46) && !has_verse(book("2Macc"), 12, 47) && !has_verse(book("Wis"), 20, 1)
        );
        assert_eq!(verse_index(book("Sir"), 1, 1), None, "the verse lexicon has the 66 books");
    }

    #[test]
    fn additions_to_daniel_and_esther_exist_without_changing_the_counts() {
        let (daniel, esther) = (Book::from_osis("Dan").expect("a book"), Book::from_osis("Esth").expect("a book"));
        assert_eq!((chapters(daniel), verses(daniel, 3), verses(daniel, 13)), (12, 30, 0));
        assert!(has_verse(daniel, 3, 57) && has_chapter(daniel, 13) && !has_chapter(daniel, 15));
        assert!(is_addition(daniel, 3, Some(57)) && is_addition(daniel, 13, None) && !is_addition(daniel, 3, Some(30)));
        assert!(has_verse(esther, 16, 24) && !has_verse(esther, 4, 18));
        assert_eq!(verse_index(daniel, 3, 57), None);
    }

    #[test]
    fn chapters_and_verses_belong_to_the_right_books() {
        let book = |osis| Book::from_osis(osis).expect("a book");
        assert_eq!(chapters(book("Ps")), 150);
        assert_eq!(verses(book("Ps"), 119), 176);
        assert_eq!(verses(book("Rev"), 22), 21);
        assert_eq!(verses(book("3John"), 1), 15);
        assert_eq!((verses(book("Jude"), 1), verses(book("Jude"), 2), verses(book("Jude"), 0)), (25, 0, 0));
    }
}
