//! Other spellings of the names of the books: what speech recognition and hasty typing make of them, and the names in Hebrew that
//! Messianic and Jewish speakers use.

use super::{
    Ambiguity::{People, Person, Unique, Word},
    CORINTHIANS, KINGS, Name, PETER,
    Requirement::{Number, Verse},
    SAMUEL, THESSALONIANS, john, one, two,
};

/// Misspelled and misheard names. All require a number, and references with them are marked as repaired.
pub(crate) const MISSPELLED: &[Name] = &[
    one("genisis", "Gen", Unique, Number),
    one("exedus", "Exod", Unique, Number),
    one("leviticas", "Lev", Unique, Number),
    one("dueteronomy", "Deut", Unique, Number),
    one("deuteronomey", "Deut", Unique, Number),
    one("nehimiah", "Neh", Person, Number),
    one("nehamiah", "Neh", Person, Number),
    one("somme", "Ps", Word, Number),
    one("salm", "Ps", Word, Number),
    one("salms", "Ps", Word, Number),
    one("pslam", "Ps", Word, Number),
    one("pslams", "Ps", Word, Number),
    one("ecclesiasties", "Eccl", Unique, Number),
    one("ecclesiates", "Eccl", Unique, Number),
    one("jerimiah", "Jer", Person, Number),
    one("ezekial", "Ezek", Person, Number),
    one("ezekeil", "Ezek", Person, Number),
    one("josea", "Hos", Person, Number),
    one("hozea", "Hos", Person, Number),
    one("jowl", "Joel", Word, Number),
    one("obidiah", "Obad", Person, Number),
    one("habakuck", "Hab", Person, Number),
    one("zepheniah", "Zeph", Person, Number),
    one("hagai", "Hag", Person, Number),
    one("zecharia", "Zech", Person, Number),
    one("malichi", "Mal", Person, Number),
    one("malaki", "Mal", Person, Number),
    one("ax", "Acts", Word, Number),
    one("axe", "Acts", Word, Number),
    one("roman's", "Rom", People, Number),
    two("corintians", CORINTHIANS, People, Number),
    two("corinthains", CORINTHIANS, People, Number),
    two("corinthions", CORINTHIANS, People, Number),
    one("gallatians", "Gal", People, Number),
    one("galoshians", "Gal", People, Number),
    one("ephisians", "Eph", People, Number),
    one("efesians", "Eph", People, Number),
    one("ephesian's", "Eph", People, Number),
    one("phillippians", "Phil", People, Number),
    one("philippian's", "Phil", People, Number),
    one("collosians", "Col", People, Number),
    one("colosians", "Col", People, Number),
    two("thesalonians", THESSALONIANS, People, Number),
    two("thessolonians", THESSALONIANS, People, Number),
    one("hee brews", "Heb", Word, Number),
    one("hebrew's", "Heb", People, Number),
    one("revalation", "Rev", Word, Number),
    one("revelation's", "Rev", Word, Number),
];

/// Names in Hebrew. All require a number.
pub(crate) const HEBREW: &[Name] = &[
    one("bereshit", "Gen", Unique, Number),
    one("bereishit", "Gen", Unique, Number),
    one("bresheet", "Gen", Unique, Number),
    one("b'reshit", "Gen", Unique, Number),
    one("shemot", "Exod", Unique, Number),
    one("sh'mot", "Exod", Unique, Number),
    one("vayikra", "Lev", Unique, Number),
    one("bamidbar", "Num", Unique, Number),
    one("b'midbar", "Num", Unique, Number),
    one("devarim", "Deut", Unique, Number),
    one("d'varim", "Deut", Unique, Number),
    one("yehoshua", "Josh", Person, Verse),
    one("shoftim", "Judg", Unique, Number),
    two("shmuel", SAMUEL, Person, Number),
    two("melachim", KINGS, Unique, Number),
    one("yeshayahu", "Isa", Person, Number),
    one("yirmeyahu", "Jer", Person, Number),
    one("yechezkel", "Ezek", Person, Number),
    one("hoshea", "Hos", Person, Number),
    one("yoel", "Joel", Person, Number),
    one("yonah", "Jonah", Person, Number),
    one("zecharyah", "Zech", Person, Number),
    one("malakhi", "Mal", Person, Number),
    one("tehillim", "Ps", Unique, Number),
    one("mishlei", "Prov", Unique, Number),
    one("iyov", "Job", Person, Number),
    one("kohelet", "Eccl", Unique, Number),
    one("matityahu", "Matt", Person, Number),
    one("mattityahu", "Matt", Person, Number),
    john("yochanan", Number),
    one("ya'akov", "Jas", Person, Verse),
    two("kefa", PETER, Person, Number),
    one("hitgalut", "Rev", Unique, Number),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::NAMES;

    #[test]
    fn every_variant_is_written_once_and_needs_a_number() {
        let variants: Vec<_> = MISSPELLED.iter().chain(HEBREW).collect();
        for (index, variant) in variants.iter().enumerate() {
            let others = variants[..index].iter().copied().chain(NAMES);
            assert!(others.clone().all(|name| name.words != variant.words), "{}", variant.words);
            assert!(variant.requirement >= Number && variant.words == variant.words.to_lowercase());
        }
    }
}
