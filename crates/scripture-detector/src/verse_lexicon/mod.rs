//! The verse lexicon: which words each verse has.
//!
//! It helps to decide which of several verses a speaker is reading. It holds the word IDs of each verse in two
//! public-domain translations, without their order, and so contains no text. The `verse-lexicon-tables` crate in the same
//! repository builds `verses.bin`.

mod word;

use std::{ops::RangeInclusive, sync::LazyLock};

use crate::{Book, canon};

/// For each verse in canonical order: the number of words in one byte, then their IDs in two bytes each,
/// little-endian and ascending.
static VERSES: &[u8] = include_bytes!("verses.bin");

/// The most words considered after a mention. Half as many before it are considered.
const MAX_WORDS: usize = 48;

/// The most verses of a range that are considered.
const MAX_RANGE: usize = 12;

/// An index of [`VERSES`].
struct Index {
    /// The offset of each verse in [`VERSES`].
    offsets: Vec<u32>,
    /// The information of each word in tenths of a bit, by word ID. Rare words have more.
    information: Vec<u8>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut offsets = Vec::with_capacity(31_103);
    let mut verse_counts = vec![0_u32; 1 << 16];
    let mut at = 0;
    while let Some(words) = verse_at(at) {
        offsets.push(u32::try_from(at).expect("the table is smaller than 4 GB"));
        for id in word_ids(words) {
            verse_counts[usize::from(id)] += 1;
        }
        at += 1 + words.len();
    }
    let verses = u32::try_from(offsets.len()).expect("the Bible has 31,103 verses");
    let information = verse_counts.iter().map(|&count| tenths_of_bits(verses, count)).collect();
    Index { offsets, information }
});

/// The set of words around a mention.
#[derive(Debug, Clone, Default)]
pub(super) struct WordSet {
    /// Word IDs, ascending and without duplicates.
    ids: Vec<u16>,
    /// A bitmap of the low bytes of the IDs, which rules out most words of a verse quickly.
    low_bytes: [u64; 4],
}

impl WordSet {
    /// Creates the set of the words nearest to a mention: the first ones after it and the last ones before it.
    pub(super) fn new(after: &str, before: &str) -> Self {
        let mut ids: Vec<u16> = Vec::with_capacity(MAX_WORDS * 3 / 2);
        if after.is_ascii() && before.is_ascii() {
            let is_other = |byte: &u8| !byte.is_ascii_alphabetic() && *byte != b'\'';
            ids.extend(after.as_bytes().split(is_other).filter_map(word::letters_id).take(MAX_WORDS));
            ids.extend(before.as_bytes().rsplit(is_other).filter_map(word::letters_id).take(MAX_WORDS / 2));
        } else {
            let is_other = |character: char| !character.is_alphabetic() && !matches!(character, '\'' | '’');
            ids.extend(after.split(is_other).filter_map(word::word_id).take(MAX_WORDS));
            ids.extend(before.rsplit(is_other).filter_map(word::word_id).take(MAX_WORDS / 2));
        }
        ids.sort_unstable();
        ids.dedup();
        let mut low_bytes = [0; 4];
        for id in &ids {
            low_bytes[usize::from(id >> 6 & 3)] |= 1 << (id & 63);
        }
        Self { ids, low_bytes }
    }

    fn contains(&self, id: u16) -> bool {
        self.low_bytes[usize::from(id >> 6 & 3)] >> (id & 63) & 1 == 1 && self.ids.binary_search(&id).is_ok()
    }

    /// Returns the information in bits of the words shared with a verse, or `None` if the verse does not exist.
    pub(super) fn shared_bits(&self, book: Book, chapter: u16, verse: u16) -> Option<u32> {
        self.shared_bits_at(canon::verse_index(book, chapter, verse)?)
    }

    /// Returns the information in bits of the words shared with the best matching verse of a range, or `None` if its first verse
    /// does not exist.
    pub(super) fn shared_bits_of_range(&self, book: Book, chapter: u16, verses: RangeInclusive<u16>) -> Option<u32> {
        let first = self.shared_bits(book, chapter, *verses.start())?;
        let others = verses.skip(1).take(MAX_RANGE).map_while(|verse| self.shared_bits(book, chapter, verse));
        Some(others.fold(first, u32::max))
    }

