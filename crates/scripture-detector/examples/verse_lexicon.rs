//! Writes down which words each verse of the Bible has, as the numbers that `src/verse_lexicon` looks up.
//!
//! Reads printed texts, one after the other, with lines such as `Genesis 1:1: In the beginning`, as `diatheke` prints
//! them from two translations in the public domain that Debian packages:
//!
//! ```sh
//! apt-get install diatheke sword-text-kjv sword-text-web
//! for text in engKJV2006eb engWEB2015eb; do diatheke -b $text -f plain -k 'Gen 1:1 - Rev 22:21'; done |
//!     cargo run --example verse_lexicon > src/verse_lexicon/verses.bin
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read, Write},
};

use scripture_detector::{Book, Passage};

#[path = "../src/verse_lexicon/word.rs"]
mod word;

/// The number of a book, a chapter and a verse.
type Place = (usize, u16, u16);

/// Words in more verses than these tell nothing, and would only take room.
const MOST: usize = 3000;

fn main() -> io::Result<()> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let mut verses: BTreeMap<Place, BTreeSet<u16>> = BTreeMap::new();
    for book in Book::all() {
        for chapter in (1..).take_while(|&chapter| Passage::of_chapter(book, chapter).is_some()) {
            for verse in (1..).take_while(|&verse| Passage::of_verse(book, chapter, verse).is_some()) {
                verses.insert((book.index(), chapter, verse), BTreeSet::new());
            }
        }
    }
    let mut here = None;
    for line in text.lines() {
        let mut words = line;
        if let Some((place, rest)) = head(line) {
            // The second text has books that we do not count.
            (here, words) = (place.filter(|place| verses.contains_key(place)), rest);
        } else if line.starts_with('(') || line.len() > 1000 {
            // The name of the text at its end, or its glossary.
            here = None;
        }
        let Some(place) = here else { continue };
        let words =
            words.split(|character: char| !character.is_alphabetic() && character != '’').filter_map(word::number);
        verses.entry(place).or_default().extend(words);
    }
    let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
    for &word in verses.values().flatten() {
        *counts.entry(word).or_default() += 1;
    }
    let mut out = io::stdout().lock();
    for words in verses.values() {
        let told: Vec<u16> = words.iter().copied().filter(|word| counts[word] <= MOST).collect();
        out.write_all(&[u8::try_from(told.len()).expect("no verse has so many words")])?;
        for word in told {
            out.write_all(&word.to_le_bytes())?;
        }
    }
    Ok(())
}

/// Reads `Genesis 1:1: ` or `II Samuel 3:2: ` at the beginning of a line; the place is none in a book that we do not know.
fn head(line: &str) -> Option<(Option<Place>, &str)> {
    let mut parts = line.trim_start().splitn(3, ':');
    let (name, verse, words) = (parts.next()?, parts.next()?, parts.next()?);
    let (name, chapter) = name.rsplit_once(' ')?;
    let (chapter, verse) = (chapter.parse().ok()?, verse.parse().ok()?);
    let name = name.trim_end_matches(" of John").replace("III ", "3 ").replace("II ", "2 ");
    let name = name.strip_prefix("I ").map_or(name.clone(), |rest| format!("1 {rest}"));
    Some((Book::from_name(&name).ok().map(|book| (book.index(), chapter, verse)), words))
}
