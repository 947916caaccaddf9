//! Builds the verse lexicon of `scripture-detector`: the words of each verse, as 16-bit IDs without their order.
//!
//! To rebuild the table, run
//!
//! ```sh
//! cargo run -p verse-lexicon-tables > verses.bin && mv verses.bin crates/scripture-detector/src/verse_lexicon/
//! ```
//!
//! A test rebuilds it and compares it with the checked-in file.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::PathBuf,
    process::Command,
};

use scripture_detector::{Book, Passage};
use serde_json::Value;

#[path = "../../scripture-detector/src/verse_lexicon/word.rs"]
mod word;

/// A book's index, a chapter and a verse.
type VerseKey = (usize, u16, u16);

/// The translations, both in the public domain. `bible-lib` has a file of each with one verse per line.
const TRANSLATIONS: [&str; 2] = ["kjv", "asv"];

/// Words in more verses than this are not stored: they hardly tell verses apart.
const MAX_VERSES_PER_WORD: usize = 3000;

/// Reads the translations from the source of the `bible-lib` package.
///
/// # Errors
///
/// Fails if `cargo metadata` fails or the package does not have the files.
pub fn read_translations() -> io::Result<Vec<String>> {
    let directory = package_directory("bible-lib")?;
    let path = |name: &str| directory.join("src/bible_translations").join(name).with_extension("txt");
    TRANSLATIONS.iter().map(|name| fs::read_to_string(path(name))).collect()
}

/// Returns the directory into which Cargo unpacked a dependency.
fn package_directory(name: &str) -> io::Result<PathBuf> {
    let version = cargo(&["-vV"])?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    // Without a platform, Cargo downloads the dependencies for every platform.
    let metadata = cargo(&["metadata", "--format-version=1", "--filter-platform", host, "--manifest-path", manifest])?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let mut packages = metadata["packages"].as_array().into_iter().flatten();
    let package = packages.find(|package| package["name"] == name);
    let manifest = package.and_then(|package| package["manifest_path"].as_str());
    let directory = manifest.and_then(|manifest| PathBuf::from(manifest).parent().map(ToOwned::to_owned));
    directory.ok_or_else(|| io::Error::other(format!("cargo metadata does not list the package {name:?}")))
}

/// Runs Cargo and returns its output.
fn cargo(arguments: &[&str]) -> io::Result<String> {
    let output = Command::new(env!("CARGO")).args(arguments).output()?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(io::Error::other(format!("cargo {} failed: {message}", arguments.join(" "))));
    }
    String::from_utf8(output.stdout).map_err(io::Error::other)
}

/// Builds the lexicon from the lines of one or more translations, such as `Genesis 1:1 In the beginning ...`.
pub fn build(translations: &[String]) -> Vec<u8> {
    let mut verses = empty_verses();
    for (key, text) in translations.iter().flat_map(|text| text.lines()).filter_map(parse_line) {
        if let Some(words) = verses.get_mut(&key) {
            let separator = |character: char| !character.is_alphabetic() && !matches!(character, '\'' | '’');
            words.extend(text.split(separator).filter_map(word::word_id));
        }
    }
    let mut verse_counts: BTreeMap<u16, usize> = BTreeMap::new();
    for &word in verses.values().flatten() {
        *verse_counts.entry(word).or_default() += 1;
    }
    let mut lexicon = Vec::new();
    for words in verses.values() {
        let stored: Vec<u16> = words.iter().copied().filter(|word| verse_counts[word] <= MAX_VERSES_PER_WORD).collect();
        lexicon.push(u8::try_from(stored.len()).expect("no verse has 256 different words"));
        lexicon.extend(stored.iter().flat_map(|word| word.to_le_bytes()));
    }
    lexicon
}

/// Returns every verse of the canon, in order, with no words.
fn empty_verses() -> BTreeMap<VerseKey, BTreeSet<u16>> {
    let mut verses = BTreeMap::new();
    for book in Book::all() {
        let exists = |passage: Option<Passage>| passage.is_some_and(|passage| !passage.is_addition());
        for chapter in (1..).take_while(|&chapter| exists(Passage::whole_chapter(book, chapter))) {
            for verse in (1..).take_while(|&verse| exists(Passage::single_verse(book, chapter, verse))) {
                verses.insert((book.index(), chapter, verse), BTreeSet::new());
            }
        }
    }
    verses
}

/// Splits `2 Samuel 3:2 And unto David ...` into the verse and its text.
fn parse_line(line: &str) -> Option<(VerseKey, &str)> {
    let (head, rest) = line.split_once(':')?;
    let (book, chapter) = head.rsplit_once(' ')?;
    let (verse, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let book = Book::from_name(book).ok()?;
    Some(((book.index(), chapter.parse().ok()?, verse.parse().ok()?), text))
}
