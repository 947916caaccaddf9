//! Checks that retired names and phrases are not used.
//!
//! `docs/GLOSSARY.md` says what to write instead. Applied migrations and fixtures are data and are not checked.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The files and directories to check.
const CHECKED: [&str; 12] = [
    "src",
    "crates",
    "tests",
    "benches",
    "examples",
    "templates",
    "static",
    "docs",
    "scripts",
    "README.md",
    "CONTRIBUTING.md",
    "Cargo.toml",
];

/// The files and directories to skip: the glossary, this test, and data.
const EXCLUDED: [&str; 5] = [
    "docs/GLOSSARY.md",
    "tests/suite/language.rs",
    "tests/suite/before_renaming",
    "tests/fixtures",
    "crates/scripture-detector/tests/fixtures",
];

/// File extensions of text files. Files without an extension are scripts.
const EXTENSIONS: [&str; 13] = ["rs", "md", "html", "css", "js", "svg", "toml", "snap", "sh", "yaml", "sql", "txt", ""];

/// Retired words, including those that are parts of identifiers such as `may_recount`.
const WORDS: [&str; 17] = [
    "anew",
    "asker",
    "askers",
    "conceive",
    "insight",
    "insights",
    "mend",
    "mended",
    "mending",
    "mends",
    "recount",
    "recounted",
    "recounts",
    "upkeep",
    "virgin",
    "virgins",
    "wording",
];

/// Retired phrases, including those that span lines.
const PHRASES: [&str; 22] = [
    "all that is known",
    "beside a virgin",
    "broke off",
    "by itself when",
    "came of it",
    "comes of it",
    "database is away",
    "goes on with",
    "kept nowhere",
    "lies beside",
    "none of ours",
    "none if there",
    "or at once",
    "put back from the spool",
    "second place",
    "so many behind",
    "so many",
    "stands in for",
    "system before ours",
    "taken in",
    "what there is",
    "what is kept",
];

/// Retired identifiers, with their exact case.
const IDENTIFIERS: [&str; 26] = [
    "Analyst",
    "Asker",
    "Counted",
    "InsightRepository",
    "Keeper",
    "LinkProblem",
    "MendRepository",
    "Overview",
    "OverviewData",
    "OverviewParams",
    "Particulars",
    "RawTranscript",
    "SaveVideo",
    "SoFar",
    "Told",
    "Upkeep",
    "VideoRef",
    "bear",
    "beside_a_virgin",
    "count_anew",
    "no_second_place",
    "or_at_once",
    "put_back",
    "spoken_state",
    "spoken_words",
    "write_lost",
];

/// Legitimate uses of a retired word: names of countries, and a function in a dependency.
const ALLOWED: [&str; 3] = ["british virgin islands", "u.s. virgin islands", "run_upkeep"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns all text files to check below a path.
fn text_files(path: &Path) -> Vec<PathBuf> {
    let relative = path.strip_prefix(root()).expect("below the root");
    if EXCLUDED.iter().any(|excluded| relative == Path::new(excluded)) {
        return Vec::new();
    }
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a readable directory").map(|entry| entry.expect("an entry").path());
        return entries.flat_map(|entry| text_files(&entry)).collect();
    }
    let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned()).unwrap_or_default();
    if EXTENSIONS.contains(&extension.as_str()) { vec![path.to_owned()] } else { Vec::new() }
}

/// Converts to lower case with single spaces, so that phrases are found across line breaks. Comment markers at the
/// beginning of lines are dropped.
fn normalize(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim_start().trim_start_matches(['/', '!', '#', '*', '>']));
    let text = lines.collect::<Vec<_>>().join(" ").to_lowercase();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    ALLOWED.iter().fold(text, |text, allowed| text.replace(allowed, ""))
}

/// Returns whether a phrase occurs in normalized text, bounded by characters that are not letters.
fn contains_phrase(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(start, _)| {
        let is_letter = |character: Option<char>| character.is_some_and(char::is_alphabetic);
        !is_letter(text[..start].chars().next_back()) && !is_letter(text[start + phrase.len()..].chars().next())
    })
}

/// Returns whether an identifier occurs in code.
fn contains_identifier(text: &str, identifier: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    text.split(|character| !is_part(character)).any(|word| word == identifier)
}

#[test]
fn retired_names_and_phrases_are_not_used() {
    let mut found = Vec::new();
    let files: Vec<_> = CHECKED.iter().flat_map(|path| text_files(&root().join(path))).collect();
    assert!(files.len() > 300, "only {} files were checked", files.len());
    for file in files {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let normalized = normalize(&text);
        let phrases = WORDS.iter().chain(&PHRASES).filter(|phrase| contains_phrase(&normalized, phrase));
        let identifiers = IDENTIFIERS.iter().filter(|identifier| contains_identifier(&text, identifier));
        let name = file.strip_prefix(root()).expect("below the root").display().to_string();
        found.extend(phrases.chain(identifiers).map(|retired| format!("{name}: {retired}")));
    }
    assert!(found.is_empty(), "retired words are used; see docs/GLOSSARY.md:\n{}", found.join("\n"));
}

#[test]
fn words_are_found_in_identifiers_and_phrases_across_lines() {
    assert!(contains_phrase(&normalize("fn may_recount() {}"), "recount"));
    assert!(contains_phrase(&normalize("/// the second\n/// place"), "second place"));
    assert!(!contains_phrase(&normalize("I recommend it"), "mend"));
    assert!(!contains_phrase(&normalize("(\"VI\", \"U.S. Virgin Islands\")"), "virgin"));
    assert!(contains_identifier("let x: Told = y;", "Told") && !contains_identifier("told", "Told"));
}
