//! Lenient parsing of passages typed into a search box: `rom 8:28`, `Romans 8.28`, `1 john 4 8`, `ps 23`.

use crate::{
    Book, Passage,
    names::{ABBREVIATIONS, NAMES, Name},
};

/// Maximum length of a query, in bytes.
const MAX_QUERY_BYTES: usize = 60;

impl Passage {
    /// Parses a passage as people type it into a search box: with abbreviations, in any case, with or without punctuation.
    ///
    /// Returns `None` if the text is anything else or the passage does not exist.
    ///
    /// # Examples
    ///
    /// ```
    /// use scripture_detector::Passage;
    ///
    /// let osis = |text: &str| Passage::parse_query(text).map(|passage| passage.to_string());
    /// assert_eq!(osis("1 jn 4 8").as_deref(), Some("1John.4.8"));
    /// assert_eq!(osis("ROM. 8:28-30").as_deref(), Some("Rom.8.28-Rom.8.30"));
    /// assert_eq!(osis("mark my words"), None);
    /// ```
    pub fn parse_query(text: &str) -> Option<Self> {
        if text.len() > MAX_QUERY_BYTES {
            return None;
        }
        if let Ok(passage) = text.parse() {
            return Some(passage);
        }
        let tokens = tokenize(text)?;
        let (book, rest) = parse_book(&tokens)?;
        parse_numbers(book, rest)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Number(u16),
    /// A hyphen, a dash, or the word "to" or "through".
    Range,
}

/// Splits a query into words and numbers. Returns `None` if it contains any other character.
fn tokenize(text: &str) -> Option<Vec<Token>> {
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

/// Parses the book at the start of a query and returns it with the tokens after it.
fn parse_book(tokens: &[Token]) -> Option<(Book, &[Token])> {
    let (ordinal, tokens) = match tokens {
        [Token::Number(number @ 1..=3), rest @ ..] => (Some(u32::from(*number)), rest),
        [Token::Word(word), rest @ ..] => match parse_ordinal(word) {
            Some(number) => (Some(number), rest),
            None => (None, tokens),
        },
        _ => (None, tokens),
    };
    let words: Vec<_> = tokens
        .iter()
        .map_while(|token| if let Token::Word(word) = token { Some(word.as_str()) } else { None })
        .collect();
    let book = find_book(&words.join(" "), ordinal)?;
    Some((book, &tokens[words.len()..]))
}

fn parse_ordinal(word: &str) -> Option<u32> {
    match word {
        "i" | "first" => Some(1),
        "ii" | "second" => Some(2),
        "iii" | "third" => Some(3),
        _ => None,
    }
}

/// Finds a book by a name, an abbreviation, an OSIS identifier, or an unambiguous prefix of its name.
fn find_book(name: &str, ordinal: Option<u32>) -> Option<Book> {
    let book_of = |found: &Name| match ordinal {
        Some(ordinal) => found.numbered(ordinal),
        None => found.unnumbered(),
    };
    if let Some(book) = NAMES.iter().chain(ABBREVIATIONS).filter(|known| known.words == name).find_map(book_of) {
        return Some(book);
    }
    let full = ordinal.map_or_else(|| name.to_owned(), |ordinal| format!("{ordinal} {name}"));
    let matches = |book: &Book| {
        book.name().to_lowercase().starts_with(&full) || book.osis().to_lowercase() == full.replace(' ', "")
    };
    let mut found = Book::all().filter(matches);
    match (found.next(), found.next()) {
        (Some(book), None) if name.len() >= 2 => Some(book),
        _ => None,
    }
}

/// Parses the chapter, the verse, and the end of a range.
fn parse_numbers(book: Book, tokens: &[Token]) -> Option<Passage> {
    use Token::{Number, Range};
    let verse = |chapter, verse| Passage::single_verse(book, chapter, verse);
    // A book of one chapter is usually cited by verse alone: Jude 3.
    let one_chapter = Passage::whole_chapter(book, 2).is_none();
    match *tokens {
        [] => Some(Passage::whole_book(book)),
        [Number(number)] if one_chapter && number > 1 => verse(1, number),
        [Number(chapter)] => Passage::whole_chapter(book, chapter),
        [Number(first), Range, Number(last)] if one_chapter => verse(1, first)?.through(1, Some(last)),
        [Number(chapter), Range, Number(last)] => Passage::whole_chapter(book, chapter)?.through(last, None),
        [Number(chapter), Number(first)] => verse(chapter, first),
        [Number(chapter), Number(first), Range, Number(last)] => verse(chapter, first)?.through(chapter, Some(last)),
        [Number(chapter), Number(first), Range, Number(last), Number(end)] => {
            verse(chapter, first)?.through(last, Some(end))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_ways_to_type_a_passage_are_understood() {
        for (query, osis) in [
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
            assert_eq!(
                Passage::parse_query(query).map(|passage| passage.to_string()).as_deref(),
                Some(osis),
                "{query}"
            );
        }
    }

    #[test]
    fn other_queries_are_not_passages() {
        for query in [
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
            assert_eq!(Passage::parse_query(query), None, "{query:?}");
        }
        assert_eq!(Passage::parse_query(&"john ".repeat(1000)), None);
    }
}