    /// Returns the information in bits of the words shared with the best matching verse of a book.
    pub(super) fn best_shared_bits(&self, book: Book) -> u32 {
        // The lexicon has no deuterocanonical books.
        let Some(first) = canon::verse_index(book, 1, 1) else { return 0 };
        let last = canon::chapters(book);
        let last = canon::verse_index(book, last, canon::verses(book, last)).expect("every chapter has a last verse");
        (first..=last).filter_map(|index| self.shared_bits_at(index)).max().unwrap_or(0)
    }

    fn shared_bits_at(&self, verse_index: usize) -> Option<u32> {
        let index = &*INDEX;
        let words = verse_at(usize::try_from(*index.offsets.get(verse_index)?).ok()?)?;
        let shared = word_ids(words).filter(|id| self.contains(*id));
        Some(shared.map(|id| u32::from(index.information[usize::from(id)])).sum::<u32>() / 10)
    }
}

/// Returns the word IDs of the verse at an offset in [`VERSES`], as bytes.
fn verse_at(offset: usize) -> Option<&'static [u8]> {
    let count = usize::from(*VERSES.get(offset)?);
    VERSES.get(offset + 1..offset + 1 + 2 * count)
}

fn word_ids(words: &'static [u8]) -> impl Iterator<Item = u16> {
    words.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
}

/// Returns the binary logarithm of `all / count`, in tenths, rounded down.
///
/// Repeated multiplication gives the same result on every platform, which `f64::log2` does not promise.
fn tenths_of_bits(all: u32, count: u32) -> u8 {
    /// The tenth root of two.
    const TENTH_OF_A_BIT: f64 = 1.071_773_462_536_293;
    if count == 0 {
        return 0;
    }
    let mut tenths = 0;
    let mut reached = f64::from(count);
    while reached * TENTH_OF_A_BIT <= f64::from(all) {
        reached *= TENTH_OF_A_BIT;
        tenths += 1;
    }
    tenths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(osis: &str) -> Book {
        Book::from_osis(osis).expect("a book")
    }

    #[test]
    fn the_table_has_every_verse() {
        assert_eq!(INDEX.offsets.len(), canon::verse_index(book("Rev"), 22, 21).expect("the last verse") + 1);
    }

    #[test]
    fn a_verse_shares_more_words_with_its_own_text_than_its_neighbors_do() {
        let modern = WordSet::new("says that the Lord makes me lie down in green pastures, beside quiet waters", "");
        let old = WordSet::new("he maketh me to lie down in green pastures he leadeth me", "");
        for words in [modern, old] {
            let bits = |chapter, verse| words.shared_bits(book("Ps"), chapter, verse).expect("the verse exists");
            assert!(bits(23, 2) > bits(23, 3) + 12 && bits(23, 2) > bits(22, 2) + 12);
        }
    }

    #[test]
    fn a_range_shares_the_words_of_its_best_verse() {
        let words = WordSet::new("circumcised the eighth day, of the stock of Israel, of the tribe of Benjamin", "");
        let bits = |verses| words.shared_bits_of_range(book("Phil"), 3, verses);
        assert_eq!(bits(4..=6), words.shared_bits(book("Phil"), 3, 5));
        assert!(bits(4..=6) > bits(4..=4));
        assert_eq!(bits(22..=23), None, "the chapter has 21 verses");
    }

    #[test]
    fn inflected_forms_have_the_same_id() {
        for (a, b) in [("loveth", "loved"), ("righteous", "righteousness"), ("spirits", "spirit"), ("stopped", "stop")]
        {
            assert_eq!(word::word_id(a), word::word_id(b), "{a}, {b}");
        }
        assert_eq!((word::word_id("the"), word::word_id("we’re"), word::word_id("8")), (None, None, None));
    }
}
