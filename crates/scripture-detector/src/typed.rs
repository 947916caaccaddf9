//! A passage as somebody types it into a search: `rom 8:28`, `Romans 8.28`, `1 john 4 8`, `ps 23`.
//!
//! Unlike speech, what is typed is a passage or nothing: there is no evidence to weigh.

use super::{
    Passage,
    names::{ABBREVIATIONS, NAMES, Name},
};
use crate::Book;

/// What is longer is no passage.
const LONGEST: usize = 60;

impl Passage {
    /// Reads what somebody typed; none if it is anything else, or does not exist.
    pub fn typed(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        if let Ok(passage) = text.parse() {
            return Some(passage);
        }
        let tokens = tokens(text)?;
        let (book, rest) = book(&tokens)?;
        numbers(book, rest)
    }
}

/// A part of what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Number(u16),
    /// A hyphen or dash, or the word "to".
    Range,
}

/// Cuts at everything but letters and digits, and between the two.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(first) = characters.next() {
        let mut run = String::from(first);
        if first.is_ascii_digit() {
            while let Some(digit) = characters.next_if(char::is_ascii_digit) {
                run.push(digit);
            }
            tokens.push(Token::Number(run.parse().ok()?));
        } else if first.is_alphabetic() {
            while let Some(letter) = characters.next_if(|next| next.is_alphabetic()) {
                run.push(letter);
            }
            match run.to_lowercase().as_str() {
                "chapter" | "chap" | "ch" | "verse" | "verses" | "v" | "vv" | "st" | "nd" | "rd" => {}
                "to" | "through" => tokens.push(Token::Range),
                word => tokens.push(Token::Word(word.to_owned())),
            }
        } else if matches!(first, '-' | '–' | '—') {
            tokens.push(Token::Range);
        } else if !(first.is_whitespace() || matches!(first, ':' | '.' | ',')) {
            return None;
        }
    }
    Some(tokens)
}

/// The book that the first tokens name, and what stands behind its name.
fn book(tokens: &[Token]) -> Option<(Book, &[Token])> {
    let (ordinal, tokens) = match tokens {
        [Token::Number(number @ 1..=3), rest @ ..] => (Some(u32::from(*number)), rest),
        [Token::Word(word), rest @ ..] => match ordinal(word) {
            Some(number) => (Some(number), rest),
            None => (None, tokens),
        },
        _ => (None, tokens),
    };
    let words: Vec<_> = tokens
        .iter()
        .map_while(|token| if let Token::Word(word) = token { Some(word.as_str()) } else { None })
        .collect();
    let name = words.join(" ");
    let book = named(&name, ordinal)?;
    Some((book, &tokens[words.len()..]))
}

fn ordinal(word: &str) -> Option<u32> {
    match word {
        "i" | "first" => Some(1),
        "ii" | "second" => Some(2),
        "iii" | "third" => Some(3),
        _ => None,
    }
}

/// The book of a name, of an abbreviation, of an OSIS identifier, or of the beginning of one name alone.
fn named(name: &str, ordinal: Option<u32>) -> Option<Book> {
    let of = |found: &Name| match ordinal {
        Some(ordinal) => found.numbered(ordinal),
        None => found.plain(),
    };
    if let Some(book) = NAMES.iter().chain(ABBREVIATIONS).filter(|known| known.words == name).find_map(of) {
        return Some(book);
    }
    let full = ordinal.map_or_else(|| name.to_owned(), |ordinal| format!("{ordinal} {name}"));
    let begins = |book: &Book| {
        let written = book.name().to_lowercase();
        written.starts_with(&full) || book.osis().to_lowercase() == full.replace(' ', "")
    };
    let mut found = Book::all().filter(begins);
    match (found.next(), found.next()) {
        (Some(book), None) if name.len() >= 2 => Some(book),
        _ => None,
    }
}

/// Chapter, verse, and where a range ends.
fn numbers(book: Book, tokens: &[Token]) -> Option<Passage> {
    use Token::{Number, Range};
    let verse = |chapter, verse| Passage::of_verse(book, chapter, verse);
    // A book of one chapter is cited by its verses alone.
    let alone = Passage::of_chapter(book, 2).is_none();
    match *tokens {
        [] => Some(Passage::book_only(book)),
        [Number(number)] if alone && number > 1 => verse(1, number),
        [Number(chapter)] => Passage::of_chapter(book, chapter),
        [Number(first), Range, Number(last)] if alone => verse(1, first)?.up_to(1, Some(last)),
        [Number(chapter), Range, Number(last)] => Passage::of_chapter(book, chapter)?.up_to(last, None),
        [Number(chapter), Number(first)] => verse(chapter, first),
        [Number(chapter), Number(first), Range, Number(last)] => verse(chapter, first)?.up_to(chapter, Some(last)),
        [Number(chapter), Number(first), Range, Number(last), Number(end)] => {
            verse(chapter, first)?.up_to(last, Some(end))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passage_is_read_however_it_is_typed() {
        for (typed, osis) in [
            ("Rom 8:28", "Rom.8.28"),
            ("romans 8.28", "Rom.8.28"),
            ("Romans 8 28", "Rom.8.28"),
            ("ROMANS chapter 8 verse 28", "Rom.8.28"),
            ("rom.8.28", "Rom.8.28"),
            ("1 john 4 8", "1John.4.8"),
            ("1john 4:8", "1John.4.8"),
            ("1jn 4:8", "1John.4.8"),
            ("I John 4:8", "1John.4.8"),
            ("first john 4", "1John.4"),
            ("1st Corinthians 13", "1Cor.13"),
            ("1 cor 13:4-7", "1Cor.13.4-1Cor.13.7"),
            ("1 Cor 13:4–7", "1Cor.13.4-1Cor.13.7"),
            ("ps 23", "Ps.23"),
            ("psalm 119:105", "Ps.119.105"),
            ("Rom 8:28-9:5", "Rom.8.28-Rom.9.5"),
            ("gen 1-3", "Gen.1-Gen.3"),
            ("song of songs 2:1", "Song.2.1"),
            ("jude 3", "Jude.1.3"),
            ("jude 1", "Jude.1"),
            ("philemon 4-6", "Phlm.1.4-Phlm.1.6"),
            ("hab 2", "Hab.2"),
            ("ecclesi 3", "Eccl.3"),
            ("2 thess 3 3", "2Thess.3.3"),
            ("John", "John"),
            ("1 john", "1John"),
            ("matt", "Matt"),
        ] {
            assert_eq!(Passage::typed(typed).map(|passage| passage.to_string()).as_deref(), Some(osis), "{typed}");
        }
    }

    #[test]
    fn whatever_else_is_typed_is_no_passage() {
        for typed in [
            "",
            " ",
            "love",
            "mark my words",
            "john 99",
            "rom 8:99",
            "4 john 2",
            "j 3",
            "8:28",
            "john 3 16 17",
            "acts of love",
            "john 3:16; drop table",
            "\0",
            "💒 3:16",
            "rom 99999999999:1",
            "phil 1:2-3:4:5",
            "1",
            "ph 3",
            "joh\u{301}n 3",
        ] {
            assert_eq!(Passage::typed(typed), None, "{typed:?}");
        }
        assert_eq!(Passage::typed(&"john ".repeat(1000)), None);
    }
}
