//! Word IDs: 16-bit hashes that are equal for the inflected forms of a word.
//!
//! The crate that builds the lexicon includes this file, so that both sides compute the same IDs.

/// Stems are cut to this length, so that "righteous" and "righteousness" are equal.
const MAX_STEM_BYTES: usize = 7;

/// Returns the ID of a word, or `None` if the word is too short or too common to tell verses apart.
pub(super) fn word_id(word: &str) -> Option<u16> {
    letters_id(word.as_bytes())
}

/// Returns the ID of a word as [`word_id`] does.
pub(super) fn letters_id(word: &[u8]) -> Option<u16> {
    if word.len() < 3 {
        return None;
    }
    let mut letters = [0_u8; 24];
    let mut length = 0;
    // The word ends at an apostrophe.
    for byte in word.iter().take_while(|byte| byte.is_ascii_alphabetic()).take(letters.len()) {
        letters[length] = byte.to_ascii_lowercase();
        length += 1;
    }
    let word = &letters[..length];
    if length < 3 || is_common(word) {
        return None;
    }
    Some(hash(stem(word)))
}

/// Returns whether a word of three or more letters is too common to tell verses apart.
#[rustfmt::skip]
fn is_common(word: &[u8]) -> bool {
    matches!(
        word,
        b"about" | b"after" | b"again" | b"all" | b"also" | b"and" | b"any" | b"are" | b"back" | b"because" | b"been"
        | b"before" | b"but" | b"can" | b"chapter" | b"did" | b"does" | b"doing" | b"don" | b"down" | b"even"
        | b"every" | b"for" | b"from" | b"get" | b"going" | b"got" | b"had" | b"has" | b"hath" | b"have" | b"her"
        | b"here" | b"him" | b"himself" | b"his" | b"how" | b"into" | b"its" | b"just" | b"kind" | b"know" | b"let"
        | b"like" | b"look" | b"make" | b"may" | b"mean" | b"more" | b"not" | b"now" | b"off" | b"okay" | b"one"
        | b"only" | b"other" | b"our" | b"out" | b"over" | b"read" | b"really" | b"right" | b"said" | b"saith"
        | b"same" | b"say" | b"says" | b"see" | b"shall" | b"she" | b"should" | b"some" | b"text" | b"than" | b"that"
        | b"the" | b"thee" | b"their" | b"them" | b"then" | b"there" | b"therefore" | b"these" | b"they" | b"thine"
        | b"thing" | b"things" | b"think" | b"this" | b"those" | b"thou" | b"thy" | b"too" | b"unto" | b"upon"
        | b"verse" | b"verses" | b"very" | b"want" | b"was" | b"way" | b"well" | b"were" | b"what" | b"when"
        | b"where" | b"which" | b"who" | b"whom" | b"why" | b"will" | b"with" | b"word" | b"would" | b"yes" | b"you"
        | b"your"
    )
}

/// Returns a word without its endings, archaic ones included: "loveth", "loved" and "loves" have the same stem.
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
    &stem[..stem.len().min(MAX_STEM_BYTES)]
}

/// FNV-1a, folded to 16 bits.
fn hash(bytes: &[u8]) -> u16 {
    let hash = bytes.iter().fold(0x811c_9dc5_u32, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let [a, b, c, d] = hash.to_le_bytes();
    u16::from_le_bytes([a ^ c, b ^ d])
}
