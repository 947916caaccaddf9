//! Writes the verse lexicon to standard output.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    let translations = verse_lexicon_tables::read_translations()?;
    io::stdout().write_all(&verse_lexicon_tables::build(&translations))
}
