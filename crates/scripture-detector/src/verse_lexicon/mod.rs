//! How the verses are worded: whether words that were said are likely those of a verse.
//!
//! Knows which words each verse has in two translations in the public domain, as numbers of 16 bits and without their
//! order: enough to tell which of a few verses somebody reads, and no text. `examples/wording.rs` made the table.

mod word;

use std::sync::LazyLock;

use super::canon;
use crate::Book;

/// For each verse in the order of the canon: how many words it has (one byte), and their numbers (two bytes each).
static VERSES: &[u8] = include_bytes!("verses.bin");

/// As many words behind or before a mention are looked at.
const WORDS: usize = 48;

/// The table with what is needed to look into it.
struct Table {
    /// Where the words of each verse begin in [`VERSES`].
    starts: Vec<u32>,
    /// What a word tells, by its number, in tenths of a bit: the fewer verses have it, the more.
    tells: Vec<u8>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut starts = Vec::with_capacity(31_103);
    let mut counts = vec![0_u32; 1 << 16];
    let mut at = 0;
    while let Some((_, words)) = verse_at(at) {
        starts.push(u32::try_from(at).expect("the table is small"));
        for word in numbers(words) {
            counts[usize::from(word)] += 1;
        }
        at += 1 + words.len();
    }
    let all = u32::try_from(starts.len()).expect("the Bible has 31,103 verses");
    let tells = counts.iter().map(|&count| tenths_of_bits(all, count)).collect();
    Table { starts, tells }
});

/// Words that were said around a mention.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    /// Their numbers, each once, in order.
    words: Vec<u16>,
    /// Which low bytes the numbers have: most words of a verse need no further look.
    low_bytes: [u64; 4],
}

impl Said {
    /// The words of a piece of text; of a long one the first, or the last if `end` is nearer to the mention.
    pub(super) fn new(behind: &str, before: &str) -> Self {
        let words =
            |text| str::split(text, |character: char| !character.is_alphabetic() && !matches!(character, '\'' | '’'));
        let first = words(behind).filter_map(word::number).take(WORDS);
        let last = words(before).rev().filter_map(word::number).take(WORDS / 2);
        let mut numbers: Vec<u16> = first.chain(last).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut low_bytes = [0; 4];
        for number in &numbers {
            low_bytes[usize::from(number >> 6 & 3)] |= 1 << (number & 63);
        }
        Self { words: numbers, low_bytes }
    }

    fn has(&self, word: u16) -> bool {
        self.low_bytes[usize::from(word >> 6 & 3)] >> (word & 63) & 1 == 1 && self.words.binary_search(&word).is_ok()
    }

    /// How much the words have in common with a verse, in bits; none for a verse that does not exist.
    pub(super) fn likeness(&self, book: Book, chapter: u16, verse: u16) -> Option<u32> {
        self.likeness_at(canon::place(book, chapter, verse)?)
    }

    /// How much the words have in common with the verse of a book that is most like them, in bits.
    pub(super) fn likeness_in(&self, book: Book) -> u32 {
        let first = canon::place(book, 1, 1).expect("every book has a first verse");
        let last = canon::chapters(book);
        let last = canon::place(book, last, canon::verses(book, last)).expect("every chapter has a last verse");
        (first..=last).filter_map(|place| self.likeness_at(place)).max().unwrap_or(0)
    }

    /// How much the words have in common with the verse at a place of the canon.
    fn likeness_at(&self, place: usize) -> Option<u32> {
        let table = &*TABLE;
        let start = *table.starts.get(place)?;
        let (_, words) = verse_at(usize::try_from(start).ok()?)?;
        let common = numbers(words).filter(|word| self.has(*word));
        Some(common.map(|word| u32::from(table.tells[usize::from(word)])).sum::<u32>() / 10)
    }
}

/// The number of words and the words of the verse that begins at a place of the table.
fn verse_at(at: usize) -> Option<(usize, &'static [u8])> {
    let count = usize::from(*VERSES.get(at)?);
    Some((count, VERSES.get(at + 1..at + 1 + 2 * count)?))
}

/// The numbers of a verse's words.
fn numbers(words: &'static [u8]) -> impl Iterator<Item = u16> {
    words.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
}

/// The logarithm to the base of two of `all / count`, in tenths, without floating point.
fn tenths_of_bits(all: u32, count: u32) -> u8 {
    if count == 0 {
        return 0;
    }
    // The tenth power of a quotient has ten times its logarithm; each halving is a tenth of a bit.
    let mut tenths = 0;
    let mut reached = f64::from(count);
    while reached * 1.071_773_462_536_293 <= f64::from(all) {
        reached *= 1.071_773_462_536_293;
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
        assert_eq!(TABLE.starts.len(), canon::place(book("Rev"), 22, 21).expect("the last verse") + 1);
    }

    #[test]
    fn a_verse_that_is_read_is_told_from_one_that_is_not_in_any_translation() {
        let modern = Said::new("says that the Lord makes me lie down in green pastures, beside quiet waters", "");
        let old = Said::new("he maketh me to lie down in green pastures he leadeth me", "");
        for said in [modern, old] {
            let like = |chapter, verse| said.likeness(book("Ps"), chapter, verse).expect("it exists");
            assert!(like(23, 2) > like(23, 3) + 12 && like(23, 2) > like(22, 2) + 12);
        }
    }

    #[test]
    fn forms_of_a_word_are_one() {
        for (a, b) in [("loveth", "loved"), ("righteous", "righteousness"), ("spirits", "spirit"), ("stopped", "stop")]
        {
            assert_eq!(word::number(a), word::number(b), "{a}, {b}");
        }
        assert_eq!((word::number("the"), word::number("we’re"), word::number("8")), (None, None, None));
    }
}
