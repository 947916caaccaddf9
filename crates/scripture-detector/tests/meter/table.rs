//! Many sentences in two tables: forms mixed as people mix them, written as people write, and as captions do.

/// Each line: a text, a bar, and what it cites (`~` before what leans on an earlier reference).
pub(crate) const SENTENCES: &str = include_str!("../fixtures/sentences.txt");

/// The same without capitals and without most of the punctuation.
const CAPTIONS: &str = include_str!("../fixtures/captions.txt");

fn wrong(table: &str) -> Vec<String> {
    let wrong = table.lines().filter_map(|line| {
        let (text, expected) = line.rsplit_once('|').expect("a text and what it cites");
        let cited = crate::cited(text).join(" ");
        (cited != expected.trim()).then(|| format!("{text}\n  expected {expected}\n  cited     {cited}"))
    });
    wrong.collect()
}

#[test]
fn every_sentence_of_the_table_cites_what_the_table_says() {
    let wrong = wrong(SENTENCES);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_sentence_of_captions_without_capitals_cites_what_the_table_says() {
    let wrong = wrong(CAPTIONS);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
