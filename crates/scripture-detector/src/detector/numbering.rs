//! Psalms in the numbering of the Greek, Latin and Hebrew Bibles.
//!
//! References are in the numbering of the King James Version. A psalm is converted if the speaker names another numbering,
//! or if the words that follow are those of another verse.

use super::{Detector, NameMatch};
use crate::{
    Book, canon,
    grammar::{Address, RangeEnd},
    lexer::Cursor,
    verse_lexicon::WordSet,
};

/// Bibles with the Greek numbering of the psalms.
const BIBLES: &[&str] = &["septuagint", "greek", "vulgate", "latin", "douay", "rheims", "catholic", "orthodox", "knox"];

/// Sharing this many bits of information with a verse is a quotation of it, even if any verse of a psalm may match.
const QUOTATION_BITS: u32 = 16;

/// How many more bits than with the verse of the King James Version.
const MARGIN_BITS: u32 = 12;

impl Detector<'_> {
    /// Converts the number of a psalm in another numbering to that of the King James Version.
    pub(super) fn in_king_james_numbering(&self, named: NameMatch, book: Book, address: Address) -> Address {
        let Some(chapter) = address.chapter.filter(|_| canon::chapters(book) > 100) else { return address };
        if address.renumbered || address.range_end.is_some_and(|end| end.chapter.is_some()) {
            return address;
        }
        let in_greek = self.names_greek_numbering(named, address) && is_lower_in_greek(chapter);
        if in_greek { renumbered(address, 1, 0) } else { self.renumbered_by_words(book, chapter, address) }
    }

    /// Returns whether the Greek numbering is named: "Psalm 22 in the Septuagint numbering", "in the Douay it is Psalm 50".
    fn names_greek_numbering(&self, named: NameMatch, address: Address) -> bool {
        let rest =
            self.cursor(address.end).skip(5, &["in", "the", "by", "of", "according", "to", "using"], &[',', '(']);
        let counted = rest
            .past_word(BIBLES)
            .and_then(|rest| rest.past_word(&["numbering", "numbers", "count", "counting", "reckoning"]));
        counted.is_some() || follows_its_number_in(self.cursor(named.start))
    }

    /// Chooses the numbering by the words that follow: "Psalm 22, the Lord is my shepherd" is Psalm 23.
    fn renumbered_by_words(&self, book: Book, chapter: u16, address: Address) -> Address {
        let words = self.reader.words_around(address.end, address.end, address.end);
        let bits = |psalms, titles| shared_bits(&words, book, chapter + psalms, address, titles);
        let own = bits(0, 0);
        let greek = if is_lower_in_greek(chapter) { 0..=1 } else { 0..=0 };
        let others = greek.flat_map(|psalms| {
            let titles = if address.verse.is_some() { canon::title_verses(chapter + psalms) } else { 0 };
            [(psalms, 0), (psalms, titles)]
        });
        let best = others.max_by_key(|&(psalms, titles)| (bits(psalms, titles), psalms == 0, titles == 0));
        let Some((psalms, titles)) = best.filter(|&(psalms, titles)| (psalms, titles) != (0, 0)) else {
            return address;
        };
        let found = bits(psalms, titles);
        if found >= QUOTATION_BITS && found >= own + MARGIN_BITS {
            renumbered(address, psalms, titles)
        } else {
            address
        }
    }
}

/// Returns whether a psalm has a number in the Greek Bible that is one lower than in the Hebrew one. `greek` is the lower one.
fn is_lower_in_greek(greek: u16) -> bool {
    matches!(greek, 10..=112 | 116..=145)
}

/// Returns the information that words share with the verses of an address in a psalm, or with its best verse.
fn shared_bits(words: &WordSet, book: Book, psalm: u16, address: Address, titles: u16) -> u32 {
    let (first, last) = match address.verse {
        None => (1, canon::verses(book, psalm)),
        Some(verse) => (verse, address.range_end.and_then(|end| end.verse).unwrap_or(verse)),
    };
    let verses = first.saturating_sub(titles)..=last.saturating_sub(titles);
    verses.filter_map(|verse| words.shared_bits(book, psalm, verse)).max().unwrap_or(0)
}

/// Returns an address this many psalms later, without the verses that the title takes.
fn renumbered(address: Address, psalms: u16, titles: u16) -> Address {
    // A reading that starts with the title starts with verse 1.
    let without_titles = |verse: u16| verse.saturating_sub(titles).max(1);
    Address {
        chapter: address.chapter.map(|chapter| chapter + psalms),
        verse: address.verse.map(without_titles),
        range_end: address.range_end.map(|end| RangeEnd { verse: end.verse.map(without_titles), ..end }),
        renumbered: true,
        ..address
    }
}

/// Returns whether "in the Douay it is" precedes.
fn follows_its_number_in(cursor: Cursor<'_>) -> bool {
    let mut cursor = cursor;
    for _ in 0..6 {
        let Some((token, earlier)) = cursor.previous() else { return false };
        if token.is_any(BIBLES) {
            return earlier.previous().is_some_and(|(before, _)| before.is_any(&["the", "douay"]));
        }
        let is_link = token.is_mark(',')
            || token.is_any(&[
                "it",
                "its",
                "is",
                "this",
                "thats",
                "that",
                "be",
                "number",
                "numbering",
                "bible",
                "bibles",
            ])
            || token.is_any(&[
                "text", "version", "psalter", "would", "becomes", "call", "calls", "called", "has", "counts",
            ]);
        if !is_link {
            return false;
        }
        cursor = earlier;
    }
    false
}
