//! Words that sound like the name of a book, as speech recognition writes them: "collisions" for Colossians.
//!
//! Two words sound alike when their consonants are the same. That is far too weak alone: it is only asked of a word
//! right before a chapter and a verse.

use std::sync::LazyLock;

use super::names::{NAMES, Name};

/// With fewer consonants too many words sound alike.
const FEWEST: usize = 4;

/// The names with enough consonants, by their consonants.
static NAMES_BY_SOUND: LazyLock<Vec<(Vec<u8>, &'static Name)>> = LazyLock::new(|| {
    let sounds = NAMES.iter().map(|name| (consonants(name.words), name));
    sounds.filter(|(sound, name)| sound.len() >= FEWEST && !name.words.contains(' ')).collect()
});

/// The name that a word sounds like.
pub(super) fn name_like(word: &str) -> Option<&'static Name> {
    let sound = consonants(word);
    NAMES_BY_SOUND.iter().find(|(known, _)| *known == sound).map(|(_, name)| *name)
}

/// The consonants of a word as they sound; vowels are left out but for a first one.
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
    fn a_word_with_the_consonants_of_a_name_sounds_like_it() {
        let like = |word| name_like(word).map(|name| name.words);
        assert_eq!(
            (like("collisions"), like("Efesians"), like("Revolation")),
            (Some("colossians"), Some("ephesians"), Some("revelation"))
        );
        assert_eq!((like("sections"), like("page"), like("Joan"), like("é")), (None, None, None, None));
    }
}
