//! Versification of the deuterocanonical books, and of what the Greek and Latin Bibles add to Daniel and Esther.
//!
//! The counts are those of the New Revised Standard Version or of the Vulgate, whichever has more verses: a preacher may
//! cite either, so a verse exists if it exists in one of them.

/// The verses of each chapter, in the order of [`Book::deuterocanonical`](crate::Book::deuterocanonical).
#[rustfmt::skip]
pub(super) const VERSES: [&[u16]; crate::Book::DEUTEROCANONICAL_COUNT] = [
    // Tobit
    &[25, 23, 25, 23, 28, 22, 20, 24, 12, 14, 21, 22, 23, 17],
    // Judith
    &[16, 28, 15, 17, 29, 21, 32, 36, 19, 23, 23, 20, 31, 19, 15, 31],
    // Additions to Esther, in the chapters of Greek Esther
    &[22, 23, 15, 17, 14, 14, 10, 17, 32, 13, 12, 6, 18, 19, 16, 24],
    // Wisdom
    &[16, 25, 19, 20, 24, 27, 30, 21, 19, 21, 27, 27, 19, 31, 19, 29, 21, 25, 22],
    // Sirach
    &[
        40, 23, 34, 36, 18, 37, 40, 22, 25, 34, 36, 19, 32, 27, 22, 31, 32, 33, 30, 33, 31, 33, 38, 47, 36, 29, 33, 30, 35,
        27, 42, 28, 33, 31, 26, 31, 34, 39, 41, 32, 28, 26, 37, 27, 31, 23, 31, 28, 19, 31, 38,
    ],
    // Baruch, with the Letter of Jeremiah as chapter 6
    &[22, 35, 38, 37, 9, 73],
    // Letter of Jeremiah
    &[73],
    // Prayer of Azariah and Song of the Three Young Men
    &[68],
    // Susanna
    &[64],
    // Bel and the Dragon
    &[42],
    // 1 Maccabees
    &[67, 70, 60, 61, 68, 63, 50, 32, 73, 89, 74, 54, 54, 49, 41, 24],
    // 2 Maccabees
    &[36, 33, 40, 50, 27, 31, 42, 36, 29, 38, 38, 46, 26, 46, 40],
    // 3 Maccabees
    &[29, 33, 30, 21, 51, 41, 23],
    // 4 Maccabees
    &[35, 24, 21, 26, 38, 35, 23, 29, 32, 21, 27, 19, 27, 20, 32, 25, 24, 24],
    // 1 Esdras
    &[58, 31, 24, 63, 73, 34, 15, 96, 55],
    // 2 Esdras
    &[40, 48, 36, 52, 56, 59, 140, 63, 47, 60, 46, 51, 58, 48, 63, 78],
    // Prayer of Manasseh
    &[15],
    // Psalm 151
    &[7],
];

/// Returns where an addition to Daniel or Esther is in the deuterocanonical book that consists of it: the book's OSIS identifier,
/// the chapter and the verse. Daniel 13:22 is Susanna 22. Returns `None` for other places, such as Daniel 3:91, which is
/// Daniel 3:24 in the King James Version.
pub(super) fn own_book(osis: &str, chapter: u16, verse: Option<u16>) -> Option<(&'static str, u16, Option<u16>)> {
    match (osis, chapter, verse) {
        // Verse 52 is two verses of the Prayer of Azariah, 29 and 30.
        ("Dan", 3, Some(verse @ 24..=52)) => Some(("PrAzar", 1, Some(verse - 23))),
        ("Dan", 3, Some(verse @ 53..=90)) => Some(("PrAzar", 1, Some(verse - 22))),
        ("Dan", 13, verse) => Some(("Sus", 1, verse)),
        ("Dan", 14, verse) => Some(("Bel", 1, verse)),
        ("Esth", 10, Some(4..)) | ("Esth", 11..=16, _) => Some(("AddEsth", chapter, verse)),
        _ => None,
    }
}

/// Returns the verses of a chapter of Daniel or Esther in Bibles that include the Greek additions, or 0 if they add nothing
/// to it.
pub(super) fn with_additions(osis: &str, chapter: u16) -> u16 {
    match (osis, chapter) {
        ("Dan", 3) => 100,
        ("Dan", 13) => 64,
        ("Dan", 14) => 42,
        ("Esth", 10) => 13,
        ("Esth", 11) => 12,
        ("Esth", 12) => 6,
        ("Esth", 13) => 18,
        ("Esth", 14) => 19,
        ("Esth", 15) => 16,
        ("Esth", 16) => 24,
        _ => 0,
    }
}
