//! The checked-in verse lexicon is the one that the translations produce.

use std::{fs, path::Path};

use verse_lexicon_tables::{build, read_translations};

#[test]
fn the_checked_in_lexicon_can_be_rebuilt_byte_for_byte() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripture-detector/src/verse_lexicon/verses.bin");
    let checked_in = fs::read(&path).expect("the checked-in lexicon");
    let rebuilt = build(&read_translations().expect("the texts of bible-lib"));
    assert_eq!(rebuilt.len(), checked_in.len());
    assert!(rebuilt == checked_in, "{} differs from what the texts give", path.display());
}

#[test]
fn a_word_in_any_translation_is_stored_once() {
    let build = |lines: &[&str]| build(&lines.iter().map(|&line| line.to_owned()).collect::<Vec<_>>());
    let one = build(&["Genesis 1:1 In the beginning God created", "Genesis 1:1 Beginning created God"]);
    assert_eq!(one[0], 3, "beginning, God, created");
    assert_eq!(one.len(), 31_103 + 2 * 3);
    assert_eq!(build(&["Tobit 1:1 The book of the words", "not a verse", "Genesis 99:1 Light"]).len(), 31_103);
}
