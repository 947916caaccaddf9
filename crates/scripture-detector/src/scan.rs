//! One pass over the text that finds where a reference could be: names of books, the words "chapter" and "verse", and
//! number pairs such as `3:16`.
//!
//! All slower steps look only at the words around these hits.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::{
    letters::is_letter,
    lexer::Cursor,
    names::{ABBREVIATIONS, HEBREW, MISSPELLED, NAMES, Name, Requirement},
    numbers::read_number,
};

/// A place where a reference could be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: HitKind,
}

/// What the scan found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HitKind {
    /// The name of a book.
    Name(&'static Name),
    /// The word "chapter" or "chapters".
    ChapterWord,
    /// The word "verse" or "verses".
    VerseWord,
    /// Two numbers with a colon, a period or a comma between them. The hit covers the first number and the mark.
    NumberPair,
    /// Two numbers with only a space between them, in text without punctuation. The hit covers the first number.
    SpacedPair,
}

/// Abbreviations that with a period are the end of a sentence, or short for something else: "Co.", "mi.", "est.".
const OTHER_ABBREVIATIONS: &[&str] = &["is", "am", "co", "mi", "pe", "ti", "sa", "th", "est"];

struct Scanner {
    automaton: AhoCorasick,
    /// The kind of each pattern, by pattern ID.
    kinds: Vec<HitKind>,
}

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    let names = || NAMES.iter().chain(MISSPELLED).chain(HEBREW);
    let mut words: Vec<String> = names().map(|name| name.words.to_owned()).collect();
    let mut kinds: Vec<HitKind> = names().map(HitKind::Name).collect();
    for (word, kind) in [
        ("chapter", HitKind::ChapterWord),
        ("chapters", HitKind::ChapterWord),
        ("verse", HitKind::VerseWord),
        ("verses", HitKind::VerseWord),
        ("v.", HitKind::VerseWord),
        ("vv.", HitKind::VerseWord),
        ("vv", HitKind::VerseWord),
    ] {
        words.push(word.to_owned());
        kinds.push(kind);
    }
    // With its period an abbreviation is rare enough to search for everywhere; some are rare enough without it.
    for name in ABBREVIATIONS.iter().filter(|name| !OTHER_ABBREVIATIONS.contains(&name.words)) {
        words.push(format!("{}.", name.words));
        kinds.push(HitKind::Name(name));
        if name.requirement == Requirement::Number && !NAMES.iter().any(|known| known.words == name.words) {
            words.push(name.words.to_owned());
            kinds.push(HitKind::Name(name));
        }
    }
    for digit in '0'..='9' {
        for mark in [':', '.', ','] {
            words.push(format!("{digit}{mark}"));
            kinds.push(HitKind::NumberPair);
        }
    }
    let automaton = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(&words)
        .expect("a few hundred short patterns fit into an automaton");
    Scanner { automaton, kinds }
});

/// Returns all hits in the text, in order and without overlaps.
pub(super) fn scan(text: &str) -> Vec<Hit> {
    let bytes = text.as_bytes();
    let mut hits = Vec::new();
    for found in SCANNER.automaton.find_iter(text) {
        let (mut start, end) = (found.start(), found.end());
        let kind = SCANNER.kinds[found.pattern().as_usize()];
        if kind == HitKind::NumberPair {
            if !bytes.get(end).is_some_and(u8::is_ascii_digit) {
                continue;
            }
            start -= bytes[..start].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        } else if letter_before(text, start) || (!text[start..end].ends_with('.') && letter_after(text, end)) {
            continue;
        }
        hits.push(Hit { start, end, kind });
    }
    hits
}

/// Adds the pairs of numbers with only a space between them. Numbers inside another hit do not count.
pub(super) fn add_spaced_pairs(text: &str, hits: &mut Vec<Hit>) {
    let mut pairs = Vec::new();
    let mut end_of_last = 0;
    for at in memchr::memchr_iter(b' ', text.as_bytes()) {
        if at < end_of_last || !may_join_numbers(text.as_bytes(), at) {
            continue;
        }
        let Some((before, _)) = Cursor::new(text, at).previous() else { continue };
        let Some((first, rest)) = read_number(Cursor::new(text, before.start)) else { continue };
        let Some((second, _)) = read_number(rest).filter(|(second, _)| second.start == first.end + 1) else { continue };
        let is_hit = hits.binary_search_by_key(&first.start, |hit| hit.start).is_ok();
        if !is_hit {
            pairs.push(Hit { start: first.start, end: first.end, kind: HitKind::SpacedPair });
        }
        end_of_last = second.end;
    }
    if !pairs.is_empty() {
        hits.append(&mut pairs);
        hits.sort_by_key(|hit| hit.start);
    }
}

/// Returns whether the words around a space may both be numbers, judging by the letters next to it.
fn may_join_numbers(bytes: &[u8], space: usize) -> bool {
    let before = space.checked_sub(1).map_or(b' ', |at| bytes[at].to_ascii_lowercase());
    let after = bytes.get(space + 1).map_or(b' ', u8::to_ascii_lowercase);
    (before.is_ascii_digit() || b"eorxntyd".contains(&before)) && (after.is_ascii_digit() || b"otfsen".contains(&after))
}

/// Returns whether there is a letter right before a byte offset.
fn letter_before(text: &str, at: usize) -> bool {
    match text.as_bytes()[..at].last() {
        None => false,
        Some(byte) if byte.is_ascii() => byte.is_ascii_alphabetic(),
        Some(_) => text[..at].chars().next_back().is_some_and(is_letter),
    }
}

/// Returns whether there is a letter right after a byte offset.
fn letter_after(text: &str, at: usize) -> bool {
    match text.as_bytes().get(at) {
        None => false,
        Some(byte) if byte.is_ascii() => byte.is_ascii_alphabetic(),
        Some(_) => text[at..].chars().next().is_some_and(is_letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(text: &str) -> Vec<&str> {
        scan(text).iter().map(|hit| &text[hit.start..hit.end]).collect()
    }

    #[test]
    fn names_and_words_match_whole_words_in_any_case() {
        assert_eq!(
            hits("JOHN, Johnson, 1john3:16, verse8 and the Song of songs"),
            ["JOHN", "john", "3:", "verse", "Song of songs"]
        );
        assert_eq!(hits("contacts, Märkte, Éjohn, johné"), [""; 0]);
    }

    #[test]
    fn the_longest_name_wins() {
        assert_eq!(hits("Song of Solomon, revelations"), ["Song of Solomon", "revelations"]);
    }

    #[test]
    fn a_colon_is_a_hit_only_between_two_numbers() {
        assert_eq!(hits("40:2 and 7: and :5 and 13:4"), ["40:", "13:"]);
        assert_eq!(hits("Phil. 2.5 and 7. 8"), ["Phil.", "2."]);
    }
}
