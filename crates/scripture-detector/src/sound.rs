//! Words that sound like the name of a book, as speech recognition may write them: "collisions" for Colossians.
//!
//! Two words sound alike if they have the same consonants. That is weak evidence, so only words right before a chapter
//! and verse are compared.

use std::sync::LazyLock;

use super::names::{NAMES, Name, Requirement};

/// Names with fewer consonants sound like too many other words.
const MIN_CONSONANTS: usize = 4;

/// The one-word names with enough consonants, each with its consonants.
static NAMES_WITH_CONSONANTS: LazyLock<Vec<(Vec<u8>, &'static Name)>> = LazyLock::new(|| {
    let sounds = NAMES.iter().map(|name| (consonants(name.words), name));
    sounds.filter(|(sound, name)| sound.len() >= MIN_CONSONANTS && !name.words.contains(' ')).collect()
});

/// Returns the name that a word sounds like.
pub(super) fn similar_sounding_name(word: &str) -> Option<&'static Name> {
    let sound = consonants(word);
    NAMES_WITH_CONSONANTS.iter().find(|(known, _)| *known == sound).map(|(_, name)| *name)
}

/// Names with fewer sounds are too easily found in other words.
const MIN_SOUNDS: usize = 5;

/// The usual one-word names with enough sounds, each with its sounds.
static NAMES_WITH_SOUNDS: LazyLock<Vec<(Vec<u8>, &'static Name)>> = LazyLock::new(|| {
    let usual = NAMES.iter().filter(|name| name.requirement == Requirement::Nothing && !name.words.contains(' '));
    let with_sounds = usual.map(|name| (sounds(&[name.words]), name));
    with_sounds.filter(|(sounds, _)| sounds.len() >= MIN_SOUNDS).collect()
});

/// Returns the name that several words sound like: "a fusions" for Ephesians, "file lemon" for Philemon.
pub(super) fn similar_sounding_phrase(words: &[&str]) -> Option<&'static Name> {
    let heard = sounds(words);
    NAMES_WITH_SOUNDS.iter().find(|(known, _)| *known == heard).map(|(_, name)| *name)
}

/// Returns how words are pronounced one after the other: consonants that sound alike are the same, and every vowel is `V`.
fn sounds(words: &[&str]) -> Vec<u8> {
    let mut heard: Vec<u8> = Vec::with_capacity(12);
    for word in words {
        let lower: Vec<u8> =
            word.bytes().filter(u8::is_ascii_alphabetic).map(|byte| byte.to_ascii_lowercase()).collect();
        // The final "e" of "file" is silent.
        let is_silent = lower.len() > 2 && lower.ends_with(b"e") && !is_vowel(lower[lower.len() - 2]);
        let letters = &lower[..lower.len() - usize::from(is_silent)];
        let mut at = 0;
        while at < letters.len() {
            let (sound, length) = first_sound(letters, at);
            if let Some(sound) = sound
                && heard.last() != Some(&sound)
            {
                heard.push(sound);
            }
            at += length;
        }
    }
    heard
}

/// Returns the sound of the letters at an index, if they have one, and how many letters make it.
fn first_sound(letters: &[u8], at: usize) -> (Option<u8>, usize) {
    let next = |distance: usize| letters.get(at + distance).copied().unwrap_or_default();
    let before_vowel = |distance: usize| is_vowel(next(distance));
    match (letters[at], next(1)) {
        (b'p', b'h') => (Some(b'f'), 2),
        (b'p', b's') if at == 0 => (None, 1),
        // "Tight".
        (b'g', b'h') if at > 0 && is_vowel(letters[at - 1]) => (None, 2),
        (b's' | b't', b'h') => (Some(letters[at]), 2),
        // "Fusion", "Galatians".
        (b's' | b't' | b'c', b'i') if before_vowel(2) => (Some(b's'), 1),
        (b'c' | b'g', b'e' | b'i' | b'y') => (Some(if letters[at] == b'c' { b's' } else { b'j' }), 1),
        (b'c', b'h') => (Some(b'k'), 2),
        (b'c' | b'q', _) => (Some(b'k'), 1),
        (b'z', _) => (Some(b's'), 1),
        (b'v', _) => (Some(b'b'), 1),
        (b'h' | b'w', _) if at > 0 => (None, 1),
        (letter, _) if is_vowel(letter) => (Some(b'V'), 1),
        (letter, _) => (Some(letter), 1),
    }
}

fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// Names with fewer letters are too easily confused with other words.
const MIN_LETTERS: usize = 5;

