//! Places that exist only in the numbering of the Hebrew Bible, which many Catholic Bibles follow.

use crate::Book;

/// Verses that the King James Version does not have under these numbers: the book, the chapter, the first and last verse,
/// and the chapter and verse at which the first one is in the King James Version.
#[rustfmt::skip]
const VERSES: &[(&str, u16, u16, u16, u16, u16)] = &[
    ("Gen", 32, 33, 33, 32, 32),
    ("Exod", 7, 26, 29, 8, 1),
    ("Exod", 21, 37, 37, 22, 1),
    ("Lev", 5, 20, 26, 6, 1),
    ("Num", 17, 14, 15, 16, 49),
    ("Num", 17, 16, 28, 17, 1),
    ("Num", 30, 17, 17, 30, 16),
    ("Deut", 13, 19, 19, 13, 18),
    ("Deut", 23, 26, 26, 23, 25),
    ("Deut", 28, 69, 69, 29, 1),
    ("1Sam", 21, 16, 16, 21, 15),
    ("1Sam", 24, 23, 23, 24, 22),
    ("2Sam", 19, 44, 44, 19, 43),
    ("1Kgs", 5, 19, 32, 5, 5),
    ("2Kgs", 12, 22, 22, 12, 21),
    ("1Chr", 5, 27, 41, 6, 1),
    ("1Chr", 12, 41, 41, 12, 40),
    ("2Chr", 1, 18, 18, 2, 1),
    ("2Chr", 13, 23, 23, 14, 1),
    ("Neh", 3, 33, 38, 4, 1),
    ("Neh", 10, 40, 40, 10, 39),
    ("Job", 40, 25, 32, 41, 1),
    ("Eccl", 4, 17, 17, 5, 1),
    ("Song", 7, 14, 14, 7, 13),
    ("Isa", 8, 23, 23, 9, 1),
    ("Jer", 8, 23, 23, 9, 1),
    ("Ezek", 21, 33, 37, 21, 28),
    ("Dan", 6, 29, 29, 6, 28),
    ("Hos", 2, 24, 25, 2, 22),
    ("Hos", 12, 15, 15, 12, 14),
    ("Hos", 14, 10, 10, 14, 9),
    ("Joel", 4, 1, 21, 3, 1),
    ("Jonah", 2, 11, 11, 2, 10),
    ("Mic", 4, 14, 14, 5, 1),
    ("Nah", 2, 14, 14, 2, 13),
    ("Zech", 2, 14, 17, 2, 10),
    ("Mal", 3, 19, 24, 4, 1),
    ("Rev", 12, 18, 18, 13, 1),
];

/// The psalms whose title is a verse of its own, and those in which it takes two.
#[rustfmt::skip]
const TITLED_PSALMS: &[u16] = &[
    3, 4, 5, 6, 7, 8, 9, 12, 18, 19, 20, 21, 22, 30, 31, 34, 36, 38, 39, 40, 41, 42, 44, 45, 46, 47, 48, 49, 53, 55, 56,
    57, 58, 59, 61, 62, 63, 64, 65, 67, 68, 69, 70, 75, 76, 77, 80, 81, 83, 84, 85, 88, 89, 92, 102, 108, 140, 142,
];
const TWICE_TITLED_PSALMS: &[u16] = &[51, 52, 54, 60];

/// Returns where the King James Version has a chapter or verse that exists only in the Hebrew numbering: Joel 4 is chapter 3,
/// and Malachi 3:19-24 is chapter 4.
pub(crate) fn from_hebrew(book: Book, chapter: u16, verse: Option<u16>) -> Option<(u16, Option<u16>)> {
    let osis = book.osis();
    let Some(verse) = verse else { return (osis == "Joel" && chapter == 4).then_some((3, None)) };
    if osis == "Ps" {
        let last = super::verses(book, chapter);
        let is_later = verse > last && verse <= last + title_verses(chapter);
        return is_later.then(|| (chapter, Some(verse - title_verses(chapter))));
    }
    let found = VERSES.iter().find(|&&(known, in_chapter, first, last, ..)| {
        in_chapter == chapter && (first..=last).contains(&verse) && known == osis
    });
    found.map(|&(_, _, first, _, to_chapter, to_verse)| (to_chapter, Some(verse - first + to_verse)))
}

/// Returns how many verses of the Hebrew numbering a psalm's title takes up. The King James Version does not number titles.
pub(crate) fn title_verses(psalm: u16) -> u16 {
    if TWICE_TITLED_PSALMS.contains(&psalm) { 2 } else { u16::from(TITLED_PSALMS.contains(&psalm)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon;

    #[test]
    fn the_table_has_only_verses_that_the_king_james_version_lacks_and_leads_to_verses_that_it_has() {
        for &(osis, chapter, first, last, to_chapter, to_verse) in VERSES {
            let book = Book::from_osis(osis).expect("a book");
            assert!(!canon::has_verse(book, chapter, first), "{osis} {chapter}:{first}");
            for verse in first..=last {
                let place = from_hebrew(book, chapter, Some(verse));
                assert_eq!(place, Some((to_chapter, Some(verse - first + to_verse))));
                assert!(canon::has_verse(book, to_chapter, verse - first + to_verse), "{osis} {chapter}:{verse}");
            }
        }
    }

    #[test]
    fn the_title_of_a_psalm_shifts_its_last_verses() {
        let psalms = Book::from_osis("Ps").expect("a book");
        let places = |psalm, verse| from_hebrew(psalms, psalm, Some(verse));
        assert_eq!(
            (places(51, 21), places(51, 20), places(51, 22)),
            (Some((51, Some(19))), Some((51, Some(18))), None)
        );
        assert_eq!((places(51, 19), places(23, 7), places(34, 23)), (None, None, Some((34, Some(22)))));
    }

    #[test]
    fn places_in_both_numberings_stay() {
        let book = |osis| Book::from_osis(osis).expect("a book");
        assert_eq!(from_hebrew(book("Joel"), 4, None), Some((3, None)));
        assert_eq!((from_hebrew(book("Joel"), 3, Some(1)), from_hebrew(book("Mal"), 3, Some(18))), (None, None));
    }
}
