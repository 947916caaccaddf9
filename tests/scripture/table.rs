//! Many sentences in one table: forms mixed as people mix them.

/// Each line: a text, a bar, and what it cites (`~` before what leans on an earlier reference).
const TABLE: &str = include_str!("../fixtures/scripture/sentences.txt");

#[test]
fn every_sentence_of_the_table_cites_what_the_table_says() {
    let wrong: Vec<String> = TABLE
        .lines()
        .filter_map(|line| {
            let (text, expected) = line.rsplit_once('|').expect("a text and what it cites");
            let cited = crate::cited(text).join(" ");
            (cited != expected.trim()).then(|| format!("{text}\n  expected {expected}\n  cited     {cited}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