/// Returns the name that a word before "chapter N" differs from by one letter: "Josea", "Matthews".
///
/// In text without capitals an ordinary word could be meant ("games chapter 3"), so only longer names are considered.
pub(super) fn misheard_name(word: &str, text_has_capitals: bool) -> Option<&'static Name> {
    let min = if text_has_capitals { MIN_LETTERS } else { MIN_LETTERS + 1 };
    let word = word.to_ascii_lowercase();
    if word.len() < MIN_LETTERS
        || matches!(word.as_str(), "thing" | "things" | "ring" | "rings" | "wings" | "sings" | "games")
    {
        return None;
    }
    let usual = NAMES.iter().filter(|name| name.requirement < Requirement::Verse && name.words.len() >= MIN_LETTERS);
    let sound = consonants(&word);
    // The name may have the letter that the word lacks: "psams".
    // "Hozea" and "hosea" are pronounced the same.
    let is_long = |name: &&Name| word.len().max(name.words.len()) >= min || consonants(name.words) == sound;
    usual.filter(|name| !name.words.contains(' ')).filter(is_long).find(|name| {
        // "Malaki": three consonants are enough with about the same letters.
        let sounds_alike = || {
            sound.len() >= 3
                && name.words.len().abs_diff(word.len()) <= 1
                && word.len() >= 6
                && word.as_bytes()[0] == name.words.as_bytes()[0]
                && word != name.words
                && consonants(name.words) == sound
        };
        differs_by_one(word.as_bytes(), name.words.as_bytes()) || sounds_alike()
    })
}

/// Returns whether two words differ by one letter that was replaced, added or left out, or by two that were swapped.
fn differs_by_one(a: &[u8], b: &[u8]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let start = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    match long.len() - short.len() {
        0 if start >= short.len() => false,
        0 if short[start + 1..] == long[start + 1..] => true,
        // "Josuah": two letters in the wrong order.
        0 => {
            let swapped = short.get(start..start + 2).zip(long.get(start..start + 2));
            swapped.is_some_and(|(a, b)| a[0] == b[1] && a[1] == b[0]) && short[start + 2..] == long[start + 2..]
        }
        1 => short[start..] == long[start + 1..],
        _ => false,
    }
}

/// Returns the consonants of a word as they are pronounced. A leading vowel is kept, as `a`.
fn consonants(word: &str) -> Vec<u8> {
    let letters: Vec<u8> = word.bytes().filter(u8::is_ascii_alphabetic).map(|byte| byte.to_ascii_lowercase()).collect();
    let mut sound = Vec::with_capacity(letters.len());
    for (at, &letter) in letters.iter().enumerate() {
        let h_follows = letters.get(at + 1) == Some(&b'h');
        let heard = match letter {
            b'p' if h_follows => b'f',
            b'c' | b'q' => b'k',
            b'z' => b's',
            b'a' | b'e' | b'i' | b'o' | b'u' | b'y' if at == 0 => b'a',
            b'a' | b'e' | b'i' | b'o' | b'u' | b'y' | b'h' | b'w' => continue,
            other => other,
        };
        if sound.last() != Some(&heard) {
            sound.push(heard);
        }
    }
    sound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_one_wrong_letter_is_recognized() {
        let misheard = |word, capitals| misheard_name(word, capitals).map(|name| name.words);
        assert_eq!((misheard("Josea", true), misheard("matthews", false)), (Some("hosea"), Some("matthew")));
        assert_eq!((misheard("Orthodoxy", true), misheard("games", false), misheard("Joan", true)), (None, None, None));
        assert_eq!(misheard("Malaki", true), Some("malachi"));
        assert_eq!(misheard("hosea", true), None, "the name itself is not misheard");
    }

    #[test]
    fn several_words_may_sound_like_one_name() {
        let similar =
            |words: &str| similar_sounding_phrase(&words.split(' ').collect::<Vec<_>>()).map(|name| name.words);
        for (words, name) in [
            ("a fusions", "ephesians"),
            ("file lemon", "philemon"),
            ("have a cook", "habakkuk"),
            ("tight us", "titus"),
            ("easy keel", "ezekiel"),
            ("love it a cuss", "leviticus"),
            ("core in thians", "corinthians"),
        ] {
            assert_eq!(similar(words), Some(name), "{words}");
        }
        for words in
            ["a few", "in the", "the second", "have a look", "to us", "file a lemon law", "of the first", "turn to"]
        {
            assert_eq!(similar(words), None, "{words}");
        }
    }

    #[test]
    fn words_with_the_consonants_of_a_name_sound_like_it() {
        let similar = |word| similar_sounding_name(word).map(|name| name.words);
        assert_eq!(
            (similar("collisions"), similar("Efesians"), similar("Revolation")),
            (Some("colossians"), Some("ephesians"), Some("revelation"))
        );
        assert_eq!((similar("sections"), similar("page"), similar("Joan"), similar("é")), (None, None, None, None));
    }
}
