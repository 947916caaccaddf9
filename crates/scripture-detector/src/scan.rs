//! One pass over the bytes of a text that finds where a reference could be: names of books, the words verse
//! and chapter, and `N:M`.
//!
//! Everything that is slower looks only at the neighborhood of these hits.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::{
    letters::is_letter,
    names::{NAMES, Name},
};

/// A place that is worth a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) what: What,
}

/// What was hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A name of a book.
    Name(&'static Name),
    /// The word chapter or chapters.
    Chapter,
    /// The word verse or verses.
    Verse,
    /// Two numbers with a colon between them; the hit is the first number with the colon.
    Clock,
}

struct Scanner {
    automaton: AhoCorasick,
    /// What each pattern is, by its number.
    patterns: Vec<What>,
}

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    let mut words: Vec<String> = NAMES.iter().map(|name| name.words.to_owned()).collect();
    let mut patterns: Vec<What> = NAMES.iter().map(What::Name).collect();
    for (word, what) in
        [("chapter", What::Chapter), ("chapters", What::Chapter), ("verse", What::Verse), ("verses", What::Verse)]
    {
        words.push(word.to_owned());
        patterns.push(what);
    }
    for digit in '0'..='9' {
        words.push(format!("{digit}:"));
        patterns.push(What::Clock);
    }
    let automaton = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(&words)
        .expect("a few hundred short patterns fit into an automaton");
    Scanner { automaton, patterns }
});

/// All hits of a text, in order, without overlaps.
pub(super) fn scan(text: &str) -> Vec<Hit> {
    let bytes = text.as_bytes();
    let mut hits = Vec::new();
    for found in SCANNER.automaton.find_iter(text) {
        let (mut start, end) = (found.start(), found.end());
        let what = SCANNER.patterns[found.pattern().as_usize()];
        if what == What::Clock {
            if !bytes.get(end).is_some_and(u8::is_ascii_digit) {
                continue;
            }
            start -= bytes[..start].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        } else if letter_before(text, start) || letter_behind(text, end) {
            continue;
        }
        hits.push(Hit { start, end, what });
    }
    hits
}

/// Whether a letter stands right before an offset.
fn letter_before(text: &str, at: usize) -> bool {
    match text.as_bytes()[..at].last() {
        None => false,
        Some(byte) if byte.is_ascii() => byte.is_ascii_alphabetic(),
        Some(_) => text[..at].chars().next_back().is_some_and(is_letter),
    }
}

/// Whether a letter stands right behind an offset.
fn letter_behind(text: &str, at: usize) -> bool {
    match text.as_bytes().get(at) {
        None => false,
        Some(byte) if byte.is_ascii() => byte.is_ascii_alphabetic(),
        Some(_) => text[at..].chars().next().is_some_and(is_letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        scan(text).iter().map(|hit| &text[hit.start..hit.end]).collect()
    }

    #[test]
    fn names_and_marks_are_found_as_whole_words_in_any_case() {
        assert_eq!(
            words("JOHN, Johnson, 1john3:16, verse8 and the Song of songs"),
            ["JOHN", "john", "3:", "verse", "Song of songs"]
        );
        assert_eq!(words("contacts, Märkte, Éjohn, johné"), [""; 0]);
    }

    #[test]
    fn the_longest_name_wins() {
        assert_eq!(words("Song of Solomon, revelations"), ["Song of Solomon", "revelations"]);
    }

    #[test]
    fn a_colon_counts_only_between_two_numbers() {
        assert_eq!(words("40:2 and 7: and :5 and 13:4"), ["40:", "13:"]);
    }
}
