//! A word of speech or Scripture as a small number that is the same for its forms.
//!
//! Used twice: when the words of all verses are written down (`examples/wording.rs`), and when they are looked up.

/// Words that any sentence has.
const COMMON: &[&str] = &[
    "a",
    "about",
    "after",
    "again",
    "all",
    "also",
    "am",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "back",
    "be",
    "because",
    "been",
    "before",
    "but",
    "by",
    "can",
    "chapter",
    "did",
    "do",
    "does",
    "doing",
    "don",
    "down",
    "even",
    "every",
    "for",
    "from",
    "get",
    "go",
    "going",
    "got",
    "had",
    "has",
    "hath",
    "have",
    "he",
    "her",
    "here",
    "him",
    "himself",
    "his",
    "how",
    "i",
    "if",
    "in",
    "into",
    "is",
    "it",
    "its",
    "just",
    "kind",
    "know",
    "let",
    "like",
    "look",
    "make",
    "may",
    "me",
    "mean",
    "more",
    "my",
    "no",
    "not",
    "now",
    "of",
    "off",
    "oh",
    "okay",
    "on",
    "one",
    "only",
    "or",
    "other",
    "our",
    "out",
    "over",
    "read",
    "really",
    "right",
    "said",
    "saith",
    "same",
    "say",
    "says",
    "see",
    "shall",
    "she",
    "should",
    "so",
    "some",
    "text",
    "than",
    "that",
    "the",
    "thee",
    "their",
    "them",
    "then",
    "there",
    "therefore",
    "these",
    "they",
    "thine",
    "thing",
    "things",
    "think",
    "this",
    "those",
    "thou",
    "thy",
    "to",
    "too",
    "unto",
    "up",
    "upon",
    "us",
    "verse",
    "verses",
    "very",
    "want",
    "was",
    "way",
    "we",
    "well",
    "were",
    "what",
    "when",
    "where",
    "which",
    "who",
    "whom",
    "why",
    "will",
    "with",
    "word",
    "would",
    "ye",
    "yes",
    "you",
    "your",
];

/// The longest beginning of a word that counts; "righteous" and "righteousness" are one.
const LONGEST: usize = 7;

/// The number of a word; none for one that says nothing.
pub fn number(word: &str) -> Option<u16> {
    let mut letters = [0_u8; 24];
    let mut length = 0;
    // What stands behind an apostrophe is no part of the word.
    for byte in word.bytes().take_while(u8::is_ascii_alphabetic).take(letters.len()) {
        letters[length] = byte.to_ascii_lowercase();
        length += 1;
    }
    let word = &letters[..length];
    if length < 3 || COMMON.iter().any(|common| common.as_bytes() == word) {
        return None;
    }
    Some(hash(stem(word)))
}

/// A word without its endings, those of the old language too: "loveth", "loved" and "loves" are one.
fn stem(word: &[u8]) -> &[u8] {
    let mut stem = word;
    for ending in [&b"eth"[..], b"est", b"ing", b"ed", b"es", b"s"] {
        if let Some(rest) = stem.strip_suffix(ending)
            && rest.len() >= 3
            && !rest.ends_with(b"s")
        {
            stem = rest;
            break;
        }
    }
    if let [rest @ .., b'e' | b'y' | b'i'] = stem
        && rest.len() >= 3
    {
        stem = rest;
    }
    if let [rest @ .., last] = stem
        && rest.last() == Some(last)
        && rest.len() >= 3
    {
        stem = rest;
    }
    &stem[..stem.len().min(LONGEST)]
}

/// FNV-1a, folded to 16 bits.
fn hash(bytes: &[u8]) -> u16 {
    let hash = bytes.iter().fold(0x811c_9dc5_u32, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let [a, b, c, d] = hash.to_le_bytes();
    u16::from_le_bytes([a ^ c, b ^ d])
}
