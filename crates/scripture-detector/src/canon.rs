//! Versification: how many chapters a book has, and how many verses a chapter.
//!
//! The counts come from the crate `bibleref` (they are those of the King James Version), looked up once
//! into one flat table. Knows nothing of names, texts or references.

use std::sync::LazyLock;

use bibleref::bible::{
    BibleBook,
    validate::{get_number_of_chapters, get_number_of_verses},
};

use crate::Book;

/// The verses of every chapter, book after book.
struct Canon {
    /// Where a book's chapters begin in `verses`; one more than there are books.
    first: [usize; Book::COUNT + 1],
    verses: Vec<u16>,
    /// How many verses stand before each chapter.
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
    // 3 John ends with its 14th verse in the King James Version and with a 15th in most others.
    let third_john = canon.first[63];
    canon.verses[third_john] = canon.verses[third_john].max(15);
    let mut total = 0;
    for verses in &canon.verses {
        canon.before.push(total);
        total += usize::from(*verses);
    }
    canon
});

/// How many chapters a book has.
pub(super) fn chapters(book: Book) -> u16 {
    let first = &CANON.first;
    u16::try_from(first[book.index() + 1] - first[book.index()]).expect("no book has more than 150 chapters")
}

/// How many verses a chapter has; 0 for one that does not exist.
pub(super) fn verses(book: Book, chapter: u16) -> u16 {
    if chapter == 0 || chapter > chapters(book) {
        return 0;
    }
    CANON.verses[CANON.first[book.index()] + usize::from(chapter) - 1]
}

/// Whether a verse exists.
pub(super) fn has_verse(book: Book, chapter: u16, verse: u16) -> bool {
    verse > 0 && verse <= verses(book, chapter)
}

/// The place of a verse among all, from 0; none for one that does not exist.
pub(super) fn place(book: Book, chapter: u16, verse: u16) -> Option<usize> {
    let exists = has_verse(book, chapter, verse);
    let chapter = || CANON.first[book.index()] + usize::from(chapter) - 1;
    exists.then(|| CANON.before[chapter()] + usize::from(verse) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canon_has_1189_chapters_and_as_many_verses_as_the_printed_ones() {
        let chapters_of = |book| 1..=chapters(book);
        assert_eq!(Book::all().map(|book| u32::from(chapters(book))).sum::<u32>(), 1189);
        let total: u32 = Book::all().flat_map(|book| chapters_of(book).map(move |c| u32::from(verses(book, c)))).sum();
        assert_eq!(total, 31_102 + 1, "31,102 of the King James Version, and 3 John 15");
    }

    #[test]
    fn the_order_of_the_books_is_ours() {
        let book = |osis| Book::from_osis(osis).expect("a book");
        assert_eq!(chapters(book("Ps")), 150);
        assert_eq!(verses(book("Ps"), 119), 176);
        assert_eq!(verses(book("Rev"), 22), 21);
        assert_eq!(verses(book("3John"), 1), 15);
        assert_eq!((verses(book("Jude"), 1), verses(book("Jude"), 2), verses(book("Jude"), 0)), (25, 0, 0));
    }
}
